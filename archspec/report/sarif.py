"""Diagnostics → SARIF 2.1.0, the OASIS format that code-scanning services read.

One run; a rule for each code that occurs, with its explanation; a result for each diagnostic, with its other places
as related locations and its remedies as fixes, with a property that says whether one is safe. A warning that a note
or the command line silences is a result with a suppression (§3.35), which such a service shows as closed. Columns
count UTF-16 code units, which is what most programs that read SARIF count, whatever `columnKind` says.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from archspec.codes import CODES
from archspec.diagnostics import Diagnostic, Fix, Silenced
from archspec.report.as_json import dumped
from archspec.source import Source, Span
from archspec.version import __version__

Json = dict[str, Any]
"""A JSON object of the format, whose shape the standard fixes."""

_NOT_SUPPRESSED: list[Json] = []
"""What every result has that is reported: the standard wants the property on all results, or on none."""

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(files: Mapping[str, Sequence[Diagnostic]], silenced: Sequence[Silenced] = ()) -> str:
    """The findings of all files as one run; each once, also where several specs import the file that it is in."""
    found = [(diagnostic, _NOT_SUPPRESSED) for diagnostics in files.values() for diagnostic in diagnostics]
    found += [(each.diagnostic, [_suppression(each)]) for each in silenced]
    codes = sorted({diagnostic.code for diagnostic, _ in found})
    results = (
        {**_result(diagnostic, codes.index(diagnostic.code)), "suppressions": suppressions}
        for diagnostic, suppressions in found
    )
    once = {json.dumps(result): result for result in results}
    driver = {
        "name": "archspec",
        "semanticVersion": __version__,
        "rules": [_rule(code) for code in codes],
    }
    run = {"tool": {"driver": driver}, "columnKind": "utf16CodeUnits", "results": [*once.values()]}
    return dumped({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(code: str) -> Json:
    entry = CODES[code]
    return {
        "id": code,
        "shortDescription": {"text": entry.title},
        "fullDescription": {"text": entry.explanation},
        "defaultConfiguration": {"level": "warning" if code.startswith("W") else "error"},
        "help": {"text": entry.text, "markdown": entry.markdown},
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


def _suppression(silenced: Silenced) -> Json:
    by = silenced.by
    if by is None:
        return {"kind": "external", "justification": "left out by `--allow`"}
    found: Json = {"kind": "inSource", "location": {"physicalLocation": _location(by.span)}}
    return {**found, "justification": by.reason} if by.reason else found


def _fix(fix: Fix) -> Json:
    sources = dict.fromkeys(edit.span.source for edit in fix.edits)
    return {
        "description": {"text": fix.title},
        "properties": {"applicability": "safe" if fix.is_safe else "unsafe"},
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
    """A path as a URI: relative where the path is, to what the reader of the report takes for its root."""
    if os.path.isabs(source.name):
        return {"uri": Path(source.name).as_uri()}
    return {"uri": quote(source.name.replace(os.sep, "/").encode("utf-8", "surrogateescape"))}


def _region(span: Span) -> Json:
    return {
        "startLine": span.line,
        "startColumn": _column(span.source, span.start),
        "endLine": span.end_line,
        "endColumn": _column(span.source, span.end),
    }


def _column(source: Source, offset: int) -> int:
    """The column of an offset, from 1, in UTF-16 code units."""
    _, column = source.position(offset)
    before = source.text[offset - column + 1 : offset]
    return 1 + len(before.encode("utf-16-le", "surrogatepass")) // 2
