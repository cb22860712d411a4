"""Where an expression stands in its file.

A tree counts offsets from the beginning of its text; a `Place` turns them into spans. The text of a scalar is not what
stands in the file where the scalar has escapes, doubled quotes or several lines: each character of the text is traced
to the one it was read from. Nothing is traced before something is to be said of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from archspec.diagnostics import Edit, Fix
from archspec.expressions.functions import FUNCTIONS_ELSEWHERE
from archspec.records import dataclass
from archspec.source import Span
from archspec.spelling import is_slip

_CUT: Final = re.compile(r"\s*,(?!\s*[\w'\"]+\s*:)")
_BREAK: Final = re.compile(r"[ \t]*(?:\r?\n[ \t]*)+")
_ESCAPED_BREAK: Final = re.compile(r"\\\r?\n[ \t]*")
_ESCAPE: Final = re.compile(r"\\(?:x.{2}|u.{4}|U.{8}|.)")

MAX_TRACED: Final = 4096
"""Of a longer scalar, all parts are at the whole of it."""


@dataclass(frozen=True, slots=True)
class Place:
    """The scalar at `scalar`; `offset` is where in its text the expression begins."""

    scalar: Span
    offset: int = 0

    def shifted(self, offset: int) -> Place:
        """The place of what begins `offset` characters later in the same scalar."""
        return Place(self.scalar, self.offset + offset)

    def span(self, start: int, end: int) -> Span:
        """Where the characters `start` to `end` of the expression are written."""
        if self.scalar.end - self.scalar.start > MAX_TRACED:
            return self.scalar
        written = list(_written(self.scalar.text))
        at = [min(self.offset + offset, len(written) - 1) for offset in (start, end)]
        begin = written[at[0]][0]
        # A line break before the next character is no part of what ends before it.
        stop = written[at[1] - 1][1] if at[0] < at[1] else begin
        return Span(self.scalar.source, self.scalar.start + begin, self.scalar.start + stop)

    @property
    def is_cut(self) -> bool:
        """Whether a comma of YAML ends the scalar, and no further entry begins behind it: the rest may belong to it."""
        return _CUT.match(self.scalar.source.text, self.scalar.end) is not None

    def edit(self, start: int, end: int, text: str) -> Edit:
        """The edit that puts `text`, which holds neither quotes nor backslashes, in place of these characters."""
        return Edit(self.span(start, end), text)

    def fixes(self, start: int, end: int, meant: str) -> tuple[Fix, ...]:
        """The fix that writes the word that was `meant` there; none where that is empty."""
        if not meant:
            return ()
        written = self.span(start, end).text
        is_safe = written in FUNCTIONS_ELSEWHERE or is_slip(written, meant)
        return (Fix(f"write `{meant}`", (self.edit(start, end, meant),), is_safe),)


def _written(raw: str) -> Iterator[tuple[int, int]]:
    """Where in a scalar as written each character of its text begins and ends; last, where its text ends."""
    if raw[:1] in ("|", ">") and "\n" in raw:
        yield from _written_in_block(raw)
        return
    quote = raw[:1] if raw[:1] in ("'", '"') else ""
    at, end = len(quote), len(raw) - len(quote)
    while at < end:
        if quote == '"' and (skipped := _ESCAPED_BREAK.match(raw, at)):
            at = skipped.end()
        elif broken := _BREAK.match(raw, at):
            yield from [broken.span()] * max(1, broken.group().count("\n") - 1)
            at = broken.end()
        else:
            escape = _ESCAPE.match(raw, at) if quote == '"' else None
            after = escape.end() if escape else at + (2 if quote == "'" and raw[at] == "'" else 1)
            yield at, after
            at = after
    yield end, end


def _written_in_block(raw: str) -> Iterator[tuple[int, int]]:
    """The same for a block text, literal (`|`) or folded (`>`)."""
    header, *lines = raw.splitlines(keepends=True)
    depths = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip()]
    # With a digit in the header the indentation counts from the parent's, which is not known here.
    depth = (
        depths[0]
        if depths and not any(character.isdigit() for character in header)
        else min(depths, default=0)
    )
    start = len(header)
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        text = line.rstrip("\r\n")
        indented = start + min(depth, len(text))
        end = start + len(text)
        yield from ((at, at + 1) for at in range(indented, end))
        start += len(line)
        folds_away = raw[0] == ">" and text and following.isspace()
        if end < start and not folds_away:
            yield end, start
    yield start, start
