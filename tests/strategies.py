"""Whole specs for property tests: networks of convolutions, pools, norms, residuals, branches, repeats, loops, blocks.

What is drawn is valid by construction: the generator follows the shape through every node, with the ops' own shape
rules, which `test_ops.py` compares with PyTorch. A spec of it that archspec refuses is therefore a bug.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import Any, TypeAlias

from hypothesis import strategies as st

from archspec.expand.shortcuts import projection_stride
from archspec.ops.base import Fault, Op, Shape
from archspec.ops.convolution import Conv, ConvTranspose
from archspec.ops.pooling import AvgPool, MaxPool, MinPool

Node: TypeAlias = "str | dict[str, Any] | list[Any]"

MAX_SIZE = 20
MAX_CHANNELS = 36
"""No axis grows beyond these: the networks are built and run."""

KEEPING: tuple[Node, ...] = (
    "relu",
    "relu",
    "silu",
    "swish",
    "tanh",
    "identity",
    "prelu",
    "norm",
    {"norm": "layer"},
    {"norm": "rms", "eps": 1e-6},
    {"dropout": 0.5},
    {"drop_path": 0.1},
    {"leaky_relu": 0.2},
    {"use": "elu", "alpha": 0.5, "note": "a remark"},
    {"norm": "group", "groups": 1},
)
"""Nodes that keep the shape of any map; the last wants more than one number."""

POOLS = {"maxpool": MaxPool, "avgpool": AvgPool, "minpool": MinPool}


@dataclass
class _Builder:
    """Draws nodes for a map of a given shape, and says what shape they give."""

    draw: st.DrawFn
    blocks: dict[str, Any] = field(default_factory=dict)

    def one_of(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def count(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def keeping(self, shape: Shape | None = None) -> Node:
        """A node that keeps the shape; without one, a node that keeps every shape."""
        several = shape is not None and prod(shape) > 1
        return self.draw(st.sampled_from(KEEPING if several else KEEPING[:-1]))

    def node(self, shape: Shape, depth: int) -> tuple[Node, Shape]:
        """Any node; at depth 0 an op."""
        kinds = ["keeping", "keeping", "sliding", "sliding", "sliding"]
        if depth > 0:
            kinds += ["sequence", "residual", "branches", "repeat", "block", "standard"]
        match self.draw(st.sampled_from(kinds)):
            case "keeping":
                return self.keeping(shape), shape
            case "sliding":
                return self.sliding(shape)
            case "sequence":
                children, result = self.sequence(shape, depth - 1)
                return {"seq": children}, result
            case "residual":
                return self.residual(shape, depth - 1)
            case "branches":
                return self.branches(shape, depth - 1)
            case "repeat":
                return self.repeated(shape, depth - 1)
            case "block":
                return self.block(shape, depth - 1)
            case _:
                return self.standard(shape)

    def sliding(self, shape: Shape) -> tuple[Node, Shape]:
        """A convolution or a pool; the identity where the drawn arguments do not fit."""
        kind = self.one_of("conv", "conv", "conv", "depthwise", "conv_transpose", *POOLS)
        kernel, stride = self.count(1, 4), self.count(1, 3)
        op: Op
        if kind in ("conv", "depthwise"):
            grouped = kind == "depthwise"
            channels = self.one_of(1, 2, 4, 6) * (shape[0] if grouped else 1)
            arguments = {
                "kernel": kernel,
                "stride": stride,
                "padding": self.one_of(0, 1, "half", "same", kernel // 2),
                "dilation": self.one_of(1, 1, 2),
                "groups": shape[0] if grouped else 1,
                "bias": self.one_of(True, False),
            }
            op = Conv(channels, **arguments)
            node: Node = {"conv": channels, **arguments}
        elif kind == "conv_transpose":
            channels = self.one_of(1, 3, 4)
            op = ConvTranspose(channels, kernel, stride)
            node = {kind: channels, "kernel": kernel, "stride": stride}
        else:
            padding = self.count(0, kernel // 2)
            op = POOLS[kind](kernel, stride=stride, padding=padding)
            node = {kind: kernel, "stride": stride, "padding": padding}
        result = op.infer(shape)
        if isinstance(result, Fault) or max(result[1:]) > MAX_SIZE or result[0] > MAX_CHANNELS:
            return "identity", shape
        return node, result

    def sequence(self, shape: Shape, depth: int) -> tuple[Node, Shape]:
        """A list or a mapping of nodes, one of which may read an earlier value, be a loop, or be left out."""
        children: list[Node] = []
        for _ in range(self.count(1, 3)):
            node, shape = self.node(shape, depth)
            children.append(node)
        extra = self.one_of("nothing", "nothing", "loop", "left out", "join", "shared")
        if extra == "loop":
            rows = self.draw(st.lists(st.sampled_from((2, 3, 5)), min_size=1, max_size=3))
            body: list[Node] = [{"conv": "$width", "kernel": 1}, self.keeping()]
            children.append({"for": "width", "in": rows, "do": body})
            shape = (rows[-1], *shape[1:])
        elif extra == "left out":
            children.append({"conv": 7, "kernel": 99, "if": False})
        if self.one_of(True, False):
            return children, shape
        # A loop would give its children's names once for each row, were they not numbered.
        named: dict[str, Any] = {
            f"n{at}": [node] if isinstance(node, dict) and "for" in node else node
            for at, node in enumerate(children)
        }
        if extra == "join" and shape[0] * 2 <= MAX_CHANNELS:
            named["mark"] = "identity"
            named["side"] = {"conv": shape[0], "kernel": 3, "padding": "same", "from": "mark"}
            join = self.one_of("add", "concat", "multiply")
            named["join"] = {join: ["mark", "side"]}
            shape = (shape[0] * 2, *shape[1:]) if join == "concat" else shape
        elif extra == "shared":
            named["layer"] = {"conv": shape[0], "kernel": 1}
            named["again"] = {"share": "layer"}
        return named, shape

    def residual(self, shape: Shape, depth: int) -> tuple[Node, Shape]:
        """A residual with a shortcut that fits its main path."""
        main, result = self.sequence(shape, depth)
        node: dict[str, Any] = {"residual": main}
        choices: list[Any] = ["none"]
        if result == shape:
            choices += [None, "identity", "auto", "projection", "pad", ["relu"]]
        elif len(result) > 1 and projection_stride(shape, result) is not None:
            choices += ["auto", "projection", {"downsample": "auto"}, {"use": "projection", "norm": "none"}]
            choices += ["pad"] if result[0] >= shape[0] else []
        if result[1:] == shape[1:]:
            choices.append([{"conv": result[0], "kernel": 1}])
        shortcut = self.draw(st.sampled_from(choices))
        if shortcut is not None:
            node["shortcut"] = shortcut
        if self.one_of(True, False):
            node["after"] = self.one_of("relu", {"act": "tanh"}, ["norm", "relu"])
        if self.count(1, 4) == 1:
            node["scale"] = 0.1
        return node, result

    def branches(self, shape: Shape, depth: int) -> tuple[Node, Shape]:
        """Parallel branches of equal size."""
        join = self.one_of("concat", "add", "multiply")
        if join == "concat":
            widths = self.draw(st.lists(st.sampled_from((1, 2, 5)), min_size=2, max_size=3))
        else:
            widths = [shape[0]] * self.count(2, 3)
        branches: dict[str, Any] = {}
        for at, width in enumerate(widths):
            conv = {"conv": width, "kernel": self.one_of(1, 3), "padding": "half"}
            branches[f"b{at}"] = self.one_of(conv, [conv, self.keeping()], {"seq": {"conv": conv}})
        if join == "concat":
            branches["skip"] = "identity"
            return {join: branches}, (shape[0] + sum(widths), *shape[1:])
        return {join: branches}, shape

    def repeated(self, shape: Shape, depth: int) -> tuple[Node, Shape]:
        """Copies of a convolution, the first or last of which may differ, or of a structure that keeps the shape."""
        copies = self.count(1, 4)
        if self.one_of(True, False):
            node, result = self.node(shape, depth)
            if result == shape and isinstance(node, dict) and "repeat" not in node and "for" not in node:
                return {**node, "repeat": copies}, shape
        channels = self.one_of(2, 4)
        conv: dict[str, Any] = {"conv": channels, "kernel": 3, "padding": 1, "repeat": copies}
        sizes = shape[1:]
        extra = self.one_of("nothing", "first", "last", "as", "growing")
        if extra in ("first", "last"):
            conv[extra] = {"stride": 2}
            sizes = tuple((size - 1) // 2 + 1 for size in sizes)
        elif extra == "as":
            conv["as"] = "layer$(i + 1)"
        elif extra == "growing":
            conv["conv"] = "$(in_channels + i)"
            channels = shape[0] + sum(range(copies))
        return conv, (channels, *sizes)

    def block(self, shape: Shape, depth: int) -> tuple[Node, Shape]:
        """A call of a block of the spec's own, made the first time it is called."""
        name = self.one_of("plain", "skip", "nested")
        if name not in self.blocks:
            self.blocks[name] = self.definition(name)
        stride = self.one_of(1, 1, 2)
        channels = self.one_of(2, 4)
        sizes = tuple((size - 1) // stride + 1 for size in shape[1:])
        call: dict[str, Any] = {name: channels, "stride": stride}
        if stride == 1 and self.one_of(True, False):
            call["repeat"] = self.count(1, 3)
        return call, (channels, *sizes)

    def definition(self, name: str) -> dict[str, Any]:
        params: dict[str, Any] = {"channels": "int", "stride": 1}
        conv = {"conv": "$channels", "kernel": 3, "stride": "$stride", "padding": 1, "bias": False}
        match name:
            case "plain":
                return {"params": params, "seq": [conv, self.keeping(), "relu"]}
            case "skip":
                main = {"conv1": conv, "bn1": "norm", "act": self.keeping()}
                return {"params": params, "residual": main, "shortcut": "auto", "after": {"relu": "relu"}}
            case _:
                self.blocks.setdefault("skip", self.definition("skip"))
                seq = {
                    "a": {"skip": "$channels", "stride": "$stride"},
                    "b": {"use": "skip", "channels": "$channels"},
                }
                return {"params": params, "seq": seq}

    def standard(self, shape: Shape) -> tuple[Node, Shape]:
        """A standard block that takes maps of any rank."""
        stride = self.one_of(1, 2)
        sizes = tuple((size - 1) // stride + 1 for size in shape[1:])
        match self.one_of("conv_norm_act", "residual_block", "bottleneck", "separable_conv"):
            case "bottleneck":
                return {"bottleneck": 2, "stride": stride}, (8, *sizes)
            case name:
                return {name: 4, "stride": stride}, (4, *sizes)


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """A spec as the values that a YAML file of it holds."""
    axes = draw(st.sampled_from((1, 2, 2, 2, 3)))
    shape: Shape = (draw(st.sampled_from((1, 2, 3, 4))), *(draw(st.integers(4, 12)) for _ in range(axes)))
    builder = _Builder(draw)
    spec: dict[str, Any] = {"archspec": 1, "name": "Drawn", "input": list(shape)}
    slots: dict[str, Any] = {}
    if builder.one_of(True, False):
        slots["stem"], shape = builder.sequence(shape, 0)
        slots["stem"] = _renamed(slots["stem"], "stem")
    slots["body"], shape = builder.sequence(shape, 3)
    match builder.one_of("map", "vector", "flat"):
        case "vector":
            slots["head"] = ["gap", {"fc": 5}, "softmax"]
            shape = (5,)
        case "flat":
            slots["head"] = {"flatten": "flatten", "linear": {"linear": 7}}
            shape = (7,)
    if builder.blocks:
        spec["blocks"] = builder.blocks
    return {**spec, **slots, "expect": {"output": list(shape)}}


def _renamed(children: Node, prefix: str) -> Node:
    """The children of a slot by names of its own: those of a mapping join their neighbours' in the network."""
    if not isinstance(children, dict):
        return children
    names = {name: f"{prefix}_{name}" for name in children}
    renamed: dict[str, Any] = {}
    for name, node in children.items():
        if isinstance(node, dict):
            node = dict(node)
            for key in ("from", "share"):
                if node.get(key) in names:
                    node[key] = names[node[key]]
            for join in ("add", "concat", "multiply"):
                if isinstance(node.get(join), list):
                    node[join] = [names[side] for side in node[join]]
        renamed[names[name]] = node
    return renamed
