"""Which steps of one module are which of another, where both are calls of one block.

In: a template and a module. Out: for each step of the template the module's own, or None where the module has none.

Steps written at the same place of the spec are the same step; so are the projections of two skips. Holds: steps that
correspond come in the same order.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeAlias

from archspec.ir import Module

Steps: TypeAlias = tuple[int | None, ...]
"""For each step of a template the index of the module's own step."""


def counterparts(template: Module, module: Module, *, by_name: bool = False) -> Steps | None:
    """None if there is a doubt, or if the module has a step that the template lacks. `by_name`: steps of the same name
    are the same step, wherever they are written."""
    return found_in_order(_identities(template, by_name=by_name), _identities(module, by_name=by_name))


def found_in_order(keys: Sequence[Hashable], wanted: Sequence[Hashable]) -> Steps | None:
    """Where in `wanted` each key stands; None if there is a doubt, or if something else stands there."""
    if len(set(keys)) < len(keys):
        return None
    steps: list[int | None] = []
    found = 0
    for key in keys:
        present = found < len(wanted) and wanted[found] == key
        steps.append(found if present else None)
        found += present
    return tuple(steps) if found == len(wanted) else None


def wired_alike(template: Module, module: Module, steps: Steps) -> bool:
    """Whether the template computes what the module computes, if the steps that the module lacks hand on their first
    input."""
    values = values_in(template, module, steps)
    return tuple(values[value] for value in template.outputs) == module.outputs and all(
        at is None or tuple(values[value] for value in step.inputs) == module.steps[at].inputs
        for step, at in zip(template.steps, steps, strict=True)
    )


def values_in(template: Module, module: Module, steps: Steps) -> list[int]:
    """What each value of the template is in the module."""
    values = list(range(len(template.inputs)))
    for step, at in zip(template.steps, steps, strict=True):
        values.append(values[step.inputs[0]] if at is None else module.value(at))
    return values


def projection(module: Module) -> int | None:
    """The one step on a residual's skip, if it is no plain identity."""
    if module.shortcut is None:
        return None
    steps = [index for index, step in enumerate(module.steps) if step.role == "shortcut"]
    return steps[0] if len(steps) == 1 and len(module.steps[steps[0]].inputs) == 1 else None


def _identities(module: Module, *, by_name: bool) -> list[Hashable]:
    """What tells the steps of a module from each other."""
    skipping = projection(module)
    return [
        "shortcut" if index == skipping else (step.name, step.role == "join") if by_name else step.origin.span
        for index, step in enumerate(module.steps)
    ]
