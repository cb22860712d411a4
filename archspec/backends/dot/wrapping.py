"""A line of cards from left to right, in rows that fit a page.

In: the cards. Out: the nodes of each row; and the picture in which the rows stand below each other.
Holds: the cards of a row stand at one height, and those of different rows below each other; from the end of a row a
line leads between the rows to the start of the next; an auxiliary head stands below the card that it reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from archspec.backends.dot import theme
from archspec.backends.dot.picture import Edge, Fork, Node, Picture, nodes_in
from archspec.backends.dot.writer_overview import CardColumns

_GAP: Final = 2 * theme.NODE_GAP * theme.POINTS_PER_INCH
"""Points between cards of one row (`gaps_between`)."""
_MARGIN: Final = 12
"""Points beside the rows, left and right together."""


def find_rows(cards: Picture) -> tuple[tuple[str, ...], ...]:
    """The nodes of each row, as many as fit the page. A row ends rather before what has an auxiliary head, which would
    stand in the line to the next row.
    """
    width = CardColumns.fitting(nodes_in(cards.items)).outer_narrow + _GAP
    room = theme.PAGE_WIDTH - _MARGIN + _GAP
    most = max(1, int(room // width))
    heads = _heads(cards)
    busy = set(heads.values())
    left = [node.id for node in nodes_in(cards.items) if node.id not in heads]
    rows: list[tuple[str, ...]] = []
    while left:
        length = min(most, len(left))
        if 1 < length < len(left) and left[length - 1] in busy and left[length - 2] not in busy:
            length -= 1
        rows.append(tuple(left[:length]))
        left = left[length:]
    return tuple(rows)


def in_rows(picture: Picture) -> Picture:
    """The picture from top to bottom, with its cards in its `rows`."""
    return _Rows(picture).picture()


class _Rows:
    def __init__(self, picture: Picture) -> None:
        self.original = picture
        self.nodes = {node.id: node for node in nodes_in(picture.items)}
        self.heads = _heads(picture)
        self.head_of = {read: head for head, read in self.heads.items()}
        self.columns = {name: _column(at) for row in picture.rows for at, name in enumerate(row)}

    def picture(self) -> Picture:
        rows = self.original.rows
        bends = [self._bends(number, row) for number, row in enumerate(rows[:-1])]
        nodes: list[Node] = [self._in_column(node) for node in self.nodes.values()]
        nodes += [bend for line in bends for bend in line]
        below = [tuple(bend.id for bend in line) for line in bends]
        levels = [*rows, *below, *self._heads_of_rows()]
        edges = list(self._edges_in_rows())
        for row, line, after in zip(rows, below, rows[1:], strict=False):
            edges += self._edges_between(row, line, after)
        return replace(
            self.original,
            items=tuple(nodes),
            edges=tuple(edges),
            levels=tuple(level for level in levels if len(level) > 1),
            direction="TB",
            rows=(),
        )

    def _bends(self, number: int, row: Sequence[str]) -> list[Fork]:
        """Where the line below a row passes below each of its cards."""
        return [Fork(f"end of row {number + 1} {at}", _column(at), is_bend=True) for at in range(len(row))]

    def _in_column(self, node: Node) -> Node:
        read = self.heads.get(node.id, node.id)
        return replace(node, column=self.columns[read])

    def _heads_of_rows(self) -> Iterator[tuple[str, ...]]:
        for row in self.original.rows:
            yield tuple(self.head_of[name] for name in row if name in self.head_of)

    def _edges_in_rows(self) -> Iterator[Edge]:
        """What runs within rows, and to auxiliary heads."""
        row_of = {name: number for number, row in enumerate(self.original.rows) for name in row}
        for edge in self.original.edges:
            if edge.head in self.heads:
                yield edge
            elif row_of[edge.tail] == row_of[edge.head]:
                yield replace(edge, length=0)

    def _edges_between(self, row: Sequence[str], line: Sequence[str], after: Sequence[str]) -> Iterator[Edge]:
        """The line from the end of a row to the start of the next; and what keeps the cards below each other."""
        (crossing,) = (edge for edge in self.original.edges if (edge.tail, edge.head) == (row[-1], after[0]))
        for name, bend in zip(row, line, strict=True):
            if name == row[-1]:
                yield replace(crossing, head=bend)
            else:
                yield Edge(self.head_of.get(name, name), bend, "order")
        for right, left in pairwise(reversed(line)):
            yield Edge(right, left, "flow", length=0, upward=True)
        for bend, name in zip(line, after, strict=False):
            if name == after[0]:
                yield replace(crossing, tail=bend, shape=None)
            else:
                yield Edge(bend, name, "order")


def _heads(picture: Picture) -> dict[str, str]:
    """The auxiliary heads, each with what it reads."""
    return {edge.head: edge.tail for edge in picture.edges if edge.kind == "aux"}


def _column(at: int) -> str:
    return f"column {at + 1}"
