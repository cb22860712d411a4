"""How much memory the activations of a network take.

In: a graph, a batch size and the bytes of one number. Out: `Memory`.
Holds: each distinct module is measured once for each set of inputs that its caller keeps alive.

Inference: the peak of what is alive at once, if every value is freed after its last reader; an op holds
its inputs and its result at the same time, and a view (`flatten`) takes nothing. Training: what the
backward pass keeps of the forward pass, each value once, however many layers keep it. Both are first
estimates: workspaces of convolution algorithms, fragmentation, optimizer state, gradients and the
parameters themselves come on top.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import assert_never

from archspec.ir import Graph, Module, distinct_modules
from archspec.ops.base import Op, Shape

CONVENTIONS = (
    "memory is that of activations alone: the peak of what is alive at once in inference, and what the "
    "backward pass keeps in training; parameters, gradients and workspaces come on top",
)

INDEX_BYTES = 8
"""`max_pool` keeps the place of each maximum as an int64."""
MASK_BYTES = 1
"""Dropout keeps which numbers it let through as booleans."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes. `peak_at` is the path of the op at which the peak of inference is reached; empty for the
    input alone.
    """

    batch: int
    element_bytes: int
    inference_peak: int
    peak_at: str
    training: int


@dataclass(frozen=True, slots=True)
class _Peak:
    """The largest number of elements alive while a module runs, its inputs among them, and the step where."""

    elements: int
    step: int | None
    keeps: tuple[bool, ...] = ()
    """Where `step` is a module: which of its inputs are still needed after it."""


@dataclass(frozen=True, slots=True)
class _Saved:
    """What the backward pass of a module keeps: elements of values inside it, bytes of indices and masks;
    and which of its inputs and whether its result, which the caller counts.
    """

    elements: int
    side_bytes: int
    inputs: tuple[bool, ...]
    result: bool


def measure_memory(graph: Graph, batch: int = 1, element_bytes: int = 4) -> Memory:
    """Measure inference without the auxiliary heads, and training with them."""
    peaks: dict[tuple[Module, tuple[bool, ...]], _Peak] = {}
    kept = (False,) * len(graph.root.inputs)
    peak = _peak(graph.root, kept, peaks)
    saved: dict[Module, _Saved] = {}
    for module in distinct_modules(graph.root):
        saved[module] = _saved(module, saved)
    whole = saved[graph.root]
    ends = [shape for shape, is_kept in zip(graph.root.inputs, whole.inputs, strict=True) if is_kept]
    if whole.result:
        ends.append(graph.root.shape(graph.root.outputs[0]))
    elements = whole.elements + sum(prod(shape) for shape in ends)
    return Memory(
        batch=batch,
        element_bytes=element_bytes,
        inference_peak=peak.elements * batch * element_bytes,
        peak_at=_path(graph.root, kept, peaks),
        training=(elements * element_bytes + whole.side_bytes) * batch,
    )


def _peak(
    module: Module, keeps: tuple[bool, ...], peaks: dict[tuple[Module, tuple[bool, ...]], _Peak]
) -> _Peak:
    """Recursion is bounded by the depth of modules."""
    known = peaks.get((module, keeps))
    if known is not None:
        return known
    last_read = _last_reads(module, keeps)
    alive = set(range(len(module.inputs)))
    storage = _storages(module)
    best = _Peak(_elements(module, alive, storage), None)
    for index, step in enumerate(module.steps):
        if step.role == "aux":
            continue
        alive = {value for value in alive if last_read[value] >= index}
        if isinstance(step.target, Module):
            needed_after = tuple(last_read[value] > index for value in step.inputs)
            inner = _peak(step.target, needed_after, peaks)
            others = alive - set(step.inputs)
            here = _Peak(_elements(module, others, storage) + inner.elements, index, needed_after)
        else:
            here = _Peak(_elements(module, alive | {module.value(index)}, storage), index)
        alive.add(module.value(index))
        if here.elements > best.elements:
            best = here
    peaks[module, keeps] = best
    return best


def _last_reads(module: Module, keeps: tuple[bool, ...]) -> list[int]:
    """For each value the index of the last step that reads it; one past the steps where it outlives the
    module.
    """
    end = len(module.steps)
    last = [end if kept else -1 for kept in keeps] + [-1] * end
    for index, step in enumerate(module.steps):
        if step.role == "aux":
            continue
        for value in step.inputs:
            last[value] = max(last[value], index)
    for value in module.outputs:
        last[value] = end
    return last


def _storages(module: Module) -> list[int]:
    """For each value the value whose memory it shares; itself, where it has its own."""
    storage = list(range(len(module.inputs)))
    for index, step in enumerate(module.steps):
        is_view = isinstance(step.target, Op) and step.target.views_input
        storage.append(storage[step.inputs[0]] if is_view else module.value(index))
    return storage


def _elements(module: Module, values: set[int], storage: list[int]) -> int:
    held: dict[int, int] = {}
    for value in values:
        held[storage[value]] = max(held.get(storage[value], 0), prod(module.shape(value)))
    return sum(held.values())


def _path(
    root: Module, keeps: tuple[bool, ...], peaks: Mapping[tuple[Module, tuple[bool, ...]], _Peak]
) -> str:
    names: list[str] = []
    module = root
    while True:
        peak = peaks[module, keeps]
        if peak.step is None:
            return ".".join(names)
        step = module.steps[peak.step]
        if step.role != "join":
            names.append(step.name)
        if not isinstance(step.target, Module):
            return ".".join(names)
        module, keeps = step.target, peak.keeps


def _saved(module: Module, saved: Mapping[Module, _Saved]) -> _Saved:
    """What the backward pass keeps of one run of `module`."""
    storage = _storages(module)
    is_kept = [False] * len(storage)
    elements = side_bytes = 0
    for index, step in enumerate(module.steps):
        shapes = tuple(module.shape(value) for value in step.inputs)
        if isinstance(step.target, Module):
            inner = saved[step.target]
            elements += inner.elements
            side_bytes += inner.side_bytes
            inputs, result = inner.inputs, inner.result
        else:
            inputs, result = _reads_in_backward(step.target, shapes)
            side_bytes += _side_bytes(step.target, step.shape)
        for value, reads in zip((*step.inputs, module.value(index)), (*inputs, result), strict=True):
            is_kept[storage[value]] = is_kept[storage[value]] or reads
    # The one result of a module is its caller's to count: the next layer may keep it too.
    result_storage = storage[module.outputs[0]] if len(module.outputs) == 1 else None
    first_step = len(module.inputs)
    elements += sum(
        prod(module.shape(value))
        for value in range(first_step, len(storage))
        if is_kept[value] and value != result_storage
    )
    result_kept = result_storage is not None and result_storage >= first_step and is_kept[result_storage]
    return _Saved(elements, side_bytes, tuple(is_kept[:first_step]), result_kept)


def _reads_in_backward(op: Op, shapes: tuple[Shape, ...]) -> tuple[tuple[bool, ...], bool]:
    """Which inputs, and whether the output, the op's backward pass reads."""
    none, every = (False,) * len(shapes), (True,) * len(shapes)
    match op.kind:
        case "conv" | "linear" | "norm" | "pool":
            return every, False
        case "activation":
            return (none, True) if op.saves_output else (every, False)
        case "join":
            return (every if op.key == "multiply" else none), False
        case "dropout" | "reshape" | "resample":
            return none, False
        case "other":
            return (every if op.weights(*shapes) else none), False
        case _:
            assert_never(op.kind)


def _side_bytes(op: Op, result: Shape) -> int:
    """Bytes that the backward pass keeps beside the values themselves."""
    if op.kind == "dropout":
        return prod(result) * MASK_BYTES
    if op.kind == "pool" and "max" in op.key:
        return prod(result) * INDEX_BYTES
    return 0
