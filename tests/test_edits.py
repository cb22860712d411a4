"""Edits of a spec's text: what they change, and that the rest stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec import edits
from archspec.diagnostics import Edit, Sink
from archspec.source import Source
from archspec.syntax import ListNode, MappingNode, Node, read_text

SPECS = sorted(Path(__file__).parent.parent.joinpath("specs").glob("*.yaml"))


def _root(text: str) -> MappingNode:
    root = read_text(Source("net.yaml", text), Sink())
    assert root is not None
    return root


def _at(root: Node, path: str) -> Node:
    for part in path.split(".") if path else ():
        inner = root.items[int(part)] if isinstance(root, ListNode) else root.get(part)  # type: ignore[union-attr]
        assert inner is not None
        root = inner
    return root


def _applied(text: str, changes: tuple[Edit, ...]) -> str:
    for edit in sorted(changes, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def _plain(node: Node) -> object:
    """A tree as values: what a text means."""
    if isinstance(node, ListNode):
        return [_plain(item) for item in node.items]
    if isinstance(node, MappingNode):
        return [(key.text, _plain(value)) for key, value in node.entries]
    return node.value


DELETIONS = [
    ("p: {a: 1, b: 2, c: 3}\n", "p", "a", "p: {b: 2, c: 3}\n"),
    ("p: {a: 1, b: 2, c: 3}\n", "p", "b", "p: {a: 1, c: 3}\n"),
    ("p: {a: 1, b: 2, c: 3}\n", "p", "c", "p: {a: 1, b: 2}\n"),
    ("p: {a: [1, {x: 2}], b: 2}\n", "p", "a", "p: {b: 2}\n"),
    ("p: { a: 1 }\n", "p", "a", "p: {  }\n"),
    ("p: {a, b: }\n", "p", "a", "p: {b: }\n"),
    ("p: {a, b: }\n", "p", "b", "p: {a }\n"),
    ("p: {a: ', }', b: 2}  # kept\n", "p", "a", "p: {b: 2}  # kept\n"),
    ("p: {\n  a: 1,  # about a\n  b: 2\n}\n", "p", "a", "p: {\n  b: 2\n}\n"),
    ("p: {\n  a: 1,  # about a\n  b: 2\n}\n", "p", "b", "p: {\n  a: 1  # about a\n}\n"),
    ("p: {a: 1,  # about a\n    b: 2}\n", "p", "a", "p: {b: 2}\n"),
    ("p: {a: 1,\n    b: 2}\n", "p", "b", "p: {a: 1}\n"),
    ("p: {a: 1,\n    # about b\n    b: 2}\n", "p", "a", "p: {\n    # about b\n    b: 2}\n"),
    ("p:\n  a: 1\n  b: 2  # about b\n  # kept\nq: 3\n", "p", "b", "p:\n  a: 1\n  # kept\nq: 3\n"),
    ("p:\n  a:\n    x: 1\n    y: |\n      text\n\n  b: 2\n", "p", "a", "p:\n\n  b: 2\n"),
    ("p:\n  a:\n  b: 2\n", "p", "a", "p:\n  b: 2\n"),
    ("p: 1\nq: 2", "", "q", "p: 1\n"),
    ("p: 1\r\nq: 2\r\nr: 3\r\n", "", "q", "p: 1\r\nr: 3\r\n"),
    ("l:\n  - a: 1\n    b: 2\n", "l.0", "a", "l:\n  - b: 2\n"),
    ("l:\n  - a: 1\n    b: 2\n", "l.0", "b", "l:\n  - a: 1\n"),
    ("l:\n  - a: 1\n    # about b\n    b: 2\n", "l.0", "a", "l:\n  - \n    # about b\n    b: 2\n"),
    ("p:\n  a: 1\n", "p", "a", None),
    ("l: [a: 1]\n", "l.0", "a", None),
    ("p: {a: 1}\n", "p", "b", None),
]


@pytest.mark.parametrize(("text", "holder", "key", "expected"), DELETIONS)
def test_an_entry_is_deleted_and_the_rest_stays(
    text: str, holder: str, key: str, expected: str | None
) -> None:
    mapping = _at(_root(text), holder)
    assert isinstance(mapping, MappingNode)
    changes = edits.delete_entry(mapping, key)
    assert (None if changes is None else _applied(text, changes)) == expected


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("l: [a, b, c]\n", 1, "l: [a, c]\n"),
        ("l: [a, b, c]\n", 2, "l: [a, b]\n"),
        ("l:\n- a\n- b  # about b\n- c\n", 1, "l:\n- a\n- c\n"),
        ("l:\n  - a: 1\n    b: 2\n  - c\n", 0, "l:\n  - c\n"),
        ("l:\n  -\n    a: 1\n  - c\n", 0, "l:\n  - c\n"),
        ("l:\n  - a\n  -\n", 1, "l:\n  - a\n"),
        ("l:\n  - a\n", 0, None),
    ],
)
def test_an_item_is_deleted_and_the_rest_stays(text: str, at: int, expected: str | None) -> None:
    items = _at(_root(text), "l")
    assert isinstance(items, ListNode)
    changes = edits.delete_item(items, at)
    assert (None if changes is None else _applied(text, changes)) == expected


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("p:\n  a: 1\nq: 2\n", "p.a", "q: 2\n"),
        ("p: {a: {b: 1}}\nq: 2\n", "p.a.b", "q: 2\n"),
        ("p: {a: {b: 1}, c: 3}\nq: 2\n", "p.a.b", "p: {c: 3}\nq: 2\n"),
        ("p: [a]\nq: 2\n", "p.a", None),
    ],
)
def test_what_a_deletion_would_leave_empty_goes_too(text: str, path: str, expected: str | None) -> None:
    changes = edits.delete_path(_root(text), path.split("."))
    assert (None if changes is None else _applied(text, changes)) == expected


@pytest.mark.parametrize(
    ("text", "holder", "beside", "expected"),
    [
        ("p: {a: 1, b: 2}\n", "p", {"after": "a"}, "p: {a: 1, x: 0, b: 2}\n"),
        ("p: {a: 1, b: 2}\n", "p", {"before": "a"}, "p: {x: 0, a: 1, b: 2}\n"),
        ("p: {a: 1, b: 2,}\n", "p", {}, "p: {a: 1, b: 2, x: 0,}\n"),
        ("p: {}\n", "p", {}, "p: {x: 0}\n"),
        ("p:\n  a: 1  # about a\n  b: 2\n", "p", {"after": "a"}, "p:\n  a: 1  # about a\n  x: 0\n  b: 2\n"),
        ("p:\n  a:\n    - 1\nq: 2\n", "p", {}, "p:\n  a:\n    - 1\n  x: 0\nq: 2\n"),
        ("p:\n  a: 1\n  b: 2", "p", {}, "p:\n  a: 1\n  b: 2\n  x: 0"),
        ("l:\n  - a: 1\n", "l.0", {"before": "a"}, "l:\n  - x: 0\n    a: 1\n"),
        ("l:\r\n  - a: 1\r\n", "l.0", {"after": "a"}, "l:\r\n  - a: 1\r\n    x: 0\r\n"),
        ("l: [a: 1]\n", "l.0", {}, None),
    ],
)
def test_an_entry_is_inserted_where_it_belongs(
    text: str, holder: str, beside: dict[str, str], expected: str | None
) -> None:
    mapping = _at(_root(text), holder)
    assert isinstance(mapping, MappingNode)
    change = edits.insert_entry(mapping, "x: 0", **beside)
    assert (None if change is None else _applied(text, (change,))) == expected


def test_an_inserted_entry_of_several_lines_is_indented() -> None:
    text = "p:\n  a: 1\n"
    mapping = _at(_root(text), "p")
    assert isinstance(mapping, MappingNode)
    change = edits.insert_entry(mapping, "x:\n  - 1")
    assert change is not None
    assert _applied(text, (change,)) == "p:\n  a: 1\n  x:\n    - 1\n"


@pytest.mark.parametrize(("text", "expected"), [("a: 1\n", "x: 1\n"), ("{'a': 1}\n", "{'x': 1}\n")])
def test_a_key_is_renamed_in_its_quotes(text: str, expected: str) -> None:
    ((key, _),) = _root(text).entries
    assert _applied(text, (edits.rename_key(key, "x"),)) == expected


@pytest.mark.parametrize("path", SPECS[::8], ids=lambda path: path.stem)
def test_deleting_an_entry_of_a_network_deletes_that_and_nothing_else(path: Path) -> None:
    text = path.read_text("utf-8")
    pending: list[Node] = [_root(text)]
    deleted = 0
    whole = pending[0]
    while pending:
        node = pending.pop()
        if isinstance(node, ListNode):
            pending.extend(node.items)
            for at, item in enumerate(node.items):
                changes = edits.delete_item(node, at)
                if changes is not None:
                    node.items.remove(item)
                    assert _plain(_root(_applied(text, changes))) == _plain(whole)
                    node.items.insert(at, item)
                    deleted += 1
        elif isinstance(node, MappingNode):
            pending.extend(value for _, value in node.entries)
            for at, entry in enumerate(node.entries):
                changes = edits.delete_entry(node, entry[0].text)
                if changes is not None:
                    node.entries.remove(entry)
                    assert _plain(_root(_applied(text, changes))) == _plain(whole)
                    node.entries.insert(at, entry)
                    deleted += 1
    assert deleted > 5
