"""Lists and mappings of nodes: children in order, and loops.

A list names its children 0, 1, 2 …; a mapping names them by its keys. A loop's children stand in the sequence as if
they had been written there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from archspec.diagnostics import Edit, Fix, Label, Sink
from archspec.edits import offering, replace_entry, replacing, whole
from archspec.expand.callees import needs_main, resolve
from archspec.expand.calls import NODE_HELP
from archspec.expand.context import Context
from archspec.expand.dashes import rejoined
from archspec.expand.definitions import Written, read_as
from archspec.expand.keys import name_alone
from archspec.expand.place import Flow, Place, claim, shape_of
from archspec.expand.slips import is_empty, report_names
from archspec.expand.values import Scope, expression_meant, said, value_of
from archspec.expressions import POISON, Poison, evaluate_template, show
from archspec.ir import Constant, Loop, Row
from archspec.names import folded, objection
from archspec.schema.elsewhere import key_meant
from archspec.source import Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar


def expand_slot(node: Node, name: str, place: Place, flow: Flow, scope: Scope, context: Context) -> Flow:
    """A slot: a mapping attaches its children to the enclosing module, anything else is one child called `name`."""
    if isinstance(node, MappingNode) and node.get("use") is None:
        return expand_sequence(node, place.slot(flow), flow, scope, context)
    result = context.expand_node(name, node, node, place.slot(flow), flow, scope, context)
    return flow if result is None else result


def expand_sequence(
    node: Node, place: Place, flow: Flow, scope: Scope, context: Context, *, hyphens: bool = False
) -> Flow:
    """Expand the children of a list or mapping into `place`, and return what comes out at the end."""
    if not isinstance(node, ListNode | MappingNode):
        context.sink.error(
            "E0212",
            node.span,
            "a sequence is due here: a list or a mapping of nodes",
            label=read_as(node),
            help=f"write `[{node.text}]`" if isinstance(node.value, str) else NODE_HELP,
        )
        return POISON
    if not (node.items if isinstance(node, ListNode) else node.entries):
        context.sink.error("E0411", node.span, "an empty sequence", help="write a node, such as `identity`")
        return POISON
    if isinstance(node, MappingNode) and _is_loop(node):
        node = _report_bare_loop(node, context)
    if isinstance(node, ListNode) and _all_named(node, scope, context):
        node = report_names(node, context)
    if isinstance(node, ListNode):
        node = rejoined(node, scope, context)
    if isinstance(node, MappingNode) and _is_list_in_braces(node, scope, context):
        node = _report_list_in_braces(node, context)
    return _Sequence(place, flow, hyphens, context).expand(node, scope)


def _all_named(node: ListNode, scope: Scope, context: Context) -> bool:
    """Whether every item of a list is a node with a name before it, and there are several."""
    return len(node.items) > 1 and all(name_alone(item, scope, context) is not None for item in node.items)


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


LOOP_KEYS: Final = ("for", "in", "do", "note")

IN_DO: Final = "write it on a node below `do`"


class _Sequence:
    """The state of one sequence: what flows, and the number of the next child of a list."""

    def __init__(self, place: Place, flow: Flow, hyphens: bool, context: Context) -> None:
        self.place = place
        self.flow = flow
        self.hyphens = hyphens
        self.context = context
        self.next_number = 0
        self.row: Row | None = None

    def expand(self, node: ListNode | MappingNode, scope: Scope) -> Flow:
        if isinstance(node, MappingNode):
            self.place.written |= {key.text for key, _ in node.entries}
        for key, child in _entries(node):
            if not self.context.visit(child if key is None else key):
                return POISON
            if isinstance(child, MappingNode) and child.get("for") is not None:
                self._loop(child, scope)
            elif key is None:
                self._numbered(child, scope)
            elif not isinstance(child, Scalar) or isinstance(child.value, str):
                self._named(key, child, scope)
            elif is_empty(child) and self._is_named_op(key, scope):
                self._report_empty(key, child)
                self._named(key, key, scope)
            elif not self._is_argument(node, key, child, scope):
                self._named(key, child, scope)
        return self.flow

    def _numbered(self, child: Node, scope: Scope) -> None:
        flow = self.context.expand_node(
            str(self.next_number), child, child, self.place, self.flow, scope, self.context
        )
        if flow is not None:
            self.next_number += 1
            self.flow = flow
            if self.context.sink.has_errors and (name := name_alone(child, scope, self.context)) is not None:
                self.place.values.setdefault(name, flow)  # `- conv1: {conv: 8}`, which was reported

    def _named(self, key: Scalar, child: Node, scope: Scope) -> None:
        name: str | Poison = key.text
        if "$" in key.text:
            name = evaluate_template(key.text, scope.values, key.span, self.context.sink)
        if isinstance(name, Poison):
            self._fail()
            return
        claim(name, key, self.place.builder, self.context, hyphens=self.hyphens)
        flow = self.context.expand_node(
            name, key, child, self.place, self.flow, scope, self.context, claimed=True
        )
        if flow is None:
            self.place.builder.taken.pop(folded(name), None)
        else:
            self.flow = flow

    def _is_named_op(self, key: Scalar, scope: Scope) -> bool:
        """Whether a child's name is that of an op or block that may stand alone."""
        callee = resolve(key.text, scope, self.context)
        return callee is not None and not isinstance(callee, str) and not needs_main(callee)

    def _report_empty(self, key: Scalar, child: Node) -> None:
        """`norm:`, with nothing behind the colon."""
        colon = key.source.text.find(":", key.end, child.start + 1) + 1
        edits = (Edit(Span(key.source, colon, colon), f" {key.text}"),) if colon else None
        self.context.sink.error(
            "E0212",
            key.span,
            "a name without a node",
            label=f"this is a child called `{key.text}`",
            help=f"write `{key.text}: {key.text}`: its name, and the op",
            fixes=offering(f"write `{key.text}: {key.text}`", edits),
        )

    def _is_argument(self, node: ListNode | MappingNode, key: Scalar, child: Scalar, scope: Scope) -> bool:
        """Whether an entry of a mapping, with no node beside its key, shows that one node was written where a sequence
        is due; reports it.
        """
        first, value = node.entries[0] if isinstance(node, MappingNode) else (key, child)
        if key is not first and (
            not isinstance(value, Scalar) or resolve(value.text, scope, self.context) is not None
        ):
            return False  # the first is a node: so should this be
        if key is first:
            self.context.sink.error(
                "E0212",
                key.span,
                "a sequence is due here, and this is one node",
                label=f"read as a child called `{key.text}`, whose node would be {read_as(child)[8:]}",
                help="put it in a list: `[{…}]`, or give it a name: `name: {…}`",
            )
        self.flow = POISON
        return True

    def _fail(self) -> None:
        """A loop came to nothing: what flows on, and which names there are, is not known."""
        self.flow = POISON
        self.place.incomplete = True

    def _loop(self, node: MappingNode, scope: Scope) -> None:
        """`for: [t, c], in: [[1, 16], …], do: sequence`."""
        sink = self.context.sink
        if _report_one_line(node, self.context):
            self._fail()
            return
        names = _loop_names(node, self.context)
        given = {key.text: value for key, value in node.entries}
        errors = len(sink.diagnostics)
        for key, value in node.entries:
            if key.text not in LOOP_KEYS:
                free = [name for name in LOOP_KEYS if name not in given]
                meant = sink.unknown(
                    "E0203",
                    key.span,
                    "key",
                    key.text,
                    free,
                    of="a loop",
                    meant=key_meant(key.text, free),
                    help=IN_DO,
                )
                if meant is not None:
                    given[meant] = value
        rows_node, body = given.get("in"), given.get("do")
        if rows_node is None or body is None:
            if len(sink.diagnostics) == errors:  # else the one that lacks is the one that nobody knows
                sink.error(
                    "E0215",
                    node.span,
                    "a loop needs `in` and `do`",
                    help="write `{for: c, in: [64, 128], do: […]}`",
                )
            self._fail()
            return
        if names is None or not isinstance(body, ListNode | MappingNode):
            if names is not None:
                sink.error(
                    "E0212", body.span, "`do` takes a sequence", label=read_as(body), help="write a list"
                )
            self._fail()
            return
        if not (body.items if isinstance(body, ListNode) else body.entries):
            sink.error("E0411", body.span, "an empty sequence", help="write a node, such as `identity`")
            self._fail()
            return
        rows = _counted(rows_node, self.context)
        if rows is None:
            rows = value_of(rows_node, scope.flowing(shape_of(self.flow)), sink)
        if isinstance(rows, Poison):
            self._fail()
            return
        if not isinstance(rows, tuple):
            meant = _rows_meant(rows_node, rows, scope, sink)
            help = f"write `{meant}`" if meant else f"write `[{show(rows)}]`"
            if isinstance(rows, int) and not meant:
                help += f", or `$(range({rows}))`"
            sink.error(
                "E0206",
                rows_node.span,
                "`in` takes a list",
                label=said(rows_node, rows),
                help=help,
                fixes=replacing(rows_node.span, meant),
            )
            self._fail()
            return
        origin = scope.origin(rows_node)
        items = origin.node.items if isinstance(origin.node, ListNode) else ()
        if _report_widths(node, names, rows, self.context):
            self._fail()
            return
        outer = self.row
        loop = Loop(outer)
        for number, row in enumerate(rows):
            cells = row if len(names) > 1 and isinstance(row, tuple) else (row,)
            item = items[number] if number < len(items) else None
            span = rows_node.span if item is None else item.span
            if len(cells) != len(names):
                sink.error(
                    "E0219",
                    span,
                    f"the loop binds {len(names)} names, and this row has {len(cells)}",
                    labels=[Label("the names", node.entries[0][1].span)],
                    help="give every row one value for each name",
                )
                self._fail()
                continue
            with sink.frame(f"row {number + 1} of {len(rows)} of a loop", span):
                self.row = Row(loop, number)
                first = len(self.place.builder.drafts)
                bound = dict(zip(names, cells, strict=True))
                written = _written(names, item, origin.scope or scope)
                self.expand(body, scope.binding(bound, written))
                for draft in self.place.builder.drafts[first:]:
                    draft.row = draft.row or self.row
                self.row = outer


_COUNTED: Final = r"(\d{1,4})\.\.\.?(\d{1,4})"


def _rows_meant(node: Node, rows: Constant, scope: Scope, sink: Sink) -> str:
    """The list that a count, `$copies`, or `range(copies)` was meant to be; empty if that is not certain."""
    if isinstance(rows, str):
        return expression_meant(rows, node.span, lambda result: isinstance(result, tuple), scope, sink)
    is_name = isinstance(node, Scalar) and re.fullmatch(r"\$[A-Za-z]\w*", node.text) is not None
    is_count = isinstance(rows, int) and not isinstance(rows, bool)
    return f"$(range({node.span.text[1:]}))" if is_name and is_count else ""


def _counted(rows: Node, context: Context) -> Constant | Poison | None:
    """Reports `in: [1..4]`, and returns the numbers that are meant; None where the rows are written otherwise."""
    cell = rows.items[0] if isinstance(rows, ListNode) and len(rows.items) == 1 else rows
    match = re.fullmatch(_COUNTED, cell.text) if isinstance(cell, Scalar) and not cell.quoted else None
    if match is None:
        return None
    first, last = int(match[1]), int(match[2])
    context.sink.error(
        "E0206",
        cell.span,
        "`in` takes a list, and two dots are none",
        label=read_as(cell),
        help=f"write `$(range({first}, {last + 1}))` for the numbers from {first} to {last}",
    )
    return tuple(range(first, last + 1)) or POISON


def _written(names: Sequence[str], row: Node | None, scope: Scope) -> dict[str, Written | None]:
    """Where the values of a row were written, as far as the row shows it."""
    cells = [row] if len(names) == 1 or not isinstance(row, ListNode) else row.items
    if row is None or len(cells) != len(names):
        return {}
    return {name: Written(cell, scope) for name, cell in zip(names, cells, strict=True) if cell}


def _report_widths(
    node: MappingNode, names: Sequence[str], rows: Sequence[Constant], context: Context
) -> bool:
    """Report that all rows have one number of values, and the names are more or fewer: the names are wrong."""
    widths = {len(row) if isinstance(row, tuple) else 1 for row in rows}
    if len(rows) < 2 or len(names) < 2 or len(widths) != 1 or widths == {len(names)}:
        return False
    written = node.get("for")
    context.sink.error(
        "E0219",
        written.span if written is not None else node.span,
        f"the loop binds {len(names)} names, and every row has {widths.pop()}",
        help="give every row one value for each name",
    )
    return True


def _entries(node: ListNode | MappingNode) -> Iterator[tuple[Scalar | None, Node]]:
    if isinstance(node, ListNode):
        return ((None, item) for item in node.items)
    return iter(node.entries)


_PYTHON: Final = r"(\w+(?: *, *\w+)*) +in +(\S.*)"


def _report_one_line(node: MappingNode, context: Context) -> bool:
    """Report `for: c in [1, 2]`: the rows are the value of a key of their own."""
    entry = node.entry("for")
    value = None if entry is None else entry[1]
    match = re.fullmatch(_PYTHON, value.text) if isinstance(value, Scalar) and not value.quoted else None
    if entry is None or value is None or match is None or node.get("in") is not None:
        return False
    names = f"[{match[1]}]" if "," in match[1] else match[1]
    rows = f'"{match[2]}"' if match[2].startswith("$") else match[2]
    context.sink.error(
        "E0209",
        value.span,
        "`for` takes the names alone",
        help=f"write `for: {names}` and `in: {rows}`",
        fixes=offering("write `in` beside it", replace_entry(node, "for", [f"for: {names}", f"in: {rows}"])),
    )
    return True


def _loop_names(node: MappingNode, context: Context) -> tuple[str, ...] | None:
    written = node.get("for")
    cells = written.items if isinstance(written, ListNode) else [written]
    names = []
    for cell in cells:
        if not isinstance(cell, Scalar) or objection(cell.text) is not None or cell.text[0].isdigit():
            span = cell.span if cell is not None else node.span
            context.sink.error(
                "E0209", span, "`for` takes a name or a list of names", help="write `for: [channels]`"
            )
            return None
        if cell.text in names:
            context.sink.error(
                "E0209",
                cell.span,
                f"the loop has two columns called `{cell.text}`",
                help="choose another name for one of them",
            )
        names.append(cell.text)
    return tuple(names)
