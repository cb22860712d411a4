"""What RegNet, ConvNeXt, ShuffleNetV2 and Inception v3 say by formula, and do in training."""

from __future__ import annotations

from functools import cache
from math import floor, log2
from typing import Any

import pytest
import torch

import archspec
from archspec.compiler import Network


@cache
def compiled(name: str) -> Network:
    return archspec.compile(name)


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
