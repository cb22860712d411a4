"""Errors that say one thing of several places are one error, at the place that is to be changed.

In: the findings of one expansion. Out: the same, save that

- a name which is not known, and is read in several places of one scope, is told once: the first place is the error's
  own, the others are labels of it, and its fix mends them all;
- so is an argument that several calls of a block lack;
- a parameter that is a fraction, and is read for integers alone, is told where its value is written;
- sizes that do not meet, and are mended by one edit, are told at the line of that edit;
- a map that is too narrow because the input has its channels last is told at the input.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence, Set
from dataclasses import replace
from operator import attrgetter
from typing import Final, TypeAlias

from archspec.diagnostics import Diagnostic, Fix, Label, Sink
from archspec.edits import replacing
from archspec.expand.channels_last import told_at_input
from archspec.expressions import is_expression, names_read, parse, words
from archspec.source import Source, Span
from archspec.syntax import MappingNode, Scalar, nodes

_OF_NAMES: Final = frozenset(("E0201", "E0204", "E0205", "E0213", "E0405", "E0451"))
_OF_PARAMETERS: Final = frozenset(("E0204", "E0451"))
_OF_SIDES: Final = frozenset(("E0301", "E0302", "E0303", "E0307"))
MAX_LABELS: Final = 5
MAX_EDITS: Final = 50
"""Beyond these nobody would read, and the work would grow with the square of them."""

_Key: TypeAlias = tuple[str, str, Source, int]


def merged(diagnostics: Sequence[Diagnostic], root: MappingNode) -> tuple[Diagnostic, ...]:
    """The findings, each name that is not known once for each block, or for all that is outside blocks; all parameters
    together where none are declared.
    """
    diagnostics = told_at_input(diagnostics, root)
    mappings = _Mappings(root)
    diagnostics = _of_fractions([_at_remedy(found, mappings) for found in diagnostics], root)
    undefined = {found.subject for found in diagnostics if found.code == "E0204"}
    groups: dict[_Key, list[Diagnostic]] = {}
    kept: list[_Key | Diagnostic] = []
    places = _Places(root)
    named = [found for found in diagnostics if found.code in _OF_NAMES and found.subject]
    undeclared = {places.of(found) for found in named if not found.fixes and places.declares_nothing(found)}
    for diagnostic in diagnostics:
        if diagnostic.code not in _OF_NAMES or not diagnostic.subject:
            kept.append(diagnostic)
            continue
        block, name = places.of(diagnostic)
        kind = "a parameter" if diagnostic.code in _OF_PARAMETERS else diagnostic.code
        if kind == "a parameter" and (block, name) in undeclared:
            name = ""
        if kind == "a parameter" and name in undefined:
            block = -1  # a variant sets a parameter that is gone, which a block reads
        key = (kind, name, diagnostic.span.source, block)
        if key not in groups:
            kept.append(key)
        groups.setdefault(key, []).append(diagnostic)
    return tuple(joined(groups[each]) if isinstance(each, tuple) else each for each in kept)


def _at_remedy(found: Diagnostic, mappings: _Mappings) -> Diagnostic:
    """The finding, told where its one edit is, if two sides do not meet: a person looks for what is to be changed."""
    edits = found.fixes[0].edits if found.fixes else ()
    if found.code not in _OF_SIDES or len(edits) != 1 or edits[0].span.source is not found.span.source:
        return found
    if edits[0].span.start == edits[0].span.end and not found.fixes[0].is_safe:
        return found  # what is only added may belong elsewhere
    line = edits[0].span.line
    op = mappings.first_key_around(edits[0].span)
    if op is None or found.span.line in (line, op.line):
        return found
    labels = (
        found.labels if any(label.span == op for label in found.labels) else (Label("", op), *found.labels)
    )
    return replace(found, span=op, labels=labels)


class _Mappings:
    """The mappings of a file in the order of the text, gone through once, when the first place is looked up."""

    def __init__(self, root: MappingNode) -> None:
        self._root = root
        self._found: list[MappingNode] = []

    def first_key_around(self, place: Span) -> Span | None:
        """The first key of the innermost mapping around a place."""
        if not self._found:
            mappings = (node for node in nodes(self._root) if isinstance(node, MappingNode) and node.entries)
            self._found = sorted(mappings, key=attrgetter("start"))
        # What begins last before the place, and does not end before it, is the innermost.
        before = bisect_right(self._found, place.start, key=attrgetter("start"))
        for node in reversed(self._found[:before]):
            if place.start <= node.end and node.source is place.source:
                return node.entries[0][0].span
        return None


def _of_fractions(diagnostics: Sequence[Diagnostic], root: MappingNode) -> list[Diagnostic]:
    """The findings, with one in place of all that a parameter's fraction makes where integers are due, if it is read
    nowhere else, and somewhere as it is: a factor may be a fraction.
    """
    kept = list(diagnostics)
    fractions = dict.fromkeys(found.subject for found in kept if found.code == "E0456" and found.subject)
    uses = _uses(fractions.keys(), root) if fractions else {}
    params = root.get("params")
    for name in fractions:
        group = [found for found in kept if found.code == "E0456" and found.subject == name]
        value = params.get(name) if isinstance(params, MappingNode) else None
        told = {found.span for found in group}
        if (
            not isinstance(value, Scalar)
            or not isinstance(value.value, float)
            or not uses[name] <= told
            or not any(span.text in (f"${name}", f"$({name})") for span in told)
        ):
            continue
        whole = str(int(value.value)) if value.value.is_integer() else ""
        labels = [Label("used here for an integer", found.span) for found in group[:MAX_LABELS]]
        one = replace(
            group[0],
            message=f"`{name}` is {value.text}, and it is read where integers are due",
            span=value.span,
            labels=(Label("", value.span), *labels),
            notes=(),
            help=f"write `{whole}`" if whole else "write an integer",
            fixes=replacing(value.span, whole),
        )
        kept = [
            one if found is group[0] else found for found in kept if found is group[0] or found not in group
        ]
    return kept


def _uses(names: Set[str], root: MappingNode) -> dict[str, set[Span]]:
    """Where a file has expressions that read each of `names`."""
    found: dict[str, set[Span]] = {name: set() for name in names}
    for node in nodes(root):
        if not isinstance(node, Scalar) or not is_expression(node.text) or names.isdisjoint(words(node.text)):
            continue
        expression = parse(node.text, node.span, Sink())
        for read in names_read(expression) if expression is not None else ():
            if read.name in names:
                found[read.name].add(node.span)
    return found


class _Places:
    """The blocks of a file, by number."""

    def __init__(self, root: MappingNode) -> None:
        blocks = root.get("blocks")
        self.bodies = [body for _, body in blocks.entries] if isinstance(blocks, MappingNode) else []
        self.root = root
        self._begins: dict[Source, list[tuple[int, int]]] = {}
        for number, body in enumerate(self.bodies):
            self._begins.setdefault(body.source, []).append((body.start, number))
        for begins in self._begins.values():
            begins.sort()

    def of(self, diagnostic: Diagnostic) -> tuple[int, str]:
        """The number of the block that a finding is in, or -1, and its subject."""
        span = diagnostic.span
        begins = self._begins.get(span.source, [])
        before = bisect_right(begins, (span.start, len(self.bodies)))
        number = begins[before - 1][1] if before else -1
        is_in_it = before > 0 and span.start < self.bodies[number].end
        return number if is_in_it else -1, diagnostic.subject

    def declares_nothing(self, diagnostic: Diagnostic) -> bool:
        """Whether a parameter is not known where there are none at all."""
        number, _ = self.of(diagnostic)
        owner = self.bodies[number] if number >= 0 else self.root
        is_of_parameter = diagnostic.code in _OF_PARAMETERS
        return is_of_parameter and isinstance(owner, MappingNode) and owner.get("params") is None


def joined(group: Sequence[Diagnostic]) -> Diagnostic:
    """One finding in place of several that are about one name."""
    first, rest = group[0], group[1:]
    if not rest:
        return first
    labels = [
        Label("and here" if other.subject == first.subject else other.message, other.span)
        for other in rest[:MAX_LABELS]
    ]
    more = len(rest) - len(labels)
    notes = (*first.notes, f"and in {more} more place{'s' * (more > 1)}") if more else first.notes
    titles = {fix.title for each in group for fix in each.fixes[:1]}
    fixes: tuple[Fix, ...] = ()
    if len(titles) == 1 and all(each.fixes for each in group) and len(group) <= MAX_EDITS:
        edits = [edit for each in group for edit in each.fixes[0].edits]
        is_safe = all(each.fixes[0].is_safe for each in group)
        fixes = (Fix(titles.pop(), tuple(dict.fromkeys(edits)), is_safe),)
    return replace(first, labels=(*first.labels, *labels), notes=notes, fixes=fixes)
