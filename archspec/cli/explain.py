"""`archspec explain`."""

from __future__ import annotations

from typing import Annotated

import typer

from archspec.cli.options import LIMITS, Settings, compiled, settings_of
from archspec.console import put
from archspec.files import CannotRun


def explain(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="a code, an op, a block, a word of the language, ops, codes, words, or FILE:NODE",
        ),
    ],
    settings: Settings = None,
) -> None:
    """Explain a code, a name or a node.

    An error code (E0301), an op (conv), a block (fire), a word of the language (residual), or why a node has the shape
    it has (resnet18:layer2.0.conv1).
    """
    from archspec.explain import explain_name, explain_node, nearest_name

    text = explain_name(what)
    if text is None:
        file, colon, node = what.rpartition(":")
        if not colon:
            nearest = nearest_name(what)
            hint = f"did you mean `{nearest}`?" if nearest else "a node is written FILE:NODE"
            raise CannotRun(f"there is nothing called `{what}`; {hint}")
        text = explain_node(compiled(file, settings_of(settings), LIMITS), node)
    put(text)
