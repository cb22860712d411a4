"""`share: name`: an earlier child of the module, called once more with the same weights."""

from __future__ import annotations

from dataclasses import replace

from archspec.diagnostics import shortened
from archspec.expand.context import Context
from archspec.expand.place import Flow, Place, name_of, shape_of
from archspec.expand.scope import Scope
from archspec.expand.targets import attach
from archspec.expressions import POISON, Poison
from archspec.ir import Module
from archspec.ops.base import Op, Shape
from archspec.syntax import MappingNode, Node

BESIDE_SHARE = ("share", "from", "if", "expect", "note")


def shared_name(node: Node) -> Node | None:
    """What a node's `share` says; None for a node without."""
    return node.get("share") if isinstance(node, MappingNode) else None


def expand_share(
    node: MappingNode, name: Node, place: Place, flow: Flow, scope: Scope, context: Context
) -> Flow:
    """Call the child that `name` names once more, fed by `flow`."""
    for key, _ in node.entries:
        if key.text not in BESIDE_SHARE:
            context.sink.error(
                "E0217",
                key.span,
                f"`{shortened(key.text)}` cannot stand beside `share`, which calls an earlier child as it is",
                help=f"write `{{share: {name.span.text}}}` alone; `from`, `if` and `expect` may stand beside it",
            )
            return POISON
    child = name_of(name, scope, context)
    if isinstance(child, Poison):
        return POISON
    errors = len(context.sink.diagnostics)
    made = place.children.get(str(child))
    if made is None and str(child) not in place.values and place.is_written(str(child)):
        context.sink.error(
            "E0405",
            name.span,
            f"`{shortened(str(child))}` is not there yet",
            label="the node of that name comes later, or is this one",
            help="a node shares what stands before it: move it down, or name an earlier node",
        )
        return POISON
    if made is None and str(child) not in place.values:
        meant = context.sink.unknown("E0405", name.span, "child of this module", str(child), place.children)
        child = child if meant is None else meant
        made = place.children.get(str(child))
    if made is None or made.value.draft is None:
        return POISON
    draft = made.value.draft
    again = made.scope.flowing(shape_of(flow))
    once = replace(made.call, modifiers={k: v for k, v in made.call.modifiers.items() if k != "expect"})
    with context.sink.frame(f"`{child}` as shared", name.span, again=True):
        target = context.target_of(once, str(child), place, flow, again, context)
    if isinstance(target, Poison):
        return POISON
    before = _state(draft.target, tuple(value.shape for value in draft.inputs))
    after = _state(target.target, tuple(value.shape for value in target.inputs))
    if before != after and len(context.sink.diagnostics) == errors:
        from archspec.expand.faults import size_text  # only a mistake pays for it

        inputs = " and ".join(size_text(value.shape) for value in target.inputs)
        first = " and ".join(size_text(value.shape) for value in draft.inputs)
        same_channels = all(
            old.shape[:1] == new.shape[:1] for old, new in zip(draft.inputs, target.inputs, strict=False)
        )
        context.guesses.compare("E0409", name.span, _sizes(before), _sizes(after))
        context.sink.error(
            "E0409",
            name.span,
            f"`{child}` has weights for {first}, and would need others for {inputs}",
            help=f"share it between inputs of the same {'shape' if same_channels else 'channels'}",
        )
    return attach(str(child), target, place.builder, context, shared=True)


def _sizes(state: list[tuple[str, Shape]]) -> Shape:
    return tuple(size for _, shape in state for size in shape)


def _state(target: Op | Module, inputs: tuple[Shape, ...]) -> list[tuple[str, Shape]]:
    """The `state_dict` of what a step applies: names and shapes."""
    if not isinstance(target, Module):
        return [(weight.name, weight.shape) for weight in target.weights(*inputs)]
    found: list[tuple[str, Shape]] = []
    for step in target.steps:
        shapes = target.inputs_of(step)
        inner = _state(step.target, shapes)
        found.extend((f"{step.name}.{name}" if name else step.name, shape) for name, shape in inner)
    return found
