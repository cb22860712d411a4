"""The steps of a module, drawn below each other: layers, blocks in outlines, branches, skips, folds.

In: a module, and where its inputs come from. Out: items, edges and levels of a picture.
Holds: a layer's norm and activation stand in its box if nobody else reads what is between them; what the spec repeats
is drawn once (`runs`); dropout with probability 0 is not drawn; nothing else is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from archspec.backends.dot.closed import UNFOLDED, Depth
from archspec.backends.dot.paths import stands_in_rows
from archspec.backends.dot.picture import EdgeKind, Group, Node
from archspec.backends.dot.places import Place, Tap
from archspec.backends.dot.reading import (
    Fan,
    Reading,
    edge_kind,
    entering,
    is_one_box,
    is_passed_by,
    only_read,
    read,
    values_read,
)
from archspec.backends.dot.runs import Run, find_runs
from archspec.backends.dot.sheet import DrawnFan, Sheet, fault_of
from archspec.ir import Module, Step
from archspec.ops.base import Op

DEEPEST_FRAME = 3
"""Blocks nested deeper than this are drawn without an outline."""


class Drawing(Sheet):
    """Modules as they are drawn, of all that they hold."""

    def __init__(self, depth: Depth = UNFOLDED) -> None:
        super().__init__()
        self.depth = depth
        self._readings: dict[Module, Reading] = {}

    def read(self, module: Module) -> Reading:
        """A module is read once, however many copies of it are drawn."""
        reading = self._readings.get(module)
        if reading is None:
            reading = self._readings[module] = read(module)
        return reading

    def module(self, module: Module, prefix: str, inputs: Sequence[Tap], place: Place) -> Tap:
        """Draw a module's steps and say where its result comes out."""
        if stands_in_rows(module):
            return self.paths(module, prefix, inputs, place)
        steps = ModuleSteps(self, module, prefix, inputs)
        steps.fork_input(place)
        steps.draw(self.apart(module, prefix, self.runs(module)), place)
        return steps.values[module.outputs[0]]

    def runs(self, module: Module) -> Sequence[Run]:
        """The steps of a module; those of a run of several copies are drawn once."""
        return find_runs(module)

    def apart(self, module: Module, prefix: str, runs: Sequence[Run]) -> Sequence[Run]:
        """The runs as they are drawn, of a module whose steps have paths that begin with `prefix`: where something is
        to be said of some copies alone, these are a run of their own.
        """
        return runs

    def call(self, step: Step, target: Module, path: str, taps: Sequence[Tap], place: Place) -> Tap:
        """A step that applies a module: a block that branches has an outline."""
        if self.closes(target, path):
            return self.close(step, target, path, taps, place)
        is_block = target.structure == "residual" or any(len(inner.inputs) > 1 for inner in target.steps)
        is_block = is_block and not stands_in_rows(target)  # which has an outline of its own
        if not step.errors and (not is_block or step.role or place.depth >= DEEPEST_FRAME):
            return self.module(target, f"{path}.", taps, place)
        inside = place.inside()
        tap = self.module(target, f"{path}.", taps, inside)
        place.items.append(self.group("frame", path, inside.items, fault=fault_of(step)))
        return tap

    def closes(self, target: Module, path: str) -> bool:
        """Whether a module is drawn as one box that would take more."""
        return self.depth.closes(path) and not is_one_box(target)


class ModuleSteps:
    """The steps of one module: where each of its values comes out, as far as it is drawn."""

    def __init__(
        self,
        drawing: Drawing,
        module: Module,
        prefix: str,
        inputs: Sequence[Tap],
        fans: Sequence[Fan] | None = None,
    ) -> None:
        """`fans`: the branches that are drawn side by side; `None`: all that there are."""
        self.drawing = drawing
        self.module = module
        self.prefix = prefix
        self.values = list(inputs)
        reading = drawing.read(module)
        self.reading = reading
        self.towers = reading.towers if prefix == "" else frozenset[int]()
        """The joins that stand between the paths from several inputs of the network."""
        self.meet = {self.path(index) for index in self.towers}
        """Their columns."""
        self.columns: dict[int, str] = {}
        """Of each value that is drawn aside the column of the module."""
        self.continued: set[int] = set()
        """The values below which no reader, or no other, stands in the same column."""
        found = reading.fans if fans is None else fans
        self.fans: dict[int, list[DrawnFan]] = {}
        """By the joins in which they end; the outermost first."""
        for fan in found:
            self.fans.setdefault(fan.join, []).append(DrawnFan(fan))
        self.hanging = {
            at: (fan, branch)
            for fan in chain.from_iterable(self.fans.values())
            for branch, steps in enumerate(fan.fan.chains)
            for at in steps
        }
        """The steps of branches: each with its fan and the number of its branch."""
        self.is_left: dict[str, bool] = {}
        """Of the columns of the paths into which a value splits, whether they are of the first half of these."""
        if fans is None:
            self.continued |= reading.splits.keys()
            for starts in reading.splits.values():
                for number, start in enumerate(starts):
                    self.is_left[self.path(start)] = number < len(starts) // 2

    def fork_input(self, place: Place) -> None:
        """A place where the module's input splits, if several steps read it."""
        hangs = any(fan.fan.source == 0 for fan in chain.from_iterable(self.fans.values()))
        if self.reading.readers[0] > 1 and not hangs:
            self.values[0] = self.drawing.fork(f"{self.prefix}input", self.values[0], place)

    def path(self, index: int) -> str:
        step = self.module.steps[index]
        return self.prefix + step.name if step.role != "join" else self.prefix.rstrip(".")

    def taps(self, index: int) -> list[Tap]:
        inputs = self.module.steps[index].inputs
        return [self.values[value].read_by(self.reading.readers[value]) for value in inputs]

    def give(self, index: int, tap: Tap) -> None:
        """Note where the result of a step comes out."""
        self.values.append(tap.read_by(self.reading.readers[self.module.value(index)]))

    def draw(self, runs: Sequence[Run], place: Place) -> None:
        for run in runs:
            is_framed = run.is_unit and run.first not in self.hanging and self._has_outline(run.first)
            if run.copies > 1 or is_framed:
                self._draw_unit(run, place)
            else:
                for index in run.unit:
                    self.give(index, self._step(index, place))
                    self._fork_for_shortcut(index, place)

    def _fork_for_shortcut(self, index: int, place: Place) -> None:
        """A place where the result of a step splits, if a shortcut starts from it."""
        value = self.module.value(index)
        if value in self.reading.bypassed:
            name = f"{self.path(index)}.fork"
            self.values[value] = self.drawing.fork(name, self.values[value], place)

    def _has_outline(self, index: int) -> bool:
        """Whether a step that is all of a row has an outline: a module of several boxes, drawn open."""
        target = self.module.steps[index].target
        if not isinstance(target, Module) or is_one_box(target) or _is_fold(target):
            return False
        return not self.drawing.depth.closes(self.path(index))

    def _draw_unit(self, run: Run, place: Place) -> None:
        """Draw the first of some copies in an outline that says how many there are."""
        column = self.column(run.first, place.column) if run.length == 1 else place.column
        inside = replace(place, column=column).inside()
        first, last = self.module.steps[run.first], self.module.steps[run.stop - 1]
        copies = [self.module.steps[index] for index in range(run.first, run.stop, run.length)]
        is_same = run.length > 1 or all(copy.target is first.target for copy in copies)
        grows = entering(self.module, run.first) != entering(self.module, run.stop - run.length)
        inside = replace(inside, varied=place.varied or not (is_same or grows))
        self._fork_unit(run, inside)
        for index in run.unit:
            target = self.module.steps[index].target
            is_open = isinstance(target, Module) and not self.drawing.closes(target, self.path(index))
            if run.length == 1 and isinstance(target, Module) and is_open:
                prefix = f"{self.path(index)}."
                tap = self.drawing.module(target, prefix, self.taps(index), inside)
            elif run.length == 1 and index not in self.hanging:
                tap = self._apply(index, self.path(index), self.taps(index), inside)
            else:
                tap = self._step(index, inside)
            self.give(index, tap)
        growth = f"{entering(self.module, run.first)[0]} → {last.shape[0]} channels" if grows else ""
        path = self.path(run.first)
        frame = self.drawing.group(
            "frame", path, inside.items, copies=run.copies, growth=growth, fault=fault_of(first)
        )
        place.items.append(frame)
        if run.is_braid:
            self._give_copies(run)
            return
        tap = replace(self.values.pop(), shape=last.shape)
        self.values.extend([tap] * (run.length * (run.copies - 1)))
        self.values.append(tap.read_by(self.reading.readers[self.module.value(run.stop - 1)]))

    def _give_copies(self, run: Run) -> None:
        """What the last copy gives comes out where the one that is drawn does, and stands in the same columns."""
        drawn = [replace(tap, alone=False) for tap in self.values[-run.length :]]
        self.values.extend(drawn * (run.copies - 1))
        for index in run.unit:
            column = self.columns.get(self.module.value(index))
            if column is not None:
                self.columns[self.module.value(index + run.length * (run.copies - 1))] = column

    def _fork_unit(self, run: Run, place: Place) -> None:
        """A copy of several steps splits its input inside the outline."""
        if run.length == 1:
            return
        value = self.module.steps[run.first].inputs[0]
        reads = sum(self.module.steps[index].inputs.count(value) for index in run.unit)
        if reads > 1:
            self.values[value] = self.drawing.fork(f"{self.path(run.first)}.input", self.values[value], place)

    def _step(self, index: int, place: Place) -> Tap:
        step = self.module.steps[index]
        taps = self.taps(index)
        path = self.path(index)
        if is_passed_by(self.module, step):
            return taps[0]
        if index in self.hanging:
            return self._in_fan(*self.hanging[index], index, taps, place)
        if index in self.fans:
            tap = self._apply(index, path, taps, replace(place, joins_fan=True))
            for drawn in reversed(self.fans[index]):
                self._hang(drawn)
            return tap
        edge = "shortcut" if step.role == "shortcut" else place.edge
        column = self.column(index, place.column)
        place = replace(place, joins_fan=index in self.towers)
        if column != place.column or edge != place.edge:
            place = replace(place, column=column, edge=edge)
        return self._apply(index, path, taps, place)

    def column(self, index: int, around: str) -> str:
        """Below what it reads, unless another reader of that stands there."""
        step = self.module.steps[index]
        source = step.inputs[0]
        if step.role == "aux":
            return around
        if len(step.inputs) > 1 and isinstance(step.target, Op):
            return self._column_of_join(index, around)
        only = only_read(step)
        if only is not None:
            source = only
        elif len(step.inputs) > 1:  # several that read the same values stand each below another of them
            source = next((value for value in values_read(step) if value not in self.continued), source)
        if step.role == "shortcut":
            return self.path(index)
        column = self.columns.get(source, around)
        is_heir = source not in self.columns or self.reading.heirs.get(source, index) == index
        if source in self.continued or not is_heir:
            column = self.path(index)
        if is_heir:
            self.continued.add(source)
        if column != around:
            self.columns[self.module.value(index)] = column
        return column

    def _column_of_join(self, index: int, around: str) -> str:
        """A join stands in the module's column; where other paths go on beside it, below one that ends in it; between
        paths from several inputs, in its own."""
        if index in self.towers:
            self.columns[self.module.value(index)] = self.path(index)
            return self.path(index)
        ends = [
            value
            for value in self.module.steps[index].inputs
            if edge_kind(self.reading.descent, index, value) == "flow"
        ]
        free = [value for value in ends if value not in self.continued]
        result = self.module.value(index)
        is_last = self.reading.last_use[result - 1] <= index
        if is_last or not free or not self.columns.keys() >= set(ends):
            return around
        self.continued.add(free[0])
        self.columns[result] = self.columns[free[0]]
        return self.columns[result]

    def levels_of(self, inputs: Sequence[Tap]) -> list[tuple[str, ...]]:
        """What stands at one height where the paths from several inputs meet: these, and with what each path begins."""
        if not self.towers:
            return []
        below = {edge.tail: edge for edge in reversed(self.drawing.edges)}
        names = [tap.node for tap in inputs]
        first = [below[name].head for name in names if name in below and below[name].cell is None]
        return [level for level in (tuple(names), tuple(first)) if len(level) > 1]

    def column_of(self, value: int, otherwise: str) -> str:
        """Where an output stands: below what paths from several inputs meet in."""
        column = self.columns.get(value, otherwise)
        return column if column in self.meet else otherwise

    def _in_fan(self, drawn: DrawnFan, branch: int, index: int, taps: list[Tap], place: Place) -> Tap:
        """Draw a step of a branch, in the branch's own column; the first of them below the fork."""
        fan = drawn.fan
        if drawn.fork is None:
            made_by = fan.source - len(self.module.inputs)
            name = f"{self.path(made_by)}.fork" if made_by >= 0 else f"{self.prefix}input"
            around = replace(place, column=self._branch_column(made_by, place.column))
            drawn.fork = self.drawing.fork(name, taps[0], around, len(fan.chains))
        if index == fan.chains[branch][0]:
            taps = [drawn.fork, *taps[1:]]
            drawn.first_edges[branch] = len(self.drawing.edges)
        before = len(place.items)
        column = self._branch_column(index, place.column)
        tap = self._apply(index, self.path(index), taps, replace(place, column=column))
        drawn.lengths[branch] += _count_nodes(place.items[before:])
        return tap

    def _branch_column(self, index: int, around: str) -> str:
        """The column of a step of a branch."""
        drawn, branch = self.hanging.get(index, (None, 0))
        return around if drawn is None or drawn.fork is None else f"{drawn.fork.node} {branch}"

    def _hang(self, drawn: DrawnFan) -> None:
        """Hang the branches of a fan, of which those inside hang already, and count it to the branch that it is in."""
        meets = any(len(self.module.steps[at].inputs) > 1 for steps in drawn.fan.chains for at in steps)
        self.drawing.hang(drawn, at_top=meets)
        outer, branch = self.hanging.get(drawn.fan.source - len(self.module.inputs), (None, 0))
        if outer is not None:
            outer.lengths[branch] += 1 + max(drawn.lengths.values())

    def _apply(self, index: int, path: str, taps: list[Tap], place: Place) -> Tap:
        step = self.module.steps[index]
        if isinstance(step.target, Op):
            if len(step.inputs) == 1:
                return self.drawing.layer(step.target, step, path, taps, place)
            kinds: list[EdgeKind] = [
                "flow" if place.joins_fan else edge_kind(self.reading.descent, index, value)
                for value in step.inputs
            ]
            tap = self.drawing.merge(step.target, step, path, taps, kinds, place)
            self._bend_left(step, place.column)
            return tap
        return self.drawing.call(step, step.target, path, taps, place)

    def _bend_left(self, join: Step, column: str) -> None:
        """The arcs into a join that was drawn last: on the left, where they come from there and do not end right."""
        edges = self.drawing.edges
        for at, value in enumerate(join.inputs, len(edges) - len(join.inputs)):
            comes_from_left = self.is_left.get(self.columns.get(value, ""), False)
            if edges[at].kind == "skip" and comes_from_left and self.is_left.get(column, True):
                edges[at] = replace(edges[at], leftward=True)


def _is_fold(module: Module) -> bool:
    """Whether all that a module holds is a fold, which has an outline of its own."""
    return module.structure == "repeat" and len(find_runs(module)) == 1


def _count_nodes(items: Sequence[Node | Group]) -> int:
    return sum(_count_nodes(item.items) if isinstance(item, Group) else 1 for item in items)
