"""SVG as Graphviz writes it → the SVG that is delivered.

In: the engine's SVG, what to say of the picture and of its nodes. Out: an SVG for light and dark pages, with a title
and a description for those who do not see it, a tooltip on each node, and links to where the nodes were written.
Holds: the picture has no script and fetches nothing, so that it works inside `<img>`; in the dark every colour is
exchanged for its counterpart, and nothing else changes; the same input gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import groupby, pairwise
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from archspec.backends.dot import theme
from archspec.backends.dot.notes import Note
from archspec.backends.dot.stamps import seal, unsealed
from archspec.records import dataclass

_SVG: Final = "http://www.w3.org/2000/svg"
_NAMESPACE: Final = f"{{{_SVG}}}"
_NAME: Final = "{http://www.w3.org/1999/xlink}title"
"""Of an anchor around a cell: the name of what the cell shows."""
_SIDES: Final = ("fill", "stroke")
_ACROSS: Final = re.compile(r"(-?[\d.]+),-?[\d.]+")
"""The x of each point of an outline."""
_LEAST_LINE: Final = theme.SMALL_SIZE / 2
"""Points between texts below each other; beside each other, one is hardly higher than the other."""
_KEPT: Final[tuple[str, ...]] = ("width", "height", "viewBox")


@dataclass(frozen=True, slots=True)
class Story:
    """What is said of a picture beside what is drawn."""

    title: str
    description: str
    notes: Mapping[str, Note]
    stamp: str


def finish_svg(svg: bytes, story: Story) -> bytes:
    """The engine's SVG with everything that the engine does not know."""
    root = ElementTree.fromstring(svg)
    has_links = False
    for element in root.iter():
        element.tag = element.tag.removeprefix(_NAMESPACE)
        element.text, element.tail = _words(element), "\n"
    for group in list(root.iter("g")):
        _centre(group)
        has_links |= _annotate(group, story.notes)
    graph = root.find("g")
    if graph is not None:
        graph.attrib.pop("id", None)
    head = (
        _element("title", story.title, id=f"title-{story.stamp[:8]}"),
        _element("desc", story.description, id=f"desc-{story.stamp[:8]}"),
        _element("style", _style(root)),
    )
    for index, element in enumerate(head):
        root.insert(index, element)
    sides = [(name, root.attrib[name]) for name in _KEPT if name in root.attrib]
    root.attrib.clear()
    root.attrib |= {
        "xmlns": _SVG,
        **dict(sides),
        # An image is one thing to a screen reader; what has links in it is a document.
        "role": "graphics-document document" if has_links else "img",
        "aria-labelledby": f"title-{story.stamp[:8]} desc-{story.stamp[:8]}",
        "data-archspec": unsealed(story.stamp),
    }
    finished: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return seal(finished, story.stamp)


def _annotate(group: Element, notes: Mapping[str, Note]) -> bool:
    """Put the note of a node, a card or a cell in place of the engine's title. Whether it has a link."""
    anchor = group.find("a")
    if anchor is not None and _NAME in anchor.attrib:
        return _annotate_cell(group, anchor, notes)
    title = group.find("title")
    if title is None:
        return False
    name = title.text or ""
    group.remove(title)
    group.attrib.pop("id", None)
    if group.attrib.get("class") == "cluster":
        name = name.removeprefix("cluster ")
    elif group.attrib.get("class") != "node":
        return False
    note = notes.get(name)
    if note is None:
        return False
    _write_note(group, list(group), note)
    return bool(note.link)


def _annotate_cell(group: Element, anchor: Element, notes: Mapping[str, Note]) -> bool:
    group.attrib.pop("id", None)
    note = notes.get(anchor.attrib[_NAME], Note(""))
    _write_note(group, list(anchor), note)
    return bool(note.link)


def _write_note(group: Element, drawn: list[Element], note: Note) -> None:
    """Make `drawn` all there is in a group, with a note; what has notes of its own keeps its own link."""
    group[:] = drawn
    if note.link:
        group[:] = []
        for is_cell, parts in groupby(drawn, key=lambda element: element.tag == "g"):
            if is_cell:
                group.extend(parts)
            else:
                link = Element("a", {"href": note.link})
                link.extend(parts)
                group.append(link)
    if note.text:
        group.insert(0, _element("title", note.text))


def _centre(group: Element) -> None:
    """Put texts that stand alone in their lines, in a box of their own, in its middle, as wide as a viewer draws them:
    the engine puts them where they begin by its own guess of their width.
    """
    drawn = [element for element in group if element.tag != "title"]
    outlines = [element for element in drawn if element.tag != "text"]
    words = [element for element in drawn if element.tag == "text"]
    heights = sorted(float(element.attrib.get("y", "0")) for element in words)
    is_column = all(below - above > _LEAST_LINE for above, below in pairwise(heights))
    if group.attrib.get("class") != "node" or len(outlines) != 1 or not is_column:
        return
    outline = outlines[0].attrib
    across = [float(found) for found in _ACROSS.findall(outline.get("points", outline.get("d", "")))]
    if across:
        middle = f"{(min(across) + max(across)) / 2:.2f}".rstrip("0").rstrip(".")
        for element in words:
            element.attrib |= {"text-anchor": "middle", "x": middle}


def _style(root: Element) -> str:
    """The rules of the text, and of the colours that the picture uses."""
    used = {(side, element.attrib.get(side)) for element in root.iter() for side in _SIDES}
    rules = [
        f'[{side}="{paint}"]{{{side}:{paint.dark}}}'
        for paint in theme.PAINTS
        for side in _SIDES
        if (side, paint) in used
    ]
    dark = "\n".join(("@media (prefers-color-scheme:dark){", *rules, "}"))
    return f"\ntext{{font-family:{theme.FONT_STACK};white-space:pre}}\n{dark}\n"


def _words(element: Element) -> str | None:
    """The text of an element; between elements there are line ends only."""
    if element.tag == "text":
        for name in ("font-family", "{http://www.w3.org/XML/1998/namespace}space"):
            element.attrib.pop(name, None)
    if element.tag in ("text", "title"):
        return element.text
    return "\n" if len(element) else None


def _element(tag: str, text: str, **attributes: str) -> Element:
    element = Element(tag, attributes)
    element.text = text
    element.tail = "\n"
    return element
