"""A dash too many: an argument of a list's node that stands below it as an item of its own.

In: a list of nodes. Out: the one that was meant, after reporting each such dash; the list itself where there is none.

    - conv: 64
    - kernel: 3
"""

from __future__ import annotations

from collections.abc import Iterable

from archspec.diagnostics import Edit, Fix, Label
from archspec.expand.callees import argument_names, op_argument_names, resolve
from archspec.expand.context import Context
from archspec.expand.scope import Scope
from archspec.names import MODIFIERS
from archspec.source import Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar


def rejoined(node: ListNode, scope: Scope, context: Context) -> ListNode:
    """The list in which every argument stands in its node again."""
    if not any(_begins_with_argument(item, scope, context) for item in node.items):
        return node
    meant = ListNode(node.source, node.start)
    meant.end = node.end
    strays: dict[Scalar, list[MappingNode]] = {}
    for item in node.items:
        owner = meant.items[-1] if meant.items else None
        if isinstance(item, MappingNode) and isinstance(owner, MappingNode):
            name = _called_by(owner, item, scope, context)
            if name is not None:
                strays.setdefault(name, []).append(item)
                whole = MappingNode(owner.source, owner.start)
                whole.end, whole.entries = item.end, [*owner.entries, *item.entries]
                meant.items[-1] = whole
                continue
        meant.items.append(item)
    for name, items in strays.items():
        if node.span.text.startswith("["):
            _report_brackets(name, items, node, len(meant.items) == 1, context)
        else:
            _report(name, items, context)
    return meant


def _begins_with_argument(item: Node, scope: Scope, context: Context) -> bool:
    """Whether an item begins with the name of an argument, which is that of no op or block."""
    if not isinstance(item, MappingNode) or not item.entries:
        return False
    first = item.entries[0][0].text
    if first == "use" or (
        first in MODIFIERS
        and any(key.text == "use" or resolve(key.text, scope, context) for key, _ in item.entries)
    ):
        return False
    # In this order: the names of all arguments are those of all ops, which few networks have.
    return resolve(first, scope, context) is None and first in op_argument_names()


def _called_by(owner: MappingNode, item: MappingNode, scope: Scope, context: Context) -> Scalar | None:
    """The name of the op or block of `owner`, if all of `item` are arguments that it takes and is not given."""
    if not _begins_with_argument(item, scope, context):
        return None
    given = {key.text for key, _ in owner.entries}
    keys = [key.text for key, _ in item.entries]
    for key, _ in owner.entries:
        callee = resolve(key.text, scope, context)
        if callee is not None and not isinstance(callee, str):
            taken = argument_names(callee)
            return key if all(each in taken and each not in given for each in keys) else None
    return None


def _report(owner: Scalar, items: list[MappingNode], context: Context) -> None:
    """Report the dashes of `items`, whose entries are arguments of `owner`."""
    first, *others = (item.entries[0][0] for item in items)
    edits = [edit for item in items if (edit := _without_dash(owner, item)) is not None]
    context.sink.error(
        "E0212",
        first.span,
        f"`{first.text}` is an argument of the node above, and its dash begins another",
        labels=_labels(owner, others),
        help="leave the dash out",
        fixes=[Fix("leave the dash out", tuple(edits))] if len(edits) == len(items) else (),
    )


def _labels(owner: Scalar, others: Iterable[Scalar]) -> list[Label]:
    """What is said of the op, and of its arguments after the first."""
    further = (Label("and so is this", key.span) for key in others)
    return [Label(f"it belongs to this `{owner.text}`", owner.span), *further]


def _without_dash(owner: Scalar, item: MappingNode) -> Edit | None:
    """The edit that leaves the dash of an item out, so that its entries stand below `owner`."""
    first = item.entries[0][0]
    source = first.source
    before = source.text[source.line_start(first.span.line) : first.start]
    if before.strip() != "-" or len(before) != owner.span.column - 1:
        return None
    dash = first.start - len(before) + before.find("-")
    return Edit(Span(source, dash, dash + 1), " ")


def _report_brackets(
    owner: Scalar, items: list[MappingNode], node: ListNode, is_whole: bool, context: Context
) -> None:
    """Report `[conv: 8, kernel: 3]`, a node in the brackets of a list; `is_whole`: nothing else stands in them."""
    first, *others = (item.entries[0][0] for item in items)
    fixes: tuple[Fix, ...] = ()
    if is_whole and not any(item.span.text.startswith("{") for item in items):
        opening, closing = (
            Span(node.source, node.start, node.start + 1),
            Span(node.source, node.end - 1, node.end),
        )
        fixes = (Fix("write `{` and `}`", (Edit(opening, "{"), Edit(closing, "}"))),)
    context.sink.error(
        "E0212",
        first.span,
        f"`{first.text}` is an argument of `{owner.text}`, and stands as an item of its own",
        labels=_labels(owner, others),
        help="a node with arguments stands in braces: `{conv: 64, kernel: 3}`",
        fixes=fixes,
    )
