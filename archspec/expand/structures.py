"""Structures that branch: `residual` with its shortcut, and `concat`, `add`, `multiply` over parallel branches.

A skip addition demands equal shapes: nothing is broadcast. What `shortcut: auto` chose stands in the module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from archspec.diagnostics import Edit, Fix, Label
from archspec.expand.calls import Call
from archspec.expand.context import Context
from archspec.expand.definitions import read_as
from archspec.expand.faults import first_difference, size_history, size_text
from archspec.expand.place import Flow, Place, claim, refer
from archspec.expand.sequences import expand_slot
from archspec.expand.shortcuts import (
    KINDS,
    Request,
    add_projection,
    add_strided_pad,
    projection_stride,
    read_request,
    remedy,
)
from archspec.expand.targets import Target, module_target, open_module
from archspec.expand.values import Scope, value_of
from archspec.expressions import POISON, Poison, show
from archspec.ir import Origin, Role, Shortcut, ShortcutKind
from archspec.lower import ModuleBuilder, Value
from archspec.ops.base import Fault, Op, Shape, axis_name
from archspec.ops.joins import Add, Concat, Multiply
from archspec.ops.scale import Scaled
from archspec.source import Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar

JOINS: Final[Mapping[str, type[Op]]] = MappingProxyType({"concat": Concat, "add": Add, "multiply": Multiply})


def expand_structure(call: Call, place: Place, flow: Flow, scope: Scope, context: Context) -> Target | Poison:
    """The module that a `residual`, `concat`, `add` or `multiply` node applies."""
    if call.callee == "residual":
        return _residual(call, place, flow, scope, context)
    if isinstance(call.main, ListNode):
        return _join_named(call, call.main, place, scope, context)
    if isinstance(call.main, MappingNode):
        return _branches(call, call.main, place, flow, scope, context)
    context.sink.error(
        "E0206",
        call.span if call.main is None else call.main.span,
        f"`{call.name}` takes branches, or a list of earlier nodes",
        label="" if call.main is None else read_as(call.main),
        help=f"write `{call.name}: {{left: …, right: …}}` or `{call.name}: [input, conv2]`",
    )
    return POISON


@dataclass(frozen=True, slots=True)
class Side:
    """One operand of a join: what it is called in messages, where it is written, what it gives."""

    text: str
    span: Span
    value: Value


def _residual(call: Call, place: Place, flow: Flow, scope: Scope, context: Context) -> Target | Poison:
    request = read_request(call.arguments.get("shortcut"), call.span, scope, context)
    opened = open_module("residual", call, place, flow, context)
    if opened is None or call.main is None:
        return POISON
    inner, x = opened
    own: Flow | None = None
    if request is not None and request.node is not None and _stands_first(call):
        own = _own_shortcut(request.node, inner, x, scope, context)
    main = expand_slot(call.main, "residual", inner, x, scope, context)
    main = _scaled(call, inner, main, scope, context)
    result = main if request is None else _joined(call, request, inner, x, main, own, scope, context)
    if "after" in call.arguments:
        mark = len(inner.builder.drafts)
        result = expand_slot(call.arguments["after"][1], "after", inner, result, scope, context)
        _mark_role(inner, mark, "after")
    return module_target(inner, [result], Origin(call.span))


def _scaled(call: Call, inner: Place, main: Flow, scope: Scope, context: Context) -> Flow:
    """Residual scaling: the main path times a constant."""
    if "scale" not in call.arguments:
        return main
    _, node = call.arguments["scale"]
    factor = value_of(node, scope, context.sink)
    if isinstance(factor, bool) or not isinstance(factor, int | float):
        if not isinstance(factor, Poison):
            context.sink.error(
                "E0206",
                node.span,
                "`scale` takes a number",
                label=f"this is {show(factor)}",
                help="write a factor such as `0.1`",
            )
        return main
    if isinstance(main, Poison):
        return POISON
    origin = Origin(node.span, {"factor": node.span})
    return inner.builder.apply("scale", Scaled(float(factor)), [main], main.shape, origin, role="join")


def _stands_first(call: Call) -> bool:
    """Whether `shortcut` is written before `residual`: so are its children then, in the `state_dict` too."""
    if "shortcut" not in call.arguments:
        return False
    span, _ = call.arguments["shortcut"]
    return span.source is call.span.source and span.start < call.span.start


def _own_shortcut(node: Node, inner: Place, x: Flow, scope: Scope, context: Context) -> Flow:
    """A shortcut that the author wrote out."""
    mark = len(inner.builder.drafts)
    skip = expand_slot(node, "shortcut", inner, x, scope, context)
    _mark_role(inner, mark, "shortcut")
    return skip


def _joined(
    call: Call,
    request: Request,
    inner: Place,
    x: Flow,
    main: Flow,
    own: Flow | None,
    scope: Scope,
    context: Context,
) -> Flow:
    """The main path and the shortcut, added. `own`: the author's shortcut, if it is expanded already."""
    kind: ShortcutKind
    mark = len(inner.builder.drafts)
    skip: Flow = x
    if request.kind == "none":
        inner.builder.shortcut = Shortcut("none", automatic=False)
        return main
    if request.kind == "custom" and request.node is not None:
        skip = _own_shortcut(request.node, inner, x, scope, context) if own is None else own
        kind = "identity" if skip is x else "custom"
    elif isinstance(x, Poison) or isinstance(main, Poison):
        return main
    elif request.kind == "auto":
        kind = "identity" if x.shape == main.shape else "projection"
    else:
        kind = request.kind
    if kind in ("projection", "pad"):
        if isinstance(main, Poison) or isinstance(x, Poison):
            return main
        claim(request.name, request.name_span, inner.builder, context)
        add = add_projection if kind == "projection" else add_strided_pad
        skip = add(request, inner, x, main, scope, context)
        _mark_role(inner, mark, "shortcut")
        if _stands_first(call):
            # What it is depends on the main path's shape, so that it is made after it; it reads nothing of it.
            drafts = inner.builder.drafts
            drafts[:] = drafts[mark:] + drafts[:mark]
    inner.builder.shortcut = Shortcut(kind, automatic=request.kind == "auto")
    if isinstance(skip, Poison) or isinstance(main, Poison):
        return main
    shape = Add().infer(main.shape, skip.shape)
    if isinstance(shape, Fault):
        _report_skip(call, request, kind, x, main, skip, context)
        shape = _shape_meant(x, main)
    return inner.builder.apply("add", Add(), [main, skip], shape, Origin(call.span), role="join")


def _shape_meant(x: Flow, main: Value) -> Shape:
    """The shape of a sum whose sides differ: that of the main path, or the input's where only padding was forgotten."""
    if isinstance(x, Poison) or x.shape[0] != main.shape[0] or projection_stride(x.shape, main.shape):
        return main.shape
    return x.shape


def _report_skip(
    call: Call, request: Request, kind: ShortcutKind, x: Flow, main: Value, skip: Value, context: Context
) -> None:
    labels = [Label(f"the shortcut carries {size_text(skip.shape)}", request.span)] if request.written else []
    message = "the two sides of a skip addition differ"
    label = f"the main path gives {size_text(main.shape)}"
    if not request.written:
        label += f", the shortcut carries {size_text(skip.shape)}"
    notes = []
    axis = first_difference(main.shape, skip.shape)
    if axis is not None and len(main.shape) == len(skip.shape):
        for side, value in (("main path", main), ("shortcut", skip)):
            history = size_history(value, axis, main.builder)
            if history and (side == "main path" or kind == "custom"):
                notes.append(f"on the {side}, {history}")
    help_text, fixes = "", []
    stride = projection_stride(x.shape, main.shape) if isinstance(x, Value) else None
    if kind == "identity" and stride is not None:
        step = (
            "" if set(stride) <= {1} else f", stride {stride[0] if len(set(stride)) == 1 else list(stride)}"
        )
        # A block may be called where the shapes agree as well: `auto` is right in both places.
        word = "auto" if context.active else "projection"
        channels = "1 channel" if main.shape[0] == 1 else f"{main.shape[0]} channels"
        help_text = f"write `shortcut: {word}`: a 1×1 convolution to {channels}{step}"
        if request.written and request.span.text in KINDS:
            fixes = [Fix(f"write `{word}`", (Edit(request.span, word),))]
    elif kind == "pad":
        help_text = "write `shortcut: projection`, or let the main path keep or raise the channels"
    elif kind == "custom":
        help_text = f"end the shortcut with {size_text(main.shape)}, or write `shortcut: auto`"
    else:
        help_text = remedy(skip.shape, main.shape)
    context.sink.error(
        "E0301", call.span, message, label=label, labels=labels, notes=notes, help=help_text, fixes=fixes
    )


def _mark_role(place: Place, start: int, role: Role) -> None:
    for draft in place.builder.drafts[start:]:
        if draft.role == "":
            draft.role = role


def _branches(
    call: Call, branches: MappingNode, place: Place, flow: Flow, scope: Scope, context: Context
) -> Target | Poison:
    """`concat: {left: node, right: node}`: every branch reads the same input."""
    opened = open_module(call.callee, call, place, flow, context)  # type: ignore[arg-type]
    if opened is None:
        return POISON
    inner, x = opened
    sides: list[Side] = []
    failed = False
    for key, node in branches.entries:
        if not claim(key.text, key.span, inner.builder, context):
            failed = True
            continue
        mark = len(inner.builder.drafts)
        result = context.expand_node(key.text, key.span, node, inner, x, scope, context, claimed=True)
        _mark_role(inner, mark, "branch")
        if isinstance(result, Poison):
            failed = True
        elif result is not None:
            sides.append(Side(f"`{key.text}`", key.span, result))
    if failed:
        return POISON
    op = _join_op(call, sides, context, inner.builder)
    if isinstance(op, Poison):
        return POISON
    target, shape = op
    values = [side.value for side in sides]
    result = inner.builder.apply(call.name, target, values, shape, Origin(call.span), role="join")
    return module_target(inner, [result], Origin(call.span))


def _join_named(call: Call, names: ListNode, place: Place, scope: Scope, context: Context) -> Target | Poison:
    """`concat: [up, enc1]`: earlier values, joined."""
    sides = []
    if not all(_is_name(node, context) for node in names.items):
        return POISON
    for node in names.items:
        value = refer(node, place, scope, context)
        if isinstance(value, Poison):
            return POISON
        sides.append(Side(f"`{node.span.text}`", node.span, value))
    op = _join_op(call, sides, context)
    if isinstance(op, Poison):
        return POISON
    target, shape = op
    return Target(target, tuple(side.value for side in sides), shape, 1, Origin(call.span))


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


def _join_op(
    call: Call, sides: list[Side], context: Context, within: ModuleBuilder | None = None
) -> tuple[Op, Shape] | Poison:
    """The join of `sides` and its shape. `within`: the module of which all sides are branches."""
    op = JOINS[call.name]()
    if len(sides) < 2:
        context.sink.error(
            "E0413",
            call.span,
            f"`{call.name}` joins two or more; this has {len(sides)}",
            help="add a branch, or write the node alone",
        )
        return (op, sides[0].value.shape) if sides else POISON
    shape = op.infer(*(side.value.shape for side in sides))
    if not isinstance(shape, Fault):
        return op, shape
    first = sides[0]
    odd = next((side for side in sides[1:] if _differ(call.name, first.value, side.value)), sides[-1])
    axis = first_difference(first.value.shape[_free(call.name) :], odd.value.shape[_free(call.name) :])
    notes = []
    if axis is not None and len(first.value.shape) == len(odd.value.shape):
        axis += _free(call.name)
        name = axis_name(len(first.value.shape), axis)
        notes = [
            f"{side.text}: "
            + (size_history(side.value, axis, within) or f"{name} is {side.value.shape[axis]} as it came in")
            for side in (first, odd)
        ]
    context.sink.error(
        shape.code,
        odd.span,
        shape.message,
        label=f"{odd.text} gives {size_text(odd.value.shape)}",
        labels=[Label(f"{first.text} gives {size_text(first.value.shape)}", first.span)],
        notes=notes,
        help=shape.help,
    )
    return op, _joined_shape(call.name, sides)


def _joined_shape(join: str, sides: list[Side]) -> Shape:
    """The shape of a join whose sides differ, if the first is as it was meant."""
    first = sides[0].value.shape
    return (sum(side.value.shape[0] for side in sides), *first[1:]) if join == "concat" else first


def _free(join: str) -> int:
    """The number of leading axes in which the sides of a join may differ."""
    return 1 if join == "concat" else 0


def _differ(join: str, left: Value, right: Value) -> bool:
    return len(left.shape) != len(right.shape) or left.shape[_free(join) :] != right.shape[_free(join) :]
