"""Auxiliary

Heads whose losses join the training loss.

Input:       N × 3 × 32 × 32
Output:      N × 10
Parameters:  24,734
MACs:        701,056

Compiled by archspec from spec.yaml.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

AUX_WEIGHTS: dict[str, float] = {"aux1": 0.3, "aux2": 0.3}


class Classifier(nn.Module):
    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(in_channels, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.flatten(self.pool(x), 1)
        x = self.fc(x)  # 10
        return x


class AuxiliaryOutput(NamedTuple):
    output: Tensor
    aux1: Tensor
    aux2: Tensor


class Auxiliary(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, stride=2, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, stride=2, padding=1)
        self.conv3 = nn.Conv2d(32, 64, 3, stride=2, padding=1)
        self.aux1 = Classifier(16)
        self.aux2 = nn.Sequential(
            nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
            nn.Linear(32, 10),
        )
        self.classifier = Classifier(64)

    def forward(self, x: Tensor) -> Tensor | AuxiliaryOutput:
        conv1 = self.conv1(x)  # 16 × 16 × 16
        conv2 = self.conv2(conv1)  # 32 × 8 × 8
        x = self.conv3(conv2)  # 64 × 4 × 4
        x = self.classifier(x)  # 10
        if self.training:
            return AuxiliaryOutput(x, self.aux1(conv1), self.aux2(conv2))
        return x
