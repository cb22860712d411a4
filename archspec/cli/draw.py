"""`archspec draw`.

Without `annotations` of `__future__`: typer would compile the text of each option's type, twice, at every start.
"""

import os
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
    deliver,
)
from archspec.cli.pictures import Order, Words
from archspec.console import CANNOT_RUN, STALE, complain, say
from archspec.files import CannotRun
from archspec.limits import Limits

if TYPE_CHECKING:
    from archspec.backends.dot import Unavailable
    from archspec.compiler import Checked
    from archspec.ir import Graph


def draw(
    file: File,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Where to write; - is stdout.")
    ] = "-",
    format: Annotated[
        str,
        typer.Option(
            metavar="FORMAT",
            help="svg, png, pdf, dot, mmd (Mermaid) or html (a page that folds); else as the output is called, "
            "else svg.",
        ),
    ] = "",
    view: Annotated[
        str,
        typer.Option(
            metavar="overview|blocks|full",
            help="Draw a card for each stage, what the spec repeats once, or every copy.",
        ),
    ] = "blocks",
    depth: Annotated[
        str,
        typer.Option(
            metavar="NUMBER", help="Open groups and blocks to this depth: 1 is layer1, 2 is layer1.0."
        ),
    ] = "",
    only: Annotated[
        str, typer.Option(metavar="PATH", help="Draw only this part: a section, or a node by its path.")
    ] = "",
    direction: Annotated[
        str, typer.Option(metavar="TB|LR", help="From top to bottom, or from left to right.")
    ] = "TB",
    link: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Where the current folder can be read on the web. The boxes of an SVG lead to the lines of the spec: "
            "there, or else in the file beside the picture.",
        ),
    ] = "",
    open_: Annotated[bool, typer.Option("--open", help="Show the picture.")] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; exit 1 if the output is not the picture of the spec."),
    ] = False,
    update: Annotated[
        bool, typer.Option("--update", help="FILE is Markdown: renew the pictures that it asks for.")
    ] = False,
    force: Force = False,
    settings: Settings = None,
    max_ops: MaxOps = LIMITS.ops,
    max_parameters: MaxParameters = LIMITS.parameters,
    max_depth: MaxDepth = LIMITS.depth,
) -> None:
    """Draw a network.

    As SVG, PNG, PDF, DOT text, Mermaid or an interactive page; without -o to stdout. Where no layout engine draws the
    format, the DOT text is written beside the output. Of a spec with errors, what could be checked is drawn, with the
    errors in red, and the exit code is 1.
    """
    from archspec.backends.dot import Unavailable
    from archspec.output import check_free

    limits = Limits(ops=max_ops, depth=max_depth, parameters=max_parameters)
    words = Words(output, format, view, depth, only, direction, link, tuple(settings or ()))
    if update:
        from archspec.cli.update import update_markdown

        if open_ or force or words != Words():
            raise CannotRun("`--update` takes what to draw from the Markdown: give it `--check` or nothing")
        raise typer.Exit(update_markdown(file, limits, check=check))
    order = Order.of(file, words, Path.cwd())
    if check:
        if open_ or force:
            raise CannotRun("`--check` writes nothing: leave `--force` and `--open` out")
        raise typer.Exit(_check(order, limits))
    if output == "-":
        if open_:
            raise CannotRun("`--open` needs `-o FILE`")
        if order.format in ("png", "pdf") and sys.stdout.isatty():
            raise CannotRun(f"a {order.format} is nothing for a terminal: name a file with `-o`")
    else:
        check_free(Path(output), force=force)
    graph = order.graph(limits, lambda checked: _draw_broken(checked, order, force=force))
    picture = order.render(graph)
    if isinstance(picture, Unavailable):
        _without_engine(graph, picture, order, force=force)
    deliver(picture, output, force=force)
    if open_:
        import webbrowser

        webbrowser.open(Path(output).resolve().as_uri())


def _draw_broken(checked: "Checked", order: Order, *, force: bool) -> None:
    """Show where the errors of a spec are."""
    from archspec.backends.dot import Unavailable

    picture = order.render_broken(checked)
    if isinstance(picture, Unavailable):
        complain(f"{picture.message}; {picture.help}")
    elif picture is not None:
        deliver(picture, order.output, force=force)


def _check(order: Order, limits: Limits) -> int:
    if order.output == "-":
        raise CannotRun("`--check` needs `-o FILE`")
    if order.is_current(order.graph(limits)):
        say(f"{order.output} is current")
        return 0
    if not os.path.lexists(order.output):
        complain(f"there is no `{order.output}`; the same command without `--check` draws it")
        return STALE
    complain(
        f"`{order.output}` is not the picture of `{order.file}`; the same command with `--force` renews it"
    )
    return STALE


def _without_engine(graph: "Graph", why: "Unavailable", order: Order, *, force: bool) -> NoReturn:
    """Say what is missing, and leave the DOT text for whoever has an engine."""
    complain(f"{why.message}; {why.help}")
    if order.output != "-":
        deliver(order.dot(graph).encode(), str(Path(order.output).with_suffix(".dot")), force=force)
    raise typer.Exit(CANNOT_RUN)
