"""What a network is, and how to ask for one of its nodes.

In: what somebody called it, and the network. Out: text for a terminal.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Final

from archspec.backends.wording import network_title, shape_text, visible
from archspec.compiler import Network
from archspec.diagnostics import Sink
from archspec.explain.layout import Part, Rows, laid_out
from archspec.ir import Module, Step, walk
from archspec.ops.base import Shape
from archspec.syntax import MappingNode, read
from archspec.targets import find_shipped, locate

_MOST_NODES: Final = 40
"""So many of a network's nodes are listed."""


def is_network(text: str) -> bool:
    """Whether `text` names a network, and no node of one: a file, a shipped network, a variant of a file."""
    if os.path.lexists(text) or find_shipped(text) is not None or text == "-":
        return True
    path, _, variant = text.rpartition(":")
    if not os.path.lexists(path):
        return False
    target = locate(path)
    root = read(target.name, target.data, Sink())[1]
    variants = None if root is None else root.get("variants")
    return isinstance(variants, MappingNode) and variants.get(variant) is not None


def explain_network(network: Network, called: str, columns: int | None = None) -> str:
    """What the network is that `called` names, what is in it, and how to ask for a node."""
    graph = network.graph
    parts: list[Part] = [f"{visible(called)}: {network_title(graph)}, of {visible(graph.file)}"]
    if graph.about:
        parts.append(visible(" ".join(graph.about.split())))
    parts.append(
        f"{_shapes(graph.root.inputs)} → {_shapes(graph.root.shape(value) for value in graph.root.outputs)}\n"
        f"  {network.params:,} parameters, {network.macs:,} MACs"
    )
    steps = [step for step in graph.root.steps if step.role != "join"]
    rows = [
        (f"  {step.name}", what_is(step, graph.root), shape_text(step.shape)) for step in steps[:_MOST_NODES]
    ]
    if len(steps) > _MOST_NODES:
        rows.append((f"  … {len(steps) - _MOST_NODES} more", "", ""))
    parts.append(Rows(rows, "its nodes:"))
    paths = [visit.path for visit in walk(graph.root) if visit.step.role != "join"]
    example = next((path for path in paths if "." in path), paths[0])
    parts.append(f"why a node has its shape, by its path: archspec explain {visible(called)}:{example}")
    return laid_out(parts, columns)


def _shapes(shapes: Iterable[Shape]) -> str:
    return " and ".join(map(shape_text, shapes))


def what_is(step: Step, within: Module) -> str:
    """An op as pictures write it, or what kind of module it is."""
    target = step.target
    if isinstance(target, Module):
        if target.structure == "repeat":
            return f"{len(target.steps)} × {what_is(target.steps[0], target)}"
        return target.block.name if target.block else target.structure
    return visible(target.glyph(*map(within.shape, step.inputs)).text)
