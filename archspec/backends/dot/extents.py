"""How large a drawing will be, about: only a layout engine knows.

In: a picture, and the sizes of its boxes. Out: points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from archspec.backends.dot import theme
from archspec.backends.dot.picture import (
    Bar,
    Box,
    Card,
    Corner,
    Edge,
    Fork,
    Group,
    Heading,
    Merge,
    Node,
    Paths,
    Picture,
    Terminal,
    Title,
    nodes_in,
)
from archspec.backends.dot.writer_columns import Columns, margin_of, title_width
from archspec.backends.dot.writer_paths import width_of_paths

_ARC = 3.0
"""How many gaps wide an arc is beside the boxes that it goes around."""


def fits_page(picture: Picture, sizes: theme.Sizes = theme.NORMAL) -> bool:
    """Whether a picture with boxes of some size is no wider than a page."""
    return width_of(picture, sizes) <= theme.PAGE_WIDTH


def crowded_titles(picture: Picture, sizes: theme.Sizes) -> Iterator[str]:
    """The outlines beside the spine that are as wide as they are for their title."""
    return Columns(picture, sizes, sizes.node_gap).crowded()


def width_of(block: Picture, sizes: theme.Sizes) -> float:
    """About how many points wide a block's drawing is: its widest row, and the arcs beside it."""
    columns = Columns(block, sizes, sizes.node_gap)
    rows = _rows_beside(block)
    widths = dict.fromkeys(rows.values(), 0)
    gap = sizes.node_gap * theme.POINTS_PER_INCH
    for name, node in columns.nodes.items():
        widths[rows[name]] += round(_node_width(node, columns) + gap)
    _add_margins(block.items, rows, widths, sizes)
    arcs = _ARC * gap * min(4, sum([edge.kind == "skip" for edge in block.edges]))
    return max([max(widths.values()) + arcs, *_names(block)])


def _rows_beside(block: Picture) -> dict[str, int]:
    """In which row each node stands; a shortcut, in that of the node at whose height it is."""
    rows = rows_of(block)
    shortcuts = {edge.tail for edge in block.edges if edge.kind == "shortcut"}
    for first, *others in block.levels:
        rows |= dict.fromkeys((other for other in others if other in shortcuts), rows[first])
    return rows


def _add_margins(
    items: Sequence[Node | Group], rows: Mapping[str, int], widths: dict[int, int], sizes: theme.Sizes
) -> set[int]:
    """Add to the widths of rows what outlines take in them, and say in which rows the items stand."""
    found: set[int] = set()
    for item in items:
        if not isinstance(item, Group):
            found.add(rows[item.id])
            continue
        inside = _add_margins(item.items, rows, widths, sizes)
        margin = margin_of(item, sizes)
        for row in inside:
            widths[row] += 2 * margin
        found |= inside
    return found


def _node_width(node: Node, columns: Columns) -> float:
    match node:
        case Box():
            return columns.widths[node.column] * theme.POINTS_PER_INCH
        case Bar():
            return float(columns.width_of(node))
        case Merge():
            return columns.sizes.text_width(node.text, node.small) + 10
        case Paths():
            return width_of_paths(node, columns.sizes)
        case Title():
            return title_width(node.text, columns.sizes)
        case Card() | Corner() | Fork() | Heading() | Terminal():
            return 0.0
        case _:
            assert_never(node)


def rows_of(block: Picture) -> dict[str, int]:
    """In which row each node stands: below everything that leads to it. Nodes stand after what leads to them."""
    into: dict[str, list[Edge]] = {}
    for edge in block.edges:
        into.setdefault(edge.head, []).append(edge)
    rows: dict[str, int] = {}
    for node in nodes_in(block.items):
        row = 0
        for edge in into.get(node.id, ()):
            above = rows.get(edge.tail)
            if above is not None and above + edge.length > row:
                row = above + edge.length
        rows[node.id] = row
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
