"""The DOT language, as statements that are written as they are made.

In: names, attributes, graphs inside graphs. Out: text in which each statement has a line of its own, indented as deep
as its graph stands.
Holds: attributes stand in the order of their names, the label of a node or an edge first, so that the order in which
they were collected does not show; how a name or a value is quoted is up to the package `graphviz`, which is asked for
what takes more than a pair of quotation marks: its import takes as long as to write a picture. Its `Digraph` would
write the same lines, but writes each anew for every graph around it and quotes every text again wherever it stands,
which takes longer than to make the picture of a large network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Final, Literal


class Digraph:
    """A graph to which statements are added in the order in which they are to be read."""

    __slots__ = ("_indent", "_lines")

    def __init__(self, name: str) -> None:
        self._lines = [f"digraph {_name(name)} {{"]
        self._indent = "\t"

    def default(self, of: Literal["graph", "node", "edge"], attributes: Mapping[str, str]) -> None:
        """Attributes of this graph, or of all nodes or edges that follow in it."""
        self._write(f"{of} [{_assignments(attributes)}]")

    def attr(self, **attributes: str) -> None:
        """Attributes of the graph that is open."""
        self._write(_assignments(attributes))

    def node(self, name: str, attributes: str = "") -> None:
        """`attributes` are `listed`."""
        self._lines.append(f"{self._indent}{_name(name)}{attributes}")

    def edge(self, tail: str, head: str, attributes: str = "", ports: tuple[str, str] = ("", "")) -> None:
        """`attributes` are `listed`; `ports`: where the edge leaves the tail and where it enters the head, as `:port`,
        `:side` or `:port:side`."""
        leaves, enters = ports
        self._lines.append(f"{self._indent}{_name(tail)}{leaves} -> {_name(head)}{enters}{attributes}")

    @contextmanager
    def subgraph(self, name: str = "") -> Iterator[None]:
        """A graph inside this one: what is added meanwhile is added to it."""
        self._write(f"subgraph {_name(name)} {{" if name else "{")
        self._indent += "\t"
        yield
        self._indent = self._indent[:-1]
        self._write("}")

    @property
    def source(self) -> str:
        return "\n".join((*self._lines, "}", ""))

    def _write(self, statement: str) -> None:
        self._lines.append(f"{self._indent}{statement}")


def listed(attributes: Mapping[str, str]) -> str:
    """Attributes of one node or edge, in brackets; empty where there are none. A value in angle brackets is HTML:
    `labels.dot_label` makes it."""
    rest = dict(attributes)
    label = rest.pop("label", None)
    first = "" if label is None else f"label={_value(label)}"
    written = " ".join(filter(None, (first, _assignments(rest))))
    return f" [{written}]" if written else ""


def _assignments(attributes: Mapping[str, str]) -> str:
    return " ".join([f"{_value(key)}={_value(value)}" for key, value in sorted(attributes.items())])


@lru_cache(maxsize=4096)
def _name(text: str) -> str:
    """The name of a node or of a graph: as it is, whatever it holds. Cached, as edges mention it again."""
    simple = _simply_quoted(text)
    if simple is not None:
        return simple
    from graphviz.quoting import escape, quote

    quoted: str = quote(escape(text))
    return quoted


@lru_cache(maxsize=4096)
def _value(text: str) -> str:
    """The name or the value of an attribute. Cached: those of hundreds of nodes are a few."""
    simple = text if text.startswith("<") and text.endswith(">") else _simply_quoted(text)
    if simple is not None:
        return simple
    from graphviz.quoting import quote

    quoted: str = quote(text)
    return quoted


_KEYWORDS: Final = frozenset(("node", "edge", "graph", "digraph", "subgraph", "strict"))
_MARKS: Final = frozenset('"\\<\n')


def _simply_quoted(text: str) -> str | None:
    """A word or a number as it is, other plain text in quotation marks; None for text with marks of the language."""
    is_number = text.removeprefix("-").replace(".", "", 1).isdecimal()
    if text.isascii() and (is_number or text.isidentifier()) and text.lower() not in _KEYWORDS:
        return text
    return f'"{text}"' if _MARKS.isdisjoint(text) else None
