"""Whole networks against PyTorch: what validates runs, and every shape, key and count is PyTorch's own.

`ARCHSPEC_SPEC_EXAMPLES=3000` tries that many networks.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import torch
import yaml
from hypothesis import HealthCheck, given, note, settings
from strategies import specs

import archspec
from archspec.compiler import Network
from archspec.ir import walk
from archspec.ops.base import Shape

EXAMPLES = int(os.environ.get("ARCHSPEC_SPEC_EXAMPLES", "60"))


@given(specs())
@settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES == 60,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_what_validates_runs_as_promised(spec: dict[str, Any]) -> None:
    text = yaml.dump(spec, Dumper=_WithoutAnchors, sort_keys=False)
    note(text)
    network = archspec.compile(text)
    with torch.device("meta"):
        model = network.module()
        output = model(torch.empty(2, *spec["input"]))
    assert tuple(output.shape) == (2, *network.graph.root.shape(network.graph.root.outputs[0]))
    assert sum(parameter.numel() for parameter in model.parameters()) == network.params
    assert {key: tuple(value.shape) for key, value in model.state_dict().items()} == dict(listed(network))
    assert list(model.state_dict()) == [key for key, _ in listed(network)]


class _WithoutAnchors(yaml.SafeDumper):
    """Writes a node that occurs twice twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def listed(network: Network) -> Iterator[tuple[str, Shape]]:
    """The `state_dict` as archspec knows it: keys with shapes, in the order in which the network runs."""
    seen: set[str] = set()
    for visit in walk(network.graph.root):
        if isinstance(visit.step.target, archspec.ir.Module) or visit.path in seen:
            continue
        seen.add(visit.path)
        inputs = [visit.module.shape(value) for value in visit.step.inputs]
        for weight in visit.step.target.weights(*inputs):
            yield f"{visit.path}.{weight.name}", weight.shape
