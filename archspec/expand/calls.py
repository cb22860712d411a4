"""Which op, block or structure a node names, and the arguments it is given.

In: a node of the tree. Out: a `Call`, the node taken apart; `evaluate_arguments` works its arguments out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from archspec.diagnostics import Label, shortened
from archspec.expand.callees import (
    Callee,
    argument_names,
    main_argument,
    needs_main,
    op_argument_names,
    resolve,
    resolve_or_report,
)
from archspec.expand.context import Context
from archspec.expand.definitions import Definition, read_as
from archspec.expand.elsewhere import argument_meant, argument_remark
from archspec.expand.values import Scope, expression_of, value_of
from archspec.expressions import Expression, Poison, is_expression, show
from archspec.ir import Constant
from archspec.names import MODIFIERS
from archspec.source import Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A node taken apart. `callee` is an op, a block, or the name of a structure."""

    callee: Callee
    name: str
    span: Span
    main: Node | None
    arguments: Mapping[str, tuple[Span, Node]]
    modifiers: Mapping[str, tuple[Span, Node]]

    def overridden(self, arguments: Mapping[str, tuple[Span, Node]]) -> Call:
        """The same call with some arguments replaced: `first: {stride: 2}`."""
        main_name = main_argument(self.callee)
        main = None if main_name in arguments else self.main
        return replace(self, main=main, arguments={**self.arguments, **arguments})


@dataclass(frozen=True, slots=True, eq=False)
class Arguments:
    """Arguments worked out: values, where each was written, and those that were written as expressions."""

    values: Mapping[str, Constant | Poison]
    spans: Mapping[str, Span]
    expressions: Mapping[str, Expression]

    @property
    def poisoned(self) -> bool:
        return any(isinstance(value, Poison) for value in self.values.values())

    def constants(self) -> dict[str, Constant]:
        """The values that are known."""
        return {name: value for name, value in self.values.items() if not isinstance(value, Poison)}


NODE_HELP: Final = "write an op such as `relu`, a mapping such as `{conv: 64, kernel: 3}`, or a list of nodes"


def take_apart(node: Node, scope: Scope, context: Context) -> Call | None:
    """The call that a node is; None after reporting why it is none."""
    if isinstance(node, ListNode):
        return Call("seq", "seq", node.span, node, {}, {})
    if isinstance(node, MappingNode):
        return _from_mapping(node, scope, context)
    name: object = node.value
    if isinstance(name, str) and is_expression(name):
        name = _named(node, scope, context)
        if name is None:
            return None
    if not isinstance(name, str):
        context.sink.error("E0212", node.span, "a node is due here", label=read_as(node), help=NODE_HELP)
        return None
    found = resolve_or_report(name, node.span, "E0201", scope, context)
    if found is None:
        return None
    callee, name = found
    if isinstance(callee, str):
        context.sink.error("E0212", node.span, f"`{name}` needs a value", help=f"write `{name}: …`")
        return None
    return Call(callee, name, node.span, None, {}, {})


def _named(node: Node, scope: Scope, context: Context) -> str | None:
    """The op or block that a value names."""
    name = value_of(node, scope, context.sink)
    if isinstance(name, Poison):
        return None
    if not isinstance(name, str):
        context.sink.error(
            "E0206",
            node.span,
            "this does not name an op or block",
            label=f"this is {show(name)}",
            help="write a name: `use: relu`",
        )
        return None
    return name


def _from_mapping(node: MappingNode, scope: Scope, context: Context) -> Call | None:
    modifiers: dict[str, tuple[Span, Node]] = {}
    others: list[tuple[Scalar, Node]] = []
    for key, value in node.entries:
        if key.text in MODIFIERS:
            modifiers[key.text] = (key.span, value)
        else:
            others.append((key, value))
    if not others:
        span = next(iter(modifiers.values()))[0] if modifiers else node.span
        context.sink.error("E0212", span, "this node has no op or block", help=NODE_HELP)
        return None
    found = _callee_among(others, scope, context)
    if found is None:
        return None
    callee, name, (key, value) = found
    used = key.text == "use"
    if not used and not isinstance(callee, str) and _names_a_node(value, scope, context):
        context.sink.error(
            "E0212",
            key.span,
            "named nodes stand where one node is due",
            label=f"read as the op `{name}`",
            help="put them below `seq:`",
        )
        return None
    main = None if used else value
    arguments = {other.text: (other.span, argument) for other, argument in others if other is not key}
    arguments = _known_arguments(callee, name, main is not None, arguments, context)
    call = Call(callee, name, value.span if used else key.span, main, arguments, modifiers)
    return call if _main_fits(call, key, context) else None


def _names_a_node(node: Node, scope: Scope, context: Context) -> bool:
    """Whether a mapping is a node: no argument of an op is."""
    return isinstance(node, MappingNode) and any(
        key.text == "use" or resolve(key.text, scope, context) is not None for key, _ in node.entries
    )


def _callee_among(
    others: list[tuple[Scalar, Node]], scope: Scope, context: Context
) -> tuple[Callee, str, tuple[Scalar, Node]] | None:
    """The one key that names an op, block or structure: what it calls, its name, its entry."""
    for entry in others:
        if entry[0].text == "use":
            name = _named(entry[1], scope, context)
            if name is None:
                return None
            found = resolve_or_report(name, entry[1].span, "E0213", scope, context)
            return None if found is None else (*found, entry)
    candidates = [
        (callee, entry[0].text, entry)
        for entry in others
        if (callee := resolve(entry[0].text, scope, context)) is not None
    ]
    if len(candidates) > 1:
        names = [name for _, name, _ in candidates]
        owners = [
            c for c in candidates if all(name == c[1] or name in argument_names(c[0]) for name in names)
        ]
        if len(owners) == 1:
            return owners[0]
        _report_two([entry[0] for _, _, entry in candidates], context)
        return None
    if candidates:
        return candidates[0]
    first = others[0]
    if all(key.text in op_argument_names() for key, _ in others):
        context.sink.error(
            "E0212",
            first[0].span,
            "this node has arguments, and no op or block",
            help="put the op in front: `{conv: 64, kernel: 3}`",
        )
        return None
    found = resolve_or_report(first[0].text, first[0].span, "E0201", scope, context)
    return None if found is None else (*found, first)


def _report_two(keys: list[Scalar], context: Context) -> None:
    first, second = keys[:2]
    context.sink.error(
        "E0211",
        second.span,
        "a node has one op or block; this has two",
        label=f"`{second.text}` is another op or block",
        labels=[Label(f"`{first.text}` is one", first.span)],
        help=f"write a list of two nodes, or a mapping that names them: `a: {{{first.text}: …}}`",
    )


def _known_arguments(
    callee: Callee,
    name: str,
    has_main: bool,
    arguments: Mapping[str, tuple[Span, Node]],
    context: Context,
) -> dict[str, tuple[Span, Node]]:
    """The arguments that the callee takes; another is reported, and counts as the one that was probably meant."""
    names = argument_names(callee)
    taken = {main_argument(callee)} if has_main else set()
    known = {argument: given for argument, given in arguments.items() if argument in names}
    for argument, (span, node) in arguments.items():
        if argument in names or context.sink.is_full:
            continue
        free = [other for other in (*names, *MODIFIERS) if other not in known and other not in taken]
        nearest = context.sink.unknown(
            "E0202",
            span,
            "argument",
            argument,
            free,
            of=f"`{name}`",
            meant=argument_meant(argument, free),
            remark=argument_remark(argument),
        )
        if nearest is not None and nearest in names:
            known[nearest] = (span, node)
    return known


def _main_fits(call: Call, key: Scalar, context: Context) -> bool:
    main_name = main_argument(call.callee)
    if call.main is None or isinstance(call.callee, str):
        return True
    if main_name is None:
        beside = f", or `use: {call.name}` beside its arguments" if call.arguments else ""
        context.sink.error(
            "E0206",
            call.main.span,
            f"`{call.name}` has no main argument",
            help=f"write `{call.name}`{beside}",
        )
        return False
    if main_name in call.arguments:
        context.sink.error(
            "E0220",
            call.arguments[main_name][0],
            f"`{main_name}` is given twice",
            label="and here",
            labels=[Label(f"the value of `{call.name}` is its `{main_name}`", call.main.span)],
            help="remove one",
        )
        return False
    if isinstance(call.main, MappingNode):
        example = f"`{call.name}: …`"
        context.sink.error(
            "E0206",
            call.main.span,
            f"the value of `{call.name}` is its `{main_name}`, and this is a mapping",
            help=f"write {example} with the value alone, and the other arguments beside it",
        )
        return False
    if isinstance(call.main, Scalar) and call.main.value is None and not call.main.text:
        context.sink.error(
            "E0206",
            key.span,
            f"`{call.name}:` has no value",
            help=f"write one: `{call.name}: …`" if needs_main(call.callee) else f"write `{call.name}` alone",
        )
        return False
    return True


def evaluate_arguments(call: Call, scope: Scope, context: Context) -> Arguments:
    """Work out what the node gives, over what the file's `defaults` give."""
    values: dict[str, Constant | Poison] = {}
    spans: dict[str, Span] = {}
    expressions: dict[str, Expression] = {}
    if not isinstance(call.callee, str | Definition):
        default = scope.file.defaults.get(call.callee.key)
        if default is not None:
            file_scope = Scope(scope.file, scope.file.values)
            for key, node in default.entries:
                values[key.text] = value_of(node, file_scope, context.sink)
                spans[key.text] = node.span
    main_name = main_argument(call.callee)
    written = [(name, node) for name, (_, node) in call.arguments.items()]
    if call.main is not None and main_name is not None:
        written.insert(0, (main_name, call.main))
    for name, node in written:
        values[name] = value_of(node, scope, context.sink)
        spans[name] = node.span
        expression = expression_of(node, context.sink)
        if expression is not None:
            expressions[name] = expression
        else:
            expressions.pop(name, None)
    return Arguments(values, spans, expressions)


def quoted(name: str) -> str:
    """A name from the spec as messages show it."""
    return f"`{shortened(name)}`"
