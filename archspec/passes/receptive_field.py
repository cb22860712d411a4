"""How much of the input one position of a feature map sees.

In: a graph. Out: `ReceptiveFields`, from which the field of every step can be read.

What is measured, along each axis: from the first to the last position of the input that a position of the map can
depend on, as if no map had borders and every layer read all channels of its input; the most, where positions differ.
Where paths meet, that runs from the earliest position that any of them sees to the latest; where their centres agree,
which is the rule, it is the largest of the fields. `windows.py` has the arithmetic; a field that is a bound says so.

Holds: a module is measured once for each way in which its inputs see the network's. For all inputs whose positions
see alike (no `Window.phases`) it is measured once, against its own inputs, and set into what they see.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field as attribute
from functools import reduce
from typing import TypeAlias

from archspec.ir import Graph, Module, Step
from archspec.ops.base import MAX_PHASES, Shape, Window
from archspec.passes.windows import POINT, Effort, compose, unite
from archspec.records import dataclass

CONVENTIONS = (
    "the receptive field is that of the last feature map before the network pools or flattens it whole: from the first "
    "to the last position of the input that one position can depend on, over all paths and borders apart; the largest "
    "where positions differ; a gate computed from the whole map (squeeze-and-excite) is not counted as a path",
    f"≤ marks a bound: positions that differ in more than {MAX_PHASES:,} ways are not told apart",
)


@dataclass(frozen=True, slots=True)
class Field:
    """What one position sees of an input: one window for each spatial axis.

    No axes: the value has no positions left, it sees everything. `gated`: some path to it saw everything,
    beside the paths that `axes` tells of. In the windows, size 0 stands for the whole axis.
    """

    axes: tuple[Window, ...]
    gated: bool = False

    def then(self, inner: Field, shape: Shape, effort: Effort) -> Field:
        """The field of a value of `shape` that sees `inner` of a value that sees this."""
        gated = self.gated or inner.gated
        if not self.axes or not inner.axes:
            return Field((), gated=True)
        if len(self.axes) != len(inner.axes):  # a reshape in between has mixed the axes
            return Field((), gated=True)
        sides = zip(self.axes, inner.axes, shape[1:], strict=True)
        return Field(tuple(compose(outer, window, size, effort) for outer, window, size in sides), gated)

    def union(self, other: Field, shape: Shape, effort: Effort) -> Field:
        """The field of a value of `shape` that sees both."""
        gated = self.gated or other.gated
        if not self.axes or not other.axes:
            return Field(self.axes or other.axes, gated=True)
        if len(self.axes) != len(other.axes):
            return Field((), gated=True)
        sides = zip(self.axes, other.axes, shape[1:], strict=True)
        return Field(tuple(unite(mine, theirs, size, effort) for mine, theirs, size in sides), gated)

    @property
    def slides(self) -> bool:
        """Whether all positions see alike."""
        return not any(window.phases for window in self.axes)


_Seen: TypeAlias = tuple[Field | None, ...]
"""What each value of a module sees through one of its inputs; None for a value that does not depend on it."""


@dataclass(frozen=True, slots=True)
class ReceptiveFields:
    """`network` is the field of the last feature map (see `CONVENTIONS`); `None` where there never was one."""

    network: Field | None
    inputs: tuple[Field, ...]
    _measured: _Measured

    def at(self, module: Module, step_index: int, inputs: tuple[Field, ...]) -> Field:
        """The field of a step's result, where the module's inputs see `inputs` of the network's input."""
        return self._measured.field(module, module.value(step_index), inputs)

    def entering(self, module: Module, step: Step, inputs: tuple[Field, ...]) -> tuple[Field, ...]:
        """The fields of what flows into a step."""
        return tuple(self._measured.field(module, value, inputs) for value in step.inputs)


def measure_receptive_fields(graph: Graph) -> ReceptiveFields:
    """Find the last feature map, and measure what leads to it. The rest is measured when it is asked for."""
    inputs = tuple(_point(len(shape)) for shape in graph.root.inputs)
    fields = ReceptiveFields(None, inputs, _Measured())
    return ReceptiveFields(next(_feature_maps(fields, graph.root, inputs), None), inputs, fields._measured)


@dataclass(slots=True)
class _Measured:
    """What was found so far. Recursion is bounded by the depth of modules."""

    known: dict[tuple[Module, int, Field], _Seen] = attribute(default_factory=dict)
    effort: Effort = attribute(default_factory=Effort)

    def field(self, module: Module, value: int, inputs: tuple[Field, ...]) -> Field:
        """What a value sees, where the module's inputs see `inputs`."""
        shape = module.shape(value)
        each = (self._through(module, value, index, given) for index, given in enumerate(inputs))
        return reduce(
            lambda one, other: one.union(other, shape, self.effort),
            (field for field in each if field is not None),
        )

    def _through(self, module: Module, value: int, index: int, given: Field) -> Field | None:
        """What a value sees through input `index` alone, which sees `given`."""
        if not given.slides:
            return self._run(module, index, given)[value]
        own = self._run(module, index, _point(len(module.inputs[index])))[value]
        return None if own is None else given.then(own, module.shape(value), self.effort)

    def _run(self, module: Module, index: int, given: Field) -> _Seen:
        key = (module, index, given)
        if key not in self.known:
            values: list[Field | None] = [None] * len(module.inputs)
            values[index] = given
            for step in module.steps:
                values.append(self._step(module, step, values))
            self.known[key] = tuple(values)
        return self.known[key]

    def _step(self, module: Module, step: Step, values: list[Field | None]) -> Field | None:
        """What the result of a step sees: through all of its inputs together."""
        seen: Field | None = None
        windows: tuple[Window, ...] | None = None
        for position, value in enumerate(step.inputs):
            outer = values[value]
            if outer is None:
                continue
            if isinstance(step.target, Module):
                found = self._through(step.target, step.target.outputs[0], position, outer)
            else:
                if windows is None:
                    windows = step.target.windows(*(module.shape(each) for each in step.inputs))
                found = outer.then(_inner(module.shape(value), step, windows), step.shape, self.effort)
            if found is not None:
                seen = found if seen is None else seen.union(found, step.shape, self.effort)
        return seen


def _inner(shape: Shape, step: Step, windows: tuple[Window, ...]) -> Field:
    """What an op's result sees of an input of `shape`."""
    keeps_axes = len(shape) == len(step.shape) == len(windows) + 1
    sees_everything = not keeps_axes or all(window.size == 0 for window in windows)
    return Field((), gated=True) if sees_everything else Field(windows)


def _feature_maps(fields: ReceptiveFields, module: Module, inputs: tuple[Field, ...]) -> Iterator[Field]:
    """The fields of the module's feature maps, the last one first. Recursion is bounded by the depth of
    modules.
    """
    for index in reversed(range(len(module.steps))):
        step = module.steps[index]
        if step.role == "aux":
            continue
        field = fields.at(module, index, inputs)
        if field.axes:
            yield field
        elif isinstance(step.target, Module):
            yield from _feature_maps(fields, step.target, fields.entering(module, step, inputs))


def _point(rank: int) -> Field:
    """A value seen as it is. A vector has no positions: whoever reads it sees all of it."""
    return Field((POINT,) * (rank - 1), gated=rank == 1)
