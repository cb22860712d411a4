"""RepVGG as it is trained: Ding et al., "RepVGG: Making VGG-style ConvNets Great Again" (2021), table 2."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Sum(nn.Module):
    """A 3×3 and a 1×1 convolution and, where the shape stays, the input itself, each with a batch norm."""

    def __init__(self, in_channels: int, channels: int, stride: int) -> None:
        super().__init__()
        self.dense = nn.Sequential(
            nn.Conv2d(in_channels, channels, 3, stride, padding=1, bias=False), nn.BatchNorm2d(channels)
        )
        self.pointwise = nn.Sequential(
            nn.Conv2d(in_channels, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
        )
        self.identity = nn.BatchNorm2d(channels) if stride == 1 and in_channels == channels else None

    def forward(self, x: Tensor) -> Tensor:
        y = self.dense(x) + self.pointwise(x)
        return y if self.identity is None else y + self.identity(x)


class RepVGGBlock(nn.Module):
    def __init__(self, in_channels: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.sum = Sum(in_channels, channels, stride)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.sum(x))


def stage(in_channels: int, channels: int, depth: int) -> nn.Sequential:
    return nn.Sequential(
        RepVGGBlock(in_channels, channels, 2), *(RepVGGBlock(channels, channels) for _ in range(depth - 1))
    )


class RepVGG(nn.Module):
    """3 × H × W → classes."""

    def __init__(
        self, depths: tuple[int, int, int, int], widths: tuple[int, int, int, int], classes: int = 1000
    ) -> None:
        super().__init__()
        stem = min(64, widths[0])
        self.stage0 = RepVGGBlock(3, stem, 2)
        self.stage1 = stage(stem, widths[0], depths[0])
        self.stage2 = stage(widths[0], widths[1], depths[1])
        self.stage3 = stage(widths[1], widths[2], depths[2])
        self.stage4 = stage(widths[2], widths[3], depths[3])
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(widths[3], classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stage4(self.stage3(self.stage2(self.stage1(self.stage0(x)))))
        return self.linear(torch.flatten(self.gap(x), 1))


def repvgg_a0() -> RepVGG:
    return RepVGG((2, 4, 14, 1), (48, 96, 192, 1280))
