"""The commands, and the program that is given one of them.

The module of a command is imported when the command is given, each command imports what it needs, and none but a
`build` that makes a model or reads weights imports torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from archspec.console import put

COMMANDS: Final = {
    "validate": ("validate", "Check specs and folders of specs."),
    "build": (
        "build",
        "Compile a spec to PyTorch source.",
    ),
    "draw": ("draw", "Draw a network."),
    "summary": ("summary", "Print shapes and costs."),
    "diff": ("diff", "Compare two networks."),
    "probe": ("probe", "Show activations and gradients."),
    "zoo": ("lists", "List the shipped networks."),
    "explain": ("explain", "Explain a code, a name or a node."),
    "schema": ("lists", "Print the JSON Schema for editors."),
    "blocks": ("lists", "List the shipped blocks."),
}
"""Every command, with its module and the first sentence of its help."""


class _Commands(TyperGroup):
    """The commands. Help lists them as they stand in the table; only the one that is given is made."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, (_, help) in COMMANDS.items():
            self.add_command(TyperCommand(name, help=help))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, listed, rest = super().resolve_command(ctx, args)
        return name, listed if name is None else command(name), rest


class _Command(TyperCommand):
    """One command. Of a word that is none of an option's choices, it says which one is near."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            import re  # only a mistake pays for it

            from archspec.spelling import choices

            if found := re.search(r"'(.*)' is not one of ('.*')\.$", error.message):
                known = re.findall("'(.*?)'", found[2])
                error.message = f"there is no `{found[1]}`; there is {choices(found[1], known)}"
            raise


def command(name: str) -> Any:
    """The command of that name, with its options."""
    module, _ = COMMANDS[name]
    home = import_module(f"archspec.cli.{module}")
    if name == "blocks":
        return typer.main.get_command(home.blocks_app)
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name, cls=_Command)(getattr(home, name))
    return typer.main.get_command(alone)


app = typer.Typer(
    cls=_Commands,
    help="A network as YAML, checked and compiled to PyTorch.",
    epilog="FILE is a path, PATH:VARIANT, the name of a shipped network (archspec zoo), or - for standard input.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


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
