"""Files of other libraries, which are YAML too, or JSON, which is YAML: Ultralytics, Keras, timm.

In: the root of a file. Out: whose format it is, in a sentence, and the value that tells; or None.
Holds: what has the key `archspec` is a spec, unless its nodes are rows of Ultralytics; the look goes three levels deep.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from archspec.diagnostics import Sink
from archspec.records import dataclass
from archspec.syntax.tree import ListNode, MappingNode, Node, Scalar

_PAGE: Final = "docs/coming_from.md"
"""Where each of them stands beside a spec for the same network."""
_MOST: Final = 1000
"""Of a longer list, the first items are enough."""
_ROW: Final = 4
"""How many values a row of Ultralytics has."""
_MODULE: Final = r"[A-Za-z_][\w.]*"
_TIMM: Final = r"(ds|dsa|ir|er|cn|uir|mqa|mha)_r\d+(_[a-z]+\d+(\.\d+)*)+(_[a-z]+)*"
"""A string of timm, `ir_r2_k3_s2_e6_c24`: a kind of block, how often it is repeated, its arguments."""


@dataclass(frozen=True, slots=True)
class _Foreign:
    """What was recognised, at a value of the file, and how its parts are written here."""

    at: Node
    what: str
    instead: str


def report_foreign(root: Node, sink: Sink) -> bool:
    """Report a file of another format, if it is one that is known."""
    found = _recognised(root)
    if found is None:
        return False
    help = f"{found.instead}; {_PAGE} has such a file beside the spec for it"
    sink.error("E0120", found.at.span, f"this is {found.what}, which archspec does not read", help=help)
    return True


def _recognised(root: Node) -> _Foreign | None:
    is_spec = isinstance(root, MappingNode) and root.get("archspec") is not None
    if isinstance(root, MappingNode) and not is_spec:
        kind, config = root.get("class_name"), root.get("config")
        if isinstance(kind, Scalar) and isinstance(config, MappingNode):
            instead = "write each layer as a node: `conv1: {conv: 16, kernel: 3, padding: same}`"
            return _Foreign(kind, "a model as Keras writes it to JSON", instead)
    for part in root.entries if isinstance(root, MappingNode) else (("", root),):
        value = part[1]
        if isinstance(value, ListNode) and value.items and all(map(_is_row, value.items[:_MOST])):
            return _Foreign(
                value.items[0],
                "a file of Ultralytics, with rows of `[from, repeats, module, args]`",
                "write each row as a node: `- {conv: 64, kernel: 3, stride: 2, repeat: 2}`, with `from: name` where "
                "it does not read the one before it",
            )
        texts = [] if is_spec else [*_texts(value, 2)]
        if texts and all(re.fullmatch(_TIMM, text.text[:200]) for text in texts):
            return _Foreign(
                texts[0],
                "an architecture in the strings of timm",
                "write each string as a node with `repeat`, or all as a table with `for`",
            )
    return None


def _is_row(node: Node) -> bool:
    """Whether this is `[-1, 1, Conv, [64, 3, 2]]`."""
    if not isinstance(node, ListNode) or len(node.items) != _ROW:
        return False
    source, repeats, module, arguments = node.items
    return (
        all(_is_integer(each) for each in (source.items if isinstance(source, ListNode) else [source]))
        and _is_integer(repeats)
        and isinstance(module, Scalar)
        and re.fullmatch(_MODULE, module.text[:200]) is not None
        and isinstance(arguments, ListNode)
    )


def _is_integer(node: Node) -> bool:
    return isinstance(node, Scalar) and isinstance(node.value, int) and not isinstance(node.value, bool)


def _texts(node: Node, depth: int) -> Iterator[Scalar]:
    """The single values of a list, and of the lists in it."""
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, ListNode) and depth:
        for item in node.items[:_MOST]:
            yield from _texts(item, depth - 1)
