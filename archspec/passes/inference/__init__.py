"""The network as it is used when it is not trained any more.

In: a checked graph. Out: an `Inference`: a graph that computes what the network computes in evaluation mode, with
fewer steps, and for each of its layers the trained layers that it is made of.

Each file beside this one holds one rewriting, and says at its head what it requires and what it ensures. Folding and
taking chains apart make room for each other: two layers meet when the chain around one of them is taken apart, and a
block of which folding leaves one layer is such a chain. They take turns until there is no chain to take apart.

What holds: the outputs are the trained network's up to rounding, borders included; inputs, outputs and their shapes
are the same. Time is linear in the network: a turn is, for a layer is made of at most `MAX_PARTS`; and each takes apart
modules around those of the turn before, so that there are no more turns than the network is deep.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from archspec.ir import Graph, Module, Step
from archspec.ops.base import Op
from archspec.passes.inference.chains import take_chains_apart
from archspec.passes.inference.draft import Build, rewrite
from archspec.passes.inference.folding import fold
from archspec.passes.inference.names import name_layers
from archspec.passes.inference.sources import Branch, Source
from archspec.passes.inference.sums import add_in_place
from archspec.passes.inference.unused import drop_training, drop_unread
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A layer of the new graph, and what it is made of. The sources have the trained network's paths."""

    layer: str
    source: Source
    transposed: bool = False


@dataclass(frozen=True, slots=True)
class Inference:
    """`rows` are all layers with weights, in the order in which the network runs."""

    graph: Graph
    rows: tuple[Row, ...]


def for_inference(graph: Graph) -> Inference:
    """The graph and the origin of its weights."""
    build = Build(replace(graph, aux=(), init=(), expectations=()), {})
    build = rewrite(build, drop_unread, drop_training, fold)
    while (apart := take_chains_apart(build)) is not build:
        build = rewrite(apart, fold)
    build = rewrite(build, name_layers)
    build = rewrite(build, add_in_place)
    return Inference(build.graph, tuple(_rows(build)))


def _rows(build: Build) -> Iterator[Row]:
    """Every layer that has weights, once; and every module with a parameter of its own."""
    stack: list[tuple[str, str, Module, int]] = [("", "", build.graph.root, 0)]
    while stack:
        prefix, trained, module, index = stack.pop()
        if index == len(module.steps):
            continue
        stack.append((prefix, trained, module, index + 1))
        step = module.steps[index]
        if step.shared or step.role == "join":
            continue
        source = build.sources[step].inside(trained)
        if isinstance(step.target, Module):
            stack.append((f"{prefix}{step.name}.", f"{source.layer}.", step.target, 0))
        elif step.target.is_parameter():
            yield Row(prefix.removesuffix("."), Source((Branch(trained.removesuffix(".")),)))
        elif weights_of(module, step):
            yield Row(prefix + step.name, source, transposed=step.target.key == "conv_transpose")


def weights_of(module: Module, step: Step) -> bool:
    """Whether the op of a step has entries in a `state_dict`."""
    return isinstance(step.target, Op) and bool(step.target.weights(*module.inputs_of(step)))
