"""`init:`, how layers start: `kaiming_normal`, or `{kaiming_normal: {mode: fan_out}, bias: zeros}`.

At the top of a spec it says so by op, on a node of the one layer, and then in place of the op's rule.
The schemes are those of `torch.nn.init`, under their names there without the last underscore.
https://docs.pytorch.org/docs/stable/nn.init.html
"""

from __future__ import annotations

from types import MappingProxyType

from archspec.diagnostics import Sink
from archspec.edits import replacing
from archspec.expand.definitions import read_as, without
from archspec.expand.scope import Scope
from archspec.expand.values import expression_of, value_of
from archspec.expressions import Poison
from archspec.ir import Constant, InitRule, Scheme
from archspec.ops import OPS, find
from archspec.schema.arguments import check, describe
from archspec.schema.initialisers import SCHEMES
from archspec.syntax import MappingNode, Node, Scalar


def read_init(node: Node | None, scope: Scope, sink: Sink) -> tuple[InitRule, ...]:
    """The rules of an `init` mapping, in its order."""
    rules = []
    if not isinstance(node, MappingNode):
        return ()
    for key, value in node.entries:
        if sink.is_full:
            break
        op = find(key.text)
        if op is None:
            free = [name for name in OPS if node.get(name) is None]
            from archspec.schema.elsewhere.layers import LISTED_BY, op_meant  # only a mistake pays for it

            meant = op_meant(key.text, free)
            name = meant.name if meant is not None else None
            sink.unknown("E0201", key.span, "op", key.text, free, meant=name, listed_by=LISTED_BY)
            continue
        rule = read_rule(op.key, value, scope, sink)
        if rule is not None:
            rules.append(rule)
    return tuple(rules)


def read_rule(op: str, node: Node, scope: Scope, sink: Sink) -> InitRule | None:
    """How layers of `op` start: a scheme for the weight, one under `bias` for the bias; None after reporting two."""
    if not isinstance(node, MappingNode):
        return InitRule(op, _scheme(node, scope, sink), None)
    bias = node.get("bias")
    weight = without(node, lambda key: key == "bias")
    if len(weight.entries) > 1:
        sink.error(
            "E0218",
            weight.entries[1][0].span,
            f"`{op}` is given two initialisations",
            help="keep one scheme for the weight, and `bias: …` for the bias",
        )
        return None
    return InitRule(
        op,
        _scheme(weight, scope, sink) if weight.entries or bias is None else None,
        None if bias is None else _scheme(bias, scope, sink),
    )


def _scheme(node: Node, scope: Scope, sink: Sink) -> Scheme | None:
    """One scheme: a bare name, or a name with its arguments."""
    if isinstance(node, Scalar):
        name_node, arguments = node, None
    elif isinstance(node, MappingNode) and len(node.entries) == 1:
        name_node, arguments = node.entries[0]
    else:
        sink.error(
            "E0218", node.span, "an initialisation is due here", label=read_as(node), help="write `zeros`"
        )
        return None
    known = SCHEMES.get(name_node.text)
    if known is None:
        from archspec.schema.elsewhere.words import scheme_meant  # only a mistake pays for it

        meant, instead = scheme_meant(name_node.text), ""
        if (
            arguments is None
            and isinstance(name_node.value, int | float)
            and not isinstance(name_node.value, bool)
        ):
            meant = "zeros" if name_node.value == 0 else "ones" if name_node.value == 1 else "constant"
            instead = f"{{constant: {{val: {name_node.text}}}}}" if meant == "constant" else meant
        number = replacing(name_node.span, instead) if instead else None
        sink.unknown(
            "E0218",
            name_node.span,
            "initialisation",
            name_node.text,
            SCHEMES,
            meant=meant,
            written=instead,
            fixes=number,
        )
        return None
    values: dict[str, Constant] = {}
    if isinstance(arguments, MappingNode):
        for key, argument in arguments.entries:
            value = value_of(argument, scope, sink)
            if isinstance(value, Poison):
                return None
            values[key.text] = value
    elif arguments is not None:
        names = [doc.name for doc in describe(known)]
        sink.error(
            "E0206",
            arguments.span,
            f"the arguments of `{name_node.text}` are a mapping",
            label=read_as(arguments),
            help=f"write `{name_node.text}: {{…}}`, or `{name_node.text}` alone",
            fixes=replacing(arguments.span, f"{{{names[0]}: {arguments.span.text}}}")
            if len(names) == 1
            else (),
        )
        return None
    checked = check(known, values)
    if isinstance(checked, tuple):
        for error in checked:
            at = arguments.entry(error.argument) if isinstance(arguments, MappingNode) else None
            if at is not None and error.code == "E0202":
                free = [doc.name for doc in describe(known) if doc.name not in values]
                of = f"`{name_node.text}`"
                from archspec.schema.elsewhere.words import argument_meant

                nearest = argument_meant(error.argument, free)
                sink.unknown("E0202", at[0].span, "argument", error.argument, free, of=of, meant=nearest)
                continue
            span = name_node.span if at is None else at[1].span
            written = None if at is None else expression_of(at[1], sink)
            fixes = replacing(span, error.meant) if at is not None and written is None else ()
            sink.error(error.code, span, error.message, help=error.help, fixes=fixes)
        return None
    return Scheme(name_node.text, MappingProxyType(values))
