"""`archspec validate`.

Without `annotations` of `__future__`: typer would compile the text of each option's type, twice, at every start.
"""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from archspec.cli.options import LIMITS, MaxDepth, MaxOps, MaxParameters, Settings, settings_of
from archspec.console import CANNOT_RUN, SPEC_ERRORS, put, refuse, show_diagnostics
from archspec.files import CannotRun
from archspec.limits import Limits
from archspec.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archspec.report.as_json import SizesObject
    from archspec.targets import Target
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
    fix: Annotated[bool, typer.Option("--fix", help="Apply the fixes that are safe, then check.")] = False,
    unsafe_fixes: Annotated[
        bool,
        typer.Option("--unsafe-fixes", help="With --fix or --diff: the fixes that may not be meant, too."),
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what --fix would change; write nothing.")
    ] = False,
    sizes: Annotated[
        str | None,
        typer.Option(
            "--sizes", metavar="A..B", help="Say on which sizes of the input the network runs: 32..512."
        ),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", metavar="CODE", help="Leave out a warning: W0404; may be repeated."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Let the exit code be 1 for warnings too.")
    ] = False,
) -> None:
    """Check specs and folders of specs.

    A spec is checked as it is written and with each of its variants. The exit code is 0 if all are valid, 1 if one is
    not (or --diff shows a change, or --strict meets a warning), 2 if one cannot be read or written. For a person, the
    findings go to stderr and a line for each file to stdout; for a machine, all goes to stdout.

    --fix changes the files named, and none that they import; a spec from standard input goes to stdout when fixed, and
    the report to stderr.
    """
    from archspec.compiler import warnings_named
    from archspec.validation import allowing, judge_target

    if diff and format is not ReportFormat.text:
        raise CannotRun("`--diff` shows text: leave `--format` out")
    if unsafe_fixes and not (fix or diff):
        raise CannotRun("`--unsafe-fixes` says what to fix: write `--fix` or `--diff` with it")
    limits = Limits(ops=max_ops, depth=max_depth, parameters=max_parameters)
    chosen = settings_of(settings)
    allowed = warnings_named(allow or ())
    size_range = None
    if sizes is not None:
        from archspec.which_sizes import read_range

        size_range = read_range(sizes)

    def judge(text: str, target: "Target") -> "Verdict":
        verdict = judge_target(text, target, settings=chosen, limits=limits, sizes=size_range)
        return allowing(verdict, allowed)

    named, succeeded = _located(files)
    verdicts: Iterable[Verdict] = (judge(text, target) for text, target in named)
    changes = to_stderr = False
    if fix or diff:
        from archspec.cli.fixing import fix_named

        fixed, written = fix_named(named, judge, unsafe=unsafe_fixes, diff=diff)
        verdicts = fixed.verdicts
        succeeded &= written
        changes = diff and bool(fixed.changes)
        to_stderr = diff or any(target.folder is None for _, target in named)
    reported = _report(format, verdicts, to_stderr=to_stderr)
    if not succeeded:
        raise typer.Exit(CANNOT_RUN)
    if changes or not all(verdict.valid and not (strict and verdict.diagnostics) for verdict in reported):
        raise typer.Exit(SPEC_ERRORS)


def _located(files: "Sequence[str]") -> "tuple[list[tuple[str, Target]], bool]":
    """The specs named, each with what it is called, and whether all of them can be read."""
    from archspec.targets import locate
    from archspec.validation import files_named

    found: list[tuple[str, Target]] = []
    succeeded = True
    for named in files:
        try:
            found += [(file, locate(file)) for file in files_named(named)]
        except CannotRun as error:
            refuse(error)
            succeeded = False
    return found, succeeded


def _report(format: ReportFormat, verdicts: "Iterable[Verdict]", *, to_stderr: bool) -> "list[Verdict]":
    """Print the verdicts, for a person as soon as each is there; they are returned."""
    reported: list[Verdict] = []
    if format is ReportFormat.text:
        for verdict in verdicts:
            reported.append(verdict)
            show_diagnostics(verdict.diagnostics)
            put(_verdict_line(verdict) + _sizes_lines(verdict), to_stderr=to_stderr)
        return reported
    reported += verdicts
    findings = {verdict.name: verdict.diagnostics for verdict in reported}
    match format:
        case ReportFormat.json:
            from archspec.report import as_json

            sizes = {verdict.name: _sizes_objects(verdict) for verdict in reported if verdict.sizes}
            put(as_json.render(findings, sizes), to_stderr=to_stderr)
        case ReportFormat.sarif:
            from archspec.report import sarif

            silenced = [found for verdict in reported for found in verdict.silenced]
            put(sarif.render(findings, silenced), to_stderr=to_stderr)
        case ReportFormat.github:
            from archspec.report import github

            put(github.render(findings), to_stderr=to_stderr)
    return reported


def _verdict_line(verdict: "Verdict") -> str:
    """`✓ net.yaml: valid · 11.7 M parameters · 1.81 G MACs`; of a file with variants, how many there are."""
    from archspec.backends.wording import short_count

    name = visible(verdict.name)
    count = ""
    if verdict.diagnostics:
        from archspec.report.text import counted

        count = counted(verdict.diagnostics)
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


def _sizes_lines(verdict: "Verdict") -> str:
    """Which sizes work, below the line of a file."""
    graphs = [checked.graph for checked in verdict.checks.values() if checked.graph is not None]
    if not verdict.sizes and any(graph.pattern for graph in graphs):
        return "  which sizes work takes longer to find: ask for it with `--sizes 1..512`\n"
    if not verdict.sizes:
        return ""
    from archspec.cli.sizes import lines

    several = len(verdict.checks) > 1
    found = (
        line for variant, sizes in verdict.sizes.items() for line in lines(sizes, variant if several else "")
    )
    return "".join(f"{line}\n" for line in found)


def _sizes_objects(verdict: "Verdict") -> "list[SizesObject]":
    from archspec.cli.sizes import as_object

    return [as_object(sizes, variant) for variant, sizes in verdict.sizes.items()]
