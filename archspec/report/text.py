"""Diagnostics → text for a person at a terminal.

    error[E0301]: the two sides of a skip addition differ
      --> net.yaml:31:7
       |
    31 |   - {residual: […], shortcut: identity}
       |      ^^^^^^^^ the main path gives 128 × 28 × 28
       = help: write `shortcut: projection`
       = fix: write `projection`

`^` underlines the place at fault, `-` what else plays a part; `fix` is what `archspec validate --fix` does. Every
line but the headline begins with the gutter, so that no text of the user begins a line; the meaning never hangs on
colour.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from archspec.diagnostics import Diagnostic, Label
from archspec.records import dataclass
from archspec.report.remedies import remedies
from archspec.report.visible import shown, visible, width, wrapped
from archspec.source import Source

MAX_SHOWN = 100
WIDTH: Final = 100
"""The columns that lines of a source may take where nobody says how many there are."""

_LABEL_ROOM: Final = 30
"""What a label has to itself, at the least, in a terminal that is wide enough."""

_CHARACTERS_PER_COLUMN: Final = 10
"""A line may hold a megabyte of characters that take no room: no more of them are measured or shown than this."""

_STYLES: Final = {
    "error": "1;31",
    "warning": "1;33",
    "strong": "1",
    "gutter": "1;34",
    "secondary": "1;34",
    "help": "1;36",
}


def render(
    diagnostics: Sequence[Diagnostic],
    *,
    columns: int | None = None,
    color: bool = False,
    limit: int = MAX_SHOWN,
) -> str:
    """All diagnostics, at most `limit` of them in full, and a line that counts them. Empty where there are
    none.

    `columns` is the width of the terminal: longer lines of a source are cut around what is underlined, sentences go on
    in the next line. None is for a file or a log, in which a sentence is one line, to be searched.
    """
    if not diagnostics:
        return ""
    renderer = _Renderer(columns, color)
    parts = [renderer.diagnostic(diagnostic) for diagnostic in diagnostics[:limit]]
    if len(diagnostics) > limit:
        parts.append(f"… and {len(diagnostics) - limit:,} more\n")
    fixable = sum(bool(diagnostic.fixes) for diagnostic in diagnostics)
    remark = f", {fixable:,} fixable with `archspec validate --fix`" if fixable else ""
    total = counted(diagnostics) + remark
    parts.append("".join(f"{line}\n" for line in (wrapped(total, columns) if columns else [total])))
    return "\n".join(parts)


def counted(diagnostics: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`; empty where there are none."""
    severities = [diagnostic.severity for diagnostic in diagnostics]
    counts = ((word, severities.count(word)) for word in ("error", "warning"))
    return ", ".join(f"{count:,} {word}" + ("" if count == 1 else "s") for word, count in counts if count)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A label on one line: the characters from `start` to `end`, counted from the beginning of the line."""

    start: int
    end: int
    message: str
    primary: bool


@dataclass(frozen=True, slots=True)
class _Line:
    source: Source
    number: int
    marks: tuple[_Mark, ...]


class _Renderer:
    def __init__(self, columns: int | None, color: bool) -> None:
        self.columns = columns or WIDTH
        self.wraps = columns is not None
        self.color = color

    def _paint(self, style: str, text: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.color and text else text

    def _lines(self, text: str, indent: int) -> list[str]:
        """A sentence in lines of what is left of the terminal to the right of `indent` columns."""
        return wrapped(text, max(20, self.columns - indent)) if self.wraps else [text]

    def diagnostic(self, diagnostic: Diagnostic) -> str:
        files = _lines_by_file(diagnostic)
        digits = max((len(str(line.number)) for lines in files for line in lines), default=1)
        empty = self._paint("gutter", " " * digits + " |")
        rows = self._headline(diagnostic, digits)
        for number, lines in enumerate(files):
            arrow = "-->" if number == 0 else ":::"
            rows.append(self._paint("gutter", f"{' ' * digits}{arrow} ") + _place(lines))
            if lines[0].source.text:
                rows.append(empty)
                rows += self._snippet(lines, digits, diagnostic.severity)
        for note in diagnostic.notes:
            rows += self._remark("note", note, digits)
        for word, sentence in remedies(diagnostic):
            rows += self._remark(word, sentence, digits)
        return "\n".join(rows) + "\n"

    def _headline(self, diagnostic: Diagnostic, digits: int) -> list[str]:
        words = f"{diagnostic.severity}[{diagnostic.code}]"
        first, *rest = self._lines(visible(diagnostic.message), len(words) + 2)
        rows = [self._paint(diagnostic.severity, words) + self._paint("strong", f": {first}")]
        gutter = self._paint("gutter", " " * digits + " |")
        indent = " " * (len(words) - digits)
        return rows + [gutter + indent + self._paint("strong", line) for line in rest]

    def _remark(self, word: str, text: str, digits: int) -> list[str]:
        indent = len(word) + 3
        first, *rest = (
            row for line in text.split("\n") for row in self._lines(visible(line), digits + 2 + indent)
        )
        pad = " " * digits
        rows = [self._paint("gutter", pad + " = ") + self._paint("help", f"{word}:") + " " + first]
        return rows + [self._paint("gutter", pad + " |") + " " * indent + line for line in rest]

    def _snippet(self, lines: Sequence[_Line], digits: int, severity: str) -> list[str]:
        """The lines with their marks, and what lies between them: one line as it is, more as `...`."""
        rows: list[str] = []
        previous: int | None = None
        for line in lines:
            if previous is not None and line.number == previous + 2:
                rows += self._line(_Line(line.source, previous + 1, ()), digits, severity)
            elif previous is not None and line.number > previous + 2:
                rows.append(self._paint("gutter", "..."))
            rows += self._line(line, digits, severity)
            previous = line.number
        return rows

    def _line(self, line: _Line, digits: int, severity: str) -> list[str]:
        gutter = self._paint("gutter", f"{line.number:>{digits}} |")
        room = max(20, self.columns - digits - 3)
        cells = _cells(line, room)
        rows: list[str] = []
        for window, marks in _windows(cells, line.marks, room):
            rows.append(f"{gutter} {window.text(cells)}".rstrip())
            for mark in marks:
                rows += self._mark(mark, window, cells, digits, severity)
        return rows

    def _mark(
        self, mark: _Mark, window: _Window, cells: Sequence[str], digits: int, severity: str
    ) -> list[str]:
        """The underline of a mark with what it says: beside it, or beneath where there is no room."""
        gutter = self._paint("gutter", " " * digits + " |") + " "
        style = severity if mark.primary else "secondary"
        column = window.column_of(cells, mark)
        underline = ("^" if mark.primary else "-") * window.width_of(cells, mark)
        beside = f"{underline} {visible(mark.message)}".rstrip()
        room = self.columns - digits - 3
        if not self.wraps or column + width(beside) <= room:
            return [gutter + " " * column + self._paint(style, beside)]
        indent = max(0, min(column, room - _LABEL_ROOM))
        beneath = wrapped(visible(mark.message), max(20, room - indent))
        return [
            gutter + " " * column + self._paint(style, underline),
            *(gutter + " " * indent + self._paint(style, line) for line in beneath),
        ]


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


def _place(lines: Sequence[_Line]) -> str:
    """Where the primary mark stands, or else the first: what an editor jumps to."""
    marks = [(line.number, mark) for line in lines for mark in line.marks]
    number, mark = next(((number, mark) for number, mark in marks if mark.primary), marks[0])
    source = lines[0].source
    name = visible(source.name)
    return f"{name}:{number}:{mark.start + 1}" if source.text else name


def _lines_by_file(diagnostic: Diagnostic) -> list[list[_Line]]:
    """The lines to show, in order, for each file; the file of the diagnostic's own span comes first."""
    labels = diagnostic.labels or (Label("", diagnostic.span),)
    sources = dict.fromkeys((diagnostic.span.source, *(label.span.source for label in labels)))
    files: list[list[_Line]] = []
    for source in sources:
        here = [label for label in labels if label.span.source is source]
        here.sort(key=lambda label: label.span.start)
        lines = [
            _Line(source, number, tuple(_mark(label, diagnostic) for label in group))
            for number, group in groupby(here, key=lambda label: label.span.line)
        ]
        if lines:
            files.append(lines)
    return files


def _mark(label: Label, diagnostic: Diagnostic) -> _Mark:
    """The label on its first line, which says where it ends if that is on another; what has no width is shown one
    character wide.
    """
    span = label.span
    start = span.column - 1
    line_length = len(span.source.line(span.line))
    end = span.end_column - 1 if span.end_line == span.line else line_length
    last = span.line + span.text.rstrip().count("\n")
    message = label.message if last == span.line else f"{label.message} (to line {last})".lstrip()
    return _Mark(start, max(start + 1, min(end, line_length)), message, span == diagnostic.span)


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
        first = start
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
