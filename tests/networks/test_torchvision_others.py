"""RegNet, ConvNeXt, ShuffleNetV2 and Inception v3, against what torchvision's own models gave.

`data/torchvision_others/` was measured with torch 2.14.1 and torchvision 0.29.1. It holds what `data/torchvision/`
does (see `test_torchvision.py`), with the `state_dict` in short: one line for each layer, `norm` standing for the five
entries of a batch norm, or for a parameter that is in no layer.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from math import floor, log2
from pathlib import Path
from typing import Any

import pytest
import torch
from reproducible import set_reproducible_weights
from torch import nn

import archspec
from archspec.compiler import Network

DATA = Path(__file__).parent / "data" / "torchvision_others"
NAMES = sorted(path.stem for path in DATA.glob("*.json"))

QUICK = {
    "convnext_tiny",
    "inception_v3",
    "regnet_x_400mf",
    "regnet_y_400mf",
    "shufflenet_v2_x0_5",
    "shufflenet_v2_x1_0",
}
"""Grouped convolutions in float64 take PyTorch many seconds in the others; the largest needs 8 GB."""

SMALL = QUICK | {"shufflenet_v2_x1_5", "shufflenet_v2_x2_0", "regnet_x_800mf", "regnet_y_800mf"}


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
    assert len(NAMES) == 24


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


# ---------------------------------------------------------------- what the specs say by formula


@pytest.mark.parametrize(
    ("name", "depths", "widths"),
    # Radosavovic et al. (2020), appendix: what the linear widths come to when they are rounded
    [
        ("regnet_x_400mf", [1, 2, 7, 12], [32, 64, 160, 400]),
        ("regnet_x_3_2gf", [2, 6, 15, 2], [96, 192, 432, 1008]),
        ("regnet_y_32gf", [2, 5, 12, 1], [232, 696, 1392, 3712]),
    ],
)
def test_stages_of_a_regnet(name: str, depths: list[int], widths: list[int]) -> None:
    stages = widths_by_stage(compiled(name))
    assert [len(stage) for stage in stages] == depths
    assert [set(stage) for stage in stages] == [{width} for width in widths]


def test_any_line_gives_a_regnet() -> None:
    """Parameters that no published network has: widths on the line 48 + 30 j, at ratios of 2."""
    network = archspec.compile("regnet_x_400mf", depth=13, w_0=48, w_a=30.0, w_m=2.0, group_width=16)
    widths = [48 * 2 ** round_half_up(log2(1 + 30 * block / 48)) for block in range(13)]
    assert [width for stage in widths_by_stage(network) for width in stage] == widths


def widths_by_stage(regnet: Network) -> list[list[Any]]:
    """The channels that each block gives."""
    with torch.device("meta"):
        trunk = regnet.module().get_submodule("trunk_output")
    return [
        [block.get_submodule("f.c.0").out_channels for block in stage.children()]
        for stage in trunk.children()
    ]


def round_half_up(value: float) -> int:
    return floor(value + 0.5)


def test_stochastic_depth_of_a_convnext() -> None:
    """It grows from 0 at the first block to the whole at the last."""
    with torch.device("meta"):
        model = compiled("convnext_tiny").module()
    found = [module.p for path, module in model.named_modules() if path.endswith("stochastic_depth")]
    assert found == pytest.approx([0.1 * block / 17 for block in range(18)])


def test_the_shuffle_mixes_the_halves() -> None:
    """After a unit every second channel comes from the half that passed as it was."""
    unit = archspec.build("shufflenet_v2_x0_5").eval().get_submodule("stage2.1")
    x = torch.randn(1, 48, 28, 28)
    with torch.no_grad():
        assert torch.equal(unit(x)[:, 0::2], x[:, :24])


def test_the_auxiliary_head_of_inception() -> None:
    """It reads the last map of 17 × 17, in training alone, and weighs 0.4."""
    network = archspec.compile("inception_v3", classes=10)
    (aux,) = network.graph.aux
    assert (aux.name, aux.weight) == ("AuxLogits", 0.4)
    model = network.module()
    images = torch.randn(2, 3, 96, 96)
    assert model.eval()(images).shape == (2, 10)
