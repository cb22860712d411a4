"""Nodes that are nearly right: what they were meant to be, and the edits that mend them.

In: a node, or an entry of it, that is written as another library or format would have it. Out: the edits that write it
our way, or a report of what is wrong with its form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from archspec.diagnostics import Edit, Fix
from archspec.edits import Edits, entry_text, rename_key, replace_entry, whole
from archspec.expand.callees import Callee, Entry, argument_names, main_argument, needs_main
from archspec.expand.context import Context
from archspec.expand.definitions import Definition, parted_number, read_as
from archspec.scalars import Unreadable, plain_value
from archspec.source import Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar

if TYPE_CHECKING:
    from archspec.schema.elsewhere.layers import Meant

Writer: TypeAlias = Callable[["Meant"], tuple[str, Edits | None]]
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


def as_key(
    mapping: MappingNode,
    entry: Entry,
    takes_main: Callable[[str], bool],
    by_position: Callable[[str], Sequence[tuple[str, str]] | None],
) -> Writer:
    """For a name that is a key, its value beside it; `by_position`: the arguments that a list beside it holds."""
    key, value = entry

    def written(meant: Meant) -> tuple[str, Edits | None]:
        own = "" if is_empty(value) else value.span.text
        beside = [f"{name}: {text}" for name, text in meant.beside]
        listed = by_position(meant.name) if isinstance(value, ListNode) and not meant.main else None
        if listed:
            texts = [f"{meant.name}: {listed[0][1]}", *(f"{name}: {text}" for name, text in listed[1:])]
        elif meant.main:
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
    written = value.entries if isinstance(value, MappingNode) else []
    inner = [entry for entry in _in_our_words(callee, written) if not _is_needless(entry, name)]
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
    if key.text not in (name, "use"):
        fact = f"`{key.text}` is `{name}` here, and its arguments stand beside it"
    shown = "{" + ", ".join(texts) + "}"
    help = (
        f"write `{shown}`" if inner and edits and len(shown) <= 60 else f"write its arguments beside `{name}`"
    )
    context.sink.error(
        "E0206",
        value.span if value.span.line == key.span.line else key.span,
        fact,
        help=help if inner else f"write `{name}`, or `use: {name}` beside other keys",
        fixes=[Fix("write the arguments beside the op" if inner else f"write `use: {name}`", edits)]
        if edits
        else (),
    )
    return inner


def _is_needless(entry: Entry, name: str) -> bool:
    """Whether an argument of another library's says what is known here without it."""
    key, value = entry
    from archspec.schema.elsewhere.words import is_needless  # only a mistake pays for it

    return is_needless(key.text, name, value.value if isinstance(value, Scalar) else None)


def _in_our_words(callee: Callee, entries: Sequence[Entry]) -> list[Entry]:
    """Arguments, under the names that they have here where another library calls them otherwise."""
    names = argument_names(callee)
    from archspec.schema.elsewhere.words import argument_meant  # only a mistake pays for it

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
        if not is_empty(value):
            span, fact = value.span, f"`{value.span.text}` is no `{main_argument(callee)}` of `{name}`"
    if needed:
        help = f"write one: `{name}: …`"
    else:
        help = f"write `{name}` alone" if alone else f"write `use: {name}` beside its arguments"
    says_nothing = isinstance(value, Scalar) and (value.value is None or value.value is True)
    fixes = [Fix(f"write `use: {name}`", edits, is_safe=says_nothing)] if edits else []
    context.sink.error("E0206", span, fact, help=help, fixes=fixes)
    return not needed


def report_named(key: Scalar, mapping: MappingNode, context: Context, *, read: str = "") -> None:
    """`{conv1: {conv: 8, kernel: 3}}` where one node is due."""
    is_one = len(mapping.entries) == 1
    are_groups = not is_one and all(isinstance(value, ListNode) for _, value in mapping.entries)
    if is_one:
        help = "in a list nodes have no names: leave the name out, or write a mapping of named nodes, without dashes"
    elif are_groups:
        help = "put branches of one input below `concat:` or `add:`; what comes one after the other, below `seq:`"
    else:
        help = "put them below `seq:`"
    context.sink.error(
        "E0212",
        key.span,
        "named nodes stand where one node is due",
        label=read,
        help=help,
        fixes=_without_name(mapping) if is_one else () if are_groups else _below_seq(mapping),
    )


def _below_seq(mapping: MappingNode) -> tuple[Fix, ...]:
    """The fix that makes named nodes in braces one; they might be branches as well."""
    text = mapping.source.text
    if text[mapping.start : mapping.start + 1] != "{" or text[mapping.end - 1 : mapping.end] != "}":
        return ()
    edits = (
        Edit(Span(mapping.source, mapping.start, mapping.start), "{seq: "),
        Edit(Span(mapping.source, mapping.end, mapping.end), "}"),
    )
    return (Fix("put them below `seq:`", edits, is_safe=False),)


def _without_name(mapping: MappingNode) -> tuple[Fix, ...]:
    """The fix that leaves the name of a node out, where nothing else in the file reads it."""
    (key, value), *more = mapping.entries
    at, text = whole(mapping), whole(value).text
    is_read = mapping.source.words[key.text] != 1
    if more or is_read or "\n" in at.text or not text:
        return ()
    return (Fix(f"leave `{key.text}` out", (Edit(at, text),), is_safe=False),)


def nameless(argument: str, span: Span, main: Node | None, name: str, free: Sequence[str]) -> str:
    """The remedy for a number alone among the arguments, as in `{conv: 64, 3}` and `{conv: 1,000}`."""
    if isinstance(main, Scalar) and (number := parted_number(main, argument, span)):
        return f"write `{number}`: a comma parts two entries"
    example = f": `{free[0]}: {argument}`" if free else ""
    return f"an argument beside the value of `{name}` has a name{example}"


def report_row(row: ListNode, context: Context) -> None:
    """`[-1, 1, Conv, [64, 3, 2]]`: a row of another format's table."""
    context.sink.error(
        "E0212",
        row.span,
        "a list of nodes begins with a number",
        label="read as a group of nodes, one after the other",
        help="write a node by its op and the names of its arguments: `{conv: 64, kernel: 3, stride: 2}`",
    )


def report_list(
    callee: Callee,
    name: str,
    mapping: MappingNode,
    entry: Entry,
    theirs: Sequence[tuple[str, str]] | None,
    context: Context,
) -> None:
    """`conv: [64, 3, 2]`: arguments by position; `theirs`: what they are if they are in PyTorch's order."""
    key, value = entry
    items = value.items if isinstance(value, ListNode) else []
    names = [main_argument(callee), *in_order(callee)]
    texts = [item.span.text for item in items if isinstance(item, Scalar)]
    edits = None
    pairs = [*zip(names, texts, strict=False)] if len(texts) <= len(names) else []
    pairs = [*(theirs or pairs)]
    taken = {other.text for other, _ in mapping.entries}
    if pairs and len(texts) == len(items) and not any(argument in taken for argument, _ in pairs):
        written = [f"{key.text}: {pairs[0][1]}"]
        written += [f"{argument}: {text}" for argument, text in pairs[1:]]
        edits = replace_entry(mapping, key.text, written)
    shown = "{" + ", ".join(written) + "}" if edits else "{conv: 64, kernel: 3}"
    # Of PyTorch's own order it would be, a second number that large.
    is_safe = bool(theirs) or isinstance(callee, Definition) or all(map(may_be_kernel, texts[1:2]))
    help, title = f"the other arguments stand beside it, by name: `{shown}`", "write the arguments by name"
    if theirs and edits:
        help = title = f"write `{', '.join(written)}`: how many channels flow in is known"
    context.sink.error(
        "E0206",
        value.span,
        f"the value of `{name}` is its `{names[0]}` alone",
        label=read_as(value),
        help=help,
        fixes=[Fix(title, edits, is_safe)] if edits else (),
    )


def may_be_kernel(text: str) -> bool:
    """Whether a number behind that of the channels is rather a kernel than a second number of channels."""
    return text.isdecimal() and len(text) < 3 and int(text) <= _MAX_KERNEL


_MAX_KERNEL: Final = 11


def in_order(callee: Callee) -> list[str]:
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
    order = [argument for argument in in_order(callee) if argument != main_name]
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
