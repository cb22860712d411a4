"""How costs grow with the network: nothing may be quadratic."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from archspec.backends.dot import dot
from archspec.backends.summary import summarise
from archspec.backends.summary.machine import to_json
from archspec.backends.torch.source import emit
from archspec.compiler import check
from archspec.ir import Graph
from archspec.targets import Target
from benchmarks import synthetic
from benchmarks.findings import Finding, Found, Point
from benchmarks.measure import cpu
from benchmarks.rows.checking import passes
from benchmarks.rows.row import Bench, Row

SIZES: Final = (1000, 10_000, 20_000)
QUICK_SIZES: Final = (1000, 10_000)
MORE_SIZES: Final = (1000, 2000, 5000, 10_000, 20_000)
LIMIT: Final = 1.3


@dataclass(frozen=True, slots=True)
class _Stage:
    title: str
    of: Callable[[Target, Graph], Callable[[], object]]


CHECK: Final = _Stage("text → checked graph", lambda target, _: lambda: check(target))
PASSES: Final = _Stage("the passes", lambda _, graph: passes(graph))
WRITERS: Final = (
    _Stage("source", lambda _, graph: lambda: emit(graph)),
    _Stage("summary as JSON", lambda _, graph: lambda: to_json(summarise(graph))),
    _Stage("DOT text, full view", lambda _, graph: lambda: dot(graph, "full")),
)


def _inputs(family: str, sizes: tuple[int, ...]) -> Mapping[int, tuple[Target, Graph]]:
    made = {}
    for ops in sizes:
        target = Target(f"{family}.yaml", synthetic.spec(family, ops).encode())
        graph = check(target).graph
        if graph is None:
            raise RuntimeError(f"the synthetic spec `{family}` of {ops} ops has errors")
        made[ops] = (target, graph)
    return made


def _linear(bench: Bench) -> Iterator[Found]:
    sizes = QUICK_SIZES if bench.quick else SIZES
    for family in synthetic.FAMILIES:
        inputs = _inputs(family, sizes)
        for stage in (CHECK, PASSES):
            subjects = {str(ops): cpu(stage.of(*each)) for ops, each in inputs.items()}
            samples = bench.samples(**subjects)
            for ops in sizes[1:]:
                yield Finding(
                    "linear",
                    f"{stage.title}, {family}: time per op at {ops:,} ops",
                    f"at {sizes[0]:,}",
                    tuple(sample / ops for sample in samples[str(ops)]),
                    tuple(sample / sizes[0] for sample in samples[str(sizes[0])]),
                    LIMIT,
                )


def _growth(bench: Bench) -> Iterator[Found]:
    """Few samples of many points: a picture, and no verdict."""
    rounds = 1 if bench.quick else 2
    for family in synthetic.FAMILIES:
        for ops, each in _inputs(family, QUICK_SIZES if bench.quick else MORE_SIZES).items():
            for stage in (CHECK, PASSES, *WRITERS):
                subject = cpu(stage.of(*each))
                yield Point(family, stage.title, ops, tuple(subject() for _ in range(rounds)))


ROWS = (
    Row("linear", "checking and the passes take the same time per op at 20,000 ops as at 1,000", _linear),
    Row("growth", "what every stage costs at every size", _growth),
)
