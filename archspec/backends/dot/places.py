"""Where things are drawn, and where values come out of what is drawn."""

from __future__ import annotations

from typing import TypeAlias

from archspec.backends.dot.picture import SPINE, EdgeKind, Group, Node
from archspec.ops.base import Shape
from archspec.records import dataclass

Items: TypeAlias = list[Node | Group]


@dataclass(frozen=True, slots=True)
class Tap:
    """Where a value comes out of the picture. `alone`: one reader in all, which may move into the node's
    box.
    """

    node: str
    shape: Shape
    alone: bool

    def read_by(self, readers: int) -> Tap:
        return self if readers == 1 or not self.alone else Tap(self.node, self.shape, alone=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where things are drawn: into which list, in which column, how deep, with what kind of edge, and whether as the
    join of a fan. `varied`: copies are drawn as one which differ in how much they drop. `is_bare`: without an outline
    around it, inside which Graphviz puts arcs on the right, whatever their ports.
    """

    items: Items
    column: str = SPINE
    depth: int = 0
    edge: EdgeKind = "flow"
    joins_fan: bool = False
    varied: bool = False
    is_bare: bool = False

    def inside(self) -> Place:
        """A place in an outline around what follows."""
        return Place([], self.column, self.depth + 1, self.edge, varied=self.varied)
