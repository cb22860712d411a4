"""What a picture was made of, as a number in the picture's own file.

In: everything a picture shows, but for where the layout engine put it. Out: a stamp, and files with it.
Holds: two pictures with one stamp differ at most in their layout, whatever engine drew them, so that a committed
picture can be checked on a machine with another engine, or with none. Behind the stamp stands a seal, a digest of the
rest of the file: a file that was cut off or edited has no stamp.
"""

from __future__ import annotations

import re
import zlib
from hashlib import sha256
from typing import Final

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_KEYWORD: Final = b"archspec\0"
_OPEN: Final = "0" * 64
"""Where a seal will stand."""
_SEALED: Final = rb"([0-9a-f]{64}) ([0-9a-f]{64})"
_IN_SVG: Final = re.compile(rb'<svg [^>]*\bdata-archspec="' + _SEALED + rb'"')
_IN_PDF: Final = re.compile(rb"/Archspec \(" + _SEALED + rb"\)")


def make_stamp(*parts: str) -> str:
    """64 hexadecimal digits for some texts, in their order."""
    digest = sha256()
    for part in parts:
        data = part.encode("utf-8", "backslashreplace")
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()


def unsealed(stamp: str) -> str:
    """What the text of an SVG or a PDF says before it is sealed."""
    return f"{stamp} {_OPEN}"


def seal(data: bytes, stamp: str) -> bytes:
    """An SVG or a PDF that says `unsealed(stamp)`, with its seal; not a byte moves."""
    return data.replace(unsealed(stamp).encode(), f"{stamp} {_digest(data)}".encode(), 1)


def stamp_png(png: bytes, stamp: str) -> bytes:
    """The image with the stamp and its seal in a text chunk, right after its header."""
    chunk = b"tEXt" + _KEYWORD + f"{stamp} {_digest(png)}".encode()
    length, check = len(chunk) - 4, zlib.crc32(chunk)
    after_header = len(_SIGNATURE) + 4 + 4 + int.from_bytes(png[8:12], "big") + 4
    text = length.to_bytes(4, "big") + chunk + check.to_bytes(4, "big")
    return png[:after_header] + text + png[after_header:]


def read_stamp(data: bytes) -> str | None:
    """The stamp of an SVG, a PNG or a PDF; `None` for a file that has none, or is not as it was written."""
    if data.startswith(_SIGNATURE):
        return _read_png(data)
    match = _IN_SVG.search(data, 0, 4096) or (_IN_PDF.search(data) if data.startswith(b"%PDF") else None)
    if match is None:
        return None
    rest = data[: match.start(2)] + _OPEN.encode() + data[match.end(2) :]
    return match[1].decode() if match[2].decode() == _digest(rest) else None


def _read_png(data: bytes) -> str | None:
    at = data.find(b"tEXt" + _KEYWORD, 0, 200)
    if at < 0:
        return None
    start = at + 4 + len(_KEYWORD)
    stamp = data[start : start + 64].decode("latin-1")
    image = data[: at - 4] + data[start + len(unsealed(stamp)) + 4 :]
    return stamp if re.fullmatch("[0-9a-f]{64}", stamp) and stamp_png(image, stamp) == data else None


def _digest(data: bytes) -> str:
    """Of a file, whose ends of lines a version control system may have rewritten if it is text."""
    is_text = not data.startswith((_SIGNATURE, b"%PDF"))
    return sha256(data.replace(b"\r\n", b"\n") if is_text else data).hexdigest()
