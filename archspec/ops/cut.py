"""Parts of a value, and borders around it."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Literal

from archspec.ops.arguments import Axis, Count, Counts, Natural, Naturals, Number, Range
from archspec.ops.base import Along, Fault, Glyph, Kind, Movement, Saved, Shape, Window
from archspec.ops.recipe import INPUT, Argument, Call, Function, Layer, Recipe
from archspec.ops.shapes import (
    axis_word,
    bounded,
    crossed,
    crossed_once,
    divisors_near,
    need_content,
    need_map,
    need_one_per_axis,
    per_axis,
    resolve_axis,
    torch_dim,
)
from archspec.records import dataclass


class _Part(Movement):
    """Consecutive positions of one axis, a view of the input."""

    __slots__ = ()
    kind: ClassVar[Kind] = "reshape"
    views_input: ClassVar[bool] = True
    origin: ClassVar[str]
    """The field that says which positions they are."""
    axis: int

    def infer(self, *inputs: Shape) -> Shape | Fault:
        shape = inputs[0]
        axis = resolve_axis(self.axis, shape)
        if isinstance(axis, Fault):
            return axis
        start, stop = self._bounds(shape[axis])
        return self._need_part(shape, axis) or (*shape[:axis], stop - start, *shape[axis + 1 :])

    def keeps_axes_apart(self, *inputs: Shape) -> bool:
        return True

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        return tuple(window for _, window in self.along(*inputs)[1:])

    def along(self, *inputs: Shape) -> tuple[Along, ...]:
        """The channels too are cut at a place that is known."""
        shape = inputs[0]
        cut = self.axis % len(shape)
        start, _ = self._bounds(shape[cut])
        return tuple((axis, Window(padding=-start if axis == cut else 0)) for axis in range(len(shape)))

    def torch(self, *inputs: Shape) -> Recipe:
        start, stop = self._bounds(inputs[0][self.axis])
        arguments = (
            Argument(torch_dim(self.axis), origin="axis"),
            Argument(start, origin=f"{self.origin}_start"),
            Argument(stop - start, origin=f"{self.origin}_length"),
        )
        return Function(Call("torch.narrow", (Argument(INPUT), *arguments)), layer=Call("Narrow", arguments))

    @abstractmethod
    def _need_part(self, shape: Shape, axis: int) -> Fault | None:
        """Why that axis of the input has no such part."""

    @abstractmethod
    def _bounds(self, size: int) -> tuple[int, int]:
        """The first position of the part of an axis of `size` positions, and the first behind it."""


@dataclass(frozen=True, slots=True)
class Slice(_Part):
    """The positions from start to stop (exclusive) of an axis, the channels if none is given.

    A negative number counts from the end, as in Python; unlike Python, a bound outside of the axis is an error.
    """

    key: ClassVar[str] = "slice"
    main: ClassVar[str | None] = "range"
    origin: ClassVar[str] = "range"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.narrow.html"
    example: ClassVar[str] = "{slice: [0, 32]}"

    range: Range
    axis: Axis = 0

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph(f"[{self.range[0]}:{self.range[1]}]", small=True)

    def _need_part(self, shape: Shape, axis: int) -> Fault | None:
        size = shape[axis]
        start, stop = self._bounds(size)
        if 0 <= start < stop <= size:
            return None
        fact = "are none" if start >= stop else f"go beyond the {axis_word(shape, axis)}, which is {size}"
        return Fault(
            "E0316",
            f"positions {self.range[0]} to {self.range[1]} {fact}",
            argument="range",
            help=f"write a start and a larger stop, from 0 to {size}",
            axis=axis,
        )

    def _bounds(self, size: int) -> tuple[int, int]:
        start, stop = self.range
        return start + size if start < 0 else start, stop + size if stop < 0 else stop


@dataclass(frozen=True, slots=True)
class Split(_Part):
    """One of `parts` equal parts of an axis, the channels if none is given: `part` 0 is the first.

    A node has one output, so each part is a node of its own: `{split: 2, part: 0}`, and `{split: 2, part: 1}` with a
    `from`.
    """

    key: ClassVar[str] = "split"
    main: ClassVar[str | None] = "parts"
    origin: ClassVar[str] = "part"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.chunk.html"
    example: ClassVar[str] = "{split: 2, part: 0}"

    parts: Count
    part: Natural
    axis: Axis = 0

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph(f"part {self.part + 1} of {self.parts}", small=True)

    def _need_part(self, shape: Shape, axis: int) -> Fault | None:
        if shape[axis] % self.parts:
            return Fault(
                "E0309",
                f"{self.parts} parts do not divide the {axis_word(shape, axis)} {shape[axis]}",
                argument="parts",
                help=f"{divisors_near('split', self.parts, shape[axis])}, or use `slice` for parts of other sizes",
                axis=axis,
            )
        if self.part >= self.parts:
            return Fault(
                "E0316",
                f"there is no part {self.part} of {self.parts}: the first is 0",
                argument="part",
                help=f"write a part from 0 to {self.parts - 1}",
            )
        return None

    def _bounds(self, size: int) -> tuple[int, int]:
        length = size // self.parts
        return self.part * length, (self.part + 1) * length


class _Border(Movement):
    """Positions added before and after on each spatial axis of a map, or taken away."""

    __slots__ = ()
    mixes_channels: ClassVar[bool] = False
    kind: ClassVar[Kind] = "reshape"

    def keeps_axes_apart(self, *inputs: Shape) -> bool:
        return True

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        return tuple(Window(padding=before) for before, _ in self._margins(inputs[0]))

    @abstractmethod
    def _margins(self, shape: Shape) -> tuple[tuple[int, int], ...]:
        """What is added before and after on each axis; negative: taken away."""


@dataclass(frozen=True, slots=True)
class Crop(_Border):
    """The middle of a map: `size` positions of each spatial axis, the odd one left out at the end."""

    key: ClassVar[str] = "crop"
    main: ClassVar[str | None] = "size"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html"
    example: ClassVar[str] = "{crop: [56, 56]}"

    size: Counts

    def infer(self, *inputs: Shape) -> Shape | Fault:
        shape = inputs[0]
        fault = need_map(self.key, shape) or need_one_per_axis(shape, size=self.size)
        if fault:
            return fault
        sizes = per_axis(self.size, len(shape) - 1)
        for axis, size in enumerate(sizes, start=1):
            if size > shape[axis]:
                return Fault(
                    "E0316",
                    f"a crop to {size} is larger than the {axis_word(shape, axis)} {shape[axis]}",
                    argument="size",
                    help=f"write a size of at most {shape[axis]}, or use `pad`",
                    axis=axis,
                    due=size,
                )
        return (shape[0], *sizes)

    def torch(self, *inputs: Shape) -> Recipe:
        amounts = Argument(torch_pads(self._margins(inputs[0])), origin="size")
        layer = Call(f"nn.ZeroPad{len(inputs[0]) - 1}d", (amounts,))
        return Function(Call("F.pad", (Argument(INPUT), amounts)), layer=layer)

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph(f"crop to {crossed(per_axis(self.size, len(inputs[0]) - 1))}", small=True)

    def _margins(self, shape: Shape) -> tuple[tuple[int, int], ...]:
        margins = []
        for length, size in zip(shape[1:], per_axis(self.size, len(shape) - 1), strict=True):
            before = (length - size) // 2
            margins.append((-before, before + size - length))
        return tuple(margins)


@dataclass(frozen=True, slots=True)
class Pad(_Border):
    """A border around a map: `amount` positions on each side of each spatial axis; `after` where the end differs.

    `mode: zeros` fills with `value`; `reflect`, `replicate` and `circular` repeat the input, as PyTorch's layers do.
    """

    key: ClassVar[str] = "pad"
    main: ClassVar[str | None] = "amount"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/nn.html#padding-layers"
    example: ClassVar[str] = "{pad: 0, after: 1}"

    amount: Naturals
    after: Naturals | None = None
    mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros"
    value: Number = 0.0

    def infer(self, *inputs: Shape) -> Shape | Fault:
        shape = inputs[0]
        fault = need_map(self.key, shape) or need_one_per_axis(shape, amount=self.amount, after=self.after)
        if fault:
            return fault
        if self.mode != "zeros" and self.value != 0:
            return Fault(
                "E0221",
                f"`mode: {self.mode}` repeats the input and has no `value`",
                argument="value",
                help="leave `value` out, or write `mode: zeros`",
            )
        margins = self._margins(shape)
        fault = need_content(shape, margins, self.mode, "amount")
        return fault or bounded(
            (shape[0], *(size + sum(margin) for size, margin in zip(shape[1:], margins, strict=True)))
        )

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        return Saved(inputs=(0,) if self.mode in ("reflect", "replicate") else ())

    def torch(self, *inputs: Shape) -> Recipe:
        margins = self._margins(inputs[0])
        sides = {side for margin in margins for side in margin}
        amounts = Argument(sides.pop() if len(sides) == 1 else torch_pads(margins), origin="amount")
        if self.value != 0:
            value = Argument(self.value, origin="value")
            return Layer(Call(f"nn.ConstantPad{len(margins)}d", (amounts, value)))
        names = {"zeros": "Zero", "reflect": "Reflection", "replicate": "Replication", "circular": "Circular"}
        return Layer(Call(f"nn.{names[self.mode]}Pad{len(margins)}d", (amounts,)))

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph(f"pad {crossed_once(self.amount)}", small=True)

    def _margins(self, shape: Shape) -> tuple[tuple[int, int], ...]:
        axes = len(shape) - 1
        before = per_axis(self.amount, axes)
        return tuple(zip(before, before if self.after is None else per_axis(self.after, axes), strict=True))


def torch_pads(margins: tuple[tuple[int, int], ...]) -> tuple[int, ...]:
    """As PyTorch takes them: the last axis first."""
    return tuple(amount for margin in reversed(margins) for amount in margin)
