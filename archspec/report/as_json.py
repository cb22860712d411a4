"""Diagnostics → JSON: what `validate --format json` prints.

A list with an object for each file: `{"file", "valid", "diagnostics"}`. Lines and columns count from 1,
columns in characters; an end is the place after the last character. The text is ASCII, so that no terminal
can be deceived, and commands no runner (`visible` says how one could).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypedDict

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
    applicability: Literal["safe", "unsafe"]
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


class FailureObject(TypedDict):
    size: int
    message: str
    span: SpanObject
    notes: list[str]


class SweepObject(TypedDict):
    axes: list[str]
    in_words: str
    valid: list[int]
    failures: list[FailureObject]


class FactObject(TypedDict):
    kind: str
    any_combination: bool
    sweeps: list[SweepObject]


class SizesObject(TypedDict):
    variant: str
    first: int
    last: int
    compiled: dict[str, int]
    facts: list[FactObject]


class FileObject(TypedDict):
    file: str
    valid: bool
    diagnostics: list[DiagnosticObject]
    sizes: NotRequired[list[SizesObject]]


def render(
    files: Mapping[str, Sequence[Diagnostic]], sizes: Mapping[str, list[SizesObject]] | None = None
) -> str:
    """The findings of each file, by the name under which it was given. A file with warnings alone is
    valid. `sizes`: which sizes of the input work, of the files for which that was asked.
    """
    objects = [file_object(name, found) for name, found in files.items()]
    for file in objects:
        if sizes and file["file"] in sizes:
            file["sizes"] = sizes[file["file"]]
    return dumped(objects)


def dumped(value: object) -> str:
    """A value as JSON in ASCII. `##[` can stand in a string alone, where the escape means the same."""
    return json.dumps(value, indent=2).replace("##[", "#\\u0023[") + "\n"


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
                "applicability": "safe" if fix.is_safe else "unsafe",
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
