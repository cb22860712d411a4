"""A valid spec taken apart: the nodes that the network reaches, and where their parts are written.

In: a generated spec. Out: a `Subject`.
The places are found with PyYAML and a walk of our own over the language, not with archspec's reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from fuzz.generate import Spec

MODIFIERS = ("repeat", "first", "last", "as", "from", "if", "share", "init", "expect", "note")
JOINS = ("concat", "add", "multiply")
STRUCTURES = ("seq", "residual", *JOINS)
ALWAYS = ("true", "$(in_channels > 0)", "$(len(in_shape) >= 1)")
"""What generated specs write for a condition that holds."""
READY = ("auto", "identity", "projection", "pad", "none")


Entry = tuple[yaml.ScalarNode, yaml.Node]


@dataclass(frozen=True)
class Found:
    """A node of the spec: its callee as written, and the entries beside it."""

    callee: str
    key: yaml.ScalarNode
    """Where the callee is written: a key, a whole scalar, or the value of `use`."""
    main: yaml.Node | None = None
    entries: Mapping[str, Entry] = field(default_factory=dict)
    mapping: yaml.MappingNode | None = None
    in_block: bool = False

    @property
    def by_use(self) -> bool:
        """Whether the callee is the value of a `use`."""
        return self.mapping is not None and entries(self.mapping).get("use", (None, None))[1] is self.key

    def argument(self, name: str) -> yaml.ScalarNode | None:
        """The scalar that is the argument `name`, where it is a literal."""
        given = self.entries.get(name)
        if given is None or not isinstance(given[1], yaml.ScalarNode) or given[1].value.startswith("$"):
            return None
        return given[1]


@dataclass(frozen=True)
class Subject:
    """A valid spec, taken apart."""

    text: str
    root: yaml.MappingNode
    nodes: tuple[Found, ...]
    values: Mapping[str, Any]

    def entry(self, name: str) -> Entry | None:
        return entries(self.root).get(name)


def entries(node: yaml.Node) -> dict[str, Entry]:
    return (
        {key.value: (key, value) for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}
    )


def subject(spec: Spec) -> Subject | None:
    """The spec as a subject, if it is one file without variants."""
    if len(spec.files) > 1 or spec.variant:
        return None
    text = spec.texts[spec.main]
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)
    return Subject(text, root, tuple(_all_nodes(root)), spec.files[spec.main])


def _all_nodes(root: yaml.MappingNode) -> Iterator[Found]:
    """Every node that the network reaches: none that is left out, none of a block that nobody calls."""
    top = entries(root)
    blocks = entries(top["blocks"][1]) if "blocks" in top else {}
    found = [node for name in ("stem", "body", "head") if name in top for node in _slot(top[name][1])]
    reached: list[str] = []
    at = 0
    while at < len(found):
        callee = found[at].callee
        if callee in blocks and callee not in reached:
            reached.append(callee)
            found += [
                Found(each.callee, each.key, each.main, each.entries, each.mapping, in_block=True)
                for each in _node(blocks[callee][1], ("params", "about", "note"))
            ]
        at += 1
    return iter(found)


def _slot(node: yaml.Node) -> Iterator[Found]:
    if isinstance(node, yaml.MappingNode) and "use" not in entries(node):
        return _sequence(node)
    return _node(node)


def _sequence(node: yaml.Node) -> Iterator[Found]:
    for child in node.value:
        yield from _node(child[1] if isinstance(node, yaml.MappingNode) else child)


def _node(node: yaml.Node, without: tuple[str, ...] = ()) -> Iterator[Found]:
    if isinstance(node, yaml.ScalarNode):
        if not node.value.startswith("$"):
            yield Found(node.value, node)
        return
    if isinstance(node, yaml.SequenceNode):
        yield from _sequence(node)
        return
    given = {name: entry for name, entry in entries(node).items() if name not in without}
    if "if" in given and given["if"][1].value not in ALWAYS:
        return
    if "for" in given:
        yield from _sequence(given["do"][1])
        return
    if "share" in given:
        key, value = given["share"]
        yield Found("share", key, value, given, node)
        return
    callee = next(name for name in given if name not in MODIFIERS)
    key, main = given[callee]
    rest = {name: entry for name, entry in given.items() if name != callee}
    if callee == "use":
        if isinstance(main, yaml.ScalarNode) and not main.value.startswith("$"):
            yield Found(main.value, main, None, rest, node)
        return
    yield Found(callee, key, main, rest, node)
    if callee == "seq":
        yield from _sequence(main)
    elif callee == "residual":
        yield from _slot(main)
        for name in ("shortcut", "after"):
            if name in given and not _is_ready(given[name][1]):
                yield from _slot(given[name][1])
    elif callee in JOINS and isinstance(main, yaml.MappingNode):
        yield from _sequence(main)


def _is_ready(node: yaml.Node) -> bool:
    """Whether a shortcut is a word, with or without a name and arguments."""
    if isinstance(node, yaml.ScalarNode):
        return True
    given = entries(node)
    inner = [value for _, value in given.values()]
    if "use" in given:
        return given["use"][1].value in READY
    return len(inner) == 1 and (
        (isinstance(inner[0], yaml.ScalarNode) and inner[0].value in READY)
        or ("use" in entries(inner[0]) and entries(inner[0])["use"][1].value in READY)
    )
