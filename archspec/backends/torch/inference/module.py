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

from torch import Tensor, nn

from archspec.backends.torch.inference.source import emitted_inference
from archspec.backends.torch.module import build, network_class
from archspec.backends.torch.weights import filled, matching
from archspec.ir import Graph
from archspec.syntax import collector_paused

Convert = Callable[[Mapping[str, Tensor]], dict[str, Tensor]]


def build_inference(graph: Graph, weights: Path | None = None, *, init_once: bool = False) -> nn.Module:
    """The model. `init_once`: as for `backends.torch.module.build`. Raises as `backends.torch.weights.with_weights`
    does.
    """
    trained = build(graph, init_once=init_once).state_dict() if weights is None else matching(graph, weights)
    return converted(graph, trained)


def converted(graph: Graph, trained: Mapping[str, Tensor]) -> nn.Module:
    """The model with the weights that come of a trained `state_dict`."""
    made = emitted_inference(graph)
    network = network_class(made.text, made.class_name)
    convert = cast(Convert, sys.modules[network.__module__].__dict__["convert"])
    with collector_paused():
        return filled(network, convert(trained), keep_precision=True).eval()
