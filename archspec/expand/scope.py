"""What names stand for: the parameters of a file and a block, what loops and repeats bind, what flows in.

In: names with their values, and where these were written. Out: a `Scope`, in which expressions are worked out; it says
where a value that does not fit was written.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Mapping, MutableMapping
from dataclasses import field
from types import MappingProxyType
from typing import Final, TypeAlias, TypeVar

from archspec.diagnostics import Label, Sink
from archspec.expand.definitions import SpecFile, Written
from archspec.expressions import (
    POISON,
    Conditional,
    Index,
    Literal,
    Name,
    Poison,
    parse,
    try_evaluate,
)
from archspec.ir import Constant
from archspec.ops import OPS
from archspec.ops.base import Shape
from archspec.records import dataclass
from archspec.source import Source, Span
from archspec.syntax import ListNode, Node, Scalar

Bound: TypeAlias = Mapping[str, "Constant | Poison"]

Origins: TypeAlias = Mapping[str, Written | None]
"""Where the values of names were written; None for a name that hides one of the same name around it."""


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """The names an expression may use: the file's parameters, the block's, what loops and repeats bind."""

    file: SpecFile
    values: Bound
    written: Origins = field(default_factory=dict)

    @classmethod
    def of(cls, file: SpecFile) -> Scope:
        """What is known everywhere in `file`."""
        return cls(file, file.values, file.written)

    def binding(self, names: Bound, written: Origins = MappingProxyType({})) -> Scope:
        """This scope with further names."""
        values = over(names, self.values)
        if not written and self.written.keys().isdisjoint(names):
            return Scope(self.file, values, self.written)
        hiding = {name: written.get(name) for name in names}
        return Scope(self.file, values, over(hiding, self.written))

    def flowing(self, shape: Shape | None) -> Scope:
        """This scope at a node into which a tensor of `shape` flows; None where an error lies before it."""
        if shape is None:
            return self.binding(_NOTHING_FLOWS)
        return self.binding({"in_channels": shape[0], "in_shape": shape})

    def numbered(self, i: int, n: int, shape: Shape | None) -> Scope:
        """This scope in copy `i` of `n`, into which a tensor of `shape` flows."""
        flowing: Bound = _NOTHING_FLOWS if shape is None else {"in_channels": shape[0], "in_shape": shape}
        return self.binding({"i": i, "n": n, **flowing})

    def origin(self, node: Node) -> Written:
        """Where the value of `node` was written: at `node`, or, where that is a name alone or an item of one, where the
        name got its value. A choice, `a if c else b`, is what it comes to.
        """
        found, scope = Written(node, self), self
        while isinstance(found.node, Scalar) and (read := read_by(found.node.text, scope.values)):
            name, at = read
            before = scope.written.get(name)
            if before is None:
                break
            if at is not None:
                items = before.node.items if isinstance(before.node, ListNode) else ()
                if -len(items) <= at < len(items):
                    found = Written(items[at], before.scope or scope)
                break
            found, scope = before, before.scope or scope
        return found

    def origin_of(self, name: str) -> Written | None:
        """Where the value of a name was written; None where it was nowhere: what flows in, the number of a copy."""
        written = self.written.get(name)
        if written is None or written.node is None:
            return written
        return (written.scope or self).origin(written.node)

    def passed(self, node: Node) -> Written | None:
        """Where the value of `node`, a parameter's name alone, was passed by a call of the block; None where it is
        anything else.
        """
        read = read_by(node.text, None) if isinstance(node, Scalar) else None
        written = None if read is None or read[1] is not None else self.written.get(read[0])
        return None if written is None or written.node is None or written.scope is None else written

    def place(self, node: Node, used_as: str, value: Constant = "") -> tuple[Written, list[Label]]:
        """Where to blame the value of `node`: its origin, and a label where that is not `node` itself."""
        origin = self.origin(node)
        if origin.span == node.span or not is_amiss(value):
            return Written(node, self), []
        return origin, [Label(used_as, node.span)]


def is_amiss(value: Constant | Poison | None) -> bool:
    """Whether a value that does not fit where its name is used is probably wrong where it was written too.

    A list, a fraction and the name of an op may be right there, and the name be another's here.
    """
    return not isinstance(value, tuple | float) and not (isinstance(value, str) and value in OPS)


_NAME_ALONE: Final = re.compile(r"\$(?:([A-Za-z]\w*)|\(\s*([A-Za-z]\w*)\s*\))")

_ITEM_OF_NAME: Final = re.compile(r"\$\(\s*([A-Za-z]\w*)\[\s*(-?\d{1,4})\s*\]\s*\)")

_CHOICE: Final = re.compile(r"\$\([^\"']* if .* else .*\)")
_MAX_CHOICE: Final = 256
"""No expression is longer."""


def read_by(text: str, values: Bound | None) -> tuple[str, int | None] | None:
    """The name that a text reads and does nothing with, and which item of it. Of a choice, what it comes to with
    `values`; without them it is not known to read one name alone.
    """
    if alone := _NAME_ALONE.fullmatch(text):
        return alone[1] or alone[2], None
    if item := _ITEM_OF_NAME.fullmatch(text):
        return item[1], int(item[2])
    if values is None or len(text) > _MAX_CHOICE or not _CHOICE.fullmatch(text):
        return None
    expression = parse(text, Span(Source("", text), 0, len(text)), Sink())
    while isinstance(expression, Conditional):
        test = try_evaluate(expression.test, values)
        if isinstance(test, Poison):
            return None
        expression = expression.then if test else expression.otherwise
    match expression:
        case Name(name=name):
            return name, None
        case Index(base=Name(name=name), index=Literal(value=int() as at)):
            return name, at
    return None


V = TypeVar("V")

_NOTHING_FLOWS: Final[Bound] = MappingProxyType({"in_channels": POISON, "in_shape": POISON})

MAX_COPIED: Final = 64
"""So many names are copied sooner than they are looked up in layers. There may be thousands."""


def over(names: Mapping[str, V], around: Mapping[str, V]) -> MutableMapping[str, V]:
    """`names`, and those around them that they do not hide; nothing of `around` is written to."""
    if isinstance(around, dict) and len(around) <= MAX_COPIED:
        return {**around, **names}
    if isinstance(around, ChainMap):
        return ChainMap(dict(names), *around.maps)
    return ChainMap(dict(names), around if isinstance(around, dict) else dict(around))
