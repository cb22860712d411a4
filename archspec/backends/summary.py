"""What a network consists of and costs, as rows: a tree for people, a list of ops for machines.

In: a graph. Out: a `Summary`, and it as JSON, CSV, Markdown or a table for the terminal.
Holds: the rows stand in the order in which the network runs; the parameters of the ops add up to the
total, and so do the MACs of those outside the auxiliary heads; what the compiler chose by itself is said
in `note`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from archspec.backends.wording import bytes_text, network_title, shape_text, short_count, visible
from archspec.ir import Graph, Module, Step, walk
from archspec.ops.base import Glyph, Shape
from archspec.passes import cost, memory, receptive_field
from archspec.passes.cost import Costs, count_cost
from archspec.passes.memory import Memory, measure_memory
from archspec.passes.receptive_field import Field, ReceptiveFields, measure_receptive_fields

if TYPE_CHECKING:
    from rich.console import RenderableType

DType: TypeAlias = Literal["float64", "float32", "float16", "bfloat16"]
_ELEMENT_BYTES: Final[dict[DType, int]] = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2}

CONVENTIONS: Final = (*cost.CONVENTIONS, *receptive_field.CONVENTIONS, *memory.CONVENTIONS)


@dataclass(frozen=True, slots=True)
class Row:
    """One op, or one module with what is in it summed up.

    `name` is the last of `path`, but for a join, which has no path of its own. `what` is the op as a
    picture writes it, or what kind of module it is. `copies` above 1: that many equal copies follow each
    other, and the numbers are those of one.
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
    field: Field | None
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
    ops: tuple[Row, ...]
    tree: tuple[Row, ...]


def summarise(graph: Graph, *, batch: int = 1, dtype: DType = "float32") -> Summary:
    """Summarise a network, with the memory of a batch of `batch` examples."""
    costs = count_cost(graph)
    fields = measure_receptive_fields(graph)
    return Summary(
        name=graph.name,
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
        ops=tuple(row for row in _rows(graph, costs, fields, fold=False) if not row.is_module),
        tree=tuple(_rows(graph, costs, fields, fold=True)),
    )


def to_json(summary: Summary) -> str:
    """The summary for machines: see the documentation of the command line for the keys."""
    return json.dumps(
        {
            "name": summary.name,
            "input": _one_or_all(summary.inputs),
            "output": _one_or_all(summary.outputs),
            "params": summary.params,
            "trainable_params": summary.trainable_params,
            "buffers": summary.buffers,
            "macs": summary.macs,
            "receptive_field": _field_data(summary.field),
            "memory": {
                "batch": summary.memory.batch,
                "dtype": summary.dtype,
                "inference_peak_bytes": summary.memory.inference_peak,
                "inference_peak_at": summary.memory.peak_at,
                "training_saved_bytes": summary.memory.training,
            },
            "aux": {"params": summary.aux_params, "macs": summary.aux_macs},
            "conventions": list(CONVENTIONS),
            "nodes": [
                {
                    "path": row.path,
                    "op": row.op,
                    "block": row.block or None,
                    "source": {"file": row.file, "line": row.line},
                    "inputs": [list(shape) for shape in row.inputs],
                    "output": list(row.output),
                    "params": row.params,
                    "macs": row.macs,
                    "receptive_field": _field_data(row.field),
                }
                for row in summary.ops
            ],
        },
        ensure_ascii=False,
        indent=2,
    )


def to_csv(summary: Summary) -> str:
    """One line an op, with a head line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("path", "op", "what", "block", "output", "params", "macs", "receptive_field"))
    for row in summary.ops:
        size = "" if row.field is None or not row.field.axes else _per_axis_text(row.field, "size")
        writer.writerow(
            (row.path, row.op, row.what, row.block, shape_text(row.output), row.params, row.macs, size)
        )
    return text.getvalue()


def to_markdown(summary: Summary, depth: int | None = None) -> str:
    """A table with the totals and the conventions below it."""
    lines = [
        f"# {_markdown(summary.title)}",
        "",
        "| path | op | output | parameters | MACs | |",
        "|---|---|---|--:|--:|---|",
    ]
    for row in shown(summary, depth):
        path = f"**{row.path}**" if row.is_module else row.path
        cells = (path, row.what, shape_text(row.output), f"{row.params:,}", f"{row.macs:,}", row.note)
        lines.append(f"| {' | '.join(_markdown(cell) if cell is not path else cell for cell in cells)} |")
    lines.append("")
    lines.extend(f"- {_markdown(total)}" for total in totals(summary))
    lines.extend(("", *(f"> {_markdown(convention)}" for convention in CONVENTIONS), ""))
    return "\n".join(lines)


def to_table(summary: Summary, depth: int | None = None) -> RenderableType:
    """The tree for the terminal, as something `rich` prints; no text in it is read as markup."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(summary.title, style="bold"), title_justify="left", pad_edge=False, box=None)
    for heading in ("path", "op", "output"):
        table.add_column(Text(heading), no_wrap=heading == "path")
    for heading in ("parameters", "MACs"):
        table.add_column(Text(heading), justify="right", no_wrap=True)
    notes = any(row.note for row in shown(summary, depth))
    if notes:
        table.add_column(Text("note"))
    for row in shown(summary, depth):
        style = "bold" if row.is_module else ""
        cells = [
            Text("  " * row.depth + row.name, style),
            Text(row.what, style),
            Text(shape_text(row.output), style),
            Text(f"{row.params:,}" if row.params else "", style),
            Text(f"{row.macs:,}" if row.macs else "", style),
        ]
        table.add_row(*cells, *([Text(row.note, "italic")] if notes else []))
    below = [Text(line) for line in ("", *totals(summary), "")]
    return Group(table, *below, *(Text(convention, "dim") for convention in CONVENTIONS))


def totals(summary: Summary) -> Iterator[str]:
    """The lines below the table."""
    yield f"parameters {summary.params:,} (trainable {summary.trainable_params:,}), buffers {summary.buffers:,}"
    yield f"MACs {summary.macs:,} ({short_count(summary.macs)})"
    if summary.aux_params:
        yield (
            f"auxiliary heads: parameters {summary.aux_params:,} (in the total), "
            f"MACs {summary.aux_macs:,} (in training only, not in the total)"
        )
    if summary.field is not None:
        yield (
            f"receptive field {_per_axis_text(summary.field, 'size')}, "
            f"stride {_per_axis_text(summary.field, 'stride')}, "
            f"padding {_per_axis_text(summary.field, 'padding')}"
        )
    held = summary.memory
    where = f" at {held.peak_at}" if held.peak_at else ""
    yield (
        f"activations, batch {held.batch}, {summary.dtype}: "
        f"{bytes_text(held.inference_peak)} at the peak of inference{where}; "
        f"{bytes_text(held.training)} kept for the backward pass"
    )


def shown(summary: Summary, depth: int | None) -> tuple[Row, ...]:
    """The rows of the tree down to `depth` (the network's own children are at 0); `None` shows all."""
    return tuple(row for row in summary.tree if depth is None or row.depth <= depth)


def _rows(graph: Graph, costs: Costs, fields: ReceptiveFields, *, fold: bool) -> Iterator[Row]:
    """The rows in running order; with `fold`, equal neighbours in a repeat are one row."""
    stack = [_Frame(graph.root, "", 0, fields.inputs, "", in_aux=False)]
    while stack:
        frame = stack[-1]
        module, index = frame.module, frame.index
        if index == len(module.steps):
            stack.pop()
            continue
        step = module.steps[index]
        copies = _copies(module, index) if fold else 1
        frame.index += copies
        name = step.name if copies == 1 else f"{step.name} … {module.steps[index + copies - 1].name}"
        path = frame.prefix + name if step.role != "join" else frame.prefix.rstrip(".")
        in_aux = frame.in_aux or step.role == "aux"
        field = fields.at(module, index, frame.inputs)
        row = _row(step, frame, path, name, field, costs.of(module, index), copies, in_aux)
        yield row
        if isinstance(step.target, Module):
            entering = fields.entering(module, step, frame.inputs)
            block = step.target.block.name if step.target.block else frame.block
            stack.append(_Frame(step.target, f"{path}.", frame.depth + 1, entering, block, in_aux))


@dataclass(slots=True)
class _Frame:
    """A module half walked."""

    module: Module
    prefix: str
    depth: int
    inputs: tuple[Field, ...]
    block: str
    in_aux: bool
    index: int = 0


def _row(
    step: Step, frame: _Frame, path: str, name: str, field: Field, own: cost.Cost, copies: int, in_aux: bool
) -> Row:
    inputs = tuple(frame.module.shape(value) for value in step.inputs)
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
        field=field,
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
        yield step.target.glyph(*(module.shape(value) for value in step.inputs))


def _one_or_all(shapes: Sequence[Shape]) -> list[int] | list[list[int]]:
    return list(shapes[0]) if len(shapes) == 1 else [list(shape) for shape in shapes]


_Side: TypeAlias = Literal["size", "stride", "padding"]


def _per_axis(field: Field, side: _Side) -> tuple[int, ...]:
    match side:
        case "size":
            return tuple(axis.size for axis in field.axes)
        case "stride":
            return tuple(axis.stride for axis in field.axes)
        case "padding":
            return tuple(axis.padding for axis in field.axes)


def _per_axis_text(field: Field, side: _Side) -> str:
    numbers = _per_axis(field, side)
    return str(numbers[0]) if len(set(numbers)) == 1 else shape_text(numbers)


def _field_data(field: Field | None) -> dict[str, int | list[int]] | None:
    """One number where all axes agree, else one an axis; nothing for what has no positions."""
    if field is None or not field.axes:
        return None
    data: dict[str, int | list[int]] = {}
    for side in get_args(_Side):
        numbers = _per_axis(field, side)
        data[side] = numbers[0] if len(set(numbers)) == 1 else list(numbers)
    return data


def _markdown(text: str) -> str:
    """The text with what Markdown or HTML would read as markup escaped."""
    return "".join(f"\\{character}" if character in "\\`*_[]<>|#" else character for character in text)
