"""Top-level keys that belong below another, their header: a block beside `blocks`, a parameter beside `params`, a node
beside `body`. The header is missing, or they are not indented.

In: the root mapping. Out: the mapping that was meant, with those keys below their header, after one report for each
header. What a key holds says what it is: a block declares `params`, a parameter is a value that an expression reads, a
node names an op; below a header with nothing in it belongs what follows. A key that is near a valid one is else left to
be reported as a slip for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from archspec.diagnostics import Edit, Fix, Label, Sink
from archspec.edits import whole
from archspec.names import STRUCTURES
from archspec.ops import OPS, find
from archspec.schema.elsewhere.words import key_meant
from archspec.source import Span
from archspec.spelling import did_you_mean
from archspec.syntax import ListNode, MappingNode, Node, Scalar

Entry = tuple[Scalar, Node]

_SLOTS: Final = ("stem", "body", "head")
_SECTIONS: Final = (*_SLOTS, "blocks", "params", "variants", "defaults", "aux", "init", "expect")
_WHAT: Final = {"blocks": "a block", "params": "a parameter", **dict.fromkeys(_SLOTS, "a node")}
_EXPRESSION: Final = r"\$(?:\([^\n\"']{0,256}|\w+)"
_WORD: Final = r"[A-Za-z]\w*"
MAX_KEYS: Final = 100
"""No file of more unknown keys lacks a header alone."""
MAX_LINES: Final = 300
"""No longer part of a file is indented by a fix."""


def with_headers(root: MappingNode, known: Iterable[str], sink: Sink) -> MappingNode:
    """`root` with the headers that are missing in it, or `root` itself."""
    names = tuple(known)
    unknown = sum(key.text not in names for key, _ in root.entries)
    if not 0 < unknown <= MAX_KEYS:
        return root
    read = _words_of_expressions(root.source.text)
    meant = MappingNode(root.source, root.start)
    meant.end = root.end
    below: dict[str, MappingNode] = {}
    homes: dict[str, MappingNode] = {}
    above: Entry | None = None
    for key, value in root.entries:
        is_known = key.text in names
        header = None
        if not is_known:
            header = _header_above(above, key, value, root, names) or _header(key, value, root, names, read)
        above = (key, value) if is_known else above
        if header is None:
            meant.entries.append((key, value))
        elif header in below:
            below[header].entries.append((key, value))
            homes[header].entries.append((key, value))
        elif above is not None and header == above[0].text:
            below[header] = MappingNode(root.source, key.start)
            below[header].entries.append((key, value))
            own = above[1].entries if isinstance(above[1], MappingNode) else []
            homes[header] = MappingNode(root.source, above[1].start)
            homes[header].end, homes[header].entries = above[1].end, [*own, (key, value)]
            at = next(at for at, (each, _) in enumerate(meant.entries) if each.text == header)
            meant.entries[at] = (above[0], homes[header])
        else:
            below[header] = MappingNode(root.source, key.start)
            below[header].entries.append((key, value))
            homes[header] = MappingNode(root.source, key.start)
            homes[header].entries.append((key, value))
            name = Scalar(header, header, root.source, key.start, key.end, False)
            meant.entries.append((name, homes[header]))
    for header, mapping in below.items():
        mapping.end = homes[header].end = whole(mapping.entries[-1][1]).end
        _report(header, mapping.entries, root, sink)
    return meant if below else root


def _header_above(
    above: Entry | None, key: Scalar, value: Node, root: MappingNode, names: Sequence[str]
) -> str | None:
    """The key above that this one seems to stand below: one without a value, or the nodes to which it is one more."""
    near = key_meant(key.text, names) or did_you_mean(key.text, names) or ""
    if above is None or above[0].text not in _SECTIONS or near[:1] == key.text[0]:
        return None
    header, held = above[0].text, above[1]
    if isinstance(held, Scalar) and held.value is None and not held.text:
        return header
    is_one_more = isinstance(held, MappingNode) and header in _SLOTS and not held.span.text.startswith("{")
    return (
        header if is_one_more and isinstance(value, MappingNode | Scalar) and _is_call(value, root) else None
    )


def _is_call(value: MappingNode | Scalar, root: MappingNode) -> bool:
    """Whether a value is an op, a structure or a block of the file, by its right name."""
    blocks = root.get("blocks")
    own = [key.text for key, _ in blocks.entries] if isinstance(blocks, MappingNode) else []
    if isinstance(value, Scalar):
        return find(value.text) is not None or value.text in own
    return _is_node(value) or any(key.text in own for key, _ in value.entries)


def is_blocks(value: Node) -> bool:
    """Whether a mapping can only be that of the blocks, whatever its key: what is in it declares parameters."""
    return isinstance(value, MappingNode) and any(_declares(inner) for _, inner in value.entries)


def _declares(value: Node) -> bool:
    """Whether this is a block: parameters, and a node."""
    return (
        isinstance(value, MappingNode)
        and isinstance(value.get("params"), MappingNode)
        and len(value.entries) > 1
    )


def _header(
    key: Scalar, value: Node, root: MappingNode, names: Sequence[str], read: frozenset[str]
) -> str | None:
    """The header that a key should stand below; None where that cannot be told. `read`: the words of expressions."""
    if key_meant(key.text, names) is not None:
        return None
    if _declares(value):
        return "blocks" if root.get("blocks") is None else None
    if isinstance(value, MappingNode | Scalar) and _is_node(value):
        is_missed = all(root.get(slot) is None for slot in _SLOTS) and did_you_mean(key.text, names) is None
        return "body" if is_missed else None
    is_value = isinstance(value, Scalar | ListNode) and root.get("params") is None
    return "params" if is_value and key.text in read else None


def _words_of_expressions(text: str) -> frozenset[str]:
    """The words that stand where expressions do: `$width`, `$(width * 2)`."""
    return frozenset(
        word for match in re.finditer(_EXPRESSION, text) for word in re.findall(_WORD, match.group())
    )


def _is_node(value: MappingNode | Scalar) -> bool:
    if isinstance(value, Scalar):
        is_near = find(value.text) is not None or did_you_mean(value.text, OPS) is not None
        return isinstance(value.value, str) and is_near
    return any(key.text in STRUCTURES or find(key.text) is not None for key, _ in value.entries)


def _report(header: str, entries: Sequence[Entry], root: MappingNode, sink: Sink) -> None:
    (first, _), *rest = entries
    is_there = root.get(header) is not None
    what = _WHAT.get(header, "an entry")
    help = f"write `{header}:` above it, and indent what belongs to it"
    sink.error(
        "E0203",
        first.span,
        f"unknown key `{first.text}` of the spec",
        label=f"{what} of `{header}`, not indented" if is_there else f"{what} without its `{header}`",
        labels=[Label("and here", key.span) for key, _ in rest[:4]],
        help=f"indent what belongs to `{header}`" if is_there else help,
        fixes=_indenting(header, entries, root),
    )


def _indenting(header: str, entries: Sequence[Entry], root: MappingNode) -> tuple[Fix, ...]:
    """The header above its entries, and those indented; none where something stands between them."""
    text, source = root.source.text, root.source
    at = [key for key, _ in root.entries].index(entries[0][0])
    is_run = [key for key, _ in root.entries[at : at + len(entries)]] == [key for key, _ in entries]
    first, last = entries[0][0].span.line, whole(entries[-1][1]).end_line
    if not is_run or text[root.start : root.start + 1] == "{" or last - first >= MAX_LINES:
        return ()
    newline = "\r\n" if "\r\n" in text else "\n"
    edits = []
    for number in range(first, last + 1):
        if source.line(number).strip():
            start = source.line_start(number)
            above = f"{header}:{newline}" if number == first and root.get(header) is None else ""
            edits.append(Edit(Span(source, start, start), f"{above}  "))
    title = (
        f"write `{header}:` above it" if root.get(header) is None else f"indent what belongs to `{header}`"
    )
    return (Fix(title, tuple(edits)),)
