"""The ready-made shortcuts of a residual: identity, projection, pad, and `auto`, which chooses between the first two.

`projection` is a 1×1 convolution to the main path's channels, with the stride that gives its size, then the norm of
the file's `defaults` (He et al., 2015, option B). `pad` subsamples with that stride and appends zero channels (their
option A).
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from archspec.edits import replacing
from archspec.expand.callees import Entry, resolve
from archspec.expand.context import Context
from archspec.expand.definitions import read_as
from archspec.expand.place import Flow, Place
from archspec.expand.scope import Scope
from archspec.expand.values import value_of
from archspec.expressions import POISON, Poison, show
from archspec.ir import Constant, Origin
from archspec.lower import Value
from archspec.ops import find
from archspec.ops.base import Fault, Op, Shape
from archspec.ops.joins import PadShortcut
from archspec.records import dataclass
from archspec.schema.arguments import check
from archspec.source import Span
from archspec.syntax import MappingNode, Node, Scalar

RequestKind: TypeAlias = Literal["auto", "identity", "projection", "pad", "none", "custom"]

KINDS: Final[tuple[RequestKind, ...]] = ("auto", "identity", "projection", "pad", "none")
"""What may be written in place of a sequence."""

ARGUMENTS: Final = ("norm", "bias")
"""What `{use: auto}` and `{use: projection}` take: the kind of norm after the convolution (or `none`), its bias."""


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """A residual's `shortcut` as written. `span` is the word, or the `residual` where there is none."""

    kind: RequestKind
    name: str
    span: Span
    name_span: Span
    written: bool
    node: Node | None = None
    norm: str | None = None
    """A kind of norm, `none`, or None for the file's default."""
    norm_span: Span | None = None
    bias: bool | None = None


def read_request(written: Entry | None, residual: Span, scope: Scope, context: Context) -> Request | None:
    """What the spec asks for; an absent `shortcut` is the identity. None after reporting a mistake."""
    if written is None:
        return Request("identity", "shortcut", residual, residual, written=False)
    span, node = written[0].span, written[1]
    if isinstance(node, MappingNode) and len(node.entries) == 1 and node.get("use") is None:
        key, value = node.entries[0]
        named = _ready_made(key.text, key.span, value, scope, context)
        if named != "custom":
            return named
    ready = _ready_made("shortcut", span, node, scope, context)
    if ready == "custom":
        return Request("custom", "shortcut", span, span, written=True, node=node)
    return ready


def _ready_made(
    name: str, name_span: Span, node: Node, scope: Scope, context: Context
) -> Request | Literal["custom"] | None:
    """The ready-made shortcut that `node` asks for; "custom" if it is none."""
    if isinstance(node, Scalar):
        word = value_of(node, scope, context.sink)
        if isinstance(word, Poison):
            return None
        for kind in KINDS:
            if word == kind:
                return Request(kind, name, node.span, name_span, written=True)
        if isinstance(word, str) and resolve(word, scope, context) is not None:
            return "custom"
        if not isinstance(word, str):
            context.sink.error(
                "E0206",
                node.span,
                "`shortcut` takes a word or a sequence",
                label=read_as(node),
                help=f"write one of {', '.join(f'`{kind}`' for kind in KINDS)}, or a list of nodes",
            )
            return None
        context.sink.unknown("E0208", node.span, "shortcut", word, KINDS, help="write a list of nodes")
        return None
    used = node.get("use") if isinstance(node, MappingNode) else None
    if not isinstance(used, Scalar) or not isinstance(node, MappingNode):
        return "custom"
    word = value_of(used, scope, context.sink)
    stray = next((key for key, _ in node.entries if key.text in ARGUMENTS), None)
    if stray is not None and word in KINDS and word not in ("auto", "projection"):
        context.sink.error(
            "E0202",
            stray.span,
            f"`shortcut: {word}` has no layer, and so no {stray.text}",
            help=f"write `auto` or `projection`, or leave `{stray.text}` out",
            fixes=replacing(used.span, "auto", is_safe=False) if used.text == word else (),
        )
        return None
    if word not in ("auto", "projection"):
        return "custom"
    norm: str | None = None
    norm_span: Span | None = None
    bias: bool | None = None
    for key, value in node.entries:
        if key.text == "use":
            continue
        given = value_of(value, scope, context.sink)
        if isinstance(given, Poison):
            return None
        if key.text == "norm" and isinstance(given, str):
            norm, norm_span = given, value.span
        elif key.text == "bias" and isinstance(given, bool):
            bias = given
        elif key.text in ARGUMENTS:
            due = "a kind of norm, or `none`" if key.text == "norm" else "true or false"
            meant = "none" if key.text == "norm" and given is False else ""
            context.sink.error(
                "E0206",
                value.span,
                f"`{key.text}` takes {due}",
                label=f"this is {show(given)}",
                help=f"write `{meant}`" if meant else f"write {due}",
                fixes=replacing(value.span, meant) if "$" not in value.span.text else (),
            )
            return None
        else:
            context.sink.unknown("E0202", key.span, "argument", key.text, ARGUMENTS, of=f"`{word}`")
            return None
    chosen: RequestKind = "auto" if word == "auto" else "projection"
    return Request(
        chosen, name, used.span, name_span, written=True, norm=norm, norm_span=norm_span, bias=bias
    )


def projection_stride(source: Shape, target: Shape) -> tuple[int, ...] | None:
    """The stride of a 1×1 convolution that takes the sizes of `source` to those of `target`; None if there is none."""
    if len(source) != len(target) or len(source) < 2:
        return None
    strides = []
    for before, after in zip(source[1:], target[1:], strict=True):
        if not 0 < after <= before:
            return None
        stride = -(-before // after)
        if (before - 1) // stride + 1 != after:
            return None
        strides.append(stride)
    return tuple(strides)


def _stride(
    request: Request, x: Value, main: Value, scope: Scope, context: Context
) -> tuple[int, ...] | None:
    stride = projection_stride(x.shape, main.shape)
    if stride is None:
        from archspec.expand.faults import (  # only a mistake pays for it
            culprit,
            first_difference,
            size_history,
            size_text,
        )
        from archspec.expand.remedies import pad_windows, remedy

        axis = first_difference(x.shape[1:], main.shape[1:])
        trace = size_history(main, axis + 1, main.builder) if axis is not None else ""
        history = f"on the main path, {trace}" if trace else ""
        fixes = pad_windows(
            main,
            lambda shape: projection_stride(x.shape, shape) is not None,
            scope.file.root,
            context.guesses,
        )
        context.sink.error(
            "E0307",
            request.span,
            "no strided 1×1 convolution takes the shortcut to the shape of the main path",
            label=f"{size_text(x.shape)} comes in, the main path gives {size_text(main.shape)}",
            labels=culprit(main, axis + 1, main.builder) if axis is not None else (),
            notes=[history] if history else [],
            help=f"{fixes[0].title}, on the main path" if fixes else remedy(x.shape, main.shape),
            fixes=fixes,
        )
    return stride


def _file_default(op: str, argument: str, scope: Scope, context: Context) -> Constant | Poison:
    """An argument that the file's `defaults` give to an op; None if they do not."""
    defaults = scope.file.defaults.get(op)
    node = None if defaults is None else defaults.get(argument)
    return None if node is None else value_of(node, Scope.of(scope.file), context.sink)


def _checked(op: str, values: dict[str, Constant], at: Span, context: Context) -> Op | None:
    op_type = find(op)
    if op_type is None:
        return None
    checked = check(op_type, values)
    if isinstance(checked, Op):
        return checked
    for error in checked:
        context.sink.error(error.code, at, error.message, help=error.help)
    return None


def add_projection(
    request: Request, place: Place, x: Value, main: Value, scope: Scope, context: Context
) -> Flow:
    """Add the projection as the child `request.name`, an `nn.Sequential` of a convolution and its norm."""
    stride = _stride(request, x, main, scope, context)
    if stride is None:
        return POISON
    defaults = scope.file.defaults.get("norm")
    norm: dict[str, Constant] = {}
    for key, node in defaults.entries if defaults is not None else ():
        value = value_of(node, Scope.of(scope.file), context.sink)
        if isinstance(value, Poison):
            return POISON
        norm[key.text] = value
    if request.norm is not None:
        norm["type"] = request.norm
    with_norm = request.norm != "none"
    bias = request.bias if request.bias is not None else _file_default("conv", "bias", scope, context)
    conv_values: dict[str, Constant] = {
        "channels": main.shape[0],
        "kernel": 1,
        "stride": stride[0] if len(set(stride)) == 1 else stride,
        "bias": bias if isinstance(bias, bool) else not with_norm,
    }
    ops = [_checked("conv", conv_values, request.span, context)]
    if with_norm:
        ops.append(_checked("norm", norm, request.norm_span or request.span, context))
    builder = place.builder.child("sequence", x)
    flow = builder.inputs[0]
    origin = Origin(request.span)
    for number, op in enumerate(ops):
        shape = op.infer(flow.shape) if op is not None else None
        if op is None or shape is None:
            return POISON
        if isinstance(shape, Fault):
            from archspec.expand.faults import report_fault  # only a mistake pays for it

            report_fault(shape, request.span, {}, (flow,), context)
            return POISON
        flow = builder.apply(str(number), op, [flow], shape, origin)
    module = builder.finish([flow])
    return place.builder.apply(request.name, module, [x], flow.shape, origin, size=builder.size)


def add_strided_pad(
    request: Request, place: Place, x: Value, main: Value, scope: Scope, context: Context
) -> Flow:
    """Add the parameter-free shortcut of option A as the child `request.name`."""
    stride = _stride(request, x, main, scope, context)
    if stride is None:
        return POISON
    op = PadShortcut(main.shape[0], stride[0] if len(set(stride)) == 1 else stride)
    shape = op.infer(x.shape)
    if isinstance(shape, Fault):
        context.guesses.compare(shape.code, context.sink.shown(request.span), x.shape[:1], main.shape[:1])
        from archspec.expand.faults import report_fault  # only a mistake pays for it

        report_fault(shape, request.span, {}, (x,), context)
        return POISON
    return place.builder.apply(request.name, op, [x], shape, Origin(request.span))
