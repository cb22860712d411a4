"""Which key of a mapping says what the node is.

In: the entries of a node, without its modifiers. Out: the op, block or structure that one of them names, and that
entry; or None after reporting that none does, or several do.
"""

from __future__ import annotations

from collections.abc import Sequence

from archspec.diagnostics import did_you_mean
from archspec.expand.callees import (
    STRUCTURE_ARGUMENTS,
    Call,
    Entry,
    Found,
    argument_names,
    known_callees,
    main_argument,
    op_argument_names,
    resolve,
    resolve_or_report,
)
from archspec.expand.context import Context
from archspec.expand.slips import (
    CALLEE_KEYS,
    after_use,
    as_key,
    bare,
    report_callee_key,
    report_named,
)
from archspec.expand.two_ops import report_several
from archspec.expand.values import Scope, value_of
from archspec.expressions import Poison, show
from archspec.names import MODIFIERS
from archspec.ops import OPS
from archspec.schema.elsewhere import op_meant, op_remark
from archspec.syntax import MappingNode, Node, Scalar


def named_by(node: Node, scope: Scope, context: Context) -> str | None:
    """The op or block that a value names."""
    name = value_of(node, scope, context.sink)
    if isinstance(name, Poison):
        return None
    if not isinstance(name, str):
        origin, labels = scope.place(node, "used here as a node")
        context.sink.error(
            "E0206",
            origin.span,
            "this does not name an op or block",
            label=f"this is {show(name)}",
            labels=labels,
            help="write a name, such as `relu`",
        )
        return None
    return name


def names_a_node(node: Node, scope: Scope, context: Context) -> bool:
    """Whether a mapping is a node: no argument of an op is."""
    return isinstance(node, MappingNode) and any(
        key.text == "use" or resolve(key.text, scope, context) is not None for key, _ in node.entries
    )


def callee_among(
    node: MappingNode, others: list[Entry], scope: Scope, context: Context
) -> tuple[Found, Entry] | Call | None:
    """What the one key that names an op, block or structure calls, and its entry.

    None after reporting that there is none, or several. The call where the node is another one in disguise.
    """
    for entry in others:
        if entry[0].text == "use":
            return _used(node, entry, scope, context)
    first = others[0]
    candidates = [
        (callee, entry)
        for entry in others
        if (callee := resolve(entry[0].text, scope, context)) is not None
        and not _is_argument_of_misspelt(entry[0], first[0], scope, context)
    ]
    if len(candidates) > 1:
        names = [key.text for _, (key, _) in candidates]
        owners = [
            (callee, entry)
            for callee, entry in candidates
            if all(name == entry[0].text or name in argument_names(callee) for name in names)
        ]
        if len(owners) != 1:
            meant = report_several(node, candidates, context)
            return None if meant is None else Call("seq", "seq", candidates[0][1][0].span, meant, {}, {})
        candidates = owners
    if candidates:
        callee, entry = candidates[0]
        return Found(callee, entry[0].text), entry
    elsewhere = op_meant(first[0].text, OPS) is not None
    for entry in others:
        key, value = entry
        if elsewhere:
            break
        if (
            key.text.lower() in CALLEE_KEYS
            and isinstance(value, Scalar)
            and is_name(value, scope, context)
            and not _is_argument_of_misspelt(key, first[0], scope, context)
        ):
            report_callee_key(key, value, context)
            return _used(node, entry, scope, context)
    if all(key.text in op_argument_names() for key, _ in others):
        context.sink.error(
            "E0212",
            first[0].span,
            "this node has arguments, and no op or block",
            help="put the op in front: `{conv: 64, kernel: 3}`",
        )
        return None
    if (
        not op_remark(first[0].text)
        and not _is_misspelt_structure([key.text for key, _ in others], first[1])
        and all(_is_node(value, scope, context) for _, value in others)
    ):
        report_named(first[0], node, context)
        return Call("seq", "seq", first[0].span, node, {}, {})
    found = resolve_or_report(
        first[0].text, first[0].span, "E0201", scope, context, as_key(node, first, _takes_main)
    )
    return None if found is None else (found, first)


def name_alone(node: Node, scope: Scope, context: Context) -> str | None:
    """The name before a node where none is due: `conv1` of the item `conv1: {conv: 8}`. None where there is none."""
    if not isinstance(node, MappingNode) or len(node.entries) != 1:
        return None
    key, value = node.entries[0]
    is_name = (
        key.text not in MODIFIERS
        and resolve(key.text, scope, context) is None
        and not op_remark(key.text)
        and op_meant(key.text, OPS) is None
        and did_you_mean(key.text, STRUCTURE_ARGUMENTS) is None
        and _is_node(value, scope, context)
    )
    return key.text if is_name else None


def _is_misspelt_structure(keys: Sequence[str], value: Node) -> bool:
    """Whether the first key is a slip for `residual` or the like, beside whose nodes its own keys stand."""
    meant = did_you_mean(keys[0], STRUCTURE_ARGUMENTS) if not isinstance(value, Scalar) else None
    return meant is not None and len(keys) > 1 and all(key in STRUCTURE_ARGUMENTS[meant] for key in keys[1:])


def _is_argument_of_misspelt(key: Scalar, first: Scalar, scope: Scope, context: Context) -> bool:
    """Whether `key`, which reads as an op, is an argument of what `first` is a slip for:
    `{botleneck: 64, norm: layer}`.
    """
    if first is key or context.sink.is_full or resolve(first.text, scope, context) is not None:
        return False
    nearest = context.sink.nearest(first.text, known_callees(scope, context))
    owner = None if nearest is None else resolve(nearest, scope, context)
    return owner is not None and key.text in argument_names(owner)


def _used(node: MappingNode, entry: Entry, scope: Scope, context: Context) -> tuple[Found, Entry] | None:
    """What the value of `use` calls."""
    key, value = entry
    name = named_by(value, scope, context)
    if name is None:
        return None

    def main_of(op: str) -> str | None:
        callee = resolve(op, scope, context)
        return None if callee is None else main_argument(callee)

    origin, labels = scope.place(value, "this node is it")
    written = bare(origin.span) if labels else after_use(node, key, main_of)
    found = resolve_or_report(
        name, origin.span, "E0213", scope, context, written, labels=labels, structures=False
    )
    return None if found is None else (found, entry)


def _takes_main(name: str) -> bool:
    """Whether the op or structure `name` takes a value beside its name; so does what is none."""
    return name not in OPS or OPS[name].main is not None


def is_name(value: Scalar, scope: Scope, context: Context) -> bool:
    """Whether a text names an op or block, as we or as other libraries call it."""
    if not isinstance(value.value, str) or value.text.startswith("$"):
        return False
    return resolve(value.text, scope, context) is not None or op_meant(value.text, OPS) is not None


def _is_node(value: Node, scope: Scope, context: Context) -> bool:
    """Whether a value can only be a node: no argument looks like it."""
    if isinstance(value, Scalar):
        return isinstance(value.value, str) and resolve(value.text, scope, context) is not None
    return names_a_node(value, scope, context)
