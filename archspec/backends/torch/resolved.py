"""A class with everything known but its text.

What `resolve.py` makes, and `constructor.py` and `forward.py` write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf
from typing import TypeAlias

from archspec.backends.torch import code
from archspec.backends.torch.classes import Kind
from archspec.backends.torch.parameter import Parameter
from archspec.backends.torch.parameters import Parameters
from archspec.expressions import Expression
from archspec.ops.recipe import Learned, Operator

InputMarker: TypeAlias = OneOf["input", "inputs"]


@dataclass(frozen=True, slots=True)
class ResolvedArgument:
    """One argument to print. A marker stands for what flows into a function in `forward`."""

    keyword: str
    value: code.Expression | InputMarker


@dataclass(frozen=True, slots=True)
class ResolvedCall:
    """A layer, a function, or an instance of a class of ours."""

    function: str
    arguments: tuple[ResolvedArgument, ...]


@dataclass(frozen=True, slots=True)
class ResolvedSequence:
    """An `nn.Sequential`."""

    names: tuple[str, ...]
    items: tuple[Child, ...]
    count: code.Expression | None = None
    """How often the one item is repeated, where that differs between instances."""
    conditions: tuple[code.Expression | None, ...] = ()
    """When each item is there; empty where all always are."""


Child: TypeAlias = ResolvedCall | ResolvedSequence

Stage: TypeAlias = OneOf["child"] | ResolvedCall | Operator | Learned
"""What `forward` does: call the child, call a function, write an operator, or one with a parameter."""


@dataclass(frozen=True, slots=True)
class ResolvedStep:
    """One step: the child it owns, and what `forward` does, one stage after the other."""

    child: Child | None
    stages: tuple[Stage, ...]
    condition: code.Expression | None = None
    """When the step is there; None if it always is."""


@dataclass(frozen=True, slots=True, eq=False)
class ResolvedKind:
    """A class with everything known but its text."""

    kind: Kind
    scope: Parameters
    steps: tuple[ResolvedStep, ...]
    out_channels: Expression | None
    """The channels that flow out, over the parameters' keys."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return self.scope.used()
