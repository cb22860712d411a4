"""Pictures of networks, in the DOT language.

In: a graph. Out: DOT text (`dot`), or an image of it (`render`).

    blocks    the blocks view: graph → picture, out of
        steps         the steps of a module, drawn below each other
        runs          what the spec repeats, and is drawn once
        bend          a network that goes down and up again, drawn as a U
    full      the full view: graph → picture
    broken    a spec with errors, as far as it could be checked
    overview  the overview: graph → picture, out of
        cards         the parts of a network: graph → parts
        contents      what a part holds, in words
        templates     each block drawn once, with symbols for the numbers in which copies differ
        symbols       one text for several that differ in numbers
        rewriting     the texts and names of a picture, replaced
        u_shape       encoders and decoders
        arrangement   where the blocks stand
    only      a part of a network as a network of its own
    reading   what a view asks of a module before it draws it
    picture   the parts of a picture as data, whatever the view
    writer    picture → DOT text; `writer_overview` for cards, `sideways` for what stands upright from left to right
    statements  the DOT language, as statements that print themselves
    labels    HTML-like labels as trees
    theme     colours and sizes
    legend    what the colours of a picture stand for
    engine    DOT text → SVG, PNG
    svg       SVG → SVG for light and dark, with tooltips, links and a description
    pdf       SVG → PDF
    notes     what is said of each node, and where it was written
    alt_text  a picture in words
    mermaid   picture → Mermaid
    stamps    how a file says what it was made of
"""

from archspec.backends.dot.alt_text import describe
from archspec.backends.dot.draw import DIRECTIONS, FORMATS, VIEWS, View, dot, is_current, render
from archspec.backends.dot.engine import Unavailable

__all__ = ["DIRECTIONS", "FORMATS", "VIEWS", "Unavailable", "View", "describe", "dot", "is_current", "render"]
