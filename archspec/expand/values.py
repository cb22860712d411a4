"""Argument values: what a literal or an expression comes to in a scope.

In: a node of the tree and a `Scope`. Out: a constant, or `POISON` after reporting why there is none.
"""

from __future__ import annotations

from archspec.diagnostics import Sink
from archspec.expand.definitions import read_as
from archspec.expand.scope import Scope
from archspec.expressions import (
    POISON,
    Expression,
    Poison,
    evaluate,
    is_expression,
    literal_text,
    parse,
    show,
)
from archspec.expressions.evaluator import MAX_WORK_TOGETHER
from archspec.ir import Constant
from archspec.source import Span
from archspec.syntax import ListNode, Node, Scalar


def expression_of(node: Node, sink: Sink) -> Expression | None:
    """The expression that a scalar holds, if it holds one that can be read."""
    if isinstance(node, Scalar) and isinstance(node.value, str) and is_expression(node.value):
        return parse(node.value, node.span, sink)
    return None


def value_of(node: Node, scope: Scope, sink: Sink) -> Constant | Poison:
    """What `node` comes to."""
    if isinstance(node, Scalar):
        text = node.value
        if not isinstance(text, str) or not is_expression(text):
            return literal_text(text) if isinstance(text, str) else text
        if sink.work > MAX_WORK_TOGETHER:
            return POISON  # which was reported: no more expressions are read
        span = node.span
        expression = parse(text, span, sink)
        return POISON if expression is None else value_of_expression(expression, node, span, scope, sink)
    if isinstance(node, ListNode):
        items = [value_of(item, scope, sink) for item in node.items]
        return POISON if any(item is POISON for item in items) else tuple(items)  # type: ignore[arg-type]
    sink.error(
        "E0206",
        node.span,
        "a mapping cannot be a value",
        label="a value is due here",
        help="write a number, a text, a truth value or a list",
    )
    return POISON


def literal_of(node: Node) -> Constant | Poison:
    """What `node` comes to in any scope; poison where that is to be worked out."""
    if isinstance(node, Scalar):
        text = node.value
        if not isinstance(text, str):
            return text
        return POISON if is_expression(text) else literal_text(text)
    if isinstance(node, ListNode):
        items = [literal_of(item) for item in node.items]
        return POISON if any(item is POISON for item in items) else tuple(items)  # type: ignore[arg-type]
    return POISON


def value_of_expression(
    expression: Expression, node: Scalar, span: Span, scope: Scope, sink: Sink
) -> Constant | Poison:
    """The value of the expression that `node`, at `span`, is."""
    before = len(sink.diagnostics)
    value = evaluate(expression, scope.values, span, sink)
    if value is not POISON:
        return value
    from archspec.expand.value_slips import as_meant  # only a mistake pays for it

    return as_meant(expression, node, span, scope, sink, before)


def integer_of(node: Node, scope: Scope, sink: Sink, what: str, minimum: int, code: str) -> int | Poison:
    """The integer of at least `minimum` that `node` comes to; `what` names it in the error, `code` is the error's."""
    value = value_of(node, scope, sink)
    if value is POISON:
        return POISON
    if isinstance(value, bool) or not isinstance(value, int):
        from archspec.expand.value_slips import report_no_integer  # only a mistake pays for it

        report_no_integer(node, value, scope, sink, what, minimum, code)
        return POISON
    if value < minimum:
        help = f"write an integer of at least {minimum}; to leave a node out, give it `if: false`"
        origin, labels = scope.place(node, f"used here as {what}")
        sink.error(
            code,
            origin.span,
            f"{what} is less than {minimum}",
            label=said(origin.node or node, value),
            labels=labels,
            help=help,
            sole=True,
        )
        return POISON
    return value


def said(node: Node, value: Constant) -> str:
    """What a node was read as, and what it came to where it is an expression."""
    if isinstance(node, Scalar) and isinstance(node.value, str) and is_expression(node.value):
        return f"this is {show(value)}"
    return read_as(node)


def key_of(value: object) -> object:
    """A dictionary key that tells 1, 1.0 and true apart."""
    if isinstance(value, tuple):
        return tuple([key_of(item) for item in value])
    if isinstance(value, bool | float):
        return (type(value), str(value))  # 0.0 is -0.0 to a dictionary, too
    return value
