"""Diagnostics → workflow commands of GitHub Actions, which show them beside the changed lines of a pull
request.

A spec may come from a stranger, and a runner obeys every line of output that begins with `::`. So all text is
escaped by GitHub's rules: one line for each diagnostic, whatever its message holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archspec.diagnostics import Diagnostic
from archspec.report.remedies import remedies
from archspec.report.visible import visible


def render(files: Mapping[str, Sequence[Diagnostic]]) -> str:
    """Each finding once, also where several specs import the file that it is in."""
    commands = dict.fromkeys(command(diagnostic) for found in files.values() for diagnostic in found)
    return "".join(f"{line}\n" for line in commands)


def command(diagnostic: Diagnostic) -> str:
    """`::error file=net.yaml,line=31,…,title=E0301::message`. Columns are given only within one line, as
    GitHub asks.
    """
    span = diagnostic.span
    properties = {"file": span.source.name, "line": str(span.line), "endLine": str(span.end_line)}
    if span.line == span.end_line:
        properties |= {"col": str(span.column), "endColumn": str(span.end_column)}
    properties["title"] = diagnostic.code
    sentences = [diagnostic.message, *(label.message for label in diagnostic.labels if label.message)]
    sentences += [f"note: {note}" for note in diagnostic.notes]
    sentences += [f"{word}: {sentence}" for word, sentence in remedies(diagnostic)]
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{diagnostic.severity} {written}::{_data(sentences)}"


def _data(sentences: list[str]) -> str:
    lines = "\n".join(sentences).split("\n")
    return "%0A".join(visible(line).replace("%", "%25") for line in lines)


def _property(value: str) -> str:
    return visible(value).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
