"""An op and the numbers that it is to have, without the names of its arguments: `conv 8 3`, `[conv, 8, 3]`.

In: a node. Out: the call that was meant, after reporting how it is written; None where the node is none of these.
"""

from __future__ import annotations

import re
from typing import Final

from archspec.diagnostics import shortened
from archspec.edits import replacing
from archspec.expand.callees import Call, main_argument, resolve
from archspec.expand.context import Context
from archspec.expand.scope import Scope
from archspec.expand.slips import as_node, in_order
from archspec.syntax import ListNode, Scalar


def spaced_numbers(node: Scalar, scope: Scope, context: Context) -> Call | None:
    """`conv 8 3`: an op and the numbers that it is to have, in a row."""
    message = f"unknown op or block `{shortened(node.text)}`"
    return _with_numbers(node, node.text.split(), "E0201", message, scope, context)


def listed_numbers(node: ListNode, scope: Scope, context: Context) -> Call | None:
    """`[conv, 8, 3]`, the same as a list."""
    texts = [item.text if isinstance(item, Scalar) else "" for item in node.items]
    message = "an op and its numbers stand in a list"
    return _with_numbers(node, texts, "E0212", message, scope, context)


def _with_numbers(
    node: Scalar | ListNode, texts: list[str], code: str, message: str, scope: Scope, context: Context
) -> Call | None:
    """The call that is meant by an op's name and numbers behind it, after reporting how it is written."""
    word, *numbers = texts
    callee = resolve(word, scope, context) if numbers and all(map(_NUMBER.fullmatch, numbers)) else None
    main = None if callee is None else main_argument(callee)
    if callee is None or isinstance(callee, str) or main is None:
        return None
    names = [name for name in in_order(callee) if name != main]
    if len(numbers) - 1 > len(names):
        return None
    pairs = list(zip((word, *names), numbers, strict=False))
    text = "{" + ", ".join(f"{name}: {number}" for name, number in pairs) + "}"
    context.sink.error(
        code,
        node.span,
        message,
        help=f"an op with arguments is a mapping: `{text}`",
        fixes=replacing(node.span, text),
    )
    at = Scalar(word, word, node.source, node.start, node.end, False)
    arguments = {name: (at, as_node(number, at)) for name, number in pairs[1:]}
    return Call(callee, word, node.span, as_node(numbers[0], at), arguments, {})


_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?|\$[A-Za-z]\w*")
