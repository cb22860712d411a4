"""A trained network → the model of its inference build.

In: a graph, and a file of trained weights or none. Out: the model that the file of `source.py` defines, in evaluation
mode, with the weights that its `convert` makes of the trained ones. Without a file they are those of a fresh model: the
result computes what a fresh model in evaluation mode computes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from archspec.backends.torch.inference.source import emit_inference, inference_class_name
from archspec.backends.torch.module import build, network_class
from archspec.backends.torch.postponed import initialisation_postponed
from archspec.backends.torch.weights import matching
from archspec.ir import Graph

Convert = Callable[[Mapping[str, Tensor]], dict[str, Tensor]]


def build_inference(graph: Graph, weights: Path | None = None, *, init_once: bool = False) -> nn.Module:
    """The model. `init_once`: as for `backends.torch.module.build`. Raises as `backends.torch.weights.with_weights`
    does.
    """
    trained = build(graph, init_once=init_once).state_dict() if weights is None else matching(graph, weights)
    return converted(graph, trained)


def converted(graph: Graph, trained: Mapping[str, Tensor]) -> nn.Module:
    """The model with the weights that come of a trained `state_dict`."""
    network = network_class(emit_inference(graph), inference_class_name(graph))
    convert = cast(Convert, sys.modules[network.__module__].__dict__["convert"])
    with initialisation_postponed():  # and then forgotten: every parameter is replaced
        model = network()
    made = convert(trained)
    state = {key: _laid_out(made.get(key), blank) for key, blank in model.state_dict().items()}
    model.load_state_dict(state, strict=True, assign=True)
    return model.eval()


def _laid_out(tensor: Tensor | None, blank: Tensor) -> Tensor:
    """The numbers of a tensor in memory of their own, in the order that the model lays them out; zero for a counter
    that old checkpoints lack."""
    if tensor is None:
        return torch.zeros(blank.shape, dtype=blank.dtype)
    dtype = tensor.dtype if tensor.is_floating_point() else blank.dtype
    return torch.empty_like(blank, device="cpu", dtype=dtype).copy_(tensor.detach())
