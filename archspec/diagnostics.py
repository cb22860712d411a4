"""What the compiler has to say to its user, as plain data.

A user's mistake is a `Diagnostic` put into a `Sink`, never an exception. Rendering lives in `report/`; the
meaning of each code, with a wrong and a right example, in `codes.py`. A bug of ours is an `InternalError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Literal

from archspec.codes import CODES
from archspec.source import Span

Severity = Literal["error", "warning"]


class InternalError(Exception):
    """The compiler broke a promise it made to itself. Names the stage and the node; the user did nothing
    wrong.
    """


@dataclass(frozen=True, slots=True)
class Label:
    """What is to be said of one place."""

    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the characters of `span` by `text`."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A remedy that is certain: applying `edits` removes the diagnostic."""

    title: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: the fact in `message`, the places in `labels`, the remedy in `help` alone.

    The label whose span equals `span` is the primary one.
    """

    code: str
    severity: Severity
    message: str
    span: Span
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str = ""
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """One step of the way from the top of the spec to the place at hand: "block `basic`", "copy 1 of 4 of
    `layer2`".
    """

    text: str
    span: Span


MAX_DIAGNOSTICS: Final = 300
MAX_GUESSES: Final = 100
MAX_CANDIDATES: Final = 300
"""A guess compares a name with every candidate: beyond these, time would depend on what a stranger wrote."""


@dataclass(slots=True)
class Sink:
    """Collects diagnostics in the order in which they were found, each once.

    What is reported inside a `frame` carries the chain of frames as its last note.
    """

    diagnostics: list[Diagnostic] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    work: int = 0
    """The steps that expressions took to evaluate, all together: what bounds their time."""
    _guesses: int = 0
    _seen: set[tuple[str, int, int, int, str]] = field(default_factory=set)

    @property
    def has_errors(self) -> bool:
        return any(diagnostic.severity == "error" for diagnostic in self.diagnostics)

    @property
    def is_full(self) -> bool:
        """Whether so much is wrong that nobody would read more: whoever goes through a file may stop."""
        return len(self.diagnostics) >= MAX_DIAGNOSTICS

    @contextmanager
    def frame(self, text: str, span: Span) -> Iterator[None]:
        """While this is open, diagnostics say that they arose in `text`, called at `span`."""
        self.frames.append(Frame(text, span))
        try:
            yield
        finally:
            self.frames.pop()

    def error(
        self,
        code: str,
        span: Span,
        message: str,
        *,
        label: str = "",
        labels: Sequence[Label] = (),
        notes: Sequence[str] = (),
        help: str = "",
        fixes: Sequence[Fix] = (),
    ) -> None:
        """Record an error at `span`; `label` is what the underline of `span` itself says."""
        self._add("error", code, span, message, label, labels, notes, help, fixes)

    def warning(
        self,
        code: str,
        span: Span,
        message: str,
        *,
        label: str = "",
        labels: Sequence[Label] = (),
        notes: Sequence[str] = (),
        help: str = "",
        fixes: Sequence[Fix] = (),
    ) -> None:
        """Record a warning at `span`: the network is valid, and something about it is probably not meant."""
        self._add("warning", code, span, message, label, labels, notes, help, fixes)

    def unknown(
        self,
        code: str,
        span: Span,
        kind: str,
        name: str,
        candidates: Iterable[str],
        *,
        of: str = "",
        meant: str | None = None,
        listed_by: str = "",
        remark: str = "",
        help: str = "",
    ) -> str | None:
        """Record that there is no `kind` called `name`, with the valid ones.

        Args:
            of: to what the name should belong.
            meant: the valid name of the same thing, where `name` is a known other one.
            listed_by: what lists the valid names, where they are too many for a line.
            remark: the remedy, where `name` is known to stand for nothing that a valid name stands for.
            help: the remedy where no valid name is near.

        Returns the nearest valid name; None where none is near. The diagnostic offers it as a fix where `span` is the
        name itself.
        """
        known = sorted(set(islice(candidates, MAX_CANDIDATES)))
        self._guesses += 1
        guessing = not remark and self._guesses <= MAX_GUESSES
        nearest = meant or (did_you_mean(name, known) if guessing else None)
        listed = listed_by
        if known and not listed_by:
            listed = f"known: {', '.join(known[:40])}" + (", …" if len(known) > 40 else "")
        self.error(
            code,
            span,
            f"unknown {kind} `{shortened(name)}`" + (f" of {of}" if of else ""),
            notes=[listed] if listed else [],
            help=f"did you mean `{nearest}`?" if nearest else remark or help,
            fixes=[Fix(f"write `{nearest}`", (Edit(span, nearest),))]
            if nearest and span.text == name
            else [],
        )
        return nearest

    def _add(
        self,
        severity: Severity,
        code: str,
        span: Span,
        message: str,
        label: str,
        labels: Sequence[Label],
        notes: Sequence[str],
        help: str,
        fixes: Sequence[Fix],
    ) -> None:
        if code not in CODES:
            raise InternalError(f"diagnostic code {code} is not in the table")
        # A block's copies, with other numbers, repeat one mistake.
        said = "" if self.frames else message
        key = (code, id(span.source), span.start, span.end, said)
        if key in self._seen:
            return
        self._seen.add(key)
        primary = (Label(label, span), *labels)
        if self.frames:
            chain = ", ".join(f"{frame.text} ({frame.span})" for frame in reversed(self.frames))
            notes = (*notes, f"in {chain}")
        self.diagnostics.append(
            Diagnostic(code, severity, message, span, primary, tuple(notes), help, tuple(fixes))
        )


def shortened(text: str, length: int = 60) -> str:
    """`text`, cut to `length` characters: messages quote what was read, never a megabyte of it."""
    return text if len(text) <= length else text[: length - 1] + "…"


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` is most likely a slip for, if one is close enough."""
    from difflib import get_close_matches  # only a mistake pays for it

    known = list(islice(candidates, MAX_CANDIDATES))
    folded = name.casefold()
    for candidate in known:
        if candidate.casefold() == folded:
            return candidate
    close = get_close_matches(name[:100], known, n=1, cutoff=0.7 if len(name) > 3 else 0.6)
    if close:
        return close[0]
    begins = [candidate for candidate in known if len(name) > 3 and candidate.startswith(name)]
    return begins[0] if len(begins) == 1 else None
