"""How the emitted model grows with the network: a forward, a copy, an export."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from benchmarks import peers, synthetic
from benchmarks.findings import BESIDE_PEERS, Absent, Found
from benchmarks.rows.growing import CHECK, QUICK_SIZES, SIZES, checked, point
from benchmarks.rows.row import Bench, Row

if TYPE_CHECKING:
    from torch import nn

EXPORTED: Final = MappingProxyType({"deep": SIZES, "nested": (1000, 20_000), "skips": (1000, 20_000)})
"""The sizes of an export, which takes PyTorch three seconds for a thousand ops."""


def _models(bench: Bench) -> Iterator[Found]:
    """The emitted model, run, copied and exported."""
    if why := peers.missing("torch"):
        yield Absent("growth-models", "the emitted model", why)
        return
    for family in synthetic.FAMILIES:
        for ops in QUICK_SIZES if bench.quick else SIZES:
            model = _model(family, ops)
            yield point(family, "forward of the model", ops, _forward(model))
            yield point(family, "deepcopy of the model", ops, partial(copy.deepcopy, model))
            if ops in EXPORTED.get(family, ()) and not (bench.quick and ops > QUICK_SIZES[0]):
                yield point(family, "torch.export of the model", ops, _export(model))


def _model(family: str, ops: int) -> nn.Module:
    from archspec.backends.torch.module import build

    _, graph = checked(family, ops)
    return build(graph).eval()


def _forward(model: nn.Module) -> Callable[[], object]:
    import torch

    x = torch.zeros(1, *synthetic.INPUT)

    def run() -> object:
        with torch.inference_mode():
            return model(x)

    return run


def _export(model: nn.Module) -> Callable[[], object]:
    import torch

    x = torch.zeros(1, *synthetic.INPUT)

    def run() -> object:
        with torch.no_grad():
            return torch.export.export(model, (x,))

    return run


def _peers(bench: Bench) -> Iterator[Found]:
    """What finds the shapes of one network at every size: archspec from its text, others from the model."""
    family = "deep"
    others = {
        "torchinfo.summary": (("torch", "torchinfo"), peers.torchinfo_summary),
        "torchview.draw_graph": (("torch", "torchview"), peers.torchview_graph),
        "a forward on the meta device": (("torch",), peers.meta_forward),
    }
    for title, (modules, _make) in others.items():
        if why := peers.missing(*modules):
            yield Absent("growth-peers", title, why)
    for ops in QUICK_SIZES if bench.quick else SIZES:
        target, graph = checked(family, ops)
        yield point("archspec: text → checked graph", BESIDE_PEERS, ops, CHECK.of(target, graph))
        for title, (modules, make) in others.items():
            if not peers.missing(*modules):
                yield point(title, BESIDE_PEERS, ops, make((_model(family, ops), synthetic.INPUT)))


ROWS = (
    Row("growth-models", "what the emitted model costs at every size", _models),
    Row("growth-peers", "what others cost at every size", _peers),
)
