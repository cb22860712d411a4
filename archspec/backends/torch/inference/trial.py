"""`archspec build --for inference --check`: the inference build beside the network that it was made of.

In: a graph. Out: how far the outputs lie apart, on random input and with numbers as training leaves them. The random
state of the process stays as it was.

Fresh norms have factors of 1 and statistics of 0 and 1, which would hide mistakes; with statistics drawn from nowhere
the numbers of a deep network grow without bound. So factors and summands are drawn, and the statistics are those of the
values that reach the norm, with a scatter: what leaves it is near 1 at any depth. The scatter is as wide as the values.
With a narrow one each norm takes away what the values have in common, which makes more of what rounding made of them,
and a thousand layers more than anyone could judge by.

In double precision the two networks are compared to `EXACT`: folding is exact but for rounding. In single precision
each of the two is off by rounding, a deep network by more than `TOLERANCE` of its output; how much, the trained network
in both precisions tells. The inference build rounds other numbers, and may be off by twice as much: the two, by three
times that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn

from archspec.backends.torch.inference.module import converted
from archspec.backends.torch.module import build
from archspec.backends.torch.trial import tensors
from archspec.ir import Graph
from archspec.ops.base import Shape
from archspec.records import dataclass

TOLERANCE: Final = 1e-5
"""In single precision, as a part of the largest number of an output."""

EXACT: Final = 1e-10
"""In double precision."""

BATCH: Final = 2


@dataclass(frozen=True, slots=True)
class Comparison:
    """The largest difference of any number of an output, as a part of its largest one; `nan` where there is one."""

    single: float
    """Between the inference build and the trained network, in single precision."""
    double: float
    """Between the same in double precision."""
    rounding: float
    """Between the trained network in single and in double precision."""

    @property
    def tolerance(self) -> float:
        """What `single` may be."""
        return max(TOLERANCE, 3 * self.rounding)

    @property
    def agrees(self) -> bool:
        return self.single <= self.tolerance and self.double <= EXACT


def compare(graph: Graph, shapes: Sequence[Shape] = ()) -> Comparison:
    """Run both networks in both precisions. `shapes`: those of the inputs, where they are not to be the spec's; the
    network must take them."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        inputs = [torch.randn(BATCH, *shape) for shape in shapes or graph.root.inputs]
        model = as_if_trained(build(graph), inputs)
        trained, folded = {}, {}
        for precision in (torch.float32, torch.float64):
            model = model.to(precision)
            given = [each.to(precision) for each in inputs]
            trained[precision] = list(tensors(model(*given)))
            folded[precision] = list(tensors(converted(graph, model.state_dict())(*given)))
    return Comparison(
        single=_apart(trained[torch.float32], folded[torch.float32]),
        double=_apart(trained[torch.float64], folded[torch.float64]),
        rounding=_apart(trained[torch.float64], trained[torch.float32]),
    )


def as_if_trained(model: nn.Module, inputs: Sequence[Tensor]) -> nn.Module:
    """The model in evaluation mode, its factors and summands drawn at random, its statistics made of what reaches each
    norm when the inputs run through it."""
    for module in model.modules():
        weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
        if isinstance(weight, Tensor) and weight.dim() == 1:
            weight.data.uniform_(0.5, 1.5)
            if isinstance(bias, Tensor):
                bias.data.normal_(0, 0.5)
    known: set[nn.Module] = set()

    def measure(norm: nn.Module, values: tuple[Tensor, ...]) -> None:
        if norm not in known:  # another call of the same norm has the statistics of the first
            known.add(norm)
            _take_statistics(norm, values[0])

    norms = [module for module in model.modules() if isinstance(getattr(module, "running_var", None), Tensor)]
    hooks = [norm.register_forward_pre_hook(measure) for norm in norms]
    model.eval()
    with torch.no_grad():
        model(*inputs)
    for hook in hooks:
        hook.remove()
    return model


def _take_statistics(norm: nn.Module, values: Tensor) -> None:
    """Mean and variance of each channel, with a scatter. The variance is partly that of all channels: one whose values
    are equal has none of its own, and what is divided by that grows without bound."""
    others = [axis for axis in range(values.dim()) if axis != 1]
    mean = values.mean(others)
    variance = values.var(others, correction=0)
    variance = (variance + variance.mean()) / 2
    norm.get_buffer("running_mean").copy_(mean + variance.sqrt() * torch.randn_like(mean))
    norm.get_buffer("running_var").copy_(variance * torch.empty_like(variance).uniform_(1, 3))


def _apart(wanted: Sequence[Tensor], found: Sequence[Tensor]) -> float:
    return max(_difference(one, other) for one, other in zip(wanted, found, strict=True))


def _difference(wanted: Tensor, found: Tensor) -> float:
    if wanted.shape != found.shape:
        return float("inf")
    wanted, found = wanted.double(), found.double()
    largest = wanted.abs().max().clamp(min=torch.finfo(torch.float32).tiny)
    return float((wanted - found).abs().max() / largest)
