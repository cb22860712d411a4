"""Changes to a YAML file as edits of its text: delete an entry, rename a key, insert an entry, in flow and block style.

In: nodes of the tree as it was read. Out: edits that leave every other character as it is. A comment at the end of a
deleted entry's last line goes with it; comments on lines of their own stay. What cannot be done so that the rest keeps
its meaning gives None: the only entry of a block mapping, a mapping that was put together from two files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from archspec.diagnostics import Edit, Fix, shortened
from archspec.source import Source, Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar

Edits = tuple[Edit, ...]

_BLANK: Final = re.compile(r"[ \t\r\n]*(?:#[^\n]*(?:\n[ \t\r\n]*|$))*")
"""White space and whole comments. A `#` begins one here, where no scalar is open."""
_LINE_REST: Final = re.compile(r"[ \t]*(?:(?<=[ \t])#[^\r\n]*)?(?=\r?\n|$)", re.MULTILINE)
_DASHES: Final = r" *(?:- +)+"


def whole(node: Node) -> Span:
    """All that is written of a node, without the white space and the comments behind it."""
    return Span(node.source, node.start, _end(node))


def delete_path(root: MappingNode, path: Sequence[str]) -> Edits | None:
    """Delete the entry at `path`, and with it the mappings that would be left empty."""
    holders = [root]
    for key in path[:-1]:
        inner = holders[-1].get(key)
        if not isinstance(inner, MappingNode):
            return None
        holders.append(inner)
    depth = len(path) - 1
    while depth > 0 and len(holders[depth].entries) == 1:
        depth -= 1
    return delete_entry(holders[depth], path[depth])


def delete_entry(mapping: MappingNode, key: str) -> Edits | None:
    """Delete the entry `key`; None where it is the only one of a block mapping, or cannot be told from the rest."""
    at = next((at for at, entry in enumerate(mapping.entries) if entry[0].text == key), None)
    if at is None:
        return None
    near = mapping.entries[max(at - 1, 0) : at + 2]
    if any(name.source is not mapping.source for name, _ in near):
        return None
    parts = [(name.start, entry_end(name, value)) for name, value in near]
    return _delete(mapping, parts, min(at, 1))


def delete_item(items: ListNode, at: int) -> Edits | None:
    """Delete the item number `at`; None where it is the only one of a block list."""
    near = items.items[max(at - 1, 0) : at + 2]
    if any(item.source is not items.source for item in near):
        return None
    parts = [(item.start if _is_flow(items) else _dash(item), _end(item)) for item in near]
    return _delete(items, parts, min(at, 1))


def rename_key(key: Scalar, name: str) -> Edit:
    """Call an entry `name`, in the quotes it has."""
    quotes = 1 if key.span.text[:1] in ("'", '"') else 0
    return Edit(Span(key.source, key.start + quotes, key.end - quotes), name)


def replacing(span: Span, text: str, *, is_safe: bool = True) -> tuple[Fix, ...]:
    """The fix that writes `text` in place of a value; none where `text` is empty, or `span` may not be all of it.

    The span of a list is its first line: one in brackets ends with one, and one in block style is left alone.
    """
    written = span.text
    is_cut = written.startswith(("- ", "[")) and not written.endswith("]")
    if not text or not written or is_cut or "\n" in written:
        return ()
    return (Fix(f"write `{shortened(text)}`", (Edit(span, text),), is_safe),)


def offering(title: str, edits: Edits | None, *, is_safe: bool = True) -> tuple[Fix, ...]:
    """The fix that makes `edits`, where there are any."""
    return (Fix(title, edits, is_safe),) if edits else ()


def entry_text(key: Scalar, value: Node) -> str | None:
    """An entry as it is written; None where it is longer than a line."""
    text = key.source.text[key.start : entry_end(key, value)]
    return None if "\n" in text or key.source is not value.source else text


def replace_entry(mapping: MappingNode, key: str, texts: Sequence[str]) -> Edits | None:
    """Write the entries `texts` in place of the entry `key`; None where a comment would be lost."""
    entry = mapping.entry(key)
    if entry is None or any(part.source is not mapping.source for part in entry):
        return None
    name, value = entry
    end = entry_end(name, value)
    old = mapping.source.text[name.start : end]
    in_flow = _in_flow(mapping)
    if ("\n" in old and "#" in old) or (in_flow and not _is_flow(mapping) and len(texts) > 1):
        return None
    separator = ", " if in_flow else _newline(mapping.source) + " " * (name.span.column - 1)
    return (Edit(Span(mapping.source, name.start, end), separator.join(texts)),)


def insert_entry(
    mapping: MappingNode, text: str, *, after: str | None = None, before: str | None = None
) -> Edit | None:
    """Insert the entry `text`, such as `bias: false`, beside the entry named; without a name, at the end."""
    if any(entry[0].source is not mapping.source for entry in mapping.entries):
        return None
    if not mapping.entries:
        return _insertion(mapping.source, mapping.start + 1, text) if _is_flow(mapping) else None
    beside = mapping.entry(before or after or mapping.entries[-1][0].text)
    if beside is None:
        return None
    key, value = beside
    indented = _newline(mapping.source) + " " * (key.span.column - 1)
    lines = text.replace("\n", indented)
    if _in_flow(mapping):
        if not _is_flow(mapping):
            return None  # `[a: b]`: a mapping without braces has one entry
        if before is not None:
            return _insertion(mapping.source, key.start, f"{text}, ")
        return _insertion(mapping.source, entry_end(key, value), f", {text}")
    if before is not None:
        return _insertion(mapping.source, key.start, lines + indented)
    rest = _LINE_REST.match(mapping.source.text, entry_end(key, value))
    return None if rest is None else _insertion(mapping.source, rest.end(), indented + lines)


def _insertion(source: Source, at: int, text: str) -> Edit:
    return Edit(Span(source, at, at), text)


def _newline(source: Source) -> str:
    """How the first line ends: as all others do."""
    end = source.text.find("\n")
    return "\r\n" if end > 0 and source.text[end - 1] == "\r" else "\n"


def _is_flow(node: ListNode | MappingNode) -> bool:
    """Whether a container is written between brackets."""
    return node.source.text[node.start : node.start + 1] in ("[", "{")


def _in_flow(node: ListNode | MappingNode) -> bool:
    """Whether a container stands between brackets, its own or those around it: `[a: b]`."""
    return _is_flow(node) or node.source.text[_skip(node.source, _end(node)) :][:1] in (",", "]", "}")


def entry_end(key: Scalar, value: Node) -> int:
    """The end of an entry; of one without a value, that of its colon, if it has one."""
    if value.start < value.end:
        return _end(value)
    colon = _skip(key.source, key.end)
    return colon + 1 if key.source.text[colon : colon + 1] == ":" else key.end


def between(entry: tuple[Scalar, Node], following: tuple[Scalar, Node]) -> str | None:
    """What stands between two neighbours of a mapping; None where that is more than a comma and comments."""
    source, start, end = entry[0].source, entry_end(*entry), following[0].start
    at = _skip(source, start)
    if source.text[at : at + 1] == ",":
        at = _skip(source, at + 1)
    return source.text[start:end] if at == end else None


def _dash(item: Node) -> int:
    """The `-` that an item of a block list stands behind."""
    return item.source.text.rindex("-", 0, item.start + 1 if item.start == item.end else item.start)


def _end(node: Node) -> int:
    """The end of what is written of a node; libyaml's own mark of a block lies where the next token begins."""
    while not isinstance(node, Scalar) and not _is_flow(node):
        if isinstance(node, ListNode) and node.items:
            node = node.items[-1]
        elif isinstance(node, MappingNode) and node.entries:
            key, node = node.entries[-1]
            if node.start == node.end:
                return entry_end(key, node)
        else:
            break
    text = node.source.text
    end = node.end
    while end > node.start and text[end - 1] in " \t\r\n":
        end -= 1
    return end


def _skip(source: Source, at: int) -> int:
    """The next character from `at` on that belongs to no white space and no comment."""
    found = _BLANK.match(source.text, at)
    return at if found is None else found.end()


def _delete(node: ListNode | MappingNode, parts: list[tuple[int, int]], at: int) -> Edits | None:
    """Delete one of the parts of a container; `parts` are the bounds of it and of its neighbours."""
    if _is_flow(node):
        return _delete_in_flow(node.source, node.start + 1, parts, at)
    if _in_flow(node) or len(parts) == 1:
        return None
    return _delete_lines(node.source, parts, at)


def _delete_in_flow(source: Source, inside: int, parts: list[tuple[int, int]], at: int) -> Edits | None:
    text = source.text
    start, end = parts[at]
    comma = _skip(source, parts[at - 1][1]) if at else None
    following = _skip(source, end)
    if _skip(source, inside if comma is None else comma + 1) != start or text[following] not in ",}]":
        return None  # something between the neighbours is not in the tree
    is_last = text[following] != ","
    line = _line_start(text, start)
    rest = _LINE_REST.match(text, end if is_last else following + 1)
    separator = [Edit(Span(source, comma, comma + 1), "")] if comma is not None and is_last else []
    if rest is not None and not text[line:start].strip():
        return (*separator, Edit(Span(source, line, _next_line(text, rest.end())), ""))
    if not is_last:
        return (Edit(Span(source, start, _up_to_next(source, following + 1)), ""),)
    if comma is not None and not text[comma + 1 : start].strip():
        return (Edit(Span(source, comma, end), ""),)
    return (*separator, Edit(Span(source, start, end), ""))


def _delete_lines(source: Source, parts: list[tuple[int, int]], at: int) -> Edits | None:
    text = source.text
    start, end = parts[at]
    rest = _LINE_REST.match(text, end)
    line = _line_start(text, start)
    before = text[line:start]
    if rest is None:
        return None
    if not before.strip():
        return (Edit(Span(source, line, _next_line(text, rest.end())), ""),)
    if not re.fullmatch(_DASHES, before) or at + 1 == len(parts):
        return None
    # The first entry of `- a: 1`: the next one takes its place, unless a comment stands between them.
    following = parts[at + 1][0]
    is_next = not text[rest.end() : following].strip()
    return (Edit(Span(source, start, following if is_next else rest.end()), ""),)


def _up_to_next(source: Source, at: int) -> int:
    """Where what follows a comma begins. A comment behind the comma is passed, one on a line of its own is not."""
    following = _skip(source, at)
    rest = _LINE_REST.match(source.text, at)
    return following if rest is None or not source.text[rest.end() : following].strip() else rest.end()


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _next_line(text: str, at: int) -> int:
    """The beginning of the line after the one in which `at` stands."""
    end = text.find("\n", at)
    return len(text) if end == -1 else end + 1
