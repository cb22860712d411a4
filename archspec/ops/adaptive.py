"""Pools whose output has a given size: a grid, or one number for each channel."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, prod
from typing import ClassVar

from archspec.ops.arguments import Counts
from archspec.ops.base import MAX_PHASES, WHOLE_AXIS, Fault, Glyph, Kind, Saved, Shape, Weightless, Window
from archspec.ops.recipe import INPUT, Argument, Call, Function, Layer, Pipeline, Recipe
from archspec.ops.shapes import bounded, compact, crossed, drawn_axes, need_map, need_one_per_axis, per_axis
from archspec.records import dataclass


class _AdaptivePool(Weightless):
    """A grid of windows that covers the map, as many as the output has positions."""

    __slots__ = ()
    kind: ClassVar[Kind] = "pool"
    mixes_channels: ClassVar[bool] = False
    layer: ClassVar[str]
    text: ClassVar[str]
    size: Counts

    def infer(self, *inputs: Shape) -> Shape | Fault:
        shape = inputs[0]
        fault = need_map(self.key, shape) or need_one_per_axis(shape, size=self.size)
        return fault or bounded((shape[0], *per_axis(self.size, len(shape) - 1)))

    def keeps_axes_apart(self, *inputs: Shape) -> bool:
        return True

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        shape = inputs[0]
        return tuple(
            adaptive_window(length, count)
            for length, count in zip(shape[1:], per_axis(self.size, len(shape) - 1), strict=True)
        )

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        return _saved_by_grid(self.layer, inputs[0], per_axis(self.size, len(inputs[0]) - 1))

    def torch(self, *inputs: Shape) -> Recipe:
        axes = len(inputs[0]) - 1
        size = Argument(compact(per_axis(self.size, axes)), origin="size")
        return Layer(Call(f"nn.{self.layer}{axes}d", (size,)))

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph(f"{self.text} to {crossed(drawn_axes(self.size, inputs[0]))}")


def adaptive_window(length: int, count: int) -> Window:
    """Output `i` of `count` sees positions `floor(i n / count)` to `ceil((i + 1) n / count)`, exclusive."""
    if count == 1:
        return WHOLE_AXIS
    rounds = gcd(length, count)
    period, advance = count // rounds, length // rounds
    if period > MAX_PHASES:
        return Window(-(-length // count) + 1, Fraction(advance, period), is_exact=False)
    spans = ((at * length // count, -(-(at + 1) * length // count) - 1) for at in range(period))
    return Window.repeating(tuple(spans), advance)


def _saved_by_grid(layer: str, shape: Shape, sizes: tuple[int, ...]) -> Saved:
    """What is kept by a pool to a grid of `sizes`. A mean of everything keeps nothing: its derivative is a constant."""
    if layer == "AdaptiveMaxPool":
        return Saved(inputs=(0,), places=shape[0] * prod(sizes))
    return Saved() if set(sizes) == {1} else Saved(inputs=(0,))


@dataclass(frozen=True, slots=True)
class AdaptiveAvgPool(_AdaptivePool):
    """The mean over a grid of `size` windows, whatever the input's size: `nn.AdaptiveAvgPool1d`, `2d` or `3d`."""

    key: ClassVar[str] = "adaptive_avgpool"
    main: ClassVar[str | None] = "size"
    layer: ClassVar[str] = "AdaptiveAvgPool"
    text: ClassVar[str] = "avg-pool"
    reference: ClassVar[str] = (
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html"
    )
    example: ClassVar[str] = "{adaptive_avgpool: 6}"

    size: Counts


@dataclass(frozen=True, slots=True)
class AdaptiveMaxPool(_AdaptivePool):
    """The largest number over a grid of `size` windows: `nn.AdaptiveMaxPool1d`, `2d` or `3d`."""

    key: ClassVar[str] = "adaptive_maxpool"
    main: ClassVar[str | None] = "size"
    layer: ClassVar[str] = "AdaptiveMaxPool"
    text: ClassVar[str] = "max-pool"
    reference: ClassVar[str] = (
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html"
    )
    example: ClassVar[str] = "{adaptive_maxpool: 7}"

    size: Counts


class _GlobalPool(Weightless):
    """One number for each channel: a map in, a vector out."""

    __slots__ = ()
    kind: ClassVar[Kind] = "pool"
    layer: ClassVar[str]
    text: ClassVar[str]

    def infer(self, *inputs: Shape) -> Shape | Fault:
        shape = inputs[0]
        if len(shape) == 1:
            return Fault(
                "E0308",
                f"`{self.key}` makes a vector of a feature map, and its input is a vector of {shape[0]} already",
                help="leave it out",
                mended=shape,
            )
        return need_map(self.key, shape) or shape[:1]

    def keeps_axes_apart(self, *inputs: Shape) -> bool:
        return True

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        return (WHOLE_AXIS,) * (len(inputs[0]) - 1)

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        return _saved_by_grid(self.layer, inputs[0], (1,) * (len(inputs[0]) - 1))

    def torch(self, *inputs: Shape) -> Recipe:
        pool = Layer(Call(f"nn.{self.layer}{len(inputs[0]) - 1}d", (Argument(1),)))
        flatten = Function(Call("torch.flatten", (Argument(INPUT), Argument(1))), layer=Call("nn.Flatten"))
        return Pipeline((pool, flatten))

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph(self.text)


@dataclass(frozen=True, slots=True)
class GlobalAvgPool(_GlobalPool):
    """Global average pooling: the mean of each channel, as a vector (Lin et al., "Network in Network", 2013)."""

    key: ClassVar[str] = "gap"
    layer: ClassVar[str] = "AdaptiveAvgPool"
    text: ClassVar[str] = "global avg-pool"
    reference: ClassVar[str] = "https://arxiv.org/abs/1312.4400"
    example: ClassVar[str] = "gap"


@dataclass(frozen=True, slots=True)
class GlobalMaxPool(_GlobalPool):
    """Global max pooling: the largest number of each channel, as a vector."""

    key: ClassVar[str] = "gmp"
    layer: ClassVar[str] = "AdaptiveMaxPool"
    text: ClassVar[str] = "global max-pool"
    reference: ClassVar[str] = (
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html"
    )
    example: ClassVar[str] = "gmp"
