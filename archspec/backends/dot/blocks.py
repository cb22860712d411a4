"""The blocks view: every layer and every skip, with repeats folded.

In: a graph and its costs. Out: a picture: a card for each part of the network, in it an outline for each
block.
Holds: a layer's norm and activation stand in its box if nobody else reads what is between them; a run of
copies in a `repeat` is drawn once if they are the same, or differ in nothing but their input's channels,
and the picture says which; nothing else is left out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import count

from archspec.backends.dot import theme
from archspec.backends.dot.picture import (
    SPINE,
    Bar,
    Box,
    Edge,
    EdgeKind,
    Fork,
    Group,
    GroupKind,
    Merge,
    Node,
    Picture,
    Terminal,
)
from archspec.backends.dot.reading import (
    Fan,
    count_copies,
    count_readers,
    edge_kind,
    entering,
    find_fans,
    has_one_way,
    is_one_box,
    is_passed_by,
    is_whole,
    is_wrapper,
    stands_beside,
)
from archspec.backends.dot.shapes_on_edges import label_edges
from archspec.backends.wording import network_title, short_count
from archspec.ir import Graph, Module, Step
from archspec.ops.base import Op, Shape
from archspec.passes.cost import Cost, Costs, count_cost

DEEPEST_FRAME = 3
"""Blocks nested deeper than this are drawn without an outline."""

Items = list[Node | Group]


def draw_blocks(graph: Graph) -> Picture:
    """Draw the blocks view."""
    return _BlocksView(graph, count_cost(graph)).picture()


@dataclass(frozen=True, slots=True)
class _Tap:
    """Where a value comes out of the picture. `alone`: one reader in all, which may move into the node's
    box.
    """

    node: str
    shape: Shape
    alone: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """Where things are drawn: into which list, in which column, how deep, with what kind of edge, and whether as the
    join of a fan."""

    items: Items
    column: str = SPINE
    depth: int = 0
    edge: EdgeKind = "flow"
    joins_fan: bool = False


@dataclass(slots=True)
class _DrawnFan:
    """A fan half drawn: where it hangs, and for each branch the place of its first edge and its number of
    items.
    """

    fan: Fan
    fork: _Tap | None = None
    first_edges: dict[int, int] = field(default_factory=dict)
    lengths: Counter[int] = field(default_factory=Counter)


@dataclass(slots=True)
class _Section:
    """Layers that stand directly in the network, one after the other, and will share a card."""

    title: str
    has_card: bool
    items: Items
    cost: Cost


class _BlocksView:
    def __init__(self, graph: Graph, costs: Costs) -> None:
        self.graph = graph
        self.costs = costs
        self.page: Items = []
        self.edges: list[Edge] = []
        self.levels: list[tuple[str, ...]] = []
        self.ids = _Ids()
        self.open_section: _Section | None = None

    def picture(self) -> Picture:
        root = self.graph.root
        names = self.graph.input_names if len(root.inputs) > 1 else ("input",)
        inputs = [
            self._terminal(name, shape, SPINE if index == 0 else name)
            for index, (name, shape) in enumerate(zip(names, root.inputs, strict=True))
        ]
        values = self._draw_parts(root, "", inputs)
        self._close_section()
        names = self.graph.output_names if len(root.outputs) > 1 else ("output",)
        for index, (name, value) in enumerate(zip(names, root.outputs, strict=True)):
            tap = values[value]
            end = self._terminal(name, tap.shape, SPINE if index == 0 else name)
            self.edges.append(Edge(tap.node, end.node, "flow"))
        items = tuple(self.page)
        return Picture(
            title=network_title(self.graph),
            detail=_cost_text(self.costs.total, "params"),
            items=items,
            edges=label_edges(items, self.edges),
            levels=tuple(self.levels),
        )

    def _terminal(self, name: str, shape: Shape, column: str) -> _Tap:
        node = Terminal(self.ids.fresh(name), name, shape, column)
        self.page.append(node)
        return _Tap(node.id, shape, alone=False)

    # Parts: what stands directly in the network, each in its card.

    def _draw_parts(self, module: Module, prefix: str, inputs: list[_Tap]) -> list[_Tap]:
        values = list(inputs)
        readers = count_readers(module)
        heads: dict[str, tuple[Items, list[Cost], list[_Tap]]] = {}
        for index, step in enumerate(module.steps):
            taps = [_narrowed(values[value], readers[value]) for value in step.inputs]
            cost = self.costs.of(module, index)
            path = prefix + step.name
            if step.role == "aux":
                items, costs, ends = heads.setdefault(step.section or step.name, ([], [], []))
                first_edge = len(self.edges)
                tap = self._draw_step(
                    module, index, path, taps, _Place(items, column=step.section or step.name)
                )
                if not costs:
                    self.edges[first_edge] = replace(self.edges[first_edge], kind="aux")
                costs.append(cost)
                ends.append(tap)
            elif isinstance(step.target, Module) and is_wrapper(step.target):
                self._close_section()
                inner = self._draw_parts(step.target, f"{path}.", taps)
                self._close_section()
                tap = inner[step.target.outputs[0]]
            else:
                tap = self._draw_part(module, index, path, taps, cost)
            values.append(_narrowed(tap, readers[module.value(index)]))
        for name, (items, costs, ends) in heads.items():
            self._draw_head(name, items, sum(costs, Cost()), ends[-1])
        return values

    def _draw_part(self, module: Module, index: int, path: str, taps: list[_Tap], cost: Cost) -> _Tap:
        step = module.steps[index]
        if isinstance(step.target, Op) or is_one_box(step.target):
            section = self._section(path.rpartition(".")[0] or step.section, is_whole(module, step.section))
            section.cost += cost
            return self._draw_step(module, index, path, taps, _Place(section.items))
        self._close_section()
        items: Items = []
        tap = self._draw_steps(step.target, f"{path}.", taps, _Place(items, depth=1))
        title = path if step.name.isdigit() else step.name
        self.page.append(self._group("card", path, items, title=title, detail=_cost_text(cost)))
        return tap

    def _section(self, title: str, has_card: bool) -> _Section:
        if self.open_section is None or self.open_section.title != title:
            self._close_section()
            self.open_section = _Section(title, has_card, [], Cost())
        return self.open_section

    def _close_section(self) -> None:
        """A section of one box needs no card."""
        section, self.open_section = self.open_section, None
        if section is None:
            return
        if section.has_card and len(section.items) > 1:
            detail = _cost_text(section.cost)
            self.page.append(self._group("card", section.title, section.items, section.title, detail))
        else:
            self.page.extend(section.items)

    def _draw_head(self, name: str, items: Items, cost: Cost, end: _Tap) -> None:
        weights = [f"loss × {aux.weight:g}" for aux in self.graph.aux if aux.name == name]
        detail = " · ".join((*weights, "in training", f"{short_count(cost.params)} params"))
        terminal = Terminal(self.ids.fresh(name), name, end.shape, name)
        self.edges.append(Edge(end.node, terminal.id, "flow"))
        self.page.append(self._group("aux", name, [*items, terminal], name, detail))

    def _group(
        self,
        kind: GroupKind,
        path: str,
        items: Items,
        title: str = "",
        detail: str = "",
        copies: int = 1,
        growth: str = "",
    ) -> Group:
        return Group(self.ids.fresh(f"cluster {path}"), kind, title, detail, copies, growth, tuple(items))

    # Steps: what stands in a card.

    def _draw_steps(self, module: Module, prefix: str, inputs: list[_Tap], place: _Place) -> _Tap:
        """Draw a module's steps and say where its result comes out."""
        values = list(inputs)
        readers = count_readers(module)
        fans = {fan.join: _DrawnFan(fan) for fan in find_fans(module)}
        hanging = {at: fan for fan in fans.values() for chain in fan.fan.chains for at in chain}
        if readers[0] > 1 and not any(fan.fan.source == 0 for fan in fans.values()):
            values[0] = self._fork(f"{prefix}input", inputs[0], place)
        index = 0
        while index < len(module.steps):
            step = module.steps[index]
            taps = [_narrowed(values[value], readers[value]) for value in step.inputs]
            path = prefix + step.name if step.role != "join" else prefix.rstrip(".")
            copies = count_copies(module, index)
            if module.structure == "repeat":
                tap = self._draw_copies(module, index, copies, path, taps, place)
            elif is_passed_by(module, step):
                tap = taps[0]
            elif index in hanging:
                tap = self._draw_in_fan(hanging[index], module, index, prefix, taps, place)
            elif index in fans:
                tap = self._draw_step(module, index, path, taps, replace(place, joins_fan=True))
                self._hang(fans[index])
            elif step.role == "shortcut":
                side = replace(place, column=path, edge="shortcut")
                tap = self._draw_step(module, index, path, taps, side)
            else:
                tap = self._draw_step(module, index, path, taps, place)
            for copy in range(index, index + copies):
                values.append(_narrowed(tap, readers[module.value(copy)]))
            index += copies
        return values[module.outputs[0]]

    def _draw_in_fan(
        self, drawn: _DrawnFan, module: Module, index: int, prefix: str, taps: list[_Tap], place: _Place
    ) -> _Tap:
        """Draw a step of a branch, in the branch's own column; the first of them below the fork."""
        fan = drawn.fan
        step = module.steps[index]
        branch = next(at for at, chain in enumerate(fan.chains) if index in chain)
        if drawn.fork is None:
            made_by = fan.source - len(module.inputs)
            name = f"{prefix}{module.steps[made_by].name}.fork" if made_by >= 0 else f"{prefix}input"
            drawn.fork = self._fork(name, taps[0], place, len(fan.chains))
        if index == fan.chains[branch][0]:
            taps = [drawn.fork, *taps[1:]]
            drawn.first_edges[branch] = len(self.edges)
        before = len(place.items)
        column = f"{drawn.fork.node} {branch}"
        tap = self._draw_step(module, index, prefix + step.name, taps, replace(place, column=column))
        drawn.lengths[branch] += len(place.items) - before
        return tap

    def _draw_copies(
        self, module: Module, index: int, copies: int, path: str, taps: list[_Tap], place: _Place
    ) -> _Tap:
        """Draw the first of some copies in an outline that says how many there are."""
        step = module.steps[index]
        if copies == 1 and (isinstance(step.target, Op) or is_one_box(step.target)):
            return self._draw_step(module, index, path, taps, place)
        inside = _Place([], place.column, place.depth + 1, place.edge)
        if isinstance(step.target, Module):
            tap = self._draw_steps(step.target, f"{path}.", taps, inside)
        else:
            tap = self._draw_step(module, index, path, taps, inside)
        last = module.steps[index + copies - 1]
        is_same = last.target is step.target or isinstance(step.target, Op)
        growth = "" if is_same else f"{entering(module, index)[0]} → {last.shape[0]} channels"
        place.items.append(self._group("frame", path, inside.items, copies=copies, growth=growth))
        return replace(tap, shape=last.shape)

    def _draw_step(self, module: Module, index: int, path: str, taps: list[_Tap], place: _Place) -> _Tap:
        step = module.steps[index]
        if isinstance(step.target, Op):
            if len(step.inputs) == 1:
                return self._layer(step.target, step, path, taps, place)
            kinds = ["flow" if place.joins_fan else edge_kind(module, index, value) for value in step.inputs]
            return self._merge(step.target, step, path, taps, kinds, place)
        has_skip = step.target.structure == "residual" or has_one_way(step.target)
        if not has_skip or step.role or place.depth >= DEEPEST_FRAME:
            return self._draw_steps(step.target, f"{path}.", taps, place)
        inside = _Place([], place.column, place.depth + 1, place.edge)
        tap = self._draw_steps(step.target, f"{path}.", taps, inside)
        place.items.append(self._group("frame", path, inside.items))
        return tap

    def _layer(self, op: Op, step: Step, path: str, taps: list[_Tap], place: _Place) -> _Tap:
        """One layer: a box, or some small letters in the box before it."""
        glyph = op.glyph(*(tap.shape for tap in taps))
        before = place.items[-1] if place.items else None
        source = taps[0]
        can_join = source.alone and stands_beside(op, *(tap.shape for tap in taps))
        if can_join and isinstance(before, Box | Merge | Bar) and before.id == source.node:
            place.items[-1] = replace(before, small=(*before.small, glyph.text))
            return _Tap(before.id, step.shape, alone=True)
        box = Box(self.ids.fresh(path), glyph.text, (), theme.colour(op.kind), place.column)
        place.items.append(box)
        self.edges.extend(Edge(tap.node, box.id, place.edge, tap.shape) for tap in taps)
        return _Tap(box.id, step.shape, alone=True)

    def _merge(
        self, op: Op, step: Step, path: str, taps: list[_Tap], kinds: list[EdgeKind], place: _Place
    ) -> _Tap:
        shapes = tuple(tap.shape for tap in taps)
        node: Bar | Merge
        node_id = self.ids.fresh(f"{path}.{op.key}" if step.role == "join" else path)
        is_concat = op.key == "concat"
        parts = tuple(shape[0] for shape in shapes)
        adds_up = is_concat and sum(parts) == step.shape[0]
        if adds_up and all(kind == "flow" for kind in kinds):
            node = Bar(node_id, parts, (), place.column)
        else:
            small = (f"{' + '.join(map(str, parts))} = {step.shape[0]}",) if adds_up else ()
            fill = theme.CONCAT if is_concat else theme.SUM
            node = Merge(node_id, op.glyph(*shapes).text, small, fill, place.column)
        place.items.append(node)
        for cell, (tap, kind) in enumerate(zip(taps, kinds, strict=True)):
            drawn_as = place.edge if kind == "flow" else kind
            ends_in = cell if isinstance(node, Bar) else None
            self.edges.append(Edge(tap.node, node.id, drawn_as, tap.shape, ends_in))
        self._level_shortcut(place.items, taps, kinds)
        return _Tap(node.id, step.shape, alone=True)

    def _fork(self, name: str, source: _Tap, place: _Place, cells: int = 0) -> _Tap:
        fork = Fork(self.ids.fresh(name), place.column, cells)
        place.items.append(fork)
        self.edges.append(Edge(source.node, fork.id, place.edge, source.shape))
        return _Tap(fork.id, source.shape, alone=False)

    # Heights: what stands beside what.

    def _level_shortcut(self, items: Items, taps: list[_Tap], kinds: list[EdgeKind]) -> None:
        """A shortcut of one box stands beside the end of the main path."""
        main = [tap.node for tap, kind in zip(taps, kinds, strict=True) if kind == "flow"]
        side = [tap.node for tap, kind in zip(taps, kinds, strict=True) if kind == "shortcut"]
        if len(main) != 1 or len(side) != 1:
            return
        columns = {item.id: item.column for item in items if isinstance(item, Box)}
        in_column = [node for node, column in columns.items() if column == columns.get(side[0])]
        if in_column == side:
            self.levels.append((main[0], side[0]))

    def _hang(self, drawn: _DrawnFan) -> None:
        """Each branch hangs from its own place; shorter ones start lower, so that all end at one height."""
        longest = max(drawn.lengths.values())
        for branch, at in drawn.first_edges.items():
            length = longest - drawn.lengths[branch] + 1
            self.edges[at] = replace(self.edges[at], from_cell=branch, length=length)


class _Ids:
    """Names of nodes: a path as it is, the second time with a number."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def fresh(self, wanted: str) -> str:
        if wanted not in self._taken:
            self._taken.add(wanted)
            return wanted
        return next(
            self.fresh(name) for number in count(2) if (name := f"{wanted} {number}") not in self._taken
        )


def _narrowed(tap: _Tap, readers: int) -> _Tap:
    return tap if readers == 1 else replace(tap, alone=False)


def _cost_text(cost: Cost, unit: str = "") -> str:
    params = f"{short_count(cost.params)} {unit}".strip()
    return f"{params} · {short_count(cost.macs)} MACs" if cost.macs else (params if cost.params else "")
