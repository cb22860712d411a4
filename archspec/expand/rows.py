"""Mistakes in the rows of a loop, and in the names that it gives: told at the row, or at the name.

In: a name that is read or given in a loop, and is not there or taken. Out: the diagnostic, if the loop is to blame.
"""

from __future__ import annotations

import re
from itertools import islice

from archspec.diagnostics import Frame, Label, Sink
from archspec.edits import replacing
from archspec.expand.context import Context, span_of
from archspec.expand.place import MAX_COMPARED, Flow, Place
from archspec.names import folded
from archspec.source import Span
from archspec.syntax import Node, Scalar


def row_too_many(name: str, node: Node, place: Place, sink: Sink) -> Frame | None:
    """The row of a loop that gives a name its number, where there are nodes of other numbers: it is one too many."""
    text = node.text if isinstance(node, Scalar) else ""
    rows = [frame for frame in reversed(sink.frames) if any(_reads(text, each) for each in frame.binds)]
    pattern = re.sub(r"\d+", "#", name)
    if not rows or pattern in ("#", name) or place.is_incomplete():
        return None
    siblings = islice(place.known(), MAX_COMPARED)
    return rows[0] if any(re.sub(r"\d+", "#", each) == pattern for each in siblings) else None


def _reads(text: str, name: str) -> bool:
    """Whether a template reads a name."""
    return re.search(rf"\$(?:{name}|\([^)]*\b{name})\b", text) is not None


def without_number(node: Node, place: Place, context: Context) -> Flow | None:
    """The value of the node `up` that a loop gives, where `up$k` is read in it, after reporting that the name lacks
    what differs; None where there is no such node.
    """
    text = node.text if isinstance(node, Scalar) else ""
    frame = _row_of(text, context.sink)
    plain = re.sub(r"\$(?:[A-Za-z]\w*|\([^)]*\))", "", text)
    given = place.builder.taken.get(folded(plain))
    found = place.find(plain)
    if frame is None or found is None or given is None or span_of(given).text != plain or plain == text:
        return None
    at = span_of(given)
    if not _is_written_inside(at, frame, node):
        return None
    context.sink.error(
        "E0210",
        at,
        f"the name `{plain}` is the same in every row, and `{text}` is read",
        labels=[Label("here", node.span)],
        help=f"write `{text}`",
        fixes=replacing(at, text),
        sole=True,
    )
    return found


def _is_written_inside(at: Span, frame: Frame, reader: Node) -> bool:
    """Whether a name is given in the loop whose row `frame` is, before the node that reads it."""
    return at.source is frame.span.source and frame.span.end <= at.start < reader.span.start


def is_taken_by_row(name: str, earlier: Span, at: Span, context: Context) -> bool:
    """Whether the row of a loop was told to be wrong, which gives a node at `at` a name that was given `earlier`,
    outside of the loop.
    """
    row = _row_of(at.text, context.sink)
    is_in_loop = (
        row is not None and earlier.source is row.span.source and row.span.start <= earlier.start <= at.end
    )
    if row is None or is_in_loop:
        return False
    context.misleading.add(row.span)
    context.sink.error(
        "E0210",
        row.span,
        f"this row gives a node the name `{name}`, which is taken in this module",
        labels=[Label("first given here", earlier), Label("again here", at)],
        help="leave the row out, or write the name in another way",
        sole=True,
    )
    return True


def _row_of(text: str, sink: Sink) -> Frame | None:
    """The row of a loop of which a template reads a name, the outermost of several."""
    return next((each for each in sink.frames if any(_reads(text, one) for one in each.binds)), None)
