"""Which op, block or structure a node names, and the arguments it is given.

In: a node of the tree. Out: a `Call`, the node taken apart; `evaluate_arguments` works its arguments out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Final, TypeAlias

from archspec.diagnostics import Label, shortened
from archspec.expand.context import Context
from archspec.expand.definitions import Definition, read_as
from archspec.expand.values import Scope, expression_of, shown, value_of
from archspec.expressions import Expression, Poison, is_expression
from archspec.ir import Constant
from archspec.names import MODIFIERS
from archspec.ops import ALIASES, OPS, find
from archspec.ops.base import Op
from archspec.source import Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar

STRUCTURE_ARGUMENTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "seq": (),
        "residual": ("shortcut", "after", "scale"),
        "concat": (),
        "add": (),
        "multiply": (),
        "for": ("in", "do"),
    }
)
"""The structures, and the keys that may stand beside each."""

Callee: TypeAlias = type[Op] | Definition | str


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


def main_argument(callee: Callee) -> str | None:
    """The argument that the value beside the key sets."""
    if isinstance(callee, str):
        return None
    if isinstance(callee, Definition):
        return callee.parameters[0].name if callee.parameters else None
    return callee.main


def accepts(callee: Callee, argument: str) -> bool:
    """Whether `argument` may stand beside the callee's key."""
    return argument in argument_names(callee)


def argument_names(callee: Callee) -> tuple[str, ...]:
    if isinstance(callee, str):
        return STRUCTURE_ARGUMENTS[callee]
    if isinstance(callee, Definition):
        return tuple(parameter.name for parameter in callee.parameters)
    return tuple(field.name for field in fields(callee))


def resolve(name: str, scope: Scope, context: Context) -> Callee | None:
    """What `name` calls: a structure, an op, a block of the file, a standard block, an installed package's op."""
    if name in STRUCTURE_ARGUMENTS:
        return name
    return (
        OPS.get(ALIASES.get(name, name))
        or scope.file.blocks.get(name)
        or context.library.find(name, context.sink)
        or find(name)
    )


def known_names(scope: Scope, context: Context) -> list[str]:
    """Everything that a node may call, for did-you-mean."""
    return [*OPS, *STRUCTURE_ARGUMENTS, *scope.file.blocks, *context.library.names()]


def take_apart(node: Node, scope: Scope, context: Context) -> Call | None:
    """The call that a node is; None after reporting why it is none."""
    if isinstance(node, ListNode):
        return Call("seq", "seq", node.span, node, {}, {})
    if isinstance(node, MappingNode):
        return _from_mapping(node, scope, context)
    name = node.value
    if isinstance(name, str) and is_expression(name):
        name = _named(node, scope, context)
        if name is None:
            return None
    if not isinstance(name, str):
        context.sink.error("E0212", node.span, "a node is due here", label=read_as(node), help=NODE_HELP)
        return None
    callee = resolve(name, scope, context)
    if callee is None:
        context.sink.unknown("E0201", node.span, "op or block", name, known_names(scope, context))
        return None
    if isinstance(callee, str):
        context.sink.error("E0212", node.span, f"`{name}` needs a value", help=f"write `{name}: …`")
        return None
    return Call(callee, name, node.span, None, {}, {})


NODE_HELP = "write an op such as `relu`, a mapping such as `{conv: 64, kernel: 3}`, or a list of nodes"


def _named(node: Node, scope: Scope, context: Context) -> str | None:
    """The op or block that a value names."""
    name = value_of(node, scope, context.sink)
    if isinstance(name, Poison):
        return None
    if not isinstance(name, str):
        context.sink.error("E0206", node.span, "this does not name an op or block", label=f"this is {shown(name)}")
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
    found = _callee_among(node, others, modifiers, scope, context)
    if found is None:
        return None
    callee, name, position = found
    key, value = others[position]
    main = value if key.text != "use" else None
    arguments = {other.text: (other.span, argument) for other, argument in others if other is not key}
    span = key.span if key.text != "use" else value.span
    if not isinstance(callee, str) and not _arguments_fit(callee, name, key, main, arguments, context):
        return None
    if isinstance(callee, str):
        unknown = [argument for argument in arguments if argument not in STRUCTURE_ARGUMENTS[callee]]
        for argument in unknown:
            context.sink.unknown(
                "E0202",
                arguments[argument][0],
                f"argument of `{name}`",
                argument,
                (*STRUCTURE_ARGUMENTS[callee], *MODIFIERS),
            )
        if unknown:
            return None
    return Call(callee, name, span, main, arguments, modifiers)


def _callee_among(
    node: MappingNode,
    others: list[tuple[Scalar, Node]],
    modifiers: Mapping[str, tuple[Span, Node]],
    scope: Scope,
    context: Context,
) -> tuple[Callee, str, int] | None:
    """The one key that names an op, block or structure."""
    for position, (key, value) in enumerate(others):
        if key.text == "use":
            name = _named(value, scope, context)
            callee = resolve(name, scope, context) if name is not None else None
            if name is not None and callee is None:
                context.sink.unknown("E0213", value.span, "op or block", name, known_names(scope, context))
            return None if name is None or callee is None else (callee, name, position)
    candidates = [
        (callee, key.text, position)
        for position, (key, _) in enumerate(others)
        if (callee := resolve(key.text, scope, context)) is not None
    ]
    if len(candidates) > 1:
        keys = [name for _, name, _ in candidates]
        fitting = [c for c in candidates if all(key == c[1] or accepts(c[0], key) for key in keys)]
        if len(fitting) == 1:
            return fitting[0]
        first, second = others[candidates[0][2]][0], others[candidates[1][2]][0]
        context.sink.error(
            "E0211",
            second.span,
            "a node has one op or block; this has two",
            label=f"`{second.text}` is another op or block",
            labels=[Label(f"`{first.text}` is one", first.span)],
            help=f"write a list of two nodes, or a mapping that names them: `a: {{{first.text}: …}}`",
        )
        return None
    if candidates:
        return candidates[0]
    if not others:
        span = next(iter(modifiers.values()))[0] if modifiers else node.span
        context.sink.error("E0212", span, "this node has no op or block", help=NODE_HELP)
        return None
    key = others[0][0]
    context.sink.unknown("E0201", key.span, "op or block", key.text, known_names(scope, context))
    return None


def _arguments_fit(
    callee: type[Op] | Definition,
    name: str,
    key: Scalar,
    main: Node | None,
    arguments: Mapping[str, tuple[Span, Node]],
    context: Context,
) -> bool:
    main_name = main_argument(callee)
    fits = True
    if main is not None and main_name is None:
        context.sink.error(
            "E0206",
            main.span,
            f"`{name}` has no main argument",
            help=f"write `{name}`, or `use: {name}` beside its arguments" if arguments else f"write `{name}`",
        )
        fits = False
    if main is not None and main_name in arguments:
        context.sink.error(
            "E0220",
            arguments[main_name][0],
            f"`{main_name}` is given twice",
            label="and here",
            labels=[Label(f"the value of `{name}` is its `{main_name}`", main.span)],
            help="remove one",
        )
        fits = False
    names = argument_names(callee)
    for argument, (span, _) in arguments.items():
        if argument not in names:
            context.sink.unknown("E0202", span, f"argument of `{name}`", argument, (*names, *MODIFIERS))
            fits = False
    if isinstance(main, Scalar) and main.value is None and not main.text:
        context.sink.error("E0206", key.span, f"`{name}:` has no value", help=f"write `{name}` alone, or a value")
        fits = False
    return fits


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
