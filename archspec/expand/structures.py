"""Structures that branch: `residual` with its shortcut; `concat`, `add` and `multiply` are in `joins.py`.

A skip addition demands equal shapes: nothing is broadcast. What `shortcut: auto` chose stands in the module.
"""

from __future__ import annotations

from archspec.diagnostics import Edit, Fix, Label
from archspec.edits import insert_entry, offering
from archspec.expand.callees import Call
from archspec.expand.context import Context
from archspec.expand.definitions import read_as
from archspec.expand.place import Flow, Place, claim
from archspec.expand.scope import Scope
from archspec.expand.sequences import expand_slot
from archspec.expand.shortcuts import (
    KINDS,
    Request,
    add_projection,
    add_strided_pad,
    projection_stride,
    read_request,
)
from archspec.expand.targets import Target, is_joint, mark_role, module_target, open_module
from archspec.expand.values import value_of
from archspec.expressions import POISON, Poison, show
from archspec.ir import Origin, Shortcut, ShortcutKind
from archspec.lower import Value
from archspec.ops.base import Fault, Shape
from archspec.ops.joins import Add
from archspec.ops.scale import Scaled
from archspec.source import Span
from archspec.syntax import ListNode, MappingNode, Node


def expand_structure(call: Call, place: Place, flow: Flow, scope: Scope, context: Context) -> Target | Poison:
    """The module that a `residual`, `concat`, `add` or `multiply` node applies."""
    if call.callee == "residual":
        return _residual(call, place, flow, scope, context)
    if call.callee == "for":
        return POISON  # a slip for it, which is reported
    from archspec.expand.joins import join_branches, join_named  # many networks have none

    if isinstance(call.main, ListNode):
        return join_named(call, call.main, place, flow, scope, context)
    if isinstance(call.main, MappingNode):
        return join_branches(call, call.main, place, flow, scope, context)
    context.sink.error(
        "E0206",
        call.span if call.main is None else call.main.span,
        f"`{call.name}` takes branches, or a list of earlier nodes",
        label="" if call.main is None else read_as(call.main),
        help=f"write `{call.name}: {{left: …, right: …}}` or `{call.name}: [input, conv2]`",
    )
    return POISON


def _residual(call: Call, place: Place, flow: Flow, scope: Scope, context: Context) -> Target | Poison:
    request = read_request(call.arguments.get("shortcut"), call.span, scope, context)
    opened = open_module("residual", call, place, flow, context)
    if opened is None or call.main is None:
        return POISON
    inner, x = opened
    own: Flow | None = None
    guessed = context.guesses.made
    if request is not None and request.node is not None and _stands_first(call):
        own = _own_shortcut(request.node, inner, x, scope, context)
    main = expand_slot(call.main, "residual", inner, x, scope, context)
    main = _scaled(call, inner, main, scope, context)
    result = main if request is None else _joined(call, request, inner, x, main, own, guessed, scope, context)
    if "after" in call.arguments:
        mark = len(inner.builder.drafts)
        result = expand_slot(call.arguments["after"][1], "after", inner, result, scope, context)
        mark_role(inner, mark, "after")
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
    key, _ = call.arguments["shortcut"]
    return key.source is call.span.source and key.start < call.span.start


def _own_shortcut(node: Node, inner: Place, x: Flow, scope: Scope, context: Context) -> Flow:
    """A shortcut that the author wrote out."""
    mark = len(inner.builder.drafts)
    skip = expand_slot(node, "shortcut", inner, x, scope, context)
    mark_role(inner, mark, "shortcut")
    return skip


def _joined(
    call: Call,
    request: Request,
    inner: Place,
    x: Flow,
    main: Flow,
    own: Flow | None,
    guessed: int,
    scope: Scope,
    context: Context,
) -> Flow:
    """The main path and the shortcut, added. `own`: the author's shortcut, if it is expanded already; `guessed`: the
    guesses made before the two.
    """
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
        return x if request.kind == "identity" else main
    elif request.kind == "auto":
        kind = "identity" if x.shape == main.shape else "projection"
    else:
        kind = request.kind
    if kind in ("projection", "pad"):
        if isinstance(main, Poison) or isinstance(x, Poison):
            return main
        claim(request.name, request.name_span, inner.builder, context)
        add = add_projection if kind == "projection" else add_strided_pad
        met = len(context.sink.met)
        told = context.guesses.clashed.get(call.span)
        again = told is not None and projection_stride(x.shape, main.shape) is None
        skip = POISON if again else add(request, inner, x, main, scope, context)
        if isinstance(skip, Poison):
            if not (again and context.meets_again(told)):
                context.guesses.clashed[call.span] = context.sink.met[met:]
            joint = is_joint(inner, guessed, context)
            context.guesses.compare(
                "E0307", context.sink.shown(request.span), x.shape[1:], main.shape[1:], joint=joint
            )
            # Padding may have been forgotten, and the main path meant to keep the size.
            kept = (main.shape[0], *x.shape[1:])
            same_rank = len(x.shape) == len(main.shape)
            likely = context.guesses.either(main.shape, kept) if same_rank else main.shape
            return _added(call, inner, main, x, likely, met, context)
        mark_role(inner, mark, "shortcut")
        if _stands_first(call):
            # What it is depends on the main path's shape, so that it is made after it; it reads nothing of it.
            drafts = inner.builder.drafts
            drafts[:] = drafts[mark:] + drafts[:mark]
    inner.builder.shortcut = Shortcut(kind, automatic=request.kind == "auto")
    if isinstance(skip, Poison) or isinstance(main, Poison):
        return main
    met = len(context.sink.met)
    shape = Add().infer(main.shape, skip.shape)
    if isinstance(shape, Fault):
        joint = is_joint(inner, guessed, context)
        at = context.sink.shown(_blamed(call, request))
        context.guesses.compare("E0301", at, main.shape, skip.shape, joint=joint)
        if not context.meets_again(context.guesses.clashed.get(call.span)):
            _report_skip(call, request, kind, x, main, skip, scope, context)
            context.guesses.clashed[call.span] = context.sink.met[met:]
        likely = _shape_meant(x, main)
        shape = context.guesses.either(likely, *(s for s in (main.shape, skip.shape) if s != likely))
    return _added(call, inner, main, skip, shape, met, context)


def _added(
    call: Call, inner: Place, main: Value, skip: Value, shape: Shape, met: int, context: Context
) -> Value:
    """The sum of the two paths, which bears the errors met from number `met` on."""
    result = inner.builder.apply("add", Add(), [main, skip], shape, Origin(call.span), role="join")
    if result.draft is not None:
        context.blame(met, result.draft)
    return result


def _shape_meant(x: Flow, main: Value) -> Shape:
    """The shape of a sum whose sides differ: that of the main path, or the input's where only padding was forgotten."""
    if isinstance(x, Poison) or x.shape[0] != main.shape[0] or projection_stride(x.shape, main.shape):
        return main.shape
    return x.shape


def _blamed(call: Call, request: Request) -> Span:
    """Where two sides that differ are told: at the shortcut that somebody wrote, if it has a line of its own."""
    is_apart = request.written and request.span.line != call.span.line
    return request.span if is_apart else call.span


def _report_skip(
    call: Call,
    request: Request,
    kind: ShortcutKind,
    x: Flow,
    main: Value,
    skip: Value,
    scope: Scope,
    context: Context,
) -> None:
    message = "the two sides of a skip addition differ"
    at = _blamed(call, request)
    from archspec.expand.faults import (  # only a mistake pays for it
        culprit,
        first_difference,
        last_change,
        size_history,
        size_text,
    )
    from archspec.expand.remedies import agreeing, mapping_at, pad_windows, remedy, slides, stride_shortcut

    label = f"the main path gives {size_text(main.shape)}"
    other = f"the shortcut carries {size_text(skip.shape)}"
    labels = [Label(other, request.span)] if request.written else []
    if not request.written:
        label += f", {other}"
    elif at == request.span:
        label, labels = other, [Label(label, call.span)]
    notes = []
    axis = first_difference(main.shape, skip.shape)
    if axis is not None and len(main.shape) == len(skip.shape):
        for side, value in (("main path", main), ("shortcut", skip)):
            history = size_history(value, axis, main.builder)
            if history and (side == "main path" or kind == "custom"):
                notes.append(f"on the {side}, {history}")
        if kind == "identity" and (made := last_change(skip, axis)):
            notes.append(f"the shortcut carries what came in: {made}")
        labels += culprit(main, axis, main.builder)
    help_text = ""
    mended = "main path"
    fixes = pad_windows(main, agreeing(skip.shape, 0), scope.file.root, context.guesses)
    if not fixes and kind == "custom":
        mended = "shortcut"
        fixes = stride_shortcut(skip, main, scope.file.root, context.guesses)
    stride = projection_stride(x.shape, main.shape) if isinstance(x, Value) else None
    if fixes:
        help_text = f"{fixes[0].title}, on the {mended}"
    elif kind == "identity" and stride is not None and slides(main, context.guesses):
        step = (
            "" if set(stride) <= {1} else f", stride {stride[0] if len(set(stride)) == 1 else list(stride)}"
        )
        # A block may be called where the shapes agree as well: `auto` is right in both places.
        word = "auto" if context.active else "projection"
        channels = "1 channel" if main.shape[0] == 1 else f"{main.shape[0]} channels"
        help_text = f"write `shortcut: {word}`: a 1×1 convolution to {channels}{step}"
        if not step and skip.shape[0] != main.shape[0]:
            help_text += f"; or let the main path end with {skip.shape[0]}"
        # Channels that are no multiple of the others are as likely a slip.
        is_step = bool(step) or max(main.shape[0], skip.shape[0]) % min(main.shape[0], skip.shape[0]) == 0
        if is_step and request.written and request.span.text in KINDS:
            # Of several remedies, the first that makes the network what it is expected to be is offered.
            words = (word, "pad") if main.shape[0] > skip.shape[0] else (word,)
            fixes = tuple(
                Fix(f"write `shortcut: {each}`", (Edit(request.span, each),), is_safe=False) for each in words
            )
        elif is_step and not request.written:
            node = mapping_at(scope.file.root, request.span, context.guesses)
            edit = None if node is None else insert_entry(node, f"shortcut: {word}", after="residual")
            edits = None if edit is None else (edit,)
            fixes = offering(f"write `shortcut: {word}`", edits, is_safe=False)
    elif kind == "pad":
        help_text = "write `shortcut: projection`, or let the main path keep or raise the channels"
    elif kind == "custom":
        help_text = f"end the shortcut with {size_text(main.shape)}, or write `shortcut: auto`"
    elif kind == "identity" and len(main.shape) == len(skip.shape) and not slides(main, context.guesses):
        help_text = f"let the main path end with {size_text(skip.shape)}, as it began"
    else:
        help_text = remedy(skip.shape, main.shape)
    context.sink.error(
        "E0301", at, message, label=label, labels=labels, notes=notes, help=help_text, fixes=fixes
    )
