"""What flows into the network: its inputs by name, with their shapes.

In: `input` of the spec. Out: shapes, or None after reporting what is wrong with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, TypeGuard

from archspec.diagnostics import Edit, Fix, Sink, shortened
from archspec.edits import replacing, whole
from archspec.expand.definitions import SpecFile, read_as
from archspec.expand.open_sizes import has_batch, is_open, report_batch, warn_channels_last
from archspec.expand.scope import Scope
from archspec.expand.values import value_of
from archspec.expressions import POISON, Poison, show
from archspec.ir import Constant, Module
from archspec.names import objection
from archspec.ops.arguments import MAX_DIMENSION
from archspec.ops.base import Shape
from archspec.source import Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar

DEFAULT_SIZE: Final = 224
"""What an open size is, unless somebody chooses."""

Settings: TypeAlias = Mapping[str, tuple[Constant, Span]]
"""Values from outside the file, each with the span that errors show for it."""


def opened_sizes(
    names: Sequence[str], settings: Settings, sizes: Mapping[str, int], sink: Sink
) -> dict[str, Constant | Poison]:
    """What each open size is; poison after reporting a setting that is no size."""
    opened: dict[str, Constant | Poison] = {}
    for name in names:
        opened[name] = sizes.get(name, DEFAULT_SIZE)
        if name in settings:
            size, span = settings[name]
            opened[name] = size if _is_size(size, span, sink) else POISON
    return opened


def refuse_unread_inputs(named: Node | None, network: Module, sink: Sink) -> None:
    """Report the named inputs that no node reads."""
    read = {value for step in network.steps for value in step.inputs}
    for at, (key, _) in enumerate(named.entries if isinstance(named, MappingNode) else ()):
        if at not in read:
            sink.error(
                "E0407",
                key.span,
                f"nobody reads the input `{key.text}`",
                help=f"read it with `from: {key.text}`, or delete it",
            )


def input_shapes(file: SpecFile, scope: Scope, sink: Sink) -> dict[str, Shape] | None:
    """The input shapes by name; None after reporting what is wrong with them."""
    node = file.root.get("input")
    if node is None or (isinstance(node, Scalar) and node.value is None):
        sink.error(
            "E0215",
            file.root.span,
            "the spec has no `input`",
            help="add `input: [3, 224, 224]`: channels first",
        )
        return None
    if are_nameless(node):
        texts = ", ".join(
            f"{name}: {item.span.text}" for name, item in zip("abcdefgh", _items(node), strict=False)
        )
        sink.error(
            "E0206",
            node.span,
            "several inputs have names",
            label="read as the shape of one",
            help=f"write `input: {{{texts}}}`, with names of your choice",
        )
        return None
    if not isinstance(node, MappingNode):
        shape = _input_shape(node, scope, sink)
        _warn_batch_first(file, node, sink)
        return None if shape is None else {"x": shape}
    if len(node.entries) > 1 and all(isinstance(value, Scalar) for _, value in node.entries):
        _report_named_sizes(node, sink)
        return None
    shapes: dict[str, Shape] = {}
    for key, value in node.entries:
        reason = objection(key.text)
        if reason is not None or key.text[0].isdigit():
            sink.error(
                "E0209",
                key.span,
                f"`{shortened(key.text)}` cannot name an input",
                label=reason or "it is a number",
            )
        shape = _input_shape(value, scope, sink)
        _warn_batch_first(file, value, sink)
        if shape is not None:
            shapes[key.text] = shape
    return shapes if shapes and len(shapes) == len(node.entries) else None


def _warn_batch_first(file: SpecFile, written: Node, sink: Sink) -> None:
    if len(_items(written)) == 4:
        from archspec.expand.likely_batch import warn_batch_first  # few networks have so many axes

        warn_batch_first(file, written, sink)


def are_nameless(node: Node | None) -> bool:
    """Whether the `input` of a spec is a list of shapes."""
    items = _items(node)
    return len(items) > 1 and all(isinstance(item, ListNode) for item in items)


def _items(node: Node | None) -> list[Node]:
    return node.items if isinstance(node, ListNode) else []


_AXES: Final = ("channels", "depth", "height", "width")


def _report_named_sizes(node: MappingNode, sink: Sink) -> None:
    """Report `{channels: 3, height: 224, width: 224}`: the names below `input` are those of several inputs."""
    initials = [axis[0] for axis in _AXES]
    ordered = sorted(
        node.entries,
        key=lambda entry: initials.index(i) if (i := entry[0].text[0].lower()) in initials else 9,
    )
    is_known = len({key.text[0].lower() for key, _ in ordered} & set(initials)) == len(ordered)
    text = f"[{', '.join(value.span.text for _, value in ordered)}]" if is_known else ""
    sink.error(
        "E0206",
        node.span,
        "`input` is a list of sizes; a mapping names several inputs",
        label="these are sizes, and no shapes",
        help=f"write `{text or '[3, 224, 224]'}`: the channels first",
        fixes=[Fix(f"write `{text}`", (Edit(whole(node), text),))]
        if is_known and node.span.text.startswith("{")
        else (),
    )


def _input_shape(node: Node, scope: Scope, sink: Sink) -> Shape | None:
    shape = value_of(node, scope, sink)
    if isinstance(shape, Poison):
        return None
    cells = node.items if isinstance(node, ListNode) else []
    if isinstance(node, ListNode) and has_batch(node):
        report_batch(node, sink)
        return None
    if not isinstance(shape, tuple) or not 1 <= len(shape) <= 4:
        from archspec.schema.readings import as_yaml, readings  # only a mistake pays for it

        meant = next((found for found in readings("input", shape) if isinstance(found, tuple)), None)
        sink.error(
            "E0206",
            node.span,
            "`input` is a list of one to four sizes",
            label=f"this has {len(shape)}" if isinstance(shape, tuple) else read_as(node),
            help="write the shape of one example without the batch, such as `[3, 224, 224]`",
            fixes=() if meant is None else replacing(node.span, as_yaml(meant)),
        )
        sizes = [
            size for size in meant or () if isinstance(size, int) and not isinstance(size, bool) and size > 0
        ]
        return tuple(sizes) if 1 <= len(sizes) == len(meant or ()) <= 4 else None
    sizes = []
    for at, size in enumerate(shape):
        cell = cells[at] if at < len(cells) else node
        known = scope.values[cell.text] if is_open(cell) else size
        if isinstance(known, Poison) or not _is_size(known, cell.span, sink):
            return None
        sizes.append(known)
    if isinstance(node, ListNode):
        warn_channels_last(node, sink)
    return tuple(sizes)


def _is_size(size: Constant, span: Span, sink: Sink) -> TypeGuard[int]:
    """Whether `size` may be the size of an axis; reports it if not."""
    if isinstance(size, bool) or not isinstance(size, int):
        from archspec.schema.readings import as_yaml, readings  # only a mistake pays for it

        meant = next((found for found in readings("", size) if isinstance(found, int)), None)
        fixes = () if meant is None or isinstance(size, bool) else replacing(span, as_yaml(meant))
        sink.error("E0206", span, "a size is an integer", label=f"this is {show(size)}", fixes=fixes)
        return False
    if not 1 <= size <= MAX_DIMENSION:
        sink.error(
            "E0207", span, f"a size lies between 1 and {MAX_DIMENSION:,}", label=f"this is {show(size)}"
        )
        return False
    return True
