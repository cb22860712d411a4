"""Emitting a file costs the same for each op, however many there are: counted in calls, not by a clock."""

from __future__ import annotations

import pytest
from work_done import counted

import archspec
from archspec.backends.torch.source import emit
from benchmarks import synthetic

FEW, MANY = 500, 3000
"""More than a cache of a thousand recipes would hold."""


@pytest.mark.parametrize("family", synthetic.FAMILIES)
def test_each_op_of_a_long_network_costs_what_one_of_a_short_costs(family: str) -> None:
    few, many = (counted_per_op(family, ops) for ops in (FEW, MANY))
    assert many < 1.05 * few


def counted_per_op(family: str, ops: int) -> float:
    graph = archspec.compile(synthetic.spec(family, ops)).graph
    _, calls = counted(lambda: emit(graph))
    return calls / ops
