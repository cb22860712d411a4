"""What differs between two steps that belong together.

In: two steps, each with its module. Out: `Change`s, in words. Holds: two ops that make the same layer do not differ,
however they are written; a step reads something else only if it does once what was added, removed or moved in between
is thought away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields

from archspec.backends.wording import shape_text
from archspec.ir import Module, Step
from archspec.ops.base import Fault, Op, Shape
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class Site:
    """A step in its module."""

    module: Module
    index: int

    @property
    def step(self) -> Step:
        return self.module.steps[self.index]

    @property
    def inputs(self) -> tuple[Shape, ...]:
        return self.module.inputs_of(self.step)


@dataclass(frozen=True, slots=True)
class Change:
    """What of a step differs: an argument by its name, or `op`, `name`, `order`, `copies`, `skip`, `reads`, `shared`;
    `place` where it stands in another module.

    An empty text stands for nothing on that side.
    """

    what: str
    a: str
    b: str


class Wiring:
    """Whether paired steps read the same values. What was added, removed or moved in between is no change of those
    who read it: they are taken to read what it reads first.
    """

    def __init__(self, sites: Sequence[tuple[Site | None, Site | None, bool]]) -> None:
        stay = [(a, b) for a, b, is_moved in sites if a is not None and b is not None and not is_moved]
        self._of_a = {a.index: b.index for a, b in stay}
        self._of_b = {b.index: b.index for _, b in stay}
        self._read_a = [] if not stay else _read(stay[0][0].module, self._of_a)
        self._read_b = [] if not stay else _read(stay[0][1].module, self._of_b)

    def differs(self, a: Site, b: Site) -> bool:
        mine = [self._read_a[value] for value in a.step.inputs]
        theirs = [self._read_b[value] for value in b.step.inputs]
        if mine == theirs:
            return False
        # What one side alone has says for itself where it is read.
        lasting_a = [
            read for read, value in zip(mine, a.step.inputs, strict=True) if _lasts(a, value, self._of_a)
        ]
        lasting_b = [
            read for read, value in zip(theirs, b.step.inputs, strict=True) if _lasts(b, value, self._of_b)
        ]
        return lasting_a != lasting_b or len(mine) == len(theirs) == 1


def _read(module: Module, partner: Mapping[int, int]) -> list[int]:
    """For each value the step of B that gives it, or that gives what it was made of; inputs are negative."""
    read = [-1 - value for value in range(len(module.inputs))]
    for index, step in enumerate(module.steps):
        read.append(partner[index] if index in partner else read[step.inputs[0]])
    return read


def _lasts(site: Site, value: int, partner: Mapping[int, int]) -> bool:
    """Whether both sides have a value that a step reads."""
    index = value - len(site.module.inputs)
    return index < 0 or index in partner


def place_changes(a: Site, b: Site, wiring: Wiring | None, is_moved: bool) -> Iterator[Change]:
    """What differs in how two steps stand in their modules."""
    if wiring is None:  # one of them stands elsewhere, which is said there
        return
    if a.step.name != b.step.name and not (a.step.name.isdigit() and b.step.name.isdigit()):
        yield Change("name", a.step.name, b.step.name)
    if is_moved:
        yield Change("order", _before(a), _before(b))
    elif wiring.differs(a, b):
        yield Change("reads", _sources(a), _sources(b))
    if a.step.shared != b.step.shared:
        yield Change("shared", str(a.step.shared).lower(), str(b.step.shared).lower())


def _before(site: Site) -> str:
    return f"after {site.module.steps[site.index - 1].name}" if site.index else "first"


def _sources(site: Site) -> str:
    module = site.module
    first = len(module.inputs)
    return ", ".join(
        module.steps[value - first].name if value >= first else "input" for value in site.step.inputs
    )


def op_changes(a: Op, b: Op, inputs: tuple[Shape, ...]) -> Iterator[Change]:
    if a == b or _makes_the_same_layer(a, b, inputs):
        return
    if type(a) is not type(b):
        yield Change("op", a.key, b.key)
        return
    for argument in fields(a):
        mine, theirs = getattr(a, argument.name), getattr(b, argument.name)
        if mine != theirs:
            yield Change(argument.name, _value_text(mine), _value_text(theirs))


def _makes_the_same_layer(a: Op, b: Op, inputs: tuple[Shape, ...]) -> bool:
    """Whether two ops, on the inputs of the first, are one layer: `padding: half` of a 3×3 is `padding: 1`."""
    return (
        not isinstance(b.infer(*inputs), Fault)
        and a.torch(*inputs) == b.torch(*inputs)
        and a.weights(*inputs) == b.weights(*inputs)
    )


def _value_text(value: object) -> str:
    if isinstance(value, tuple) and value and all(isinstance(item, int) for item in value):
        return shape_text(value)
    if isinstance(value, bool) or value is None:
        return "none" if value is None else str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def module_changes(a: Op | Module, b: Op | Module) -> Iterator[Change]:
    if not isinstance(a, Module) or not isinstance(b, Module):
        return
    if a.structure == b.structure == "repeat" and len(a.steps) != len(b.steps):
        yield Change("copies", str(len(a.steps)), str(len(b.steps)))
    mine, theirs = (_skip(module) for module in (a, b))
    if mine != theirs:
        yield Change("skip", mine, theirs)


def _skip(module: Module) -> str:
    return "" if module.shortcut is None or module.shortcut.kind == "none" else module.shortcut.kind
