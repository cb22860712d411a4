"""What ships: `archspec zoo`, `archspec blocks`, `archspec schema`."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated, Final

import typer

from archspec.console import put, terminal_columns
from archspec.files import CannotRun
from archspec.report.visible import visible


class ListFormat(StrEnum):
    """How `zoo` prints."""

    text = "text"
    json = "json"


_MOST: Final = 100
"""The columns that a line takes at most."""

blocks_app = typer.Typer(
    help="List the shipped blocks.",
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
)


def zoo(format: Annotated[ListFormat, typer.Option(help="How to print.")] = ListFormat.text) -> None:
    """List the shipped networks."""
    from archspec.targets import shipped_networks

    networks = shipped_networks()
    if format is ListFormat.json:
        import json

        keys = ("name", "file", "variant", "about")
        rows = [{key: getattr(network, key) for key in keys} for network in networks]
        put(json.dumps(rows, indent=2) + "\n")
        return
    from itertools import groupby

    for file, family in groupby(networks, key=lambda network: network.file):
        members = list(family)
        names = _filled("  ".join(network.name for network in members))
        put(f"{names}{_filled(f'{file}: {visible(members[0].brief)}', '    ')}")


@blocks_app.callback()
def blocks(context: typer.Context) -> None:
    """List the shipped blocks; `blocks show NAME` prints one."""
    if context.invoked_subcommand is not None:
        return
    from archspec.diagnostics import Sink
    from archspec.expand.library import Library
    from archspec.explain import signature

    library, sink = Library(), Sink()
    found = [block for name in library.names() if (block := library.find(name, sink)) is not None]
    for block in found:
        put(f"{block.name}({signature(block)})\n{_filled(' '.join(block.about.split()), '    ')}")


def _filled(text: str, indent: str = "") -> str:
    """A text in lines that fit into the terminal."""
    from textwrap import fill

    columns = min(terminal_columns(sys.stdout) or _MOST, _MOST)
    return fill(text, columns, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False) + "\n"


@blocks_app.command()
def show(name: Annotated[str, typer.Argument(metavar="NAME", help="a block's name")]) -> None:
    """Print the YAML of a block, to copy and change."""
    from archspec.expand.library import Library
    from archspec.spelling import did_you_mean

    if name not in Library.names():
        nearest = did_you_mean(name, Library.names())
        hint = f"did you mean `{nearest}`?" if nearest else "`archspec blocks` lists them"
        raise CannotRun(f"there is no block `{name}`; {hint}")
    put(Library.text(name).encode())


def schema() -> None:
    """Print the JSON Schema for editors."""
    import json

    from archspec.editor import editor_schema

    put(json.dumps(editor_schema(), indent=2, ensure_ascii=False) + "\n")
