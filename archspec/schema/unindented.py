"""Arguments below an op of `defaults` or `init` that are not indented: they stand beside it.

    defaults:
      conv:
      bias: false

In: the root mapping. Out: the one that was meant, after one report for each such op.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from archspec.diagnostics import Edit, Fix, Label, Sink, shortened
from archspec.ops import find
from archspec.source import Span
from archspec.syntax import MappingNode, Node, Scalar

Entry: TypeAlias = tuple[Scalar, Node]

PARTS: Final = ("defaults", "init")


def with_indented(root: MappingNode, sink: Sink) -> MappingNode:
    meant = MappingNode(root.source, root.start)
    meant.end, meant.again = root.end, root.again
    for key, value in root.entries:
        if key.text in PARTS and isinstance(value, MappingNode):
            value = _nested(value, sink)
        meant.entries.append((key, value))
    return meant


def _nested(part: MappingNode, sink: Sink) -> MappingNode:
    """A part in which what follows an op without a value is below it, as far as it is called like no op."""
    meant = MappingNode(part.source, part.start)
    meant.end, meant.again = part.end, part.again
    at = 0
    while at < len(part.entries):
        key, value = part.entries[at]
        at += 1
        below: list[Entry] = []
        is_open = isinstance(value, Scalar) and value.start == value.end and find(key.text) is not None
        while is_open and at < len(part.entries) and find(part.entries[at][0].text) is None:
            below.append(part.entries[at])
            at += 1
        if below:
            _report(key, [inner for inner, _ in below], sink)
            inside = MappingNode(part.source, below[0][0].start)
            inside.end, inside.entries = below[-1][1].end, below
            value = inside
        meant.entries.append((key, value))
    return meant


def _report(op: Scalar, keys: Sequence[Scalar], sink: Sink) -> None:
    first, *others = keys
    starts = [key.source.line_start(key.span.line) for key in keys]
    is_block = all(not key.source.text[at : key.start].strip() for at, key in zip(starts, keys, strict=True))
    what, help = "this line is not indented", f"indent what belongs to `{op.text}`"
    if not is_block:
        inside = shortened(", ".join(f"{key.text}: …" for key in keys))
        what, help = f"`{shortened(first.text)}` is no op", f"put it in braces: `{op.text}: {{{inside}}}`"
    edits = tuple(Edit(Span(op.source, at, at), "  ") for at in starts)
    sink.error(
        "E0118",
        first.span,
        f"{what}, and `{op.text}` {'above' if is_block else 'before'} it has no arguments",
        labels=[Label("it belongs to this", op.span), *(Label("and this", key.span) for key in others[:4])],
        help=help,
        fixes=[Fix(help, edits)] if is_block else (),
    )
