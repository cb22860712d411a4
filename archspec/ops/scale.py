"""What changes each number on its own, without a layer of PyTorch to do it: factors, the absolute value, nothing."""

from __future__ import annotations

from typing import ClassVar

from archspec.ops.arguments import Number
from archspec.ops.base import Glyph, Kind, Pointwise, Saved, Shape, Weight, Weightless
from archspec.ops.recipe import INPUT, Argument, Call, Function, Layer, Learned, Recipe
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class Scale(Pointwise):
    """Multiplies each channel by a learned factor that starts as `value` (the layer scale of CaiT and ConvNeXt).

    The factors are the `weight` of a layer; with `bare: true` they are a parameter of the module around, whose key in
    the `state_dict` is then the node's name: `layer_scale`, not `layer_scale.weight`.
    """

    key: ClassVar[str] = "scale"
    main: ClassVar[str | None] = "value"
    kind: ClassVar[Kind] = "other"
    reference: ClassVar[str] = "https://arxiv.org/abs/2103.17239"
    example: ClassVar[str] = "{scale: 1e-6}"

    value: Number = 1.0
    bare: bool = False

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        return (Weight("" if self.bare else "weight", self._factors(inputs[0])),)

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        return Saved(inputs=(0,))

    def torch(self, *inputs: Shape) -> Recipe:
        shape = inputs[0]
        arguments = (
            Argument(shape[0], origin="in_channels"),
            Argument(len(shape) - 1, "axes", 2),
            Argument(self.value, "value", 1.0, "value"),
        )
        if self.bare:
            return Learned(Call("channel_factors", arguments), "*")
        return Layer(Call("Scale", arguments))

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph("scale", small=True)

    def is_parameter(self) -> bool:
        return self.bare

    def _factors(self, shape: Shape) -> Shape:
        """One factor for each channel, in a shape that spreads over the map."""
        return (shape[0], *(1,) * (len(shape) - 1))


@dataclass(frozen=True, slots=True)
class Scaled(Weightless, Pointwise):
    """The input times a constant: -1 turns a sum into a difference.

    The `scale` of a residual is this (Szegedy et al., "Inception-v4", 2016, section 3.3).
    """

    key: ClassVar[str] = "scaled"
    main: ClassVar[str | None] = "factor"
    kind: ClassVar[Kind] = "other"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.mul.html"
    example: ClassVar[str] = "{scaled: 0.1}"

    factor: Number

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        return Saved()

    def torch(self, *inputs: Shape) -> Recipe:
        factor = Argument(self.factor, origin="factor")
        return Function(Call("torch.mul", (Argument(INPUT), factor)), layer=Call("Scaled", (factor,)))

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph(f"× {self.factor:g}".replace("-", "−"), small=True)


@dataclass(frozen=True, slots=True)
class Abs(Weightless, Pointwise):
    """The absolute value of each number."""

    key: ClassVar[str] = "abs"
    kind: ClassVar[Kind] = "activation"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.abs.html"
    example: ClassVar[str] = "abs"

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        return Saved(inputs=(0,))

    def torch(self, *inputs: Shape) -> Recipe:
        return Function(Call("torch.abs", (Argument(INPUT),)), layer=Call("Abs"))

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph("abs", small=True)


@dataclass(frozen=True, slots=True)
class Identity(Weightless, Pointwise):
    """The input as it is."""

    key: ClassVar[str] = "identity"
    kind: ClassVar[Kind] = "other"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Identity.html"
    example: ClassVar[str] = "identity"
    views_input: ClassVar[bool] = True

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        return Saved()

    def torch(self, *inputs: Shape) -> Recipe:
        return Layer(Call("nn.Identity"))

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph("identity", small=True)
