"""Nodes that stand beside the structure whose nodes they are: not indented as far as the others; and words of a
residual that stand among its nodes: indented too far.

In: the entries beside a structure, and its nodes. Out: the sequence or the branches that were meant, with the mistake
in the sink. A key beside `residual` or `concat` that is none of its words, and whose value is a node, is a name among
its nodes.
"""

from __future__ import annotations

from archspec.diagnostics import Edit, Label
from archspec.edits import offering, whole
from archspec.expand.callees import STRUCTURE_ARGUMENTS, Entry, resolve
from archspec.expand.context import Context
from archspec.expand.scope import Scope
from archspec.names import MODIFIERS
from archspec.schema.elsewhere.words import argument_meant
from archspec.source import Span
from archspec.spelling import did_you_mean
from archspec.syntax import ListNode, MappingNode, Node, Scalar


def brought_in(
    structure: str, main: MappingNode, written: dict[str, Entry], scope: Scope, context: Context
) -> MappingNode:
    """The nodes of a structure, with those that stand beside it; these are taken out of `written`."""
    words = (*STRUCTURE_ARGUMENTS[structure], *MODIFIERS)
    behind = [key.start for key, _ in written.values() if key.text in words and key.start > main.start]
    is_block_style = main.entries and not main.span.text.startswith("{")
    dedented = [
        (key, value)
        for key, value in written.values()
        if is_block_style
        and main.start < key.start < min(behind, default=key.end)
        and not (key.text in words or argument_meant(key.text, words) or did_you_mean(key.text, words))
        and _is_node(value, scope, context)
    ]
    if not dedented:
        return main
    column = main.entries[0][0].span.column
    (first, _), *others = dedented
    context.sink.error(
        "E0118",
        first.span,
        f"the node `{first.text}` stands beside `{structure}`",
        labels=[Label("and this", key.span) for key, _ in others[:4]],
        help="indent it as the other nodes are",
        fixes=offering("indent it as the other nodes are", _shifted(dedented, column)),
    )
    for key, _ in dedented:
        del written[key.text]
    meant = MappingNode(main.source, main.start)
    meant.end, meant.again = main.end, main.again
    meant.entries = sorted([*main.entries, *dedented], key=lambda entry: entry[0].start)
    return meant


def taken_out(
    residual: Scalar, main: MappingNode, written: dict[str, Entry], context: Context
) -> MappingNode:
    """The nodes of a residual without the `shortcut: auto` that ends them, and the `after` beside it, which are put
    into `written`. No node is called `auto`.
    """
    count = len(main.entries)
    while count and main.entries[count - 1][0].text in ("shortcut", "after"):
        count -= 1
    strays = main.entries[count:]
    word = next((value for key, value in strays if key.text == "shortcut"), None)
    if isinstance(word, MappingNode) and len(word.entries) == 1:
        word = word.entries[0][1]
    is_word = isinstance(word, Scalar) and word.text in ("auto", "projection", "none")
    if not is_word or not count or any(key.text in written for key, _ in strays):
        return main
    (first, _), *others = strays
    column = residual.span.column
    is_block = not main.span.text.startswith("{") and column < first.span.column
    help = "indent it as far as `residual`"
    context.sink.error(
        "E0118",
        first.span,
        f"`{first.text}` stands among the nodes of `residual`",
        labels=[Label("and this", key.span) for key, _ in others],
        help=help,
        fixes=offering(help, _shifted(strays, column)) if is_block else (),
    )
    written.update({key.text: (key, value) for key, value in strays})
    meant = MappingNode(main.source, main.start)
    meant.end, meant.again, meant.entries = main.end, main.again, main.entries[:count]
    return meant


def _is_node(value: Node, scope: Scope, context: Context) -> bool:
    if isinstance(value, Scalar):
        return resolve(value.text, scope, context) is not None
    if isinstance(value, ListNode):
        return bool(value.items) and all(_is_node(item, scope, context) for item in value.items)
    return any(key.text == "use" or resolve(key.text, scope, context) is not None for key, _ in value.entries)


def _shifted(entries: list[Entry], column: int) -> tuple[Edit, ...] | None:
    """The edits that make the entries begin in `column`, with all their lines; None where a line, as of a comment, is
    not indented so far that it could be moved to the left as well.
    """
    edits = []
    for key, value in entries:
        source, less = key.source, max(key.span.column - column, 0)
        more = " " * (column - key.span.column)
        for number in range(key.span.line, whole(value).end_line + 1):
            line, start = source.line(number), source.line_start(number)
            if not line.strip():
                continue
            if line[:less].strip():
                return None
            edits.append(Edit(Span(source, start, start + less), more))
    return tuple(edits)
