"""Whether one class can hold two modules, and which step of the one is which of the other.

In: a template and a module that might become an instance of the same class. Out: for each step of the template, and of
the chains in it, the step of the module that it stands for, or None where the module has none; nothing, if one class
cannot hold both.

What holds: if the steps that the module lacks hand on their first input, the template computes what the module
computes, and the children that both have get the same names. Besides argument values, and how often a thing is
repeated, the classes of activations may differ.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeAlias

from archspec.backends.torch.recipes import (
    Place,
    form,
    interchangeable,
    is_chain,
    is_list,
    is_uniform,
    recipe,
    stages,
)
from archspec.ir import Module
from archspec.ops.recipe import Held, Layer, Learned
from archspec.passes.counterparts import Steps, counterparts, found_in_order, wired_alike

Alignments: TypeAlias = Mapping[tuple[Module, Module], Steps]
"""By template and module; a pair that is not in here has the same steps at the same places."""


class Aligner:
    """Compares modules whose children are sorted into classes already."""

    def __init__(
        self,
        numbers: Mapping[Module, int],
        in_place: frozenset[Module],
        inplace: Callable[[Module], frozenset[int]],
    ) -> None:
        """`numbers`: equal for modules that are exactly alike, and for instances of one class; `in_place`: the chains
        that are no classes; `inplace`: the steps of a module that overwrite their input."""
        self._numbers = numbers
        self._in_place = in_place
        self._inplace = inplace

    def align(self, template: Module, module: Module) -> Alignments | None:
        found: dict[tuple[Module, Module], Steps] = {}
        return found if self._align(template, module, found, ()) else None

    def _align(
        self,
        template: Module,
        module: Module,
        found: dict[tuple[Module, Module], Steps],
        around: tuple[Module, ...],
    ) -> bool:
        steps = self._corresponding(template, module, by_name=not around and template.block is None)
        if steps is None or not (
            _named_alike(template, module, steps)
            and _may_lack(template, steps, around)
            and wired_alike(template, module, steps)
            and self._overwrite_alike(template, module, steps)
        ):
            return False
        found[template, module] = steps
        return all(
            at is None or self._does_alike((template, index), (module, at), found, (*around, template))
            for index, at in enumerate(steps)
        )

    def _corresponding(self, template: Module, module: Module, *, by_name: bool) -> Steps | None:
        """Steps written at the same place of the spec are the same step (`by_name`: those of the same name are);
        failing that, those that do the same; failing that, those at the same place in the module."""
        steps = counterparts(template, module, by_name=by_name)
        if steps is None and not by_name:
            steps = found_in_order(*(self._deeds(each) for each in (template, module)))
        if steps is None and len(template.steps) == len(module.steps):
            steps = tuple(range(len(template.steps)))
        return steps

    def _deeds(self, module: Module) -> list[Hashable]:
        return [self.does(module, index) for index in range(len(module.steps))]

    def does(self, module: Module, index: int) -> Hashable:
        """Equal for steps that differ in nothing but argument values and numbers of copies."""
        target = module.steps[index].target
        if isinstance(target, Module):
            return self._numbers[target]
        return (type(target), form(recipe((module, index))))

    def _overwrite_alike(self, template: Module, module: Module, steps: Steps) -> bool:
        expected = {steps[index] for index in self._inplace(template)} - {None}
        return expected == self._inplace(module)

    def _does_alike(
        self, one: Place, other: Place, found: dict[tuple[Module, Module], Steps], around: tuple[Module, ...]
    ) -> bool:
        if self.does(*one) == self.does(*other):
            return True
        left, right = (module.steps[index].target for module, index in (one, other))
        if isinstance(left, Module) and isinstance(right, Module):
            chains = {left, right} <= self._in_place and not (is_uniform(left) or is_uniform(right))
            return chains and self._align(left, right, found, around)
        return interchangeable(one, other)


def _named_alike(template: Module, module: Module, steps: Steps) -> bool:
    pairs = [
        (step, module.steps[at]) for step, at in zip(template.steps, steps, strict=True) if at is not None
    ]
    lists = is_list(template) and is_list(module) and is_chain(template) and is_chain(module)
    return (
        len(template.inputs) == len(module.inputs)
        and (template.shortcut is None) == (module.shortcut is None)
        and all(
            (one.name == other.name or lists)
            and (one.role == "join") == (other.role == "join")
            and one.shared == other.shared
            for one, other in pairs
        )
    )


def _may_lack(template: Module, steps: Steps, around: Sequence[Module]) -> bool:
    """Whether the steps that are missing from `steps` can be left out where the template is written. `around`: the
    templates in which it stands, the class's own first.

    An `nn.Sequential` with such steps is built from a list, which gives its children numbers for names. In place that
    is done before it becomes a child: a chain in a chain has no room for it. And it is done in blocks alone: without
    one, nobody said that the chains are variants of one thing.
    """
    lacking = [index for index, at in enumerate(steps) if at is None]
    if not lacking:
        return True
    if any(step.shared for step in template.steps):
        return False
    if around:
        return len(around) == 1 and around[0].block is not None and is_list(template)
    attributes = all(step.name.isidentifier() for step in template.steps)
    if is_chain(template) and not attributes:
        return is_list(template)
    return all(_is_optional((template, index)) for index in lacking)


def _is_optional(place: Place) -> bool:
    """Whether an `nn.Identity` can stand in for the child of a step, or `forward` can pass the step by."""
    module, index = place
    step = module.steps[index]
    if isinstance(step.target, Module):
        return len(step.inputs) == 1
    made = stages(recipe(place))
    return not any(isinstance(stage, Layer | Learned | Held) for stage in made) or (
        len(made) == 1 and isinstance(made[0], Layer)
    )
