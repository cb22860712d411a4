"""The table of codes is complete, and every code in the program stands in it."""

import re
from pathlib import Path

import pytest

import archspec
from archspec.codes import CODES
from archspec.compiler import check
from archspec.targets import locate

ROOT = Path(archspec.__file__).parent
WRITTEN = re.compile(r'"([EW]0\d{3})"')


def test_codes_are_in_order_and_well_formed():
    assert all(re.fullmatch(r"[EW]0\d{3}", code) for code in CODES)
    assert list(CODES) == sorted(CODES, key=lambda code: (code[0], code))
    assert all(entry.code == code for code, entry in CODES.items())


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_explained(code):
    entry = CODES[code]
    assert entry.title[0] in "`" or entry.title[0].islower()
    assert not entry.title.endswith(".")
    assert entry.explanation.endswith(".")
    assert entry.wrong != entry.right
    assert entry.wrong
    assert entry.right


def is_spec(text):
    return text.startswith("archspec: ")


def found_in(text, tmp_path):
    """The codes that compiling a text reports."""
    path = tmp_path / "net.yaml"
    path.write_text(text, encoding="utf-8")
    return [diagnostic.code for diagnostic in check(locate(str(path))).diagnostics]


@pytest.mark.parametrize("code", [code for code, entry in CODES.items() if is_spec(entry.wrong)])
def test_the_wrong_example_has_that_mistake_alone(code, tmp_path):
    assert found_in(CODES[code].wrong, tmp_path) == [code]


@pytest.mark.parametrize("code", [code for code, entry in CODES.items() if is_spec(entry.right)])
def test_the_right_example_has_none(code, tmp_path):
    assert found_in(CODES[code].right, tmp_path) == []


def test_no_code_is_declared_twice():
    declared = [
        code for path in (ROOT / "codes").glob("*.py") for code in WRITTEN.findall(path.read_text("utf-8"))
    ]
    assert sorted(declared) == sorted(CODES)


def test_every_code_that_is_reported_stands_in_the_table():
    reported = {
        code
        for path in ROOT.rglob("*.py")
        if path.parent.name != "codes"
        for code in WRITTEN.findall(path.read_text("utf-8"))
    }
    assert reported <= set(CODES)
