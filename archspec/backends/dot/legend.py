"""What the colours and arcs of a picture stand for.

In: the fills and the kinds of edges that a picture uses. Out: a label with an entry for each that needs one; `None`
where none does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import ceil
from typing import Final, TypeAlias

from archspec.backends.dot import theme
from archspec.backends.dot.labels import Cell, Label, Table, Text
from archspec.backends.dot.picture import EdgeKind, EdgeMark

_Entry: TypeAlias = tuple[Cell, str]
"""What is drawn, and what it means."""

_WIDTH: Final = 220.0
"""Points: the narrowest picture is about as wide."""
_SWATCH: Final = 9
_GAP: Final = 4
_BETWEEN: Final = 10
_ARCS: Final[tuple[tuple[frozenset[EdgeKind], str, theme.Paint, str], ...]] = (
    (frozenset({"skip", "across"}), "—", theme.SKIP, "skip"),
    (frozenset({"shortcut"}), "- -", theme.SKIP, "skip with layers"),
    (frozenset({"aux"}), "- -", theme.LINE, "auxiliary head"),
)
"""Edges with their own look: the line as it is drawn, and what it means."""
_COMPARED: Final[tuple[tuple[theme.Paint, str], ...]] = (
    (theme.REMOVED, "− only in A"),
    (theme.ADDED, "+ only in B"),
    (theme.CHANGED, "~ changed"),
)
_MARKED: Final[tuple[tuple[EdgeMark, frozenset[EdgeKind], str, theme.Paint, str], ...]] = (
    ("removed", frozenset({"skip", "across", "shortcut"}), "- -", theme.REMOVED_LINE, "− skip only in A"),
    ("added", frozenset({"skip", "across"}), "—", theme.ADDED_LINE, "+ skip only in B"),
    ("added", frozenset({"shortcut"}), "- -", theme.ADDED_LINE, "+ skip with layers only in B"),
)


def draw_legend(
    fills: Collection[str],
    edges: Collection[EdgeKind],
    room: float = 0.0,
    marked: Collection[tuple[EdgeMark, EdgeKind]] = (),
) -> Label | None:
    """Entries in rows and columns, in the theme's order. `room`: points that the picture is wide, if that is known.
    `marked`: where two networks are compared, the marks of arcs, each with the kind of the arc.
    """
    compared: list[_Entry] = [(_square(fill), name) for fill, name in _COMPARED if fill in fills]
    if compared and theme.CLOSED in fills:
        compared.append((_square(theme.CLOSED), "equal"))
    entries: list[_Entry] = [
        *compared,
        *(
            (_line(drawn, colour), name)
            for mark, kinds, drawn, colour, name in _MARKED
            if any((mark, kind) in marked for kind in kinds)
        ),
        *((_square(fill), fill.name) for fill in theme.FILLS if fill in fills),
        *((_line(drawn, colour), name) for kinds, drawn, colour, name in _ARCS if kinds & set(edges)),
    ]
    if len(entries) < 2:
        return None
    room = max(_WIDTH, room)
    most = next(count for count in range(len(entries), 0, -1) if count == 1 or _fits(entries, count, room))
    columns = ceil(len(entries) / ceil(len(entries) / most))  # rows of about one length
    rows = [entries[start : start + columns] for start in range(0, len(entries), columns)]
    return Table(tuple(_row(row) for row in rows), {"CELLPADDING": 2})


def _fits(entries: Sequence[_Entry], columns: int, room: float) -> bool:
    widest = (
        max(theme.text_width(name, theme.DETAIL_SIZE) for _, name in entries[column::columns])
        for column in range(columns)
    )
    return sum(widest) + columns * (_SWATCH + _GAP + _BETWEEN) <= room


def _row(entries: Sequence[_Entry]) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for drawn, name in entries:
        cells.append(drawn)
        cells.append(Cell(Text(name, theme.DETAIL_SIZE, theme.SOFT_INK), {"ALIGN": "left"}))
        cells.append(Cell(attributes={"WIDTH": _GAP}))
    return tuple(cells)


def _square(fill: theme.Paint) -> Cell:
    sides: dict[str, str | int] = {"WIDTH": _SWATCH, "HEIGHT": _SWATCH, "FIXEDSIZE": "TRUE"}
    return Cell(Table(((Cell(),),), sides | {"BGCOLOR": fill}))


def _line(drawn: str, colour: theme.Paint) -> Cell:
    return Cell(Text(drawn, theme.SUBTITLE_SIZE, colour, bold=True))
