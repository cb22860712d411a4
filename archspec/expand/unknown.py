"""What stands in the network for a node of which nobody knows what it does.

In: a node that names no op, or a call whose arguments are none. Out: an op that a picture shows as it is written, and
that nothing is built of. Only a mistake imports this.
"""

from __future__ import annotations

from itertools import islice
from typing import ClassVar, Final

from archspec.diagnostics import InternalError, shortened
from archspec.expand.callees import Call, Entry
from archspec.names import MODIFIERS
from archspec.ops.base import Glyph, Kind, Movement, Shape, Window
from archspec.ops.recipe import Recipe
from archspec.records import dataclass
from archspec.source import Span
from archspec.syntax import MappingNode, Node, Scalar

LONGEST: Final = 40
"""The most characters of a node that a picture shows; more of one are not looked at, however often it is met."""


@dataclass(frozen=True, slots=True)
class Unknown(Movement):
    """What is `written`, which is guessed to give `shape`."""

    key: ClassVar[str] = "unknown"
    kind: ClassVar[Kind] = "other"

    written: str
    shape: Shape

    def infer(self, *inputs: Shape) -> Shape:
        return self.shape

    def windows(self, *inputs: Shape) -> tuple[Window, ...]:
        raise InternalError("unknown: a network with errors has no receptive field")

    def torch(self, *inputs: Shape) -> Recipe:
        raise InternalError("unknown: nothing is built of a network with errors")

    def glyph(self, *inputs: Shape) -> Glyph:
        return Glyph(self.written)


def unknown_node(node: Node, shape: Shape) -> Unknown:
    """A node that names no op."""
    if not isinstance(node, MappingNode):
        return Unknown(_on_a_line(_start(node)), shape)
    entries = islice((entry for entry in node.entries if entry[0].text not in MODIFIERS), LONGEST)
    return Unknown(_on_a_line(", ".join(map(_pair, entries))), shape)


def unknown_call(call: Call, shape: Shape) -> Unknown:
    """A call of which some arguments cannot be."""
    at = call.span
    parts = [at.source.text[at.start : min(at.end, at.start + LONGEST + 1)]]
    if call.main is not None and not _holds(at, call.main):
        parts[0] += f": {_start(call.main)}"
    parts.extend(_pair(entry) for entry in call.arguments.values() if not _holds(at, entry[1]))
    return Unknown(_on_a_line(", ".join(parts)), shape)


def _holds(span: Span, node: Node) -> bool:
    """Whether a node is part of what stands at a place: `8` of `conv:8`."""
    return node.source is span.source and span.start <= node.start and node.end <= span.end


def _pair(entry: Entry) -> str:
    key, value = entry
    return f"{_start(key)}: {_start(value)}"


def _start(node: Node) -> str:
    """The first characters of a node as written; one more than are shown, if there are more. What is meant by another
    library's name has a text of its own, at the place of that name.
    """
    if isinstance(node, Scalar):
        return node.text[: LONGEST + 1]
    return node.source.text[node.start : min(node.end, node.start + LONGEST + 1)]


def _on_a_line(text: str) -> str:
    return shortened(" ".join(text.split()), LONGEST)
