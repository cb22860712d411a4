"""One fault in a valid spec gives one error: its code, underlining what was broken; its fix makes the spec valid."""

from __future__ import annotations

import pytest

from archspec.report.text import render
from fuzz.faults import FAULTS, Fault, broken
from fuzz.one_fault import complaint, errors

EACH = 8
"""Broken specs of each kind."""

TRIED = 600
"""Specs in which a kind of fault must find its places."""


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
