"""Padding by name against TensorFlow's own rule, and our own layers against what people do to models."""

from __future__ import annotations

import copy

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given
from hypothesis import strategies as st
from op_strategies import PROPERTY
from recipe_runner import batch_of, run
from torch import nn

from archspec.ops.base import Op, Shape
from archspec.ops.convolution import Conv
from archspec.ops.cut import Slice, Split
from archspec.ops.dropout import DropPath
from archspec.ops.joins import PadShortcut
from archspec.ops.norm import Norm
from archspec.ops.pooling import AvgPool, MaxPool, MinPool
from archspec.ops.recipe import Layer
from archspec.ops.reshape import ChannelShuffle, Permute
from archspec.ops.scale import Abs, Scale, Scaled


def same_by_tensorflows_rule(n: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2, as written there."""
    extent = (kernel - 1) * dilation + 1
    total = max(extent - stride, 0) if n % stride == 0 else max(extent - n % stride, 0)
    return total // 2, total - total // 2


window = st.tuples(st.integers(1, 9), st.integers(1, 4), st.integers(1, 5), st.integers(1, 3))


@PROPERTY
@given(axes=st.lists(window, min_size=1, max_size=3), mode=st.sampled_from(("zeros", "replicate")))
def test_same_convolutions_pad_as_tensorflow(axes: list[tuple[int, int, int, int]], mode: str) -> None:
    sizes, kernels, strides, dilations = (tuple(column) for column in zip(*axes, strict=True))
    op = Conv(2, kernels, strides, "same", dilations, padding_mode=mode)
    shape = (2, *sizes)
    assert op.infer(shape) == (2, *(-(-n // s) for n, s in zip(sizes, strides, strict=True)))
    module = run(op, shape)
    convolution = module.children_by_stage[0]
    pads = [same_by_tensorflows_rule(*axis) for axis in axes]
    flat = [amount for pair in reversed(pads) for amount in pair]
    x = batch_of(2, shape)
    padded = F.pad(x, flat, "constant" if mode == "zeros" else mode)
    plain = getattr(F, f"conv{len(sizes)}d")
    expected = plain(padded, convolution.weight, convolution.bias, strides, 0, dilations)
    torch.testing.assert_close(module(x), expected)
    assert [slot.padding for slot in op.windows(shape)] == [before for before, _ in pads]


@PROPERTY
@given(
    n=st.integers(1, 12),
    kernel=st.integers(1, 4),
    stride=st.integers(1, 5),
    dilation=st.integers(1, 2),
    kind=st.sampled_from((MaxPool, MinPool, AvgPool)),
    axes=st.integers(1, 3),
)
def test_same_pools_see_only_the_input(
    n: int, kernel: int, stride: int, dilation: int, kind: type[Op], axes: int
) -> None:
    if kind is AvgPool:
        dilation = 1
    extra = {} if kind is AvgPool else {"dilation": dilation}
    kernels = (1,) * (axes - 1) + (kernel,)
    shape = (1, *(1,) * (axes - 1), n)
    x = batch_of(1, shape)
    before, _ = same_by_tensorflows_rule(n, kernel, stride, dilation)
    reduce = {MaxPool: max, MinPool: min, AvgPool: lambda seen: sum(seen) / len(seen)}[kind]
    row = x.flatten().tolist()
    expected = []
    for step in range(-(-n // stride)):
        places = [step * stride - before + tap * dilation for tap in range(kernel)]
        seen = [row[place] for place in places if 0 <= place < n]
        assume(seen)  # a dilated window may step over a short input
        expected.append(reduce(seen))
    op = kind(kernel=kernels, stride=stride, padding="same", **extra)
    got = run(op, shape)(x).flatten()
    torch.testing.assert_close(got, torch.tensor(expected))


@pytest.mark.parametrize(
    ("op", "name"),
    [
        (Conv(8, 3, padding="same"), "nn.Conv2d"),
        (Conv(8, 1, 2, padding="same"), "nn.Conv2d"),
        (Conv(8, 3, 2, padding="same"), "SameConv2d"),
        (MaxPool(3, 1, padding="same"), "nn.MaxPool2d"),
        (MaxPool(3, 2, padding="same"), "SameMaxPool2d"),
        (AvgPool(3, 1, padding="same"), "nn.AvgPool2d"),
        (MinPool(3, 2), "MinPool2d"),
        (Norm("layer"), "ChannelLayerNorm"),
        (Norm("layer", over="last"), "nn.LayerNorm"),
    ],
)
def test_pytorchs_own_layers_are_used_where_they_agree(op: Op, name: str) -> None:
    recipe = op.torch((3, 8, 8))
    assert isinstance(recipe, Layer)
    assert recipe.call.function == name


# Our own layers survive what people do to models.

OWN_LAYERS: tuple[tuple[Op, Shape], ...] = (
    *(
        (op, (4, 9, 8, 7)[: axes + 1])
        for axes in (1, 2, 3)
        for op in (
            Conv(4, 3, 2, "same"),
            MaxPool(3, 2, "same"),
            MinPool(3, 2, "same"),
            AvgPool(3, 2, "same"),
            MinPool(2),
            PadShortcut(6, 2),
        )
    ),
    (Norm("layer"), (4, 8, 8)),
    (Norm("rms"), (4, 8, 8)),
    (Scale(0.5), (4, 8, 8)),
    (DropPath(0.5), (4, 8, 8)),
    (ChannelShuffle(2), (4, 8, 8)),
)


def layer_of(op: Op, shape: Shape) -> nn.Module:
    return run(op, shape, as_layers=True).children_by_stage[0]


own_layers = pytest.mark.parametrize(
    ("op", "shape"), OWN_LAYERS, ids=[f"{op.key}-{len(shape) - 1}d" for op, shape in OWN_LAYERS]
)


@own_layers
def test_own_layers_script_and_trace(op: Op, shape: Shape) -> None:
    layer, x = layer_of(op, shape).eval(), batch_of(2, shape)
    expected = layer(x)
    torch.testing.assert_close(torch.jit.script(layer)(x), expected)
    torch.testing.assert_close(torch.fx.symbolic_trace(layer)(x), expected)
    torch.testing.assert_close(copy.deepcopy(layer)(x), expected)
    torch.jit.script(layer.train())(x)
    torch.fx.symbolic_trace(layer)(x)


@own_layers
def test_own_layers_export_with_a_dynamic_batch(op: Op, shape: Shape) -> None:
    layer = layer_of(op, shape).eval()
    batch = torch.export.Dim("batch")
    exported = torch.export.export(layer, (batch_of(2, shape),), dynamic_shapes=({0: batch},))
    x = batch_of(5, shape)
    torch.testing.assert_close(exported.module()(x), layer(x))


@pytest.mark.parametrize(
    "op", [Slice((1, 3)), Split(2, 1), Permute((2, 0, 1)), Scaled(0.1), Abs()], ids=lambda op: op.key
)
def test_layers_that_stand_for_functions_script(op: Op) -> None:
    layer, x = layer_of(op, (4, 8, 8)), batch_of(2, (4, 8, 8))
    torch.testing.assert_close(torch.jit.script(layer)(x), run(op, (4, 8, 8))(x))


def test_drop_path_drops_whole_examples_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    layer = layer_of(DropPath(0.25), (3, 4, 4)).train()
    out = layer(torch.ones(4000, 3, 4, 4)).flatten(1)
    assert set(out.unique().tolist()) == {0.0, torch.tensor(4 / 3).item()}
    assert bool((out == out[:, :1]).all())
    assert abs(out.mean().item() - 1.0) < 0.05


def test_channel_shuffle_is_pytorchs() -> None:
    x = batch_of(2, (12, 3, 3))
    torch.testing.assert_close(layer_of(ChannelShuffle(3), (12, 3, 3))(x), nn.ChannelShuffle(3)(x))


def test_the_pad_shortcut_is_option_a() -> None:
    x = batch_of(2, (16, 8, 8))
    out = layer_of(PadShortcut(32, 2), (16, 8, 8))(x)
    assert out.shape == (2, 32, 4, 4)
    assert torch.equal(out[:, :16], x[:, :, ::2, ::2])
    assert not out[:, 16:].any()


def test_channel_layer_norm_is_layer_norm_over_the_channels() -> None:
    x = batch_of(2, (6, 3, 5))
    expected = F.layer_norm(x.permute(0, 2, 3, 1), (6,)).permute(0, 3, 1, 2)
    torch.testing.assert_close(layer_of(Norm("layer"), (6, 3, 5))(x), expected)
