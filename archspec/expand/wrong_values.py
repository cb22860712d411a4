"""The number to blame for an argument that was computed from it: `width: 0`, for `$(2 * width)` channels.

In: an argument as written, and its scope. Out: the one place where a number was written that no count, size or divisor
can be; none where there is no such number, or more than one. Only a mistake imports this.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from archspec.diagnostics import Sink
from archspec.expand.definitions import Written
from archspec.expand.scope import Scope
from archspec.expand.values import expression_of
from archspec.expressions import free_names
from archspec.syntax import ListNode, MappingNode, Node, Scalar

MAX_WAY: Final = 8
"""Over so many names a value is followed back to where it was written."""


def numbers(node: Node, scope: Scope, way: int = MAX_WAY) -> Iterator[tuple[str, Written]]:
    """The numbers written elsewhere that `node` is computed from, each with the name that it has there."""
    if isinstance(node, ListNode):
        for item in node.items:
            yield from numbers(item, scope, way)
    expression = expression_of(node, Sink())
    for name in free_names(expression) if expression is not None and way else ():
        origin = scope.origin_of(name)
        if origin is None or origin.node is None:
            continue
        if _number(origin.node) is not None:
            yield name, origin
        else:
            yield from numbers(origin.node, origin.scope or scope, way - 1)


def culprit(node: Node, scope: Scope) -> tuple[str, Written] | None:
    """The one number below 1 from which `node` is computed, with its name."""
    found = {
        origin.span: (name, origin)
        for name, origin in numbers(node, scope)
        if (number := _number(origin.node)) is not None and number <= 0
    }
    return next(iter(found.values())) if len(found) == 1 else None


def list_in_list(node: Node, scope: Scope) -> tuple[str, Written] | None:
    """The one list, written elsewhere, of which a name is an item of the list `node`."""
    found = {}
    for item in node.items if isinstance(node, ListNode) else ():
        origin = scope.origin(item)
        read = free_names(expression) if (expression := expression_of(item, Sink())) is not None else ()
        if read and isinstance(origin.node, ListNode):
            found[origin.span] = read[0], origin
    return next(iter(found.values())) if len(found) == 1 else None


def fraction_of_variant(node: Node, scope: Scope) -> tuple[str, Written] | None:
    """The one fraction from which `node` is computed that a variant gives in place of an integer."""
    params = scope.file.root.get("params")
    if not isinstance(params, MappingNode):
        return None
    found = {}
    for name, origin in numbers(node, scope):
        default = params.get(name)
        is_other = (
            isinstance(default, Scalar) and isinstance(default.value, int) and default.span != origin.span
        )
        if is_other and isinstance(_number(origin.node), float):
            found[origin.span] = name, origin
    return next(iter(found.values())) if len(found) == 1 else None


def _number(node: Node | None) -> int | float | None:
    value = node.value if isinstance(node, Scalar) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
