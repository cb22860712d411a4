"""Changes of resolution without a kernel: interpolation, and channels traded for positions."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import ClassVar, Literal, TypeAlias

from archspec.ops.adaptive import adaptive_window
from archspec.ops.arguments import Count, Counts, Factors
from archspec.ops.base import MAX_PHASES, Fault, Glyph, Kind, Movement, Saved, Shape, Span, Weightless, Window
from archspec.ops.recipe import Argument, Call, Layer, Recipe
from archspec.ops.shapes import (
    axis_word,
    bounded,
    compact,
    crossed,
    drawn_axes,
    need_image,
    need_map,
    need_one_per_axis,
    per_axis,
)
from archspec.records import dataclass

Mode: TypeAlias = Literal["nearest", "nearest-exact", "area", "linear", "bilinear", "trilinear", "bicubic"]

_LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}
_DENOMINATOR = 1000
"""A factor such as 2.7 is read as the nearest ratio whose denominator is at most this."""


@dataclass(frozen=True, slots=True)
class Upsample(Weightless):
    """The map enlarged (or reduced) `factor` times, or to `size`: `nn.Upsample`.

    `mode: linear` is linear, bilinear or trilinear, as the map has one, two or three axes.
    """

    key: ClassVar[str] = "upsample"
    main: ClassVar[str | None] = "factor"
    kind: ClassVar[Kind] = "resample"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html"
    example: ClassVar[str] = "{upsample: 2, mode: bilinear}"
    mixes_channels: ClassVar[bool] = False

    factor: Factors | None = None
    size: Counts | None = None
    mode: Mode = "nearest"
    align_corners: bool | None = None

    def infer(self, *inputs: Shape) -> Shape | Fault:
        shape = inputs[0]
        fault = (
            need_map(self.key, shape)
            or need_one_per_axis(shape, factor=self.factor, size=self.size)
            or self._need_one_target()
            or self._need_mode(len(shape) - 1)
        )
        if fault:
            return fault
        sizes = self._sizes(shape)
        for axis, size in enumerate(sizes, start=1):
            if size < 1:
                return Fault(
                    "E0314",
                    f"nothing is left of the {axis_word(shape, axis)} {shape[axis]}",
                    argument="factor",
                    help="write a larger factor",
                    axis=axis,
                )
        return bounded((shape[0], *sizes))

    def keeps_axes_apart(self, *inputs: Shape) -> bool:
        return True

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        """Where each position of the output falls in the input, and its neighbours there that it is made of."""
        shape = inputs[0]
        triples = zip(shape[1:], self._sizes(shape), self._scales(shape), strict=True)
        return tuple(self._window(length, size, scale) for length, size, scale in triples)

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        """`area` is an adaptive average pool."""
        to_one = set(self._sizes(inputs[0])) == {1}
        return Saved(inputs=(0,) if self.mode == "area" and not to_one else ())

    def torch(self, *inputs: Shape) -> Recipe:
        axes = len(inputs[0]) - 1
        size = None if self.size is None else compact(per_axis(self.size, axes))
        factor = self.factor
        if isinstance(factor, tuple) and len(set(factor)) == 1:
            factor = factor[0]
        arguments = (
            Argument(size, "size", None, "size"),
            Argument(factor, "scale_factor", None, "factor"),
            Argument(self._torch_mode(axes), "mode", "nearest", "mode"),
            Argument(self.align_corners, "align_corners", None, "align_corners"),
        )
        return Layer(Call("nn.Upsample", arguments))

    def glyph(self, *inputs: Shape) -> Glyph:
        if self.size is not None:
            return Glyph(f"resize to {crossed(drawn_axes(self.size, inputs[0]))}")
        marks = (f"×{factor:g}" for factor in self._factors(1))
        return Glyph(f"upsample {' '.join(marks)}")

    def _torch_mode(self, axes: int) -> str:
        return _LINEAR[axes] if self.mode == "linear" else self.mode

    def _sizes(self, shape: Shape) -> tuple[int, ...]:
        axes = len(shape) - 1
        if self.size is not None:
            return per_axis(self.size, axes)
        return tuple(
            floor(length * float(factor))
            for length, factor in zip(shape[1:], self._factors(axes), strict=True)
        )

    def _factors(self, axes: int) -> tuple[float, ...]:
        """The factor of each axis; none where a size is given in its place."""
        if self.factor is None:
            return ()
        return self.factor if isinstance(self.factor, tuple) else (self.factor,) * axes

    def _scales(self, shape: Shape) -> tuple[Fraction, ...]:
        """How many positions of the input lie between two of the output; PyTorch takes a given factor as it is, though
        the sizes may have been rounded.
        """
        sizes = self._sizes(shape)
        ratios = tuple(Fraction(length, size) for length, size in zip(shape[1:], sizes, strict=True))
        if self.factor is None or self.mode == "area":
            return ratios
        factors = (Fraction(factor) for factor in self._factors(len(ratios)))
        return tuple(1 / factor.limit_denominator(_DENOMINATOR) for factor in factors)

    def _window(self, length: int, size: int, scale: Fraction) -> Window:
        match self.mode:
            case "area":
                return adaptive_window(length, size)
            case "nearest":
                return _sampled(scale, Fraction(0), 0)
            case "nearest-exact":
                return _sampled(scale, scale / 2, 0)
        if self.align_corners:
            scale, offset = Fraction(length - 1, max(size - 1, 1)), Fraction(0)
        else:
            offset = (scale - 1) / 2
        return _sampled(scale, offset, 2 if self.mode == "bicubic" else 1)

    def _need_one_target(self) -> Fault | None:
        if (self.factor is None) != (self.size is None):
            return None
        both = "not both" if self.size is not None else "neither is given"
        return Fault(
            "E0221",
            f"`upsample` takes a factor or a size: {both}",
            argument="size" if self.size is not None else "factor",
            help="write `upsample: 2`, or `{upsample: null, size: [56, 56]}`",
        )

    def _need_mode(self, axes: int) -> Fault | None:
        ranks = {"bilinear": 2, "trilinear": 3, "bicubic": 2}
        if ranks.get(self.mode, axes) != axes:
            return Fault(
                "E0308",
                f"`mode: {self.mode}` works on {ranks[self.mode]} spatial axes, and the input has {axes}",
                argument="mode",
                help="write `mode: linear`, which fits any number of axes, or `mode: nearest`",
            )
        if self.align_corners is not None and self.mode in ("nearest", "nearest-exact", "area"):
            return Fault(
                "E0221",
                f"`align_corners` has no meaning for `mode: {self.mode}`",
                argument="align_corners",
                help="leave it out, or write `mode: linear`",
            )
        return None


def _sampled(scale: Fraction, offset: Fraction, reach: int) -> Window:
    """Position `i` is made of `reach` positions on each side of `i * scale + offset`; where that is a position itself,
    of that one alone. Without a reach it is the one at or before it.
    """
    if scale.denominator > MAX_PHASES:
        return Window(2 * reach + 2, scale, -floor(offset) + max(reach - 1, 0), is_exact=False)
    spans: list[Span | None] = []
    for position in range(scale.denominator):
        place = position * scale + offset
        before = floor(place)
        if reach == 0 or place == before:
            spans.append((before, before))
        else:
            spans.append((before - reach + 1, before + reach))
    return Window.repeating(tuple(spans), scale.numerator)


class _Regrouping(Movement):
    """Channels traded for positions of an image, `factor` along each of its two axes."""

    __slots__ = ()
    kind: ClassVar[Kind] = "resample"
    layer: ClassVar[str]
    """The class in `torch.nn`."""
    factor: int

    def keeps_axes_apart(self, *inputs: Shape) -> bool:
        return True

    def torch(self, *inputs: Shape) -> Recipe:
        return Layer(Call(f"nn.{self.layer}", (Argument(self.factor, origin="factor"),)))


@dataclass(frozen=True, slots=True)
class PixelShuffle(_Regrouping):
    """`factor²` channels become one channel of `factor` times the height and width.

    Shi et al., "Real-Time Single Image and Video Super-Resolution" (2016).
    """

    key: ClassVar[str] = "pixel_shuffle"
    main: ClassVar[str | None] = "factor"
    layer: ClassVar[str] = "PixelShuffle"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html"
    example: ClassVar[str] = "{pixel_shuffle: 2}"

    factor: Count

    def infer(self, *inputs: Shape) -> Shape | Fault:
        shape = inputs[0]
        fault = need_image(self.key, shape)
        if fault:
            return fault
        channels, height, width = shape
        if channels % self.factor**2:
            return Fault(
                "E0309",
                f"{self.factor}² = {self.factor**2} does not divide the {channels} channels",
                argument="factor",
                help=f"give the layer before it a multiple of {self.factor**2} channels, such as "
                f"{-(-channels // self.factor**2) * self.factor**2}",
                axis=0,
            )
        return bounded((channels // self.factor**2, height * self.factor, width * self.factor))

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        return (_sampled(Fraction(1, self.factor), Fraction(0), 0),) * 2

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph(f"pixel shuffle, ×{self.factor}")


@dataclass(frozen=True, slots=True)
class PixelUnshuffle(_Regrouping):
    """Squares of `factor` by `factor` positions become `factor²` channels each: downsampling without loss."""

    key: ClassVar[str] = "pixel_unshuffle"
    main: ClassVar[str | None] = "factor"
    layer: ClassVar[str] = "PixelUnshuffle"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelUnshuffle.html"
    example: ClassVar[str] = "{pixel_unshuffle: 2}"

    factor: Count

    def infer(self, *inputs: Shape) -> Shape | Fault:
        shape = inputs[0]
        fault = need_image(self.key, shape)
        if fault:
            return fault
        for axis in (1, 2):
            if shape[axis] % self.factor:
                return Fault(
                    "E0309",
                    f"{self.factor} does not divide the {axis_word(shape, axis)} {shape[axis]}",
                    argument="factor",
                    help=f"put a `pad` before it that makes the {axis_word(shape, axis)} "
                    f"{-(-shape[axis] // self.factor) * self.factor}, or write a factor that divides {shape[axis]}",
                    axis=axis,
                )
        channels, height, width = shape
        return bounded((channels * self.factor**2, height // self.factor, width // self.factor))

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        return (Window(self.factor, self.factor),) * 2

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph(f"pixel unshuffle, /{self.factor}")
