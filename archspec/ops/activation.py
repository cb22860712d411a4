"""The activations of PyTorch, under PyTorch's names: what they share, and those that are made of straight pieces.

The fields of each class carry the names and the defaults that the layer's own arguments have in PyTorch, so that one
`torch` method serves them all. `saves_output` also covers the in-place form of the layer, which may read the output
where the ordinary form reads the input (`nn.ELU`).
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from math import prod
from typing import ClassVar, Literal

from archspec.ops.arguments import NonNegativeNumber, Number, Probability
from archspec.ops.base import Fault, Glyph, Kind, Pointwise, Saved, Shape, Weight, Weightless
from archspec.ops.recipe import REQUIRED, Argument, Call, Layer, Recipe
from archspec.records import dataclass

DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.nn."


class ActivationLayer(Weightless):
    """A layer of `torch.nn` that takes the op's fields as they are."""

    __slots__ = ()
    kind: ClassVar[Kind] = "activation"
    layer: ClassVar[str]
    """The class in `torch.nn`; pictures write it too."""
    derivative_of: ClassVar[Literal["input", "output"]] = "input"
    """What the layer's derivative is computed from, when it does not overwrite its input."""

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        """The in-place form reads the output where that is enough (`saves_output`), else a copy of its input."""
        if self.derivative_of == "output" or (inplace and self.saves_output):
            return Saved(output=True)
        return Saved(numbers=prod(inputs[0])) if inplace else Saved(inputs=(0,))

    def torch(self, *inputs: Shape) -> Recipe:
        arguments = []
        for field in fields(self):
            default = REQUIRED if field.default is MISSING else field.default
            keyword = "" if field.name == self.main else field.name
            arguments.append(Argument(getattr(self, field.name), keyword, default, field.name))
        return Layer(Call(f"nn.{self.layer}", tuple(arguments)))

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph(self.layer, small=True)


class Activation(ActivationLayer, Pointwise):
    """Each number by itself."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ReLU(Activation):
    """`max(0, x)`."""

    key: ClassVar[str] = "relu"
    layer: ClassVar[str] = "ReLU"
    reference: ClassVar[str] = DOCS + "ReLU.html"
    example: ClassVar[str] = "relu"
    can_be_inplace: ClassVar[bool] = True
    saves_output: ClassVar[bool] = True
    derivative_of: ClassVar[Literal["input", "output"]] = "output"


@dataclass(frozen=True, slots=True)
class ReLU6(Activation):
    """`min(max(0, x), 6)`, as in MobileNet."""

    key: ClassVar[str] = "relu6"
    layer: ClassVar[str] = "ReLU6"
    reference: ClassVar[str] = DOCS + "ReLU6.html"
    example: ClassVar[str] = "relu6"
    can_be_inplace: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class LeakyReLU(Activation):
    """`x` above 0, `negative_slope * x` below."""

    key: ClassVar[str] = "leaky_relu"
    main: ClassVar[str | None] = "negative_slope"
    layer: ClassVar[str] = "LeakyReLU"
    reference: ClassVar[str] = DOCS + "LeakyReLU.html"
    example: ClassVar[str] = "{leaky_relu: 0.1}"
    can_be_inplace: ClassVar[bool] = True
    saves_output: ClassVar[bool] = True

    negative_slope: NonNegativeNumber = 0.01


@dataclass(frozen=True, slots=True)
class PReLU(Pointwise):
    """A leaky ReLU with a learned slope: one for all, or with `channels: true` one for each channel."""

    key: ClassVar[str] = "prelu"
    kind: ClassVar[Kind] = "activation"
    reference: ClassVar[str] = DOCS + "PReLU.html"
    example: ClassVar[str] = "{prelu: 0.25, channels: true}"
    main: ClassVar[str | None] = "init"

    init: Number = 0.25
    channels: bool = False

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        return (Weight("weight", (self._slopes(inputs[0]),)),)

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        return Saved(inputs=(0,))

    def torch(self, *inputs: Shape) -> Recipe:
        slopes = Argument(
            self._slopes(inputs[0]), "num_parameters", 1, "in_channels" if self.channels else ""
        )
        return Layer(Call("nn.PReLU", (slopes, Argument(self.init, "init", 0.25, "init"))))

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph("PReLU", small=True)

    def _slopes(self, shape: Shape) -> int:
        return shape[0] if self.channels else 1


@dataclass(frozen=True, slots=True)
class RReLU(Activation):
    """A leaky ReLU whose slope is drawn between `lower` and `upper` in training, and is their mean in evaluation."""

    key: ClassVar[str] = "rrelu"
    layer: ClassVar[str] = "RReLU"
    reference: ClassVar[str] = DOCS + "RReLU.html"
    example: ClassVar[str] = "{rrelu: 0.1, upper: 0.3}"
    main: ClassVar[str | None] = "lower"
    can_be_inplace: ClassVar[bool] = True
    saves_output: ClassVar[bool] = True

    lower: Probability = 1 / 8
    upper: Probability = 1 / 3

    def infer(self, *inputs: Shape) -> Shape | Fault:
        if self.lower <= self.upper:
            return inputs[0]
        return Fault(
            "E0221",
            f"lower {self.lower} is above upper {self.upper}",
            argument="lower",
            help="write the smaller slope as `lower`, the larger as `upper`",
        )

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        """Besides, the slopes that were drawn."""
        slopes = prod(inputs[0])
        return Saved(output=True, numbers=slopes) if inplace else Saved(inputs=(0,), numbers=slopes)


@dataclass(frozen=True, slots=True)
class Threshold(Activation):
    """`x` above `threshold`, `value` elsewhere."""

    key: ClassVar[str] = "threshold"
    layer: ClassVar[str] = "Threshold"
    reference: ClassVar[str] = DOCS + "Threshold.html"
    example: ClassVar[str] = "{threshold: 0.1, value: 0}"
    main: ClassVar[str | None] = "threshold"
    can_be_inplace: ClassVar[bool] = True

    threshold: Number
    value: Number


@dataclass(frozen=True, slots=True)
class Hardtanh(Activation):
    """`x`, held between `min_val` and `max_val`."""

    key: ClassVar[str] = "hardtanh"
    layer: ClassVar[str] = "Hardtanh"
    reference: ClassVar[str] = DOCS + "Hardtanh.html"
    example: ClassVar[str] = "{hardtanh: 0, max_val: 6}"
    main: ClassVar[str | None] = "min_val"
    can_be_inplace: ClassVar[bool] = True

    min_val: Number = -1.0
    max_val: Number = 1.0

    def infer(self, *inputs: Shape) -> Shape | Fault:
        if self.min_val < self.max_val:
            return inputs[0]
        return Fault(
            "E0221",
            f"min_val {self.min_val} is not below max_val {self.max_val}",
            argument="min_val",
            help="write the lower bound as `min_val`, the upper as `max_val`",
        )


@dataclass(frozen=True, slots=True)
class Hardsigmoid(Activation):
    """`min(max(0, x / 6 + 1 / 2), 1)`, as in MobileNetV3."""

    key: ClassVar[str] = "hardsigmoid"
    layer: ClassVar[str] = "Hardsigmoid"
    reference: ClassVar[str] = DOCS + "Hardsigmoid.html"
    example: ClassVar[str] = "hardsigmoid"
    can_be_inplace: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Hardswish(Activation):
    """`x * hardsigmoid(x)`, as in MobileNetV3."""

    key: ClassVar[str] = "hardswish"
    layer: ClassVar[str] = "Hardswish"
    reference: ClassVar[str] = DOCS + "Hardswish.html"
    example: ClassVar[str] = "hardswish"
    can_be_inplace: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Hardshrink(Activation):
    """0 from `-lambd` to `lambd`, else `x`."""

    key: ClassVar[str] = "hardshrink"
    main: ClassVar[str | None] = "lambd"
    layer: ClassVar[str] = "Hardshrink"
    reference: ClassVar[str] = DOCS + "Hardshrink.html"
    example: ClassVar[str] = "hardshrink"

    lambd: NonNegativeNumber = 0.5


@dataclass(frozen=True, slots=True)
class Softshrink(Activation):
    """Moves `x` towards 0 by `lambd`, and no further than 0."""

    key: ClassVar[str] = "softshrink"
    main: ClassVar[str | None] = "lambd"
    layer: ClassVar[str] = "Softshrink"
    reference: ClassVar[str] = DOCS + "Softshrink.html"
    example: ClassVar[str] = "softshrink"

    lambd: NonNegativeNumber = 0.5
