"""What is wrong with the network as a whole, told before the other errors are mended.

A check of the whole graph needs a graph, and a spec with an error gives none. Where every error has a fix, it is known
which network is meant, and what is wrong with that one holds.

In: a prepared spec and its errors. Out: the findings of the checks of the whole graph on the spec as the fixes make it,
at their places in the spec as it is; none where that spec has still other errors, which come first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from archspec.diagnostics import Diagnostic, Edit, Sink
from archspec.expand import Expansion, Prepared, expand, prepare
from archspec.expand.chosen import BYTES_PER_STEP, choose_sizes
from archspec.expand.definitions import SpecFile
from archspec.expand.inputs import Settings, refuse_unread_inputs
from archspec.expressions.evaluator import MAX_WORK_TOGETHER
from archspec.passes.checks import FACTS, check_graph, check_reach
from archspec.passes.cost import count_cost
from archspec.passes.verify import verify
from archspec.records import dataclass
from archspec.source import Source, Span
from archspec.syntax import read

_OF_VALUES: Final = frozenset(
    ("E0205", "E0206", "E0207", "E0221", "E0404", "E0450", "E0452", "E0453", "E0455", "E0456")
)
"""Errors of an argument's value, or of its absence: whatever it is meant to be, the node reads what it reads."""

_OF_SIZES: Final = frozenset(("E0301", "E0302", "E0303", "E0307"))
"""Errors of sizes that do not meet: more than one change brings them together."""

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

    It takes as long again as the checks before it: where these were long, or those of many variants are together, it is
    left out. That work is counted by itself, so that it is never to blame for a variant that is not checked.
    """
    known = prepared.known
    size = len(prepared.file.source.text) // BYTES_PER_STEP
    steps = known.steps_mended + 2 * (sink.steps + size)
    work = known.work_mended + 2 * sink.work
    if sink.is_full or steps > prepared.limits.further_steps or work > MAX_WORK_TOGETHER:
        return
    errors = [found for found in sink.diagnostics if found.severity == "error"]
    edits = _edits(errors, prepared.file.source)
    if edits is None and expansion.has_all and all(error.code in _OF_VALUES for error in errors):
        _check_reading(prepared, expansion, sink)
        return
    mended = None if edits is None else _mended(prepared, edits)
    if mended is None:
        return
    trial = Sink()
    sizes = choose_sizes(mended.prepared, variant, settings)
    graph = expand(mended.prepared, trial, variant=variant, settings=settings, sizes=sizes).graph
    known.steps_mended += trial.steps + size
    known.work_mended += trial.work
    if graph is None or trial.has_errors:
        return
    verify(graph)
    found = Sink()
    refuse_unread_inputs(mended.prepared.file.root.get("input"), graph.root, found)
    check_graph(graph, count_cost(graph), found, prepared.limits)
    wrong = found.diagnostics
    if any(each.subject == FACTS for each in wrong) and any(error.code in _OF_SIZES for error in errors):
        sink.replace(0, [_doubted(each) if each in errors else each for each in sink.diagnostics])
        wrong = [each for each in wrong if each.subject != FACTS]
    sink.replace(len(sink.diagnostics), [_moved(each, mended) for each in wrong])


def _doubted(found: Diagnostic) -> Diagnostic:
    """The error, if its fix brings sizes together, with that fix as one of several remedies: with it, facts fail that
    the spec expects.
    """
    if found.code not in _OF_SIZES:
        return found
    fixes = tuple(replace(fix, is_safe=False) for fix in found.fixes)
    return replace(found, notes=(*found.notes, DOUBT), fixes=fixes)


def _check_reading(prepared: Prepared, expansion: Expansion, sink: Sink) -> None:
    """Add the values that nobody reads, of a network whose nodes are all there, with guesses of what some give."""
    graph, found = expansion.partial, Sink()
    if graph is not None:
        refuse_unread_inputs(prepared.file.root.get("input"), graph.root, found)
        check_reach(graph, found, {})
    sink.replace(len(sink.diagnostics), found.diagnostics)


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
