"""Skips in the networks that ship, and in the smallest there is."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import archspec


def test_three_and_f_of_three_give_eight() -> None:
    """F(x) + x with F(x) = x + 2."""
    spec = """
archspec: 1
input: [1]
body:
  unit: {residual: {f: {fc: 1}}}
"""
    model = archspec.build(spec)
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), (1.0, 2.0), strict=True):
            parameter.fill_(value)
        assert model(torch.tensor([[3.0]])).item() == 8.0


def test_the_names_of_a_pytorch_residual_block() -> None:
    block = archspec.build("resnet18_cifar").get_submodule("layer2.0")
    layers = {key.rsplit(".", 1)[0]: None for key in block.state_dict()}
    assert list(layers) == ["conv1", "bn1", "conv2", "bn2", "shortcut.0", "shortcut.1"]
    assert [type(block.get_submodule(layer)) for layer in layers] == [nn.Conv2d, nn.BatchNorm2d] * 3
    assert all(layer.bias is None for layer in block.modules() if isinstance(layer, nn.Conv2d))


def test_the_shortcut_is_empty_where_shapes_agree() -> None:
    unit = archspec.build("resnet18_cifar").get_submodule("layer1.0")
    assert not [key for key in unit.state_dict() if key.startswith("shortcut")]


def test_identity_and_convolution_blocks() -> None:
    model = archspec.build("resnet50_keras")
    changes = [name for name, _ in model.named_modules() if name.endswith("shortcut.0")]
    assert changes == [f"conv{stage}.block1.shortcut.0" for stage in (2, 3, 4, 5)]


def test_option_a_has_no_parameters() -> None:
    """The third way: every second position, and zeros in the new channels."""
    model = archspec.build("resnet20").eval()
    unit = model.get_submodule("layer2.0")
    with torch.no_grad():
        for parameter in unit.parameters():
            parameter.zero_()  # the main path gives nothing, so that the skip alone comes out
        x = torch.rand(1, 16, 32, 32)
        out = unit(x)
    assert torch.equal(out[:, :16], x[:, :, ::2, ::2])
    assert not out[:, 16:].any()


@pytest.mark.parametrize("name", ["resnet34", "plain34"])
def test_halving_the_map_doubles_the_filters(name: str) -> None:
    network = archspec.compile(name)
    model = network.module()
    widths = [model.get_submodule(f"layer{stage}")[-1].conv2.out_channels for stage in (1, 2, 3, 4)]
    assert widths == [64, 128, 256, 512]


def test_without_its_shortcuts_resnet34_is_plain34() -> None:
    def layers(name: str) -> list[str]:
        return [key for key in archspec.build(name).state_dict() if ".downsample." not in key]

    assert layers("plain34") == layers("resnet34")


def test_preactivation_feeds_the_projection() -> None:
    """In the first block of a stage the shortcut reads what the first activation gives, not the block's input."""
    block = archspec.build("preact_resnet164", copies=1).get_submodule("layer2.0").double().eval()
    x = torch.randn(2, 64, 8, 8, dtype=torch.float64)
    first = torch.relu(block.bn1(x))
    main = block.conv3(torch.relu(block.bn3(block.conv2(torch.relu(block.bn2(block.conv1(first)))))))
    torch.testing.assert_close(block(x), main + block.projection(first), rtol=1e-12, atol=1e-12)
