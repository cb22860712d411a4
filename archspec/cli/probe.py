"""`archspec probe`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archspec.cli.options import (
    LIMITS,
    Force,
    MaxDepth,
    MaxOps,
    MaxParameters,
    Settings,
    compiled,
    deliver,
    settings_of,
)
from archspec.console import put, put_table, say
from archspec.files import CannotRun
from archspec.limits import Limits
from archspec.probing import BATCH, MEMORY, probe_network

if TYPE_CHECKING:
    from archspec.backends.probe.facts import Probe

_GIB = 2**30


class ProbeFormat(StrEnum):
    """How `probe` prints."""

    text = "text"
    json = "json"
    csv = "csv"
    md = "md"


def probe(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="one spec, or several to compare")],
    format: Annotated[ProbeFormat, typer.Option(help="How to print.")] = ProbeFormat.text,
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="FILE", help="Draw a plot: .svg or .png.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, metavar="NUMBER", help="The number of examples.")] = BATCH,
    seed: Annotated[
        int, typer.Option(min=0, metavar="NUMBER", help="The seed of weights, input and labels.")
    ] = 0,
    seeds: Annotated[
        int, typer.Option(min=1, metavar="NUMBER", help="How many seeds to take the median of.")
    ] = 1,
    all_: Annotated[bool, typer.Option("--all", help="Show norms, and layers without weights, too.")] = False,
    max_memory: Annotated[
        float, typer.Option(min=0.0, metavar="NUMBER", help="The most memory to use, in GiB.")
    ] = MEMORY / _GIB,
    force: Force = False,
    settings: Settings = None,
    max_ops: MaxOps = LIMITS.ops,
    max_parameters: MaxParameters = LIMITS.parameters,
    max_depth: MaxDepth = LIMITS.depth,
) -> None:
    """Show activations and gradients.

    Layer by layer, at initialisation: each network is built with fresh weights and gets one batch of noise, forwards
    and backwards, in training mode. Of several networks, the layers stand side by side. What is alarming, as gradients
    that vanish or explode, is said on stderr.
    """
    from archspec.backends.probe import tables

    if output is not None:
        _check_plot(output, force=force)
    limits = Limits(ops=max_ops, depth=max_depth, parameters=max_parameters)
    chosen = settings_of(settings)
    networks = [compiled(file, chosen, limits) for file in files]
    memory = round(max_memory * _GIB)
    probes = [
        probe_network(network, batch=batch, seed=seed, seeds=seeds, every_op=all_, memory=memory)
        for network in networks
    ]
    match format:
        case ProbeFormat.text:
            put_table(tables.to_table(probes))
        case ProbeFormat.md:
            put(tables.to_markdown(probes))
        case ProbeFormat.csv:
            put(tables.to_csv(probes))
        case ProbeFormat.json:
            put(tables.to_json(probes))
    sys.stdout.flush()
    for found in probes:
        for concern in found.concerns:
            say(f"warning: {found.title}: {concern}")
    if output is not None:
        _plot(probes, output, force=force)


def _check_plot(output: str, *, force: bool) -> None:
    from archspec.backends.probe.plot import FORMATS
    from archspec.output import check_free

    if Path(output).suffix.removeprefix(".").lower() not in FORMATS:
        raise CannotRun(f"cannot write `{output}`: a plot is a file that ends in .{' or .'.join(FORMATS)}")
    check_free(Path(output), force=force)


def _plot(probes: list[Probe], output: str, *, force: bool) -> None:
    from archspec.backends.probe.plot import plot

    deliver(plot(probes, Path(output).suffix.removeprefix(".").lower()), output, force=force)
