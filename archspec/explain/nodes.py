"""Why a node has the shape it has.

In: a network and the path of a node. Out: its own arithmetic, what it costs, and what changed the sizes before it.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.backends.wording import network_title, shape_text, visible
from archspec.compiler import Network
from archspec.explain.layout import Rows, laid_out
from archspec.explain.networks import what_is
from archspec.files import CannotRun
from archspec.ir import Module
from archspec.ops.base import POINT, Op, Shape, axis_name
from archspec.passes.trail import Located, Stop, children, find_node, trail
from archspec.spelling import did_you_mean


def explain_node(network: Network, path: str, columns: int | None = None) -> str:
    """Why the node at `path` has its shape: its own arithmetic, and what changed the sizes before it.

    Raises `CannotRun` where there is no such node.
    """
    located = find_node(network.graph.root, path)
    if located is None:
        near = children(network.graph.root, path)
        nearest = did_you_mean(path, near)
        hint = f"did you mean `{nearest}`?" if nearest else f"there are: {', '.join(near)}"
        raise CannotRun(f"{network_title(network.graph)} has no node `{visible(path)}`; {visible(hint)}")
    cost = network.costs.of(located.module, located.index)
    own = (*_own_shape(located), f"  {cost.params:,} parameters, {cost.macs:,} MACs")
    parts = (
        "\n".join((_headline(located), *_where(located))),
        "\n".join(own),
        Rows(_way(network, trail(located)), "the sizes on the way to it:"),
    )
    return laid_out(parts, columns)


def _headline(located: Located) -> str:
    target = located.step.target
    if isinstance(target, Op):
        return f"{located.path}: {visible(target.glyph(*located.inputs).text)}"
    block = f" (block `{target.block.name}`)" if target.block else ""
    return f"{located.path}: {target.structure}{block}"


def _where(located: Located) -> Iterator[str]:
    yield f"  written at {visible(str(located.step.origin.span))}"
    for outer in reversed(located.enclosing):
        target = outer.step.target
        block = target.block if isinstance(target, Module) else None
        what = f"block `{block.name}`" if block else f"`{outer.path}`"
        yield f"  in {what}, {visible(str(outer.step.origin.span))}"


def _own_shape(located: Located) -> Iterator[str]:
    step, inputs = located.step, located.inputs
    yield f"  {' and '.join(map(shape_text, inputs))} → {shape_text(step.shape)}"
    if isinstance(step.target, Op):
        for line in _arithmetic(step.target, inputs, step.shape):
            yield f"  {line}"
        return
    shortcut = step.target.shortcut
    if shortcut is not None:
        yield f"  shortcut: {'auto → ' if shortcut.automatic else ''}{shortcut.kind}"
    for inner in step.target.steps:
        yield f"    {inner.name}: {what_is(inner, step.target)} → {shape_text(inner.shape)}"


def _arithmetic(op: Op, inputs: tuple[Shape, ...], output: Shape) -> Iterator[str]:
    """The sum behind each size that a sliding window made, where PyTorch's usual formula is the one."""
    rank = len(inputs[0])
    if len(output) != rank:
        return
    for axis, window in enumerate(op.windows(*inputs), start=1):
        size = inputs[0][axis]
        if window == POINT or window.size == 0 or not isinstance(window.stride, int) or window.phases:
            continue
        if _slid(size, window.size, window.stride, window.padding) == output[axis]:
            padding = f" + 2 × {window.padding}" if window.padding else ""
            stride = f" // {window.stride}" if window.stride > 1 else ""
            yield f"{axis_name(rank, axis)}: ({size}{padding} − {window.size}){stride} + 1 = {output[axis]}"


def _slid(size: int, kernel: int, stride: int, padding: int) -> int:
    return (size + 2 * padding - kernel) // stride + 1


def _way(network: Network, stops: tuple[Stop, ...]) -> list[tuple[str, ...]]:
    """The input, and the ops that changed the shape since."""
    graph = network.graph
    rows: list[tuple[str, ...]] = [
        (f"  {name}", shape_text(shape), "the input", "")
        for name, shape in zip(graph.input_names, graph.root.inputs, strict=True)
    ]
    rows += [
        (
            f"  {stop.located.path}",
            shape_text(stop.after),
            visible(stop.op.glyph(*stop.located.inputs).text),
            visible(str(stop.located.step.origin.span)),
        )
        for stop in stops
        if stop.before != stop.after
    ]
    return rows
