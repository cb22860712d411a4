"""Entries that YAML reads as something else than was meant: what they were meant to be.

In: a node as libyaml has it. Out: the one that was meant, with the mistake in the sink, and its fix; None where nothing
is wrong with it. The reader goes on with what was meant, so that nothing else is said of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from archspec.diagnostics import Edit, Fix, Label, Sink, shortened
from archspec.scalars import Unreadable, plain_value
from archspec.source import Span
from archspec.syntax.tree import ListNode, MappingNode, Node, Scalar

_BRACES: Final = re.compile(r"\{\{\s*([A-Za-z_]\w*|[\w+*/ ().-]+?)\s*\}\}")
_GLUED: Final = re.compile(r"([A-Za-z_][\w-]*)(\s*[:=\uff1a\uff1d]\s*)([^\s|>].*)")
_PARTED: Final = re.compile(r"([A-Za-z_]\w*)( +)([\w.$+-]\S*)")

_UNPARTED: Final = re.compile(r"([A-Za-z_][\w$()+-]*)( *:?)(?=\{)")
_SPACED: Final = re.compile(r"[-+]?\d[\d.]*(?:(?:[ \t]+|[ \t]*[;\uff0c\u3001\uff1b][ \t]*)[-+]?\d[\d.]*)+")
_DOTTED: Final = re.compile(r"(?:[-+]?\d+\.\s+)+[-+]?\d+\.?")

_COLON: Final = re.compile(r"\s*:")
_MAX_BRACKETS: Final = 1_000
_TYPES: Final = ("int", "float", "bool", "str", "list", "size", "any")
"""The types of parameters, which are defined above this layer."""
_MAX_CUT: Final = 256
"""No expression is longer."""


def report_braces(node: Node, sink: Sink) -> Edit | None:
    """The edit that mends it, where this is `{{name}}` or `{{name * 2}}`, which is reported."""
    match = _BRACES.match(node.source.text, node.start - 1)
    if match is None:
        return None
    meant = f"${match[1]}" if match[1].isidentifier() else f"$({match[1]})"
    span = Span(node.source, match.start(), match.end())
    edit = Edit(span, meant)
    message = "a parameter is not written in braces"
    sink.error("E0113", span, message, help=f"write `{meant}`", fixes=[Fix(f"write `{meant}`", (edit,))])
    return edit


def report_set(mapping: MappingNode, sink: Sink) -> tuple[Edit, ...]:
    """The edits that make a list of `{{conv: 8}, relu}`, a mapping whose first key is a mapping, which is reported."""
    text = mapping.source.text
    if mapping.entries or text[mapping.start : mapping.start + 1] != "{":
        return ()
    from archspec.yaml_errors.brackets import BRACKET  # only a mistake pays for it

    depth = 0
    for found in islice(BRACKET.finditer(text, mapping.start), _MAX_BRACKETS):
        depth += (found[0] in "[{") - (found[0] in "]}")
        if depth == 0:
            break
    else:
        return ()
    if _COLON.match(text, found.end()):
        return ()
    opening = Span(mapping.source, mapping.start, mapping.start + 1)
    closing = Span(mapping.source, *found.span())
    edits = (Edit(opening, "["), Edit(closing, "]"))
    labels = [Label("and here", closing)]
    message, help = "a list stands in square brackets", "write `[` and `]`"
    sink.error("E0113", opening, message, labels=labels, help=help, fixes=[Fix(help, edits)])
    return edits


def read_glued(key: Scalar, sink: Sink) -> tuple[Scalar, Scalar] | None:
    """The entry that a key without a value was meant to be: `{kernel:3}`, `{kernel=3}`, `{kernel 3}`."""
    match = _GLUED.fullmatch(key.text)
    if match is None and _COLON.match(key.source.text, key.end) is None:
        match = _PARTED.fullmatch(key.text)
    if match is None or key.end - key.start != len(key.text):
        return None
    name, sign, text = match.groups()
    if name in _TYPES and not sign.strip() and text.isidentifier():
        return _read_typed(key, name, text, sink)
    sign_span = Span(key.source, key.start + match.start(2), key.start + match.end(2))
    message = "there is no space after the colon" if sign.strip() == ":" else "a key is followed by a colon"
    if sign.strip() == "\uff1a":
        message = "this is a full-width colon"
    elif not sign.strip():
        message = f"there is no colon after `{shortened(name)}`"
    if not _is_another(key, message, sign_span, sink):
        help = f"write `{shortened(name)}: {shortened(text)}`"
        sink.error("E0119", key.span, message, help=help, fixes=[Fix("write `: `", (Edit(sign_span, ": "),))])
    meant = Scalar(name, name, key.source, key.start, key.start + len(name), False)
    return meant, _plain(text, Span(key.source, key.start + match.start(3), key.end))


def _read_typed(key: Scalar, kind: str, name: str, sink: Sink) -> tuple[Scalar, Scalar]:
    """`{int channels}`, as other languages declare it: the parameter that was meant."""
    written = f"{name}: {kind}"
    fixes = [Fix(f"write `{written}`", (Edit(key.span, written),))]
    message = "the type of a parameter is its value"
    sink.error("E0119", key.span, message, help=f"write `{written}`", fixes=fixes)
    meant = Scalar(name, name, key.source, key.start, key.end, False)
    return meant, Scalar(kind, kind, key.source, key.start, key.end, False)


def _is_another(key: Scalar, message: str, sign: Span, sink: Sink) -> bool:
    """Whether the entry just before has the same slip, `{kernel=3, stride=2}`: both are then one finding."""
    before = sink.diagnostics[-1] if sink.diagnostics else None
    if before is None or before.code != "E0119" or before.message != message or not before.fixes:
        return False
    last = before.labels[-1].span
    if last.source is not key.source or key.source.text[last.end : key.start].strip() != ",":
        return False
    (fix,) = before.fixes
    fixes = (replace(fix, edits=(*fix.edits, Edit(sign, ": "))),)
    labels = (*before.labels, Label("and here", key.span))
    sink.replace(len(sink.diagnostics) - 1, [replace(before, labels=labels, fixes=fixes)])
    return True


def report_unparted(key: Scalar, value: Scalar, sink: Sink) -> Edit | None:
    """What parts a key from the mapping in braces that its text runs into: `conv1 {conv: 8}`, `conv1:{conv: 8}`."""
    match = _UNPARTED.match(key.text)
    if match is None or key.quoted or value.quoted or not value.text.endswith("}"):
        return None
    name, sign = match.groups()
    start = key.start + match.start(2)
    edit = Edit(Span(key.source, start, key.start + match.end(2)), ": ")
    has_colon = ":" in sign
    message = (
        "there is no space after this colon" if has_colon else f"there is no colon after `{shortened(name)}`"
    )
    span = Span(key.source, key.start, start + has_colon)
    sink.error(
        "E0119", span, message, help=f"write `{shortened(name)}: {{…}}`", fixes=[Fix("write `: `", (edit,))]
    )
    return edit


def report_quoted(key: Scalar, sink: Sink) -> Edit | None:
    """The edit that takes the quotes off an entry, `'padding: 1'`, which is reported; None where it is a key, with a
    colon of its own.
    """
    is_entry = re.fullmatch(r"[A-Za-z_]\w*: [\w.$-]+", key.text) is not None
    if not is_entry or _COLON.match(key.source.text, key.end):
        return None
    edit = Edit(key.span, key.text)
    message, help = "quotes around an entry make one name of it", f"write `{key.text}`"
    sink.error("E0119", key.span, message, help=help, fixes=[Fix(help, (edit,))])
    return edit


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


def read_spaced(node: Scalar, sink: Sink, *, is_block: bool) -> Sequence[Node] | None:
    """The numbers between which a list lacks its commas: `[4 4]`; the list that they are as an item with a dash."""
    if not _SPACED.fullmatch(node.text):
        return None
    # Between whole numbers, a dot at the end of each is the comma that was meant.
    pattern = r"[-+]?\d+(?=\.?(?:\s|$))" if _DOTTED.fullmatch(node.text) else r"[-+\d.]+"
    numbers = [
        _plain(found.group(), Span(node.source, node.start + found.start(), node.start + found.end()))
        for found in re.finditer(pattern, node.text)
    ]
    text = ", ".join(number.text for number in numbers)
    text = f"[{text}]" if is_block else text
    help = f"write `{shortened(text)}`"
    fix = Fix(help, (Edit(node.span, text),))
    sink.error("E0101", node.span, "no comma between the numbers of a list", help=help, fixes=[fix])
    if not is_block:
        return numbers
    whole = ListNode(node.source, node.start)
    whole.end, whole.items = node.end, [*numbers]
    return [whole]


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
