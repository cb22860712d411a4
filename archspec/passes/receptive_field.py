"""How much of the input one position of a feature map sees.

In: a graph. Out: `ReceptiveFields`, from which the field of every step can be read.
Holds: fields compose, so each distinct module is measured once against its own inputs, and the field of a
step at a path is its module's field set into the caller's.

The arithmetic is that of Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural
Networks" (Distill, 2019): an op with window (k, s, p) after a field (r, S, P) gives (r + (k - 1) S, S s, P
+ p S). Where paths meet, the field runs from the earliest position that any of them sees to the latest;
where their centres agree, which is the rule, that is the largest of the fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

from archspec.ir import Graph, Module, Step, distinct_modules
from archspec.ops.base import Window

CONVENTIONS = (
    "the receptive field is that of the last feature map before the network pools or flattens it whole, "
    "the maximum over paths; a gate computed from the whole map (squeeze-and-excite) is not counted as a path",
)


@dataclass(frozen=True, slots=True)
class Field:
    """What one position sees of an input: one window for each spatial axis.

    No axes: the value has no positions left, it sees everything. `gated`: some path to it saw everything,
    beside the paths that `axes` tells of. In the windows, size 0 stands for the whole axis.
    """

    axes: tuple[Window, ...]
    gated: bool = False

    def then(self, inner: Field) -> Field:
        """The field of what sees `inner` of a value that sees this."""
        gated = self.gated or inner.gated
        if not self.axes or not inner.axes:
            return Field((), gated=True)
        if len(self.axes) != len(inner.axes):  # a reshape in between has mixed the axes
            return Field((), gated=True)
        axes = tuple(compose(outer, window) for outer, window in zip(self.axes, inner.axes, strict=True))
        return Field(axes, gated)

    def union(self, other: Field) -> Field:
        """The field of what sees both."""
        gated = self.gated or other.gated
        if not self.axes or not other.axes:
            return Field(self.axes or other.axes, gated=True)
        if len(self.axes) != len(other.axes):
            return Field((), gated=True)
        axes = tuple(unite(mine, theirs) for mine, theirs in zip(self.axes, other.axes, strict=True))
        return Field(axes, gated)


@dataclass(frozen=True, slots=True)
class ReceptiveFields:
    """`network` is the field of the last feature map (see `CONVENTIONS`); `None` where there never was one.

    `modules` holds, for each distinct module, for each of its values, the field over each input it depends
    on.
    """

    network: Field | None
    modules: Mapping[Module, tuple[Mapping[int, Field], ...]]
    inputs: tuple[Field, ...]

    def at(self, module: Module, step_index: int, inputs: tuple[Field, ...]) -> Field:
        """The field of a step's result, where the module's inputs see `inputs` of the network's input."""
        return self._seen(module, module.value(step_index), inputs)

    def entering(self, module: Module, step: Step, inputs: tuple[Field, ...]) -> tuple[Field, ...]:
        """The fields of what flows into a step."""
        return tuple(self._seen(module, value, inputs) for value in step.inputs)

    def _seen(self, module: Module, value: int, inputs: tuple[Field, ...]) -> Field:
        relative = self.modules[module][value]
        return reduce(Field.union, (inputs[index].then(field) for index, field in relative.items()))


def measure_receptive_fields(graph: Graph) -> ReceptiveFields:
    """Measure every distinct module once, then find the last feature map."""
    modules: dict[Module, tuple[Mapping[int, Field], ...]] = {}
    for module in distinct_modules(graph.root):
        modules[module] = _measure(module, modules)
    inputs = tuple(_point(len(shape)) for shape in graph.root.inputs)
    fields = ReceptiveFields(None, modules, inputs)
    return ReceptiveFields(next(_feature_maps(fields, graph.root, inputs), None), modules, inputs)


def _measure(
    module: Module, modules: Mapping[Module, tuple[Mapping[int, Field], ...]]
) -> tuple[Mapping[int, Field], ...]:
    values: list[Mapping[int, Field]] = [
        {index: _point(len(shape))} for index, shape in enumerate(module.inputs)
    ]
    for step in module.steps:
        seen: dict[int, Field] = {}
        for position, inner in _step_fields(module, step, modules).items():
            for index, outer in values[step.inputs[position]].items():
                field = outer.then(inner)
                seen[index] = seen[index].union(field) if index in seen else field
        values.append(seen)
    return tuple(values)


def _step_fields(
    module: Module, step: Step, modules: Mapping[Module, tuple[Mapping[int, Field], ...]]
) -> Mapping[int, Field]:
    """What a step's result sees of each of the step's inputs."""
    if isinstance(step.target, Module):
        return modules[step.target][step.target.outputs[0]]
    shapes = tuple(module.shape(value) for value in step.inputs)
    windows = step.target.windows(*shapes)
    fields: dict[int, Field] = {}
    for position, shape in enumerate(shapes):
        keeps_axes = len(shape) == len(step.shape) == len(windows) + 1
        sees_everything = not keeps_axes or all(window.size == 0 for window in windows)
        fields[position] = Field((), gated=True) if sees_everything else Field(windows)
    return fields


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
    return Field((Window(),) * (rank - 1), gated=rank == 1)


def compose(outer: Window, inner: Window) -> Window:
    """What is seen through `inner` of a value whose positions see `outer`."""
    if outer.size == 0 or inner.size == 0:
        return Window(size=0)
    return Window(
        size=outer.size + (inner.size - 1) * outer.stride,
        stride=outer.stride * inner.stride,
        padding=outer.padding + inner.padding * outer.stride,
    )


def unite(one: Window, other: Window) -> Window:
    """From the earliest position that either sees to the latest."""
    if one.size == 0 or other.size == 0:
        return Window(size=0)
    padding = max(one.padding, other.padding)
    last = max(one.size - one.padding, other.size - other.padding)
    return Window(size=padding + last, stride=max(one.stride, other.stride), padding=padding)
