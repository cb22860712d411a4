"""Sound

The same ops over one axis.

Input:       N × 1 × 4000
Output:      N × 35
Parameters:  7,987
MACs:        2,048,280

Compiled by archspec from spec.yaml.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def same_padding(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Positions to add before and after, so that `ceil(size / stride)` come out.

    TensorFlow's rule.
    """
    extent = (kernel - 1) * dilation + 1
    total = extent - 1 - (size - 1) % stride
    total = total * (1 + total // (extent + stride))  # 0 where it is negative
    return total // 2, total - total // 2


class SameConv1d(nn.Conv1d):
    """A convolution with TensorFlow's `same` padding, at any stride."""

    def forward(self, x: Tensor) -> Tensor:
        k, s, d = self.kernel_size, self.stride, self.dilation
        left, right = same_padding(x.shape[2], k[0], s[0], d[0])
        mode = "constant" if self.padding_mode == "zeros" else self.padding_mode
        x = F.pad(x, [left, right], mode)
        return F.conv1d(x, self.weight, self.bias, s, 0, d, self.groups)


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions and a skip, which is a 1×1 convolution with a norm where
    the shape changes (He et al., "Deep Residual Learning for Image Recognition",
    2015, figure 2).
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(16, 32, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm1d(32)
        self.act1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv1d(32, 32, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm1d(32)
        self.shortcut = nn.Sequential(
            nn.Conv1d(16, 32, 1, stride=2, bias=False),
            nn.BatchNorm1d(32),
        )
        self.act2 = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        out = self.act1(self.bn1(self.conv1(x)))  # 32 × 125
        out = self.bn2(self.conv2(out))
        x = self.act2(out + self.shortcut(x))
        return x


class Sound(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            SameConv1d(1, 16, 80, stride=4),
            nn.BatchNorm1d(16),
            nn.ReLU(inplace=True),
            nn.MaxPool1d(4),
            ResidualBlock(),
            nn.ConvTranspose1d(32, 8, 4, stride=4),
        )
        self.pool = nn.AdaptiveAvgPool1d(1)
        self.fc = nn.Linear(8, 35)

    def forward(self, x: Tensor) -> Tensor:
        x = self.body(x)  # 8 × 500
        x = torch.flatten(self.pool(x), 1)  # 8
        x = self.fc(x)  # 35
        return x
