"""Auxiliary heads: GoogLeNet's losses, weighted as its spec says, in one step of training.

python examples/train_with_auxiliary_heads.py
"""

from __future__ import annotations

import sys

import torch
import torch.nn.functional as F

import archspec


def main() -> None:
    torch.manual_seed(0)
    model = archspec.build("googlenet", classes=10)
    weights = sys.modules[type(model).__module__].AUX_WEIGHTS  # a constant of the emitted file

    images, labels = torch.randn(4, 3, 96, 96), torch.randint(10, (4,))
    outputs = model.train()(images)
    loss = F.cross_entropy(outputs.output, labels)
    for name, weight in weights.items():
        loss = loss + weight * F.cross_entropy(getattr(outputs, name), labels)
    loss.backward()
    print(f"heads: {weights}, loss {loss.item():.3f}")
    print(f"in evaluation there is one output: {tuple(model.eval()(images).shape)}")


if __name__ == "__main__":
    main()
