"""How deep an overview opens what a network is made of, where nobody says.

In: a graph. Out: a depth: the least with which there are enough cards to say something, or of those with the most.
Holds: what the spec repeats stays one card, with how often; only a depth that is asked for opens it.
"""

from __future__ import annotations

from archspec.backends.dot.contents import is_holder
from archspec.backends.dot.reading import is_one_box, is_wrapper
from archspec.ir import Graph, Module
from archspec.ops.base import Op

FEW = 4
"""Fewer cards than this say little: what they hold is then opened, if it is layers in a row."""

_DEEPEST = 3


def choose_depth(graph: Graph) -> int:
    opens = opens_wrappers(graph)
    best, most = 1, 0
    for depth in range(1, _DEEPEST + 1):
        count = _count(graph.root, depth, depth, opens=opens)
        if count > most:
            best, most = depth, count
        if count >= FEW:
            break
    return best


def is_opened(module: Module, depth: int, *, repeats: bool) -> bool:
    """Whether a group gives way to what it holds, where `depth` is left; `repeats`: copies are opened too."""
    return depth > 1 and is_holder(module) and (repeats or module.structure != "repeat")


def opens_wrappers(graph: Graph) -> bool:
    """Whether the modules that hold most of the network (`features`) are opened without being asked."""
    return _count(graph.root, 1, 1, opens=False) < FEW


def _count(module: Module, depth: int, total: int, *, opens: bool) -> int:
    """About how many cards there are, if groups are opened to a depth of `total`, of which `depth` is left, and
    wrappers if `opens`.
    """
    sections = [
        step.section for step in module.steps if isinstance(step.target, Op) or is_one_box(step.target)
    ]
    loose = len(set(sections)) if total == 1 else len(sections)
    groups = [
        step.target
        for step in module.steps
        if isinstance(step.target, Module) and not is_one_box(step.target)
    ]
    inside = 0
    for group in groups:
        if opens and is_wrapper(group) and group.block is None:
            inside += _count(group, depth, total, opens=opens)
        elif is_opened(group, depth, repeats=False):
            inside += _count(group, depth - 1, total, opens=opens)
        else:
            inside += 1
    return loose + inside
