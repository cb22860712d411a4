"""Stem, body, head and auxiliary heads, in the order of the file; and which values come out.

In: the root of a spec. Out: what flows at the end, the auxiliary heads, the outputs by name.
"""

from __future__ import annotations

from typing import Final

from archspec.edits import delete_item, offering
from archspec.expand.callees import Call
from archspec.expand.calls import take_apart
from archspec.expand.context import Context
from archspec.expand.place import Flow, Place, claim, refer, report_unknown, shape_of
from archspec.expand.scope import Scope
from archspec.expand.sequences import expand_sequence, expand_slot
from archspec.expand.targets import Target
from archspec.expand.values import value_of
from archspec.expressions import POISON, Poison, show
from archspec.lower import Value
from archspec.records import dataclass
from archspec.schema.document import Document
from archspec.syntax import ListNode, MappingNode, Node, Scalar

SLOTS: Final = ("stem", "body", "head")

OUTPUTS: Final = "outputs"
"""The subject of an error of what is listed there."""


@dataclass(frozen=True, slots=True)
class AuxHead:
    name: str
    value: Value
    weight: float


def expand_sections(
    root: MappingNode, place: Place, scope: Scope, context: Context
) -> tuple[list[AuxHead], Flow]:
    """Expand stem, body, head and aux in the order of the file: it is the order of the `state_dict`."""
    aux: list[AuxHead] = []
    flow = place.input
    met: list[str] = []
    for key, node in root.entries:
        if key.text == "aux":
            aux.extend(_aux(node, place, scope, context))
        elif key.text in SLOTS:
            if met and SLOTS.index(key.text) < SLOTS.index(met[-1]):
                context.sink.error(
                    "E0222",
                    key.span,
                    f"`{key.text}` stands after `{met[-1]}`",
                    help=f"data flows as the file reads: move `{key.text}` before `{met[-1]}`",
                )
                flow = POISON
            met.append(key.text)
            place.builder.section = key.text
            if isinstance(node, MappingNode) and node.get("use") is None:
                flow = expand_sequence(node, place, flow, scope, context)
            else:
                flow = expand_slot(node, key.text, place, flow, scope, context)
    if not met:
        context.sink.error(
            "E0215", root.span, "the spec has no nodes", help="add a `body`: a list or a mapping of nodes"
        )
        return aux, POISON
    return aux, flow


def _aux(node: Node, place: Place, scope: Scope, context: Context) -> list[AuxHead]:
    heads = []
    for key, head in node.entries if isinstance(node, MappingNode) else ():
        source, sequence = (
            (head.get("from"), head.get("sequence")) if isinstance(head, MappingNode) else (None, None)
        )
        if source is None or sequence is None or not isinstance(head, MappingNode):
            continue
        flow = refer(source, place, scope, context)
        weight_node = head.get("weight")
        weight = value_of(weight_node, scope, context.sink) if weight_node is not None else 1.0
        if not claim(key.text, key, place.builder, context):
            continue
        place.builder.section = key.text
        target = _aux_target(key, sequence, place, flow, scope, context)
        if isinstance(target, Poison):
            continue
        if isinstance(weight, bool) or not isinstance(weight, int | float):
            if not isinstance(weight, Poison) and weight_node is not None:
                context.sink.error(
                    "E0206",
                    weight_node.span,
                    "`weight` takes a number",
                    label=f"this is {show(weight)}",
                    help="write a number, such as 0.3",
                )
            continue
        value = place.builder.apply(
            key.text,
            target.target,
            target.inputs,
            target.shape,
            target.origin,
            size=target.size,
            role="aux",
            init=target.init,
        )
        heads.append(AuxHead(key.text, value, float(weight)))
    return heads


def _aux_target(
    key: Scalar, sequence: Node, place: Place, flow: Flow, scope: Scope, context: Context
) -> Target | Poison:
    """The module of an auxiliary head: a sequence's own, or the block that it uses."""
    scope = scope.flowing(shape_of(flow))
    if isinstance(sequence, ListNode) or (isinstance(sequence, MappingNode) and sequence.get("use") is None):
        call: Call | None = Call("seq", key.text, key.span, sequence, {}, {})
    else:
        call = take_apart(sequence, scope, context)
    if call is None:
        return POISON
    for modifier in ("from", "if"):
        if modifier in call.modifiers:
            context.sink.error(
                "E0217",
                call.modifiers[modifier][0].span,
                f"`{modifier}` cannot stand on the whole of an auxiliary head",
                help="write `from` beside `sequence`, and `if` on the nodes inside",
            )
    return context.target_of(call, key.text, place, flow, scope, context)


def outputs_of(
    root: MappingNode, document: Document, place: Place, flow: Flow, context: Context
) -> dict[str, Flow]:
    """The values that come out, by name."""
    node = root.get("outputs")
    if not document.outputs or not isinstance(node, ListNode):
        return {"output": flow}
    outputs: dict[str, Flow] = {}
    for at, item in enumerate(node.items):
        if not isinstance(item, Scalar):
            continue
        if context.sink.is_full:
            break
        found = place.find(item.text)
        if found is None:
            found = report_unknown(item.text, item.span, place, context)
        elif item.text in outputs:
            context.sink.error(
                "E0210",
                item.span,
                f"`{item.text}` comes out twice",
                help="list each output once",
                fixes=offering("delete it", delete_item(node, at)),
                subject=OUTPUTS,
            )
        outputs[item.text] = found
    return outputs
