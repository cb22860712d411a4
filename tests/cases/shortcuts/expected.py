"""Shortcuts

Every kind of shortcut.

Input:       N × 16 × 32 × 32
Output:      N × 128 × 4 × 4
Parameters:  182,800
MACs:        10,682,368

Compiled by archspec from spec.yaml.
"""

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def pair(value: int | tuple[int, int]) -> tuple[int, int]:
    """One number for each of two axes."""
    return (value, value) if isinstance(value, int) else value


class PadShortcut2d(nn.Module):
    """Every `stride`-th position, and zero channels appended."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int | tuple[int, int] = 1,
    ) -> None:
        super().__init__()
        self.extra_channels = out_channels - in_channels
        self.stride = pair(stride)

    def forward(self, x: Tensor) -> Tensor:
        x = x[:, :, :: self.stride[0], :: self.stride[1]]
        return F.pad(x, [0, 0, 0, 0, 0, self.extra_channels])


class Residual(nn.Module):
    def __init__(self, channels: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(16, channels, kernel, stride=stride, padding=kernel // 2)
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or 16 != channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(16, channels, 1, stride=stride, bias=False),
                nn.BatchNorm2d(channels, eps=0.001),
            )

    def forward(self, x: Tensor) -> Tensor:
        x = self.residual(x) + self.shortcut(x)
        return x


class Bare(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.residual = nn.Sequential(nn.Conv2d(32, 48, 1))
        self.shortcut = nn.Sequential(nn.Conv2d(32, 48, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.residual(x) + self.shortcut(x)  # 48 × 16 × 16
        return x


class Pad(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.residual = nn.Sequential(nn.Conv2d(48, 64, 1, stride=2))
        self.shortcut = PadShortcut2d(48, 64, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.residual(x) + self.shortcut(x)  # 64 × 8 × 8
        return x


class Own(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.residual = nn.Sequential(nn.Conv2d(64, 64, 1))
        self.shortcut = nn.Sequential(nn.AvgPool2d(1), nn.Conv2d(64, 64, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.residual(x) + self.shortcut(x)
        return x


class Scaled2(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.residual = nn.Sequential(nn.Conv2d(64, 64, 1))
        self.after = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        out = torch.mul(self.residual(x), 0.1)
        x = self.after(x + out)
        return x


class Unit(nn.Module):
    def __init__(self, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(64, channels, 3, stride=stride, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(channels, eps=0.001)
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or 64 != channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(64, channels, 1, stride=stride, bias=False),
                nn.BatchNorm2d(channels, eps=0.001),
            )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn(self.conv(x))
        x = self.relu(out + self.downsample(x))
        return x


class Shortcuts(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.identity = Residual(channels=16, kernel=3, stride=1)
        self.projection = Residual(channels=32, kernel=1, stride=2)
        self.bare = Bare()
        self.pad = Pad()
        self.own = Own()
        self.plain = nn.Sequential(
            OrderedDict([("residual", nn.Sequential(nn.ReLU(), nn.Conv2d(64, 64, 1)))])
        )
        self.scaled = Scaled2()
        self.auto = nn.Sequential(*(Unit(64) for _ in range(2)))
        self.auto_strided = Unit(128, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.identity(x)
        x = self.projection(x)  # 32 × 16 × 16
        x = self.bare(x)  # 48 × 16 × 16
        x = self.pad(x)  # 64 × 8 × 8
        x = self.own(x)
        x = self.plain(x)
        x = self.scaled(x)
        x = self.auto(x)
        x = self.auto_strided(x)  # 128 × 4 × 4
        return x
