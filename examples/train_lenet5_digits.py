"""Train LeNet-5 on the handwritten digits that come with scikit-learn: some seconds on one core.

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
BATCH = 32
SHIFT = 2
"""Each batch is moved by up to this many pixels, so that the network does not learn places by heart."""


def digits() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Images (N × 1 × 32 × 32, from -1 to 1) and labels to train with, then those to test with."""
    pixels, numbers = load_digits(return_X_y=True)
    images = torch.tensor(pixels, dtype=torch.float32).reshape(-1, 1, 8, 8) / 8 - 1
    images = F.interpolate(images, size=(32, 32), mode="bilinear")
    labels = torch.tensor(numbers)
    train, test = train_test_split(range(len(labels)), test_size=0.2, stratify=labels, random_state=0)
    return images[train], labels[train], images[test], labels[test]


def fit(model: nn.Module, images: Tensor, labels: Tensor) -> None:
    """Train `model`, and print the mean loss of each epoch."""
    steps = EPOCHS * -(-len(images) // BATCH)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=5e-3, total_steps=steps)
    model.train()
    for epoch in range(EPOCHS):
        losses = []
        for batch in torch.split(torch.randperm(len(images)), BATCH):
            down, right = torch.randint(-SHIFT, SHIFT + 1, (2,)).tolist()
            moved = torch.roll(images[batch], (down, right), (2, 3))
            loss = F.cross_entropy(model(moved), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        print(f"epoch {epoch + 1:2}: loss {sum(losses) / len(losses):.4f}")


@torch.no_grad()
def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The share of `images` that `model` names rightly."""
    right = model.eval()(images).argmax(1) == labels
    return float(right.float().mean())


def main() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)  # the network is so small that a second thread costs more than it gives
    images, labels, test_images, test_labels = digits()
    model = archspec.build("lenet5")
    fit(model, images, labels)
    print(f"test accuracy: {accuracy(model, test_images, test_labels):.1%}")


if __name__ == "__main__":
    main()
