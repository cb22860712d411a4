"""The standard blocks with every norm, other activations, and one, two or three spatial axes."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import archspec
from archspec.compiler import Network
from archspec.diagnostics import Sink
from archspec.expand.library import Library

CALLS = {
    "bottleneck": "{bottleneck: 4, stride: 2, groups: 2, width: 6, norm: NORM, activation: ACTIVATION}",
    "conv_norm_act": "{conv_norm_act: 8, kernel: 5, stride: 2, norm: NORM, activation: ACTIVATION}",
    "convolution_block": "{convolution_block: 4, expansion: 2, norm: NORM, activation: ACTIVATION}",
    "dense_layer": "{dense_layer: 4, dropout: 0.1, norm: NORM, activation: ACTIVATION}",
    "fire": "{fire: 4, expand1x1: 6, activation: ACTIVATION}",
    "identity_block": "{identity_block: 2, kernel: 5, norm: NORM, activation: ACTIVATION}",
    "inception": "{inception: 2, ch3x3_reduce: 2, ch3x3: 4, ch5x5_reduce: 2, ch5x5: 4, pool_proj: 2,"
    " norm: NORM, activation: ACTIVATION}",
    "inception_naive": "{inception_naive: 2, ch3x3: 4, ch5x5: 2, norm: NORM, activation: ACTIVATION}",
    "inverted_residual": "{inverted_residual: 8, expansion: 2, norm: NORM, activation: ACTIVATION}",
    "preact_block": "{preact_block: 4, stride: 2, norm: NORM, activation: ACTIVATION}",
    "residual_block": "{residual_block: 6, stride: 2, norm: NORM, activation: ACTIVATION}",
    "separable_conv": "{separable_conv: 6, stride: 2, norm: NORM, activation: ACTIVATION}",
    "squeeze_excite": "{squeeze_excite: 2, activation: ACTIVATION, gate: hardsigmoid}",
}

GROUP_NORM = "{conv_norm_act: 8, norm: group, norm_groups: 4}"


def model_of(call: str, axes: int, norm: str, activation: str) -> tuple[Network, nn.Module]:
    """The block on a small input of that many spatial axes."""
    call = call.replace("NORM", norm).replace("ACTIVATION", activation)
    spec = f"archspec: 1\nname: Block\ninput: {[8, *[8] * axes]}\nbody:\n  block: {call}\n"
    network = archspec.compile(spec)
    return network, network.module()


def test_every_standard_block_is_here() -> None:
    assert set(CALLS) == set(Library.names())


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize(("norm", "activation"), [("layer", "swish"), ("instance", "gelu"), ("none", "tanh")])
@pytest.mark.parametrize("block", CALLS)
def test_runs(block: str, norm: str, activation: str, axes: int) -> None:
    network, model = model_of(CALLS[block], axes, norm, activation)
    output = model(torch.randn(2, *network.input))
    assert tuple(output.shape[1:]) == network.output
    output.sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


@pytest.mark.parametrize("block", [block for block in CALLS if "NORM" in CALLS[block]])
def test_none_leaves_out_every_norm(block: str) -> None:
    _, plain = model_of(CALLS[block], 2, "none", "relu")
    assert not any("Norm" in type(layer).__name__ and not list(layer.children()) for layer in plain.modules())
    assert all(layer.bias is not None for layer in plain.modules() if isinstance(layer, nn.Conv2d))
    _, normed = model_of(CALLS[block], 2, "batch", "relu")
    assert any(isinstance(layer, nn.BatchNorm2d) for layer in normed.modules())


def test_group_norm() -> None:
    network = archspec.compile(f"archspec: 1\ninput: [3, 8, 8]\nbody: [{GROUP_NORM}]\n")
    (norm,) = (layer for layer in network.module().modules() if isinstance(layer, nn.GroupNorm))
    assert (norm.num_groups, norm.num_channels) == (4, 8)


@pytest.mark.parametrize("name", Library.names())
def test_says_what_it_is(name: str) -> None:
    sink = Sink()
    definition = Library().find(name, sink)
    assert definition is not None
    assert sink.diagnostics == []
    assert len(definition.about) > 40
