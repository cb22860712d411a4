"""Parts of an explanation → text that fits into a terminal.

In: parts, each a text or rows of a table, and how many columns there are (None: as many as it takes). Out: the parts
with blank lines between them.
Holds: what is there to be copied keeps its lines; a word that is longer than a line is not broken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from archspec.records import dataclass
from archspec.report.visible import width, wrapped

_MOST: Final = 110
"""Longer lines of prose are hard to read, however wide the terminal is."""
_LEAST: Final = 16
"""A column is made no narrower than this."""
_GAP: Final = "  "
_COPIED: Final = ("    ", "example: ", "see https://")
"""With what a line begins that is kept whole, to be copied."""
_FURTHER_IN: Final = ("  ", "- ")
"""With what a line begins whose rest stands further in."""
_STARTS: Final = (*_COPIED, *_FURTHER_IN)
"""With what a line begins that does not go on with the one before."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Lines of cells, with a heading or none. Every column but the last is as wide as its widest cell."""

    rows: Sequence[tuple[str, ...]]
    heading: str = ""


Part: TypeAlias = str | Rows


def laid_out(parts: Sequence[Part], columns: int | None) -> str:
    """The parts as one text."""
    return "\n".join("".join(f"{line}\n" for line in _lines(part, columns)) for part in parts)


def _lines(part: Part, columns: int | None) -> Iterator[str]:
    if isinstance(part, Rows):
        if part.heading:
            yield part.heading
        yield from _aligned(part.rows, columns)
    elif columns is None:
        yield from part.rstrip("\n").split("\n")
    else:
        yield from _fitted(part.rstrip("\n"), min(columns, _MOST))


def _fitted(text: str, columns: int) -> Iterator[str]:
    """The text with its paragraphs broken anew."""
    sentence: list[str] = []
    for line in text.split("\n"):
        goes_on = line.startswith("  ") and bool(sentence) and sentence[0].startswith("- ")
        if sentence and not goes_on and (not line or line.startswith(_STARTS)):
            yield from _hanging(" ".join(sentence), columns)
            sentence = []
        if not line or (line.startswith(_COPIED) and not goes_on):
            yield line
        else:
            sentence.append(line.strip() if sentence else line)
    if sentence:
        yield from _hanging(" ".join(sentence), columns)


def _hanging(line: str, columns: int) -> Iterator[str]:
    """A line in as many as it takes; where it is indented or a point of a list, the others stand further in."""
    words = line.lstrip(" ")
    indent = line[: len(line) - len(words)]
    first, *rest = wrapped(words, max(columns - len(indent), _LEAST))
    yield f"{indent}{first}"
    hang = f"{indent}  " if line.startswith(_FURTHER_IN) else indent
    yield from (f"{hang}{each}" for each in wrapped(" ".join(rest), columns - len(hang)) if each)


def _aligned(rows: Sequence[tuple[str, ...]], columns: int | None) -> Iterator[str]:
    """Rows as lines. Where there is no room for a column as wide as it should be, its cells take several lines."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    most = sum(widths) if columns is None else columns - len(_GAP) * (len(widths) - 1)
    while sum(widths) > most and max(widths) > _LEAST:
        widths[widths.index(max(widths))] -= 1
    for row in rows:
        cells = [_cell(text, room) for text, room in zip(row, widths, strict=True)]
        for at in range(max(map(len, cells))):
            line = (
                _padded(cell[at] if at < len(cell) else "", room)
                for cell, room in zip(cells, widths, strict=True)
            )
            yield _GAP.join(line).rstrip()


def _cell(text: str, room: int) -> list[str]:
    words = text.lstrip(" ")
    indent = text[: len(text) - len(words)]
    return [f"{indent}{line}" for line in wrapped(words, room - len(indent))]


def _padded(text: str, room: int) -> str:
    return text + " " * (room - width(text))
