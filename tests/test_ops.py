"""Every registered op against PyTorch itself: verdict, shapes, `state_dict`, costs, what the backward pass keeps."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields
from math import prod

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from op_strategies import EXAMPLES_EACH, PROPERTY, ops, shapes
from recipe_runner import Running, batch_of, run
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from archspec import ops as registry
from archspec.codes import CODES
from archspec.ops import ALIASES, OPS, STRUCTURAL, find
from archspec.ops.activation import Hardtanh, LeakyReLU, PReLU, ReLU, RReLU, Threshold
from archspec.ops.adaptive import AdaptiveAvgPool, GlobalAvgPool
from archspec.ops.arguments import MAX_DIMENSION
from archspec.ops.base import Fault, Op, Shape
from archspec.ops.convolution import Conv, ConvTranspose
from archspec.ops.cut import Crop, Pad, Slice, Split
from archspec.ops.dropout import Dropout, DropPath
from archspec.ops.joins import Add, Concat, Multiply, PadShortcut
from archspec.ops.linear import FullyConnected, Linear
from archspec.ops.norm import LocalResponseNorm, Norm
from archspec.ops.pooling import AvgPool, MaxPool
from archspec.ops.recipe import Function, Layer, Learned
from archspec.ops.resample import PixelShuffle, Upsample
from archspec.ops.reshape import ChannelShuffle, Flatten, Permute, Unflatten
from archspec.ops.scale import Identity, Scale, Scaled
from archspec.ops.smooth import Sigmoid
from archspec.ops.softmax import Softmax

SINGLE_INPUT = (*OPS.values(), PadShortcut)
EVERY_OP = (*OPS.values(), *STRUCTURAL)
PYTORCH_MUST_REFUSE = {"E0304", "E0305", "E0309", "E0311", "E0312", "E0314", "E0315", "E0319"}
"""Faults that are PyTorch's own. The others are stricter on purpose: the rank of the input (PyTorch would take the
batch for an axis), the length of a list, limits, arguments without meaning, ranges that Python would clip, parts that
do not come out even (`split`), windows that see nothing (PyTorch corrupts its memory)."""

by_key = pytest.mark.parametrize("op_type", SINGLE_INPUT, ids=lambda op: op.key)

pytestmark = pytest.mark.usefixtures("one_thread")


def run_in_pytorch(op: Op, shape: Shape) -> Running:
    """Train on a batch of two and evaluate one example, as anybody would. Raises what PyTorch raises."""
    module = run(op, shape)
    x = batch_of(2, shape).requires_grad_()
    out = module.train()(x)
    out.sum().backward()
    single = 2 if isinstance(op, Norm) and op.type == "batch" else 1  # statistics over a batch need a batch
    with torch.no_grad():
        module.eval()(batch_of(single, shape))
    return module


def runs_in_pytorch(op: Op, shape: Shape) -> bool:
    """Whether PyTorch takes the input, and gives something: an empty tensor is nothing."""
    try:
        run_in_pytorch(op, shape)
        return run(op, shape)(batch_of(2, shape)).numel() > 0
    except (RuntimeError, ValueError, AssertionError):
        return False


@by_key
@settings(PROPERTY, max_examples=3 * EXAMPLES_EACH)
@given(data=st.data())
def test_the_verdict_the_shape_and_the_weights_are_pytorchs(op_type: type[Op], data: st.DataObject) -> None:
    shape = data.draw(shapes())
    op = data.draw(ops(op_type, shape))
    verdict = op.infer(shape)
    if isinstance(verdict, Fault):
        assert verdict.code in CODES
        if verdict.code in PYTORCH_MUST_REFUSE and not isinstance(op, Split):
            assert not runs_in_pytorch(op, shape)
        return
    module = run_in_pytorch(op, shape)
    assert tuple(module.eval()(batch_of(2, shape)).shape[1:]) == verdict
    assert module.entries() == [(weight.name, weight.shape) for weight in op.weights(shape)]
    buffers = {name.split(".", 2)[2] for name, _ in module.named_buffers()}
    assert buffers == {weight.name for weight in op.weights(shape) if weight.buffer}


@by_key
@PROPERTY
@given(data=st.data())
def test_a_function_and_its_layer_do_the_same(op_type: type[Op], data: st.DataObject) -> None:
    shape = data.draw(shapes())
    op = data.draw(ops(op_type, shape))
    assume(not isinstance(op.infer(shape), Fault))
    recipe = op.torch(shape)
    stages = getattr(recipe, "stages", (recipe,))
    assume(not isinstance(recipe, Learned))
    assert all(isinstance(stage, Layer) or stage.layer is not None for stage in stages)
    if any(isinstance(stage, Function) for stage in stages):
        x = batch_of(2, shape)
        assert torch.equal(run(op, shape)(x), run(op, shape, as_layers=True)(x))


@pytest.mark.parametrize("op_type", [Conv, ConvTranspose, FullyConnected, Linear], ids=lambda op: op.key)
@PROPERTY
@given(data=st.data())
def test_macs_are_half_of_pytorchs_flops(op_type: type[Op], data: st.DataObject) -> None:
    shape = data.draw(shapes())
    op = data.draw(ops(op_type, shape))
    assume(not isinstance(op.infer(shape), Fault))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        run(op, shape)(batch_of(1, shape))
    assert op.macs(shape) * 2 == counter.get_total_flops()


@by_key
def test_only_convolutions_and_fully_connected_layers_cost_macs(op_type: type[Op]) -> None:
    if op_type.kind not in ("conv", "linear"):
        assert EXAMPLES[op_type][0].macs(EXAMPLES[op_type][1]) == 0


def support(op: Op, shape: Shape, position: tuple[int, ...]) -> list[tuple[int, int]]:
    """The first and last input position that output `position` depends on, by spatial axis."""
    module = run(op, shape).eval()
    for parameter in module.parameters():
        nn.init.ones_(parameter)
    x = torch.ones((1, *shape), requires_grad=True)
    out = module(x)
    (gradient,) = torch.autograd.grad(out[(0, slice(None), *position)].sum(), x)
    seen = gradient[0].abs().sum(0).nonzero()
    return [(int(low), int(high)) for low, high in zip(seen.amin(0), seen.amax(0), strict=True)]


@pytest.mark.parametrize("op_type", [Conv, AvgPool, Pad, Crop, PadShortcut], ids=lambda op: op.key)
@PROPERTY
@given(data=st.data())
def test_windows_are_what_an_output_depends_on(op_type: type[Op], data: st.DataObject) -> None:
    shape = data.draw(shapes(min_axes=2))
    op = data.draw(ops(op_type, shape))
    if isinstance(op, Conv | Pad):
        op = dataclasses.replace(op, **{"padding_mode" if isinstance(op, Conv) else "mode": "zeros"})
    out = op.infer(shape)
    assume(not isinstance(out, Fault))
    position = tuple(data.draw(st.integers(0, size - 1)) for size in out[1:])
    windows = op.windows(shape)
    starts = [at * window.stride - window.padding for at, window in zip(position, windows, strict=True)]
    inside = [
        start >= 0 and start + window.size <= length
        for start, window, length in zip(starts, windows, shape[1:], strict=True)
    ]
    assume(all(inside))
    expected = [(start, start + window.size - 1) for start, window in zip(starts, windows, strict=True)]
    assert support(op, shape, position) == expected


@by_key
@PROPERTY
@given(data=st.data())
def test_there_is_a_window_for_each_spatial_axis(op_type: type[Op], data: st.DataObject) -> None:
    shape = data.draw(shapes())
    op = data.draw(ops(op_type, shape))
    assume(not isinstance(op.infer(shape), Fault))
    windows = op.windows(shape)
    assert len(windows) == len(shape) - 1
    assert all(window.size >= 0 and window.stride >= 0 for window in windows)


@PROPERTY
@given(first=shapes(), second=shapes(), third=shapes())
def test_a_sum_takes_equal_shapes_only(first: Shape, second: Shape, third: Shape) -> None:
    verdict = Add().infer(first, second, third)
    assert isinstance(verdict, Fault) == (len({first, second, third}) > 1)
    assert Add().infer(first, first, first) == first
    out = run(Add(), first, first)(batch_of(2, first), batch_of(2, first))
    assert torch.equal(out, 2 * batch_of(2, first))


@PROPERTY
@given(data=st.data())
def test_a_concatenation_is_pytorchs(data: st.DataObject) -> None:
    first = data.draw(shapes())
    others = [
        data.draw(shapes() | st.integers(1, 5).map(lambda c: (c, *first[1:])))
        for _ in range(data.draw(st.integers(0, 3)))
    ]
    inputs = (first, *others)
    verdict = Concat().infer(*inputs)
    tensors = [batch_of(2, shape) for shape in inputs]
    if isinstance(verdict, Fault):
        assert verdict.input is not None
        assert inputs[verdict.input][1:] != first[1:]
        with pytest.raises(RuntimeError):
            run(Concat(), *inputs)(*tensors)
    else:
        assert tuple(run(Concat(), *inputs)(*tensors).shape[1:]) == verdict


@PROPERTY
@given(shape=shapes(), gate=shapes())
def test_a_product_takes_equal_shapes_and_gates(shape: Shape, gate: Shape) -> None:
    channel_gate = (shape[0], *(1,) * (len(shape) - 1))
    spatial_gate = (1, *shape[1:])
    for allowed in (shape, channel_gate, spatial_gate):
        for pair in ((shape, allowed), (allowed, shape)):
            assert Multiply().infer(*pair) == shape
            assert tuple(run(Multiply(), *pair)(*(batch_of(2, one) for one in pair)).shape[1:]) == shape
    larger = max(shape, gate, key=lambda one: (len(one), one))
    smaller = gate if larger == shape else shape
    allowed = smaller in (larger, (larger[0], *(1,) * (len(larger) - 1)), (1, *larger[1:]))
    assert isinstance(Multiply().infer(shape, gate), Fault) != allowed


@pytest.mark.parametrize("op_type", EVERY_OP, ids=lambda op: op.key)
def test_an_op_says_everything_of_itself(op_type: type[Op]) -> None:
    assert dataclasses.is_dataclass(op_type)
    assert op_type.__dataclass_params__.frozen
    assert "__dict__" not in dir(op_type)
    assert op_type.__doc__
    assert not op_type.__doc__.startswith(f"{op_type.__name__}(")  # the docstring that dataclasses make up
    assert op_type.reference.startswith("https://")
    assert op_type.example
    names = [field.name for field in fields(op_type)]
    assert op_type.main is None or op_type.main in names
    required = [field.name for field in fields(op_type) if field.default is MISSING]
    assert op_type.main in required or not required or op_type.main is not None


@pytest.mark.parametrize("op_type", OPS.values(), ids=lambda op: op.key)
def test_the_example_uses_the_op(op_type: type[Op]) -> None:
    assert op_type.example == op_type.key or op_type.example.startswith(f"{{{op_type.key}: ")


EXAMPLES: dict[type[Op], tuple[Op, Shape]] = {
    Threshold: (Threshold(0.1, 0.0), (4, 6, 6)),
    FullyConnected: (FullyConnected(5), (4,)),
    Linear: (Linear(5), (4, 6, 6)),
    Conv: (Conv(5, 3, padding=1), (4, 6, 6)),
    ConvTranspose: (ConvTranspose(5, 2, 2), (4, 6, 6)),
    Unflatten: (Unflatten((2, 2)), (4, 6, 6)),
    Permute: (Permute((1, 2, 0)), (4, 6, 6)),
    ChannelShuffle: (ChannelShuffle(2), (4, 6, 6)),
    Slice: (Slice((1, 3)), (4, 6, 6)),
    Split: (Split(2, 1), (4, 6, 6)),
    Crop: (Crop(4), (4, 6, 6)),
    Pad: (Pad(1), (4, 6, 6)),
    Upsample: (Upsample(2), (4, 6, 6)),
    DropPath: (DropPath(0.5), (4, 6, 6)),
    PadShortcut: (PadShortcut(8, 2), (4, 6, 6)),
    Scaled: (Scaled(0.5), (4, 6, 6)),
}
"""A typical use of each op; the others take their arguments from this rule."""
for _op_type in SINGLE_INPUT:
    if _op_type not in EXAMPLES:
        _required = {field.name: 2 for field in fields(_op_type) if field.default is MISSING}
        EXAMPLES[_op_type] = (_op_type(**_required), (4, 6, 6))


def in_place_forms(op: Op, shape: Shape) -> Iterator[Running]:
    yield run(op, shape).train()
    if op.can_be_inplace:
        module = run(op, shape).train()
        assert hasattr(module.children_by_stage[0], "inplace")
        module.children_by_stage[0].inplace = True
        yield module


def succeeds(backward: Callable[[], None]) -> bool:
    """Whether the backward pass finds its numbers as it left them."""
    try:
        backward()
    except RuntimeError as error:
        if "modified by an inplace operation" not in str(error):
            raise
        return False
    return True


@by_key
def test_saves_output_says_whether_the_output_may_be_overwritten(op_type: type[Op]) -> None:
    op, shape = EXAMPLES[op_type]
    needs_output = False
    for module in in_place_forms(op, shape):
        leaf = batch_of(2, shape).requires_grad_()
        out = module(leaf * 1.0)
        out.mul_(2.0)
        needs_output |= not succeeds(out.sum().backward)
    assert needs_output == op.saves_output


@by_key
def test_views_input_says_whether_memory_may_be_shared(op_type: type[Op]) -> None:
    op, shape = EXAMPLES[op_type]
    shares = False
    for candidate in (op, *VIEWING.get(op_type, ())):
        for training in (True, False):
            x = batch_of(2, shape)
            out = run(candidate, shape).train(training)(x)
            shares |= out.untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
    assert shares == op.views_input


VIEWING: dict[type[Op], tuple[Op, ...]] = {
    ChannelShuffle: (ChannelShuffle(1), ChannelShuffle(4)),
    PixelShuffle: (PixelShuffle(1),),
    Crop: (Crop(6),),
    Pad: (Pad(0),),
    PadShortcut: (PadShortcut(4),),
    Upsample: (Upsample(1),),
    AvgPool: (AvgPool(1),),
}
"""Arguments with which an op does nothing, where memory is most likely to be shared."""


@by_key
def test_in_place_is_offered_where_the_layer_takes_it(op_type: type[Op]) -> None:
    op, shape = EXAMPLES[op_type]
    recipe = op.torch(shape)
    has_argument = isinstance(recipe, Layer) and hasattr(run(op, shape).children_by_stage[0], "inplace")
    assert has_argument == op.can_be_inplace


# What archspec refuses, in words.


@pytest.mark.parametrize(
    ("op", "shape", "code", "message", "axis"),
    [
        (Conv(8, 5), (3, 8, 3), "E0304", "kernel 5 is larger than the width 3", 2),
        (Conv(8, 7, padding=1), (3, 4, 4), "E0304", "kernel 7 is larger than the padded height 6", 1),
        (
            Conv(8, 3, dilation=4),
            (3, 8),
            "E0304",
            "kernel 3 (dilation 4: it spans 9) is larger than the length 8",
            1,
        ),
        (MaxPool(3), (8, 2, 2), "E0304", "kernel 3 is larger than the height 2", 1),
        (
            Conv(8, 3),
            (512,),
            "E0308",
            "`conv` works on a feature map, and its input is a vector of 512",
            None,
        ),
        (
            Conv(8, (3, 3)),
            (3, 8),
            "E0310",
            "`kernel` lists 2 values, and the input 3 × 8 has 1 spatial axis",
            None,
        ),
        (Conv(9, 3, groups=2), (4, 8, 8), "E0305", "2 groups do not divide the 9 output channels", None),
        (
            FullyConnected(10),
            (8, 7, 7),
            "E0306",
            "`fc` takes a vector, and its input is a feature map of 8 × 7 × 7",
            None,
        ),
        (MaxPool(2, padding=2), (8, 8, 8), "E0311", "padding 2 is more than half of the kernel 2", 1),
        (
            Conv(8, 9, padding=4, padding_mode="reflect"),
            (3, 4, 4),
            "E0312",
            "`reflect` padding of 4 repeats more than the height 4 has",
            1,
        ),
        (Norm("group", groups=3), (8, 4, 4), "E0305", "3 groups do not divide the 8 channels", None),
        (Norm("group"), (8, 4, 4), "E0221", "`norm: group` needs the number of groups", None),
        (Norm("batch", groups=3), (8, 4, 4), "E0221", "`norm: batch` has no `groups`", None),
        (
            Norm("instance"),
            (8, 1, 1),
            "E0319",
            "`norm: instance` of 8 × 1 × 1 would normalise each number by itself",
            None,
        ),
        (
            MaxPool(2, padding=1, dilation=4, ceil=True),
            (1, 3, 2),
            "E0320",
            "with dilation 4, a window steps over the whole height 3",
            1,
        ),
        (PixelShuffle(2), (6, 4, 4), "E0309", "2² = 4 does not divide the 6 channels", 0),
        (Upsample(), (3, 4, 4), "E0221", "`upsample` takes a factor or a size: neither is given", None),
        (
            Flatten(),
            (64, 224, 224),
            "E0313",
            f"the size of the output would be 3211264, and no axis may exceed {MAX_DIMENSION}",
            None,
        ),
        (Unflatten((3, 6, 6)), (100,), "E0315", "3 × 6 × 6 holds 108 numbers, and the size is 100", 0),
        (
            Slice((0, 8)),
            (3, 4, 4),
            "E0316",
            "positions 0 to 8 go beyond the number of channels, which is 3",
            0,
        ),
    ],
)
def test_a_fault_names_what_clashes(op: Op, shape: Shape, code: str, message: str, axis: int | None) -> None:
    fault = op.infer(shape)
    assert isinstance(fault, Fault)
    assert (fault.code, fault.message, fault.axis) == (code, message, axis)


def test_fc_on_a_map_offers_gap_and_flatten() -> None:
    fault = FullyConnected(10).infer((512, 7, 7))
    assert isinstance(fault, Fault)
    assert (
        fault.help
        == "put `gap` before it (the mean of each channel: 512 features) or `flatten` (25088 features)"
    )


@by_key
@PROPERTY
@given(data=st.data())
def test_faults_name_real_arguments_and_axes(op_type: type[Op], data: st.DataObject) -> None:
    shape = data.draw(shapes(max_axes=5))
    op = data.draw(ops(op_type, shape))
    fault = op.infer(shape)
    if not isinstance(fault, Fault):
        return
    assert fault.argument == "" or fault.argument in {field.name for field in fields(op)}
    assert fault.axis is None or 0 <= fault.axis < len(shape)
    assert not fault.message.endswith(".")
    assert "\n" not in fault.message + fault.help


# Numbers of the mission.


@pytest.mark.parametrize(
    ("op", "shape", "macs", "params"),
    [
        (Conv(32, 5, padding=2, bias=False), (192, 28, 28), 120_422_400, 153_600),
        (Conv(16, 1, bias=False), (192, 28, 28), 2_408_448, 3_072),
        (Conv(32, 5, padding=2, bias=False), (16, 28, 28), 10_035_200, 12_800),
        (FullyConnected(1024, bias=False), (7 * 7 * 1024,), 51_380_224, 51_380_224),
        (GlobalAvgPool(), (1024, 7, 7), 0, 0),
        (Norm(), (64, 8, 8), 0, 128),
    ],
)
def test_costs_of_the_inception_paper(op: Op, shape: Shape, macs: int, params: int) -> None:
    assert not isinstance(op.infer(shape), Fault)
    assert op.macs(shape) == macs
    assert sum(prod(weight.shape) for weight in op.weights(shape) if not weight.buffer) == params


@pytest.mark.parametrize(
    ("op", "shape", "text", "small"),
    [
        (Conv(64, 7, 2, 3), (3, 224, 224), "conv 7×7, 64, /2", False),
        (Conv(64, 3, padding=1), (64, 56, 56), "conv 3×3, 64", False),
        (Conv(128, 1, 2), (64, 56, 56), "1×1, 128, /2", False),
        (Conv(64, 3, padding=1, groups=64), (64, 56, 56), "depthwise 3×3, 64", False),
        (Conv(128, 3, padding=1, groups=32), (128, 56, 56), "conv 3×3, 128, 32 groups", False),
        (Conv(64, (1, 7), padding=(0, 3)), (64, 17, 17), "conv 1×7, 64", False),
        (Conv(8, 3, (2, 1)), (1, 9, 9), "conv 3×3, 8, /2×1", False),
        (Conv(8, 9), (1, 100), "conv 9, 8", False),
        (ConvTranspose(64, 2, 2), (128, 8, 8), "up-conv 2×2, 64, ×2", False),
        (MaxPool(3, 2, 1), (64, 112, 112), "max-pool 3×3, /2", False),
        (MaxPool(2), (64, 112, 112), "max-pool 2×2, /2", False),
        (MaxPool(3, 1, 1), (64, 28, 28), "max-pool 3×3", False),
        (GlobalAvgPool(), (512, 7, 7), "global avg-pool", False),
        (AdaptiveAvgPool(6), (256, 13, 13), "avg-pool to 6×6", False),
        (FullyConnected(1000), (512,), "fc, 1000", False),
        (Norm(), (64, 8, 8), "BN", True),
        (ReLU(), (64, 8, 8), "ReLU", True),
        (LocalResponseNorm(), (64, 8, 8), "LRN", True),
        (Dropout(), (64,), "dropout 0.5", True),
        (Softmax(), (10,), "softmax", False),
        (Add(), (8, 4, 4), "+", False),
    ],
)
def test_glyphs_read_as_in_the_papers(op: Op, shape: Shape, text: str, small: bool) -> None:
    glyph = op.glyph(shape)
    assert (glyph.text, glyph.small) == (text, small)


@by_key
def test_every_glyph_says_something(op_type: type[Op]) -> None:
    op, shape = EXAMPLES[op_type]
    assert op.glyph(shape).text.strip()


# The registry.


def test_keys_and_aliases_find_their_ops() -> None:
    assert find("conv") is Conv
    assert find("swish") is find("silu")
    assert find("no_such_op") is None
    assert not set(ALIASES) & set(OPS)
    assert all(key == op.key for key, op in OPS.items())
    assert not {op.key for op in STRUCTURAL} & set(OPS)


def test_every_activation_of_pytorch_is_there() -> None:
    from torch.nn.modules import activation

    not_activations = {"MultiheadAttention", "Softmax2d"}  # a block of its own; `softmax` on a map
    layers = {
        stage.call.function.removeprefix("nn.")
        for op, shape in EXAMPLES.values()
        for stage in (op.torch(shape),)
        if isinstance(stage, Layer)
    }
    assert set(activation.__all__) - not_activations <= layers


class _EntryPoint:
    group = "archspec.ops"

    def __init__(self, name: str, op: type[Op]) -> None:
        self.name, self.value, self._op = name, op.__name__, op

    def load(self) -> type[Op]:
        return self._op


def test_installed_ops_are_found_but_never_replace_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(ReLU):
        key = "conv"

    class Third(ReLU):
        key = "third"

    points = [_EntryPoint("conv", Other), _EntryPoint("third", Third)]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points)
    registry._installed.cache_clear()
    assert find("third") is Third
    assert find("conv") is Conv
    registry._installed.cache_clear()


def test_ops_need_neither_torch_nor_pydantic() -> None:
    code = "import sys, archspec.ops; print(sorted({'torch', 'pydantic', 'numpy'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_ops_are_values() -> None:
    assert Conv(64, 3) == Conv(64, 3)
    assert hash(Conv(64, 3)) == hash(Conv(64, 3))
    assert Sigmoid() != Identity()
    assert {LeakyReLU(), PReLU(), Hardtanh(), RReLU(), Scale()} == {
        LeakyReLU(),
        PReLU(),
        Hardtanh(),
        RReLU(),
        Scale(),
    }
