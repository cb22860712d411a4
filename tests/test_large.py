"""The largest networks: nothing that is done with one of 20,000 ops, or nested as deep as can be, meets the recursion
limit.
"""

from __future__ import annotations

import ast
import copy
import pickle

import pytest
import torch

from archspec.backends.dot import render
from archspec.backends.summary import summarise
from archspec.backends.torch.source import emit
from archspec.compiler import compile

HEAD = "archspec: 1\nname: Large\ninput: [4, 6, 6]\ndefaults: {conv: {kernel: 1, bias: false}}\nbody:\n"


def chain(ops: int) -> str:
    lines = (f"  c{i}: {{conv: {2 + i % 3}}}" if i % 2 == 0 else f"  r{i}: relu" for i in range(ops))
    return HEAD + "\n".join(lines) + "\n"


def different(ops: int) -> str:
    """Copies in a sequence, no two alike."""
    return HEAD + f'  layers: {{conv: "$(2 + i % 3)", groups: 1, repeat: {ops}}}\n'


def nested() -> str:
    """As many modules inside modules as there may be."""
    return HEAD + "  all: " + "[{conv: 3}, " * 31 + "relu" + "]" * 31 + "\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "spec", [chain(20_000), different(20_000), nested()], ids=["chain", "copies", "nested"]
)
def test_what_needs_no_torch(spec: str) -> None:
    graph = compile(spec).graph
    tree = ast.parse(emit(graph))
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    summary = summarise(graph)
    drawn = [render(graph, "dot", view) for view in ("overview", "blocks", "full")]
    # Nothing large stands in an assertion: a failure would show it.
    assert "Large" in names
    assert summary.params > 0
    assert all(isinstance(text, bytes) and text.startswith(b"digraph") for text in drawn)


@pytest.mark.slow
@pytest.mark.parametrize(
    "spec", [chain(20_000), different(20_000), nested()], ids=["chain", "copies", "nested"]
)
def test_the_model(spec: str) -> None:
    model = compile(spec).module().eval()
    example = torch.rand(1, 4, 6, 6)
    with torch.no_grad():
        result = model(example)
        for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
            assert torch.equal(other(example), result)


@pytest.mark.slow
@pytest.mark.parametrize(
    "spec", [chain(1_000), different(1_000), nested()], ids=["chain", "copies", "nested"]
)
def test_the_model_is_exported(spec: str) -> None:
    """A thousand ops: of twenty thousand, the export itself takes minutes."""
    model = compile(spec).module().eval()
    example = torch.rand(1, 4, 6, 6)
    exported = torch.export.export(model, (example,)).module()
    assert torch.allclose(exported(example), model(example))
