"""The command line: arguments, printing and exit codes; the work is done elsewhere.

Starting up is quick: each command imports what it needs, and none but a `build` that makes a model or reads weights
imports torch.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from archspec.cli.build import build
from archspec.cli.diff import diff
from archspec.cli.draw import draw
from archspec.cli.explain import explain
from archspec.cli.lists import blocks_app, schema, zoo
from archspec.cli.probe import probe
from archspec.cli.summary import summary
from archspec.cli.validate import validate
from archspec.console import put, run

app = typer.Typer(
    help="A network as YAML, checked and compiled to PyTorch.",
    epilog="FILE is a path, PATH:VARIANT, the name of a shipped network (archspec zoo), or - for standard input.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for command in (validate, build, draw, summary, diff, probe, zoo, explain, schema):
    app.command()(command)
app.add_typer(blocks_app, name="blocks")


def main() -> None:
    """The program `archspec`."""
    sys.exit(run(app, sys.argv[1:]))


def _version(wanted: bool) -> None:
    if wanted:
        from archspec import __version__

        put(f"archspec {__version__}\n")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass
