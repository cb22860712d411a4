"""What the edges of a picture look like.

In: edges, and the nodes that they join. Out: their DOT attributes, as text, and where they leave and enter the nodes.
Holds: edges that differ in the names of their nodes alone are written alike.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final, assert_never

from archspec.backends.dot import theme
from archspec.backends.dot.labels import Cell, Label, Table, Text, dot_label
from archspec.backends.dot.picture import (
    BOTTOM,
    RISING,
    SPINE,
    Bar,
    Box,
    Card,
    Corner,
    Edge,
    EdgeMark,
    Fork,
    Merge,
    Node,
    Title,
)
from archspec.backends.dot.sideways import turned
from archspec.backends.dot.statements import listed
from archspec.backends.wording import shape_text
from archspec.records import dataclass

_STRAIGHT: Final = "2000"
_UPRIGHT: Final = "300"
"""The weights of lines in a column, and of those between branches and their ends, or the corners of an arc: more than
outlines pull (128). Where not all can be upright, those in columns are.
"""

_FAULTY: Final = "30"
"""The weight of other lines to where something is wrong: one that bends leaves its shape outside of the outline."""

BAR_FOOT: Final = "foot"
"""The last row of a bar. An edge that leaves the bar begins there: the bar as a whole ends a little below it."""


@dataclass(frozen=True, slots=True)
class EdgeLook:
    """`attributes` are listed; the ports are those of the edge's own tail and head, whichever is written first."""

    attributes: str
    tail_port: str
    head_port: str


class EdgeLooks:
    def __init__(self, *, is_sideways: bool) -> None:
        self.is_sideways = is_sideways
        self._known: dict[Hashable, EdgeLook] = {}

    def of(self, edge: Edge, tail: Node, head: Node) -> EdgeLook:
        """The look of an edge between two nodes."""
        # in a card, it is somewhere inside
        is_faulty = isinstance(head, Box | Merge | Corner) and head.fault != ""
        run = (
            edge.kind,
            edge.shape,
            edge.cell,
            edge.from_cell,
            edge.length,
            edge.upward,
            edge.leftward,
            edge.mark,
        )
        has_arcs = isinstance(tail, Bar) and tail.arcs > 0
        ends = (type(tail), tail.column, has_arcs, type(head), head.column, is_faulty)
        key = (run, ends)
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
        is_below = edge.kind in ("flow", "aux") and tail_port in ("", ":s")
        if has_foot and is_below and not self.is_sideways:
            tail_port = f":{BAR_FOOT}:c"
        if not self.is_sideways:
            return tail_port, head_port
        if edge.kind == "skip" and not (isinstance(tail, Corner) or isinstance(head, Corner)):
            return "", ""  # from left to right, a whole arc between two given sides leaves its frame
        return turned(tail_port), turned(head_port)


def _attributes(edge: Edge, tail: Node, head: Node, *, is_faulty: bool) -> dict[str, str]:
    attributes: dict[str, str] = {}
    if edge.upward:  # Graphviz ranks downwards
        attributes["dir"] = "back"
    if isinstance(head, Fork | Corner | Title):
        attributes["arrowtail" if edge.upward else "arrowhead"] = "none"
    for node, end in ((tail, "head" if edge.upward else "tail"), (head, "tail" if edge.upward else "head")):
        if isinstance(node, Corner):  # to its middle, where the pieces of an arc meet
            attributes[f"{end}clip"] = "false"
    if edge.length != 1:
        attributes["minlen"] = f"{edge.length}"
    if edge.shape is not None:
        attributes["label"] = dot_label(_shape_label(shape_text(edge.shape)))
    match edge.kind:
        case "flow":
            is_joined = edge.cell is not None or edge.from_cell is not None
            is_straight = tail.column == head.column
            beside = _FAULTY if is_faulty else "3"
            attributes["weight"] = _STRAIGHT if is_straight else _UPRIGHT if is_joined else beside
        case "skip":
            has_corners = isinstance(tail, Corner) and isinstance(head, Corner)
            attributes |= {
                "weight": _UPRIGHT if has_corners and edge.length else "2",
                "color": arc_colour(edge.mark),
            }
        case "shortcut":
            is_straight = tail.column == head.column
            attributes |= {
                "weight": _UPRIGHT if is_straight else "1",
                "color": arc_colour(edge.mark),
                "style": "dashed",
            }
        case "aux":
            attributes |= {"weight": "0", "style": "dashed"}
        case "across":
            attributes |= {"weight": "1", "color": arc_colour(edge.mark)}
        case "order":
            attributes |= {"weight": _STRAIGHT if tail.column == head.column else "1", "style": "invis"}
    if edge.mark:
        attributes |= {"penwidth": "2"}
    if edge.mark == "removed":
        attributes |= {"style": "dashed"}
    if is_faulty:
        attributes |= {"color": theme.FAULT, "penwidth": "2"}
    return attributes


def arc_colour(mark: EdgeMark) -> str:
    match mark:
        case "":
            return theme.SKIP
        case "added":
            return theme.ADDED_LINE
        case "removed":
            return theme.REMOVED_LINE
        case _:
            assert_never(mark)


def _ports_downwards(edge: Edge, tail: Node, head: Node) -> tuple[str, str]:
    """The ports in a picture from top to bottom."""
    match edge.kind:
        case "skip" if edge.cell is not None:
            return ":w", f":p{edge.cell}:n"
        case "skip" if isinstance(tail, Corner) or isinstance(head, Corner):
            # Straight anyway, with a port a little bent; into a node from above if there is no corner beside it.
            return "", "" if edge.length == 0 or isinstance(head, Corner) else ":ne"
        case "skip":
            return (":w", ":w") if edge.leftward else (":e", ":e")
        case "across":
            # Straight anyway; with ports, some versions of Graphviz leave a gap before the arrowhead.
            return "", ""
        case "shortcut" if isinstance(tail, Corner) or isinstance(head, Corner):
            side = ":s" if edge.upward else ":n"
            return "", side if edge.length and isinstance(head, Box | Title) else ""
        case "shortcut":
            leaves = ":e" if isinstance(tail, Fork) else ":s"
            return leaves, ":n" if head.column != SPINE and isinstance(head, Box | Title) else ":e"
        case "aux" if isinstance(tail, Card) and isinstance(head, Card) and not tail.narrow:
            return ":e", ":n"  # clear of the card below
        case "flow" if head.column == BOTTOM:
            return ":s", ":w"
        case "flow" if tail.column == BOTTOM and edge.upward:
            return ":e", ":s"
        case "flow" if _opens_column(edge, tail, head):
            return ":e", ":n"
        case "flow" | "aux" | "order":
            is_joined = edge.cell is not None or edge.from_cell is not None
            # From below a place on a line: from its middle Graphviz does not see which of two comes first.
            # To its middle and no further than its edge: at its side Graphviz may leave a gap.
            leaves = f":p{edge.from_cell}:s" if edge.from_cell is not None else ":s" if is_joined else ""
            side = "c" if isinstance(head, Fork) else "n"
            enters = (
                f":p{edge.cell}:{side}"
                if edge.cell is not None
                else ":n"
                if is_joined or isinstance(head, Title)
                else ""
            )
            return leaves, enters


def _opens_column(edge: Edge, tail: Node, head: Node) -> bool:
    """Whether an edge leads down from a card to one of another column."""
    are_cards = isinstance(tail, Card) and isinstance(head, Card)
    return are_cards and tail.column != head.column and edge.length > 0 and not edge.upward


def _shape_label(text: str) -> Label:
    words = Text(text, theme.SHAPE_SIZE, theme.SOFT_INK)
    sheet = Table(((Cell(words),),), {"CELLPADDING": 2})
    return Table(((Cell(attributes={"WIDTH": 5}), Cell(sheet)),), {"CELLPADDING": 1})
