"""What keeps a column straight where the path leaves it: between a split and the join below it.

In: the items of a picture and its edges. Out: ties, edges that nobody sees, each between two nodes of one column of
which the second is made from the first by way of other columns.
Holds: a node is tied to no more than one node below it, the next of its column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from archspec.backends.dot.picture import Bar, Edge, Fork, Group, Node, nodes_in


def with_ties(items: Sequence[Node | Group], edges: Sequence[Edge]) -> tuple[Edge, ...]:
    """The edges of a picture, of which nodes stand after what leads to them, and its ties. One that is to pass between
    an even number of paths is written between these, for Graphviz to keep this order.
    """
    ties = {tie.tail: tie for tie in _find_ties(items, edges)}
    paths = Counter(edge.tail for edge in edges if edge.kind == "flow" and edge.tail in ties)
    left = {tail: count // 2 for tail, count in paths.items() if count % 2 == 0}
    tied: list[Edge] = []
    for edge in edges:
        tied.append(edge)
        if edge.kind == "flow" and edge.tail in left:
            left[edge.tail] -= 1
            if left[edge.tail] == 0:
                tied.append(ties.pop(edge.tail))
    return (*tied, *ties.values())


def _find_ties(items: Sequence[Node | Group], edges: Sequence[Edge]) -> Iterator[Edge]:
    heads: dict[str, list[str]] = {}
    for edge in edges:
        if edge.kind in ("flow", "shortcut"):
            heads.setdefault(edge.tail, []).append(edge.head)
    order: dict[str, int] = {}
    columns: dict[str, list[Node]] = {}
    for node in nodes_in(items):
        order[node.id] = len(order)
        columns.setdefault(node.column, []).append(node)
    for column in columns.values():
        for above, below in pairwise(column):
            if _is_loose(above, below, heads) and _leads_to(above.id, below.id, heads, order):
                yield Edge(above.id, below.id, "order")


def _is_loose(above: Node, below: Node, heads: Mapping[str, Sequence[str]]) -> bool:
    """Whether no edge keeps two nodes below each other: neither their own, nor those of the branches that hang from a
    line or end in a bar.
    """
    if below.id in heads.get(above.id, ()):
        return False
    return not (isinstance(below, Bar) or (isinstance(above, Fork) and above.cells > 0))


def _leads_to(tail: str, head: str, heads: Mapping[str, Sequence[str]], order: Mapping[str, int]) -> bool:
    """Whether the path leads from one node to another. What stands after the other does not lead to it."""
    pending = [tail]
    met: set[str] = set()
    while pending:
        for name in heads.get(pending.pop(), ()):
            if name == head:
                return True
            if name not in met and order[name] < order[head]:
                met.add(name)
                pending.append(name)
    return False
