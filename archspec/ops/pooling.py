"""Pools whose window slides; those whose output has a given size are in `adaptive.py`."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import ClassVar

from archspec.ops.arguments import Counts, Padding
from archspec.ops.base import Fault, Glyph, Kind, Saved, Shape, Weightless, Window
from archspec.ops.recipe import Argument, Call, Layer, Recipe
from archspec.ops.shapes import (
    axis_word,
    bounded,
    compact,
    crossed,
    drawn_axes,
    need_map,
    need_one_per_axis,
    per_axis,
    stride_mark,
)
from archspec.ops.sliding import Slide, need_room, slides
from archspec.records import dataclass


class _SlidingPool(Weightless):
    """A window that slides; the stride is the kernel's size unless it is given."""

    __slots__ = ()
    kind: ClassVar[Kind] = "pool"
    layer: ClassVar[str]
    """The layer's name without its rank: `MaxPool`."""
    own_layer: ClassVar[bool] = False
    """The layer is one of ours, not of `torch.nn`."""
    mixes_channels: ClassVar[bool] = False
    text: ClassVar[str]
    kernel: Counts
    stride: Counts | None
    padding: Padding
    ceil: bool

    def infer(self, *inputs: Shape) -> Shape | Fault:
        shape = inputs[0]
        fault = need_map(self.key, shape) or need_one_per_axis(
            shape, kernel=self.kernel, stride=self.stride, padding=self.padding, dilation=self._dilation
        )
        if fault:
            return fault
        windows = self._slides(shape)
        fault = (
            self._need_plain_same()
            or self._need_half(windows)
            or self._need_room(shape, windows)
            or _need_sight(shape, windows)
        )
        return fault or bounded((shape[0], *(slide.steps(ceil=self.ceil) for slide in windows)))

    def keeps_axes_apart(self, *inputs: Shape) -> bool:
        return True

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        return tuple(slide.window for slide in self._slides(inputs[0]))

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        """The input, or the copy of it that the layer makes first; and what the pool itself needs."""
        shape = inputs[0]
        windows = self._slides(shape)
        pads_first = self.padding == "same" and not self._never_asymmetric(len(windows))
        own = self._saved_beside(
            shape[0] * prod(slide.steps(ceil=self.ceil) for slide in windows), pads_first
        )
        if not pads_first and not self.own_layer:
            return replace(own, inputs=(0,))
        sizes = (slide.padded if pads_first else slide.length for slide in windows)
        return replace(own, numbers=own.numbers + shape[0] * prod(sizes))

    def torch(self, *inputs: Shape) -> Recipe:
        shape = inputs[0]
        axes = len(shape) - 1
        kernel = compact(per_axis(self.kernel, axes))
        stride = compact(per_axis(self._stride, axes))
        window = (Argument(kernel, origin="kernel"), Argument(stride, "stride", kernel, "stride"))
        extra = self._torch_arguments(axes)
        if self.padding == "same" and not self._never_asymmetric(axes):
            return Layer(Call(f"Same{self.layer}{axes}d", (*window, *extra)))
        padding = compact(tuple(slide.before for slide in self._slides(shape)))
        arguments = (
            *window,
            Argument(padding, "padding", 0, "padding"),
            *extra,
            Argument(self.ceil, "ceil_mode", False, "ceil"),
            *self._counting(),
        )
        prefix = "" if self.own_layer else "nn."
        return Layer(Call(f"{prefix}{self.layer}{axes}d", arguments))

    def glyph(self, *inputs: Shape) -> Glyph:
        kernel = drawn_axes(self.kernel, inputs[0])
        return Glyph(", ".join([f"{self.text} {crossed(kernel)}", *stride_mark(self._stride)]))

    @property
    def _stride(self) -> int | tuple[int, ...]:
        return self.kernel if self.stride is None else self.stride

    @property
    def _dilation(self) -> int | tuple[int, ...]:
        return 1

    def _torch_arguments(self, axes: int) -> tuple[Argument, ...]:
        """What the layer takes beside the arguments of every pool, with `same` too."""
        return ()

    def _counting(self) -> tuple[Argument, ...]:
        """How the layer treats padding; with `same` it is settled."""
        return ()

    def _saved_beside(self, result: int, pads_first: bool) -> Saved:
        """What the backward pass keeps beside the input; `result`: how many numbers come out."""
        return Saved(places=result)

    def _slides(self, shape: Shape) -> tuple[Slide, ...]:
        return slides(shape, self.kernel, self._stride, self.padding, self._dilation)

    def _never_asymmetric(self, axes: int) -> bool:
        """Whether `same` is a plain padding, whatever the input's size."""
        kernels, strides = per_axis(self.kernel, axes), per_axis(self._stride, axes)
        if set(per_axis(self._dilation, axes)) != {1}:
            return set(kernels) == {1}  # PyTorch's limit on padding leaves the dilation out of account
        return all(
            kernel == 1 or (stride == 1 and kernel % 2 == 1)
            for kernel, stride in zip(kernels, strides, strict=True)
        )

    def _need_room(self, shape: Shape, windows: tuple[Slide, ...]) -> Fault | None:
        return need_room(shape, windows, ceil=self.ceil)

    def _need_plain_same(self) -> Fault | None:
        if self.padding == "same" and self.ceil:
            return Fault(
                "E0221",
                "`padding: same` and `ceil: true` both settle the output's size",
                argument="ceil",
                help="leave `ceil` out: `same` rounds up already",
            )
        return None

    def _need_half(self, windows: tuple[Slide, ...]) -> Fault | None:
        """PyTorch's rule, lest a window lie in the padding alone. It leaves the dilation out of account."""
        if self.padding == "same":
            return None
        for axis, slide in enumerate(windows, start=1):
            limit = slide.kernel // 2
            if slide.before > limit:
                return Fault(
                    "E0311",
                    f"padding {slide.before} is more than half of the kernel {slide.kernel}",
                    argument="padding",
                    help=f"write a padding of at most {limit}",
                    axis=axis,
                )
        return None


def _need_sight(shape: Shape, windows: tuple[Slide, ...]) -> Fault | None:
    """The fault of a window that steps over the whole input, whose largest number would be minus infinity.

    PyTorch takes it, and writes outside of its memory in the backward pass. It must begin in the padding before the
    input, and the first of its positions that lies past the padding lies past the input too.
    """
    for axis, slide in enumerate(windows, start=1):
        starts = range(-slide.before, 0, slide.stride)
        if slide.dilation > slide.length and any(start % slide.dilation >= slide.length for start in starts):
            return Fault(
                "E0320",
                f"with dilation {slide.dilation}, a window steps over the whole {axis_word(shape, axis)} "
                f"{slide.length}",
                argument="dilation",
                help="write a smaller dilation, or no padding",
                axis=axis,
            )
    return None


class _ExtremePool(_SlidingPool):
    """One number of each window, chosen by its size; the window may be dilated."""

    __slots__ = ()
    dilation: Counts

    @property
    def _dilation(self) -> int | tuple[int, ...]:
        return self.dilation

    def _torch_arguments(self, axes: int) -> tuple[Argument, ...]:
        return (Argument(compact(per_axis(self.dilation, axes)), "dilation", 1, "dilation"),)


@dataclass(frozen=True, slots=True)
class MaxPool(_ExtremePool):
    """The largest number in each window: `nn.MaxPool1d`, `2d` or `3d`. The stride is the kernel unless given.

    `ceil: true` keeps a last window that hangs over the end. `padding: same` pads with minus infinity, as Keras.
    """

    key: ClassVar[str] = "maxpool"
    main: ClassVar[str | None] = "kernel"
    layer: ClassVar[str] = "MaxPool"
    text: ClassVar[str] = "max-pool"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html"
    example: ClassVar[str] = "{maxpool: 3, stride: 2, padding: 1}"

    kernel: Counts
    stride: Counts | None = None
    padding: Padding = 0
    dilation: Counts = 1
    ceil: bool = False


@dataclass(frozen=True, slots=True)
class MinPool(_ExtremePool):
    """The smallest number in each window: minus the max-pool of minus the input."""

    key: ClassVar[str] = "minpool"
    main: ClassVar[str | None] = "kernel"
    layer: ClassVar[str] = "MinPool"
    own_layer: ClassVar[bool] = True
    text: ClassVar[str] = "min-pool"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html"
    example: ClassVar[str] = "{minpool: 2}"

    kernel: Counts
    stride: Counts | None = None
    padding: Padding = 0
    dilation: Counts = 1
    ceil: bool = False


@dataclass(frozen=True, slots=True)
class AvgPool(_SlidingPool):
    """The mean of each window: `nn.AvgPool1d`, `2d` or `3d`. The stride is the kernel unless given.

    `count_include_pad: false` leaves padding out of the mean, which `padding: same` always does, as Keras.
    """

    key: ClassVar[str] = "avgpool"
    main: ClassVar[str | None] = "kernel"
    layer: ClassVar[str] = "AvgPool"
    text: ClassVar[str] = "avg-pool"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html"
    example: ClassVar[str] = "{avgpool: 2}"

    kernel: Counts
    stride: Counts | None = None
    padding: Padding = 0
    ceil: bool = False
    count_include_pad: bool = True

    def _counting(self) -> tuple[Argument, ...]:
        counts = self.count_include_pad and self.padding != "same"
        return (Argument(counts, "count_include_pad", True, "count_include_pad"),)

    def _saved_beside(self, result: int, pads_first: bool) -> Saved:
        """Where padding is left out of the mean by our own layer, the share of each window that is not padding."""
        return Saved(numbers=result if pads_first else 0)

    def _need_room(self, shape: Shape, windows: tuple[Slide, ...]) -> Fault | None:
        """`nn.AvgPool3d` wants the input itself to be as large as the kernel, whatever the padding."""
        if len(windows) == 3 and self.padding != "same":
            return need_room(shape, tuple(replace(slide, before=0, after=0) for slide in windows))
        return need_room(shape, windows, ceil=self.ceil)

    def _never_asymmetric(self, axes: int) -> bool:
        """On three axes `same` pads beforehand: see `_need_room`."""
        is_taken = axes < 3 or set(per_axis(self.kernel, axes)) == {1}
        return is_taken and _SlidingPool._never_asymmetric(self, axes)
