"""Diagnostics → SARIF 2.1.0, the OASIS format that code-scanning services read.

One run; a rule for each code that occurs, with its explanation; a result for each diagnostic, with its
other places as related locations and its certain remedies as fixes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from archspec.codes import CODES
from archspec.diagnostics import Diagnostic, Fix
from archspec.source import Source, Span

Json = dict[str, Any]
"""A JSON object of the format, whose shape the standard fixes."""

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(files: Mapping[str, Sequence[Diagnostic]]) -> str:
    """The findings of all files as one run."""
    diagnostics = [diagnostic for found in files.values() for diagnostic in found]
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    run = {
        "tool": {"driver": {"name": "archspec", "rules": [_rule(code) for code in codes]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic, codes.index(diagnostic.code)) for diagnostic in diagnostics],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(code: str) -> Json:
    entry = CODES[code]
    return {
        "id": code,
        "shortDescription": {"text": entry.title},
        "fullDescription": {"text": entry.explanation},
        "help": {"text": f"{entry.explanation}\n\nWrong:\n\n{entry.wrong}\n\nRight:\n\n{entry.right}"},
    }


def _result(diagnostic: Diagnostic, rule_index: int) -> Json:
    sentences = [diagnostic.message, *diagnostic.notes]
    if diagnostic.help:
        sentences.append(f"help: {diagnostic.help}")
    result: Json = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule_index,
        "level": diagnostic.severity,
        "message": {"text": "\n".join(sentences)},
        "locations": [{"physicalLocation": _location(diagnostic.span)}],
    }
    related = [label for label in diagnostic.labels if label.message]
    if related:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _location(label.span), "message": {"text": label.message}}
            for number, label in enumerate(related)
        ]
    if diagnostic.fixes:
        result["fixes"] = [_fix(fix) for fix in diagnostic.fixes]
    return result


def _fix(fix: Fix) -> Json:
    sources = dict.fromkeys(edit.span.source for edit in fix.edits)
    return {
        "description": {"text": fix.title},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(source),
                "replacements": [
                    {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
                    for edit in fix.edits
                    if edit.span.source is source
                ],
            }
            for source in sources
        ],
    }


def _location(span: Span) -> Json:
    return {"artifactLocation": _artifact(span.source), "region": _region(span)}


def _artifact(source: Source) -> Json:
    return {"uri": quote(source.name.replace("\\", "/").encode("utf-8", "surrogateescape"))}


def _region(span: Span) -> Json:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
