"""What a file declares: its blocks, its default arguments, and parameters.

In: a root mapping. Out: the blocks and defaults of its `SpecFile`, after reporting those that are none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Final

from archspec.diagnostics import Edit, Fix, Sink, shortened
from archspec.edits import replacing
from archspec.expand import standard
from archspec.expand.callees import STRUCTURE_ARGUMENTS
from archspec.expand.definitions import (
    BLOCK_KEYS,
    TYPES,
    Definition,
    Parameter,
    SpecFile,
    parted_number,
    read_as,
    without,
)
from archspec.names import MODIFIERS, MODULE_ATTRIBUTES, STRUCTURES, objection, renaming
from archspec.ops import OPS, find, is_own
from archspec.ops.base import Op
from archspec.scalars import Unreadable, plain_value
from archspec.schema.arguments import check
from archspec.source import Span
from archspec.spelling import did_you_mean
from archspec.syntax import ListNode, MappingNode, Node, Scalar


def define(file: SpecFile, sink: Sink) -> None:
    """Fill in the blocks and defaults that `file.root` declares."""
    blocks = file.root.get("blocks")
    if isinstance(blocks, MappingNode):
        nameless = _nameless(blocks)
        if nameless is not None:
            file.lacks_blocks = True
            sink.error(
                "E0215",
                nameless.span,
                "a block has no name",
                label=f"this is a part of one, and read as a block called `{nameless.text}`",
                help="write its name on a line above, and indent what belongs to it",
            )
            file.root = without(file.root, lambda name: name == "blocks")
        for key, body in blocks.entries if nameless is None else ():
            if sink.is_full:
                break
            definition = _define_block(key, body, file, sink)
            if definition is not None:
                file.blocks[definition.name] = definition
            file.lacks_blocks |= definition is None
    elif blocks is not None and not _is_null(blocks):
        sink.error("E0206", blocks.span, "`blocks` is a mapping of names to blocks", label=read_as(blocks))
    defaults = file.root.get("defaults")
    if isinstance(defaults, MappingNode):
        for key, arguments in defaults.entries:
            if sink.is_full:
                break
            _define_default(key, arguments, defaults, file, sink)
    elif defaults is not None and not _is_null(defaults):
        sink.error(
            "E0206", defaults.span, "`defaults` is a mapping of ops to arguments", label=read_as(defaults)
        )


def _nameless(blocks: MappingNode) -> Scalar | None:
    """The first key below `blocks`, where what stands there is one block: its parameters, and a structure."""
    keys = {key.text for key, _ in blocks.entries}
    is_one = "params" in keys and not keys.isdisjoint(STRUCTURES)
    return blocks.entries[0][0] if is_one else None


def _is_null(node: Node) -> bool:
    """Whether nothing stands behind the colon, which the check of the document reports."""
    return isinstance(node, Scalar) and node.value is None


def _define_block(key: Scalar, body: Node, file: SpecFile, sink: Sink) -> Definition | None:
    name = key.text
    # A block becomes a class, not an attribute of a module: `double` may be one.
    reason = None if name in MODULE_ATTRIBUTES else objection(name)
    if reason is None and is_own(name):
        reason = "an op has that name"
    if reason is None and (name in WORDS or name[0].isdigit()):
        reason = f"`{name}` is a word of the language"
    if reason is not None:
        sink.error(
            "E0209", key.span, f"`{shortened(name)}` cannot name a block: {reason}", help=renaming(name)
        )
        if is_own(name) or name in WORDS:
            return None
        declared = re.fullmatch(_DECLARED, name)
        name = declared[1] if declared else name  # what its calls are called
    if isinstance(body, MappingNode):
        body = _with_own_keys(name, body, file, sink)
    else:
        sink.error(
            "E0206",
            body.span,
            f"block `{name}` is not a mapping",
            label=read_as(body),
            help="write its parameters and one node: `{params: {channels: int}, seq: […]}`",
            fixes=_as_sequence(body),
        )
        meant = MappingNode(body.source, body.start)
        meant.end = body.end
        meant.entries = [(Scalar("seq", "seq", body.source, body.start, body.end, False), body)]
        body = meant
    about = body.get("about")
    return Definition(
        name,
        key.span,
        body,
        parameters(body.get("params"), sink),
        file,
        about.text if isinstance(about, Scalar) else "",
    )


def _with_own_keys(name: str, body: MappingNode, file: SpecFile, sink: Sink) -> MappingNode:
    """The block with the keys that other formats use under our names, after reporting them.

    Left alone where the block calls another, whose arguments may have any name.
    """
    keys = [key.text for key, _ in body.entries]
    called = next((key for key in keys if key in STRUCTURES or is_own(key)), None)
    if called is None and any(
        key in file.blocks or "." in key or key == "use" or key in standard.names() for key in keys
    ):
        return body
    others = (key for key in keys if key not in (*BLOCK_KEYS, *MODIFIERS))
    called = called or next((key for key in others if find(key) is not None), None)
    op = None if called is None or called in STRUCTURES else find(called) or Op
    taken = STRUCTURE_ARGUMENTS.get(called or "", ()) if op is None else [each.name for each in fields(op)]
    free = [*(key for key in BLOCK_KEYS if key not in keys), *(() if called else ("seq",))]
    entries = []
    for key, value in body.entries:
        meant = None
        if key.text not in (called, *BLOCK_KEYS, *MODIFIERS, *taken):
            from archspec.schema.elsewhere.words import key_meant  # only a mistake pays for it

            meant = "seq" if key.text in _BODIES and "seq" in free else key_meant(key.text, free)
            if meant is None and "params" in free and isinstance(value, MappingNode):
                meant = did_you_mean(key.text, ("params",))
        if meant is not None:
            sink.unknown("E0203", key.span, "key", key.text, free, of=f"block `{name}`", meant=meant)
            key = Scalar(meant, meant, key.source, key.start, key.end, False)
        entries.append((key, value))
    changed = MappingNode(body.source, body.start)
    changed.end, changed.entries = body.end, entries
    return changed


_BODIES = ("layers", "body", "nodes", "modules", "sequence", "forward")


_DECLARED: Final = r"(?:def |class |block )? *([A-Za-z]\w*) *(?:\(.*\))?"
"""`def b(x)`: the name in it."""


def _as_sequence(body: Node) -> tuple[Fix, ...]:
    """The fix that makes a list of nodes the `seq` of a block."""
    if not isinstance(body, ListNode) or not body.items:
        return ()
    start = Span(body.source, body.start, body.start)
    if body.source.text[body.start] == "[":
        end = Span(body.source, body.end, body.end)
        return (Fix("write `seq`", (Edit(start, "{seq: "), Edit(end, "}"))),)
    return (Fix("write `seq`", (Edit(start, "seq:\n" + " " * (start.column - 1)),)),)


WORDS = frozenset(
    {"auto", "projection", "none", "seq", "residual", "concat", "for", "in", "do", "params", "about"}
)
"""Words that would be read as something else where a block's name may stand."""


def _define_default(key: Scalar, arguments: Node, mapping: MappingNode, file: SpecFile, sink: Sink) -> None:
    """The default arguments of one op: the entry `key` of `mapping`."""
    op = find(key.text)
    if op is None:
        free = [name for name in OPS if mapping.get(name) is None]
        from archspec.schema.elsewhere.layers import (  # only a mistake pays for it
            LISTED_BY,
            op_meant,
            op_remark,
        )

        meant = op_meant(key.text, free)
        sink.unknown(
            "E0201",
            key.span,
            "op",
            key.text,
            free,
            meant=meant.name if meant is not None else None,
            listed_by=LISTED_BY,
            remark=op_remark(key.text),
        )
    elif not isinstance(arguments, MappingNode):
        main = {op.main: arguments.value} if op.main is not None and isinstance(arguments, Scalar) else {}
        is_main = bool(main) and isinstance(check(op, main), op)
        written = f"{{{op.main}: {arguments.span.text}}}" if is_main else ""
        sink.error(
            "E0206",
            arguments.span,
            f"the defaults of `{key.text}` are not a mapping",
            label=read_as(arguments),
            help=f"write `{key.text}: {written or '{argument: value}'}`",
            fixes=replacing(arguments.span, written),
        )
    else:
        names = [field.name for field in fields(op)]
        for argument, _ in arguments.entries:
            if argument.text not in names and not sink.is_full:
                free = [name for name in names if arguments.get(name) is None]
                from archspec.schema.elsewhere.words import (  # only a mistake pays for it
                    argument_meant,
                    argument_remark,
                )

                sink.unknown(
                    "E0202",
                    argument.span,
                    "argument",
                    argument.text,
                    free,
                    of=f"`{op.key}`",
                    meant=argument_meant(argument.text, free),
                    remark=argument_remark(argument.text),
                )
        file.defaults[op.key] = without(arguments, lambda name: name not in names)


def rejoined(node: MappingNode, sink: Sink) -> list[tuple[Scalar, Node]]:
    """The entries of `params`, or of a variant. Numbers that follow a number, `{depths: 2, 3}`, are a list with it."""
    found: list[tuple[Scalar, Node]] = []
    listed: dict[int, list[Scalar]] = {}
    for key, value in node.entries:
        before = found[-1][1] if found else None
        is_alone = isinstance(value, Scalar) and value.value is None and not value.text
        if key.text.isdigit() and is_alone and isinstance(before, Scalar) and isinstance(before.value, int):
            number = Scalar(int(key.text), key.text, key.source, key.start, key.end, False)
            listed.setdefault(len(found) - 1, [before]).append(number)
        else:
            found.append((key, value))
    for at, numbers in listed.items():
        key = found[at][0]
        first, second, *more = numbers
        whole = "" if more else parted_number(first, second.text, second.span)
        if whole:
            span = Span(key.source, first.start, second.end)
            read = plain_value(whole)
            joined = None if isinstance(read, Unreadable) else read
            found[at] = (key, Scalar(joined, whole, key.source, first.start, second.end, False))
            sink.error(
                "E0206",
                span,
                f"a comma parts the number of `{key.text}` in two",
                help=f"write `{whole}`",
                fixes=[Fix(f"write `{whole}`", (Edit(span, whole),))],
            )
            continue
        meant = ListNode(key.source, numbers[0].start)
        meant.end, meant.items = numbers[-1].end, [*numbers]
        found[at] = (key, meant)
        span = Span(key.source, meant.start, meant.end)
        text = f"[{span.text}]"
        sink.error(
            "E0206",
            span,
            f"`{key.text}` is given several values",
            label="a list stands in brackets",
            help=f"write `{text}`",
            fixes=[Fix(f"write `{text}`", (Edit(span, text),))],
        )
    return found


def parameters(node: Node | None, sink: Sink, *, of_network: bool = False) -> tuple[Parameter, ...]:
    """The parameters that a `params` mapping declares, a block's or (`of_network`) the network's."""
    if node is None:
        return ()
    if not isinstance(node, MappingNode):
        entries = _listed(node)
        written = ", ".join(f"{key.text}: {value.span.text}" for key, value in entries if key is not value)
        names_alone = bool(entries) and not written
        if (
            names_alone and not of_network and len(entries) == 1
        ):  # which of several have a default is not certain
            written = ", ".join(f"{key.text}: any" for key, _ in entries)
        sink.error(
            "E0206",
            node.span,
            "`params` is not a mapping",
            label=read_as(node),
            help="write each name with its default: `params: {width: 64, depth: 3}`"
            if of_network
            else "write `params: {channels: int, stride: 1}`",
            fixes=replacing(node.span, f"{{{written}}}") if written else (),
        )
        return tuple(
            Parameter(key.text, key.span, default=None if value is key else value, doubtful=True)
            for key, value in entries
        )
    found = []
    for key, value in rejoined(node, sink):
        if sink.is_full:
            break
        reason = objection(key.text)
        if key.text.startswith("$") and objection(key.text[1:]) is None:
            plain = key.text[1:]
            message = f"`{key.text}` is the value of a parameter, and its name is `{plain}`"
            sink.error("E0209", key.span, message, help=f"write `{plain}`", fixes=replacing(key.span, plain))
            reason, key = None, Scalar(plain, plain, key.source, key.start, key.end, False)
        if key.text in ("in_channels", "in_shape"):
            reason = f"`{key.text}` is known everywhere"
        elif key.text in ("i", "n"):
            reason = f"`{key.text}` has a meaning on every node with a `repeat`"
        if reason is not None or key.text[0].isdigit():
            from archspec.expand.renames import renamed  # a valid spec does not pay for it

            sink.error(
                "E0209",
                key.span,
                f"`{shortened(key.text)}` cannot name a parameter: {reason or 'it is a number'}",
                help=renaming(key.text),
                fixes=renamed(key.text, key.span),
            )  # and it is bound under its name, so that its uses are no errors as well
        if isinstance(value, Scalar) and value.value is None and not value.text:
            example = "10" if of_network else "int"
            sink.error(
                "E0408",
                key.span,
                f"the parameter `{key.text}` has neither a default nor a type",
                help=f"write `{key.text}: {example}`" + ("" if of_network else ", or a default"),
            )
            found.append(Parameter(key.text, key.span, doubtful=True))
            continue
        if isinstance(value, Scalar) and (annotated := _ANNOTATED.fullmatch(value.text)):
            default = annotated[1]
            sink.error(
                "E0208",
                value.span,
                f"`{key.text}` is given a type and a default",
                help=f"write the default alone: `{key.text}: {default}`",
                fixes=replacing(value.span, default),
            )
            start = value.start + annotated.start(1)
            meant = plain_value(default)
            known = None if isinstance(meant, Unreadable) else meant
            value = Scalar(known, default, value.source, start, value.end, False)
        if isinstance(value, Scalar) and (type_ := _type_meant(value)) is not None:
            sink.unknown("E0208", value.span, "type", value.text, TYPES, meant=type_)
            found.append(Parameter(key.text, key.span, type=type_))
        elif isinstance(value, Scalar) and not value.quoted and value.value in TYPES:
            found.append(Parameter(key.text, key.span, type=value.text))
        else:
            found.append(Parameter(key.text, key.span, default=value))
    return tuple(found)


_ANNOTATED: Final = re.compile(rf"(?:{'|'.join(TYPES)}) *= *([^\s$].*)")


def _listed(node: Node) -> list[tuple[Scalar, Node]]:
    """The parameters in a list of names, or of entries; a name alone is its own value. Empty where it is neither."""
    found: list[tuple[Scalar, Node]] = []
    items = node.items if isinstance(node, ListNode) else []
    if isinstance(node, Scalar) and "," in node.text and not node.quoted:
        names = [name.strip() for name in node.text.split(",")]
        items = [Scalar(name, name, node.source, node.start, node.end, False) for name in names]
    for item in items:
        if isinstance(item, Scalar) and isinstance(item.value, str) and objection(item.text) is None:
            found.append((item, item))
        elif isinstance(item, MappingNode):
            found += item.entries
        else:
            return []
    return found


_OTHER_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "integer": "int",
        "number": "float",
        "boolean": "bool",
        "string": "str",
        "tuple": "list",
        "double": "float",
    }
)


def _type_meant(value: Scalar) -> str | None:
    """The type that another word for it means; no network has such a word as a value. In quotes it is a text."""
    word = value.text.lower()
    if value.quoted or value.text in TYPES:
        return None
    return _OTHER_TYPES.get(word) or (word if word in TYPES else None)
