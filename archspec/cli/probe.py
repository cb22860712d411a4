"""`archspec probe`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from archspec.cli.options import (
    LIMITS,
    MAX_SEED,
    Force,
    MaxDepth,
    MaxOps,
    MaxParameters,
    Settings,
    compiled,
    deliver,
    drawn_format,
    settings_of,
)
from archspec.console import put, put_table, say
from archspec.limits import Limits
from archspec.probing import BATCH, MEMORY, probe_network

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
        int,
        typer.Option(min=0, max=MAX_SEED, metavar="NUMBER", help="The seed of weights, input and labels."),
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
    and backwards, in training mode. Of several networks, layers of equal depth stand side by side. What is alarming, as
    gradients that vanish or explode, is said on stderr.
    """
    from archspec.backends.probe import tables

    picture = "" if output is None else _plot_format(output, force=force)
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
    for found in probes:
        for concern in found.concerns:
            say(f"warning: {found.title}: {concern}")
    if output is not None:
        from archspec.backends.probe.plot import plot

        deliver(plot(probes, picture), output, force=force)


def _plot_format(output: str, *, force: bool) -> str:
    from archspec.backends.probe.plot import FORMATS

    return drawn_format(output, FORMATS, force=force)
