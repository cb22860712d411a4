"""The spec's text as the page shows it, and which lines of it a step was written on.

In: spans. Out: `Listings`, the files that the spans met so far are in, and for each span its file and lines.
Holds: a file stands in the list once, the network's own first, then as the network reaches them; its name is told from
the folder of the spec, so that the page does not tell where on somebody's disk that lies.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from archspec.backends.wording import visible
from archspec.records import dataclass
from archspec.source import Source, Span


@dataclass(frozen=True, slots=True)
class Listing:
    """One file: its name, and its lines with everything that would not show, or change the text around it, escaped."""

    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines `first` to `last` of file number `file`, all from 1 but the file's number."""

    file: int
    first: int
    last: int


class Listings:
    """Files met so far: the network's own first."""

    def __init__(self, spec: Source) -> None:
        self._folder = posixpath.dirname(_slashes(spec.name))
        self._numbers = {spec: 0}

    def lines(self, span: Span, more: Iterable[Span] = ()) -> Lines:
        """The lines of a span, with those of `more` that follow it line by line: an entry that goes on."""
        first, last = span.line, span.end_line
        for line, end in sorted(
            (other.line, other.end_line) for other in more if other.source is span.source
        ):
            if first <= line <= last + 1:
                last = max(last, end)
        return Lines(self._number(span.source), first, last)

    def files(self) -> tuple[Listing, ...]:
        return tuple(Listing(self._shown(source.name), _text(source)) for source in self._numbers)

    def _number(self, source: Source) -> int:
        return self._numbers.setdefault(source, len(self._numbers))

    def _shown(self, name: str) -> str:
        path = _slashes(name)
        if posixpath.isabs(path) and self._folder:
            path = posixpath.relpath(path, self._folder)
        elif posixpath.dirname(path) == self._folder:
            path = posixpath.basename(path)
        return visible(path)


def _slashes(name: str) -> str:
    return name.replace("\\", "/")


def _text(source: Source) -> tuple[str, ...]:
    return tuple(visible(line.rstrip("\r").expandtabs(4)) for line in source.text.rstrip("\n").split("\n"))
