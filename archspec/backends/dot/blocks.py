"""The blocks view: every layer and every skip, with repeats folded.

In: a graph and its costs. Out: a picture: a card for each part of the network, in it an outline for each
block.
Holds: a layer's norm and activation stand in its box if nobody else reads what is between them; a run of
copies in a `repeat` is drawn once if they are the same, or differ in nothing but their input's channels,
and the picture says which; nothing else is left out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
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
from archspec.backends.dot.shapes_on_edges import label_edges
from archspec.backends.wording import network_title, short_count
from archspec.ir import Block, Graph, Module, Step
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
    """Where things are drawn: into which list, in which column, how deep, and with what kind of edge."""

    items: Items
    column: str = SPINE
    depth: int = 0
    edge: EdgeKind = "flow"


@dataclass(frozen=True, slots=True)
class _Branch:
    """A branch as drawn: the place of its first edge in the list, its number of items."""

    first_edge: int
    length: int


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
        readers = _readers(module)
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
            elif isinstance(step.target, Module) and _is_wrapper(step.target):
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
        if isinstance(step.target, Op) or _is_one_box(step.target):
            section = self._section(path.rpartition(".")[0] or step.section, _is_whole(module, step.section))
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
        readers = _readers(module)
        if readers[0] > 1:
            values[0] = self._fork(module, prefix, inputs[0], place)
        branches: list[_Branch] = []
        index = 0
        while index < len(module.steps):
            step = module.steps[index]
            taps = [_narrowed(values[value], readers[value]) for value in step.inputs]
            path = prefix + step.name if step.role != "join" else prefix.rstrip(".")
            copies = _copies(module, index)
            drawn_from, first_edge = len(place.items), len(self.edges)
            if module.structure == "repeat":
                tap = self._draw_copies(module, index, copies, path, taps, place)
            elif _is_passed_by(module, step):
                tap = taps[0]
            elif step.role == "branch" and not _has_one_way(module):
                tap = self._draw_step(module, index, path, taps, replace(place, column=path))
                branches.append(_Branch(first_edge, len(place.items) - drawn_from))
            elif step.role == "shortcut":
                side = replace(place, column=path, edge="shortcut")
                tap = self._draw_step(module, index, path, taps, side)
            else:
                tap = self._draw_step(module, index, path, taps, place)
            for copy in range(index, index + copies):
                values.append(_narrowed(tap, readers[module.value(copy)]))
            index += copies
        end = values[module.outputs[0]]
        self._hang_branches(branches, values[0].node)
        return end

    def _draw_copies(
        self, module: Module, index: int, copies: int, path: str, taps: list[_Tap], place: _Place
    ) -> _Tap:
        """Draw the first of some copies in an outline that says how many there are."""
        step = module.steps[index]
        if copies == 1 and (isinstance(step.target, Op) or _is_one_box(step.target)):
            return self._draw_step(module, index, path, taps, place)
        inside = _Place([], place.column, place.depth + 1, place.edge)
        if isinstance(step.target, Module):
            tap = self._draw_steps(step.target, f"{path}.", taps, inside)
        else:
            tap = self._draw_step(module, index, path, taps, inside)
        last = module.steps[index + copies - 1]
        is_same = last.target is step.target or isinstance(step.target, Op)
        growth = "" if is_same else f"{_entering(module, index)[0]} → {last.shape[0]} channels, first shown"
        place.items.append(self._group("frame", path, inside.items, copies=copies, growth=growth))
        return replace(tap, shape=last.shape)

    def _draw_step(self, module: Module, index: int, path: str, taps: list[_Tap], place: _Place) -> _Tap:
        step = module.steps[index]
        if isinstance(step.target, Op):
            if len(step.inputs) == 1:
                return self._layer(step.target, step, path, taps, place)
            kinds = [_edge_kind(module, index, value) for value in step.inputs]
            return self._merge(step.target, step, path, taps, kinds, place)
        has_skip = step.target.structure == "residual" or _has_one_way(step.target)
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
        can_join = source.alone and _stands_beside(op, *(tap.shape for tap in taps))
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

    def _fork(self, module: Module, prefix: str, source: _Tap, place: _Place) -> _Tap:
        branches = 0 if _has_one_way(module) else sum(step.role == "branch" for step in module.steps)
        fork = Fork(self.ids.fresh(f"{prefix}input"), place.column, branches)
        place.items.append(fork)
        self.edges.append(Edge(source.node, fork.id, place.edge, source.shape))
        return _Tap(fork.id, source.shape, alone=False)

    # Heights: what stands beside what.

    def _level_shortcut(self, items: Items, taps: list[_Tap], kinds: list[EdgeKind]) -> None:
        """A shortcut of one box stands beside the last box of the main path."""
        boxes = {item.id: item for item in items if isinstance(item, Box)}
        main = [tap.node for tap, kind in zip(taps, kinds, strict=True) if kind == "flow"]
        side = [tap.node for tap, kind in zip(taps, kinds, strict=True) if kind == "shortcut"]
        if len(main) != 1 or len(side) != 1 or main[0] not in boxes or side[0] not in boxes:
            return
        if sum(item.column == boxes[side[0]].column for item in boxes.values()) == 1:
            self.levels.append((main[0], side[0]))

    def _hang_branches(self, branches: list[_Branch], fork: str) -> None:
        """Each branch hangs from its own place; shorter ones start lower, so that all end at one height."""
        longest = max((branch.length for branch in branches), default=0)
        for cell, branch in enumerate(branches):
            edge = self.edges[branch.first_edge]
            if edge.tail == fork:
                length = longest - branch.length + 1 if branch.length else 1
                self.edges[branch.first_edge] = replace(edge, from_cell=cell, length=length)


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


def _readers(module: Module) -> Counter[int]:
    """How often each value is read, by steps and as an output."""
    readers = Counter(module.outputs)
    for step in module.steps:
        readers.update(step.inputs)
    return readers


def _narrowed(tap: _Tap, readers: int) -> _Tap:
    return tap if readers == 1 else replace(tap, alone=False)


def _entering(module: Module, index: int) -> Shape:
    return module.shape(module.steps[index].inputs[0])


def _copies(module: Module, index: int) -> int:
    """How many steps from `index` on are copies of it, as the spec repeats."""
    if module.structure != "repeat":
        return 1
    first = module.steps[index]
    run = 1
    for copy in range(index + 1, len(module.steps)):
        step = module.steps[copy]
        follows = step.inputs[0] == module.value(copy - 1)
        same = step.target == first.target and _entering(module, copy) == _entering(module, index)
        if not follows or not (same or _differs_in_shape_alone(first, step)):
            break
        run += 1
    return run


def _differs_in_shape_alone(first: Step, other: Step) -> bool:
    """Both call one block with the same arguments, on maps that differ in channels (the layers of a
    DenseNet).
    """
    if not isinstance(first.target, Module) or not isinstance(other.target, Module):
        return False
    mine, theirs = first.target.block, other.target.block
    if not isinstance(mine, Block) or not isinstance(theirs, Block):
        return False
    if mine.name != theirs.name or dict(mine.arguments) != dict(theirs.arguments):
        return False
    # Equal arguments on equal shapes would be the same object; `is` fails only where the input differs.
    same_form = first.target.shortcut == other.target.shortcut
    return same_form and first.shape[1:] == other.shape[1:] and first.shape[0] != other.shape[0]


def _has_one_way(module: Module) -> bool:
    """Whether all branches but one pass their input on as it is (a gate): that one is then drawn as the
    main path.
    """
    branches = [step for step in module.steps if step.role == "branch"]
    return len(branches) > 1 and sum(not _is_identity(step) for step in branches) == 1


def _is_passed_by(module: Module, step: Step) -> bool:
    return step.role == "branch" and _is_identity(step) and _has_one_way(module)


def _is_identity(step: Step) -> bool:
    return isinstance(step.target, Op) and step.target.key == "identity"


def _edge_kind(module: Module, index: int, value: int) -> EdgeKind:
    """What an input of a join is to it."""
    if value < len(module.inputs):
        return "skip" if module.structure not in ("concat", "add", "multiply") else "flow"
    source = module.steps[value - len(module.inputs)]
    if source.role == "shortcut":
        return "shortcut"
    if _is_passed_by(module, source):
        return "skip"
    if source.role == "branch" or value == module.value(index - 1):
        return "flow"
    return "flow" if module.structure == "residual" else "skip"


def _is_wrapper(module: Module) -> bool:
    """Whether a module only holds parts of the network together (`features`): its parts then get the
    cards.
    """
    if module.structure != "sequence":
        return False
    parts = sum(isinstance(step.target, Module) and not _is_one_box(step.target) for step in module.steps)
    return parts > 1 or (parts == 1 and module.block is None)


def _is_whole(module: Module, section: str) -> bool:
    """Whether the layers of a section are all there is of it, with no part in a card of its own between them."""
    return section != "" and not any(
        isinstance(step.target, Module) and not _is_one_box(step.target)
        for step in module.steps
        if step.section == section and step.role != "aux"
    )


def _is_one_box(module: Module) -> bool:
    """Whether a module is one layer with what stands in its box."""
    line = _line(module)
    return line is not None and all(line[1:])


def _stands_beside(op: Op, *inputs: Shape) -> bool:
    """Whether an op is written in the box of the op before it. What changes the shape has a box of its own."""
    return op.glyph(*inputs).small and op.kind != "reshape"


def _line(module: Module) -> list[bool] | None:
    """For each op of a straight line whether it stands beside another; `None` for what is no straight line."""
    if module.structure != "sequence" or len(module.inputs) != 1:
        return None
    line: list[bool] = []
    for index, step in enumerate(module.steps):
        if step.inputs != (index,):
            return None
        if isinstance(step.target, Op):
            line.append(_stands_beside(step.target, _entering(module, index)))
            continue
        inner = _line(step.target)
        if inner is None:
            return None
        line.extend(inner)
    return line


def _cost_text(cost: Cost, unit: str = "") -> str:
    params = f"{short_count(cost.params)} {unit}".strip()
    return f"{params} · {short_count(cost.macs)} MACs" if cost.macs else (params if cost.params else "")
