"""Every shipped network: it compiles without a word, and PyTorch agrees on its shapes and costs."""

from __future__ import annotations

import pytest
import torch
from families import FAMILIES, SEVERAL_ENDS
from torch.utils.flop_counter import FlopCounterMode

import archspec
from archspec.expand.library import Library
from archspec.ir import distinct_modules
from archspec.targets import Shipped, shipped_networks

NAMES = tuple(network.name for network in shipped_networks())

SIZES = (
    "convnext",
    "densenet",
    "efficientnet",
    "efficientnet_v2",
    "hrnet",
    "mnasnet",
    "mobilenet_v1",
    "regnet",
    "vgg",
)
"""Files whose variants differ in widths and depths alone: the first of each runs by default."""
FIRST = {network.file: network.name for network in reversed(shipped_networks())}
SLOW = {
    *("resnet1202", "preact_resnet1001"),
    *(one.name for one in shipped_networks() if one.file[:-5] in SIZES and one.name != FIRST[one.file]),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in NAMES]
)
def test_torch_agrees(name: str) -> None:
    """On the meta device: shapes and operations without numbers."""
    network = archspec.compile(name)
    assert network.diagnostics == ()
    with torch.device("meta"):
        model = network.module().eval()
        inputs = network.input.values() if isinstance(network.input, dict) else (network.input,)
        examples = [torch.empty(1, *shape) for shape in inputs]
    with FlopCounterMode(display=False) as counter:
        outputs = model(*examples)
    promised = network.output
    if isinstance(promised, dict):
        assert {name: tuple(out.shape[1:]) for name, out in outputs._asdict().items()} == promised
    else:
        assert tuple(outputs.shape[1:]) == promised
    assert counter.get_total_flops() == 2 * network.macs
    assert sum(parameter.numel() for parameter in model.parameters()) == network.params


def test_names_are_unique() -> None:
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("network", shipped_networks(), ids=lambda network: network.name)
def test_source_is_named(network: Shipped) -> None:
    """`about` says where a network comes from."""
    assert len(network.about) > 80


def test_every_family_has_a_small_member() -> None:
    files = {network.name: network.file for network in shipped_networks()}
    assert {files[member.name] for member in FAMILIES} == set(files.values()) - set(SEVERAL_ENDS)


def test_every_standard_block_is_used() -> None:
    used = set()
    for member in FAMILIES:
        root = member.compile().graph.root
        used.update(module.block.name for module in distinct_modules(root) if module.block is not None)
    assert set(Library.names()) - used == set()
