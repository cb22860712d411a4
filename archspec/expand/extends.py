"""`extends:`, a spec as the change of another.

In: the trees of the base and of the spec that extends it. Out: the tree of the changed network. Its nodes keep the
places where they were written, so that errors point into the right file.

    params, variants, defaults, blocks, init, aux, import    the spec's entries over the base's
    stem, body, head    by path: `fc: …` or `features.0: …` replaces that node, a new name is added at the end
    remove              paths that are left out: `[head.dropout]`
    expect              the spec's own; the base's does not hold any longer
    everything else     the spec's, else the base's
"""

from __future__ import annotations

from typing import Final

from archspec.diagnostics import MAX_GUESSES, Sink, shortened
from archspec.edits import replacing
from archspec.expand.definitions import read_as, without
from archspec.spelling import did_you_mean, is_slip
from archspec.syntax import MAX_DEPTH, ListNode, MappingNode, Node, Scalar

MERGED: Final = ("params", "variants", "defaults", "blocks", "init", "aux", "import")
SLOTS: Final = ("stem", "body", "head")
OWN: Final = ("expect", "remove", "extends")
HOLDERS: Final = ("seq", "residual", "shortcut", "after", "concat", "add", "multiply", "do", "sequence")
"""The keys of a node under which further nodes stand."""


def extended(base: MappingNode, spec: MappingNode, sink: Sink) -> MappingNode:
    """The tree of `base` with the changes of `spec`. It is made of parts of both, which are read for it alone: to copy
    them at each of thirty levels takes longer than anything else.
    """
    result = MappingNode(spec.source, spec.start)
    result.end = spec.end
    for key, node in base.entries:
        own = spec.entry(key.text)
        if key.text in OWN:
            continue
        if own is None:
            result.entries.append((key, node))
        elif key.text in MERGED:
            result.entries.append((own[0], _merged(node, own[1])))
        elif key.text in SLOTS and isinstance(own[1], MappingNode) and own[1].get("use") is None:
            result.entries.append((own[0], _patched(node, own[1], sink)))
        else:
            result.entries.append(own)
    for entry in spec.entries:
        name = entry[0].text
        if name == "expect" or (name not in OWN and base.get(name) is None):
            result.entries.append(entry)
    _remove(result, spec.get("remove"), sink)
    return result


def _merged(base: Node, own: Node) -> Node:
    """The entries of `own` over those of `base`."""
    if not isinstance(base, MappingNode) or not isinstance(own, MappingNode):
        return own
    result = MappingNode(own.source, own.start)
    result.end = own.end
    result.entries = [(key, node) for key, node in base.entries if own.get(key.text) is None]
    result.entries.extend(own.entries)
    return result


def _patched(base: Node, changes: MappingNode, sink: Sink) -> Node:
    """The slot `base` itself, with the nodes at the paths of `changes` replaced, and new names added at the end."""
    added: list[tuple[Scalar, Node]] = []
    for key, node in changes.entries:
        if sink.is_full:
            break
        parent = _holder(base, key.text.split(".")[:-1])
        last = key.text.rpartition(".")[2]
        position = None if parent is None else _position(parent, last)
        if isinstance(parent, ListNode) and position is not None:
            parent.items[position] = node
        elif isinstance(parent, MappingNode) and position is not None:
            parent.entries[position] = (parent.entries[position][0], node)
        elif isinstance(parent, MappingNode) and "." not in key.text:
            added.append((key, node))
        else:
            _report_nowhere(key, base, sink)
    if isinstance(base, MappingNode):
        base.entries += added
    return base


def _remove(root: MappingNode, node: Node | None, sink: Sink) -> None:
    """Leave out the nodes at the paths that `remove` lists."""
    if node is None:
        return
    if not isinstance(node, ListNode):
        sink.error(
            "E0206",
            node.span,
            "`remove` is a list of paths",
            label=read_as(node),
            help="write `[head.dropout]`",
        )
        return
    doomed: list[tuple[ListNode | MappingNode, int]] = []
    for path in node.items:
        if sink.is_full:
            break
        parts = path.text.split(".") if isinstance(path, Scalar) else []
        parent = _holder(root, parts[:-1]) if parts and parts[0] in (*SLOTS, "aux") else None
        position = None if parent is None else _position(parent, parts[-1])
        if parent is None or position is None:
            if isinstance(path, Scalar):
                _report_nowhere(path, _removable(root), sink)
            else:
                sink.error(
                    "E0206", path.span, "a path is due here", label=read_as(path), help="write `head.dropout`"
                )
        else:
            doomed.append((parent, position))
    for parent, position in sorted(doomed, key=lambda place: place[1], reverse=True):
        if isinstance(parent, ListNode):
            del parent.items[position]
        else:
            del parent.entries[position]


def _holder(node: Node, path: list[str]) -> ListNode | MappingNode | None:
    """The list or mapping of nodes that `path` leads to."""
    holder: Node | None = node
    for part in path:
        if not isinstance(holder, ListNode | MappingNode):
            return None
        position = _position(holder, part)
        if position is None:
            return None
        inner = holder.items[position] if isinstance(holder, ListNode) else holder.entries[position][1]
        holder = _children(inner)
    return holder if isinstance(holder, ListNode | MappingNode) else None


def _children(node: Node) -> Node | None:
    """Where the children of a node stand: the node itself if it is a sequence, else under its structure's key."""
    if isinstance(node, MappingNode):
        for key in HOLDERS:
            inner = node.get(key)
            if isinstance(inner, ListNode | MappingNode):
                return inner
    return node


def _position(holder: ListNode | MappingNode, name: str) -> int | None:
    """The place of the child `name`."""
    if isinstance(holder, ListNode):
        return int(name) if name.isdigit() and len(name) < 7 and int(name) < len(holder.items) else None
    return holder.position(name)


def _removable(root: MappingNode) -> MappingNode:
    """The parts of a spec that `remove` may name, or look into."""
    return without(root, lambda key: key not in (*SLOTS, "aux"))


def _report_nowhere(path: Scalar, base: Node, sink: Sink) -> None:
    """Report that there is nothing at `path` below `base`: which part of it leads nowhere, and what was meant."""
    parts = path.text.split(".")
    holders = [_holder(base, parts[:depth]) for depth in range(min(len(parts), MAX_DEPTH))]
    depth, holder = next(
        (
            (at, each)
            for at, each in enumerate(holders)
            if each is not None and _position(each, parts[at]) is None
        ),
        (0, base),
    )
    names = _names(holder)
    near = did_you_mean(parts[depth], names) if sink.errors < MAX_GUESSES else None
    meant = ".".join([*parts[:depth], near or "", *parts[depth + 1 :]])
    is_certain = near is not None and _leads_somewhere(base, meant.split("."))
    sink.error(
        "E0412",
        path.span,
        f"`{shortened(path.text)}` leads to no node of the base",
        label=f"`{shortened('.'.join(parts[:depth]))}` has no `{shortened(parts[depth])}`" if depth else "",
        notes=[f"known: {', '.join(names[:40])}"] if names else [],
        help=f"did you mean `{meant}`?"
        if is_certain
        else "name a node by its path in the base, such as `head.fc` or `body.features.0`",
        fixes=replacing(path.span, meant, is_safe=is_slip(path.text, meant)) if is_certain else (),
    )


def _leads_somewhere(base: Node, parts: list[str]) -> bool:
    holder = _holder(base, parts[:-1])
    return holder is not None and _position(holder, parts[-1]) is not None


def _names(holder: Node) -> list[str]:
    """The names of the nodes in a sequence."""
    if isinstance(holder, ListNode):
        return [str(at) for at in range(len(holder.items))]
    return [key.text for key, _ in holder.entries] if isinstance(holder, MappingNode) else []
