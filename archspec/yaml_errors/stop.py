"""Where libyaml stopped in a text, with what stands around it, and the cause that is found for it."""

from __future__ import annotations

from itertools import islice
from typing import Final, TypeAlias

import yaml

from archspec.diagnostics import Label
from archspec.records import dataclass
from archspec.source import Source

Edits: TypeAlias = tuple[tuple[int, int, str], ...]

MAX_EVENTS: Final = 20_000
"""A text is read once more this far and no further."""
_MAX_DEPTH: Final = 64
LINES_ON: Final = 3
"""What moves the mistake to a line near by does not mend it."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What a person did: the code and the place of the error, and what is said of it."""

    code: str
    start: int
    end: int
    message: str
    help: str
    labels: tuple[Label, ...] = ()
    edits: Edits = ()
    """What mends it, as far as can be told from here: start, end and the text in their place."""
    is_sure: bool = True
    """Nothing else than the edits can be meant."""


class Stop:
    """One error: `at` is where libyaml stopped, `begin` where the construct begins that it was reading."""

    def __init__(self, source: Source, at: int, begin: int, context: str, problem: str) -> None:
        self.source = source
        self.text = source.text
        self.at = at
        self.begin = begin
        self.context = context
        self.problem = problem
        self.character = self.text[at : at + 1]
        self.line_start = self.text.rfind("\n", 0, at) + 1
        self.line = source.line(source.position(at)[0])
        self.before = self.text[self.line_start : at]

    def here(self, code: str, message: str, help: str, *labels: Label, edits: Edits = ()) -> Cause:
        end = self.at + 1 if self.character.strip() else self.at
        return Cause(code, self.at, end, message, help, labels, edits)

    def is_between_brackets(self) -> bool:
        """Whether what libyaml was reading stands in a list or a mapping between brackets."""
        flow: list[bool] = []
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            for event in islice(yaml.parse(self.text[: self.begin], Loader=loader), MAX_EVENTS):
                if isinstance(event, yaml.CollectionStartEvent):
                    flow.append(bool(event.flow_style))
                elif isinstance(event, yaml.CollectionEndEvent):
                    flow.pop()
        except yaml.YAMLError:
            pass  # the text ends amid what is asked for
        return bool(flow) and flow[-1]

    def line_end(self, at: int) -> int:
        """The end of what is written in the line of `at`, its comment aside."""
        number = self.source.position(at)[0]
        start = self.source.line_start(number)
        return start + len(self.source.line(number).partition(" #")[0].rstrip())

    def number_above(self) -> int:
        """The number of the line before, comments and empty lines aside."""
        return self.beside(self.source.position(self.at)[0], -1)

    def beside(self, number: int, step: int) -> int:
        """The number of the next line before (-1) or behind (1) line `number`, comments and empty lines aside; at an
        end of the text, one that has nothing in it.
        """
        last = self.source.position(len(self.text))[0]
        number += step
        while 1 <= number <= last and self.source.line(number).strip()[:1] in ("", "#"):
            number += step
        return number

    def next_line(self) -> str:
        """The next line that has more than a comment in it; empty at the end."""
        return self.source.line(self.beside(self.source.position(self.at)[0], 1))


def indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def after(text: str, edits: Edits) -> str:
    """A text with `edits` made in it."""
    parts: list[str] = []
    at = 0
    for start, end, new in sorted(edits):
        parts += (text[at:start], new)
        at = end
    return "".join((*parts, text[at:]))


def reads_on(text: str, edits: Edits) -> bool:
    """Whether libyaml reads a text after `edits` to its end, or well past them: there may be other mistakes."""
    at = stops_at(text, edits)
    if at is None:
        return True
    mended = after(text, edits)
    shift = sum(len(new) - (end - start) for start, end, new in edits)
    last = max(end for _, end, _ in edits) + shift
    return mended.count("\n", last, at) > LINES_ON if at > last else False


def reads_past(text: str, edits: Edits) -> bool:
    """Whether libyaml reads a text after `edits` past the lines that they are made in: enough where what stands there
    says what was meant, and the next line may have a mistake of its own.
    """
    at = stops_at(text, edits)
    if at is None:
        return True
    mended = after(text, edits)
    shift = sum(len(new) - (end - start) for start, end, new in edits)
    last = mended.find("\n", max(end for _, end, _ in edits) + shift)
    return last != -1 and at > last + 1


def reads_further(stop: Stop, edits: Edits) -> bool:
    """Whether libyaml, after `edits` above where it stopped, gets past that place."""
    at = stops_at(stop.text, edits)
    return at is None or at - sum(len(new) - (end - start) for start, end, new in edits) > stop.at


def stops_at(text: str, edits: Edits) -> int | None:
    """Where libyaml gives up on a text after `edits`, or after so much that nobody reads further; None where it reads
    the text to its end.
    """
    depth = 0
    try:
        for number, event in enumerate(
            yaml.parse(after(text, edits), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        ):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _MAX_DEPTH or number > MAX_EVENTS:
                return int(event.start_mark.index) if event.start_mark is not None else 0
    except yaml.MarkedYAMLError as error:
        return 0 if error.problem_mark is None else int(error.problem_mark.index)
    except yaml.YAMLError:
        return 0
    return None
