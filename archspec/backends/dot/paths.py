"""Branches too many to stand side by side, or of several inputs: a row of layers for each, one below the other.

In: a module that joins its branches. Out: whether it is drawn so, and its rows.
Holds: every layer of the module is in a row, or behind the join's sign.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archspec.backends.dot import theme
from archspec.backends.dot.picture import Path, PathLayer, Paths
from archspec.backends.dot.reading import does_nothing, has_errors, stands_beside
from archspec.ir import Module
from archspec.ops.base import Op, Shape

_MOST_BESIDE = 8
"""More branches than a page has room for stand below each other."""


def stands_in_rows(module: Module) -> bool:
    """Whether the branches of a module stand below each other. They are straight lines, apart from joins in them that
    are straight lines too.
    """
    if module.structure not in ("concat", "add", "multiply") or has_errors(module):
        return False
    branches = [step for step in module.steps if step.role == "branch"]
    if len(module.inputs) == 1 and len(branches) <= _MOST_BESIDE:
        return False
    join = module.steps[-1]
    made = [module.value(index) for index in range(len(module.steps) - 1)]
    return (
        isinstance(join.target, Op)
        and list(join.inputs) == made
        and all(len(step.inputs) == 1 and step.inputs[0] < len(module.inputs) for step in module.steps[:-1])
        and all(_is_line(step.target) for step in module.steps[:-1])
    )


def draw_paths(module: Module, name: str, column: str) -> Paths:
    """The node of a module that stands in rows: a row for each branch, in their order."""
    join = module.steps[-1]
    shapes = module.inputs_of(join)
    rows = tuple(
        Path(step.name, tuple(_layers(step.target, [module.shape(step.inputs[0])])))
        for step in module.steps[:-1]
    )
    if module.structure == "concat":
        parts = [shape[0] for shape in shapes]
        return Paths(name, rows, "concat", (f"{_summed(parts)} = {join.shape[0]}",), theme.CONCAT, column)
    return Paths(name, rows, "+" if module.structure == "add" else "×", (), theme.SUM, column)


def _summed(parts: Sequence[int]) -> str:
    if len(set(parts)) == 1:
        return f"{len(parts)} × {parts[0]}"
    return " + ".join(map(str, parts))


def _is_line(target: Op | Module) -> bool:
    if isinstance(target, Op):
        return True
    if len(target.inputs) != 1:
        return False
    if target.structure == "concat":
        return all(_is_line(step.target) for step in target.steps)
    is_line = all(step.inputs == (index,) for index, step in enumerate(target.steps))
    return is_line and all(_is_line(step.target) for step in target.steps)


def _layers(target: Op | Module, inputs: Sequence[Shape]) -> Iterator[PathLayer]:
    """The layers of a branch, as they run; of a join in it, what it joins and then the join."""
    ops = list(_ops(target, inputs))
    while ops:
        op, shapes = ops.pop(0)
        small: list[str] = []
        while ops and stands_beside(ops[0][0], *ops[0][1]):
            beside, entering = ops.pop(0)
            small.append(beside.glyph(*entering).text)
        fill = theme.CONCAT if op.key == "concat" else theme.colour(op.kind)
        yield PathLayer(op.glyph(*shapes).text, tuple(small), fill)


def _ops(target: Op | Module, inputs: Sequence[Shape]) -> Iterator[tuple[Op, Sequence[Shape]]]:
    if isinstance(target, Op):
        if not (does_nothing(target) or target.key == "identity"):
            yield target, inputs
        return
    for step in target.steps:
        yield from _ops(step.target, target.inputs_of(step))


def inputs_read(module: Module) -> tuple[int, ...]:
    """The inputs from which its branches start."""
    return tuple(dict.fromkeys(step.inputs[0] for step in module.steps[:-1]))
