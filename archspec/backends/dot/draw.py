"""A graph drawn: as DOT text, or as the bytes of a file. Each view and each format is imported by who asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from archspec.backends.dot import theme
from archspec.backends.dot.engine import LaidOut, Unavailable, render_dot
from archspec.backends.dot.measures import Measures
from archspec.backends.dot.picture import Direction, Picture
from archspec.backends.wording import network_title
from archspec.ir import Graph
from archspec.syntax import collector_paused

if TYPE_CHECKING:
    from archspec.backends.dot.notes import Links
    from archspec.backends.dot.svg import Story

View: TypeAlias = Literal["overview", "blocks", "full"]
VIEWS: Final[tuple[View, ...]] = get_args(View)
DIRECTIONS: Final[tuple[Direction, ...]] = get_args(Direction)
TextFormat: TypeAlias = Literal["dot", "mmd", "html"]
ImageFormat: TypeAlias = Literal["svg", "png", "pdf"]
FORMATS: Final[tuple[str, ...]] = (*get_args(ImageFormat), *get_args(TextFormat))

WIDER_GAPS: Final = (theme.NODE_GAP + 0.04, theme.NODE_GAP + 0.1)
"""Inches between neighbours. Now and then Graphviz fails to route an edge ("routesplines"), a defect of its geometry
that a slightly wider layout avoids."""


def picture(
    graph: Graph, view: View = "blocks", *, depth: int | None = None, direction: Direction = "TB"
) -> Picture:
    """The picture of a network as data. `depth`: how deep it opens modules: an overview has a card for what has a path
    of so many names, the other views a box; `None`: an overview, as deep as it takes to say something; the others, all.
    """
    return _picture(Measures(graph), view, depth, direction)


@collector_paused()
def _picture(measures: Measures, view: View, depth: int | None, direction: Direction) -> Picture:
    drawn = _view(measures, view, depth, direction)
    return drawn if view == "overview" else replace(drawn, direction=direction)


def _view(measures: Measures, view: View, depth: int | None, direction: Direction) -> Picture:
    graph = measures.graph
    match view:
        case "overview":
            from archspec.backends.dot.overview import draw_overview

            return draw_overview(graph, depth, direction, measures)
        case "blocks":
            from archspec.backends.dot.blocks import draw_blocks

            return draw_blocks(graph, depth)
        case "full":
            from archspec.backends.dot.full import draw_full

            return draw_full(graph, depth)


def dot(graph: Graph, view: View = "blocks", *, depth: int | None = None, direction: Direction = "TB") -> str:
    """The picture of a network in the DOT language; the same bytes on every run."""
    from archspec.backends.dot.writer import write_dot

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
    refused = refusal(format, view, depth, direction)
    if refused is not None:
        return refused
    if format == "html":
        from archspec.backends.page import write_page

        return write_page(graph)
    measures = Measures(graph)
    drawn = _picture(measures, view, depth, direction)
    return write_file(drawn, format, network_title(graph), lambda text: _story(measures, drawn, text, links))


def refusal(format: str, view: str, depth: int | None, direction: str) -> Unavailable | None:
    """Why there is no such picture, whatever the network."""
    if view not in VIEWS:
        return _unknown("view", view, VIEWS)
    if direction not in DIRECTIONS:
        return _unknown("direction", direction, DIRECTIONS)
    if depth is not None and depth < 1:
        return Unavailable(f"there is no depth {depth}", "it is 1 or more")
    if format == "html" and (view != "blocks" or depth is not None or direction != "TB"):
        return Unavailable("a page folds and unfolds", "it takes no view, depth or direction")
    return None


def _unknown(what: str, name: str, known: Sequence[str]) -> Unavailable:
    from archspec.spelling import choices  # only a mistake pays for it

    return Unavailable(f"there is no {what} `{name}`", f"there is {choices(name, known)}")


def write_file(drawn: Picture, format: str, title: str, story: Callable[[str], Story]) -> bytes | Unavailable:
    """A picture as a file. `story`: what an SVG says beside what it shows, by the picture's DOT text."""
    if format == "mmd":
        from archspec.backends.dot.mermaid import write_mermaid

        return write_mermaid(drawn).encode()
    from archspec.backends.dot.writer import write_dot

    text = write_dot(drawn)
    match format:
        case "dot":
            return text.encode()
        case "svg":
            from archspec.backends.dot.svg import finish_svg

            svg = _lay_out(drawn, text, "svg")
            return svg if isinstance(svg, Unavailable) else finish_svg(svg, story(text))
        case "png":
            from archspec.backends.dot.stamps import stamp_png

            png = _lay_out(drawn, text, "png")
            return png if isinstance(png, Unavailable) else stamp_png(png, _stamp(text))
        case "pdf":
            from archspec.backends.dot.pdf import pdf_of_svg

            svg = _lay_out(drawn, text, "svg")
            if isinstance(svg, Unavailable):
                return svg
            pdf = pdf_of_svg(svg, title=title, stamp=_stamp(text))
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
    if format not in get_args(ImageFormat):
        return data.replace(b"\r\n", b"\n") == render(graph, format, view, depth=depth, direction=direction)
    from archspec.backends.dot.stamps import read_stamp
    from archspec.backends.dot.writer import write_dot

    measures = Measures(graph)
    drawn = _picture(measures, view, depth, direction)
    text = write_dot(drawn)
    return read_stamp(data) == (
        _story(measures, drawn, text, links).stamp if format == "svg" else _stamp(text)
    )


def _story(measures: Measures, drawn: Picture, text: str, links: Links | None) -> Story:
    from archspec.backends.dot.alt_text import describe
    from archspec.backends.dot.notes import write_notes
    from archspec.backends.dot.stamps import make_stamp
    from archspec.backends.dot.svg import Story

    title, description = network_title(measures.graph), describe(measures.graph)
    notes = write_notes(drawn, measures, links)
    stamp = make_stamp(
        _stamp(text),
        title,
        description,
        *(f"{name}\0{note.text}\0{note.link}" for name, note in notes.items()),
    )
    return Story(title, description, notes, stamp)


def _stamp(text: str) -> str:
    """Of the picture in the light and in the dark."""
    from archspec.backends.dot.stamps import make_stamp

    return make_stamp(text, *(paint.dark for paint in theme.PAINTS))


def _lay_out(drawn: Picture, text: str, format: LaidOut) -> bytes | Unavailable:
    """`text`: the picture in the DOT language, of which others are tried where the engine fails on it."""
    from archspec.backends.dot.writer import write_dot

    laid_out = render_dot(text, format)
    for node_gap in WIDER_GAPS:
        if isinstance(laid_out, bytes) or "routesplines" not in laid_out.message:
            break
        laid_out = render_dot(write_dot(drawn, node_gap=node_gap), format)
    if isinstance(laid_out, Unavailable) and " gave no " in laid_out.message:
        # Where many paths run side by side (HRNet), Graphviz fails to keep them from crossing ("init_rank").
        return render_dot(write_dot(drawn, columns=False), format)
    return laid_out
