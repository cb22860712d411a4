"""The DOT language, as statements that print themselves.

In: nodes, edges, attributes and graphs inside graphs. Out: text in which each statement has a line of its own, indented
as deep as its graph stands.
Holds: attributes stand in the order of their names, the label of a node or an edge first, so that the order in which
they were collected does not show; whatever is no identifier of the language is quoted, so that no text ends early. A
text in angle brackets is HTML and stays as it is: `labels.dot_label` makes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Final

_IDENTIFIER: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*|-?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)")
_KEYWORDS: Final = frozenset({"node", "edge", "graph", "digraph", "subgraph", "strict"})


class Digraph:
    """A graph, or a part of one, to which statements are added in the order in which they are to be read."""

    __slots__ = ("_head", "_statements")

    def __init__(
        self,
        name: str = "",
        *,
        graph_attr: Mapping[str, str] | None = None,
        node_attr: Mapping[str, str] | None = None,
        edge_attr: Mapping[str, str] | None = None,
    ) -> None:
        """The attributes are those that hold for the graph, and for all of its nodes and edges."""
        self._head = f"{_quoted(name)} " if name else ""
        self._statements: list[str | Digraph] = []
        for word, attributes in (("graph", graph_attr), ("node", node_attr), ("edge", edge_attr)):
            if attributes:
                self._statements.append(f"{word}{_listed(attributes)}")

    def attr(self, **attributes: str) -> None:
        """Attributes of this graph, and of what is in it."""
        written = (f"{name}={_quoted(value)}" for name, value in sorted(attributes.items()))
        self._statements.append(" ".join(written))

    def node(self, name: str, label: str | None = None, **attributes: str) -> None:
        self._statements.append(f"{_quoted(name)}{_listed(attributes, label)}")

    def edge(
        self,
        tail: str,
        head: str,
        label: str | None = None,
        *,
        ports: tuple[str, str] = ("", ""),
        **attributes: str,
    ) -> None:
        """`ports`: where the edge leaves the tail and enters the head, as `:port`, `:side` or `:port:side`."""
        leaves, enters = ports
        ends = f"{_quoted(tail)}{leaves} -> {_quoted(head)}{enters}"
        self._statements.append(f"{ends}{_listed(attributes, label)}")

    def add(self, part: Digraph) -> None:
        """A graph inside this one."""
        self._statements.append(part)

    @contextmanager
    def subgraph(self, name: str = "") -> Iterator[Digraph]:
        """A graph inside this one, which is added when it is complete."""
        part = Digraph(name)
        yield part
        self.add(part)

    @property
    def source(self) -> str:
        return "\n".join((f"digraph {self._head}{{", *self._lines("\t"), "}", ""))

    def _lines(self, indent: str) -> Iterator[str]:
        """Iterative, so that a line costs the same however deep it stands."""
        pending = [iter(self._statements)]
        while pending:
            for statement in pending[-1]:
                inside = indent * len(pending)
                if isinstance(statement, str):
                    yield f"{inside}{statement}"
                    continue
                yield f"{inside}{'subgraph ' if statement._head else ''}{statement._head}{{"
                pending.append(iter(statement._statements))
                break
            else:
                pending.pop()
                if pending:
                    yield f"{indent * len(pending)}}}"


def _listed(attributes: Mapping[str, str], label: str | None = None) -> str:
    """In brackets; nothing where there is nothing to say."""
    return _bracketed(label, *attributes.items())


@lru_cache(maxsize=4096)
def _bracketed(label: str | None, *attributes: tuple[str, str]) -> str:
    """Cached: a picture of thousands of nodes has tens of kinds of them."""
    first = [] if label is None else [f"label={_quoted(label)}"]
    written = " ".join([*first, *(f"{name}={_quoted(value)}" for name, value in sorted(attributes))])
    return f" [{written}]" if written else ""


def _quoted(text: str) -> str:
    if text.startswith("<") and text.endswith(">"):
        return text
    if _IDENTIFIER.fullmatch(text) and text.lower() not in _KEYWORDS:
        return text
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', r"\"")
    return f'"{text}"'
