"""`note: allow W0404 …`: the remarks that silence warnings.

In: the tree of a file. Out: its allowances, in the sink. A note that begins with `allow` and a code is one: it silences
the codes it lists, and the rest of its text is the reason. Any other note is a remark and nothing more.

What holds: an allowance reaches as far as the mapping that holds the note: a node with all that is written inside it, a
block's definition and its name, at the top the file.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from archspec.diagnostics import MAX_DIAGNOSTICS, Allowance, Diagnostic, Fix, Label, Sink
from archspec.edits import delete_entry, offering, whole
from archspec.ir import Graph, distinct_modules
from archspec.source import Source, Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar, nodes

_ALLOW: Final = re.compile(r"allow\s+(?P<codes>[A-Za-z]\d+(?:[\s,]+[A-Za-z]\d+)*)(?![A-Za-z\d])")

_OF_DECLARATIONS: Final = ("W0401", "W0402", "W0403")
"""The warnings that the text of the file causes, not the network."""


def take_allowances(root: MappingNode, sink: Sink) -> None:
    """Put the allowances of a file into the sink, or say which of their codes are no warnings."""
    text = root.source.text
    if "note" not in text and "\\" not in text:  # nor written with escapes
        return
    blocks = root.get("blocks")
    names = {block: name for name, block in blocks.entries} if isinstance(blocks, MappingNode) else {}
    for node in nodes(root):
        if isinstance(node, MappingNode) and node.get("note") is not None:
            scope = Span(root.source, 0, len(root.source.text)) if node is root else whole(node)
            if node in names:
                scope = Span(scope.source, names[node].start, scope.end)
            _take(node, scope, sink)


def _take(mapping: MappingNode, scope: Span, sink: Sink) -> None:
    note = mapping.get("note")
    notes = note.items if isinstance(note, ListNode) else [note]
    for item in notes:
        codes = list(_codes(item)) if isinstance(item, Scalar) else []
        if not codes:
            continue
        from archspec.codes import CODES, FAMILIES  # few files name one

        warnings = tuple(entry.code for entry in FAMILIES["Warnings"])
        for code in codes:
            if code.text in warnings:
                reason = _reason(item)
                sink.allow(Allowance(code.text, code, scope, _removal(mapping, note, codes, reason), reason))
            elif not sink.is_full:
                remark = "an error cannot be silenced: mend it" if code.text in CODES else ""
                sink.unknown(
                    "E0208",
                    code,
                    "warning",
                    code.text,
                    warnings,
                    remark=remark,
                    help=f"write one of {warnings[0]} to {warnings[-1]}, or leave it out",
                    listed_by="`archspec explain W0404` says what a code means",
                )


def _codes(note: Scalar) -> Iterator[Span]:
    """Where the codes that a note allows are written."""
    found = _ALLOW.match(note.text)
    if found is None:
        return
    at = note.start
    for code in re.findall(r"[A-Za-z]\d+", found["codes"]):
        at = note.source.text.find(code, at, note.end)
        if at == -1:  # written with escapes
            return
        yield Span(note.source, at, at + len(code))
        at += len(code)


def _reason(note: Node | None) -> str:
    """What a note says behind its codes."""
    found = _ALLOW.match(note.text) if isinstance(note, Scalar) else None
    return "" if found is None else found.string[found.end() :].strip(" ,:;.–—-\n")


def _removal(mapping: MappingNode, note: Node | None, codes: list[Span], reason: str) -> tuple[Fix, ...]:
    """The fix that removes a note; with it goes the reason that somebody wrote down, if there is one."""
    edits = delete_entry(mapping, "note") if isinstance(note, Scalar) and len(codes) == 1 else None
    return offering("remove the note", edits, is_safe=not reason)


def unused_allowances(graph: Graph, source: Source, sink: Sink) -> tuple[Diagnostic, ...]:
    """A warning for each allowance of `source` that silenced nothing, where the network reaches what it is about."""
    unused = [allowance for allowance in sink.unused if allowance.span.source is source]
    if not unused:
        return ()
    steps = (step for module in distinct_modules(graph.root) for step in module.steps)
    starts = sorted({step.origin.span.start for step in steps if step.origin.span.source is source})
    found: list[Diagnostic] = []
    for allowance in unused:
        scope, code = allowance.scope, allowance.span
        at = bisect_left(starts, scope.start)
        reached = at < len(starts) and starts[at] < scope.end
        if len(found) == MAX_DIAGNOSTICS:
            break
        if (reached or allowance.code in _OF_DECLARATIONS) and not sink.allows("W0415", code):
            found.append(
                Diagnostic(
                    "W0415",
                    "warning",
                    f"there is no {allowance.code} here to silence",
                    code,
                    (Label("", code),),
                    help="remove the code from the note",
                    fixes=allowance.fixes,
                )
            )
    return tuple(found)
