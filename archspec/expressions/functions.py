"""The functions an expression may call, and the bounds on what any part of one may come to.

A function returns a value, or a `Complaint` that says what is wrong with its arguments. Nothing is made
before it is counted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeGuard

from archspec.diagnostics import InternalError
from archspec.expressions.tree import Value, kind, show
from archspec.records import dataclass

MAX_INTEGER = 2**63
MAX_LIST = 10_000
MAX_TEXT = 256


@dataclass(frozen=True, slots=True)
class Complaint:
    """Why a value cannot be computed: a code of the table, the fact, the remedy, and the word that was meant, where it
    is certain.
    """

    code: str
    message: str
    help: str
    meant: str = ""


@dataclass(frozen=True, slots=True)
class Function:
    """A function by its name: how many arguments it takes (`most=None`: any number), how it is written,
    what it gives, in words and in code.
    """

    least: int
    most: int | None
    usage: str
    about: str
    compute: Callable[..., Value | Complaint]


def is_integer(value: Value) -> TypeGuard[int]:
    """A truth value is no number here, though Python counts it as one."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Value) -> TypeGuard[int | float]:
    """An integer or a float."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def size(values: tuple[Value, ...]) -> int:
    """How many values a list holds, those of lists inside it included."""
    return sum(1 + size(value) if isinstance(value, tuple) else 1 for value in values)


def too_large(what: str) -> Complaint:
    return Complaint("E0455", what, "keep every step of the expression smaller")


def bounded(value: Value) -> Value | Complaint:
    """The value, if it is within the bounds: every step of an evaluation passes through here."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) <= MAX_INTEGER else too_large("an integer beyond 2**63")
    if isinstance(value, float):
        return value if math.isfinite(value) else too_large("a number that is not finite")
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT else too_large(f"a text of more than {MAX_TEXT} characters")
    return value if size(value) <= MAX_LIST else too_large(f"a list of more than {MAX_LIST:,} values")


def round_to(value: float, multiple: int) -> int:
    """The multiple of `multiple` that is nearest to `value`, at least `multiple`, and never below 90 % of
    `value`.

    A half is rounded up. The rule by which MobileNets (Howard et al., 2017; Sandler et al., 2018) keep
    channel counts divisible by 8 when a width multiplier is applied.
    """
    rounded = max(multiple, int(value + multiple / 2) // multiple * multiple)
    return rounded + multiple if rounded < 0.9 * value else rounded


def _wrong(usage: str, value: Value, wanted: str) -> Complaint:
    return Complaint("E0452", f"`{usage}` wants {wanted}, not {show(value)}", f"give it {wanted}")


def _numeric(usage: str, compute: Callable[[float], Value]) -> Callable[[Value], Value | Complaint]:
    def checked(value: Value) -> Value | Complaint:
        if not is_number(value):
            return _wrong(usage, value, "a number")
        return compute(value)

    return checked


def _extreme(usage: str, choose: Callable[[list[float]], float]) -> Callable[..., Value | Complaint]:
    def checked(*values: Value) -> Value | Complaint:
        if len(values) == 1:
            (only,) = values
            if not isinstance(only, tuple):
                return _wrong(usage, only, "two numbers or more, or one list")
            values = only
        numbers: list[float] = []
        for value in values:
            if not is_number(value):
                return _wrong(usage, value, "numbers")
            numbers.append(value)
        if not numbers:
            return Complaint("E0452", f"`{usage}` of an empty list has no value", "give it numbers")
        return choose(numbers)

    return checked


def _round_to(value: Value, multiple: Value) -> Value | Complaint:
    if not is_number(value):
        return _wrong("round_to(x, m)", value, "a number first")
    if not is_integer(multiple) or multiple < 1:
        return _wrong("round_to(x, m)", multiple, "an integer of at least 1 second")
    return round_to(value, multiple)


def _len(value: Value) -> Value | Complaint:
    if not isinstance(value, tuple | str):
        return _wrong("len(x)", value, "a list")
    return len(value)


def _sum(value: Value) -> Value | Complaint:
    if not isinstance(value, tuple):
        return _wrong("sum(x)", value, "a list")
    total: float = 0
    for item in value:
        if not is_number(item):
            return _wrong("sum(x)", item, "a list of numbers")
        total += item
    return total


def _range(*values: Value) -> Value | Complaint:
    bounds: list[int] = []
    for value in values:
        if not is_integer(value):
            return _wrong("range(n)", value, "integers")
        bounds.append(value)
    if len(bounds) == 3 and bounds[2] == 0:
        return Complaint("E0452", "the step of a `range` is 0", "write a step of 1 or more, or of -1 or less")
    numbers = range(*bounds)
    count = (numbers.stop - numbers.start + numbers.step - (1 if numbers.step > 0 else -1)) // numbers.step
    if count > MAX_LIST:
        return too_large(f"a list of more than {MAX_LIST:,} values")
    return tuple(numbers)


FUNCTIONS: dict[str, Function] = {
    "min": Function(1, None, "min(a, b, …)", "the smallest; also of one list", _extreme("min(a, b, …)", min)),
    "max": Function(1, None, "max(a, b, …)", "the largest; also of one list", _extreme("max(a, b, …)", max)),
    "round_to": Function(
        2,
        2,
        "round_to(x, m)",
        "the multiple of `m` nearest to `x`, at least `m` and at least 90 % of `x`: the rule of MobileNets",
        _round_to,
    ),
    "ceil": Function(1, 1, "ceil(x)", "the next whole number above", _numeric("ceil(x)", math.ceil)),
    "floor": Function(1, 1, "floor(x)", "the next whole number below", _numeric("floor(x)", math.floor)),
    "round": Function(
        1, 1, "round(x)", "the nearest whole number, of two the even one", _numeric("round(x)", round)
    ),
    "int": Function(1, 1, "int(x)", "the whole part, cut towards zero", _numeric("int(x)", int)),
    "abs": Function(1, 1, "abs(x)", "the absolute value", _numeric("abs(x)", abs)),
    "len": Function(1, 1, "len(x)", "how many items a list has, or characters a text", _len),
    "sum": Function(1, 1, "sum(x)", "the sum of a list of numbers", _sum),
    "range": Function(
        1,
        3,
        "range(n)",
        "the list 0 … n - 1; also `range(start, stop)` and `range(start, stop, step)`",
        _range,
    ),
}
"""By name. `round` and `int` do as they do in Python."""

FUNCTIONS_ELSEWHERE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "maximum": "max",
        "minimum": "min",
        "length": "len",
        "size": "len",
        "roundto": "round_to",
        "make_divisible": "round_to",
        "trunc": "int",
        "fabs": "abs",
    }
)
"""What other languages call these functions."""

WITHOUT_FUNCTION: Final[Mapping[str, str]] = MappingProxyType(
    {
        "sqrt": "write `x ** 0.5`",
        "pow": "write `a ** b`",
        "float": "a number needs no conversion",
        "str": "a text with a value in it is a template: `layer$i`",
        "prod": "write the product with `*`",
        "lambda": "write the value itself",
    }
)
"""How to write what is a function elsewhere."""


def call(name: str, arguments: list[Value]) -> Value | Complaint:
    """The value of the function `name` (one of `FUNCTIONS`) at `arguments`."""
    function = FUNCTIONS[name]
    if len(arguments) < function.least or (function.most is not None and len(arguments) > function.most):
        count = f"{len(arguments)} argument" + ("" if len(arguments) == 1 else "s")
        return Complaint("E0458", f"`{name}` is called with {count}", f"it is written `{function.usage}`")
    return function.compute(*arguments)


def binary(operator: str, left: Value, right: Value) -> Value | Complaint:
    """`left operator right` for `+ - * / // % **`.

    As in Python, save that `/` of two integers that divides without remainder gives an integer, that truth
    values are no numbers, that a text times a number is a number in quotes, no text, and that no result exceeds
    the bounds.
    """
    if isinstance(left, bool) or isinstance(right, bool):
        return _mismatch(operator, left, right)
    if isinstance(left, int | float) and isinstance(right, int | float):
        return _arithmetic(operator, left, right)
    if operator == "+":
        if isinstance(left, tuple) and isinstance(right, tuple):
            return left + right
        if isinstance(left, str) and isinstance(right, str):
            return left + right
    if operator == "*":
        if isinstance(left, tuple) and isinstance(right, int):
            return _repeated(left, right)
        if isinstance(left, int) and isinstance(right, tuple):
            return _repeated(right, left)
    return _mismatch(operator, left, right)


def _mismatch(operator: str, left: Value, right: Value) -> Complaint:
    message = f"`{operator}` does not go with {kind(left)} and {kind(right)}: {show(left)}, {show(right)}"
    return Complaint("E0452", message, compatible(left, right))


def compatible(*values: Value) -> str:
    """What to write in place of values that an operator does not go with."""
    kinds = {kind(value) for value in values}
    numeral = next((value for value in values if isinstance(value, str) and value.strip().isdecimal()), None)
    if numeral is not None:
        return f"write the number without quotes: {numeral.strip()}"
    if "a truth value" in kinds:
        return "a truth value is no number: write `1 if … else 0`"
    if "a list" in kinds and len(kinds) > 1:
        return "take one item of the list, `list[0]`, or all in turn: `[x * 2 for x in list]`"
    if "null" in kinds:
        return "give what is null a value, or ask first: `0 if x == null else x`"
    return "use numbers here; a text with a number in it is a template: `layer$i`"


def _repeated(sequence: tuple[Value, ...], times: int) -> Value | Complaint:
    if size(sequence) * times > MAX_LIST:
        return too_large(f"a list of more than {MAX_LIST:,} values")
    return sequence * (times if sequence else 0)


def _arithmetic(operator: str, left: float, right: float) -> Value | Complaint:
    try:
        match operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "/":
                if isinstance(left, int) and isinstance(right, int) and left % right == 0:
                    return left // right
                return left / right
            case "//":
                return left // right
            case "%":
                return left % right
            case "**":
                return _power(left, right)
    except ZeroDivisionError:
        message = f"division by zero: {show(left)} {operator} {show(right)}"
        return Complaint("E0453", message, "divide by what is never 0: `max(1, …)`, or `… if x > 0 else …`")
    except OverflowError:
        return too_large("a number that is not finite")
    raise InternalError(f"expressions: no rule for the operator {operator}")


def _power(base: float, exponent: float) -> Value | Complaint:
    if isinstance(base, int) and isinstance(exponent, int) and exponent > 0:
        bits = (abs(base).bit_length() - 1) * exponent  # a lower bound of the result's length
        if bits > MAX_INTEGER.bit_length():
            return too_large("an integer beyond 2**63")
    result = base**exponent
    if isinstance(result, complex):
        message = f"a negative number has no real power of {show(exponent)}"
        return Complaint("E0452", message, "take the power of a number of at least 0: `abs(x)`")
    return float(result) if isinstance(result, float) else int(result)
