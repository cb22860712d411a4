"""Checking in this process: reading, expansion, the passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from archspec.compiler import Checked, check
from archspec.diagnostics import Sink
from archspec.ir import Graph
from archspec.passes.cost import count_cost
from archspec.passes.verify import verify
from archspec.source import Source
from archspec.syntax import read_text
from archspec.targets import locate
from benchmarks import flat, peers, synthetic
from benchmarks.findings import Absent, Finding, Found
from benchmarks.measure import Subject, cpu
from benchmarks.rows.row import Bench, Row, compare

TEXT_TO_GRAPH = "text → checked graph with shapes and costs, ResNet-152"
PASSES = "shape and cost passes, ResNet-152"


def checking() -> Callable[[], Checked]:
    """The text is in memory."""
    target = locate("resnet152")
    return lambda: check(target)


def passes(graph: Graph) -> Callable[[], None]:
    """Every shape inferred anew and compared, every cost counted."""

    def run() -> None:
        verify(graph)
        count_cost(graph)

    return run


def graph_of_resnet152() -> Graph:
    graph = checking()().graph
    if graph is None:
        raise RuntimeError("the shipped ResNet-152 has errors")
    return graph


def _text_to_graph(bench: Bench) -> Iterator[Found]:
    subject = (TEXT_TO_GRAPH, cpu(checking()))
    if why := peers.missing("torch", "torchinfo"):
        yield Absent("text-to-graph", TEXT_TO_GRAPH, why)
        return
    other = ("torchinfo.summary of a built model", cpu(peers.torchinfo_summary(peers.resnet152())))
    yield compare(bench, "text-to-graph", subject, other, 1 / 40)


def _passes_onnx(bench: Bench) -> Iterator[Found]:
    if why := peers.missing("torch", "onnx"):
        yield Absent("passes-onnx", PASSES, why)
        return
    other = ("ONNX C++ shape_inference of the exported graph", cpu(peers.onnx_inference()))
    yield compare(bench, "passes-onnx", (PASSES, cpu(passes(graph_of_resnet152()))), other, 0.5)


def _passes_loop(bench: Bench) -> Iterator[Found]:
    calls = flat.resnet152()
    other = ("a bare Python loop over the same ops", cpu(lambda: flat.infer(calls, peers.EXAMPLE)))
    yield compare(bench, "passes-loop", (PASSES, cpu(passes(graph_of_resnet152()))), other, 5)


def _yaml(bench: Bench) -> Iterator[Found]:
    import yaml

    text = synthetic.long_spec(5000)

    def tree() -> None:
        if read_text(Source("long.yaml", text), Sink()) is None:
            raise RuntimeError("the synthetic spec is not read")

    subject = ("a spec of 5,000 lines, text → located tree", cpu(tree))
    other = ("yaml.load(text, CSafeLoader)", cpu(lambda: yaml.load(text, Loader=yaml.CSafeLoader)))
    yield compare(bench, "yaml", subject, other, 1.0)


def _on_resnet152(make: Callable[[peers.Built], Callable[[], object]]) -> Callable[[], object]:
    return make(peers.resnet152())


def _peers(bench: Bench) -> Iterator[Found]:
    """Everything that finds the shapes of ResNet-152, side by side."""
    subjects: dict[str, tuple[str, Subject]] = {}
    makers: dict[str, tuple[tuple[str, ...], str, Callable[[], Callable[[], object]]]] = {
        "torchinfo": (
            ("torch", "torchinfo"),
            "torchinfo.summary",
            partial(_on_resnet152, peers.torchinfo_summary),
        ),
        "torchview": (
            ("torch", "torchview"),
            "torchview.draw_graph",
            partial(_on_resnet152, peers.torchview_graph),
        ),
        "meta": (("torch",), "a forward on the meta device", partial(_on_resnet152, peers.meta_forward)),
        "nnef": (("nnef",), "NNEF: parser and infer_shapes", peers.nnef_inference),
        "onnx": (("torch", "onnx"), "ONNX C++ shape_inference", peers.onnx_inference),
    }
    for name, (modules, title, make) in makers.items():
        if why := peers.missing(*modules):
            yield Absent("peers", title, why)
        else:
            subjects[name] = (title, cpu(make()))
    calls = flat.resnet152()
    subjects["loop"] = ("a bare Python loop", cpu(lambda: flat.infer(calls, peers.EXAMPLE)))
    samples = bench.samples(
        archspec=cpu(checking()), **{name: subject for name, (_, subject) in subjects.items()}
    )
    for name, (title, _) in subjects.items():
        yield Finding("peers", TEXT_TO_GRAPH, title, samples["archspec"], samples[name])


ROWS = (
    Row("text-to-graph", "checking needs a fortieth of what a summary of the model needs", _text_to_graph),
    Row("passes-onnx", "the passes are faster than ONNX's in C++", _passes_onnx),
    Row("passes-loop", "the passes add little to their arithmetic", _passes_loop),
    Row("yaml", "reading with places costs no more than reading without", _yaml),
    Row("peers", "what else finds the shapes of ResNet-152", _peers),
)
