"""Other tools, where they are installed, and what they are given to work on."""

from __future__ import annotations

import importlib.util
import io
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

from benchmarks import flat

EXAMPLE = (3, 224, 224)


def missing(*modules: str) -> str:
    """Which of the modules are not installed, as a reason; empty: all are there."""
    absent = [module for module in modules if importlib.util.find_spec(module) is None]
    return f"{', '.join(absent)} not installed" if absent else ""


def torchinfo_summary() -> Callable[[], object]:
    """torchinfo's table of ResNet-152, the model being built."""
    import torchinfo

    from benchmarks.networks import resnet152

    model = resnet152().eval()
    return lambda: torchinfo.summary(model, input_size=(1, *EXAMPLE), device="cpu", verbose=0)


def torchview_graph() -> Callable[[], object]:
    """torchview's graph of ResNet-152 with its DOT text, the model being built. On the meta device, which computes
    nothing."""
    import torchview

    from benchmarks.networks import resnet152

    model = resnet152().eval()
    return lambda: torchview.draw_graph(
        model, input_size=(1, *EXAMPLE), device="meta", mode="eval", expand_nested=True, depth=10
    )


def meta_forward() -> Callable[[], object]:
    """A forward of ResNet-152 that computes shapes alone, the model being built."""
    import torch

    from benchmarks.networks import resnet152

    with torch.device("meta"):
        model = resnet152().eval()
        example = torch.empty(1, *EXAMPLE)
    return lambda: model(example)


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

    from benchmarks.networks import resnet152

    network = resnet152().eval()
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
