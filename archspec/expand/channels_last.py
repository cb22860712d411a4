"""An input with its channels last, `[64, 64, 3]`, which is read as 64 channels of 64 × 3, or its batch first,
`[8, 3, 64, 64]`, which is read as 8 channels of a volume: told where it is written.

In: the findings of one expansion. Out: the same, save that of all windows that find no room along the width there is
one error, at the input whose width is as few as a picture has colours; and so along a depth that is as small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archspec.diagnostics import Diagnostic, Label
from archspec.edits import replacing
from archspec.expand.faults import WIDTH
from archspec.expand.open_sizes import channels_first
from archspec.syntax import ListNode, MappingNode, Node, Scalar


def told_at_input(diagnostics: Sequence[Diagnostic], root: MappingNode) -> Sequence[Diagnostic]:
    """The findings, with one at the input in place of those that its order of axes makes."""
    if batch := next((found for found in diagnostics if found.code == "W0417"), None):
        return _of_batch(diagnostics, batch, root)
    narrow = [found for found in diagnostics if found.code == "E0304" and found.subject == WIDTH]
    sizes = _only_input(root) if narrow else None
    meant = "" if sizes is None else channels_first(sizes)
    if sizes is None or not meant or not _has_more_channels(sizes):
        return diagnostics
    first = narrow[0]
    label = f"read as {' × '.join(cell.span.text for cell in sizes.items)}: channels, height, width"
    told = replace(
        first,
        span=sizes.span,
        message="the channels of the input stand last",
        labels=(Label(label, sizes.span), Label(first.message, first.span)),
        notes=first.notes[:1],
        help=f"write `{meant}`: the channels come first",
        fixes=replacing(sizes.span, meant),
        subject="",
    )
    others = [found for found in diagnostics if found.code != "W0416" and found not in narrow[1:]]
    return [told if found is first else found for found in others]


def _of_batch(
    diagnostics: Sequence[Diagnostic], batch: Diagnostic, root: MappingNode
) -> Sequence[Diagnostic]:
    """The findings, where `batch` warns of an input whose batch seems to stand first: what finds no room along the
    depth that is read is told there.
    """
    shallow = [found for found in diagnostics if found.code == "E0304" and "depth" in found.message]
    sizes = _only_input(root)
    if not shallow or sizes is None:
        return diagnostics
    first = shallow[0]
    meant = f"[{', '.join(cell.span.text for cell in sizes.items[1:])}]"
    told = replace(
        first,
        span=batch.span,
        message="the batch of the input stands first",
        labels=(*batch.labels, Label(first.message, first.span)),
        notes=first.notes[:1],
        help=f"write `{meant}`, the shape of one example",
        fixes=replacing(sizes.span, meant),
        subject="",
    )
    others = [found for found in diagnostics if found is not batch and found not in shallow[1:]]
    return [told if found is first else found for found in others]


def _only_input(root: MappingNode) -> ListNode | None:
    """The shape of the network's input, if it has one."""
    node: Node | None = root.get("input")
    if isinstance(node, MappingNode) and len(node.entries) == 1:
        node = node.entries[0][1]
    return node if isinstance(node, ListNode) else None


def _has_more_channels(sizes: ListNode) -> bool:
    """Whether more channels are read than the map is wide."""
    first, *_, last = [cell.value if isinstance(cell, Scalar) else None for cell in sizes.items]
    return isinstance(first, int) and isinstance(last, int) and first > last
