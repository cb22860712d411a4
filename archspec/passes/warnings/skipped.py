"""W0408: a stride that skips positions, which then nobody reads.

A window of `k` taps, `d` apart, that moves by `s` reads every position between its first and its last if its taps fall
on every remainder modulo `s`: if `k >= s`, and `s` and `d` have no common divisor. What lies behind the last window is
no matter of the stride.

What holds: positions that another reader of the same value reads are not lost, so that the strided 1×1 convolution of
a shortcut is in order beside a 3×3 convolution with that stride. Nor are they where a norm and an activation stand
before the strided convolution, and another reads what these read.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd
from typing import Final

from archspec.ir import Step
from archspec.ops.base import Shape
from archspec.ops.shapes import axis_word
from archspec.ops.sliding import Slide
from archspec.passes.warnings.places import Places
from archspec.passes.warnings.values import Layer, Value
from archspec.passes.warnings.windows import sliding

_POINTWISE: Final = frozenset(("activation", "norm", "dropout"))
_LONGEST_CHAIN: Final = 8
"""How many norms, activations and dropouts in a row are looked through."""


def warn(values: tuple[Value, ...], places: Places) -> None:
    read_by: dict[Step, list[Value]] = {}
    for value in values:
        for reader in value.readers:
            read_by.setdefault(reader.step, []).append(value)
    for value in values:
        if value.leaks or not value.readers:
            continue
        skipping = [
            (reader, axis) for reader in value.readers if (axis := _skipped_axis(reader, value.shape))
        ]
        if len(skipping) < len(value.readers) or _is_read_before(value, read_by):
            continue
        skipping.sort(key=lambda found: value.on_shortcut[found[0]])
        (reader, axis), *others = skipping
        windows = sliding(reader.op, value.shape, reader.step.shape)
        if windows is None:
            continue
        places.report(
            "W0408",
            reader,
            f"positions along the {axis_word(value.shape, axis)} that nobody reads",
            label=_said(windows.windows[axis - 1]),
            others=[(other, "reads no more") for other, _ in others],
            help="write a kernel at least as large as the stride, or put the stride on a layer with a larger kernel",
        )


def _is_read_before(value: Value, read_by: Mapping[Step, list[Value]]) -> bool:
    """Whether `value` is some other value, position by position, that another reader reads whole."""
    maker = value.maker
    for _ in range(_LONGEST_CHAIN):
        if maker is None or maker.op.kind not in _POINTWISE:
            return False
        sources = read_by.get(maker.step, [])
        for source in sources:
            others = (reader for reader in source.readers if reader.step is not maker.step)
            if source.leaks or any(_skipped_axis(reader, source.shape) is None for reader in others):
                return True
        maker = sources[0].maker if len(sources) == 1 else None
    return True


def _said(window: Slide) -> str:
    if window.kernel < window.stride:
        return f"kernel {window.kernel}, stride {window.stride}"
    return f"dilation {window.dilation}, stride {window.stride}: all taps fall on the same positions"


def _skipped_axis(reader: Layer, shape: Shape) -> int | None:
    """The first axis along which the reader's window steps over a position between its first and its last."""
    if reader.op.kind not in ("conv", "pool") or getattr(reader.op, "stride", None) == 1:
        return None
    windows = sliding(reader.op, shape, reader.step.shape)
    if windows is None:
        return None
    for axis, window, count in windows.axes():
        if count > 1 and _skips(window, count):
            return axis
    return None


def _skips(window: Slide, count: int) -> bool:
    stride = window.stride
    residues = min(window.kernel, stride // gcd(window.dilation, stride))
    if residues == stride:
        return False
    first = max(0, -window.before)
    last = min(window.length - 1, (count - 1) * stride - window.before + window.extent - 1)
    if last - first + 1 >= stride:
        return True
    read = {(tap * window.dilation - window.before) % stride for tap in range(residues)}
    return any(position % stride not in read for position in range(first, last + 1))
