"""Parts of a spec that are mappings, written as lists of their entries: a dash before every name.

    variants:
      - small: {width: 8}
      - large: {width: 64}

In: the root mapping. Out: the one that was meant, after one report for each such part; the same mapping where there is
none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from archspec.diagnostics import Edit, Fix, Label, Sink, shortened
from archspec.source import Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar

Entry: TypeAlias = tuple[Scalar, Node]

_PARTS: Final = ("input", "import", "variants", "defaults", "blocks", "aux")
_MAX_ITEMS: Final = 300
"""No longer list is mended by a fix."""


def with_mappings(root: MappingNode, sink: Sink) -> MappingNode:
    """`root` with a mapping in place of each list of entries."""
    if not any(key.text in _PARTS and _is_listed(value) for key, value in root.entries):
        return root
    meant = MappingNode(root.source, root.start)
    meant.end, meant.again = root.end, root.again
    for key, value in root.entries:
        if key.text in _PARTS and isinstance(value, ListNode) and _is_listed(value):
            value = _joined(key, value, sink)
        meant.entries.append((key, value))
    return meant


def _is_listed(value: Node) -> bool:
    items = value.items if isinstance(value, ListNode) else []
    keys = [key.text for item in items if isinstance(item, MappingNode) for key, _ in item.entries]
    return bool(keys) and all(isinstance(item, MappingNode) for item in items) and len({*keys}) == len(keys)


def _joined(key: Scalar, value: ListNode, sink: Sink) -> MappingNode:
    """The mapping of the entries of a list, which is reported."""
    meant = MappingNode(value.source, value.start)
    meant.end = value.end
    items = [item.entries for item in value.items if isinstance(item, MappingNode)]
    meant.entries = [entry for entries in items for entry in _nested(entries)]
    first, *others = (entries[0][0] for entries in items)
    # What stands below the first key of an item is its own once the key stands where the dash does.
    stays = any(len(entries) > 1 and not _is_header(entries) for entries in items)
    edits = [_without_dash(each, first, " " if stays else "") for each in (first, *others)]
    is_mendable = len(edits) <= _MAX_ITEMS and None not in edits
    help = "leave the dashes out" if others else "leave the dash out"
    if value.source.text.startswith("[", value.start):
        names = shortened(", ".join(f"{entry.text}: …" for entry, _ in meant.entries))
        help = f"write `{key.text}: {{{names}}}`"
    sink.error(
        "E0206",
        first.span,
        f"`{key.text}` is a mapping, and this is an item of a list",
        labels=[Label("and this", each.span) for each in others[:4]],
        help=help,
        fixes=[Fix(help, tuple(edit for edit in edits if edit is not None))] if is_mendable else (),
    )
    return meant


def _is_header(entries: Sequence[Entry]) -> bool:
    """Whether the first of several entries of an item has no value: the others are what belongs to it."""
    value, others = entries[0][1], entries[1:]
    return len(others) > 0 and isinstance(value, Scalar) and value.start == value.end


def _nested(entries: Sequence[Entry]) -> Sequence[Entry]:
    """The entries of an item, those below a header as its value."""
    if not _is_header(entries):
        return entries
    key, others = entries[0][0], entries[1:]
    inner = MappingNode(key.source, others[0][0].start)
    inner.end, inner.entries = others[-1][1].end, [*others]
    return [(key, inner)]


def _without_dash(key: Scalar, first: Scalar, space: str) -> Edit | None:
    """The edit that takes the dash from before a key, or makes a space of it; none where it does not stand as the first
    item's does.
    """
    line = key.source.line_start(key.span.line)
    before = key.source.text[line : key.start]
    if before.strip() != "-" or key.span.column != first.span.column:
        return None
    dash = line + before.index("-")
    return Edit(Span(key.source, dash, dash + 1 if space else key.start), space)
