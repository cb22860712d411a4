"""What is drawn so far, whatever the view: nodes, and the edges and levels between them.

In: layers, joins and modules, each with the values that it reads and the place where it is drawn. Out: nodes in the
lists of their places, and where their values come out.
Holds: no two nodes or groups have one name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from itertools import pairwise
from typing import ClassVar

from archspec.backends.dot import theme
from archspec.backends.dot.closed import closed_words, faults_inside
from archspec.backends.dot.paths import draw_paths, inputs_read
from archspec.backends.dot.picture import (
    Bar,
    Box,
    Edge,
    EdgeKind,
    Fork,
    Group,
    GroupKind,
    Merge,
    Paths,
    nodes_in,
)
from archspec.backends.dot.places import Items, Place, Tap
from archspec.backends.dot.reading import Fan, does_nothing, stands_beside
from archspec.ir import Module, Step
from archspec.ops.base import Op
from archspec.records import dataclass


@dataclass(slots=True)
class DrawnFan:
    """A fan half drawn: where it hangs, and for each branch the place of its first edge and its number of
    items.
    """

    fan: Fan
    fork: Tap | None = None
    first_edges: dict[int, int] = field(default_factory=dict)
    lengths: Counter[int] = field(default_factory=Counter)


class Sheet:
    """What is drawn so far, of all modules."""

    has_each_op: ClassVar[bool] = False
    """Whether what stands beside an op is drawn by itself."""

    def __init__(self) -> None:
        self.edges: list[Edge] = []
        self.levels: list[tuple[str, ...]] = []
        self._uses: dict[str, int] = {}
        self._last_paths: dict[frozenset[str], str] = {}
        """By the nodes that branches in rows read, the last node of such."""

    def name(self, wanted: str) -> str:
        """A name for a node: a path as it is, later with a number. No path has a space in it."""
        uses = self._uses[wanted] = self._uses.get(wanted, 0) + 1
        return wanted if uses == 1 else f"{wanted} {uses}"

    def group(
        self,
        kind: GroupKind,
        path: str,
        items: Items,
        title: str = "",
        detail: str = "",
        copies: int = 1,
        growth: str = "",
        fault: str = "",
    ) -> Group:
        return Group(self.name(f"cluster {path}"), kind, title, detail, copies, growth, tuple(items), fault)

    def paths(self, module: Module, prefix: str, inputs: Sequence[Tap], place: Place, title: str = "") -> Tap:
        """A module of which each branch is a row, in one node; a line comes from each of its inputs."""
        name = self.name(f"{prefix.rstrip('.')}.{module.structure}")
        node = draw_paths(module, name, place.column, title, each_op=self.has_each_op)
        taps = dict.fromkeys(inputs[value] for value in inputs_read(module))
        read = frozenset(tap.node for tap in taps)
        before = self._last_paths.get(read)
        if before is not None:
            self._side_by_side([before, name])
        self._last_paths[read] = name
        place.items.append(node)
        self.edges.extend(Edge(tap.node, node.id, place.edge, tap.shape) for tap in taps)
        return Tap(node.id, module.shape(module.outputs[0]), alone=True)

    def _side_by_side(self, nodes: Sequence[str]) -> None:
        """Stand at one height, from left to right in this order."""
        self.levels.append(tuple(nodes))
        self.edges.extend(order_of_level(nodes))

    def close(self, step: Step, target: Module, path: str, taps: Sequence[Tap], place: Place) -> Tap:
        """A module as one box."""
        text, small = closed_words(step, target, entering=taps[0].shape)
        fault = "; ".join(faults_inside(step))
        return self.box(
            Box(self.name(path), text, small, theme.CLOSED, place.column, fault), step, taps, place
        )

    def box(self, box: Box, step: Step, taps: Sequence[Tap], place: Place) -> Tap:
        """The box of a whole step: nothing that follows is written in it."""
        place.items.append(box)
        self.edges.extend(Edge(tap.node, box.id, place.edge, tap.shape) for tap in taps)
        return Tap(box.id, step.shape, alone=False)

    def fork(self, name: str, source: Tap, place: Place, cells: int = 0) -> Tap:
        fork = Fork(self.name(name), place.column, cells)
        place.items.append(fork)
        self.edges.append(Edge(source.node, fork.id, place.edge, source.shape))
        return Tap(fork.id, source.shape, alone=False)

    def layer(self, op: Op, step: Step, path: str, taps: Sequence[Tap], place: Place) -> Tap:
        """One layer: a box, or some small letters in the box before it."""
        if does_nothing(op) and not place.varied:
            return taps[0]
        text = op.glyph(*(tap.shape for tap in taps)).text
        if place.varied and op.kind == "dropout":
            text = text.split()[0]  # the copies drop more and more
        before = place.items[-1] if place.items else None
        source = taps[0]
        can_join = source.alone and not step.errors and stands_beside(op, *(tap.shape for tap in taps))
        if can_join and isinstance(before, Box | Merge | Bar | Paths) and before.id == source.node:
            place.items[-1] = replace(before, small=(*before.small, text))
            return Tap(before.id, step.shape, alone=True)
        box = Box(self.name(path), text, (), theme.colour(op.kind), place.column, fault_of(step))
        place.items.append(box)
        self.edges.extend(Edge(tap.node, box.id, place.edge, tap.shape) for tap in taps)
        return Tap(box.id, step.shape, alone=True)

    def merge(
        self, op: Op, step: Step, path: str, taps: list[Tap], kinds: list[EdgeKind], place: Place
    ) -> Tap:
        shapes = tuple(tap.shape for tap in taps)
        node: Bar | Merge
        ends: Bar | Merge | Fork
        node_id = self.name(f"{path}.{op.key}" if step.role == "join" else path)
        is_concat = op.key == "concat"
        parts = tuple(shape[0] for shape in shapes)
        adds_up = is_concat and sum(parts) == step.shape[0]
        arcs = _count_arcs(taps, kinds, place) if place.is_bare else 0
        if adds_up and not step.errors and (arcs or all(kind == "flow" for kind in kinds)):
            node = Bar(node_id, parts, (), place.column, arcs=arcs)
        else:
            small = (f"{' + '.join(map(str, parts))} = {step.shape[0]}",) if adds_up else ()
            fill = theme.CONCAT if is_concat else theme.SUM
            node = Merge(node_id, op.glyph(*shapes).text, small, fill, place.column, fault_of(step))
        ends = node
        if place.joins_fan and not isinstance(node, Bar) and not step.errors:
            ends = Fork(self.name(f"{node_id}.ends"), place.column, len(taps))
            place.items.append(ends)
        place.items.append(node)
        for cell, (tap, kind) in enumerate(zip(taps, kinds, strict=True)):
            drawn_as = place.edge if kind == "flow" else kind
            ends_in = None if isinstance(ends, Merge) else cell
            is_arc = isinstance(ends, Bar) and cell < ends.arcs
            self.edges.append(Edge(tap.node, ends.id, drawn_as, tap.shape, ends_in, leftward=is_arc))
        if ends is not node:
            self.edges.append(Edge(ends.id, node.id, place.edge))
        self._level_shortcut(place.items, taps, kinds)
        return Tap(node.id, step.shape, alone=True)

    def _level_shortcut(self, items: Items, taps: list[Tap], kinds: list[EdgeKind]) -> None:
        """A shortcut of one box stands beside the end of the main path."""
        main = [tap.node for tap, kind in zip(taps, kinds, strict=True) if kind == "flow"]
        side = [tap.node for tap, kind in zip(taps, kinds, strict=True) if kind == "shortcut"]
        if len(main) != 1 or len(side) != 1:
            return
        columns = {item.id: item.column for item in items if isinstance(item, Box)}
        in_column = [node for node, column in columns.items() if column == columns.get(side[0])]
        if in_column == side:
            self.levels.append((main[0], side[0]))

    def hang(self, drawn: DrawnFan, *, at_top: bool = False) -> None:
        """Each branch hangs from its own place; shorter ones start lower, so that all end at one height, and those that
        start at one stand in their order. `at_top`: all start at one height.
        """
        longest = max(drawn.lengths.values())
        heads: dict[int, list[str]] = {}
        for branch, at in drawn.first_edges.items():
            length = 1 if at_top else longest - drawn.lengths[branch] + 1
            self.edges[at] = replace(self.edges[at], from_cell=branch, length=length)
            heads.setdefault(length, []).append(self.edges[at].head)
        for level in heads.values():
            if len(level) > 1:
                self._side_by_side(level)


def _count_arcs(taps: Sequence[Tap], kinds: Sequence[EdgeKind], place: Place) -> int:
    """How many arcs lead from one column into a join of the same, beside what goes straight into it."""
    *arcs, last = kinds
    columns = {node.id: node.column for node in nodes_in(place.items)}
    are_in_column = all(columns.get(tap.node) == place.column for tap in taps)
    is_one_line = last == "flow" and all(kind == "skip" for kind in arcs) and are_in_column
    return len(arcs) if is_one_line and len(arcs) > 1 else 0


def order_of_level(nodes: Sequence[str]) -> Iterator[Edge]:
    """What keeps nodes of one height in their order, from left to right."""
    return (Edge(one, other, "order", length=0) for one, other in pairwise(nodes))


def fault_of(step: Step) -> str:
    return "; ".join(error.message for error in step.errors) if step.errors else ""
