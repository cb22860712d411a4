"""Where the blocks of an overview stand: beside the cards, or below.

In: the cards, and a drawing of each block. Out: panels of one or more drawings.
Holds: what is beside the cards fits the page with them; below, a row fits the page if each of its blocks does. Sizes
are estimated from the texts, since only a layout engine knows them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from archspec.backends.dot import theme
from archspec.backends.dot.contents import NARROW_LINE
from archspec.backends.dot.picture import Bar, Box, Card, Edge, Group, Heading, Merge, Node, Picture

_CARD_REST = 250.0
"""Points of a wide card beside what it holds."""
_LEAST_CARDS = 390.0
"""Points that wide cards take at least: an input in the middle, and the key of the bars beside it."""
_WIDEST = 2.0
"""A block wider than this many pages is left to the other views."""
_ARC = 45.0
"""Points that an arc takes beside the boxes it goes around."""


def arrange(blocks: list[Picture], room: float, height: float) -> tuple[tuple[Picture, ...], bool]:
    """The blocks in columns beside the cards, if there is room; else in rows below."""
    if not blocks:
        return (), False
    columns = _split(blocks, _height, height * 1.15)
    if sum(max(map(_width, column)) + theme.PANEL_GAP for column in columns) <= room:
        return tuple(_below_each_other(column) for column in columns), False
    rows = _split(blocks, lambda block: _width(block) + theme.PANEL_GAP, theme.PAGE_WIDTH)
    return tuple(_side_by_side(row) for row in rows), True


def legible(block: Picture) -> Picture:
    """The block; of one that no page has room for, its name alone."""
    heading = block.items[0]
    if _width(block) <= _WIDEST * theme.PAGE_WIDTH or not isinstance(heading, Heading):
        return block
    return Picture("", "", (replace(heading, small=("too wide for an overview: see the blocks view",)),), ())


def _split(blocks: list[Picture], length: Callable[[Picture], float], room: float) -> list[list[Picture]]:
    """The blocks in groups, none longer than `room` if it can be helped."""
    groups: list[list[Picture]] = []
    left = 0.0
    for block in blocks:
        if not groups or length(block) > left:
            groups.append([])
            left = room
        groups[-1].append(block)
        left -= length(block)
    return groups


def _below_each_other(blocks: list[Picture]) -> Picture:
    order = [Edge(_last(above), below.items[0].id, "order") for above, below in pairwise(blocks)]
    return _together(blocks, order, ())


def _side_by_side(blocks: list[Picture]) -> Picture:
    blocks = _level_headings(blocks)
    heads = tuple(block.items[0].id for block in blocks)
    order = [Edge(one, two, "order") for one, two in pairwise(heads)]
    return _together(blocks, order, (heads,))


def _level_headings(blocks: list[Picture]) -> list[Picture]:
    """The same number of lines below each name, so that the names stand at one height."""
    headings = [block.items[0] for block in blocks]
    lines = max(len(heading.small) for heading in headings if isinstance(heading, Heading))
    return [
        replace(
            block,
            items=(
                replace(heading, small=(*heading.small, *("",) * (lines - len(heading.small)))),
                *block.items[1:],
            ),
        )
        for block, heading in zip(blocks, headings, strict=True)
        if isinstance(heading, Heading)
    ]


def _together(blocks: list[Picture], order: list[Edge], levels: tuple[tuple[str, ...], ...]) -> Picture:
    return Picture(
        "",
        "",
        tuple(item for block in blocks for item in block.items),
        (*(edge for block in blocks for edge in block.edges), *order),
        (*(level for block in blocks for level in block.levels), *levels),
    )


def _nodes(items: Sequence[Node | Group]) -> list[Node]:
    nodes: list[Node] = []
    for item in items:
        nodes.extend(_nodes(item.items) if isinstance(item, Group) else [item])
    return nodes


def _last(block: Picture) -> str:
    """A node at the foot of a block's drawing."""
    nodes = _nodes(block.items)
    return next(node.id for node in reversed(nodes) if node.column == nodes[0].column)


def _width(block: Picture) -> float:
    """About how many points wide a block's drawing is: its widest row, and the arcs beside it."""
    rows = _rows(block)
    widths: Counter[int] = Counter()
    gap = theme.NODE_GAP * theme.POINTS_PER_INCH
    for node in _nodes(block.items):
        widths[rows[node.id]] += round(_node_width(node) + gap)
    beside = [edge for edge in block.edges if edge.kind == "shortcut"]
    arcs = _ARC * min(4, sum(edge.kind == "skip" for edge in block.edges))
    side = theme.BRANCH_WIDTH * theme.POINTS_PER_INCH if beside else 0.0
    return max(
        max(widths.values()) + max(arcs, side),
        *(theme.text_width(words, theme.TEXT_SIZE) for words in _names(block)),
    )


def _node_width(node: Node) -> float:
    least = theme.BRANCH_WIDTH * theme.POINTS_PER_INCH
    if isinstance(node, Bar):
        return len(node.parts) * (least + theme.NODE_GAP * theme.POINTS_PER_INCH)
    if not isinstance(node, Box | Merge):
        return 0.0
    text = theme.text_width(node.text, theme.TEXT_SIZE)
    text += sum(4 + theme.text_width(words, theme.SMALL_SIZE) for words in node.small)
    return max(least if isinstance(node, Box) else 0.0, text + 12)


def _rows(block: Picture) -> dict[str, int]:
    """In which row each node stands: below everything that leads to it. Nodes stand after what leads to them."""
    into: dict[str, list[Edge]] = {}
    for edge in block.edges:
        into.setdefault(edge.head, []).append(edge)
    rows: dict[str, int] = {}
    for node in _nodes(block.items):
        above = [rows[edge.tail] + edge.length for edge in into.get(node.id, ()) if edge.tail in rows]
        rows[node.id] = max(above, default=0)
    return rows


def _names(block: Picture) -> Iterator[str]:
    """What is written above the drawing."""
    for item in block.items:
        if isinstance(item, Heading):
            yield from (item.text, *item.small)


def _height(block: Picture) -> float:
    """About how many points high a block's drawing is."""
    return 37.0 * (max(_rows(block).values()) + 1) + 11.0 * len(list(_names(block)))


def width_of_cards(cards: Picture) -> float:
    wide = [item for item in cards.items if isinstance(item, Card) and not item.narrow]
    lines = [theme.text_width(line, theme.SHAPE_SIZE) for card in wide for line in (*card.lines, card.title)]
    beside = NARROW_LINE + 20 if any(isinstance(item, Card) and item.narrow for item in cards.items) else 0.0
    if not wide:
        columns = len({item.column for item in cards.items if isinstance(item, Card)})
        return columns * (NARROW_LINE + 30)
    return max(max(lines) + _CARD_REST, _LEAST_CARDS) + beside


def height_of_cards(cards: Picture) -> float:
    return sum(42.0 + 11 * len(item.lines) if isinstance(item, Card) else 40.0 for item in cards.items)
