"""What PyTorch holds of a network, and what archspec says it holds: byte for byte, on a CPU."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from op_strategies import PROPERTY, ops, shapes
from recipe_runner import Running, batch_of, run
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

import archspec
from archspec.ops import OPS
from archspec.ops.base import Fault, Op, Saved, Shape
from archspec.ops.joins import Add, Concat, Multiply, PadShortcut
from archspec.passes.memory import measure_memory

by_key = pytest.mark.parametrize("op_type", [*OPS.values(), PadShortcut], ids=lambda op: op.key)


def storages(tensors: list[Tensor]) -> dict[int, int]:
    """The bytes of each storage, by its place in memory."""
    return {
        tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes()
        for tensor in tensors
        if tensor.untyped_storage().nbytes()
    }


class Watching:
    """Keeps whatever the backward pass of what runs under it keeps, apart from a model's own tensors."""

    def __init__(self, model: nn.Module) -> None:
        self.own = storages([*model.parameters(), *model.buffers()])
        self.kept: list[Tensor] = []
        self.hooks = torch.autograd.graph.saved_tensors_hooks(self._pack, lambda tensor: tensor)

    def _pack(self, tensor: Tensor) -> Tensor:
        self.kept.append(tensor)
        return tensor

    def storages(self) -> dict[int, int]:
        return {place: size for place, size in storages(self.kept).items() if place not in self.own}


def saved_by_torch(module: Running, shapes: tuple[Shape, ...], batch: int) -> tuple[set[int], bool, int]:
    """Which inputs, whether the output, and how many bytes besides."""
    inputs = [batch_of(batch, shape).requires_grad_() * 1.0 for shape in shapes]
    watching = Watching(module)
    with watching.hooks:
        output = module(*inputs)
    kept = watching.storages()
    places = [value.untyped_storage().data_ptr() for value in inputs]
    read = {position for position, place in enumerate(places) if kept.pop(place, None) is not None}
    output_place = output.untyped_storage().data_ptr()
    if output_place in places:
        return read, places.index(output_place) in read, sum(kept.values())
    return read, kept.pop(output_place, None) is not None, sum(kept.values())


def said(saved: Saved, batch: int) -> int:
    return batch * (4 * saved.numbers + 8 * saved.places) + 4 * saved.numbers_per_batch


def forms(op: Op, *shapes: Shape) -> Iterator[tuple[Running, bool]]:
    yield run(op, *shapes).train(), False
    if op.can_be_inplace:
        module = run(op, *shapes).train()
        module.children_by_stage[0].inplace = True  # type: ignore[assignment]
        yield module, True


def agree(op: Op, *shapes: Shape) -> None:
    for module, inplace in forms(op, *shapes):
        saved = op.saved_for_backward(*shapes, inplace=inplace)
        read, output, besides = saved_by_torch(module, shapes, 3)
        if inplace:  # the input is no more: it is the output
            assert not saved.inputs
            assert output == saved.output
        else:
            assert read == set(saved.inputs)
            assert output == (saved.output or (op.is_view(*shapes, training=True) and bool(saved.inputs)))
        assert besides == said(saved, 3)


@by_key
@PROPERTY
@given(data=st.data())
def test_every_op_says_what_pytorch_keeps_of_it(op_type: type[Op], data: st.DataObject) -> None:
    shape = data.draw(shapes())
    op = data.draw(ops(op_type, shape))
    assume(not isinstance(op.infer(shape), Fault))
    agree(op, shape)


@pytest.mark.parametrize("op", [Add(), Multiply(), Concat()], ids=lambda op: op.key)
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_joins_say_what_pytorch_keeps_of_them(op: Op, count: int) -> None:
    agree(op, *((4, 5, 6),) * count)
    if isinstance(op, Multiply):
        for gate in ((4, 1, 1), (1, 5, 6)):
            agree(op, *(gate,) * (count - 1), (4, 5, 6))
            agree(op, (4, 5, 6), *(gate,) * (count - 1))


# Whole networks.


class Alive(TorchDispatchMode):
    """Counts what is alive whenever an operation of PyTorch has run; each storage once, without `own`."""

    def __init__(self, own: dict[int, int], inputs: list[Tensor]) -> None:
        super().__init__()
        self.own = own
        self.tensors = [weakref.ref(tensor) for tensor in inputs]
        self.peak = 0

    def __torch_dispatch__(
        self, function: Callable[..., Any], types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = function(*args, **(kwargs or {}))
        self.tensors += [weakref.ref(leaf) for leaf in tree_leaves(result) if isinstance(leaf, Tensor)]
        self.tensors = [reference for reference in self.tensors if reference() is not None]
        alive = storages(
            [tensor for tensor in (reference() for reference in self.tensors) if tensor is not None]
        )
        self.peak = max(self.peak, sum(size for place, size in alive.items() if place not in self.own))
        return result


def peak_of_torch(network: archspec.Network) -> int:
    model = network.module().eval()
    inputs = [batch_of(1, shape) for shape in network.graph.root.inputs]
    with torch.no_grad(), Alive(storages([*model.parameters(), *model.buffers()]), inputs) as alive:
        model(*inputs)
    return alive.peak


def kept_by_torch(network: archspec.Network) -> int:
    """For a batch of two: one example has no statistics."""
    model = network.module().train()
    watching = Watching(model)
    with watching.hooks:
        result = model(*(batch_of(2, shape) for shape in network.graph.root.inputs))
    assert result is not None
    return sum(watching.storages().values())


@pytest.fixture(autouse=True)
def _two_threads() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(threads)


NETWORKS = (
    *(
        "lenet5",
        "alexnet",
        "resnet_1d",
        "residual_regressor",
        "mobilenet_v3_small",
        "squeezenet1_1",
        "unet_small",
    ),
    *("inception_module", "cnn_minpool", "siamese"),
    *("resnet20", "lenet_1998", "alexnet_2012", "cnn_pixel_unshuffle"),
)
"""Lines that hold what they read to their end, skips, heads, gates, views, concatenations, several inputs, one spatial
axis: to the byte."""


@pytest.mark.parametrize("name", NETWORKS)
def test_training_keeps_what_is_said(name: str) -> None:
    network = archspec.compile(name)
    assert kept_by_torch(network) == measure_memory(network.graph, batch=2).training


@pytest.mark.parametrize("name", NETWORKS)
def test_the_peak_of_inference_is_what_is_said(name: str) -> None:
    network = archspec.compile(name)
    assert peak_of_torch(network) == measure_memory(network.graph).inference_peak


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        *(
            "vgg11",
            "resnet50",
            "densenet121",
            "mobilenet_v2",
            "efficientnet_b0",
            "convnext_tiny",
            "inception_v3",
        ),
        *(
            "xception",
            "hrnet_w18",
            "res2net50_26w_4s",
            "dpn68",
            "regnet_y_400mf",
            "repvgg_a0",
            "cspdarknet53",
        ),
        *(
            "googlenet_2014",
            "preact_resnet164",
            "resnet50_keras",
            "se_resnet50",
            "skresnext50_32x4d",
            "ese_vovnet39b",
            "r3d_18",
        ),
    ],
)
def test_large_networks(name: str) -> None:
    network = archspec.compile(name)
    assert kept_by_torch(network) == measure_memory(network.graph, batch=2).training
    assert peak_of_torch(network) == measure_memory(network.graph).inference_peak


SPEC = "archspec: 1\ninput: [4, 8, 8]\nbody:\n"


def test_a_call_that_lacks_layers_runs_the_lines_of_the_class() -> None:
    """In the first, `relu1` is an identity, behind which the class begins a line: `relu2` stands on the next."""
    network = archspec.compile(
        """
archspec: 1
input: [4, 16, 16]
blocks:
  unit:
    params: {activate: true}
    seq:
      relu1: {use: relu, if: $activate}
      conv1: {conv: 32, kernel: 3, padding: 1}
      relu2: sigmoid
      conv2: {conv: 32, kernel: 3, padding: 1}
      pool: {maxpool: 4}
body:
  one: {unit: false}
  two: unit
"""
    )
    assert "self.relu1 = nn.ReLU() if activate else nn.Identity()" in network.source()
    memory = measure_memory(network.graph)
    assert (peak_of_torch(network), memory.peak_at) == (memory.inference_peak, "one.conv2")


@pytest.mark.parametrize(
    "body",
    [
        "  - maxpool: 2\n  - {conv: 4, kernel: 1}\n",  # nothing before the convolution needs a gradient
        "  - relu\n  - {scaled: 2}\n  - {fc: 3, if: false}\n",
        "  - {conv: 8, kernel: 3}\n  - channel_shuffle: 2\n  - relu\n  - {conv: 8, kernel: 3}\n",
        "  - {conv: 8, kernel: 3}\n  - {dropout: 0.5}\n  - relu6\n  - flatten\n  - {fc: 3}\n",
        "  - {conv: 8, kernel: 3}\n  - norm\n  - silu\n  - {conv: 8, kernel: 3}\n  - leaky_relu\n  - norm\n",
        "  - {conv: 8, kernel: 3}\n  - {slice: [0, 4]}\n  - {conv: 8, kernel: 3}\n",
        "  - {conv: 8, kernel: 3}\n  - [identity, identity]\n  - [relu, flatten]\n  - {fc: 4}\n",
        "  - {conv: 4, kernel: 1}\n  - residual: [{conv: 4, kernel: 1}, {drop_path: 0.2}]\n    after: relu\n",
        "  - {conv: 4, kernel: 1}\n  - multiply: {a: sigmoid, b: identity, c: tanh}\n",
    ],
)
def test_what_shares_memory_and_what_needs_no_gradient(body: str) -> None:
    network = archspec.compile(SPEC + body)
    assert kept_by_torch(network) == measure_memory(network.graph, batch=2).training
    assert peak_of_torch(network) == measure_memory(network.graph).inference_peak
