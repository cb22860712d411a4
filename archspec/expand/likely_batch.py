"""An input of four sizes that is rather a batch of pictures than a volume: `input: [8, 3, 224, 224]`.

In: a file and a shape in its `input`. Out: a warning, where the sizes are those of a batch and nothing in the spec
names three axes.
"""

from __future__ import annotations

from typing import Final

from archspec.diagnostics import Sink
from archspec.expand.definitions import SpecFile
from archspec.expand.open_sizes import is_open
from archspec.syntax import ListNode, MappingNode, Node, Scalar, nodes

_LARGE: Final = 16
"""Pictures that are no squares are at least so high and wide."""
_COLOURS: Final = 4


def warn_batch_first(file: SpecFile, written: Node, sink: Sink) -> None:
    """Warn if the first of four sizes seems to count examples."""
    if not isinstance(written, ListNode) or not _is_like_pictures(written):
        return
    files = (file, *(each for each in file.imports.values() if not each.standard))
    if any(_names_three_axes(each.root) for each in files):
        return
    first, *rest = (cell.text for cell in written.items if isinstance(cell, Scalar))
    channels, height, width = rest
    sink.warning(
        "W0417",
        written.span,
        "the batch of the input seems to stand first",
        label=f"read as {first} channels of {channels} × {height} × {width}",
        help=f"write `[{channels}, {height}, {width}]`, the shape of one example; of a volume, "
        "`note: allow W0417` says that it is meant",
    )


def _is_like_pictures(sizes: ListNode) -> bool:
    """Whether four sizes are a number, as many channels as a picture has, and a height and a width."""
    if len(sizes.items) != 4:
        return False
    first, channels, *area = [_size(cell) for cell in sizes.items]
    if first is None or channels not in (1, 3, _COLOURS):
        return False
    if channels == _COLOURS and first <= _COLOURS:
        return False  # four slices or frames of a picture
    if all(is_open(cell) for cell in sizes.items[2:]):
        return True
    height, width = area
    return height is not None and width is not None and (height == width or min(height, width) >= _LARGE)


def _size(node: Node) -> int | None:
    value = node.value if isinstance(node, Scalar) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _may_be_size(node: Node) -> bool:
    return _size(node) is not None or (isinstance(node, Scalar) and node.text.startswith("$"))


def _names_three_axes(root: MappingNode) -> bool:
    """Whether a list of three sizes stands anywhere but in `input`."""
    return any(
        isinstance(node, ListNode) and len(node.items) == 3 and all(_may_be_size(item) for item in node.items)
        for entry in root.entries
        if entry[0].text != "input"
        for node in nodes(entry[1])
    )
