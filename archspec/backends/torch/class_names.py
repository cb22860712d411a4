"""What the classes of an emitted file are called.

In: the classes that `classes.py` has found, children before parents. Out: for each its name, and what sets it apart
from others of its kind.

A class is called after its block; without a block, after the steps that call it, if they share a name, or else by its
structure. Where several classes would have one name, they are told apart by what a reader sees of them: a projection,
steps that others lack (`SumWithIdentity`), or a child that is told apart so; without a block, by the step where they
first stand (`Sum0_1`). Where all of that fails, by a number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from archspec.backends.torch.names import Namespace, pascal_case
from archspec.ir import Module, Step, Structure
from archspec.ops.base import Op
from archspec.passes.counterparts import projection
from archspec.records import dataclass

STRUCTURE_NAMES: Final[Mapping[Structure, str]] = {
    "network": "Network",
    "sequence": "Group",
    "residual": "Residual",
    "concat": "Concat",
    "add": "Sum",
    "multiply": "Product",
    "repeat": "Repeat",
}
"""What a class is called whose spec gave it no name."""

PROJECTION: Final = "Projection"
MOST_SAID: Final = 2
"""So many differences a name may tell."""


@dataclass(frozen=True, slots=True, eq=False)
class Unnamed:
    """A class without its name: the module that has all of its steps, and its instances."""

    template: Module
    instances: Sequence[Module]


@dataclass(frozen=True, slots=True)
class ClassTitle:
    """The name of a class, and the steps by which it is told from others that would be called the same."""

    name: str
    differences: tuple[str, ...] = ()


def name_classes(
    classes: Sequence[Unnamed], callers: Mapping[Module, Sequence[Step]], names: Namespace
) -> list[ClassTitle]:
    """Their names, in order. `callers`: the steps that call each module."""
    bases = [_base(each, callers) for each in classes]
    families: dict[str, list[Unnamed]] = {}
    for base, each in zip(bases, classes, strict=True):
        families.setdefault(base, []).append(each)
    differences = _Differences(families)
    wanted: dict[Module, str] = {}
    for base, family in families.items():
        texts = [_with(base, differences.of(each)) for each in family]
        if len(set(texts)) < len(texts) and all(each.template.block is None for each in family):
            texts = [_place(each, callers, base) for each in family]
        wanted.update((each.template, text) for each, text in zip(family, texts, strict=True))
    return [ClassTitle(names.claim(wanted[each.template]), differences.of(each)) for each in classes]


def _base(each: Unnamed, callers: Mapping[Module, Sequence[Step]]) -> str:
    first = each.instances[0]
    if first.block is not None:
        return pascal_case(first.block.name.rpartition(".")[2], "Block")
    stems = {step.name.rstrip("0123456789_") for module in each.instances for step in callers.get(module, ())}
    if len(stems) == 1 and "" not in stems:
        return pascal_case(stems.pop(), STRUCTURE_NAMES[first.structure])
    return STRUCTURE_NAMES[first.structure]


def _with(base: str, differences: Sequence[str]) -> str:
    return f"{base}With{'And'.join(differences)}" if differences else base


def _place(each: Unnamed, callers: Mapping[Module, Sequence[Step]], base: str) -> str:
    """The name of the step that calls the class first."""
    steps = [step for module in each.instances for step in callers.get(module, ())]
    return pascal_case(steps[0].name, base) if steps else base


# ---------------------------------------------------------------- what sets a class apart


class _Differences:
    """What each class has that another of its family lacks; failing that, what sets its children apart."""

    def __init__(self, families: Mapping[str, Sequence[Unnamed]]) -> None:
        self._families = families
        self._family_of = {
            module: base for base, family in families.items() for each in family for module in each.instances
        }
        self._found: dict[Module, tuple[str, ...]] = {}
        self._begun: set[str] = set()
        for base in families:
            self._settle(base)

    def of(self, each: Unnamed) -> tuple[str, ...]:
        return self._found[each.template]

    def _settle(self, base: str) -> None:
        """The families of the children first. Recursion is bounded by the depth of modules."""
        if base in self._begun:
            return
        self._begun.add(base)
        family = self._families[base]
        for each in family:
            for child in _children(each.template):
                if child in self._family_of:
                    self._settle(self._family_of[child])
        everywhere = set.intersection(*(set(_titles(each.template)) for each in family))
        found = [self._own(each, everywhere) if len(family) > 1 else () for each in family]
        if found.count((PROJECTION,)) == len(family) - 1 == 1:
            found = [
                each if each == (PROJECTION,) else () for each in found
            ]  # the other needs no word for itself
        for each, own in zip(family, found, strict=True):
            self._found.update(dict.fromkeys(each.instances, own))

    def _own(self, each: Unnamed, everywhere: set[str]) -> tuple[str, ...]:
        extra = [title for title in _titles(each.template) if title not in everywhere]
        if PROJECTION in extra:
            return (PROJECTION,)
        if not extra:
            children = dict.fromkeys(_children(each.template))
            extra = [title for child in children for title in self._found.get(child, ())]
        else:
            always = set.intersection(*(set(_titles(module)) for module in each.instances))
            extra = [title for title in extra if title in always] or extra
        return tuple(extra) if len(extra) <= MOST_SAID else ()


def _children(module: Module) -> Iterator[Module]:
    for step in module.steps:
        if isinstance(step.target, Module):
            yield step.target


def _titles(module: Module) -> Iterator[str]:
    skipping = projection(module)
    for index, step in enumerate(module.steps):
        if step.role != "join":
            yield PROJECTION if index == skipping else pascal_case(step_title(step), "Step")


def step_title(step: Step) -> str:
    """The name of a step; of one in a list, what it is."""
    if not step.name.isdigit():
        return step.name
    if isinstance(step.target, Op):
        return step.target.key
    return step.target.block.name if step.target.block else step.target.structure
