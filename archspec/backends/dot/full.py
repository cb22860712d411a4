"""The full view: every op a box, every module an outline with its name, nothing folded.

In: a graph and its costs. Out: a picture. A box says what its op is and, where the shape changes, what comes out.
Holds: as many boxes, sums and concatenations as the network has op steps, where branches are rows as many cells; the
work is linear in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from archspec.backends.dot import theme
from archspec.backends.dot.bend import bend
from archspec.backends.dot.closed import Depth
from archspec.backends.dot.copies import Drawn
from archspec.backends.dot.extents import crowded_titles, fits_page
from archspec.backends.dot.paths import stands_in_rows
from archspec.backends.dot.picture import SPINE, Box, Edge, EdgeKind, Picture, Terminal, Title
from archspec.backends.dot.places import Items, Place, Tap
from archspec.backends.dot.runs import Run
from archspec.backends.dot.shapes_on_edges import label_faults
from archspec.backends.dot.sheet import fault_of
from archspec.backends.dot.steps import Drawing, ModuleSteps
from archspec.backends.dot.ties import with_ties
from archspec.backends.dot.titles import short_name
from archspec.backends.wording import network_title, shape_text, short_count
from archspec.ir import Graph, Module, Step
from archspec.ops.base import Op, Shape
from archspec.passes.cost import Costs, count_cost


def draw_full(graph: Graph, depth: int | None = None) -> Picture:
    """Draw the full view; `depth`: modules of which the path has as many names are one box."""
    return _draw(graph, count_cost(graph), depth)


def draw_full_unchecked(graph: Graph, depth: int | None = None) -> Picture:
    """Draw the full view of a graph in which steps bear errors: without costs."""
    return _draw(graph, None, depth)


def _draw(graph: Graph, costs: Costs | None, depth: int | None) -> Picture:
    """In boxes of the normal size if they fit a page, else in smaller ones; and where that is too wide too, with titles
    in rows of their own, if they would make branches wider.
    """
    drawn = _draw_with(graph, costs, depth, frozenset())
    if fits_page(drawn, theme.NORMAL):
        return drawn
    crowded = frozenset(() if fits_page(drawn, theme.COMPACT) else crowded_titles(drawn, theme.COMPACT))
    if crowded:
        drawn = _draw_with(graph, costs, depth, crowded)
    return replace(drawn, compact=True)


def _draw_with(graph: Graph, costs: Costs | None, depth: int | None, on_lines: frozenset[str]) -> Picture:
    drawing = _FullDrawing(Depth.of(graph, depth), on_lines)
    items: Items = []

    def end(name: str, shape: Shape, column: str) -> Tap:
        node = Terminal(drawing.name(name), short_name(name), shape, column)
        items.append(node)
        return Tap(node.id, shape, alone=False)

    root = graph.root
    names = graph.input_names if len(root.inputs) > 1 else ("input",)
    named = zip(names, root.inputs, strict=True)
    inputs = [end(name, shape, name if at else SPINE) for at, (name, shape) in enumerate(named)]
    steps = ModuleSteps(drawing, root, "", inputs, fans=())
    steps.columns |= {value: tap.node for value, tap in enumerate(inputs) if value}
    steps.fork_input(Place(items))
    for index, step in enumerate(root.steps):
        first_edge = len(drawing.edges)
        column = step.section or step.name if step.role == "aux" else SPINE
        steps.draw([Run(index)], Place(items, column))
        if step.role == "aux":
            drawing.edges[first_edge] = replace(drawing.edges[first_edge], kind="aux")
    names = graph.output_names if len(root.outputs) > 1 else ("output",)
    given = enumerate(zip(names, root.outputs, strict=True))
    outputs = [(name, value, name if at else SPINE) for at, (name, value) in given]
    outputs += [(aux.name, aux.value, aux.name) for aux in graph.aux]
    for name, value, column in outputs:
        tap = steps.values[value]
        column = steps.column_of(value, column)
        drawing.edges.append(Edge(tap.node, end(name, tap.shape, column).node, "flow"))
    drawing.levels += steps.levels_of(inputs)
    total = None if costs is None else costs.total
    detail = "" if total is None else f"{short_count(total.params)} params · {short_count(total.macs)} MACs"
    flat = Picture(network_title(graph), detail, tuple(items), tuple(drawing.edges), tuple(drawing.levels))
    drawn = bend(flat)
    edges = label_faults(drawn.items, drawn.edges)
    if drawn is flat:
        edges = with_ties(drawn.items, edges)
    return replace(drawn, edges=edges)


class _FullDrawing(Drawing):
    """`on_lines`: the outlines of which the title stands on the line into them."""

    has_each_op: ClassVar[bool] = True

    def __init__(self, depth: Depth, on_lines: frozenset[str]) -> None:
        super().__init__(depth)
        self._on_lines = on_lines
        self._layers: dict[int, tuple[str, tuple[str, ...], str]] = {}
        """By the identity of their steps, which the copies of a module share: text, small letters, fill."""
        self._drawn: dict[tuple[Module, str, EdgeKind, int], Drawn] = {}
        """Modules, each in a column, fed by a kind of edge, at a depth."""

    def runs(self, module: Module) -> Sequence[Run]:
        return [Run(index) for index in range(len(module.steps))]

    def layer(self, op: Op, step: Step, path: str, taps: Sequence[Tap], place: Place) -> Tap:
        """One box, whatever the op."""
        layer = self._layers.get(id(step))
        if layer is None:
            shapes = tuple([tap.shape for tap in taps])
            small = () if step.shape in shapes else (shape_text(step.shape),)
            layer = self._layers[id(step)] = (op.glyph(*shapes).text, small, theme.colour(op.kind))
        name = self.name(path)
        place.items.append(Box(name, *layer, place.column, fault_of(step)))
        for tap in taps:
            self.edges.append(Edge(tap.node, name, place.edge, tap.shape))
        return Tap(name, step.shape, alone=True)

    def module(self, module: Module, prefix: str, inputs: Sequence[Tap], place: Place) -> Tap:
        """What the network has in several places is drawn once."""
        if len(inputs) > 1:
            return super().module(module, prefix, inputs, place)
        key = (module, place.column, place.edge, prefix.count("."))
        known = self._drawn.get(key)
        if known is None:
            self._drawn[key] = self._draw_module(module, prefix, inputs[0], place)
            return self._drawn[key].end
        copy = known.at(prefix[:-1], inputs[0].node, self.name)
        place.items.extend(copy.items)
        self.edges.extend(copy.edges)
        self.levels.extend(copy.levels)
        return copy.end

    def _draw_module(self, module: Module, prefix: str, source: Tap, place: Place) -> Drawn:
        before, edges, levels = len(place.items), len(self.edges), len(self.levels)
        end = super().module(module, prefix, [source], place)
        items = tuple(place.items[before:])
        # No view says what flows inside a module, but for where that is wrong.
        inner = label_faults(items, self.edges[edges:], entering=source.node)
        self.edges[edges:] = inner
        return Drawn(prefix[:-1], source.node, place.column, items, inner, tuple(self.levels[levels:]), end)

    def call(self, step: Step, target: Module, path: str, taps: Sequence[Tap], place: Place) -> Tap:
        """A module in an outline."""
        if self.depth.closes(path):
            return self.close(step, target, path, taps, place)
        if stands_in_rows(target) and not step.errors:
            title = short_name(step.name) + (" · shared" if step.shared else "")
            return self.paths(target, path, taps, place, title)
        inside = place.inside()
        title = step.name
        if f"cluster {path}" in self._on_lines and len(taps) == 1:
            node = Title(self.name(f"{path} title"), short_name(title), place.column)
            inside.items.append(node)
            self.edges.append(Edge(taps[0].node, node.id, place.edge, taps[0].shape))
            taps, title = [replace(taps[0], node=node.id)], ""
        tap = self.module(target, f"{path}.", taps, inside)
        detail = "shared" if step.shared else ""
        place.items.append(self.group("module", path, inside.items, title, detail, fault=fault_of(step)))
        return tap
