"""What the EfficientNets, MobileNets and MNASNets are beyond their weights: batch norms, stochastic depth, scaling."""

from __future__ import annotations

from functools import cache

import pytest
import torch
from torch import nn

import archspec
from archspec.compiler import Network


@cache
def compiled(name: str) -> Network:
    return archspec.compile(name)


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
