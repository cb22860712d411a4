"""Arguments by position, as PyTorch and Python have them: `conv: [1, 6]`, `nn.Upsample: [null, 2, nearest]`, `fc(10)`.

In: what is written by position, and what it calls. Out: the arguments with their names, where it is certain which they
are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from archspec.diagnostics import Edit, Fix
from archspec.expand.callees import (
    Callee,
    argument_names,
    known_callees,
    main_argument,
    needed_names,
    resolve,
)
from archspec.expand.context import Context
from archspec.expand.definitions import Definition
from archspec.expand.scope import Scope
from archspec.expand.slips import as_node, in_order, may_be_kernel
from archspec.ops import OPS
from archspec.schema.elsewhere.layers import Meant, op_meant
from archspec.schema.elsewhere.words import argument_meant, is_needless
from archspec.syntax import ListNode, MappingNode, Node, Scalar

_KNOWN_HERE: Final = ""
"""The place of an argument that is known here without it."""

_ORDERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "conv": (_KNOWN_HERE, "channels", "kernel", "stride", "padding", "dilation", "groups", "bias"),
        "conv_transpose": (_KNOWN_HERE, "channels", "kernel", "stride", "padding"),
        "fc": (_KNOWN_HERE, "features", "bias"),
        "linear": (_KNOWN_HERE, "features", "bias"),
        "maxpool": ("kernel", "stride", "padding"),
        "avgpool": ("kernel", "stride", "padding"),
        "upsample": (_KNOWN_HERE, "factor", "mode"),
    }
)
"""The order in which PyTorch has the arguments of an op."""

_NOTHING: Final = ("null", "None", "~")


def in_their_order(
    callee: Callee, texts: Sequence[str], scope: Scope, *, is_torch: bool = False
) -> list[tuple[str, str]] | None:
    """The arguments that PyTorch has at these positions, the first of them the main one; None where that is not
    certain. It is where the name is PyTorch's (`is_torch`), or the first is the number of channels that flow in.
    """
    order = () if isinstance(callee, str) else _ORDERS.get(getattr(callee, "key", ""), ())
    if not 1 < len(texts) <= len(order):
        return None
    if order[0] == _KNOWN_HERE and texts[0] not in _NOTHING and not is_torch:
        if texts[0] != str(scope.values.get("in_channels")):
            return None
        if len(texts) > 2 and may_be_kernel(texts[1]):
            return None
    if order[0] != _KNOWN_HERE and not is_torch:
        return None
    pairs = zip(order, texts, strict=False)
    found = [(name, text) for name, text in pairs if name != _KNOWN_HERE and text not in _NOTHING]
    return found if found and found[0][0] == main_argument(callee) else None


def listed_arguments(
    callee: Callee, name: str, value: Node | None, scope: Scope
) -> list[tuple[str, str]] | None:
    """The arguments that a list beside `name` holds, which may be another library's name of the callee; None where it
    is not certain that it holds several.
    """
    items = value.items if isinstance(value, ListNode) else []
    texts = [item.span.text for item in items if isinstance(item, Scalar)]
    if len(texts) != len(items):
        return None
    return in_their_order(callee, texts, scope, is_torch=_is_torch(name))


def _is_torch(name: str) -> bool:
    """Whether a name is one of PyTorch's layers: `nn.Linear`, `Conv2d` (Keras has `Conv2D`)."""
    return name.startswith(("nn.", "torch.")) or re.search(r"[a-z]\dd$", name) is not None


def _is_keras(name: str) -> bool:
    """Whether a name is one of Keras's layers, whose arguments stand in our order: `Conv2D(64, 3)`."""
    return re.search(r"[a-z]\dD$", name) is not None


_MAX_CALL: Final = 256
"""No longer text is taken for a call."""

_CALL: Final = re.compile(r"([A-Za-z_][\w.]*)\(([^(){}\[\]\"'#]*(?:\([\d, ]*\)[^(){}\[\]\"'#]*)*)\)")
_COMMA: Final = re.compile(r",(?![^(]*\))")
_WORDS: Final = MappingProxyType({"True": "true", "False": "false"})


def is_python_call(node: Scalar, scope: Scope, context: Context) -> bool:
    """Whether a text calls an op or block, as we or as other libraries name it, as Python does."""
    match = _called(node)
    return match is not None and (
        resolve(match[1], scope, context) is not None or op_meant(match[1], OPS) is not None
    )


def _called(node: Scalar) -> re.Match[str] | None:
    return None if node.quoted or len(node.text) > _MAX_CALL else _CALL.fullmatch(node.text)


def as_python_call(node: Scalar, scope: Scope, context: Context) -> MappingNode | None:
    """The node that `conv(64, kernel=3)` is, after reporting it; None where it is none, or not certain."""
    match = _called(node)
    if match is None or not match[2].strip():
        return None
    name, callee = match[1], resolve(match[1], scope, context)
    meant = None
    if callee is None:
        meant = op_meant(name, known_callees(scope, context))
        if meant is None:
            return None
        name, callee = meant.name, resolve(meant.name, scope, context)
    if callee is None or isinstance(callee, str):
        return None
    parts = _parts(callee, match[2])
    pairs = None if parts is None else _arguments(callee, match[1], *parts, meant, scope)
    if parts is None or pairs is None or not needed_names(callee) <= {argument for argument, _ in pairs}:
        return None
    # Of PyTorch's own order it would be, a second number that is no kernel.
    is_library = _is_torch(match[1]) or _is_keras(match[1])
    has_one_order = isinstance(callee, Definition) or is_library or len(parts[0]) < 2
    is_safe = has_one_order or may_be_kernel(parts[0][1])
    main = main_argument(callee)
    heading = next((text for argument, text in pairs if argument == main), None)
    beside = [(argument, text) for argument, text in pairs if argument != main]
    entries = [(name, heading) if heading is not None else ("use", name), *beside]
    text = "{" + ", ".join(f"{key}: {value}" for key, value in entries) + "}" if pairs else name
    context.sink.error(
        "E0201",
        node.span,
        f"unknown op or block `{node.text}`",
        label="a call, as Python has it",
        help=f"write `{text}`",
        fixes=[Fix(f"write `{text}`", (Edit(node.span, text),), is_safe)],
        subject=node.text,
    )
    found = MappingNode(node.source, node.start)
    found.end = node.end
    found.entries = [
        (Scalar(key, key, node.source, node.start, node.end, False), _value(value, node))
        for key, value in entries
    ]
    return found


def _value(text: str, at: Scalar) -> Node:
    """The number, word or list of numbers that `text` is, as if it stood at `at`."""
    if not text.startswith("["):
        return as_node(text, at)
    found = ListNode(at.source, at.start)
    found.end = at.end
    found.items = [as_node(item.strip(), at) for item in text[1:-1].split(",")]
    return found


def _parts(callee: Callee, written: str) -> tuple[list[str], list[tuple[str, str]]] | None:
    """What is between the parentheses of a call: the values without a name, and those with one, by our names. None
    where a name is none of the callee's, or a value is nothing that a spec has.
    """
    names = argument_names(callee)
    by_position: list[str] = []
    named: list[tuple[str, str]] = []
    for part in _COMMA.split(written):
        word, sign, text = (each.strip() for each in part.rpartition("="))
        text = _WORDS.get(text, f"[{text[1:-1]}]" if text.startswith("(") else text)
        argument = word if word in names else argument_meant(word, names)
        if not text or re.search(r"[^\[,] ", text):
            return None
        if not sign:
            by_position.append(text)
        elif argument is not None:
            named.append((argument, text))
        elif not is_needless(word):
            return None
    return by_position, named


def _arguments(
    callee: Callee,
    name: str,
    by_position: list[str],
    named: list[tuple[str, str]],
    meant: Meant | None,
    scope: Scope,
) -> list[tuple[str, str]] | None:
    """The arguments of a call of `name` with their names; None where it is not certain which they are. `meant`: what
    another library's name stands for.
    """
    main = main_argument(callee)
    pairs: list[tuple[str, str]] | None
    if meant is not None and meant.main and main is not None:
        own = [(meant.value_is, text) for text in by_position[:1] if meant.value_is]
        pairs = [(main, meant.main), *own]
    else:
        pairs = in_their_order(callee, by_position, scope, is_torch=_is_torch(name))
    if pairs is None and (meant is None or len(by_position) < 2 or _is_keras(name)):
        order = [] if main is None else [main, *in_order(callee)]
        pairs = [*zip(order, by_position, strict=False)] if len(by_position) <= len(order) else None
    if pairs is None:
        return None
    found = [*pairs, *named, *(meant.beside if meant is not None else ())]
    return found if len({argument for argument, _ in found}) == len(found) else None
