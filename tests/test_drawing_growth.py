"""Drawing is linear in the network: a network of four times the ops takes four times the function calls.

Calls are counted, not seconds, so that a busy machine fails no test; those of generators count each time they go on.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

import archspec
from archspec.backends.dot import VIEWS, View, describe, dot
from archspec.backends.dot.draw import picture
from archspec.backends.dot.measures import Measures
from archspec.backends.dot.mermaid import write_mermaid
from archspec.backends.dot.notes import write_notes
from archspec.ir import Graph
from benchmarks.synthetic import FAMILIES, spec

OPS = 300
TIMES = 4
MARGIN = 1.3


def calls_of(work: Callable[[], object]) -> int:
    """How many functions of Python and of C are called, and how often generators go on."""
    count = 0

    def note(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def growth(family: str, work: Callable[[Graph], object]) -> float:
    """How many times the calls for each op grow."""
    small, large = (archspec.compile(spec(family, ops)).graph for ops in (OPS, TIMES * OPS))
    work(small)  # what is worked out once in a process
    return calls_of(lambda: work(large)) / calls_of(lambda: work(small)) / TIMES


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("family", FAMILIES)
def test_dot_text_is_linear(family: str, view: View) -> None:
    assert growth(family, lambda graph: dot(graph, view)) < MARGIN


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_said_beside_a_picture_is_linear(family: str) -> None:
    assert growth(family, lambda graph: write_notes(picture(graph, "full"), Measures(graph), None)) < MARGIN
    assert growth(family, describe) < MARGIN


def test_mermaid_is_linear() -> None:
    assert growth("deep", lambda graph: write_mermaid(picture(graph))) < MARGIN


def test_a_quadratic_walk_would_be_seen() -> None:
    """Shows that the tests above can fail."""

    def walk_for_each(graph: Graph) -> bool:
        steps = graph.root.steps
        return any(all(other.name != "" for other in steps) and step.name == "" for step in steps)

    assert growth("deep", walk_for_each) > 2
