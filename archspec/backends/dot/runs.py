"""What of a module is drawn once for several copies: what the spec itself says over and over.

In: a module. Out: its steps as `Run`s, in order.
Holds: a run of more than one copy comes from a `repeat` or from neighbouring rows of one `for`; its copies hold the
same layers, joined in the same way, on the same shapes, each fed by the one before, and nobody outside reads what is
inside of one. In a braid, each copy hands several values to the next, and the last to whoever reads them. Two
differences are let pass: how much copies drop, and, of one block called with the same arguments, their input's channels
(the layers of a DenseNet).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from archspec.backends.dot.reading import (
    differs_in_shape_alone,
    entering,
    has_errors,
    is_one_box,
    looks_like,
    stands_beside,
)
from archspec.ir import Module, Row, Step
from archspec.ops.base import Op
from archspec.records import dataclass

FEWEST_BOXES = 5
"""The fewest copies of a single box that are folded: an outline takes the room of several."""


@dataclass(frozen=True, slots=True)
class Run:
    """The `length` steps from `first` on, as often as `copies` says. `is_unit`: one step is all that a copy of a
    `repeat` or a row of a loop is. `is_braid`: a copy gives several values to the next.
    """

    first: int
    length: int = 1
    copies: int = 1
    is_unit: bool = False
    is_braid: bool = False

    @property
    def unit(self) -> range:
        """The steps of the first copy."""
        return range(self.first, self.first + self.length)

    @property
    def stop(self) -> int:
        return self.first + self.length * self.copies


def find_runs(module: Module, fewest: int = FEWEST_BOXES) -> tuple[Run, ...]:
    """All steps of a module, in runs. `fewest`: the fewest copies of a single box that are a run."""
    return tuple(_Runs(module, fewest).find())


def find_rows(module: Module, fewest: int = FEWEST_BOXES) -> tuple[Run, ...]:
    """All steps of a module, what an outermost loop adds in one row together; neighbouring rows that are alike, as a
    run.
    """
    return tuple(_Runs(module, fewest).between(range(len(module.steps)), 0, opened=False))


def find_runs_in(module: Module, row: Run) -> tuple[Run, ...]:
    """The steps of a row of an outermost loop, in runs."""
    return tuple(_Runs(module, FEWEST_BOXES).between(row.unit, 1, opened=True))


def is_single_box(module: Module, run: Run) -> bool:
    """Whether one copy of a run is one layer with what stands in its box."""
    first = module.steps[run.first].target
    return (isinstance(first, Op) or is_one_box(first)) and all(
        isinstance(target, Op) and stands_beside(target, entering(module, index))
        for index in run.unit[1:]
        for target in (module.steps[index].target,)
    )


class _Runs:
    def __init__(self, module: Module, fewest: int) -> None:
        self.module = module
        self.fewest = fewest
        self.last_reader: dict[int, int] = {}
        for index, step in enumerate(module.steps):
            self.last_reader |= dict.fromkeys(step.inputs, index)
        self.last_reader |= dict.fromkeys(module.outputs, len(module.steps))

    def find(self) -> Iterator[Run]:
        if self.module.structure == "repeat":
            return self._folded([range(index, index + 1) for index in range(len(self.module.steps))])
        return self.between(range(len(self.module.steps)), 0, opened=True)

    def between(self, steps: range, depth: int, *, opened: bool) -> Iterator[Run]:
        """The runs of some steps, by the rows of the loops that are `depth` loops deep; `opened`: rows that are not
        repeated are taken apart.
        """
        index = steps.start
        while index < steps.stop:
            row = _row(self.module.steps[index], depth)
            if row is None:
                yield Run(index)
                index += 1
                continue
            units: list[range] = []
            while index < steps.stop:
                here = _row(self.module.steps[index], depth)
                if here is None or here.loop is not row.loop:
                    break
                first = index
                while index < steps.stop and _row(self.module.steps[index], depth) is here:
                    index += 1
                units.append(range(first, index))
            for run in self._folded(units):
                is_nested = _row(self.module.steps[run.first], depth + 1) is not None
                if opened and run.copies == 1 and (run.length > 1 or is_nested):
                    yield from self.between(run.unit, depth + 1, opened=True)
                else:
                    yield run

    def _folded(self, units: Sequence[range]) -> Iterator[Run]:
        at = 0
        while at < len(units):
            copies = self._count_copies(units, at, self._repeats)
            is_braid = copies == 1
            if is_braid:
                copies = self._count_copies(units, at, self._braids)
            is_unit = len(units[at]) == 1
            run = Run(units[at].start, len(units[at]), copies, is_unit, is_braid and copies > 1)
            if 1 < copies < self.fewest and is_single_box(self.module, run):
                copies = 1
            yield replace(run, copies=copies)
            at += copies

    def _count_copies(
        self, units: Sequence[range], at: int, is_copy: Callable[[range, range, range], bool]
    ) -> int:
        copies = 1
        while at + copies < len(units) and is_copy(units[at], units[at + copies - 1], units[at + copies]):
            copies += 1
        return copies

    def _braids(self, unit: range, before: range, copy: range) -> bool:
        """Whether `copy` does with several values of `before` what `unit` does with as many others."""
        fed, fed_copy = self._read_from_outside(unit), self._read_from_outside(copy)
        if len(unit) != len(copy) or len(fed) < 2 or len(fed) != len(fed_copy):
            return False
        handed = [value - self.module.value(before.start) for value in fed_copy]
        second = range(unit.stop, unit.stop + len(unit))
        if handed != [value - self.module.value(unit.start) for value in self._read_from_outside(second)]:
            return False
        made = [self.module.value(index) for index in before]
        is_handed_on = all(value in made for value in fed_copy)
        if not is_handed_on or any(self.last_reader.get(value, 0) >= copy.stop for value in made):
            return False
        shift = copy.start - unit.start
        moved = dict(zip(fed, fed_copy, strict=True))
        moved |= {self.module.value(index): self.module.value(index + shift) for index in unit}
        return all(
            self.module.shape(value) == self.module.shape(other) for value, other in moved.items()
        ) and all(
            self._does_what(one, one + shift, [moved[value] for value in self.module.steps[one].inputs])
            for one in unit
        )

    def _does_what(self, one: int, other: int, inputs: list[int]) -> bool:
        mine, theirs = self.module.steps[one], self.module.steps[other]
        return (
            mine.role == theirs.role
            and list(theirs.inputs) == inputs
            and not (mine.errors or theirs.errors)
            and looks_like(mine.target, theirs.target)
        )

    def _read_from_outside(self, unit: range) -> list[int]:
        """The values that a unit reads and does not make, in the order in which it reads them."""
        first = self.module.value(unit.start)
        reads = (value for index in unit for value in self.module.steps[index].inputs)
        return list(dict.fromkeys(value for value in reads if value < first))

    def _repeats(self, unit: range, before: range, copy: range) -> bool:
        """Whether `copy`, which comes after `before`, does what `unit` does."""
        steps = self.module.steps
        if len(unit) != len(copy) or self._is_read_inside(unit) or self._is_read_inside(copy):
            return False
        shift = copy.start - unit.start
        inside = range(self.module.value(unit.start), self.module.value(unit.stop))
        fed, fed_copy = self._before(unit), self.module.value(before.stop - 1)
        if not any(fed in steps[index].inputs for index in unit):
            return False
        for one, other in zip(unit, copy, strict=True):
            mine, theirs = steps[one], steps[other]
            moved = [
                value + shift if value in inside else fed_copy if value == fed else value
                for value in mine.inputs
            ]
            if mine.role != theirs.role or mine.errors or theirs.errors or list(theirs.inputs) != moved:
                return False
            if not self._looks_like(one, other, alone=len(unit) == 1):
                return False
        return True

    def _looks_like(self, one: int, other: int, *, alone: bool) -> bool:
        mine, theirs = self.module.steps[one], self.module.steps[other]
        if entering(self.module, one) == entering(self.module, other):
            return looks_like(mine.target, theirs.target)
        differ = alone and differs_in_shape_alone(mine, theirs)
        return differ and not any(
            has_errors(step.target) for step in (mine, theirs) if isinstance(step.target, Module)
        )

    def _before(self, unit: range) -> int:
        return self.module.value(unit.start - 1) if unit.start else 0

    def _is_read_inside(self, unit: range) -> bool:
        """Whether a step after the unit reads anything but its last value."""
        return any(
            self.last_reader.get(self.module.value(index), 0) >= unit.stop
            for index in range(unit.start, unit.stop - 1)
        )


def _row(step: Step, depth: int) -> Row | None:
    """The row of the loop that is `depth` loops inside the outermost, of those that the step comes from."""
    rows: list[Row] = []
    row = step.row
    while row is not None:
        rows.insert(0, row)
        row = row.loop.outer
    return rows[depth] if depth < len(rows) else None
