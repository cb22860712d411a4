"""`concat`, `add` and `multiply`: parallel branches of one input, or earlier values, joined.

Sides must agree: nothing is broadcast but the gates of a product. Where most sides agree, those that do not are at
fault, each by itself; where two differ, the second is shown against the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from archspec.diagnostics import Edit, Fix, Label
from archspec.edits import replacing
from archspec.expand.callees import Call
from archspec.expand.context import Context
from archspec.expand.definitions import read_as
from archspec.expand.guesses import Guesses
from archspec.expand.place import Flow, Place, claim, refer
from archspec.expand.scope import Scope
from archspec.expand.slips import is_empty
from archspec.expand.targets import Target, is_joint, mark_role, module_target, open_module
from archspec.expressions import POISON, Poison
from archspec.ir import Origin
from archspec.lower import ModuleBuilder, Value
from archspec.ops.base import Fault, Op, Shape, axis_name
from archspec.ops.joins import Add, Concat, Multiply
from archspec.ops.scale import Identity
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
    op = _join_op(call, sides, scope, context, failed=failed, within=inner.builder, joint=joint)
    if isinstance(op, Poison):
        return POISON
    target, shape = op
    values = [side.value for side in sides]
    result = inner.builder.apply(call.name, target, values, shape, Origin(call.span), role="join")
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
        return Target(Identity(), (flow,), flow.shape, 1, Origin(call.span))
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
        notes=[f"known: {', '.join(sorted({*known}))}"],
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
    if len(sides) + failed < 2:
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
    if isinstance(op, Add) and _are_concatenated(sides):
        _report_sum(call, sides, shape, context)
        return op, context.guesses.either(*(side.value.shape for side in sides))
    model = _model(op, sides, within, context.guesses)
    causes: list[object] = []
    for side in sides:
        fault = op.infer(model.value.shape, side.value.shape)
        if not isinstance(fault, Fault):
            continue
        fixes, mended = _padded(model, side, _free(op), scope.file.root, context.guesses)
        # Sides that one edit mends, or that have their size from one line or value, have one mistake.
        axis = 0 if fault.axis is None else fault.axis
        from archspec.expand.faults import literal_cause  # only a mistake pays for it

        cause = fixes or literal_cause(side.value, axis) or context.guesses.maker(side.value, axis)
        if cause not in causes and cause not in context.causes:
            causes.append(cause)
            _report(fault, model, side, within, joint, fixes, mended, context)
    context.causes.update(cause for cause in causes if isinstance(cause, Span))
    if within is None:
        context.guesses.reconcile([side.value for side in sides], _free(op))
    meant = context.guesses.either(*dict.fromkeys((model.value.shape, *(side.value.shape for side in sides))))
    if isinstance(op, Concat):
        meant = (sum(side.value.shape[0] for side in sides), *meant[1:])
    return op, _with_unknown(op, meant, failed, context)


def _are_concatenated(sides: list[Side]) -> bool:
    """Whether the sides agree in everything but their channels, of which there are three numbers or more: no single
    one is wrong, they are the parts of a concatenation.
    """
    channels = {side.value.shape[0] for side in sides}
    return len(channels) > 2 and len({side.value.shape[1:] for side in sides}) == 1


def _report_sum(call: Call, sides: list[Side], fault: Fault, context: Context) -> None:
    """Report a sum of what should be concatenated."""
    shapes = [side.value.shape for side in sides]
    context.guesses.compare(fault.code, context.sink.shown(call.span), shapes[0][:1], shapes[1][:1])
    is_word = call.span.text == call.name
    from archspec.expand.faults import size_text  # only a mistake pays for it

    context.sink.error(
        fault.code,
        call.span,
        f"a sum of values with {len({shape[0] for shape in shapes})} different numbers of channels",
        labels=[Label(f"{side.text} gives {size_text(side.value.shape)}", side.span) for side in sides[:5]],
        help="to put their channels side by side, write `concat`",
        fixes=[Fix("write `concat`", (Edit(call.span, "concat"),), is_safe=False)] if is_word else (),
    )


def _model(op: Op, sides: list[Side], within: ModuleBuilder | None, guesses: Guesses) -> Side:
    """The side that the others should agree with: the map among gates; else one whose shape most have. A branch that
    would have the size of the input if its padding were mended counts as one that has.
    """
    if isinstance(op, Multiply):
        return max(sides, key=lambda side: (len(side.value.shape), side.value.shape[1:], side.value.shape))
    free = _free(op)
    kept = within.inputs[0].shape[free:] if within is not None and within.inputs else ()
    counted: Counter[Shape] = Counter()
    for side in sides:
        from archspec.expand.remedies import padded_shape  # only a mistake pays for it

        padded = padded_shape(side.value, guesses) or ()
        counted.update({side.value.shape[free:], *([kept] if padded[free:] == kept else [])})
    return max(sides, key=lambda side: counted[side.value.shape[free:]])


def _report(
    fault: Fault,
    model: Side,
    odd: Side,
    within: ModuleBuilder | None,
    joint: bool,
    fixes: tuple[Fix, ...],
    mended: Side,
    context: Context,
) -> None:
    """Report that a side does not agree with the model, with where both have their sizes from; `fixes` are of the side
    `mended`.
    """
    axis = fault.axis
    notes = []
    from archspec.expand.faults import culprit, size_history, size_text  # only a mistake pays for it

    if axis is not None:
        name = axis_name(len(model.value.shape), axis)
        notes = [
            f"{side.text}: "
            + (size_history(side.value, axis, within) or f"{name} is {side.value.shape[axis]} as it came in")
            for side in (model, odd)
        ]
    free = 1 if fault.code == "E0302" else 0
    shapes = (model.value.shape, odd.value.shape)
    # A gate, one number for each channel, has to agree in the channels alone.
    is_gated = fault.code == "E0303" and any(set(shape[1:]) == {1} for shape in shapes)
    left, right = (shape[:1] if is_gated else shape[free:] for shape in shapes)
    context.guesses.compare(fault.code, context.sink.shown(odd.span), left, right, joint=joint)
    context.sink.error(
        fault.code,
        odd.span,
        fault.message,
        label=f"{odd.text} gives {size_text(odd.value.shape)}",
        labels=[
            Label(f"{model.text} gives {size_text(model.value.shape)}", model.span),
            *(culprit(odd.value, axis, within) if axis is not None and within is not None else ()),
        ],
        notes=notes,
        help=f"{fixes[0].title}, on the way to {mended.text}" if fixes else fault.help,
        fixes=fixes,
    )


def _with_unknown(op: Op, shape: Shape, failed: int, context: Context) -> Shape:
    """The shape of a join to which some of the sides are unknown: each must agree, and adds channels to others."""
    if not failed or not isinstance(op, Concat | Multiply):
        return shape
    if isinstance(op, Multiply):
        return context.guesses.varied(shape, range(len(shape)))  # those that are known may be the gates
    return (shape[0] + failed * context.guesses.size, *shape[1:])


def _padded(model: Side, odd: Side, free: int, root: Node, guesses: Guesses) -> tuple[tuple[Fix, ...], Side]:
    """The fix of a forgotten or wrong padding on one of two sides, and on which."""
    from archspec.expand.remedies import (  # only a mistake pays for it
        agreeing,
        pad_both,
        pad_windows,
        slide_by_one,
    )

    for side, other in ((odd, model), (model, odd)):
        fixes = pad_windows(side.value, agreeing(other.value.shape, free), root, guesses)
        if fixes:
            return fixes, side
    if fixes := slide_by_one(odd.value, agreeing(model.value.shape, free), root, guesses):
        return fixes, odd
    return pad_both((model.value, odd.value), free, root, guesses), odd


def _free(op: Op) -> int:
    """The number of leading axes in which the sides of a join may differ."""
    return 1 if isinstance(op, Concat) else 0
