"""What a network consists of and costs, as rows: a tree for people, a list of ops for machines.

In: a graph. Out: a `Summary`.
Holds: the rows stand in the order in which the network runs; the parameters of the ops add up to the
total, and so do the MACs of those outside the auxiliary heads; what the compiler chose by itself is said
in `note`.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, prod
from typing import Final, Literal, TypeAlias

from archspec.backends.wording import network_title, visible
from archspec.ir import Graph, Module, Step, walk
from archspec.ops.base import Glyph, Shape
from archspec.passes import cost, memory, receptive_field
from archspec.passes.cost import Costs, count_cost
from archspec.passes.memory import Memory, measure_memory
from archspec.passes.receptive_field import Field, ReceptiveFields, measure_receptive_fields
from archspec.records import dataclass

DType: TypeAlias = Literal["float64", "float32", "float16", "bfloat16"]
_ELEMENT_BYTES: Final[dict[DType, int]] = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2}

CONVENTIONS: Final = (*cost.CONVENTIONS, *receptive_field.CONVENTIONS, *memory.CONVENTIONS)


@dataclass(frozen=True, slots=True)
class Row:
    """One op, or one module with what is in it summed up.

    `name` is the last of `path`, but for a join, which has no path of its own. `what` is the op as a
    picture writes it, or what kind of module it is. `bytes` is the size of its output for the summary's batch.
    `copies` above 1: that many equal copies follow each other, and the numbers are those of one. Copies see more and
    more of the input: `field` is that of the first, and `last_field` that of the last, also of what is in a copy; they
    are equal elsewhere. `depth` counts the names of the path: the network's own children are at 1; a join is where its
    neighbours are.
    """

    path: str
    name: str
    op: str
    what: str
    block: str
    file: str
    line: int
    inputs: tuple[Shape, ...]
    output: Shape
    params: int
    macs: int
    field: Field
    last_field: Field
    bytes: int
    depth: int
    is_module: bool
    in_aux: bool
    note: str = ""
    copies: int = 1


@dataclass(frozen=True, slots=True)
class Summary:
    """The rows of a network and its totals. The MACs leave out the auxiliary heads, which run in training
    only.
    """

    name: str
    variant: str
    title: str
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    params: int
    trainable_params: int
    buffers: int
    macs: int
    aux_params: int
    aux_macs: int
    field: Field | None
    memory: Memory
    dtype: DType
    nodes: tuple[Row, ...]
    """Every op. With a depth: what is no deeper, and the modules at that depth in place of what is in them."""
    tree: tuple[Row, ...]
    """Every module, with what is in it behind it; equal copies are one row. With a depth: what is no deeper."""

    def share(self, row: Row) -> float:
        """The part of the network's parameters that the row holds, from 0 to 1."""
        return row.params / self.params if self.params else 0.0


def summarise(graph: Graph, *, batch: int = 1, dtype: DType = "float32", depth: int | None = None) -> Summary:
    """Summarise a network, with the memory of a batch of `batch` examples. `depth`: see `Summary`."""
    costs = count_cost(graph)
    fields = measure_receptive_fields(graph)
    number_bytes = batch * _ELEMENT_BYTES[dtype]
    deepest = inf if depth is None else depth
    tree = _rows(graph, costs, fields, number_bytes, fold=True)
    nodes = (
        row
        for row in _rows(graph, costs, fields, number_bytes, fold=False)
        if row.depth == deepest or not row.is_module
    )
    return Summary(
        name=graph.name,
        variant=graph.variant,
        title=network_title(graph),
        inputs=graph.root.inputs,
        outputs=tuple(graph.root.shape(value) for value in graph.root.outputs),
        params=costs.total.params,
        trainable_params=costs.total.trainable_params,
        buffers=costs.total.buffers,
        macs=costs.total.macs,
        aux_params=costs.aux.params,
        aux_macs=costs.aux.macs,
        field=fields.network,
        memory=measure_memory(graph, batch, _ELEMENT_BYTES[dtype]),
        dtype=dtype,
        nodes=tuple(row for row in nodes if row.depth <= deepest),
        tree=tuple(row for row in tree if row.depth <= deepest),
    )


def _rows(
    graph: Graph, costs: Costs, fields: ReceptiveFields, number_bytes: int, *, fold: bool
) -> Iterator[Row]:
    """The rows in running order; with `fold`, equal neighbours in a repeat are one row. `number_bytes`: of one number,
    for all examples of the batch.
    """
    stack = [_Frame(graph.root, "", 1, fields.inputs, fields.inputs, "", in_aux=False)]
    while stack:
        frame = stack[-1]
        module, index = frame.module, frame.index
        if index == len(module.steps):
            stack.pop()
            continue
        step = module.steps[index]
        copies = _copies(module, index) if fold else 1
        frame.index += copies
        last = module.steps[frame.index - 1]
        name = step.name if copies == 1 else f"{step.name} … {last.name}"
        path = frame.prefix + name if step.role != "join" else frame.prefix.rstrip(".")
        in_aux = frame.in_aux or step.role == "aux"
        seen = (
            fields.at(module, index, frame.inputs),
            fields.at(module, frame.index - 1, frame.last_inputs),
        )
        size = prod(step.shape) * number_bytes
        yield _row(step, frame, path, name, seen, size, costs.of(module, index), copies, in_aux)
        if isinstance(step.target, Module):
            entering = fields.entering(module, step, frame.inputs)
            last_entering = fields.entering(module, last, frame.last_inputs)
            block = step.target.block.name if step.target.block else frame.block
            stack.append(
                _Frame(step.target, f"{path}.", frame.depth + 1, entering, last_entering, block, in_aux)
            )


@dataclass(slots=True)
class _Frame:
    """A module half walked, for the first and the last of the places that its rows stand for: what the inputs of it
    see there.
    """

    module: Module
    prefix: str
    depth: int
    inputs: tuple[Field, ...]
    last_inputs: tuple[Field, ...]
    block: str
    in_aux: bool
    index: int = 0


def _row(
    step: Step,
    frame: _Frame,
    path: str,
    name: str,
    seen: tuple[Field, Field],
    size: int,
    own: cost.Cost,
    copies: int,
    in_aux: bool,
) -> Row:
    inputs = frame.module.inputs_of(step)
    target = step.target
    if isinstance(target, Module):
        op: str = target.structure
        block = target.block.name if target.block else ""
        what, note = block or _structure_text(target), _inferred(target)
        if copies > 1:
            what = f"{copies} × {what}, each"
    else:
        op, block, note = target.key, frame.block, ""
        what = target.glyph(*inputs).text
    if step.shared:
        note = "; ".join(filter(None, (note, "the same layer again")))
    return Row(
        path=path,
        name=name,
        op=op,
        what=visible(what),
        block=block,
        file=visible(step.origin.span.source.name),
        line=step.origin.span.line,
        inputs=inputs,
        output=step.shape,
        params=own.params,
        macs=own.macs,
        field=seen[0],
        last_field=seen[1],
        bytes=size,
        depth=frame.depth,
        is_module=isinstance(target, Module),
        in_aux=in_aux,
        note=visible(note),
        copies=copies,
    )


def _structure_text(module: Module) -> str:
    return "" if module.structure in ("sequence", "repeat", "network") else module.structure


def _copies(module: Module, index: int) -> int:
    if module.structure != "repeat" or not isinstance(module.steps[index].target, Module):
        return 1
    run = 1
    while index + run < len(module.steps) and module.steps[index + run].target is module.steps[index].target:
        run += 1
    return run


def _inferred(module: Module) -> str:
    """What the compiler chose for a skip: `shortcut: auto → projection 1×1, 128, /2`."""
    shortcut = module.shortcut
    if shortcut is None or not shortcut.automatic:
        return ""
    layers = [
        glyph.text
        for step in module.steps
        if step.role == "shortcut"
        for glyph in _glyphs(module, step)
        if not glyph.small
    ]
    return " ".join((f"shortcut: auto → {shortcut.kind}", *layers))


def _glyphs(module: Module, step: Step) -> Iterator[Glyph]:
    if isinstance(step.target, Module):
        for visit in walk(step.target):
            yield from _glyphs(visit.module, visit.step)
    else:
        yield step.target.glyph(*module.inputs_of(step))
