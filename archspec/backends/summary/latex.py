r"""The summary in LaTeX.

In: a `Summary`. Out: a `longtable`, with the totals and the conventions below it. Holds: no text of a spec is read as
markup; pdfLaTeX, XeLaTeX and LuaLaTeX all set it; no row is wider than `ROOM`, the `\textwidth` of `article` on A4 at
10 pt, the narrowest of the usual ones: where texts are too long, they go on in the next line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Final

from archspec.backends.summary.latex_text import in_latex, printed_width
from archspec.backends.summary.rows import CONVENTIONS, Row, Summary
from archspec.backends.summary.words import field_text, share_text, totals
from archspec.backends.wording import bytes_text, shape_text, short_count
from archspec.records import dataclass

ROOM: Final = 345.0
"""Points."""
GAP: Final = 5.0
INDENT: Final = 5.0

_SIZE: Final = r"\fontsize{7}{8.5}\selectfont"
"""That for which `latex_text.py` knows how wide characters are."""
_LEGEND: Final = (
    "params: parameters, and their share of all in percent",
    "sees: the receptive field, and after the stroke the stride between neighbours",
    "memory: what the output takes",
)


@dataclass(frozen=True, slots=True)
class _Column:
    """`breaks`: its texts may go on in the next line; `short` writes it in less room."""

    heading: str
    text: Callable[[Row], str]
    side: str = "r"
    breaks: bool = False
    short: Callable[[Row], str] | None = None

    def width(self, rows: Sequence[Row]) -> float:
        """How wide it is where no text is broken."""
        return max(printed_width(self.heading), *map(self.width_in, rows))

    def width_in(self, row: Row) -> float:
        return self.indent(row) + printed_width(self.text(row), is_bold=self.is_bold(row))

    def is_bold(self, row: Row) -> bool:
        return self.heading == "name" and row.is_module

    def indent(self, row: Row) -> float:
        return INDENT * (row.depth - 1) if self.heading == "name" else 0.0


def to_latex(summary: Summary) -> str:
    """For any document that loads `booktabs` and `longtable`. Modules and what is in them stand as a tree."""
    columns = _columns(summary)
    if sum(_natural_widths(columns, summary.tree)) > ROOM - GAP * (len(columns) - 1):
        columns = tuple(replace(column, text=column.short or column.text) for column in columns)
    widths = _widths(columns, summary.tree)
    sides = "".join(column.side for column in columns)
    headings = f"{' & '.join(in_latex(column.heading) for column in columns)} \\\\"
    title = in_latex(summary.title)
    lines = [
        r"% needs \usepackage{booktabs,longtable}; for pdfLaTeX, XeLaTeX and LuaLaTeX",
        rf"\begingroup{_SIZE}\setlength{{\tabcolsep}}{{{GAP / 2}pt}}",
        rf"\begin{{longtable}}{{@{{}}{sides}@{{}}}}",
        rf"\caption{{{title}}}\\",
        *(r"\toprule", headings, r"\midrule", r"\endfirsthead"),
        *(r"\toprule", headings, r"\midrule", r"\endhead"),
        *(r"\bottomrule", r"\endfoot"),
    ]
    for row in summary.tree:
        lines.extend(_row(row, columns, widths))
    lines.append(r"\end{longtable}")
    lines.append(r"\raggedright")
    lines.extend(rf"\noindent {_breakable(text)}.\par" for text in (*_LEGEND, *totals(summary), *CONVENTIONS))
    lines.extend((r"\endgroup", ""))
    return "\n".join(lines)


def _columns(summary: Summary) -> tuple[_Column, ...]:
    def share(row: Row) -> str:
        return share_text(summary.share(row)).replace(" %", "").replace("< ", "<")

    return (
        _Column("name", lambda row: _dense(row.name), "l", breaks=True),
        _Column("op", lambda row: row.what, "l", breaks=True),
        _Column("output", lambda row: _dense(shape_text(row.output)), "l", breaks=True),
        _Column("params", lambda row: _counted(row.params), short=lambda row: _short(row.params)),
        _Column("%", share),
        _Column("MACs", lambda row: _counted(row.macs), short=lambda row: _short(row.macs)),
        _Column("sees", lambda row: _dense(field_text(row)), breaks=True),
        _Column("memory", lambda row: bytes_text(row.bytes)),
    )


def _natural_widths(columns: Sequence[_Column], rows: Sequence[Row]) -> list[float]:
    return [column.width(rows) for column in columns]


def _widths(columns: Sequence[_Column], rows: Sequence[Row]) -> list[float]:
    """Every column as wide as its texts are, if there is room; else what the numbers leave is shared out among those
    that may break, evenly but for those that need less.
    """
    widths = _natural_widths(columns, rows)
    left = ROOM - GAP * (len(columns) - 1)
    left -= sum(width for width, column in zip(widths, columns, strict=True) if not column.breaks)
    breaking = sorted(
        (index for index, column in enumerate(columns) if column.breaks), key=widths.__getitem__
    )
    for place, index in enumerate(breaking):
        widths[index] = min(widths[index], left / (len(breaking) - place))
        left -= widths[index]
    return widths


def _row(row: Row, columns: Sequence[_Column], widths: Sequence[float]) -> Iterator[str]:
    r"""The lines of a row; `\\*` keeps them on one page."""
    cells = [
        list(_cell(row, column, width)) if column.breaks else [in_latex(column.text(row))]
        for column, width in zip(columns, widths, strict=True)
    ]
    lines = [" & ".join(line) for line in zip_longest(*cells, fillvalue="")]
    if row.note:
        room = ROOM - INDENT * row.depth
        lines.extend(
            rf"\multicolumn{{{len(columns)}}}{{@{{}}l@{{}}}}{{{_indent(INDENT * row.depth)}\emph{{{in_latex(part)}}}}}"
            for part in _broken(row.note, room, is_bold=False)
        )
    for line in lines[:-1]:
        yield rf"{line} \\*"
    yield rf"{lines[-1]} \\"


def _cell(row: Row, column: _Column, width: float) -> Iterator[str]:
    """The lines of a text."""
    is_bold = column.is_bold(row)
    # However deep a row is, a part of the column is left for its name.
    indent = min(column.indent(row), width / 2)
    for part in _broken(column.text(row), width - indent, is_bold=is_bold):
        text = rf"\textbf{{{in_latex(part)}}}" if is_bold else in_latex(part)
        yield f"{_indent(indent)}{text}"


def _indent(points: float) -> str:
    return rf"\hspace*{{{points:g}pt}}" if points else ""


def _broken(text: str, width: float, *, is_bold: bool) -> Iterator[str]:
    """The text in lines: broken at blanks and behind `_`, `-`, `.`, `×` and `–`, and within what is too long alone."""
    line = ""
    for piece in _pieces(text, width, is_bold=is_bold):
        if line and printed_width((line + piece).strip(), is_bold=is_bold) > width:
            yield line.strip()
            line = ""
        line += piece
    yield line.strip()


def _pieces(text: str, width: float, *, is_bold: bool) -> Iterator[str]:
    for piece in re.findall(r"\s*[^\s_.×–-]*(?:[_.×–-]|(?=\s)|$)", text):
        if printed_width(piece.strip(), is_bold=is_bold) > width:
            yield from piece
        else:
            yield piece


def _dense(text: str) -> str:
    """A range and a product in less room: `27–43`, `64×56×56`."""
    return text.replace(" … ", "–").replace(" × ", "×")


def _breakable(text: str) -> str:
    """A text whose paths may go on in the next line."""
    return r".\allowbreak ".join(map(in_latex, re.split(r"(?<=\w)\.(?=[A-Za-z])", text)))


def _counted(count: int) -> str:
    return f"{count:,}" if count else ""


def _short(count: int) -> str:
    return short_count(count) if count else ""
