"""A module that is drawn once, and put where else the network has it.

In: the drawing of a module, and another place. Out: the same under other names.
Holds: it is what drawing the module there would give: in a module's drawing every name and column begins with the
module's path, but for the node that its input comes from and the column in which the whole stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from archspec.backends.dot.picture import Box, Edge, Group, Merge, Node, Path, Paths
from archspec.backends.dot.places import Tap
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a module with one input gives to a picture. `source` is the node from which its input comes, `end` where its
    result comes out.
    """

    path: str
    source: str
    column: str
    items: tuple[Node | Group, ...]
    edges: tuple[Edge, ...]
    levels: tuple[tuple[str, ...], ...]
    end: Tap

    def at(self, path: str, source: str, name: Callable[[str], str]) -> Drawn:
        """The drawing at another path. `name` gives a name that no other node has."""
        return _Copy(self, path, source, name).drawn()


class _Copy:
    def __init__(self, drawn: Drawn, path: str, source: str, name: Callable[[str], str]) -> None:
        self.original = drawn
        self.path = path
        self.source = source
        self.name = name
        self.names = {drawn.source: source}
        """Of the nodes, by those in the original."""

    def drawn(self) -> Drawn:
        original, names = self.original, self.names
        items = self._items(original.items)
        edges = tuple(
            [
                Edge(
                    names[edge.tail],
                    names[edge.head],
                    edge.kind,
                    edge.shape,
                    edge.cell,
                    edge.from_cell,
                    edge.length,
                    edge.upward,
                    edge.leftward,
                    edge.mark,
                )
                for edge in original.edges
            ]
        )
        levels = tuple(tuple(names[node] for node in level) for level in original.levels)
        end = Tap(names[original.end.node], original.end.shape, original.end.alone)
        return Drawn(self.path, self.source, original.column, items, edges, levels, end)

    def _items(self, items: Sequence[Node | Group]) -> tuple[Node | Group, ...]:
        return tuple([self._group(item) if isinstance(item, Group) else self._node(item) for item in items])

    def _group(self, group: Group) -> Group:
        path = self._moved(group.id.removeprefix("cluster "))
        return replace(group, id=self.name(f"cluster {path}"), items=self._items(group.items))

    def _node(self, node: Node) -> Node:
        name = self.names[node.id] = self.name(self._moved(node.id))
        column = node.column if node.column == self.original.column else self._moved(node.column)
        if isinstance(node, Box | Merge):  # most are
            return type(node)(name, node.text, node.small, node.fill, column, node.fault)
        if isinstance(node, Paths):
            return replace(node, id=name, column=column, rows=tuple(map(self._row, node.rows)))
        return replace(node, id=name, column=column)

    def _row(self, row: Path) -> Path:
        return replace(row, layers=tuple([replace(layer, id=self._moved(layer.id)) for layer in row.layers]))

    def _moved(self, name: str) -> str:
        return self.path + name[len(self.original.path) :]
