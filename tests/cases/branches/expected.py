"""Branches

Parallel branches of one input, side by side, added, multiplied.

Input:       N × 8 × 16 × 16
Output:      N × 16 × 16 × 16
Parameters:  3,268
MACs:        753,920

Compiled by archspec from spec.yaml.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn


class Inception(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.direct = nn.Conv2d(8, 4, 1)
        self.wide = nn.Sequential(nn.Conv2d(8, 4, 1), nn.Conv2d(4, 8, 3, padding=1))
        self.pooled = nn.Sequential(
            OrderedDict(
                [
                    ("pool", nn.MaxPool2d(3, stride=1, padding=1)),
                    ("conv", nn.Conv2d(8, 4, 1)),
                ],
            ),
        )

    def forward(self, x: Tensor) -> Tensor:
        # 16 × 16 × 16
        return torch.cat([self.direct(x), self.wide(x), self.pooled(x)], 1)


class Sum(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.left = nn.Conv2d(16, 16, 1)
        self.right = nn.Conv2d(16, 16, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        left = self.left(x)
        right = self.right(x)
        x = left + right + x
        return x


class Gated(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(16, 16, 1),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        gate: Tensor = self.gate(x)  # 16 × 1 × 1
        return x * gate  # 16 × 16 × 16


class Branches(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inception = Inception()
        self.sum = Sum()
        self.gated = Gated()

    def forward(self, x: Tensor) -> Tensor:
        x = self.inception(x)  # 16 × 16 × 16
        x = self.sum(x)
        x = self.gated(x)
        return x
