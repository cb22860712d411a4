"""Volume

The same ops over three axes.

Input:       N × 1 × 16 × 32 × 32
Output:      N × 3
Parameters:  17,363
MACs:        3,807,232

Compiled by archspec from spec.yaml.
"""

import torch
from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions and a skip, which is a 1×1 convolution with a norm where
    the shape changes (He et al., "Deep Residual Learning for Image Recognition",
    2015, figure 2).
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(8, 16, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm3d(16)
        self.act1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv3d(16, 16, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm3d(16)
        self.shortcut = nn.Sequential(
            nn.Conv3d(8, 16, 1, stride=2, bias=False),
            nn.BatchNorm3d(16),
        )
        self.act2 = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        out = self.act1(self.bn1(self.conv1(x)))  # 16 × 8 × 4 × 4
        out = self.bn2(self.conv2(out))
        x = self.act2(out + self.shortcut(x))
        return x


class Volume(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(1, 8, (3, 5, 5), stride=(1, 2, 2), padding=(1, 2, 2))
        self.norm1 = nn.GroupNorm(4, 8)
        self.act1 = nn.LeakyReLU(0.1, inplace=True)
        self.pool1 = nn.MaxPool3d((1, 2, 2))
        self.unit = ResidualBlock()
        self.fc = nn.Linear(2048, 3)
        self.softmax = nn.Softmax(dim=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act1(self.norm1(self.conv1(x)))  # 8 × 16 × 16 × 16
        x = self.pool1(x)  # 8 × 16 × 8 × 8
        x = self.unit(x)  # 16 × 8 × 4 × 4
        x = torch.flatten(x, 1)  # 2048
        x = self.softmax(self.fc(x))  # 3
        return x
