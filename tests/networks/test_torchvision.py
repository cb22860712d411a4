"""The shipped networks that torchvision has too, against what torchvision's own models gave.

`data/torchvision/` was measured with torch 2.14.1 and torchvision 0.29.1: for each network its native input, parameters
and multiply-accumulates, the keys and shapes of its `state_dict` in order, the first sixteen logits and the norm of all
for reproducible weights (`reproducible.py`) and a reproducible input, and a digest of the weights it
has after `torch.manual_seed(0)`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from reproducible import set_reproducible_weights
from torch import nn

import archspec
from archspec.compiler import Network

DATA = Path(__file__).parent / "data" / "torchvision"
NAMES = sorted(path.stem for path in DATA.glob("*.json"))

SLOW = {"mobilenet_v2", "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d", "wide_resnet101_2"}
"""Grouped convolutions in float64 take PyTorch several seconds."""


@dataclass(frozen=True)
class Case:
    """A network of ours, built after `torch.manual_seed(0)`, and what torchvision's gave."""

    name: str
    network: Network
    model: nn.Module
    reference: dict[str, Any]


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in NAMES],
)
def case(request: pytest.FixtureRequest) -> Case:
    name: str = request.param
    network = archspec.compile(name)
    torch.manual_seed(0)
    reference = json.loads((DATA / f"{name}.json").read_text("utf-8"))
    return Case(name, network, network.module(), reference)


def test_state_dict(case: Case) -> None:
    ours = [[key, list(entry.shape)] for key, entry in case.model.state_dict().items()]
    assert ours == case.reference["state_dict"]


def test_input_and_costs(case: Case) -> None:
    assert list(case.network.input) == case.reference["input"]
    assert case.network.params == case.reference["params"]
    assert case.network.macs == case.reference["macs"]
    assert sum(parameter.numel() for parameter in case.model.parameters()) == case.reference["params"]


def test_initial_weights(case: Case) -> None:
    digest = hashlib.sha256()
    for key, entry in case.model.state_dict().items():
        digest.update(key.encode())
        digest.update(entry.numpy().tobytes())
    assert digest.hexdigest() == case.reference["seed0_init_sha256"]


def test_logits(case: Case) -> None:
    with torch.device("meta"):
        model = case.network.module()
    set_reproducible_weights(model.to_empty(device="cpu"))
    size = case.reference["probe_size"]
    generator = torch.Generator().manual_seed(2015)
    image = torch.randn((1, 3, size, size), dtype=torch.float64, generator=generator)
    with torch.no_grad():
        logits = model(image)[0]
    expected = torch.tensor(case.reference["logits_first_16"], dtype=torch.float64)
    torch.testing.assert_close(logits[:16], expected, rtol=1e-9, atol=1e-12)
    assert logits.norm().item() == pytest.approx(case.reference["logits_norm"], rel=1e-9)
