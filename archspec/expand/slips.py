"""Nodes that are nearly right: what they were meant to be, and the edits that mend them.

In: a node, or an entry of it, that is written as another library or format would have it. Out: the edits that write it
our way, or a report of what is wrong with its form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from archspec.diagnostics import Edit, Fix, Label
from archspec.edits import Edits, entry_text, rename_key, replace_entry, whole
from archspec.expand.callees import Callee, Entry, argument_names, main_argument, needs_main
from archspec.expand.context import Context
from archspec.expand.definitions import Definition, read_as
from archspec.scalars import Unreadable, plain_value
from archspec.schema.elsewhere import Meant, argument_meant
from archspec.source import Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar

Writer: TypeAlias = Callable[[Meant], tuple[str, Edits | None]]
"""How ours is written in place of another library's layer, and the edits that do it."""

CALLEE_KEYS: Final = (
    "type",
    "op",
    "layer",
    "layer_type",
    "module",
    "class",
    "kind",
    "block",
    "act",
    "activation",
)
"""What other formats call the key whose value says what a node is."""


def is_empty(node: Node | None) -> bool:
    """Whether nothing is written: `relu:`."""
    return isinstance(node, Scalar) and node.value is None and not node.text


def bare(span: Span) -> Writer:
    """For a name that is the whole node."""
    return lambda meant: (meant.written, (Edit(span, meant.written),))


def as_key(mapping: MappingNode, entry: Entry, takes_main: Callable[[str], bool]) -> Writer:
    """For a name that is a key, its value beside it."""
    key, value = entry

    def written(meant: Meant) -> tuple[str, Edits | None]:
        own = "" if is_empty(value) else value.span.text
        beside = [f"{name}: {text}" for name, text in meant.beside]
        if meant.main:
            texts = [f"{meant.name}: {meant.main}"]
            texts += [f"{meant.value_is}: {own}"] if meant.value_is and own else []
        elif not own or not (takes_main(meant.name) or isinstance(value, MappingNode)):
            texts = [f"use: {meant.name}"]
        elif beside:
            texts = [f"{meant.name}: {own}"]
        else:
            return meant.name, (rename_key(key, meant.name),)
        texts += beside
        return ", ".join(texts), replace_entry(mapping, key.text, texts)

    return written


def after_use(mapping: MappingNode, key: Scalar, main: Callable[[str], str | None]) -> Writer:
    """For a name that is the value of `use`; `main` gives an op's main argument."""

    def written(meant: Meant) -> tuple[str, Edits | None]:
        texts = [f"use: {meant.name}", *([f"{main(meant.name)}: {meant.main}"] if meant.main else [])]
        texts += [f"{name}: {text}" for name, text in meant.beside]
        text = meant.name if len(texts) == 1 else ", ".join(texts)
        return text, replace_entry(mapping, key.text, texts)

    return written


def as_node(text: str, at: Scalar) -> Scalar:
    """The value that `text` is, as if it stood at `at`."""
    value = plain_value(text)
    return Scalar(None if isinstance(value, Unreadable) else value, text, at.source, at.start, at.end, False)


def report_callee_key(key: Scalar, value: Scalar, context: Context) -> None:
    """`type: conv`: the key is another format's `use`."""
    context.sink.error(
        "E0212",
        key.span,
        "this node has no op or block",
        label=f"`{key.text}` is no word of the language",
        help=f"write `use: {value.text}`",
        fixes=[Fix("write `use`", (rename_key(key, "use"),))],
    )


def report_mapping(
    callee: Callee, name: str, mapping: MappingNode, entry: Entry, context: Context
) -> list[Entry]:
    """`conv: {channels: 8, kernel: 3}`: the arguments stand below the op's key. Returns them, under our names."""
    key, value = entry
    inner = _in_our_words(callee, value.entries if isinstance(value, MappingNode) else [])
    main = main_argument(callee)
    head = next((argument for argument in inner if argument[0].text == main), None)
    heading = None if head is None else _value_text(head)
    texts = [f"use: {name}" if heading is None else f"{name}: {heading}"]
    beside = [_in_text(argument) for argument in inner if heading is None or argument is not head]
    texts += [text for text in beside if text is not None]
    edits = None if None in beside else replace_entry(mapping, key.text, texts)
    fact = (
        f"`{name}` has no main argument"
        if main is None
        else f"the value of `{name}` is its `{main}`, and this is a mapping"
    )
    shown = "{" + ", ".join(texts) + "}"
    help = (
        f"write `{shown}`" if inner and edits and len(shown) <= 60 else f"write its arguments beside `{name}`"
    )
    context.sink.error(
        "E0206",
        value.span,
        fact,
        help=help if inner else f"write `{name}`, or `use: {name}` beside other keys",
        fixes=[Fix("write the arguments beside the op" if inner else f"write `use: {name}`", edits)]
        if edits
        else (),
    )
    return inner


def _in_our_words(callee: Callee, entries: Sequence[Entry]) -> list[Entry]:
    """Arguments, under the names that they have here where another library calls them otherwise."""
    names = argument_names(callee)
    meant = [key.text if key.text in names else argument_meant(key.text, names) for key, _ in entries]
    return [
        (
            key
            if name in (None, key.text)
            else Scalar(name, name or "", key.source, key.start, key.end, False),
            value,
        )
        for name, (key, value) in zip(meant, entries, strict=True)
    ]


def _in_text(entry: Entry) -> str | None:
    """An entry as it is written, but for its name."""
    text, key = entry_text(*entry), entry[0]
    return None if text is None else key.text + text[key.end - key.start :]


def _value_text(entry: Entry) -> str | None:
    text = entry_text(*entry)
    key, value = entry
    return None if text is None or is_empty(value) else text[value.start - key.start :]


def report_no_main(
    callee: Callee, name: str, mapping: MappingNode, entry: Entry, context: Context, *, given: bool
) -> bool:
    """A value where the op has no main argument, or none where it has one; whether it can be left out.

    `given`: the main argument is among the others.
    """
    key, value = entry
    needed = needs_main(callee) and not given
    edits = None if needed else replace_entry(mapping, key.text, [f"use: {name}"])
    alone = len(mapping.entries) == 1
    if main_argument(callee) is None:
        span, fact = (key.span if is_empty(value) else value.span), f"`{name}` has no main argument"
    else:
        span, fact = key.span, f"`{name}:` has no value"
    if needed:
        help = f"write one: `{name}: …`"
    else:
        help = f"write `{name}` alone" if alone else f"write `use: {name}` beside its arguments"
    context.sink.error(
        "E0206", span, fact, help=help, fixes=[Fix(f"write `use: {name}`", edits)] if edits else ()
    )
    return not needed


def report_named(key: Scalar, mapping: MappingNode, context: Context, *, read: str = "") -> None:
    """`{conv1: {conv: 8, kernel: 3}}` where one node is due."""
    text = mapping.source.text
    in_braces = text[mapping.start : mapping.start + 1] == "{" and text[mapping.end - 1 : mapping.end] == "}"
    wrap = (
        Edit(Span(mapping.source, mapping.start, mapping.start), "{seq: "),
        Edit(Span(mapping.source, mapping.end, mapping.end), "}"),
    )
    context.sink.error(
        "E0212",
        key.span,
        "named nodes stand where one node is due",
        label=read,
        help="in a list nodes have no names: leave the name out, or write a mapping of named nodes, without dashes"
        if len(mapping.entries) == 1
        else "put them below `seq:`",
        fixes=[Fix("put them below `seq:`", wrap)]
        if in_braces and len(mapping.entries) > 1
        else _without_name(mapping),
    )


def _without_name(mapping: MappingNode) -> tuple[Fix, ...]:
    """The fix that leaves the name of a node out, where nothing else in the file reads it."""
    (key, value), *more = mapping.entries
    at, text = whole(mapping), whole(value).text
    is_read = len(re.findall(rf"\b{re.escape(key.text)}\b", mapping.source.text)) > 1
    if more or is_read or "\n" in at.text or not text:
        return ()
    return (Fix(f"leave `{key.text}` out", (Edit(at, text),)),)


def report_names(items: ListNode, context: Context) -> MappingNode:
    """A list whose every item is a node with its name. Returns the mapping that was meant."""
    meant = MappingNode(items.source, items.start)
    meant.end = items.end
    meant.entries = [entry for item in items.items if isinstance(item, MappingNode) for entry in item.entries]
    keys = [key for key, _ in meant.entries]
    source = items.source
    dashes = [source.text.rfind("-", 0, key.start) for key in keys]
    is_block = all(
        source.line(key.span.line)[: key.span.column - 1].strip() == "-"
        and key.span.column == keys[0].span.column
        for key in keys
    )
    is_mendable = is_block and len({key.text for key in keys}) == len(keys) <= _MAX_ITEMS
    edits = tuple(Edit(Span(source, dash, dash + 1), " ") for dash in dashes) if is_mendable else ()
    context.sink.error(
        "E0212",
        keys[0].span,
        "named nodes stand where one node is due",
        labels=[Label("and here", key.span) for key in keys[1:4]],
        help="in a list nodes have no names: write a mapping of named nodes, without dashes",
        fixes=[Fix("write a mapping of named nodes, without dashes", edits)] if edits else (),
    )
    return meant


_MAX_ITEMS: Final = 300
"""No longer list is mended by a fix."""


def nameless(argument: str, span: Span, main: Node | None, name: str, free: Sequence[str]) -> str:
    """The remedy for a number alone among the arguments, as in `{conv: 64, 3}` and `{conv: 1,000}`."""
    if isinstance(main, Scalar) and (number := parted_number(main, argument, span)):
        return f"write `{number}`: a comma parts two entries"
    example = f": `{free[0]}: {argument}`" if free else ""
    return f"an argument beside the value of `{name}` has a name{example}"


def parted_number(first: Scalar, second: str, at: Span) -> str:
    """The number that a comma cut in two, `second` at `at` being its end: `1,000`, `0,5`; empty where there is none."""
    if first.end + 1 != at.start or not first.text.isdigit() or not second.isdigit():
        return ""
    if first.text == "0":
        return f"0.{second}"
    return first.text + second if len(second) == 3 and len(first.text) <= 3 else ""


def report_row(row: ListNode, context: Context) -> None:
    """`[-1, 1, Conv, [64, 3, 2]]`: a row of another format's table."""
    context.sink.error(
        "E0212",
        row.span,
        "a list of nodes begins with a number",
        label="read as a group of nodes, one after the other",
        help="write a node by its op and the names of its arguments: `{conv: 64, kernel: 3, stride: 2}`",
    )


def report_list(callee: Callee, name: str, mapping: MappingNode, entry: Entry, context: Context) -> None:
    """`conv: [64, 3, 2]`: arguments by position."""
    key, value = entry
    items = value.items if isinstance(value, ListNode) else []
    names = [main_argument(callee), *_in_order(callee)]
    texts = [item.span.text for item in items if isinstance(item, Scalar)]
    edits = None
    is_alone = not any(other.text in names for other, _ in mapping.entries)
    if is_alone and len(texts) == len(items) <= len(names):
        written = [f"{key.text}: {texts[0]}"]
        written += [f"{argument}: {text}" for argument, text in zip(names[1:], texts[1:], strict=False)]
        edits = replace_entry(mapping, key.text, written)
    shown = "{" + ", ".join(written) + "}" if edits else "{conv: 64, kernel: 3}"
    context.sink.error(
        "E0206",
        value.span,
        f"the value of `{name}` is its `{names[0]}` alone",
        label=read_as(value),
        help=f"the other arguments stand beside it, by name: `{shown}`",
        fixes=[Fix("write the arguments by name", edits)] if edits else (),
    )


def _in_order(callee: Callee) -> list[str]:
    """The arguments that may be meant by position, in their order: those of an op that PyTorch has in that order."""
    names = [name for name in argument_names(callee) if name != main_argument(callee)]
    return names if isinstance(callee, Definition) else [name for name in names if name in _POSITIONAL]


_POSITIONAL: Final = ("kernel", "stride", "padding")


def by_position(
    callee: Callee, name: str, main: Node, main_name: str | None, beside: list[Entry], context: Context
) -> list[Entry]:
    """The entries beside a callee's name. Numbers alone among them, `{conv: 64, 3}`, are reported, and count as the
    arguments that they stand for.
    """
    alone = [key for key, value in beside if key.text.isdigit() and is_empty(value)]
    if not alone or (isinstance(main, Scalar) and parted_number(main, alone[0].text, alone[0].span)):
        return beside
    named = [entry for entry in beside if entry[0] not in alone]
    given = {key.text for key, _ in named} | {main_name}
    order = [argument for argument in _in_order(callee) if argument != main_name]
    # Where what a number most likely is has its name already, none of them is sure to be the next.
    is_certain = not given.intersection(order[: len(alone)])
    pairs = list(zip(order, alone, strict=False)) if is_certain else []
    texts = [f"{argument}: {key.text}" for argument, key in pairs]
    edits = tuple(Edit(key.span, text) for (_, key), text in zip(pairs, texts, strict=True))
    context.sink.error(
        "E0202",
        alone[0].span,
        f"an argument of `{name}` without its name",
        help=f"an argument beside the value of `{name}` has a name"
        + (f": `{', '.join(texts)}`" if texts else ""),
        fixes=[Fix("write the names", edits)] if len(pairs) == len(alone) else (),
    )
    meant = [
        (Scalar(argument, argument, key.source, key.start, key.end, False), as_node(key.text, key))
        for argument, key in pairs
    ]
    return [*named, *meant]


JOINS: Final = ("concat", "add", "multiply")


def report_unlisted(name: str, first: Node, entries: Sequence[Entry], context: Context) -> ListNode | None:
    """`{concat: up, enc1}`: the names of earlier nodes, without the brackets. Returns the list that was meant."""
    rest = [key for key, value in entries if is_empty(value)]
    if (
        not isinstance(first, Scalar)
        or not isinstance(first.value, str)
        or len(rest) != len(entries) - 1
        or not rest
    ):
        return None
    names = ListNode(first.source, first.start)
    names.end, names.items = rest[-1].end, [first, *rest]
    text = f"[{', '.join(item.span.text for item in (first, *rest))}]"
    context.sink.error(
        "E0206",
        Span(first.source, first.start, names.end),
        f"`{name}` of earlier nodes takes a list of their names",
        help=f"write `{name}: {text}`",
        fixes=[Fix(f"write `{text}`", (Edit(Span(first.source, first.start, names.end), text),))],
    )
    return names
