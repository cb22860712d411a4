"""Open sizes: `input: [3, H, W]`.

In: the `input` of a spec. Out: the names that stand for sizes in it. A name stands where an axis of a map has its size,
never for the channels, on which every weight depends. It is known to the expressions of the file as a parameter is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeGuard

from archspec.diagnostics import Sink
from archspec.edits import delete_item, offering, replacing
from archspec.expressions import is_expression
from archspec.names import objection
from archspec.syntax import ListNode, MappingNode, Node, Scalar

_BATCH = ("none", "n", "b", "batch", "batch_size", "batchsize", "bs", "?")
_NUMBERS = r"(?<![\d.])\d+(?![\d.])"
_KNOWN_EVERYWHERE = ("in_channels", "in_shape", "i", "n")


def open_names(node: Node | None) -> tuple[str, ...]:
    """The names in the input `node`, each once, in the order in which they are met."""
    return tuple(dict.fromkeys(cell.text for cell in _cells(node) if is_open(cell)))


def is_open(node: Node) -> TypeGuard[Scalar]:
    """Whether a size of an input is a name, and no number or expression."""
    return (
        isinstance(node, Scalar)
        and isinstance(node.value, str)
        and not is_expression(node.value)
        and not node.value.startswith("$")
    )


def pattern_of(node: Node | None, shapes: Sequence[tuple[int, ...]]) -> tuple[tuple[int | str, ...], ...]:
    """The shapes with the names that stand for sizes in place of them; empty where none does."""
    if not open_names(node):
        return ()
    nodes = [value for _, value in node.entries] if isinstance(node, MappingNode) else [node]
    return tuple(
        tuple(cell.text if is_open(cell) else size for cell, size in zip(written.items, shape, strict=True))
        if isinstance(written, ListNode)
        else shape
        for written, shape in zip(nodes, shapes, strict=True)
    )


def refuse_names(node: Node | None, parameters: Mapping[str, object], sink: Sink) -> bool:
    """Report the open sizes that cannot be; False where there are any."""
    good = True
    for written in _lists(node):
        if has_batch(written):
            report_batch(written, sink)
            good = False
            continue
        for axis, cell in enumerate(written.items):
            if not is_open(cell) or sink.is_full:
                continue
            reason = objection(cell.text)
            if cell.text in _KNOWN_EVERYWHERE:
                reason = f"`{cell.text}` is known everywhere"
            if cell.text in parameters:
                help = f"write `${cell.text}` for the value of the parameter, or give the size another name"
                sink.error(
                    "E0209",
                    cell.span,
                    f"`{cell.text}` is a parameter, and cannot name an open size",
                    help=help,
                    fixes=replacing(cell.span, f"${cell.text}"),
                )
            elif reason is not None or cell.text[0].isdigit():
                sink.error(
                    "E0209",
                    cell.span,
                    "this cannot name an open size",
                    label=reason or "it is a number in quotes",
                    help="write an integer, or a name such as `H`",
                    fixes=replacing(cell.span, _sizes_in(cell.text)),
                )
            elif axis == 0:
                first = channels_first(written)
                sink.error(
                    "E0206",
                    cell.span,
                    "the channels cannot be left open",
                    label="every weight of the first layer depends on them",
                    help=f"write `{first}`: the channels come first"
                    if first
                    else f"write a number, or a parameter: `params: {{{cell.text}: 3}}` and `${cell.text}` here",
                    fixes=replacing(written.span, first),
                )
            else:
                continue
            good = False
    return good


def has_batch(sizes: ListNode) -> bool:
    """Whether a shape begins with the batch: with no size, with a name for it, or with one size too many."""
    if len(sizes.items) == 5:
        return True
    first = sizes.items[0] if len(sizes.items) > 1 else None
    if not isinstance(first, Scalar) or first.quoted:
        return False
    return first.value in (None, -1) or first.text.lower() in _BATCH


def report_batch(sizes: ListNode, sink: Sink) -> None:
    """Report that a shape begins with the batch."""
    rest = ListNode(sizes.source, sizes.start)
    rest.items = sizes.items[1:]
    meant = channels_first(rest) if _is_like_a_picture(rest) else ""
    if meant:
        help, fixes = f"write `{meant}`: the channels come first", replacing(sizes.span, meant)
    else:
        help = "leave it out: write the shape of one example"
        fixes = offering("leave the batch out", delete_item(sizes, 0))
    sink.error("E0206", sizes.items[0].span, "the batch is no part of `input`", help=help, fixes=fixes)


def warn_channels_last(sizes: ListNode, sink: Sink) -> None:
    """Warn of `[224, 224, 3]`: as many channels as a picture is wide, and as few columns as it has colours."""
    first = channels_first(sizes)
    if first and _is_like_a_picture(sizes):
        height, width, channels = (cell.span.text for cell in sizes.items)
        sink.warning(
            "W0416",
            sizes.span,
            "the channels of the input seem to stand last",
            label=f"read as {height} channels of {width} × {channels}",
            help=f"write `{first}`: the channels come first",
            fixes=replacing(sizes.span, first, is_safe=False),
        )


def _is_like_a_picture(sizes: ListNode) -> bool:
    """Whether the first two sizes are equal, and more than a map has channels that is so small."""
    height, width, *_ = [
        *(cell.value if isinstance(cell, Scalar) else None for cell in sizes.items),
        None,
        None,
    ]
    return isinstance(height, int) and height == width and height >= _LARGE


_LARGE = 24
"""Fewer channels than this may well be as many as the map is high."""


def channels_first(sizes: ListNode) -> str:
    """A shape of three sizes, the last of them no more than a picture has colours, with that one first; else empty."""
    cells = [cell for cell in sizes.items if isinstance(cell, Scalar)]
    last = cells[-1].value if len(cells) == len(sizes.items) == 3 else None
    if isinstance(last, bool) or not isinstance(last, int) or not 1 <= last <= 4:
        return ""
    return f"[{last}, {cells[0].text}, {cells[1].text}]"


def _lists(node: Node | None) -> Iterator[ListNode]:
    if isinstance(node, ListNode):
        yield node
    elif isinstance(node, MappingNode):
        yield from (value for _, value in node.entries if isinstance(value, ListNode))


def _cells(node: Node | None) -> Iterator[Scalar]:
    for written in _lists(node):
        yield from (cell for cell in written.items if isinstance(cell, Scalar))


def _sizes_in(text: str) -> str:
    """The sizes in a text that has nothing else in it: `3 32 32`, `32x32`. Empty where it has: `16k`."""
    return "" if re.search(r"[^\d\sx×*;]", text) else ", ".join(re.findall(_NUMBERS, text))
