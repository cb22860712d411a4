"""One node: its modifiers, and the op, block or structure it applies.

`expand_node` adds a step to a module. `target_of` makes what the step applies: an op, or a module with its own steps.
The two are the knot of the recursion: the other files of this folder reach them through the context.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from archspec.diagnostics import Label, Sink, known_names
from archspec.expand.arguments import Arguments, evaluate_arguments
from archspec.expand.blocks import expand_block
from archspec.expand.callees import Call
from archspec.expand.calls import take_apart
from archspec.expand.context import At, Context
from archspec.expand.definitions import Definition, read_as
from archspec.expand.initialisation import read_rule
from archspec.expand.place import Child, Flow, Place, claim, refer, shape_of
from archspec.expand.repeats import expand_repeat
from archspec.expand.scope import Scope
from archspec.expand.sequences import expand_sequence
from archspec.expand.sharing import expand_share, shared_name
from archspec.expand.structures import expand_structure
from archspec.expand.targets import Target, attach, module_target, open_module
from archspec.expand.values import expression_of, key_of, value_of
from archspec.expressions import POISON, Poison, show
from archspec.ir import Constant, InitRule, Origin
from archspec.lower import Value
from archspec.ops.base import Fault, Op, Shape
from archspec.schema.arguments import check
from archspec.source import Span
from archspec.syntax import ListNode, MappingNode, Node


def expand_node(
    name: str,
    name_at: At,
    node: Node,
    place: Place,
    flow: Flow,
    scope: Scope,
    context: Context,
    *,
    claimed: bool = False,
) -> Flow | None:
    """Add `node` to `place` as the child `name`, fed by `flow`, and return what it gives; None if its `if` is false.

    `claimed`: the caller has taken the name in the module already.
    """
    if context.exhausted:
        return POISON
    met = len(context.sink.met)
    result: Flow | None = None
    if not isinstance(flow, Poison):
        flow = context.guesses.meant(flow)
        call = context.known.taken_apart(scope.file).find(node)
        target = None if call is None else _as_before(call, flow, context)
        if call is not None and target is not None:
            if not claimed:
                claim(name, name_at, place.builder, context)
            result = _attached(name, call, target, place, scope, context)
    if result is None:
        scope = scope.flowing(shape_of(flow))
        condition = node.get("if") if isinstance(node, MappingNode) else None
        # The condition comes first: `{use: $norm, if: $(norm != 'none')}` names no op where the node is left out.
        wanted = True if condition is None else _condition(condition, scope, context)
        if isinstance(wanted, Poison):
            wanted = context.guesses.holds
            context.lost += 1
        if not wanted:
            if condition is not None:
                place.left_out[name] = condition.span
            return None
        source = node.get("from") if isinstance(node, MappingNode) else None
        if source is not None:
            flow = refer(source, place, scope, context)
            scope = scope.flowing(shape_of(flow))
        if not claimed:
            claim(name, name_at, place.builder, context)
        result = _applied_to(node, name, place, flow, scope, context)
    if isinstance(result, Poison):
        context.lost += 1
    elif result.draft is not None:
        context.blame(met, result.draft)
    place.values[name] = result
    return result


def _as_before(call: Call, flow: Value, context: Context) -> Target | None:
    """What an op whose arguments are literals gave for an input of this shape; None where that is not known."""
    recipe = call.recipe
    made = None if recipe is None else recipe.made.get(flow.shape)
    if recipe is None or made is None or context.guesses.amended or context.expanded >= context.limits.ops:
        return None
    context.sink.steps += 1 + len(recipe.nodes)
    context.expanded += 1
    return made.fed(flow)


def _attached(name: str, call: Call, target: Target, place: Place, scope: Scope, context: Context) -> Flow:
    """Make `target`, which `call` applies, a child of the module."""
    result = attach(name, target, place.builder, context)
    if not isinstance(result, Poison):
        place.children[name] = Child(call, scope, result)
    return result


def _applied_to(node: Node, name: str, place: Place, flow: Flow, scope: Scope, context: Context) -> Flow:
    """Apply the node's op, block or structure, or the child that it shares, to `flow`."""
    shared = shared_name(node)
    if shared is not None and isinstance(node, MappingNode):
        again = expand_share(node, shared, place, flow, scope, context)
        expected = node.get("expect")
        if expected is not None and not isinstance(again, Poison):
            shape = _expect(expected, again.shape, shared.span, name, scope, context)
            again = replace(again, shape=shape)
        return again
    call = take_apart(node, scope, context)
    if call is None:
        return _unknown(node, name, place, flow, context)
    target = target_of(call, name, place, flow, scope, context)
    if isinstance(target, Poison):
        return POISON
    return _attached(name, call, _with_condition(target, node, context), place, scope, context)


def _unknown(node: Node, name: str, place: Place, flow: Flow, context: Context) -> Flow:
    """What flows on from a node of which it is not known what it applies."""
    if isinstance(flow, Poison) or not context.sink.has_errors:
        return POISON
    first = node.get("first") if isinstance(node, MappingNode) else None
    strides = any(isinstance(each, MappingNode) and each.get("stride") for each in (node, first))
    shape = context.guesses.after_unknown(flow.shape, strides=strides)
    from archspec.expand.unknown import unknown_node  # only a mistake pays for it

    target = Target(unknown_node(node, shape), (flow,), shape, 1, Origin(node.span))
    return attach(name, target, place.builder, context)


def _with_condition(target: Target, node: Node, context: Context) -> Target:
    """The target, whose origin says under which condition it is there."""
    condition = node.get("if") if isinstance(node, MappingNode) else None
    expression = None if condition is None else expression_of(condition, context.sink)
    if expression is None:
        return target
    before = target.origin
    expressions = {**before.expressions, "if": expression}
    origin = Origin(before.span, before.arguments, expressions, before.given)
    return Target(target.target, target.inputs, target.shape, target.size, origin, target.init)


def _condition(node: Node, scope: Scope, context: Context) -> bool | Poison:
    value = value_of(node, scope, context.sink)
    if isinstance(value, bool | Poison):
        return value
    from archspec.expand.value_slips import meant_by  # only a mistake pays for it

    fixes = meant_by(value, node.span, "bool", scope, context.sink)
    context.sink.error(
        "E0410",
        node.span,
        "`if` takes true or false",
        label=f"this is {show(value)}",
        help=fixes[0].title if fixes else "write a comparison: `$(stride > 1)`",
        fixes=fixes,
    )
    return POISON


def _expect(node: Node, shape: Shape, span: Span, name: str, scope: Scope, context: Context) -> Shape:
    """Compare the shape with the expected one; the answer is the one that was meant, as far as one can tell."""
    if isinstance(node, MappingNode):
        context.sink.error(
            "E0206",
            node.span,
            "the `expect` of a node is a shape",
            label=read_as(node),
            help=f"write `expect: {show(shape)}`; `params`, `macs` and the like are asserted for the whole network",
        )
        return shape
    expected = value_of(node, scope, context.sink)
    wanted = expected if isinstance(expected, tuple) else (expected,)
    if isinstance(expected, Poison) or wanted == shape:
        return shape
    sizes = tuple(size for size in wanted if isinstance(size, int) and not isinstance(size, bool))
    context.guesses.compare("E0406", node.span, shape, sizes)
    from archspec.expand.faults import size_text  # only a mistake pays for it

    context.sink.error(
        "E0406",
        node.span,
        f"`{name}` does not have the expected shape",
        label=f"expected {show(expected)}",
        labels=[Label(f"gives {size_text(shape)}", span)],
        help=f"write `expect: {show(shape)}`, or mend the node",
    )
    return context.guesses.either(shape, sizes) if len(sizes) == len(wanted) and min(sizes) > 0 else shape


def target_of(
    call: Call, name: str, place: Place, flow: Flow, scope: Scope, context: Context
) -> Target | Poison:
    """What `call` applies to `flow`, repeats included. `name` is for messages."""
    if isinstance(flow, Poison) and not context.sink.has_errors and not isinstance(call.main, ListNode):
        # No error made this poison: the network has several inputs, and none of them flows by itself.
        from archspec.expand.unread_inputs import reading_unread  # only a mistake pays for it

        fixes = reading_unread(call.span, scope.file.root, context.guesses)
        context.sink.error(
            "E0405",
            call.span,
            "the network has several inputs, and this node does not say which it reads",
            notes=[known_names({*place.known()} - {"input"})],
            help="add `from: …` with the name of an input",
            fixes=fixes,
        )
    target = _once_or_repeated(call, name, place, flow, scope, context)
    if "expect" in call.modifiers and not isinstance(target, Poison):
        shape = _expect(call.modifiers["expect"][1], target.shape, call.span, name, scope, context)
        return replace(target, shape=shape)
    return target


def _once_or_repeated(
    call: Call, name: str, place: Place, flow: Flow, scope: Scope, context: Context
) -> Target | Poison:
    if "repeat" in call.modifiers:
        return expand_repeat(call, name, place, flow, scope, context)
    for modifier in ("first", "last", "as"):
        if modifier in call.modifiers:
            context.sink.error(
                "E0217",
                call.modifiers[modifier][0].span,
                f"`{modifier}` needs a `repeat` beside it",
                help=f"add `repeat: 2`, or leave `{modifier}` out",
            )
    return _applied(call, place, flow, scope, context)


def _applied(call: Call, place: Place, flow: Flow, scope: Scope, context: Context) -> Target | Poison:
    """What `call` applies, once."""
    if "init" in call.modifiers and isinstance(call.callee, Definition | str):
        context.sink.error(
            "E0217",
            call.modifiers["init"][0].span,
            f"`init` is for one layer, and `{call.name}` is several",
            help="write it on a node inside, or as `init` of the spec for every layer of an op",
        )
    if isinstance(call.callee, Definition):
        return expand_block(call, call.callee, flow, scope, context)
    if isinstance(call.callee, str):
        if call.callee == "seq":
            return _sequence(call, place, flow, scope, context)
        return expand_structure(call, place, flow, scope, context)
    arguments = evaluate_arguments(call, scope, context)
    return _op(call, call.callee, arguments, flow, scope, context)


def _op(
    call: Call, op_type: type[Op], arguments: Arguments, flow: Flow, scope: Scope, context: Context
) -> Target | Poison:
    context.expanded += 1
    if context.expanded > context.limits.ops:
        context.exhaust(
            "E0402",
            call.span,
            f"the network has more than {context.limits.ops:,} ops",
            "lower a `repeat`, or raise the limit on the command line with `--max-ops`",
        )
        return POISON
    if isinstance(flow, Poison):
        _checked(call, op_type, arguments, scope, context)
        return POISON
    key = _key(op_type, arguments.values, flow.shape)
    found = None if call.span in context.guesses.amended else context.known.ops.get(key)
    if found is None:
        op = _checked(call, op_type, arguments, scope, context)
        if isinstance(op, frozenset):
            guess = context.guesses.after_arguments(op_type, arguments.constants(), op, flow.shape)
            if guess is None:
                return POISON
            from archspec.expand.unknown import unknown_call  # only a mistake pays for it

            return Target(unknown_call(call, guess), (flow,), guess, 1, Origin(call.span))
        op = context.guesses.as_amended(call.span, op)
        shape = op.infer(flow.shape)
        if isinstance(shape, Fault):
            return _guessed(call, op, shape, arguments, flow, context)
        if call.span not in context.guesses.amended:
            context.known.ops[key] = op, shape
    else:
        op, shape = found
    init = _own_init(call, op, flow.shape, scope, context) if "init" in call.modifiers else None
    target = Target(op, (flow,), shape, 1, _origin(call, arguments), init)
    recipe = call.recipe
    is_plain = recipe is not None and arguments.values is recipe.values and not call.modifiers
    if recipe is not None and is_plain and call.span not in context.guesses.amended:
        recipe.made[flow.shape] = Target(op, (), shape, 1, target.origin)
    return target


def _checked(
    call: Call, op_type: type[Op], arguments: Arguments, scope: Scope, context: Context
) -> Op | frozenset[str]:
    """The op with its arguments; the names of those that are wrong, after reporting what is."""
    op = check(op_type, arguments.constants())
    if isinstance(op, Op):
        return arguments.poisoned or op
    from archspec.expand.argument_faults import report_arguments  # only a mistake pays for it

    return report_arguments(op, call, op_type, arguments, scope, context)


def _key(op_type: type[Op], values: Mapping[str, Constant | Poison], shape: Shape) -> object:
    """What an op and its output shape follow from."""
    return op_type, shape, tuple(values), tuple([key_of(value) for value in values.values()])


def _origin(call: Call, arguments: Arguments) -> Origin:
    if not arguments.nodes:
        return Origin(call.span)
    return Origin(call.span, arguments.spans, arguments.expressions, arguments.given)


def _guessed(
    call: Call, op: Op, fault: Fault, arguments: Arguments, flow: Value, context: Context
) -> Target | Poison:
    """Report that an op does not take what flows in, and go on with a shape that it may have been meant to give."""
    is_late = context.guesses.awaits_vector and op.key in _TO_VECTORS and len(flow.shape) == 1
    if fault.code == "E0308" and is_late:
        context.guesses.awaits_vector = False
        _move_up(op.key, call.span, context.sink)
        return Target(op, (flow,), flow.shape, 1, _origin(call, arguments))
    from archspec.expand.faults import report_fault  # only a mistake pays for it

    if not _is_told(arguments, context):
        sources = arguments.sources(fault.argument)
        report_fault(
            fault, call.span, arguments.spans, (flow,), context, given=arguments.given, sources=sources
        )
    context.guesses.doubt(flow, fault)
    mended = context.guesses.after_fault(op, flow.shape, fault)
    return POISON if mended is None else Target(op, (flow,), mended, 1, _origin(call, arguments))


def _is_told(arguments: Arguments, context: Context) -> bool:
    """Whether an argument is computed from a number that was told to be wrong."""
    if not context.wrong:
        return False
    from archspec.expand.wrong_values import numbers

    nodes = arguments.nodes.values()
    return any(
        context.meets_again(context.wrong.get(written.span))
        for node in nodes
        for _, written in numbers(node, arguments.scope)
    )


_TO_VECTORS: Final = ("gap", "gmp")


def _move_up(name: str, span: Span, sink: Sink) -> None:
    """Say of the last layer that was given a map in place of a vector that what makes one of it comes too late."""
    for at in range(len(sink.diagnostics) - 1, -1, -1):
        found = sink.diagnostics[at]
        if found.code == "E0306":
            labels = (*found.labels, Label("what makes a vector comes after it", span))
            told = replace(found, labels=labels, help=f"move `{name}` above it", fixes=())
            sink.replace(at, [told, *sink.diagnostics[at + 1 :]])
            return


def _own_init(call: Call, op: Op, shape: Shape, scope: Scope, context: Context) -> InitRule | None:
    """What the node's own `init` says."""
    key, node = call.modifiers["init"]
    rule = read_rule(op.key, node, scope, context.sink)
    trained = [weight.name for weight in op.weights(shape) if not weight.buffer]
    for name, scheme in (("weight", rule and rule.weight), ("bias", rule and rule.bias)):
        if scheme is not None and name not in trained:
            context.sink.error(
                "E0217", key.span, f"this `{call.name}` has no {name} to start", help="leave it out of `init`"
            )
            return None
    return rule


def _sequence(call: Call, place: Place, flow: Flow, scope: Scope, context: Context) -> Target | Poison:
    opened = open_module("sequence", call, place, flow, context)
    if opened is None or call.main is None:
        return POISON
    inner, inner_flow = opened
    result = expand_sequence(call.main, inner, inner_flow, scope, context, hyphens=True)
    return module_target(inner, [result], Origin(call.span))
