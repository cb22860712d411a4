"""The interactive page of a network: one HTML file that needs nothing else.

In: a graph. Out: the bytes of the file (`write_page`; `write_broken_page` of a spec with errors).

    arrangement  where the parts of a module stand: below each other, side by side, beside the column
    listing      the spec's text, and the lines of each step
    data         all that the page knows, as JSON
    document     the file: page.html with the data, the style and the script in it
    static/      page.html, page.css, and the script in parts
"""

from archspec.backends.page.document import write_broken_page, write_page

__all__ = ["write_broken_page", "write_page"]
