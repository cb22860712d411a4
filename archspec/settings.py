"""`--set name=value`: parameters of the network, from the command line.

In: the texts as typed. Out: constants by name. A value is read by the reader of specs, so that it means what it would
mean in one: `10` is a number, `no` a text, `[3, 4, 6, 3]` a list.
"""

from __future__ import annotations

from collections.abc import Iterable

from archspec.diagnostics import Sink, shortened
from archspec.files import CannotRun
from archspec.ir import Constant
from archspec.names import objection
from archspec.syntax import ListNode, MappingNode, Node, read


def read_settings(texts: Iterable[str]) -> dict[str, Constant]:
    """The settings by name; of two with one name, the later holds.

    Raises `CannotRun` where a text is no setting.
    """
    return dict(_read_setting(text) for text in texts)


def _read_setting(text: str) -> tuple[str, Constant]:
    name, equals, written = text.partition("=")
    shown = shortened(text)
    if not equals or objection(name) is not None:
        raise CannotRun(f"`--set {shown}` is not of the form `name=value`")
    sink = Sink()
    _, root = read("--set", f"value: {written}".encode("utf-8", "surrogateescape"), sink)
    node = root.get("value") if root is not None and len(root.entries) == 1 else None
    if sink.diagnostics:
        raise CannotRun(f"`--set {shown}`: {sink.diagnostics[0].message}")
    if node is None or isinstance(node, MappingNode):
        raise CannotRun(
            f"`--set {shown}`: the value is a number, a text, true, false, null or a [list] of those"
        )
    return name, _constant(node, shown)


def _constant(node: Node, shown: str) -> Constant:
    if isinstance(node, MappingNode):
        raise CannotRun(f"`--set {shown}`: a list holds no mappings")
    if isinstance(node, ListNode):
        return tuple(_constant(item, shown) for item in node.items)
    return node.value
