"""Any bytes through everything that reads a spec without torch: validation, reports and fixes; of a valid spec its
source, pictures, page, summary and explanations, of one with errors the pictures of what could be checked.

Holds: `run` raises nothing, whatever the bytes; what it raises is a bug.
"""

from __future__ import annotations

import json
import sys
from itertools import islice
from typing import Final

from archspec.backends.dot import VIEWS, dot, render
from archspec.backends.dot.broken import render_broken
from archspec.backends.summary import summarise, to_csv, to_json, to_latex, to_markdown, totals
from archspec.compiler import Network, check
from archspec.diagnostics import Diagnostic
from archspec.explain import explain_network, explain_node
from archspec.fixing import fix
from archspec.ir import Graph, walk
from archspec.limits import Limits
from archspec.report import as_json, github, sarif, text
from archspec.targets import Target
from archspec.validation import Verdict, judge_target

LIMITS: Final = Limits(ops=400)
"""Small, so that an input is done in milliseconds."""

MOST: Final = 20
"""So many nodes are explained."""


def run(data: bytes) -> str:
    """The codes that were found, or what the network came to."""
    target = Target("net.yaml", data)
    checked = check(target, limits=LIMITS)
    report(checked.diagnostics)
    if any(found.fixes for found in checked.diagnostics):
        fix([("-", target)], judge, unsafe=True)
    if checked.partial is not None and checked.partial.root.steps:
        draw_broken(checked.partial, checked.diagnostics)
    if checked.graph is None or checked.costs is None:
        return " ".join(sorted({found.code for found in checked.diagnostics}))
    network = Network(checked.graph, checked.costs, checked.diagnostics)
    compile(network.source(), "<emitted>", "exec")
    for view in VIEWS:
        dot(network.graph, view, direction="LR" if len(data) % 2 else "TB")
    for format in ("mmd", "html"):
        assert isinstance(render(network.graph, format), bytes)
    explain_network(network, "net.yaml", 60)
    for visit in islice(walk(network.graph.root), MOST):
        if visit.step.role != "join":
            explain_node(network, visit.path, 60)
    for depth in (1, None):
        summary = summarise(network.graph, depth=depth)
        to_markdown(summary)
        to_latex(summary)
    json.loads(to_json(summary))
    to_csv(summary)
    assert list(totals(summary))
    return f"{network.params} parameters"


def judge(text: str, target: Target) -> Verdict:
    return judge_target(text, target, settings={}, limits=LIMITS)


def draw_broken(partial: Graph, diagnostics: tuple[Diagnostic, ...]) -> None:
    for view in VIEWS:
        for format in ("dot", "mmd"):
            assert isinstance(render_broken(partial, diagnostics, format, view), bytes)
    assert isinstance(render_broken(partial, diagnostics, "html", "blocks"), bytes)


def report(diagnostics: tuple[Diagnostic, ...]) -> None:
    """The diagnostics in every format; each names a place that is in its text."""
    for found in diagnostics:
        for span in (found.span, *(label.span for label in found.labels)):
            assert 0 <= span.start <= span.end <= len(span.source.text), found
            assert span.line >= 1, found
            assert span.column >= 1, found
        for offered in found.fixes:
            assert all(edit.span.source is found.span.source for edit in offered.edits), found
    files = {"net.yaml": diagnostics}
    text.render(diagnostics)
    github.render(files)
    json.loads(as_json.render(files))
    json.loads(sarif.render(files))


if __name__ == "__main__":
    print(run(sys.stdin.buffer.read()))
