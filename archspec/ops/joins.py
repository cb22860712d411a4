"""Where paths meet: sums, products, concatenations, and the shortcut of a residual that pads its channels.

The structures `add`, `multiply`, `concat` and `residual` of the language make these ops; no spec names them.
"""

from __future__ import annotations

from math import prod
from typing import ClassVar

from archspec.ops.arguments import Count, Counts
from archspec.ops.base import POINT, Fault, Glyph, Kind, Movement, Saved, Shape, Weightless, Window
from archspec.ops.recipe import INPUTS, Argument, Call, Function, Layer, Operator, Recipe
from archspec.ops.shapes import (
    axis_word,
    bounded,
    compact,
    need_map,
    need_one_per_axis,
    per_axis,
    stride_mark,
    written,
)
from archspec.records import dataclass


class _Join(Weightless):
    """Several values in, one out. PyTorch would broadcast what differs, in silence; here it is an error."""

    __slots__ = ()
    kind: ClassVar[Kind] = "join"

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        return (POINT,) * (len(inputs[0]) - 1)

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        return Saved()


@dataclass(frozen=True, slots=True)
class Add(_Join):
    """The sum of values of equal shape."""

    key: ClassVar[str] = "add"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.add.html"
    example: ClassVar[str] = "{add: [conv2, input]}"
    mixes_channels: ClassVar[bool] = False

    def infer(self, *inputs: Shape) -> Shape | Fault:
        for position, shape in enumerate(inputs[1:], start=1):
            if shape != inputs[0]:
                return Fault(
                    "E0303",
                    f"a sum of unequal shapes: {written(inputs[0])} and {written(shape)}",
                    help=_make_equal(inputs[0], shape),
                    axis=_first_difference(inputs[0], shape),
                    input=position,
                )
        return inputs[0]

    def keeps_axes_apart(self, *inputs: Shape) -> bool:
        return True

    def torch(self, *inputs: Shape) -> Recipe:
        return Operator("+")

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph("+")


@dataclass(frozen=True, slots=True)
class Multiply(_Join):
    """The product of values of equal shape, or of a map and its gates.

    A gate has one number for each channel (`[C, 1, 1]`, as in squeeze-and-excite) or one for each position
    (`[1, H, W]`); nothing else is stretched.
    """

    key: ClassVar[str] = "multiply"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.mul.html"
    example: ClassVar[str] = "{multiply: [gate, input]}"
    mixes_channels: ClassVar[bool] = False

    def infer(self, *inputs: Shape) -> Shape | Fault:
        largest = max(inputs, key=by_size)
        gates = (largest[0], *(1,) * (len(largest) - 1)), (1, *largest[1:])
        for position, shape in enumerate(inputs):
            if shape not in (largest, *gates):
                return Fault(
                    "E0303",
                    f"a product of unequal shapes: {written(largest)} and {written(shape)}",
                    help=f"make the second {written(largest)}, or a gate: "
                    f"{written(gates[0])} or {written(gates[1])}",
                    axis=_first_difference(largest, shape),
                    input=position,
                )
        return largest

    def keeps_axes_apart(self, *inputs: Shape) -> bool:
        """A gate of one number stays one: where the map has more than one position along every axis, a shape that is
        accepted with one other axis as it is has not become a gate of the other kind.
        """
        return all(size > 1 for size in max(inputs, key=by_size)[1:])

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        """Every factor, since it is what the others are multiplied by; of three and more, the products on the way."""
        partial = inputs[0]
        numbers = 0
        for shape in inputs[1:-1]:
            partial = tuple(map(max, partial, shape))
            numbers += prod(partial)
        return Saved(inputs=tuple(range(len(inputs))) if len(inputs) > 1 else (), numbers=numbers)

    def torch(self, *inputs: Shape) -> Recipe:
        return Operator("*")

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph("×")


@dataclass(frozen=True, slots=True)
class Concat(_Join):
    """Values one after the other along the channels; every other axis must agree."""

    key: ClassVar[str] = "concat"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.cat.html"
    example: ClassVar[str] = "{concat: [up, encoder1]}"

    def infer(self, *inputs: Shape) -> Shape | Fault:
        first = inputs[0]
        for position, shape in enumerate(inputs[1:], start=1):
            if shape[1:] == first[1:]:
                continue
            axis = _first_difference((0, *first[1:]), (0, *shape[1:]))
            differing = "number of axes" if axis is None else axis_word(first, axis)
            return Fault(
                "E0302",
                f"a concatenation of values whose {differing} differs: {written(first)} and {written(shape)}",
                help=_make_equal(first, shape)
                if axis is None
                else f"channels may differ, every other axis must agree: {_make_fit(first[1:], shape[1:])}",
                axis=axis,
                input=position,
            )
        return bounded((sum(shape[0] for shape in inputs), *first[1:]))

    def keeps_axes_apart(self, *inputs: Shape) -> bool:
        return True

    def torch(self, *inputs: Shape) -> Recipe:
        return Function(Call("torch.cat", (Argument(INPUTS), Argument(1, default=0))))

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph("concat")


@dataclass(frozen=True, slots=True)
class PadShortcut(Movement):
    """Every `stride`-th position, and zero channels appended up to `channels`.

    Option A of He et al., "Deep Residual Learning for Image Recognition" (2015), section 3.3.
    """

    key: ClassVar[str] = "pad_shortcut"
    main: ClassVar[str | None] = "channels"
    kind: ClassVar[Kind] = "reshape"
    reference: ClassVar[str] = "https://arxiv.org/abs/1512.03385"
    example: ClassVar[str] = "{residual: […], shortcut: pad}"

    channels: Count
    stride: Counts = 1

    def infer(self, *inputs: Shape) -> Shape | Fault:
        shape = inputs[0]
        fault = need_map("shortcut: pad", shape) or need_one_per_axis(shape, stride=self.stride)
        if fault:
            return fault
        if self.channels < shape[0]:
            return Fault(
                "E0317",
                f"zero channels can be added to {shape[0]} channels, and {self.channels} are fewer",
                argument="channels",
                help="write `shortcut: projection`",
            )
        strides = per_axis(self.stride, len(shape) - 1)
        return (self.channels, *(-(-size // step) for size, step in zip(shape[1:], strides, strict=True)))

    def keeps_axes_apart(self, *inputs: Shape) -> bool:
        return True

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        return tuple(Window(1, step) for step in per_axis(self.stride, len(inputs[0]) - 1))

    def torch(self, *inputs: Shape) -> Recipe:
        axes = len(inputs[0]) - 1
        arguments = (
            Argument(inputs[0][0], origin="in_channels"),
            Argument(self.channels, origin="channels"),
            Argument(compact(per_axis(self.stride, axes)), "stride", 1, "stride"),
        )
        return Layer(Call(f"PadShortcut{axes}d", arguments))

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph(", ".join(["zero-pad", str(self.channels), *stride_mark(self.stride)]))


def by_size(shape: Shape) -> tuple[int, int, Shape]:
    """What orders maps and gates: the largest is the map."""
    return prod(shape), len(shape), shape


def _first_difference(one: Shape, other: Shape) -> int | None:
    """The first axis on which two shapes differ; None if they have unequal numbers of axes."""
    if len(one) != len(other):
        return None
    return next(axis for axis, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)


def _make_equal(one: Shape, other: Shape) -> str:
    if len(one) != len(other):
        return "bring both to the same number of axes, with `flatten`, `gap` or `unflatten`"
    if one[1:] == other[1:]:
        side = f"`{{conv: {one[0]}, kernel: 1}}` on the second"
        return f"bring both to the same channels: {side}; to put them side by side, write `concat`"
    if one[0] == other[0]:
        return f"bring both to the same shape: {_make_fit(one[1:], other[1:])}"
    return "bring both to the same shape: mend the channels and the stride or the padding on one path"


def _make_fit(one: Shape, other: Shape) -> str:
    """How to bring two maps to the same sizes: one cut, where little is too much, or enlarged."""
    plain = "mend the stride or the padding on one path"
    smaller, larger = sorted((one, other))
    which = "second" if larger == other else "first"
    ratios = {large / small for large, small in zip(larger, smaller, strict=True)}
    if min(ratios) >= 1 and max(ratios) < 1.5:
        return f"cut the {which} with `crop: {list(smaller)}`, or {plain}"
    factor = max(ratios)
    if len(ratios) == 1 and factor.is_integer():
        return f"{plain}, or enlarge the {'first' if which == 'second' else 'second'} with `upsample: {int(factor)}`"
    return plain
