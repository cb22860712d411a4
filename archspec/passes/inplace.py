"""Which layers may overwrite their input.

In: a module. Out: the steps that may be written with `inplace=True`; of other steps, the inputs that they may
overwrite.

Overwriting a value in place is right only if nobody else ever looks at it: no other step, no caller, and no backward
pass. So a step may do it if the value it reads
- was made by an op of the same module: an input belongs to the caller, and what a child module keeps is its own affair;
- has that one reader, and is not an output of the module;
- is not kept by the op that made it for its own backward pass: ReLU and sigmoid keep their output, and so may any op
  that has itself overwritten its input;
- shares its memory with nothing else: if the op that made it only looks at its input in another shape (flatten, or a
  dropout in evaluation), the same must hold of that input.
A child that is called several times may do it only if every call may.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from archspec.ir import Module
from archspec.ops.base import Op


def inplace_steps(module: Module, kept: Iterable[int] = ()) -> frozenset[int]:
    """The indices of the steps of `module` that may overwrite what they read. `kept`: values handed out besides the
    outputs, as the network's auxiliary heads are."""
    readers = _readers(module, kept)
    names_refused: set[str] = set()
    allowed: set[int] = set()
    for index, step in enumerate(module.steps):
        if not isinstance(step.target, Op) or not step.target.can_be_inplace:
            continue
        if all(_is_private(module, readers, allowed, value) for value in step.inputs):
            allowed.add(index)
        else:
            names_refused.add(step.name)
    return frozenset(index for index in allowed if module.steps[index].name not in names_refused)


def private_inputs(module: Module, steps: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Which of its inputs each of the steps may overwrite, by their positions. Beside the steps of `inplace_steps` that
    is right as long as no step keeps for a backward pass what it has overwritten."""
    readers = _readers(module)
    overwriting = set(inplace_steps(module))
    return {
        index: tuple(
            at
            for at, value in enumerate(module.steps[index].inputs)
            if _is_private(module, readers, overwriting, value)
        )
        for index in steps
    }


def _readers(module: Module, kept: Iterable[int] = ()) -> Counter[int]:
    readers = Counter(value for step in module.steps for value in step.inputs)
    readers.update((*module.outputs, *kept))
    return readers


def _is_private(module: Module, readers: Counter[int], overwriting: set[int], value: int) -> bool:
    """Whether the one reader of `value` is all that can ever see its memory. `overwriting`: the steps before it that
    write in place."""
    while True:
        index = value - len(module.inputs)
        if index < 0 or readers[value] != 1:
            return False
        producer = module.steps[index]
        if not isinstance(producer.target, Op) or producer.target.saves_output or index in overwriting:
            return False
        if not producer.target.views_input:
            return True
        if len(producer.inputs) != 1:
            return False
        (value,) = producer.inputs
