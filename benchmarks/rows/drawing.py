"""Pictures."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.backends.dot import dot
from benchmarks import peers
from benchmarks.findings import Absent, Finding, Found
from benchmarks.measure import cpu
from benchmarks.processes import archspec, cpu_of, engine
from benchmarks.rows.checking import graph_of_resnet152
from benchmarks.rows.row import Bench, Row, compare


def _draw(bench: Bench) -> Iterator[Found]:
    """The other is a sum: a cold `validate`, and the layout engine on the DOT text that `draw` gives it."""
    graph = graph_of_resnet152()
    layout = engine()
    for view in ("overview", "blocks"):
        subject = f"archspec draw resnet152 --view {view}, SVG"
        if layout is None:
            yield Absent("draw", subject, "no layout engine installed")
            continue
        text, picture, laid_out = (
            bench.folder / f"{view}.{suffix}" for suffix in ("dot", "svg", "engine.svg")
        )
        text.write_text(dot(graph, view), "utf-8")
        samples = bench.samples(
            draw=cpu_of(archspec("draw", "resnet152", "--view", view, "-o", str(picture), "--force")),
            validate=cpu_of(archspec("validate", "resnet152")),
            layout=cpu_of([layout, "-Tsvg", f"-o{laid_out}", str(text)]),
        )
        sums = tuple(
            validate + layout for validate, layout in zip(samples["validate"], samples["layout"], strict=True)
        )
        yield Finding("draw", subject, "validate + the layout engine", samples["draw"], sums, 1.15)


def _dot(bench: Bench) -> Iterator[Found]:
    graph = graph_of_resnet152()
    subject = "DOT text of ResNet-152, full view"
    if why := peers.missing("torch", "torchview"):
        yield Absent("dot", subject, why)
        return
    other = ("torchview's graph of a built model", cpu(peers.torchview_graph(peers.resnet152())))
    yield compare(bench, "dot", (subject, cpu(lambda: dot(graph, "full"))), other, 1 / 50)


ROWS = (
    Row("draw", "a picture costs a check and its layout", _draw),
    Row("dot", "the text of a full picture is written at once", _dot),
)
