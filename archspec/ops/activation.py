"""The activations of PyTorch, under PyTorch's names.

The fields of each class carry the names and the defaults that the layer's own arguments have in PyTorch, so that one
`torch` method serves them all. `saves_output` also covers the in-place form of the layer, which may read the output
where the ordinary form reads the input (`nn.ELU`).
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from math import prod
from typing import ClassVar, Literal

from archspec.ops.arguments import Axis, NonNegativeNumber, Number, PositiveNumber, Probability
from archspec.ops.base import Fault, Glyph, Kind, Op, Pointwise, Saved, Shape, Weight, Window
from archspec.ops.recipe import REQUIRED, Argument, Call, Layer, Recipe
from archspec.ops.shapes import axis_word, resolve_axis, torch_dim
from archspec.records import dataclass

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.nn."


class Activation(Pointwise):
    """Each number by itself, with a layer of `torch.nn` that takes the op's fields as they are."""

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


@dataclass(frozen=True, slots=True)
class ReLU(Activation):
    """`max(0, x)`."""

    key: ClassVar[str] = "relu"
    layer: ClassVar[str] = "ReLU"
    reference: ClassVar[str] = _DOCS + "ReLU.html"
    example: ClassVar[str] = "relu"
    can_be_inplace: ClassVar[bool] = True
    saves_output: ClassVar[bool] = True
    derivative_of: ClassVar[Literal["input", "output"]] = "output"


@dataclass(frozen=True, slots=True)
class ReLU6(Activation):
    """`min(max(0, x), 6)`, as in MobileNet."""

    key: ClassVar[str] = "relu6"
    layer: ClassVar[str] = "ReLU6"
    reference: ClassVar[str] = _DOCS + "ReLU6.html"
    example: ClassVar[str] = "relu6"
    can_be_inplace: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class LeakyReLU(Activation):
    """`x` above 0, `negative_slope * x` below."""

    key: ClassVar[str] = "leaky_relu"
    main: ClassVar[str | None] = "negative_slope"
    layer: ClassVar[str] = "LeakyReLU"
    reference: ClassVar[str] = _DOCS + "LeakyReLU.html"
    example: ClassVar[str] = "{leaky_relu: 0.1}"
    can_be_inplace: ClassVar[bool] = True
    saves_output: ClassVar[bool] = True

    negative_slope: NonNegativeNumber = 0.01


@dataclass(frozen=True, slots=True)
class ELU(Activation):
    """`x` above 0, `alpha * (exp(x) - 1)` below."""

    key: ClassVar[str] = "elu"
    main: ClassVar[str | None] = "alpha"
    layer: ClassVar[str] = "ELU"
    reference: ClassVar[str] = _DOCS + "ELU.html"
    example: ClassVar[str] = "elu"
    can_be_inplace: ClassVar[bool] = True
    saves_output: ClassVar[bool] = True

    alpha: PositiveNumber = 1.0


@dataclass(frozen=True, slots=True)
class SELU(Activation):
    """The ELU whose constants keep mean 0 and variance 1 (Klambauer et al., 2017)."""

    key: ClassVar[str] = "selu"
    layer: ClassVar[str] = "SELU"
    reference: ClassVar[str] = _DOCS + "SELU.html"
    example: ClassVar[str] = "selu"
    can_be_inplace: ClassVar[bool] = True
    saves_output: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class CELU(Activation):
    """`max(0, x) + min(0, alpha * (exp(x / alpha) - 1))`."""

    key: ClassVar[str] = "celu"
    main: ClassVar[str | None] = "alpha"
    layer: ClassVar[str] = "CELU"
    reference: ClassVar[str] = _DOCS + "CELU.html"
    example: ClassVar[str] = "celu"
    can_be_inplace: ClassVar[bool] = True
    saves_output: ClassVar[bool] = True

    alpha: PositiveNumber = 1.0


@dataclass(frozen=True, slots=True)
class GELU(Activation):
    """`x` times the normal distribution function of `x`; `approximate: tanh` is the cheaper formula."""

    key: ClassVar[str] = "gelu"
    main: ClassVar[str | None] = "approximate"
    layer: ClassVar[str] = "GELU"
    reference: ClassVar[str] = _DOCS + "GELU.html"
    example: ClassVar[str] = "gelu"

    approximate: Literal["none", "tanh"] = "none"


@dataclass(frozen=True, slots=True)
class SiLU(Activation):
    """`x * sigmoid(x)`, also known as swish."""

    key: ClassVar[str] = "silu"
    layer: ClassVar[str] = "SiLU"
    reference: ClassVar[str] = _DOCS + "SiLU.html"
    example: ClassVar[str] = "silu"
    can_be_inplace: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Mish(Activation):
    """`x * tanh(softplus(x))`."""

    key: ClassVar[str] = "mish"
    layer: ClassVar[str] = "Mish"
    reference: ClassVar[str] = _DOCS + "Mish.html"
    example: ClassVar[str] = "mish"
    can_be_inplace: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Sigmoid(Activation):
    """`1 / (1 + exp(-x))`."""

    key: ClassVar[str] = "sigmoid"
    layer: ClassVar[str] = "Sigmoid"
    reference: ClassVar[str] = _DOCS + "Sigmoid.html"
    example: ClassVar[str] = "sigmoid"
    saves_output: ClassVar[bool] = True
    derivative_of: ClassVar[Literal["input", "output"]] = "output"


@dataclass(frozen=True, slots=True)
class Hardsigmoid(Activation):
    """`min(max(0, x / 6 + 1 / 2), 1)`, as in MobileNetV3."""

    key: ClassVar[str] = "hardsigmoid"
    layer: ClassVar[str] = "Hardsigmoid"
    reference: ClassVar[str] = _DOCS + "Hardsigmoid.html"
    example: ClassVar[str] = "hardsigmoid"
    can_be_inplace: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Hardswish(Activation):
    """`x * hardsigmoid(x)`, as in MobileNetV3."""

    key: ClassVar[str] = "hardswish"
    layer: ClassVar[str] = "Hardswish"
    reference: ClassVar[str] = _DOCS + "Hardswish.html"
    example: ClassVar[str] = "hardswish"
    can_be_inplace: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Tanh(Activation):
    """The hyperbolic tangent."""

    key: ClassVar[str] = "tanh"
    layer: ClassVar[str] = "Tanh"
    reference: ClassVar[str] = _DOCS + "Tanh.html"
    example: ClassVar[str] = "tanh"
    saves_output: ClassVar[bool] = True
    derivative_of: ClassVar[Literal["input", "output"]] = "output"


@dataclass(frozen=True, slots=True)
class Tanhshrink(Activation):
    """`x - tanh(x)`."""

    key: ClassVar[str] = "tanhshrink"
    layer: ClassVar[str] = "Tanhshrink"
    reference: ClassVar[str] = _DOCS + "Tanhshrink.html"
    example: ClassVar[str] = "tanhshrink"

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        """The layer is written as a difference, and keeps the `tanh` of it."""
        return Saved(numbers=prod(inputs[0]))


@dataclass(frozen=True, slots=True)
class Softplus(Activation):
    """`log(1 + exp(beta * x)) / beta`, and `x` itself where `beta * x` exceeds `threshold`."""

    key: ClassVar[str] = "softplus"
    main: ClassVar[str | None] = "beta"
    layer: ClassVar[str] = "Softplus"
    reference: ClassVar[str] = _DOCS + "Softplus.html"
    example: ClassVar[str] = "softplus"

    beta: PositiveNumber = 1.0
    threshold: Number = 20.0


@dataclass(frozen=True, slots=True)
class Softsign(Activation):
    """`x / (1 + |x|)`."""

    key: ClassVar[str] = "softsign"
    layer: ClassVar[str] = "Softsign"
    reference: ClassVar[str] = _DOCS + "Softsign.html"
    example: ClassVar[str] = "softsign"

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        return Saved(inputs=(0,), numbers=prod(inputs[0]))  # the denominator


@dataclass(frozen=True, slots=True)
class Softshrink(Activation):
    """Moves `x` towards 0 by `lambd`, and no further than 0."""

    key: ClassVar[str] = "softshrink"
    main: ClassVar[str | None] = "lambd"
    layer: ClassVar[str] = "Softshrink"
    reference: ClassVar[str] = _DOCS + "Softshrink.html"
    example: ClassVar[str] = "softshrink"

    lambd: NonNegativeNumber = 0.5


@dataclass(frozen=True, slots=True)
class Hardshrink(Activation):
    """0 from `-lambd` to `lambd`, else `x`."""

    key: ClassVar[str] = "hardshrink"
    main: ClassVar[str | None] = "lambd"
    layer: ClassVar[str] = "Hardshrink"
    reference: ClassVar[str] = _DOCS + "Hardshrink.html"
    example: ClassVar[str] = "hardshrink"

    lambd: NonNegativeNumber = 0.5


@dataclass(frozen=True, slots=True)
class LogSigmoid(Activation):
    """`log(sigmoid(x))`."""

    key: ClassVar[str] = "logsigmoid"
    layer: ClassVar[str] = "LogSigmoid"
    reference: ClassVar[str] = _DOCS + "LogSigmoid.html"
    example: ClassVar[str] = "logsigmoid"

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        return Saved(inputs=(0,), numbers=prod(inputs[0]))  # `exp(-|x|)`


@dataclass(frozen=True, slots=True)
class Hardtanh(Activation):
    """`x`, held between `min_val` and `max_val`."""

    key: ClassVar[str] = "hardtanh"
    layer: ClassVar[str] = "Hardtanh"
    reference: ClassVar[str] = _DOCS + "Hardtanh.html"
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
class RReLU(Activation):
    """A leaky ReLU whose slope is drawn between `lower` and `upper` in training, and is their mean in evaluation."""

    key: ClassVar[str] = "rrelu"
    layer: ClassVar[str] = "RReLU"
    reference: ClassVar[str] = _DOCS + "RReLU.html"
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
    reference: ClassVar[str] = _DOCS + "Threshold.html"
    example: ClassVar[str] = "{threshold: 0.1, value: 0}"
    main: ClassVar[str | None] = "threshold"
    can_be_inplace: ClassVar[bool] = True

    threshold: Number
    value: Number


@dataclass(frozen=True, slots=True)
class PReLU(Op):
    """A leaky ReLU with a learned slope: one for all, or with `channels: true` one for each channel."""

    key: ClassVar[str] = "prelu"
    kind: ClassVar[Kind] = "activation"
    reference: ClassVar[str] = _DOCS + "PReLU.html"
    example: ClassVar[str] = "{prelu: 0.25, channels: true}"
    main: ClassVar[str | None] = "init"

    init: Number = 0.25
    channels: bool = False

    def infer(self, *inputs: Shape) -> Shape | Fault:
        return inputs[0]

    def keeps_axes_apart(self, *inputs: Shape) -> bool:
        return True

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        return (Weight("weight", (self._slopes(inputs[0]),)),)

    def macs(self, *inputs: Shape) -> int:
        return 0

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        return (Window(),) * (len(inputs[0]) - 1)

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


class _AlongAxis(Activation):
    """An activation that takes the numbers along one axis together."""

    __slots__ = ()
    axis: int

    def infer(self, *inputs: Shape) -> Shape | Fault:
        axis = resolve_axis(self.axis, inputs[0])
        return axis if isinstance(axis, Fault) else inputs[0]

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        shape = inputs[0]
        along = self.axis % len(shape)
        return tuple(Window(size=0) if axis == along else Window() for axis in range(1, len(shape)))

    def torch(self, *inputs: Shape) -> Recipe:
        return Layer(Call(f"nn.{self.layer}", (Argument(torch_dim(self.axis), "dim", origin="axis"),)))


@dataclass(frozen=True, slots=True)
class Softmax(_AlongAxis):
    """`exp(x)` over its sum along `axis`, the channels if none is given: positive numbers that add up to 1."""

    key: ClassVar[str] = "softmax"
    layer: ClassVar[str] = "Softmax"
    reference: ClassVar[str] = _DOCS + "Softmax.html"
    example: ClassVar[str] = "softmax"
    main: ClassVar[str | None] = "axis"
    saves_output: ClassVar[bool] = True
    derivative_of: ClassVar[Literal["input", "output"]] = "output"

    axis: Axis = 0

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph("softmax")


@dataclass(frozen=True, slots=True)
class LogSoftmax(_AlongAxis):
    """The logarithm of `softmax`, for a loss that takes log-probabilities."""

    key: ClassVar[str] = "log_softmax"
    layer: ClassVar[str] = "LogSoftmax"
    reference: ClassVar[str] = _DOCS + "LogSoftmax.html"
    example: ClassVar[str] = "log_softmax"
    main: ClassVar[str | None] = "axis"
    saves_output: ClassVar[bool] = True
    derivative_of: ClassVar[Literal["input", "output"]] = "output"

    axis: Axis = 0

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph("log-softmax")


@dataclass(frozen=True, slots=True)
class Softmin(_AlongAxis):
    """`softmax(-x)`."""

    key: ClassVar[str] = "softmin"
    layer: ClassVar[str] = "Softmin"
    reference: ClassVar[str] = _DOCS + "Softmin.html"
    example: ClassVar[str] = "softmin"
    main: ClassVar[str | None] = "axis"
    saves_output: ClassVar[bool] = True
    derivative_of: ClassVar[Literal["input", "output"]] = "output"

    axis: Axis = 0

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph("softmin")


@dataclass(frozen=True, slots=True)
class GLU(_AlongAxis):
    """A gate: one half of `axis` times the sigmoid of the other. Halves the axis."""

    key: ClassVar[str] = "glu"
    layer: ClassVar[str] = "GLU"
    reference: ClassVar[str] = _DOCS + "GLU.html"
    example: ClassVar[str] = "glu"
    main: ClassVar[str | None] = "axis"

    axis: Axis = 0

    def infer(self, *inputs: Shape) -> Shape | Fault:
        shape = inputs[0]
        axis = resolve_axis(self.axis, shape)
        if isinstance(axis, Fault):
            return axis
        if shape[axis] % 2:
            return Fault(
                "E0309",
                f"`glu` halves the {axis_word(shape, axis)}, and {shape[axis]} is odd",
                argument="axis",
                help=_even(shape, axis),
                axis=axis,
            )
        return (*shape[:axis], shape[axis] // 2, *shape[axis + 1 :])


def _even(shape: Shape, axis: int) -> str:
    """What to do where an axis should be even."""
    word, size = axis_word(shape, axis), shape[axis]
    if axis == 0:
        return f"give the layer before it an even {word}, such as {size + 1}: one half gates the other"
    return f"make the {word} even with a `pad` before it, or leave `axis` out to halve the channels"
