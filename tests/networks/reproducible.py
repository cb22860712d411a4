"""Weights that anybody can make again from the keys and shapes of a model."""

from __future__ import annotations

import zlib

import torch
from torch import nn


def set_reproducible_weights(model: nn.Module) -> nn.Module:
    """Fill a model's state with numbers that depend on its keys and shapes alone, in float64, and set it to evaluate.

    Each entry has a generator of its own, seeded with the CRC-32 of its key: a variance or a scale lies in
    [0.5, 1.5), a mean or a shift in [-0.1, 0.1), and the weights are normal with a variance of one over the fan-in.
    """
    model.double().eval()
    with torch.no_grad():
        for key, entry in model.state_dict().items():
            if key.endswith("num_batches_tracked"):
                entry.zero_()
                continue
            generator = torch.Generator().manual_seed(zlib.crc32(key.encode()))
            if key.endswith("running_var"):
                values = torch.rand(entry.shape, dtype=torch.float64, generator=generator) + 0.5
            elif key.endswith("running_mean") or (key.endswith("bias") and entry.dim() == 1):
                values = (torch.rand(entry.shape, dtype=torch.float64, generator=generator) - 0.5) * 0.2
            elif entry.dim() <= 1:
                values = torch.rand(entry.shape, dtype=torch.float64, generator=generator) + 0.5
            else:
                values = torch.randn(entry.shape, dtype=torch.float64, generator=generator)
                values /= entry[0].numel() ** 0.5
            entry.copy_(values)
    return model
