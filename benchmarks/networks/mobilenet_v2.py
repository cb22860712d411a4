"""MobileNet V2: Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (2018), table 2."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn


def conv_bn_relu6(
    in_channels: int, channels: int, kernel: int, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, channels, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU6(inplace=True),
    )


class InvertedResidual(nn.Module):
    """Widen, convolve each channel by itself, narrow without an activation."""

    def __init__(self, in_channels: int, channels: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = in_channels * expansion
        widen = [] if expansion == 1 else [conv_bn_relu6(in_channels, wide, 1)]
        self.conv = nn.Sequential(
            *widen,
            conv_bn_relu6(wide, wide, 3, stride, groups=wide),
            nn.Conv2d(wide, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.has_skip = stride == 1 and in_channels == channels

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x) if self.has_skip else self.conv(x)


class MobileNetV2(nn.Module):
    """3 × H × W → classes."""

    ROWS = (
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    )
    """Expansion, channels, copies, stride of the first."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        each = [
            (expansion, channels, stride if copy == 0 else 1)
            for expansion, channels, copies, stride in self.ROWS
            for copy in range(copies)
        ]
        widths = [32, *(channels for _, channels, _ in each)]
        self.features = nn.Sequential(
            conv_bn_relu6(3, 32, 3, stride=2),
            *(
                InvertedResidual(before, channels, stride, expansion)
                for (before, _), (expansion, channels, stride) in zip(pairwise(widths), each, strict=True)
            ),
            conv_bn_relu6(320, 1280, 1),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, classes))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")
            elif isinstance(module, nn.BatchNorm2d):
                nn.init.ones_(module.weight)
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=0.01)
                nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        x = self.avgpool(self.features(x))
        return self.classifier(torch.flatten(x, 1))
