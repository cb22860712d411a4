"""Where the blocks of an overview stand: beside the cards, or below.

In: the cards, and a drawing of each block. Out: panels of one or more drawings.
Holds: what is beside the cards fits the page with them; below, a row fits the page if each of its blocks does; where
the whole would be longer than a page, the blocks are drawn smaller.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from archspec.backends.dot import theme
from archspec.backends.dot.contents import NARROW_LINE
from archspec.backends.dot.extents import height_of, rows_of, width_of
from archspec.backends.dot.picture import Card, Edge, Heading, Node, Picture, nodes_in
from archspec.records import dataclass

_CARD_REST = 250.0
"""Points of a wide card beside what it holds."""
_BETWEEN_ROWS = 30.0
"""Points between the rows of a wrapped line of cards."""
_LEGEND = 40.0
"""Points that a legend below the cards takes."""
_WIDEST = 2.0
"""A block wider than this many pages is left to the other views."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """`panels` beside the cards, or `stacked` below them; `compact`: with boxes of the smaller size."""

    panels: tuple[Picture, ...]
    stacked: bool
    compact: bool


def arrange(blocks: list[Picture], room: float, height: float, gaps: int = 1) -> Arrangement:
    """The blocks in columns beside the cards, if there is `room`; else in rows below. `height`: that of the cards;
    `gaps`: how often the usual gap is between nodes.
    """
    normal, compact = (
        replace(sizes, node_gap=gaps * sizes.node_gap) for sizes in (theme.NORMAL, theme.COMPACT)
    )
    return (
        _beside(blocks, normal, room, height)
        or _below(blocks, normal, height)
        or _beside(blocks, compact, room, height)
        or Arrangement(_in_rows(blocks, compact), stacked=True, compact=True)
    )


def _beside(blocks: list[Picture], sizes: theme.Sizes, room: float, height: float) -> Arrangement | None:
    """The blocks in columns, if these are no wider than `room`."""
    columns = _split(blocks, lambda block: height_of(block, sizes), height * 1.2 + _LEGEND)
    if sum(max(width_of(block, sizes) for block in column) + sizes.panel_gap for column in columns) > room:
        return None
    return Arrangement(tuple(map(_below_each_other, columns)), stacked=False, compact=sizes.small_below)


def _below(blocks: list[Picture], sizes: theme.Sizes, height: float) -> Arrangement | None:
    """The blocks in rows, if these end on the page."""
    rows = _in_lines(blocks, sizes)
    heights = (max(height_of(block, sizes) for block in row) + sizes.panel_gap for row in rows)
    if height + sum(heights) > theme.PAGE_HEIGHT:
        return None
    return Arrangement(tuple(map(_side_by_side, rows)), stacked=True, compact=False)


def _in_rows(blocks: list[Picture], sizes: theme.Sizes) -> tuple[Picture, ...]:
    return tuple(map(_side_by_side, _in_lines(blocks, sizes)))


def _in_lines(blocks: list[Picture], sizes: theme.Sizes) -> list[list[Picture]]:
    gap = sizes.node_gap * theme.POINTS_PER_INCH
    return _split(blocks, lambda block: width_of(block, sizes) + gap, theme.PAGE_WIDTH)


def legible(block: Picture) -> Picture:
    """The block; of one that no page has room for, its name alone."""
    heading = block.items[0]
    if width_of(block, theme.NORMAL) <= _WIDEST * theme.PAGE_WIDTH or not isinstance(heading, Heading):
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
    """As many lines in each heading, so that what follows them begins at one height."""
    headings = [block.items[0] for block in blocks]
    lines = max(len(heading.small) for heading in headings if isinstance(heading, Heading))
    return [
        replace(
            block,
            items=(
                replace(heading, space=lines - len(heading.small)),
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


def _last(block: Picture) -> str:
    """A node at the foot of a block's drawing."""
    nodes = nodes_in(block.items)
    return next(node.id for node in reversed(nodes) if node.column == nodes[0].column)


def width_of_cards(cards: Picture) -> float:
    wide = [item for item in nodes_in(cards.items) if isinstance(item, Card) and not item.narrow]
    lines = [theme.text_width(line, theme.SHAPE_SIZE) for card in wide for line in _texts(card)]
    has_heads = any(isinstance(node, Card) and node.narrow for node in nodes_in(cards.items))
    beside = NARROW_LINE + 20 if has_heads else 0.0
    if not wide:
        columns = len({item.column for item in nodes_in(cards.items) if isinstance(item, Card)})
        return columns * (NARROW_LINE + 30)
    return max(lines) + _CARD_REST + beside


def _texts(card: Card) -> tuple[str, ...]:
    return (card.title, *card.lines, *card.faulty)


def height_of_cards(cards: Picture) -> float:
    """Cards of one row stand side by side."""
    heights: dict[int, float] = {}
    rows = {name: number for number, row in enumerate(cards.rows) for name in row} or rows_of(cards)
    for node in nodes_in(cards.items):
        row = rows.get(node.id, -1)  # of a picture in rows, the heads stand below
        heights[row] = max(heights.get(row, 0.0), _height_of_card(node))
    return sum(heights.values()) + _BETWEEN_ROWS * len(cards.rows)


def _height_of_card(node: Node) -> float:
    if not isinstance(node, Card):
        return 40.0
    return 31.0 + 11 * len(_texts(node)) + (17.0 if node.narrow else 0.0)
