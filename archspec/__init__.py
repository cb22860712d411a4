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

from typing import TYPE_CHECKING

from archspec.late import attributes
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

__getattr__ = attributes(
    __name__,
    {
        "CannotRun": "files.CannotRun",
        "Diagnostic": "diagnostics.Diagnostic",
        "Network": "compiler.Network",
        "SpecError": "compiler.SpecError",
        "WeightsError": "backends.weights.WeightsError",
        "build": "compiler.build",
        "compile": "compiler.compile",
        "diff": "difference.compare.diff",
        "probe": "probing.probe",
        "sizes": "which_sizes.sizes",
        "validate": "compiler.validate",
    },
)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
