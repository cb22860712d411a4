"""Initialised

How layers start, by op.

Input:       N × 3 × 32 × 32
Output:      N × 10
Parameters:  634
MACs:        110,752

Compiled by archspec from spec.yaml.
"""

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


class SameConv2d(nn.Conv2d):
    """A convolution with TensorFlow's `same` padding, at any stride."""

    def forward(self, x: Tensor) -> Tensor:
        k, s, d = self.kernel_size, self.stride, self.dilation
        top, bottom = same_padding(x.shape[2], k[0], s[0], d[0])
        left, right = same_padding(x.shape[3], k[1], s[1], d[1])
        mode = "constant" if self.padding_mode == "zeros" else self.padding_mode
        x = F.pad(x, [left, right, top, bottom], mode)
        return F.conv2d(x, self.weight, self.bias, s, 0, d, self.groups)


class Initialised(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            SameConv2d(3, 16, 3, stride=2, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(inplace=True),
        )
        self.head = nn.Sequential(
            nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
            nn.Linear(16, 10),
        )
        for module in self.modules():
            if isinstance(module, SameConv2d):
                nn.init.kaiming_normal_(
                    module.weight, mode="fan_out", nonlinearity="relu"
                )
            elif isinstance(module, nn.BatchNorm2d):
                nn.init.ones_(module.weight)
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        x = self.body(x)  # 16 × 16 × 16
        x = self.head(x)  # 10
        return x
