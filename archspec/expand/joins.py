"""`concat`, `add` and `multiply`: parallel branches of one input, or earlier values, joined.

Sides must agree: nothing is broadcast but the gates of a product.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from archspec.diagnostics import Edit, Fix, known_names
from archspec.edits import replacing
from archspec.expand.callees import Call
from archspec.expand.context import Context
from archspec.expand.definitions import read_as
from archspec.expand.place import Flow, Place, claim, refer
from archspec.expand.scope import Scope
from archspec.expand.slips import is_empty
from archspec.expand.targets import Target, is_joint, mark_role, module_target, open_module
from archspec.expressions import POISON, Poison
from archspec.ir import Origin
from archspec.lower import ModuleBuilder, Value
from archspec.ops.base import Fault, Op, Shape
from archspec.ops.joins import Add, Concat, Multiply
from archspec.records import dataclass
from archspec.source import Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar

JOINS: Final[Mapping[str, type[Op]]] = MappingProxyType({"concat": Concat, "add": Add, "multiply": Multiply})


@dataclass(frozen=True, slots=True)
class Side:
    """One operand of a join: what it is called in messages, where it is written, what it gives."""

    text: str
    span: Span
    value: Value


def join_branches(
    call: Call, branches: MappingNode, place: Place, flow: Flow, scope: Scope, context: Context
) -> Target | Poison:
    """`concat: {left: node, right: node}`: every branch reads the same input."""
    if names := _braced_names(call, branches, place, context):
        return join_named(call, names, place, flow, scope, context)
    opened = open_module(call.callee, call, place, flow, context)  # type: ignore[arg-type]
    if opened is None:
        return POISON
    inner, x = opened
    sides: list[Side] = []
    failed = len(branches.again)
    guessed = context.guesses.made
    for key, node in branches.entries:
        if not claim(key.text, key, inner.builder, context):
            failed += 1
            continue
        mark = len(inner.builder.drafts)
        result = context.expand_node(key.text, key, node, inner, x, scope, context, claimed=True)
        mark_role(inner, mark, "branch")
        if isinstance(result, Poison):
            failed += 1
        elif result is not None:
            sides.append(Side(f"`{key.text}`", key.span, result))
    joint = is_joint(inner, guessed, context)
    met = len(context.sink.met)
    op = _join_op(call, sides, scope, context, failed=failed, within=inner.builder, joint=joint)
    if isinstance(op, Poison):
        return POISON
    target, shape = op
    values = [side.value for side in sides]
    result = inner.builder.apply(call.name, target, values, shape, Origin(call.span), role="join")
    if result.draft is not None:
        context.blame(met, result.draft)
    return module_target(inner, [result], Origin(call.span))


def _braced_names(call: Call, branches: MappingNode, place: Place, context: Context) -> ListNode | None:
    """The names in `concat: {enc1, up1}`, which is written `[enc1, up1]`, after reporting it."""
    written = branches.span.text
    if not branches.entries or not all(
        is_empty(node) and place.find(key.text) for key, node in branches.entries
    ):
        return None
    names = ListNode(branches.source, branches.start)
    names.end = branches.end
    names.items = [key for key, _ in branches.entries]
    text = f"[{written[1:-1]}]"
    context.sink.error(
        "E0206",
        branches.span,
        f"`{call.name}` of earlier nodes takes a list of their names",
        label=read_as(branches),
        help=f"write `{text}`",
        fixes=[Fix(f"write `{text}`", (Edit(branches.span, text),))] if written[:1] == "{" else (),
    )
    return names


def join_named(
    call: Call, names: ListNode, place: Place, flow: Flow, scope: Scope, context: Context
) -> Target | Poison:
    """`concat: [up, enc1]`: earlier values, joined."""
    sides = []
    if not all(_is_name(node, context) for node in names.items) or _are_numbers(call, names, place, context):
        return POISON
    names = _parted(names, place, context)
    context.sink.steps += len(names.items)
    failed = 0
    for node in names.items:
        value = refer(node, place, scope, context)
        if isinstance(value, Poison):
            failed += 1
        else:
            sides.append(Side(f"`{node.span.text}`", node.span, value))
    is_early = failed and any(_comes_later(node, place) for node in names.items)
    if is_early and not isinstance(flow, Poison) and not context.guesses.holds:
        # It was meant to stand further down.
        from archspec.expand.unknown import unknown_call  # only a mistake pays for it

        return Target(unknown_call(call, flow.shape), (flow,), flow.shape, 1, Origin(call.span))
    op = _join_op(call, sides, scope, context, failed=failed)
    if isinstance(op, Poison):
        return POISON
    target, shape = op
    return Target(target, tuple(side.value for side in sides), shape, 1, Origin(call.span))


def _parted(names: ListNode, place: Place, context: Context) -> ListNode:
    """The names, where two of them lack the comma between them."""
    items: list[Node] = []
    for node in names.items:
        parts = node.text.split() if isinstance(node, Scalar) and not node.quoted else []
        if len(parts) < 2 or not all(place.find(part) or place.is_written(part) for part in parts):
            items.append(node)
            continue
        text = ", ".join(parts)
        context.sink.error(
            "E0101",
            node.span,
            "no comma between the names of a list",
            help=f"write `{text}`",
            fixes=replacing(node.span, text),
        )
        items += [Scalar(part, part, node.source, node.start, node.end, False) for part in parts]
    meant = ListNode(names.source, names.start)
    meant.end, meant.items = names.end, items
    return meant


def _comes_later(node: Node, place: Place) -> bool:
    """Whether a name is that of a node further down."""
    return isinstance(node, Scalar) and place.find(node.text) is None and place.is_written(node.text)


def _is_name(node: Node, context: Context) -> bool:
    if isinstance(node, Scalar):
        return True
    context.sink.error(
        "E0206",
        node.span,
        "a list joins earlier nodes by name",
        label=read_as(node),
        help="name the branches: `{left: …, right: …}`",
    )
    return False


def _are_numbers(call: Call, names: ListNode, place: Place, context: Context) -> bool:
    """Whether a join counts layers, as Ultralytics does: `concat: [-1, 6]`, where no node has a number for a name."""
    numbers = [node for node in names.items if isinstance(node, Scalar) and isinstance(node.value, int)]
    if len(numbers) < 2:
        return False
    known = place.known()
    if any(name.isdigit() for name in known):
        return False
    context.sink.error(
        "E0405",
        names.span,
        f"`{call.name}` joins earlier nodes by name, and these are numbers",
        notes=[known_names(known)],
        help="write the names of the nodes that are meant",
    )
    return True


def _join_op(
    call: Call,
    sides: list[Side],
    scope: Scope,
    context: Context,
    *,
    failed: int,
    within: ModuleBuilder | None = None,
    joint: bool = False,
) -> tuple[Op, Shape] | Poison:
    """The join of `sides` and its shape. `failed`: how many more there are, of unknown shape. `within`: the module of
    which all sides are branches; `joint`: they depend on its input alone.
    """
    op = JOINS[call.name]()
    if len(sides) < 2 and not failed:
        context.sink.error(
            "E0413",
            call.span,
            f"`{call.name}` joins two or more; this has {len(sides)}",
            help="add a branch, or write the node alone",
        )
        return (op, sides[0].value.shape) if sides else POISON
    if not sides:
        return POISON
    shape = op.infer(*(side.value.shape for side in sides))
    if not isinstance(shape, Fault):
        return op, _with_unknown(op, shape, failed, context)
    if isinstance(op, Concat) and len({side.value.shape[1:] for side in sides}) == 1:
        context.sink.error(shape.code, call.span, shape.message, help=shape.help)
        return POISON
    from archspec.expand.unequal_sides import report_unequal  # only a mistake pays for it

    meant = report_unequal(call, op, shape, sides, scope, context, within=within, joint=joint)
    return op, _with_unknown(op, meant, failed, context)


def _with_unknown(op: Op, shape: Shape, failed: int, context: Context) -> Shape:
    """The shape of a join to which some of the sides are unknown: each must agree, and adds channels to others."""
    if not failed or not isinstance(op, Concat | Multiply):
        return shape
    if isinstance(op, Multiply):
        return context.guesses.varied(shape, range(len(shape)))  # those that are known may be the gates
    return (shape[0] + failed * context.guesses.size, *shape[1:])
