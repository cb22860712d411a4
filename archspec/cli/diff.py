"""`archspec diff`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from archspec.cli.options import (
    LIMITS,
    Force,
    MaxDepth,
    MaxOps,
    MaxParameters,
    Settings,
    compiled,
    deliver,
    drawn_format,
    settings_of,
)
from archspec.console import CANNOT_RUN, put, put_table
from archspec.files import CannotRun
from archspec.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archspec.compiler import Network
    from archspec.ir import Constant

DIFFERENT = 1


class DiffFormat(StrEnum):
    """How `diff` prints."""

    text = "text"
    json = "json"
    md = "md"


def diff(
    a: Annotated[str, typer.Argument(metavar="A", help="a path, PATH:VARIANT, a shipped network, or -")],
    b: Annotated[str, typer.Argument(metavar="B", help="the same; what A is compared with")],
    format: Annotated[DiffFormat, typer.Option(help="How to print.")] = DiffFormat.text,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="Draw a picture: .svg, .png, .pdf or .dot."),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Show what is equal too, and every key.")] = False,
    batch: Annotated[
        int, typer.Option(min=1, metavar="NUMBER", help="The batch size for which memory is compared.")
    ] = 1,
    settings: Settings = None,
    settings_a: Annotated[
        list[str] | None, typer.Option("--set-a", metavar="NAME=VALUE", help="Set a parameter of A alone.")
    ] = None,
    settings_b: Annotated[
        list[str] | None, typer.Option("--set-b", metavar="NAME=VALUE", help="Set a parameter of B alone.")
    ] = None,
    force: Force = False,
    max_ops: MaxOps = LIMITS.ops,
    max_parameters: MaxParameters = LIMITS.parameters,
    max_depth: MaxDepth = LIMITS.depth,
) -> None:
    """Compare two networks.

    Layers that were added, removed or changed, the numbers of both, and what of a checkpoint of A would not fit into B.
    Exit code 0: the same network, however it is written; 1: different; 2: cannot compare.
    """
    from archspec.difference.compare import compare

    picture = "" if output is None else _picture_format(output, force=force)
    if all(name == "-" or name.startswith("-:") for name in (a, b)):
        raise CannotRun("standard input can be read once: name a file for A or B")
    limits = Limits(ops=max_ops, depth=max_depth, parameters=max_parameters)
    both = settings_of(settings)
    found = compare(
        _network(a, {**both, **settings_of(settings_a)}, limits),
        _network(b, {**both, **settings_of(settings_b)}, limits),
        batch=batch,
    )
    match format:
        case DiffFormat.text:
            from archspec.difference.text import to_table

            put_table(to_table(found, everything=all_))
        case DiffFormat.md:
            put(found.to_markdown(everything=all_))
        case DiffFormat.json:
            put(found.to_json())
    if output is not None:
        deliver(found.draw(picture), output, force=force)
    if found.verdict != "same":
        raise typer.Exit(DIFFERENT)


def _network(name: str, settings: Mapping[str, Constant], limits: Limits) -> Network:
    """As `compiled`; a spec with errors cannot be compared, which is no difference."""
    try:
        return compiled(name, settings, limits)
    except typer.Exit as end:
        raise typer.Exit(CANNOT_RUN) from end


def _picture_format(output: str, *, force: bool) -> str:
    from archspec.difference.picture import FORMATS

    return drawn_format(output, FORMATS, force=force)
