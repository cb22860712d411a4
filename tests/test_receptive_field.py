"""What a position sees of the input: as others published it, and as PyTorch's gradients show it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import torch
from hand_built import Line
from hypothesis import assume, given, reject
from hypothesis import strategies as st
from op_strategies import PROPERTY
from recipe_runner import Running, run

import archspec
from archspec.backends.summary.machine import to_json
from archspec.backends.summary.rows import summarise
from archspec.backends.summary.words import totals
from archspec.ir import Graph, Module
from archspec.ops.adaptive import AdaptiveAvgPool
from archspec.ops.base import Fault, Op, Shape, Window
from archspec.ops.convolution import Conv, ConvTranspose
from archspec.ops.cut import Crop, Pad, Slice
from archspec.ops.joins import Add, Concat
from archspec.ops.pooling import AvgPool
from archspec.ops.resample import PixelShuffle, PixelUnshuffle, Upsample
from archspec.passes.receptive_field import Field, measure_receptive_fields

PUBLISHED: dict[str, Any] = json.loads(
    (Path(__file__).parent / "networks" / "data" / "receptive_fields.json").read_text(encoding="utf-8")
)
"""For torchvision's networks, of each layer by its name there: receptive field, stride, padding, along the height."""

INNER_JOINS = {"inception_v3": ("cat_9", "cat_10", "cat_12", "cat_13")}
"""Concatenations inside of one that is written as one here."""

JOINS_AND_POOLS = {"add": "add", "cat": "concat", "avg_pool2d": "avgpool", "max_pool2d": "maxpool"}
"""What torchvision calls as a function has no name there but that of the function and a number."""


def every_field(network: archspec.Network) -> Iterator[tuple[str, str, Field]]:
    """The path, the op and the field of each op step, in running order."""
    fields = measure_receptive_fields(network.graph)

    def inside(module: Module, prefix: str, inputs: tuple[Field, ...]) -> Iterator[tuple[str, str, Field]]:
        for index, step in enumerate(module.steps):
            if step.role == "aux":
                continue
            if isinstance(step.target, Module):
                yield from inside(step.target, f"{prefix}{step.name}.", fields.entering(module, step, inputs))
            else:
                yield prefix + step.name, step.target.key, fields.at(module, index, inputs)

    yield from inside(network.graph.root, "", fields.inputs)


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_layer_has_the_published_field(name: str) -> None:
    by_path: dict[str, Field] = {}
    unnamed: dict[str, list[Field]] = {op: [] for op in JOINS_AND_POOLS.values()}
    published = {layer for layer, *_ in PUBLISHED[name]["layers"]}
    for path, op, field in every_field(archspec.compile(name)):
        by_path[path] = field
        if op in unnamed and path not in published:
            unnamed[op].append(field)
    for layer, *expected in PUBLISHED[name]["layers"]:
        if layer in INNER_JOINS.get(name, ()):
            continue
        field = by_path[layer] if layer in by_path else unnamed[JOINS_AND_POOLS[function_of(layer)]].pop(0)
        height = field.axes[0]
        assert [height.size, height.stride, height.padding] == expected, layer


def function_of(layer: str) -> str:
    """`cat` of `cat_8`."""
    name, _, number = layer.rpartition("_")
    return name if number.isdigit() else layer


# Against PyTorch's gradients: everything linear, with positive weights, so that nothing cancels.


def positive(op: Op, *shapes: Shape) -> Running:
    module = run(op, *shapes).double().eval()
    for parameter in module.parameters():
        torch.nn.init.uniform_(parameter, 0.5, 1.5)
    return module


def run_positive(graph: Graph) -> tuple[torch.Tensor, torch.Tensor]:
    """The input and the output."""
    start = torch.ones((1, *graph.root.inputs[0]), dtype=torch.float64, requires_grad=True)
    values = [start]
    for step in graph.root.steps:
        assert isinstance(step.target, Op)
        shapes = [graph.root.shape(value) for value in step.inputs]
        values.append(positive(step.target, *shapes)(*(values[value] for value in step.inputs)))
    return start, values[graph.root.outputs[0]]


def seen_by_gradient(
    start: torch.Tensor, output: torch.Tensor, position: tuple[int, ...]
) -> list[tuple[int, int]] | None:
    """The first and last input position that a position of the output depends on, by spatial axis."""
    (gradient,) = torch.autograd.grad(output[(0, slice(None), *position)].sum(), start, retain_graph=True)
    seen = gradient[0].abs().sum(0).nonzero()
    if not len(seen):
        return None
    return [(int(low), int(high)) for low, high in zip(seen.amin(0), seen.amax(0), strict=True)]


def agree(graph: Graph, reach: int) -> int:
    """Compare the positions in the middle whose windows lie `reach` positions inside of the input. Gives how many."""
    field = measure_receptive_fields(graph).network
    assert field is not None
    start, output = run_positive(graph)
    compared = 0
    for offset in range(-2, 3):
        position = tuple(size // 2 + offset for size in output.shape[2:])
        said = [window.at(at) for window, at in zip(field.axes, position, strict=True)]
        lengths = graph.root.inputs[0][1:]
        if not all(
            span is None or (span[0] >= reach and span[1] < length - reach)
            for span, length in zip(said, lengths, strict=True)
        ):
            continue
        compared += 1
        seen = seen_by_gradient(start, output, position)
        if seen is None or None in said:
            assert seen is None
            assert None in said
        elif all(window.is_exact for window in field.axes):
            assert seen == said, (position, field)
        else:
            assert all(map(holds, said, seen)), (position, field)
    return compared


def holds(bound: tuple[int, int] | None, seen: tuple[int, int]) -> bool:
    return bound is not None and bound[0] <= seen[0] and seen[1] <= bound[1]


def small(draw: st.DrawFn, low: int = 1, high: int = 3) -> int:
    return draw(st.integers(low, high))


@st.composite
def sliding_op(draw: st.DrawFn, enlarges: bool) -> Op:
    """Whatever moves, reduces or enlarges a map."""
    kernel, stride = small(draw, 1, 4), small(draw, 1, 3)
    choices: list[Op] = [
        Conv(
            1, kernel, stride, draw(st.sampled_from((small(draw, 0, 2), "same", "half"))), small(draw, 1, 2)
        ),
        AvgPool(kernel, stride, min(small(draw, 0, 2), kernel // 2), draw(st.booleans())),
        Pad(small(draw, 0, 3), small(draw, 0, 3)),
        AdaptiveAvgPool(small(draw, 8, 14)),
    ]
    if enlarges:
        wide = stride + small(draw, 0, 2)  # no position sees nothing
        mode = draw(st.sampled_from(("nearest", "nearest-exact", "area", "linear")))
        corners = draw(st.sampled_from((None, True, False))) if mode == "linear" else None
        factor = draw(st.sampled_from((2, 3, 1.5, 0.5, 2.5)))
        choices += [
            ConvTranspose(1, wide, stride, small(draw, 0, 2), small(draw, 0, stride - 1)),
            Upsample(factor, None, mode, corners),
            Upsample(None, small(draw, 10, 40), mode, corners),
        ]
    return draw(st.sampled_from(choices))


def add(line: Line, op: Op, *inputs: int) -> int:
    if isinstance(op.infer(*(line.shape(value) for value in inputs)), Fault):
        reject()
    return line.add(f"op{len(line.steps)}", op, *inputs)


@pytest.mark.parametrize("axes", [1, 2, 3])
@PROPERTY
@given(data=st.data())
def test_chains_see_what_their_gradients_show(axes: int, data: st.DataObject) -> None:
    line = Line((1, *{1: (61,), 2: (40, 43), 3: (20, 21, 22)}[axes]))
    last = 0
    for _ in range(data.draw(st.integers(1, 5 - axes))):
        last = add(line, data.draw(sliding_op(enlarges=True)), last)
    assume(min(line.shape(last)[1:]) > 6)
    assume(agree(line.graph("chain"), 8 if axes < 3 else 4))


@PROPERTY
@given(data=st.data())
def test_branches_see_what_their_gradients_show(data: st.DataObject) -> None:
    """Paths of unequal centres and sizes, cut to the same size where they meet, and enlarged again after it."""
    line = Line((1, 57))
    last = 0
    for _ in range(data.draw(st.integers(0, 2))):
        last = add(line, data.draw(sliding_op(enlarges=True)), last)
    ends = []
    for _ in range(data.draw(st.integers(2, 3))):
        end = last
        for _ in range(data.draw(st.integers(0, 2))):
            kernel = small(data.draw, 1, 5)
            end = add(line, Conv(1, kernel, 1, small(data.draw, 0, 3), small(data.draw, 1, 2)), end)
        ends.append(end)
    shortest = min(line.shape(end)[1] for end in ends)
    assume(shortest > 8)
    cut = []
    for end in ends:
        spare = line.shape(end)[1] - shortest
        start = data.draw(st.integers(0, spare))
        cut.append(
            add(line, data.draw(st.sampled_from((Crop(shortest), Slice((start, start + shortest), 1)))), end)
        )
    last = add(line, data.draw(st.sampled_from((Add(), Concat()))), *cut)
    if line.shape(last)[0] == 1:
        last = add(line, data.draw(sliding_op(enlarges=True)), last)
    assume(line.shape(last)[1] > 6)
    assume(agree(line.graph("branches"), 8))


@pytest.mark.parametrize(
    "ops",
    [
        (ConvTranspose(1, 1, 2), Conv(1, 3)),  # every other position sees nothing
        (ConvTranspose(1, 1, 3), AvgPool(2, 1)),
        (ConvTranspose(1, 2, 3, dilation=2), Conv(1, 2)),
        (ConvTranspose(1, 2, 2, dilation=2), Conv(1, 4, 3)),
        (ConvTranspose(1, 1, 2), Conv(1, 1, 2, 1)),  # and of those that are left, none sees anything
        (Conv(1, 3, 2), ConvTranspose(1, 5, 2, 2, 1), Conv(1, 4, dilation=3)),
    ],
    ids=str,
)
def test_positions_that_see_nothing(ops: tuple[Op, ...]) -> None:
    line = Line((1, 41))
    for op in ops:
        add(line, op, line.last)
    assert agree(line.graph("chain"), 4) == 5


@pytest.mark.parametrize(
    "op", [PixelShuffle(2), PixelShuffle(3), PixelUnshuffle(2), PixelUnshuffle(3)], ids=str
)
def test_channels_traded_for_positions(op: Op) -> None:
    line = Line((1, 36, 36))
    add(line, Conv(18 * 18, 3, 2, 1), 0)
    add(line, op, line.last)
    add(line, Conv(1, 2), line.last)
    add(line, Conv(1, 3, 1, 1), line.last)
    assert agree(line.graph("shuffled"), 2) > 0


def field_of(*ops: Op) -> tuple[int, int | Fraction, int]:
    line = Line((1, 64))
    for op in ops:
        add(line, op, line.last)
    field = measure_receptive_fields(line.graph("chain")).network
    assert field is not None
    (axis,) = field.axes
    return axis.size, axis.stride, axis.padding


HALF, THIRD = Fraction(1, 2), Fraction(1, 3)


@pytest.mark.parametrize(
    ("ops", "size", "stride", "padding"),
    [
        ((Upsample(2),), 1, HALF, 0),
        ((Upsample(2), Conv(1, 3, padding=1)), 2, HALF, 1),
        ((Upsample(2), Conv(1, 2)), 2, HALF, 0),
        ((Upsample(2), Conv(1, 2, 2)), 1, 1, 0),  # only even positions are looked at
        ((Upsample(2, mode="linear"),), 2, HALF, 1),
        ((Upsample(3, mode="linear"),), 2, THIRD, 1),
        ((AvgPool(2), Upsample(2)), 2, 1, 0),
        ((ConvTranspose(1, 4, 2, 1),), 2, HALF, 1),
        ((ConvTranspose(1, 2, 2), AvgPool(2)), 1, 1, 0),
        ((Conv(1, 3, 2, 1), ConvTranspose(1, 4, 2, 1)), 5, 1, 3),
        ((AdaptiveAvgPool(48),), 2, Fraction(4, 3), 0),
    ],
    ids=str,
)
def test_behind_an_enlargement(ops: tuple[Op, ...], size: int, stride: int | Fraction, padding: int) -> None:
    assert field_of(*ops) == (size, stride, padding)


# Every position of a map at once, along one axis: a linear network tells from the pictures of single positions.


def dependence(graph: Graph) -> torch.Tensor:
    """Whether output `i` depends on input `j`, at `[i, j]`."""
    channels, length = graph.root.inputs[0]
    start = torch.eye(length, dtype=torch.float64)[:, None].repeat(1, channels, 1)
    return applied(graph.root, start).abs().sum(1).T > 0


def applied(module: Module, start: torch.Tensor) -> torch.Tensor:
    values = [start]
    for step in module.steps:
        inputs = [values[value] for value in step.inputs]
        if isinstance(step.target, Module):
            values.append(applied(step.target, *inputs))
            continue
        layer = positive(step.target, *(module.shape(value) for value in step.inputs))
        for name, parameter in layer.named_parameters():
            if name.endswith("bias"):
                torch.nn.init.zeros_(parameter)
        with torch.no_grad():
            values.append(layer(*inputs))
    return values[module.outputs[0]]


def agree_everywhere(graph: Graph, reach: int) -> int:
    """Compare all positions whose windows lie `reach` positions inside of the input. Gives how many."""
    field = measure_receptive_fields(graph).network
    assert field is not None
    (window,) = field.axes
    length = graph.root.inputs[0][1]
    compared = 0
    largest = 1
    for position, row in enumerate(dependence(graph)):
        said = window.at(position)
        if said is not None and not (said[0] >= reach and said[1] < length - reach):
            continue
        found = row.nonzero()
        seen = (int(found.min()), int(found.max())) if len(found) else None
        compared += 1
        if window.is_exact:
            assert seen == said, (position, window)
            largest = max(largest, seen[1] - seen[0] + 1) if seen else largest
        else:
            assert seen is None or holds(said, seen), (position, window)
    assert largest <= window.size
    return compared


@PROPERTY
@given(data=st.data())
def test_paths_of_unequal_strides_see_what_torch_shows(data: st.DataObject) -> None:
    """Paths that are reduced and enlarged by themselves, brought to one size, and a block of layers behind them."""
    line = Line((1, 89))
    size = small(data.draw, 30, 50)
    ends = []
    for _ in range(2):
        end = 0
        for _ in range(data.draw(st.integers(0, 2))):
            end = add(line, data.draw(sliding_op(enlarges=False)), end)
        resized = data.draw(
            st.sampled_from(
                (
                    Upsample(None, size),
                    Upsample(None, size, "linear"),
                    AdaptiveAvgPool(size),
                    Crop(size),
                )
            )
        )
        ends.append(add(line, resized, end))
    joined = add(line, Add(), *ends)
    behind = Line(line.shape(joined))
    for _ in range(data.draw(st.integers(1, 2))):
        kernel, stride = small(data.draw), small(data.draw, 1, 2)
        add(behind, Conv(1, kernel, stride, small(data.draw, 0, 1), small(data.draw, 1, 2)), behind.last)
    line.add("behind", behind.module())
    assume(agree_everywhere(line.graph("drifting"), 12) > 0)


def field_after(length: int, *ops: Op) -> tuple[Graph, Window]:
    line = Line((1, length))
    for op in ops:
        add(line, op, line.last)
    graph = line.graph("chain")
    field = measure_receptive_fields(graph).network
    assert field is not None
    return graph, field.axes[0]


@pytest.mark.parametrize(
    "ops",
    [
        (Upsample(None, 997), Conv(1, 3)),  # 997 positions, none like another
        (Upsample(None, 997, "linear"), Conv(1, 4, 2), Conv(1, 3, dilation=2)),
        (AdaptiveAvgPool(307), Upsample(None, 500), Conv(1, 5)),  # more ways than there are positions
        (Upsample(None, 601), AdaptiveAvgPool(599), Conv(1, 2)),
    ],
    ids=str,
)
def test_many_ways_to_differ_are_told_apart(ops: tuple[Op, ...]) -> None:
    graph, window = field_after(401, *ops)
    assert window.is_exact
    assert agree_everywhere(graph, 6) > 200


def test_what_is_not_told_apart_is_a_bound() -> None:
    graph, window = field_after(401, Upsample(None, 1801), Conv(1, 3))
    assert not window.is_exact
    assert window.size <= 6
    assert agree_everywhere(graph, 6) > 1000
    assert "≤ " in "\n".join(totals(summarise(graph)))
    assert json.loads(to_json(summarise(graph)))["receptive_field"]["exact"] is False


def test_drifting_paths_have_a_bound_where_the_map_is_long() -> None:
    line = Line((1, 1501))
    halved = add(line, Conv(1, 3, 2), 0)
    add(line, Add(), 0, add(line, Upsample(None, 1501), halved))
    assert not measure_receptive_fields(line.graph("drifting")).inputs[0].axes[0].phases
    assert agree_everywhere(line.graph("drifting"), 4) > 1400


@pytest.mark.parametrize(
    "behind",
    [
        (Conv(1, 2, dilation=2),),  # over positions of which every other sees nothing
        (Conv(1, 3, dilation=2), Conv(1, 3)),
        (Conv(1, 2, dilation=3), AvgPool(2, 2)),
        (ConvTranspose(1, 2, 2, dilation=4),),
        (Conv(1, 2, 3, dilation=4),),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "first", [ConvTranspose(1, 1, 2), ConvTranspose(1, 2, 4), ConvTranspose(1, 2, 2, dilation=2)], ids=str
)
@pytest.mark.parametrize("in_a_block", [False, True])
def test_a_dilated_kernel_over_positions_that_see_nothing(
    first: Op, behind: tuple[Op, ...], in_a_block: bool
) -> None:
    line = Line((1, 41))
    add(line, first, 0)
    inner = Line(line.shape(line.last)) if in_a_block else line
    for op in behind:
        add(inner, op, inner.last)
    if in_a_block:
        line.add("block", inner.module())
    assert agree_everywhere(line.graph("holes"), 4) > 10


@pytest.mark.parametrize(
    ("up", "warned"),
    [
        ("{conv_transpose: 1, kernel: 4, stride: 2, padding: 1}", False),
        ("{upsample: 2}", False),  # every other position is where it was
        (
            "[{conv_transpose: 1, kernel: 5, stride: 2}, {crop: 16}]",
            True,
        ),  # one position is left over at each end
    ],
)
def test_paths_that_meet_behind_an_enlargement(tmp_path: Path, up: str, warned: bool) -> None:
    path = tmp_path / "net.yaml"
    body = f"residual: [{{conv: 1, kernel: 3, stride: 2, padding: 1}}, {up}]\n    shortcut: identity\n"
    path.write_text(f"archspec: 1\nname: Net\ninput: [1, 16, 16]\nbody:\n  - {body}", encoding="utf-8")
    found = [diagnostic.code for diagnostic in archspec.validate(str(path))]
    assert ("W0411" in found) == warned


def network_field(body: str) -> Field | None:
    return measure_receptive_fields(
        archspec.compile(f"archspec: 1\nname: Net\ninput: [3, 32, 32]\nbody:\n{body}").graph
    ).network


CONV = "{conv: 4, kernel: 3, padding: 1}"
POOLED = "[{adaptive_avgpool: 1}, {conv: 4, kernel: 1}, {upsample: 32}]"


@pytest.mark.parametrize(
    ("body", "sizes"),
    [
        (f"  - {CONV}\n  - permute: [1, 2, 0]\n  - permute: [2, 0, 1]\n  - {CONV}", (5, 5)),
        (f"  - {CONV}\n  - permute: [0, 2, 1]\n  - {{conv: 4, kernel: [1, 3], padding: [0, 1]}}", (5, 3)),
        (f"  - permute: [1, 2, 0]\n  - linear: 8\n  - permute: [2, 0, 1]\n  - {CONV}", (3, 3)),
        (
            f"  - {CONV}\n  - permute: [1, 2, 0]\n  - {CONV}",
            (0, 5),
        ),  # the height lies where channels are mixed
        (f"  - {CONV}\n  - linear: 32", (3, 0)),
        (f"  - {CONV}\n  - add: {{left: {CONV}, right: {POOLED}}}", (0, 0)),
        (f"  - {CONV}\n  - concat: {{left: {CONV}, right: {POOLED}}}\n  - {CONV}", (0, 0)),
        (f"  - {CONV}\n  - multiply: {{left: {CONV}, right: {POOLED}}}\n  - {CONV}", (7, 7)),
        (f"  - {CONV}\n  - squeeze_excite: 2\n  - {CONV}", (5, 5)),
        (
            f"  - {CONV}\n  - multiply: {{left: {POOLED}, right: {POOLED}}}\n  - {CONV}",
            (3, 3),
        ),  # a product without a map
    ],
)
def test_where_axes_move_and_paths_see_everything(body: str, sizes: tuple[int, int]) -> None:
    field = network_field(body)
    assert field is not None
    assert tuple(window.size for window in field.axes) == sizes


def test_a_product_of_pooled_values_is_no_gate_where_it_is_added() -> None:
    field = network_field(
        f"  - {CONV}\n  - add: {{left: {CONV}, right: [{{multiply: {{left: {POOLED}, right: {POOLED}}}}}]}}"
    )
    assert field is not None
    assert field.sees_everything
