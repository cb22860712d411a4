"""EncoderDecoder

Earlier values by name, as in a U-Net.

Input:       N × 1 × 32 × 32
Output:      N × 1 × 32 × 32
Parameters:  29,321
MACs:        6,242,304

Compiled by archspec from spec.yaml.
"""

import torch
from torch import Tensor, nn


class Double(nn.Sequential):
    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__(
            nn.Conv2d(in_channels, channels, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.ReLU(inplace=True),
        )


class EncoderDecoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.enc1 = Double(1, 8)
        self.down1 = nn.MaxPool2d(2)
        self.enc2 = Double(8, 16)
        self.down2 = nn.MaxPool2d(2)
        self.bottom = Double(16, 32)
        self.up2 = nn.ConvTranspose2d(32, 16, 2, stride=2)
        self.dec2 = Double(32, 16)
        self.up1 = nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.dec1 = Double(16, 8)
        self.mask = nn.Conv2d(8, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        enc1 = self.enc1(x)  # 8 × 32 × 32
        x = self.down1(enc1)  # 8 × 16 × 16
        enc2 = self.enc2(x)  # 16 × 16 × 16
        x = self.down2(enc2)  # 16 × 8 × 8
        x = self.bottom(x)  # 32 × 8 × 8
        x = self.up2(x)  # 16 × 16 × 16
        x = torch.cat([x, enc2], 1)  # 32 × 16 × 16
        x = self.dec2(x)  # 16 × 16 × 16
        x = self.up1(x)  # 8 × 32 × 32
        x = torch.cat([x, enc1], 1)  # 16 × 32 × 32
        x = self.dec1(x)  # 8 × 32 × 32
        x = self.mask(x)  # 1 × 32 × 32
        return x
