"""SVG as Graphviz writes it → PDF.

The engines that write PDF themselves put the hour into it, and fonts of the machine: this is the same everywhere.

In: an SVG of polygons, polylines, paths of cubic curves, ellipses and lines of text in Helvetica. Out: a
PDF of one page, with the text as text, in the fonts that every PDF viewer has; or `None` for an SVG with
anything else in it, so that no part of a picture is ever left out.
Holds: the same SVG gives the same bytes.
"""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from archspec.backends.dot.stamps import seal, unsealed
from archspec.records import dataclass

_NAMESPACE: Final = "{http://www.w3.org/2000/svg}"
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
_CIRCLE: Final = 0.5522847498
"""How far the handles of four cubic curves reach for them to make a circle of radius 1."""
_SYMBOLS: Final = {"←": 0xAC, "↑": 0xAD, "→": 0xAE, "↓": 0xAF}
"""What pictures write that Helvetica does not have, with its place in the font Symbol."""


class _UnknownPart(Exception):
    """The SVG has something that this module does not know how to draw."""


@dataclass(frozen=True, slots=True)
class _Font:
    """One of the fonts of every viewer, by its name in the page's resources."""

    name: str
    base: str
    encoding: str


_PLAIN: Final = _Font("F1", "Helvetica", "/Encoding /WinAnsiEncoding")
_BOLD: Final = _Font("F2", "Helvetica-Bold", "/Encoding /WinAnsiEncoding")
_SYMBOL: Final = _Font("F3", "Symbol", "")


def pdf_of_svg(svg: bytes, *, title: str, stamp: str) -> bytes | None:
    """One page, as large as the SVG says in points; `stamp` is what `stamps.read_stamp` finds in it."""
    try:
        root = ElementTree.fromstring(svg)
        width, height = (_points(root.attrib.get(side, "")) for side in ("width", "height"))
        commands = [f"1 0 0 -1 0 {height:g} cm", *_children(root)]
    except (ElementTree.ParseError, _UnknownPart):
        return None
    name = codecs.BOM_UTF16_BE + title.encode("utf-16-be", "backslashreplace")
    about = f"<< /Title <{name.hex()}> /Archspec ({unsealed(stamp)}) >>"
    return seal(_document(width, height, "\n".join(commands).encode("latin-1"), about.encode()), stamp)


def _children(parent: Element) -> Iterator[str]:
    for element in parent:
        name = element.tag.removeprefix(_NAMESPACE)
        match name:
            case "g":
                yield "q"
                yield from _move(element.attrib.get("transform", ""))
                yield from _children(element)
                yield "Q"
            case "a":  # around a cell, for its name
                yield from _children(element)
            case "title":
                pass
            case "polygon" | "polyline":
                yield from _shape(element, _lines(element, closed=name == "polygon"))
            case "path":
                yield from _shape(element, _curves(element))
            case "ellipse":
                yield from _shape(element, _ellipse(element))
            case "text":
                yield from _text(element)
            case _:
                raise _UnknownPart(name)


def _move(transform: str) -> Iterator[str]:
    if not transform:
        return
    known = re.fullmatch(r"scale\(1 1\) rotate\(0\) translate\((\S+) (\S+)\)", transform)
    if known is None:
        raise _UnknownPart(transform)
    yield f"1 0 0 1 {known[1]} {known[2]} cm"


def _shape(element: Element, outline: list[str]) -> Iterator[str]:
    """An outline with the fill and the stroke of its element."""
    fill, stroke = (_colour(element.attrib.get(paint, "none")) for paint in ("fill", "stroke"))
    line = float(element.attrib.get("stroke-width", "1"))
    if line == 0:  # in PDF the thinnest line there is, in SVG none
        stroke = None
    if fill is None and stroke is None:
        return
    yield "q"
    if fill is not None:
        yield f"{fill} rg"
    if stroke is not None:
        dashes = element.attrib.get("stroke-dasharray", "").replace(",", " ")
        yield f"{stroke} RG {line:g} w [{dashes}] 0 d"
    yield from outline
    yield "B" if fill is not None and stroke is not None else "f" if fill is not None else "S"
    yield "Q"


def _lines(element: Element, *, closed: bool) -> list[str]:
    points = _pairs(element.attrib["points"])
    commands = [f"{x:g} {y:g} {'l' if index else 'm'}" for index, (x, y) in enumerate(points)]
    return [*commands, "h"] if closed else commands


def _curves(element: Element) -> list[str]:
    path = element.attrib["d"]
    if set(re.findall("[A-Za-z]", path)) - set("MC") or not path.startswith("M"):
        raise _UnknownPart(path)
    start, *curves = _pairs(path)
    commands = [f"{start[0]:g} {start[1]:g} m"]
    for first, second, end in zip(curves[::3], curves[1::3], curves[2::3], strict=True):
        commands.append(f"{first[0]:g} {first[1]:g} {second[0]:g} {second[1]:g} {end[0]:g} {end[1]:g} c")
    return commands


def _ellipse(element: Element) -> list[str]:
    x, y, across, down = (float(element.attrib[name]) for name in ("cx", "cy", "rx", "ry"))
    handle_x, handle_y = across * _CIRCLE, down * _CIRCLE
    quarters = (
        (x + across, y + handle_y, x + handle_x, y + down, x, y + down),
        (x - handle_x, y + down, x - across, y + handle_y, x - across, y),
        (x - across, y - handle_y, x - handle_x, y - down, x, y - down),
        (x + handle_x, y - down, x + across, y - handle_y, x + across, y),
    )
    curves = (" ".join(f"{number:.4f}" for number in quarter) + " c" for quarter in quarters)
    return [f"{x + across:g} {y:g} m", *curves]


def _text(element: Element) -> Iterator[str]:
    if element.attrib.get("text-anchor") != "start":
        raise _UnknownPart("text that does not start at its place")
    colour = _colour(element.attrib.get("fill", "#000000"))
    if colour is None:
        return
    font = _BOLD if element.attrib.get("font-weight") == "bold" else _PLAIN
    size = float(element.attrib["font-size"])
    yield f"BT {colour} rg 1 0 0 -1 {element.attrib['x']} {element.attrib['y']} Tm"
    for run in re.split(f"([{''.join(_SYMBOLS)}])", element.text or ""):
        if run in _SYMBOLS:
            yield f"/{_SYMBOL.name} {size:g} Tf <{_SYMBOLS[run]:02x}> Tj"
        elif run:
            yield f"/{font.name} {size:g} Tf <{_encoded(run).hex()}> Tj"
    yield "ET"


def _encoded(text: str) -> bytes:
    """The text in the encoding of the built-in fonts; a character they do not have as its escape."""
    return text.encode("cp1252", "backslashreplace")


def _colour(value: str) -> str | None:
    """Red, green and blue from 0 to 1; `None` for what is not painted."""
    if value in ("none", "transparent"):
        return None
    if re.fullmatch("#[0-9a-fA-F]{6}", value) is None:
        raise _UnknownPart(value)
    return " ".join(f"{int(value[start : start + 2], 16) / 255:.4f}" for start in (1, 3, 5))


def _pairs(text: str) -> list[tuple[float, float]]:
    numbers = [float(number) for number in _NUMBER.findall(text)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _points(length: str) -> float:
    if not length.endswith("pt"):
        raise _UnknownPart(length)
    return float(length.removesuffix("pt"))


def _document(width: float, height: float, content: bytes, about: bytes) -> bytes:
    fonts = (_PLAIN, _BOLD, _SYMBOL)
    names = " ".join(f"/{font.name} {number} 0 R" for number, font in enumerate(fonts, start=5))
    packed = zlib.compress(content, 9)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:g} {height:g}] /Contents 4 0 R "
        f"/Resources << /Font << {names} >> >> >>".encode(),
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
        *(
            f"<< /Type /Font /Subtype /Type1 /BaseFont /{font.base} {font.encoding} >>".encode()
            for font in fonts
        ),
        about,
    ]
    document = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets: list[int] = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(document))
        document += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(document)
    document += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    document += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    document += trailer % (len(objects) + 1, len(objects), start)
    return bytes(document)
