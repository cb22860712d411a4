"""Broken specs and what is said of them: each finding at its line, nothing missing, nothing extra.

`invalid_cases.py` says how a case is written. `pytest --update-cases` writes the expectations anew: read the changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from invalid_cases import Case, annotated, diagnose, diagnose_text, read_cases

from archspec.codes import CODES
from archspec.diagnostics import Diagnostic, Fix
from archspec.report.text import render

CASES = read_cases()

NO_SPEC_CAUSES = {
    "E0001": "a file that is not there",
    "E0002": "a file of over 1 MiB",
    "E0005": "more than 32 imported files",
    "E0007": "a network that does not ship",
    "E0008": "an output that exists",
    "E0105": "a file of over 100,000 values",
}
"""Codes that the command line or a large file causes; other tests do."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_broken_spec_is_told_everything_that_is_wrong_once(
    case: Case, request: pytest.FixtureRequest
) -> None:
    if request.config.getoption("--update-cases"):
        if case.is_utf8:
            case.path.write_text(annotated(case), encoding="utf-8")
        return
    missing = list(case.expectations)
    extra = []
    for diagnostic in diagnose(case):
        met = next((expected for expected in missing if expected.is_met_by(diagnostic)), None)
        if met is None:
            extra.append(diagnostic)
        else:
            missing.remove(met)
    assert not missing, f"not found:\n{missing}\nfound in their place:\n{render(extra)}"
    assert not extra, f"found, and not expected:\n{render(extra)}"
    assert case.expectations, "a case says what is wrong with it"


@pytest.mark.parametrize("case", [case for case in CASES if case.mended], ids=lambda case: case.name)
def test_mending_what_is_said_makes_the_spec_valid(case: Case) -> None:
    assert case.mended is not None
    said = {expected.code for expected in case.expectations}
    left = [
        found
        for found in diagnose_text(case.mended, case.variant)
        if found.severity == "error" or found.code in said
    ]
    assert not left, render(left)


def test_every_code_that_a_spec_can_cause_has_a_case() -> None:
    covered = {expected.code for case in CASES for expected in case.expectations}
    assert covered | set(NO_SPEC_CAUSES) >= set(CODES)
    assert not covered & set(NO_SPEC_CAUSES)


def _fixes() -> Iterator[tuple[Case, Diagnostic, Fix]]:
    for case in CASES:
        for diagnostic in diagnose(case):
            for fix in diagnostic.fixes:
                if all(edit.span.source.name == case.path.name for edit in fix.edits):
                    yield case, diagnostic, fix


@pytest.mark.parametrize(
    ("case", "diagnostic", "fix"),
    [
        pytest.param(case, found, fix, id=f"{case.name}:{found.span.line}:{fix.title}")
        for case, found, fix in _fixes()
    ],
)
def test_an_offered_fix_removes_its_error_and_makes_no_other(
    case: Case, diagnostic: Diagnostic, fix: Fix
) -> None:
    text = case.text
    for edit in sorted(fix.edits, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    before = Counter(_fact(found) for found in diagnose_text(case.text, case.variant))
    after = Counter(_fact(found) for found in diagnose_text(text, case.variant))
    assert after[_fact(diagnostic)] < before[_fact(diagnostic)]
    # A file without errors is looked at more closely: a warning may come to light.
    severity = "E" if diagnostic.severity == "error" else ""
    assert not [fact for fact in after - before if fact[0].startswith(severity)]


def _fact(diagnostic: Diagnostic) -> tuple[str, str]:
    """What is found, wherever it is: a fix that deletes lines moves what follows."""
    return diagnostic.code, diagnostic.message


def test_ten_unrelated_mistakes_give_ten_errors() -> None:
    (case,) = (case for case in CASES if case.name == "ten_mistakes")
    assert len(diagnose(case)) == len(case.expectations) == 10
