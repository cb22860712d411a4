"""TwoOfEach

Two named inputs and two outputs.

Input:       image N × 3 × 16 × 16,
             depth N × 1 × 16 × 16
Output:      mask N × 1 × 16 × 16,
             label N × 10
Parameters:  2,811
MACs:        667,808

Compiled by archspec from spec.yaml.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class TwoOfEachOutput(NamedTuple):
    mask: Tensor
    label: Tensor


class TwoOfEach(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.seen = nn.Conv2d(3, 8, 3, padding=1)
        self.measured = nn.Conv2d(1, 8, 3, padding=1)
        self.features = nn.Sequential(
            nn.Conv2d(16, 16, 3, padding=1),
            nn.ReLU(inplace=True),
        )
        self.mask = nn.Conv2d(16, 1, 1)
        self.label = nn.Sequential(
            nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
            nn.Linear(16, 10),
        )

    def forward(self, image: Tensor, depth: Tensor) -> TwoOfEachOutput:
        seen = self.seen(image)  # 8 × 16 × 16
        x = self.measured(depth)
        x = torch.cat([seen, x], 1)  # 16 × 16 × 16
        features = self.features(x)
        x = self.mask(features)  # 1 × 16 × 16
        out = self.label(features)  # 10
        return TwoOfEachOutput(x, out)
