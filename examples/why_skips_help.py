"""Why skips help: the gradient of every convolution at initialisation, in plain-34 and in ResNet-34.

Both networks have the same layers; only ResNet-34 adds its shortcuts. Each gets one batch of noise, the gradient of a
cross-entropy loss is taken, and the norm of each convolution's gradient is printed from input to output. Without skips
the norms grow by orders of magnitude towards the input (batch norm turns vanishing into exploding); with skips they
stay together, so that one learning rate suits all layers.

    python examples/why_skips_help.py              # the numbers
    python examples/why_skips_help.py skips.svg    # and a plot (pip install 'archspec[plot]')
"""

from __future__ import annotations

import sys

import torch
import torch.nn.functional as F
from torch import nn

import archspec

NETWORKS = ("plain34", "resnet34")
BATCH, SIZE, CLASSES = 8, 64, 10


def gradient_norms(name: str, seed: int = 0) -> dict[str, float]:
    """The 2-norm of the gradient of each 3×3 convolution on the main path, by its path, from input to output."""
    torch.manual_seed(seed)
    model = archspec.build(name, classes=CLASSES).train()
    images, labels = torch.randn(BATCH, 3, SIZE, SIZE), torch.randint(CLASSES, (BATCH,))
    F.cross_entropy(model(images), labels).backward()
    return {
        path: float(layer.weight.grad.norm())
        for path, layer in model.named_modules()
        if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3) and layer.weight.grad is not None
    }


def plot(norms: dict[str, dict[str, float]], file: str) -> None:
    """The norms of all networks against depth, on a logarithmic scale."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    for (name, by_path), line in zip(norms.items(), ("o--", "s-"), strict=True):
        axes.semilogy(range(1, len(by_path) + 1), list(by_path.values()), line, label=name, markersize=4)
    axes.set(
        xlabel="3×3 convolution, from the input", ylabel="norm of its gradient", title="At initialisation"
    )
    axes.legend()
    figure.savefig(file)


def main() -> None:
    norms = {name: gradient_norms(name) for name in NETWORKS}
    print(f"{'convolution':20}" + "".join(f"{name:>12}" for name in NETWORKS))
    for path in norms[NETWORKS[0]]:
        print(f"{path:20}" + "".join(f"{norms[name][path]:12.4f}" for name in NETWORKS))
    for name, by_path in norms.items():
        first, *_, last = by_path.values()
        print(f"{name}: the first gradient is {first / last:.1f} times the last")
    if len(sys.argv) > 1:
        plot(norms, sys.argv[1])


if __name__ == "__main__":
    main()
