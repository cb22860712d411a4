"""Convolutions side by side, as in RepVGG, into one.

Requires of a sum: every summand is a convolution of the same input, a batch norm of it or the input itself; nobody else
reads the summands and none is called again elsewhere; the convolutions have the same stride, dilation and groups, pad
with zeros, and their kernels lie around the same positions; beside a norm or the input itself, the stride is 1 and the
channels stay; the sum is made of at most `MAX_PARTS`.
Ensures: such a sum is one convolution, with the largest of the kernels. The smaller ones stand in the middle of zeros,
and what multiplies each channel by itself is a kernel of one position. That is exact at the borders too: where a
smaller kernel meets padding, the larger meets the same zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from archspec.ops.convolution import Conv
from archspec.ops.norm import Norm
from archspec.ops.shapes import per_axis
from archspec.ops.sliding import Slide, slides
from archspec.passes.inference.draft import Draft, Node
from archspec.passes.inference.factors import folded, is_affine
from archspec.passes.inference.sources import MAX_PARTS, Branch, Source


def merge_parallel(draft: Draft, node: Node, again: frozenset[str]) -> None:
    """During a sweep: the node, if it is such a sum, becomes the convolution."""
    shared = _common_input(node.inputs)
    if shared is None:
        return
    summands = [value for value in node.inputs if value is not shared]
    alone = all(
        draft.readers[value] == 1 and value.step.name not in again and not value.step.shared
        for value in summands
    )
    merged = _merged(shared, node.inputs) if alone else None
    source = Source(tuple(branch for value in node.inputs for branch in _branches(value, shared)))
    if merged is None or source.parts > MAX_PARTS:
        return
    largest, op = merged
    node.source = source
    node.step = replace(largest.step, target=op, role="")
    draft.readers[shared] -= len(node.inputs) - 1
    node.inputs = [shared]
    for value in summands:
        draft.remove(value)


def _common_input(values: Sequence[Node]) -> Node | None:
    """What all the values are made of, each in one step; the value itself may be among them."""
    made = {value.inputs[0] for value in values if isinstance(value.op, Conv)}
    if len(made) != 1:
        return None
    (source,) = made
    fits = all(value is source or (not value.is_input and value.inputs == [source]) for value in values)
    return source if fits and values.count(source) <= 1 else None


def _merged(source: Node, values: Sequence[Node]) -> tuple[Node, Conv] | None:
    """The convolution with the largest kernel, and what it becomes."""
    convolutions = [(value, value.op) for value in values if isinstance(value.op, Conv)]
    largest, op = max(convolutions, key=lambda each: prod(per_axis(each[1].kernel, _axes(source))))
    plain = [value for value in values if not isinstance(value.op, Conv)]
    if not all(value is source or (isinstance(value.op, Norm) and is_affine(value.op)) for value in plain):
        return None
    if not all(_lies_within(other, op, source) for _, other in convolutions):
        return None
    if plain and not (_keeps_places(op, source) and op.channels == source.shape[0]):
        return None
    bias = any(other.bias for _, other in convolutions) or any(value is not source for value in plain)
    return largest, replace(op, bias=bias)


def _axes(source: Node) -> int:
    return len(source.shape) - 1


def _lies_within(inner: Conv, outer: Conv, source: Node) -> bool:
    """Whether the kernel of `inner`, put in the middle of that of `outer`, sees what it saw."""
    axes = _axes(source)
    if inner.padding_mode != "zeros" or outer.padding_mode != "zeros":
        return False
    if (inner.groups, per_axis(inner.stride, axes)) != (outer.groups, per_axis(outer.stride, axes)):
        return False
    return all(
        one.kernel <= other.kernel
        and (other.kernel - one.kernel) % 2 == 0
        and one.dilation == other.dilation
        and other.before - one.before == other.after - one.after
        and other.before - one.before == (other.kernel - one.kernel) // 2 * other.dilation
        for one, other in zip(_slides(inner, source), _slides(outer, source), strict=True)
    )


def _keeps_places(op: Conv, source: Node) -> bool:
    """Whether the middle of the kernel lies, at each position, on that position of the input."""
    return op.padding_mode == "zeros" and all(
        slide.stride == 1
        and slide.kernel % 2 == 1
        and slide.before == slide.after == slide.kernel // 2 * slide.dilation
        for slide in _slides(op, source)
    )


def _slides(op: Conv, source: Node) -> tuple[Slide, ...]:
    return slides(source.shape, op.kernel, op.stride, op.padding, op.dilation)


def _branches(value: Node, source: Node) -> tuple[Branch, ...]:
    if value is source:
        return (Branch(""),)
    if isinstance(value.op, Conv):
        return value.trained.branches
    behind = None if value.op is None else folded(value.op, value.trained.layer)
    return (Branch("", () if behind is None else (behind,)),)
