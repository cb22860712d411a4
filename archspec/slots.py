"""Where Markdown asks for a picture, and what stands there.

    <!-- archspec: draw net.yaml --view blocks -o docs/net.svg -->
    …
    <!-- /archspec -->

In: the text of a Markdown file. Out: its slots, in order; and the text with other bodies in them.
Holds: what stands in a fenced block of code is text like any other, unless a slot holds the block; nothing outside the
slots ever changes.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from archspec.records import dataclass

_OPENS: Final = re.compile(r" {0,3}<!-- archspec: (.*?) -->\s*")
_CLOSES: Final = re.compile(r" {0,3}<!-- /archspec -->\s*")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})(.*)\s*")
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>&!|])")


@dataclass(frozen=True, slots=True)
class Slot:
    """`words` are what the marker at line `line` says after `archspec:`; the body is what stands from `start` to
    `end` in the text.
    """

    words: tuple[str, ...]
    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class BadSlot:
    """A marker that means nothing, and why."""

    line: int
    message: str


def find_slots(text: str) -> tuple[Slot | BadSlot, ...]:
    """Every slot of a Markdown text."""
    slots: list[Slot | BadSlot] = []
    fence = ""
    opened: Slot | BadSlot | None = None
    at = 0
    for number, line in enumerate(re.findall(r"[^\n]*\n|[^\n]+", text), start=1):
        start, at = at, at + len(line)
        opens, closes, mark = (pattern.fullmatch(line) for pattern in (_OPENS, _CLOSES, _FENCE))
        if opened is not None and closes:
            slots.append(replace(opened, end=start) if isinstance(opened, Slot) else opened)
            opened = None
        elif opened is not None and opens:
            slots.append(BadSlot(opened.line, "no `<!-- /archspec -->` before the next marker"))
            opened = _opened(opens[1], number, at)
        elif opened is not None:
            continue
        elif fence:
            if mark and mark[1].startswith(fence) and not mark[2].strip():
                fence = ""
        elif mark:
            fence = mark[1]
        elif opens:
            opened = _opened(opens[1], number, at)
        elif closes:
            slots.append(BadSlot(number, "no marker `<!-- archspec: … -->` before this end of one"))
    if opened is not None:
        slots.append(BadSlot(opened.line, "no `<!-- /archspec -->` after this marker"))
    return tuple(slots)


def _opened(words: str, line: int, start: int) -> Slot | BadSlot:
    """A slot whose end is not known yet."""
    try:
        return Slot(tuple(shlex.split(words)), line, start, start)
    except ValueError as error:
        return BadSlot(line, f"the marker cannot be read: {error}".lower())


def fill(text: str, bodies: Mapping[Slot, str]) -> str:
    """The text with other bodies in some of its slots, each with line ends as the text has them."""
    newline = "\r\n" if "\r\n" in text else "\n"
    for slot in sorted(bodies, key=lambda slot: slot.start, reverse=True):
        body = bodies[slot].replace("\n", newline)
        text = f"{text[: slot.start]}{body}{text[slot.end :]}"
    return text


def image(address: str, description: str) -> str:
    """A picture in Markdown, with the words for those who do not see it."""
    words = _SPECIAL.sub(r"\\\1", " ".join(description.split()))
    return f"![{words}]({quote(address)})\n"


def fenced(language: str, code: str) -> str:
    """A block of code."""
    longest = max((len(run) for run in re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code.rstrip()}\n{fence}\n"
