"""The largest networks: nothing that is done with one of 20,000 ops, or nested as deep as can be, meets the recursion
limit.
"""

from __future__ import annotations

import ast
import copy
import pickle

import pytest
import torch
from _pytest.mark import ParameterSet
from torch.testing import assert_close

from archspec.backends.dot import render
from archspec.backends.summary import summarise
from archspec.backends.torch.source import emitted
from archspec.compiler import compile
from benchmarks.synthetic import spec

HEAD = "archspec: 1\nname: Large\ninput: [4, 6, 6]\ndefaults: {conv: {kernel: 1, bias: false}}\nbody:\n"


def chain(ops: int) -> str:
    lines = (f"  c{i}: {{conv: {2 + i % 3}}}" if i % 2 == 0 else f"  r{i}: relu" for i in range(ops))
    return HEAD + "\n".join(lines) + "\n"


def different(ops: int) -> str:
    """Copies in a sequence, no two alike."""
    return HEAD + f'  layers: {{conv: "$(2 + i % 3)", groups: 1, repeat: {ops}}}\n'


def nested(ops: int) -> str:
    """As many modules inside modules as there may be, with as many ops in all."""
    each = "{conv: 3}, " * (ops // 31)
    return HEAD + "  all: " + f"[{each}" * 31 + "relu" + "]" * 31 + "\n"


def large(ops: int) -> list[ParameterSet]:
    specs = {"chain": chain(ops), "copies": different(ops), "nested": nested(ops - ops % 31)}
    specs |= {family: spec(family, ops) for family in ("wide", "skips")}
    return [pytest.param(text, id=name) for name, text in specs.items()]


@pytest.mark.slow
@pytest.mark.parametrize("text", large(20_000))
def test_what_needs_no_torch(text: str) -> None:
    graph = compile(text).graph
    source = emitted(graph)
    tree = ast.parse(source.text)
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    summary = summarise(graph)
    drawn = [render(graph, "dot", view) for view in ("overview", "blocks", "full")]
    # Nothing large stands in an assertion: a failure would show it.
    assert source.class_name in names
    assert summary.params > 0
    assert all(isinstance(text, bytes) and text.startswith(b"digraph") for text in drawn)


@pytest.mark.slow
@pytest.mark.parametrize("text", large(20_000))
def test_the_model(text: str) -> None:
    network = compile(text)
    model = network.module().eval()
    example = torch.rand(1, *network.graph.root.inputs[0])
    with torch.no_grad():
        result = model(example)
        for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
            assert_close(other(example), result, rtol=0, atol=0, equal_nan=True)  # so many sums overflow


@pytest.mark.slow
@pytest.mark.parametrize("text", large(1_000))
def test_the_model_is_exported(text: str) -> None:
    """A thousand ops: of twenty thousand, the export itself takes minutes."""
    network = compile(text)
    model = network.module().eval()
    example = torch.rand(1, *network.graph.root.inputs[0])
    exported = torch.export.export(model, (example,)).module()
    assert torch.allclose(exported(example), model(example))
