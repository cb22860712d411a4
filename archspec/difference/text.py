"""A difference for the terminal, and as plain text.

In: a `Difference`. Out: something that `rich` prints, or text of a given width. Marks say what colours say.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from archspec.difference.compare import Difference
from archspec.difference.lines import (
    Line,
    key_lists,
    keys_text,
    layer_lines,
    shown_facts,
    verdict_text,
)
from archspec.difference.rows import Status
from archspec.records import dataclass

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table

_ROOM_FOR_COUNTS: Final = 100
_ROOM_FOR_SHAPES: Final = 72
"""Columns."""
_STYLES: Final[dict[Status, str]] = {"same": "dim", "added": "green", "removed": "red", "changed": "yellow"}


def to_text(difference: Difference, *, columns: int, everything: bool) -> str:
    """The tables as plain text, at most `columns` wide."""
    from rich.console import Console

    console = Console(file=io.StringIO(), width=columns, color_system=None, legacy_windows=False)
    with console.capture() as captured:
        console.print(to_table(difference, everything=everything))
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def to_table(difference: Difference, *, everything: bool) -> RenderableType:
    """Numbers, layers and keys, each in a table that fits the console."""
    return _Fitting(difference, everything)


@dataclass(frozen=True, slots=True)
class _Fitting:
    """Where there is little room, counts have three digits; where there is less, shapes are left out."""

    difference: Difference
    everything: bool

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        from rich.text import Text

        difference, short = self.difference, options.max_width < _ROOM_FOR_COUNTS
        yield Text(f"A  {difference.titles[0]}")
        yield Text(f"B  {difference.titles[1]}")
        yield Text("")
        yield Text(verdict_text(difference), style="bold")
        if difference.verdict == "same":
            return
        yield Text("")
        yield _facts(difference, short)
        lines = layer_lines(difference, everything=self.everything, short=short)
        if lines:
            yield Text("")
            yield _layers(lines, with_shapes=options.max_width >= _ROOM_FOR_SHAPES)
        yield Text("")
        yield Text(f"state_dict: {keys_text(difference.keys)}")
        for listed in key_lists(difference.keys, everything=self.everything):
            yield Text(f"  {listed.heading}")
            yield from (Text(f"    {line}", "dim") for line in listed.lines)
            if listed.left_out:
                yield Text(f"    … and {listed.left_out} more; --all shows them", "dim")


def _facts(difference: Difference, short: bool) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(Text(""))
    for heading in ("A", "B", "change", ""):
        table.add_column(Text(heading), justify="right", overflow="fold")
    for fact in shown_facts(difference):
        style = "dim" if fact.same else ""
        label = f"{fact.label}, batch {difference.batch}" if fact.unit == "bytes" else fact.label
        cells = (label, *fact.texts(short=short), fact.change_text(short=short), fact.percent_text)
        table.add_row(*(Text(cell, style) for cell in cells))
    return table


def _layers(lines: tuple[Line, ...], *, with_shapes: bool) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(Text(""), no_wrap=True)
    for heading in ("layer", "what", *(["output"] if with_shapes else [])):
        table.add_column(Text(heading), overflow="fold")
    for heading in ("parameters", "MACs"):
        table.add_column(Text(heading), justify="right", overflow="fold")
    for line in lines:
        style = _STYLES[line.status]
        shapes = [line.output] if with_shapes else []
        cells = (line.mark, "  " * line.depth + line.name, line.what, *shapes, line.params, line.macs)
        table.add_row(*(Text(cell, style) for cell in cells))
    return table
