"""Where Markdown asks for a picture, and what stands there.

    <!-- archspec: draw net.yaml --view blocks -o docs/net.svg -->
    …
    <!-- /archspec -->

In: the text of a Markdown file. Out: its slots, in order; and the text with other bodies in them.
Holds: what stands in a block of code, fenced or indented, is text like any other, unless a slot holds the block; what
fills a slot stands as far in as its marker, so that it is part of the same list; nothing outside the slots ever
changes.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import replace
from textwrap import indent
from typing import Final
from urllib.parse import quote

from archspec.records import dataclass

_OPENS: Final = re.compile(r"( {0,3})<!-- archspec: (.*?) -->\s*")
_CLOSES: Final = re.compile(r" {0,3}<!-- /archspec -->\s*")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})(.*)\s*")
_ITEM: Final = re.compile(r" {0,3}(?:[-+*]|[0-9]{1,9}[.)])(?: {1,4}(?=\S)| |$)")
"""Where an item of a list begins: what follows, and lines as far in as that, are in it."""
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>&!|])")


@dataclass(frozen=True, slots=True)
class Slot:
    """`words` are what the marker at line `line` says after `archspec:`; the body is what stands from `start` to
    `end` in the text, each line `indent` blanks further in than it is by itself.
    """

    words: tuple[str, ...]
    line: int
    start: int
    end: int
    indent: int

    def placed(self, body: str) -> str:
        """A body as it stands in the text."""
        return indent(body, " " * self.indent)


@dataclass(frozen=True, slots=True)
class BadSlot:
    """A marker that means nothing, and why."""

    line: int
    message: str


@dataclass(slots=True)
class _Lists:
    """The items of lists that are open: the columns at which what is in them begins."""

    columns: list[int]

    def column(self, line: str) -> int:
        """Where what stands in a line begins: behind the items that go on, or begin, in it."""
        if line.strip():
            while self.columns and line[: self.columns[-1]].strip():
                self.columns.pop()
        at = self.columns[-1] if self.columns else 0
        while item := _ITEM.match(line.rstrip("\n"), at):
            at = item.end()
            self.columns.append(at)
        return at


def find_slots(text: str) -> tuple[Slot | BadSlot, ...]:
    """Every slot of a Markdown text."""
    slots: list[Slot | BadSlot] = []
    lists = _Lists([])
    fence, fenced_at = "", 0
    opened: Slot | BadSlot | None = None
    at = 0
    for number, written in enumerate(re.findall(r"[^\n]*\n|[^\n]+", text), start=1):
        start, at = at, at + len(written)
        line = written.expandtabs(4)
        if opened is not None:
            inside = line.lstrip(" ")
            if _CLOSES.fullmatch(inside):
                slots.append(replace(opened, end=start) if isinstance(opened, Slot) else opened)
                opened = None
            elif opens := _OPENS.fullmatch(inside):
                slots.append(BadSlot(opened.line, "no `<!-- /archspec -->` before the next marker"))
                opened = _opened(opens[2], number, at, len(line) - len(inside))
            continue
        if fence and not line[:fenced_at].strip():
            mark = _FENCE.fullmatch(line, fenced_at)
            if mark and mark[1].startswith(fence) and not mark[2].strip():
                fence = ""
            continue
        column = lists.column(line)
        opens, closes, mark = (pattern.fullmatch(line, column) for pattern in (_OPENS, _CLOSES, _FENCE))
        fence, fenced_at = (mark[1], column) if mark else ("", 0)
        if opens:
            opened = _opened(opens[2], number, at, column + len(opens[1]))
        elif closes:
            slots.append(BadSlot(number, "no marker `<!-- archspec: … -->` before this end of one"))
    if opened is not None:
        slots.append(BadSlot(opened.line, "no `<!-- /archspec -->` after this marker"))
    return tuple(slots)


def _opened(words: str, line: int, start: int, column: int) -> Slot | BadSlot:
    """A slot whose end is not known yet, with its marker at `column`."""
    try:
        return Slot(tuple(shlex.split(words)), line, start, start, column)
    except ValueError as error:
        return BadSlot(line, f"the marker cannot be read: {error}".lower())


def fill(text: str, bodies: Mapping[Slot, str]) -> str:
    """The text with other bodies in some of its slots, each with line ends as the text has them."""
    newline = "\r\n" if "\r\n" in text else "\n"
    for slot in sorted(bodies, key=lambda slot: slot.start, reverse=True):
        body = slot.placed(bodies[slot]).replace("\n", newline)
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
