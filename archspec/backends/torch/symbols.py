"""Expressions of the language, as the emitter computes with them.

The arguments of a generated class are found as expressions over its constructor's parameters, checked against the
value that each instance must have, and printed at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias, assert_never

from archspec.backends.torch import code
from archspec.expressions import (
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
    Poison,
    Slice,
    Unary,
    Value,
    try_evaluate,
)

Scope: TypeAlias = Mapping[str, Value]


class ClassName(str):
    """The name of a class, as the value of a parameter: `nn.ReLU`. No text is equal to it."""

    __slots__ = ()


PYTHON_FUNCTIONS: Final = frozenset(("min", "max", "abs", "len", "sum", "int"))
"""The functions of the language that mean the same in Python. An expression with another is not printed."""


def literal(value: Value) -> Literal:
    return Literal(value, 0, 0)


def name(text: str) -> Name:
    return Name(text, 0, 0)


def product(left: Expression, right: int) -> Binary:
    return Binary("*", left, literal(right), 0, 0)


def quotient(left: Expression, right: int) -> Expression:
    return Binary("//", left, literal(right), 0, 0)


def total(parts: Sequence[Expression]) -> Expression:
    """The sum, in which `inner * 5` stands for as many `inner`."""
    counts = Counter(parts)
    first, *rest = (part if count == 1 else _tidy(product(part, count)) for part, count in counts.items())
    for part in rest:
        match part:
            case Literal(value=int() as value) if value < 0:
                first = _tidy(Binary("-", first, literal(-value), 0, 0))
            case _:
                first = _tidy(Binary("+", first, part, 0, 0))
    return first


def differs(left: Expression, right: Expression) -> Expression:
    return Compare(left, ("!=",), (right,), 0, 0)


def equals(left: Expression, right: Expression) -> Expression:
    return Compare(left, ("==",), (right,), 0, 0)


def exceeds(left: Expression, right: Expression) -> Expression:
    return Compare(left, (">",), (right,), 0, 0)


def either(left: Expression, right: Expression) -> Expression:
    return Logical("or", left, right, 0, 0)


def both(left: Expression, right: Expression) -> Expression:
    return Logical("and", left, right, 0, 0)


def same(one: object, other: object) -> bool:
    """Equal and of one type: `1`, `1.0` and `True` are three values."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def gives(expression: Expression, scope: Scope, value: Value) -> bool:
    return same(try_evaluate(expression, scope), value)


def replace(expression: Expression, change: Callable[[Expression], Expression | None]) -> Expression | None:
    """The expression with every name and subscript that `change` knows replaced by what it says.

    `change` is asked about names and subscripts, outermost first; None from it for a name makes the whole result None,
    for a subscript it means: look inside. None also for what has no short form in a constructor: parts of lists, and
    comprehensions.
    """
    match expression:
        case Literal():
            return expression
        case Name():
            return change(expression)
        case ListOf():
            items = _all(expression.items, change)
            return None if items is None else ListOf(items, 0, 0)
        case Unary():
            operand = replace(expression.operand, change)
            return None if operand is None else Unary(expression.operator, operand, 0, 0)
        case Binary():
            pair = _all((expression.left, expression.right), change)
            return None if pair is None else _tidy(Binary(expression.operator, pair[0], pair[1], 0, 0))
        case Logical():
            pair = _all((expression.left, expression.right), change)
            return None if pair is None else Logical(expression.operator, pair[0], pair[1], 0, 0)
        case Compare():
            parts = _all((expression.first, *expression.rest), change)
            return None if parts is None else Compare(parts[0], expression.operators, parts[1:], 0, 0)
        case Conditional():
            parts = _all((expression.then, expression.test, expression.otherwise), change)
            return None if parts is None else Conditional(parts[0], parts[1], parts[2], 0, 0)
        case Index():
            known = change(expression)
            if known is not None:
                return known
            pair = _all((expression.base, expression.index), change)
            return None if pair is None else Index(pair[0], pair[1], 0, 0)
        case Call():
            arguments = _all(expression.arguments, change)
            return None if arguments is None else Call(expression.function, arguments, 0, 0)
        case Slice() | Comprehension():
            return None
        case _:
            assert_never(expression)


NEUTRAL: Final = {"*": 1, "//": 1, "/": 1, "+": 0, "-": 0}
"""The right operands that change nothing."""


def _tidy(expression: Binary) -> Expression:
    """Without a factor, divisor or summand that changes nothing; of two known sides, their value."""
    left, right = expression.left, expression.right
    if isinstance(left, Literal) and isinstance(right, Literal):
        value = try_evaluate(expression, {})
        return expression if isinstance(value, Poison) else literal(value)
    if isinstance(right, Literal) and same(right.value, NEUTRAL.get(expression.operator)):
        return left
    if isinstance(left, Literal) and expression.operator in ("*", "+"):
        return right if same(left.value, NEUTRAL[expression.operator]) else expression
    return expression


def _all(
    parts: Sequence[Expression], change: Callable[[Expression], Expression | None]
) -> tuple[Expression, ...] | None:
    replaced = tuple(replace(part, change) for part in parts)
    return None if None in replaced else tuple(part for part in replaced if part is not None)


class Untranslatable(Exception):
    """Python has no short way to say it. Caught where the expression was a wish only."""


def constant(value: Value) -> code.Expression:
    if isinstance(value, ClassName):
        return code.dotted(value)
    if isinstance(value, tuple):
        return code.TupleOf(tuple(constant(item) for item in value))
    return code.Constant(value)


def to_code(expression: Expression, names: Mapping[str, str], scopes: Sequence[Scope]) -> code.Expression:
    """The expression in Python, under the names that its parameters have there; `/` by what it does in `scopes`."""

    def inner(part: Expression) -> code.Expression:
        return to_code(part, names, scopes)

    match expression:
        case Literal():
            return constant(expression.value)
        case Name():
            return code.Name(names[expression.name])
        case ListOf():
            return code.TupleOf(tuple(map(inner, expression.items)))
        case Unary(operator="+"):
            return inner(expression.operand)
        case Unary():
            return code.Prefix("not " if expression.operator == "not" else "-", inner(expression.operand))
        case Binary(operator="**"):
            raise Untranslatable
        case Binary():
            operator = _division(expression, scopes) if expression.operator == "/" else expression.operator
            return _infix(operator, inner(expression.left), inner(expression.right))
        case Logical():
            return _infix(expression.operator, inner(expression.left), inner(expression.right))
        case Compare(operators=("==" | "!=" as operator,), rest=(Literal(value=None) as nothing,)):
            return _infix("is" if operator == "==" else "is not", inner(expression.first), inner(nothing))
        case Compare(operators=(operator,)):
            return _infix(operator, inner(expression.first), inner(expression.rest[0]))
        case Compare():
            raise Untranslatable
        case Conditional():
            return code.Conditional(
                inner(expression.then), inner(expression.test), inner(expression.otherwise)
            )
        case Index():
            return code.Subscript(inner(expression.base), inner(expression.index))
        case Call(function=function) if function in PYTHON_FUNCTIONS:
            return code.Call(code.Name(function), tuple(map(inner, expression.arguments)))
        case Call() | Slice() | Comprehension():
            raise Untranslatable
        case _:
            assert_never(expression)


def _infix(operator: str, left: code.Expression, right: code.Expression) -> code.Expression:
    """`a + b + c` as one node."""
    if operator in ("+", "and", "or") and isinstance(left, code.Infix) and left.operator == operator:
        return code.Infix(operator, (*left.operands, right))
    return code.Infix(operator, (left, right))


def _division(expression: Binary, scopes: Sequence[Scope]) -> str:
    """The language divides integers exactly where it can: that is Python's `//`."""
    kinds = {type(try_evaluate(expression, scope)) for scope in scopes}
    if kinds == {int}:
        return "//"
    if kinds == {float}:
        return "/"
    raise Untranslatable
