"""The table of codes is complete, every code in the program stands in it, and docs/errors.md is made of it.

That every code has a case in `invalid/` and every fix in a case is sound is tested in `test_invalid.py`; here, that
each code which can offer a fix does so in a case.
"""

import ast
import re
from pathlib import Path

import pytest
from invalid_cases import diagnose, read_cases

import archspec
from archspec.codes import CODES
from archspec.compiler import check
from archspec.reference import updated
from archspec.targets import locate

ROOT = Path(archspec.__file__).parent
ERRORS = Path(__file__).parents[1] / "docs" / "errors.md"
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


def test_the_list_of_errors_is_that_of_the_code():
    text = ERRORS.read_text("utf-8")
    assert updated(text) == text, "run `python -m archspec.reference docs/errors.md`"


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_documented(code):
    entry = CODES[code]
    assert f"\n### {code}\n\n**{entry.title}**\n\n{entry.markdown}\n" in ERRORS.read_text("utf-8") + "\n"


NAMED_OUTSIDE = {"E0214"}
"""What a command line names has no text in a file that could be mended."""


def offering_fixes():
    """The codes that are reported, somewhere in the program, with `fixes` or with the nearest name."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            code = node.args[0]
            if not (isinstance(code, ast.Constant) and code.value in CODES):
                continue
            if node.func.attr == "unknown" or any(keyword.arg == "fixes" for keyword in node.keywords):
                yield code.value


def test_every_code_that_can_offer_a_fix_does_so_in_a_case():
    """`test_invalid.py` applies each of these fixes, and `test_fixing.py` all of a case together."""
    offered = {found.code for case in read_cases() for found in diagnose(case) if found.fixes}
    missing = set(offering_fixes()) - offered - NAMED_OUTSIDE
    assert not missing, f"no case in tests/invalid has a fix of {', '.join(sorted(missing))}"
    assert len(offered) > 5
