"""GoogLeNet: Szegedy et al., "Going Deeper with Convolutions" (2014), table 1.

With batch norm in place of local response normalisation, and a 3×3 convolution where the paper's third branch has a
5×5.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ConvBlock(nn.Module):
    def __init__(
        self, in_channels: int, channels: int, kernel: int, stride: int = 1, padding: int = 0
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, channels, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(channels, eps=0.001)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.bn(self.conv(x)))


class Inception(nn.Module):
    """Four parallel branches; `reduce` and `wide` are those of the second and of the third."""

    def __init__(
        self, in_channels: int, one: int, reduce: tuple[int, int], wide: tuple[int, int], pooled: int
    ) -> None:
        super().__init__()
        self.branch1 = ConvBlock(in_channels, one, 1)
        self.branch2 = nn.Sequential(
            ConvBlock(in_channels, reduce[0], 1), ConvBlock(reduce[0], wide[0], 3, padding=1)
        )
        self.branch3 = nn.Sequential(
            ConvBlock(in_channels, reduce[1], 1), ConvBlock(reduce[1], wide[1], 3, padding=1)
        )
        self.branch4 = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1, ceil_mode=True), ConvBlock(in_channels, pooled, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


class AuxiliaryHead(nn.Module):
    def __init__(self, in_channels: int, classes: int) -> None:
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(4)
        self.conv = ConvBlock(in_channels, 128, 1)
        self.fc1 = nn.Linear(128 * 4 * 4, 1024)
        self.relu = nn.ReLU(inplace=True)
        self.dropout = nn.Dropout(0.7)
        self.fc2 = nn.Linear(1024, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.flatten(self.conv(self.avgpool(x)), 1)
        return self.fc2(self.dropout(self.relu(self.fc1(x))))


class GoogLeNet(nn.Module):
    """3 × H × W → classes, and in training those of the two auxiliary heads."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self.conv1 = ConvBlock(3, 64, 7, stride=2, padding=3)
        self.conv2 = ConvBlock(64, 64, 1)
        self.conv3 = ConvBlock(64, 192, 3, padding=1)
        self.inception3a = Inception(192, 64, (96, 16), (128, 32), 32)
        self.inception3b = Inception(256, 128, (128, 32), (192, 96), 64)
        self.inception4a = Inception(480, 192, (96, 16), (208, 48), 64)
        self.inception4b = Inception(512, 160, (112, 24), (224, 64), 64)
        self.inception4c = Inception(512, 128, (128, 24), (256, 64), 64)
        self.inception4d = Inception(512, 112, (144, 32), (288, 64), 64)
        self.inception4e = Inception(528, 256, (160, 32), (320, 128), 128)
        self.inception5a = Inception(832, 256, (160, 32), (320, 128), 128)
        self.inception5b = Inception(832, 384, (192, 48), (384, 128), 128)
        self.maxpool = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.maxpool4 = nn.MaxPool2d(2, stride=2, ceil_mode=True)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.aux1 = AuxiliaryHead(512, classes)
        self.aux2 = AuxiliaryHead(528, classes)
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(1024, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.01)
            elif isinstance(module, nn.BatchNorm2d):
                nn.init.ones_(module.weight)
                nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor, Tensor]:
        x = self.maxpool(self.conv1(x))
        x = self.maxpool(self.conv3(self.conv2(x)))
        x = self.maxpool(self.inception3b(self.inception3a(x)))
        at_4a = self.inception4a(x)
        at_4d = self.inception4d(self.inception4c(self.inception4b(at_4a)))
        x = self.maxpool4(self.inception4e(at_4d))
        x = self.inception5b(self.inception5a(x))
        x = self.fc(self.dropout(torch.flatten(self.avgpool(x), 1)))
        return (x, self.aux1(at_4a), self.aux2(at_4d)) if self.training else x
