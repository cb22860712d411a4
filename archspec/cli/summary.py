"""`archspec summary`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from archspec.cli.options import (
    LIMITS,
    File,
    MaxDepth,
    MaxOps,
    MaxParameters,
    Settings,
    compiled,
    settings_of,
)
from archspec.console import put, put_table
from archspec.limits import Limits


class SummaryFormat(StrEnum):
    """How `summary` prints."""

    text = "text"
    json = "json"
    csv = "csv"
    md = "md"
    tex = "tex"


class DType(StrEnum):
    """Types of numbers, for the memory that `summary` counts."""

    float64 = "float64"
    float32 = "float32"
    float16 = "float16"
    bfloat16 = "bfloat16"


def summary(
    file: File,
    format: Annotated[SummaryFormat, typer.Option(help="How to print.")] = SummaryFormat.text,
    depth: Annotated[
        int | None,
        typer.Option(min=1, metavar="NUMBER", help="Open modules to this depth: 1 is layer1, 2 is layer1.0."),
    ] = None,
    batch: Annotated[
        int, typer.Option(min=1, metavar="NUMBER", help="The batch size for which memory is counted.")
    ] = 1,
    dtype: Annotated[
        DType, typer.Option(help="The type of number for which memory is counted.")
    ] = DType.float32,
    settings: Settings = None,
    max_ops: MaxOps = LIMITS.ops,
    max_parameters: MaxParameters = LIMITS.parameters,
    max_depth: MaxDepth = LIMITS.depth,
) -> None:
    """Print shapes and costs.

    For every node: its output's shape, its parameters and their share of all, its multiply-accumulates, its receptive
    field with the stride between neighbours, and the bytes of its output.

    JSON and CSV list the ops; with --depth, also the modules at that depth, in place of what is in them.
    """
    from archspec.backends import summary as tables

    limits = Limits(ops=max_ops, depth=max_depth, parameters=max_parameters)
    network = compiled(file, settings_of(settings), limits)
    found = network.summary(depth=depth, batch=batch, dtype=dtype.value)
    match format:
        case SummaryFormat.json:
            put(tables.to_json(found).rstrip("\n") + "\n")
        case SummaryFormat.csv:
            put(tables.to_csv(found))
        case SummaryFormat.md:
            put(tables.to_markdown(found))
        case SummaryFormat.tex:
            put(tables.to_latex(found))
        case SummaryFormat.text:
            put_table(tables.to_table(found))
