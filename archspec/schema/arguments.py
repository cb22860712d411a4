"""The arguments of one op: checked, described, and as JSON schema.

In: a dataclass whose fields carry the types of `ops/arguments.py` (an op, or the arguments of an initialisation) and
the values that a spec gives. Out: an instance of it, or every mistake, as data.

Holds: types are strict (`true` is not 1, `3.0` is not 3, an integer will do for a float, NaN and infinity are no
numbers); a message never shows more of a value than a line. Validators are built when an argument of that type is first
checked, so a spec pays for the ops it uses.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from functools import cache
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    Protocol,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic_core import CoreConfig, CoreSchema, SchemaValidator, ValidationError, core_schema

from archspec.diagnostics import InternalError, shortened
from archspec.ops.arguments import Bounds
from archspec.ops.base import Op
from archspec.ops.recipe import Literal as Value
from archspec.records import dataclass
from archspec.spelling import did_you_mean


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


T = TypeVar("T", bound=_Dataclass)


@dataclass(frozen=True, slots=True)
class ArgumentError:
    """One mistake, at the argument of that name; a missing one is at the op."""

    argument: str
    code: str
    message: str
    help: str = ""
    meant: str = ""
    """What to write in place of the value, where that is certain."""


@dataclass(frozen=True, slots=True)
class ArgumentDoc:
    """One argument: what it expects, and its default, if it has one."""

    name: str
    expects: str
    required: bool
    default: Value = None
    choices: tuple[str, ...] = ()
    """The words that it may be."""


@dataclass(frozen=True, slots=True)
class _Parameter:
    """A field, with its type, what that expects in words, and its validator."""

    name: str
    annotation: Any
    expects: str
    validator: SchemaValidator
    required: bool
    default: Value


def check(op_type: type[T], values: Mapping[str, Value]) -> T | tuple[ArgumentError, ...]:
    """An instance of `op_type`, or every mistake in `values`: the unknown arguments first."""
    known = _parameters(op_type)
    errors = [_unknown(name, known) for name in values if name not in known]
    accepted: dict[str, Any] = {}
    for parameter in known.values():
        if parameter.name not in values:
            if parameter.required:
                errors.append(_missing(op_type, parameter))
            continue
        value = values[parameter.name]
        try:
            accepted[parameter.name] = parameter.validator.validate_python(value)
        except ValidationError as refused:
            errors.append(_refused(parameter, value, refused))
    return tuple(errors) if errors else op_type(**accepted)


def describe(op_type: type[_Dataclass]) -> tuple[ArgumentDoc, ...]:
    """The arguments, in the order in which the op declares them."""
    return tuple(
        ArgumentDoc(
            parameter.name,
            parameter.expects,
            parameter.required,
            parameter.default,
            _choices(parameter.annotation),
        )
        for parameter in _parameters(op_type).values()
    )


def takes_lists(op_type: type[_Dataclass], argument: str) -> bool:
    """Whether a list may be given to an argument; there are none where it has no such argument."""
    parameter = _parameters(op_type).get(argument)
    return parameter is not None and any(get_origin(leaf) is tuple for leaf in _leaves(parameter.annotation))


def json_schema(op_type: type[_Dataclass]) -> dict[str, Any]:
    """A JSON schema of the arguments as literal values; that a `$…` may stand for any is for the caller to add."""
    from pydantic.json_schema import GenerateJsonSchema

    properties: dict[str, Any] = {}
    for parameter in _parameters(op_type).values():
        entry = GenerateJsonSchema().generate(_schema(parameter.annotation, None))
        entry["description"] = parameter.expects
        if not parameter.required:
            entry["default"] = _as_json(parameter.default)
        properties[parameter.name] = entry
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name, parameter in _parameters(op_type).items() if parameter.required],
        "additionalProperties": False,
    }


def _as_json(value: Value) -> Any:
    return [_as_json(item) for item in value] if isinstance(value, tuple) else value


@cache
def _parameters(op_type: type[_Dataclass]) -> Mapping[str, _Parameter]:
    homes = {
        name: base.__module__
        for base in op_type.__mro__[::-1]
        for name in vars(base).get("__annotations__", ())
    }
    found: dict[str, _Parameter] = {}
    for field in fields(op_type):
        written = field.type
        annotation: Any = _annotation(homes[field.name], written) if isinstance(written, str) else written
        required = field.default is MISSING
        default: Value = None if field.default is MISSING else field.default
        found[field.name] = _Parameter(
            field.name, annotation, _expectation(annotation), _validator(annotation), required, default
        )
    return found


@cache
def _annotation(module: str, written: str) -> Any:
    """The type that an annotation in `module` names. Of a class, `get_type_hints` evaluates what is no field as well,
    for each class again; and most annotations are a name, which needs no evaluation.
    """
    if written.isidentifier() and hasattr(sys.modules[module], written):
        return getattr(sys.modules[module], written)
    holder = type("_", (), {"__annotations__": {"field": written}, "__module__": module})
    return get_type_hints(holder, include_extras=True)["field"]


@cache
def _validator(annotation: Any) -> SchemaValidator:
    return SchemaValidator(_schema(annotation, None), CoreConfig(strict=True, allow_inf_nan=False))


def _schema(annotation: Any, bounds: Bounds | None) -> CoreSchema:
    """The type as pydantic's core reads it: every number in it within the bounds. Pydantic itself would come to the
    same, and take twenty times as long.
    """
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        found = next((mark for mark in parts[1:] if isinstance(mark, Bounds)), bounds)
        return _schema(parts[0], found)
    if origin in (Union, UnionType):
        return core_schema.union_schema([_schema(part, bounds) for part in parts])
    if origin is tuple:
        items = [_schema(part, bounds) for part in parts if part is not Ellipsis]
        return core_schema.tuple_schema(items, variadic_item_index=0 if Ellipsis in parts else None)
    if origin is Literal:
        return core_schema.literal_schema(list(parts))
    if annotation in (int, float):
        limits: dict[str, Any] = {}
        if bounds is not None:
            limits = {"gt" if bounds.above else "ge": bounds.low, "le": bounds.high}
        return core_schema.int_schema(**limits) if annotation is int else core_schema.float_schema(**limits)
    if annotation is bool:
        return core_schema.bool_schema()
    if annotation is str:
        return core_schema.str_schema()
    if annotation is NoneType:
        return core_schema.none_schema()
    raise InternalError(f"no argument may be of type {annotation!r}")


def _leaves(annotation: Any) -> Iterator[Any]:
    """The members of a union, through `Annotated`."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _leaves(parts[0])
    elif origin in (Union, UnionType):
        for part in parts:
            yield from _leaves(part)
    else:
        yield annotation


def _choices(annotation: Any) -> tuple[str, ...]:
    """The words that the type allows."""
    return tuple(
        choice for leaf in _leaves(annotation) if get_origin(leaf) is Literal for choice in get_args(leaf)
    )


def _expectation(annotation: Any) -> str:
    """What the type expects, in words."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        stated = next((mark.expects for mark in parts[1:] if isinstance(mark, Bounds)), None)
        return stated if stated is not None else _expectation(parts[0])
    if origin in (Union, UnionType):
        return " or ".join(_expectation(part) for part in parts)
    if origin is Literal:
        words = [f"`{choice}`" for choice in parts]
        return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
    simple = {bool: "true or false", int: "an integer", float: "a number", str: "a text", NoneType: "null"}
    return simple[annotation]


def _unknown(name: str, known: Mapping[str, _Parameter]) -> ArgumentError:
    nearest = did_you_mean(name, known)
    listed = ", ".join(known) if known else "none"
    help = f"did you mean `{nearest}`? " if nearest else ""
    return ArgumentError(
        name, "E0202", f"there is no argument `{shortened(name)}`", f"{help}the arguments are: {listed}"
    )


def _missing(op_type: type[_Dataclass], parameter: _Parameter) -> ArgumentError:
    where = f"add `{parameter.name}: …`"
    if issubclass(op_type, Op) and op_type.main == parameter.name:
        where = f"write `{op_type.key}: …`"
    return ArgumentError(
        parameter.name, "E0205", f"`{parameter.name}` is missing", f"{where}, {parameter.expects}"
    )


_RANGE = frozenset(("greater_than", "greater_than_equal", "less_than", "less_than_equal", "finite_number"))


def _refused(parameter: _Parameter, value: Value, refused: ValidationError) -> ArgumentError:
    kinds = {
        error["type"]
        for error in refused.errors(include_url=False, include_context=False, include_input=False)
    }
    fact = f"`{parameter.name}` takes {parameter.expects}; this is {_read(value)}"
    meant = _meant(parameter, value)
    numbers = value if isinstance(value, tuple) else (value,)
    all_numbers = all(isinstance(number, int | float) and not isinstance(number, bool) for number in numbers)
    # In a union each member has its say: a float where integers are due is of the wrong type for all of them.
    if (
        all_numbers
        and kinds & _RANGE
        and (not any(isinstance(n, float) for n in numbers) or _takes_floats(parameter))
    ):
        return ArgumentError(parameter.name, "E0207", fact, _limits(parameter.annotation), meant)
    if isinstance(value, str) and (choices := _choices(parameter.annotation)):
        nearest = None if meant else did_you_mean(value, choices)
        help = f"did you mean `{nearest}`?" if nearest else f"write `{meant}`" if meant else ""
        return ArgumentError(parameter.name, "E0208", fact, help, meant or nearest or "")
    remedy = _remedy(parameter, value, meant)
    if not remedy and isinstance(value, int) and _choices(parameter.annotation):
        from archspec.schema.elsewhere.words import number_remark  # only a mistake pays for it

        remedy = number_remark(parameter.name)
    return ArgumentError(parameter.name, "E0206", fact, remedy, meant)


def _meant(parameter: _Parameter, value: Value) -> str:
    """How to write what `value` was meant to be; empty where that is not certain."""
    from archspec.schema.readings import as_yaml, readings  # only a mistake pays for it

    if value is None:
        has_plain_default = parameter.default is not None and not isinstance(parameter.default, bool)
        return as_yaml(parameter.default) if has_plain_default else ""
    for reading in readings(parameter.name, value):
        try:
            return as_yaml(parameter.validator.validate_python(reading))
        except ValidationError:
            continue
    return ""


def _takes_floats(parameter: _Parameter) -> bool:
    return any(leaf is float or float in get_args(leaf) for leaf in _leaves(parameter.annotation))


def _limits(annotation: Any) -> str:
    """The range in words, where it has two ends."""
    if get_origin(annotation) in (Union, UnionType):
        return next((limits for part in get_args(annotation) if (limits := _limits(part))), "")
    bounds = next((mark for mark in get_args(annotation)[1:] if isinstance(mark, Bounds)), None)
    if bounds is None or bounds.low is None or bounds.high is None:
        return ""
    if bounds.above:
        return f"write a number above {bounds.low:,} and at most {bounds.high:,}"
    return f"write a number from {bounds.low:,} to {bounds.high:,}"


def _remedy(parameter: _Parameter, value: Value, meant: str) -> str:
    """What to write, where a slip is plain."""
    if not meant:
        return ""
    if value is None:
        return f"write `{meant}`, which is the default, or leave `{parameter.name}` out"
    if isinstance(value, str) and value == meant:
        return f"write `{meant}` without quotes"
    from archspec.schema.readings import TRUTH  # only a mistake pays for it

    if isinstance(value, str) and value.lower() in TRUTH:
        return f"write `{meant}`: in YAML 1.2, `{shortened(value, 20)}` is a text"
    return f"write `{meant}`"


def _read(value: Value) -> str:
    """What stands there, in words, on one line."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return (
                f"the integer {value}"
                if value.bit_length() < 128
                else f"an integer of {value.bit_length()} bits"
            )
        case float():
            return f"the number {value!r}"
        case str():
            return f"the text `{shortened(value)}`"
        case tuple():
            text = ", ".join(_item(item) for item in value[:8])
            return f"the list [{shortened(text)}{', …' if len(value) > 8 else ''}]"


def _item(value: Value) -> str:
    """A member of a list, as a spec would write it."""
    match value:
        case tuple():
            return "[…]"
        case str():
            return f"'{shortened(value, 20)}'"
        case _:
            return _read(value).removeprefix("the integer ").removeprefix("the number ")
