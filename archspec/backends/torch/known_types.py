"""What a type checker knows of the code of a `forward`.

A module's call is `Any` to it, and a function that promises a tensor must not return that. So what may stand behind
`return` depends on the expression, and on the annotations before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from archspec.backends.torch import code
from archspec.backends.torch.layout import flat

TENSOR: Final = code.Name("Tensor")

TYPED: Final = "torch."
"""Type checkers know that these functions give a tensor."""


def names_of_tensors(value: code.Expression) -> frozenset[code.Name] | None:
    """The names that must be known as tensors for a type checker to see that `value` is one; None if it never does.
    A module's call is `Any`, and so is a sum with one."""
    match value:
        case code.Name():
            return frozenset((value,))
        case code.Call() if flat(value.function).startswith(TYPED):
            return frozenset()
        case code.Infix():
            return _names_in_all(value.operands)
        case code.Conditional():
            return _names_in_all((value.then, value.otherwise))
        case _:
            return None


def _names_in_all(values: Sequence[code.Expression]) -> frozenset[code.Name] | None:
    names: set[code.Name] = set()
    for value in values:
        more = names_of_tensors(value)
        if more is None:
            return None
        names |= more
    return frozenset(names)


def annotated(body: Sequence[code.Statement], result: code.Expression) -> list[code.Statement]:
    """The body with `result: Tensor = …` where it is first assigned: a module's call is `Any` to a type checker."""
    for at, statement in enumerate(body):
        if isinstance(statement, code.Assign) and statement.target == result:
            return [*body[:at], replace(statement, annotation=TENSOR), *body[at + 1 :]]
    return list(body)
