"""`archspec explain`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from archspec.cli.options import LIMITS, Settings, compiled, settings_of
from archspec.console import put, terminal_columns
from archspec.diagnostics import shortened
from archspec.files import CannotRun


def explain(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="a code, an op, an argument, a block, a word, ops, codes, words, FILE or FILE:NODE",
        ),
    ],
    settings: Settings = None,
) -> None:
    """Explain a code, a name or a node.

    An error code (E0301), an op (conv), an argument (stride), a block (fire), a word of the language (residual), a name
    of another library (nn.BatchNorm2d), a network (resnet18), or why a node has the shape it has
    (resnet18:layer2.0.conv1). `ops`, `codes` and `words` list what there is.
    """
    from archspec.explain import (
        explain_foreign,
        explain_name,
        explain_network,
        explain_node,
        is_network,
        nearest_name,
    )

    columns = terminal_columns(sys.stdout)
    text = explain_name(what, columns)
    if text is None and is_network(what):
        put(explain_network(compiled(what, settings_of(settings), LIMITS), what, columns))
        return
    # `conv2d` is a value of an argument here, and a layer of PyTorch.
    foreign = explain_foreign(what, columns, layers_only=text is not None)
    text = "\n".join(filter(None, (text, foreign)))
    if text and settings:
        raise CannotRun(f"`--set` is for networks, and `{shortened(what)}` is a name")
    if not text:
        file, colon, node = what.rpartition(":")
        if not colon:
            nearest = nearest_name(what)
            lists = "`archspec explain words` lists the words, and a node is written FILE:NODE"
            hint = f"did you mean `{nearest}`?" if nearest else lists
            raise CannotRun(f"there is nothing called `{shortened(what)}`; {hint}")
        text = explain_node(compiled(file, settings_of(settings), LIMITS), node, columns)
    put(text)
