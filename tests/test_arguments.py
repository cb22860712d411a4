"""Arguments as a spec gives them: what is taken, what is refused, and in which words."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from op_strategies import ops, shapes

from archspec.codes import CODES
from archspec.ops import OPS, STRUCTURAL
from archspec.ops.base import Op
from archspec.ops.convolution import Conv
from archspec.ops.norm import Norm
from archspec.ops.resample import Upsample
from archspec.schema.arguments import ArgumentError, check, describe, json_schema

ALL = (*OPS.values(), *STRUCTURAL)


def errors_of(op_type: type[Op], **values: Any) -> list[tuple[str, str, str]]:
    found = check(op_type, values)
    assert isinstance(found, tuple)
    return [(error.code, error.argument, error.message) for error in found]


def only_error(op_type: type[Op], **values: Any) -> ArgumentError:
    found = check(op_type, values)
    assert isinstance(found, tuple)
    (error,) = found
    return error


def test_defaults_are_filled_in() -> None:
    assert check(Conv, {"channels": 64, "kernel": 3}) == Conv(64, 3)


@pytest.mark.parametrize("op_type", ALL, ids=lambda op: op.key)
@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(data=st.data())
def test_what_an_op_may_hold_is_accepted(op_type: type[Op], data: st.DataObject) -> None:
    op = data.draw(ops(op_type, data.draw(shapes())))
    assert check(op_type, {field.name: getattr(op, field.name) for field in fields(op)}) == op


def test_integers_do_for_floats_and_arrive_as_floats() -> None:
    norm = check(Norm, {"eps": 1})
    assert isinstance(norm, Norm)
    assert type(norm.eps) is float


def test_numbers_keep_their_type_where_both_are_due() -> None:
    assert check(Upsample, {"factor": 2}) == Upsample(2)
    assert check(Upsample, {"factor": (2, 1.5)}) == Upsample((2, 1.5))
    up = check(Upsample, {"factor": 2})
    assert isinstance(up, Upsample)
    assert type(up.factor) is int


def test_all_mistakes_come_at_once() -> None:
    assert errors_of(Conv, chanels=64, kernel=0, bias="no") == [
        ("E0202", "chanels", "there is no argument `chanels`"),
        ("E0205", "channels", "`channels` is missing"),
        (
            "E0207",
            "kernel",
            "`kernel` takes a positive integer, or a list of one for each axis; this is the integer 0",
        ),
        ("E0206", "bias", "`bias` takes true or false; this is the text `no`"),
    ]


def test_an_unknown_argument_gets_the_nearest_and_the_valid_ones() -> None:
    error = only_error(Conv, channels=64, kernel=3, paddin=1)
    assert error.help == (
        "did you mean `padding`? "
        "the arguments are: channels, kernel, stride, padding, dilation, groups, bias, padding_mode"
    )


def test_a_missing_argument_is_shown_where_it_goes() -> None:
    assert only_error(Conv, kernel=3).help == "write `conv: …`, a positive integer"
    assert (
        only_error(Conv, channels=3).help
        == "add `kernel: …`, a positive integer, or a list of one for each axis"
    )


@pytest.mark.parametrize(
    ("value", "code", "read"),
    [
        (True, "E0206", "true"),
        (3.0, "E0206", "the number 3.0"),
        ("3", "E0206", "the text `3`"),
        (None, "E0206", "null"),
        ((3, 3), "E0206", "the list [3, 3]"),
        (0, "E0207", "the integer 0"),
        (-1, "E0207", "the integer -1"),
        (2**20 + 1, "E0207", "the integer 1048577"),
        (10**5000, "E0207", "an integer of 16610 bits"),
        (float("nan"), "E0206", "the number nan"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_count_is_a_positive_integer_and_nothing_else(value: Any, code: str, read: str) -> None:
    error = only_error(Conv, channels=value, kernel=3)
    assert (error.code, error.message) == (code, f"`channels` takes a positive integer; this is {read}")


@pytest.mark.parametrize(
    ("argument", "value", "help"),
    [
        ("channels", 3.0, "write `3`"),
        ("channels", "64", "write `64` without quotes"),
        ("channels", 0, "write a number from 1 to 1,048,576"),
        ("bias", "no", "write `false`: in YAML 1.2, `no` is a text"),
        ("bias", "ON", "write `true`: in YAML 1.2, `ON` is a text"),
        ("padding_mode", "zero", "did you mean `zeros`?"),
        ("padding", "sam", "did you mean `same`?"),
        ("padding", 1.5, ""),
    ],
)
def test_the_remedy_is_named_where_it_is_plain(argument: str, value: Any, help: str) -> None:
    assert only_error(Conv, **{"channels": 8, "kernel": 3, argument: value}).help == help


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_floats_are_finite(value: float) -> None:
    assert only_error(Norm, eps=value).code == "E0207"
    assert only_error(Upsample, factor=value).code == "E0207"


def test_a_choice_lists_the_choices() -> None:
    error = only_error(Norm, type="bath")
    assert (error.code, error.message, error.help) == (
        "E0208",
        "`type` takes `batch`, `layer`, `instance`, `group` or `rms`; this is the text `bath`",
        "did you mean `batch`?",
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4).map(tuple),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    op_type=st.sampled_from(ALL),
    value=JSON,
    index=st.integers(0, 9),
    extra=st.dictionaries(st.text(max_size=5), JSON, max_size=2),
)
def test_any_value_ends_in_an_op_or_in_short_errors(
    op_type: type[Op], value: Any, index: int, extra: dict[str, Any]
) -> None:
    names = [field.name for field in fields(op_type)]
    given_values = {**extra, **({names[index % len(names)]: value} if names else {})}
    found = check(op_type, given_values)
    if isinstance(found, Op):
        return
    for error in found:
        assert error.code in CODES
        assert len(error.message) < 400


@pytest.mark.parametrize(
    "value",
    ["x" * 1_000_000, (1,) * 100_000, ("a",) * 100_000, 10**100_000, ((1,),) * 1000],
    ids=["text", "list", "list of texts", "integer", "nested list"],
)
def test_huge_values_are_answered_shortly(value: Any) -> None:
    found = check(Conv, {"channels": value, "kernel": 3, "y" * 100_000: 1})
    assert isinstance(found, tuple)
    assert all(len(error.message) < 300 and len(error.help) < 300 for error in found)


@pytest.mark.parametrize("op_type", ALL, ids=lambda op: op.key)
def test_every_argument_is_described(op_type: type[Op]) -> None:
    docs = describe(op_type)
    assert [doc.name for doc in docs] == [field.name for field in fields(op_type)]
    assert all(doc.expects for doc in docs)
    schema = json_schema(op_type)
    assert list(schema["properties"]) == [doc.name for doc in docs]
    assert schema["required"] == [doc.name for doc in docs if doc.required]
    assert schema["additionalProperties"] is False


def test_descriptions_read_as_sentences() -> None:
    docs = {doc.name: doc for doc in describe(Conv)}
    assert (
        docs["padding"].expects == "an integer of at least 0, a list of one for each axis, `half` or `same`"
    )
    assert docs["padding_mode"].expects == "`zeros`, `reflect`, `replicate` or `circular`"
    assert (docs["kernel"].required, docs["stride"].default) == (True, 1)


def test_the_json_schema_says_the_same_as_the_validator() -> None:
    assert json_schema(Conv)["properties"]["channels"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 1048576,
        "description": "a positive integer",
    }
    assert json_schema(Upsample)["properties"]["factor"]["default"] is None


@pytest.mark.parametrize("op_type", ALL, ids=lambda op: op.key)
def test_argument_names_are_free_of_the_languages_words(op_type: type[Op]) -> None:
    modifiers = {"repeat", "first", "last", "as", "from", "if", "share", "expect", "note", "use"}
    assert not modifiers & {field.name for field in fields(op_type)}


def test_any_dataclass_with_these_types_will_do() -> None:
    @dataclass(frozen=True)
    class Constant:
        val: float
        trainable: bool = True

    assert check(Constant, {"val": 1}) == Constant(1.0)
    found = check(Constant, {})
    assert isinstance(found, tuple)
    assert found[0].help == "add `val: …`, a number"
