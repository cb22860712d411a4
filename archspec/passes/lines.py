"""Which steps of a module share a line of its `forward`, and what each line's value is kept in.

In: a module, how each of its steps is written, and the values that are kept for auxiliary heads. Out: `Lines`, which
the emitter writes and by which the memory of a run is known: a name holds its value to the end of the line that
overwrites it, or of the function.

A convolution, its norm and its activation stand on one line, nested; so do the norm and activation before a
convolution, and the sum behind them. What flows along the main path is kept in `x`; where `x` must be kept for later,
in `out`; a value that is read later than by the next step, and a branch, in a variable of its own.

Holds: the lines together are the steps that compute something, in their order; those that auxiliary heads alone need
come last. A value is never overwritten while it is still to be read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from archspec.ir import Module
from archspec.records import dataclass

DEEPEST: Final = 4
"""Calls on one line."""

MOST_ARGUMENTS: Final = 3
"""A child that takes more of them is not itself an argument."""

MINOR_KINDS: Final = frozenset(("norm", "activation", "dropout"))
"""Ops that go along with the convolution, pool or layer before or after them."""

Variable: TypeAlias = Literal["x", "out", "own", "another"]
"""`own`: one called after the step. `another`: one more like `out`."""

MAIN: Final[tuple[Variable, ...]] = ("x", "out")
"""The variables that are used again and again."""


@dataclass(frozen=True, slots=True)
class Written:
    """How a step is written."""

    calls: int
    """So many calls, one in the other; none for what gives its input on."""
    is_child: bool
    """It is one call of a child."""
    is_passed_by: bool = False
    """`forward` asks whether it is there."""
    reads_weights: bool = False
    """It is a function of a child's weights: with those, its own call is long enough."""


@dataclass(frozen=True, slots=True)
class Line:
    """The steps on a line, in the order in which they run; the last one gives its value."""

    steps: tuple[int, ...]
    calls: int
    has_major: bool
    closed: bool
    """Minor steps stood before the major one: the next minor step begins a line."""
    is_conditional: bool


Fits: TypeAlias = Callable[[Line, int], bool]
"""Whether a line with one more step around it is short enough."""


def read_inputs(module: Module) -> tuple[int, ...]:
    """The inputs that a module looks at: its `forward` takes no others."""
    read = {value for step in module.steps for value in step.inputs}
    read.update(module.outputs)
    return tuple(at for at in range(len(module.inputs)) if at in read)


class Lines:
    """The steps of a module as they are written."""

    def __init__(self, module: Module, written: Sequence[Written], aux: Sequence[int] = ()) -> None:
        self.module = module
        self.written = written
        self._same: dict[int, int] = {}
        """The earlier value that a value is: what an identity gives."""
        self.reads: list[tuple[int, ...]] = []
        """The values that each step reads."""
        for index, step in enumerate(module.steps):
            given = step.inputs
            if isinstance(step.target, Module):
                given = tuple(step.inputs[at] for at in read_inputs(step.target))
            self.reads.append(tuple(map(self.source, given)))
            if not written[index].calls:
                self._same[module.value(index)] = self.reads[index][0]
        self.outputs = tuple(map(self.source, module.outputs))
        self.aux = tuple(map(self.source, aux))
        computing = [index for index, made in enumerate(written) if made.calls]
        self.readers = Counter(value for index in computing for value in self.reads[index])
        only_for_aux = self._only_for_aux(computing)
        self.steps = [index for index in computing if index not in only_for_aux]
        self.deferred = sorted(only_for_aux)
        """The steps that nothing but an auxiliary head needs."""
        self._place = {index: at for at, index in enumerate(self.steps)}
        self._following = dict(pairwise((*self.steps, *self.deferred)))
        self._last_read = self._last_reads()
        self._operands = frozenset(at for index in self.steps for at in self._branches_of(index))

    def source(self, value: int) -> int:
        """The value as it was computed."""
        return self._same.get(value, value)

    def _only_for_aux(self, computing: Sequence[int]) -> frozenset[int]:
        if not self.aux:
            return frozenset()
        needed = set(self.outputs)
        for index in reversed(computing):
            if self.module.value(index) in needed:
                needed.update(self.reads[index])
        return frozenset(index for index in computing if self.module.value(index) not in needed)

    def _last_reads(self) -> dict[int, int]:
        """The step that reads each value last; a number past the end for what is handed out or kept for a head."""
        last: dict[int, int] = {}
        for index in (*self.steps, *self.deferred):
            last.update(dict.fromkeys(self.reads[index], index))
        made_late = {self.module.value(index) for index in self.deferred}
        kept = {value for index in self.deferred for value in self.reads[index]} - made_late
        kept.update(self.outputs, self.aux)
        last.update(dict.fromkeys(kept, len(self.module.steps)))
        return last

    def _branches_of(self, index: int) -> Sequence[int]:
        """The steps right before a join that are its operands, one after the other, if each is a call of a child with
        what all of them read: they stand in the join."""
        target = self.module.steps[index].target
        if isinstance(target, Module) or target.kind != "join":
            return ()
        place = self._place[index]
        before = self.steps[max(0, place - len(self.reads[index])) : place]
        calls_in_order = tuple(map(self.module.value, before)) == self.reads[index]
        alike = {self.reads[at] for at in before}
        plain = all(self.written[at].is_child for at in before)
        alone = all(
            self.readers[value] == 1 and self._last_read[value] == index for value in self.reads[index]
        )
        return before if calls_in_order and plain and alone and len(alike) == 1 else ()

    # ------------------------------------------------------------ lines

    def lines(self, steps: Sequence[int], fits: Fits) -> Iterator[Line]:
        """The steps, joined to lines; `fits` is asked before a line grows."""
        line: Line | None = None
        operands: list[int] = []
        for index in steps:
            longer = None if line is None or index in self._operands else self._joined(line, index, fits)
            if line is not None and longer is None:
                yield line
                line = None
            if index in self._operands:
                operands.append(index)
                continue
            line = self._begun(operands, index) if longer is None else longer
            operands = []
        if line is not None:
            yield line

    def _begun(self, operands: Sequence[int], index: int) -> Line:
        made = self.written[index]
        return Line((*operands, index), made.calls, not self._is_minor(index), False, made.is_passed_by)

    def _joined(self, line: Line, index: int, fits: Fits) -> Line | None:
        """The line with step `index` around it; None if the step begins a line of its own."""
        value = self.module.value(line.steps[-1])
        made = self.written[index]
        calls = line.calls + made.calls
        alone = self.readers[value] == 1 and self._last_read.get(value) == index
        conditional = made.is_passed_by or line.is_conditional
        if not alone or calls > DEEPEST or conditional or not self._belongs(line, index):
            return None
        if not fits(line, index):
            return None
        major = not self._is_minor(index)
        closed = line.closed or (major and not line.has_major)
        return Line((*line.steps, index), calls, line.has_major or major, closed, False)

    def _belongs(self, line: Line, index: int) -> bool:
        """Whether a reader takes step `index` and the line before it for one thing."""
        step = self.module.steps[index]
        before = line.steps[-1]
        if self.written[before].is_child and len(self.reads[before]) > MOST_ARGUMENTS:
            return False
        if step.role == "join" and len(self.reads[index]) > 1:
            role = self.module.steps[before].role
            return role == "shortcut" or (role != "branch" and line.calls == 1)
        if step.role == "join" or self._is_minor(index):
            return not line.closed
        return not line.has_major and not self.written[index].reads_weights

    def _is_minor(self, index: int) -> bool:
        target = self.module.steps[index].target
        return not isinstance(target, Module) and target.kind in MINOR_KINDS

    # ------------------------------------------------------------ variables

    def variable(self, index: int, holds: Mapping[str, int]) -> Variable:
        """What keeps the value of a step. `holds`: the values that the variables in use hold."""
        value = self.module.value(index)
        if self.module.steps[index].role in ("branch", "shortcut"):
            return "own"
        if value not in self.outputs and self._is_read_later(index) and self._has_a_name(value):
            return "own"
        free = (name for name in MAIN if self._last_read.get(holds.get(name, -1), -1) <= index)
        return next(free, "another")

    def _has_a_name(self, value: int) -> bool:
        """Whether readers look for a value that is read later under the name of its step. In a residual they do not,
        where the two paths are `x` and `out`; but for one among others that a join takes.
        """
        if self.module.structure != "residual":
            return True
        last = self._last_read[value]
        return last < len(self.module.steps) and len(self.reads[last]) > 2

    def _is_read_later(self, index: int) -> bool:
        """Whether anything but the very next step reads the value of a step."""
        value = self.module.value(index)
        return self.readers[value] != 1 or self._last_read[value] != self._following.get(index)
