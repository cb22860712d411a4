"""The summary for a terminal of any width.

In: a `Summary`. Out: something `rich` prints, whose columns depend on the room there is. Holds: no text of a spec is
read as markup; where there is no room for the notes beside the rows, they stand below the table, and which other
columns are left out is said there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from archspec.backends.summary.rows import CONVENTIONS, Row, Summary
from archspec.backends.summary.words import field_text, share_text, totals
from archspec.backends.wording import bytes_text, shape_text, short_count
from archspec.records import dataclass

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.table import Table

_GAP: Final = 2
"""Blanks between columns."""


@dataclass(frozen=True, slots=True)
class _Column:
    """`narrow` writes it in less room. `rank`: the columns of the highest rank go first where there is no room, those
    of rank 0 never do. `least`: so narrow it may become before one goes, its texts in several lines; 0 for as wide as
    they are.
    """

    heading: str
    text: Callable[[Row], str]
    rank: int = 0
    flush_right: bool = True
    narrow: Callable[[Row], str] | None = None
    wraps: bool = False
    least: int = 0

    def width(self, rows: Sequence[Row]) -> int:
        from rich.cells import cell_len

        return max(map(cell_len, (self.heading, *map(self.text, rows))))

    def least_width(self, rows: Sequence[Row]) -> int:
        return min(self.width(rows), self.least or self.width(rows))

    def narrowed(self) -> _Column:
        return self if self.narrow is None else replace(self, text=self.narrow, narrow=None)


def to_table(summary: Summary) -> Tree:
    """The tree for the terminal."""
    return Tree(summary, summary.tree)


@dataclass(frozen=True, slots=True)
class Tree:
    """The rows as a table, with the totals and the conventions below it."""

    summary: Summary
    rows: tuple[Row, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        columns = self._fitting(options.max_width)
        yield self._table(columns)
        yield from map(Text, self._left_out(columns))
        yield Text("")
        if not any(column.heading == "note" for column in columns):
            yield from (Text(f"{row.path}: {row.note}", "italic") for row in self.rows if row.note)
        yield from (Text(line) for line in (*totals(self.summary), ""))
        yield from (Text(convention, "dim") for convention in CONVENTIONS)

    def _columns(self) -> tuple[_Column, ...]:
        def share(row: Row) -> str:
            return share_text(self.summary.share(row))

        columns = (
            _Column("path", lambda row: "  " * (row.depth - 1) + row.name, flush_right=False),
            _Column("op", lambda row: row.what, 2, flush_right=False, wraps=True, least=8),
            _Column("output", lambda row: shape_text(row.output), flush_right=False),
            _Column("parameters", lambda row: _counted(row.params), narrow=lambda row: _short(row.params)),
            _Column("share", share, rank=3),
            _Column("MACs", lambda row: _counted(row.macs), 1, narrow=lambda row: _short(row.macs)),
            _Column("field", field_text, rank=4),
            _Column("memory", lambda row: bytes_text(row.bytes), rank=5),
            _Column("note", lambda row: row.note, rank=6, flush_right=False, wraps=True),
        )
        return columns if any(row.note for row in self.rows) else columns[:-1]

    def _fitting(self, room: int) -> tuple[_Column, ...]:
        """All columns with every digit, if they fit; else numbers are shortened, and columns go one by one."""
        columns = self._columns()
        if self._width(columns) <= room:
            return columns
        columns = tuple(column.narrowed() for column in columns)
        while self._least_width(columns) > room and any(column.rank for column in columns):
            last = max(column.rank for column in columns)
            columns = tuple(column for column in columns if column.rank != last)
        return columns

    def _left_out(self, shown: Sequence[_Column]) -> Iterator[str]:
        """Which columns are missing, and how to see them. Notes are not: they stand below."""
        headings = {column.heading for column in shown} | {"note"}
        missing = [column.heading for column in self._columns() if column.heading not in headings]
        if missing:
            listed = " and ".join(filter(None, (", ".join(missing[:-1]), missing[-1])))
            full = self._width(self._columns())
            yield f"no room for {listed}: the whole table is {full} columns wide; `--format md` has all of it"

    def _width(self, columns: Sequence[_Column]) -> int:
        return sum(column.width(self.rows) for column in columns) + _GAP * (len(columns) - 1)

    def _least_width(self, columns: Sequence[_Column]) -> int:
        return sum(column.least_width(self.rows) for column in columns) + _GAP * (len(columns) - 1)

    def _table(self, columns: Sequence[_Column]) -> Table:
        from rich.table import Table
        from rich.text import Text

        title = Text(self.summary.title, style="bold")
        table = Table(title=title, title_justify="left", pad_edge=False, box=None, padding=(0, _GAP, 0, 0))
        for column in columns:
            table.add_column(
                Text(column.heading),
                justify="right" if column.flush_right else "left",
                no_wrap=not column.wraps,
                overflow="fold",
            )
        for row in self.rows:
            style = "bold" if row.is_module else ""
            table.add_row(
                *(
                    Text(column.text(row), "italic" if column.heading == "note" else style)
                    for column in columns
                )
            )
        return table


def _counted(count: int) -> str:
    return f"{count:,}" if count else ""


def _short(count: int) -> str:
    return short_count(count) if count else ""
