"""archspec: a network as YAML, checked and compiled to PyTorch.

What a program uses:

    import archspec
    model = archspec.build("resnet50", classes=10)   # an nn.Module
    net = archspec.compile("net.yaml")               # shapes and costs, without torch
    archspec.validate("net.yaml")                    # a list of diagnostics
    archspec.sizes("net.yaml", 32, 512)              # on which sizes of the input it runs
    archspec.probe("resnet34")                       # activations and gradients at initialisation
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from archspec.backends.weights import WeightsError
from archspec.compiler import Network, SpecError, build, compile, target_of, validate
from archspec.diagnostics import Diagnostic
from archspec.files import CannotRun
from archspec.version import __version__

if TYPE_CHECKING:
    from archspec.backends.probe.facts import Probe
    from archspec.ir import Constant
    from archspec.limits import Limits
    from archspec.which_sizes import Sizes

__all__ = [
    "CannotRun",
    "Diagnostic",
    "Network",
    "SpecError",
    "WeightsError",
    "__version__",
    "build",
    "compile",
    "probe",
    "sizes",
    "validate",
]


def sizes(
    spec: str | os.PathLike[str], first: int, last: int, *, limits: Limits | None = None, **params: Constant
) -> Sizes:
    """On which sizes of the input, from `first` to `last`, a network runs; where its input leaves sizes open, also for
    which it compiles. The other arguments, and `SpecError` and `CannotRun`, are as for `compile`.
    """
    from archspec.which_sizes import sizes_of

    return sizes_of(target_of(spec), first, last, limits, params)


def probe(
    spec: str | os.PathLike[str],
    *,
    batch: int = 8,
    seed: int = 0,
    seeds: int = 1,
    every_op: bool = False,
    limits: Limits | None = None,
    **params: Constant,
) -> Probe:
    """Activations and gradients of a network, layer by layer, at initialisation: `probing.probe_network` tells of the
    arguments. `SpecError` and `CannotRun` are as for `compile`.
    """
    from archspec.probing import probe_network

    network = compile(spec, limits=limits, **params)
    return probe_network(network, batch=batch, seed=seed, seeds=seeds, every_op=every_op)
