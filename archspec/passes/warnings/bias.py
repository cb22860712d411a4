"""W0404: a bias that the norm after it takes away.

A norm subtracts a mean. What a bias adds cancels where it is the same for every number of that mean: the channel's bias
of a convolution in the mean of its channel (batch and instance norm, a group of one channel, `over: last`), the
feature's bias of a `linear` in a mean over positions. A mean over several channels (layer norm, larger groups) does not
cancel it, and `rms` subtracts none.

What holds: nothing but such norms reads the value, and none of them keeps statistics that it never updates.
"""

from __future__ import annotations

from collections.abc import Sequence

from archspec.ir import Graph
from archspec.ops.base import Op, Shape
from archspec.ops.convolution import Conv, ConvTranspose
from archspec.ops.linear import FullyConnected, Linear
from archspec.ops.norm import Norm
from archspec.passes.warnings.places import Places
from archspec.passes.warnings.values import Layer, Value
from archspec.records import dataclass
from archspec.source import Span


@dataclass(slots=True, eq=False)
class _Line:
    """What becomes of the bias that one line of the spec makes."""

    cancelled: tuple[Layer, Layer] | None = None
    """The layer, and the norm after it, where the bias is taken away."""
    always: bool = True


def warn(graph: Graph, values: Sequence[Value], places: Places) -> None:
    lines: dict[Span, _Line] = {}
    for value in values:
        maker = value.maker
        if maker is None or not _has_bias(maker.op):
            continue
        line = lines.setdefault(maker.step.origin.span, _Line())
        cancelling = (
            bool(value.readers)
            and not value.leaks
            and not value.reused
            and all(_cancels(maker, reader.op, value.shape) for reader in value.readers)
        )
        if cancelling:
            line.cancelled = line.cancelled or (maker, value.readers[0])
        line.always &= cancelling
    counted = any(fact.fact in ("params", "trainable_params") for fact in graph.expectations)
    for line in lines.values():
        if line.cancelled is None:
            continue
        layer, norm = line.cancelled
        certain = line.always and not counted and not norm.step.origin.expressions
        worked_out = "bias" in layer.step.origin.expressions
        places.report(
            "W0404",
            layer,
            f"the bias of `{layer.op.key}` changes nothing: the norm after it takes it away",
            label="its bias is the same in every number of the norm's mean",
            others=[(norm, "the mean that is subtracted holds the bias")],
            help=_remedy(places.is_written(layer, "bias"), worked_out=worked_out),
            fixes=places.set_argument(layer, "bias", "false") if certain else (),
        )


def _remedy(written: bool, *, worked_out: bool) -> str:
    if worked_out:
        return "let `bias` be false where a norm follows"
    return "write `false`" if written else "add `bias: false`"


def _has_bias(op: Op) -> bool:
    return (
        op.kind in ("conv", "linear")
        and isinstance(op, Conv | ConvTranspose | FullyConnected | Linear)
        and op.bias
    )


def _cancels(layer: Layer, norm: Op, shape: Shape) -> bool:
    """Whether the norm's mean holds one number of the bias alone. `shape` flows from the layer to the norm."""
    if norm.kind != "norm" or not isinstance(norm, Norm):
        return False
    axis = len(shape) - 1 if isinstance(layer.op, FullyConnected | Linear) else 0
    match norm.type:
        case "batch" | "instance":
            tracks = norm.track_running_stats
            tracks = norm.type == "batch" if tracks is None else tracks
            return axis == 0 and not (tracks and norm.momentum == 0)
        case "group":
            return axis == 0 and norm.groups == shape[0]
        case "layer":
            averaged = {"channels": {0}, "last": {len(shape) - 1}, "all": {*range(len(shape))}}[norm.over]
            return axis not in averaged
        case "rms":
            return False
