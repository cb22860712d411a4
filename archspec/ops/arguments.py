"""The types of op arguments.

An op's fields are annotated with these. Each is an ordinary Python type with a `Bounds` beside it, which says in one
clause what is expected and how large a number may be; `schema/arguments.py` turns them into validators, the tests into
generators. Nothing here depends on either.

Holds: wherever a list stands for one value per axis, a single value means the same for every axis.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from archspec.records import dataclass

MAX_DIMENSION = 2**20
"""The largest size of one axis, and so of any argument that counts along one."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The range of every number in the annotated type. `above`: the lower bound itself is not allowed."""

    expects: str
    low: float | None = None
    high: float | None = None
    above: bool = False


Count: TypeAlias = Annotated[int, Bounds("a positive integer", 1, MAX_DIMENSION)]
Counts: TypeAlias = Annotated[
    int | tuple[int, ...], Bounds("a positive integer, or a list of one for each axis", 1, MAX_DIMENSION)
]
Natural: TypeAlias = Annotated[int, Bounds("an integer of at least 0", 0, MAX_DIMENSION)]
Naturals: TypeAlias = Annotated[
    int | tuple[int, ...],
    Bounds("an integer of at least 0, or a list of one for each axis", 0, MAX_DIMENSION),
]
Padding: TypeAlias = Annotated[
    int | tuple[int, ...] | Literal["half", "same"],
    Bounds("an integer of at least 0, a list of one for each axis, `half` or `same`", 0, MAX_DIMENSION),
]
Axis: TypeAlias = Annotated[
    int, Bounds("an axis, counted from 0 without the batch, or from the end with a minus", -8, 7)
]
Sizes: TypeAlias = Annotated[tuple[int, ...], Bounds("a list of positive integers", 1, MAX_DIMENSION)]
Axes: TypeAlias = Annotated[tuple[int, ...], Bounds("a list of axes, counted from 0 without the batch", 0, 7)]
Range: TypeAlias = Annotated[
    tuple[int, int],
    Bounds("a list of two integers, start and stop, as in a Python slice", -MAX_DIMENSION, MAX_DIMENSION),
]

Number: TypeAlias = Annotated[float, Bounds("a number")]
PositiveNumber: TypeAlias = Annotated[float, Bounds("a number above 0", 0, above=True)]
NonNegativeNumber: TypeAlias = Annotated[float, Bounds("a number of at least 0", 0)]
Probability: TypeAlias = Annotated[float, Bounds("a number from 0 to 1", 0, 1)]
Factors: TypeAlias = Annotated[
    int | float | tuple[int | float, ...],
    Bounds("a number above 0, or a list of one for each axis", 0, MAX_DIMENSION, above=True),
]
