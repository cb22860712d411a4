"""How the numbers of a summary are written for people.

In: rows and totals. Out: short strings, the same in the terminal, in Markdown and in LaTeX.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal, TypeAlias

from archspec.backends.summary.rows import Row, Summary
from archspec.backends.wording import bytes_text, short_count
from archspec.passes.receptive_field import Field
from archspec.passes.windows import size_text

Side: TypeAlias = Literal["size", "stride", "padding"]


def per_axis(field: Field, side: Side) -> tuple[int | Fraction, ...]:
    """One number for each spatial axis; the size 0 stands for the whole axis."""
    match side:
        case "size":
            return tuple(axis.size for axis in field.axes)
        case "stride":
            return tuple(axis.stride for axis in field.axes)
        case "padding":
            return tuple(axis.padding for axis in field.axes)


def per_axis_text(field: Field, side: Side) -> str:
    """One number where the axes agree, else `7 × 1`; `all` for an axis that is seen whole, `≤ 7` for a bound."""
    sizes = map(size_text, field.axes)
    texts = list(sizes if side == "size" else map(str, per_axis(field, side)))
    return texts[0] if len(set(texts)) == 1 else " × ".join(texts)


def field_text(row: Row) -> str:
    """`435 /32`: the receptive field, and the stride between neighbours; `all` where a value has no positions left;
    `27 … 43 /4` from the first of several copies to the last.
    """
    (size, stride), (last_size, last_stride) = map(_size_and_stride, (row.field, row.last_field))
    if stride != last_stride:
        return f"{size}{stride} … {last_size}{last_stride}"
    return f"{size}{stride}" if size == last_size else f"{size} … {last_size}{stride}"


def _size_and_stride(field: Field) -> tuple[str, str]:
    if not field.axes:
        return "all", ""
    stride = per_axis_text(field, "stride")
    return per_axis_text(field, "size"), f" /{f'({stride})' if '/' in stride else stride}"


def share_text(share: float) -> str:
    """`12.3 %`; nothing for nothing."""
    if share == 0:
        return ""
    return "< 0.1 %" if share < 0.0005 else f"{share:.1%}".replace("%", " %")


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
            f"receptive field {per_axis_text(summary.field, 'size')}, "
            f"stride {per_axis_text(summary.field, 'stride')}, "
            f"padding {per_axis_text(summary.field, 'padding')}"
        )
    held = summary.memory
    where = f" at {held.peak_at}" if held.peak_at else ""
    yield (
        f"activations, batch {held.batch}, {summary.dtype}: "
        f"{bytes_text(held.inference_peak)} at the peak of inference{where}; "
        f"{bytes_text(held.training)} kept for the backward pass"
    )
