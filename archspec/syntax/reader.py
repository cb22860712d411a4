"""YAML text → its tree.

In: the bytes or the text of one file. Out: the root mapping, or None with errors in the sink. What holds of
the tree: its keys are texts, each once in its mapping; its scalars are those of the core schema of YAML 1.2
(`no` is a text, `1e-5` a number, `010` ten); numbers are finite and within 64 bits; nesting and size are
bounded.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Final

from archspec.diagnostics import Edit, Fix, Sink
from archspec.source import MAX_BYTES, Source, Span
from archspec.syntax.builder import TreeBuilder, code_point
from archspec.syntax.tree import ListNode, MappingNode, Scalar, what

MAX_READINGS: Final = 10
"""How often a text is mended and read again."""
_MAX_RETURNS: Final = 1_000
"""How many carriage returns a fix replaces."""
MAX_LENGTH: Final = 100_000
"""Longer texts are not: each reading takes time."""


def read(name: str, data: bytes, sink: Sink) -> tuple[Source, MappingNode | None]:
    """The file `name` with the content `data`: its source, for showing errors, and its tree."""
    if len(data) > MAX_BYTES:
        source = Source(name, "")
        _too_large(source, sink)
        return source, None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in data[:4]:
        source = Source(name, "")
        sink.error("E0003", Span(source, 0, 0), "the file is in UTF-16 or UTF-32", help="save it as UTF-8")
        return source, None
    try:
        source = Source(name, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        source = Source(name, data.decode("utf-8-sig", errors="replace"))
        at = len(data[: error.start].decode("utf-8-sig", errors="replace"))
        message = f"byte 0x{data[error.start]:02x} is not UTF-8"
        sink.error("E0003", Span(source, at, at + 1), message, help="save the file as UTF-8")
        return source, None
    return source, read_text(source, sink)


def read_text(source: Source, sink: Sink, *, again: int = MAX_READINGS) -> MappingNode | None:
    """The tree of a text. After a key that stands twice (the first counts) there is a tree as well; and after what
    libyaml cannot read, where it is certain how to mend that, `again` times at most.
    """
    if len(source.text) > MAX_BYTES:
        _too_large(source, sink)
        return None
    if forbidden := _forbidden(source.text):
        character = forbidden.group()
        message = f"character {code_point(character)} may not stand in a spec"
        help = "write it as an escape in double quotes, or delete it"
        sink.error("E0103", Span(source, forbidden.start(), forbidden.end()), message, help=help)
        return None
    if "\r" in source.text and (returns := _lone_returns(source)):
        message = "the line ends with a carriage return alone, as old Macs had it"
        help = "end every line with a line feed"
        edits = tuple(Edit(span, "\n") for span in returns)
        fixes = (Fix(help, edits),) if len(edits) <= _MAX_RETURNS else ()
        sink.error("E0103", returns[0], message, help=help, fixes=fixes)
        return None
    builder = TreeBuilder(source, sink)
    with collector_paused():
        root = builder.root()
    # Slips in other files count as well: all readings of a spec together are bounded.
    if builder.mending and again and sink.errors <= MAX_READINGS and len(source.text) <= MAX_LENGTH:
        from archspec.syntax.recovery import read_mended  # only a mistake pays for it

        return read_mended(source, builder.mending, sink, partial(read_text, again=again - 1))
    sink.values += builder.values
    if builder.broken:
        return None
    if isinstance(root, MappingNode) and root.get("archspec") is not None and not _has_rows(root):
        return root
    if root is not None:
        from archspec.syntax.formats import report_foreign  # only a mistake pays for it

        if report_foreign(root, sink):
            return None
    if isinstance(root, MappingNode):
        return root
    help = "begin with `archspec: 1`, then `name: …`, `input: […]` and `body: …`"
    if root is None or (isinstance(root, Scalar) and root.value is None and root.start == root.end):
        sink.error("E0110", Span(source, 0, 0), "the file is empty", help=help)
    else:
        message = f"the file is {what(root)}, and a spec is a mapping"
        sink.error("E0111", root.span, message, help=help)
    return None


def _has_rows(root: MappingNode) -> bool:
    """Whether a part of the file begins with a list in a list that itself ends with one, as no sequence does."""
    return any(
        isinstance(part, ListNode)
        and part.items
        and isinstance(row := part.items[0], ListNode)
        and row.items
        and isinstance(row.items[-1], ListNode)
        for _, part in root.entries
    )


def _lone_returns(source: Source) -> list[Span]:
    """The carriage returns without a line feed; of too many to replace, the first.

    YAML ends a line there, and not every editor does: there would be two ways to count lines.
    """
    found = re.finditer(r"\r(?!\n)", source.text)
    return [Span(source, *each.span()) for each in islice(found, _MAX_RETURNS + 1)]


def _forbidden(text: str) -> re.Match[str] | None:
    """The first character that libyaml refuses to read, with a poorer message; or a byte order mark, which would put
    its offsets out of step (`read` takes the one at the beginning off).
    """
    if text.replace("\n", "").isprintable():
        return None  # none of them is printable; the pattern takes longer to compile than most specs to read
    return re.search("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]", text)


def _too_large(source: Source, sink: Sink) -> None:
    message = f"the file is larger than {MAX_BYTES:,} bytes"
    sink.error(
        "E0002", Span(source, 0, 0), message, help="use `repeat`, `for` and `blocks` in place of copied text"
    )


@contextmanager
def collector_paused() -> Iterator[None]:
    """Without the cycle collector, which finds nothing in a growing tree or graph and takes a third of the time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
