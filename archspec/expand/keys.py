"""Which key of a mapping says what the node is.

In: the entries of a node, without its modifiers. Out: the op, block or structure that one of them names, and that
entry; or None after reporting that none does, or several do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from archspec.edits import offering, replace_entry, replacing
from archspec.expand.callees import (
    STRUCTURE_ARGUMENTS,
    Call,
    Callee,
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
from archspec.expand.scope import Scope
from archspec.expand.slips import (
    CALLEE_KEYS,
    after_use,
    as_key,
    bare,
    is_empty,
    report_callee_key,
    report_named,
)
from archspec.expand.values import value_of
from archspec.expressions import Poison, show
from archspec.names import MODIFIERS
from archspec.ops import OPS
from archspec.schema.arguments import describe
from archspec.source import Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar

_FOR_NAMES: Final = r"for +\[?(\w+(?: *, *\w+)*)\]?"


def _report_for(key: Scalar, names: str, context: Context) -> None:
    """Report `for k, channels:`, the names before the colon."""
    written = f"for: [{names}]" if "," in names else f"for: {names}"
    colon = key.source.text.find(":", key.end)
    is_alone = not key.source.text[key.end : colon].strip() and key.source.text[colon + 1 :].lstrip(
        " \r"
    ).startswith("\n")
    fixes = replacing(Span(key.source, key.start, colon + 1), written) if is_alone else ()
    context.sink.error(
        "E0203",
        key.span,
        "the names of a loop are the value of `for`",
        help=f"write `{written}`",
        fixes=fixes,
    )


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
        keys = frozenset(key.text for key, _ in others)
        candidates = [
            (callee, entry)
            for callee, entry in candidates
            if not any(_is_their_argument(entry[0].text, each, keys) for each, _ in candidates)
        ]
    if len(candidates) > 1:
        names = [key.text for _, (key, _) in candidates]
        owners = [
            (callee, entry)
            for callee, entry in candidates
            if all(name == entry[0].text or name in argument_names(callee) for name in names)
        ]
        if len(owners) != 1:
            from archspec.expand.two_ops import report_several  # only a mistake pays for it

            meant = report_several(node, candidates, context)
            return None if meant is None else Call("seq", "seq", candidates[0][1][0].span, meant, {}, {})
        candidates = owners
    if candidates:
        callee, entry = candidates[0]
        return Found(callee, entry[0].text), entry
    if (named := _named_by_key(node, first, scope, context)) is not None:
        return named
    from archspec.schema.elsewhere.layers import op_meant, op_remark  # only a mistake pays for it

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
    if {"in", "do"} <= {key.text for key, _ in others}:
        strangers = [key for key, _ in others if key.text not in ("in", "do")]
        if len(strangers) == 1 and (loop := re.fullmatch(_FOR_NAMES, strangers[0].text)):
            _report_for(strangers[0], loop[1], context)
        elif len(strangers) == 1:
            context.sink.unknown(
                "E0203", strangers[0].span, "key", strangers[0].text, ("for",), of="a loop", meant="for"
            )
        else:
            help = "add `for: …`: the names of what a row holds"
            context.sink.error("E0215", first[0].span, "a loop needs `for`", help=help)
        return None
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
        and not _is_misspelt_structure([key.text for key, _ in others], first[1], context)
        and not _is_word_of_misspelt(*first, context)
        and (
            all(_is_node(value, scope, context) for _, value in others)
            or (len(others) > 1 and all(_is_group(value, scope, context) for _, value in others))
        )
    ):
        report_named(first[0], node, context)
        return Call("seq", "seq", first[0].span, node, {}, {})

    def by_position(op: str) -> Sequence[tuple[str, str]] | None:
        callee = resolve(op, scope, context)
        if callee is None:
            return None
        from archspec.expand.positions import listed_arguments  # only a mistake pays for it

        return listed_arguments(callee, first[0].text, first[1], scope)

    written = as_key(node, first, _takes_main, by_position)
    found = resolve_or_report(first[0].text, first[0].span, "E0201", scope, context, written)
    return None if found is None else (found, first)


def _named_by_key(
    node: MappingNode, entry: Entry, scope: Scope, context: Context
) -> tuple[Found, Entry] | None:
    """What `{$block: 64}` calls, after reporting that a parameter names a node behind `use`."""
    key, value = entry
    name = scope.values.get(key.text[1:]) if key.text.startswith("$") else None
    callee = resolve(name, scope, context) if isinstance(name, str) else None
    if not isinstance(name, str) or callee is None:
        return None
    main, written = main_argument(callee), value.span.text
    texts = [f"use: {key.text}"]
    fits_line = "\n" not in written and (isinstance(value, Scalar) or written.startswith(("[", "{")))
    is_whole = is_empty(value) or (main is not None and fits_line)
    if is_whole and not is_empty(value):
        texts.append(f"{main}: {written}")
    edits = replace_entry(node, key.text, texts) if is_whole else None
    context.sink.error(
        "E0212",
        key.span,
        f"`{key.text}` is a value, and stands where the name of an op or block is due",
        help=f"write `{', '.join(texts)}`",
        fixes=offering(f"write `{', '.join(texts)}`", edits),
    )
    return Found(callee, name), entry


def name_alone(node: Node, scope: Scope, context: Context) -> str | None:
    """The name before a node where none is due: `conv1` of the item `conv1: {conv: 8}`. None where there is none."""
    if not isinstance(node, MappingNode) or len(node.entries) != 1:
        return None
    key, value = node.entries[0]
    if key.text in MODIFIERS or resolve(key.text, scope, context) is not None:
        return None
    from archspec.schema.elsewhere.layers import op_meant, op_remark  # only a mistake pays for it

    is_name = (
        not op_remark(key.text)
        and op_meant(key.text, OPS) is None
        and _is_node(value, scope, context)
        and context.sink.nearest(key.text, STRUCTURE_ARGUMENTS) is None
        and not _is_word_of_misspelt(key, value, context)
    )
    return key.text if is_name else None


def _is_misspelt_structure(keys: Sequence[str], value: Node, context: Context) -> bool:
    """Whether the first key is a slip for `residual` or the like, beside whose nodes its own keys stand."""
    meant = None if isinstance(value, Scalar) else context.sink.nearest(keys[0], STRUCTURE_ARGUMENTS)
    return meant is not None and len(keys) > 1 and all(key in STRUCTURE_ARGUMENTS[meant] for key in keys[1:])


def _is_word_of_misspelt(key: Scalar, value: Node, context: Context) -> bool:
    """Whether a value that reads as a node is a word that the op takes for which `key` is a slip: `{gel: tanh}`."""
    meant = context.sink.nearest(key.text, OPS) if isinstance(value, Scalar) else None
    if meant is None:
        return False
    op = OPS[meant]
    return any(argument.name == op.main and value.span.text in argument.choices for argument in describe(op))


def _is_argument_of_misspelt(key: Scalar, first: Scalar, scope: Scope, context: Context) -> bool:
    """Whether `key`, which reads as an op, is an argument of what `first` is a slip for:
    `{botleneck: 64, norm: layer}`.
    """
    if first is key or context.sink.is_full or resolve(first.text, scope, context) is not None:
        return False
    nearest = context.sink.nearest(first.text, known_callees(scope, context))
    owner = None if nearest is None else resolve(nearest, scope, context)
    return owner is not None and key.text in argument_names(owner)


def _is_their_argument(key: str, callee: Callee, beside: frozenset[str]) -> bool:
    """Whether `key`, which reads as an op, is what others call an argument of `callee`: `{conv: 64, pad: 1}`."""
    from archspec.schema.elsewhere.words import argument_meant  # only a mistake pays for it

    meant = argument_meant(key, argument_names(callee))
    return meant is not None and meant != key and meant not in beside


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
    if resolve(value.text, scope, context) is not None:
        return True
    from archspec.schema.elsewhere.layers import op_meant  # only a mistake pays for it

    return op_meant(value.text, OPS) is not None


def _is_node(value: Node, scope: Scope, context: Context) -> bool:
    """Whether a value can only be a node: no argument looks like it."""
    if isinstance(value, Scalar):
        is_text = isinstance(value.value, str)
        if not is_text or resolve(value.text, scope, context) is not None:
            return is_text
        if "(" not in value.text:
            return False
        from archspec.expand.positions import is_python_call  # only a mistake pays for it

        return is_python_call(value, scope, context)
    return names_a_node(value, scope, context)


def _is_group(value: Node, scope: Scope, context: Context) -> bool:
    """Whether a value can only be a list of nodes."""
    items = value.items if isinstance(value, ListNode) else []
    return bool(items) and all(_is_node(item, scope, context) for item in items)
