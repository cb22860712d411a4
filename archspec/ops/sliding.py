"""The arithmetic of windows that slide over a feature map: convolutions and pools.

In: arguments as a spec writes them, and the input's shape. Out: one `Slide` for each spatial axis.

Padding by name: `half` is half the window on each side (`k // 2` without dilation), PyTorch's habit; `same` is that of
Keras and TensorFlow, an output of `ceil(n / stride)` whatever the kernel, with one more position after than before
where the amount is odd (https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from archspec.ops.base import Fault, Shape, Window
from archspec.ops.shapes import axis_word, per_axis
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class Slide:
    """A window along one axis of `length` positions, with the positions added before and after."""

    length: int
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int

    @property
    def extent(self) -> int:
        """How many positions the window spans."""
        return (self.kernel - 1) * self.dilation + 1

    @property
    def padded(self) -> int:
        return self.before + self.length + self.after

    def steps(self, *, ceil: bool = False) -> int:
        """How many positions the window takes; below 1 if it does not fit.

        With `ceil` the last window may hang over the end, but must not start in the padding behind the input.
        """
        # Written out: a network at the limits asks for this some hundred thousand times.
        free = self.before + self.length + self.after - (self.kernel - 1) * self.dilation - 1
        if not ceil:
            return free // self.stride + 1
        count = -(-free // self.stride) + 1
        return count - 1 if (count - 1) * self.stride >= self.before + self.length else count

    @property
    def window(self) -> Window:
        return Window(self.extent, self.stride, self.before, dilation=self.dilation)


def slides(
    shape: Shape,
    kernel: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    padding: int | tuple[int, ...] | Literal["half", "same"],
    dilation: int | tuple[int, ...] = 1,
) -> tuple[Slide, ...]:
    """One `Slide` for each spatial axis of `shape`. Lists have the right length: `need_one_per_axis` was asked."""
    return _slides(shape[1:], kernel, stride, padding, dilation)


@lru_cache(
    maxsize=1024
)  # shapes, costs and warnings ask for the same windows, and so do the copies of a block
def _slides(
    lengths: Shape,
    kernel: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    padding: int | tuple[int, ...] | Literal["half", "same"],
    dilation: int | tuple[int, ...],
) -> tuple[Slide, ...]:
    count = len(lengths)
    result = []
    for axis, (length, k, s, d) in enumerate(
        zip(lengths, per_axis(kernel, count), per_axis(stride, count), per_axis(dilation, count), strict=True)
    ):
        extent = (k - 1) * d + 1
        if padding == "same":
            total = max(extent - 1 - (length - 1) % s, 0)
            before, after = total // 2, total - total // 2
        elif padding == "half":
            before = after = extent // 2
        else:
            before = after = per_axis(padding, count)[axis]
        result.append(Slide(length, k, s, d, before, after))
    return tuple(result)


def need_room(shape: Shape, windows: tuple[Slide, ...], *, ceil: bool = False) -> Fault | None:
    """The fault of a window that is larger than the padded input."""
    for axis, slide in enumerate(windows, start=1):
        if slide.steps(ceil=ceil) >= 1:
            continue
        word = axis_word(shape, axis)
        padded = f"padded {word} {slide.padded}" if slide.before + slide.after else f"{word} {slide.length}"
        spans = f"kernel {slide.kernel}"
        if slide.dilation > 1:
            spans += f" (dilation {slide.dilation}: it spans {slide.extent})"
        return Fault(
            "E0304",
            f"{spans} is larger than the {padded}",
            argument="kernel",
            help=_remedy(slide),
            axis=axis,
        )
    return None


def _remedy(slide: Slide) -> str:
    """What to do about a window that does not fit."""
    largest = (slide.padded - 1) // slide.dilation + 1
    smaller = f"write a kernel of at most {largest}" if largest > 1 else "leave it out"
    if slide.dilation > 1:
        smaller = "write a smaller dilation"
    return f"downsample less before it, pad more, or {smaller}"
