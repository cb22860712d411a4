"""ResNet-152 as a flat list of calls, as one would write it down to count it by hand, and what is made of the list.

infer    every shape, the parameters and the multiply-accumulates, by a bare Python loop
as_nnef  the network as NNEF text
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Literal, NamedTuple, TypeAlias

Shape: TypeAlias = tuple[int, ...]
Kind: TypeAlias = Literal["conv", "norm", "relu", "maxpool", "add", "gap", "fc"]


class Call(NamedTuple):
    """One op on earlier values. Value 0 is the input, value n the result of call n - 1."""

    kind: Kind
    inputs: tuple[int, ...]
    channels: int = 0
    kernel: int = 1
    stride: int = 1
    padding: int = 0


class Cost(NamedTuple):
    params: int = 0
    buffers: int = 0
    macs: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    shapes: list[Shape]
    costs: list[Cost]

    @property
    def total(self) -> Cost:
        return Cost(*map(sum, zip(*self.costs, strict=True)))


def infer(calls: list[Call], input: Shape) -> Counted:
    """The shape and the cost of every call, on maps of any rank: what the passes find out, with nothing around it."""
    shapes = [input]
    costs = []
    for kind, inputs, channels, kernel, stride, padding in calls:
        shape = shapes[inputs[0]]
        params = buffers = macs = 0
        if kind == "conv":
            params = channels * shape[0] * kernel ** (len(shape) - 1)
            shape = (channels, *((size + 2 * padding - kernel) // stride + 1 for size in shape[1:]))
            macs = params * prod(shape[1:])
        elif kind == "norm":
            params, buffers = 2 * shape[0], 2 * shape[0] + 1
        elif kind == "maxpool":
            shape = (shape[0], *((size + 2 * padding - kernel) // stride + 1 for size in shape[1:]))
        elif kind == "add":
            if shape != shapes[inputs[1]]:
                raise ValueError(f"{shape} and {shapes[inputs[1]]} are added")
        elif kind == "gap":
            shape = shape[:1]
        elif kind == "fc":
            params, macs = (shape[0] + 1) * channels, shape[0] * channels
            shape = (channels,)
        shapes.append(shape)
        costs.append(Cost(params, buffers, macs))
    return Counted(shapes, costs)


def resnet152() -> list[Call]:
    calls: list[Call] = []

    def call(
        kind: Kind, *inputs: int, channels: int = 0, kernel: int = 1, stride: int = 1, padding: int = 0
    ) -> int:
        calls.append(Call(kind, inputs, channels, kernel, stride, padding))
        return len(calls)

    def conv_norm(x: int, channels: int, kernel: int = 1, stride: int = 1) -> int:
        conv = call("conv", x, channels=channels, kernel=kernel, stride=stride, padding=kernel // 2)
        return call("norm", conv)

    x = call("relu", conv_norm(0, 64, 7, 2))
    x = call("maxpool", x, kernel=3, stride=2, padding=1)
    for stage, depth in enumerate((3, 8, 36, 3)):
        channels = 64 * 2**stage
        for copy in range(depth):
            stride = 2 if copy == 0 and stage > 0 else 1
            y = call("relu", conv_norm(x, channels))
            y = call("relu", conv_norm(y, channels, 3, stride))
            y = conv_norm(y, 4 * channels)
            skip = conv_norm(x, 4 * channels, 1, stride) if copy == 0 else x
            x = call("relu", call("add", y, skip))
    call("fc", call("gap", x), channels=1000)
    return calls


def as_nnef(calls: list[Call], input: Shape) -> str:
    """A flat NNEF 1.0 document; its weights are variables."""
    lines = [f"input = external<scalar>(shape = {[1, *input]});"]
    shapes = infer(calls, input).shapes
    for index, call in enumerate(calls, 1):
        given = ["input" if value == 0 else f"v{value}" for value in call.inputs]
        lines += _nnef(call, f"v{index}", given, shapes[call.inputs[0]])
    body = "\n".join(f"    {line}" for line in lines)
    return f"version 1.0;\n\ngraph ResNet(input) -> (v{len(calls)})\n{{\n{body}\n}}\n"


def _nnef(call: Call, name: str, given: list[str], shape: Shape) -> Iterator[str]:
    x, k, p, s = given[0], call.kernel, call.padding, call.stride

    def variable(what: str, *sizes: int) -> str:
        return f"{name}_{what} = variable<scalar>(shape = {list(sizes)}, label = '{name}/{what}');"

    match call.kind:
        case "conv":
            yield variable("filter", call.channels, shape[0], k, k)
            yield (
                f"{name} = conv({x}, {name}_filter, padding = [({p}, {p}), ({p}, {p})], stride = [{s}, {s}], "
                "dilation = [1, 1]);"
            )
        case "norm":
            parts = ("mean", "variance", "offset", "scale")
            yield from (variable(part, 1, shape[0]) for part in parts)
            named = ", ".join(f"{name}_{part}" for part in parts)
            yield f"{name} = batch_normalization({x}, {named}, epsilon = 1e-5);"
        case "relu":
            yield f"{name} = relu({x});"
        case "maxpool":
            yield (
                f"{name} = max_pool({x}, size = [1, 1, {k}, {k}], stride = [1, 1, {s}, {s}], "
                f"padding = [(0, 0), (0, 0), ({p}, {p}), ({p}, {p})], border = 'ignore');"
            )
        case "add":
            yield f"{name} = add({given[0]}, {given[1]});"
        case "gap":
            yield f"{name}_mean = mean_reduce({x}, axes = [2, 3]);"
            yield f"{name} = squeeze({name}_mean, axes = [2, 3]);"
        case "fc":
            yield variable("filter", call.channels, shape[0])
            yield variable("bias", 1, call.channels)
            yield f"{name} = linear({x}, {name}_filter, {name}_bias);"
