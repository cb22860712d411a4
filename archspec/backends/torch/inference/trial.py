"""`archspec build --for inference --check`: the inference build beside the network that it was made of.

In: a graph. Out: how far the outputs lie apart, on random input and with weights and statistics as training leaves
them: numbers that a fresh network has at 0 and 1 are drawn. The random state of the process stays as it was.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from archspec.backends.torch.inference.module import converted
from archspec.backends.torch.module import build
from archspec.backends.torch.trial import tensors
from archspec.ir import Graph

TOLERANCE: Final = 1e-5
"""In single precision."""

BATCH: Final = 2


def difference(graph: Graph, *, dtype: torch.dtype = torch.float32) -> float:
    """The largest difference of any number, relative to the largest number of its output if that is above 1; `nan`
    where there is one."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        model = as_if_trained(build(graph)).to(dtype).eval()
        inference = converted(graph, model.state_dict())
        inputs = [torch.randn(BATCH, *shape, dtype=dtype) for shape in graph.root.inputs]
        pairs = zip(tensors(model(*inputs)), tensors(inference(*inputs)), strict=True)
        return max(_apart(one, other) for one, other in pairs)


def as_if_trained(model: nn.Module) -> nn.Module:
    """The model, its norms' statistics, factors and summands drawn at random."""
    for key, entry in model.state_dict().items():
        match key.rpartition(".")[2]:
            case "running_mean":
                entry.normal_(0, 0.1)
            case "running_var":
                entry.uniform_(0.5, 1.5)
    for module in model.modules():
        weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
        if isinstance(weight, Tensor) and weight.dim() == 1:
            weight.data.uniform_(0.5, 1.5)
            if isinstance(bias, Tensor):
                bias.data.normal_(0, 0.1)
    return model


def _apart(one: Tensor, other: Tensor) -> float:
    if one.shape != other.shape:
        return float("inf")
    largest = one.abs().max().clamp(min=1)
    return float((one - other).abs().max() / largest)
