"""The most that is alive at once while a network runs without gradients.

In: a module, with the peaks of those inside it, and which of its values share memory. Out: its `Peak`.

What holds a value, in the emitted file as PyTorch runs it: the variable that it is kept in, to the end of the line that
assigns the variable anew, or of the function (`lines.py`); within a line, the call that it is an argument of; and
whoever called the module, for what it was called with. An op holds its inputs and its result at the same time. An
`nn.Sequential` is a line for each layer, all in one variable.

What is left out: that a line too long to be written is two, and may hold less; and that a call of a block which lacks
some layers of another (but for those on the skip) runs the lines of the class that does for both (Xception's first
entry block holds a fifth more for it).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Final

from archspec.ir import Module, Step
from archspec.ops.base import Op
from archspec.ops.recipe import Layer, Pipeline
from archspec.ops.scale import Identity
from archspec.passes.lines import Lines, Written
from archspec.records import dataclass

PLACE_BYTES: Final = 8
"""`max_pool` keeps the place of each maximum as an int64."""


@dataclass(frozen=True, slots=True)
class Peak:
    """The most bytes that an example has alive while a module runs, beside its inputs, and the step at which."""

    bytes: int
    step: int | None


def find_peak(
    module: Module,
    owners: tuple[int, ...],
    inside: Mapping[Module, Peak],
    element_bytes: int,
    *,
    is_root: bool,
    aux: Sequence[int] = (),
    may_project: bool = False,
) -> Peak:
    """`owners`: for each value the one whose memory it is in; `aux`: what auxiliary heads end in: they do not run;
    `may_project`: another call of the module's block has layers on its skip, and one class does for both."""
    alive = _Alive(module, owners)
    best = Peak(0, None)
    for line in _lines(module, aux, is_root=is_root, may_project=may_project):
        for index, arguments in zip(line.steps, line.arguments, strict=True):
            target = module.steps[index].target
            before = alive.elements
            alive.hold(module.value(index))
            if isinstance(target, Module):
                here = inside[target].bytes + before * element_bytes
            else:
                here = _made_besides(module, module.steps[index], target, element_bytes)
                here += alive.elements * element_bytes
            if here > best.bytes:
                best = Peak(here, index)
            for value in arguments:
                alive.release(value)
        if line.overwritten is not None:
            alive.release(line.overwritten)
    return best


@dataclass(frozen=True, slots=True)
class _Run:
    """A line as it runs: its steps, for each the values that it alone was holding as its arguments, and what the
    variable held that it assigns anew.
    """

    steps: tuple[int, ...]
    arguments: tuple[tuple[int, ...], ...]
    overwritten: int | None


def _lines(module: Module, aux: Sequence[int], *, is_root: bool, may_project: bool) -> Iterator[_Run]:
    if _is_sequential(module) and not is_root:
        for index in range(len(module.steps)):
            yield _Run((index,), ((),), index or None)
        return
    lines = Lines(module, tuple(_written(module, step) for step in module.steps), aux)
    holds = {"x": 0}
    skips = may_project and not has_projection(module)
    for line in lines.lines(lines.steps, lambda _, index: not (skips and module.steps[index].role == "join")):
        passed: set[int] = set()
        arguments = []
        for index in line.steps:
            arguments.append(tuple(value for value in set(lines.reads[index]) if value in passed))
            passed.difference_update(arguments[-1])
            passed.add(module.value(index))
        last = line.steps[-1]
        variable = lines.variable(last, holds)
        overwritten = None
        if variable in ("x", "out"):
            overwritten = holds.get(variable)
            holds[variable] = module.value(last)
        yield _Run(line.steps, tuple(arguments), overwritten)


def _written(module: Module, step: Step) -> Written:
    if isinstance(step.target, Module):
        return Written(1, is_child=True)
    if isinstance(step.target, Identity):
        return Written(0, is_child=False)
    shapes = tuple(module.shape(value) for value in step.inputs)
    recipe = step.target.torch(*shapes)
    calls = len(recipe.stages) if isinstance(recipe, Pipeline) else 1
    if module.direct and step.target.weights(*shapes):
        return Written(calls, is_child=False, reads_weights=True)
    return Written(calls, is_child=isinstance(recipe, Layer))


def has_projection(module: Module) -> bool:
    return any(step.role == "shortcut" for step in module.steps)


def _is_sequential(module: Module) -> bool:
    """Whether the emitted file has an `nn.Sequential` for the module: a chain of layers and modules, if no block says
    that it is a class with a `forward`, or its layers have numbers for names.
    """
    chained = module.outputs == (len(module.steps),) and all(
        step.inputs == (at,) and not step.shared and step.role != "join"
        for at, step in enumerate(module.steps)
    )
    if not chained or len(module.inputs) != 1 or module.direct:
        return False
    if any(isinstance(step.target, Op) and step.target.is_parameter() for step in module.steps):
        return False
    in_place = module.block is None or module.structure == "repeat"
    return in_place or not all(step.name.isidentifier() for step in module.steps)


class _Alive:
    """The memory of the values alive at one step of a module, each owner's once; `elements` are its numbers.

    Counted as values come and go, so that a long module with many of them alive takes no longer for each step.
    """

    def __init__(self, module: Module, owners: tuple[int, ...]) -> None:
        self.module = module
        self.owners = owners
        self.holders = Counter(owners[: len(module.inputs)])
        self.elements = 0

    def hold(self, value: int) -> None:
        owner = self.owners[value]
        if self.holders[owner] == 0:
            self.elements += self._size(owner)
        self.holders[owner] += 1

    def release(self, value: int) -> None:
        owner = self.owners[value]
        self.holders[owner] -= 1
        if self.holders[owner] == 0:
            self.elements -= self._size(owner)

    def _size(self, owner: int) -> int:
        """Nothing for an input, whose memory is the caller's."""
        return 0 if owner < len(self.module.inputs) else prod(self.module.shape(owner))


def _made_besides(module: Module, step: Step, op: Op, element_bytes: int) -> int:
    """Bytes of what the op makes for itself while it runs."""
    shapes = tuple(module.shape(value) for value in step.inputs)
    if op.is_view(*shapes, training=False):
        return 0
    made = op.made_in_inference(*shapes)
    return made.numbers * element_bytes + made.places * PLACE_BYTES
