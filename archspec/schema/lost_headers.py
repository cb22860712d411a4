"""A header that was deleted, or is indented: what stood below it stands below the one before it, where it does not
belong.

In: the root mapping. Out: the mapping with that header in its place, after reporting it; the same mapping where none is
missing. A default is called like an op, and a block is not called like one of ours; a fact of `expect` is a number or a
shape, and a node is neither: so it can be told where one part of a spec ends and another begins. Nothing is reported
but what is wrong in any case where it stands. A spec in which nothing is wrong does not ask which ops are installed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Final, TypeAlias

from archspec.diagnostics import Edit, Fix, Sink
from archspec.names import FACTS, STRUCTURES
from archspec.ops import find, is_own
from archspec.source import Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar, nodes

Entry: TypeAlias = tuple[Scalar, Node]

_SLOTS: Final = ("stem", "body", "head")
_SECTIONS: Final = (*_SLOTS, "params", "variants", "defaults", "blocks", "aux", "outputs", "init", "expect")


def with_lost_headers(root: MappingNode, sink: Sink) -> MappingNode:
    """`root` with the headers that were deleted in it, or `root` itself."""
    meant: list[Entry] = []
    for name, part in root.entries:
        indented = None if not isinstance(part, MappingNode) else _indented_header(name, part, root)
        if indented is not None and isinstance(part, MappingNode):
            key, value = part.entries[indented]
            _report_indented(key, sink)
            rest = part.entries[indented + 1 :]
            meant += [(name, _part(part, part.entries[:indented]))] if indented else []
            meant.append((key, _part(part, rest) if rest and _is_empty(value) else value))
            continue
        belongs = _BELONGS.get(name.text)
        at = None if belongs is None or not isinstance(part, MappingNode) else _first_other(part, belongs)
        header = None if at is None or not isinstance(part, MappingNode) else _header(part.entries[at:], root)
        if at is None or header is None or not isinstance(part, MappingNode):
            meant.append((name, part))
            continue
        first = part.entries[at][0]
        _report(header, first, sink)
        key = Scalar(header, header, part.source, first.start, first.end, False)
        meant += [(name, _part(part, part.entries[:at])), (key, _part(part, part.entries[at:]))]
    if len(meant) == len(root.entries):
        return root
    return _part(root, meant)


def _indented_header(name: Scalar, part: MappingNode, root: MappingNode) -> int | None:
    """The number of an entry that is a key of the spec, which the root lacks: where nothing is behind its colon, or no
    entry can be called so.
    """
    for at, (key, value) in enumerate(part.entries):
        is_lacking = key.text in _SECTIONS and key.text != name.text and root.get(key.text) is None
        if is_lacking and (
            _is_empty(value) or name.text in ("defaults", "init") or _is_no_entry(name, value, root)
        ):
            return at
    return None


def _is_no_entry(name: Scalar, value: Node, root: MappingNode) -> bool:
    """Whether a list may not stand below `name`: nodes are no parameter, and names that nothing has are no nodes."""
    items = value.items if isinstance(value, ListNode) else []
    if name.text == "params":
        return any(isinstance(item, MappingNode) for item in items)
    blocks = root.get("blocks")
    own = [key.text for key, _ in blocks.entries] if isinstance(blocks, MappingNode) else []
    names = [item.text for item in items if isinstance(item, Scalar) and isinstance(item.value, str)]
    are_names = 0 < len(names) == len(items) and not any(text.startswith("$") for text in names)
    return (
        name.text in _SLOTS and are_names and not any(find(text) is not None or text in own for text in names)
    )


def _is_empty(value: Node) -> bool:
    return isinstance(value, Scalar) and value.value is None and not value.text


def _report_indented(key: Scalar, sink: Sink) -> None:
    source = key.source
    start = source.line_start(key.span.line)
    is_alone = not source.text[start : key.start].strip()
    edit = Edit(Span(source, start, key.start), "")
    sink.error(
        "E0118",
        key.span,
        f"`{key.text}` is a key of the spec, and this line is indented",
        help="begin it in the first column",
        fixes=[Fix("begin it in the first column", (edit,))] if is_alone else (),
    )


def _part(mapping: MappingNode, entries: list[Entry]) -> MappingNode:
    part = MappingNode(mapping.source, entries[0][0].start)
    part.end, part.entries = mapping.end, entries
    return part


def _first_other(part: MappingNode, belongs: Callable[[Entry], bool]) -> int | None:
    """The number of the entry from which on none belongs to its part; None where the last does, or it is one line."""
    count = len(part.entries)
    while count and not belongs(part.entries[count - 1]):
        count -= 1
    if not 0 < count < len(part.entries) or part.span.text.startswith("{"):
        return None
    return count


def _header(entries: list[Entry], root: MappingNode) -> str | None:
    """What stood above these entries, of which the root has none."""
    free = [each for each in ("blocks", *_SLOTS, "expect") if root.get(each) is None]
    if all(_is_fact(entry) for entry in entries) and any(_has_number(value) for _, value in entries):
        return "expect" if "expect" in free else None
    if _is_block(entries[0]):
        return "blocks" if "blocks" in free else None
    if all(_is_node(entry) for entry in entries) and any(_is_surely_node(entry) for entry in entries):
        return next((each for each in ("body", "stem") if each in free), None)
    return None


def _is_block(entry: Entry) -> bool:
    value = entry[1]
    return (
        isinstance(value, MappingNode)
        and isinstance(value.get("params"), MappingNode)
        and len(value.entries) > 1
    )


def _is_node(entry: Entry) -> bool:
    """Whether this may be a node: a name alone, or a mapping that declares no parameters."""
    value = entry[1]
    if isinstance(value, Scalar):
        return value.text.startswith("$") or find(value.text) is not None
    return isinstance(value, MappingNode) and not _is_block(entry)


def _is_surely_node(entry: Entry) -> bool:
    """Whether this can only be a node: a name alone, one that is called like an op, or an op with its arguments."""
    key, value = entry
    if not isinstance(value, MappingNode):
        return True
    return find(key.text) is not None and any(find(inner.text) is not None for inner, _ in value.entries)


def _is_fact(entry: Entry) -> bool:
    key, value = entry
    if isinstance(value, MappingNode):
        return bool(value.entries) and all(inner.text in FACTS for inner, _ in value.entries)
    items = value.items if isinstance(value, ListNode) else [value]
    return key.text in FACTS and all(_is_number(item) for item in items)


def _has_number(value: Node) -> bool:
    """Whether a number stands in a fact, where no node would have one."""
    return any(isinstance(node, Scalar) and isinstance(node.value, int) for node in nodes(value))


def _is_number(node: Node) -> bool:
    return isinstance(node, Scalar) and (isinstance(node.value, int) or node.text.startswith("$"))


def _is_default(entry: Entry) -> bool:
    """Whether this is of an op: its default arguments, or how it starts."""
    key, value = entry
    op = find(key.text)
    inner = [name.text for name, _ in value.entries] if isinstance(value, MappingNode) else []
    own = () if op is None else [field.name for field in fields(op)]
    return op is not None and not any(is_own(name) and name not in own for name in inner)


def _is_definition(entry: Entry) -> bool:
    """Whether this stands below `blocks`: it says what it is, declares parameters, or is several nodes."""
    key, value = entry
    keys = {inner.text for inner, _ in value.entries} if isinstance(value, MappingNode) else set()
    return not is_own(key.text) and not keys.isdisjoint(("about", "params", *STRUCTURES))


_BELONGS: Final[Mapping[str, Callable[[Entry], bool]]] = MappingProxyType(
    {
        "defaults": _is_default,
        "init": _is_default,
        "blocks": _is_definition,
        **dict.fromkeys(_SLOTS, lambda entry: not _is_fact(entry)),
    }
)
"""Whether an entry may stand below a header."""


def _report(header: str, first: Scalar, sink: Sink) -> None:
    source = first.source
    at = source.line_start(first.span.line)
    edit = Edit(Span(source, at, at), f"{header}:\n")
    sink.error(
        "E0215",
        first.span,
        f"`{header}:` is missing above this line",
        help=f"write `{header}:` above it",
        fixes=[Fix(f"write `{header}:` above it", (edit,))],
    )
