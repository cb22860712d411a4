"""Entries that YAML reads as something else than was meant: what they were meant to be.

In: a node as libyaml has it. Out: the one that was meant, with the mistake in the sink, and its fix; None where nothing
is wrong with it. The reader goes on with what was meant, so that nothing else is said of it.
"""

from __future__ import annotations

import re
from typing import Final

from archspec.diagnostics import Edit, Fix, Sink, shortened
from archspec.scalars import Unreadable, plain_value
from archspec.source import Span
from archspec.syntax.tree import ListNode, Node, Scalar

_BRACES: Final = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")
_GLUED: Final = re.compile(r"([A-Za-z_][\w-]*)(\s*[:=\uff1a\uff1d]\s*)(\S.*)")

_SPACED: Final = re.compile(r"[-+]?\d[\d.]*(?:[ \t]+[-+]?\d[\d.]*)+")

_MAX_CUT: Final = 256
"""No expression is longer."""


def report_braces(node: Node, sink: Sink) -> bool:
    """Whether this is `{{name}}`, which is reported."""
    match = _BRACES.match(node.source.text, node.start - 1)
    if match is None:
        return False
    meant = f"${match[1]}"
    span = Span(node.source, match.start(), match.end())
    fix = Fix(f"write `{meant}`", (Edit(span, meant),))
    message = "a parameter is not written in braces"
    sink.error("E0113", span, message, help=f"write `{meant}`", fixes=[fix])
    return True


def read_glued(key: Scalar, sink: Sink) -> tuple[Scalar, Scalar] | None:
    """The entry that a key without a value was meant to be: `{kernel:3}`, `{kernel=3}`."""
    match = _GLUED.fullmatch(key.text)
    if match is None or key.end - key.start != len(key.text):
        return None
    name, sign, text = match.groups()
    sign_span = Span(key.source, key.start + match.start(2), key.start + match.end(2))
    message = "there is no space after the colon" if sign.strip() == ":" else "a key is followed by a colon"
    if sign.strip() == "\uff1a":
        message = "this is a full-width colon"
    help = f"write `{shortened(name)}: {shortened(text)}`"
    sink.error("E0119", key.span, message, help=help, fixes=[Fix("write `: `", (Edit(sign_span, ": "),))])
    meant = Scalar(name, name, key.source, key.start, key.start + len(name), False)
    return meant, _plain(text, Span(key.source, key.start + match.start(3), key.end))


def read_cut(node: Scalar, sink: Sink) -> Node | None:
    """The whole of a text that a comma between brackets cut: an unquoted `$(max(a, b))`, a tuple `(3, 3)`."""
    source = node.source
    closed = None if node.quoted else _closing_parenthesis(source.text, node.start, node.end)
    if closed is None:
        return None
    end, missing = closed
    text = source.text[node.start : end] + ")" * missing
    span = Span(source, node.start, end)
    if text.startswith("$("):
        code, written = "E0101", f'"{text}"'
        message = "between brackets, a comma ends the text of an expression"
        help = f"put quotes around it: `{shortened(written)}`"
        if missing:
            code, message = "E0117", "a `(` of this expression is never closed"
            help = f"write `{shortened(written)}`"
    elif text.startswith("(") and text.endswith(")"):
        code, written = "E0101", f"[{text[1:-1]}]"
        message, help = "a list stands in square brackets", f"write `{shortened(written)}`"
    else:
        return Scalar(text, text, source, node.start, end, False)
    fix = Fix(f"write `{shortened(written)}`", (Edit(span, written),))
    sink.error(code, span, message, help=help, fixes=[fix])
    return Scalar(text, text, source, node.start, end, True) if text.startswith("$(") else _listed(span)


def read_spaced(node: Scalar, sink: Sink) -> list[Scalar] | None:
    """The numbers between which a list lacks its commas: `[4 4]`."""
    if not _SPACED.fullmatch(node.text):
        return None
    numbers = [
        _plain(found.group(), Span(node.source, node.start + found.start(), node.start + found.end()))
        for found in re.finditer(r"\S+", node.text)
    ]
    text = ", ".join(number.text for number in numbers)
    help = f"write `{shortened(text)}`"
    fix = Fix(help, (Edit(node.span, text),))
    sink.error("E0101", node.span, "no comma between the numbers of a list", help=help, fixes=[fix])
    return numbers


def _listed(tuple_span: Span) -> ListNode:
    """The list that a text in parentheses was meant to be."""
    found = ListNode(tuple_span.source, tuple_span.start)
    found.end = tuple_span.end
    at = tuple_span.start + 1
    for piece in tuple_span.text[1:-1].split(","):
        text = piece.strip()
        start = at + len(piece) - len(piece.lstrip())
        found.items.append(_plain(text, Span(tuple_span.source, start, start + len(text))))
        at += len(piece) + 1
    return found


def _plain(text: str, span: Span) -> Scalar:
    """The scalar that a text without quotes is."""
    value = plain_value(text)
    meant = None if isinstance(value, Unreadable) else value
    return Scalar(meant, text, span.source, span.start, span.end, False)


def _closing_parenthesis(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The end of the text at `start` that a comma at `end` cut amid parentheses, and how many `)` it lacks.

    None where no comma did, or the text goes on too far. Nothing that YAML gives a meaning stands in it but the comma.
    An expression lacks a `)` where the next entry begins, or the mapping ends, before it is closed: a comma that only
    `$(` itself is around parts two entries.
    """
    depth = 0
    comma, last = None, end
    for at in range(start, min(start + _MAX_CUT, len(text))):
        character = text[at]
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return (at + 1, 0) if at >= end else None
        elif character == ",":
            comma = comma or (at if depth == 1 and at > end else None)
            last = at
        elif character in "[]{}:'\"#\n":
            break
    else:
        return None
    if not text.startswith("$(", start) or character not in ":}" or at <= end or text[end] != ",":
        return None
    if comma is not None:
        return comma, 1
    stop = at if character == "}" else last
    return (len(text[:stop].rstrip()), depth) if stop > end else None
