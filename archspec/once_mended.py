"""What is wrong with the network as a whole, told before the other errors are mended.

A check of the whole graph needs a graph, and a spec with an error gives none. Where every error has a fix, it is known
which network is meant, and what is wrong with that one holds.

In: a prepared spec and its errors. Out: the findings of the checks of the whole graph on the spec as the fixes make it,
at their places in the spec as it is; none where that spec has still other errors, which come first.

A remedy that is one of several (a padding, a shortcut, what makes a vector) is tried before it is offered: one with
which the network is not valid, or not what `expect` says, is no fix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace
from itertools import pairwise
from typing import Final

from archspec.diagnostics import Diagnostic, Edit, Fix, Label, Sink
from archspec.edits import replacing
from archspec.expand import Expansion, Prepared, expand, prepare
from archspec.expand.chosen import BYTES_PER_STEP, choose_sizes
from archspec.expand.definitions import SpecFile
from archspec.expand.inputs import Settings, refuse_unread_inputs
from archspec.expand.sections import OUTPUTS
from archspec.expressions.evaluator import MAX_WORK_TOGETHER
from archspec.passes.checks import FACTS, check_graph, check_output, check_reach
from archspec.passes.cost import count_cost
from archspec.passes.verify import verify
from archspec.records import dataclass
from archspec.source import Source, Span
from archspec.spelling import is_slip
from archspec.syntax import read

_OF_VALUES: Final = frozenset(
    ("E0205", "E0206", "E0207", "E0221", "E0404", "E0450", "E0452", "E0453", "E0455", "E0456")
)
"""Errors of an argument's value, or of its absence: whatever it is meant to be, the node reads what it reads."""

_OF_SIZES: Final = frozenset(("E0301", "E0302", "E0303", "E0307"))
"""Errors of sizes that do not meet: more than one change brings them together."""

_OF_WORDS: Final = frozenset(("E0206", "E0207", "E0208"))
"""Errors of a value that is read as another: what that is may be certain, and the facts wrong by themselves."""

_OF_REMEDIES: Final = _OF_SIZES | _OF_WORDS | {"E0306", "E0450", "E0456"}
"""Errors whose fix is a guess at what was meant, as far as the network may be another with it."""

DOUBT_OF_SIZES: Final = "mended so, sizes do not meet further on: another change may be meant"

DOUBT: Final = "mended so, the network is not what `expect` says: another change may be meant"

NOTE: Final = "so it is once the other errors are mended as they say"

MAX_READ: Final = 4
"""So many times a file is read again. Its variants may have other errors each."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A spec as fixes make it. `edits`: those of the file `before`, in its order, none over another."""

    before: Source
    edits: tuple[Edit, ...]
    prepared: Prepared

    def back(self, span: Span) -> Span:
        """The place of `span` in the spec as it is; what a fix has written is where that fix applies."""
        if span.source is not self.prepared.file.source:
            return span
        return Span(self.before, self._back(span.start, at_end=False), self._back(span.end, at_end=True))

    def _back(self, offset: int, *, at_end: bool) -> int:
        shift = 0
        for edit in self.edits:
            start = edit.span.start + shift
            stop = start + len(edit.text)
            if offset < start or (at_end and offset == start):
                break
            if offset < stop:
                return edit.span.end if at_end else edit.span.start
            shift = stop - edit.span.end
        return offset - shift


def check_once_mended(
    prepared: Prepared, expansion: Expansion, sink: Sink, *, variant: str, settings: Settings
) -> None:
    """Add to the errors in `sink` what is wrong with the whole network, if all of them have a fix; and which values
    nobody reads, if all of them are of values of arguments: which node reads which does not depend on those.

    Each trial takes about as long as the checks before it: where these were long, or those of many variants and trials
    are together, it is left out.
    """
    trials = _Trials(prepared, variant, settings, steps=sink.steps, work=sink.work)
    if sink.is_full or trials.are_over:
        return
    _settle(sink, trials)
    errors = [found for found in sink.diagnostics if found.severity == "error"]
    certain = [error for error in errors if error.fixes and error.fixes[0].is_safe]
    is_of_values = all(error.code in _OF_VALUES for error in errors if error not in certain)
    if not certain and is_of_values:
        sink.replace(len(sink.diagnostics), _unread(prepared, expansion))
    edits = _edits(certain, prepared.file.source) if certain and is_of_values else None
    mended = None if edits is None else _mended(prepared, edits)
    found = None if mended is None else trials.of(mended)
    if mended is None or found is None:
        return
    if not found.is_network:
        if len(certain) < len(errors) and all(error.code in _OF_VALUES for error in found.errors):
            wrong = _unread(mended.prepared, found.expansion)
            sink.replace(len(sink.diagnostics), [_moved(each, mended) for each in wrong])
        return
    wrong = found.errors
    if len(errors) == 1 and len(wrong) == 1 and (other := _other_output(errors[0], wrong[0])) is not None:
        sink.replace(0, [other if each is errors[0] else each for each in sink.diagnostics])
        return
    if any(each.subject == FACTS for each in wrong) and any(error.code in _OF_SIZES for error in errors):
        sink.replace(0, [_doubted(each) if each in errors else each for each in sink.diagnostics])
        wrong = [each for each in wrong if each.subject != FACTS]
    sink.replace(len(sink.diagnostics), [_moved(each, mended) for each in wrong])


@dataclass(frozen=True, slots=True)
class Found:
    """What is wrong with a spec as fixes make it: with the network as a whole, or, where there is none, before that."""

    errors: Sequence[Diagnostic]
    is_network: bool
    expansion: Expansion


@dataclass(slots=True)
class _Trials:
    """A spec under one variant, tried with fixes. What was tried is kept.

    `steps`, `work`: those of the checks of the spec as it is. Those of trials are counted by themselves, so that they
    are never to blame for a variant that is not checked.
    """

    prepared: Prepared
    variant: str
    settings: Settings
    steps: int
    work: int
    _found: dict[tuple[Edit, ...], Found] = field(default_factory=dict)

    @property
    def are_over(self) -> bool:
        """Whether one more would take too long."""
        known = self.prepared.known
        size = len(self.prepared.file.source.text) // BYTES_PER_STEP
        steps = known.steps_mended + 2 * (self.steps + size)
        work = known.work_mended + 2 * self.work
        return steps > self.prepared.limits.further_steps or work > MAX_WORK_TOGETHER

    def of(self, mended: Mended) -> Found | None:
        """What is wrong with the spec as it is then; None where it would take too long to know."""
        found = self._found.get(mended.edits)
        if found is None and not self.are_over:
            found = self._found[mended.edits] = self._tried(mended.prepared)
        return found

    def _tried(self, prepared: Prepared) -> Found:
        known, trial = self.prepared.known, Sink()
        sizes = choose_sizes(prepared, self.variant, self.settings)
        expansion = expand(prepared, trial, variant=self.variant, settings=self.settings, sizes=sizes)
        graph = expansion.graph
        known.steps_mended += trial.steps + len(self.prepared.file.source.text) // BYTES_PER_STEP
        known.work_mended += trial.work
        if graph is None or trial.has_errors:
            errors = [each for each in trial.diagnostics if each.severity == "error"]
            return Found(errors, is_network=False, expansion=expansion)
        verify(graph)
        found = Sink()
        refuse_unread_inputs(prepared.file.root.get("input"), graph.root, found)
        check_graph(graph, count_cost(graph), found, prepared.limits)
        return Found(found.diagnostics, is_network=True, expansion=expansion)


def _settle(sink: Sink, trials: _Trials) -> None:
    """Take the fixes away that lead to no valid network, of the one error that has several remedies."""
    errors = [found for found in sink.diagnostics if found.severity == "error"]
    open_ones = [error for error in errors if error.fixes and error.code in _OF_REMEDIES]
    if len(open_ones) != 1:
        return
    error = open_ones[0]
    others = [other for other in errors if other is not error]
    sound: list[Fix] = []
    doubt = ""
    for fix in error.fixes:
        safe = replace(error, fixes=(replace(fix, is_safe=True),))
        edits = _edits([*others, safe], trials.prepared.file.source)
        mended = None if edits is None else _mended(trials.prepared, edits)
        found = None if mended is None else trials.of(mended)
        against = "" if found is None else _against(error, found)
        doubt = doubt or against
        if not against:
            sound.append(fix)
    if not doubt:
        return
    is_said = any(fix.title in error.help for fix in error.fixes if fix not in sound)
    told = replace(error, fixes=tuple(sound))
    if is_said and sound:
        told = replace(told, help=sound[0].title)
    elif is_said:
        told = replace(told, notes=(*error.notes, doubt))
    sink.replace(0, [told if each is error else each for each in sink.diagnostics])


def _against(error: Diagnostic, found: Found) -> str:
    """What speaks against a fix; empty if nothing does."""
    if not found.is_network:
        return DOUBT_OF_SIZES if all(each.code.startswith("E03") for each in found.errors) else ""
    is_of_facts = any(each.subject == FACTS for each in found.errors)
    return DOUBT if is_of_facts and not _is_certain(error) else ""


def _is_certain(error: Diagnostic) -> bool:
    """Whether a fix writes what stands there in another way: the number in quotes, the word that is a slip away."""
    if error.code not in _OF_WORDS:
        return False
    edits = [edit for fix in error.fixes for edit in fix.edits]
    return error.code != "E0208" or all(is_slip(edit.span.text, edit.text) for edit in edits)


def _doubted(found: Diagnostic) -> Diagnostic:
    """The error, if its fix brings sizes together, with that fix as one of several remedies: with it, facts fail that
    the spec expects.
    """
    if found.code not in _OF_SIZES:
        return found
    fixes = tuple(replace(fix, is_safe=False) for fix in found.fixes)
    return replace(found, notes=(*found.notes, DOUBT), fixes=fixes)


def _other_output(twice: Diagnostic, unread: Diagnostic) -> Diagnostic | None:
    """The error of an output that is listed twice, where one node is left that nobody reads: that was meant."""
    name = unread.subject
    if twice.code != "E0210" or twice.subject != OUTPUTS or unread.code != "E0407" or not name:
        return None
    label = Label(f"nobody uses what `{name}` gives", unread.span)
    fixes = replacing(twice.span, name, is_safe=False)
    return replace(
        twice, labels=(*twice.labels, label), help=f"write `{name}`, or list each output once", fixes=fixes
    )


def _unread(prepared: Prepared, expansion: Expansion) -> Sequence[Diagnostic]:
    """The values that nobody reads, of a network whose nodes are all there, with guesses of what some give; and the
    output, if it is not the one expected whatever is guessed.
    """
    graph, found = expansion.partial, Sink()
    if graph is not None and expansion.has_all:
        refuse_unread_inputs(prepared.file.root.get("input"), graph.root, found)
        check_reach(graph, found, {})
        if expansion.is_same and not found.has_errors:
            check_output(graph, found)
    return found.diagnostics


def _edits(errors: Sequence[Diagnostic], source: Source) -> tuple[Edit, ...] | None:
    """The edits that mend all errors; None where one has none that are safe, or that touch others or a further file."""
    if not all(error.fixes and error.fixes[0].is_safe for error in errors):
        return None
    unique = {edit for error in errors for edit in error.fixes[0].edits}
    edits = sorted(unique, key=lambda edit: (edit.span.start, edit.span.end))
    if any(edit.span.source is not source for edit in edits):
        return None
    if any(after.span.start <= before.span.end for before, after in pairwise(edits)):
        return None
    return tuple(edits)


def _mended(prepared: Prepared, edits: tuple[Edit, ...]) -> Mended | None:
    """The spec as `edits` make it, which its variants have in common; None where it cannot be read."""
    known = prepared.known.mended
    if edits not in known:
        if len(known) == MAX_READ:
            return None
        known[edits] = _prepared(prepared, edits)
    after = known[edits]
    return None if after is None else Mended(prepared.file.source, edits, after)


def _prepared(prepared: Prepared, edits: tuple[Edit, ...]) -> Prepared | None:
    source = prepared.file.source
    pieces, at = [], 0
    for edit in edits:
        pieces += [source.text[at : edit.span.start], edit.text]
        at = edit.span.end
    text = "".join([*pieces, source.text[at:]])
    sink = Sink()
    after, root = read(source.name, text.encode("utf-8", "surrogatepass"), sink)
    if root is None or sink.has_errors:
        return None
    made = prepare(SpecFile(after, root, folder=prepared.file.folder), sink, prepared.limits)
    return None if sink.has_errors else made


def _moved(found: Diagnostic, mended: Mended) -> Diagnostic:
    labels = tuple(replace(label, span=mended.back(label.span)) for label in found.labels)
    return replace(found, span=mended.back(found.span), labels=labels, notes=(*found.notes, NOTE))
