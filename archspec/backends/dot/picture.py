"""The parts of a picture as data, whatever the view.

A `Picture` is a tree of groups with nodes in them, and a list of edges between nodes. Nodes are named by
the path of what they show, which SVG viewers show as a tooltip. Two nodes of one `column` stand below each
other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from archspec.ops.base import Shape

EdgeKind: TypeAlias = Literal["flow", "skip", "shortcut", "aux"]
"""What runs along an edge: the main path, a value carried around it, the same through layers, what an
auxiliary head reads."""

GroupKind: TypeAlias = Literal["card", "aux", "frame"]
"""A titled part of the network, an auxiliary head, a block inside a part."""


SPINE = "spine"
"""The column of the main path."""


@dataclass(frozen=True, slots=True)
class Box:
    """One layer, with what stands beside it in small letters (`BN`, `ReLU`)."""

    id: str
    text: str
    small: tuple[str, ...]
    fill: str
    column: str


@dataclass(frozen=True, slots=True)
class Merge:
    """A sum, a product, or a concatenation with a value from further up."""

    id: str
    text: str
    small: tuple[str, ...]
    fill: str
    column: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A concatenation: one cell for each path, as wide as the path."""

    id: str
    parts: tuple[int, ...]
    small: tuple[str, ...]
    column: str


@dataclass(frozen=True, slots=True)
class Fork:
    """Where a path splits: a dot, or for branches a line with `cells` places from which they hang."""

    id: str
    column: str
    cells: int = 0


@dataclass(frozen=True, slots=True)
class Terminal:
    """An input or an output of the network."""

    id: str
    text: str
    shape: Shape
    column: str


Node: TypeAlias = Box | Merge | Bar | Fork | Terminal


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes and groups in one outline. `count` copies of it follow each other; `growth` says how they
    differ.
    """

    id: str
    kind: GroupKind
    title: str
    detail: str
    count: int
    growth: str
    items: tuple[Node | Group, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """`from_cell` is the place on a fork from which the edge hangs, `cell` the cell of a bar in which it
    ends. `length` is in ranks."""

    tail: str
    head: str
    kind: EdgeKind
    shape: Shape | None = None
    cell: int | None = None
    from_cell: int | None = None
    length: int = 1


@dataclass(frozen=True, slots=True)
class Picture:
    """`levels` are sets of nodes that stand at one height."""

    title: str
    detail: str
    items: tuple[Node | Group, ...]
    edges: tuple[Edge, ...]
    levels: tuple[tuple[str, ...], ...] = ()
