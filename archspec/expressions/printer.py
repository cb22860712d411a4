"""Expression tree → Python.

What comes out is an expression of Python with no more parentheses than it needs, whose value under Python's
own rules is the one `evaluate` gives. Lists come out as tuples, `ceil` and `floor` as `math.ceil` and
`math.floor`, `round_to` under its own name, for the reader of the text to define.

Python has two divisions where the language has one. `a / b` of integers that divides exactly is an integer,
which is Python's `//`; so the printer must know the values that the names take.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, assert_never

from archspec.expressions.evaluator import try_evaluate
from archspec.expressions.tree import (
    Binary,
    Call,
    Compare,
    Comprehension,
    Conditional,
    Expression,
    Index,
    ListOf,
    Literal,
    Logical,
    Name,
    Slice,
    Unary,
    Value,
)

CONDITIONAL, OR, AND, NOT, COMPARE, SUM, PRODUCT, SIGN, POWER, ATOM = range(1, 11)
STRENGTH: Final = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "//": PRODUCT, "%": PRODUCT, "**": POWER}
_SIMPLE: Final = r"[-+]*[\w.*]+"
FUNCTION_NAMES: Final = {"ceil": "math.ceil", "floor": "math.floor"}


class _Mixed(Exception):
    """A division is exact for some values and not for others: neither `/` nor `//` prints it."""


def to_python(expression: Expression, scopes: Iterable[Mapping[str, Value]] = ()) -> str | None:
    """`expression` as Python, for names that take the values of any of `scopes`.

    None if a division is exact in some scopes and not in others. Without scopes `/` stays `/`.
    """
    try:
        return _Printer(tuple(scopes) or ({},)).print(expression, 0)
    except _Mixed:
        return None


def literal_to_python(value: Value) -> str:
    """A value as a literal of Python; a list is a tuple, a text stands in double quotes where it can."""
    if isinstance(value, tuple):
        return _tuple([literal_to_python(item) for item in value])
    text = repr(value)
    if isinstance(value, str) and "'" not in value and '"' not in value:
        return f'"{text[1:-1]}"'
    return text


def _tuple(items: list[str]) -> str:
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


def _is_simple(text: str) -> bool:
    """Whether the formatters in use write `**`, and the `:` of a slice, without spaces beside this operand."""
    return re.fullmatch(_SIMPLE, text) is not None


def _with_items(
    comprehension: Comprehension, scopes: Iterable[Mapping[str, Value]]
) -> Iterator[Mapping[str, Value]]:
    """The scopes in which the item of a comprehension is evaluated."""
    for scope in scopes:
        items = try_evaluate(comprehension.items, scope)
        for item in items if isinstance(items, tuple) else ():
            yield {**scope, comprehension.name: item}


class _Printer:
    def __init__(self, scopes: tuple[Mapping[str, Value], ...]) -> None:
        self.scopes = scopes

    def print(self, expression: Expression, least: int) -> str:
        """The expression, in parentheses if it binds more loosely than `least`."""
        text, strength = self._bare(expression)
        return text if strength >= least else f"({text})"

    def _bare(self, expression: Expression) -> tuple[str, int]:
        match expression:
            case Literal():
                negative = isinstance(expression.value, int | float) and str(expression.value).startswith("-")
                return literal_to_python(expression.value), SIGN if negative else ATOM
            case Name():
                return expression.name, ATOM
            case ListOf():
                return _tuple([self.print(item, CONDITIONAL) for item in expression.items]), ATOM
            case Unary():
                if expression.operator == "not":
                    return f"not {self.print(expression.operand, NOT)}", NOT
                is_power = isinstance(expression.operand, Binary) and expression.operand.operator == "**"
                least = ATOM if is_power else SIGN  # Python reads -a**b as -(a**b); people do not
                return expression.operator + self.print(expression.operand, least), SIGN
            case Binary():
                return self._binary(expression)
            case Compare():
                parts = [self.print(expression.first, SUM)]
                for operator, part in zip(expression.operators, expression.rest, strict=True):
                    parts += [operator, self.print(part, SUM)]
                return " ".join(parts), COMPARE
            case Logical():
                strength = AND if expression.operator == "and" else OR
                left, right = (
                    self.print(expression.left, strength),
                    self.print(expression.right, strength + 1),
                )
                return f"{left} {expression.operator} {right}", strength
            case Conditional():
                then, test = self.print(expression.then, OR), self.print(expression.test, OR)
                return f"{then} if {test} else {self.print(expression.otherwise, CONDITIONAL)}", CONDITIONAL
            case Index():
                return (
                    f"{self.print(expression.base, ATOM)}[{self.print(expression.index, CONDITIONAL)}]",
                    ATOM,
                )
            case Slice():
                ends = [
                    "" if end is None else self.print(end, CONDITIONAL)
                    for end in (expression.first, expression.last)
                ]
                colon = ":" if all(_is_simple(end) for end in ends if end) else " : "
                return f"{self.print(expression.base, ATOM)}[{colon.join(ends).strip()}]", ATOM
            case Comprehension():
                return self._comprehension(expression), ATOM
            case Call():
                arguments = ", ".join(self.print(argument, CONDITIONAL) for argument in expression.arguments)
                name = FUNCTION_NAMES.get(expression.function, expression.function)
                return (f"tuple(range({arguments}))" if name == "range" else f"{name}({arguments})"), ATOM
            case _:
                assert_never(expression)

    def _comprehension(self, expression: Comprehension) -> str:
        """As a tuple. The divisions in it are judged by what they come to for each of the items."""
        items = self.print(expression.items, OR)
        inner = _Printer(tuple(_with_items(expression, self.scopes)))
        text = f"{inner.print(expression.item, CONDITIONAL)} for {expression.name} in {items}"
        if expression.condition is not None:
            text += f" if {inner.print(expression.condition, OR)}"
        return f"tuple({text})"

    def _binary(self, expression: Binary) -> tuple[str, int]:
        strength = STRENGTH[expression.operator]
        if expression.operator == "**":
            left, right = self.print(expression.left, ATOM), self.print(expression.right, SIGN)
            space = "" if _is_simple(left) and _is_simple(right) else " "
            return f"{left}{space}**{space}{right}", strength
        operator = self._division(expression) if expression.operator == "/" else expression.operator
        left, right = self.print(expression.left, strength), self.print(expression.right, strength + 1)
        return f"{left} {operator} {right}", strength

    def _division(self, expression: Binary) -> str:
        """`//` where the division is exact in every scope, `/` where it is in none. A scope that gives it
        no value (a branch not taken there) has no say."""
        exact: set[bool] = set()
        for scope in self.scopes:
            value = try_evaluate(expression, scope)
            if isinstance(value, int | float):
                exact.add(isinstance(value, int))
        if len(exact) == 2:
            raise _Mixed
        return "//" if True in exact else "/"
