"""Which op, block or structure a node names, and the arguments it is given.

In: a node of the tree. Out: a `Call`, the node taken apart; `evaluate_arguments` works its arguments out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from archspec.diagnostics import Edit, Fix, Label, did_you_mean, shortened
from archspec.edits import delete_entry
from archspec.expand.callees import (
    STRUCTURE_ARGUMENTS,
    Callee,
    Found,
    argument_names,
    known_callees,
    main_argument,
    op_argument_names,
    resolve,
    resolve_or_report,
)
from archspec.expand.context import Context
from archspec.expand.definitions import Definition, Written, read_as
from archspec.expand.slips import (
    CALLEE_KEYS,
    JOINS,
    Entry,
    after_use,
    as_key,
    as_node,
    bare,
    by_position,
    is_empty,
    nameless,
    report_callee_key,
    report_list,
    report_mapping,
    report_named,
    report_no_main,
    report_row,
    report_two,
    report_unlisted,
)
from archspec.expand.undeclared import report_undeclared, undeclared
from archspec.expand.values import Scope, expression_of, value_of
from archspec.expressions import Expression, Poison, is_expression, show
from archspec.ir import Constant
from archspec.names import MODIFIERS
from archspec.ops import OPS
from archspec.records import dataclass
from archspec.schema.arguments import takes_lists
from archspec.schema.elsewhere import argument_meant, argument_remark, is_needless, op_meant, op_remark
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
    guessed: bool = False
    """The name is a slip, and another may be meant: what that one needs is not missed."""

    def overridden(self, arguments: Mapping[str, tuple[Span, Node]]) -> Call:
        """The same call with some arguments replaced: `first: {stride: 2}`."""
        if not arguments:
            return self
        main_name = main_argument(self.callee)
        main = None if main_name in arguments else self.main
        return replace(self, main=main, arguments={**self.arguments, **arguments})


@dataclass(frozen=True, slots=True, eq=False)
class Arguments:
    """Arguments worked out: values, where each was written, and those that were written as expressions."""

    values: Mapping[str, Constant | Poison]
    written: Mapping[str, tuple[Node, Scope]]
    """What was written, and what was known there."""
    expressions: Mapping[str, Expression]

    @property
    def spans(self) -> dict[str, Span]:
        """Where each argument is written."""
        return {name: node.span for name, (node, _) in self.written.items()}

    def origin(self, name: str) -> Written:
        """Where the value of an argument was written."""
        node, scope = self.written[name]
        return scope.origin(node)

    def given_elsewhere(self) -> dict[str, Span]:
        """Where the values of those arguments were written that are names alone."""
        found = {name: self.origin(name).span for name in self.expressions}
        return {name: span for name, span in found.items() if span != self.written[name][0].span}

    @property
    def poisoned(self) -> frozenset[str]:
        """The names whose values are not known."""
        return frozenset(name for name, value in self.values.items() if isinstance(value, Poison))

    def constants(self) -> dict[str, Constant]:
        """The values that are known."""
        return {name: value for name, value in self.values.items() if not isinstance(value, Poison)}


NODE_HELP: Final = "write an op such as `relu`, a mapping such as `{conv: 64, kernel: 3}`, or a list of nodes"


def take_apart(node: Node, scope: Scope, context: Context) -> Call | None:
    """The call that a node is; None after reporting why it is none. The copies of a node are taken apart once."""
    known = context.taken.get((node, scope.file))
    if known is not None:
        return known
    before = len(context.sink.diagnostics)
    call = _taken_apart(node, scope, context)
    if call is not None and len(context.sink.diagnostics) == before and not _names_by_expression(node):
        context.taken[node, scope.file] = call
    return call


def _names_by_expression(node: Node) -> bool:
    """Whether the op or block of a node is named by an expression: `use: $block`, which may come to another next time.

    No other part of taking apart looks at values.
    """
    if isinstance(node, MappingNode):
        return any(
            isinstance(value, Scalar) and "$" in value.text
            for key, value in node.entries
            if key.text == "use" or key.text.lower() in CALLEE_KEYS
        )
    return isinstance(node, Scalar) and "$" in node.text


def _taken_apart(node: Node, scope: Scope, context: Context) -> Call | None:
    if isinstance(node, ListNode):
        first = node.items[0] if node.items else None
        if isinstance(first, Scalar) and isinstance(first.value, int | float):
            report_row(node, context)
            return None
        return Call("seq", "seq", node.span, node, {}, {})
    if isinstance(node, MappingNode):
        return _from_mapping(node, scope, context)
    name: object = node.value
    at, code, labels = node.span, "E0201", list[Label]()
    if isinstance(name, str) and is_expression(name):
        name = _named(node, scope, context)
        if name is None:
            return None
        origin, labels = scope.place(node, "this node is it")
        at, code = origin.span, "E0201" if not labels else "E0213"
    if not isinstance(name, str):
        context.sink.error("E0212", node.span, "a node is due here", label=read_as(node), help=NODE_HELP)
        return None
    if not node.quoted and (glued := _glued(node, scope, context)) is not None:
        return glued
    found = resolve_or_report(name, at, code, scope, context, bare(at), labels=labels, structures=False)
    if found is None:
        return None
    if isinstance(found.callee, str):
        if found.name != name:
            return None
        context.sink.error(
            "E0212", node.span, f"`{found.name}` needs a value", help=f"write `{found.name}: …`"
        )
        return None
    main, arguments = _of_kind(found, node, None)
    return Call(found.callee, found.name, node.span, main, arguments, {}, guessed=found.name != name)


def _glued(node: Scalar, scope: Scope, context: Context) -> Call | None:
    """`conv:8`, which YAML reads as a text."""
    word, colon, rest = node.text.partition(":")
    callee = resolve(word, scope, context) if colon and rest else None
    if callee is None or isinstance(callee, str) or "." in word:
        return None
    at = node.start + len(word) + 1
    fix = Fix("add a space", (Edit(Span(node.source, at, at), " "),))
    context.sink.error(
        "E0119", node.span, "there is no space after the colon", help=f"write `{word}: {rest}`", fixes=[fix]
    )
    return Call(callee, word, node.span, as_node(rest, node), {}, {})


def _of_kind(
    found: Found, at: Scalar, value: Node | None
) -> tuple[Node | None, dict[str, tuple[Span, Node]]]:
    """The main argument and the others that another library's name stands for; `value` is what was written beside."""
    if found.meant is None:
        return value, {}
    arguments: dict[str, tuple[Span, Node]] = {
        name: (at.span, as_node(text, at)) for name, text in found.meant.beside
    }
    main = None if is_empty(value) else value
    if main_argument(found.callee) is None and isinstance(main, Scalar) and not isinstance(found.callee, str):
        main = None
    if found.meant.main:
        if main is not None and found.meant.value_is:
            arguments[found.meant.value_is] = (at.span, main)
        main = as_node(found.meant.main, at)
    return main, arguments


def _named(node: Node, scope: Scope, context: Context) -> str | None:
    """The op or block that a value names."""
    name = value_of(node, scope, context.sink)
    if isinstance(name, Poison):
        return None
    if not isinstance(name, str):
        origin, labels = scope.place(node, "used here as a node")
        context.sink.error(
            "E0206",
            origin.span,
            "this does not name an op or block",
            label=f"this is {show(name)}",
            labels=labels,
            help="write a name, such as `relu`",
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
    chosen = _callee_among(node, others, scope, context)
    if not isinstance(chosen, tuple):
        return chosen
    found, entry = chosen
    key, value = entry
    is_others_use = key.text.lower() in CALLEE_KEYS and found.name != key.text
    used = key.text == "use" or (
        is_others_use and isinstance(value, Scalar) and _is_name(value, scope, context)
    )
    callee, name = found.callee, found.name
    if not used and not isinstance(callee, str) and _names_a_node(value, scope, context):
        report_named(key, node, context, read=f"read as the op `{name}`")
        return None
    if callee in JOINS and (names := report_unlisted(found.name, value, others, context)) is not None:
        return Call(callee, found.name, key.span, names, {}, modifiers)
    beside = [other for other in others if other is not entry]
    if not isinstance(callee, str):
        beside += _own_among(modifiers, callee, node)
        main_name = None if is_empty(value) else main_argument(callee)
        beside = by_position(callee, found.name, value, main_name, beside, context)
    written = {other.text: (other.span, argument) for other, argument in beside}
    main, arguments = _of_kind(found, key, None if used else value)
    if not isinstance(callee, str):
        if isinstance(main, MappingNode):
            for other, argument in report_mapping(callee, name, node, entry, context):
                (modifiers if other.text in MODIFIERS else written).setdefault(
                    other.text, (other.span, argument)
                )
            main = None
        elif isinstance(main, ListNode) and _is_positional(callee, main):
            report_list(callee, name, node, entry, context)
            return None
    arguments |= _known_arguments(callee, name, main, written, node, context)
    call = Call(callee, name, value.span if used else key.span, main, arguments, modifiers)
    return _with_main(call, node, entry, context)


def _own_among(modifiers: dict[str, tuple[Span, Node]], callee: Callee, node: MappingNode) -> list[Entry]:
    """Takes out of the modifiers what is an argument of the op itself: the `init` of `prelu` where it is a number."""
    own = [
        (key, value)
        for key, value in node.entries
        if key.text in modifiers and key.text in argument_names(callee) and _is_number(value)
    ]
    for key, _ in own:
        del modifiers[key.text]
    return own


def _is_number(node: Node) -> bool:
    return isinstance(node, Scalar) and (
        isinstance(node.value, int | float) or (isinstance(node.value, str) and is_expression(node.value))
    )


def _is_positional(callee: Callee, value: ListNode) -> bool:
    """Whether a list holds arguments by position: an op's main argument that takes no list is given several."""
    if isinstance(callee, str) or len(value.items) < 2:
        return False
    if not isinstance(callee, Definition):
        return not takes_lists(callee, callee.main or "")
    main = callee.parameters[0] if callee.parameters else None
    if main is None or main.type in ("list", "size"):
        return False
    return main.type != "any" or (isinstance(main.default, Scalar) and not is_expression(main.default.text))


def _names_a_node(node: Node, scope: Scope, context: Context) -> bool:
    """Whether a mapping is a node: no argument of an op is."""
    return isinstance(node, MappingNode) and any(
        key.text == "use" or resolve(key.text, scope, context) is not None for key, _ in node.entries
    )


def _callee_among(
    node: MappingNode, others: list[Entry], scope: Scope, context: Context
) -> tuple[Found, Entry] | Call | None:
    """What the one key that names an op, block or structure calls, and its entry.

    None after reporting that there is none, or several. The call where the node is another one in disguise.
    """
    for entry in others:
        if entry[0].text == "use":
            return _used(node, entry, scope, context)
    first = others[0]
    candidates = [
        (callee, entry)
        for entry in others
        if (callee := resolve(entry[0].text, scope, context)) is not None
        and not _is_argument_of_misspelt(entry[0], first[0], scope, context)
    ]
    if len(candidates) > 1:
        names = [key.text for _, (key, _) in candidates]
        owners = [
            (callee, entry)
            for callee, entry in candidates
            if all(name == entry[0].text or name in argument_names(callee) for name in names)
        ]
        if len(owners) != 1:
            report_two(node, candidates, others, context)
            return None
        candidates = owners
    if candidates:
        callee, entry = candidates[0]
        return Found(callee, entry[0].text), entry
    elsewhere = op_meant(first[0].text, OPS) is not None
    for entry in others:
        key, value = entry
        if elsewhere:
            break
        if (
            key.text.lower() in CALLEE_KEYS
            and isinstance(value, Scalar)
            and _is_name(value, scope, context)
            and not _is_argument_of_misspelt(key, first[0], scope, context)
        ):
            report_callee_key(key, value, context)
            return _used(node, entry, scope, context)
    if all(key.text in op_argument_names() for key, _ in others):
        context.sink.error(
            "E0212",
            first[0].span,
            "this node has arguments, and no op or block",
            help="put the op in front: `{conv: 64, kernel: 3}`",
        )
        return None
    if (
        not op_remark(first[0].text)
        and not _is_misspelt_structure([key.text for key, _ in others], first[1])
        and all(_is_node(value, scope, context) for _, value in others)
    ):
        report_named(first[0], node, context)
        return Call("seq", "seq", first[0].span, node, {}, {})
    found = resolve_or_report(
        first[0].text, first[0].span, "E0201", scope, context, as_key(node, first, _takes_main)
    )
    return None if found is None else (found, first)


def name_alone(node: Node, scope: Scope, context: Context) -> str | None:
    """The name before a node where none is due: `conv1` of the item `conv1: {conv: 8}`. None where there is none."""
    if not isinstance(node, MappingNode) or len(node.entries) != 1:
        return None
    key, value = node.entries[0]
    is_name = (
        key.text not in MODIFIERS
        and resolve(key.text, scope, context) is None
        and not op_remark(key.text)
        and op_meant(key.text, OPS) is None
        and did_you_mean(key.text, STRUCTURE_ARGUMENTS) is None
        and _is_node(value, scope, context)
    )
    return key.text if is_name else None


def _is_misspelt_structure(keys: Sequence[str], value: Node) -> bool:
    """Whether the first key is a slip for `residual` or the like, beside whose nodes its own keys stand."""
    meant = did_you_mean(keys[0], STRUCTURE_ARGUMENTS) if not isinstance(value, Scalar) else None
    return meant is not None and len(keys) > 1 and all(key in STRUCTURE_ARGUMENTS[meant] for key in keys[1:])


def _is_argument_of_misspelt(key: Scalar, first: Scalar, scope: Scope, context: Context) -> bool:
    """Whether `key`, which reads as an op, is an argument of what `first` is a slip for:
    `{botleneck: 64, norm: layer}`.
    """
    if first is key or context.sink.is_full or resolve(first.text, scope, context) is not None:
        return False
    nearest = did_you_mean(first.text, known_callees(scope, context))
    owner = None if nearest is None else resolve(nearest, scope, context)
    return owner is not None and key.text in argument_names(owner)


def _used(node: MappingNode, entry: Entry, scope: Scope, context: Context) -> tuple[Found, Entry] | None:
    """What the value of `use` calls."""
    key, value = entry
    name = _named(value, scope, context)
    if name is None:
        return None

    def main_of(op: str) -> str | None:
        callee = resolve(op, scope, context)
        return None if callee is None else main_argument(callee)

    origin, labels = scope.place(value, "this node is it")
    written = bare(origin.span) if labels else after_use(node, key, main_of)
    found = resolve_or_report(
        name, origin.span, "E0213", scope, context, written, labels=labels, structures=False
    )
    return None if found is None else (found, entry)


def _takes_main(name: str) -> bool:
    """Whether the op or structure `name` takes a value beside its name; so does what is none."""
    return name not in OPS or OPS[name].main is not None


def _is_name(value: Scalar, scope: Scope, context: Context) -> bool:
    """Whether a text names an op or block, as we or as other libraries call it."""
    if not isinstance(value.value, str) or value.text.startswith("$"):
        return False
    return resolve(value.text, scope, context) is not None or op_meant(value.text, OPS) is not None


def _is_node(value: Node, scope: Scope, context: Context) -> bool:
    """Whether a value can only be a node: no argument looks like it."""
    if isinstance(value, Scalar):
        return isinstance(value.value, str) and resolve(value.text, scope, context) is not None
    return _names_a_node(value, scope, context)


def _known_arguments(
    callee: Callee,
    name: str,
    main: Node | None,
    arguments: Mapping[str, tuple[Span, Node]],
    node: MappingNode,
    context: Context,
) -> dict[str, tuple[Span, Node]]:
    """The arguments that the callee takes; another is reported, and counts as the one that was probably meant."""
    names = argument_names(callee)
    main_name = None if main is None or is_empty(main) else main_argument(callee)
    known = {argument: given for argument, given in arguments.items() if argument in names}
    for argument, (span, value) in arguments.items():
        if argument in names or context.sink.is_full:
            continue
        if isinstance(callee, Definition) and argument in undeclared(callee, context):
            report_undeclared(callee, argument, context)
            continue
        free = [other for other in (*names, *MODIFIERS) if other not in known and other != main_name]
        again = main_name is not None and argument_meant(argument, (main_name,)) is not None
        same = again and main is not None and value.span.text == main.span.text
        remark = argument_remark(argument)
        if again:
            remark = f"it is the `{main_name}`, which the value of `{name}` is already: leave it out"
        elif argument.isdigit() and is_empty(value):
            remark = nameless(argument, span, main, name, free)
        edits = delete_entry(node, argument) if same or is_needless(argument) else None
        nearest = context.sink.unknown(
            "E0202",
            span,
            "argument",
            argument,
            free,
            of=f"`{name}`",
            meant=argument_meant(argument, free),
            remark=remark,
            fixes=[Fix(f"delete `{argument}`", edits)] if edits else None,
        )
        if nearest is not None and nearest in names:
            known[nearest] = (span, value)
    return known


def _with_main(call: Call, node: MappingNode, entry: Entry, context: Context) -> Call | None:
    """The call, if the value beside its name is what it may be; reported if not."""
    main_name = main_argument(call.callee)
    if call.main is None or isinstance(call.callee, str):
        return call
    given = main_name is not None and main_name in call.arguments
    if isinstance(call.callee, Definition) and (main_name is None or given) and not is_empty(call.main):
        lacking = undeclared(call.callee, context)
        if lacking:
            report_undeclared(call.callee, next(iter(lacking)), context)
            return replace(call, main=None)
    if main_name is None or is_empty(call.main):
        may_miss = report_no_main(call.callee, call.name, node, entry, context, given=given)
        return replace(call, main=None) if may_miss else None
    if given:
        again = call.arguments[main_name][1]
        edits = delete_entry(node, main_name) if again.span.text == call.main.span.text else None
        context.sink.error(
            "E0220",
            call.arguments[main_name][0],
            f"`{main_name}` is given twice",
            label="and here",
            labels=[Label(f"the value of `{call.name}` is its `{main_name}`", call.main.span)],
            help="remove one",
            fixes=[Fix(f"delete `{main_name}`", edits)] if edits else (),
        )
        return None
    return call


def evaluate_arguments(call: Call, scope: Scope, context: Context) -> Arguments:
    """Work out what the node gives, over what the file's `defaults` give."""
    values: dict[str, Constant | Poison] = {}
    given: dict[str, tuple[Node, Scope]] = {}
    expressions: dict[str, Expression] = {}
    if not isinstance(call.callee, str | Definition):
        default = scope.file.defaults.get(call.callee.key)
        if default is not None:
            file_scope = Scope.of(scope.file)
            for key, node in default.entries:
                values[key.text] = value_of(node, file_scope, context.sink)
                given[key.text] = (node, file_scope)
    main_name = main_argument(call.callee)
    written = [(name, node) for name, (_, node) in call.arguments.items()]
    if call.main is not None and main_name is not None:
        written.insert(0, (main_name, call.main))
    context.sink.steps += 1 + len(written)
    for name, node in written:
        values[name] = value_of(node, scope, context.sink)
        given[name] = (node, scope)
        is_literal = isinstance(node, Scalar) and not isinstance(node.value, str)
        expression = None if is_literal else expression_of(node, context.sink)
        if expression is not None:
            expressions[name] = expression
        else:
            expressions.pop(name, None)
    return Arguments(values, given, expressions)


def quoted(name: str) -> str:
    """A name from the spec as messages show it."""
    return f"`{shortened(name)}`"
