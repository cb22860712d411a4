"""Graph → the Python file of its inference build.

In: a checked graph. Out: the text of a module that depends on torch alone: the network with what training needs folded
away, written without a call of a module for each layer, and `convert`, which makes its weights of the trained ones.

What holds is what holds for `emit` of `backends/torch/source.py`, which writes the classes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from archspec.backends.torch import code
from archspec.backends.torch.inference.rules import definitions, names, rules, table
from archspec.backends.torch.layout import render
from archspec.backends.torch.source import Addition, Emitted, emitted
from archspec.backends.weights import entries
from archspec.ir import Graph, Module, distinct_modules, walk
from archspec.ops.base import Op
from archspec.ops.convolution import Conv, ConvTranspose
from archspec.ops.dropout import Dropout, DropPath
from archspec.passes.inference import Inference, for_inference
from archspec.passes.inference.sources import FoldedConstant, FoldedNorm, FoldedScale
from archspec.syntax import collector_paused

_IMAGE: Final = 3
"""The axes of a value with height and width: [C, H, W]."""


CHANNELS_LAST: Final = "nn.utils.convert_conv2d_weight_memory_format"
"""What gives the weights of a network's convolutions a layout."""


def emit_inference(graph: Graph) -> str:
    """The file."""
    return emitted_inference(graph).text


@lru_cache(maxsize=1)
def emitted_inference(graph: Graph) -> Emitted:
    """The file, with the name of the network's class. The last one is kept: a build that checks what it writes asks for
    it several times."""
    with collector_paused():
        inference = for_inference(graph)
        made = rules(inference)
        tables = "\n".join(render(table(made, _dropped(graph, inference))))
        addition = Addition(
            about=_about(graph, inference),
            in_constructor=tuple(_layout(inference.graph)),
            behind=lambda network: f"{tables}\n\n\n{definitions(made, network)}",
            names=names(made),
        )
        return emitted(inference.graph, addition)


def _layout(graph: Graph) -> Iterator[code.Statement]:
    """Weights with the channels last: what PyTorch's convolutions on a CPU, and the pools behind them, are fast with.
    The numbers are the same."""
    convolutions = (
        step
        for module in distinct_modules(graph.root)
        for step in module.steps
        if isinstance(step.target, Conv | ConvTranspose) and len(step.shape) == _IMAGE
    )
    if any(True for _ in convolutions):
        arguments = (code.Name("self"), code.dotted("torch.channels_last"))
        yield code.Evaluate(code.Call(code.dotted(CHANNELS_LAST), arguments))


def _dropped(graph: Graph, inference: Inference) -> tuple[str, ...]:
    """What leads the keys of the trained network that no layer is made of: the outermost modules of heads and the
    like, with a dot behind."""
    used = {
        path
        for row in inference.rows
        for branch in row.source.branches
        for path in (
            branch.layer,
            *(part.path for part in branch.behind if not isinstance(part, FoldedConstant)),
        )
    }
    keys = entries(graph)
    left = [key for key in keys if key not in used and key.rpartition(".")[0] not in used]
    kept = {prefix for key in keys.keys() - set(left) for prefix in _prefixes(key)}
    return tuple(
        dict.fromkeys(next(prefix for prefix in _prefixes(key) if prefix not in kept) for key in left)
    )


def _prefixes(key: str) -> Iterator[str]:
    """`a.`, `a.b.`, … up to the whole key."""
    parts = key.split(".")
    return (".".join(parts[:end]) + "." for end in range(1, len(parts) + 1))


def _about(graph: Graph, inference: Inference) -> str:
    """What was done to the network."""
    behind = {part for row in inference.rows for branch in row.source.branches for part in branch.behind}
    branches = [row for row in inference.rows if len(row.source.branches) > 1]
    done = [
        _counted(sum(isinstance(part, FoldedNorm) for part in behind), "batch norm", "folded"),
        _counted(sum(isinstance(part, FoldedScale) for part in behind), "learned scale", "folded"),
        _counted(sum(isinstance(part, FoldedConstant) for part in behind), "factor", "folded"),
        _counted(len(branches), "sum of convolutions", "made one", "sums of convolutions"),
        _counted(_steps(graph.root, Dropout, DropPath), "dropout", "left out"),
        _counted(len(graph.aux), "auxiliary head", "left out"),
    ]
    told = ", ".join(filter(None, done)) or "nothing to fold"
    return f"For inference: {told}. `convert` makes its weights of the trained ones."


def _counted(count: int, what: str, done: str, several: str = "") -> str:
    if not count:
        return ""
    return f"{count} {what if count == 1 else several or what + 's'} {done}"


def _steps(root: Module, *ops: type[Op]) -> int:
    return sum(isinstance(visit.step.target, ops) for visit in walk(root))
