"""What a picture was made of, as a number in the picture's own file.

In: everything a picture shows, but for where the layout engine put it. Out: a stamp, and files with it.
Holds: two pictures with one stamp differ at most in their layout, whatever engine drew them, so that a committed
picture can be checked on a machine with another engine, or with none.
"""

from __future__ import annotations

import re
import zlib
from hashlib import sha256
from typing import Final

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_KEYWORD: Final = b"archspec\0"
_IN_SVG: Final = re.compile(rb'<svg [^>]*\bdata-archspec="([0-9a-f]{64})"')
_IN_PDF: Final = re.compile(rb"/Archspec \(([0-9a-f]{64})\)")


def make_stamp(*parts: str) -> str:
    """64 hexadecimal digits for some texts, in their order."""
    digest = sha256()
    for part in parts:
        data = part.encode("utf-8", "backslashreplace")
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()


def stamp_png(png: bytes, stamp: str) -> bytes:
    """The image with the stamp in a text chunk, right after its header."""
    chunk = b"tEXt" + _KEYWORD + stamp.encode()
    length, check = len(chunk) - 4, zlib.crc32(chunk)
    after_header = len(_SIGNATURE) + 4 + 4 + int.from_bytes(png[8:12], "big") + 4
    text = length.to_bytes(4, "big") + chunk + check.to_bytes(4, "big")
    return png[:after_header] + text + png[after_header:]


def read_stamp(data: bytes) -> str | None:
    """The stamp of an SVG, a PNG or a PDF; `None` for a file that has none."""
    if data.startswith(_SIGNATURE):
        at = data.find(b"tEXt" + _KEYWORD, 0, 200)
        start = at + 4 + len(_KEYWORD)
        found = data[start : start + 64].decode("latin-1")
        return found if at > 0 and re.fullmatch("[0-9a-f]{64}", found) else None
    in_svg = _IN_SVG.search(data, 0, 4096)
    in_pdf = _IN_PDF.search(data) if data.startswith(b"%PDF") else None
    match = in_svg or in_pdf
    return None if match is None else match[1].decode()
