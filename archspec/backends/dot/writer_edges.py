"""What the edges of a picture look like.

In: edges, and the nodes that they join. Out: their DOT attributes, as text, and where they leave and enter the nodes.
Holds: edges that differ in the names of their nodes alone are written alike.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from typing import Final

from archspec.backends.dot import theme
from archspec.backends.dot.labels import Cell, Label, Table, Text, dot_label
from archspec.backends.dot.picture import RISING, SPINE, Bar, Box, Card, Edge, Fork, Merge, Node
from archspec.backends.dot.sideways import turned
from archspec.backends.dot.statements import listed
from archspec.backends.wording import shape_text
from archspec.records import dataclass

_STRAIGHT: Final = "2000"
_UPRIGHT: Final = "300"
"""The weights of lines in a column and of those between branches and their ends: more than outlines pull (128). Where
not all can be upright, those in columns are.
"""

BAR_FOOT: Final = "foot"
"""The last row of a bar. An edge that leaves the bar begins there: the bar as a whole ends a little below it."""


@dataclass(frozen=True, slots=True)
class EdgeLook:
    """`attributes` are listed; the ports are those of the edge's own tail and head, whichever is written first."""

    attributes: str
    tail_port: str
    head_port: str


class EdgeLooks:
    """`busy`: the nodes that an edge leaves on the side where arcs end."""

    def __init__(self, busy: Collection[str], *, is_sideways: bool) -> None:
        self.busy = busy
        self.is_sideways = is_sideways
        self._known: dict[Hashable, EdgeLook] = {}

    def of(self, edge: Edge, tail: Node, head: Node) -> EdgeLook:
        """The look of an edge between two nodes."""
        is_faulty = isinstance(head, Box | Merge) and head.fault != ""  # in a card, it is somewhere inside
        key = (
            *(edge.kind, edge.shape, edge.cell, edge.from_cell, edge.length, edge.upward, edge.leftward),
            *(tail.column, head.column, type(tail), type(head), is_faulty, edge.head in self.busy),
            isinstance(tail, Bar) and tail.arcs > 0,
        )
        known = self._known.get(key)
        if known is None:
            attributes = _attributes(edge, tail, head, is_faulty=is_faulty)
            known = self._known[key] = EdgeLook(listed(attributes), *self._ports(edge, tail, head))
        return known

    def _ports(self, edge: Edge, tail: Node, head: Node) -> tuple[str, str]:
        """Where the edge leaves its tail, and where it enters its head; empty: wherever Graphviz likes."""
        if edge.upward and (tail.column, head.column) == (SPINE, RISING):  # around the bend
            return (":s", ":e") if self.is_sideways else (":e", ":s")
        tail_port, head_port = _ports_downwards(edge, tail, head)
        has_foot = isinstance(tail, Bar) and not tail.arcs  # else its last row is not below the last cell
        if has_foot and edge.kind == "flow" and not (tail_port or self.is_sideways):
            tail_port = f":{BAR_FOOT}:c"
        if edge.kind == "skip" and edge.head in self.busy:
            head_port = ":ne"  # not where the other edge begins
        if not self.is_sideways:
            return tail_port, head_port
        if edge.kind == "skip":
            return "", ""  # from left to right, an arc between two given sides leaves its frame
        return turned(tail_port), turned(head_port)


def _attributes(edge: Edge, tail: Node, head: Node, *, is_faulty: bool) -> dict[str, str]:
    attributes: dict[str, str] = {}
    if edge.upward:  # Graphviz ranks downwards
        attributes["dir"] = "back"
    if isinstance(head, Fork):
        attributes["arrowtail" if edge.upward else "arrowhead"] = "none"
    if edge.length != 1:
        attributes["minlen"] = f"{edge.length}"
    if edge.shape is not None:
        attributes["label"] = dot_label(_shape_label(shape_text(edge.shape)))
    match edge.kind:
        case "flow":
            is_joined = edge.cell is not None or edge.from_cell is not None
            is_straight = tail.column == head.column
            attributes["weight"] = _STRAIGHT if is_straight else _UPRIGHT if is_joined else "3"
        case "skip":
            # A little weight keeps the arc upright; with none, arcs around arcs come out wavy.
            attributes |= {"weight": "2", "color": theme.SKIP}
        case "shortcut":
            attributes |= {"weight": "1", "color": theme.SKIP, "style": "dashed"}
        case "aux":
            attributes |= {"weight": "0", "style": "dashed"}
        case "across":
            attributes |= {"weight": "1", "color": theme.SKIP}
        case "order":
            attributes |= {"weight": _STRAIGHT if tail.column == head.column else "1", "style": "invis"}
    if is_faulty:
        attributes |= {"color": theme.FAULT, "penwidth": "2"}
    return attributes


def _ports_downwards(edge: Edge, tail: Node, head: Node) -> tuple[str, str]:
    """The ports in a picture from top to bottom."""
    match edge.kind:
        case "skip" if edge.cell is not None:
            return ":w", f":p{edge.cell}:n"
        case "skip":
            return (":w", ":w") if edge.leftward else (":e", ":e")
        case "across":
            # Straight anyway; with ports, some versions of Graphviz leave a gap before the arrowhead.
            return "", ""
        case "shortcut":
            leaves = ":e" if isinstance(tail, Fork) else ":s"
            return leaves, ":n" if head.column != SPINE and isinstance(head, Box) else ":e"
        case "aux" if isinstance(tail, Card) and isinstance(head, Card) and not tail.narrow:
            return ":e", ":n"  # clear of the card below
        case "flow" | "aux" | "order":
            is_joined = edge.cell is not None or edge.from_cell is not None
            # To the middle of a place on a line and no further than its edge: at its side Graphviz may leave a gap.
            leaves = f":p{edge.from_cell}:c" if edge.from_cell is not None else ":s" if is_joined else ""
            side = "c" if isinstance(head, Fork) else "n"
            enters = f":p{edge.cell}:{side}" if edge.cell is not None else ":n" if is_joined else ""
            return leaves, enters


def _shape_label(text: str) -> Label:
    words = Text(text, theme.SHAPE_SIZE, theme.SOFT_INK)
    sheet = Table(((Cell(words),),), {"CELLPADDING": 2})
    return Table(((Cell(attributes={"WIDTH": 5}), Cell(sheet)),), {"CELLPADDING": 1})
