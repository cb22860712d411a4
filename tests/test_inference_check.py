"""What `build --for inference --check` finds: of every shipped network that its inference build is the trained network,
and of a wrong build that it is not.
"""

from __future__ import annotations

import pytest
from torch import Tensor, nn

import archspec
from archspec.backends.torch.inference import trial
from archspec.backends.torch.inference.module import converted
from archspec.backends.torch.inference.trial import compare
from archspec.backends.torch.trial import tensors
from archspec.targets import shipped_networks

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = (
    "cnn_1d",
    "cnn_3d",
    "cnn_group_norm",
    "densenet121",
    "dpn68",
    "efficientnet_b0",
    "googlenet",
    "googlenet_2014",
    "inception_branch",
    "lenet5",
    "lenet_1998",
    "mnasnet0_5",
    "mobilenet_v1_025",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "preact_resnet164",
    "regnet_y_400mf",
    "repvgg_a0",
    "residual_regressor",
    "resnet18",
    "resnet18_cifar",
    "resnet20",
    "resnet_1d",
    "shufflenet_v2_x0_5",
    "squeezenet1_1",
    "two_3x3",
    "unet_small",
)
"""The smallest network of each shipped file in which it has at most 14 million parameters, and two more of `cnn`."""
LARGEST = ("convnext_large", "regnet_y_128gf")
"""What has more than 150 million parameters is too large for a test: smaller variants are of the same specs."""
SIDE = 96
"""Of the images that a test gives a network which takes them as well as its own."""
OWN_SIZE = ("alexnet_2012", "cnn", "siamese", "unet_2015")
"""How the names of networks begin that do not take such images."""


def assert_shipped_outputs(name: str) -> None:
    network = archspec.compile(name).graph
    small = [(channels, *(min(size, SIDE) for size in sizes)) for channels, *sizes in network.root.inputs]
    found = compare(network, () if name.startswith(OWN_SIZE) else small)
    assert found.agrees, found


@pytest.mark.parametrize("name", SMALL)
def test_the_outputs_of_shipped_networks(name: str) -> None:
    assert_shipped_outputs(name)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [each.name for each in shipped_networks() if each.name not in (*SMALL, *LARGEST)]
)
def test_the_outputs_of_all_other_shipped_networks(name: str) -> None:
    assert_shipped_outputs(name)


def test_no_file_is_forgotten() -> None:
    files = {shipped.file for shipped in shipped_networks()}
    run = {shipped.file for shipped in shipped_networks() if shipped.name not in LARGEST}
    assert run == files
    assert {shipped.name for shipped in shipped_networks()} >= {*SMALL, *LARGEST}


def test_the_check_of_a_thousand_layers() -> None:
    """Whose numbers must not grow without bound."""
    found = compare(archspec.compile("preact_resnet1001").graph, [(3, 8, 8)])
    assert found.agrees, found
    assert found.tolerance < 1e-4


def test_the_check_finds_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a thousandth, and of numbers that are none."""
    network = archspec.compile("mobilenet_v3_small").graph
    for wrong in (1.001, float("nan")):
        monkeypatch.setattr(trial, "converted", lambda *each, by=wrong: Times(converted(*each), by))
        assert not compare(network, [(3, 32, 32)]).agrees


class Times(nn.Module):
    """A network whose output is another."""

    def __init__(self, network: nn.Module, factor: float) -> None:
        super().__init__()
        self.network = network
        self.factor = factor

    def forward(self, *inputs: Tensor) -> list[Tensor]:
        return [output * self.factor for output in tensors(self.network(*inputs))]
