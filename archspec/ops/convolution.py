"""Convolutions over one, two or three spatial axes, and their transposes."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from fractions import Fraction
from math import gcd, prod
from typing import ClassVar, Literal

from archspec.ops.arguments import Count, Counts, Naturals, Padding
from archspec.ops.base import MAX_PHASES, Fault, Glyph, Kind, Op, Saved, Shape, Span, Weight, Window
from archspec.ops.recipe import Argument, Call, Layer, Recipe
from archspec.ops.shapes import (
    axis_word,
    bounded,
    compact,
    crossed,
    crossed_once,
    divisors_near,
    drawn_axes,
    need_content,
    need_map,
    need_one_per_axis,
    per_axis,
    stride_mark,
)
from archspec.ops.sliding import Slide, need_room, slides
from archspec.records import dataclass


class _Convolution(Op):
    """What a convolution and its transpose have in common."""

    __slots__ = ()
    kind: ClassVar[Kind] = "conv"
    channels: int
    kernel: Counts
    stride: Counts
    padding: Padding
    dilation: Counts
    groups: int
    bias: bool

    def keeps_axes_apart(self, *inputs: Shape) -> bool:
        return True

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        shape = inputs[0]
        weight = Weight("weight", (*self._sides(shape[0]), *per_axis(self.kernel, len(shape) - 1)))
        return (weight, Weight("bias", (self.channels,))) if self.bias else (weight,)

    @abstractmethod
    def _sides(self, in_channels: int) -> tuple[int, int]:
        """The first two sizes of the weight: the channels on both sides, one of them those of one group."""

    def _slides(self, shape: Shape) -> tuple[Slide, ...]:
        return slides(shape, self.kernel, self.stride, self.padding, self.dilation)

    def _torch_filters(self, shape: Shape) -> tuple[Argument, ...]:
        """The arguments with which the layers of both kinds begin."""
        axes = len(shape) - 1
        return (
            Argument(shape[0], origin="in_channels"),
            Argument(self.channels, origin="channels"),
            Argument(compact(per_axis(self.kernel, axes)), origin="kernel"),
            Argument(compact(per_axis(self.stride, axes)), "stride", 1, "stride"),
        )

    def _need_divisible_groups(self, shape: Shape) -> Fault | None:
        """The fault of a number of groups that does not divide the channels on both sides."""
        sides = ("output ", "input ") if self.channels != shape[0] else ("", "")
        for count, side in zip((self.channels, shape[0]), sides, strict=True):
            if count % self.groups:
                mended = replace(self, groups=1).infer(shape)
                return Fault(
                    "E0305",
                    f"{self.groups} groups do not divide the {count} {side}channels",
                    argument="groups",
                    help=divisors_near("groups", self.groups, gcd(shape[0], self.channels)),
                    mended=None if isinstance(mended, Fault) else mended,
                    # Groups that divide what comes in are as likely to be right as the channels that go out.
                    open=(0,) if side == "output " and shape[0] % self.groups == 0 else (),
                )
        return None


@dataclass(frozen=True, slots=True)
class Conv(_Convolution):
    """A convolution: `nn.Conv1d`, `nn.Conv2d` or `nn.Conv3d`, as the input has one, two or three spatial axes.

    `channels` filters of size `kernel`. `padding` is a number of positions on each side, `half` (half the kernel) or
    `same` (output `ceil(n / stride)`, as in Keras). With `groups` the channels are convolved in that many separate
    parts; `groups: $in_channels` is a depthwise convolution.
    """

    key: ClassVar[str] = "conv"
    main: ClassVar[str | None] = "channels"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html"
    example: ClassVar[str] = "{conv: 64, kernel: 7, stride: 2, padding: 3}"

    channels: Count
    kernel: Counts
    stride: Counts = 1
    padding: Padding = 0
    dilation: Counts = 1
    groups: Count = 1
    bias: bool = True
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros"

    def infer(self, *inputs: Shape) -> Shape | Fault:
        shape = inputs[0]
        fault = (
            need_map(self.key, shape)
            or need_one_per_axis(
                shape, kernel=self.kernel, stride=self.stride, padding=self.padding, dilation=self.dilation
            )
            or self._need_divisible_groups(shape)
        )
        if fault:
            return fault
        windows = self._slides(shape)
        margins = tuple([(slide.before, slide.after) for slide in windows])
        fault = need_content(shape, margins, self.padding_mode, "padding") or need_room(shape, windows)
        return fault or bounded((self.channels, *[slide.steps() for slide in windows]))

    def macs(self, *inputs: Shape) -> int:
        shape = inputs[0]
        positions = prod(slide.steps() for slide in self._slides(shape))
        return positions * prod(self.weights(shape)[0].shape)

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        return tuple(slide.window for slide in self._slides(inputs[0]))

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        """The input, or a padded copy of it where the convolution does not pad by itself."""
        shape = inputs[0]
        copied = self._copied(shape)
        if copied is None:
            return Saved(inputs=(0,))
        repeats_input = self.padding_mode in ("reflect", "replicate")
        return Saved(inputs=(0,) if repeats_input else (), numbers=shape[0] * prod(copied))

    def torch(self, *inputs: Shape) -> Recipe:
        shape = inputs[0]
        axes = len(shape) - 1
        filters = self._torch_filters(shape)
        rest = (
            Argument(compact(per_axis(self.dilation, axes)), "dilation", 1, "dilation"),
            Argument(self.groups, "groups", 1, "groups"),
            Argument(self.bias, "bias", True, "bias"),
            Argument(self.padding_mode, "padding_mode", "zeros", "padding_mode"),
        )
        if self.padding == "same" and not self._never_asymmetric(axes):
            return Layer(Call(f"SameConv{axes}d", (*filters, *rest)))
        padding = Argument(self._torch_padding(shape), "padding", 0, "padding")
        return Layer(Call(f"nn.Conv{axes}d", (*filters, padding, *rest)))

    def glyph(self, *inputs: Shape) -> Glyph:
        shape = inputs[0]
        kernel = drawn_axes(self.kernel, shape)
        size = crossed(kernel)
        name = size if set(kernel) == {1} and len(kernel) > 1 else f"conv {size}"
        if 1 < self.groups == shape[0]:
            name = f"depthwise {size}"
        parts = [name, str(self.channels)]
        if 1 < self.groups < shape[0]:
            parts.append(f"{self.groups} groups")
        if set(per_axis(self.dilation, len(kernel))) != {1}:
            parts.append(f"dilation {crossed_once(self.dilation)}")
        return Glyph(", ".join(parts + stride_mark(self.stride)))

    def _sides(self, in_channels: int) -> tuple[int, int]:
        return self.channels, in_channels // self.groups

    def _never_asymmetric(self, axes: int) -> bool:
        """PyTorch has `same` itself for a stride of 1; a kernel of 1 needs no padding at any stride."""
        return set(per_axis(self.stride, axes)) == {1} or set(per_axis(self.kernel, axes)) == {1}

    def _copied(self, shape: Shape) -> tuple[int, ...] | None:
        """The sizes of the padded copy that PyTorch makes of the input, if it makes one."""
        windows = self._slides(shape)
        axes = len(windows)
        if self.padding_mode != "zeros" or (self.padding == "same" and not self._never_asymmetric(axes)):
            return tuple(slide.padded for slide in windows)
        if all(slide.before == slide.after for slide in windows):
            return None
        # the convolution pads both sides alike by itself, and the rest is added before it
        return tuple(slide.length + slide.after - slide.before for slide in windows)

    def _torch_padding(self, shape: Shape) -> int | tuple[int, ...] | str:
        if self.padding == "same":
            return "same" if set(per_axis(self.kernel, len(shape) - 1)) != {1} else 0
        return compact(tuple(slide.before for slide in self._slides(shape)))


@dataclass(frozen=True, slots=True)
class ConvTranspose(_Convolution):
    """A transposed convolution, which enlarges by its stride: `nn.ConvTranspose1d`, `2d` or `3d`.

    The output has `(n - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1` positions: `padding`
    takes positions away on each side, `output_padding` adds some at the end.
    """

    key: ClassVar[str] = "conv_transpose"
    main: ClassVar[str | None] = "channels"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html"
    example: ClassVar[str] = "{conv_transpose: 64, kernel: 2, stride: 2}"

    channels: Count
    kernel: Counts
    stride: Counts = 1
    padding: Naturals = 0
    output_padding: Naturals = 0
    dilation: Counts = 1
    groups: Count = 1
    bias: bool = True

    def infer(self, *inputs: Shape) -> Shape | Fault:
        shape = inputs[0]
        fault = (
            need_map(self.key, shape)
            or need_one_per_axis(
                shape,
                kernel=self.kernel,
                stride=self.stride,
                padding=self.padding,
                output_padding=self.output_padding,
                dilation=self.dilation,
            )
            or self._need_divisible_groups(shape)
            or self._need_small_output_padding(len(shape) - 1)
        )
        if fault:
            return fault
        sizes = self._sizes(shape)
        for axis, size in enumerate(sizes, start=1):
            if size < 1:
                return Fault(
                    "E0314",
                    f"padding {per_axis(self.padding, len(sizes))[axis - 1]} takes away the whole output: its "
                    f"{axis_word(shape, axis)} would be {size}",
                    argument="padding",
                    help="write a smaller padding",
                    axis=axis,
                )
        return bounded((self.channels, *sizes))

    def macs(self, *inputs: Shape) -> int:
        shape = inputs[0]
        return prod(shape[1:]) * prod(self.weights(shape)[0].shape)

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        """Position `i` sees the inputs whose windows, `stride` apart, cover it; beside a small kernel, none."""
        return tuple(_covering(slide) for slide in self._slides(inputs[0]))

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        return Saved(inputs=(0,))

    def torch(self, *inputs: Shape) -> Recipe:
        shape = inputs[0]
        axes = len(shape) - 1
        arguments = (
            *self._torch_filters(shape),
            Argument(compact(per_axis(self.padding, axes)), "padding", 0, "padding"),
            Argument(compact(per_axis(self.output_padding, axes)), "output_padding", 0, "output_padding"),
            Argument(self.groups, "groups", 1, "groups"),
            Argument(self.bias, "bias", True, "bias"),
            Argument(compact(per_axis(self.dilation, axes)), "dilation", 1, "dilation"),
        )
        return Layer(Call(f"nn.ConvTranspose{axes}d", arguments))

    def glyph(self, *inputs: Shape) -> Glyph:
        kernel = drawn_axes(self.kernel, inputs[0])
        factor = stride_mark(self.stride, "×")
        return Glyph(", ".join([f"up-conv {crossed(kernel)}", str(self.channels), *factor]))

    def _sides(self, in_channels: int) -> tuple[int, int]:
        return in_channels, self.channels // self.groups

    def _sizes(self, shape: Shape) -> tuple[int, ...]:
        extra = per_axis(self.output_padding, len(shape) - 1)
        return tuple(
            (slide.length - 1) * slide.stride - 2 * slide.before + slide.extent + more
            for slide, more in zip(self._slides(shape), extra, strict=True)
        )

    def _need_small_output_padding(self, axes: int) -> Fault | None:
        strides, dilations = per_axis(self.stride, axes), per_axis(self.dilation, axes)
        for extra, stride, dilation in zip(
            per_axis(self.output_padding, axes), strides, dilations, strict=True
        ):
            if extra >= max(stride, dilation):
                return Fault(
                    "E0221",
                    f"output_padding {extra} must be smaller than the stride {stride} or the dilation {dilation}",
                    argument="output_padding",
                    help=f"write an output_padding of at most {max(stride, dilation) - 1}",
                )
        return None


def _covering(slide: Slide) -> Window:
    """Which windows reach each position of the finer grid: input `q` reaches `q * stride - before + tap * dilation`."""
    if slide.stride > MAX_PHASES:
        before = -((slide.before - slide.extent + 1) // slide.stride)
        after = -(-slide.before // slide.stride)
        return Window(before + after + 1, Fraction(1, slide.stride), before, is_exact=False)
    spans: list[Span | None] = []
    for position in range(slide.stride):
        taps = (position + slide.before - tap * slide.dilation for tap in range(slide.kernel))
        seen = [reach // slide.stride for reach in taps if reach % slide.stride == 0]
        spans.append((min(seen), max(seen)) if seen else None)
    return Window.repeating(tuple(spans), 1, slide.dilation // gcd(slide.dilation, slide.stride))
