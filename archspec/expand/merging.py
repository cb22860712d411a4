"""Errors that say one thing of several places are one error, at the place that is to be changed.

In: the findings of one expansion. Out: the same, save that

- a name which is not known, and is read in several places of one scope, is told once: the first place is the error's
  own, the others are labels of it, and its fix mends them all;
- a parameter that is a fraction, and is read for integers alone, is told where its value is written;
- sizes that do not meet, and are mended by one edit, are told at the line of that edit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from archspec.diagnostics import Diagnostic, Fix, Label, Sink
from archspec.edits import replacing
from archspec.expressions import is_expression, names_read, parse
from archspec.source import Source, Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar

_OF_NAMES: Final = frozenset(("E0201", "E0204", "E0213", "E0405", "E0451"))
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
    diagnostics = _of_fractions([_at_remedy(found, root) for found in diagnostics], root)
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


def _at_remedy(found: Diagnostic, root: MappingNode) -> Diagnostic:
    """The finding, told where its one edit is, if two sides do not meet: a person looks for what is to be changed."""
    edits = found.fixes[0].edits if found.fixes else ()
    if found.code not in _OF_SIDES or len(edits) != 1 or edits[0].span.source is not found.span.source:
        return found
    line = edits[0].span.line
    op = _node_at(edits[0].span, root)
    if op is None or found.span.line in (line, op.line):
        return found
    labels = (
        found.labels if any(label.span == op for label in found.labels) else (Label("", op), *found.labels)
    )
    return replace(found, span=op, labels=labels)


def _node_at(place: Span, root: MappingNode) -> Span | None:
    """The first key of the innermost mapping around a place."""
    found: MappingNode | None = None
    pending: list[Node] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, Scalar) or not node.start <= place.start <= node.end:
            continue
        if isinstance(node, ListNode):
            pending += node.items
        else:
            found = node
            pending += [value for _, value in node.entries]
    return found.entries[0][0].span if found is not None and found.entries else None


def _of_fractions(diagnostics: Sequence[Diagnostic], root: MappingNode) -> list[Diagnostic]:
    """The findings, with one in place of all that a parameter's fraction makes where integers are due, if it is read
    nowhere else, and somewhere as it is: a factor may be a fraction.
    """
    kept = list(diagnostics)
    for name in {found.subject: None for found in diagnostics if found.code == "E0456" and found.subject}:
        group = [found for found in kept if found.code == "E0456" and found.subject == name]
        params = root.get("params")
        value = params.get(name) if isinstance(params, MappingNode) else None
        uses = _uses(name, root)
        told = {found.span for found in group}
        if (
            not isinstance(value, Scalar)
            or not isinstance(value.value, float)
            or not uses <= told
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


def _uses(name: str, root: MappingNode) -> set[Span]:
    """Where a file has an expression that reads `name`."""
    found: set[Span] = set()
    pending: list[Node] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, ListNode):
            pending += node.items
        elif isinstance(node, MappingNode):
            pending += [value for _, value in node.entries]
        elif isinstance(node, Scalar) and name in node.text and is_expression(node.text):
            expression = parse(node.text, node.span, Sink())
            if expression is not None and any(each.name == name for each in names_read(expression)):
                found.add(node.span)
    return found


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
