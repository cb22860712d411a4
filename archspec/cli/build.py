"""`archspec build`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from archspec.cli.options import (
    LIMITS,
    MAX_SEED,
    File,
    Force,
    MaxDepth,
    MaxOps,
    MaxParameters,
    Settings,
    compiled,
    deliver,
    settings_of,
)
from archspec.console import SPEC_ERRORS, complain, say
from archspec.files import CannotRun
from archspec.limits import Limits

if TYPE_CHECKING:
    from archspec.backends.weights import WeightsError
    from archspec.ir import Graph


class ModelFormat(StrEnum):
    """What `build` writes beside source, by the suffix of the file."""

    safetensors = ".safetensors"
    pt2 = ".pt2"
    onnx = ".onnx"


class Purpose(StrEnum):
    """What the network is built for."""

    training = "training"
    inference = "inference"


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
    purpose: Annotated[
        Purpose, typer.Option("--for", help="What to build the network for.")
    ] = Purpose.training,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Run the model forwards and backwards; for inference, against the trained one."
        ),
    ] = False,
    weights: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Load these weights: .safetensors, .pt, .pth or .bin."),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0, max=MAX_SEED, metavar="NUMBER", help="The seed of fresh weights; 0 if not given."
        ),
    ] = None,
    force: Force = False,
    settings: Settings = None,
    max_ops: MaxOps = LIMITS.ops,
    max_parameters: MaxParameters = LIMITS.parameters,
    max_depth: MaxDepth = LIMITS.depth,
) -> None:
    """Compile a spec to PyTorch source.

    The source needs torch alone. Without -o it goes to stdout. An output that ends in .safetensors holds weights, one
    in .pt2 (torch.export) or .onnx the network with its weights. With --check the model is run on random input first,
    and nothing is written unless it passes. Weights that do not fit the network exactly are refused; source does not
    hold them, but they must fit all the same.

    For inference, batch norms are folded into the layers before them, what only training needs is left out, and layers
    are functions instead of modules. Weights are then those of the trained network, and are converted.
    """
    kind = _model_format(output)
    if seed is not None and (weights is not None or kind is None):
        raise CannotRun("`--seed` is for fresh weights in a .safetensors, .pt2 or .onnx file")
    if output != "-":
        from archspec.output import check_free

        check_free(Path(output), force=force)
    limits = Limits(ops=max_ops, depth=max_depth, parameters=max_parameters)
    network = compiled(file, settings_of(settings), limits)
    inference = purpose is Purpose.inference
    if check:
        if inference:
            _check_inference(network.graph)
        else:
            _check(network.graph, None if weights is None else Path(weights))
    if kind is not None:
        made = _exported(network.graph, kind, weights, seed or 0, inference=inference)
        deliver(made, output, force=force)
        return
    if weights is not None:
        _check_weights(network.graph, Path(weights))
    deliver(network.source(inference=inference).encode(), output, force=force)


def _model_format(output: str) -> ModelFormat | None:
    """What to write; None: source."""
    suffix = Path(output).suffix.lower()
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


def _exported(graph: Graph, kind: ModelFormat, weights: str | None, seed: int, *, inference: bool) -> bytes:
    """A model with the weights of a file, or with fresh ones, as a file of that kind."""
    from archspec import __version__
    from archspec.backends.torch.export import as_onnx, as_pt2, as_safetensors, fresh
    from archspec.backends.torch.inference.module import converted
    from archspec.backends.torch.weights import with_weights
    from archspec.backends.weights import WeightsError

    try:
        model = fresh(graph, seed) if weights is None else with_weights(graph, Path(weights))
        if inference:
            model = converted(graph, model.state_dict())
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


def _check(graph: Graph, weights: Path | None) -> None:
    from archspec.backends.torch.trial import try_out
    from archspec.backends.weights import WeightsError
    from archspec.backends.wording import shape_text

    try:
        trial = try_out(graph, weights)
    except WeightsError as error:
        _refuse_weights(error)
    for problem in trial.problems:
        complain(problem)
    if trial.problems:
        raise typer.Exit(SPEC_ERRORS)
    shapes = ", ".join(shape_text(shape) for shape in trial.outputs)
    say(
        f"✓ forward and backward pass: output {shapes}, "
        f"finite gradients for all {trial.parameters:,} parameters"
    )


def _check_inference(graph: Graph) -> None:
    from archspec.backends.torch.inference.trial import EXACT, compare

    found = compare(graph)
    apart = (
        f"by {found.single:.1e} of its largest number in single precision, where {found.tolerance:.1e} is allowed, "
        f"and by {found.double:.1e} in double, where {EXACT:.0e} is"
    )
    if not found.agrees:
        complain(f"the output differs from the trained network's {apart}")
        raise typer.Exit(SPEC_ERRORS)
    say(f"✓ the output is the trained network's: it differs {apart}")
