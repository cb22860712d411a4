"""The command line: arguments, printing and exit codes; the work is done elsewhere."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from archspec.late import attributes

if TYPE_CHECKING:
    from archspec.cli.commands import COMMANDS, app, command

__all__ = ["COMMANDS", "app", "command", "main"]


def main() -> None:
    """The program `archspec`.

    A command makes much and drops little before it ends: the cycle collector, which would go through all of it again
    and again, and once more at the end, comes when there is more than a network at the limits makes, a million objects,
    and not at the end. That holds of what is imported, too: typer comes after.
    """
    gc.set_threshold(2_000_000)
    from archspec.cli.commands import app
    from archspec.console import run

    code = run(app, sys.argv[1:])
    gc.freeze()
    sys.exit(code)


__getattr__ = attributes(
    __name__, {"COMMANDS": "commands.COMMANDS", "app": "commands.app", "command": "commands.command"}
)
