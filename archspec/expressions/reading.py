"""A scalar of a file → expression tree; where there is none, why not, and what was meant.

In: the whole scalar, `$name` or `$( … )`, and its place. Out: a tree, or a diagnostic at the column, with the edit that
mends the expression where it is certain.
"""

from __future__ import annotations

import re
from typing import Final

from archspec.diagnostics import Sink, shortened
from archspec.expressions.parser import SyntaxFault, read_tree
from archspec.expressions.place import Place
from archspec.expressions.tree import Expression
from archspec.source import Span

_WORD: Final = re.compile(r"[^\W\d]\w*")


def words(text: str) -> frozenset[str]:
    """The words of an expression or a template, found without reading it: the names that it uses are among them."""
    return frozenset(_WORD.findall(text))


def parse(text: str, span: Span, sink: Sink) -> Expression | None:
    """The tree of `text`, the whole scalar at `span`; None with an error in the sink if it is not an
    expression.
    """
    return parse_at(text, Place(span), sink)


def parse_at(text: str, place: Place, sink: Sink) -> Expression | None:
    tree = read_tree(text)
    if not isinstance(tree, SyntaxFault):
        return tree
    from archspec.expressions.mending import fix, mended  # only a mistake pays for it

    complaint = tree.complaint
    help, fixes = complaint.help, place.fixes(tree.start, tree.end, complaint.meant)
    if complaint.code == "E0450" or (complaint.code == "E0458" and not fixes):
        mending = None if place.is_cut else mended(text)
        if mending is not None:
            help, fixes = f"write `{shortened(mending.text)}`", (fix(mending, place),)
    span = place.span(tree.start, tree.end)
    sink.error(complaint.code, span, complaint.message, help=help, fixes=fixes)
    return None
