"""W0409: a window that sees nothing but padding. W0410: weights that nothing but padding ever meets.

Of W0409, a 1×1 convolution with `padding: 1` is the usual case: its border is made of biases. Of W0410, a dilation as
large as the map: of a 3×3 kernel with `dilation: 24, padding: 24` on a 14×14 map only the middle ever meets the input,
so that it is a 1×1 convolution (Chen et al., "Rethinking Atrous Convolution", 2017, section 3.3).

What holds: only padding with zeros counts; the other modes pad with what is in the map.
"""

from __future__ import annotations

from collections.abc import Sequence

from archspec.ir import Module
from archspec.ops.base import Shape
from archspec.ops.convolution import Conv
from archspec.ops.shapes import axis_word
from archspec.ops.sliding import Slide
from archspec.passes.warnings.places import Places
from archspec.passes.warnings.values import Layer
from archspec.passes.warnings.windows import sliding


def warn(modules: Sequence[Module], places: Places, *, open_sizes: bool) -> None:
    for module in modules:
        for step in module.steps:
            if (
                not isinstance(step.target, Module)
                and step.target.kind == "conv"
                and isinstance(step.target, Conv)
                and step.target.padding_mode == "zeros"
                and not _is_plain(step.target, module.shape(step.inputs[0]))
            ):
                _warn_of(Layer(step, module, step.target), places, open_sizes)


def _is_plain(op: Conv, shape: Shape) -> bool:
    """Whether one look shows that the padding is in order: nearly every convolution, and asked first for speed."""
    if op.padding == 0:
        return True
    if not isinstance(op.kernel, int) or not isinstance(op.dilation, int) or op.stride != 1:
        return False
    extent = (op.kernel - 1) * op.dilation + 1
    padding = op.padding if isinstance(op.padding, int) else extent // 2
    return not isinstance(op.padding, tuple) and padding < extent <= min(shape[1:])


def _warn_of(layer: Layer, places: Places, open_sizes: bool) -> None:
    shape = layer.inputs[0]
    windows = sliding(layer.op, shape, layer.step.shape)
    for axis, window, count in windows.axes() if windows is not None else ():
        if not window.before and not window.after:
            continue
        word = axis_word(shape, axis)
        if _is_blind(window, count):
            places.report(
                "W0409",
                layer,
                f"at some positions this convolution sees padding alone, along the {word}",
                label=f"kernel {window.extent}, padding {max(window.before, window.after)}",
                help=f"write a padding of at most {window.extent - 1}; half the kernel, {window.extent // 2}, "
                "keeps the size",
            )
            return
        met = sum(_meets(window, count, tap) for tap in range(window.kernel))
        if met < window.kernel and not open_sizes:
            dilated = f", dilation {window.dilation}" if window.dilation > 1 else ""
            places.report(
                "W0410",
                layer,
                f"of the kernel's {window.kernel} weights along the {word}, {window.kernel - met} only ever meet "
                "padding",
                label=f"kernel {window.kernel}{dilated}, on a {word} of {window.length}",
                help="write a smaller dilation"
                if dilated
                else "write a smaller kernel, or downsample less before it",
            )
            return


def _is_blind(window: Slide, count: int) -> bool:
    """Whether at one of its positions the window lies, with all its taps, outside the input."""
    if window.before >= window.extent or (count - 1) * window.stride - window.before >= window.length:
        return True
    if window.dilation <= window.length:
        return False
    starts = range(-window.before, min(count * window.stride - window.before, 0), window.stride)
    return any(start % window.dilation >= window.length for start in starts)


def _meets(window: Slide, count: int, tap: int) -> bool:
    """Whether a tap of the kernel lies in the input at any position of the window."""
    offset = tap * window.dilation - window.before
    first = max(0, -(offset // window.stride))
    return first < count and offset + first * window.stride < window.length
