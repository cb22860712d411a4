"""The activations of PyTorch that take the numbers along one axis together."""

from __future__ import annotations

from typing import ClassVar, Literal

from archspec.ops.activation import DOCS, ActivationLayer
from archspec.ops.arguments import Axis
from archspec.ops.base import POINT, WHOLE_AXIS, Along, Fault, Glyph, Shape, Window
from archspec.ops.recipe import Argument, Call, Layer, Recipe
from archspec.ops.shapes import axis_word, resolve_axis, torch_dim
from archspec.records import dataclass


class _AlongAxis(ActivationLayer):
    """An activation that takes the numbers along one axis together."""

    __slots__ = ()
    axis: int

    def infer(self, *inputs: Shape) -> Shape | Fault:
        axis = resolve_axis(self.axis, inputs[0])
        return axis if isinstance(axis, Fault) else inputs[0]

    def keeps_axes_apart(self, *inputs: Shape) -> bool:
        return True

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        return tuple(window for _, window in self.along(*inputs)[1:])

    def along(self, *inputs: Shape) -> tuple[Along, ...]:
        """The axis stays one, each of its positions seeing all of it."""
        shape = inputs[0]
        whole = self.axis % len(shape)
        return tuple((axis, WHOLE_AXIS if axis == whole else POINT) for axis in range(len(shape)))

    def torch(self, *inputs: Shape) -> Recipe:
        return Layer(Call(f"nn.{self.layer}", (Argument(torch_dim(self.axis), "dim", origin="axis"),)))


@dataclass(frozen=True, slots=True)
class Softmax(_AlongAxis):
    """`exp(x)` over its sum along `axis`, the channels if none is given: positive numbers that add up to 1."""

    key: ClassVar[str] = "softmax"
    layer: ClassVar[str] = "Softmax"
    reference: ClassVar[str] = DOCS + "Softmax.html"
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
    reference: ClassVar[str] = DOCS + "LogSoftmax.html"
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
    reference: ClassVar[str] = DOCS + "Softmin.html"
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
    reference: ClassVar[str] = DOCS + "GLU.html"
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
