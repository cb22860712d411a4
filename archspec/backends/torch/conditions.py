"""When an instance of a class has a step that others lack.

In: the step in each instance, with the parameters of the class. Out: a condition over the parameters, which may make
new ones.

What holds: the condition has been evaluated for every instance. It is, in this order:
1. that the size of the layer is not 0, or its class not None, where there is a parameter for that;
2. what the author wrote behind `if`;
3. what a reader expects of a projection or a skip, from stride and channels;
4. a parameter of the block that is true or false;
5. the condition of another step;
6. a new parameter that says it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from archspec.backends.torch import code
from archspec.backends.torch.class_names import step_title
from archspec.backends.torch.classes import Column
from archspec.backends.torch.parameter import MISSING, Vector
from archspec.backends.torch.parameters import Parameters
from archspec.backends.torch.symbols import both, differs, either, equals, literal
from archspec.expressions import Expression, Name, free_names
from archspec.passes.counterparts import projection

IF: Final = "if"
"""Under this, a step's origin has the condition without which it would not be there."""


def condition(
    parameters: Parameters,
    column: Column,
    sources: Sequence[Expression | None],
    channels: Expression | None,
) -> code.Expression:
    """The condition for the step of `column`. `sources`: the channels of what the step reads; `channels`: those it
    gives."""
    present: Vector = [
        MISSING if shape is None else place is not None
        for place, shape in zip(column.places, column.shapes, strict=True)
    ]
    for candidate in _candidates(parameters, column, sources, channels):
        if candidate is not None and free_names(candidate) and parameters.says(candidate, present):
            parameters.conditions.append(candidate)
            return parameters.print(candidate)
    flag = parameters.new(present, origin=_flag(column), step=column.step.name, default=False)
    return parameters.print(flag)


def _candidates(
    parameters: Parameters,
    column: Column,
    sources: Sequence[Expression | None],
    channels: Expression | None,
) -> Iterator[Expression | None]:
    yield from parameters.sizes()
    yield from parameters.classes()
    wish = column.step.origin.expressions.get(IF)
    yield None if wish is None else parameters.translate(wish, sources[0])
    strides = tuple(parameters.named("stride"))
    if _is_projection(column):
        yield from _projects(strides, sources[0], channels)
    elif column.step.role == "join":
        yield from _skips(strides, *sources[:2])
    yield from parameters.truths()
    yield from tuple(parameters.conditions)


def _is_projection(column: Column) -> bool:
    module, index = column.template
    return index == projection(module)


def _projects(
    strides: Sequence[Expression], source: Expression | None, target: Expression | None
) -> Iterator[Expression]:
    """A projection is there if the shape changes."""
    strided = [differs(stride, literal(1)) for stride in strides]
    widened = [differs(source, target)] if source is not None and target is not None else []
    yield from (either(s, w) for s in strided for w in widened)
    yield from (*widened, *strided)


def _skips(
    strides: Sequence[Expression], main: Expression | None, skip: Expression | None = None
) -> Iterator[Expression]:
    """A skip is there if the shape stays."""
    straight = [equals(stride, literal(1)) for stride in strides]
    even = [equals(skip, main)] if main is not None and skip is not None else []
    yield from (both(s, e) for s in straight for e in even)
    yield from (*even, *straight)


def _flag(column: Column) -> str:
    """What to call a parameter that says whether a step is there."""
    if _is_projection(column):
        return "project"
    if column.step.role == "join":
        return "skip"
    wish = column.step.origin.expressions.get(IF)
    return wish.name if isinstance(wish, Name) else f"with_{step_title(column.step)}"
