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

from collections.abc import Iterator, Sequence
from dataclasses import field as attribute
from dataclasses import replace
from functools import reduce
from typing import TypeAlias

from archspec.diagnostics import InternalError
from archspec.ir import Graph, Module, Step
from archspec.ops.base import MAX_PHASES, POINT, WHOLE_AXIS, Along, Shape, Window
from archspec.ops.joins import Multiply
from archspec.passes.windows import Effort, compose, unite
from archspec.records import dataclass

CONVENTIONS = (
    "the receptive field is that of the last feature map before the network pools or flattens it whole: from the first "
    "to the last position of the input that one position can depend on, over all paths and borders apart; the largest "
    "where positions differ; all where a path sees the whole map; not counted as a path are a factor of a product "
    "that is computed from the whole map (the gate of squeeze-and-excite) and the statistics of any norm (batch, "
    "layer, instance, group)",
    f"≤ marks a bound: positions that differ in more than {MAX_PHASES:,} ways are not told apart",
)


@dataclass(frozen=True, slots=True)
class Field:
    """What one position of a value sees of an input: one window for each spatial axis of the input.

    `places`: the value's axis whose positions go along that axis of the input; None where there is none any more, and
    the window is the whole axis. No axes: the value has no positions left, it sees everything. `is_gate`: it reaches
    the value only as a factor of what sees less (see `as_factor`). In the windows, size 0 stands for the whole axis.
    """

    axes: tuple[Window, ...]
    places: tuple[int | None, ...]
    is_gate: bool = False

    def through(self, along: tuple[Along | None, ...], shape: Shape, effort: Effort) -> Field:
        """The field of what an op makes of a value that sees this: a value of `shape`."""
        sides = ((None if place is None else along[place]) for place in self.places)
        return self._seen_by([side or _NOWHERE for side in sides], shape, effort, self.is_gate)

    def then(self, inner: Field, shape: Shape, effort: Effort) -> Field:
        """The field of a value of `shape` that sees `inner` of a value that sees this: see `start`."""
        is_gate = self.is_gate or inner.is_gate
        return self._seen_by(list(zip(inner.places, inner.axes, strict=True)), shape, effort, is_gate)

    def _seen_by(
        self, sides: list[tuple[int | None, Window]], shape: Shape, effort: Effort, is_gate: bool
    ) -> Field:
        if all(place is None for place, _ in sides):
            return Field((), (), is_gate)
        axes = tuple(
            WHOLE_AXIS if place is None else compose(outer, window, shape[place], effort)
            for outer, (place, window) in zip(self.axes, sides, strict=True)
        )
        return Field(axes, tuple(place for place, _ in sides), is_gate)

    def union(self, other: Field, shape: Shape, effort: Effort) -> Field:
        """The field of a value of `shape` that sees both. A gate is not counted beside what is none."""
        if self.is_gate != other.is_gate:
            return other if self.is_gate else self
        if self.axes and other.axes and len(self.axes) != len(other.axes):  # of inputs of unequal ranks
            return Field((), (), self.is_gate)
        if not self.axes or not other.axes:
            placed = self.places or other.places
            return Field((WHOLE_AXIS,) * len(placed), placed, self.is_gate)
        sides = [
            _side_by_side(mine, theirs, shape, effort)
            for mine, theirs in zip(self._sides, other._sides, strict=True)
        ]
        return Field(tuple(window for _, window in sides), tuple(place for place, _ in sides), self.is_gate)

    def as_factor(self, is_stretched: bool) -> Field:
        """What it is in a product: a gate, where it sees everything or has one number for a whole channel."""
        if is_stretched:
            return Field((), (), is_gate=True)
        return replace(self, is_gate=self.is_gate or self.sees_everything)

    def start(self) -> Field:
        """What to measure from for `then`: this, as if it saw just itself."""
        axes = tuple(window if window.size == 0 else POINT for window in self.axes)
        return Field(axes, self.places)

    @property
    def sees_everything(self) -> bool:
        return all(window.size == 0 for window in self.axes)

    @property
    def slides(self) -> bool:
        """Whether all positions see alike."""
        return not any(window.phases for window in self.axes)

    @property
    def _sides(self) -> Iterator[tuple[int | None, Window]]:
        return zip(self.places, self.axes, strict=True)


_NOWHERE = (None, WHOLE_AXIS)


def _side_by_side(
    one: tuple[int | None, Window], other: tuple[int | None, Window], shape: Shape, effort: Effort
) -> tuple[int | None, Window]:
    """What a value of `shape` sees of one axis of the input, which it sees in two ways."""
    (place, window), (other_place, other_window) = one, other
    if place is None or other_place is None:
        return other_place if place is None else place, WHOLE_AXIS
    if place != other_place:
        return _NOWHERE
    return place, unite(window, other_window, shape[place], effort)


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
        each = [self._through(module, value, index, field) for index, field in enumerate(inputs)]
        seen = self._together(each, inputs, module.shape(value))
        if seen is None:
            raise InternalError(f"receptive_field: value {value} of a {module.structure} depends on no input")
        return seen

    def _through(self, module: Module, value: int, index: int, given: Field) -> Field | None:
        """What a value sees through input `index` alone, which sees `given`."""
        if not given.slides:
            return self._run(module, index, given)[value]
        own = self._run(module, index, given.start())[value]
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
        shapes = module.inputs_of(step)
        target = step.target
        along = None if isinstance(target, Module) else target.along(*shapes)
        found: list[Field | None] = []
        for position, value in enumerate(step.inputs):
            outer = values[value]
            if outer is None:
                found.append(None)
            elif isinstance(target, Module):
                found.append(self._through(target, target.outputs[0], position, outer))
            elif along is not None:
                field = outer.through(along, step.shape, self.effort)
                is_stretched = shapes[position][1:] != step.shape[1:]
                found.append(field.as_factor(is_stretched) if isinstance(target, Multiply) else field)
        return self._together(found, [values[value] for value in step.inputs], step.shape)

    def _together(
        self, found: Sequence[Field | None], given: Sequence[Field | None], shape: Shape
    ) -> Field | None:
        """What is seen over all paths, one from each of what is `given`."""
        paths = [field for field in found if field is not None]
        if not paths:
            return None
        seen = reduce(lambda one, other: one.union(other, shape, self.effort), paths)
        if not seen.is_gate or len(paths) < len(found):
            return seen
        if all(field is not None and field.is_gate for field in given):
            return seen
        return replace(seen, is_gate=False)  # every factor is here, and none sees less


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
    """A network's input seen as it is. A vector has no positions: it is not counted beside maps."""
    return Field((POINT,) * (rank - 1), tuple(range(1, rank)), is_gate=rank == 1)
