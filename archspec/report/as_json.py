"""Diagnostics → JSON: what `validate --format json` prints.

A list with an object for each file: `{"file", "valid", "diagnostics"}`. Lines and columns count from 1,
columns in characters; an end is the place after the last character. The text is ASCII, so that no terminal
can be deceived.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypedDict

from archspec.diagnostics import Diagnostic
from archspec.source import Span


class SpanObject(TypedDict):
    file: str
    line: int
    column: int
    end_line: int
    end_column: int


class LabelObject(TypedDict):
    message: str
    span: SpanObject


class EditObject(TypedDict):
    span: SpanObject
    text: str


class FixObject(TypedDict):
    title: str
    edits: list[EditObject]


class DiagnosticObject(TypedDict):
    code: str
    severity: str
    message: str
    span: SpanObject
    labels: list[LabelObject]
    notes: list[str]
    help: str
    fixes: list[FixObject]


class FileObject(TypedDict):
    file: str
    valid: bool
    diagnostics: list[DiagnosticObject]


def render(files: Mapping[str, Sequence[Diagnostic]]) -> str:
    """The findings of each file, by the name under which it was given. A file with warnings alone is
    valid.
    """
    return json.dumps([file_object(name, found) for name, found in files.items()], indent=2) + "\n"


def file_object(name: str, diagnostics: Sequence[Diagnostic]) -> FileObject:
    return {
        "file": name,
        "valid": all(diagnostic.severity != "error" for diagnostic in diagnostics),
        "diagnostics": [diagnostic_object(diagnostic) for diagnostic in diagnostics],
    }


def diagnostic_object(diagnostic: Diagnostic) -> DiagnosticObject:
    """One finding. A label that says nothing is left out: `span` has its place."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "span": span_object(diagnostic.span),
        "labels": [
            {"message": label.message, "span": span_object(label.span)}
            for label in diagnostic.labels
            if label.message
        ],
        "notes": list(diagnostic.notes),
        "help": diagnostic.help,
        "fixes": [
            {
                "title": fix.title,
                "edits": [{"span": span_object(edit.span), "text": edit.text} for edit in fix.edits],
            }
            for fix in diagnostic.fixes
        ],
    }


def span_object(span: Span) -> SpanObject:
    return {
        "file": span.source.name,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
