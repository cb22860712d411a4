"""Pictures of networks, in the DOT language.

In: a graph. Out: DOT text (`dot`), or an image of it (`render`).

    draw      what is offered: a graph as DOT text or as a file, in every view and format
    blocks    the blocks view: graph → picture, out of
        steps         the steps of a module, drawn below each other
        sheet         what is drawn so far: nodes, edges, levels
        places        where things are drawn, and where values come out
        paths         branches too many to stand side by side
        runs          what the spec repeats, and is drawn once
        ties          what keeps a column straight where the path leaves it
        bend          a network that goes down and up again, drawn as a U
    full      the full view: graph → picture
        copies        a module drawn once for all its places
    closed    a module that is not unfolded
    broken    a spec with errors, as far as it could be checked
    overview  the overview: graph → picture, out of
        cards         the parts of a network: graph → parts
        depths        how deep it opens groups
        folds         what it folds into cards
        contents      what a part holds, in words
        templates     each block drawn once, with symbols for what copies differ in
        nested        blocks inside of others: boxes with their names
        symbols       one text for several that differ in numbers or activations
        number_names  what the numbers in it are made of
        rewriting     the texts and names of a picture, replaced
        u_shape       encoders and decoders
        towers        what comes from different inputs
        arrangement   where the blocks stand
        wrapping      a line of cards from left to right, in rows
    extents   how large a drawing will be, about
    only      a part of a network as a network of its own
    reading   what a view asks of a module before it draws it; `descent`, which values are made of which
    measures  what a picture and its notes both measure
    optional_parts   what a layer's text says only where it is not as usual
    shapes_on_edges  which edges say what shape flows along them
    ties             what keeps a column straight where the path leaves it
    picture   the parts of a picture as data, whatever the view
    writer    picture → DOT text, out of
        meetings         one line where all that follows reads all that ends
        corners          arcs, in pieces between their corners
        writer_columns   how wide the columns are
        writer_nodes     what nodes look like; `writer_overview` for cards, `writer_paths` for rows of branches
        writer_edges     what edges look like
        writer_groups    what outlines look like
        sideways         what stands upright in a picture from left to right
    statements  the DOT language, as statements that are written as they are made
    labels    HTML-like labels as trees
    titles    long names, in lines or cut
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
from archspec.backends.dot.draw import DIRECTIONS, FORMATS, VIEWS, View, dot, is_current, refusal, render
from archspec.backends.dot.engine import Unavailable

__all__ = [
    "DIRECTIONS",
    "FORMATS",
    "VIEWS",
    "Unavailable",
    "View",
    "describe",
    "dot",
    "is_current",
    "refusal",
    "render",
]
