"""The summary for programs: JSON and CSV.

In: a `Summary`. Out: text. Holds: keys and columns are only ever added; sizes are integers, a stride below 1 is a
fraction (0.5 where the map was enlarged twice).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias, get_args

from archspec.backends.summary.rows import CONVENTIONS, Row, Summary
from archspec.backends.summary.words import Side, per_axis, per_axis_text
from archspec.backends.wording import shape_text
from archspec.ops.base import Shape
from archspec.passes.receptive_field import Field

_Number: TypeAlias = int | float


def to_json(summary: Summary) -> str:
    """The summary for machines: `docs/summary.md` has the keys."""
    return json.dumps(
        {
            "name": summary.name,
            "variant": summary.variant or None,
            "title": summary.title,
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
                    "share": _share(summary, row),
                    "macs": row.macs,
                    "receptive_field": _field_data(row.field),
                    "activation_bytes": row.bytes,
                }
                for row in summary.nodes
            ],
        },
        ensure_ascii=False,
        indent=2,
    )


def to_csv(summary: Summary) -> str:
    """One line a node, with a head line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    known = ("path", "op", "what", "block", "output", "params", "macs", "receptive_field")
    writer.writerow((*known, "stride", "padding", "share", "activation_bytes"))
    for row in summary.nodes:
        size, stride, padding = (_field_text(row.field, side) for side in get_args(Side))
        costs = (row.params, row.macs, size, stride, padding, _share(summary, row), row.bytes)
        writer.writerow((row.path, row.op, row.what, row.block, shape_text(row.output), *costs))
    return text.getvalue()


def _share(summary: Summary, row: Row) -> float:
    return round(summary.share(row), 6)


def _one_or_all(shapes: Sequence[Shape]) -> list[int] | list[list[int]]:
    return list(shapes[0]) if len(shapes) == 1 else [list(shape) for shape in shapes]


def _field_text(field: Field, side: Side) -> str:
    return "" if not field.axes else per_axis_text(field, side)


def _field_data(field: Field | None) -> dict[str, bool | _Number | list[_Number]] | None:
    """One number where all axes agree, else one an axis; nothing for what has no positions. `exact`: no bound."""
    if field is None or not field.axes:
        return None
    data: dict[str, bool | _Number | list[_Number]] = {}
    for side in get_args(Side):
        numbers = [_plain(number) for number in per_axis(field, side)]
        data[side] = numbers[0] if len(set(numbers)) == 1 else numbers
    data["exact"] = all(axis.is_exact for axis in field.axes)
    return data


def _plain(number: int | Fraction) -> _Number:
    return float(number) if isinstance(number, Fraction) else number
