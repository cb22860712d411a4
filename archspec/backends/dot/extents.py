"""How large a drawing will be, about: only a layout engine knows.

In: a picture, and the sizes of its boxes. Out: points.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from archspec.backends.dot import theme
from archspec.backends.dot.picture import (
    Bar,
    Box,
    Edge,
    Group,
    Heading,
    Merge,
    Node,
    Paths,
    Picture,
    nodes_in,
)
from archspec.backends.dot.writer_paths import width_of_paths

_ARC = 3.0
"""How many gaps wide an arc is beside the boxes that it goes around."""


def fits_page(picture: Picture) -> bool:
    """Whether a picture with boxes of the normal size is no wider than a page."""
    return width_of(picture, theme.NORMAL) <= theme.PAGE_WIDTH


def width_of(block: Picture, sizes: theme.Sizes) -> float:
    """About how many points wide a block's drawing is: its widest row, and the arcs beside it."""
    rows = rows_of(block)
    widths: Counter[int] = Counter()
    gap = sizes.node_gap * theme.POINTS_PER_INCH
    nodes = {node.id: node for node in nodes_in(block.items)}
    columns: dict[str, float] = {}
    branches: dict[str, list[str]] = {}
    """Of each bar the columns that end in it."""
    for edge in block.edges:
        if edge.cell is not None and edge.tail in nodes:
            branches.setdefault(edge.head, []).append(nodes[edge.tail].column)
    for node in nodes.values():
        width = _node_width(node, sizes)
        if isinstance(node, Bar):
            width = max(width, sum(columns.get(column, 0.0) + gap for column in branches.get(node.id, ())))
        columns[node.column] = max(columns.get(node.column, 0.0), width)
        widths[rows[node.id]] += round(width + gap)
    for group in _groups(block.items):
        margin = theme.CARD_MARGIN + (theme.FOLD_MARGIN if group.count > 1 else 0)
        for row in {rows[node.id] for node in nodes_in(group.items)}:
            widths[row] += 2 * margin
    beside = [edge for edge in block.edges if edge.kind == "shortcut"]
    arcs = _ARC * gap * min(4, sum(edge.kind == "skip" for edge in block.edges))
    side = sizes.branch_width * theme.POINTS_PER_INCH if beside else 0.0
    return max([max(widths.values()) + max(arcs, side), *_names(block)])


def _groups(items: Sequence[Node | Group]) -> Iterator[Group]:
    for item in items:
        if isinstance(item, Group):
            yield item
            yield from _groups(item.items)


def _node_width(node: Node, sizes: theme.Sizes) -> float:
    least = sizes.branch_width * theme.POINTS_PER_INCH
    if isinstance(node, Bar):
        return len(node.parts) * (least + sizes.node_gap * theme.POINTS_PER_INCH)
    if isinstance(node, Paths):
        return width_of_paths(node)
    if not isinstance(node, Box | Merge):
        return 0.0
    text = sizes.text_width(node.text, node.small)
    return max(least if isinstance(node, Box) else 0.0, text + 10)


def rows_of(block: Picture) -> dict[str, int]:
    """In which row each node stands: below everything that leads to it. Nodes stand after what leads to them."""
    into: dict[str, list[Edge]] = {}
    for edge in block.edges:
        into.setdefault(edge.head, []).append(edge)
    rows: dict[str, int] = {}
    for node in nodes_in(block.items):
        above = [rows[edge.tail] + edge.length for edge in into.get(node.id, ()) if edge.tail in rows]
        rows[node.id] = max(above, default=0)
    return rows


def _names(block: Picture) -> Iterator[float]:
    """How wide the lines are that are written above the drawing."""
    for item in block.items:
        if isinstance(item, Heading):
            yield theme.text_width(item.text, theme.TEXT_SIZE)
            yield from (theme.text_width(words, theme.SMALL_SIZE) for words in item.small)


def height_of(block: Picture, sizes: theme.Sizes) -> float:
    """About how many points high a block's drawing is."""
    return sizes.row * (max(rows_of(block).values()) + 1) + 11.0 * len(list(_names(block)))
