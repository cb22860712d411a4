"""What stands in place of a sequence, and the sequence that was meant.

    {for: c, in: [64, 128], do: [conv: $c]}     a loop, without the list that it is an item of
    {relu, norm}                                a list in the wrong brackets
    [a: relu, b: norm]                          names in a list
    - conv: 64                                  a dash too many (dashes.py)
    - kernel: 3
    conv1:                                      a node that is not indented
    conv: 64

In: a list or a mapping that is not empty. Out: the one that was meant, after reporting what is wrong; itself, where
nothing is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from archspec.diagnostics import Edit, Fix, Label
from archspec.edits import offering, whole
from archspec.expand.callees import argument_names, resolve
from archspec.expand.context import Context
from archspec.expand.keys import name_alone, names_a_node
from archspec.expand.scope import Scope
from archspec.expand.slips import is_empty
from archspec.names import MODIFIERS
from archspec.source import Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar


def meant_sequence(node: ListNode | MappingNode, scope: Scope, context: Context) -> ListNode | MappingNode:
    """The sequence that `node` is, or was meant to be. One that is right is looked through once for all expansions."""
    sound = context.known.taken_apart(scope.file).sound
    if node in sound:
        return node
    meant = node
    if isinstance(meant, MappingNode) and _is_loop(meant):
        meant = _report_bare_loop(meant, context)
    if isinstance(meant, ListNode) and _all_named(meant, scope, context):
        meant = _report_names(meant, context)
    if isinstance(meant, ListNode):
        from archspec.expand.dashes import rejoined  # many networks have no list

        meant = rejoined(meant, scope, context)
    if isinstance(meant, MappingNode) and _is_list_in_braces(meant, scope, context):
        meant = _report_list_in_braces(meant, context)
    if meant is node:
        sound.add(node)
    return meant


def indented(node: MappingNode, scope: Scope, context: Context) -> MappingNode:
    """The mapping, with what follows a name without a node below that name, where it can only be its node."""
    entries = node.entries
    for at, (key, value) in enumerate(entries[:-1]):
        first, inner = entries[at + 1]
        callee = resolve(first.text, scope, context) if is_empty(value) else None
        if callee is None or isinstance(callee, str) or value.span.line == first.span.line:
            continue
        if not isinstance(inner, Scalar) or resolve(inner.text, scope, context) is not None:
            continue
        end = at + 2
        while end < len(entries) and entries[end][0].text in argument_names(callee):
            end += 1
        child = MappingNode(node.source, first.start)
        child.end, child.entries = whole(entries[end - 1][1]).end, entries[at + 1 : end]
        _report_unindented(key, [entry[0] for entry in child.entries], context)
        meant = MappingNode(node.source, node.start)
        meant.end, meant.again = node.end, node.again
        meant.entries = [*entries[:at], (key, child), *entries[end:]]
        return meant
    return node


def _report_unindented(key: Scalar, keys: Sequence[Scalar], context: Context) -> None:
    source = key.source
    starts = [source.line_start(each.span.line) for each in keys]
    context.sink.error(
        "E0118",
        keys[0].span,
        f"this line is not indented, and `{key.text}` above it has no node",
        labels=[Label("it belongs to this", key.span)],
        help=f"indent what belongs to `{key.text}`",
        fixes=offering(
            f"indent what belongs to `{key.text}`",
            tuple(Edit(Span(source, at, at), "  ") for at in starts),
        ),
    )


def _all_named(node: ListNode, scope: Scope, context: Context) -> bool:
    """Whether every item of a list is a node with a name before it, and there are several."""
    return len(node.items) > 1 and all(
        name_alone(item, scope, context) is not None or _is_named(item, scope, context) for item in node.items
    )


def _is_named(item: Node, scope: Scope, context: Context) -> bool:
    """Whether an item among named nodes is one too, though its name is a word for an op: `fc: {fc: 10}`."""
    if not isinstance(item, MappingNode) or len(item.entries) != 1:
        return False
    key, value = item.entries[0]
    if key.text in MODIFIERS or isinstance(resolve(key.text, scope, context), str):
        return False
    from archspec.schema.elsewhere.layers import op_remark  # only a mistake pays for it

    if isinstance(value, Scalar) and op_remark(key.text):
        return resolve(value.text, scope, context) is not None
    return names_a_node(value, scope, context)


def _report_names(items: ListNode, context: Context) -> MappingNode:
    """A list whose every item is a node with its name. Returns the mapping that was meant."""
    meant = MappingNode(items.source, items.start)
    meant.end = items.end
    meant.entries = [entry for item in items.items if isinstance(item, MappingNode) for entry in item.entries]
    keys = [key for key, _ in meant.entries]
    source = items.source
    dashes = [source.text.rfind("-", 0, key.start) for key in keys]
    is_block = all(
        source.line(key.span.line)[: key.span.column - 1].strip() == "-"
        and key.span.column == keys[0].span.column
        for key in keys
    )
    is_mendable = is_block and len({key.text for key in keys}) == len(keys) <= _MAX_ITEMS
    edits = tuple(Edit(Span(source, dash, dash + 1), " ") for dash in dashes) if is_mendable else ()
    context.sink.error(
        "E0212",
        keys[0].span,
        "named nodes stand where one node is due",
        labels=[Label("and here", key.span) for key in keys[1:4]],
        help="in a list nodes have no names: write a mapping of named nodes, without dashes",
        fixes=[Fix("write a mapping of named nodes, without dashes", edits)] if edits else (),
    )
    return meant


_MAX_ITEMS: Final = 300
"""No longer list is mended by a fix."""


def _is_list_in_braces(node: MappingNode, scope: Scope, context: Context) -> bool:
    """Whether a mapping is `{relu, norm}`: several ops, and no names for them."""
    return (
        len(node.entries) > 1
        and node.span.text.startswith("{")
        and all(
            is_empty(child) and resolve(key.text, scope, context) is not None for key, child in node.entries
        )
    )


def _report_list_in_braces(node: MappingNode, context: Context) -> ListNode:
    """Report `{relu, norm}`; returns the list that was meant."""
    meant = ListNode(node.source, node.start)
    meant.end, meant.items = node.end, [key for key, _ in node.entries]
    text = f"[{', '.join(key.span.text for key, _ in node.entries)}]"
    context.sink.error(
        "E0212",
        node.span,
        "a list of nodes stands in square brackets",
        help=f"write `{text}`",
        fixes=[Fix(f"write `{text}`", (Edit(whole(node), text),))],
    )
    return meant


def _is_loop(node: MappingNode) -> bool:
    """Whether a mapping where named nodes are due is a loop: none of its keys can name a node."""
    return node.get("for") is not None and (node.get("in") is not None or node.get("do") is not None)


def _report_bare_loop(node: MappingNode, context: Context) -> ListNode:
    """Report a loop in place of the sequence that it is a part of; returns that sequence."""
    text = node.source.text
    key = node.entries[0][0]
    edits: list[Edit] = []
    if text[node.start : node.start + 1] == "{":
        edits = [
            Edit(Span(node.source, at, at), bracket) for at, bracket in ((node.start, "["), (node.end, "]"))
        ]
    elif not text[node.source.line_start(key.span.line) : key.start].strip():
        end = whole(node).end_line
        lines = range(key.span.line, end + 1) if "\n" in text[node.start : node.end] else ()
        for number in lines:
            if node.source.line(number).strip():
                at = key.start if number == key.span.line else node.source.line_start(number)
                edits.append(Edit(Span(node.source, at, at), "- " if number == key.span.line else "  "))
    context.sink.error(
        "E0212",
        key.span,
        "a loop stands in place of the sequence that it is a node of",
        label="read as the name of a node",
        help="make it an item of a list, with a dash before `for` and the rest indented, or give it a name",
        fixes=[Fix("make it an item of a list", tuple(edits))] if edits and len(edits) < 300 else (),
    )
    around = ListNode(node.source, node.start)
    around.end, around.items = node.end, [node]
    return around
