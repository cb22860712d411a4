"""Long names in a picture: in lines, or cut; the tooltip of a layer or a module has all of its name.

In: a name, or a title. Out: what is written. Holds: a name that is written in full in every network of a paper is not
changed; no name makes a picture wider than its boxes do.
"""

from __future__ import annotations

import re
from typing import Final

from archspec.backends.dot import theme
from archspec.diagnostics import shortened

LONGEST_NAME: Final = 28
"""Characters of a name."""
_END: Final = 10
"""Characters of a name that follow what is cut."""
_MOST_LINES: Final = 2
_MOST_HEADLINES: Final = 3
_LONGEST_HEADLINE: Final = 0.8 * theme.PAGE_WIDTH
"""Points of a line of the network's title."""
_PART: Final = re.compile(r"[^_.\s-]*[_.\s-]*")
"""A part of a name, with what parts it from the next."""


def short_name(name: str) -> str:
    """A name on one line. Names that are alike mostly differ at their ends: it is cut before that."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - _END - 1]}…{name[-_END:]}"


def name_lines(name: str) -> tuple[str, ...]:
    """A name on up to two lines, broken where its words are."""
    lines = [""]
    for part in _PART.findall(name):
        if lines[-1] and len(lines) < _MOST_LINES and len(lines[-1] + part) > LONGEST_NAME:
            lines.append("")
        lines[-1] += part
    return tuple(map(short_name, lines))


def headline_lines(title: str) -> tuple[str, ...]:
    """The title of a network, in lines."""
    lines: list[str] = []
    for word in title.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and theme.text_width(longer, theme.TITLE_SIZE) <= _LONGEST_HEADLINE:
            lines[-1] = longer
        elif len(lines) < _MOST_HEADLINES:
            lines.append(shortened(word))
        else:
            return (*lines[:-1], f"{lines[-1]} …")
    return tuple(lines)
