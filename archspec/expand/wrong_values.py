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
from archspec.source import Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar

MAX_READ: Final = 64
"""So many values are read to find the numbers behind one. A stranger may compute it from thousands, in thousands of
places.
"""


def numbers(node: Node, scope: Scope) -> Iterator[tuple[str, Written]]:
    """The numbers written elsewhere that `node` is computed from, each once, with a name that it has there; of a value
    computed from more than `MAX_READ` others, those that are found first.
    """
    pending, seen = [(node, scope)], set[Span]()
    for _ in range(MAX_READ):
        if not pending:
            return
        read, around = pending.pop()
        if isinstance(read, ListNode):
            pending += [(item, around) for item in reversed(read.items[:MAX_READ])]
        expression = expression_of(read, Sink())
        behind = []
        for name in free_names(expression) if expression is not None else ():
            origin = around.origin_of(name)
            if origin is None or origin.node is None or origin.span in seen:
                continue
            seen.add(origin.span)
            if _number(origin.node) is not None:
                yield name, origin
            else:
                behind.append((origin.node, origin.scope or around))
        pending += reversed(behind)


def culprit(node: Node, scope: Scope) -> tuple[str, Written] | None:
    """The one number not above 0 from which `node` is computed, with its name."""
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
