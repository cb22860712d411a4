"""The EfficientNets, MobileNetV3 and MNASNet, against what torchvision's own models gave.

`data/torchvision_mobile/` was measured with torch 2.14.1 and torchvision 0.29.1. It holds what `data/torchvision/`
does (see `test_torchvision.py`), with the `state_dict` in short: one line for each layer, `norm` standing for the five
entries of a batch norm.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from reproducible import set_reproducible_weights
from torch import nn

import archspec
from archspec.compiler import Network

DATA = Path(__file__).parent / "data" / "torchvision_mobile"
NAMES = sorted(path.stem for path in DATA.glob("*.json"))
QUICK = {"mnasnet0_5", "mobilenet_v3_small"}
"""Depthwise convolutions in float64 take PyTorch several seconds in the others, and up to a minute."""
SMALL = {name for name in NAMES if name.startswith(("mnasnet", "mobilenet"))} | {"efficientnet_b0"}


def entries(line: str) -> list[tuple[str, tuple[int, ...]]]:
    """The keys and shapes that a line of the data stands for: `features.0.1: norm 32`."""
    path, _, layer = line.partition(": ")
    kind, *sizes = layer.split()
    shape = tuple(int(size) for size in sizes)
    shapes = {"weight": shape}
    if kind != "weight":
        shapes["bias"] = shape[:1]
    if kind == "norm":
        shapes |= {"running_mean": shape, "running_var": shape, "num_batches_tracked": ()}
    return [(f"{path}.{name}", of) for name, of in shapes.items()]


@cache
def reference(name: str) -> dict[str, Any]:
    """What torchvision's network gave."""
    facts: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text("utf-8"))
    return facts


@cache
def compiled(name: str) -> Network:
    return archspec.compile(name)


def built(name: str) -> nn.Module:
    """The model after `torch.manual_seed(0)`."""
    torch.manual_seed(0)
    return compiled(name).module()


def slow_unless(quick: set[str]) -> list[Any]:
    return [name if name in quick else pytest.param(name, marks=pytest.mark.slow) for name in NAMES]


def test_every_network_is_here() -> None:
    assert len(NAMES) == 17


@pytest.mark.parametrize("name", NAMES)
def test_state_dict(name: str) -> None:
    with torch.device("meta"):
        model = compiled(name).module()
    expected = [entry for line in reference(name)["layers"] for entry in entries(line)]
    assert [(key, tuple(entry.shape)) for key, entry in model.state_dict().items()] == expected


@pytest.mark.parametrize("name", NAMES)
def test_input_and_costs(name: str) -> None:
    network, facts = compiled(name), reference(name)
    assert [list(network.graph.root.inputs[0]), network.params, network.macs] == [
        facts["input"],
        facts["params"],
        facts["macs"],
    ]


@pytest.mark.parametrize("name", slow_unless(SMALL))
def test_initial_weights(name: str) -> None:
    digest = hashlib.sha256()
    for key, entry in built(name).state_dict().items():
        digest.update(key.encode())
        digest.update(entry.numpy().tobytes())
    assert digest.hexdigest() == reference(name)["seed0_init_sha256"]


@pytest.mark.parametrize("name", slow_unless(QUICK))
def test_logits(name: str) -> None:
    facts = reference(name)
    model = set_reproducible_weights(built(name))
    size = facts["probe_size"]
    generator = torch.Generator().manual_seed(2015)
    image = torch.randn((1, 3, size, size), dtype=torch.float64, generator=generator)
    with torch.no_grad():
        logits = model(image)[0]
    torch.testing.assert_close(
        logits[:16], torch.tensor(facts["logits_first_16"], dtype=torch.float64), rtol=1e-9, atol=1e-12
    )
    assert logits.norm().item() == pytest.approx(facts["logits_norm"], rel=1e-9)


@pytest.mark.parametrize(
    ("name", "eps", "momentum"),
    [
        ("efficientnet_b4", 1e-5, 0.1),
        ("efficientnet_b5", 1e-3, 0.01),
        ("efficientnet_v2_s", 1e-3, 0.1),
        ("mobilenet_v3_small", 1e-3, 0.01),
        ("mnasnet1_0", 1e-5, 3e-4),
    ],
)
def test_batch_norm(name: str, eps: float, momentum: float) -> None:
    with torch.device("meta"):
        model = compiled(name).module()
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    assert {(norm.eps, norm.momentum) for norm in norms} == {(eps, momentum)}


@pytest.mark.parametrize(
    ("name", "blocks", "without_skip"),
    # Without a skip are the blocks that change the shape; the others lie between them.
    [
        ("efficientnet_b0", 16, [0, 1, 3, 5, 8, 11, 15]),
        ("efficientnet_b1", 23, [0, 2, 5, 8, 12, 16, 21]),
        ("efficientnet_v2_s", 40, [2, 6, 10, 16, 25]),
    ],
)
def test_stochastic_depth_grows_with_the_depth(name: str, blocks: int, without_skip: list[int]) -> None:
    """Block `k` of `n` loses its main path with probability `0.2 * k / n`, if it has a skip."""
    with torch.device("meta"):
        model = compiled(name).module()
    layers = [module for path, module in model.named_modules() if path.endswith("stochastic_depth")]
    found = [layer.p for layer in layers if not isinstance(layer, nn.Identity)]
    expected = [0.2 * block / blocks for block in range(blocks) if block not in without_skip]
    assert found == pytest.approx(expected)


def test_a_wider_and_deeper_efficientnet() -> None:
    """Compound scaling is arithmetic: the coefficients of B2 make B2 of B0."""
    scaled = archspec.compile("efficientnet_b0", width=1.1, depth=1.2, size=288)
    assert (scaled.params, scaled.macs) == (
        compiled("efficientnet_b2").params,
        compiled("efficientnet_b2").macs,
    )
