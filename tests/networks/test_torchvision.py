"""Every convolutional classifier of torchvision, against what torchvision's own models gave.

`data/torchvision/` was measured with torch 2.14.1 and torchvision 0.29.1: for each network its native input, parameters
and multiply-accumulates, the keys and shapes of its `state_dict` in order, the first sixteen logits and the norm of all
for reproducible weights (`reproducible.py`) and a reproducible input, and a digest of the weights it has after
`torch.manual_seed(0)`. The `state_dict` stands there entry by entry, or in short: one line for each layer, `norm` for
the five entries of a batch norm, `parameter` for one that is in no layer.
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

DATA = Path(__file__).parent / "data" / "torchvision"
NAMES = sorted(path.stem for path in DATA.glob("*.json"))

QUICK_MEMBERS = {
    "convnext": set(),
    "densenet": {"densenet121"},
    "efficientnet": set(),
    "mnasnet": set(),
    "mobilenet": {"mobilenet_v3_small"},
    "regnet": {"regnet_x_400mf", "regnet_y_400mf"},
    "resnet": {"resnet18", "resnet34", "resnet50"},
    "resnext": set(),
    "shufflenet": {"shufflenet_v2_x0_5", "shufflenet_v2_x1_0"},
    "vgg": {"vgg11", "vgg16_bn"},
    "wide": {"wide_resnet50_2"},
}
"""In float64 these take PyTorch many seconds: of their families only some of the smaller run by default."""

BIG = {
    *(f"convnext_{size}" for size in ("small", "base", "large")),
    *(f"efficientnet_b{number}" for number in range(1, 8)),
    *(f"efficientnet_v2_{size}" for size in "sml"),
    *(
        f"regnet_{kind}_{size}"
        for kind in "xy"
        for size in ("1_6gf", "3_2gf", "8gf", "16gf", "32gf", "128gf")
    ),
    *(f"vgg{layers}{norm}" for layers in (13, 16, 19) for norm in ("", "_bn")),
    *("resnext101_32x8d", "resnext101_64x4d", "wide_resnet101_2"),
}
"""To draw their initial weights takes long."""


def is_quick(name: str) -> bool:
    family = name.split("_")[0].rstrip("0123456789")
    return name in QUICK_MEMBERS.get(family, {name})


def slow_unless(quick: set[str]) -> list[Any]:
    return [name if name in quick else pytest.param(name, marks=pytest.mark.slow) for name in NAMES]


@cache
def reference(name: str) -> dict[str, Any]:
    """What torchvision's network gave."""
    facts: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text("utf-8"))
    return facts


def state_dict_of(facts: dict[str, Any]) -> list[tuple[str, tuple[int, ...]]]:
    """The keys and shapes that torchvision's network has."""
    if "state_dict" in facts:
        return [(key, tuple(shape)) for key, shape in facts["state_dict"]]
    return [entry for line in facts["layers"] for entry in entries(line)]


def entries(line: str) -> list[tuple[str, tuple[int, ...]]]:
    """The keys and shapes that a line of the data stands for: `stem.1: norm 32`."""
    path, _, layer = line.partition(": ")
    kind, *sizes = layer.split()
    shape = tuple(map(int, sizes))
    if kind == "parameter":
        return [(path, shape)]
    shapes = {"weight": shape}
    if kind != "weight":
        shapes["bias"] = shape[:1]
    if kind == "norm":
        shapes |= {"running_mean": shape, "running_var": shape, "num_batches_tracked": ()}
    return [(f"{path}.{name}", of) for name, of in shapes.items()]


@cache
def compiled(name: str) -> Network:
    return archspec.compile(name)


def empty(name: str) -> nn.Module:
    """The model without weights."""
    with torch.device("meta"):
        return compiled(name).module()


def test_every_network_is_here() -> None:
    assert len(NAMES) == 68


@pytest.mark.parametrize("name", NAMES)
def test_state_dict_input_and_costs(name: str) -> None:
    network, model, facts = compiled(name), empty(name), reference(name)
    ours = [(key, tuple(entry.shape)) for key, entry in model.state_dict().items()]
    assert ours == state_dict_of(facts)
    assert list(network.graph.root.inputs[0]) == facts["input"]
    assert (network.params, network.macs) == (facts["params"], facts["macs"])
    assert sum(parameter.numel() for parameter in model.parameters()) == facts["params"]


@pytest.mark.parametrize("name", slow_unless(set(NAMES) - BIG))
def test_initial_weights(name: str) -> None:
    torch.manual_seed(0)
    digest = hashlib.sha256()
    for key, entry in compiled(name).module().state_dict().items():
        digest.update(key.encode())
        digest.update(entry.numpy().tobytes())
    assert digest.hexdigest() == reference(name)["seed0_init_sha256"]


@pytest.mark.parametrize("name", slow_unless({name for name in NAMES if is_quick(name)}))
def test_logits(name: str) -> None:
    facts = reference(name)
    model = set_reproducible_weights(empty(name).to_empty(device="cpu"))
    size = facts["probe_size"]
    generator = torch.Generator().manual_seed(2015)
    image = torch.randn((1, 3, size, size), dtype=torch.float64, generator=generator)
    with torch.no_grad():
        logits = model(image)[0]
    expected = torch.tensor(facts["logits_first_16"], dtype=torch.float64)
    torch.testing.assert_close(logits[:16], expected, rtol=1e-9, atol=1e-12)
    assert logits.norm().item() == pytest.approx(facts["logits_norm"], rel=1e-9)
