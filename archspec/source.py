"""Text and places in it.

In: a file's name and its text. Out: spans, half-open ranges of character offsets that know their line and
column (both from 1, columns in characters). Everything the compiler says of a spec it says of a span.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from functools import cached_property
from typing import Final

from archspec.records import dataclass

MAX_BYTES: Final = 2**20
"""The most that a file may have."""


class Source:
    """One file: the name a person knows it by, and its text. `shipped`: it is archspec's own, not the user's."""

    def __init__(self, name: str, text: str, *, shipped: bool = False) -> None:
        self.name = name
        self.text = text
        self.shipped = shipped

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(end.end() for end in re.finditer("\n", self.text))]

    @cached_property
    def words(self) -> Counter[str]:
        """How often each word stands in the text."""
        return Counter(re.findall(r"\w+", self.text))

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of a character offset."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of line `number` (from 1), without its line end; empty past the end of the file."""
        if not 1 <= number <= len(self._line_starts):
            return ""
        start = self._line_starts[number - 1]
        end = self._line_starts[number] if number < len(self._line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def line_start(self, number: int) -> int:
        """The offset at which line `number` (from 1, not past the end) begins."""
        return self._line_starts[number - 1]

    def __repr__(self) -> str:
        return f"Source({self.name!r})"


@dataclass(frozen=True, slots=True)
class Span:
    """The characters `start` to `end` (exclusive) of a source."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def line(self) -> int:
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        return self.source.position(self.start)[1]

    @property
    def end_line(self) -> int:
        return self.source.position(self.end)[0]

    @property
    def end_column(self) -> int:
        return self.source.position(self.end)[1]

    def __str__(self) -> str:
        line, column = self.source.position(self.start)
        return f"{self.source.name}:{line}:{column}"
