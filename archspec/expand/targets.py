"""What a step applies, while modules are being built: made by a node, then attached to the module around it."""

from __future__ import annotations

from typing import Final

from archspec.expand.callees import Call
from archspec.expand.context import Context
from archspec.expand.place import Flow, Place
from archspec.expressions import POISON, Poison
from archspec.ir import InitRule, Module, Origin, Role, Structure
from archspec.lower import ModuleBuilder, Value
from archspec.ops.base import Op, Shape
from archspec.records import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """What a step applies: an op or module, the values it reads, and what it gives."""

    target: Op | Module
    inputs: tuple[Value, ...]
    shape: Shape
    size: int
    origin: Origin
    init: InitRule | None = None

    def fed(self, value: Value) -> Target:
        """The same applied to another value of the same shape."""
        return Target(self.target, (value,), self.shape, self.size, self.origin, self.init)


def attach(
    name: str, target: Target, builder: ModuleBuilder, context: Context, *, shared: bool = False
) -> Flow:
    """Make `target` a step of `builder`; poison where the network then has too many ops, or the name will not do."""
    if not name.isidentifier() and isinstance(target.target, Op) and target.target.is_parameter():
        context.sink.error(
            "E0209",
            target.origin.span,
            f"`{name}` cannot name a parameter",
            label="this is a parameter of the module around",
            help="give the node a name, in a mapping, or leave `bare` out",
        )
        return POISON
    value = builder.apply(
        name,
        target.target,
        target.inputs,
        target.shape,
        target.origin,
        size=target.size,
        shared=shared,
        init=target.init,
    )
    if builder.size > context.limits.ops:
        context.exhaust(
            "E0402",
            target.origin.span,
            f"the network has more than {context.limits.ops:,} ops",
            "lower a `repeat`, or raise the limit on the command line with `--max-ops`",
        )
        return POISON
    return value


STEPS_PER_MODULE: Final = 6
"""What making a module counts for, beside the nodes in it."""


def open_module(
    structure: Structure, call: Call, place: Place, flow: Flow, context: Context
) -> tuple[Place, Flow] | None:
    """A place for the children of a module inside `place`; None after reporting that modules nest too deep."""
    context.sink.steps += STEPS_PER_MODULE
    value = None if isinstance(flow, Poison) else flow
    builder = place.builder.child(structure, value)
    depth, above = 0, place
    while above.outer is not None:
        depth += above.builder is not above.outer.builder
        above = above.outer
    if depth + len(context.active) >= context.limits.depth:
        context.exhaust(
            "E0403",
            call.span,
            f"modules are nested more than {context.limits.depth} deep",
            "take the inner structures out into the enclosing sequence",
        )
        return None
    inner: Flow = POISON if value is None else builder.inputs[0]
    return Place(builder, inner, place), inner


def module_target(place: Place, outputs: list[Flow], origin: Origin) -> Target | Poison:
    """The finished module of `place` as a target in the module around it."""
    values = [value for value in outputs if not isinstance(value, Poison)]
    if len(values) < len(outputs) or not place.builder.sources:
        return POISON
    module = place.builder.finish(values)
    return Target(module, tuple(place.builder.sources), values[0].shape, place.builder.size, origin)


def mark_role(place: Place, start: int, role: Role) -> None:
    for draft in place.builder.drafts[start:]:
        if draft.role == "":
            draft.role = role


def is_joint(inner: Place, guessed: int, context: Context) -> bool:
    """Whether all that `inner` computes depends on its input alone, without a guess since there were `guessed`."""
    return context.guesses.made == guessed and len(inner.builder.inputs) == 1
