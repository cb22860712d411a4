"""Equal neighbours as a loop.

In: the items of an `nn.Sequential`. Out: items, in which a run of equal ones is `*(item for _ in range(n))` and a run
whose integers grow by equal steps is `*(item(64 + 32 * i) for i in range(n))`.
Holds: unrolled, the loops give the items that came in, in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final

from archspec.backends.torch import code
from archspec.records import dataclass

SHORTEST_GROWING_RUN: Final = 3
"""Any two items grow by equal steps; three that do are a pattern."""


@dataclass(slots=True)
class _Run:
    first: code.Expression
    skeleton: object
    start: tuple[int, ...]
    step: tuple[int, ...] | None = None
    length: int = 1

    def last(self) -> tuple[int, ...]:
        if self.step is None:
            return self.start
        return tuple(at + (self.length - 1) * by for at, by in zip(self.start, self.step, strict=True))


def roll(items: Sequence[code.Expression]) -> tuple[code.Item, ...]:
    """The items, with runs made loops."""
    rolled: list[code.Item] = []
    at = 0
    while at < len(items):
        run = _longest_run(items, at)
        grows = run.step is not None and any(run.step)
        if run.length >= (SHORTEST_GROWING_RUN if grows else 2):
            rolled.append(code.Spread(_loop(run)))
            at += run.length
        else:
            rolled.append(items[at])
            at += 1
    return tuple(rolled)


def _longest_run(items: Sequence[code.Expression], at: int) -> _Run:
    skeleton, numbers = _taken_apart(items[at])
    run = _Run(items[at], skeleton, numbers)
    for item in items[at + 1 :]:
        skeleton, numbers = _taken_apart(item)
        if skeleton != run.skeleton:
            break
        step = tuple(now - before for now, before in zip(numbers, run.last(), strict=True))
        if run.step is not None and step != run.step:
            break
        run.step = step
        run.length += 1
    return run


def _loop(run: _Run) -> code.Generator:
    step = run.step or ()
    grows = any(step)
    numbers: list[code.Expression] = [
        _growing(start, by) if by else code.Constant(start) for start, by in zip(run.start, step, strict=True)
    ]
    element = _put_together(run.first, numbers)
    target = code.Name("i" if grows else "_")
    return code.Generator(element, target, code.Call(code.Name("range"), (code.Constant(run.length),)))


def _growing(start: int, by: int) -> code.Expression:
    """`start + by * i`, without what changes nothing."""
    index = code.Name("i")
    grown: code.Expression = index if by == 1 else code.Infix("*", (code.Constant(by), index))
    if start == 0:
        return grown
    return code.Infix("+", (index, code.Constant(start)) if by == 1 else (code.Constant(start), grown))


# ---------------------------------------------------------------- items as skeleton and numbers


def _taken_apart(node: code.Expression) -> tuple[object, tuple[int, ...]]:
    """What is left of an expression without its integers, and the integers in order."""
    numbers: list[int] = []

    def skeleton(part: object) -> object:
        match part:
            case code.Constant(value=int() as number) if not isinstance(number, bool):
                numbers.append(number)
                return int
            case tuple():
                return tuple(map(skeleton, part))
            case _ if is_dataclass(part):
                return (type(part), *(skeleton(getattr(part, field.name)) for field in fields(part)))
            case _:
                return (type(part), part)  # True and 1.0 are equal

    return skeleton(node), tuple(numbers)


def _put_together(node: code.Expression, numbers: Sequence[code.Expression]) -> code.Expression:
    """`node` with its integers replaced, in order."""
    remaining = iter(numbers)

    def rebuilt(part: object) -> Any:  # the same kind of thing as `part`, but for integers
        match part:
            case code.Constant(value=int() as number) if not isinstance(number, bool):
                return next(remaining)
            case tuple():
                return tuple(map(rebuilt, part))
            case _ if is_dataclass(part) and not isinstance(part, type):
                return replace(
                    part, **{field.name: rebuilt(getattr(part, field.name)) for field in fields(part)}
                )
            case _:
                return part

    expression: code.Expression = rebuilt(node)
    return expression
