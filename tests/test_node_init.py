"""`init` on a node: one layer that starts otherwise than the others of its op."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import archspec

SPEC = """
archspec: 1
input: [3, 8, 8]
init: {conv: zeros}
blocks:
  pair:
    params: {channels: int}
    seq:
      a: {conv: $channels, kernel: 1}
      b: {conv: $channels, kernel: 1, init: ones}
  single: {params: {channels: int}, conv: $channels, kernel: 1, init: {constant: {val: 2}}}
body:
  stage: {pair: 4, repeat: 3}
  alone: {conv: 4, kernel: 1, init: {bias: ones}}
  once: {single: 4}
  final: {pair: 4}
head:
  - gap
  - {fc: 3, init: {constant: {val: 0.5}, bias: zeros}}
"""


def test_a_node_goes_before_its_op() -> None:
    model = archspec.build(SPEC)
    for path in ("stage.0", "stage.1", "stage.2", "final"):
        assert not model.get_parameter(f"{path}.a.weight").any()
        assert (model.get_parameter(f"{path}.b.weight") == 1).all()
    assert (model.get_parameter("once.weight") == 2).all()
    assert (model.get_parameter("head.1.weight") == 0.5).all()
    assert not model.get_parameter("head.1.bias").any()


def test_what_a_node_leaves_out_is_pytorchs_own() -> None:
    torch.manual_seed(0)
    model = archspec.build(SPEC)
    weight = model.get_parameter("alone.weight")
    assert weight.any()
    assert (model.get_parameter("alone.bias") == 1).all()
    torch.manual_seed(0)
    others = [nn.Conv2d(channels, 4, 1) for channels in (3, 4, 4, 4, 4, 4, 4)]
    assert torch.equal(weight, others[-1].weight)


def test_in_the_emitted_file() -> None:
    spec = """
archspec: 1
input: [3, 8, 8]
init: {conv: kaiming_normal, fc: zeros}
body:
  features: [{conv: 8, kernel: 3}, relu, {conv: 8, kernel: 3, init: {normal: {std: 0.01}}}]
  pool: gap
  fc: {fc: 10, init: {xavier_normal: {}, bias: zeros}}
"""
    source = archspec.compile(spec).source()
    loop = source[source.index("        for module in self.modules():") : source.index("    def forward")]
    assert loop.rstrip() == (
        "        for module in self.modules():\n"
        "            if isinstance(module, nn.Conv2d) and module is self.features[2]:\n"
        "                nn.init.normal_(module.weight, std=0.01)\n"
        "            elif isinstance(module, nn.Linear) and module is self.fc:\n"
        "                nn.init.xavier_normal_(module.weight)\n"
        "                nn.init.zeros_(module.bias)\n"
        "            elif isinstance(module, nn.Conv2d):\n"
        "                nn.init.kaiming_normal_(module.weight)"
    )


def test_several_layers_that_start_alike_are_listed_once() -> None:
    source = archspec.compile(SPEC).source()
    assert "ones_layers = (self.stage[0].b, self.stage[1].b, self.stage[2].b, self.final.b)" in source
    assert "if isinstance(module, nn.Conv2d) and module in ones_layers:" in source


@pytest.mark.parametrize(
    ("node", "code", "message"),
    [
        ("{use: relu, init: zeros}", "E0217", "this `relu` has no weight to start"),
        (
            "{conv: 3, kernel: 1, bias: false, init: {bias: zeros}}",
            "E0217",
            "this `conv` has no bias to start",
        ),
        ("{norm: batch, affine: false, init: ones}", "E0217", "this `norm` has no weight to start"),
        ("{pair: 3, init: zeros}", "E0217", "`init` is for one layer, and `pair` is several"),
        ("{seq: [relu], init: zeros}", "E0217", "`init` is for one layer, and `seq` is several"),
        ("{conv: 3, kernel: 1, init: {ones: {}, zeros: {}}}", "E0218", "`conv` is given two initialisations"),
        ("{conv: 3, kernel: 1, init: kaiming}", "E0218", "unknown initialisation `kaiming`"),
    ],
)
def test_mistakes(node: str, code: str, message: str) -> None:
    found = archspec.validate(SPEC.replace("{pair: 4, repeat: 3}", node))
    assert [(diagnostic.code, diagnostic.message) for diagnostic in found] == [(code, message)]


def test_every_copy_of_a_repeat_starts_as_its_node_says() -> None:
    spec = "archspec: 1\ninput: [8, 8, 8]\nbody: {c: {conv: 8, kernel: 1, init: zeros, repeat: 2}}\n"
    model = archspec.build(spec)
    assert not any(model.get_parameter(f"c.{copy}.weight").any() for copy in (0, 1))
