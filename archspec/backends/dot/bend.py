"""A picture of a network that goes down and comes up again, bent into a U.

In: a picture whose parts stand below each other. Out: the same with the way up in a column of its own, read from below,
and the values carried across drawn straight, each at one height; any other picture as it is.
Holds: it is a U if its parts follow each other in one line, and two or more values made before the smallest map are
read again after it in reverse order, the last made first. Outputs taken from several heights stand beside these.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from math import prod

from archspec.backends.dot import theme
from archspec.backends.dot.picture import (
    BRIDGE,
    RISING,
    SPINE,
    Bar,
    Box,
    Edge,
    EdgeKind,
    Fork,
    Group,
    Merge,
    Node,
    Picture,
    Terminal,
    nodes_in,
)
from archspec.records import dataclass

_FEWEST_ARCS = 2


@dataclass(frozen=True, slots=True)
class _Arc:
    """An edge from one part to a later one that does not follow it, by the places of the two."""

    start: int
    end: int
    edge: Edge


def bend(picture: Picture) -> Picture:
    """The picture, bent if it is a U."""
    parts = [nodes_in((item,)) for item in picture.items]
    part_of = {node.id: place for place, nodes in enumerate(parts) for node in nodes}
    turn = _find_turn(picture, part_of)
    spine = [any(node.column == SPINE for node in nodes) for nodes in parts]
    arcs = _find_arcs(picture.edges, part_of, spine)
    across = [arc for arc in arcs if arc.start < turn < arc.end]
    if len(across) < _FEWEST_ARCS or not _is_nested(across):
        return picture
    last = across[-1].end
    late = [arc for arc in arcs if arc.start >= turn]
    if len(across) + len(late) < len(arcs) or any(arc.end <= last for arc in late):
        return picture
    rising = picture.items[turn + 1 : last + 1] if late else picture.items[turn + 1 :]
    outputs = picture.items[last + 1 :] if late else ()
    if any(isinstance(node, Fork) and node.cells for node in nodes_in(rising)):
        return picture  # what hangs side by side can only be read from above
    if any(not isinstance(node, Box | Terminal) for node in nodes_in(outputs)):
        return picture
    bridges = _find_bridges(picture, across)
    edges, levels = _bend_edges(picture, across, bridges, rising, outputs)
    items = (
        *picture.items[: turn + 1],
        *(_moved(item, bridges) for item in rising),
        *_beside(outputs),
    )
    return replace(picture, items=items, edges=edges, levels=levels)


def _bend_edges(
    picture: Picture,
    across: Sequence[_Arc],
    bridges: frozenset[str],
    rising: Sequence[Node | Group],
    outputs: Sequence[Node | Group],
) -> tuple[tuple[Edge, ...], tuple[tuple[str, ...], ...]]:
    """The edges as they then run, and what stands at one height."""
    arcs = {id(arc.edge) for arc in across}
    above = {node.id for node in nodes_in(rising)}
    beside = {node.id for node in nodes_in(outputs)}
    joins = {edge.head for edge in picture.edges if edge.tail in bridges}
    edges: list[Edge] = []
    levels = [set(level) for level in picture.levels]
    for edge in picture.edges:
        is_across = id(edge) in arcs or edge.tail in bridges
        if is_across or edge.head in beside:
            levels.append({edge.tail, edge.head})
        if is_across:
            edges.append(replace(edge, kind="across", cell=None))
        else:
            kind: EdgeKind = "flow" if edge.head in joins | beside else edge.kind
            cell = None if edge.head in above else edge.cell
            bent = replace(edge, kind=kind, cell=cell, upward=edge.head in above)
            edges.append(bent.without_shape() if edge.head in beside else bent)  # the output says it
    return tuple(edges), tuple(_united(levels))


def _find_turn(picture: Picture, part_of: dict[str, int]) -> int:
    """The last part that gives the smallest map."""
    given = {
        part_of[edge.tail]: prod(edge.shape[1:])
        for edge in picture.edges
        if edge.shape is not None and len(edge.shape) > 1 and part_of[edge.head] > part_of[edge.tail]
    }
    return max(given, key=lambda part: (-given[part], part), default=0)


def _find_arcs(edges: Sequence[Edge], part_of: dict[str, int], spine: Sequence[bool]) -> list[_Arc]:
    """The edges that skip parts in the spine, the innermost first. The ends of the network are no parts."""
    arcs = [
        _Arc(part_of[edge.tail], part_of[edge.head], edge)
        for edge in edges
        if edge.shape is not None
        and edge.kind in ("skip", "flow")
        and any(spine[part_of[edge.tail] + 1 : part_of[edge.head]])
    ]
    return sorted(arcs, key=lambda arc: -arc.start)


def _is_nested(arcs: Sequence[_Arc]) -> bool:
    return all(inner.start > outer.start and inner.end < outer.end for inner, outer in pairwise(arcs))


def _find_bridges(picture: Picture, arcs: Sequence[_Arc]) -> frozenset[str]:
    """The boxes that an arc passes on its way to a join (a crop)."""
    reads: dict[str, int] = {}
    for edge in picture.edges:
        reads[edge.head] = reads.get(edge.head, 0) + 1
    return frozenset(arc.edge.head for arc in arcs if reads[arc.edge.head] == 1)


def _beside(outputs: Sequence[Node | Group]) -> Iterator[Node]:
    """What leads to the outputs, without cards: each at the height of what it reads."""
    for node in nodes_in(outputs):
        yield replace(node, column="outputs" if isinstance(node, Terminal) else "beside")


def _moved(item: Node | Group, bridges: frozenset[str]) -> Node | Group:
    """The item in the column of the way up."""
    if isinstance(item, Group):
        return replace(item, items=tuple(_moved(inner, bridges) for inner in item.items))
    if isinstance(item, Box) and item.id in bridges:
        return replace(item, column=BRIDGE)
    if isinstance(item, Bar):  # its cells could only be read from above
        small = (f"{' + '.join(map(str, item.parts))} = {sum(item.parts)}", *item.small)
        return Merge(item.id, "concat", small, theme.CONCAT, RISING)
    return replace(item, column=RISING) if item.column == SPINE else item


def _united(levels: Sequence[set[str]]) -> Iterator[tuple[str, ...]]:
    """Levels that share a node are one."""
    united: list[set[str]] = []
    for level in levels:
        near = [other for other in united if other & level]
        united = [other for other in united if not other & level]
        united.append(level.union(*near))
    return (tuple(sorted(level)) for level in united)
