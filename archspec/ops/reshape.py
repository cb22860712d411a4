"""Other arrangements of the same numbers."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from archspec.ops.arguments import Axes, Axis, Count, Sizes
from archspec.ops.base import POINT, WHOLE_AXIS, Along, Fault, Glyph, Kind, Movement, Shape, Window
from archspec.ops.recipe import INPUT, Argument, Call, Function, Layer, Recipe
from archspec.ops.shapes import axis_word, bounded, divisors_near, resolve_axis, torch_dim, written
from archspec.records import dataclass


class _Rearrangement(Movement):
    """Every number of the input, in another place."""

    __slots__ = ()
    kind: ClassVar[Kind] = "reshape"

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        return (POINT,) * (len(inputs[0]) - 1)


@dataclass(frozen=True, slots=True)
class Flatten(_Rearrangement):
    """All axes from `start` to `end` as one: a vector, unless told otherwise (`torch.flatten`)."""

    key: ClassVar[str] = "flatten"
    main: ClassVar[str | None] = "start"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.flatten.html"
    example: ClassVar[str] = "flatten"
    views_input: ClassVar[bool] = True

    start: Axis = 0
    end: Axis = -1

    def infer(self, *inputs: Shape) -> Shape | Fault:
        shape = inputs[0]
        ends = []
        for name, axis in (("start", self.start), ("end", self.end)):
            resolved = resolve_axis(axis, shape, name)
            if isinstance(resolved, Fault):
                return resolved
            ends.append(resolved)
        start, end = ends
        if start > end:
            return Fault(
                "E0221",
                f"start {self.start} lies behind end {self.end}",
                argument="start",
                help="write the earlier axis as `start`",
            )
        return bounded((*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :]))

    def along(self, *inputs: Shape) -> tuple[Along | None, ...]:
        """An axis that is made one with others is lost; those behind move up."""
        rank = len(inputs[0])
        start, end = self.start % rank, self.end % rank
        merged = range(start, end + 1) if start < end else ()
        return tuple(
            None if axis in merged else (axis if axis <= start else axis - (end - start), POINT)
            for axis in range(rank)
        )

    def torch(self, *inputs: Shape) -> Recipe:
        start, end = torch_dim(self.start), torch_dim(self.end)
        tail = Argument(end, "end_dim", -1, "end")
        return Function(
            Call("torch.flatten", (Argument(INPUT), Argument(start, "", 0, "start"), tail)),
            layer=Call("nn.Flatten", (Argument(start, "", 1, "start"), tail)),
        )

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph("flatten", small=True)


@dataclass(frozen=True, slots=True)
class Unflatten(_Rearrangement):
    """One axis as several, whose sizes multiply to its own: a map out of a vector (`torch.unflatten`)."""

    key: ClassVar[str] = "unflatten"
    main: ClassVar[str | None] = "shape"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Unflatten.html"
    example: ClassVar[str] = "{unflatten: [16, 5, 5]}"
    views_input: ClassVar[bool] = True

    shape: Sizes
    axis: Axis = 0

    def infer(self, *inputs: Shape) -> Shape | Fault:
        shape = inputs[0]
        axis = resolve_axis(self.axis, shape)
        if isinstance(axis, Fault):
            return axis
        if not self.shape:
            return Fault(
                "E0221", "`unflatten` needs the sizes", argument="shape", help="write `unflatten: [C, H, W]`"
            )
        if prod(self.shape) != shape[axis]:
            return Fault(
                "E0315",
                f"{written(self.shape)} holds {prod(self.shape)} numbers, and the {axis_word(shape, axis)} is "
                f"{shape[axis]}",
                argument="shape",
                help=f"write sizes that multiply to {shape[axis]}",
                axis=axis,
                mended=(*shape[:axis], *self.shape, *shape[axis + 1 :]),
                open=tuple(range(axis, axis + len(self.shape))),
                due=prod(self.shape),
            )
        return (*shape[:axis], *self.shape, *shape[axis + 1 :])

    def along(self, *inputs: Shape) -> tuple[Along | None, ...]:
        """The axis that becomes several is lost; those behind move on."""
        rank = len(inputs[0])
        parted, more = self.axis % rank, len(self.shape) - 1
        return tuple(
            None if axis == parted and more else (axis if axis <= parted else axis + more, POINT)
            for axis in range(rank)
        )

    def torch(self, *inputs: Shape) -> Recipe:
        arguments = (
            Argument(torch_dim(self.axis), origin="axis"),
            Argument(self.shape, origin="shape"),
        )
        return Function(
            Call("torch.unflatten", (Argument(INPUT), *arguments)), layer=Call("nn.Unflatten", arguments)
        )

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph(f"to {written(self.shape)}", small=True)


@dataclass(frozen=True, slots=True)
class Permute(_Rearrangement):
    """The axes in another order: output axis `i` is input axis `axes[i]`, the batch not counted (`torch.permute`)."""

    key: ClassVar[str] = "permute"
    main: ClassVar[str | None] = "axes"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.permute.html"
    example: ClassVar[str] = "{permute: [1, 2, 0]}"
    views_input: ClassVar[bool] = True

    axes: Axes

    def infer(self, *inputs: Shape) -> Shape | Fault:
        shape = inputs[0]
        if sorted(self.axes) != list(range(len(shape))):
            order = [axis - 1 for axis in self.axes[1:]]
            with_batch = self.axes[:1] == (0,) and sorted(order) == list(range(len(shape)))
            return Fault(
                "E0316",
                f"{list(self.axes)} is not an order of the {len(shape)} axes of {written(shape)}",
                argument="axes",
                help=f"axes count without the batch: write {order}"
                if with_batch
                else f"list each of 0 to {len(shape) - 1} once",
                mended=tuple(shape[axis] for axis in order) if with_batch else None,
                meant=str(order) if with_batch else "",
            )
        return tuple(shape[axis] for axis in self.axes)

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        """Along an axis that is not where it was, every position may see all of it."""
        return tuple(POINT if axis == at else WHOLE_AXIS for at, axis in enumerate(self.axes) if at)

    def along(self, *inputs: Shape) -> tuple[Along, ...]:
        return tuple((self.axes.index(axis), POINT) for axis in range(len(self.axes)))

    def torch(self, *inputs: Shape) -> Recipe:
        order = Argument((0, *(axis + 1 for axis in self.axes)), origin="axes")
        return Function(Call("torch.permute", (Argument(INPUT), order)), layer=Call("Permute", (order,)))

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph(f"permute {' '.join(str(axis) for axis in self.axes)}", small=True)


@dataclass(frozen=True, slots=True)
class ChannelShuffle(_Rearrangement):
    """The channels of `groups` groups, taken in turn, so that the next grouped convolution sees every group.

    Zhang et al., "ShuffleNet" (2017), section 3.1.
    """

    key: ClassVar[str] = "channel_shuffle"
    main: ClassVar[str | None] = "groups"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.nn.ChannelShuffle.html"
    example: ClassVar[str] = "{channel_shuffle: 2}"
    views_input: ClassVar[bool] = True

    groups: Count

    def infer(self, *inputs: Shape) -> Shape | Fault:
        shape = inputs[0]
        if shape[0] % self.groups:
            return Fault(
                "E0309",
                f"{self.groups} groups do not divide the {shape[0]} channels",
                argument="groups",
                help=divisors_near("channel_shuffle", self.groups, shape[0]),
                axis=0,
                mended=shape,
                open=(0,),  # as likely as the groups, the channels are wrong
            )
        return shape

    def keeps_axes_apart(self, *inputs: Shape) -> bool:
        return True

    def is_view(self, *inputs: Shape, training: bool) -> bool:
        """What has been shuffled must be copied."""
        return self.groups in (1, inputs[0][0])

    def torch(self, *inputs: Shape) -> Recipe:
        return Layer(Call("ChannelShuffle", (Argument(self.groups, origin="groups"),)))

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph("channel shuffle", small=True)
