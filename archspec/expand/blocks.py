"""A call of a block: parameters bound, and the body expanded once for each set of arguments and input shape.

A body sees nothing but its parameters, its input, and what its file defines. So what it comes to holds for every such
call of the network; and, where no mistake lies before it, for those of other variants too, as long as the parameters of
the network that blocks read are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from archspec.expand.arguments import evaluate_arguments
from archspec.expand.binding import bind
from archspec.expand.callees import Call
from archspec.expand.calls import take_apart
from archspec.expand.context import Context, Expanded
from archspec.expand.definitions import BLOCK_KEYS, Definition, Written, without
from archspec.expand.known import KeptCall, Outline
from archspec.expand.place import Flow, Place, shape_of
from archspec.expand.scope import Scope
from archspec.expand.targets import Target
from archspec.expand.values import expression_of, key_of
from archspec.expressions import POISON, Expression, Poison, is_expression
from archspec.expressions.evaluator import MAX_WORK_TOGETHER
from archspec.ir import Block, Constant, Module, Origin
from archspec.lower import ModuleBuilder
from archspec.syntax import Scalar

STEPS_PER_CALL: Final = 12
"""What working out the body of a block once more counts for, beside its nodes and modules. Calls with arguments of
their own that lead to more such calls grow with a power of how many stand in a body.
"""


def expand_block(
    call: Call, definition: Definition, flow: Flow, scope: Scope, context: Context
) -> Target | Poison:
    context.use(definition.file)
    arguments = evaluate_arguments(call, scope, context)
    nodes = arguments.nodes
    given = {name: (value, Written(nodes[name], scope)) for name, value in arguments.values.items()}
    file_scope = Scope.of(definition.file)
    owner = f"block `{definition.name}`"
    shape = shape_of(flow)
    parameters = definition.parameters
    if call.guessed:
        parameters = tuple(replace(parameter, doubtful=True) for parameter in parameters)
    body_scope = bind(parameters, given, file_scope.flowing(shape), owner, call.span, context.sink)
    values = {parameter.name: body_scope.values[parameter.name] for parameter in definition.parameters}
    key = (definition, tuple([key_of(value) for value in values.values()]), shape)
    expanded = context.calls.get(key) or _kept(key, context)
    if isinstance(expanded, Expanded):
        context.sink.met += expanded.errors
    if expanded is None:
        if not _enter(call, definition, context):
            return POISON
        expanded = _expanded(call, definition, key, body_scope, values, flow, context)
        context.active.pop()
    context.calls[key] = expanded
    if isinstance(expanded, Poison) or isinstance(flow, Poison):
        return POISON
    context.guesses.made += expanded.guessed
    context.uses += expanded.allows
    origin = Origin(call.span, arguments.spans, arguments.expressions)
    return Target(expanded.target, (flow,), expanded.shape, expanded.size, origin, expanded.init)


def _kept(key: object, context: Context) -> Expanded | None:
    """What the call gave in another expansion of the spec."""
    if context.kept is None or context.sink.has_errors:
        return None
    kept = context.kept.get((key, len(context.active)))
    if kept is None or context.sink.work + kept.work > MAX_WORK_TOGETHER:
        return None
    context.sink.steps += kept.steps
    context.sink.work += kept.work
    context.expanded += kept.ops
    return kept.expanded


def _expanded(
    call: Call,
    definition: Definition,
    key: object,
    scope: Scope,
    values: Mapping[str, Constant | Poison],
    flow: Flow,
    context: Context,
) -> Expanded | Poison:
    """Expand the body; kept for other expansions, where it was without a mistake."""
    sink = context.sink
    guessed, uses = context.guesses.made, context.uses
    steps, work, ops = sink.steps, sink.work, context.expanded
    met = len(sink.met)
    sink.steps += STEPS_PER_CALL
    with sink.frame(f"block `{definition.name}`", call.span):
        target = _body(definition, scope, values, flow, context)
    if isinstance(target, Poison):
        return POISON
    body = Expanded(
        target.target,
        target.shape,
        target.size,
        target.init,
        guessed=context.guesses.made > guessed,
        allows=context.uses > uses,
        errors=context.met_since(met),
    )
    if context.kept is not None and not sink.has_errors and not body.allows and not context.exhausted:
        # How deep modules may nest depends on the blocks around.
        context.kept[key, len(context.active)] = KeptCall(
            body, sink.steps - steps, sink.work - work, context.expanded - ops
        )
    return body


def _enter(call: Call, definition: Definition, context: Context) -> bool:
    """Note that a block's body is being expanded; False after reporting that it calls itself."""
    names = [name for name, _ in context.active]
    if definition.name in names:
        cycle = " → ".join(f"`{name}`" for name in [*names[names.index(definition.name) :], definition.name])
        context.exhaust(
            "E0401",
            call.span,
            f"block `{definition.name}` calls itself: {cycle}",
            "write the copies with `repeat`",
        )
        return False
    context.active.append((definition.name, call.span))
    return True


def _body(
    definition: Definition,
    scope: Scope,
    values: Mapping[str, Constant | Poison],
    flow: Flow,
    context: Context,
) -> Target | Poison:
    """Expand a block's body, which sees nothing but its parameters and its input."""
    shell = ModuleBuilder.closed("sequence", None if isinstance(flow, Poison) else flow)
    inner: Flow = POISON if isinstance(flow, Poison) else shell.inputs[0]
    place = Place(shell, inner)
    outline = context.known.outlines.get(definition) or _outline(definition, context)
    call = take_apart(outline.node, scope, context)
    if call is None:
        return POISON
    for modifier in ("from", "if", "share"):
        if modifier in call.modifiers:
            context.sink.error(
                "E0217",
                call.modifiers[modifier][0].span,
                f"`{modifier}` cannot stand at the top of a block",
                help="write it where the block is used, or on a node inside `seq`",
            )
            return POISON
    target = context.target_of(call, definition.name, place, inner, scope, context)
    if isinstance(target, Poison):
        return POISON
    made = target.target
    if not isinstance(made, Module) or made.block is not None:
        return target
    constants = {name: value for name, value in values.items() if not isinstance(value, Poison)}
    block = Block(
        definition.name,
        definition.span,
        constants,
        outline.defaults,
        definition.about,
        outline.derived,
    )
    made = Module(made.structure, made.inputs, made.steps, made.outputs, block, made.shortcut)
    return Target(made, target.inputs, target.shape, target.size, target.origin, target.init)


def _outline(definition: Definition, context: Context) -> Outline:
    """What all calls of a block have in common; kept, unless a default is no expression that can be read."""
    before = len(context.sink.diagnostics)
    defaults: dict[str, Constant] = {}
    derived: dict[str, Expression] = {}
    for parameter in definition.parameters:
        default = parameter.default
        expression = None if default is None else expression_of(default, context.sink)
        if expression is not None:
            derived[parameter.name] = expression
        elif isinstance(default, Scalar) and not is_expression(default.text):
            defaults[parameter.name] = default.value
    node = without(definition.body, lambda key: key in BLOCK_KEYS)
    outline = Outline(node, defaults, derived)
    if len(context.sink.diagnostics) == before:
        context.known.outlines[definition] = outline
    return outline
