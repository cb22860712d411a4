"""Every diagnostic code, with its meaning: what `archspec explain CODE` prints, and what docs/errors.md is made of.

    E00xx  files        E02xx  names, keys, arguments     E04xx  expansion; from E0450 expressions
    E01xx  YAML         E03xx  shapes                     W04xx  warnings

A code is written as a literal where it is reported; the sink refuses one that is not in this table. The family of a
code is imported when the code is looked up: a check with one finding does not load the texts of all.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Final

from archspec.codes.table import Code
from archspec.late import Late

__all__ = ["CODES", "FAMILIES", "Code"]

FAMILIES: Final[Late[tuple[Code, ...]]] = Late(
    "archspec.codes",
    {
        "Files": "files.FILES",
        "YAML": "reading.READING",
        "Names, keys and arguments": "language.LANGUAGE",
        "Shapes": "shapes.SHAPES",
        "Parameters, blocks and repeats": "expansion.EXPANSION",
        "Expressions": "arithmetic.ARITHMETIC",
        "Warnings": "warnings.WARNINGS",
    },
)

_STARTS: Final = ("E00", "E01", "E02", "E03", "E04", "E045", "W")
"""Of each family, in order, what its codes begin with or come after."""


class _Codes(Mapping[str, Code]):
    """The codes of all families, in order."""

    def __getitem__(self, code: str) -> Code:
        at = bisect_right(_STARTS, code) - 1
        for entry in FAMILIES[tuple(FAMILIES)[at]] if at >= 0 else ():
            if entry.code == code:
                return entry
        raise KeyError(code)

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and self.get(code) is not None

    def __iter__(self) -> Iterator[str]:
        return (entry.code for family in FAMILIES.values() for entry in family)

    def __len__(self) -> int:
        return sum(len(family) for family in FAMILIES.values())


CODES: Final[Mapping[str, Code]] = _Codes()
