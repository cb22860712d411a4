"""Blocks

Blocks that call blocks, parameters with defaults that are expressions, a choice by
parameter.

Input:       N × 3 × 32 × 32
Output:      N × 10
Parameters:  20,118
MACs:        2,175,936

Compiled by archspec from spec.yaml.
"""

import torch
from torch import Tensor, nn


class ConvBnAct(nn.Module):
    """A convolution, batch norm, an activation."""

    def __init__(self, in_channels: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels, channels, 3, stride=stride, padding=1, bias=False
        )
        self.bn = nn.BatchNorm2d(channels)
        self.act = nn.SiLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.bn(self.conv(x)))
        return x


class Gate(nn.Module):
    """Squeeze and excitation."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.weights = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(in_channels, max(1, in_channels // 4), 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(max(1, in_channels // 4), in_channels, 1),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        weights: Tensor = self.weights(x)
        return x * weights


class Stage(nn.Module):
    def __init__(self, in_channels: int, channels: int, depth: int = 1) -> None:
        super().__init__()
        self.down = ConvBnAct(in_channels, channels, stride=2)
        self.units = nn.Sequential(
            *(ConvBnAct(channels, channels) for _ in range(depth))
        )
        self.gate = Gate(channels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.down(x)
        x = self.units(x)
        x = self.gate(x)
        return x


class Blocks(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stage1 = Stage(3, 16, depth=2)
        self.stage2 = Stage(16, 32)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stage1(x)  # 16 × 16 × 16
        x = self.stage2(x)  # 32 × 8 × 8
        x = torch.flatten(self.pool(x), 1)  # 32
        x = self.fc(x)  # 10
        return x
