"""How wide the columns of a picture are, and how wide what reaches over several of them.

In: a picture without its panels, and the sizes of its text. Out: `Columns`.
Holds: boxes of one column are equally wide; a fork and a bar are as wide as the branches that hang from the one and end
in the other, so that lines between them are straight.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
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
    Paths,
    Picture,
    Terminal,
    Title,
    first_in,
    nodes_in,
)
from archspec.backends.dot.titles import LONGEST_NAME, name_lines, short_name
from archspec.backends.dot.writer_overview import CardColumns
from archspec.backends.dot.writer_paths import width_of_paths
from archspec.backends.wording import shape_text

MAIN_COLUMNS: Final = (SPINE, RISING)

_BOX_PADDING: Final = 9.0
"""Points beside the text of a box, left and right together."""
_ARC_PADDING: Final = 14.0
"""Points beside the text of a cell in which an arc ends."""
_TITLE: Final = 22
"""Points that the title of an outline takes above what is inside."""
_TITLE_INSET: Final = 8.0
"""Points between an outline and its title, in Graphviz."""
_TITLE_GAP: Final = 4.0
"""Points between a title and the line beside it."""
_BOLD: Final = 1.08
"""How much wider bold text is."""
_LABEL_SHIFT: Final = 5.0
"""From the spine to the text right of it, less what a label stands in from the boxes below it."""


class Columns:
    """`gap`: inches between neighbours. What only writing asks for is found when it does: a picture is measured more
    often than it is written.
    """

    def __init__(self, picture: Picture, sizes: theme.Sizes, gap: float) -> None:
        self._picture = picture
        self.sizes = sizes
        self.gap = gap
        self.is_sideways = picture.direction == "LR"
        self.nodes = {node.id: node for node in nodes_in(picture.items)}
        self.widths = _column_widths(self.nodes.values(), sizes)
        """Inches for each column."""
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
        for edges in self._edges_into.values():
            self._even_out(self.nodes[edges[0].head], [edge.tail for edge in edges])
        self._spans: dict[str, int] = {}
        """Of columns with outlines and bars in them how many points these take."""
        joined = {self.nodes[head].column for head in self._edges_into}
        self._open = {self.nodes[tail].column for tail in self._edges_from} - joined
        """The columns that split and are not joined again: the gap between their branches is that to the next."""
        if self._edges_from or self._edges_into:
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
        """Points that the boxes of a branch take across the picture: in one from left to right, their height. No fewer
        than Graphviz takes for their width as it is written, or it moves them apart, and lines to them are not upright.
        """
        least = self.sizes.branch_width
        inches = self.sizes.box_height if self.is_sideways else self.widths.get(column, least)
        return ceil(round(round(inches, 2) * theme.POINTS_PER_INCH, 2))

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
        return round(half + self._left_margins(group) - _TITLE_INSET + _LABEL_SHIFT)

    def _left_margins(self, group: Group) -> float:
        """Points between a card's left edge and the boxes that stand deepest in it."""
        inner = max(
            (self._left_margins(item) for item in group.items if isinstance(item, Group)), default=0.0
        )
        return margin_of(group, self.sizes) + inner

    def branches_off(self, group: Group) -> bool:
        """Whether something in a group may stand left of its spine, and nobody knows how far."""
        return bool(self._beside) and not self._beside.isdisjoint(node.id for node in nodes_in(group.items))

    def stands_aside(self, group: Group) -> bool:
        """Whether a group stands beside what leads to it, and nobody knows on which side: an auxiliary head, or one of
        the paths into which a value splits, where nothing but a line leads to it.
        """
        first = first_in(group.items)
        if first is None:
            return False
        is_path = first.id in self._beside and self.is_entered_from_left(group)
        return is_path or (group.kind == "module" and first.id in self._heads)

    def is_entered_from_left(self, group: Group) -> bool:
        """Whether what leads to a group beside the spine comes from the left."""
        first = first_in(group.items)
        if first is None or first.id not in self._right:
            return False
        return all(node.column not in MAIN_COLUMNS for node in nodes_in(group.items))

    @cached_property
    def kept(self) -> Mapping[str, str]:
        """The nodes between which no edge is to be crossed, if it can be helped: by column."""
        return dict(self._find_kept())

    def _find_kept(self) -> Iterator[tuple[str, str]]:
        """What stands in a column beside the spine that goes on from card to card, and what ends in the first cell of a
        bar, which is then the left one; what hangs from a line has its place.
        """
        cards = Counter(
            column for item in self._picture.items for column in {node.column for node in nodes_in((item,))}
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

    @cached_property
    def ordered(self) -> Collection[str]:
        """The nodes of which the edges are to leave in the order in which they are written."""
        return frozenset() if self.is_sideways else frozenset(self._find_ordered(self._picture.edges))

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
        """Half the points that a join takes, with its rows, or a line of branches: it may be wider than its column."""
        match node:
            case Bar():
                return self.width_of(node) / 2
            case Fork():
                return sum(self.cells(node)) / 2
            case Paths():
                return width_of_paths(node, self.sizes) / 2
            case Merge():
                return (_BOLD * self.sizes.text_width(node.text, node.small) + _BOX_PADDING) / 2
            case _:
                return 0.0

    @cached_property
    def _beside(self) -> set[str]:
        """The nodes that Graphviz puts left or right, as it likes, of what leads to them: not those below something
        of their own column, in branches that end in a bar, or to the right of another.
        """
        edges, nodes = self._picture.edges, self.nodes
        barred = {nodes[edge.tail].column for edge in edges if edge.cell is not None and edge.kind != "skip"}
        placed = {SPINE, *barred}
        aside: set[str] = set()
        straight: set[str] = set()
        for edge in edges:
            column = nodes[edge.head].column
            if column == nodes[edge.tail].column or edge.kind in ("shortcut", "order"):
                straight.add(edge.head)
            elif edge.kind in ("flow", "across") and column not in placed:
                aside.add(edge.head)
        return aside - straight

    @cached_property
    def _heads(self) -> Collection[str]:
        """The nodes with which auxiliary heads begin."""
        return {edge.head for edge in self._picture.edges if edge.kind == "aux"}

    @cached_property
    def _right(self) -> Collection[str]:
        return set(self._find_right())

    def _find_right(self) -> Iterator[str]:
        """The nodes that stand right of what leads to them: shortcuts, and of several paths those beside the one that
        goes straight on, or the second half.
        """
        paths: dict[str, list[str]] = {}
        for edge in self._picture.edges:
            if edge.kind == "shortcut":
                yield edge.head
            elif edge.kind == "flow" and edge.from_cell is None:
                paths.setdefault(edge.tail, []).append(edge.head)
        for tail, heads in paths.items():
            if len(heads) == 1:
                continue
            aside = [head for head in heads if self.nodes[head].column != self.nodes[tail].column]
            yield from aside if len(aside) < len(heads) else aside[(len(aside) + 1) // 2 :]

    def _title_rooms(self, items: Iterable[Node | Group]) -> Iterator[tuple[str, float]]:
        """Inches that the boxes of a column must be wide for a title above them to end before the line through them,
        and for the costs behind it to end where they do: else Graphviz widens the card to whichever side it likes.
        """
        rooms: list[tuple[Group, str, float]] = []
        self._find_title_rooms(items, rooms)
        return ((column, room) for _, column, room in rooms)

    def crowded(self) -> Iterator[str]:
        """The modules beside the spine of which the title needs more room than the boxes below it."""
        widths = _column_widths(self.nodes.values(), self.sizes)
        rooms: list[tuple[Group, str, float]] = []
        self._find_title_rooms(self._picture.items, rooms)
        for group, column, room in rooms:
            if group.kind == "module" and column not in MAIN_COLUMNS and room > widths.get(column, 0.0):
                yield group.id

    def _label_rooms(self, edges: Sequence[Edge]) -> Iterator[tuple[str, float]]:
        """Inches that the box of a shortcut must be wide for the shape beside the line to it to end where it does:
        Graphviz makes an outline as wide as the boxes in it.
        """
        for edge in edges:
            column = self.nodes[edge.head].column
            if edge.kind == "shortcut" and edge.shape is not None and column not in MAIN_COLUMNS:
                half = theme.text_width(shape_text(edge.shape), theme.SHAPE_SIZE)
                yield column, 2 * half / theme.POINTS_PER_INCH

    def _find_title_rooms(
        self, items: Iterable[Node | Group], rooms: list[tuple[Group, str, float]]
    ) -> tuple[str, float]:
        """Add the rooms of `items`, and say in which column these stand: in the spine, else that of the first; and how
        many points of outlines are left of its boxes.
        """
        found, margins = "", 0.0
        for item in items:
            if isinstance(item, Group):
                column, inside = self._find_title_rooms(item.items, rooms)
                if column:
                    half = self._half_title(item)
                    if item.kind == "module":
                        half += _TITLE_INSET - self.sizes.margin - inside
                    rooms.append((item, column, 2 * half / theme.POINTS_PER_INCH))
                inside += margin_of(item, self.sizes)
            else:
                column, inside = item.column, 0.0
            if not found or (column == SPINE and found != SPINE):
                found, margins = column, 0.0
            if column == found:
                margins = max(margins, inside)
        return found, margins

    def title_size(self, group: Group) -> float:
        """The points of a title: a module's is as large as the text of its boxes."""
        return self.sizes.text if group.kind == "module" else theme.TEXT_SIZE

    def _half_title(self, group: Group) -> float:
        """The points left of the spine that the words above a group take."""
        if group.kind == "frame":
            is_free = group.growth != "" and self.branches_off(group)
            return theme.text_width(group.growth, theme.SMALL_SIZE) if is_free else 0.0
        if group.kind == "aux":
            return 0.0
        size = self.title_size(group)
        lines = title_lines(group.title, self.sizes)
        half = _BOLD * max(theme.text_width(line, size) for line in lines) + _TITLE_GAP
        if self.branches_off(group):  # all stands below each other
            parts = group.detail.split(" · ")
            return max(half, *(theme.text_width(part, theme.DETAIL_SIZE) for part in parts))
        detail = theme.text_width(group.detail, theme.DETAIL_SIZE)
        if half >= _LABEL_SHIFT + detail:
            return half
        columns = {"" if isinstance(inner, Group) else inner.column for inner in group.items}
        is_one_column = len(columns) == 1 and "" not in columns  # outlines and branches would make room
        return _LABEL_SHIFT + detail if is_one_column else half

    def _find_spans(self, items: Iterable[Node | Group]) -> dict[str, int]:
        """Note the spans of all columns, and give those among `items`."""
        found: dict[str, int] = {}
        for item in _inner_first(items):
            if isinstance(item, Group):
                spans = self._find_spans(item.items)
                title = _TITLE if self.is_sideways and item.title else 0
                first = first_in(item.items)
                if first is not None:
                    across = max(spans.get(first.column, 0), self._across(first.column))
                    spans[first.column] = across + 2 * margin_of(item, self.sizes) + title
            elif isinstance(item, Card) and item.narrow:
                spans = {item.column: self._card}
            elif isinstance(item, Bar) or (isinstance(item, Fork) and item.cells):
                spans = {item.column: self.width_of(item) if isinstance(item, Bar) else sum(self.cells(item))}
            else:
                continue
            for column, points in spans.items():
                found[column] = max(found.get(column, 0), points)
                self._spans[column] = max(self._spans.get(column, 0), points)
        return found

    @cached_property
    def _card(self) -> int:
        """Points that a narrow card takes."""
        return CardColumns.fitting(self.nodes.values()).outer_narrow

    def _half(self, column: str) -> float:
        return self.widths.get(column, theme.SPINE_WIDTH) * theme.POINTS_PER_INCH / 2

    def _even_out(self, bar: Node, tails: Sequence[str]) -> None:
        """Make the columns that end in a bar or a line equally wide, so that its middle is below their fork."""
        nodes = (self.nodes[tail] for tail in tails)
        columns = {node.column for node in nodes if isinstance(node, Box)} - {SPINE, bar.column}
        widest = max((self.widths[column] for column in columns), default=0.0)
        self.widths |= dict.fromkeys(sorted(columns), widest)


def _inner_first(items: Iterable[Node | Group]) -> Iterator[Node | Group]:
    """What branches have in them, then what they end in, and then what they hang from, the innermost first."""
    forks: list[Node] = []
    bars: list[Node] = []
    for item in items:
        if isinstance(item, Bar):
            bars.append(item)
        elif isinstance(item, Fork):
            forks.append(item)
        else:
            yield item
    yield from bars
    yield from reversed(forks)


def _column_widths(nodes: Collection[Node], sizes: theme.Sizes) -> dict[str, float]:
    """Inches for each column: as wide as its widest box."""
    boxes: dict[tuple[str, tuple[str, ...], str], None] = {}
    cards: list[Card] = []
    widths: dict[str, float] = {}
    for node in nodes:
        if isinstance(node, Box):
            boxes[node.text, node.small, node.column] = None
        elif isinstance(node, Terminal):
            boxes[node.text, (shape_text(node.shape),), node.column] = None
        elif isinstance(node, Card):
            cards.append(node)
        elif isinstance(node, Title):
            across = title_width(node.text, sizes) / theme.POINTS_PER_INCH
            widths[node.column] = max(widths.get(node.column, 0.0), across)
    # Beside narrow cards an input as wide as a spine would stand out.
    spine = sizes.branch_width if cards and all(card.narrow for card in cards) else sizes.spine_width
    for text, small, column in boxes:
        least = spine if column in MAIN_COLUMNS else sizes.branch_width
        width = (sizes.text_width(text, small) + _BOX_PADDING) / theme.POINTS_PER_INCH
        widths[column] = max(widths.get(column, least), width)
    return widths


def title_width(title: str, sizes: theme.Sizes) -> float:
    """The points that the title of a module takes."""
    return _BOLD * theme.text_width(title, sizes.text)


def title_lines(title: str, sizes: theme.Sizes) -> tuple[str, ...]:
    """The title of a group: of a range, in a picture of small boxes, its two ends below each other; a long name, in
    lines.
    """
    first, dash, last = title.partition(" – ")
    if dash and (sizes.small_below or len(title) > LONGEST_NAME):
        return short_name(first) + " –", short_name(last)
    return name_lines(title)


def margin_of(group: Group, sizes: theme.Sizes) -> int:
    """Points between an outline, or the second one around it, and what is inside."""
    return sizes.margin + (theme.FOLD_MARGIN if group.count > 1 else 0)
