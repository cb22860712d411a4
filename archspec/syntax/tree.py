"""The tree of a YAML text: scalars, lists and mappings that know their place.

Holds, as `reader` makes it: the keys of a mapping are texts, each once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TypeAlias

from archspec.diagnostics import shortened
from archspec.scalars import ScalarValue
from archspec.source import Source, Span


class Scalar:
    """A single value. `text` is what was written, unquoted and unescaped; `quoted` also for block texts
    (`|`, `>`).
    """

    __slots__ = ("end", "quoted", "source", "start", "text", "value")

    def __init__(
        self, value: ScalarValue, text: str, source: Source, start: int, end: int, quoted: bool
    ) -> None:
        self.value = value
        self.text = text
        self.source = source
        self.start = start
        self.end = end
        self.quoted = quoted

    @property
    def span(self) -> Span:
        return Span(self.source, self.start, self.end)

    def __repr__(self) -> str:
        return f"Scalar({self.value!r})"


class ListNode:
    __slots__ = ("end", "items", "source", "start")

    def __init__(self, source: Source, start: int) -> None:
        self.items: list[Node] = []
        self.source = source
        self.start = start
        self.end = start

    @property
    def span(self) -> Span:
        """The list; of one in block style, its first line."""
        return _span(self.source, self.start, self.end)

    def __repr__(self) -> str:
        return f"ListNode({self.items!r})"


class MappingNode:
    """Entries in the order in which they are written. No two keys have the same text."""

    __slots__ = ("_index", "_version", "again", "end", "entries", "source", "start")

    def __init__(self, source: Source, start: int) -> None:
        self.entries: list[tuple[Scalar, Node]] = []
        self.again: tuple[tuple[int, Scalar, Node], ...] = ()
        """Entries whose key stands before, and how many of the others stand before each. They are reported."""
        self._index: dict[str, int] = {}
        self._version = (0, 0)
        self.source = source
        self.start = start
        self.end = start

    @property
    def span(self) -> Span:
        """The mapping; of one in block style, its first line."""
        return _span(self.source, self.start, self.end)

    def entry(self, key: str) -> tuple[Scalar, Node] | None:
        if len(self.entries) > 32:
            return self._indexed_entry(key)
        for entry in self.entries:
            if entry[0].text == key:
                return entry
        return None

    def position(self, key: str) -> int | None:
        """Where the entry of a key stands among the others."""
        return self._positions().get(key)

    def _indexed_entry(self, key: str) -> tuple[Scalar, Node] | None:
        """As `entry`, by an index."""
        at = self._positions().get(key)
        return None if at is None else self.entries[at]

    def _positions(self) -> dict[str, int]:
        """The index. It is made anew when entries were added or removed; a replaced one keeps its key."""
        version = (len(self.entries), id(self.entries[-1]) if self.entries else 0)
        if version != self._version:
            self._version = version
            self._index = {entry[0].text: at for at, entry in enumerate(self.entries)}
        return self._index

    def get(self, key: str) -> Node | None:
        entry = self.entry(key)
        return entry[1] if entry is not None else None

    def __repr__(self) -> str:
        return f"MappingNode({self.entries!r})"


Node: TypeAlias = Scalar | ListNode | MappingNode


def nodes(*roots: Node, skip: Collection[str] = ()) -> Iterator[Node]:
    """Every node at and below the roots, keys too, in the order of the text; without the entries whose key is one of
    `skip`. Iterative: depth is no matter.
    """
    pending = list(reversed(roots))
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, ListNode):
            pending.extend(reversed(node.items))
        elif isinstance(node, MappingNode):
            for _, key, value in node.again:
                if key.text not in skip:
                    pending += (value, key)
            for key, value in reversed(node.entries):
                if key.text not in skip:
                    pending += (value, key)


def _span(source: Source, start: int, end: int) -> Span:
    """What errors show of a list or mapping: all that stands between brackets; without them, enough to know it by."""
    if source.text[start : start + 1] in ("[", "{"):
        return Span(source, start, end)
    line_end = source.text.find("\n", start, end)
    if line_end != -1:
        end = line_end
    while end > start + 1 and source.text[end - 1] in " \t\r\n":
        end -= 1
    return Span(source, start, end)


def what(node: Node) -> str:
    """What was read, in words."""
    if isinstance(node, MappingNode):
        return "a mapping"
    if isinstance(node, ListNode):
        return "a list"
    match node.value:
        case None:
            return "null"
        case bool():
            return f"the truth value {node.text}"
        case int() | float():
            return f"the number {shortened(node.text)}"
        case str():
            return "a text"
