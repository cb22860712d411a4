"""How wide the columns of a picture are, and how wide what reaches over several of them.

In: a picture without its panels, and the sizes of its text. Out: `Columns`.
Holds: boxes of one column are equally wide; a fork and a bar are as wide as the branches that hang from the one and end
in the other, so that lines between them are straight.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from math import ceil
from typing import Final

from archspec.backends.dot import theme
from archspec.backends.dot.picture import (
    RISING,
    SPINE,
    Bar,
    Box,
    Card,
    Edge,
    Fork,
    Group,
    Merge,
    Node,
    Picture,
    Terminal,
    nodes_in,
)
from archspec.backends.wording import shape_text

MAIN_COLUMNS: Final = (SPINE, RISING)

_BOX_PADDING: Final = 9.0
"""Points beside the text of a box, left and right together."""
_ARC_PADDING: Final = 14.0
"""Points beside the text of a cell in which an arc ends."""
_TITLE: Final = 22
"""Points that the title of an outline takes above what is inside."""
_TITLE_GAP: Final = 2.0
"""Points between a title and the line beside it."""
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
        self._beside = self._find_beside(picture.edges)
        self._heads = {edge.head for edge in picture.edges if edge.kind == "aux"}
        self._right = set(self._find_right(picture.edges))
        rooms = (
            () if self.is_sideways else (*self._title_rooms(picture.items), *self._label_rooms(picture.edges))
        )
        for column, room in rooms:
            self.widths[column] = max(self.widths.get(column, 0.0), room)
        widest = max(self.widths.get(column, 0.0) for column in MAIN_COLUMNS)
        self.widths |= dict.fromkeys(MAIN_COLUMNS, widest)
        self._edges_into: dict[str, list[Edge]] = {}
        self._edges_from: dict[str, list[Edge]] = {}
        for edge in picture.edges:
            if edge.cell is not None and edge.kind != "skip":
                self._edges_into.setdefault(edge.head, []).append(edge)
            if edge.from_cell is not None:
                self._edges_from.setdefault(edge.tail, []).append(edge)
        self.kept = dict(self._find_kept(picture))
        """The nodes between which no edge is to be crossed, if it can be helped: by column."""
        for edges in self._edges_into.values():
            self._even_out(self.nodes[edges[0].head], [edge.tail for edge in edges])
        self.ordered = frozenset() if self.is_sideways else frozenset(self._find_ordered(picture.edges))
        """The nodes of which the edges are to leave in the order in which they are written."""
        self._spans: dict[str, int] = {}
        """Of columns with outlines and bars in them how many points these take."""
        joined = {self.nodes[head].column for head in self._edges_into}
        self._open = {self.nodes[tail].column for tail in self._edges_from} - joined
        """The columns that split and are not joined again: the gap between their branches is that to the next."""
        if self._edges_from:
            self._find_spans(picture.items)

    def cells(self, node: Bar | Fork) -> tuple[int, ...]:
        """Points for each cell of a bar or a fork: as wide as the branch that ends in it or hangs from it. Even, as
        Graphviz puts the middle of a cell at a whole point.
        """
        gap = self.gap * theme.POINTS_PER_INCH
        cells = len(node.parts) if isinstance(node, Bar) else node.cells
        columns = {edge.cell: self.nodes[edge.tail].column for edge in self._edges_into.get(node.id, ())}
        columns |= {
            edge.from_cell: self.nodes[edge.head].column for edge in self._edges_from.get(node.id, ())
        }
        points: list[int] = []
        for cell in range(cells):
            if isinstance(node, Bar) and cell < node.arcs:
                points.append(2 * ceil((_ARC_PADDING + self.sizes.text_width(node.words()[cell], ())) / 2))
                continue
            column = columns.get(cell, "")
            column = "" if column == node.column and not (isinstance(node, Bar) and node.arcs) else column
            span = self._spans.get(column, 0)
            across = max(self._across(column) + gap, span if column in self._open else span + gap)
            points.append(2 * ceil(across / 2))
        if isinstance(node, Bar) and node.arcs:
            words = _BOLD * self.sizes.text_width("concat", (node.equation(), *node.small)) + _BOX_PADDING
            points[-1] += 2 * ceil(max(0.0, words - sum(points)) / 2)
        return tuple(points)

    def width_of(self, bar: Bar) -> int:
        """Points that a bar takes, with the room on its right."""
        cells = self.cells(bar)
        return sum(cells) + sum(cells[: bar.arcs])

    def splits_again(self, column: str) -> bool:
        """Whether a branch splits into branches that end with those beside it."""
        return column in self._open

    def _across(self, column: str) -> int:
        """Points that the boxes of a branch take across the picture: in one from left to right, their height."""
        least = self.sizes.branch_width
        inches = self.sizes.box_height if self.is_sideways else self.widths.get(column, least)
        return round(inches * theme.POINTS_PER_INCH)

    def right_of_spine(self) -> int:
        """Points from the left edge of the boxes of the spine to the text right of their middle."""
        return round(self._half(SPINE) + _LABEL_SHIFT)

    def spine_offset(self, group: Group) -> int | None:
        """Points from a card's title to the text right of its spine, so that the line passes between the two;
        `None` where there is no spine. Of a card that does not branch off."""
        inside = nodes_in(group.items)
        columns = [node.column for node in inside]
        column = next((column for column in MAIN_COLUMNS if column in columns), None)
        if column is None and group.kind == "card":
            column = columns[0]
        if column is None:
            return None
        half = max(self._half(column), *(self._half_join(node) for node in inside if node.column == column))
        return round(half + _left_margins(group) - theme.CARD_MARGIN + _LABEL_SHIFT)

    def branches_off(self, group: Group) -> bool:
        """Whether something in a group may stand left of its spine, and nobody knows how far."""
        return bool(self._beside) and not self._beside.isdisjoint(node.id for node in nodes_in(group.items))

    def is_head(self, group: Group) -> bool:
        """Whether a group is an auxiliary head, which nobody knows to stand left or right."""
        return bool(self._heads) and any(node.id in self._heads for node in nodes_in(group.items)[:1])

    def is_entered_from_left(self, group: Group) -> bool:
        """Whether what leads to a group beside the spine comes from the left."""
        inside = nodes_in(group.items)
        is_beside = all(node.column not in MAIN_COLUMNS for node in inside)
        return is_beside and any(node.id in self._right for node in inside[:1])

    def _find_kept(self, picture: Picture) -> Iterator[tuple[str, str]]:
        """What stands in a column beside the spine that goes on from card to card, and what ends in the first cell of a
        bar, which is then the left one; what hangs from a line has its place.
        """
        cards = Counter(
            column for item in picture.items for column in {node.column for node in nodes_in((item,))}
        )
        for node in self.nodes.values():
            if cards[node.column] > 1 and node.column != SPINE:
                yield node.id, node.column
        hanging = {self.nodes[edge.head].column for edges in self._edges_from.values() for edge in edges}
        for bar, edges in self._edges_into.items():
            first = self.nodes[edges[0].tail]
            if first.column not in hanging:
                yield first.id, first.column
                yield bar, first.column

    def _find_ordered(self, edges: Sequence[Edge]) -> Iterator[str]:
        """What splits into paths on both sides of its column, where a tie passes between them."""
        ties = [edge for edge in edges if edge.kind == "order" and edge.length]
        leaving: dict[str, list[Edge]] = {
            tie.tail: [] for tie in ties if self.nodes[tie.tail].column == self.nodes[tie.head].column
        }
        for edge in edges:
            if edge.tail in leaving and edge.kind in ("flow", "order"):
                leaving[edge.tail].append(edge)
        for tail, paths in leaving.items():
            is_even = len(paths) % 2 == 1 and len(paths) > 1
            if is_even and [edge.kind for edge in paths].index("order") == len(paths) // 2:
                yield tail

    def _half_join(self, node: Node) -> float:
        """Half the points that a join takes, or a line of branches: either may be wider than its column."""
        match node:
            case Bar():
                return self.width_of(node) / 2
            case Fork():
                return sum(self.cells(node)) / 2
            case Merge():
                return (_BOLD * self.sizes.text_width(node.text, node.small) + _BOX_PADDING) / 2
            case _:
                return 0.0

    def _find_beside(self, edges: Sequence[Edge]) -> set[str]:
        """The nodes that Graphviz puts left or right, as it likes, of what leads to them: not those below something
        of their own column, in branches that end in a bar, or to the right of another.
        """
        barred = {
            self.nodes[edge.tail].column for edge in edges if edge.cell is not None and edge.kind != "skip"
        }
        placed = {SPINE, *barred}
        aside: set[str] = set()
        straight: set[str] = set()
        for edge in edges:
            column = self.nodes[edge.head].column
            if column == self.nodes[edge.tail].column or edge.kind in ("shortcut", "order"):
                straight.add(edge.head)
            elif edge.kind in ("flow", "across") and column not in placed:
                aside.add(edge.head)
        return aside - straight

    def _find_right(self, edges: Sequence[Edge]) -> Iterator[str]:
        """The nodes that stand right of what leads to them: shortcuts, and of several paths those beside the one that
        goes straight on, or the second half.
        """
        paths: dict[str, list[str]] = {}
        for edge in edges:
            if edge.kind == "shortcut":
                yield edge.head
            elif edge.kind == "flow" and edge.from_cell is None:
                paths.setdefault(edge.tail, []).append(edge.head)
        for tail, heads in paths.items():
            aside = [head for head in heads if self.nodes[head].column != self.nodes[tail].column]
            yield from aside if len(aside) < len(heads) else aside[(len(aside) + 1) // 2 :]

    def _title_rooms(self, items: Iterable[Node | Group]) -> list[tuple[str, float]]:
        """Inches that the boxes of a column must be wide for a title above them to end before the line through them,
        and for the costs behind it to end where they do: else Graphviz widens the card to whichever side it likes.
        """
        rooms: list[tuple[str, float]] = []
        self._find_title_rooms(items, rooms)
        return rooms

    def _label_rooms(self, edges: Sequence[Edge]) -> Iterator[tuple[str, float]]:
        """Inches that the box of a shortcut must be wide for the shape beside the line to it to end where it does:
        Graphviz makes an outline as wide as the boxes in it.
        """
        for edge in edges:
            column = self.nodes[edge.head].column
            if edge.kind == "shortcut" and edge.shape is not None and column not in MAIN_COLUMNS:
                half = theme.text_width(shape_text(edge.shape), theme.SHAPE_SIZE)
                yield column, 2 * half / theme.POINTS_PER_INCH

    def _find_title_rooms(self, items: Iterable[Node | Group], rooms: list[tuple[str, float]]) -> str:
        """Add the rooms of `items`, and say in which column these stand: in the spine, else that of the first."""
        found = ""
        for item in items:
            if isinstance(item, Group):
                column = self._find_title_rooms(item.items, rooms)
                if column:
                    rooms.append((column, 2 * self._half_title(item) / theme.POINTS_PER_INCH))
            else:
                column = item.column
            if not found or column == SPINE:
                found = column
        return found

    def _half_title(self, group: Group) -> float:
        """The points left of the spine that the words above a group take."""
        if group.kind == "frame":
            is_free = group.growth != "" and self.branches_off(group)
            return theme.text_width(group.growth, theme.SMALL_SIZE) if is_free else 0.0
        if group.kind == "aux":
            return 0.0
        lines = title_lines(group.title, self.sizes)
        half = _BOLD * max(theme.text_width(line, theme.TEXT_SIZE) for line in lines) + _TITLE_GAP
        if self.branches_off(group):  # all stands below each other
            parts = group.detail.split(" · ")
            return max(half, *(theme.text_width(part, theme.DETAIL_SIZE) for part in parts))
        detail = theme.text_width(group.detail, theme.DETAIL_SIZE)
        columns = {"" if isinstance(inner, Group) else inner.column for inner in group.items}
        if len(columns) == 1 and "" not in columns:  # outlines and branches would make room
            half = max(half, _LABEL_SHIFT + detail)
        return half

    def _find_spans(self, items: Iterable[Node | Group]) -> dict[str, int]:
        """Note the spans of all columns, and give those among `items`."""
        found: dict[str, int] = {}
        for item in items:
            if isinstance(item, Group):
                spans = self._find_spans(item.items)
                title = _TITLE if self.is_sideways and item.title else 0
                for node in nodes_in(item.items)[:1]:
                    across = max(spans.get(node.column, 0), self._across(node.column))
                    spans[node.column] = across + 2 * _margin(item) + title
            elif isinstance(item, Bar) or (isinstance(item, Fork) and item.cells):
                spans = {item.column: self.width_of(item) if isinstance(item, Bar) else sum(self.cells(item))}
            else:
                continue
            for column, points in spans.items():
                found[column] = max(found.get(column, 0), points)
                self._spans[column] = max(self._spans.get(column, 0), points)
        return found

    def _half(self, column: str) -> float:
        return self.widths.get(column, theme.SPINE_WIDTH) * theme.POINTS_PER_INCH / 2

    def _even_out(self, bar: Node, tails: Sequence[str]) -> None:
        """Make the columns that end in a bar or a line equally wide, so that its middle is below their fork."""
        nodes = (self.nodes[tail] for tail in tails)
        columns = {node.column for node in nodes if isinstance(node, Box)} - {SPINE, bar.column}
        widest = max((self.widths[column] for column in columns), default=0.0)
        self.widths |= dict.fromkeys(sorted(columns), widest)


def _column_widths(nodes: Collection[Node], sizes: theme.Sizes) -> dict[str, float]:
    """Inches for each column: as wide as its widest box."""
    boxes: dict[tuple[str, tuple[str, ...], str], None] = {}
    for node in nodes:
        if isinstance(node, Box):
            boxes[node.text, node.small, node.column] = None
        elif isinstance(node, Terminal):
            boxes[node.text, (shape_text(node.shape),), node.column] = None
    widths: dict[str, float] = {}
    cards = [node for node in nodes if isinstance(node, Card)]
    # Beside narrow cards an input as wide as a spine would stand out.
    spine = sizes.branch_width if cards and all(card.narrow for card in cards) else sizes.spine_width
    for text, small, column in boxes:
        least = spine if column in MAIN_COLUMNS else sizes.branch_width
        width = (sizes.text_width(text, small) + _BOX_PADDING) / theme.POINTS_PER_INCH
        widths[column] = max(widths.get(column, least), width)
    return widths


def title_lines(title: str, sizes: theme.Sizes) -> tuple[str, ...]:
    """The title of a group: of a range, in a picture of small boxes, its two ends below each other."""
    first, dash, last = title.partition(" – ")
    return (f"{first} –", last) if dash and sizes.small_below else (title,)


def _left_margins(group: Group) -> float:
    """Points between a card's left edge and the boxes that stand deepest in it."""
    inner = max((_left_margins(item) for item in group.items if isinstance(item, Group)), default=0.0)
    return _margin(group) + inner


def _margin(group: Group) -> int:
    """Points between an outline, or the second one around it, and what is inside."""
    return theme.CARD_MARGIN + (theme.FOLD_MARGIN if group.count > 1 else 0)
