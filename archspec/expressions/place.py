"""Where an expression stands in its file.

A tree counts offsets from the beginning of its text; a `Place` turns them into spans. That is exact for a
scalar on one line whose characters stand in the file as they are read; for one with escapes or folded
lines, every part of it is at the whole scalar.
"""

from __future__ import annotations

from archspec.source import Span


class Place:
    """The scalar at `scalar`; `offset` is where in its text the expression begins."""

    __slots__ = ("_first", "_offset", "_scalar")

    def __init__(self, scalar: Span, offset: int = 0) -> None:
        self._scalar = scalar
        self._offset = offset
        self._first = _first_character(scalar.text)

    def shifted(self, offset: int) -> Place:
        """The place of what begins `offset` characters later in the same scalar."""
        return Place(self._scalar, self._offset + offset)

    def span(self, start: int, end: int) -> Span:
        if self._first is None:
            return self._scalar
        base = self._scalar.start + self._first + self._offset
        return Span(
            self._scalar.source, min(base + start, self._scalar.end), min(base + end, self._scalar.end)
        )


def _first_character(raw: str) -> int | None:
    """How many characters of a scalar as written come before its text; None if the two do not run in step."""
    if "\n" in raw or "\r" in raw:
        return None
    if raw.startswith('"'):
        return None if "\\" in raw else 1
    if raw.startswith("'"):
        return None if "''" in raw[1:-1] else 1
    return 0
