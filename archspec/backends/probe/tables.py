"""Probes as tables: for the terminal, as Markdown, CSV and JSON.

In: the probes of one network or several. Out: text. Networks stand side by side, layers of equal depth beside each
other; CSV and JSON list them one after the other.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import zip_longest
from math import isfinite, log10
from typing import TYPE_CHECKING, Any, Final

from archspec.backends.probe.facts import CONVENTIONS, LayerFacts, Probe
from archspec.backends.wording import escape_markdown, shape_text, visible

if TYPE_CHECKING:
    from rich.console import RenderableType

_BAR: Final = 12
"""Characters of the longest bar."""
_COLUMNS: Final = ("layer", "activation", "dead", "gradient")


def to_table(probes: Sequence[Probe]) -> RenderableType:
    """For the terminal: every network has its columns; a bar shows the gradient on a logarithmic scale."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(Text(_number_heading(probes)), justify="right", no_wrap=True)
    for probe in probes:
        for heading in ("layer" if len(probes) == 1 else probe.title, *_COLUMNS[1:]):
            if heading in _COLUMNS[1:]:
                table.add_column(Text(heading), justify="right", no_wrap=True)
            else:
                table.add_column(Text(heading))
        table.add_column(Text(""), no_wrap=True)
    scale = _scale(probes)
    for number, layers in _rows(probes):
        cells = [Text(number, "dim")]
        for layer in layers:
            texts = ("",) * len(_COLUMNS) if layer is None else _cells(layer)
            cells += [Text(text) for text in texts]
            cells.append(Text("" if layer is None else _bar(layer.weight_gradient, scale), "cyan"))
        table.add_row(*cells)
    below = [Text(line) for line in ("", *totals(probes))]
    return Group(table, *below, *(Text(line, "dim") for line in CONVENTIONS))


def totals(probes: Sequence[Probe]) -> Iterator[str]:
    """The lines below the table."""
    for probe in probes:
        trend = probe.trend
        seeds = "seed" if len(probe.seeds) == 1 else "medians over the seeds"
        yield (
            f"{probe.title}: batch {probe.batch}, {seeds} {', '.join(map(str, probe.seeds))}, "
            f"torch {probe.torch_version}, {probe.loss_name} {_number(probe.loss)}"
        )
        if trend is not None:
            yield (
                f"  gradients near the input are {_number(trend.total)} times those near the output: "
                f"{_number(trend.rate)} times from layer to layer"
            )


def to_markdown(probes: Sequence[Probe]) -> str:
    """Side by side, as in the terminal."""
    titles = [escape_markdown(probe.title) for probe in probes]
    heads = [
        title if heading == "layer" and len(probes) > 1 else heading
        for title in titles
        for heading in _COLUMNS
    ]
    lines = [f"| {_number_heading(probes)} |" + "".join(f" {head} |" for head in heads)]
    lines.append("|--:|" + (":--|" + "--:|" * (len(_COLUMNS) - 1)) * len(probes))
    for number, layers in _rows(probes):
        cells = [
            cell for layer in layers for cell in (("",) * len(_COLUMNS) if layer is None else _cells(layer))
        ]
        lines.append(f"| {number} |" + "".join(f" {escape_markdown(cell)} |" for cell in cells))
    return "\n".join([*lines, "", *(f"{escape_markdown(line.strip())}  " for line in totals(probes))]) + "\n"


def to_csv(probes: Sequence[Probe]) -> str:
    """One row a layer, with the network's title in front."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("network", *_FIELDS))
    for probe in probes:
        for layer in probe.layers:
            values = _data(layer)
            row = [shape_text(layer.output) if key == "output" else values[key] for key in _FIELDS]
            writer.writerow([probe.title, *("" if value is None else value for value in row)])
    return text.getvalue()


def to_json(probes: Sequence[Probe]) -> str:
    """A list, an object for each network. A number that is not finite is null, beside `"non_finite": true`."""
    return (
        json.dumps([_probe_data(probe) for probe in probes], indent=2, ensure_ascii=False, allow_nan=False)
        + "\n"
    )


_FIELDS: Final = tuple(LayerFacts.__dataclass_fields__)


def _probe_data(probe: Probe) -> dict[str, Any]:
    trend = probe.trend
    return {
        "network": probe.title,
        "batch": probe.batch,
        "seeds": list(probe.seeds),
        "torch": probe.torch_version,
        "loss": {"name": probe.loss_name, "value": _finite(probe.loss)},
        "trend": None if trend is None else asdict(trend),
        "concerns": list(probe.concerns),
        "conventions": list(CONVENTIONS),
        "layers": [_data(layer) for layer in probe.layers],
    }


def _data(layer: LayerFacts) -> dict[str, Any]:
    data = asdict(layer)
    data["file"] = visible(layer.file)
    data["output"] = list(layer.output)
    return {key: _finite(value) if isinstance(value, float) else value for key, value in data.items()}


def _finite(number: float) -> float | None:
    return number if isfinite(number) else None


def _number_heading(probes: Sequence[Probe]) -> str:
    return "depth" if len(probes) > 1 else ""


def _rows(probes: Sequence[Probe]) -> Iterator[tuple[str, tuple[LayerFacts | None, ...]]]:
    """Of one network, its layers with their numbers. Of several, those of one depth together, with that depth on the
    first row; what is on the longest way comes first.
    """
    if len(probes) == 1:
        yield from ((str(number), (layer,)) for number, layer in enumerate(probes[0].layers, start=1))
        return
    by_depth: dict[int, list[list[LayerFacts]]] = {}
    for at, probe in enumerate(probes):
        for layer in sorted(probe.layers, key=lambda layer: not layer.on_main_line):
            by_depth.setdefault(layer.depth, [[] for _ in probes])[at].append(layer)
    for depth, together in sorted(by_depth.items()):
        for at, layers in enumerate(zip_longest(*together)):
            yield ("" if at else str(depth)), layers


def _cells(layer: LayerFacts) -> tuple[str, ...]:
    dead = f"{layer.dead:.0%}" if layer.dead else ""
    return layer.path, _number(layer.activation), dead, _number(layer.weight_gradient)


def _number(value: float | None) -> str:
    """Three significant digits."""
    return "" if value is None else f"{value:.3g}"


def _scale(probes: Sequence[Probe]) -> tuple[float, float]:
    """The decades from the smallest to the largest gradient."""
    norms = [layer.weight_gradient for probe in probes for layer in probe.weighted]
    decades = [log10(norm) for norm in norms if norm and isfinite(norm)]
    return (min(decades), max(decades)) if decades else (0.0, 0.0)


def _bar(norm: float | None, scale: tuple[float, float]) -> str:
    low, high = scale
    if not norm or not isfinite(norm):
        return ""
    share = (log10(norm) - low) / (high - low) if high > low else 1.0
    return "▇" * (1 + round(share * (_BAR - 1)))
