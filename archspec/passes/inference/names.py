"""Names for layers that a list numbered.

Requires: the chains that could be taken apart are. Ensures: in a module with ops, which becomes a class with a forward,
a child whose name is no identifier (`0`, from a list) has one: the op's, or what the module is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from archspec.ir import Step
from archspec.names import MODULE_ATTRIBUTES
from archspec.ops.base import Op
from archspec.passes.inference.draft import Draft


class FreeNames:
    """Names that nothing in a module has yet. However many are asked for, each costs the same."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {*taken, *MODULE_ATTRIBUTES}
        self._next: dict[str, int] = {}
        """For a name that was asked for, the first number that may be free."""

    def take(self, wanted: str, *, before_number: str = "") -> str:
        """The name, or if it is taken the name with a number behind it: 2, or the next that is free."""
        base, name = wanted + before_number, wanted
        number = self._next.get(base, 2)
        while name in self._taken:
            name, number = f"{base}{number}", number + 1
        self._next[base] = number
        self._taken.add(name)
        return name


def name_layers(draft: Draft) -> None:
    if draft.is_root or not any(node.op is not None for node in draft.nodes):
        return
    free = FreeNames(node.step.name for node in draft.nodes)
    new: dict[str, str] = {}
    for node in draft.nodes:
        old = node.step.name
        if old.isidentifier():
            continue
        if old not in new:
            new[old] = free.take(_kind(node.step))
        node.step = replace(node.step, name=new[old])


def _kind(step: Step) -> str:
    """What a step is, in a word."""
    target = step.target
    if isinstance(target, Op):
        return target.key
    return target.block.name.rpartition(".")[2] if target.block else target.structure
