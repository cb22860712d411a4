"""The networks as a good engineer writes them by hand: plain PyTorch, written from the papers.

Each has the parameter names of the shipped spec that it is compared with, and draws the same random numbers in the same
order; `tests/test_benchmarks.py` compares weights and outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from torch import nn

from benchmarks.networks.googlenet import GoogLeNet
from benchmarks.networks.lenet import LeNet5
from benchmarks.networks.mobilenet_v2 import MobileNetV2
from benchmarks.networks.repvgg import RepVGG, repvgg_a0
from benchmarks.networks.resnet import ResNet, resnet18, resnet50, resnet152

__all__ = ["TWINS", "GoogLeNet", "LeNet5", "MobileNetV2", "RepVGG", "ResNet", "Twin", "resnet152"]


@dataclass(frozen=True, slots=True)
class Twin:
    """A network by hand, and the shape of its example."""

    title: str
    make: Callable[[], nn.Module]
    input: tuple[int, int, int]


TWINS: Final = {
    "lenet5": Twin("LeNet-5", LeNet5, (1, 32, 32)),
    "resnet18": Twin("ResNet-18", resnet18, (3, 224, 224)),
    "resnet50": Twin("ResNet-50", resnet50, (3, 224, 224)),
    "resnet152": Twin("ResNet-152", resnet152, (3, 224, 224)),
    "googlenet": Twin("GoogLeNet", GoogLeNet, (3, 224, 224)),
    "mobilenet_v2": Twin("MobileNet V2", MobileNetV2, (3, 224, 224)),
    "repvgg_a0": Twin("RepVGG-A0", repvgg_a0, (3, 224, 224)),
}
"""By the name of the shipped spec."""
