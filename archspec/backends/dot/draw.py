"""A graph drawn: as DOT text, or as the bytes of a file."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

from archspec.backends.dot.blocks import draw_blocks
from archspec.backends.dot.engine import IMAGE_FORMATS, Unavailable, render_dot
from archspec.backends.dot.writer import write_dot
from archspec.ir import Graph

View: TypeAlias = Literal["blocks"]
VIEWS: Final[tuple[View, ...]] = get_args(View)
FORMATS: Final[tuple[str, ...]] = (*IMAGE_FORMATS, "dot")


def dot(graph: Graph, view: View = "blocks") -> str:
    """The picture of a network in the DOT language; the same bytes on every run."""
    match view:
        case "blocks":
            return write_dot(draw_blocks(graph))


def render(graph: Graph, format: str, view: View = "blocks") -> bytes | Unavailable:
    """The picture of a network as a file of one of `FORMATS`, or why there is none."""
    text = dot(graph, view)
    if format == "dot":
        return text.encode()
    for image_format in IMAGE_FORMATS:
        if image_format == format:
            return render_dot(text, image_format)
    return Unavailable(f"`{format}` is not a format of pictures", f"one of {', '.join(FORMATS)}")
