"""Any bytes through everything that reads a spec without torch: validation, reports, and for a valid spec its source,
picture and summary.

Holds: `run` raises nothing, whatever the bytes; what it raises is a bug.
"""

from __future__ import annotations

import json
import sys
from typing import Final

from archspec.backends.dot import VIEWS, dot
from archspec.backends.summary import summarise, to_csv, to_json, to_markdown, totals
from archspec.compiler import Network, check
from archspec.diagnostics import Diagnostic
from archspec.limits import Limits
from archspec.report import as_json, github, sarif, text
from archspec.targets import Target

LIMITS: Final = Limits(ops=400)
"""Small, so that an input is done in milliseconds."""


def run(data: bytes) -> str:
    """The codes that were found, or what the network came to."""
    checked = check(Target("net.yaml", data), limits=LIMITS)
    report(checked.diagnostics)
    if checked.graph is None or checked.costs is None:
        return " ".join(sorted({found.code for found in checked.diagnostics}))
    network = Network(checked.graph, checked.costs, checked.diagnostics)
    compile(network.source(), "<emitted>", "exec")
    for view in VIEWS:
        dot(network.graph, view)
    for depth in (1, None):
        summary = summarise(network.graph, depth=depth)
        to_markdown(summary)
    json.loads(to_json(summary))
    to_csv(summary)
    assert list(totals(summary))
    return f"{network.params} parameters"


def report(diagnostics: tuple[Diagnostic, ...]) -> None:
    """The diagnostics in every format; each names a place that is in its text."""
    for found in diagnostics:
        for span in (found.span, *(label.span for label in found.labels)):
            assert 0 <= span.start <= span.end <= len(span.source.text), found
            assert span.line >= 1, found
            assert span.column >= 1, found
        for fix in found.fixes:
            assert all(edit.span.source is found.span.source for edit in fix.edits), found
    files = {"net.yaml": diagnostics}
    text.render(diagnostics)
    github.render(files)
    json.loads(as_json.render(files))
    json.loads(sarif.render(files))


if __name__ == "__main__":
    print(run(sys.stdin.buffer.read()))
