"""A class with everything known but its text.

What `resolve.py` makes, and `constructor.py` and `forward.py` write.
"""

from __future__ import annotations

from typing import Literal as OneOf
from typing import TypeAlias

from archspec.backends.torch import code
from archspec.backends.torch.classes import Kind
from archspec.backends.torch.parameter import Parameter
from archspec.backends.torch.parameters import Parameters
from archspec.expressions import Expression
from archspec.ops.recipe import Learned, Operator
from archspec.records import dataclass

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


@dataclass(frozen=True, slots=True)
class HeldArgument:
    """An attribute of the child, or the value that it has in every instance."""

    keyword: str
    value: str | code.Expression


@dataclass(frozen=True, slots=True)
class ResolvedHeld:
    """A function of the input and of what the child holds."""

    function: str
    arguments: tuple[HeldArgument, ...]


Stage: TypeAlias = OneOf["child"] | ResolvedCall | ResolvedHeld | Operator | Learned
"""What `forward` does: call the child, call a function, one that reads the child's weights, write an operator, or one
with a parameter."""


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
