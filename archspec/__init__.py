"""archspec: a network as YAML, checked and compiled to PyTorch.

What a program uses:

    import archspec
    model = archspec.build("resnet50", classes=10)   # an nn.Module
    net = archspec.compile("net.yaml")               # shapes and costs, without torch
    archspec.validate("net.yaml")                    # a list of diagnostics
    archspec.sizes("net.yaml", 32, 512)              # on which sizes of the input it runs
    archspec.probe("resnet34")                       # activations and gradients at initialisation
    print(archspec.diff("resnet18", "resnet34").text())  # what differs between two networks

Each name is imported when it is first asked for: the command line starts without most of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from archspec.version import __version__

if TYPE_CHECKING:
    from archspec.backends.weights import WeightsError
    from archspec.compiler import Network, SpecError, build, compile, validate
    from archspec.diagnostics import Diagnostic
    from archspec.difference.compare import diff
    from archspec.files import CannotRun
    from archspec.probing import probe
    from archspec.which_sizes import sizes

__all__ = [
    "CannotRun",
    "Diagnostic",
    "Network",
    "SpecError",
    "WeightsError",
    "__version__",
    "build",
    "compile",
    "diff",
    "probe",
    "sizes",
    "validate",
]

_HOMES: Final = {
    "CannotRun": "files",
    "Diagnostic": "diagnostics",
    "Network": "compiler",
    "SpecError": "compiler",
    "WeightsError": "backends.weights",
    "build": "compiler",
    "compile": "compiler",
    "diff": "difference.compare",
    "probe": "probing",
    "sizes": "which_sizes",
    "validate": "compiler",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
