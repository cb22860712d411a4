"""`archspec validate`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from archspec.cli.options import LIMITS, MaxDepth, MaxOps, MaxParameters, Settings, settings_of
from archspec.console import CANNOT_RUN, SPEC_ERRORS, complain, put, show_diagnostics
from archspec.files import CannotRun
from archspec.limits import Limits
from archspec.report.visible import visible

if TYPE_CHECKING:
    from archspec.validation import Verdict


class ReportFormat(StrEnum):
    """How `validate` reports."""

    text = "text"
    json = "json"
    sarif = "sarif"
    github = "github"


def validate(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="specs, or folders of specs")],
    format: Annotated[ReportFormat, typer.Option(help="How to report.")] = ReportFormat.text,
    settings: Settings = None,
    max_ops: MaxOps = LIMITS.ops,
    max_parameters: MaxParameters = LIMITS.parameters,
    max_depth: MaxDepth = LIMITS.depth,
) -> None:
    """Check specs and folders of specs.

    A spec is checked as it is written and with each of its variants. The exit code is 0 if all are valid, 1 if one is
    not, 2 if one cannot be read. For a person, the findings go to stderr and a
    line for each file to stdout; for a machine, all goes to stdout.
    """
    from archspec.validation import files_named, judge

    limits = Limits(ops=max_ops, depth=max_depth, parameters=max_parameters)
    chosen = settings_of(settings)
    verdicts: list[Verdict] = []
    unreadable = False
    for named in files:
        try:
            for file in files_named(named):
                verdict = judge(file, settings=chosen, limits=limits)
                verdicts.append(verdict)
                if format is ReportFormat.text:
                    show_diagnostics(verdict.diagnostics)
                    put(_verdict_line(verdict))
        except CannotRun as error:
            complain(str(error))
            unreadable = True
    findings = {verdict.name: verdict.diagnostics for verdict in verdicts}
    match format:
        case ReportFormat.text:
            pass
        case ReportFormat.json:
            from archspec.report import as_json

            put(as_json.render(findings))
        case ReportFormat.sarif:
            from archspec.report import sarif

            put(sarif.render(findings))
        case ReportFormat.github:
            from archspec.report import github

            put(github.render(findings))
    if unreadable:
        raise typer.Exit(CANNOT_RUN)
    if not all(verdict.valid for verdict in verdicts):
        raise typer.Exit(SPEC_ERRORS)


def _verdict_line(verdict: Verdict) -> str:
    """`✓ net.yaml: valid · 11.7 M parameters · 1.81 G MACs`; of a file with variants, how many there are."""
    from archspec.backends.wording import short_count
    from archspec.report.text import counted

    count = counted(verdict.diagnostics)
    name = visible(verdict.name)
    if not verdict.valid:
        return f"✗ {name}: {count}\n"
    parts = ["valid", count] if count else ["valid"]
    if verdict.blocks:
        parts.append(f"{len(verdict.blocks)} block{'' if len(verdict.blocks) == 1 else 's'}")
    elif len(verdict.checks) > 1:
        variants = sum(variant != "" for variant in verdict.checks)
        parts.append(f"{variants} variant{'' if variants == 1 else 's'}")
    else:
        for checked in verdict.checks.values():
            if checked.costs is not None:
                total = checked.costs.total
                parts += [f"{short_count(total.params)} parameters", f"{short_count(total.macs)} MACs"]
    return f"✓ {name}: {' · '.join(parts)}\n"
