"""`archspec probe`: activations and gradients of a network at initialisation.

In: a graph. Out: `Probe`, the facts of each layer in the order in which the network runs.

For each seed a new model gets one batch of normally distributed input and makes one forward and one backward pass in
training mode. Where an output is a vector, its loss is the cross-entropy against random labels, as when training of a
classifier begins; elsewhere it is the mean square. Losses add up; those of auxiliary heads count by their weights. The
random state of the process stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field, replace
from math import sqrt
from statistics import median

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from archspec.backends.probe.facts import LayerFacts, Probe
from archspec.backends.torch.module import build
from archspec.backends.wording import network_title, visible
from archspec.ir import Graph, Visit, walk
from archspec.ops.base import Op, Shape
from archspec.passes.main_line import MainLine, find_main_line
from archspec.records import dataclass


@dataclass(slots=True)
class _Seen:
    """Sums over all that one layer gave, in all its calls."""

    numbers: int = 0
    total: float = 0.0
    squares: float = 0.0
    channels: int = 0
    dead: int = 0
    gradients: int = 0
    gradient_squares: float = 0.0
    non_finite: bool = False

    def forward(self, output: Tensor) -> None:
        values = output.detach().double()
        self.numbers += values.numel()
        self.total += float(values.sum())
        self.squares += float(values.square().sum())
        if values.ndim > 1:
            per_channel = values.abs().amax(dim=[axis for axis in range(values.ndim) if axis != 1])
            self.channels += per_channel.numel()
            self.dead += int((per_channel == 0).sum())
        self.non_finite |= not bool(torch.isfinite(values).all())

    def backward(self, gradient: Tensor) -> None:
        self.gradients += gradient.numel()
        self.gradient_squares += float(gradient.double().square().sum())
        self.non_finite |= not bool(torch.isfinite(gradient).all())


@dataclass(frozen=True, slots=True)
class _Layer:
    """A step of the graph and the module that runs it; `shape` is without the batch."""

    path: str
    visit: Visit
    op: Op
    module: nn.Module
    seen: _Seen = field(default_factory=_Seen)


def probe(graph: Graph, *, batch: int, seeds: Sequence[int], every_op: bool) -> Probe:
    """Probe new models of a network, one for each seed.

    Args:
        batch: the number of examples; batch norm in training mode needs more than one.
        seeds: of weights, input and labels; each number of the result is the median over them.
        every_op: tell also of norms, and of layers without weights.

    Raises `RuntimeError` and `MemoryError` as torch does, where memory does not suffice.
    """
    line = find_main_line(graph)
    runs = [_run(graph, line, batch, seed, every_op) for seed in seeds]
    losses = [loss for loss, _ in runs]
    return Probe(
        title=network_title(graph),
        batch=batch,
        seeds=tuple(seeds),
        loss_name=_loss_name(graph),
        loss=median(losses),
        torch_version=torch.__version__.partition("+")[0],
        layers=tuple(_median(facts) for facts in zip(*(layers for _, layers in runs), strict=True)),
    )


def _run(
    graph: Graph, line: MainLine, batch: int, seed: int, every_op: bool
) -> tuple[float, list[LayerFacts]]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build(graph).train()
        layers = list(_layers(graph, model, every_op))
        inputs = [torch.randn(batch, *shape) for shape in graph.root.inputs]
        hooks = [layer.module.register_forward_hook(_observer(layer.seen)) for layer in layers]
        try:
            loss = _loss(graph, model(*inputs))
            if loss.requires_grad:
                loss.backward()  # type: ignore[no-untyped-call]
        finally:
            _remove(hooks)
        return float(loss.detach()), [_facts(layer, line) for layer in layers]


def _layers(graph: Graph, model: nn.Module, every_op: bool) -> Iterator[_Layer]:
    """The ops that are modules of their own, each once. A function in `forward` is none, and has no weights."""
    modules = dict(model.named_modules())
    for visit in walk(graph.root):
        op = visit.step.target
        module = modules.get(visit.path)
        if visit.step.shared or visit.step.role == "join" or module is None or not isinstance(op, Op):
            continue
        if every_op or (op.kind != "norm" and op.weights(*_shapes(visit))):
            yield _Layer(visit.path, visit, op, module)


def _shapes(visit: Visit) -> tuple[Shape, ...]:
    return visit.module.inputs_of(visit.step)


def _observer(seen: _Seen) -> Callable[[nn.Module, object, Tensor], None]:
    """A hook that looks at what a layer gives before anybody overwrites it, and at the gradient that comes back."""

    def observe(module: nn.Module, inputs: object, output: Tensor) -> None:
        seen.forward(output)
        if output.requires_grad:
            output.register_hook(seen.backward)  # type: ignore[no-untyped-call]

    return observe


def _remove(hooks: Sequence[RemovableHandle]) -> None:
    for hook in hooks:
        hook.remove()


def _loss(graph: Graph, output: Tensor | tuple[Tensor, ...]) -> Tensor:
    """The sum of the losses of all that comes out: the outputs, then the auxiliary heads."""
    outputs = (output,) if isinstance(output, Tensor) else output
    weights = [1.0] * len(graph.root.outputs) + [aux.weight for aux in graph.aux]
    losses = [weight * _loss_of(one) for weight, one in zip(weights, outputs, strict=True)]
    return torch.stack(losses).sum()


def _loss_of(output: Tensor) -> Tensor:
    if _is_classification(tuple(output.shape[1:])):
        return F.cross_entropy(output, torch.randint(output.shape[1], (len(output),)))
    return output.square().mean()


def _is_classification(shape: Shape) -> bool:
    return len(shape) == 1 and shape[0] > 1


def _loss_name(graph: Graph) -> str:
    values = [*graph.root.outputs, *(aux.value for aux in graph.aux)]
    kinds = [_is_classification(graph.root.shape(value)) for value in values]
    names = ("cross-entropy",) * any(kinds) + ("mean square",) * (not all(kinds))
    return " and ".join(names)


def _facts(layer: _Layer, line: MainLine) -> LayerFacts:
    seen, step = layer.seen, layer.visit.step
    own = list(layer.module.parameters(recurse=False))
    gradients = [parameter.grad for parameter in own if parameter.grad is not None]
    return LayerFacts(
        path=layer.path,
        kind=layer.op.kind,
        what=visible(layer.op.glyph(*_shapes(layer.visit)).text),
        file=step.origin.span.source.name,
        line=step.origin.span.line,
        output=step.shape,
        depth=line.depths[layer.path],
        on_main_line=layer.path in line.paths,
        activation=sqrt(seen.squares / seen.numbers),
        mean=seen.total / seen.numbers,
        dead=seen.dead / seen.channels if seen.channels else 0.0,
        activation_gradient=sqrt(seen.gradient_squares / seen.gradients) if seen.gradients else None,
        weight_norm=_norm(own) if own else None,
        weight_gradient=_norm(gradients) if own else None,
        non_finite=seen.non_finite or not all(bool(torch.isfinite(grad).all()) for grad in gradients),
    )


def _norm(tensors: Sequence[Tensor]) -> float:
    """The 2-norm over all the numbers; 0 where there are none."""
    return sqrt(sum(float(tensor.detach().double().square().sum()) for tensor in tensors))


def _median(facts: Sequence[LayerFacts]) -> LayerFacts:
    """One layer in several runs as one."""
    first = facts[0]
    return replace(
        first,
        activation=median(run.activation for run in facts),
        mean=median(run.mean for run in facts),
        dead=median(run.dead for run in facts),
        activation_gradient=_median_of(run.activation_gradient for run in facts),
        weight_norm=_median_of(run.weight_norm for run in facts),
        weight_gradient=_median_of(run.weight_gradient for run in facts),
        non_finite=any(run.non_finite for run in facts),
    )


def _median_of(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
