"""Models that run: the compiled one beside the one by hand. One thread and CPU time; with two threads the clock on the
wall, for a thread that waits for another uses the processor too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import archspec
from benchmarks import peers
from benchmarks.findings import Absent, Finding, Found
from benchmarks.measure import cpu, elapsed
from benchmarks.rows.row import Bench, Row

if TYPE_CHECKING:
    from torch import Tensor, nn

SMALL: Final = (("lenet5", 32), ("resnet18", 32), ("googlenet", 32))
"""Networks with the side of their input."""
TRAINED: Final = (("lenet5", 32, 32), ("resnet18", 32, 8), ("googlenet", 32, 8), ("resnet50", 64, 4))
"""Networks with the side of their input and the batch."""
INFERRED: Final = (
    ("lenet5", 32), ("resnet18", 32), ("googlenet", 32), ("googlenet", 224), ("resnet50", 224),
    ("mobilenet_v2", 224), ("repvgg_a0", 224),
)  # fmt: skip
BATCHES: Final = (1, 16)
INFERENCE_LIMIT: Final = 0.8
THREADED: Final = (("resnet18", 32), ("googlenet", 224), ("resnet50", 224))
"""Networks with the side of their input: large enough to be shared among threads."""
PATIENCE: Final = 3
"""How many times the rounds and the time are spent where equal speed is claimed of what takes long."""


def _pair(name: str) -> tuple[nn.Module, nn.Module, nn.Module]:
    """The compiled network, and two by hand, all with the same weights, whose norms hold statistics of their own."""
    import torch

    from benchmarks.networks import TWINS

    torch.manual_seed(0)
    model = archspec.build(name)
    with torch.no_grad():
        for key, entry in model.state_dict().items():
            if key.endswith("running_mean"):
                entry.normal_(std=0.1)
            elif key.endswith("running_var"):
                entry.uniform_(0.5, 1.5)
    twins = TWINS[name].make(), TWINS[name].make()
    for twin in twins:
        twin.load_state_dict(model.state_dict(), strict=True)
    return model, *twins


def _example(name: str, side: int, batch: int) -> Tensor:
    import torch

    from benchmarks.networks import TWINS

    torch.manual_seed(1)
    return torch.randn(batch, TWINS[name].input[0], side, side)


def _title(name: str, side: int) -> str:
    from benchmarks.networks import TWINS

    return f"{TWINS[name].title} ({side} px)"


def _inference(x: Tensor, model: nn.Module) -> Callable[[], object]:
    import torch

    model.eval()

    def run() -> object:
        with torch.inference_mode():
            return model(x)

    return run


def _step(x: Tensor, model: nn.Module) -> Callable[[], object]:
    """Forward, the losses of all outputs, backward, a step of SGD."""
    import torch
    from torch.nn.functional import cross_entropy

    model.train()
    labels = torch.arange(len(x)) % 10
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)

    def run() -> None:
        outputs = model(x)
        every = outputs if isinstance(outputs, tuple) else (outputs,)
        losses = [cross_entropy(output, labels) for output in every]
        optimizer.zero_grad()
        torch.autograd.backward(losses)
        optimizer.step()

    return run


def _beside(
    bench: Bench, row: str, title: str, work: Callable[[nn.Module], Callable[[], object]], name: str
) -> Finding:
    """The compiled network beside two by hand, whose difference is the noise."""
    model, twin, control = (cpu(work(each)) for each in _pair(name))
    samples = bench.samples(model=model, twin=twin, control=control)
    return Finding(
        row, title, "by hand", samples["model"], samples["twin"], limit=1.0, control=samples["control"]
    )


def _fold(bench: Bench, name: str, model: nn.Module) -> nn.Module:
    """The inference build with the weights of the trained network."""
    from safetensors.torch import save_file

    weights = bench.folder / f"{name}.safetensors"
    save_file(model.state_dict(), weights)
    return archspec.build(name, weights=weights, inference=True)


def _forward(bench: Bench) -> Iterator[Found]:
    if why := peers.missing("torch"):
        yield Absent("forward", "forward", why)
        return
    for name, side in SMALL:
        x = _example(name, side, 1)
        title = f"forward, batch 1, {_title(name, side)}"
        yield _beside(bench, "forward", title, partial(_inference, x), name)


def _training(bench: Bench) -> Iterator[Found]:
    if why := peers.missing("torch"):
        yield Absent("training", "a training step", why)
        return
    effort = replace(
        bench.effort, seconds=PATIENCE * bench.effort.seconds, least=PATIENCE * bench.effort.least
    )
    patient = replace(bench, effort=effort)
    for name, side, batch in TRAINED:
        x = _example(name, side, batch)
        title = f"a training step, batch {batch}, {_title(name, side)}"
        yield _beside(patient, "training", title, partial(_step, x), name)


def _folded(bench: Bench) -> Iterator[Found]:
    """Judged where the issue does: small networks at batch 1. The others are told."""
    if why := peers.missing("torch", "safetensors"):
        yield Absent("inference", "inference build", why)
        return
    for name, side in INFERRED:
        model, twin, _ = _pair(name)
        folded = _fold(bench, name, model)
        for batch in BATCHES[:1] if bench.quick else BATCHES:
            x = _example(name, side, batch)
            subjects = {"folded": folded, "model": model, "twin": twin}
            samples = bench.samples(**{key: cpu(_inference(x, each)) for key, each in subjects.items()})
            title = f"inference build, batch {batch}, {_title(name, side)}"
            limit = INFERENCE_LIMIT if batch == 1 and (name, side) in SMALL else None
            yield Finding("inference", title, "by hand", samples["folded"], samples["twin"], limit)
            yield Finding("inference", title, "the training model", samples["folded"], samples["model"])


@contextmanager
def _threads(number: int) -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _two_threads(bench: Bench) -> Iterator[Found]:
    """What a user waits for whose torch has two threads. Told, and not judged."""
    if why := peers.missing("torch", "safetensors"):
        yield Absent("threads", "two threads", why)
        return
    for name, side in THREADED:
        model, twin, _ = _pair(name)
        subjects = {"model": model, "twin": twin, "folded": _fold(bench, name, model)}
        x = _example(name, side, 1)
        with _threads(2):
            samples = bench.samples(**{key: elapsed(_inference(x, each)) for key, each in subjects.items()})
        for key, what in (("model", "forward"), ("folded", "inference build")):
            title = f"{what}, batch 1, two threads, {_title(name, side)}"
            yield Finding("threads", title, "by hand", samples[key], samples["twin"])


ROWS = (
    Row("forward", "a compiled model runs as fast as one by hand", _forward),
    Row("training", "and trains as fast", _training),
    Row("inference", "an inference build runs faster", _folded),
    Row("threads", "and so they do with two threads, by the clock on the wall", _two_threads),
)
