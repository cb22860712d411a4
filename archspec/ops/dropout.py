"""Layers that leave something out, in training only."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from archspec.ops.arguments import Probability
from archspec.ops.base import Fault, Glyph, Kind, Pointwise, Saved, Shape, Weightless
from archspec.ops.recipe import Argument, Call, Layer, Recipe
from archspec.ops.shapes import need_map
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class Dropout(Weightless, Pointwise):
    """Sets each number to 0 with probability `p`, and scales the others by `1 / (1 - p)`; nothing in evaluation.

    With `channels: true` whole channels are left out: `nn.Dropout1d`, `2d` or `3d`.
    """

    key: ClassVar[str] = "dropout"
    main: ClassVar[str | None] = "p"
    kind: ClassVar[Kind] = "dropout"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html"
    example: ClassVar[str] = "{dropout: 0.5}"
    can_be_inplace: ClassVar[bool] = True
    views_input: ClassVar[bool] = True

    p: Probability = 0.5
    channels: bool = False

    def infer(self, *inputs: Shape) -> Shape | Fault:
        shape = inputs[0]
        return (need_map(self.key, shape) if self.channels else None) or shape

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        """The factor of each number, or of each channel: 0 or `1 / (1 - p)`. A GPU keeps a byte for each instead."""
        if self.p in (0, 1):
            return Saved(numbers_per_batch=int(self.p))
        return Saved(numbers=inputs[0][0] if self.channels else prod(inputs[0]))

    def is_view(self, *inputs: Shape, training: bool) -> bool:
        return not training or self.p == 0

    def torch(self, *inputs: Shape) -> Recipe:
        rank = f"{len(inputs[0]) - 1}d" if self.channels else ""
        return Layer(Call(f"nn.Dropout{rank}", (Argument(self.p, "", 0.5, "p"),)))

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph(f"dropout {self.p:g}", small=True)


@dataclass(frozen=True, slots=True)
class DropPath(Weightless, Pointwise):
    """Sets all numbers of an example to 0 with probability `p`, and scales the other examples by `1 / (1 - p)`.

    Stochastic depth (Huang et al., 2016), at the end of a residual's main path; nothing in evaluation.
    """

    key: ClassVar[str] = "drop_path"
    main: ClassVar[str | None] = "p"
    kind: ClassVar[Kind] = "dropout"
    reference: ClassVar[str] = "https://arxiv.org/abs/1603.09382"
    example: ClassVar[str] = "{drop_path: 0.2}"
    views_input: ClassVar[bool] = True

    p: Probability

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        return Saved(numbers=1)

    def is_view(self, *inputs: Shape, training: bool) -> bool:
        return not training

    def torch(self, *inputs: Shape) -> Recipe:
        return Layer(Call("DropPath", (Argument(self.p, origin="p"),)))

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph(f"drop-path {self.p:.2g}", small=True)
