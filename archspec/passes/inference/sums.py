"""Sums into one of their summands.

Requires of a summand what `passes/inplace.py` requires of a value that a layer overwrites: an op of the same module
made it, and nobody else looks at it, a backward pass included. The projection of a skip is not overwritten: a copy of
the block without one has nothing that could be, and the two would be two classes.
Ensures: a sum with such a summand is written into it, the first one there is. The memory for another value of that
size, and the time to get it, are saved; the numbers are the same, but for the order of three and more. It is a
rewriting by itself, for it looks at the module and not at the nodes alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from archspec.ops.base import Shape
from archspec.ops.joins import Add
from archspec.ops.recipe import Operator, Recipe
from archspec.passes.inference.draft import Draft
from archspec.passes.inplace import private_inputs
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class AddInto(Add):
    """A sum that overwrites its first summand."""

    key: ClassVar[str] = "add"

    def torch(self, *inputs: Shape) -> Recipe:
        return Operator("+", method="add_")


def add_in_place(draft: Draft) -> None:
    sums = [index for index, node in enumerate(draft.nodes) if isinstance(node.op, Add)]
    for index, private in private_inputs(draft.module, sums).items():
        node = draft.nodes[index]
        into = next((at for at in private if node.inputs[at].step.role != "shortcut"), None)
        if into is not None:
            node.inputs.insert(0, node.inputs.pop(into))
            node.step = replace(node.step, target=AddInto())
