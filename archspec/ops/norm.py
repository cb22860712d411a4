"""Normalisation: by batch, layer, instance, group, root mean square, and across neighbouring channels."""

from __future__ import annotations

from dataclasses import replace
from math import gcd, prod
from typing import ClassVar, Literal, TypeAlias

from archspec.ops.arguments import Count, NonNegativeNumber, Number, PositiveNumber, Probability
from archspec.ops.base import POINT, Fault, Glyph, Kind, Op, Saved, Shape, Weight, Weightless, Window
from archspec.ops.recipe import Argument, Call, Layer, Recipe
from archspec.ops.shapes import divisors_near, need_map, written
from archspec.records import dataclass

NormKind: TypeAlias = Literal["batch", "layer", "instance", "group", "rms"]

_GLYPHS: dict[NormKind, str] = {"batch": "BN", "layer": "LN", "instance": "IN", "group": "GN", "rms": "RMS"}

_MEANINGFUL: dict[str, tuple[NormKind, ...]] = {
    "momentum": ("batch", "instance"),
    "track_running_stats": ("batch", "instance"),
    "groups": ("group",),
    "over": ("layer", "rms"),
    "bias": ("layer",),
}
"""The arguments that only some kinds have."""


@dataclass(frozen=True, slots=True)
class Norm(Op):
    """Subtracts a mean, divides by a deviation, and (with `affine`) scales and shifts each channel.

    - `batch`: statistics of each channel over the batch and the map (`nn.BatchNorm1d`, `2d`, `3d`);
    - `instance`: of each channel over the map (`nn.InstanceNorm…`);
    - `group`: of each of `groups` groups of channels over the map (`nn.GroupNorm`);
    - `layer`: over the channels at each position (`over: channels`, as in ConvNeXt), over the last axis
      (`over: last`, as `nn.LayerNorm` in a transformer), or over everything (`over: all`);
    - `rms`: as `layer`, dividing by the root mean square without subtracting a mean.

    What is left out is PyTorch's default for the kind: `affine` is on except for `instance`, `track_running_stats` is
    on for `batch` alone, `eps` is 1e-5 (for `rms`, the smallest step of the number format). `momentum: null` averages
    over all batches seen.
    """

    key: ClassVar[str] = "norm"
    main: ClassVar[str | None] = "type"
    kind: ClassVar[Kind] = "norm"
    reference: ClassVar[str] = "https://docs.pytorch.org/docs/stable/nn.html#normalization-layers"
    example: ClassVar[str] = "{norm: group, groups: 32}"
    mixes_channels: ClassVar[bool] = False

    type: NormKind = "batch"
    eps: PositiveNumber | None = None
    momentum: Probability | None = 0.1
    affine: bool | None = None
    groups: Count | None = None
    over: Literal["channels", "last", "all"] = "channels"
    bias: bool = True
    track_running_stats: bool | None = None

    def infer(self, *inputs: Shape) -> Shape | Fault:
        shape = inputs[0]
        fault = self._need_meaning(shape) or self._need_axes(shape) or self._need_numbers(shape)
        return replace(fault, mended=shape) if fault else shape

    def keeps_axes_apart(self, *inputs: Shape) -> bool:
        """`instance` refuses a map of one position in all, and `group` one number in each group."""
        match self.type:
            case "batch":
                return True
            case "layer" | "rms":
                return self.over == "channels"
            case "group":
                return self.groups != inputs[0][0]
            case "instance":
                return False

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        shape = self._normalised(inputs[0])
        entries: tuple[Weight, ...] = ()
        if self._affine:
            entries = (Weight("weight", shape),)
            if self.type != "rms" and self.bias:
                entries += (Weight("bias", shape),)
        if self._tracks:
            entries += (
                Weight("running_mean", shape, buffer=True),
                Weight("running_var", shape, buffer=True),
                Weight("num_batches_tracked", (), buffer=True),
            )
        return entries

    def macs(self, *inputs: Shape) -> int:
        return 0

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        """The statistics of no kind are counted as seeing what they are taken over, as is the custom."""
        return (POINT,) * (len(inputs[0]) - 1)

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        """The input and the statistics: a mean and a deviation for each part that is normalised by itself."""
        shape = inputs[0]
        match self.type:
            case "batch":
                return Saved(inputs=(0,), numbers_per_batch=2 * shape[0])
            case "instance":
                # the running statistics are repeated for each example
                return Saved(inputs=(0,), numbers=(4 if self._tracks else 2) * shape[0])
            case "group":
                return Saved(inputs=(0,), numbers=2 * (self.groups or 1))
            case "layer":
                return Saved(inputs=(0,), numbers=2 * (prod(shape) // prod(self._normalised(shape))))
            case "rms":
                scaled = prod(shape) if self._affine else 0
                return Saved(inputs=(0,), numbers=prod(shape) // prod(self._normalised(shape)) + scaled)

    def torch(self, *inputs: Shape) -> Recipe:
        shape = inputs[0]
        eps = Argument(1e-5 if self.eps is None else self.eps, "eps", 1e-5, "eps")
        affine = Argument(self._affine, "affine", True, "affine")
        match self.type:
            case "batch" | "instance":
                axes = max(len(shape) - 1, 1)
                is_batch = self.type == "batch"
                arguments = (
                    Argument(shape[0], origin="in_channels"),
                    eps,
                    Argument(self.momentum, "momentum", 0.1, "momentum"),
                    Argument(self._affine, "affine", is_batch, "affine"),
                    Argument(self._tracks, "track_running_stats", is_batch, "track_running_stats"),
                )
                return Layer(Call(f"nn.{self.type.title()}Norm{axes}d", arguments))
            case "group":
                groups = Argument(self.groups, origin="groups")
                return Layer(
                    Call("nn.GroupNorm", (groups, Argument(shape[0], origin="in_channels"), eps, affine))
                )
            case "layer":
                name = "ChannelLayerNorm" if self._moves_channels(shape) else "nn.LayerNorm"
                elementwise = Argument(self._affine, "elementwise_affine", True, "affine")
                bias = Argument(self.bias, "bias", True, "bias")
                return Layer(Call(name, (self._normalised_argument(shape), eps, elementwise, bias)))
            case "rms":
                name = "ChannelRMSNorm" if self._moves_channels(shape) else "nn.RMSNorm"
                elementwise = Argument(self._affine, "elementwise_affine", True, "affine")
                rms_eps = Argument(self.eps, "eps", None, "eps")
                return Layer(Call(name, (self._normalised_argument(shape), rms_eps, elementwise)))

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph(_GLYPHS[self.type], small=True)

    @property
    def _affine(self) -> bool:
        return self.type != "instance" if self.affine is None else self.affine

    @property
    def _tracks(self) -> bool:
        return self.type == "batch" if self.track_running_stats is None else self.track_running_stats

    def _normalised(self, shape: Shape) -> Shape:
        """The shape of the learned scale."""
        if self.type not in ("layer", "rms") or self.over == "channels":
            return (shape[0],)
        return shape if self.over == "all" else (shape[-1],)

    def _normalised_argument(self, shape: Shape) -> Argument:
        normalised = self._normalised(shape)
        if len(normalised) > 1:
            return Argument(normalised, origin="in_shape")
        return Argument(normalised[0], origin="in_channels" if normalised == shape[:1] else "in_features")

    def _moves_channels(self, shape: Shape) -> bool:
        """PyTorch's own layers normalise the last axes; channels are the first."""
        return self.over == "channels" and len(shape) > 1

    def _need_meaning(self, shape: Shape) -> Fault | None:
        if self.type == "group" and self.groups is None:
            usual = gcd(shape[0], 32)
            return Fault(
                "E0221",
                "`norm: group` needs the number of groups",
                help=f"add `groups: {usual}`, or another number that divides {shape[0]}",
            )
        for name, kinds in _MEANINGFUL.items():
            if self.type not in kinds and getattr(self, name) != self.__dataclass_fields__[name].default:
                return Fault(
                    "E0221",
                    f"`norm: {self.type}` has no `{name}`",
                    argument=name,
                    help=f"leave `{name}` out; it belongs to {' and '.join(f'`norm: {kind}`' for kind in kinds)}",
                )
        return None

    def _need_axes(self, shape: Shape) -> Fault | None:
        if self.type == "instance":
            return need_map("norm: instance", shape)
        if self.type == "batch" and len(shape) > 4:
            return need_map("norm: batch", shape)
        return None

    def _need_numbers(self, shape: Shape) -> Fault | None:
        """PyTorch refuses to normalise a number by itself: the result would be 0 whatever the input."""
        groups = shape[0] if self.type == "instance" else self.groups
        if self.type not in ("instance", "group") or groups is None:
            return None
        if shape[0] % groups:
            return Fault(
                "E0305",
                f"{groups} groups do not divide the {shape[0]} channels",
                argument="groups",
                help=divisors_near("groups", groups, shape[0]),
            )
        if prod(shape) == groups:
            return Fault(
                "E0319",
                f"`norm: {self.type}` of {written(shape)} would normalise each number by itself",
                argument=self.main or "",
                help="write `norm: batch`, or leave the norm out here",
            )
        return None


@dataclass(frozen=True, slots=True)
class LocalResponseNorm(Weightless):
    """Divides each number by those of the `size` neighbouring channels at the same place.

    `x / (k + alpha / size * sum(x²)) ** beta`, as in AlexNet (Krizhevsky et al., 2012, section 3.3) and GoogLeNet.
    """

    key: ClassVar[str] = "lrn"
    main: ClassVar[str | None] = "size"
    kind: ClassVar[Kind] = "norm"
    reference: ClassVar[str] = (
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html"
    )
    example: ClassVar[str] = "{lrn: 5, alpha: 1e-4, beta: 0.75, k: 2}"

    size: Count = 5
    alpha: NonNegativeNumber = 1e-4
    beta: Number = 0.75
    k: Number = 1.0

    def infer(self, *inputs: Shape) -> Shape | Fault:
        return need_map(self.key, inputs[0]) or inputs[0]

    def keeps_axes_apart(self, *inputs: Shape) -> bool:
        return True

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        return (POINT,) * (len(inputs[0]) - 1)

    def saved_for_backward(self, *inputs: Shape, inplace: bool = False) -> Saved:
        """The input; its padded squares; their weighted sum, and that to the power."""
        channels, *sizes = inputs[0]
        return Saved(inputs=(0,), numbers=(channels + self.size - 1 + 2 * channels) * prod(sizes))

    def made_in_inference(self, *inputs: Shape) -> Saved:
        """The padded squares, beside their means; later the means, and those scaled, while `k` is added."""
        channels, *sizes = inputs[0]
        return Saved(numbers=max(channels + self.size - 1, 2 * channels) * prod(sizes))

    def torch(self, *inputs: Shape) -> Recipe:
        arguments = (
            Argument(self.size, origin="size"),
            Argument(self.alpha, "alpha", 1e-4, "alpha"),
            Argument(self.beta, "beta", 0.75, "beta"),
            Argument(self.k, "k", 1.0, "k"),
        )
        return Layer(Call("nn.LocalResponseNorm", arguments))

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph("LRN", small=True)
