"""Characters that look like those that YAML reads, and lines that another program left behind.

In: a text. Out: the cause, with an edit for every such character in the file: whoever has one has copied it, and most
often the lines around it. What stands between quotes and in comments is a text, and left alone.
"""

from __future__ import annotations

import re
from typing import Final

from archspec.diagnostics import Label
from archspec.source import Source, Span
from archspec.yaml_errors.stop import Cause, Stop

_BLANKS: Final = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_DASHES: Final = "\u2010-\u2015\u2212"
_LOOK_ALIKE: Final = re.compile(
    r"'[^'\n]*'|\"[^\"\n]*\"|(?:^|(?<=\s))\#[^\n]*"
    rf"|(?P<blank>(?:^|(?<=[:,\[{{-]))[ ]*[{_BLANKS}][ {_BLANKS}]*"
    rf"|(?<![{_BLANKS}])[{_BLANKS}]+(?![{_BLANKS}])(?=[ ]*(?:[,\]}}#]|$)))"
    rf"|^[ ]*(?P<dash>[{_DASHES}])(?=[ ]+\S)"
    r"|(?:^[ ]*(?:-[ ]+)*|[{,\uff0c][ ]*)[\w$()+]+(?P<colon>[\uff1a\ufe55][ ]*)(?=\S|$)"
    r"|(?<=[\s\[{,:])[\u201c\u201d\u201e](?P<quoted>[^\u201c\u201d\u201e\"\\\n]*)[\u201c\u201d](?=\s*(?:[:,}\]#]|$))",
    re.MULTILINE,
)
_CONFLICT: Final = re.compile(r"^(<{7}|={7}|>{7}|\|{7})(?= |$)", re.MULTILINE)
_MAX_EDITS: Final = 1_000


def conflict(stop: Stop) -> Cause | None:
    """The lines that `git merge` writes around what it could not merge."""
    first = _CONFLICT.search(stop.text)
    if first is None or first.start() > stop.at:
        return None
    labels = [
        Label("and here", Span(stop.source, *each.span()))
        for each in _CONFLICT.finditer(stop.text, first.end())
    ]
    message, help = (
        "a merge conflict that is not resolved",
        "keep one side, and delete the lines of the markers",
    )
    return Cause("E0101", *first.span(), message, help, tuple(labels[:4]))


def look_alikes(source: Source, around: tuple[int, int]) -> Cause | None:
    """The characters of a text that look like others, where one stands in the lines from one offset to another."""
    if source.text.isascii():
        return None
    start = source.text.rfind("\n", 0, around[0]) + 1
    end = source.text.find("\n", around[1])
    found = _look_alikes(source.text)
    first = next(
        ((at, kind) for at, kind, _ in found if start <= at[0] and (end == -1 or at[0] <= end)), None
    )
    if first is None:
        return None
    at, kind = first
    character = next(each for each in source.text[slice(*at)] if not each.isascii())
    labels = [Label("and this", Span(source, *each)) for each, _, _ in found if each != at]
    edits = tuple((*each, meant) for each, _, meant in found)
    what = {"blank": "a space", "dash": "`-`", "colon": "`:`", "quoted": "a quote"}[kind]
    message = f"U+{ord(character):04X} is not {what}, and looks like one"
    message = message if kind in ("blank", "quoted") else message.removesuffix(" one") + " it"
    help = f"write {what} in its place" if kind != "quoted" else 'write `"`'
    return Cause("E0101", *at, message, help, tuple(labels[:4]), edits)


def places(text: str) -> tuple[int, ...]:
    """Where the characters of a text begin that look like others, in order."""
    return tuple(start for (start, _), _, _ in _look_alikes(text))


def _look_alikes(text: str) -> list[tuple[tuple[int, int], str, str]]:
    """The characters that look like others, in order: the offsets of each, its kind, and what it stands for."""
    look_alikes = []
    for found in _LOOK_ALIKE.finditer(text):
        if kind := found.lastgroup:
            span = found.span() if kind == "quoted" else found.span(kind)
            look_alikes.append((span, kind, _meant(found, kind)))
        if len(look_alikes) == _MAX_EDITS:
            break
    return look_alikes


def _meant(found: re.Match[str], kind: str) -> str:
    """What the characters that were found stand for."""
    if kind == "quoted":
        return f'"{found["quoted"]}"'
    return {"dash": "-", "colon": ": "}.get(kind) or re.sub(f"[{_BLANKS}]", " ", found[kind])
