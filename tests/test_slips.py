"""Slips of punctuation: what is said of a text that is hostile or long, and lists that stand below what they name."""

from __future__ import annotations

from dataclasses import fields

import pytest

import archspec
from archspec.diagnostics import Diagnostic
from archspec.expand.callees import STRUCTURE_ARGUMENTS
from archspec.expand.definitions import TYPES
from archspec.fixing import edited
from archspec.names import MODIFIERS
from archspec.ops import OPS
from archspec.syntax import slips
from archspec.yaml_errors import brackets, items
from archspec.yaml_errors.stop import after

HEAD = "archspec: 1\nname: Net\ninput: [3, 8, 8]\n"
BLANKS = " " * 100_000


def _errors(text: str) -> list[Diagnostic]:
    return [found for found in archspec.validate(text) if found.severity == "error"]


def _mended(text: str) -> str:
    edits = [edit for found in _errors(text) for fix in found.fixes for edit in fix.edits]
    return edited(text.encode(), edits).decode()


def test_the_arguments_of_every_op_and_structure_are_known() -> None:
    of_ops = {field.name for op in OPS.values() for field in fields(op)} - {"channels", "features"}
    of_structures = {name for names in STRUCTURE_ARGUMENTS.values() for name in names}
    assert {*of_ops, *of_structures, *MODIFIERS} - {*OPS} <= items._ARGUMENTS
    assert not items._ARGUMENTS & {*OPS}


def test_the_types_of_parameters_are_known() -> None:
    assert {*slips._TYPES} == {*TYPES}


@pytest.mark.parametrize(
    "body",
    [
        f"a: {{b: ${{{BLANKS}!}}}}",
        f"a: {{b: ${{a{BLANKS}!}}}}",
        f"a: {{b: $(a ?{BLANKS}[0])}}",
        f"a: {{b: {BLANKS.replace(' ', 'x')}, c: d: e!}}",
    ],
    ids=["blanks in braces", "blanks behind a name", "a choice", "a long word"],
)
def test_no_pattern_is_quadratic(body: str) -> None:
    # With one that is, this takes minutes.
    (error,) = _errors(f"{HEAD}{body}\n")
    assert len(error.message) + len(error.help) < 300


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("{conv: ${ width }, bias: true}", "{conv: $width, bias: true}"),
        ("{conv: ${ width * 2 }, bias: true}", "{conv: $(width * 2), bias: true}"),
        ("{conv: $( deep  ?  8  :  4 ), bias: true}", "{conv: $(8 if deep else 4), bias: true}"),
    ],
)
def test_blanks_around_what_was_meant_are_left_out(written: str, meant: str) -> None:
    text = f"{HEAD}params: {{width: 8, deep: true}}\nbody:\n  - {written}\n"
    assert meant in _mended(text)


def test_the_help_for_a_long_choice_is_short() -> None:
    (error,) = _errors(f"{HEAD}body:\n  - conv: $(a ? {'x' * 5_000} : 4)\n")[:1]
    assert error.help.startswith("write `$(xxx")
    assert len(error.help) < 100
    (fix,) = error.fixes
    assert f"$({'x' * 5_000} if a else 4)" in fix.edits[0].text


def test_the_help_for_many_outputs_is_short() -> None:
    names = [f"name{number}" for number in range(500)]
    found = _errors(f"{HEAD}body: {{a: relu}}\noutputs: {{{', '.join(names)}}}\n")
    (error,) = (each for each in found if each.code == "E0206")
    assert len(error.help) < 100
    assert all(len(fix.title) < 100 for fix in error.fixes)
    assert [fix.edits[0].text for fix in error.fixes] == [f"[{', '.join(names)}]"]


def test_edits_are_made_in_any_order() -> None:
    assert after("abcdef", ((4, 5, ""), (1, 1, "-"), (1, 2, "B"), (6, 6, "!"))) == "a-Bcdf!"


def test_a_bracket_in_a_comment_closes_nothing() -> None:
    text = f"{HEAD}body: [{{{{conv: 8, kernel: 1}}, # a }} here\n  relu}}]\n"
    (error,) = _errors(text)
    assert error.code == "E0113"
    assert _mended(text) == f"{HEAD}body: [[{{conv: 8, kernel: 1}}, # a }} here\n  relu]]\n"
    assert brackets.BRACKET.sub("", "a # ]") == "a "


def test_a_key_in_quotes_is_no_entry() -> None:
    text = f"{HEAD}body:\n  - conv: 8\n    kernel: 1\n    'padding: 1':\n"
    assert "E0119" not in [found.code for found in _errors(text)]
    assert _mended(text) == text.replace("'padding: 1'", "'padding'")


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("variants: [s: {w: 8}, l: {w: 9}]", "write `variants: {s: …, l: …}`"),
        ("variants: [s: {w: 8}]", "write `variants: {s: …}`"),
        ("defaults: {conv: , bias: false}", "put it in braces: `conv: {bias: …}`"),
        ("defaults: {conv: , bias: false, groups: 1}", "put it in braces: `conv: {bias: …, groups: …}`"),
    ],
)
def test_what_stands_between_brackets_has_no_dashes_or_columns(part: str, said: str) -> None:
    (error,) = _errors(f"{HEAD}params: {{w: 3}}\n{part}\nbody: [{{conv: $w, kernel: 1}}]\n")
    assert error.help == said
    assert "indented" not in error.message
    assert not error.fixes


def test_many_keys_in_another_script_hide_no_look_alike() -> None:
    keys = "".join(f"  \u043a\u043b\u044e\u0447{number}: 1\n" for number in range(30))
    text = f"{HEAD}params:\n{keys} \u00a0width: 8\nbody: [{{conv: $width, kernel: 1}}]\n"
    (error,) = (each for each in _errors(text) if each.code == "E0101")
    assert error.message == "U+00A0 is not a space, and looks like one"
    assert "\n  width: 8" in _mended(text)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("body: [\n  - relu\n  - relu\n]", "leave both brackets out"),
        ("body: [\n  - relu\n  - relu", "leave the bracket out"),
        (f"about: `{'x' * 5_000}`\nbody: [relu]", f"write `{'x' * 59}…`"),
        (f"body:\n  - relu\n  -{{conv: {'8' * 500}}}", f"write `- {{conv: {'8' * 52}…`"),
    ],
)
def test_the_help_says_what_the_fix_does(written: str, said: str) -> None:
    (error,) = (each for each in _errors(f"{HEAD}{written}\n") if each.code in ("E0101", "E0119"))
    assert error.help == said
    assert [fix.title for fix in error.fixes] == [said]
