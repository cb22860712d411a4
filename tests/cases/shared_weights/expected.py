"""Shared

One head for the maps of two sizes, as in a detector.

Input:       N × 3 × 32 × 32
Output:      head N × 4 × 32 × 32,
             again N × 4 × 16 × 16
Parameters:  5,156
MACs:        4,063,232

Compiled by archspec from spec.yaml.
"""

from typing import NamedTuple

from torch import Tensor, nn


class SharedOutput(NamedTuple):
    head: Tensor
    again: Tensor


class Shared(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fine = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(inplace=True))
        self.coarse = nn.Sequential(
            nn.Conv2d(16, 16, 3, stride=2, padding=1),
            nn.ReLU(inplace=True),
        )
        self.head = nn.Sequential(
            nn.Conv2d(16, 16, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(16, 4, 1),
        )

    def forward(self, x: Tensor) -> SharedOutput:
        fine = self.fine(x)  # 16 × 32 × 32
        coarse = self.coarse(fine)  # 16 × 16 × 16
        x = self.head(fine)  # 4 × 32 × 32
        out = self.head(coarse)  # 4 × 16 × 16
        return SharedOutput(x, out)
