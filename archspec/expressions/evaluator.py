"""Expression tree × names → value.

Every mistake becomes a diagnostic at the part of the text that is at fault, and the value `POISON`;
independent mistakes of one expression are all reported. Every intermediate value is bounded before it is
kept, so that an evaluation always ends, soon and small.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, assert_never

from archspec.diagnostics import Sink, did_you_mean
from archspec.expressions.functions import FUNCTIONS, Complaint, binary, bounded, call, is_number
from archspec.expressions.place import Place
from archspec.expressions.tree import (
    POISON,
    Binary,
    Call,
    Compare,
    CompareOperator,
    Conditional,
    Expression,
    Index,
    ListOf,
    Literal,
    Logical,
    Name,
    Poison,
    Unary,
    Value,
    children,
    free_names,
    kind,
    show,
)
from archspec.source import Source, Span

Scope: TypeAlias = "Mapping[str, Value | Poison]"


def evaluate(expression: Expression, scope: Scope, span: Span, sink: Sink) -> Value | Poison:
    """The value of `expression`, written at `span`, where the names of `scope` are known.

    A name whose value is `POISON` makes the result `POISON` in silence.
    """
    return evaluate_at(expression, scope, Place(span), sink)


def evaluate_at(expression: Expression, scope: Scope, place: Place, sink: Sink) -> Value | Poison:
    return _Evaluator(scope, place, sink).value(expression)


def try_evaluate(expression: Expression, scope: Scope) -> Value | Poison:
    """The value, or `POISON` without a word."""
    return _Evaluator(scope, Place(Span(Source("", ""), 0, 0)), Sink()).value(expression)


def substitute(expression: Expression, constants: Mapping[str, Value]) -> Expression:
    """`expression` with the names of `constants` replaced, and every part whose value is then known folded.

    A part that has no value (it divides by zero, say) is left as it is.
    """
    match expression:
        case Literal():
            return expression
        case Name():
            if expression.name not in constants:
                return expression
            return Literal(constants[expression.name], expression.start, expression.end)
        case Conditional():
            test = substitute(expression.test, constants)
            if isinstance(test, Literal):
                return substitute(expression.then if test.value else expression.otherwise, constants)
        case Logical():
            left = substitute(expression.left, constants)
            if isinstance(left, Literal):
                decided = bool(left.value) == (expression.operator == "or")
                return left if decided else substitute(expression.right, constants)
    rebuilt = _rebuild(expression, [substitute(child, constants) for child in children(expression)])
    if free_names(rebuilt):
        return rebuilt
    value = try_evaluate(rebuilt, {})
    return rebuilt if value is POISON else Literal(value, rebuilt.start, rebuilt.end)


def _rebuild(expression: Expression, parts: list[Expression]) -> Expression:
    """`expression` with `parts` in place of its children, in the order of `children`."""
    start, end = expression.start, expression.end
    match expression:
        case Literal() | Name():
            return expression
        case ListOf():
            return ListOf(tuple(parts), start, end)
        case Unary():
            return Unary(expression.operator, parts[0], start, end)
        case Binary():
            return Binary(expression.operator, parts[0], parts[1], start, end)
        case Logical():
            return Logical(expression.operator, parts[0], parts[1], start, end)
        case Compare():
            return Compare(parts[0], expression.operators, tuple(parts[1:]), start, end)
        case Conditional():
            return Conditional(parts[0], parts[1], parts[2], start, end)
        case Index():
            return Index(parts[0], parts[1], start, end)
        case Call():
            return Call(expression.function, tuple(parts), start, end)
        case _:
            assert_never(expression)


class _Evaluator:
    """Recursion is as deep as the tree, which the parser bounds by the length of its text."""

    def __init__(self, scope: Scope, place: Place, sink: Sink) -> None:
        self.scope = scope
        self.place = place
        self.sink = sink

    def value(self, expression: Expression) -> Value | Poison:
        match expression:
            case Literal():
                return expression.value
            case Name():
                return self._name(expression)
            case ListOf():
                items = self._all(expression.items)
                return POISON if items is None else self._checked(expression, tuple(items))
            case Unary():
                return self._unary(expression)
            case Binary():
                operands = self._all((expression.left, expression.right))
                if operands is None:
                    return POISON
                return self._checked(expression, binary(expression.operator, *operands))
            case Compare():
                return self._compare(expression)
            case Logical():
                left = self.value(expression.left)
                if left is POISON or bool(left) == (expression.operator == "or"):
                    return left
                return self.value(expression.right)
            case Conditional():
                test = self.value(expression.test)
                if test is POISON:
                    return POISON
                return self.value(expression.then if test else expression.otherwise)
            case Index():
                return self._index(expression)
            case Call():
                arguments = self._all(expression.arguments)
                if arguments is None:
                    return POISON
                return self._checked(expression, call(expression.function, arguments))
            case _:
                assert_never(expression)

    def _all(self, expressions: tuple[Expression, ...]) -> list[Value] | None:
        """The values of all, every mistake among them reported; None if there was one."""
        values = [self.value(expression) for expression in expressions]
        known = [value for value in values if value is not POISON]
        return known if len(known) == len(values) else None

    def _checked(self, expression: Expression, result: Value | Complaint) -> Value | Poison:
        if not isinstance(result, Complaint):
            result = bounded(result)
        if isinstance(result, Complaint):
            return self._fail(expression, result)
        return result

    def _fail(self, expression: Expression, complaint: Complaint, notes: tuple[str, ...] = ()) -> Poison:
        span = self.place.span(expression.start, expression.end)
        self.sink.error(complaint.code, span, complaint.message, notes=notes, help=complaint.help)
        return POISON

    def _name(self, expression: Name) -> Value | Poison:
        name = expression.name
        if name in self.scope:
            return self.scope[name]
        known = ", ".join(f"`{known}`" for known in self.scope) or "no names at all"
        near = did_you_mean(name, self.scope)
        if near:
            remedy = f"did you mean `{near}`?"
        elif name in FUNCTIONS:
            remedy = f"`{name}` is a function: write `{FUNCTIONS[name].usage}`"
        else:
            remedy = "add it to `params`, or use a name that is known"
        return self._fail(
            expression, Complaint("E0451", f"`{name}` is not defined here", remedy), (f"known here: {known}",)
        )

    def _unary(self, expression: Unary) -> Value | Poison:
        operand = self.value(expression.operand)
        if operand is POISON:
            return POISON
        if expression.operator == "not":
            return not operand
        if not isinstance(operand, int | float) or isinstance(operand, bool):
            message = f"`{expression.operator}` does not go with {kind(operand)}: {show(operand)}"
            return self._fail(expression, Complaint("E0452", message))
        return -operand if expression.operator == "-" else operand

    def _compare(self, expression: Compare) -> Value | Poison:
        left = self.value(expression.first)
        if left is POISON:
            return POISON
        for operator, part in zip(expression.operators, expression.rest, strict=True):
            right = self.value(part)
            if right is POISON:
                return POISON
            holds = _holds(operator, left, right)
            if isinstance(holds, Complaint):
                return self._fail(expression, holds)
            if not holds:
                return False
            left = right
        return True

    def _index(self, expression: Index) -> Value | Poison:
        operands = self._all((expression.base, expression.index))
        if operands is None:
            return POISON
        base, index = operands
        if not isinstance(base, tuple | str):
            return self._fail(
                expression.base, Complaint("E0452", f"{show(base)} is {kind(base)}, not a list")
            )
        if not isinstance(index, int) or isinstance(index, bool):
            return self._fail(
                expression.index, Complaint("E0452", f"{show(index)} is not an index: an integer is")
            )
        if not -len(base) <= index < len(base):
            count = f"{len(base)} item" + ("" if len(base) == 1 else "s")
            remedy = f"the first is 0, the last {len(base) - 1}" if base else ""
            complaint = Complaint("E0454", f"index {index} of a list of {count}", remedy)
            return self._fail(expression.index, complaint, (f"the list is {show(base)}",))
        return base[index]


def _holds(operator: CompareOperator, left: Value, right: Value) -> bool | Complaint:
    match operator:
        case "==":
            return left == right
        case "!=":
            return left != right
        case "in" | "not in":
            if isinstance(right, tuple):
                return (left in right) == (operator == "in")
            if isinstance(left, str) and isinstance(right, str):
                return (left in right) == (operator == "in")
            return Complaint("E0452", f"`{operator}` looks into a list, and {show(right)} is {kind(right)}")
        case "<" | "<=" | ">" | ">=":
            return _ordered(operator, left, right)
        case _:
            assert_never(operator)


def _ordered(operator: str, left: Value, right: Value) -> bool | Complaint:
    comparable = (is_number(left) and is_number(right)) or (isinstance(left, str) and isinstance(right, str))
    if not comparable:
        return Complaint(
            "E0452",
            f"`{operator}` does not go with {kind(left)} and {kind(right)}: {show(left)}, {show(right)}",
        )
    first, second = (left, right) if operator in ("<", ">=") else (right, left)
    less = first < second  # type: ignore[operator]  # both are numbers, or both texts
    return not less if operator in (">=", "<=") else less
