"""The values and the syntax tree of expressions.

A tree knows nothing of the file it came from: `start` and `end` of a node count characters from the
beginning of the expression's text, so that equal texts share one tree. Trees are immutable and bounded by
the parser.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Final, TypeAlias, assert_never
from typing import Literal as OneOf

from archspec.records import dataclass

Value: TypeAlias = "int | float | bool | str | tuple[Value, ...] | None"


class Poison(Enum):
    """The type of `POISON` alone."""

    POISON = "poison"


POISON: Final = Poison.POISON
"""The value of what failed already: whoever meets it says nothing more, so that one cause gives one error."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as it stands: written, or folded from what was written."""

    value: Value
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ListOf:
    items: tuple[Expression, ...]
    start: int
    end: int


UnaryOperator: TypeAlias = OneOf["+", "-", "not"]
BinaryOperator: TypeAlias = OneOf["+", "-", "*", "/", "//", "%", "**"]
CompareOperator: TypeAlias = OneOf["==", "!=", "<", "<=", ">", ">=", "in", "not in"]
LogicalOperator: TypeAlias = OneOf["and", "or"]


@dataclass(frozen=True, slots=True)
class Unary:
    operator: UnaryOperator
    operand: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Binary:
    operator: BinaryOperator
    left: Expression
    right: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Compare:
    """`first operators[0] rest[0] operators[1] rest[1] …`, chained as in Python."""

    first: Expression
    operators: tuple[CompareOperator, ...]
    rest: tuple[Expression, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Logical:
    operator: LogicalOperator
    left: Expression
    right: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Conditional:
    """`then if test else otherwise`."""

    then: Expression
    test: Expression
    otherwise: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Index:
    base: Expression
    index: Expression
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Slice:
    """`base[first:last]`, either end of which may be left out."""

    base: Expression
    first: Expression | None
    last: Expression | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Comprehension:
    """`[item for name in items if condition]`. `name` is known in `item` and `condition` alone."""

    item: Expression
    name: str
    items: Expression
    condition: Expression | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Expression, ...]
    start: int
    end: int


Expression: TypeAlias = (
    Literal
    | Name
    | ListOf
    | Unary
    | Binary
    | Compare
    | Logical
    | Conditional
    | Index
    | Slice
    | Comprehension
    | Call
)


def children(expression: Expression) -> tuple[Expression, ...]:
    """The direct parts of an expression, in the order in which they are written."""
    match expression:
        case Literal() | Name():
            return ()
        case ListOf():
            return expression.items
        case Unary():
            return (expression.operand,)
        case Binary() | Logical():
            return (expression.left, expression.right)
        case Compare():
            return (expression.first, *expression.rest)
        case Conditional():
            return (expression.then, expression.test, expression.otherwise)
        case Index():
            return (expression.base, expression.index)
        case Slice():
            return _present(expression.base, expression.first, expression.last)
        case Comprehension():
            return _present(expression.item, expression.items, expression.condition)
        case Call():
            return expression.arguments
        case _:
            assert_never(expression)


def _present(*parts: Expression | None) -> tuple[Expression, ...]:
    return tuple(part for part in parts if part is not None)


def names_read(expression: Expression) -> Iterator[Name]:
    """Where an expression reads a name that it does not bind itself."""
    pending = [expression]
    while pending:
        part = pending.pop()
        if isinstance(part, Name):
            yield part
        elif isinstance(part, Comprehension):
            yield from names_read(part.items)
            inner = _present(part.item, part.condition)
            yield from (name for each in inner for name in names_read(each) if name.name != part.name)
        else:
            pending.extend(reversed(children(part)))


def free_names(expression: Expression) -> tuple[str, ...]:
    """The names an expression reads, each once, in the order in which they first appear. Functions are
    not names.
    """
    return tuple(dict.fromkeys(name.name for name in names_read(expression)))


def show(value: Value, limit: int = 60) -> str:
    """A value as the language writes it, cut to about `limit` characters: for messages."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f"'{value}'" if len(value) <= limit else f"'{value[:limit]}…'"
        case int() | float():
            return repr(value)
        case tuple():
            parts: list[str] = []
            room = limit
            for item in value:
                if room <= 0:
                    parts.append("…")
                    break
                parts.append(show(item, room))
                room -= len(parts[-1]) + 2
            return "[" + ", ".join(parts) + "]"
        case _:
            assert_never(value)


def kind(value: Value) -> str:
    """What sort of thing a value is, with its article: for messages."""
    match value:
        case None:
            return "null"
        case bool():
            return "a truth value"
        case int():
            return "an integer"
        case float():
            return "a number"
        case str():
            return "a text"
        case tuple():
            return "a list"
        case _:
            assert_never(value)
