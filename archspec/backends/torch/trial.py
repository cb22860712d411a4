"""`archspec build --check`: the model run once forwards and backwards, on random input.

In: a graph, and a file of weights or none. Out: a `Trial`, with what went against the graph's promises. The input and
fresh weights come from a fixed seed; the random state of the process stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import nn

from archspec.backends.torch.module import build
from archspec.backends.torch.weights import with_weights
from archspec.ir import Graph
from archspec.ops.base import Shape
from archspec.records import dataclass

BATCH = 2
"""Batch norm in training mode needs more than one value a channel."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a run found: the shapes that came out in evaluation mode, with the batch, and every problem."""

    outputs: tuple[Shape, ...]
    parameters: int
    problems: tuple[str, ...]


def try_out(graph: Graph, weights: Path | None = None) -> Trial:
    """Run the network in evaluation mode, then in training mode with a backward pass.

    The loss is the mean square of everything that comes out, auxiliary heads included. Raises as
    `backends.torch.weights.with_weights` does.
    """
    loaded = None if weights is None else with_weights(graph, weights)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        try:
            return _run(graph, build(graph) if loaded is None else loaded)
        except (RuntimeError, ValueError, TypeError) as error:  # what torch raises at shapes and memory
            return Trial((), 0, (f"{type(error).__name__}: {error}",))


def _run(graph: Graph, model: nn.Module) -> Trial:
    inputs = [torch.randn(BATCH, *shape) for shape in graph.root.inputs]
    model.eval()
    with torch.no_grad():
        outputs = list(tensors(model(*inputs)))
    shapes = tuple(tuple(output.shape) for output in outputs)
    promised = tuple((BATCH, *graph.root.shape(value)) for value in graph.root.outputs)
    problems = [] if shapes == promised else [f"the output is {shapes}, where {promised} was promised"]
    model.train()
    loss = torch.stack([output.square().mean() for output in tensors(model(*inputs))]).sum()
    if loss.requires_grad:
        loss.backward()  # type: ignore[no-untyped-call]
    problems.extend(_gradient_problems(model))
    if not torch.isfinite(loss):
        problems.append(f"the loss is {loss.item()}")
    count = sum(parameter.numel() for parameter in model.parameters())
    return Trial(shapes, count, tuple(problems))


def _gradient_problems(model: nn.Module) -> Iterator[str]:
    for name, parameter in model.named_parameters():
        if parameter.grad is None:
            yield f"`{name}` got no gradient"
        elif not torch.isfinite(parameter.grad).all():
            yield f"the gradient of `{name}` is not finite"


def tensors(output: object) -> Iterator[torch.Tensor]:
    """The tensors of what a model returned: one, or a (named) tuple, or a dictionary of them."""
    if isinstance(output, torch.Tensor):
        yield output
    elif isinstance(output, Mapping):
        for value in output.values():
            yield from tensors(value)
    elif isinstance(output, tuple | list):
        for value in output:
            yield from tensors(value)
    else:
        raise TypeError(f"the model returned a {type(output).__name__}")
