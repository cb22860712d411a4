"""Fully connected layers."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from archspec.ops.arguments import Count
from archspec.ops.base import POINT, Along, Fault, Glyph, Kind, Op, Saved, Shape, Weight, Window
from archspec.ops.recipe import Argument, Call, Layer, Recipe
from archspec.ops.shapes import bounded, written
from archspec.records import dataclass


class _Affine(Op):
    """`nn.Linear` along the last axis."""

    __slots__ = ()
    features: int
    bias: bool

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        weight = Weight("weight", (self.features, inputs[0][-1]))
        return (weight, Weight("bias", (self.features,))) if self.bias else (weight,)

    def macs(self, *inputs: Shape) -> int:
        return prod(inputs[0]) * self.features

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        """The last axis holds features here, not places: it does not widen what a position sees."""
        return (POINT,) * (len(inputs[0]) - 1)

    def along(self, *inputs: Shape) -> tuple[Along | None, ...]:
        """Each position along the axes before the last is by itself."""
        return (*((axis, POINT) for axis in range(len(inputs[0]) - 1)), None)

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        return Saved(inputs=(0,))

    def torch(self, *inputs: Shape) -> Recipe:
        arguments = (
            Argument(inputs[0][-1], origin="in_features"),
            Argument(self.features, origin="features"),
            Argument(self.bias, "bias", True, "bias"),
        )
        return Layer(Call("nn.Linear", arguments))

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph(f"{self.key}, {self.features}")


@dataclass(frozen=True, slots=True)
class FullyConnected(_Affine):
    """A fully connected layer: every output sees the whole input vector (`nn.Linear`).

    It takes a vector and nothing else; make one of a feature map with `gap` or `flatten`.
    """

    key: ClassVar[str] = "fc"
    main: ClassVar[str | None] = "features"
    kind: ClassVar[Kind] = "linear"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html"
    example: ClassVar[str] = "{fc: 1000}"

    features: Count
    bias: bool = True

    def infer(self, *inputs: Shape) -> Shape | Fault:
        shape = inputs[0]
        if len(shape) == 1:
            return (self.features,)
        return Fault(
            "E0306",
            f"`fc` takes a vector, and its input is a feature map of {written(shape)}",
            help=f"put `gap` before it (the mean of each channel: {shape[0]} features) or `flatten` "
            f"({prod(shape)} features)",
            mended=(self.features,),
        )


@dataclass(frozen=True, slots=True)
class Linear(_Affine):
    """`nn.Linear` on the last axis, whatever the number of axes: each position along the others on its own."""

    key: ClassVar[str] = "linear"
    main: ClassVar[str | None] = "features"
    kind: ClassVar[Kind] = "linear"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html"
    example: ClassVar[str] = "{linear: 384}"

    features: Count
    bias: bool = True

    def infer(self, *inputs: Shape) -> Shape | Fault:
        return bounded((*inputs[0][:-1], self.features))
