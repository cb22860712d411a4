"""What `archspec validate` checks: files, the specs of folders, and every variant of a spec.

A file with variants is checked as it is written and once with each of them; where a parameter has no default, so that
only the variants are networks, only they are checked. `FILE:variant` checks that one. A finding that several of these
checks make counts once; one that not all of them make says in which variants it arises.

A library, a file with `blocks` alone, has no network: its keys and the heads of its blocks are checked. The blocks
themselves are checked where they are used.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from archspec.compiler import Checked, check_prepared, without
from archspec.diagnostics import Diagnostic, Label, Silenced, Sink, shortened
from archspec.expand import Prepared, prepare
from archspec.expand.declarations import parameters
from archspec.expand.definitions import SpecFile
from archspec.expand.imports import Loader
from archspec.ir import Constant
from archspec.limits import Limits
from archspec.passes.checks import FACTS
from archspec.passes.shared import Shared
from archspec.records import dataclass
from archspec.schema.document import MAX_VARIANTS, check_document
from archspec.source import Span
from archspec.syntax import MappingNode, collector_paused, read
from archspec.targets import Target, locate, specs_in

if TYPE_CHECKING:
    from archspec.which_sizes import Sizes

MAX_LABELS: Final = 5

BYTES_PER_STEP: Final = 100
"""A check goes through the whole file, whatever of it the variant uses: its length counts as steps."""

_OF_NETWORKS: Final = ("input", "extends", "stem", "body", "head")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checks of one file found, with each check by its variant (empty: as written)."""

    name: str
    checks: Mapping[str, Checked]
    diagnostics: tuple[Diagnostic, ...]
    blocks: tuple[str, ...] = ()
    """Of a library: what it defines."""
    sizes: Mapping[str, Sizes] = field(default_factory=dict)
    """Which sizes work, by variant, where that was asked for, or the input leaves sizes open."""
    silenced: tuple[Silenced, ...] = ()
    """The warnings that the spec or the command line keeps from being reported."""

    @property
    def valid(self) -> bool:
        return all(diagnostic.severity != "error" for diagnostic in self.diagnostics)


def files_named(text: str) -> list[str]:
    """The specs of a folder, or `text` itself.

    Raises `CannotRun` for a folder without specs.
    """
    return specs_in(text) if os.path.isdir(text) else [text]


def judge(text: str, *, settings: Mapping[str, Constant], limits: Limits) -> Verdict:
    """Check what `text` names.

    Raises `CannotRun` where there is nothing to read.
    """
    return judge_target(text, locate(text), settings=settings, limits=limits)


def judge_target(
    text: str,
    target: Target,
    *,
    settings: Mapping[str, Constant],
    limits: Limits,
    sizes: tuple[int, int] | None = None,
) -> Verdict:
    """Check `target`, which `text` named. `sizes`: the first and last at which to try it."""
    name = target.name if text.startswith("-") else text
    sink = Sink()
    with collector_paused():
        source, root = read(target.name, target.data, sink)
        if root is None:
            return Verdict(name, {}, tuple(sink.diagnostics))
        file = SpecFile(source, root, folder=target.folder)
        if _is_library(root):
            if Loader(sink, limits).complete(file):
                check_document(root, sink)
            return Verdict(name, {}, tuple(sink.diagnostics), blocks=tuple(file.blocks))
        prepared = prepare(file, sink, limits)
    if prepared is None:
        return Verdict(name, {}, tuple(sink.diagnostics))
    with collector_paused():
        checks, unchecked = _checks(prepared, target, sink, settings)
    found = (*_merged(checks, _variants(prepared.file.root), alone=target.variant != ""), *unchecked)
    of_sizes = _sizes(prepared, checks, sizes, settings)
    return Verdict(name, checks, found, sizes=of_sizes, silenced=_silenced(checks))


def allowing(verdict: Verdict, codes: frozenset[str]) -> Verdict:
    """The verdict without the warnings of some codes, as the command line asks for."""
    silenced = (Silenced(found, None) for found in verdict.diagnostics if found.code in codes)
    reported = without(verdict.diagnostics, codes)
    return replace(verdict, diagnostics=reported, silenced=(*verdict.silenced, *silenced))


def _silenced(checks: Mapping[str, Checked]) -> tuple[Silenced, ...]:
    """Each warning that the spec silences once, whichever variants cause it."""
    found: dict[tuple[str, Span, str], Silenced] = {}
    for checked in checks.values():
        for silenced in checked.silenced:
            diagnostic = silenced.diagnostic
            found.setdefault((diagnostic.code, diagnostic.span, diagnostic.message), silenced)
    return tuple(found.values())


def _sizes(
    prepared: Prepared,
    checks: Mapping[str, Checked],
    sizes: tuple[int, int] | None,
    settings: Mapping[str, Constant],
) -> dict[str, Sizes]:
    """Which sizes work, for every check that found a network."""
    if sizes is None and not prepared.open_names:
        return {}
    from archspec.which_sizes import UNASKED_WORK, which_sizes

    work = UNASKED_WORK // max(len(checks), 1)
    found = {
        variant: which_sizes(prepared, checked.graph, sizes, settings, work=work)
        for variant, checked in checks.items()
        if checked.graph is not None
    }
    return {variant: of for variant, of in found.items() if of is not None}


def _checks(
    prepared: Prepared, target: Target, sink: Sink, settings: Mapping[str, Constant]
) -> tuple[dict[str, Checked], tuple[Diagnostic, ...]]:
    """The checks of a spec by variant, and the error that some were left out where the others found none.

    All of them together have a bound, which one may reach by itself: a stranger's file may have a hundred variants.
    """
    checks: dict[str, Checked] = {}
    pending = _variants_to_check(prepared.file, target)
    base = len(target.data) // BYTES_PER_STEP
    steps = 0
    prepared.several = len(pending) > 1
    shared = Shared()
    for at, variant in enumerate(pending):
        checks[variant] = check_prepared(
            prepared, sink.branch(), variant=variant, settings=settings, shared=shared
        )
        steps += base + checks[variant].steps
        if steps > prepared.limits.further_steps and at + 1 < len(pending):
            # An invalid file has to be checked once more anyway, and its mistakes made the steps many.
            if any(found.severity == "error" for checked in checks.values() for found in checked.diagnostics):
                break
            return checks, (_left_out(prepared.file.root, pending[at + 1 :], prepared.limits),)
    return checks, ()


def _left_out(root: MappingNode, variants: tuple[str, ...], limits: Limits) -> Diagnostic:
    entry = _variants(root).entry(variants[0])
    span = root.span if entry is None else entry[0].span
    names = ", ".join(f"`{shortened(name)}`" for name in variants[:10]) + (
        ", …" if len(variants) > 10 else ""
    )
    sink = Sink()
    sink.error(
        "E0402",
        span,
        f"the variants together take more than {limits.further_steps:,} steps to check",
        label="from here on they were not checked",
        notes=[f"not checked: {names}"],
        help=f"check them one by one: `FILE:{shortened(variants[0])}`, or raise the limit on the command line with "
        "`--max-ops`",
    )
    return sink.diagnostics[0]


def _variants_to_check(file: SpecFile, target: Target) -> tuple[str, ...]:
    """The variants of a spec, those of its base included; empty: as written."""
    if target.variant:
        return (target.variant,)
    names = tuple(key.text for key, _ in _variants(file.root).entries)
    declared = parameters(file.root.get("params"), Sink(), of_network=True)
    as_written = not names or all(parameter.default is not None for parameter in declared)
    return ("", *names) if as_written else names


def _variants(root: MappingNode) -> MappingNode:
    """The variants by name; none where there are none, or too many, which the check of the document reports."""
    variants = root.get("variants")
    if isinstance(variants, MappingNode) and len(variants.entries) <= MAX_VARIANTS:
        return variants
    return MappingNode(root.source, root.start)


def _is_library(root: MappingNode) -> bool:
    """Whether the file holds blocks and nothing of a network."""
    return root.get("blocks") is not None and not any(root.get(key) for key in _OF_NETWORKS)


def _merged(
    checks: Mapping[str, Checked], variants_node: MappingNode, *, alone: bool
) -> tuple[Diagnostic, ...]:
    """Each finding once, in the order of the first check that made it. `alone`: of several variants, one is checked.

    An error that another variant makes at the same place, with other sizes in its message, is the same error. A fix
    against which the facts of one variant speak is doubtful in all.
    """
    found: dict[tuple[str, str, int, int, str], Diagnostic] = {}
    variants: dict[tuple[str, str, int, int, str], list[str]] = {}
    for variant, checked in checks.items():
        known = {key[:4]: key for key in reversed(found) if found[key].severity == "error"}
        for diagnostic in (*checked.diagnostics, *checked.unused):
            span = diagnostic.span
            key = (diagnostic.code, span.source.name, span.start, span.end, diagnostic.message)
            if key not in found:
                key = known.get(key[:4], key)
            first = found.setdefault(key, diagnostic)
            if first.fixes and first is not diagnostic and diagnostic.severity == "error":
                found[key] = _of_both(first, diagnostic)
            variants.setdefault(key, []).append(variant)
    if any(_is_doubtful(diagnostic, variants_node) for diagnostic in found.values()):
        found = {key: diagnostic for key, diagnostic in found.items() if diagnostic.subject != FACTS}
    merged = []
    facts = [key for key, diagnostic in found.items() if diagnostic.subject == FACTS]
    # Facts that hold in no variant have one cause, which all variants share.
    shared = facts if len(facts) > 1 and len(facts) == len([name for name in checks if name]) else []
    for key, diagnostic in found.items():
        if key in shared[1:]:
            continue
        if key in shared:
            others = [Label(found[other].message, found[other].span) for other in shared[1 : MAX_LABELS + 1]]
            note = "the facts of no variant hold"
            merged.append(
                replace(
                    diagnostic,
                    labels=(*diagnostic.labels, *others),
                    notes=(*diagnostic.notes, note),
                )
            )
            continue
        if diagnostic.code == "W0415" and (alone or len(variants[key]) < len(checks)):
            continue  # another variant needs the note
        names = [f"`{name}`" for name in variants[key] if name]
        if len(variants[key]) < len(checks) and "" not in variants[key]:
            word = "variant" if len(names) == 1 else "variants"
            diagnostic = replace(diagnostic, notes=(*diagnostic.notes, f"with {word} {', '.join(names)}"))
        merged.append(diagnostic)
    return _by_name(merged)


def _of_both(first: Diagnostic, other: Diagnostic) -> Diagnostic:
    """What two variants say of one error: as the less certain of them says it, with the fixes that hold for both, as
    safe as they are for both.
    """
    less = min(first, other, key=lambda each: (len(each.fixes), any(fix.is_safe for fix in each.fixes)))
    safe = {fix.edits: fix.is_safe for fix in (first if less is other else other).fixes}
    fixes = tuple(
        replace(fix, is_safe=fix.is_safe and safe[fix.edits]) for fix in less.fixes if fix.edits in safe
    )
    return replace(less, fixes=fixes)


def _is_doubtful(found: Diagnostic, variants: MappingNode) -> bool:
    """Whether a finding is an error in what variants have in common of which it is not certain how to mend it: facts of
    another variant may fail because of it.
    """
    if found.severity != "error" or found.subject == FACTS or any(fix.is_safe for fix in found.fixes):
        return False
    span = found.span
    return span.source is not variants.source or not variants.start <= span.start < variants.end


def _by_name(diagnostics: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The findings, with one in place of those of several variants that give a parameter the same unknown name."""
    groups: dict[tuple[str, int], list[Diagnostic]] = {}
    for number, found in enumerate(diagnostics):
        is_named = found.code == "E0213" and found.subject != ""
        groups.setdefault((found.subject, -1) if is_named else ("", number), []).append(found)
    if len(groups) == len(diagnostics):
        return tuple(diagnostics)
    from archspec.expand.merging import joined  # only a mistake pays for it

    return tuple(joined(group) for group in groups.values())
