"""Names for layers that a list numbered.

Requires: the chains that could be taken apart are. Ensures: in a module with ops, which becomes a class with a forward,
a child whose name is no identifier (`0`, from a list) has one: the op's, or what the module is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archspec.ir import Step
from archspec.names import MODULE_ATTRIBUTES
from archspec.ops.base import Op
from archspec.passes.inference.draft import Draft
from archspec.passes.inference.sources import Source


def name_layers(draft: Draft, _: Mapping[Step, Source]) -> None:
    if draft.is_root or not any(node.op is not None for node in draft.nodes):
        return
    taken = {node.step.name for node in draft.nodes} | MODULE_ATTRIBUTES
    new: dict[str, str] = {}
    for node in draft.nodes:
        old = node.step.name
        if old.isidentifier():
            continue
        if old not in new:
            new[old] = _free(_kind(node.step), taken)
            taken.add(new[old])
        node.step = replace(node.step, name=new[old])


def _kind(step: Step) -> str:
    """What a step is, in a word."""
    target = step.target
    if isinstance(target, Op):
        return target.key
    return target.block.name.rpartition(".")[2] if target.block else target.structure


def _free(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}{number}", number + 1
    return name
