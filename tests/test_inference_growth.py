"""An inference build costs the same for each op, however many there are: counted in lines that run, not by a clock.
Lines and not calls: what grows may be a loop that calls nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import pytest

import archspec
from archspec.backends.torch.inference.module import converted
from archspec.backends.torch.inference.source import emitted_inference
from archspec.backends.torch.module import build
from archspec.ir import Graph
from archspec.passes.inference import for_inference
from benchmarks import synthetic

FEW, MANY = 240, 960
DEPTH = 24
"""Lists in lists."""


def one_list(ops: int) -> str:
    """Layers of two kinds in one list, all of whose names come of the same word."""
    return "all: [" + ", ".join(["{conv: 8}, relu"] * (ops // 2)) + "]"


def lists_in_lists(ops: int) -> str:
    line = ", ".join(["{conv: 8}, relu"] * (ops // DEPTH // 2))
    return "all: " + f"[{line}, " * DEPTH + "relu" + "]" * DEPTH


def sums_in_sums(ops: int) -> str:
    """Each sum is a convolution of the input when the one before it is."""
    names = ["input", *(f"n{index}" for index in range(ops // 3))]
    nodes = (
        f"c{index}: {{conv: 8, from: input}}, a{index}: {{add: [{before}, c{index}]}}, n{index}: norm"
        for index, before in enumerate(names[:-1])
    )
    return "all: {seq: {" + ", ".join(nodes) + "}}"


OWN: dict[str, Callable[[int], str]] = {
    "one list": one_list,
    "lists in lists": lists_in_lists,
    "sums in sums": sums_in_sums,
}
FAMILIES = (*OWN, *synthetic.FAMILIES, synthetic.NORMED)


def graph(family: str, ops: int) -> Graph:
    if family not in OWN:
        return archspec.compile(synthetic.spec(family, ops)).graph
    head = synthetic.HEAD.format(name="Own", input=list(synthetic.INPUT))
    return archspec.compile(f"{head}body:\n  {OWN[family](ops)}\n").graph


def lines_run(work: Callable[[], object]) -> int:
    """The lines of Python that run, those of libraries too; each turn of a comprehension is one."""
    lines = 0

    def trace(_frame: FrameType, event: str, _: Any) -> Any:
        nonlocal lines
        lines += event == "line"
        return trace

    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(None)
    return lines


def each_op_costs_the_same(work: Callable[[Graph], Callable[[], object]], family: str) -> bool:
    few, many = (lines_run(work(graph(family, ops))) / ops for ops in (FEW, MANY))
    return 0 < many < 1.1 * few


@pytest.mark.parametrize("family", FAMILIES)
def test_each_op_is_folded_at_the_same_cost(family: str) -> None:
    assert each_op_costs_the_same(lambda network: partial(for_inference, network), family)


@pytest.mark.parametrize("family", ["deep", synthetic.NORMED])
def test_each_layer_is_converted_at_the_same_cost(family: str) -> None:
    def conversion(network: Graph) -> Callable[[], object]:
        emitted_inference(network)  # that the file costs the same for each op is known of emission
        trained = build(network).state_dict()
        converted(network, trained)  # what the first model of a process imports
        return partial(converted, network, trained)

    assert each_op_costs_the_same(conversion, family)


def test_a_network_is_folded_once_for_a_build_that_checks_what_it_writes() -> None:
    network = archspec.compile("lenet5")
    emitted_inference.cache_clear()
    network.source(inference=True)
    converted(network.graph, build(network.graph).state_dict())
    assert emitted_inference.cache_info().misses == 1
