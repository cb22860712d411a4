"""`repeat: n`: copies of a node, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from archspec.diagnostics import Diagnostic, Sink, shortened
from archspec.edits import replacing
from archspec.expand.callees import Call, Entry, argument_names
from archspec.expand.context import Context
from archspec.expand.definitions import Definition, read_as
from archspec.expand.place import Flow, Place, claim, shape_of
from archspec.expand.scope import Scope
from archspec.expand.targets import Target, attach, module_target, open_module
from archspec.expand.values import integer_of
from archspec.expressions import POISON, Poison, evaluate_template, free_names, is_expression, parse
from archspec.ir import Origin
from archspec.lower import ModuleBuilder
from archspec.ops.base import Shape
from archspec.syntax import MappingNode, Scalar, nodes


def expand_repeat(
    call: Call, name: str, place: Place, flow: Flow, scope: Scope, context: Context
) -> Target | Poison:
    """`repeat: n`: a sequence of copies, each fed by the one before."""
    key, node = call.modifiers["repeat"]
    count = integer_of(node, scope, context.sink, "`repeat`", 1, "E0404")
    if isinstance(count, Poison):
        count = context.guesses.copies  # the node itself is checked
    if count > context.limits.ops:
        context.exhaust(
            "E0402",
            node.span,
            f"{count:,} copies are more than the {context.limits.ops:,} ops a network may have"
            if count < 10**18
            else f"the copies are more than the {context.limits.ops:,} ops a network may have",
            "lower `repeat`, or raise the limit on the command line with `--max-ops`",
        )
        return POISON
    overrides = {
        which: _override(call, which, context) if which in call.modifiers else {}
        for which in ("first", "last")
    }
    opened = open_module("repeat", call, place, flow, context)
    if opened is None:
        return POISON
    inner, current = opened
    once = replace(call, modifiers={key: given for key, given in call.modifiers.items() if key == "init"})
    closed = not any("i" in names for names in _names_used(call))
    span = key.span
    previous: tuple[tuple[bool, bool, Shape], Target, list[Diagnostic]] | None = None
    for i in range(count):
        if not context.visit(call.span):
            return POISON
        is_first, is_last = i == 0, i == count - 1
        shape = shape_of(current)
        copy_name: str | Poison = str(i)
        copy_scope: Scope | None = None
        if "as" in call.modifiers:
            copy_scope = scope.numbered(i, count, shape)
            copy_name = _copy_name(call, i, copy_scope, inner.builder, context)
        if isinstance(copy_name, Poison):
            return POISON
        kind = (is_first and bool(overrides["first"]), is_last and bool(overrides["last"]), shape or ())
        target: Target | Poison
        met = len(context.sink.met)
        if previous is not None and closed and previous[0] == kind and not isinstance(current, Poison):
            target = previous[1].fed(current)
            context.sink.met += previous[2]
        else:
            copy_scope = copy_scope or scope.numbered(i, count, shape)
            copy = once.overridden(overrides["first"] if is_first else {})
            copy = copy.overridden(overrides["last"] if is_last else {})
            with context.sink.frame(f"copy {i + 1} of {count} of `{name}`", span):
                target = context.target_of(copy, copy_name, inner, current, copy_scope, context)
        if isinstance(target, Poison):
            return POISON
        reads_only_flow = len(target.inputs) == 1 and target.inputs[0] is current
        current = attach(copy_name, target, inner.builder, context)
        if isinstance(current, Poison) or current.draft is None:
            return POISON
        context.blame(met, current.draft)
        previous = (kind, target, current.draft.errors) if reads_only_flow else None
    return module_target(inner, [current], Origin(call.span))


def _override(call: Call, which: str, context: Context) -> dict[str, Entry]:
    """The arguments that `first` or `last` gives its copy; those that do not exist are reported and left out."""
    node = call.modifiers[which][1]
    if not isinstance(node, MappingNode):
        context.sink.error(
            "E0206",
            node.span,
            f"`{which}` takes the arguments of that copy",
            label=read_as(node),
            help=f"write `{which}: {{stride: 2}}`",
        )
        return {}
    names = argument_names(call.callee)
    given: dict[str, Entry] = {}
    for entry in node.entries:
        key = entry[0]
        name: str | None = key.text
        if name not in names:
            from archspec.expand.undeclared import report_undeclared, undeclared  # only a mistake pays for it

            if isinstance(call.callee, Definition) and name in undeclared(call.callee, context):
                report_undeclared(call.callee, key.text, context)
                continue
            free = [other for other in names if node.get(other) is None]
            from archspec.schema.elsewhere.words import argument_meant  # only a mistake pays for it

            meant = argument_meant(key.text, free)
            name = context.sink.unknown(
                "E0202", key.span, "argument", key.text, free, of=f"`{call.name}`", meant=meant
            )
        if name is not None:
            given[name] = entry
    return given


def _copy_name(call: Call, i: int, scope: Scope, builder: ModuleBuilder, context: Context) -> str | Poison:
    node = call.modifiers["as"][1]
    if not isinstance(node, Scalar):
        context.sink.error(
            "E0206", node.span, "`as` takes a name", label=read_as(node), help="write `as: layer$(i + 1)`"
        )
        return POISON
    text = node.text
    if i > 0 and "$" not in text:
        if i == 1:
            context.sink.error(
                "E0210",
                node.span,
                f"every copy is given the name `{shortened(text)}`",
                help=f"put the number of the copy into it: `{shortened(text)}$i`",
                fixes=replacing(node.span, f"{text}$i", is_safe=False),
            )
        text = f"{text}$i"
    name = evaluate_template(text, scope.values, node.span, context.sink)
    if isinstance(name, Poison) or not claim(name, node, builder, context, hyphens=True):
        return POISON
    return name


def _names_used(call: Call) -> Iterator[tuple[str, ...]]:
    """The names that the expressions below a call mention."""
    roots = [node for _, node in call.arguments.values()]
    roots.extend(call.modifiers[which][1] for which in ("first", "last") if which in call.modifiers)
    if call.main is not None:
        roots.append(call.main)
    for node in nodes(*roots):
        if isinstance(node, Scalar) and isinstance(node.value, str) and "$" in node.value:
            yield mentioned(node)


def mentioned(node: Scalar) -> tuple[str, ...]:
    """The names that a scalar's expression mentions; of a template, which may mention it, at least `i`."""
    expression = parse(node.text, node.span, Sink()) if is_expression(node.text) else None
    if expression is None:
        return ("i",) if "$" in node.text else ()
    return free_names(expression)
