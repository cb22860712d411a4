"""The parts of a network, as an overview shows them.

In: a graph, and how deep its groups are opened. Out: a `Part` for each input, output, card, join and auxiliary head,
each with the parts it reads.
Holds: a card is what the spec groups: a section, a child of a section, a child of `features`; deeper, the children of
these. Layers that follow each other in one group, with nobody else reading between them, share a card; so does what
the spec repeats (`runs`, as in every other view), where it has one way through.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Literal, TypeAlias

from archspec.backends.dot.closed import faults_inside
from archspec.backends.dot.contents import Atom, Layer, calls_in, folded, read_contents
from archspec.backends.dot.depths import choose_depth, is_opened, opens_wrappers
from archspec.backends.dot.folds import ROWS, Folds
from archspec.backends.dot.reading import (
    count_readers,
    is_one_box,
    is_wrapper,
    stands_beside,
    values_read,
    whole_sections,
)
from archspec.backends.dot.runs import Run
from archspec.backends.dot.templates import Templates
from archspec.backends.wording import shape_text
from archspec.ir import Graph, Module, Row, Step
from archspec.ops.base import Kind, Op, Shape
from archspec.passes.cost import Cost, Costs
from archspec.records import dataclass

PartKind: TypeAlias = Literal["input", "output", "card", "join", "aux"]


@dataclass(slots=True, eq=False)
class Part:
    """One node of the overview. `names` are the paths of the steps in it that a title may name."""

    id: str
    kind: PartKind
    shape: Shape
    title: str = ""
    reads: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    around: str = ""
    """The path of the group that was opened for it and others, beside other groups; empty: none was."""
    atoms: list[Atom] = field(default_factory=list)
    unfolded: list[list[Atom]] = field(default_factory=list)
    """The atoms of each step of a run that is not over yet."""
    cost: Cost = field(default_factory=Cost)
    work: Counter[Kind] = field(default_factory=Counter)
    """What each kind of op costs here."""
    row: Row | None = None
    """The row of the loop from which its first step comes."""
    is_block: bool = False
    """It holds a block or a group; else, layers."""
    fold: Run | None = None
    """The copies of several cards of which it is in the first; what it costs is what all of them do."""
    shares: bool = False
    """It calls again what stands before it."""
    faults: list[str] = field(default_factory=list)
    """What is wrong in it."""
    faulty: list[str] = field(default_factory=list)
    """Where that is, and which shapes meet there."""

    def family(self) -> Kind:
        """The kind of op that costs most here."""
        return max(self.work, key=lambda kind: self.work[kind], default="other")

    def has_one_layer(self) -> bool:
        layers = [atom for atom in self.atoms if not (isinstance(atom, Layer) and atom.small)]
        return len(layers) == 1 and isinstance(layers[0], Layer)


def find_parts(
    graph: Graph, costs: Costs | None, templates: Templates, depth: int | None
) -> tuple[Part, ...]:
    """The parts, in the order in which the network runs. `depth` None: as deep as it takes to get `FEW` cards. `costs`
    None: of a graph whose shapes may not fit.
    """
    return _Finder(graph, costs, templates, depth).parts()


class _Finder:
    def __init__(self, graph: Graph, costs: Costs | None, templates: Templates, depth: int | None) -> None:
        self.graph = graph
        self.costs = costs
        self.templates = templates
        self.depth = choose_depth(graph) if depth is None else depth
        self.opens_repeats = depth is not None
        self.opens_wrappers = opens_wrappers(graph)
        self.work: dict[Module, Counter[Kind]] = {}
        self.found: list[Part] = []
        self.open: Part | None = None
        self.open_title = ""
        self.around = ""
        """The group that is opened, for its parts to have cards, beside other groups: titles name it."""
        self.ids: Counter[str] = Counter()
        self.unbroken: dict[Module, frozenset[str]] = {}
        self.folds: dict[Module, Folds] = {}

    def parts(self) -> tuple[Part, ...]:
        root = self.graph.root
        names = self.graph.input_names if len(root.inputs) > 1 else ("input",)
        inputs = [
            self._add(Part(name, "input", shape, name))
            for name, shape in zip(names, root.inputs, strict=True)
        ]
        values = self._steps(root, "", inputs, self.depth)
        names = self.graph.output_names if len(root.outputs) > 1 else ("output",)
        for name, value in zip(names, root.outputs, strict=True):
            self._add(Part(name, "output", root.shape(value), name, reads=[values[value]]))
        for part in self.found:
            part.title = part.title or _joined(part.names, part.around)
            part.atoms.extend(atom for step in part.unfolded for atom in step)
        return tuple(self.found)

    def _add(self, part: Part) -> str:
        self.ids[part.id] += 1
        if self.ids[part.id] > 1:
            part.id += f" {self.ids[part.id]}"
        self.found.append(part)
        return part.id

    def _steps(self, module: Module, prefix: str, inputs: list[str], depth: int) -> list[str]:
        """Which part makes each value of a module."""
        self.open = None
        values = list(inputs)
        readers = count_readers(module)
        groups = sum(isinstance(step.target, Module) and not is_one_box(step.target) for step in module.steps)
        for index, step in enumerate(module.steps):
            braid = self._folds(module).braid(index)
            if braid is not None and index >= braid.first + braid.length:
                values.append(self._copy(module, index, values[module.value(index - braid.length)]))
                continue
            path = prefix + step.name if step.role != "join" else prefix.rstrip(".")
            sources = [values[value] for value in values_read(step)]
            target = step.target
            if step.role == "aux":
                values.append(self._aux(module, index, path, sources))
                continue
            if isinstance(target, Module) and not is_one_box(target) and len(sources) == 1:
                opened = is_opened(target, depth, repeats=self.opens_repeats)
                if opened or (self.opens_wrappers and is_wrapper(target) and target.block is None):
                    around, self.around = self.around, path if opened and groups > 1 else self.around
                    inner = self._steps(target, f"{path}.", sources, depth - 1 if opened else depth)
                    values.append(inner[target.outputs[0]])
                    self.open, self.around = None, around
                    continue
            alone = len(step.inputs) == 1 and readers[step.inputs[0]] == 1
            values.append(self._step(module, index, path, sources, alone))
        return values

    def _copy(self, module: Module, index: int, drawn: str) -> str:
        """A step that is drawn where its first copy is, in the part `drawn`."""
        self.open = None
        part = next(part for part in self.found if part.id == drawn)
        self._count(part, module, index)
        return drawn

    def _folds(self, module: Module) -> Folds:
        if module not in self.folds:
            self.folds[module] = Folds(module, self.depth)
        return self.folds[module]

    def _step(self, module: Module, index: int, path: str, sources: list[str], alone: bool) -> str:
        step = module.steps[index]
        group = path.rpartition(".")[0] or step.section
        shapes = module.inputs_of(step)
        part = self.open
        if (
            part is None
            or not alone
            or sources[0] != part.id
            or not self._may_join(part, module, index, shapes, group)
        ):
            part = self._open(module, index, path, sources, group)
        self._put(part, module, index, path)
        return part.id

    def _may_join(self, part: Part, module: Module, index: int, shapes: Sequence[Shape], group: str) -> bool:
        """Whether a step, which alone reads the card before it, goes into that card."""
        step = module.steps[index]
        target = step.target
        if part.kind == "card":
            if self._folds(module).joins(index):
                return True
            if step.row is not None and part.row is not None and self.depth <= ROWS:
                return False
        if isinstance(target, Module) and not is_one_box(target):
            return False
        if isinstance(target, Op) and (stands_beside(target, *shapes) or target.kind == "reshape"):
            return part.kind == "join" or (part.names != [] and self.open_title == group)
        if part.kind == "join" or self.open_title != group:
            return False
        return self.depth == 1 and not part.is_block

    def _open(self, module: Module, index: int, path: str, sources: list[str], group: str) -> Part:
        step = module.steps[index]
        target = step.target
        is_join = isinstance(target, Op) and len(step.inputs) > 1
        part = Part(path, "join" if is_join else "card", step.shape, reads=list(dict.fromkeys(sources)))
        part.row = step.row
        part.around = self.around
        part.fold = self._folds(module).braid(index)
        part.is_block = isinstance(target, Module) and not is_one_box(target)
        is_titled = self.depth == 1 and step.section in self._unbroken(module)
        if not part.is_block and is_titled and not _is_section(module, index):
            part.title = step.section
        self._add(part)
        self.open, self.open_title = part, group
        return part

    def _unbroken(self, module: Module) -> frozenset[str]:
        if module not in self.unbroken:
            self.unbroken[module] = _unbroken_sections(module)
        return self.unbroken[module]

    def _put(self, part: Part, module: Module, index: int, path: str) -> None:
        step = module.steps[index]
        shapes = module.inputs_of(step)
        atoms = read_contents(step.target, shapes, self.templates)
        for call in calls_in(atoms):
            call.form.copies += 1
            call.form.drawing.places[path] = None
        run = self._folds(module).run(index)
        if run is None:
            part.atoms.extend(atoms)
        else:
            part.unfolded.append(atoms)
            if index == run.stop - 1:
                copies = [
                    [atom for step in part.unfolded[start : start + run.length] for atom in step]
                    for start in range(0, len(part.unfolded), run.length)
                ]
                part.atoms.extend(folded(copies))
                part.unfolded = []
        if any(not (isinstance(atom, Layer) and atom.small) for atom in atoms) or not part.names:
            part.names.append(path)
        part.shape = step.shape
        part.shares |= step.shared
        self._count(part, module, index)
        part.faults.extend(faults_inside(step))
        part.faulty.extend(_faulty_places(step, path, shapes))

    def _count(self, part: Part, module: Module, index: int) -> None:
        """Add what a step costs to a part."""
        step = module.steps[index]
        if self.costs is not None:
            shapes = module.inputs_of(step)
            part.cost += self.costs.of(module, index)
            part.work += _work(step.target, shapes, self.work)
        else:
            part.work += _kinds(step.target)

    def _aux(self, module: Module, index: int, path: str, sources: list[str]) -> str:
        step = module.steps[index]
        name = step.section or step.name
        part = next((part for part in self.found if part.kind == "aux" and part.title == name), None)
        if part is None:
            part = Part(f"{name} head", "aux", step.shape, name, reads=sources)
            self._add(part)
        self._put(part, module, index, path)
        return part.id


def _is_section(module: Module, index: int) -> bool:
    """Whether a block is all there is of its section: then its own name says more."""
    step = module.steps[index]
    is_block = isinstance(step.target, Module) and step.target.block is not None
    return is_block and sum(other.section == step.section for other in module.steps) == 1


def _unbroken_sections(module: Module) -> frozenset[str]:
    """The sections of which the layers are all there is, one after the other."""
    readers = count_readers(module)
    unbroken = set(whole_sections(module))
    last: dict[str, int] = {}
    for index, step in enumerate(module.steps):
        if step.role == "aux":
            continue
        if step.section in last:
            before = module.value(last[step.section])
            if step.inputs != (before,) or readers[before] != 1:
                unbroken.discard(step.section)
        last[step.section] = index
    return frozenset(unbroken)


def _work(target: Op | Module, shapes: Sequence[Shape], known: dict[Module, Counter[Kind]]) -> Counter[Kind]:
    """What each kind of op costs; one more for each op, for those that cost nothing. `known` holds what was counted."""
    if isinstance(target, Op):
        return Counter({target.kind: 1 + target.macs(*shapes)})
    if target not in known:
        work: Counter[Kind] = Counter()
        for step in target.steps:
            work += _work(step.target, target.inputs_of(step), known)
        known[target] = work
    return known[target]


def _kinds(target: Op | Module) -> Counter[Kind]:
    """How many ops of each kind there are."""
    if isinstance(target, Op):
        return Counter([target.kind])
    return sum((_kinds(step.target) for step in target.steps), Counter())


def _faulty_places(step: Step, path: str, shapes: Sequence[Shape]) -> Iterator[str]:
    """Where something is wrong in a step, and what comes in there."""
    target = step.target
    if step.errors:
        yield f"{path}: {' and '.join(map(shape_text, shapes))}"
    if isinstance(target, Module):
        for inner in target.steps:
            inside = path if inner.role == "join" else f"{path}.{inner.name}"
            yield from _faulty_places(inner, inside, target.inputs_of(inner))


def _joined(names: Sequence[str], around: str) -> str:
    """A title for layers that the spec gives none: the first's name and the last's."""
    first, last = _plain(names[0], around), _plain(names[-1], around)
    if first == last:
        return first
    group, _, number = last.rpartition(".")
    return f"{first} – {number if group and first.startswith(group) else last}"


def _plain(path: str, around: str) -> str:
    """The last name of a path, behind that of the group that was opened; of a numbered child, the group's name with
    it.
    """
    if around:
        return path.removeprefix(around.rpartition(".")[0]).removeprefix(".")
    name = path.rpartition(".")[2]
    return path if name.isdigit() else name
