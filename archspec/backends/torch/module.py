"""Graph → an `nn.Module`.

In: a checked graph. Out: an instance of the class that its emitted file defines. The model in memory is that file,
executed: as a registered module, with its lines where `inspect`, tracebacks and TorchScript look for them.

Pickle stores the source beside the weights: another process that has archspec rebuilds the classes first.
"""

from __future__ import annotations

import copyreg
import hashlib
import linecache
import re
import sys
from types import ModuleType
from typing import Any, Final

from torch import nn

from archspec.backends.torch.blockwise import NormalInBlocks
from archspec.backends.torch.postponed import initialisation_postponed
from archspec.backends.torch.source import emitted
from archspec.diagnostics import InternalError
from archspec.ir import Graph
from archspec.syntax import collector_paused

PACKAGE: Final = "archspec.compiled"
"""Emitted files become modules of this name with the network's name and a digest of the text behind it."""


def build(graph: Graph, *, init_once: bool = False) -> nn.Module:
    """A new model with fresh weights.

    Args:
        graph: the network.
        init_once: draw no numbers that the graph's `init` rules overwrite. A seed then gives other weights, of the
            same distributions, than it gives the class called by itself.
    """
    with collector_paused():
        model_class = class_of(graph)
        with NormalInBlocks():
            return initialised_once(model_class) if init_once else model_class()


def initialised_once(model_class: type[nn.Module]) -> nn.Module:
    """A new model of the class: only the last call of `torch.nn.init` on each parameter is made."""
    with initialisation_postponed() as postponed:
        model = model_class()
    if not postponed.exact:
        return model_class()
    postponed.run()
    return model


def class_of(graph: Graph) -> type[nn.Module]:
    """The class that the graph's emitted file defines."""
    made = emitted(graph)
    return network_class(made.text, made.class_name)


def network_class(source: str, name: str) -> type[nn.Module]:
    """The class `name` that `source` defines, executed once for each text."""
    found = getattr(_executed(source, name), name)
    if not (isinstance(found, type) and issubclass(found, nn.Module)):
        raise InternalError(f"emit: `{name}` of the emitted file is no module class")
    return found


def _executed(source: str, name: str) -> ModuleType:
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    module_name = f"{PACKAGE}.{re.sub('[^a-z0-9]', '_', name.lower())}_{digest}"
    if module_name in sys.modules:
        return sys.modules[module_name]
    module = ModuleType(module_name, source.partition("\n")[0])
    module.__file__ = f"<{module_name}>"
    linecache.cache[module.__file__] = (len(source), None, source.splitlines(keepends=True), module.__file__)
    sys.modules[module_name] = module
    try:
        exec(compile(source, module.__file__, "exec"), module.__dict__)
    except BaseException:
        del sys.modules[module_name]
        raise
    model_class = getattr(module, name)

    def reduce(model: nn.Module) -> tuple[Any, ...]:
        return _blank, (source, name), model.__dict__

    copyreg.pickle(model_class, reduce)
    return module


def _blank(source: str, name: str) -> nn.Module:
    """A model without state, for unpickling to fill."""
    model_class = network_class(source, name)
    return model_class.__new__(model_class)
