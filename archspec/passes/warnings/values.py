"""Who makes a value, and who reads it, across the borders of modules.

In: a graph. Out: the values of its distinct modules, each with the op that makes it and the ops that read it, however
deep in modules they stand.

What holds: a value that leaves a module, and that nothing inside reads, is found where it is read: in the modules that
call this one. Of readers that stand in shared modules, each step counts once. Linear in the distinct modules, but for
the readers of a value, of which there are no more than distinct steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archspec.ir import Graph, Module, Step
from archspec.ops.base import Op, Shape
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class Layer:
    """A step that applies an op, in its module."""

    step: Step
    module: Module
    op: Op

    @property
    def inputs(self) -> tuple[Shape, ...]:
        return tuple(self.module.shape(value) for value in self.step.inputs)


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


def values_of(graph: Graph, modules: Sequence[Module]) -> tuple[Value, ...]:
    """The values of the graph's distinct modules, `modules`, but for those that merely leave one."""
    entries: dict[Module, tuple[_Reads, ...]] = {}
    makers: dict[Module, _Maker | None] = {}
    found: list[Value] = []
    for module in modules:
        is_root = module is graph.root
        outputs = {*module.outputs, *(aux.value for aux in graph.aux if is_root)}
        reads = _reads(module, outputs, entries)
        entries[module] = tuple(reads[: len(module.inputs)])
        makers[module] = None
        shared = {step.name for step in module.steps if step.shared}
        for index, step in enumerate(module.steps):
            at = module.value(index)
            maker = _maker(module, step, shared, makers)
            read = reads[at]
            if read.leaves and not read.layers and not is_root:
                if maker is not None and at == module.outputs[0]:
                    makers[module] = maker
                continue
            found.append(_value(maker, step.shape, read))
            if read.leaves and maker is not None and at == module.outputs[0]:
                makers[module] = _Maker(maker.layer, False, maker.reused)
        if is_root:
            found += [
                _value(None, shape, read) for shape, read in zip(module.inputs, entries[module], strict=True)
            ]
    return tuple(found)


def _value(maker: _Maker | None, shape: Shape, reads: _Reads) -> Value:
    return Value(
        None if maker is None else maker.layer,
        shape,
        tuple(reads.layers),
        reads.layers,
        reads.leaves or (maker is not None and not maker.alone),
        maker is not None and maker.reused,
    )


def _reads(module: Module, outputs: set[int], entries: Mapping[Module, tuple[_Reads, ...]]) -> list[_Reads]:
    """For each value of the module, who reads it."""
    count = len(module.inputs) + len(module.steps)
    layers: list[dict[Layer, bool]] = [{} for _ in range(count)]
    leaves = [value in outputs for value in range(count)]
    for step in module.steps:
        on_shortcut = step.role == "shortcut"
        if isinstance(step.target, Module):
            for value, inner in zip(step.inputs, entries[step.target], strict=True):
                leaves[value] |= inner.leaves
                for layer, flag in inner.layers.items():
                    layers[value][layer] = on_shortcut or flag
        else:
            layer = Layer(step, module, step.target)
            for value in step.inputs:
                layers[value][layer] = on_shortcut
    return [_Reads(read, leaving) for read, leaving in zip(layers, leaves, strict=True)]


def _maker(
    module: Module, step: Step, shared: set[str], makers: Mapping[Module, _Maker | None]
) -> _Maker | None:
    reused = step.name in shared
    if isinstance(step.target, Module):
        inner = makers[step.target]
        return inner and _Maker(inner.layer, inner.alone, inner.reused or reused)
    return _Maker(Layer(step, module, step.target), alone=True, reused=reused)
