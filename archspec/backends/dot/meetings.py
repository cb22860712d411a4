"""Where several paths meet and go on, each of them made of all: one line in which they end, and from which they hang.

In: a picture from top to bottom. Out: the same with a line above cards that all read the same.
Holds: whatever reads one of those that meet reads them all, and nothing else; each of it stands below one of them. A
line for each pair would cross all others (the sums of HRNet).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from archspec.backends.dot.picture import Card, Edge, Fork, Group, Node, Picture, nodes_in
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class _Meeting:
    """Nodes from left to right."""

    ends: tuple[Node, ...]
    hanging: tuple[Node, ...]

    def line(self) -> Fork:
        name = f"above {self.hanging[0].id}"
        return Fork(name, name, cells=len(self.ends))

    def edges(self) -> Iterator[Edge]:
        """To the line and from it."""
        line = self.line().id
        cells = {node.column: cell for cell, node in enumerate(self.ends)}
        for node in self.ends:
            yield Edge(node.id, line, "flow", cell=cells[node.column])
        for node in self.hanging:
            yield Edge(line, node.id, "flow", from_cell=cells[node.column])


def with_meetings(picture: Picture) -> Picture:
    """The picture, with its lines."""
    if picture.direction == "LR" or not any(isinstance(node, Card) for node in nodes_in(picture.items)):
        return picture
    meetings = {meeting.hanging[0].id: meeting for meeting in _find_meetings(picture)}
    met = {node.id for meeting in meetings.values() for node in meeting.hanging}
    edges: list[Edge] = []
    for edge in picture.edges:
        if edge.kind == "order" or edge.head not in met:
            edges.append(edge)
        elif edge.head in meetings and edge.tail == meetings[edge.head].ends[0].id:
            edges.extend(meetings[edge.head].edges())
    return replace(picture, items=_added(picture.items, meetings), edges=tuple(edges))


def _find_meetings(picture: Picture) -> Iterator[_Meeting]:
    nodes = {node.id: node for node in nodes_in(picture.items)}
    reads: dict[str, list[Edge]] = {}
    readers: dict[str, list[str]] = {}
    for edge in picture.edges:
        if edge.kind != "order":
            reads.setdefault(edge.head, []).append(edge)
            readers.setdefault(edge.tail, []).append(edge.head)
    for name, into in reads.items():
        together = readers[into[0].tail]
        if len(into) < 2 or together[0] != name or len(together) < 2:
            continue
        hanging = tuple(nodes[reader] for reader in together)
        ends = tuple(nodes[edge.tail] for edge in into)
        above, below = ({node.column for node in those} for those in (ends, hanging))
        if (
            all(readers[node.id] == together for node in ends)
            and all(_is_plain(node, reads[node.id], len(ends)) for node in hanging)
            and above >= below
            and (len(above), len(below)) == (len(ends), len(hanging))
        ):
            yield _Meeting(ends, hanging)


def _is_plain(node: Node, into: Sequence[Edge], count: int) -> bool:
    """Whether a node may hang from a line: nothing is to be said of what leads to it."""
    if not isinstance(node, Card) or len(into) != count:
        return False
    return all(edge.kind == "flow" and edge.shape is None and not edge.upward for edge in into)


def _added(items: Sequence[Node | Group], meetings: Mapping[str, _Meeting]) -> tuple[Node | Group, ...]:
    found: list[Node | Group] = []
    for item in items:
        if isinstance(item, Group):
            found.append(replace(item, items=_added(item.items, meetings)))
        else:
            found += [meetings[item.id].line(), item] if item.id in meetings else [item]
    return tuple(found)
