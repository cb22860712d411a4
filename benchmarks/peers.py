"""Other tools, where they are installed, and what they are given to work on."""

from __future__ import annotations

import copy
import importlib.util
import io
import warnings
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from benchmarks import flat

if TYPE_CHECKING:
    from torch import nn

Built: TypeAlias = "tuple[nn.Module, tuple[int, ...]]"
"""A model, and the shape of its input."""

EXAMPLE: Final = (3, 224, 224)


def missing(*modules: str) -> str:
    """Which of the modules are not installed, as a reason; empty: all are there."""
    absent = [module for module in modules if importlib.util.find_spec(module) is None]
    return f"{', '.join(absent)} not installed" if absent else ""


def resnet152() -> Built:
    """The network that most is compared on."""
    from benchmarks.networks import TWINS

    return TWINS["resnet152"].make().eval(), EXAMPLE


def torchinfo_summary(built: Built) -> Callable[[], object]:
    """torchinfo's table of a model."""
    import torchinfo

    model, shape = built
    return lambda: torchinfo.summary(model, input_size=(1, *shape), device="cpu", verbose=0)


def torchview_graph(built: Built) -> Callable[[], object]:
    """torchview's graph of a model with its DOT text. On the meta device, which computes nothing."""
    import torchview

    model, shape = built
    return lambda: torchview.draw_graph(
        model, input_size=(1, *shape), device="meta", mode="eval", expand_nested=True, depth=10
    )


def meta_forward(built: Built) -> Callable[[], object]:
    """A forward of a model that computes shapes alone."""
    import torch

    model, shape = built
    meta = copy.deepcopy(model).to("meta")
    example = torch.empty(1, *shape, device="meta")
    return lambda: meta(example)


def nnef_inference() -> Callable[[], object]:
    """NNEF's parser and its shape inference on the text of ResNet-152."""
    import nnef

    text = flat.as_nnef(flat.resnet152(), EXAMPLE)

    def run() -> object:
        graph = nnef.parse_string(text)
        nnef.infer_shapes(graph)
        return graph

    return run


def onnx_inference() -> Callable[[], object]:
    """ONNX's shape inference in C++ on the exported ResNet-152: its 515 nodes, without weights and without the shapes
    that the exporter wrote."""
    import onnx
    from onnx import shape_inference

    model: Any = onnx.load_model_from_string(_exported())
    del model.graph.value_info[:]
    return lambda: shape_inference.infer_shapes(model)


@cache
def _exported() -> bytes:
    import torch

    network, _ = resnet152()
    with torch.no_grad():
        for entry in network.state_dict().values():
            if entry.is_floating_point():
                entry.uniform_(0.5, 1)  # the exporter makes one tensor of equal ones, with nodes that copy it
    written = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.zeros(1, *EXAMPLE),),
            written,  # type: ignore[arg-type]  # the exporter writes to files in memory too
            dynamo=False,
            do_constant_folding=False,
            training=torch.onnx.TrainingMode.PRESERVE,  # batch norms stay nodes
            export_params=False,
        )
    return written.getvalue()
