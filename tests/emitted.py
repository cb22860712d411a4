"""Networks whose emitted file is tested: those of `emit_specs.py`, and small ones written in a test."""

from __future__ import annotations

import textwrap
from functools import cache

import torch
from emit_specs import SPECS
from takers import Output
from torch import Tensor

import archspec
from archspec.ir import Graph


@cache
def graph(name: str) -> Graph:
    return archspec.compile(SPECS[name]).graph


def graph_of(body: str, head: str = "") -> Graph:
    """A network over an input of 8 × 6 × 6."""
    spec = "archspec: 1\nname: Net\ninput: [8, 6, 6]\n" + textwrap.dedent(head) + "body:\n"
    return archspec.compile(spec + textwrap.indent(textwrap.dedent(body), "  ")).graph


def examples(network: Graph, batch: int = 2) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(0)
    return tuple(torch.randn(batch, *shape, generator=generator) for shape in network.root.inputs)


def outputs(result: Output) -> tuple[Tensor, ...]:
    return result if isinstance(result, tuple) else (result,)
