"""Classifier

A list numbers its children, a mapping names them.

Input:       N × 3 × 32 × 32
Output:      N × 10
Parameters:  14,698
MACs:        7,520,576

Compiled by archspec from spec.yaml.
"""

import torch
from torch import Tensor, nn


class Classifier(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(16)
        self.relu = nn.ReLU(inplace=True)
        self.body = nn.Sequential(
            nn.Conv2d(16, 32, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Sequential(nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(inplace=True)),
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(32, 10))

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))  # 16 × 32 × 32
        x = self.body(x)  # 32 × 16 × 16
        x = torch.flatten(self.pool(x), 1)  # 32
        x = self.classifier(x)  # 10
        return x
