"""Repeats

Copies of an op, of a block and of a sequence; the first, the last and the names of the
copies.

Input:       N × 3 × 32 × 32
Output:      N × 56 × 16 × 16
Parameters:  27,148
MACs:        7,011,328

Compiled by archspec from spec.yaml.
"""

from collections import OrderedDict

from torch import Tensor, nn


class Unit(nn.Module):
    def __init__(self, in_channels: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels, channels, 3, stride=stride, padding=1, bias=False
        )
        self.bn = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn(self.conv(x)))
        return x


class Repeats(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.same = nn.Sequential(*(nn.Conv2d(3, 3, 3, padding=1) for _ in range(3)))
        self.strided = nn.Sequential(
            Unit(3, 16, stride=2),
            *(Unit(16, 16) for _ in range(2)),
        )
        self.widening = nn.Sequential(*(Unit(16, 16) for _ in range(2)), Unit(16, 32))
        self.growing = nn.Sequential(
            OrderedDict(
                (f"layer{i + 1}", nn.Conv2d(32 + 8 * i, 40 + 8 * i, 1))
                for i in range(3)
            ),
        )
        self.pairs = nn.Sequential(
            *(nn.Sequential(nn.ReLU(), nn.Conv2d(56, 56, 1)) for _ in range(2))
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.same(x)
        x = self.strided(x)  # 16 × 16 × 16
        x = self.widening(x)  # 32 × 16 × 16
        x = self.growing(x)  # 56 × 16 × 16
        x = self.pairs(x)
        return x
