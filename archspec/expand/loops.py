"""Loops: `{for: [t, c], in: [[1, 16], …], do: sequence}`, a table of rows.

In: the mapping that is one. Out: its names, its rows and its body; None after reporting what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from archspec.diagnostics import Fix, Label, Sink
from archspec.edits import offering, replace_entry, replacing
from archspec.expand.context import Context
from archspec.expand.definitions import Written, read_as
from archspec.expand.scope import Scope
from archspec.expand.values import said, value_of
from archspec.expressions import POISON, Poison, show
from archspec.ir import Constant
from archspec.names import objection
from archspec.ops.base import Shape
from archspec.records import dataclass
from archspec.source import Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar

LOOP_KEYS: Final = ("for", "in", "do", "note")

IN_DO: Final = "write it on a node below `do`"


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """What one row binds, and where its values were written. None in place of names: the row has too few, or too many,
    which was reported.
    """

    span: Span
    bound: Mapping[str, Constant] | None
    written: Mapping[str, Written | None]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A loop as written: what it repeats, and its rows."""

    names: tuple[str, ...]
    rows: tuple[Constant, ...]
    body: ListNode | MappingNode
    node: MappingNode
    at: Node
    origin: Written
    scope: Scope

    def cells(self, context: Context) -> Iterator[Cells]:
        """The rows, one by one."""
        items = self.origin.node.items if isinstance(self.origin.node, ListNode) else ()
        for number, row in enumerate(self.rows):
            values = row if len(self.names) > 1 and isinstance(row, tuple) else (row,)
            item = items[number] if number < len(items) else None
            span = self.at.span if item is None else item.span
            if len(values) == len(self.names):
                written = _written(self.names, item, self.origin.scope or self.scope)
                yield Cells(span, dict(zip(self.names, values, strict=True)), written)
                continue
            context.sink.error(
                "E0219",
                span,
                f"the loop binds {len(self.names)} names, and this row has {len(values)}",
                labels=[Label("the names", self.node.entries[0][1].span)],
                help="give every row one value for each name",
                fixes=_bracketed(item, len(self.names)),
            )
            yield Cells(span, None, {})


def read_loop(node: MappingNode, shape: Shape | None, scope: Scope, context: Context) -> Table | None:
    """What `node` repeats for which rows. `shape` flows in; None where an error lies before it."""
    sink = context.sink
    if _report_one_line(node, context):
        return None
    names = _loop_names(node, context)
    given = {key.text: value for key, value in node.entries}
    errors = len(sink.diagnostics)
    for key, value in node.entries:
        if key.text not in LOOP_KEYS:
            free = [name for name in LOOP_KEYS if name not in given]
            from archspec.schema.elsewhere.words import key_meant  # only a mistake pays for it

            meant = sink.unknown(
                "E0203",
                key.span,
                "key",
                key.text,
                free,
                of="a loop",
                meant=key_meant(key.text, free) or _lacking(node),
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
        return None
    if names is None or not isinstance(body, ListNode | MappingNode):
        if names is not None:
            before = node.source.text[: node.start].rstrip(" ")
            is_item = isinstance(body, Scalar) and body.text and before.endswith(("-", "[", ","))
            sink.error(
                "E0212",
                body.span,
                "`do` takes a sequence",
                label=read_as(body),
                help="write a list",
                fixes=replacing(body.span, f"[{body.span.text}]") if is_item else (),
            )
        return None
    if not (body.items if isinstance(body, ListNode) else body.entries):
        sink.error("E0411", body.span, "an empty sequence", help="write a node, such as `identity`")
        return None
    rows = _counted(rows_node, context)
    if rows is None:
        rows = value_of(rows_node, scope.flowing(shape), sink)
    if isinstance(rows, Poison):
        return None
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
        return None
    if _report_widths(node, names, rows, context):
        return None
    return Table(names, rows, body, node, rows_node, scope.origin(rows_node), scope)


_COUNTED: Final = r"(\d{1,4})\.\.\.?(\d{1,4})"


def _rows_meant(node: Node, rows: Constant, scope: Scope, sink: Sink) -> str:
    """The list that a count, `$copies`, or `range(copies)` was meant to be; empty if that is not certain."""
    if isinstance(rows, str):
        from archspec.expand.value_slips import expression_meant  # only a mistake pays for it

        return expression_meant(rows, node.span, lambda result: isinstance(result, tuple), scope, sink)
    is_name = isinstance(node, Scalar) and re.fullmatch(r"\$[A-Za-z]\w*", node.text) is not None
    is_count = isinstance(rows, int) and not isinstance(rows, bool)
    return f"$(range({node.span.text[1:]}))" if is_name and is_count else ""


def _lacking(node: MappingNode) -> str | None:
    """The key that a loop lacks, where it has one too many."""
    lacking = [name for name in ("in", "do") if node.get(name) is None]
    strangers = [key for key, _ in node.entries if key.text not in LOOP_KEYS]
    return lacking[0] if len(lacking) == len(strangers) == 1 else None


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


def _bracketed(row: Node | None, count: int) -> tuple[Fix, ...]:
    """The fix of a row of `count` values that stand side by side without brackets, `- 2, 32`, or in parentheses."""
    text = row.text if isinstance(row, Scalar) and not row.quoted else ""
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    if row is None or not text or len(text.split(",")) != count or {*text} & {*"()[]{}"}:
        return ()
    return replacing(row.span, f"[{text}]")


def _names_meant(written: Node | None) -> tuple[str, ...]:
    """The names of `for: k, channels` and of `for: [$k, $channels]`; none where they are written as they should be, or
    are no names either.
    """
    if isinstance(written, Scalar):
        texts = [] if written.quoted else re.split(r"\s*,\s*|\s+", written.text)
    else:
        texts = [cell.span.text for cell in written.items] if isinstance(written, ListNode) else []
    is_row = isinstance(written, Scalar) and len(texts) > 1
    names = tuple(text.strip().removeprefix("$") for text in texts)
    are_no_names = any(objection(name) or name[0].isdigit() for name in names) or len({*names}) < len(names)
    return () if not names or are_no_names or ([*names] == texts and not is_row) else names


def _loop_names(node: MappingNode, context: Context) -> tuple[str, ...] | None:
    written = node.get("for")
    if written is not None and (meant := _names_meant(written)):
        text = f"[{', '.join(meant)}]" if len(meant) > 1 else meant[0]
        context.sink.error(
            "E0209",
            written.span,
            "`for` takes a name or a list of names",
            help=f"write `for: {text}`",
            fixes=replacing(written.span, text),
        )
        return meant
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
