"""Whole specs for property tests: networks of convolutions, pools, norms, residuals, branches, repeats, loops, blocks.

What is drawn is valid by construction: the generator follows the shape through every node, with the ops' own shape
rules, which `test_ops.py` compares with PyTorch. A spec of it that archspec refuses is therefore a bug.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from hypothesis import strategies as st

from archspec.expand.shortcuts import projection_stride
from archspec.ops.base import Fault, Op, Shape
from archspec.ops.convolution import Conv, ConvTranspose
from archspec.ops.pooling import AvgPool, MaxPool, MinPool

Node: TypeAlias = "str | dict[str, Any] | list[Any]"

MAX_SIZE = 24
"""No axis grows beyond it: the networks are run."""

KEEPING: tuple[Node, ...] = (
    "relu",
    "silu",
    "tanh",
    "identity",
    "prelu",
    {"norm": "batch"},
    {"norm": "layer"},
    {"norm": "group", "groups": 1},
    {"dropout": 0.5},
    {"elu": 0.5},
    {"use": "relu", "note": "a remark"},
)
"""Nodes that keep any shape."""


@dataclass
class _Drawn:
    """A spec in the making."""

    draw: st.DrawFn
    blocks: dict[str, Any] = field(default_factory=dict)

    def one_of(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def chance(self, one_in: int) -> bool:
        return self.draw(st.integers(1, one_in)) == 1

    def count(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def keeping(self) -> Node:
        return self.draw(st.sampled_from(KEEPING))

    def sliding(self, shape: Shape) -> tuple[Node, Shape]:
        """A convolution or pool of valid arguments; the identity where the drawn ones do not fit."""
        kind = self.one_of("conv", "conv", "conv", "depthwise", "conv_transpose", "maxpool", "avgpool", "minpool")
        kernel, stride = self.count(1, 4), self.count(1, 3)
        arguments: dict[str, Any] = {"kernel": kernel, "stride": stride}
        op: Op
        if kind in ("conv", "depthwise"):
            channels = self.one_of(1, 2, 4, 6) * (shape[0] if kind == "depthwise" else 1)
            arguments |= {
                "padding": self.one_of(0, 1, "half", "same", kernel // 2),
                "dilation": self.one_of(1, 1, 2),
                "groups": shape[0] if kind == "depthwise" else 1,
                "bias": self.one_of(True, False),
            }
            op, node = Conv(channels=channels, **arguments), {"conv": channels, **arguments}
        elif kind == "conv_transpose":
            channels = self.one_of(1, 3, 4)
            op, node = ConvTranspose(channels=channels, **arguments), {kind: channels, **arguments}
        else:
            arguments["padding"] = self.count(0, kernel // 2)
            op_type = {"maxpool": MaxPool, "avgpool": AvgPool, "minpool": MinPool}[kind]
            op, node = op_type(**arguments), {kind: arguments.pop("kernel"), **arguments}
        result = op.infer(shape)
        if isinstance(result, Fault) or max(result[1:]) > MAX_SIZE or result[0] > 48:
            return "identity", shape
        return node, result

    def node(self, shape: Shape, depth: int) -> tuple[Node, Shape]:
        """Any node for a map of `shape`, and what it gives."""
        kinds = ["keeping", "keeping", "sliding", "sliding", "sliding"]
        if depth > 0:
            kinds += ["seq", "residual", "concat", "add", "multiply", "repeat", "block", "standard"]
        kind = self.draw(st.sampled_from(kinds))
        match kind:
            case "keeping":
                return self.keeping(), shape
            case "sliding":
                return self.sliding(shape)
            case "seq":
                children, result = self.sequence(shape, depth - 1)
                return self.one_of({"seq": children}, children if isinstance(children, list) else "relu"), (
                    result if isinstance(children, list) else shape
                ) if False else self._sequence_node(children, result)
            case "residual":
                return self.residual(shape, depth - 1)
            case "concat" | "add" | "multiply":
                return self.branches(kind, shape, depth - 1)
            case "repeat":
                return self.repeated(shape, depth - 1)
            case "block":
                return self.block(shape, depth - 1)
            case _:
                return self.standard(shape)
