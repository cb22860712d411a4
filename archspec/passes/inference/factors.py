"""Norms, scales and factors into the layer before them.

Requires of the two steps: the first is a convolution, a transposed one or a fully connected layer, whose channels are
the axis that the second works on; nobody else reads what the first gives; neither is called again elsewhere; of a
norm, that it has the statistics of training (`track_running_stats`), which evaluation uses; and that the two are made
of at most `MAX_PARTS`.
Ensures: the two are one. What the second did to each channel, `x · factor + summand`, is in the weight and the bias of
the first; where that is a sum of several layers, each has the factor, and one of them the summand. Padding does not
matter, for it comes before the first and not between the two. The other way round, a norm before a convolution, it
does: that stays as it is.
"""

from __future__ import annotations

from dataclasses import replace

from archspec.ir import Role
from archspec.ops.base import Op
from archspec.ops.convolution import Conv, ConvTranspose
from archspec.ops.linear import FullyConnected, Linear
from archspec.ops.norm import Norm
from archspec.ops.scale import Scale, Scaled
from archspec.passes.inference.draft import Draft, Node
from archspec.passes.inference.sources import MAX_PARTS, Behind, FoldedConstant, FoldedNorm, FoldedScale


def fold_factor(draft: Draft, node: Node, again: frozenset[str]) -> None:
    """During a sweep: the node into the layer before it, if it is such a pair."""
    op = node.op
    if op is None or node.step.shared or node.step.name in again:
        return
    behind = folded(op, node.trained.layer)
    if behind is None or len(node.inputs) != 1:
        return
    layer = node.inputs[0]
    if layer.is_input or layer.step.name in again or draft.readers[layer] != 1:
        return
    if not takes_factors(layer, behind):
        return
    source = layer.trained.followed_by(behind)
    if source.parts > MAX_PARTS:
        return
    layer.step = replace(layer.step, target=_with_bias(layer.op, behind), role=_role(layer, node))
    layer.source = source
    draft.bypass(node, by=layer)


def _role(layer: Node, behind: Node) -> Role:
    """What the two of them are to the structure around them. The factor of a skip counts as a join, which the layer
    before it is not."""
    return layer.step.role if behind.step.role in ("", "join") else behind.step.role


def folded(op: Op, path: str) -> Behind | None:
    """What folding `op` would do; None if it can not be folded."""
    match op:
        case Norm() if is_affine(op):
            return FoldedNorm(path, 1e-5 if op.eps is None else op.eps)
        case Scale():
            return FoldedScale(path)
        case Scaled():
            return FoldedConstant(path, float(op.factor))
        case _:
            return None


def is_affine(norm: Norm) -> bool:
    """Whether a norm in evaluation multiplies and shifts each channel by numbers that training fixed."""
    return norm.type == "batch" and norm.track_running_stats is not False


def takes_factors(layer: Node, behind: Behind) -> bool:
    """Whether the channels that the layer makes are what `behind` works on."""
    match layer.op:
        case Conv() | ConvTranspose():
            return True
        case FullyConnected() | Linear():
            return len(layer.shape) == 1 or isinstance(behind, FoldedConstant)
        case _:
            return False


def _with_bias(op: Op | None, behind: Behind) -> Op:
    match op:
        case Conv() | ConvTranspose() | FullyConnected() | Linear():
            return replace(op, bias=op.bias or isinstance(behind, FoldedNorm))
        case _:
            raise TypeError("nothing can be folded into this")
