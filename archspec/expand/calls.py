"""A node taken apart: what it calls, and the arguments it is given.

In: a node of the tree. Out: a `Call`; None after reporting why the node is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from archspec.diagnostics import Edit, Fix, Label
from archspec.edits import delete_entry, replacing
from archspec.expand.callees import (
    Call,
    Callee,
    Entry,
    Found,
    argument_names,
    main_argument,
    needed_names,
    needs_main,
    resolve,
    resolve_or_report,
)
from archspec.expand.context import Context
from archspec.expand.definitions import Definition, read_as
from archspec.expand.keys import callee_among, is_name, named_by, names_a_node
from archspec.expand.scope import Scope
from archspec.expand.slips import (
    CALLEE_KEYS,
    JOINS,
    as_node,
    bare,
    by_position,
    is_empty,
    report_list,
    report_mapping,
    report_named,
    report_no_main,
    report_row,
    report_unlisted,
)
from archspec.expressions import is_expression
from archspec.names import MODIFIERS
from archspec.schema.arguments import takes_lists
from archspec.source import Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar

NODE_HELP: Final = "write an op such as `relu`, a mapping such as `{conv: 64, kernel: 3}`, or a list of nodes"


def take_apart(node: Node, scope: Scope, context: Context) -> Call | None:
    """The call that a node is; None after reporting why it is none. A node is taken apart once for all its copies."""
    taken = context.known.taken_apart(scope.file)
    call = taken.find(node)
    if call is None:
        before = len(context.sink.diagnostics)
        call = _taken_apart(node, scope, context)
        if len(context.sink.diagnostics) > before or context.sink.is_full:
            taken.faulty.add(node)
        elif call is not None and not _names_by_expression(node):
            taken.keep(node, call)
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
        if isinstance(first, Scalar) and all(isinstance(item, Scalar) for item in node.items):
            from archspec.expand.in_a_row import listed_numbers  # few lists are words alone

            listed = listed_numbers(node, scope, context)
            if listed is not None:
                return listed
        return Call("seq", "seq", node.span, node, {}, {})
    if isinstance(node, MappingNode):
        return _from_mapping(node, scope, context)
    name: object = node.value
    at, code, labels = node.span, "E0201", list[Label]()
    if isinstance(name, str) and is_expression(name):
        name = named_by(node, scope, context)
        if name is None:
            return None
        origin, labels = scope.place(node, "this node is it")
        at, code = origin.span, "E0201" if not labels else "E0213"
    if not isinstance(name, str):
        context.sink.error("E0212", node.span, "a node is due here", label=read_as(node), help=NODE_HELP)
        return None
    if not node.quoted and (glued := _glued(node, scope, context)) is not None:
        return glued
    if " " in node.text and not node.quoted:
        from archspec.expand.in_a_row import spaced_numbers  # only a mistake pays for it

        spaced = spaced_numbers(node, scope, context)
        if spaced is not None:
            return spaced
    if not node.quoted and (several := _several(node, scope, context)) is not None:
        return several
    if "(" in node.text:
        from archspec.expand.positions import as_python_call  # only a mistake pays for it

        mapping = as_python_call(node, scope, context)
        if mapping is not None:
            return _from_mapping(mapping, scope, context)
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
    given = {*arguments, main_argument(found.callee)} if main is not None else {*arguments}
    if not needed_names(found.callee) <= given:
        context.sink.withhold(name)
    return Call(found.callee, found.name, node.span, main, arguments, {}, guessed=found.name != name)


def _several(node: Scalar, scope: Scope, context: Context) -> Call | None:
    """`relu, norm`: several nodes where one is due."""
    names = [part.strip() for part in node.text.split(",")]
    if len(names) < 2 or not all(resolve(name, scope, context) for name in names):
        return None
    text = f"[{', '.join(names)}]"
    context.sink.error(
        "E0212",
        node.span,
        "several nodes stand where one is due",
        help=f"write a list of them: `{text}`",
        fixes=replacing(node.span, text),
    )
    items = ListNode(node.source, node.start)
    items.end, items.items = node.end, [as_node(name, node) for name in names]
    return Call("seq", "seq", node.span, items, {}, {})


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


def _of_kind(found: Found, at: Scalar, value: Node | None) -> tuple[Node | None, dict[str, Entry]]:
    """The main argument and the others that another library's name stands for; `value` is what was written beside."""
    if found.meant is None:
        return value, {}
    arguments: dict[str, Entry] = {name: (at, as_node(text, at)) for name, text in found.meant.beside}
    main = None if is_empty(value) else value
    if main_argument(found.callee) is None and isinstance(main, Scalar) and not isinstance(found.callee, str):
        main = None
    if found.meant.main:
        if main is not None and found.meant.value_is:
            arguments[found.meant.value_is] = (at, main)
        main = as_node(found.meant.main, at)
    return main, arguments


def _from_mapping(node: MappingNode, scope: Scope, context: Context) -> Call | None:
    modifiers: dict[str, Entry] = {}
    others: list[Entry] = []
    for entry in node.entries:
        if entry[0].text in MODIFIERS:
            modifiers[entry[0].text] = entry
        else:
            others.append(entry)
    if not others:
        span = next(iter(modifiers.values()))[0].span if modifiers else node.span
        context.sink.error("E0212", span, "this node has no op or block", help=NODE_HELP)
        return None
    chosen = callee_among(node, others, scope, context)
    if not isinstance(chosen, tuple):
        return chosen
    found, entry = chosen
    key, value = entry
    is_others_use = key.text.lower() in CALLEE_KEYS and found.name != key.text
    used = key.text == "use" or (
        is_others_use and isinstance(value, Scalar) and is_name(value, scope, context)
    )
    callee, name = found.callee, found.name
    if not used and not isinstance(callee, str) and names_a_node(value, scope, context):
        report_named(key, node, context, read=f"read as the op `{name}`")
        return None
    if callee in JOINS and (names := report_unlisted(found.name, value, others, context)) is not None:
        return Call(callee, found.name, key.span, names, {}, modifiers)
    beside = [other for other in others if other is not entry]
    if not isinstance(callee, str):
        beside += _own_among(modifiers, callee, node)
        main_name = None if is_empty(value) else main_argument(callee)
        beside = by_position(callee, found.name, value, main_name, beside, context)
    written = {other[0].text: other for other in beside}
    main, arguments = _of_kind(found, key, None if used else value)
    if found.meant is not None and not found.meant.main and isinstance(main, ListNode):
        from archspec.expand.positions import listed_arguments  # only a mistake pays for it

        listed = listed_arguments(callee, key.text, main, scope) or []
        arguments |= {argument: (key, as_node(text, key)) for argument, text in listed[1:]}
        main = as_node(listed[0][1], key) if listed else main
    if (
        isinstance(main, MappingNode)
        and isinstance(callee, str)
        and not written.keys() <= {*argument_names(callee)}
    ):
        from archspec.expand.dedented import brought_in  # only a mistake pays for it

        main = brought_in(callee, main, written, scope, context)
    if callee == "residual" and isinstance(main, MappingNode) and main.get("shortcut") is not None:
        from archspec.expand.dedented import taken_out  # few nodes are called so

        main = taken_out(key, main, written, context)
    if not isinstance(callee, str):
        if isinstance(main, MappingNode):
            if (
                found.meant is not None
                and not found.meant.main
                and context.sink.diagnostics[-1].span == key.span
            ):
                context.sink.withdraw()  # one remedy writes the name, and the arguments beside it
            for inner in report_mapping(callee, name, node, entry, context):
                (modifiers if inner[0].text in MODIFIERS else written).setdefault(inner[0].text, inner)
            main = None
        elif isinstance(main, ListNode) and _is_positional(callee, main):
            from archspec.expand.positions import listed_arguments  # only a mistake pays for it

            report_list(callee, name, node, entry, listed_arguments(callee, name, main, scope), context)
            return None
    arguments |= _known_arguments(callee, name, main, written, node, modifiers, scope, context)
    call = Call(callee, name, value.span if used else key.span, main, arguments, modifiers)
    return _with_main(call, node, entry, context)


def _own_among(modifiers: dict[str, Entry], callee: Callee, node: MappingNode) -> list[Entry]:
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


def _known_arguments(
    callee: Callee,
    name: str,
    main: Node | None,
    arguments: Mapping[str, Entry],
    node: MappingNode,
    modifiers: dict[str, Entry],
    scope: Scope,
    context: Context,
) -> dict[str, Entry]:
    """The arguments that the callee takes; another is reported, and counts as the one that was probably meant, or among
    the `modifiers` as the one of these.
    """
    names = argument_names(callee)
    known = {argument: given for argument, given in arguments.items() if argument in names}
    if len(known) < len(arguments):
        from archspec.expand.unknown_arguments import add_meant  # only a mistake pays for it

        add_meant(known, callee, name, main, arguments, node, modifiers, scope, context)
    return known


def _is_affirmed(call: Call) -> bool:
    """`flatten: true`: an op that needs no value is given one that says that it is there."""
    is_true = isinstance(call.main, Scalar) and call.main.value is True
    return is_true and not isinstance(call.callee, Definition) and not needs_main(call.callee)


def _with_main(call: Call, node: MappingNode, entry: Entry, context: Context) -> Call | None:
    """The call, if the value beside its name is what it may be; reported if not."""
    main_name = main_argument(call.callee)
    if call.main is None or isinstance(call.callee, str):
        return call
    given = main_name is not None and main_name in call.arguments
    if isinstance(call.callee, Definition) and (main_name is None or given) and not is_empty(call.main):
        from archspec.expand.undeclared import report_undeclared, undeclared  # only a mistake pays for it

        lacking = undeclared(call.callee, context)
        if lacking:
            report_undeclared(call.callee, next(iter(lacking)), context)
            return replace(call, main=None)
    if main_name is None or is_empty(call.main) or _is_affirmed(call):
        may_miss = report_no_main(call.callee, call.name, node, entry, context, given=given)
        return replace(call, main=None) if may_miss else None
    if given:
        again = call.arguments[main_name][1]
        missing = needed_names(call.callee) - call.arguments.keys() - {main_name}
        other = next(iter(missing), "") if len(missing) == 1 else ""
        if other and context.sink.nearest(main_name, [other]) == other:
            key, value = call.arguments[main_name]
            context.sink.error(
                "E0220",
                key.span,
                f"`{main_name}` is given twice, and `{other}` is missing",
                label=f"`{other}` is meant",
                labels=[Label(f"the value of `{call.name}` is its `{main_name}`", call.main.span)],
                help=f"write `{other}`",
                fixes=replacing(key.span, other),
            )
            rest = {name: argument for name, argument in call.arguments.items() if name != main_name}
            return replace(call, arguments={**rest, other: (key, value)})
        edits = delete_entry(node, main_name) if again.span.text == call.main.span.text else None
        context.sink.error(
            "E0220",
            call.arguments[main_name][0].span,
            f"`{main_name}` is given twice",
            label="and here",
            labels=[Label(f"the value of `{call.name}` is its `{main_name}`", call.main.span)],
            help="remove one",
            fixes=[Fix(f"delete `{main_name}`", edits)] if edits else (),
        )
        if edits or context.guesses.holds:  # where they differ, either may be meant
            rest = {name: argument for name, argument in call.arguments.items() if name != main_name}
            return replace(call, arguments=rest)
        return replace(call, main=None)
    return call
