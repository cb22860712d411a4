"""Branches too many to stand side by side, or of several inputs: a row of layers for each, one below the other.

In: a module that joins its branches. Out: whether it is drawn so, and its rows.
Holds: every layer of the module is in a row, or behind the join's sign; an op that does nothing, where each is wanted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archspec.backends.dot import theme
from archspec.backends.dot.picture import Path, PathLayer, Paths
from archspec.backends.dot.reading import does_nothing, has_errors, stands_beside
from archspec.backends.dot.titles import short_name
from archspec.backends.wording import shape_text
from archspec.ir import Module, Step
from archspec.ops.base import Op, Shape
from archspec.records import dataclass

_MOST_BESIDE = 8
"""More branches than a page has room for stand below each other."""


@dataclass(frozen=True, slots=True)
class _AppliedOp:
    """An op in its place: what it reads, and what comes out. `path`: the name that a picture gives it."""

    path: str
    op: Op
    inputs: tuple[Shape, ...]
    shape: Shape

    @property
    def text(self) -> str:
        return self.op.glyph(*self.inputs).text


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


def draw_paths(module: Module, name: str, column: str, title: str = "", *, each_op: bool = False) -> Paths:
    """The node of a module that stands in rows: a row for each branch, in their order. `each_op`: with a cell for each
    op, which says what comes out where the shape changes.
    """
    join = module.steps[-1]
    shapes = module.inputs_of(join)
    layers = _each_op if each_op else _layers
    path = name.rpartition(".")[0]
    rows = tuple(
        Path(short_name(step.name), tuple(layers(list(_ops(module, step, path)))))
        for step in module.steps[:-1]
    )
    if module.structure == "concat":
        parts = [shape[0] for shape in shapes]
        small = (f"{_summed(parts)} = {join.shape[0]}",)
        return Paths(name, rows, "concat", small, theme.CONCAT, column, title)
    sign = "+" if module.structure == "add" else "×"
    return Paths(name, rows, sign, (), theme.SUM, column, title)


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


def _layers(ops: list[_AppliedOp]) -> Iterator[PathLayer]:
    """The layers of a branch, as they run; of a join in it, what it joins and then the join."""
    ops = [applied for applied in ops if not (does_nothing(applied.op) or applied.op.key == "identity")]
    while ops:
        first = ops.pop(0)
        small: list[str] = []
        while ops and stands_beside(ops[0].op, *ops[0].inputs):
            small.append(ops.pop(0).text)
        yield PathLayer(first.text, tuple(small), _fill(first.op))


def _each_op(ops: list[_AppliedOp]) -> Iterator[PathLayer]:
    for applied in ops:
        small = () if applied.shape in applied.inputs else (shape_text(applied.shape),)
        yield PathLayer(applied.text, small, _fill(applied.op), applied.path)


def _fill(op: Op) -> str:
    return theme.CONCAT if op.key == "concat" else theme.colour(op.kind)


def _ops(module: Module, step: Step, around: str) -> Iterator[_AppliedOp]:
    """`around`: the module's path."""
    if isinstance(step.target, Op):
        name = step.target.key if step.role == "join" else step.name
        yield _AppliedOp(f"{around}.{name}", step.target, tuple(module.inputs_of(step)), step.shape)
        return
    for inner in step.target.steps:
        yield from _ops(step.target, inner, f"{around}.{step.name}")


def inputs_read(module: Module) -> tuple[int, ...]:
    """The inputs from which its branches start."""
    return tuple(dict.fromkeys(step.inputs[0] for step in module.steps[:-1]))
