"""The activations of PyTorch whose graph is a curve."""

from __future__ import annotations

from math import prod
from typing import ClassVar, Literal

from archspec.ops.activation import DOCS, Activation
from archspec.ops.arguments import Number, PositiveNumber
from archspec.ops.base import Saved, Shape
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class ELU(Activation):
    """`x` above 0, `alpha * (exp(x) - 1)` below."""

    key: ClassVar[str] = "elu"
    main: ClassVar[str | None] = "alpha"
    layer: ClassVar[str] = "ELU"
    reference: ClassVar[str] = DOCS + "ELU.html"
    example: ClassVar[str] = "elu"
    can_be_inplace: ClassVar[bool] = True
    saves_output: ClassVar[bool] = True

    alpha: PositiveNumber = 1.0


@dataclass(frozen=True, slots=True)
class SELU(Activation):
    """The ELU whose constants keep mean 0 and variance 1 (Klambauer et al., 2017)."""

    key: ClassVar[str] = "selu"
    layer: ClassVar[str] = "SELU"
    reference: ClassVar[str] = DOCS + "SELU.html"
    example: ClassVar[str] = "selu"
    can_be_inplace: ClassVar[bool] = True
    saves_output: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class CELU(Activation):
    """`max(0, x) + min(0, alpha * (exp(x / alpha) - 1))`."""

    key: ClassVar[str] = "celu"
    main: ClassVar[str | None] = "alpha"
    layer: ClassVar[str] = "CELU"
    reference: ClassVar[str] = DOCS + "CELU.html"
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
    reference: ClassVar[str] = DOCS + "GELU.html"
    example: ClassVar[str] = "gelu"

    approximate: Literal["none", "tanh"] = "none"


@dataclass(frozen=True, slots=True)
class SiLU(Activation):
    """`x * sigmoid(x)`, also known as swish."""

    key: ClassVar[str] = "silu"
    layer: ClassVar[str] = "SiLU"
    reference: ClassVar[str] = DOCS + "SiLU.html"
    example: ClassVar[str] = "silu"
    can_be_inplace: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Mish(Activation):
    """`x * tanh(softplus(x))`."""

    key: ClassVar[str] = "mish"
    layer: ClassVar[str] = "Mish"
    reference: ClassVar[str] = DOCS + "Mish.html"
    example: ClassVar[str] = "mish"
    can_be_inplace: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Sigmoid(Activation):
    """`1 / (1 + exp(-x))`."""

    key: ClassVar[str] = "sigmoid"
    layer: ClassVar[str] = "Sigmoid"
    reference: ClassVar[str] = DOCS + "Sigmoid.html"
    example: ClassVar[str] = "sigmoid"
    saves_output: ClassVar[bool] = True
    derivative_of: ClassVar[Literal["input", "output"]] = "output"


@dataclass(frozen=True, slots=True)
class LogSigmoid(Activation):
    """`log(sigmoid(x))`."""

    key: ClassVar[str] = "logsigmoid"
    layer: ClassVar[str] = "LogSigmoid"
    reference: ClassVar[str] = DOCS + "LogSigmoid.html"
    example: ClassVar[str] = "logsigmoid"

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        return Saved(inputs=(0,), numbers=prod(inputs[0]))  # `exp(-|x|)`


@dataclass(frozen=True, slots=True)
class Tanh(Activation):
    """The hyperbolic tangent."""

    key: ClassVar[str] = "tanh"
    layer: ClassVar[str] = "Tanh"
    reference: ClassVar[str] = DOCS + "Tanh.html"
    example: ClassVar[str] = "tanh"
    saves_output: ClassVar[bool] = True
    derivative_of: ClassVar[Literal["input", "output"]] = "output"


@dataclass(frozen=True, slots=True)
class Tanhshrink(Activation):
    """`x - tanh(x)`."""

    key: ClassVar[str] = "tanhshrink"
    layer: ClassVar[str] = "Tanhshrink"
    reference: ClassVar[str] = DOCS + "Tanhshrink.html"
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
    reference: ClassVar[str] = DOCS + "Softplus.html"
    example: ClassVar[str] = "softplus"

    beta: PositiveNumber = 1.0
    threshold: Number = 20.0


@dataclass(frozen=True, slots=True)
class Softsign(Activation):
    """`x / (1 + |x|)`."""

    key: ClassVar[str] = "softsign"
    layer: ClassVar[str] = "Softsign"
    reference: ClassVar[str] = DOCS + "Softsign.html"
    example: ClassVar[str] = "softsign"

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        return Saved(inputs=(0,), numbers=prod(inputs[0]))  # the denominator
