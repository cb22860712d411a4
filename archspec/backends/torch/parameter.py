"""One parameter of a constructor, and its value in every instance of the class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final, TypeAlias

from archspec.backends.torch import code
from archspec.backends.torch.symbols import ClassName
from archspec.expressions import Expression, Value
from archspec.ir import Module
from archspec.records import dataclass


class Missing(Enum):
    """The type of `MISSING` alone."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
"""Stands for the value of an argument in an instance that lacks the step."""

Vector: TypeAlias = "Sequence[Value | Missing]"
"""A value for each instance of the class, in order."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a constructor."""

    key: str
    """What expressions call it: the name in the block, or a name of ours."""
    name: str
    """What Python calls it."""
    values: Mapping[Module, Value]
    origin: str
    default: Value | Missing = MISSING
    own: bool = True
    """It is the block's, or the input's channels; callers may pass it by position."""
    wish: Expression | None = None
    """What the author wrote for the argument that made the parameter necessary, over the parameters around it."""

    @property
    def annotation(self) -> code.Expression:
        return _annotation(list(self.values.values()))


def _annotation(values: Sequence[Value]) -> code.Expression:
    """The type of a parameter that takes these values."""
    scalars = {type(value) for value in values if value is not None and not isinstance(value, tuple)}
    scalars -= {int} if float in scalars else set()
    parts: list[code.Expression] = [
        code.Name(kind.__name__) for kind in (bool, int, float, str) if kind in scalars
    ]
    if ClassName in scalars:
        parts.append(code.Subscript(code.Name("type"), code.dotted("nn.Module")))
    tuples = [value for value in values if isinstance(value, tuple)]
    if tuples:
        parts.append(code.Subscript(code.Name("tuple"), code.Slot(_tuple_items(tuples))))
    if None in values:
        parts.append(code.Constant(None))
    return parts[0] if len(parts) == 1 else code.Infix("|", tuple(parts))


def _tuple_items(tuples: Sequence[tuple[Value, ...]]) -> tuple[code.Expression, ...]:
    """`int, int` for pairs; `int, ...` where the lengths differ."""
    if len({len(value) for value in tuples}) == 1:
        return tuple(_annotation(column) for column in zip(*tuples, strict=True))
    return (_annotation([item for value in tuples for item in value]), code.Name("..."))
