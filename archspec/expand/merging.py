"""Errors that say one thing of several places are one error.

In: the findings of one expansion. Out: the same, save that a name which is not known, and is read in several places of
one scope, is told once: the first place is the error's own, the others are labels of it, and its fix mends them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from archspec.diagnostics import Diagnostic, Fix, Label
from archspec.source import Source
from archspec.syntax import MappingNode

_OF_NAMES: Final = frozenset(("E0201", "E0204", "E0213", "E0405", "E0451"))
_OF_PARAMETERS: Final = frozenset(("E0204", "E0451"))
MAX_LABELS: Final = 5
MAX_EDITS: Final = 50
"""Beyond these nobody would read, and the work would grow with the square of them."""

_Key: TypeAlias = tuple[str, str, Source, int]


def merged(diagnostics: Sequence[Diagnostic], root: MappingNode) -> tuple[Diagnostic, ...]:
    """The findings, each name that is not known once for each block, or for all that is outside blocks; all parameters
    together where none are declared.
    """
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
        key = (kind, name, diagnostic.span.source, block)
        if key not in groups:
            kept.append(key)
        groups.setdefault(key, []).append(diagnostic)
    return tuple(_one(groups[each]) if isinstance(each, tuple) else each for each in kept)


class _Places:
    """The blocks of a file, by number."""

    def __init__(self, root: MappingNode) -> None:
        blocks = root.get("blocks")
        self.bodies = [body for _, body in blocks.entries] if isinstance(blocks, MappingNode) else []
        self.root = root

    def of(self, diagnostic: Diagnostic) -> tuple[int, str]:
        """The number of the block that a finding is in, or -1, and its subject."""
        span = diagnostic.span
        for number, body in enumerate(self.bodies):
            if body.source is span.source and body.start <= span.start < body.end:
                return number, diagnostic.subject
        return -1, diagnostic.subject

    def declares_nothing(self, diagnostic: Diagnostic) -> bool:
        """Whether a parameter is not known where there are none at all."""
        number, _ = self.of(diagnostic)
        owner = self.bodies[number] if number >= 0 else self.root
        is_of_parameter = diagnostic.code in _OF_PARAMETERS
        return is_of_parameter and isinstance(owner, MappingNode) and owner.get("params") is None


def _one(group: Sequence[Diagnostic]) -> Diagnostic:
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
        fixes = (Fix(titles.pop(), tuple(dict.fromkeys(edits))),)
    return replace(first, labels=(*first.labels, *labels), notes=notes, fixes=fixes)
