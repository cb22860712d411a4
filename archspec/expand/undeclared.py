"""Names that a block reads and does not declare: one mistake of the block, whatever its calls give.

In: a block's definition. Out: the names, each with the first place that reads it. A call that gives an argument of such
a name is right, and the list of parameters is not: so it is the block that is reported, and the call is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archspec.diagnostics import Sink
from archspec.expand.context import Context
from archspec.expand.definitions import Definition
from archspec.expressions import Place, is_expression, names_read, parse
from archspec.source import Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar, nodes


def undeclared(definition: Definition, context: Context) -> Mapping[str, Span]:
    """The names, with the first place of each; those of a loop in the block are known throughout it."""
    if definition not in context.undeclared:
        known = {"in_channels", "in_shape", "i", "n", *definition.file.values, *_bound(definition.body)}
        known.update(parameter.name for parameter in definition.parameters)
        found: dict[str, Span] = {}
        for name, span in _read(definition.body):
            if name not in known:
                found.setdefault(name, span)
        context.undeclared[definition] = found
    return context.undeclared[definition]


def report_undeclared(definition: Definition, name: str, context: Context) -> None:
    """Report that the block reads `name`, which it does not declare."""
    context.sink.error(
        "E0451",
        undeclared(definition, context)[name],
        f"`{name}` is not defined here",
        subject=name,
        label=f"block `{definition.name}` has no parameter `{name}`",
        help=f"add `{name}` to the `params` of `{definition.name}`: where it is used it is given",
    )


def _bound(body: Node) -> Iterator[str]:
    """The names that loops bind."""
    for node in nodes(body):
        names = node.get("for") if isinstance(node, MappingNode) else None
        for cell in names.items if isinstance(names, ListNode) else (names,):
            if isinstance(cell, Scalar):
                yield cell.text


def _read(body: Node) -> Iterator[tuple[str, Span]]:
    """The names that expressions read, in the order of the text."""
    for node in nodes(body, skip=("about", "note")):
        if isinstance(node, Scalar) and isinstance(node.value, str) and is_expression(node.value):
            expression = parse(node.value, node.span, Sink())
            for name in names_read(expression) if expression is not None else ():
                yield name.name, Place(node.span).span(name.start, name.end)
