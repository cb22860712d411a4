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
    label = f"read as {' × '.join(cell.span.text for cell in sizes.items)}: channels, height, width"
    told = replace(
        _moved(narrow[0], (Label(label, sizes.span),), sizes, meant),
        message="the channels of the input stand last",
        help=f"write `{meant}`: the channels come first",
    )
    others = [found for found in diagnostics if found.code != "W0416" and found not in narrow[1:]]
    return [told if found is narrow[0] else found for found in others]


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
    meant = f"[{', '.join(cell.span.text for cell in sizes.items[1:])}]"
    told = replace(
        _moved(shallow[0], batch.labels, sizes, meant),
        message="the batch of the input stands first",
        help=f"write `{meant}`, the shape of one example",
    )
    others = [found for found in diagnostics if found is not batch and found not in shallow[1:]]
    return [told if found is shallow[0] else found for found in others]


def _moved(found: Diagnostic, labels: Sequence[Label], sizes: ListNode, meant: str) -> Diagnostic:
    """An error told at the first of `labels` in place of where it came to light, with the fix that writes `meant`."""
    return replace(
        found,
        span=labels[0].span,
        labels=(*labels, Label(found.message, found.span)),
        notes=found.notes[:1],
        fixes=replacing(sizes.span, meant),
        subject="",
    )


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
