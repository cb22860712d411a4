"""Which layers follow each other on the longest way through a network.

In: a graph. Out: its `MainLine`: for each op, how deep it is, and whether it is on that way.

The way is one that passes the most convolutions and fully connected layers between an input and an output; where two
are as long, it takes the first path (of a skip addition, the main one) and the first output. What stands beside it, as
projections, parallel branches and heads, is compared with what is on it by depth. A gate, as that of
squeeze-and-excite, is never on it: what is gated does not become deeper by it.
"""

from __future__ import annotations

from dataclasses import field as attribute

from archspec.ir import Graph, Module
from archspec.ops.base import Op
from archspec.ops.joins import Multiply
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class MainLine:
    """By path. A layer that is called again counts as its first call."""

    depths: dict[str, int]
    """So many convolutions and fully connected layers lead to it, itself counted, on the longest way from an input."""
    paths: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class _Reached:
    """A value, by the op that gives it on the longest way; an input of the network is given by none."""

    depth: int = 0
    path: str = ""
    before: _Reached | None = None


def find_main_line(graph: Graph) -> MainLine:
    """Follow the longest way back from the deepest output."""
    walk = _Walk()
    values = walk.through(graph.root, "", [_Reached() for _ in graph.root.inputs])
    on_line = []
    reached: _Reached | None = max((values[output] for output in graph.root.outputs), key=_depth)
    while reached is not None:
        on_line.append(reached.path)
        reached = reached.before
    return MainLine(walk.depths, frozenset(on_line))


@dataclass(slots=True)
class _Walk:
    depths: dict[str, int] = attribute(default_factory=dict)

    def through(self, module: Module, prefix: str, given: list[_Reached]) -> list[_Reached]:
        """All values of a module. Recursion is bounded by the depth of modules."""
        values = list(given)
        for step in module.steps:
            inputs = [values[value] for value in step.inputs]
            path = prefix + step.name if step.role != "join" else prefix.rstrip(".")
            target = step.target
            if isinstance(target, Module):
                values.append(self.through(target, f"{path}.", inputs)[target.outputs[0]])
                continue
            shapes = module.inputs_of(step)
            if isinstance(target, Multiply):
                pairs = zip(inputs, shapes, strict=True)
                inputs = [value for value, shape in pairs if shape[1:] == step.shape[1:]] or inputs
            before = max(inputs, key=_depth)
            reached = _Reached(before.depth + _counts(target), path, before)
            self.depths.setdefault(path, reached.depth)
            values.append(reached)
        return values


def _counts(op: Op) -> bool:
    return op.kind in ("conv", "linear")


def _depth(reached: _Reached) -> int:
    return reached.depth
