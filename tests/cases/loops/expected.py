"""Loops

A table of rows, and loops inside loops; their children stand in the sequence around
them.

Input:       N × 1 × 28 × 28
Output:      N × 64 × 7 × 7
Parameters:  35,920
MACs:        5,582,080

Compiled by archspec from spec.yaml.
"""

from torch import Tensor, nn


class Loops(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(16, 16, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(32, 32, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
        )
        self.stages = nn.Sequential(
            nn.Conv2d(32, 32, 1),
            nn.Conv2d(32, 64, 3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)  # 32 × 7 × 7
        x = self.stages(x)  # 64 × 7 × 7
        return x
