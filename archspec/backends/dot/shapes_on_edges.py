"""Which edges say what shape flows along them.

In: the items of a picture and its edges, each with the shape of its value. Out: the edges; the shape stays
on those of the main path between two cards; in cards without blocks, on those after which it has changed; and on
all that lead to where something is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

from archspec.backends.dot.picture import Box, Edge, Fork, Group, Merge, Node, Terminal, nodes_in
from archspec.ops.base import Shape
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class _Whereabouts:
    """The card in which a node stands, if it stands in one, and whether blocks or branches stand there
    too.
    """

    card: str
    is_chain: bool


def label_faults(
    items: Sequence[Node | Group], edges: Sequence[Edge], entering: str = ""
) -> tuple[Edge, ...]:
    """Take the shape off all edges but those that end where something is wrong, or come from the node `entering`."""
    faulty = find_faulty(items)
    return tuple(
        [
            edge
            if edge.shape is None or edge.head in faulty or edge.tail == entering
            else edge.without_shape()
            for edge in edges
        ]
    )


def find_faulty(items: Sequence[Node | Group]) -> frozenset[str]:
    """The nodes with which something is wrong."""
    return frozenset([node.id for node in nodes_in(items) if isinstance(node, Box | Merge) and node.fault])


def label_edges(items: Sequence[Node | Group], edges: Sequence[Edge]) -> tuple[Edge, ...]:
    """Take the shape off the edges that need not say it."""
    nodes = _find_nodes(items)
    faulty = find_faulty(items)
    shown: Shape | None = next((item.shape for item in items if isinstance(item, Terminal)), None)
    entering = {item.id for item in items if isinstance(item, Terminal)}
    labelled: list[Edge] = []
    said: set[str] = set()
    """The nodes of which one edge says what comes out of them."""
    for edge in edges:
        tail, head = nodes[edge.tail], nodes[edge.head]
        crosses = tail.card != head.card
        says = edge.kind == "flow" and edge.shape is not None
        says = says and ((crosses and tail.card != "" and head.card != "") or edge.shape != shown)
        says = says and (crosses or tail.is_chain) and edge.tail not in said
        if edge.tail in entering:  # which says its shape itself
            says, shown = False, edge.shape
        says = says or edge.head in faulty
        if says:
            shown = edge.shape
            said.add(edge.tail)
        labelled.append(edge if says else edge.without_shape())
    return tuple(labelled)


def _find_nodes(items: Sequence[Node | Group]) -> dict[str, _Whereabouts]:
    nodes: dict[str, _Whereabouts] = {}
    for item in items:
        if isinstance(item, Group):
            is_chain = item.kind == "card" and not any(
                isinstance(part, Group | Fork | Merge) for part in item.items
            )
            for name in _names(item):
                nodes[name] = _Whereabouts(item.id, is_chain)
        else:
            nodes[item.id] = _Whereabouts("", is_chain=True)
    return nodes


def _names(group: Group) -> list[str]:
    names: list[str] = []
    for item in group.items:
        names.extend(_names(item) if isinstance(item, Group) else [item.id])
    return names
