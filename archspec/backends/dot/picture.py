"""The parts of a picture as data, whatever the view.

A `Picture` is a tree of groups with nodes in them, and a list of edges between nodes. Nodes are named by
the path of what they show, which SVG viewers show as a tooltip. Two nodes of one `column` stand below each
other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from archspec.ops.base import Shape
from archspec.records import dataclass

EdgeKind: TypeAlias = Literal["flow", "skip", "shortcut", "aux", "across", "order"]
"""What runs along an edge: the main path, a value carried around it, the same through layers, what an
auxiliary head reads, a value carried to the other side of a U; nothing: the edge only keeps the order of two nodes."""

Direction: TypeAlias = Literal["TB", "LR"]
"""From top to bottom, or from left to right."""

EdgeMark: TypeAlias = Literal["", "added", "removed"]
"""Where two networks are compared: which of them has an arc that the other has not."""

GroupKind: TypeAlias = Literal["card", "aux", "frame", "module"]
"""A titled part of the network, an auxiliary head, a block inside a part, a module with its name."""


SPINE = "spine"
"""The column of the main path."""
RISING = "rising"
"""The column of the way up, in a U."""
BRIDGE = "bridge"
"""The column of what stands between the two."""
BOTTOM = "bottom"
"""The column of what stands below the two, and between them."""


@dataclass(frozen=True, slots=True)
class Box:
    """One layer, with what stands beside it in small letters (`BN`, `ReLU`). `fault`: what is wrong with it."""

    id: str
    text: str
    small: tuple[str, ...]
    fill: str
    column: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Merge:
    """A sum, a product, or a concatenation with a value from further up. `fault`: what is wrong with it."""

    id: str
    text: str
    small: tuple[str, ...]
    fill: str
    column: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A concatenation: one cell for each path, as wide as the path.

    `symbols`, where there are any, are written in place of the parts and of their sum, in this order. In the first
    `arcs` cells arcs end, and the last one is the middle: beside it on the right is as much room, with nothing in it.
    """

    id: str
    parts: tuple[int, ...]
    small: tuple[str, ...]
    column: str
    symbols: tuple[str, ...] = ()
    arcs: int = 0

    def words(self) -> tuple[str, ...]:
        """What the parts are called, and behind them their sum."""
        return self.symbols or (*map(str, self.parts), str(sum(self.parts)))

    def equation(self) -> str:
        *parts, whole = self.words()
        terms = (f"({part})" if " " in part else part for part in parts)
        return f"{' + '.join(terms)} = {whole}"


@dataclass(frozen=True, slots=True)
class PathLayer:
    """A layer in a row, with what stands beside it in small letters. `id`: the path of an op that stands alone."""

    text: str
    small: tuple[str, ...]
    fill: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """One branch: its name, and its layers. None: it passes on what it reads."""

    name: str
    layers: tuple[PathLayer, ...]


@dataclass(frozen=True, slots=True)
class Paths:
    """Branches that stand below each other, a row for each, and the join in which they end. `title`: the name of the
    module, which then has no outline around it.
    """

    id: str
    rows: tuple[Path, ...]
    text: str
    small: tuple[str, ...]
    fill: str
    column: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Fork:
    """Where a path splits: a dot, or for branches a line with `cells` places from which they hang, or in which
    they end. `is_bend`: where a line bends, and nothing is seen.
    """

    id: str
    column: str
    cells: int = 0
    is_bend: bool = False


@dataclass(frozen=True, slots=True)
class Corner:
    """Where an arc bends. `fault`: what is wrong where it ends."""

    id: str
    column: str
    fault: str = ""
    mark: EdgeMark = ""


@dataclass(frozen=True, slots=True)
class Terminal:
    """An input or an output of the network."""

    id: str
    text: str
    shape: Shape
    column: str


@dataclass(frozen=True, slots=True)
class Card:
    """A part of the network in an overview: what it holds in `lines`, what comes out of it, and what it costs.

    `params` and `macs` are followed by the lengths of their bars, between 0 and 1: the longest of a picture is 1.
    """

    id: str
    title: str
    lines: tuple[str, ...]
    shape: Shape
    params: int
    params_bar: float
    macs: int
    macs_bar: float
    fill: str
    column: str
    narrow: bool = False
    """Everything below each other, where cards stand side by side."""
    copies: int = 1
    """How often the part follows itself; what it costs is what all of them do."""
    shared: bool = False
    """Its parameters are those of a part before it, which counts them."""
    faulty: tuple[str, ...] = ()
    """Where in it something is wrong, and which shapes meet there."""
    fault: str = ""
    """What is wrong."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The name of a block above its drawing, with what the symbols in it stand for. `space`: lines left free above, so
    that neighbours end at one height.
    """

    id: str
    text: str
    small: tuple[str, ...]
    column: str
    space: int = 0


@dataclass(frozen=True, slots=True)
class Title:
    """The name of a module on the line into it, where there is no room for it beside that line."""

    id: str
    text: str
    column: str


Node: TypeAlias = Box | Merge | Bar | Paths | Fork | Corner | Terminal | Card | Heading | Title


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes and groups in one outline. `count` copies of it follow each other; `growth` says how they
    differ. `fault`: what is wrong with the whole.
    """

    id: str
    kind: GroupKind
    title: str
    detail: str
    count: int
    growth: str
    items: tuple[Node | Group, ...]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """`from_cell` is the place on a fork from which the edge hangs, `cell` the cell of a bar, or the place on a fork,
    in which it ends. `length` is in ranks; 0 of an edge between two nodes of one level."""

    tail: str
    head: str
    kind: EdgeKind
    shape: Shape | None = None
    cell: int | None = None
    from_cell: int | None = None
    length: int = 1
    upward: bool = False
    """The head stands above the tail, or left of it."""
    leftward: bool = False
    """An arc that passes on the left."""
    mark: EdgeMark = ""

    def without_shape(self) -> Edge:
        return Edge(
            self.tail,
            self.head,
            self.kind,
            cell=self.cell,
            from_cell=self.from_cell,
            length=self.length,
            upward=self.upward,
            leftward=self.leftward,
            mark=self.mark,
        )


@dataclass(frozen=True, slots=True)
class Picture:
    """`levels` are sets of nodes that stand at one height. `panels` are further pictures, laid out by themselves
    beside this one, or `stacked` below it; `compact`: with boxes of the smaller size; `rows`: the nodes of each row,
    of a picture from left to right that is wrapped. `together`: panels are laid out in one with the picture, so that
    they keep their outlines, and these nodes of several stand at one height; `None`: each is laid out by itself.
    """

    title: str
    detail: str
    items: tuple[Node | Group, ...]
    edges: tuple[Edge, ...]
    levels: tuple[tuple[str, ...], ...] = ()
    panels: tuple[Picture, ...] = ()
    stacked: bool = False
    together: tuple[tuple[str, ...], ...] | None = None
    compact: bool = False
    direction: Direction = "TB"
    rows: tuple[tuple[str, ...], ...] = ()


_ROUND_BOTTOM = 5


def gaps_between(picture: Picture) -> int:
    """How often the usual gap is between neighbours: an arrow between nodes of one height needs room; one around a
    corner, to what stands at the bottom of a U and between its sides, needs more.
    """
    if any(node.column == BOTTOM for node in nodes_in(picture.items)):
        return _ROUND_BOTTOM
    return 2 if picture.rows or any(edge.kind == "across" for edge in picture.edges) else 1


def nodes_in(items: Sequence[Node | Group]) -> list[Node]:
    """All nodes of some items, however deep they stand, in order."""
    found: list[Node] = []
    _collect(items, found)
    return found


def first_in(items: Sequence[Node | Group]) -> Node | None:
    """The first of all nodes of some items."""
    for item in items:
        node = first_in(item.items) if isinstance(item, Group) else item
        if node is not None:
            return node
    return None


def _collect(items: Sequence[Node | Group], found: list[Node]) -> None:
    for item in items:
        if isinstance(item, Group):
            _collect(item.items, found)
        else:
            found.append(item)
