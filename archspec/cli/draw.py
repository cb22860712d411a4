"""`archspec draw`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from archspec.cli.options import (
    LIMITS,
    File,
    Force,
    MaxDepth,
    MaxOps,
    MaxParameters,
    Settings,
    compiled,
    deliver,
    settings_of,
)
from archspec.console import CANNOT_RUN, complain
from archspec.files import CannotRun
from archspec.limits import Limits

if TYPE_CHECKING:
    from archspec.backends.dot import Unavailable
    from archspec.ir import Graph


def draw(
    file: File,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Where to write; - is stdout.")
    ] = "-",
    format: Annotated[
        str, typer.Option(help="svg, png, pdf or dot; else as the output is called, else svg.")
    ] = "",
    view: Annotated[str, typer.Option(help="What to draw: blocks.")] = "blocks",
    open_: Annotated[bool, typer.Option("--open", help="Show the picture.")] = False,
    force: Force = False,
    settings: Settings = None,
    max_ops: MaxOps = LIMITS.ops,
    max_parameters: MaxParameters = LIMITS.parameters,
    max_depth: MaxDepth = LIMITS.depth,
) -> None:
    """Draw a network.

    As SVG, PNG, PDF or DOT text; without -o to stdout. Where no layout engine draws the format, the DOT text is
    written beside the output.
    """
    from archspec.backends.dot import VIEWS, Unavailable, render
    from archspec.output import check_free

    kind = _picture_format(format, output)
    chosen = next((known for known in VIEWS if known == view), None)
    if chosen is None:
        raise CannotRun(f"there is no view `{view}`; there is {', '.join(VIEWS)}")
    if output == "-":
        if open_:
            raise CannotRun("`--open` needs `-o FILE`")
        if kind in ("png", "pdf") and sys.stdout.isatty():
            raise CannotRun(f"a {kind} is nothing for a terminal: name a file with `-o`")
    else:
        check_free(Path(output), force=force)
    limits = Limits(ops=max_ops, depth=max_depth, parameters=max_parameters)
    network = compiled(file, settings_of(settings), limits)
    picture = render(network.graph, kind, chosen)
    if isinstance(picture, Unavailable):
        _without_engine(network.graph, picture, output, force=force)
    deliver(picture, output, force=force)
    if open_:
        import webbrowser

        webbrowser.open(Path(output).resolve().as_uri())


def _picture_format(format: str, output: str) -> str:
    from archspec.backends.dot import FORMATS

    kind = format or (Path(output).suffix.removeprefix(".").lower() if output != "-" else "svg")
    if kind not in FORMATS:
        what = f"the format `{kind}`" if kind else f"the format of `{output}`"
        raise CannotRun(f"{what} is not one that `draw` writes: {', '.join(FORMATS)}")
    return kind


def _without_engine(graph: Graph, why: Unavailable, output: str, *, force: bool) -> NoReturn:
    """Say what is missing, and leave the DOT text for whoever has an engine."""
    from archspec.backends.dot import dot

    complain(f"{why.message}; {why.help}")
    if output != "-":
        deliver(dot(graph).encode(), str(Path(output).with_suffix(".dot")), force=force)
    raise typer.Exit(CANNOT_RUN)
