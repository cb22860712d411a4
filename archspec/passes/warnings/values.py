"""Who makes a value, and who reads it, across the borders of modules.

In: a graph. Out: the values of its distinct modules, each with the op that makes it and the ops that read it, however
deep in modules they stand.

What holds: a value that leaves a module, and that nothing inside reads, is found where it is read: in the modules that
call this one. Of readers that stand in shared modules, each step counts once. Linear in the distinct modules, but for
the readers of a value, of which there are no more than distinct steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from archspec.ir import Graph, Module, Step
from archspec.ops.base import Op, Shape
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class Layer:
    """A step that applies an op, in its module."""

    step: Step
    module: Module
    op: Op = field(compare=False)
    """The step's target: the step tells it from others."""

    @property
    def inputs(self) -> tuple[Shape, ...]:
        return self.module.inputs_of(self.step)


@dataclass(frozen=True, slots=True)
class Value:
    """`maker` is None for an input of the network. `leaks`: it is an output as well, or read where it comes from.

    `reused`: the maker is a child that another step shares, so that its weights serve other values too.
    """

    maker: Layer | None
    shape: Shape
    readers: Sequence[Layer]
    on_shortcut: Mapping[Layer, bool]
    """Of each reader, whether it stands on the shortcut of a residual."""
    leaks: bool
    reused: bool


@dataclass(frozen=True, slots=True)
class _Reads:
    """Who reads a value; the flag of a reader says that it stands on a shortcut."""

    layers: Mapping[Layer, bool]
    leaves: bool


@dataclass(frozen=True, slots=True)
class _Maker:
    layer: Layer
    alone: bool
    """Nothing reads the value on its way out of the modules it is made in."""
    reused: bool


@dataclass(frozen=True, slots=True)
class Inside:
    """What is known of one module: who reads its inputs, who makes what it gives, and the values that stay in it."""

    entries: tuple[_Reads, ...]
    maker: _Maker | None
    values: tuple[Value, ...]


def values_of(graph: Graph, modules: Sequence[Module], known: dict[Module, Inside]) -> tuple[Value, ...]:
    """The values of the graph's distinct modules, `modules`, but for those that merely leave one.

    `known`: what is inside of modules of other graphs, and then of this one's too.
    """
    found: list[Value] = []
    for module in modules:
        inside = known.get(module)
        if inside is None:
            aux = [head.value for head in graph.aux] if module is graph.root else None
            inside = known[module] = _inside(module, aux, known)
        found += inside.values
    return tuple(found)


def _inside(module: Module, aux: Sequence[int] | None, known: Mapping[Module, Inside]) -> Inside:
    """`aux`: the values in which auxiliary heads end, of the root; None for any other module."""
    is_root = aux is not None
    reads = _reads(module, {*module.outputs, *(aux or ())}, known)
    entries = tuple(reads[: len(module.inputs)])
    made: _Maker | None = None
    found: list[Value] = []
    shared = {step.name for step in module.steps if step.shared}
    for index, step in enumerate(module.steps):
        at = module.value(index)
        maker = _maker(module, step, shared, known)
        read = reads[at]
        if read.leaves and not read.layers and not is_root:
            if maker is not None and at == module.outputs[0]:
                made = maker
            continue
        found.append(_value(maker, step.shape, read))
        if read.leaves and maker is not None and at == module.outputs[0]:
            made = _Maker(maker.layer, False, maker.reused)
    if is_root:
        found += [_value(None, shape, read) for shape, read in zip(module.inputs, entries, strict=True)]
    return Inside(entries, made, tuple(found))


def _value(maker: _Maker | None, shape: Shape, reads: _Reads) -> Value:
    return Value(
        None if maker is None else maker.layer,
        shape,
        tuple(reads.layers),
        reads.layers,
        reads.leaves or (maker is not None and not maker.alone),
        maker is not None and maker.reused,
    )


def _reads(module: Module, outputs: set[int], known: Mapping[Module, Inside]) -> list[_Reads]:
    """For each value of the module, who reads it."""
    count = len(module.inputs) + len(module.steps)
    layers: list[dict[Layer, bool]] = [{} for _ in range(count)]
    leaves = [value in outputs for value in range(count)]
    for step in module.steps:
        on_shortcut = step.role == "shortcut"
        if isinstance(step.target, Module):
            for value, inner in zip(step.inputs, known[step.target].entries, strict=True):
                leaves[value] |= inner.leaves
                for layer, flag in inner.layers.items():
                    layers[value][layer] = on_shortcut or flag
        else:
            layer = Layer(step, module, step.target)
            for value in step.inputs:
                layers[value][layer] = on_shortcut
    return [_Reads(read, leaving) for read, leaving in zip(layers, leaves, strict=True)]


def _maker(module: Module, step: Step, shared: set[str], known: Mapping[Module, Inside]) -> _Maker | None:
    reused = step.name in shared
    if isinstance(step.target, Module):
        inner = known[step.target].maker
        return inner and _Maker(inner.layer, inner.alone, inner.reused or reused)
    return _Maker(Layer(step, module, step.target), alone=True, reused=reused)
