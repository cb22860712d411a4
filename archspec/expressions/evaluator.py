"""Expression tree × names → value.

Every mistake becomes a diagnostic at the part of the text that is at fault, and the value `POISON`;
independent mistakes of one expression are all reported. Every intermediate value is bounded before it is
kept, and so is the work of an expression, and of all together, so that an evaluation always ends, soon and small.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping
from itertools import chain, islice
from types import MappingProxyType
from typing import Final, TypeAlias, assert_never

from archspec.diagnostics import Sink
from archspec.expressions.functions import (
    FUNCTIONS,
    MAX_TEXT,
    Complaint,
    binary,
    bounded,
    call,
    compatible,
    is_integer,
    is_number,
    too_large,
)
from archspec.expressions.place import Place
from archspec.expressions.tree import (
    POISON,
    Binary,
    Call,
    Compare,
    CompareOperator,
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
    kind,
    names_read,
    show,
)
from archspec.source import Source, Span
from archspec.spelling import MAX_CANDIDATES

Scope: TypeAlias = "Mapping[str, Value | Poison]"

ELSEWHERE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "i": "`i` numbers the copies of a `repeat`, from 0: it is known on the node that has one",
        "n": "`n` is the number of copies of a `repeat`: it is known on the node that has one",
        "in_channels": "it is known in nodes alone, where it is the channels of what flows in",
        "in_shape": "it is known in nodes alone, where it is the shape of what flows in",
        "params": "write the name of the parameter alone, without `params`",
    }
)
"""The remedy for names that are known in other places."""

MAX_WORK = 50_000
"""The parts evaluated, and the items of lists made and read, in one expression."""

MAX_WORK_TOGETHER = 200_000
"""The same in all evaluations of one compilation: 10 for each op that a network may have."""


def evaluate(expression: Expression, scope: Scope, span: Span, sink: Sink) -> Value | Poison:
    """The value of `expression`, written at `span`, where the names of `scope` are known.

    A name whose value is `POISON` makes the result `POISON` in silence.
    """
    if isinstance(expression, Name) and expression.name in scope and sink.work < MAX_WORK_TOGETHER:
        sink.work += 1
        return scope[expression.name]
    return evaluate_at(expression, scope, Place(span), sink)


def evaluate_at(expression: Expression, scope: Scope, place: Place, sink: Sink) -> Value | Poison:
    if sink.work > MAX_WORK_TOGETHER:
        return POISON
    evaluator = _Evaluator(scope, place, sink)
    value = evaluator.value(expression)
    sink.work += evaluator.work
    if sink.work > MAX_WORK_TOGETHER:
        complaint = too_large(f"more than {MAX_WORK_TOGETHER:,} steps in the expressions of one spec")
        return evaluator.fail(expression, complaint)
    return value


def try_evaluate(expression: Expression, scope: Scope) -> Value | Poison:
    """The value, or `POISON` without a word."""
    return _Evaluator(scope, Place(Span(Source("", ""), 0, 0)), Sink()).value(expression)


def _first_names(scope: Scope) -> list[str]:
    """So many names as a guess compares. To iterate over a `ChainMap` goes through all that it holds, first."""
    maps = reversed(scope.maps) if isinstance(scope, ChainMap) else (scope,)
    return list(dict.fromkeys(islice(chain.from_iterable(maps), MAX_CANDIDATES)))


class _Evaluator:
    """Recursion is as deep as the tree, which the parser bounds by the length of its text."""

    def __init__(self, scope: Scope, place: Place, sink: Sink) -> None:
        self.scope = scope
        self.place = place
        self.sink = sink
        self.work = 0
        self.defined: dict[int, bool] = {}
        """Whether the names of a part exist, by its identity: those of parts that were passed over."""

    def value(self, expression: Expression) -> Value | Poison:
        self.work += 1
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
                if operands is None or not self._may_read(expression, operands):
                    return POISON
                return self._checked(expression, binary(expression.operator, *operands))
            case Compare():
                return self._compare(expression)
            case Logical():
                left = self.value(expression.left)
                if left is POISON or bool(left) == (expression.operator == "or"):
                    return left if self._are_defined(expression.right) else POISON
                return self.value(expression.right)
            case Conditional():
                return self._conditional(expression)
            case Index():
                return self._index(expression)
            case Slice():
                return self._slice(expression)
            case Comprehension():
                return self._comprehension(expression)
            case Call():
                arguments = self._all(expression.arguments)
                if arguments is None:
                    return POISON
                if expression.function != "len" and not self._may_read(expression, arguments):
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
            self.work += _size(result)
            result = bounded(result)
        if isinstance(result, Complaint):
            return self.fail(expression, result)
        return result

    def _may_read(self, expression: Expression, operands: Iterable[Value]) -> bool:
        """Count what an operation looks at, before it does; False after reporting that it is too much."""
        for operand in operands:
            self.work += _size(operand)
        return self.work <= MAX_WORK or not self._is_exhausted(expression)

    def _is_exhausted(self, expression: Expression) -> bool:
        if self.work <= MAX_WORK:
            return False
        self.fail(expression, too_large(f"more than {MAX_WORK:,} steps in one expression"))
        return True

    def fail(
        self, expression: Expression, complaint: Complaint, notes: tuple[str, ...] = (), subject: str = ""
    ) -> Poison:
        self.sink.error(
            complaint.code,
            self.place.span(expression.start, expression.end),
            complaint.message,
            notes=notes,
            help=complaint.help,
            fixes=self.place.fixes(expression.start, expression.end, complaint.meant),
            subject=subject,
        )
        return POISON

    def _name(self, expression: Name) -> Value | Poison:
        name = expression.name
        if name in self.scope:
            return self.scope[name]
        names = _first_names(self.scope)
        known = ", ".join(f"`{each}`" for each in names[:40]) + (", …" if len(names) > 40 else "")
        known = known or "no names at all"
        # `channels` is no slip for `in_channels`: a parameter of that name lacks.
        candidates = (each for each in names if each != f"in_{name}")
        near = None if name in ELSEWHERE else self.sink.nearest(name, candidates)
        if near:
            remedy = f"did you mean `{near}`?"
        elif name in FUNCTIONS:
            remedy = f"`{name}` is a function: write `{FUNCTIONS[name].usage}`"
        else:
            remedy = ELSEWHERE.get(name, f"add `{name}` to `params`, or use a name that is known")
        complaint = Complaint("E0451", f"`{name}` is not defined here", remedy, near or "")
        return self.fail(expression, complaint, (f"known here: {known}",), name)

    def _are_defined(self, *passed_over: Expression) -> bool:
        """Whether the names of parts that are not evaluated exist; those that do not are reported."""
        for expression in passed_over:
            if id(expression) not in self.defined:
                unknown = [name for name in names_read(expression) if name.name not in self.scope]
                for name in unknown:
                    self._name(name)
                self.defined[id(expression)] = not unknown
        return all(self.defined[id(expression)] for expression in passed_over)

    def _conditional(self, expression: Conditional) -> Value | Poison:
        test = self.value(expression.test)
        if test is POISON:
            self._are_defined(expression.then, expression.otherwise)
            return POISON
        taken, left = expression.then, expression.otherwise
        if not test:
            taken, left = left, taken
        value = self.value(taken)
        return value if self._are_defined(left) else POISON

    def _unary(self, expression: Unary) -> Value | Poison:
        operand = self.value(expression.operand)
        if operand is POISON:
            return POISON
        if expression.operator == "not":
            return not operand
        if not is_number(operand):
            message = f"`{expression.operator}` does not go with {kind(operand)}: {show(operand)}"
            return self.fail(expression, Complaint("E0452", message, compatible(operand)))
        return -operand if expression.operator == "-" else operand

    def _compare(self, expression: Compare) -> Value | Poison:
        left = self.value(expression.first)
        if left is POISON:
            return POISON
        for operator, part in zip(expression.operators, expression.rest, strict=True):
            right = self.value(part)
            if right is POISON or not self._may_read(expression, (left, right)):
                return POISON
            holds = _holds(operator, left, right)
            if isinstance(holds, Complaint):
                return self.fail(expression, holds)
            if not holds:
                return False
            left = right
        return True

    def _index(self, expression: Index) -> Value | Poison:
        operands = self._all((expression.base, expression.index))
        if operands is None:
            return POISON
        base, index = operands
        named = expression.base.name if isinstance(expression.base, Name) else ""
        if not isinstance(base, tuple | str):
            return self.fail(expression.base, _no_list(base, "leave the index out"), subject=named)
        if not is_integer(index):
            return self.fail(expression.index, _no_index(index))
        if not -len(base) <= index < len(base):
            count = f"{len(base)} item" + ("" if len(base) == 1 else "s")
            remedy = f"the first is 0, the last {len(base) - 1}" if base else "give the list an item"
            complaint = Complaint("E0454", f"index {index} of a list of {count}", remedy)
            return self.fail(expression.index, complaint, (f"the list is {show(base)}",), subject=named)
        return base[index]

    def _slice(self, expression: Slice) -> Value | Poison:
        base = self.value(expression.base)
        ends = [None if end is None else self.value(end) for end in (expression.first, expression.last)]
        if base is POISON:
            return POISON
        if not isinstance(base, tuple | str):
            return self.fail(expression.base, _no_list(base, "leave the slice out"))
        whole: list[int | None] = []
        for part, end in zip((expression.first, expression.last), ends, strict=True):
            if end is POISON:
                return POISON
            if end is None or is_integer(end):
                whole.append(end)
            else:
                return self.fail(part or expression, _no_index(end))
        first, last = whole
        return self._checked(expression, base[first:last])

    def _comprehension(self, expression: Comprehension) -> Value | Poison:
        items = self.value(expression.items)
        if items is POISON:
            return POISON
        if not isinstance(items, tuple):
            return self.fail(expression.items, _no_list(items, "write a list, such as `range(3)`"))
        outer = self.scope
        values: list[Value] = []
        for item in items:
            self.scope = ChainMap({expression.name: item}, outer)  # type: ignore[arg-type]  # never written to
            kept = self._kept(expression)
            if kept is POISON:
                break
            values.extend(kept)
        else:
            kept = values
        self.scope = outer
        return POISON if kept is POISON else self._checked(expression, tuple(kept))

    def _kept(self, expression: Comprehension) -> list[Value] | Poison:
        """What the item at hand adds to the list: one value, or none where the condition is false."""
        if self._is_exhausted(expression):
            return POISON
        condition = True if expression.condition is None else self.value(expression.condition)
        if condition is POISON:
            return POISON
        if not condition:
            return []
        value = self.value(expression.item)
        if value is POISON:
            return POISON
        self.work += _size(value)
        return [value]


def _size(value: Value) -> int:
    """The steps that it takes to look at the whole of a value: one for each item of a list, and for each stretch of
    text.
    """
    if isinstance(value, tuple):
        return len(value) + sum([_size(item) for item in value if not isinstance(item, int)])
    return len(value) // MAX_TEXT if isinstance(value, str) else 0


def _no_list(value: Value, remedy: str) -> Complaint:
    return Complaint("E0452", f"{show(value)} is {kind(value)}, not a list", remedy)


def _no_index(value: Value) -> Complaint:
    return Complaint(
        "E0452", f"{show(value)} is not an index: an integer is", "write an integer; `//` divides to one"
    )


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
            message = f"`{operator}` looks into a list, and {show(right)} is {kind(right)}"
            return Complaint("E0452", message, f"write a list: `[{show(right)}]`")
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
            compatible(left, right),
        )
    first, second = (left, right) if operator in ("<", ">=") else (right, left)
    less = first < second  # type: ignore[operator]  # both are numbers, or both texts
    return not less if operator in (">=", "<=") else less
