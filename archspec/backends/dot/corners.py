"""The corners of arcs: what is carried around other nodes goes out beside them, straight down, and in again; so does
what runs through the boxes of a shortcut.

In: a picture. Out: the same with its arcs in pieces, between a corner at the height of the start and one at the height
of the end. Arcs that start or end at one node share the line there.
Holds: a corner of an arc stands in the outlines around both the arc's ends and in no other, so that the arc stays in
these and is upright; an arc makes no column longer; the work is linear in the picture, but for sorting arcs. Arcs into
the cells of a bar stay whole, as their ends have places; so do those of an outline in which some pass on the left:
Graphviz, which keeps whole arcs from crossing, does not do so with lines of one height.

Without corners it lets an arc bulge as far as there is room, over outlines too, and bob where another passes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from archspec.backends.dot.picture import Box, Corner, Edge, Fork, Group, Merge, Node, Picture, nodes_in


def with_corners(picture: Picture) -> Picture:
    """The picture, its arcs in pieces."""
    if not any(edge.kind in ("skip", "shortcut") for edge in picture.edges):
        return picture
    arcs = _Arcs(picture)
    return replace(
        picture,
        items=_added(picture.items, arcs.corners),
        edges=(*arcs.others, *arcs.pieces),
        levels=(*picture.levels, *arcs.levels),
    )


class _Arcs:
    def __init__(self, picture: Picture) -> None:
        self.nodes = {node.id: node for node in nodes_in(picture.items)}
        self.places = {name: place for place, name in enumerate(self.nodes)}
        self.outlines = dict(_outlines(picture.items, ()))
        """Around each node, the outermost first."""
        skips = [edge for edge in picture.edges if edge.kind == "skip" and edge.cell is None]
        two_sided = {self._outline(arc) for arc in skips if arc.leftward}
        arcs = [arc for arc in skips if self._outline(arc) not in two_sided]
        shortcuts = list(self._find_shortcuts(picture))
        cornered = {id(edge) for edge in (*arcs, *shortcuts)}
        self.others = [edge for edge in picture.edges if id(edge) not in cornered]
        busy = {edge.tail for edge in picture.edges if edge.kind == "across"}
        busy |= set(self._find_beside(arcs))
        """The nodes that an edge leaves on the side where arcs end: these come from above, without a second corner."""
        self.names = dict(_names((*arcs, *shortcuts)))
        """Of each arc, by its identity, what its corners are called."""
        self.corners: dict[str, list[Node]] = {}
        """By the node, the corner or the outline behind which they stand."""
        self.pieces: list[Edge] = []
        self.levels: list[tuple[str, str]] = []
        starts = self._find_corners(arcs, at_start=True)
        ends = self._find_corners([arc for arc in arcs if arc.head not in busy], at_start=False)
        passed = self._find_passed(arcs, starts)
        for arc in arcs:
            line = [starts[id(arc)], *passed.get(id(arc), ()), ends.get(id(arc), arc.head)]
            *pieces, (tail, head) = pairwise(line)
            self.pieces += [Edge(*piece, "skip", upward=arc.upward, mark=arc.mark) for piece in pieces]
            self.pieces.append(replace(arc, tail=tail, head=head))
        for shortcut in shortcuts:
            self._bend(shortcut)

    def _find_beside(self, arcs: Sequence[Edge]) -> Iterator[str]:
        """The ends of arcs from one node that stand beside each other."""
        heads: dict[str, list[str]] = {}
        for arc in arcs:
            heads.setdefault(arc.tail, []).append(arc.head)
        for together in heads.values():
            if len({self.nodes[head].column for head in together}) > 1:
                yield from together

    def _find_shortcuts(self, picture: Picture) -> Iterator[Edge]:
        """The first and the last line of shortcuts that stand beside what they go around."""
        for edge in picture.edges:
            if edge.kind == "shortcut":
                tail, head = self.nodes[edge.tail], self.nodes[edge.head]
                begins = isinstance(tail, Fork) and not tail.cells
                if tail.column != head.column and begins != isinstance(head, Merge):
                    yield edge

    def _bend(self, shortcut: Edge) -> None:
        """Lead a shortcut up and down in its own column, from the height of its start or to that of its join."""
        starts = isinstance(self.nodes[shortcut.tail], Fork)
        main, own = (shortcut.tail, shortcut.head) if starts else (shortcut.head, shortcut.tail)
        where = "start" if starts else "end"
        corner = self._add(shortcut, where, main, self.nodes[own].column)
        line = Edge(main, corner, "shortcut", length=0, mark=shortcut.mark)
        if starts:
            self.pieces += [line, replace(shortcut, tail=corner)]
        else:
            self.pieces += [
                replace(shortcut, head=corner),
                replace(line, tail=corner, head=main, upward=True),
            ]
        self.levels.append((main, corner))

    def _find_corners(self, arcs: Sequence[Edge], *, at_start: bool) -> dict[int, str]:
        """The corner of each arc, by the arc's identity; lines to the node there lead through those of shorter arcs."""
        found: dict[int, str] = {}
        together: dict[str, list[Edge]] = {}
        for arc in arcs:
            together.setdefault(arc.tail if at_start else arc.head, []).append(arc)
        for node, beside in together.items():
            near = node
            for arc in sorted(beside, key=lambda arc: self.places[arc.head] - self.places[arc.tail]):
                corner = found[id(arc)] = self._add(
                    arc, "start" if at_start else "end", self._inside(self._outline(arc), node)
                )
                line = Edge(near, corner, "skip", length=0, mark=arc.mark)
                self.pieces.append(line if at_start else replace(line, tail=corner, head=near, upward=True))
                self.levels.append((near, corner))
                near = corner
        return found

    def _find_passed(self, arcs: Sequence[Edge], starts: Mapping[int, str]) -> dict[int, list[str]]:
        """Where an arc passes the start of one that it goes around, for Graphviz to put it right of that. What starts
        or ends with it, or stands in an outline of its own, has its place.
        """
        found: dict[int, list[str]] = {}
        around: dict[str, list[Edge]] = {}
        """By outlines, the arcs in which the next one may be, the outermost first."""
        for arc in sorted(arcs, key=lambda arc: (self.places[arc.tail], -self.places[arc.head])):
            outline = self._outline(arc)
            outer = around.setdefault(outline, [])
            while outer and self.places[outer[-1].head] < self.places[arc.head]:
                outer.pop()
            if outer and outer[-1].tail != arc.tail and outer[-1].head != arc.head:
                start = starts[id(arc)]
                beside = self._add(outer[-1], f"beside {arc.tail}", start)
                found.setdefault(id(outer[-1]), []).append(beside)
                self.pieces.append(Edge(start, beside, "order", length=0))
                self.levels.append((start, beside))
            outer.append(arc)
        return found

    def _outline(self, arc: Edge) -> str:
        """The innermost outline around an arc; empty: there is none."""
        ends = zip(self.outlines[arc.tail], self.outlines[arc.head], strict=False)
        both = [one for one, other in ends if one == other]
        return both[-1] if both else ""

    def _inside(self, outline: str, node: str) -> str:
        """The outline in another that is around a node, or the node itself."""
        around = self.outlines[node]
        return (*around, node)[around.index(outline) + 1 if outline else 0]

    def _add(self, arc: Edge, where: str, behind: str, column: str = "") -> str:
        """A corner of an arc behind something, in a column of its own if in no other."""
        name = self.names[id(arc)]
        end = self.nodes[arc.head]
        fault = end.fault if isinstance(end, Box | Merge) else ""
        self.corners.setdefault(behind, []).append(Corner(f"{name} {where}", column or name, fault, arc.mark))
        return f"{name} {where}"


def _names(arcs: Sequence[Edge]) -> Iterator[tuple[int, str]]:
    """A join may read one value twice."""
    uses: Counter[str] = Counter()
    for arc in arcs:
        name = f"{arc.tail} to {arc.head}"
        uses[name] += 1
        yield id(arc), name if uses[name] == 1 else f"{name} {uses[name]}"


def _outlines(
    items: Sequence[Node | Group], around: tuple[str, ...]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for item in items:
        if isinstance(item, Group):
            yield from _outlines(item.items, (*around, item.id))
        else:
            yield item.id, around


def _added(items: Sequence[Node | Group], corners: Mapping[str, Sequence[Node]]) -> tuple[Node | Group, ...]:
    """The items with their corners behind them."""
    found: list[Node | Group] = []
    for item in items:
        if isinstance(item, Group):
            found.append(replace(item, items=_added(item.items, corners)))
        else:
            found.append(item)
        found += _added(corners.get(item.id, ()), corners)
    return tuple(found)
