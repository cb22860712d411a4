"""A text that libyaml gave up on, read as its fix would have it.

In: the text, and the edits that mend what libyaml could not read. Out: the tree of the mended text, with every place in
it moved to where the user wrote it, and what else is wrong with the text: so that one slip of punctuation does not hide
all other mistakes. What the edits write stands at the place that they write it to.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace

from archspec.diagnostics import Diagnostic, Edit, Label, Sink
from archspec.records import dataclass
from archspec.source import Source, Span
from archspec.syntax.tree import MappingNode, nodes
from archspec.yaml_errors.stop import after

Reading = Callable[[Source, Sink], MappingNode | None]


def read_mended(source: Source, edits: Sequence[Edit], sink: Sink, read: Reading) -> MappingNode | None:
    """The tree of `source` after `edits`, as `read` reads it."""
    way_back = _WayBack.of(edits)
    text = after(source.text, tuple((edit.span.start, edit.span.end, edit.text) for edit in edits))
    found = Sink(values=sink.values)
    root = read(Source(source.name, text, shipped=source.shipped), found)
    sink.values = found.values
    for diagnostic in found.diagnostics:
        _report(diagnostic, source, way_back, sink)
    if root is not None:
        _move(root, source, way_back)
    return root


@dataclass(frozen=True, slots=True)
class _WayBack:
    """From the offsets of a mended text to those of the text as it was: where each edit begins and ends in both."""

    starts: tuple[int, ...]
    """In the mended text."""
    ends: tuple[int, ...]
    spans: tuple[Span, ...]
    """In the text as it was."""

    @classmethod
    def of(cls, edits: Sequence[Edit]) -> _WayBack:
        starts, ends = [], []
        shift = 0
        ordered = sorted(edits, key=lambda edit: edit.span.start)
        for edit in ordered:
            starts.append(edit.span.start + shift)
            ends.append(starts[-1] + len(edit.text))
            shift = ends[-1] - edit.span.end
        return cls(tuple(starts), tuple(ends), tuple(edit.span for edit in ordered))

    def offset(self, at: int, *, is_end: bool = False) -> int:
        """Where the character `at` was; `is_end`: where the text that ends there ended."""
        number = bisect_right(self.starts, at if not is_end else at - 1) - 1
        if number < 0:
            return at
        if at < self.ends[number] or (is_end and at == self.ends[number]):
            return self.spans[number].end if is_end else self.spans[number].start
        return at - self.ends[number] + self.spans[number].end

    def span(self, span: Span, source: Source) -> Span:
        start = self.offset(span.start)
        return Span(source, start, max(start, self.offset(span.end, is_end=span.end > span.start)))


def _report(diagnostic: Diagnostic, source: Source, way_back: _WayBack, sink: Sink) -> None:
    def moved(span: Span) -> Span:
        return way_back.span(span, source)

    primary, *others = diagnostic.labels
    sink.error(
        diagnostic.code,
        moved(diagnostic.span),
        diagnostic.message,
        label=primary.message,
        labels=[Label(label.message, moved(label.span)) for label in others],
        notes=diagnostic.notes,
        help=diagnostic.help,
        fixes=[
            replace(fix, edits=tuple(Edit(moved(edit.span), edit.text) for edit in fix.edits))
            for fix in diagnostic.fixes
        ],
    )


def _move(root: MappingNode, source: Source, way_back: _WayBack) -> None:
    """Give every node of a tree its place in `source`."""
    for node in nodes(root):
        span = way_back.span(Span(node.source, node.start, node.end), source)
        node.source, node.start, node.end = source, span.start, span.end
