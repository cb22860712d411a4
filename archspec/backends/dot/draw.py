"""A graph drawn: as DOT text, or as the bytes of a file."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

from archspec.backends.dot import theme
from archspec.backends.dot.blocks import draw_blocks
from archspec.backends.dot.engine import IMAGE_FORMATS, ImageFormat, Unavailable, render_dot
from archspec.backends.dot.writer import write_dot
from archspec.ir import Graph

View: TypeAlias = Literal["blocks"]
VIEWS: Final[tuple[View, ...]] = get_args(View)
FORMATS: Final[tuple[str, ...]] = (*IMAGE_FORMATS, "dot")


NODE_GAPS: Final = (theme.NODE_GAP, theme.NODE_GAP + 0.04, theme.NODE_GAP + 0.1)
"""Inches between neighbours. Now and then Graphviz fails to route an edge ("routesplines"), a defect of its geometry
that a slightly wider layout avoids."""


def dot(
    graph: Graph, view: View = "blocks", *, node_gap: float = theme.NODE_GAP, columns: bool = True
) -> str:
    """The picture of a network in the DOT language; the same bytes on every run."""
    match view:
        case "blocks":
            return write_dot(draw_blocks(graph), node_gap=node_gap, columns=columns)


def render(graph: Graph, format: str, view: View = "blocks") -> bytes | Unavailable:
    """The picture of a network as a file of one of `FORMATS`, or why there is none."""
    if format == "dot":
        return dot(graph, view).encode()
    for image_format in IMAGE_FORMATS:
        if image_format == format:
            return _render(graph, image_format, view)
    return Unavailable(f"`{format}` is not a format of pictures", f"one of {', '.join(FORMATS)}")


def _render(graph: Graph, image_format: ImageFormat, view: View) -> bytes | Unavailable:
    drawn: bytes | Unavailable = Unavailable("", "")
    for node_gap in NODE_GAPS:
        drawn = render_dot(dot(graph, view, node_gap=node_gap), image_format)
        if isinstance(drawn, bytes) or "routesplines" not in drawn.message:
            break
    if isinstance(drawn, Unavailable) and " gave no " in drawn.message:
        # Where many paths run side by side and cross (HRNet), Graphviz cannot keep the columns straight ("init_rank").
        return render_dot(dot(graph, view, columns=False), image_format)
    return drawn
