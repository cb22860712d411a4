"""A call of a block: parameters bound, and the body expanded once for each set of arguments and input shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archspec.expand.arguments import evaluate_arguments
from archspec.expand.callees import Call
from archspec.expand.calls import take_apart
from archspec.expand.context import Context, Expanded
from archspec.expand.definitions import BLOCK_KEYS, Definition, without
from archspec.expand.place import Flow, Place, shape_of
from archspec.expand.targets import Target
from archspec.expand.values import Scope, bind, expression_of, key_of
from archspec.expressions import POISON, Poison, is_expression
from archspec.ir import Block, Constant, Module, Origin
from archspec.lower import ModuleBuilder
from archspec.syntax import Scalar


def expand_block(
    call: Call, definition: Definition, flow: Flow, scope: Scope, context: Context
) -> Target | Poison:
    context.use(definition.file)
    arguments = evaluate_arguments(call, scope, context)
    given = {name: (value, arguments.origin(name)) for name, value in arguments.values.items()}
    file_scope = Scope.of(definition.file)
    owner = f"block `{definition.name}`"
    shape = shape_of(flow)
    parameters = definition.parameters
    if call.guessed:
        parameters = tuple(replace(parameter, doubtful=True) for parameter in parameters)
    body_scope = bind(parameters, given, file_scope.flowing(shape), owner, call.span, context.sink)
    values = {parameter.name: body_scope.values[parameter.name] for parameter in definition.parameters}
    key = (id(definition), tuple((name, key_of(value)) for name, value in values.items()), shape)
    if key not in context.calls:
        if not _enter(call, definition, context):
            return POISON
        with context.sink.frame(owner, call.span):
            mark = context.guesses.made
            body = _body(definition, body_scope, values, flow, context)
            guessed = context.guesses.made > mark
            context.calls[key] = body if isinstance(body, Poison) else replace(body, guessed=guessed)
        context.active.pop()
    expanded = context.calls[key]
    if isinstance(expanded, Poison) or isinstance(flow, Poison):
        return POISON
    context.guesses.made += expanded.guessed
    origin = Origin(call.span, arguments.spans, arguments.expressions)
    return Target(expanded.target, (flow,), expanded.shape, expanded.size, origin, expanded.init)


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
) -> Expanded | Poison:
    """Expand a block's body, which sees nothing but its parameters and its input."""
    shell = ModuleBuilder.closed("sequence", None if isinstance(flow, Poison) else flow)
    inner: Flow = POISON if isinstance(flow, Poison) else shell.inputs[0]
    place = Place(shell, inner)
    body = context.known.bodies.get(definition)
    if body is None:
        body = context.known.bodies[definition] = without(definition.body, lambda key: key in BLOCK_KEYS)
    call = take_apart(body, scope, context)
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
    if isinstance(made, Module) and made.block is None:
        constants = {name: value for name, value in values.items() if not isinstance(value, Poison)}
        literal = {
            parameter.name: parameter.default.value
            for parameter in definition.parameters
            if isinstance(parameter.default, Scalar) and not is_expression(parameter.default.text)
        }
        derived = {
            parameter.name: expression
            for parameter in definition.parameters
            if parameter.default is not None
            and (expression := expression_of(parameter.default, context.sink)) is not None
        }
        block = Block(definition.name, definition.span, constants, literal, definition.about, derived)
        made = replace(made, block=block)
    return Expanded(made, target.shape, target.size, target.init, guessed=False)
