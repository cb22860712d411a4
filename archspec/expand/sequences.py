"""Lists and mappings of nodes: children in order, and loops.

A list names its children 0, 1, 2 …; a mapping names them by its keys. A loop's children stand in the sequence as if
they had been written there.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Edit
from archspec.edits import offering
from archspec.expand.callees import needs_main, resolve
from archspec.expand.calls import NODE_HELP
from archspec.expand.context import Context
from archspec.expand.definitions import read_as
from archspec.expand.keys import name_alone
from archspec.expand.loops import read_loop
from archspec.expand.place import Flow, Place, claim, shape_of
from archspec.expand.scope import Scope
from archspec.expand.sequence_slips import indented, meant_sequence
from archspec.expand.slips import is_empty
from archspec.expressions import POISON, Poison, evaluate_template
from archspec.ir import Loop, Row
from archspec.names import folded
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
    node = meant_sequence(node, scope, context)
    return _Sequence(place, flow, hyphens, context).expand(node, scope)


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
            node = indented(node, scope, self.context)
            self.place.written |= {key.text for key, _ in node.entries}
            self.place.incomplete |= bool(node.again)
        # Which of two nodes of one name is meant is not known, or whether both are.
        both = isinstance(node, MappingNode) and bool(node.again) and self.context.guesses.holds
        for key, child in _with_again(node) if both else _entries(node):
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
        self.context.lost += 1

    def _without_sizes(self, told: int) -> None:
        """Take back the errors from number `told` on that are of sizes: they come of the row that was told."""
        found = self.context.sink.diagnostics[told:]
        self.context.sink.replace(told, [each for each in found if not each.code.startswith("E03")])

    def _loop(self, node: MappingNode, scope: Scope) -> None:
        """The children of every row of a loop."""
        table = read_loop(node, shape_of(self.flow), scope, self.context)
        if table is None:
            self._fail()
            return
        outer = self.row
        loop = Loop(outer)
        for number, row in enumerate(table.cells(self.context)):
            if row.bound is None:
                self._fail()
                continue
            text = f"row {number + 1} of {len(table.rows)} of a loop"
            told = len(self.context.sink.diagnostics)
            with self.context.sink.frame(text, row.span, binds=table.names):
                self.row = Row(loop, number)
                first = len(self.place.builder.drafts)
                self.expand(table.body, scope.binding(row.bound, row.written))
                for draft in self.place.builder.drafts[first:]:
                    draft.row = draft.row or self.row
                self.row = outer
            if row.span in self.context.misleading:
                self._without_sizes(told)
                self._fail()  # a row too many: each of the others may be meant for another
                return


def _entries(node: ListNode | MappingNode) -> Iterator[tuple[Scalar | None, Node]]:
    if isinstance(node, ListNode):
        return ((None, item) for item in node.items)
    return iter(node.entries)


def _with_again(node: ListNode | MappingNode) -> Iterator[tuple[Scalar | None, Node]]:
    """The entries, with those whose names stand twice."""
    if isinstance(node, ListNode):
        return _entries(node)
    entries: list[tuple[Scalar | None, Node]] = [*node.entries]
    for number, (before, key, child) in enumerate(node.again):
        # What flows on comes from it too, under a name that nobody else has.
        name = f"{key.text}_{len(node.entries) + number}"
        entries.insert(before + number, (Scalar(name, name, key.source, key.start, key.end, False), child))
    return iter(entries)
