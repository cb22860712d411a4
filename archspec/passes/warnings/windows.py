"""The sliding windows of an op, as the rules about strides and padding need them."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.ops.base import Op, Shape
from archspec.ops.convolution import Conv
from archspec.ops.pooling import AvgPool, MaxPool, MinPool
from archspec.ops.sliding import Slide, slides
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class Sliding:
    """A window along each spatial axis, with the number of positions it takes there."""

    windows: tuple[Slide, ...]
    steps: tuple[int, ...]

    def axes(self) -> Iterator[tuple[int, Slide, int]]:
        """For each spatial axis its number in the shape, its window, the positions it takes."""
        for axis, (window, count) in enumerate(zip(self.windows, self.steps, strict=True), start=1):
            yield axis, window, count


def sliding(op: Op, shape: Shape, output: Shape) -> Sliding | None:
    """The windows of a convolution or a pool; None for any other op."""
    match op:
        case Conv():
            found = slides(shape, op.kernel, op.stride, op.padding, op.dilation)
        case MaxPool() | MinPool():
            stride = op.kernel if op.stride is None else op.stride
            found = slides(shape, op.kernel, stride, op.padding, op.dilation)
        case AvgPool():
            found = slides(shape, op.kernel, op.kernel if op.stride is None else op.stride, op.padding)
        case _:
            return None
    return Sliding(found, output[1:])
