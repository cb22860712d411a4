"""A text over several lines, such as an `about`, that YAML does not take for one.

In: where libyaml stopped, at or in such a text. Out: the cause; None where it is another.
"""

from __future__ import annotations

import re
from typing import Final

from archspec.yaml_errors.columns import TOP_LEVEL
from archspec.yaml_errors.stop import Cause, Edits, Stop, indent, reads_on

PROSE: Final = ("about", "name", "note", "description", "title")
"""The keys whose values are texts for the reader."""
_ANNOUNCED: Final = re.compile(r"( *)([\w$-]+): *[|>][-+]?[ ]*(?:#.*)?")
_HEADER: Final = re.compile(rf"( *)(?:- +)?({'|'.join(PROSE)}):[ ]*(.*)")
_KEY: Final = re.compile(r"\w+:(?: *$| *[\[{\d]| +\S+ *$)")
_TOP_LEVEL: Final = re.compile(rf"(?:{'|'.join(TOP_LEVEL)}):(?: |$)")
_MAX_LINES: Final = 100


def prose(stop: Stop) -> Cause | None:
    """The lines of a text that is not indented below `about: >-`, or not announced by `>-`."""
    number = stop.source.position(min(stop.begin, stop.at))[0]
    for above in range(number, max(0, number - _MAX_LINES), -1):
        line = stop.source.line(above)
        if announced := _ANNOUNCED.fullmatch(line.rstrip()):
            return _not_indented(stop, above, len(announced[1]), number)
        if header := _HEADER.fullmatch(line.rstrip()):
            lines = [stop.source.line(each) for each in range(above + 1, number + 1)]
            is_below = all(
                indent(each) > len(header[1]) and _TOP_LEVEL.match(each.strip()) is None
                for each in lines
                if each.strip()
            )
            return _not_announced(stop, above, header) if is_below else None
    return None


def _not_indented(stop: Stop, number: int, column: int, stopped: int) -> Cause | None:
    """The lines below line `number`, which announces a text, up to the next key of its own column; None where libyaml
    stopped elsewhere.
    """
    edits: list[tuple[int, int, str]] = []
    first, last = number + 1, stop.source.position(len(stop.text))[0]
    while first < last and (not (line := stop.source.line(first)).strip() or indent(line) > column):
        first += 1
    end = first
    for below in range(first, min(first + _MAX_LINES, last)):
        line, start = stop.source.line(below), stop.source.line_start(below)
        if _KEY.match(line.strip()) or _TOP_LEVEL.match(line.strip()):
            break
        end = below
        if line.strip() and indent(line) <= column:
            edits.append((start, start + indent(line), " " * (column + 2)))
    if not first <= stopped <= end + 1 or not edits or not reads_on(stop.text, tuple(edits)):
        return None
    start, past = edits[0][1], stop.source.line_start(first) + len(stop.source.line(first).rstrip())
    key = stop.source.line(number).strip().partition(":")[0]
    message = f"this line is not indented, and belongs to the text of `{key}`"
    return Cause("E0118", start, past, message, "indent it below its key", (), tuple(edits))


def _not_announced(stop: Stop, number: int, header: re.Match[str]) -> Cause | None:
    """`about:` with a text below it, or from its own line on, that holds a `: `."""
    column, key, value = len(header[1]), header[2], header[3]
    start = stop.source.line_start(number)
    behind = start + header.start(3)
    end = start + len(header[0])
    below = stop.source.line(stop.beside(number, 1))
    if indent(below) <= column or value[:1] in ("'", '"', "|", ">", "[", "{", "#"):
        return None
    edits: Edits = ((end, end, " >-"),) if not value else ((behind, behind, f">-\n{' ' * indent(below)}"),)
    if not reads_on(stop.text, edits):
        return None
    message = f"the text of `{key}` goes over several lines and holds a `: `"
    at = start + header.start(2)
    return Cause(
        "E0101", at, at + len(key), message, "announce it with `>-`, on a line of its own", (), edits
    )
