"""One fault in a valid spec gives one error: its code, underlining what was broken; its fix makes the spec valid."""

from __future__ import annotations

import pytest

from archspec.compiler import check
from archspec.diagnostics import Diagnostic
from archspec.report.text import render
from archspec.targets import Target
from fuzz.faults import FAULTS, Broken, Fault, broken

EACH = 8
"""Broken specs of each kind."""

TRIED = 600
"""Specs in which a kind of fault must find its places."""


def errors(text: str) -> list[Diagnostic]:
    found = check(Target("net.yaml", text.encode())).diagnostics
    return [diagnostic for diagnostic in found if diagnostic.severity == "error"]


def complaint(made: Broken) -> str:
    """What is wrong about what is said of a broken spec; empty: nothing."""
    found = errors(made.text)
    if [error.code for error in found] != [made.code]:
        return f"expected {made.code} alone"
    (error,) = found
    if (error.span.start, error.span.end) != (made.start, made.end):
        return f"expected {made.text[made.start : made.end]!r} to be underlined"
    for fix in error.fixes:
        text = made.text
        for edit in sorted(fix.edits, key=lambda edit: edit.span.start, reverse=True):
            text = text[: edit.span.start] + edit.text + text[edit.span.end :]
        if left := errors(text):
            return f"the fix {fix.title!r} leaves {render(left)}"
    return ""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_one_fault_gives_one_error_where_it_is(fault: Fault) -> None:
    made = 0
    for seed in range(TRIED):
        found = broken(fault, seed)
        if found is None:
            continue
        subject, spec = found
        assert not errors(subject.text)
        problem = complaint(spec)
        assert not problem, f"seed {seed}: {problem}\n{render(errors(spec.text))}"
        made += 1
        if made == EACH:
            break
    assert made == EACH, f"only {made} of {TRIED} specs have a place for it"
