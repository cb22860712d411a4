"""`bare: true`: learned factors that are a parameter of the module around, under the node's own name."""

from __future__ import annotations

import torch

import archspec

SPEC = """
archspec: 1
input: [4, 8, 8]
blocks:
  block:
    residual:
      conv: {conv: $in_channels, kernel: 1}
      layer_scale: {scale: 0.5, bare: true}
body:
  stage: {use: block, repeat: 2}
"""


def test_the_key_is_the_name_of_the_node() -> None:
    """PyTorch lists a module's own parameters before those of its children."""
    model = archspec.build(SPEC)
    keys = ["layer_scale", "conv.weight", "conv.bias"]
    assert list(model.state_dict()) == [f"stage.{copy}.{key}" for copy in (0, 1) for key in keys]
    assert model.get_parameter("stage.0.layer_scale").shape == (4, 1, 1)
    assert archspec.compile(SPEC).params == 2 * (4 + 16 + 4)


def test_multiplies_each_channel() -> None:
    model = archspec.build(SPEC).double()
    x = torch.randn(2, 4, 8, 8, dtype=torch.float64)
    block = model.get_submodule("stage.0")
    with torch.no_grad():
        block.get_parameter("layer_scale").copy_(torch.arange(4).reshape(4, 1, 1))
        expected = x + torch.arange(4).reshape(4, 1, 1) * block.get_submodule("conv")(x)
        torch.testing.assert_close(block(x), expected)


def test_in_the_emitted_file() -> None:
    source = archspec.compile(SPEC).source()
    assert "self.layer_scale = channel_factors(4, value=0.5)" in source
    assert "self.layer_scale * " in source
    assert "class Scale(" not in source


def test_a_parameter_needs_a_name() -> None:
    (found,) = archspec.validate("archspec: 1\ninput: [4, 8, 8]\nbody: [{scale: 0.5, bare: true}]\n")
    assert (found.code, found.message) == ("E0209", "`0` cannot name a parameter")
