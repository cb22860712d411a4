"""Pictures of networks, in the DOT language.

In: a graph. Out: DOT text (`dot`), or an image of it (`render`).

    blocks    the blocks view: graph → picture
    reading   what a view asks of a module before it draws it
    picture   the parts of a picture as data, whatever the view
    writer    picture → DOT text
    labels    HTML-like labels as trees
    theme     colours and sizes
    engine    DOT text → SVG, PNG, PDF
    pdf       SVG → PDF, for an engine that writes none
"""

from archspec.backends.dot.draw import FORMATS, VIEWS, View, dot, render
from archspec.backends.dot.engine import Unavailable

__all__ = ["FORMATS", "VIEWS", "Unavailable", "View", "dot", "render"]
