"""One of two compared networks, as the blocks view draws it, with what differs marked.

In: its graph, and the marks of its steps. Out: a picture. Holds: every line is one of the network; modules in which
nothing differs are one box; what is in one box, or drawn once for several copies, differs in one way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import ClassVar, Final

from archspec.backends.dot import theme
from archspec.backends.dot.blocks import draw_blocks_as
from archspec.backends.dot.closed import Depth
from archspec.backends.dot.picture import (
    Bar,
    Box,
    Edge,
    EdgeMark,
    Group,
    Merge,
    Node,
    PathLayer,
    Paths,
    Picture,
    nodes_in,
)
from archspec.backends.dot.places import Place, Tap
from archspec.backends.dot.runs import Run
from archspec.backends.dot.steps import Drawing
from archspec.backends.wording import visible
from archspec.difference.lines import MARKS
from archspec.difference.marking import Marks
from archspec.difference.rows import Status
from archspec.ir import Graph, Module, Step
from archspec.ops.base import Op

_FILLS: Final[dict[Status, theme.Paint]] = {
    "same": theme.CLOSED,
    "added": theme.ADDED,
    "removed": theme.REMOVED,
    "changed": theme.CHANGED,
}
_WORDS: Final[dict[Status, tuple[str, ...]]] = {
    "same": (),
    "added": ("(only in B)",),
    "removed": ("(only in A)",),
    "changed": ("(changed)",),
}
"""Beside a sign, which a mark in front would make another."""
_LAYERS: Final = (Box, Merge, Bar, Paths)


def draw_marked(graph: Graph, marks: Marks, arcs: EdgeMark) -> Picture:
    """`arcs`: the mark of what the other network does not have."""
    drawn = draw_blocks_as(graph, _Compared(marks))
    nodes = {node.id: node for node in nodes_in(drawn.items)}
    items = tuple(_marked(item, marks) for item in drawn.items)
    edges = tuple(replace(edge, mark=arcs) if _is_alone(edge, nodes, marks) else edge for edge in drawn.edges)
    return replace(drawn, items=items, edges=edges)


class _Compared(Drawing):
    """Modules, drawn so that each box can have one mark."""

    has_each_op: ClassVar[bool] = True

    def __init__(self, marks: Marks) -> None:
        super().__init__(Depth(shut=frozenset(marks.equal)))
        self.marks = marks

    def layer(self, op: Op, step: Step, path: str, taps: Sequence[Tap], place: Place) -> Tap:
        before = place.items[-1] if place.items else None
        differs = before is not None and self.marks.of(_path(before.id)) != self.marks.of(path)
        if differs or path in self.marks.notes:
            taps = [replace(taps[0], alone=False), *taps[1:]]
        return super().layer(op, step, path, taps, place)

    def apart(self, module: Module, prefix: str, runs: Sequence[Run]) -> Sequence[Run]:
        return [part for run in runs for part in self._parts(module, prefix, run)]

    def _parts(self, module: Module, prefix: str, run: Run) -> Iterator[Run]:
        """The copies of a run that differ in the same way, together."""

        def ways(copy: int) -> list[tuple[Status, int | None]]:
            first = run.first + copy * run.length
            paths = [prefix + step.name for step in module.steps[first : first + run.length]]
            return [(self.marks.of(path), self.marks.numbers.get(path)) for path in paths]

        for _, copies in groupby(range(run.copies), ways):
            first, *others = copies
            start = run.first + first * run.length
            yield replace(run, first=start, copies=1 + len(others), is_braid=run.is_braid and others != [])


def _path(name: str) -> str:
    """Of a node; the name of a second one of the same path has a number behind it."""
    return name.partition(" ")[0]


def _marked(item: Node | Group, marks: Marks) -> Node | Group:
    if isinstance(item, Group):
        return _marked_group(item, marks)
    path = _path(item.id)
    status, notes = marks.of(path), _notes(path, marks)
    match item:
        case Box():
            # a closed module is called by its name
            small = (*item.small, *(note for note in notes if note != f"named {item.text}"))
            text = _with_mark(item.text, status)
            return replace(item, text=text, small=small, fill=_FILLS[status])
        case Merge():
            return replace(item, small=(*item.small, *notes, *_WORDS[status]), fill=_FILLS[status])
        case Bar():
            return replace(item, small=(*item.small, *notes, *_WORDS[status]))
        case Paths():
            rows = [
                replace(row, layers=tuple(_marked_layer(layer, marks) for layer in row.layers))
                for row in item.rows
            ]
            return replace(item, rows=tuple(rows), small=(*item.small, *_WORDS[status]), fill=_FILLS[status])
        case _:
            return item


def _marked_group(group: Group, marks: Marks) -> Group:
    path = _path(group.id.removeprefix("cluster "))
    inside = {marks.of(_path(node.id)) for node in nodes_in(group.items) if isinstance(node, _LAYERS)}
    status = marks.own.get(path) or (inside.pop() if len(inside) == 1 else "same")
    title = _with_mark(group.title, status) if group.title else ""
    detail = " · ".join(filter(None, (group.detail, *_notes(path, marks)))) if group.title else ""
    return replace(
        group, title=title, detail=detail, items=tuple(_marked(item, marks) for item in group.items)
    )


def _notes(path: str, marks: Marks) -> tuple[str, ...]:
    notes = marks.notes.get(path)
    return (visible(", ".join(notes)),) if notes else ()


def _marked_layer(layer: PathLayer, marks: Marks) -> PathLayer:
    status = marks.of(_path(layer.id))
    return replace(layer, text=_with_mark(layer.text, status), fill=_FILLS[status])


def _with_mark(text: str, status: Status) -> str:
    return text if status == "same" else f"{MARKS[status]} {text}"


def _is_alone(edge: Edge, nodes: dict[str, Node], marks: Marks) -> bool:
    """Whether an edge is an arc, or a part of one, that the other network does not have."""
    if edge.kind not in ("skip", "shortcut", "across"):
        return False
    ends = _path(edge.tail), _path(edge.head)
    if any(marks.of(end) in ("added", "removed") for end in ends):
        return True
    return (
        edge.kind == "skip"
        and isinstance(nodes[edge.head], Merge)
        and ends[1].rpartition(".")[0] in marks.skips
    )
