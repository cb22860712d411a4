"""What ships: `archspec zoo`, `archspec blocks`, `archspec schema`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from archspec.console import put
from archspec.files import CannotRun
from archspec.report.visible import visible


class ListFormat(StrEnum):
    """How `zoo` prints."""

    text = "text"
    json = "json"


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
    from textwrap import fill

    for file, family in groupby(networks, key=lambda network: network.file):
        members = list(family)
        names = fill("  ".join(network.name for network in members), 100, break_on_hyphens=False)
        brief = fill(
            f"{file}: {visible(members[0].brief)}", 100, initial_indent="    ", subsequent_indent="    "
        )
        put(f"{names}\n{brief}\n")


@blocks_app.callback()
def blocks(context: typer.Context) -> None:
    """List the shipped blocks; `blocks show NAME` prints one."""
    if context.invoked_subcommand is not None:
        return
    from textwrap import fill

    from archspec.diagnostics import Sink
    from archspec.expand.library import Library
    from archspec.explain import signature

    library, sink = Library(), Sink()
    found = [block for name in library.names() if (block := library.find(name, sink)) is not None]
    for block in found:
        about = fill(" ".join(block.about.split()), 100, initial_indent="    ", subsequent_indent="    ")
        put(f"{block.name}({signature(block)})\n{about}\n")


@blocks_app.command()
def show(name: Annotated[str, typer.Argument(metavar="NAME", help="a block's name")]) -> None:
    """Print the YAML of a block, to copy and change."""
    from archspec.diagnostics import did_you_mean
    from archspec.expand.library import Library

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
