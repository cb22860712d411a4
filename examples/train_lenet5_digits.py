"""Train LeNet-5 on the handwritten digits that come with scikit-learn, in less than a minute on two cores.

The 1,797 images have 8 × 8 pixels; LeNet-5 reads 32 × 32, so they are enlarged. Prints the accuracy on a fifth of them
that the network never saw.

    python examples/train_lenet5_digits.py
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn

import archspec

EPOCHS = 12
BATCH = 64


def digits() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Images (N × 1 × 32 × 32, from -1 to 1) and labels to train with, then those to test with."""
    images, labels = load_digits(return_X_y=True)
    x = torch.tensor(images, dtype=torch.float32).reshape(-1, 1, 8, 8) / 8 - 1
    x = F.interpolate(x, size=(32, 32), mode="bilinear")
    train, test = train_test_split(range(len(labels)), test_size=0.2, stratify=labels, random_state=0)
    y = torch.tensor(labels)
    return x[train], y[train], x[test], y[test]


def train(model: nn.Module, images: Tensor, labels: Tensor) -> None:
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    model.train()
    for epoch in range(EPOCHS):
        total = 0.0
        for batch in torch.randperm(len(images)).split(BATCH):
            loss = F.cross_entropy(model(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        schedule.step()
        print(f"epoch {epoch + 1:2}: loss {total / len(images):.4f}")


@torch.no_grad()
def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The share of `images` that `model` names rightly."""
    return (model.eval()(images).argmax(1) == labels).float().mean().item()


def main() -> None:
    torch.manual_seed(0)
    images, labels, test_images, test_labels = digits()
    model = archspec.build("lenet5")
    train(model, images, labels)
    print(f"test accuracy: {accuracy(model, test_images, test_labels):.1%}")


if __name__ == "__main__":
    main()
