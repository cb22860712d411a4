"""How costs grow with the network: nothing may be quadratic."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from archspec.backends.dot import dot
from archspec.backends.summary import summarise
from archspec.backends.summary.machine import to_json
from archspec.backends.torch.inference.source import emitted_inference
from archspec.backends.torch.source import emit
from archspec.compiler import check
from archspec.ir import Graph
from archspec.passes.memory import measure_memory
from archspec.passes.receptive_field import measure_receptive_fields
from archspec.targets import Target
from benchmarks import peers, synthetic
from benchmarks.findings import Absent, Finding, Found, Point
from benchmarks.measure import cpu
from benchmarks.rows.checking import passes
from benchmarks.rows.row import Bench, Row

SIZES: Final = (1000, 10_000, 20_000)
QUICK_SIZES: Final = (1000, 10_000)
MORE_SIZES: Final = (1000, 2000, 5000, 10_000, 20_000)
LIMIT: Final = 1.3

LONG: Final = 1.0
"""Seconds from which one sample is enough for a point."""

MEASURED: Final = 10_000
"""The ops of a network whose memory is measured."""

MEGABYTE: Final = 10**6


@dataclass(frozen=True, slots=True)
class _Stage:
    title: str
    of: Callable[[Target, Graph], Callable[[], object]]


def _further_passes(graph: Graph) -> Callable[[], object]:
    def run() -> None:
        measure_memory(graph)
        measure_receptive_fields(graph)

    return run


CHECK: Final = _Stage("text → checked graph", lambda target, _: lambda: check(target))
PASSES: Final = _Stage("the passes", lambda _, graph: passes(graph))
SOURCE: Final = _Stage("source", lambda _, graph: lambda: emit(graph))
FURTHER: Final = (
    _Stage("memory and receptive fields", lambda _, graph: _further_passes(graph)),
    SOURCE,
    _Stage("summary as JSON", lambda _, graph: lambda: to_json(summarise(graph))),
    _Stage("DOT text, full view", lambda _, graph: lambda: dot(graph, "full")),
)


def _inference_source(graph: Graph) -> str:
    """The inference file, folding included: emission keeps the last one."""
    emitted_inference.cache_clear()
    return emitted_inference(graph).text


def _conversion(graph: Graph) -> Callable[[], object]:
    """The model of the inference file, with what its `convert` makes of the weights of the trained network."""
    from archspec.backends.torch.inference.module import converted
    from archspec.backends.torch.module import build

    emitted_inference(graph)
    return partial(converted, graph, build(graph).state_dict())


INFERENCE: Final = _Stage("inference source", lambda _, graph: partial(_inference_source, graph))
CONVERT: Final = _Stage("inference model, weights converted", lambda _, graph: _conversion(graph))


def checked(family: str, ops: int) -> tuple[Target, Graph]:
    target = Target(f"{family}.yaml", synthetic.spec(family, ops).encode())
    graph = check(target).graph
    if graph is None:
        raise RuntimeError(f"the synthetic spec `{family}` of {ops} ops has errors")
    return target, graph


def _linear(bench: Bench) -> Iterator[Found]:
    sizes = QUICK_SIZES if bench.quick else SIZES
    for family in synthetic.FAMILIES:
        inputs = {ops: checked(family, ops) for ops in sizes}
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


def _memory(bench: Bench) -> Iterator[Found]:
    """What Python allocates for the passes beside the graph, at its peak: a number that repeats, so one sample."""
    for family in synthetic.FAMILIES:
        _, graph = checked(family, MEASURED)
        for title, run in ((PASSES.title, passes(graph)), (FURTHER[0].title, _further_passes(graph))):
            run()
            tracemalloc.start()
            run()
            _now, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            subject = f"{title}, {MEASURED:,} ops, {family}"
            yield Finding("memory-passes", subject, "what they allocate", (peak / MEGABYTE,), unit="MB")


def _growth(bench: Bench) -> Iterator[Found]:
    """Few samples of many points: a picture, and no verdict."""
    folded: tuple[_Stage, ...] = (INFERENCE, CONVERT)
    if why := peers.missing("torch"):
        yield Absent("growth", CONVERT.title, why)
        folded = (INFERENCE,)
    families = dict.fromkeys(synthetic.FAMILIES, (CHECK, PASSES, *FURTHER, *folded))
    families[synthetic.NORMED] = (CHECK, PASSES, SOURCE, *folded)
    for family, stages in families.items():
        for ops in QUICK_SIZES if bench.quick else MORE_SIZES:
            target, graph = checked(family, ops)
            for stage in stages:
                yield point(family, stage.title, ops, stage.of(target, graph))


def point(family: str, stage: str, ops: int, work: Callable[[], object]) -> Point:
    """Two samples, or one of what takes long."""
    subject = cpu(work)
    samples = [subject()]
    if samples[0] < LONG:  # the first one warms up
        samples = [subject(), subject()]
    return Point(family, stage, ops, tuple(samples))


ROWS = (
    Row("linear", "checking and the passes take the same time per op at 20,000 ops as at 1,000", _linear),
    Row("memory-passes", "what the passes need beside the graph", _memory),
    Row("growth", "what every stage costs at every size", _growth),
)
