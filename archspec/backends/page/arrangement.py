"""Where the parts of a module stand in the page: one below the other, side by side, or beside the column.

In: a module of the graph. Out: an `Arrangement`: rows from top to bottom, what stands beside a row, and the values
that are carried around rows.
Holds: every step stands in one place, but for a branch that passes its input on as it is (a gate's), which is a line
and no box. A row that is `linked` reads what the row above gives; every other value that a row reads has an arc or
comes through a side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from archspec.backends.dot.reading import (
    Fan,
    count_readers,
    entering,
    find_fans,
    is_passed_by,
    stands_beside,
)
from archspec.backends.dot.runs import Run as FoundRun
from archspec.backends.dot.runs import find_runs
from archspec.ir import Module
from archspec.ops.base import Op
from archspec.records import dataclass

SideKind: TypeAlias = Literal["shortcut", "path", "aux"]
"""What stands beside the column: the layers of a skip, another path of less weight, an auxiliary head."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A step, and after it those written in the same box (`BN`, `ReLU`)."""

    steps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Copies that follow each other: `length` steps, again and again from the step `first` on. `rows` are those of the
    first copy; `growth` says how the copies differ, and is empty where they do not.
    """

    first: int
    length: int
    count: int
    growth: str
    rows: tuple[Row, ...]

    @property
    def steps(self) -> range:
        """The steps of all copies."""
        return range(self.first, self.first + self.length * self.count)


@dataclass(frozen=True, slots=True)
class Branches:
    """Paths side by side from the value `source`, that end in `join`."""

    source: int
    paths: tuple[tuple[Row, ...], ...]
    join: Layer


Row: TypeAlias = "Layer | Run | Branches"


@dataclass(frozen=True, slots=True)
class Side:
    """Rows beside the row `beside`. They read the value `source`; the step `target` reads what they give."""

    kind: SideKind
    beside: int
    source: int
    target: int | None
    rows: tuple[Row, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Arc:
    """The value `source`, carried around rows to the step `target`."""

    source: int
    target: int


@dataclass(frozen=True, slots=True)
class Arrangement:
    """`linked` tells for each row whether it reads what the row above gives (the first: an input of the module)."""

    rows: tuple[Row, ...]
    linked: tuple[bool, ...]
    sides: tuple[Side, ...]
    arcs: tuple[Arc, ...]


def arrange(module: Module) -> Arrangement:
    """Arrange the steps of a module."""
    return _Arranger(module).arrangement()


def boxes(row: Row) -> Iterator[int]:
    """The steps of a row that have boxes of their own."""
    match row:
        case Layer(steps):
            yield steps[0]
        case Run(rows=rows):
            yield from (box for inner in rows for box in boxes(inner))
        case Branches(paths=paths, join=join):
            yield from (box for path in paths for inner in path for box in boxes(inner))
            yield join.steps[0]


class _Arranger:
    def __init__(self, module: Module) -> None:
        self.module = module
        self.readers = count_readers(module)
        self.fans = {fan.join: fan for fan in find_fans(module) if not _has_skip(module, fan)}
        self.passed = {index for index, step in enumerate(module.steps) if is_passed_by(module, step)}
        self.in_fans = {index for fan in self.fans.values() for chain in fan.chains for index in chain}
        self.aux = [index for index, step in enumerate(module.steps) if step.role == "aux"]
        self.weights = _weights(module)
        self.runs = {run.first: run for run in find_runs(module) if run.copies > 1 and not run.is_braid}
        self.sides: list[tuple[SideKind, int, int, tuple[int, ...]]] = []
        """Kind, source, target, steps."""

    def arrangement(self) -> Arrangement:
        for index, step in enumerate(self.module.steps):
            if len(step.inputs) > 1 and index not in self.fans:
                self._find_sides(index)
        aside = {at for _, _, _, chain in self.sides for at in chain}.union(
            self.aux, self.passed, self.in_fans
        )
        rows = self._rows([index for index in range(len(self.module.steps)) if index not in aside])
        row_of = {at: place for place, row in enumerate(rows) for at in _steps(row)}
        sides = [
            Side(kind, self._beside(row_of[target], rows), source, target, self._rows(chain))
            for kind, source, target, chain in self.sides
        ]
        sides.extend(self._aux_sides(row_of, len(rows)))
        linked, arcs = self._link(rows)
        return Arrangement(rows, linked, tuple(sides), arcs)

    def _beside(self, target: int, rows: tuple[Row, ...]) -> int:
        """The row beside which a path into the row `target` stands: the one above, but for joins that others enter."""
        entered = {join for _, _, join, _ in self.sides}
        return next((at for at in reversed(range(target)) if _first(rows[at]) not in entered), 0)

    def _find_sides(self, join: int) -> None:
        """All paths into a join but the weightiest stand beside it, if they are straight lines."""
        inputs = self.module.steps[join].inputs
        main = max(inputs, key=self._rank)
        for value in inputs:
            source, chain = self._straight_line(value)
            if value == main or not chain:
                continue
            is_shortcut = any(self.module.steps[index].role == "shortcut" for index in chain)
            self.sides.append(("shortcut" if is_shortcut else "path", source, join, chain))

    def _rank(self, value: int) -> tuple[bool, bool, int, int]:
        """How much of the main path a value is."""
        if value < len(self.module.inputs):
            return (False, False, 0, value)
        index = value - len(self.module.inputs)
        is_shortcut = self.module.steps[index].role == "shortcut"
        return (not is_shortcut, index not in self.passed, self.weights[value], value)

    def _straight_line(self, value: int) -> tuple[int, tuple[int, ...]]:
        """The steps that lead to `value` and nowhere else, and the value from which they start."""
        chain: list[int] = []
        while value >= len(self.module.inputs) and self.readers[value] == 1:
            index = value - len(self.module.inputs)
            step = self.module.steps[index]
            if len(step.inputs) > 1 or index in self.in_fans:
                break
            if index not in self.passed:
                chain.insert(0, index)
            value = step.inputs[0]
        return value, tuple(chain)

    def _rows(self, indices: Sequence[int]) -> tuple[Row, ...]:
        """The rows of some steps; a run is one only where all of it is among them."""
        rows: list[Row] = []
        wanted = frozenset(indices)
        done: set[int] = set()
        for index in indices:
            if index in done:
                continue
            run = self.runs.get(index)
            steps = range(index, run.stop) if run else range(0)
            if run and wanted.issuperset(steps):
                done.update(steps)
                rows.append(self._run(run))
            else:
                self._add(rows, index)
        return tuple(rows)

    def _add(self, rows: list[Row], index: int) -> None:
        if index in self.fans:
            rows.append(self._branches(self.fans[index]))
        elif rows and self._stands_in_box_of(rows[-1], index):
            rows[-1] = _with(rows[-1], index)
        else:
            rows.append(Layer((index,)))

    def _branches(self, fan: Fan) -> Branches:
        return Branches(fan.source, tuple(self._rows(chain) for chain in fan.chains), Layer((fan.join,)))

    def _run(self, run: FoundRun) -> Run:
        rows: list[Row] = []
        for index in run.unit:
            self._add(rows, index)
        first, last = self.module.steps[run.unit[-1]], self.module.steps[run.stop - 1]
        before = entering(self.module, run.first)
        growth = f"{before[0]} → {last.shape[0]} channels" if first.shape != last.shape else ""
        return Run(run.first, run.length, run.copies, growth, tuple(rows))

    def _stands_in_box_of(self, row: Row, index: int) -> bool:
        step = self.module.steps[index]
        if not isinstance(step.target, Op) or len(step.inputs) > 1 or isinstance(row, Run):
            return False
        last = _last(row)
        value = self.module.value(last)
        return (
            isinstance(self.module.steps[last].target, Op)
            and step.inputs == (value,)
            and self.readers[value] == 1
            and stands_beside(step.target, entering(self.module, index))
        )

    def _aux_sides(self, row_of: dict[int, int], rows: int) -> list[Side]:
        """An auxiliary head stands beside the row below the one it reads."""
        heads: dict[str, list[int]] = {}
        for index in self.aux:
            step = self.module.steps[index]
            heads.setdefault(step.section or step.name, []).append(index)
        sides = []
        for name, indices in heads.items():
            source = self.module.steps[indices[0]].inputs[0]
            above = row_of.get(source - len(self.module.inputs), -1)
            beside = max(min(above + 1, rows - 1), 0)
            sides.append(Side("aux", beside, source, None, self._rows(indices), name))
        return sides

    def _link(self, rows: tuple[Row, ...]) -> tuple[tuple[bool, ...], tuple[Arc, ...]]:
        through_sides = {(target, self.module.value(chain[-1])) for _, _, target, chain in self.sides}
        linked: list[bool] = []
        arcs: list[Arc] = []
        above = self._reads(rows[0])[0] if rows else 0
        for row in rows:
            index = _first(row)
            reads = self._reads(row)
            linked.append(above in reads)
            rest = Counter(reads) - Counter([above])
            arcs.extend(
                Arc(self._passed_value(value), index)
                for value in rest.elements()
                if (index, value) not in through_sides
            )
            above = self.module.value(_last(row))
        return tuple(linked), tuple(arcs)

    def _reads(self, row: Row) -> tuple[int, ...]:
        """The values that a row reads."""
        if isinstance(row, Branches):
            return (row.source,)
        return self.module.steps[_first(row)].inputs

    def _passed_value(self, value: int) -> int:
        """The value behind a branch that passes it on."""
        index = value - len(self.module.inputs)
        return self.module.steps[index].inputs[0] if index in self.passed else value


def _has_skip(module: Module, fan: Fan) -> bool:
    """Whether a path only cuts or pads what it carries: it then is a skip, and the other path the column."""
    targets = [[module.steps[index].target for index in chain] for chain in fan.chains]
    return any(all(isinstance(op, Op) and op.kind == "reshape" for op in chain) for chain in targets)


def _weights(module: Module) -> list[int]:
    """For each value the length of the longest path of steps to it."""
    weights = [0] * len(module.inputs)
    for step in module.steps:
        weights.append(1 + max((weights[value] for value in step.inputs), default=0))
    return weights


def _first(row: Row) -> int:
    match row:
        case Layer(steps):
            return steps[0]
        case Run(first):
            return first
        case Branches(join=join):
            return join.steps[0]


def _last(row: Row) -> int:
    match row:
        case Layer(steps):
            return steps[-1]
        case Run():
            return row.steps[-1]
        case Branches(join=join):
            return join.steps[-1]


def _steps(row: Row) -> tuple[int, ...]:
    match row:
        case Layer(steps):
            return steps
        case Run():
            return tuple(row.steps)
        case Branches(join=join):
            return join.steps


def _with(row: Row, index: int) -> Row:
    """The row with a further step in its box."""
    match row:
        case Layer(steps):
            return Layer((*steps, index))
        case Branches(source, paths, join):
            return Branches(source, paths, Layer((*join.steps, index)))
        case Run():
            return row
