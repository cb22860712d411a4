"""A diagnostic to report, at words of a small spec."""

from archspec.diagnostics import Edit, Fix, Sink
from archspec.source import Source, Span

NET = Source(
    "net.yaml",
    "archspec: 1\n"
    "name: Example\n"
    "blocks:\n"
    "  conv1: {conv: 8}\n"
    "body:\n"
    "  - {residual: [conv1], shortcut: identity}\n",
)


def at(source, words, occurrence=1):
    """The span of words in a source."""
    start = -1
    for _ in range(occurrence):
        start = source.text.index(words, start + 1)
    return Span(source, start, start + len(words))


FIXABLE = Fix("write `projection`", (Edit(at(NET, "identity"), "projection"),))


def error(span, message="wrong", **details):
    sink = Sink()
    sink.error("E0301", span, message, **details)
    return sink.diagnostics
