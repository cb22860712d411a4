"""`expect` on a node is checked wherever a node may stand."""

from __future__ import annotations

import pytest

import archspec

HEAD = "archspec: 1\ninput: [8, 8, 8]\n"


@pytest.mark.parametrize(
    "nodes",
    [
        "body: {c: {conv: 4, kernel: 1, expect: [9]}}",
        "body: {c: {conv: 8, kernel: 1, repeat: 2, expect: [9]}}",
        "blocks: {b: {params: {c: 4}, conv: $c, kernel: 1, expect: [9]}}\nbody: {d: b}",
        "body: {c: {conv: 8, kernel: 1}, d: {share: c, expect: [9]}}",
        "body: {c: {conv: 4, kernel: 1}}\naux: {a: {from: c, sequence: {use: gap, expect: [9]}}}",
    ],
)
def test_is_checked(nodes: str) -> None:
    assert [finding.code for finding in archspec.validate(HEAD + nodes + "\n")] == ["E0406"]


def test_a_shared_child_keeps_the_expectation_of_its_first_call_to_itself() -> None:
    nodes = "body: {c: {conv: 8, kernel: 3, expect: [8, 6, 6]}, d: {share: c}}"
    assert archspec.validate(HEAD + nodes + "\n") == []
