"""How wide the columns of a picture are, and how wide what reaches over several of them.

In: a picture without its panels, and the sizes of its text. Out: `Columns`.
Holds: boxes of one column are equally wide; a fork and a bar are as wide as the branches that hang from the one and end
in the other, so that lines between them are straight.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from archspec.backends.dot import theme
from archspec.backends.dot.picture import (
    RISING,
    SPINE,
    Bar,
    Box,
    Edge,
    Fork,
    Group,
    Node,
    Picture,
    Terminal,
    nodes_in,
)
from archspec.backends.wording import shape_text

MAIN_COLUMNS: Final = (SPINE, RISING)

_BOX_PADDING: Final = 9.0
"""Points beside the text of a box, left and right together."""
_BOLD: Final = 1.08
"""How much wider bold text is."""
_LABEL_SHIFT: Final = 5.0
"""From the spine to the text right of it, less what a label stands in from the boxes below it."""


class Columns:
    """`gap`: inches between neighbours."""

    def __init__(self, picture: Picture, sizes: theme.Sizes, gap: float) -> None:
        self.sizes = sizes
        self.gap = gap
        self.is_sideways = picture.direction == "LR"
        self.nodes = {node.id: node for node in nodes_in(picture.items)}
        self.widths = _column_widths(self.nodes.values(), sizes)
        """Inches for each column."""
        for column, room in () if self.is_sideways else _title_rooms(picture.items, sizes):
            self.widths[column] = max(self.widths.get(column, 0.0), room)
        widest = max(self.widths.get(column, 0.0) for column in MAIN_COLUMNS)
        self.widths |= dict.fromkeys(MAIN_COLUMNS, widest)
        self._edges_into: dict[str, list[Edge]] = {}
        self._edges_from: dict[str, list[Edge]] = {}
        for edge in picture.edges:
            if edge.cell is not None:
                self._edges_into.setdefault(edge.head, []).append(edge)
            if edge.from_cell is not None:
                self._edges_from.setdefault(edge.tail, []).append(edge)
        for bar in (node for node in self.nodes.values() if isinstance(node, Bar)):
            self._even_out(bar)

    def cells(self, node: Bar | Fork) -> tuple[int, ...]:
        """Points for each cell of a bar or a fork: as wide as the branch that ends in it or hangs from it."""
        gap = self.gap * theme.POINTS_PER_INCH
        if isinstance(node, Bar):
            columns = {edge.cell: self.nodes[edge.tail].column for edge in self._edges_into.get(node.id, ())}
            cells = len(node.parts)
        else:
            columns = {
                edge.from_cell: self.nodes[edge.head].column for edge in self._edges_from.get(node.id, ())
            }
            cells = node.cells
        if self.is_sideways:
            return (round(self.sizes.box_height * theme.POINTS_PER_INCH + gap),) * cells
        least = self.sizes.branch_width
        points: list[int] = []
        for cell in range(cells):
            column = columns.get(cell, node.column)
            inches = least if column == node.column else self.widths.get(column, least)
            points.append(round(inches * theme.POINTS_PER_INCH + gap))
        return tuple(points)

    def right_of_spine(self) -> int:
        """Points from the left edge of the boxes of the spine to the text right of their middle."""
        return round(self._half(SPINE) + _LABEL_SHIFT)

    def spine_offset(self, group: Group) -> int | None:
        """Points from a card's title to the text right of its spine, so that the line passes between the two;
        `None` where there is no spine."""
        inside = nodes_in(group.items)
        columns = [node.column for node in inside]
        column = next((column for column in MAIN_COLUMNS if column in columns), None)
        if column is None and group.kind == "card":
            column = columns[0]
        if column is None:
            return None
        bars = (node for node in inside if isinstance(node, Bar) and node.column == column)
        half = max((self._half(column), *(sum(self.cells(bar)) / 2 for bar in bars)))
        return round(half + _left_margins(group) - theme.CARD_MARGIN + _LABEL_SHIFT)

    def _half(self, column: str) -> float:
        return self.widths.get(column, theme.SPINE_WIDTH) * theme.POINTS_PER_INCH / 2

    def _even_out(self, bar: Bar) -> None:
        """Make the columns that end in a bar equally wide, so that its middle is below their fork."""
        tails = (self.nodes[edge.tail] for edge in self._edges_into.get(bar.id, ()))
        columns = {node.column for node in tails if isinstance(node, Box)} - {SPINE, bar.column}
        widest = max((self.widths[column] for column in columns), default=0.0)
        self.widths |= dict.fromkeys(sorted(columns), widest)


def _column_widths(nodes: Iterable[Node], sizes: theme.Sizes) -> dict[str, float]:
    """Inches for each column: as wide as its widest box."""
    boxes: dict[tuple[str, tuple[str, ...], str], None] = {}
    for node in nodes:
        if isinstance(node, Box):
            boxes[node.text, node.small, node.column] = None
        elif isinstance(node, Terminal):
            boxes[node.text, (shape_text(node.shape),), node.column] = None
    widths: dict[str, float] = {}
    for text, small, column in boxes:
        least = sizes.spine_width if column in MAIN_COLUMNS else sizes.branch_width
        width = (sizes.text_width(text, small) + _BOX_PADDING) / theme.POINTS_PER_INCH
        widths[column] = max(widths.get(column, least), width)
    return widths


def title_lines(title: str, sizes: theme.Sizes) -> tuple[str, ...]:
    """The title of a group: of a range, in a picture of small boxes, its two ends below each other."""
    first, dash, last = title.partition(" – ")
    return (f"{first} –", last) if dash and sizes.small_below else (title,)


def _title_rooms(items: Iterable[Node | Group], sizes: theme.Sizes) -> list[tuple[str, float]]:
    """Inches that the boxes of a column must be wide for a title above them to end before the line through them, and
    for the costs behind it to end where they do: else Graphviz widens the card to whichever side it likes.
    """
    rooms: list[tuple[str, float]] = []
    _find_title_rooms(items, rooms, sizes)
    return rooms


def _find_title_rooms(
    items: Iterable[Node | Group], rooms: list[tuple[str, float]], sizes: theme.Sizes
) -> str:
    """Add the rooms of `items`, and say in which column these stand: in the spine, else that of the first."""
    found = ""
    for item in items:
        if isinstance(item, Group):
            column = _find_title_rooms(item.items, rooms, sizes)
            if item.kind in ("card", "module") and column:
                lines = title_lines(item.title, sizes)
                half = _BOLD * max(theme.text_width(line, theme.TEXT_SIZE) for line in lines)
                columns = {"" if isinstance(inner, Group) else inner.column for inner in item.items}
                if len(columns) == 1 and "" not in columns:  # outlines and branches would make room
                    detail = _LABEL_SHIFT + theme.text_width(item.detail, theme.DETAIL_SIZE)
                    half = max(half, detail - theme.CARD_MARGIN)
                rooms.append((column, 2 * half / theme.POINTS_PER_INCH))
        else:
            column = item.column
        if not found or column == SPINE:
            found = column
    return found


def _left_margins(group: Group) -> float:
    """Points between a card's left edge and the boxes that stand deepest in it."""
    inner = max((_left_margins(item) for item in group.items if isinstance(item, Group)), default=0.0)
    return theme.CARD_MARGIN + (theme.FOLD_MARGIN if group.count > 1 else 0) + inner
