"""The most that is alive at once while a network runs without gradients.

In: a module, with the peaks of those inside it, and which of its values share memory. Out: its `Peak`.

What holds a value, in the emitted file as PyTorch runs it: the variable that it is kept in, to the end of the line that
assigns the variable anew, or of the function (`lines.py`); within a line, the call that it is an argument of; and
whoever called the module, for what it was called with. An op holds its inputs and its result at the same time. An
`nn.Sequential` is a line for each layer, all in one variable.

Where a call of a block lacks some layers of another, one class does for both, and its lines run (`Form`).

What is left out: that a line too long to be written is two, whose variable then drops what it held before. No network
that archspec ships has a line at its peak for which that counts: each comes to the byte.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from math import prod
from typing import Final

from archspec.ir import Module, Step
from archspec.ops.base import Op
from archspec.ops.recipe import Layer, Pipeline
from archspec.ops.scale import Identity
from archspec.passes.counterparts import Steps, counterparts, values_in, wired_alike
from archspec.passes.lines import Lines, Written
from archspec.records import dataclass

PLACE_BYTES: Final = 8
"""`max_pool` keeps the place of each maximum as an int64."""


@dataclass(frozen=True, slots=True)
class Peak:
    """The most bytes that an example has alive while a module runs, beside its inputs, and the step at which."""

    bytes: int
    step: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """The class that a module is written as: that of the call of its block with the most steps."""

    template: Module
    lacking: set[int] = field(default_factory=set)
    """The steps of the template that some call lacks."""


def forms(
    modules: Sequence[Module], overwriting: Mapping[Module, frozenset[int]]
) -> Mapping[Module, tuple[Form, Steps]]:
    """Of each module its form, and which of its steps stands for each of the form's. `overwriting`: the steps of each
    that overwrite their input, which calls of one class have in common."""
    found: dict[Module, tuple[Form, Steps]] = {}
    by_block: dict[object, list[Form]] = {}
    for module in sorted(modules, key=lambda module: len(module.steps), reverse=True):
        known = by_block.setdefault(module if module.block is None else module.block.span, [])
        for form in known:
            steps = counterparts(form.template, module)
            if steps is None or not wired_alike(form.template, module, steps):
                continue
            if {steps[index] for index in overwriting[form.template]} - {None} == overwriting[module]:
                form.lacking.update(index for index, at in enumerate(steps) if at is None)
                found[module] = form, steps
                break
        else:
            known.append(Form(module))
            found[module] = known[-1], tuple(range(len(module.steps)))
    return found


def find_peak(
    module: Module,
    written: tuple[Form, Steps],
    owners: tuple[int, ...],
    inside: Mapping[Module, Peak],
    element_bytes: int,
    *,
    is_root: bool,
    aux: Sequence[int] = (),
) -> Peak:
    """`written`: of `forms`; `owners`: for each value the one whose memory it is in; `aux`: what auxiliary heads end
    in: they do not run."""
    form, steps = written
    values = values_in(form.template, module, steps)
    alive = _Alive(module, owners)
    best = Peak(0, None)
    for line in _lines(form, aux, is_root=is_root):
        for index, arguments in zip(line.steps, line.arguments, strict=True):
            before = alive.elements
            alive.hold(values[form.template.value(index)])
            at = steps[index]
            here = 0 if at is None else _while_running(module, at, before, alive, inside, element_bytes)
            if here > best.bytes:
                best = Peak(here, at)
            for value in arguments:
                alive.release(values[value])
        if line.overwritten is not None:
            alive.release(values[line.overwritten])
    return best


def _while_running(
    module: Module, index: int, before: int, alive: _Alive, inside: Mapping[Module, Peak], element_bytes: int
) -> int:
    """The most bytes alive while a step runs. `before`: the numbers alive before it; `alive`: with its result."""
    step = module.steps[index]
    if isinstance(step.target, Module):
        return inside[step.target].bytes + before * element_bytes
    return _made_besides(module, step, step.target, element_bytes) + alive.elements * element_bytes


@dataclass(frozen=True, slots=True)
class _Run:
    """A line of a form as it runs: its steps, for each the values that it alone was holding as its arguments, and what
    the variable held that it assigns anew.
    """

    steps: tuple[int, ...]
    arguments: tuple[tuple[int, ...], ...]
    overwritten: int | None


def _lines(form: Form, aux: Sequence[int], *, is_root: bool) -> Iterator[_Run]:
    module = form.template
    if _is_sequential(module) and not is_root:
        for index in range(len(module.steps)):
            yield _Run((index,), ((),), index or None)
        return
    written = tuple(_written(module, step, index in form.lacking) for index, step in enumerate(module.steps))
    lines = Lines(module, written, aux)
    holds = {"x": 0}
    for line in lines.lines(lines.steps, lambda *_: True):
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


def _written(module: Module, step: Step, may_lack: bool) -> Written:
    if isinstance(step.target, Module):
        return Written(1, is_child=True)
    if isinstance(step.target, Identity):
        return Written(0, is_child=False)
    shapes = module.inputs_of(step)
    recipe = step.target.torch(*shapes)
    calls = len(recipe.stages) if isinstance(recipe, Pipeline) else 1
    if module.direct and step.target.weights(*shapes):
        return Written(calls, is_child=False, reads_weights=True)
    is_child = isinstance(recipe, Layer)
    return Written(calls, is_child=is_child, is_passed_by=may_lack and not is_child)


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
    shapes = module.inputs_of(step)
    if op.is_view(*shapes, training=False):
        return 0
    made = op.made_in_inference(*shapes)
    return made.numbers * element_bytes + made.places * PLACE_BYTES
