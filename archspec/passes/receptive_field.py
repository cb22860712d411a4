"""How much of the input one position of a feature map sees.

In: a graph. Out: `ReceptiveFields`, from which the field of every step can be read.
Holds: fields compose, so each distinct module is measured once against its own inputs, and the field of a
step at a path is its module's field set into the caller's.

The arithmetic is that of Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural
Networks" (Distill, 2019): an op with window (k, s, p) after a field (r, S, P) gives (r + (k - 1) S, S s, P
+ p S). Where a map was enlarged, positions differ in what they see, in turn: `Window.phases` lists it, and what they
see is composed one by one. Where paths meet, the field runs from the earliest position that any of them sees to the
latest; where their centres agree, which is the rule, that is the largest of the fields.

It is exact, borders apart (a position at the border sees what the border leaves of it), with these exceptions: paths
that meet with different strides, windows that differ in more than `MAX_PHASES` ways, and a dilated kernel over a map
with positions that see nothing (a transposed convolution whose kernel is smaller than its stride), where it may be an
upper bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import reduce
from math import ceil, gcd, lcm

from archspec.ir import Graph, Module, Step, distinct_modules
from archspec.ops.base import MAX_PHASES, Span, Window, whole
from archspec.records import dataclass

CONVENTIONS = (
    "the receptive field is that of the last feature map before the network pools or flattens it whole, "
    "the maximum over paths; a gate computed from the whole map (squeeze-and-excite) is not counted as a path",
)


_MAX_WORK = 4096
"""How many positions are looked at to compose two windows, at the most; beyond it, a bound is given."""


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
    if isinstance(outer.stride, int) and not outer.phases and not inner.phases:
        return Window(
            size=outer.size + (inner.size - 1) * outer.stride,
            stride=outer.stride * inner.stride,
            padding=outer.padding + inner.padding * outer.stride,
        )
    if not (outer.is_exact and inner.is_exact):
        return _bound(outer, inner)
    rounds = len(outer.spans)
    period = len(inner.spans) * (rounds // gcd(rounds, inner.advance))
    if period > MAX_PHASES or period * min(rounds, inner.size) > _MAX_WORK:
        return _bound(outer, inner)
    spans = tuple(_through(outer, inner.at(position)) for position in range(period))
    return Window.repeating(spans, outer.advance * inner.advance * period // (rounds * len(inner.spans)))


def _through(outer: Window, span: Span | None) -> Span | None:
    """What the positions of `span` see together. Beyond one round at each end, those between see no further."""
    if span is None:
        return None
    first, last = span
    rounds = len(outer.spans)
    ends = {*range(first, min(first + rounds, last + 1)), *range(max(last - rounds + 1, first), last + 1)}
    return _hull(outer.at(position) for position in ends)


def unite(one: Window, other: Window) -> Window:
    """From the earliest position that either sees to the latest. Exact where their strides agree; else the two drift
    apart, and it is what their first positions see.
    """
    if one.size == 0 or other.size == 0:
        return Window(size=0)
    period = lcm(len(one.spans), len(other.spans))
    if one.stride == other.stride and one.is_exact and other.is_exact and period <= MAX_PHASES:
        spans = tuple(_hull((one.at(position), other.at(position))) for position in range(period))
        return Window.repeating(spans, int(one.stride * period))
    padding = max(one.padding, other.padding)
    last = max(one.size - one.padding, other.size - other.padding)
    return Window(size=padding + last, stride=max(one.stride, other.stride), padding=padding)


def _hull(spans: Iterable[Span | None]) -> Span | None:
    seen = [span for span in spans if span is not None]
    return (min(first for first, _ in seen), max(last for _, last in seen)) if seen else None


def _bound(outer: Window, inner: Window) -> Window:
    """A window that holds what every position sees, for windows that differ in too many ways to be told apart."""
    before, after = (
        near + far * outer.stride for near, far in zip(_reach(outer), _reach(inner), strict=True)
    )
    return Window(
        size=ceil(before) + ceil(after) + 2,
        stride=whole(Fraction(outer.stride * inner.stride)),
        padding=ceil(before),
    )


def _reach(window: Window) -> tuple[Fraction, Fraction]:
    """How far position `i` sees at the most before and after `i * stride`."""
    if not window.is_exact:
        return Fraction(window.padding + 1), Fraction(window.size - 1 - window.padding)
    places = [(position * Fraction(window.stride), span) for position, span in enumerate(window.spans)]
    seen = [(place - span[0], span[1] - place) for place, span in places if span is not None]
    return max((before for before, _ in seen), default=Fraction(0)), max(
        (after for _, after in seen), default=Fraction(0)
    )
