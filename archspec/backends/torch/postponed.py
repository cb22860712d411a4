"""`torch.nn.init`, put off until a model is made.

    with initialisation_postponed() as postponed:
        model = Network()             # its parameters hold whatever was in memory
    postponed.run()                   # each gets the numbers of the last call on it, drawn once

In: what a constructor does under the context manager. Out: the calls that the parameters still need.

Every function of `torch.nn.init` overwrites the whole of a tensor, so of several calls on one parameter only the last
one counts: PyTorch's layers draw numbers for every weight, and a spec's `init` then draws them again. Where weights are
loaded, none counts.

Holds: what is not a parameter, or has no version, is initialised at once; the functions act as ever in other threads,
and everywhere once the outermost context ends. A constructor that changes a parameter by other means after a postponed
call is found out: the parameter's version tells. Then `exact` is false, and the model must be made again without this.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import field
from functools import wraps
from types import FunctionType
from typing import Any, Final, TypeAlias

from torch import Tensor, nn

from archspec.records import dataclass

_Function: TypeAlias = Callable[..., Tensor]


@dataclass(frozen=True, slots=True)
class _Call:
    function: _Function
    tensor: nn.Parameter
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    version: int
    """The parameter's, when the call was put off."""


@dataclass(slots=True)
class Postponed:
    """The last call on each parameter, by the parameter's identity, in the order in which they came."""

    exact: bool = True
    _calls: dict[int, _Call] = field(default_factory=dict)

    def add(self, call: _Call) -> None:
        self._calls.pop(id(call.tensor), None)
        self._calls[id(call.tensor)] = call

    def close(self) -> None:
        """The constructor is done."""
        self.exact = all(call.tensor._version == call.version for call in self._calls.values())

    def run(self, *, but: Iterable[Tensor] = ()) -> None:
        """Make the calls, those on the tensors of `but` left out, and forget them all."""
        left_out = {id(tensor) for tensor in but}
        for identity, call in self._calls.items():
            if identity not in left_out:
                call.function(call.tensor, *call.arguments, **call.keywords)
        self._calls.clear()


class _Here(threading.local):
    """Where the calls of this thread go; None: they are made at once."""

    postponed: Postponed | None = None


_here: Final = _Here()
_lock: Final = threading.Lock()
_originals: Final[dict[str, _Function]] = {}
"""What stood in `torch.nn.init` before; empty while nobody postpones."""
_contexts = 0


@contextmanager
def initialisation_postponed() -> Iterator[Postponed]:
    """While this is open, calls of `torch.nn.init` on parameters are put off in this thread."""
    outer, postponed = _here.postponed, Postponed()
    _install()
    _here.postponed = postponed
    try:
        yield postponed
        postponed.close()
    finally:
        _here.postponed = outer
        _restore()


def _install() -> None:
    global _contexts
    with _lock:
        if not _contexts:
            _originals.update(
                (name, function)
                for name, function in vars(nn.init).items()
                if isinstance(function, FunctionType) and name.endswith("_") and not name.startswith("_")
            )
            vars(nn.init).update({name: _postponing(function) for name, function in _originals.items()})
        _contexts += 1


def _restore() -> None:
    global _contexts
    with _lock:
        _contexts -= 1
        if not _contexts:
            vars(nn.init).update(_originals)
            _originals.clear()


def _postponing(function: _Function) -> _Function:
    @wraps(function)
    def postponing(tensor: Tensor, *arguments: Any, **keywords: Any) -> Tensor:
        postponed = _here.postponed
        if postponed is None or not isinstance(tensor, nn.Parameter) or tensor.is_inference():
            return function(tensor, *arguments, **keywords)
        postponed.add(_Call(function, tensor, arguments, keywords, tensor._version))
        return tensor

    return postponing
