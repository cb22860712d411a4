"""A graph drawn: as DOT text, or as the bytes of a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Literal, TypeAlias, get_args

from archspec.backends.dot import theme
from archspec.backends.dot.alt_text import describe
from archspec.backends.dot.blocks import draw_blocks
from archspec.backends.dot.engine import LaidOut, Unavailable, render_dot
from archspec.backends.dot.full import draw_full
from archspec.backends.dot.mermaid import write_mermaid
from archspec.backends.dot.notes import Links, write_notes
from archspec.backends.dot.overview import draw_overview
from archspec.backends.dot.pdf import pdf_of_svg
from archspec.backends.dot.picture import Direction, Picture
from archspec.backends.dot.stamps import make_stamp, read_stamp, stamp_png
from archspec.backends.dot.svg import Story, finish_svg
from archspec.backends.dot.writer import write_dot
from archspec.backends.wording import network_title
from archspec.ir import Graph

View: TypeAlias = Literal["overview", "blocks", "full"]
VIEWS: Final[tuple[View, ...]] = get_args(View)
DIRECTIONS: Final[tuple[Direction, ...]] = get_args(Direction)
TextFormat: TypeAlias = Literal["dot", "mmd", "html"]
ImageFormat: TypeAlias = Literal["svg", "png", "pdf"]
FORMATS: Final[tuple[str, ...]] = (*get_args(ImageFormat), *get_args(TextFormat))

NODE_GAPS: Final = (theme.NODE_GAP, theme.NODE_GAP + 0.04, theme.NODE_GAP + 0.1)
"""Inches between neighbours. Now and then Graphviz fails to route an edge ("routesplines"), a defect of its geometry
that a slightly wider layout avoids."""


def picture(
    graph: Graph, view: View = "blocks", *, depth: int | None = None, direction: Direction = "TB"
) -> Picture:
    """The picture of a network as data. `depth`: how deep an overview opens the groups of the spec; `None`: as deep
    as it takes to say something.
    """
    return replace(_view(graph, view, depth, direction), direction=direction)


def _view(graph: Graph, view: View, depth: int | None, direction: Direction) -> Picture:
    match view:
        case "overview":
            return draw_overview(graph, depth, direction)
        case "blocks":
            return draw_blocks(graph)
        case "full":
            return draw_full(graph)


def dot(graph: Graph, view: View = "blocks", *, depth: int | None = None, direction: Direction = "TB") -> str:
    """The picture of a network in the DOT language; the same bytes on every run."""
    return write_dot(picture(graph, view, depth=depth, direction=direction))


def render(
    graph: Graph,
    format: str,
    view: View = "blocks",
    *,
    depth: int | None = None,
    direction: Direction = "TB",
    links: Links | None = None,
) -> bytes | Unavailable:
    """The picture of a network as a file of one of `FORMATS`, or why there is none.

    `links`: where the boxes of an SVG lead to; `None`: nowhere. An HTML page has a view of its own.
    """
    if format == "html":
        from archspec.backends.page import write_page

        return write_page(graph)
    drawn = picture(graph, view, depth=depth, direction=direction)
    return write_file(drawn, format, network_title(graph), lambda: _story(graph, drawn, links))


def write_file(drawn: Picture, format: str, title: str, story: Callable[[], Story]) -> bytes | Unavailable:
    """A picture as a file. `story`: what an SVG says beside what it shows."""
    match format:
        case "dot":
            return write_dot(drawn).encode()
        case "mmd":
            return write_mermaid(drawn).encode()
        case "svg":
            svg = _lay_out(drawn, "svg")
            return svg if isinstance(svg, Unavailable) else finish_svg(svg, story())
        case "png":
            png = _lay_out(drawn, "png")
            return png if isinstance(png, Unavailable) else stamp_png(png, _stamp(drawn))
        case "pdf":
            svg = _lay_out(drawn, "svg")
            if isinstance(svg, Unavailable):
                return svg
            pdf = pdf_of_svg(svg, title=title, stamp=_stamp(drawn))
            return pdf or Unavailable(
                "the layout engine wrote an svg of which no pdf can be made", "draw a png"
            )
        case _:
            return Unavailable(f"`{format}` is not a format of pictures", f"one of {', '.join(FORMATS)}")


def is_current(
    data: bytes,
    graph: Graph,
    format: str,
    view: View = "blocks",
    *,
    depth: int | None = None,
    direction: Direction = "TB",
    links: Links | None = None,
) -> bool:
    """Whether the file `data` is what `render` would make now, but for where a layout engine puts things. Needs no
    engine.
    """
    drawn = picture(graph, view, depth=depth, direction=direction)
    match format:
        case "svg":
            return read_stamp(data) == _story(graph, drawn, links).stamp
        case "png" | "pdf":
            return read_stamp(data) == _stamp(drawn)
        case _:
            return data.replace(b"\r\n", b"\n") == render(
                graph, format, view, depth=depth, direction=direction
            )


def _story(graph: Graph, drawn: Picture, links: Links | None) -> Story:
    title, description, notes = network_title(graph), describe(graph), write_notes(graph, links)
    stamp = make_stamp(
        _stamp(drawn),
        title,
        description,
        *(f"{name}\0{note.text}\0{note.link}" for name, note in notes.items()),
    )
    return Story(title, description, notes, stamp)


def _stamp(drawn: Picture) -> str:
    """Of the picture in the light and in the dark."""
    return make_stamp(write_dot(drawn), *(paint.dark for paint in theme.PAINTS))


def _lay_out(drawn: Picture, format: LaidOut) -> bytes | Unavailable:
    laid_out: bytes | Unavailable = Unavailable("", "")
    for node_gap in NODE_GAPS:
        laid_out = render_dot(write_dot(drawn, node_gap=node_gap), format)
        if isinstance(laid_out, bytes) or "routesplines" not in laid_out.message:
            break
    if isinstance(laid_out, Unavailable) and " gave no " in laid_out.message:
        # Where many paths run side by side and cross (HRNet), Graphviz cannot keep the columns straight ("init_rank").
        return render_dot(write_dot(drawn, columns=False), format)
    return laid_out
