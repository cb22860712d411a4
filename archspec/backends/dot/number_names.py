"""What some numbers are made of.

In: the parameters of a block that are numbers, with their values in each of its instances; what flows in and out, too.
Out: of other numbers, one for each instance, an expression that gives them; the parameters in it stand in `<>`.
Holds: the expression is exact in every instance; a parameter stands before a multiple or a part of one, these before
what flows, and one number before two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from itertools import permutations
from typing import Final, TypeAlias

from archspec.records import dataclass

Values: TypeAlias = tuple[float, ...]

_MOST: Final = 8
"""Larger multiples of a parameter are chance."""
_MOST_NAMES: Final = 24
"""Of more parameters, two that give a number are chance."""


@dataclass(slots=True)
class Names:
    """`called`: the parameters; `flowing`: the channels that flow in and out. Their values are not all the same."""

    called: Mapping[str, Values]
    flowing: Mapping[str, Values]
    _found: dict[Values, str | None] = field(init=False)

    def __post_init__(self) -> None:
        self._found = {}

    def of(self, values: Values, *, joined: bool) -> str | None:
        """The first expression that gives the values, from then on the same. `joined`: they are of something that is
        joined, and so rather what flows in than a part of a parameter.
        """
        if values not in self._found:
            self._found[values] = next(self._expressions(values, joined=joined), None)
        return self._found[values]

    def _expressions(self, values: Values, *, joined: bool) -> Iterator[str]:
        yield from _equals(values, self.called)
        yield from _multiples(values, self.called)
        if joined:
            yield from _equals(values, self.flowing)
        yield from _parts(values, self.called)
        yield from _equals(values, self.flowing)
        yield from _multiples(values, self.flowing)
        yield from _parts(values, self.flowing)
        yield from _of_two(values, {**self.called, **self.flowing})


def _equals(values: Values, table: Mapping[str, Values]) -> Iterator[str]:
    return (f"<{name}>" for name, numbers in table.items() if numbers == values)


def _multiples(values: Values, table: Mapping[str, Values]) -> Iterator[str]:
    for name, numbers in table.items():
        factor = _factor(values, numbers)
        if 1 < factor <= _MOST:
            yield f"{factor}<{name}>"


def _parts(values: Values, table: Mapping[str, Values]) -> Iterator[str]:
    """Of any size: that of the groups of a convolution is what a network keeps."""
    for name, numbers in table.items():
        factor = _factor(numbers, values)
        if factor > 1:
            yield f"<{name}>/{factor}"


def _of_two(values: Values, table: Mapping[str, Values]) -> Iterator[str]:
    if len(table) > _MOST_NAMES:
        return
    pairs = list(permutations(table.items(), 2))
    for (name, one), (other, two) in pairs:
        if all(x * y == value for x, y, value in zip(one, two, values, strict=True)):
            yield f"<{name}>·<{other}>"
    for (name, one), (other, two) in pairs:
        if all(value * y == x for x, y, value in zip(one, two, values, strict=True)):
            yield f"<{name}>/<{other}>"
    for (name, one), (other, two) in pairs:
        factor = _factor(tuple(value - x for x, value in zip(one, values, strict=True)), two)
        if 0 < factor <= _MOST:
            yield f"<{name}> + {factor if factor > 1 else ''}<{other}>"
    for (name, one), (other, two) in pairs:
        if all(x - y == value for x, y, value in zip(one, two, values, strict=True)):
            yield f"<{name}> − <{other}>"


def _factor(values: Values, numbers: Values) -> int:
    """How often each number is in its value, if that is the same whole number in all; else 0."""
    if not numbers[0] or values[0] % numbers[0]:
        return 0
    factor = values[0] // numbers[0]
    fits = all(value == factor * number for value, number in zip(values, numbers, strict=True))
    return int(factor) if fits and factor > 0 else 0
