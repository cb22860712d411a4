"""Arguments that a callee does not take: what each was probably meant to be.

In: a call's arguments, those that are known among them. Out: the others reported, each added under the name that was
meant, where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping

from archspec.diagnostics import Edit, Fix
from archspec.edits import delete_entry, replacing
from archspec.expand.callees import Callee, Entry, argument_names, main_argument, needed_names
from archspec.expand.context import Context
from archspec.expand.definitions import Definition, parted_number
from archspec.expand.scope import Scope
from archspec.expand.slips import as_node, is_empty, nameless
from archspec.expand.undeclared import report_undeclared, undeclared
from archspec.expand.values import literal_of
from archspec.names import MODIFIERS
from archspec.schema.elsewhere.words import agrees, argument_meant, argument_remark, axis_meant, is_needless
from archspec.source import Span
from archspec.syntax import MappingNode, Node, Scalar


def add_meant(
    known: dict[str, Entry],
    callee: Callee,
    name: str,
    main: Node | None,
    arguments: Mapping[str, Entry],
    node: MappingNode,
    modifiers: dict[str, Entry],
    scope: Scope,
    context: Context,
) -> None:
    """Report the `arguments` that are not `known`; what was meant by one is added to these, or to the `modifiers`."""
    names = argument_names(callee)
    main_name = None if main is None or is_empty(main) else main_argument(callee)
    for argument, (key, value) in arguments.items():
        if argument in names or context.sink.is_full:
            continue
        if isinstance(callee, Definition) and argument in undeclared(callee, context):
            report_undeclared(callee, argument, context)
            continue
        free = [other for other in (*names, *MODIFIERS) if other not in known and other != main_name]
        again = main_name is not None and argument_meant(argument, (main_name,)) is not None
        same = again and main is not None and value.span.text == main.span.text
        if argument.startswith("$") and is_empty(value):
            _report_value_alone(known, argument, key, callee, name, main_name, arguments, context)
            continue
        remark = argument_remark(argument, name)
        if isinstance(callee, Definition) and remark and context.sink.nearest(argument, [*names]):
            remark = ""  # the block's own word for it
        if again:
            remark = f"it is the `{main_name}`, which the value of `{name}` is already: leave it out"
        elif argument.isdigit() and is_empty(value):
            remark = nameless(argument, key.span, main, name, free)
        needless = is_needless(argument, name, value.value if isinstance(value, Scalar) else None)
        edits = delete_entry(node, argument) if same or needless else None
        is_safe = same or agrees(argument, literal_of(value), scope.values.get("in_channels"))
        fixes = [Fix(f"delete `{argument}`", edits, is_safe)] if edits else None
        number = (
            parted_number(main, argument, key.span) if isinstance(main, Scalar) and is_empty(value) else ""
        )
        if number and isinstance(main, Scalar):
            fixes = [Fix(f"write `{number}`", (Edit(Span(main.source, main.start, key.end), number),))]
        lacking = None if remark else _lacking(callee, main_name, arguments, context)
        if lacking is not None and not again and fixes is None:
            edit = Edit(key.span, lacking)
            fixes = [Fix(f"write `{lacking}`", (edit,), is_safe=False)] if key.span.text == argument else None
        axis = axis_meant(argument, value.value) if isinstance(value, Scalar) and "axis" in free else None
        if axis is not None:
            text = f"axis: {axis}"
            fixes = [Fix(f"write `{text}`", (Edit(Span(key.source, key.start, value.end), text),))]
            value = as_node(str(axis), value) if isinstance(value, Scalar) else value
        nearest = context.sink.unknown(
            "E0202",
            key.span,
            "argument",
            argument,
            free,
            of=f"`{name}`",
            meant="axis" if axis is not None else argument_meant(argument, free) or lacking,
            written="" if axis is None else f"axis: {axis}",
            remark=remark,
            fixes=fixes,
        )
        if nearest is not None and nearest in names:
            known[nearest] = (key, value)
        elif nearest is not None:
            modifiers.setdefault(nearest, (key, value))


def _report_value_alone(
    known: dict[str, Entry],
    text: str,
    key: Scalar,
    callee: Callee,
    name: str,
    main_name: str | None,
    arguments: Mapping[str, Entry],
    context: Context,
) -> None:
    """Report `{fire: 16, $width}`, a value without the name of its argument, and count it as the one that lacks."""
    needed = frozenset[str]() if isinstance(callee, str) else needed_names(callee)
    lacking = needed - arguments.keys() - {main_name} - known.keys()
    meant = next(iter(lacking)) if len(lacking) == 1 else ""
    written = f"{meant or '…'}: {text}"
    context.sink.error(
        "E0202",
        key.span,
        f"`{text}` stands without the name of an argument of `{name}`",
        help=f"write `{written}`",
        fixes=replacing(key.span, written) if meant else (),
    )
    if meant:
        known[meant] = (key, as_node(text, key))


def _lacking(
    callee: Callee, main_name: str | None, arguments: Mapping[str, Entry], context: Context
) -> str | None:
    """The argument that a call needs and does not have, where there is one, and one that it does not take."""
    if isinstance(callee, str):
        return None
    names = argument_names(callee)
    lacking = needed_names(callee) - arguments.keys() - {main_name}
    strange = [argument for argument in arguments if argument not in names]
    if len(lacking) != 1 or len(strange) != 1 or main_name is None:
        return None
    (key, value), free = arguments[strange[0]], [*names, *MODIFIERS]
    is_word = isinstance(value, Scalar) and isinstance(value.value, str) and "$" not in value.text
    is_near = argument_meant(strange[0], free) or context.sink.nearest(
        strange[0], sorted({*free} - {*arguments})
    )
    return None if is_word or is_near or is_empty(value) or key.text.isdigit() else next(iter(lacking))
