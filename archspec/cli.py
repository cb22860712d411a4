"""The command line: arguments, printing and exit codes; the work is done elsewhere.

Starting up is quick: each command imports what it needs, and none but a `build` that makes a model or reads weights
imports torch.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer

from archspec.console import CANNOT_RUN, SPEC_ERRORS, complain, put, run, say, show_diagnostics
from archspec.files import CannotRun
from archspec.limits import Limits
from archspec.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType

    from archspec.backends.dot import Unavailable
    from archspec.backends.weights import WeightsError
    from archspec.compiler import Network
    from archspec.ir import Constant, Graph
    from archspec.validation import Verdict

app = typer.Typer(
    help="A network as YAML, checked and compiled to PyTorch.",
    epilog="FILE is a path, PATH:VARIANT, the name of a shipped network (archspec zoo), or - for standard input.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
blocks_app = typer.Typer(help="The blocks that ship with archspec.", invoke_without_command=True)
app.add_typer(blocks_app, name="blocks")

_LIMITS: Final = Limits()

File = Annotated[str, typer.Argument(metavar="FILE", help="a path, PATH:VARIANT, a shipped network, or -")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Set a parameter of the network; may be repeated."),
]
MaxOps = Annotated[int, typer.Option(min=1, help="The most ops a network may have.")]
MaxParameters = Annotated[int, typer.Option(min=1, help="The most parameters a network may have.")]
MaxDepth = Annotated[int, typer.Option(min=1, max=100, help="The most modules inside modules.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the output.")]


class ReportFormat(StrEnum):
    """How `validate` reports."""

    text = "text"
    json = "json"
    sarif = "sarif"
    github = "github"


class ModelFormat(StrEnum):
    """What `build` writes beside source, by the suffix of the file."""

    safetensors = ".safetensors"
    pt2 = ".pt2"
    onnx = ".onnx"


class SummaryFormat(StrEnum):
    """How `summary` prints."""

    text = "text"
    json = "json"
    csv = "csv"
    md = "md"


class ListFormat(StrEnum):
    """How `zoo` prints."""

    text = "text"
    json = "json"


class DType(StrEnum):
    """Types of numbers, for the memory that `summary` counts."""

    float64 = "float64"
    float32 = "float32"
    float16 = "float16"
    bfloat16 = "bfloat16"


def main() -> None:
    """The program `archspec`."""
    sys.exit(run(app, sys.argv[1:]))


def _settings(texts: list[str] | None) -> dict[str, Constant]:
    from archspec.settings import read_settings

    return read_settings(texts or ())


def _compiled(file: str, settings: Mapping[str, Constant], limits: Limits) -> Network:
    """The network of `file`, its warnings shown; ends the command where it has errors."""
    from archspec.compiler import Network, check
    from archspec.targets import locate

    checked = check(locate(file), settings=settings, limits=limits)
    show_diagnostics(checked.diagnostics)
    if checked.graph is None or checked.costs is None:
        raise typer.Exit(SPEC_ERRORS)
    return Network(checked.graph, checked.costs, checked.diagnostics)


def _version(wanted: bool) -> None:
    if wanted:
        from archspec import __version__

        put(f"archspec {__version__}\n")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


@app.command()
def validate(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="specs, or folders of specs")],
    format: Annotated[ReportFormat, typer.Option(help="How to report.")] = ReportFormat.text,
    settings: Settings = None,
    max_ops: MaxOps = _LIMITS.ops,
    max_parameters: MaxParameters = _LIMITS.parameters,
    max_depth: MaxDepth = _LIMITS.depth,
) -> None:
    """Check specs and folders of specs.

    A spec is checked as it is written and with each of its variants. The exit code is 0 if all are valid, 1 if one is
    not, 2 if one cannot be read. For a person, the findings go to stderr and a
    line for each file to stdout; for a machine, all goes to stdout.
    """
    from archspec.validation import files_named, judge

    limits = Limits(ops=max_ops, depth=max_depth, parameters=max_parameters)
    chosen = _settings(settings)
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


@app.command()
def build(
    file: File,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Where to write: .py, .safetensors, .pt2 or .onnx; - is stdout.",
        ),
    ] = "-",
    check: Annotated[bool, typer.Option("--check", help="Run the model forwards and backwards.")] = False,
    weights: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Load these weights: .safetensors, .pt, .pth or .bin."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Where fresh weights come from; else 0.")] = None,
    force: Force = False,
    settings: Settings = None,
    max_ops: MaxOps = _LIMITS.ops,
    max_parameters: MaxParameters = _LIMITS.parameters,
    max_depth: MaxDepth = _LIMITS.depth,
) -> None:
    """Compile a spec to PyTorch source, or to a file of weights, of torch.export or of ONNX.

    The source needs torch alone. Without -o it goes to stdout. With --check the model is run on random input first,
    and nothing is written unless it passes. Weights that do not fit the network exactly are refused; source does not
    hold them, but they must fit all the same.
    """
    kind = _model_format(output)
    if seed is not None and (weights is not None or kind is None):
        raise CannotRun("`--seed` is for fresh weights in a .safetensors, .pt2 or .onnx file")
    if output != "-":
        from archspec.output import check_free

        check_free(Path(output), force=force)
    limits = Limits(ops=max_ops, depth=max_depth, parameters=max_parameters)
    network = _compiled(file, _settings(settings), limits)
    source = network.source().encode()
    if check:
        _check(network.graph)
    if kind is not None:
        _deliver(_exported(network.graph, kind, weights, seed or 0), output, force=force)
        return
    if weights is not None:
        _check_weights(network.graph, Path(weights))
    _deliver(source, output, force=force)


def _model_format(output: str) -> ModelFormat | None:
    """What to write; None: source."""
    suffix = Path(output).suffix
    if output == "-" or suffix == ".py":
        return None
    if suffix not in list(ModelFormat):
        known = ", ".join((".py", *ModelFormat))
        raise CannotRun(f"cannot write `{output}`: `build` writes files that end in one of {known}")
    return ModelFormat(suffix)


def _check_weights(graph: Graph, weights: Path) -> None:
    from archspec.backends.torch.weights import matching
    from archspec.backends.weights import WeightsError

    try:
        found = matching(graph, weights)
    except WeightsError as error:
        _refuse_weights(error)
    say(f"✓ {weights} fits: {len(found)} tensors")


def _exported(graph: Graph, kind: ModelFormat, weights: str | None, seed: int) -> bytes:
    """A model with the weights of a file, or with fresh ones, as a file of that kind."""
    from archspec import __version__
    from archspec.backends.torch.export import as_onnx, as_pt2, as_safetensors, fresh
    from archspec.backends.torch.weights import with_weights
    from archspec.backends.weights import WeightsError

    try:
        model = fresh(graph, seed) if weights is None else with_weights(graph, Path(weights))
    except WeightsError as error:
        _refuse_weights(error)
    match kind:
        case ModelFormat.safetensors:
            return as_safetensors(model, graph, __version__)
        case ModelFormat.pt2:
            return as_pt2(model, graph)
        case ModelFormat.onnx:
            return as_onnx(model, graph)


def _refuse_weights(error: WeightsError) -> NoReturn:
    """List every mismatch, one to a line."""
    message, *mismatches = str(error).splitlines()
    complain(message)
    for mismatch in mismatches:
        say(mismatch)
    raise typer.Exit(SPEC_ERRORS)


def _check(graph: Graph) -> None:
    from archspec.backends.torch.trial import try_out
    from archspec.backends.wording import shape_text

    trial = try_out(graph)
    for problem in trial.problems:
        complain(problem)
    if trial.problems:
        raise typer.Exit(SPEC_ERRORS)
    shapes = ", ".join(shape_text(shape) for shape in trial.outputs)
    say(
        f"✓ forward and backward pass: output {shapes}, "
        f"finite gradients for all {trial.parameters:,} parameters"
    )


def _deliver(data: bytes, output: str, *, force: bool) -> None:
    """Write to a file and say so, or to stdout."""
    if output == "-":
        put(data)
        return
    from archspec.output import write

    write(Path(output), data, force=force)
    say(f"wrote {output}")


@app.command()
def draw(
    file: File,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Where to write; - is stdout.")
    ] = "-",
    format: Annotated[
        str, typer.Option(help="svg, png, pdf or dot; else as the output is called, else svg.")
    ] = "",
    view: Annotated[str, typer.Option(help="What to draw: blocks.")] = "blocks",
    open_: Annotated[bool, typer.Option("--open", help="Show the picture.")] = False,
    force: Force = False,
    settings: Settings = None,
    max_ops: MaxOps = _LIMITS.ops,
    max_parameters: MaxParameters = _LIMITS.parameters,
    max_depth: MaxDepth = _LIMITS.depth,
) -> None:
    """Draw a network.

    As SVG, PNG, PDF or DOT text; without -o to stdout. Where no layout engine draws the format, the DOT text is
    written beside the output.
    """
    from archspec.backends.dot import VIEWS, Unavailable, render
    from archspec.output import check_free

    kind = _picture_format(format, output)
    chosen = next((known for known in VIEWS if known == view), None)
    if chosen is None:
        raise CannotRun(f"there is no view `{view}`; there is {', '.join(VIEWS)}")
    if output == "-":
        if open_:
            raise CannotRun("`--open` needs `-o FILE`")
        if kind in ("png", "pdf") and sys.stdout.isatty():
            raise CannotRun(f"a {kind} is nothing for a terminal: name a file with `-o`")
    else:
        check_free(Path(output), force=force)
    limits = Limits(ops=max_ops, depth=max_depth, parameters=max_parameters)
    network = _compiled(file, _settings(settings), limits)
    picture = render(network.graph, kind, chosen)
    if isinstance(picture, Unavailable):
        _without_engine(network.graph, picture, output, force=force)
    _deliver(picture, output, force=force)
    if open_:
        import webbrowser

        webbrowser.open(Path(output).resolve().as_uri())


def _picture_format(format: str, output: str) -> str:
    from archspec.backends.dot import FORMATS

    kind = format or (Path(output).suffix.removeprefix(".").lower() if output != "-" else "svg")
    if kind not in FORMATS:
        what = f"the format `{kind}`" if kind else f"the format of `{output}`"
        raise CannotRun(f"{what} is not one that `draw` writes: {', '.join(FORMATS)}")
    return kind


def _without_engine(graph: Graph, why: Unavailable, output: str, *, force: bool) -> NoReturn:
    """Say what is missing, and leave the DOT text for whoever has an engine."""
    from archspec.backends.dot import dot

    complain(f"{why.message}; {why.help}")
    if output != "-":
        _deliver(dot(graph).encode(), str(Path(output).with_suffix(".dot")), force=force)
    raise typer.Exit(CANNOT_RUN)


@app.command()
def summary(
    file: File,
    format: Annotated[SummaryFormat, typer.Option(help="How to print.")] = SummaryFormat.text,
    depth: Annotated[
        int | None,
        typer.Option(min=0, help="Show modules down to this depth; the network's children are at 0."),
    ] = None,
    batch: Annotated[int, typer.Option(min=1, help="The batch whose memory is counted.")] = 1,
    dtype: Annotated[DType, typer.Option(help="The numbers whose memory is counted.")] = DType.float32,
    settings: Settings = None,
    max_ops: MaxOps = _LIMITS.ops,
    max_parameters: MaxParameters = _LIMITS.parameters,
    max_depth: MaxDepth = _LIMITS.depth,
) -> None:
    """Print shapes and costs.

    For every node: its output's shape, its parameters, its multiply-accumulates; in JSON also its receptive field.
    """
    from archspec.backends import summary as tables

    limits = Limits(ops=max_ops, depth=max_depth, parameters=max_parameters)
    network = _compiled(file, _settings(settings), limits)
    found = tables.summarise(network.graph, batch=batch, dtype=dtype.value)
    match format:
        case SummaryFormat.json:
            put(tables.to_json(found).rstrip("\n") + "\n")
        case SummaryFormat.csv:
            put(tables.to_csv(found))
        case SummaryFormat.md:
            put(tables.to_markdown(found, depth))
        case SummaryFormat.text:
            _print_table(tables.to_table(found, depth))


def _print_table(table: RenderableType) -> None:
    """A table on the terminal, as wide as it; elsewhere as wide as it needs to be."""
    from rich.console import Console

    console = Console() if sys.stdout.isatty() else Console(width=250)
    with console.capture() as text:
        console.print(table)
    put("".join(f"{line.rstrip()}\n" for line in text.get().splitlines()))


@app.command()
def zoo(format: Annotated[ListFormat, typer.Option(help="How to print.")] = ListFormat.text) -> None:
    """List the networks that ship with archspec."""
    from archspec.targets import shipped_networks

    networks = shipped_networks()
    if format is ListFormat.json:
        import json

        keys = ("name", "file", "variant", "about")
        rows = [{key: getattr(network, key) for key in keys} for network in networks]
        put(json.dumps(rows, indent=2) + "\n")
        return
    from itertools import groupby
    from textwrap import fill

    for file, family in groupby(networks, key=lambda network: network.file):
        members = list(family)
        names = fill("  ".join(network.name for network in members), 100, break_on_hyphens=False)
        brief = fill(
            f"{file}: {visible(members[0].brief)}", 100, initial_indent="    ", subsequent_indent="    "
        )
        put(f"{names}\n{brief}\n")


@blocks_app.callback()
def blocks(context: typer.Context) -> None:
    """The blocks that ship with archspec; `blocks show NAME` prints one."""
    if context.invoked_subcommand is not None:
        return
    from textwrap import fill

    from archspec.diagnostics import Sink
    from archspec.expand.definitions import Library
    from archspec.explain import signature

    library, sink = Library(), Sink()
    found = [block for name in library.names() if (block := library.find(name, sink)) is not None]
    for block in found:
        about = fill(" ".join(block.about.split()), 100, initial_indent="    ", subsequent_indent="    ")
        put(f"{block.name}({signature(block)})\n{about}\n")


@blocks_app.command()
def show(name: Annotated[str, typer.Argument(metavar="NAME", help="a block's name")]) -> None:
    """Print the YAML of a block, to copy and change."""
    from archspec.diagnostics import did_you_mean
    from archspec.expand.definitions import Library

    if name not in Library.names():
        nearest = did_you_mean(name, Library.names())
        hint = f"did you mean `{nearest}`?" if nearest else "`archspec blocks` lists them"
        raise CannotRun(f"there is no block `{name}`; {hint}")
    put(Library.text(name).encode())


@app.command()
def explain(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="a code, an op, a block, a word of the language, ops, codes, words, or FILE:NODE",
        ),
    ],
    settings: Settings = None,
) -> None:
    """Explain a code, a name or a node.

    An error code (E0301), an op (conv), a block (fire), a word of the language (residual), or why a node has the shape
    it has (resnet18:layer2.0.conv1).
    """
    from archspec.explain import explain_name, explain_node, nearest_name

    text = explain_name(what)
    if text is None:
        file, colon, node = what.rpartition(":")
        if not colon:
            nearest = nearest_name(what)
            hint = f"did you mean `{nearest}`?" if nearest else "a node is written FILE:NODE"
            raise CannotRun(f"there is nothing called `{what}`; {hint}")
        text = explain_node(_compiled(file, _settings(settings), _LIMITS), node)
    put(text)


@app.command()
def schema() -> None:
    """Print the JSON Schema for editors."""
    import json

    from archspec.editor import editor_schema

    put(json.dumps(editor_schema(), indent=2, ensure_ascii=False) + "\n")
