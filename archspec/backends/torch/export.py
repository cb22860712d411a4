"""A model → the bytes of a file that other programs read.

    as_safetensors   the weights alone
    as_pt2           the network with its weights, for `torch.export.load`
    as_onnx          the network with its weights, for ONNX runtimes

In: a graph and a model of it. Out: bytes, the same for the same weights; the model stays as it was.
Holds: a network is exported as it runs in evaluation mode, without auxiliary heads, for a batch of any size; several
outputs are a plain tuple. No file holds a path of this machine.
"""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Final

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from archspec.backends.torch.module import build
from archspec.files import CannotRun
from archspec.ir import Graph

_BATCH: Final = 2
"""The batch of the example that is traced: with 1, the size could be taken for a constant."""
_ONNX_BYTES: Final = 2**31 - 2**20
"""A protobuf message is smaller than 2 GiB; a MiB is left for the graph."""


def fresh(graph: Graph, seed: int) -> nn.Module:
    """A new model, the same for the same seed; the random state of the process stays as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build(graph)


def as_safetensors(model: nn.Module, graph: Graph, version: str) -> bytes:
    """The `state_dict` as a .safetensors file; its metadata name the network and the `version` of archspec."""
    _require("safetensors", "safetensors")
    from safetensors.torch import save

    tensors = {key: entry.contiguous() for key, entry in model.state_dict().items()}
    metadata = {"archspec": version, "format": "pt", "network": graph.name}
    return _sorted_metadata(save(tensors, metadata))


def as_pt2(model: nn.Module, graph: Graph) -> bytes:
    """What `torch.export.save` writes."""
    file = io.BytesIO()
    with _quiet():
        torch.export.save(_traced(model, graph), file)
    return file.getvalue()


def as_onnx(model: nn.Module, graph: Graph) -> bytes:
    """An ONNX model whose inputs and outputs are called as the network's."""
    _require("onnx", "onnx", "onnxscript")
    size = sum(entry.nbytes for entry in model.state_dict().values())
    if size > _ONNX_BYTES:
        raise CannotRun(f"an ONNX file holds less than 2 GiB, and the weights are {size:,} bytes")
    with _quiet():
        program = torch.onnx.export(
            _traced(model, graph),
            input_names=list(graph.input_names),
            output_names=list(graph.output_names),
            dynamic_shapes=tuple({0: "batch"} for _ in graph.input_names),
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise CannotRun("PyTorch did not export the network to ONNX")
    exported: bytes = program.model_proto.SerializeToString(deterministic=True)
    return exported


def _require(extra: str, *packages: str) -> None:
    if any(find_spec(package) is None for package in packages):
        raise CannotRun(f"writing .{extra} needs {' and '.join(packages)}: pip install 'archspec[{extra}]'")


def _traced(model: nn.Module, graph: Graph) -> ExportedProgram:
    example = tuple(torch.zeros(_BATCH, *shape) for shape in graph.root.inputs)
    batch = Dim("batch")
    # The named tuple of a model with several outputs is a class that a reader of the file does not have.
    plain = model.register_forward_hook(_as_plain_tuple)
    try:
        with _evaluating(model):
            program = torch.export.export(
                model, example, dynamic_shapes=tuple({0: batch} for _ in example), strict=False
            )
    finally:
        plain.remove()
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)
    return program


def _as_plain_tuple(
    _: nn.Module, __: object, output: Tensor | tuple[Tensor, ...]
) -> Tensor | tuple[Tensor, ...]:
    return output if isinstance(output, Tensor) else tuple(output)


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """While this is open, the whole model is in evaluation mode; afterwards each part is in the mode it was in."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what PyTorch's exporters have to say of their own workings."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _sorted_metadata(data: bytes) -> bytes:
    """A .safetensors file with its metadata in order: the library writes them in the order of a random hash."""
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)  # the tensors begin at a multiple of eight
    return len(text).to_bytes(8, "little") + text + data[end:]
