"""What the compiler has to say to its user, as plain data.

A user's mistake is a `Diagnostic` put into a `Sink`, never an exception. Rendering lives in `report/`; the
meaning of each code, with a wrong and a right example, in `codes`. A bug of ours is an `InternalError`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from itertools import islice
from typing import Final, Literal, TypeAlias

from archspec.records import dataclass
from archspec.source import Source, Span
from archspec.spelling import MAX_CANDIDATES, did_you_mean, is_slip

Severity = Literal["error", "warning"]

Found: TypeAlias = tuple[str, Span]
"""A mistake by its code, and where it was found."""


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
    """A remedy as edits: applying them removes the diagnostic.

    It is safe where nothing else can have been meant: it writes what stands there in the way of the language, the name
    that is a slip away, or what lacks and can be but one thing. `--fix` applies such a one. A fix is not safe where it
    is one of several remedies; where it takes back a number, a name or an op that a person wrote on purpose; where it
    guesses at a name that is not near; and where the network is valid as it is.
    """

    title: str
    edits: tuple[Edit, ...]
    is_safe: bool = True


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
    subject: str = ""
    """The name that is not known, or the axis that is too small, where that is what is wrong."""

    @property
    def found(self) -> frozenset[Found]:
        """What it tells: a mistake that was found in several places, or that is told where it is to be mended, has a
        label on each.
        """
        return frozenset([(self.code, span) for span in (self.span, *(label.span for label in self.labels))])


@dataclass(frozen=True, slots=True)
class Frame:
    """One step of the way from the top of the spec to the place at hand: "block `basic`", "copy 1 of 4 of
    `layer2`".
    """

    text: str
    span: Span
    again: bool = False
    """What is in it was right elsewhere: an error in it that did not arise there is of this place."""
    binds: tuple[str, ...] = ()
    """The names that have their values from it: those of a loop."""


@dataclass(frozen=True, slots=True, eq=False)
class Allowance:
    """A remark of the spec that silences the warning `code` within `scope`, the mapping that holds it."""

    code: str
    span: Span
    """The code as written."""
    scope: Span
    fixes: tuple[Fix, ...] = ()
    """How to take the remark away."""
    reason: str = ""
    """What the remark says besides."""


@dataclass(frozen=True, slots=True)
class Silenced:
    """A warning that is not reported. `by`: the remark that says so; None: the command line."""

    diagnostic: Diagnostic
    by: Allowance | None


MAX_DIAGNOSTICS: Final = 300
MAX_GUESSES: Final = 100
MAX_COMPARED: Final = 2_000_000
"""The pairs of letters that the guesses of a sink may compare: a hundred guesses of common length among 300 names."""


@dataclass(slots=True)
class Sink:
    """Collects diagnostics in the order in which they were found, each once.

    What is reported inside a `frame` carries the chain of frames as its last note.
    """

    diagnostics: list[Diagnostic] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    work: int = 0
    """The steps that expressions took to evaluate, all together: what bounds their time."""
    steps: int = 0
    """Nodes looked at and arguments worked out: what bounds the time of expansion."""
    values: int = 0
    """The values of YAML that were read, of all files of the spec together: what bounds the time of reading."""
    errors: int = 0
    warnings: int = 0
    allowances: dict[tuple[str, Source], list[Allowance]] = field(default_factory=dict)
    """Those that no other of their code is around, by code and file, in the order of the text."""
    silenced: list[Silenced] = field(default_factory=list)
    """The warnings that allowances kept from being reported."""
    unused: dict[Allowance, None] = field(default_factory=dict)
    """The allowances that have silenced nothing so far."""
    meant: dict[Span, tuple[str, str]] = field(default_factory=dict)
    """The name in an expression that is not defined, and the one that its fix writes, by the expression's place."""
    _guesses: int = 0
    _compared: int = 0
    met: list[Diagnostic] = field(default_factory=list)
    """Every error that was met, also where it was told before and is not told again, until whoever is concerned with it
    takes it from here: see `expand.Context.blame`.
    """
    _seen: dict[tuple[str, int, int, int, str], Diagnostic] = field(default_factory=dict)
    """What was told, by code, place and message; by the place alone, if that is enough."""

    @property
    def has_errors(self) -> bool:
        return self.errors > 0

    @property
    def is_full(self) -> bool:
        """Whether so much is wrong that nobody would read more: whoever goes through a file may stop."""
        return self.errors >= MAX_DIAGNOSTICS

    def branch(self) -> Sink:
        """A sink that goes on from what this one holds; this one stays as it is."""
        branch = Sink(list(self.diagnostics), work=self.work, errors=self.errors, warnings=self.warnings)
        branch.allowances.update(self.allowances)
        branch.silenced.extend(self.silenced)
        branch.unused.update(self.unused)
        branch.meant.update(self.meant)
        branch._guesses = self._guesses
        branch._compared = self._compared
        branch._seen.update(self._seen)
        return branch

    def replace(self, start: int, diagnostics: Sequence[Diagnostic]) -> None:
        """Put `diagnostics` in place of those from number `start` on."""
        self.diagnostics[start:] = diagnostics
        self.errors = sum(diagnostic.severity == "error" for diagnostic in self.diagnostics)
        self.warnings = len(self.diagnostics) - self.errors

    @contextmanager
    def frame(
        self, text: str, span: Span, *, again: bool = False, binds: tuple[str, ...] = ()
    ) -> Iterator[None]:
        """While this is open, diagnostics say that they arose in `text`, called at `span`."""
        self.frames.append(Frame(text, span, again, binds))
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
        sole: bool = False,
        subject: str = "",
    ) -> None:
        """Record an error at `span`; `label` is what the underline of `span` itself says.

        `sole`: there is something wrong with what stands there, whatever else it leads to elsewhere: of all such errors
        at one place the first is enough.
        """
        place = ("", id(span.source), span.start, span.end, "")
        told = self._seen.get(place) if sole else None
        told = told or self._told(code, span, message)
        if told is not None:
            self.met.append(Diagnostic(told.code, "error", message, told.span))
        elif self.errors < MAX_DIAGNOSTICS:
            told = self._made("error", code, span, message, label, labels, notes, help, fixes, subject)
            self.met.append(told)
            self._take(told)
        if sole and told is not None:
            self._seen[place] = told

    def shown(self, span: Span) -> Span:
        """Where an error at `span` is reported: inside a block that the user did not write, at the call of it; inside
        what is shared, where it is used again.
        """
        for frame in self.frames:
            if frame.again:
                return frame.span
        if span.source.shipped:
            for frame in reversed(self.frames):
                if not frame.span.source.shipped:
                    return frame.span
        return span

    def relabel(self, label: Label) -> None:
        """Give the last finding one more label."""
        self.diagnostics[-1] = replace(self.diagnostics[-1], labels=(*self.diagnostics[-1].labels, label))

    def withhold(self, subject: str) -> None:
        """Offer no fix for the last finding, if it is about `subject`: it would not do by itself."""
        if self.diagnostics and self.diagnostics[-1].subject == subject:
            self.diagnostics[-1] = replace(self.diagnostics[-1], fixes=())

    def withdraw(self) -> None:
        """Take back the last finding, in favour of one that says better what is wrong."""
        self.replace(len(self.diagnostics) - 1, ())

    def forget(self, start: int, end: int) -> None:
        """Take back the findings from number `start` up to `end`, as if there had been none: they may come again."""
        places = {
            (each.code, id(each.span.source), each.span.start, each.span.end)
            for each in self.diagnostics[start:end]
        }
        self._seen = {place: told for place, told in self._seen.items() if place[:4] not in places}
        self.replace(start, [*self.diagnostics[end:]])

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
        """Record a warning at `span`: the network is valid, and something about it is probably not meant.

        Where the spec silences it there, it is kept aside.
        """
        by = self._allowance(code, span)
        if self.warnings + len(self.silenced) >= MAX_DIAGNOSTICS or self._told(code, span, message):
            return
        found = self._made("warning", code, span, message, label, labels, notes, help, fixes)
        if by is not None:
            self.silenced.append(Silenced(found, by))
        else:
            self._take(found)

    def allow(self, allowance: Allowance) -> None:
        """Silence a warning in a part of the text. Of two parts, one around the other, the outer one comes first."""
        found = self.allowances.setdefault((allowance.code, allowance.span.source), [])
        self.unused[allowance] = None
        if not found or found[-1].scope.end <= allowance.scope.start:
            found.append(allowance)

    def allows(self, code: str, span: Span) -> bool:
        """Whether the spec silences the warning `code` at `span`."""
        return self._allowance(code, span) is not None

    def _allowance(self, code: str, span: Span) -> Allowance | None:
        """What silences the warning `code` at `span`."""
        found = self.allowances.get((code, span.source), ())
        at = bisect_right(found, span.start, key=lambda allowance: allowance.scope.start) - 1
        if at < 0 or span.start >= found[at].scope.end:
            return None
        self.unused.pop(found[at], None)
        return found[at]

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
        labels: Sequence[Label] = (),
        listed_by: str = "",
        written: str = "",
        remark: str = "",
        help: str = "",
        fixes: Sequence[Fix] | None = None,
        near: Iterable[str] | None = None,
    ) -> str | None:
        """Record that there is no `kind` called `name`, with the valid ones.

        Args:
            of: to what the name should belong.
            meant: the valid name of the same thing, where `name` is a known other one.
            listed_by: what lists the valid names, where they are too many for a line.
            written: how `meant` is written here, where its name alone is not enough.
            remark: the remedy, where `name` is known to stand for nothing that a valid name stands for.
            help: the remedy where no valid name is near.
            fixes: the remedy as edits, in place of writing the nearest name.
            near: those of the candidates that it may be a slip for, if not all.

        Returns the nearest valid name; None where none is near. The diagnostic offers it as a fix where `span` is the
        name itself.
        """
        if self.is_full:
            return None
        known = sorted(set(islice(candidates, MAX_CANDIDATES)))
        nearest = meant or (None if remark else self.nearest(name, known if near is None else near))
        listed = listed_by
        if known and not listed_by:
            listed = known_names(known)
        self.error(
            code,
            span,
            f"unknown {kind} `{shortened(name)}`" + (f" of {of}" if of else ""),
            labels=labels,
            notes=[listed] if listed else [],
            help=f"did you mean `{written or nearest}`?" if nearest else remark or help,
            fixes=_renaming(span, name, nearest, is_known=bool(meant)) if fixes is None else fixes,
            subject=name,
        )
        return nearest

    def nearest(self, name: str, candidates: Iterable[str]) -> str | None:
        """`did_you_mean`, as long as not too many guesses were made: each takes longer than anything else."""
        self._guesses += 1
        if self._guesses > MAX_GUESSES or self._compared > MAX_COMPARED or self.is_full:
            return None
        known = list(islice(candidates, MAX_CANDIDATES))
        self._compared += len(name[:100]) * sum(len(candidate) for candidate in known)
        return did_you_mean(name, known)

    def _take(self, found: Diagnostic) -> None:
        if found.severity == "error":
            self.errors += 1
        else:
            self.warnings += 1
        self.diagnostics.append(found)

    def _told(self, code: str, span: Span, message: str) -> Diagnostic | None:
        """The finding that this one repeats: a block's copies, and a shared node's further calls, repeat one mistake
        with other numbers.
        """
        shown = self.shown(span)
        inner = (code, id(span.source), span.start, span.end, "")
        if shown != span and inner in self._seen:
            return self._seen[inner]
        place = (code, id(shown.source), shown.start, shown.end, "" if self.frames else message)
        return self._seen.get(place)

    def _made(
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
        subject: str = "",
    ) -> Diagnostic:
        from archspec.codes import CODES  # a file without findings does not pay for the table

        if code not in CODES:
            raise InternalError(f"diagnostic code {code} is not in the table")
        inner, span = span, self.shown(span)
        if inner == span:
            primary: tuple[Label, ...] = (Label(label, span), *labels)
        else:
            primary = (Label("", span), Label(label or "it arises here", inner), *labels)
            fixes = ()  # the block's file is not the user's to change
        if self.frames:
            chain = ", ".join(f"{frame.text} ({frame.span})" for frame in reversed(self.frames))
            notes = (*notes, f"in {chain}")
        found = Diagnostic(code, severity, message, span, primary, tuple(notes), help, tuple(fixes), subject)
        place = (code, id(span.source), span.start, span.end)
        self._seen |= {(*place, ""): found, (*place, message): found}
        return found


def _renaming(span: Span, name: str, nearest: str | None, *, is_known: bool) -> Sequence[Fix]:
    """The fix that writes the nearest name, where the span is the name itself; it keeps the quotes that are there.
    `is_known`: the two are names of one thing.
    """
    written = span.text
    quote = written[:1] if written[:1] in ("'", '"') else ""
    if nearest is None or written != f"{quote}{name}{quote}":
        return ()
    is_safe = is_known or is_slip(name, nearest)
    return (Fix(f"write `{nearest}`", (Edit(span, f"{quote}{nearest}{quote}"),), is_safe),)


def known_names(names: Iterable[str]) -> str:
    """The note that lists the valid names, as far as anybody would read it."""
    known = sorted({*names})
    return f"known: {', '.join(known[:40])}" + (", …" if len(known) > 40 else "")


def shortened(text: str, length: int = 60) -> str:
    """`text`, cut to `length` characters: messages quote what was read, never a megabyte of it."""
    return text if len(text) <= length else text[: length - 1] + "…"
