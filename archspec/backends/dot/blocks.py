"""The blocks view: every layer and every skip, with what the spec repeats drawn once.

In: a graph and its costs. Out: a picture: a card for each part of the network, in it an outline for each
block.
Holds: a card is a module, a row of a loop, or the layers of a section that stand next to each other; a network whose
parts are in one module (`features`) has a card for each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace

from archspec.backends.dot.bend import bend
from archspec.backends.dot.closed import Depth
from archspec.backends.dot.extents import fits_page
from archspec.backends.dot.picture import SPINE, Edge, Picture, Terminal, nodes_in
from archspec.backends.dot.places import Items, Place, Tap
from archspec.backends.dot.reading import Fan, find_fans, is_wrapper, whole_sections
from archspec.backends.dot.runs import Run, find_rows, find_runs_in, is_single_box
from archspec.backends.dot.shapes_on_edges import label_edges, label_faults
from archspec.backends.dot.sheet import order_of_level
from archspec.backends.dot.steps import Drawing, ModuleSteps
from archspec.backends.dot.ties import with_ties
from archspec.backends.dot.titles import short_name
from archspec.backends.wording import network_title, short_count
from archspec.ir import Graph, Module
from archspec.ops.base import Shape
from archspec.passes.cost import Cost, Costs, count_cost
from archspec.records import dataclass

MOST_IN_CARD = 3
"""The most parts that a module may have for its parts to share its card."""


def draw_blocks(graph: Graph, depth: int | None = None) -> Picture:
    """Draw the blocks view; `depth`: modules of which the path has as many names are one box."""
    return draw_blocks_as(graph, Drawing(Depth.of(graph, depth)))


def draw_blocks_as(graph: Graph, drawing: Drawing) -> Picture:
    """Draw the blocks view, its modules as an empty drawing draws them."""
    return _BlocksView(graph, count_cost(graph), drawing).picture()


def draw_blocks_unchecked(graph: Graph, depth: int | None = None) -> Picture:
    """Draw the blocks view of a graph in which steps bear errors: without costs."""
    return _BlocksView(graph, None, Drawing(Depth.of(graph, depth))).picture()


def draw_module(module: Module, source: str, drawing: Drawing, *, varied: bool = False) -> Picture:
    """Draw one module by itself. The node `source`, from which its input comes, is the caller's to add. `drawing` says
    what is closed; `varied`: the module stands for some which differ in how much they drop.
    """
    items: Items = []
    drawing.module(
        module, "", [Tap(source, module.inputs[0], alone=False)], Place(items, varied=varied, is_bare=True)
    )
    edges = label_faults(items, drawing.edges)
    return Picture("", "", tuple(items), with_ties(items, edges), tuple(drawing.levels))


@dataclass(slots=True)
class _Section:
    """Layers that stand directly in the network, one after the other, and will share a card."""

    title: str
    has_card: bool
    items: Items = field(default_factory=list)
    cost: Cost = field(default_factory=Cost)


@dataclass(slots=True)
class _Head:
    """An auxiliary head."""

    items: Items
    cost: Cost
    end: Tap


class _BlocksView:
    def __init__(self, graph: Graph, costs: Costs | None, drawing: Drawing) -> None:
        self.graph = graph
        self.costs = costs
        self.page: Items = []
        self.drawing = drawing
        self.open_section: _Section | None = None
        self.orders: list[Edge] = []
        """What stands below what, or left of it, in a network that is no U."""
        self.levels: list[tuple[str, ...]] = []
        """What stands at one height, in a network that is no U."""
        self.foot = ""
        """Where the last card ends."""

    def picture(self) -> Picture:
        root = self.graph.root
        names = self.graph.input_names if len(root.inputs) > 1 else ("input",)
        inputs = [
            self._terminal(name, shape, SPINE if index == 0 else name)
            for index, (name, shape) in enumerate(zip(names, root.inputs, strict=True))
        ]
        steps = self._draw_parts(root, "", inputs)
        self._close_section()
        names = self.graph.output_names if len(root.outputs) > 1 else ("output",)
        for index, (name, value) in enumerate(zip(names, root.outputs, strict=True)):
            tap = steps.values[value]
            end = self._terminal(name, tap.shape, steps.column_of(value, name if index else SPINE))
            self.drawing.edges.append(Edge(tap.node, end.node, "flow"))
        for level in steps.levels_of(inputs):
            self.levels.append(level)
            self.orders.extend(order_of_level(level))
        items = tuple(self.page)
        detail = "" if self.costs is None else _cost_text(self.costs.total, "params")
        levels = tuple(self.drawing.levels)
        flat = Picture(network_title(self.graph), detail, items, tuple(self.drawing.edges), levels)
        drawn = bend(flat)
        if drawn is flat:
            edges = (*with_ties(items, flat.edges), *self.orders)
            drawn = replace(flat, edges=edges, levels=(*levels, *self.levels))
        return replace(drawn, edges=label_edges(drawn.items, drawn.edges), compact=not fits_page(drawn))

    def _terminal(self, name: str, shape: Shape, column: str) -> Tap:
        node = Terminal(self.drawing.name(name), short_name(name), shape, column)
        self.page.append(node)
        return Tap(node.id, shape, alone=False)

    def _draw_parts(self, module: Module, prefix: str, inputs: Sequence[Tap]) -> ModuleSteps:
        """Draw what stands directly in the network, each part in its card."""
        rows = self.drawing.apart(module, prefix, find_rows(module))
        steps = ModuleSteps(self.drawing, module, prefix, inputs, _fans_in_rows(module, rows))
        if module is self.graph.root:
            steps.columns |= {value: tap.node for value, tap in enumerate(inputs) if value}
        whole = whole_sections(module)
        heads: dict[str, _Head] = {}
        for run in rows:
            step = module.steps[run.first]
            if step.role == "aux":
                self._draw_in_head(steps, run.first, heads)
            elif run.copies == 1 and is_single_box(module, run):
                title = steps.path(run.first).rpartition(".")[0] or step.section
                section = self._section(title, has_card=step.section in whole)
                section.cost += self._cost(module, run)
                steps.draw([Run(index) for index in run.unit], Place(section.items))
            elif run.copies > 1 or run.length > 1:
                self._close_section()
                self._draw_row(steps, run)
            elif isinstance(step.target, Module) and self.drawing.closes(step.target, steps.path(run.first)):
                self._close_section()
                steps.draw([Run(run.first)], Place(self.page))
            elif isinstance(step.target, Module) and _is_opened(step.target):
                self._close_section()
                inner = self._draw_parts(step.target, f"{steps.path(run.first)}.", steps.taps(run.first))
                self._close_section()
                steps.give(run.first, inner.values[step.target.outputs[0]])
            else:
                self._close_section()
                self._draw_part(steps, run)
        for name, head in heads.items():
            self._draw_head(name, head)
        return steps

    def _draw_part(self, steps: ModuleSteps, run: Run) -> None:
        """A module in its card."""
        step = steps.module.steps[run.first]
        path = steps.path(run.first)
        items: Items = []
        if isinstance(step.target, Module):
            place = Place(items, steps.column(run.first, SPINE), depth=1)
            tap = self.drawing.module(step.target, f"{path}.", steps.taps(run.first), place)
            steps.give(run.first, tap)
            self.foot = tap.node
        title = path if step.name.isdigit() else step.name
        fault = "; ".join(error.message for error in step.errors)
        detail = _cost_text(self._cost(steps.module, run), shared=step.shared)
        self.page.append(self.drawing.group("card", path, items, title, detail, fault=fault))

    def _draw_row(self, steps: ModuleSteps, run: Run) -> None:
        """Rows of a loop in one card: several that are alike, or one of several parts."""
        items: Items = []
        first, last = steps.path(run.first), steps.path(run.stop - 1)
        inner = () if run.copies > 1 else find_runs_in(steps.module, run)
        runs = self.drawing.apart(steps.module, steps.prefix, inner) or [run]
        first_edge = len(self.drawing.edges)
        steps.draw(runs, Place(items, depth=1))
        self._stand_below(items, first_edge)
        self.foot = steps.values[-1].node
        detail = _cost_text(self._cost(steps.module, run))
        self.page.append(self.drawing.group("card", first, items, _row_title(first, last), detail))

    def _stand_below(self, items: Items, first_edge: int) -> None:
        """Put all of a card below the card that feeds it, though it may read other values too; what opens a column
        stands right of the columns that go on.
        """
        inside = {node.id: node.column for node in nodes_in(items)}
        edges = self.drawing.edges[first_edge:]
        entries = dict.fromkeys(
            edge.head for edge in edges if edge.head in inside and edge.tail not in inside
        )
        above = {node.column for node in nodes_in(self.page)}
        opening = [entry for entry in entries if inside[entry] not in above]
        if opening:
            going_on = [entry for entry in entries if inside[entry] in above]
            self.levels.append((*going_on, *opening))
            self.orders.extend(order_of_level(self.levels[-1]))
        fed = {edge.head for edge in edges if edge.tail == self.foot}
        if fed:
            others = (entry for entry in entries if entry not in fed)
            self.orders.extend(Edge(self.foot, entry, "order") for entry in others)

    def _draw_in_head(self, steps: ModuleSteps, index: int, heads: dict[str, _Head]) -> None:
        """A step of an auxiliary head, beside the main path."""
        step = steps.module.steps[index]
        name = step.section or step.name
        head = heads.get(name)
        items = [] if head is None else head.items
        first_edge = len(self.drawing.edges)
        steps.draw([Run(index)], Place(items, column=name))
        tap = steps.values[-1]
        if head is None:
            head = heads[name] = _Head(items, Cost(), tap)
            self.drawing.edges[first_edge] = replace(self.drawing.edges[first_edge], kind="aux")
        head.end = tap
        head.cost += self._cost(steps.module, Run(index))

    def _draw_head(self, name: str, head: _Head) -> None:
        weights = [f"loss × {aux.weight:g}" for aux in self.graph.aux if aux.name == name]
        counted = [] if self.costs is None else [f"{short_count(head.cost.params)} params"]
        detail = " · ".join((*weights, "in training", *counted))
        terminal = Terminal(self.drawing.name(name), short_name(name), head.end.shape, name)
        self.drawing.edges.append(Edge(head.end.node, terminal.id, "flow"))
        self.page.append(self.drawing.group("aux", name, [*head.items, terminal], name, detail))

    def _section(self, title: str, *, has_card: bool) -> _Section:
        if self.open_section is None or self.open_section.title != title:
            self._close_section()
            self.open_section = _Section(title, has_card)
        return self.open_section

    def _close_section(self) -> None:
        """A section of one box needs no card."""
        section, self.open_section = self.open_section, None
        if section is None:
            return
        if section.has_card and len(section.items) > 1:
            detail = _cost_text(section.cost)
            self.page.append(self.drawing.group("card", section.title, section.items, section.title, detail))
        else:
            self.page.extend(section.items)

    def _cost(self, module: Module, run: Run) -> Cost:
        if self.costs is None:
            return Cost()
        return sum((self.costs.of(module, index) for index in range(run.first, run.stop)), Cost())


def _fans_in_rows(module: Module, rows: Sequence[Run]) -> list[Fan]:
    """The branches that stand in one card: others are parts of the network."""
    row_of = {at: row.first for row in rows for at in row.unit}
    return [
        fan
        for fan in find_fans(module)
        if fan.join in row_of
        and all(row_of.get(at) == row_of[fan.join] for chain in fan.chains for at in chain)
    ]


def _is_opened(module: Module) -> bool:
    """Whether a module has a card for each of its parts."""
    if module.structure != "sequence":
        return False
    parts = [run for run in find_rows(module) if not is_single_box(module, run)]
    return len(parts) > MOST_IN_CARD or (len(parts) == 1 and module.block is None and is_wrapper(module))


def _row_title(first: str, last: str) -> str:
    """The names of what stands in one row of a loop: the first and the last."""
    if first == last:
        return first
    group, _, name = last.rpartition(".")
    return f"{first} – {name if first.startswith(f'{group}.') else last}" if group else f"{first} – {last}"


def _cost_text(cost: Cost, unit: str = "", *, shared: bool = False) -> str:
    """Parameters and MACs; of a module that is called again, whose parameters count where it stands first, that it is
    shared.
    """
    params = "shared" if shared else f"{short_count(cost.params)} {unit}".strip()
    return (
        f"{params} · {short_count(cost.macs)} MACs"
        if cost.macs
        else (params if cost.params or shared else "")
    )
