"""The lines of a source that a diagnostic speaks of, with what is said of them.

In: a diagnostic, and the page to write on. Out: for each file its place and its rows of text. A label on one line is an
underline; one on several has a bar at the left, from its first line to its last:

    5 |   input: [3,
      |  ________^
    6 | |         224,
    7 | |         224]
      | |____________^ a list of one to four sizes is due

Where nothing but white space stands before it, `/` on its first line is enough. The middle of a long one is left out.

Holds: every row begins with the gutter, so that no text of the user begins one; only ASCII is drawn, the text of the
source and the `…` of a cut line aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Final, Literal

from archspec.diagnostics import Diagnostic, Label
from archspec.records import dataclass
from archspec.report.visible import shown, visible, width, wrapped
from archspec.source import Source

_LABEL_ROOM: Final = 30
"""What a label has to itself, at the least, in a terminal that is wide enough."""

_CHARACTERS_PER_COLUMN: Final = 10
"""A line may hold a megabyte of characters that take no room: no more of them are measured or shown than this."""

_SHOWN_LINES: Final = 6
"""A label on more lines than these shows two at its beginning and two at its end."""

_STYLES: Final = {
    "error": "1;31",
    "warning": "1;33",
    "strong": "1",
    "gutter": "1;34",
    "secondary": "1;34",
    "help": "1;36",
}


@dataclass(frozen=True, slots=True)
class Page:
    """What a report is written on. `wraps`: sentences go on in the next line."""

    columns: int
    wraps: bool
    color: bool

    def paint(self, style: str, text: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.color and text else text


@dataclass(frozen=True, slots=True)
class _Mark:
    """What is underlined of one line: the characters from `start` to `end`, counted from the beginning of the line. Of
    a label on several lines, the first or the last character.
    """

    start: int
    end: int
    message: str
    primary: bool
    part: Literal["whole", "first", "last"] = "whole"
    bar: int = 0
    """Which of the bars at the left belongs to it, if it is a part."""


@dataclass(frozen=True, slots=True)
class _Line:
    source: Source
    number: int
    marks: tuple[_Mark, ...]


@dataclass(frozen=True, slots=True)
class Snippet:
    """The lines of one file, in order. `bars`: how many stand side by side at the left."""

    source: Source
    lines: tuple[_Line, ...]
    bars: int

    @property
    def place(self) -> str:
        """Where the primary mark stands, or else the first: what an editor jumps to."""
        marks = [(line.number, mark) for line in self.lines for mark in line.marks]
        number, mark = next(((number, mark) for number, mark in marks if mark.primary), marks[0])
        name = visible(self.source.name)
        return f"{name}:{number}:{mark.start + 1}" if self.source.text else name

    @property
    def digits(self) -> int:
        """How wide its line numbers are."""
        return len(str(self.lines[-1].number))

    def rows(self, page: Page, digits: int, severity: str) -> list[str]:
        """The lines with their marks, and what lies between them: one line as it is, more as `...`."""
        return list(_Writer(self, page, digits, severity).rows())


def snippets(diagnostic: Diagnostic) -> list[Snippet]:
    """What to show of each file; that of the diagnostic's own span comes first."""
    labels = diagnostic.labels or (Label("", diagnostic.span),)
    sources = dict.fromkeys((diagnostic.span.source, *(label.span.source for label in labels)))
    found = []
    for source in sources:
        here = [label for label in labels if label.span.source is source]
        if here:
            here.sort(key=lambda label: label.span.start)
            found.append(_snippet(source, here, diagnostic))
    return found


def _snippet(source: Source, labels: Sequence[Label], diagnostic: Diagnostic) -> Snippet:
    marks: dict[int, list[_Mark]] = {}
    ends: list[int] = []
    """The last line beside each bar so far."""
    for label in sorted(labels, key=lambda label: (label.span.line, -_last_line(label))):
        first, last = label.span.line, _last_line(label)
        primary = label.span == diagnostic.span
        start = label.span.column - 1
        if first == last:
            length = len(source.line(first))
            end = label.span.end_column - 1 if label.span.end_line == first else length
            end = max(start + 1, min(end, length))
            marks.setdefault(first, []).append(_Mark(start, end, label.message, primary))
            continue
        bar = next((bar for bar, end in enumerate(ends) if end < first), len(ends))
        ends[bar : bar + 1] = [last]
        end = source.position(label.span.start + len(label.span.text.rstrip()) - 1)[1]
        marks.setdefault(first, []).append(_Mark(start, start + 1, "", primary, "first", bar))
        marks.setdefault(last, []).append(_Mark(end - 1, end, label.message, primary, "last", bar))
        middle = range(first, last) if last - first < _SHOWN_LINES else (first + 1, last - 1)
        for number in middle:
            marks.setdefault(number, [])
    lines = (
        _Line(source, number, tuple(sorted(marks[number], key=lambda mark: mark.start)))
        for number in sorted(marks)
    )
    return Snippet(source, tuple(lines), len(ends))


def _last_line(label: Label) -> int:
    """The last line on which a label has text."""
    return label.span.line + label.span.text.rstrip().count("\n")


@dataclass(slots=True)
class _Writer:
    """Writes one snippet from top to bottom."""

    snippet: Snippet
    page: Page
    digits: int
    severity: str
    open: dict[int, str] = field(default_factory=dict)
    """The bars that have begun and not ended, each with its style."""

    def rows(self) -> Iterator[str]:
        previous: int | None = None
        for line in self.snippet.lines:
            if previous is not None and line.number == previous + 2:
                yield from self._line(_Line(line.source, previous + 1, ()))
            elif previous is not None and line.number > previous + 2:
                dots = self.page.paint("gutter", "...") + " " * self.digits
                yield f"{dots}{self._bars()}".rstrip()
            yield from self._line(line)
            previous = line.number

    @property
    def _room(self) -> int:
        """The columns of a line of the source."""
        return max(20, self.page.columns - self.digits - 3 - 2 * self.snippet.bars)

    def _gutter(self, number: int | None = None) -> str:
        return self.page.paint("gutter", f"{number or '':>{self.digits}} |") + " "

    def _style(self, mark: _Mark) -> str:
        return self.severity if mark.primary else "secondary"

    def _bars(self, begun: Sequence[int] = ()) -> str:
        """The left margin with the bars that are open; those that have just `begun` lean towards the text."""
        signs = {bar: "/" if bar in begun else "|" for bar in self.open}
        return "".join(
            self.page.paint(self.open[bar], signs[bar]) + " " if bar in self.open else "  "
            for bar in range(self.snippet.bars)
        )

    def _line(self, line: _Line) -> Iterator[str]:
        cells = _cells(line, self._room)
        for window, marks in _windows(cells, line.marks, self._room):
            begun = [
                mark for mark in marks if mark.part == "first" and not "".join(cells[: mark.start]).strip()
            ]
            self.open.update({mark.bar: self._style(mark) for mark in begun})
            bars = self._bars([mark.bar for mark in begun])
            yield f"{self._gutter(line.number)}{bars}{window.text(cells)}".rstrip()
            for mark in marks:
                if mark.part == "whole":
                    yield from self._underline(mark, window, cells)
                elif mark not in begun:
                    yield from self._corner(mark, window.column_of(cells, mark))

    def _underline(self, mark: _Mark, window: _Window, cells: Sequence[str]) -> Iterator[str]:
        """The underline of a mark with what it says."""
        column = window.column_of(cells, mark)
        underline = ("^" if mark.primary else "-") * window.width_of(cells, mark)
        before = self._gutter() + self._bars() + " " * column
        yield from self._said(mark, before, underline, column)

    def _corner(self, mark: _Mark, column: int) -> Iterator[str]:
        """The line from the bar at the left to the first or the last character, with what is said of the whole."""
        style = self._style(mark)
        before = self._gutter() + "".join(
            self.page.paint(self.open[bar], "|") + " " if bar in self.open else "  "
            for bar in range(mark.bar)
        )
        before += self.page.paint(style, "|") if mark.part == "last" else " "
        for bar in range(mark.bar + 1, self.snippet.bars):
            before += self.page.paint(style, "_")
            before += self.page.paint(self.open.get(bar, style), "|" if bar in self.open else "_")
        before += self.page.paint(style, "_" * (column + 1))
        if mark.part == "last":
            self.open.pop(mark.bar)
        else:
            self.open[mark.bar] = style
        yield from self._said(mark, before, "^" if mark.primary else "-", column)

    def _said(self, mark: _Mark, before: str, sign: str, column: int) -> Iterator[str]:
        """A sign with its message: beside it, or beneath where there is no room."""
        style = self._style(mark)
        beside = f"{sign} {visible(mark.message)}".rstrip()
        if not self.page.wraps or column + width(beside) <= self._room:
            yield before + self.page.paint(style, beside)
            return
        indent = max(0, min(column, self._room - _LABEL_ROOM))
        yield before + self.page.paint(style, sign)
        for line in wrapped(visible(mark.message), max(20, self._room - indent)):
            yield self._gutter() + self._bars() + " " * indent + self.page.paint(style, line)


def _cells(line: _Line, room: int) -> list[str]:
    """The characters of a line as they are shown; of a very long one, those alone that may come into view."""
    text = line.source.line(line.number)
    if len(text) <= _CHARACTERS_PER_COLUMN * room:
        return shown(text)
    cells = [" "] * len(text)
    for start in {0, *(mark.start for mark in line.marks)}:
        seen = slice(max(0, start - room), start + room)
        cells[seen] = shown(text[seen])
    return cells


@dataclass(frozen=True, slots=True)
class _Window:
    """The characters `start` to `end` of a line that are shown."""

    start: int
    end: int

    def text(self, cells: Sequence[str]) -> str:
        before = "…" if self.start > 0 else ""
        after = "…" if self.end < len(cells) else ""
        return before + "".join(cells[self.start : self.end]) + after

    def column_of(self, cells: Sequence[str], mark: _Mark) -> int:
        shown = "".join(cells[self.start : mark.start])
        return (1 if self.start > 0 else 0) + width(shown) + max(0, mark.start - len(cells))

    def width_of(self, cells: Sequence[str], mark: _Mark) -> int:
        return max(1, width("".join(cells[mark.start : min(mark.end, self.end)])))


def _windows(
    cells: Sequence[str], marks: Sequence[_Mark], room: int
) -> list[tuple[_Window, tuple[_Mark, ...]]]:
    """The line, or, where it is longer than `room` columns, a cut for each group of marks that fits into
    one.
    """
    if len(cells) <= _CHARACTERS_PER_COLUMN * room and width("".join(cells)) <= room:
        return [(_Window(0, len(cells)), tuple(marks))]
    if not marks:
        return [(_cut(cells, 0, room), ())]
    windows: list[tuple[_Window, tuple[_Mark, ...]]] = []
    for mark in marks:
        if windows:
            window, members = windows[-1]
            if mark.start < window.end and (mark.end <= window.end or mark.start == members[-1].start):
                windows[-1] = (window, (*members, mark))
                continue
        windows.append((_cut(cells, mark.start, room), (mark,)))
    return windows


def _cut(cells: Sequence[str], start: int, room: int) -> _Window:
    """A window of `room` columns, both ellipses included, with `start` in it: at the left edge of the line
    if it fits there, else after a third of the window."""
    first = 0
    most = _CHARACTERS_PER_COLUMN * room
    if start >= most or width("".join(cells[: start + 1])) > room * 2 // 3:
        first = min(start, len(cells))  # a mark may stand behind the line's last character
        lead = 0
        while first > max(0, start - most) and lead + width(cells[first - 1]) <= room // 3:
            first -= 1
            lead += width(cells[first])
    end = first
    used = 2
    while end < min(len(cells), start + most) and used + width(cells[end]) <= room:
        used += width(cells[end])
        end += 1
    return _Window(first, max(end, min(start + 1, len(cells))))
