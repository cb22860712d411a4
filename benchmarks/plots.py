"""A run → SVG pictures: `growth.svg`, `peers.svg`, `limits.svg`, each where the run has what it shows. Needs
matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.findings import BESIDE_PEERS, Finding, Point, Run, Verdict
from benchmarks.table import amount

COLOURS = ("tab:orange", "tab:blue", "tab:green", "tab:purple")
"""Of archspec, and of the others."""

VERDICTS: Mapping[Verdict, str] = {
    "met": "tab:green",
    "missed": "tab:red",
    "not decided": "tab:gray",
    "–": "tab:blue",
}
"""The colours of the lines."""

PARTS = (0.25, 0.5, 0.7, 1, 1.4, 2)
"""Of a limit, on its axis."""

COLUMNS = 3
"""Panels side by side."""

FILES = ("growth.svg", "peers.svg", "limits.svg")


def draw(run: Run, folder: Path) -> list[Path]:
    """The files written."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams.update(
        {
            "svg.hashsalt": "archspec",
            "svg.fonttype": "none",
            "font.size": 9,
            "axes.grid": True,
            "grid.alpha": 0.3,
        }
    )
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, figure in zip(FILES, (_growth(run), _peers(run), _limits(run)), strict=True):
        if figure is not None:
            figure.savefig(folder / name, metadata={"Date": None}, bbox_inches="tight")
            written.append(folder / name)
    return written


def _growth(run: Run) -> Any:
    """Time against the number of ops, a panel a stage, a line a family; a straight line is as good as it gets. A family
    has one colour everywhere."""
    from matplotlib.figure import Figure

    found = [point for point in run.points if point.stage != BESIDE_PEERS]
    stages = list(dict.fromkeys(point.stage for point in found))
    if not stages:
        return None
    rows = -(-len(stages) // COLUMNS)
    figure = Figure(figsize=(9, 2.6 * rows + 0.4))
    panels = figure.subplots(rows, COLUMNS, squeeze=False).flatten()
    colours = {family: f"C{at}" for at, family in enumerate(dict.fromkeys(point.family for point in found))}
    for panel, stage in zip(panels, stages, strict=False):
        _lines(panel, [point for point in found if point.stage == stage], colours)
        panel.set_title(stage, fontsize=10)
    for panel in panels[len(stages) :]:
        panel.set_axis_off()
    figure.supxlabel("thousand ops", fontsize=9)
    figure.supylabel("CPU seconds", fontsize=9)
    handles = panels[0].get_legend_handles_labels()
    figure.legend(*handles, loc="upper center", ncols=len(colours), frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.3 / figure.get_figheight()))
    return figure


def _lines(panel: Any, points: list[Point], colours: Mapping[str, str]) -> None:
    """A line for each family."""
    for family in dict.fromkeys(point.family for point in points):
        own = [point for point in points if point.family == family]
        sizes, times = [point.ops / 1000 for point in own], [point.median for point in own]
        panel.plot(sizes, times, "o-", ms=3, color=colours[family], label=family)
    room = 1.05  # so that no mark is cut at the edge
    panel.set(
        xlim=(0, room * max(point.ops / 1000 for point in points)),
        ylim=(0, room * max(point.median for point in points)),
    )


def _peers(run: Run) -> Any:
    """How long each takes to find the shapes: of ResNet-152, and of a network of any number of ops."""
    from matplotlib.figure import Figure

    found = [line for line in run.lines if isinstance(line, Finding) and line.row == "peers"]
    points = [point for point in run.points if point.stage == BESIDE_PEERS]
    if not found:
        return None
    times = {line.against: line.median / (line.ratio or 1) for line in found}
    times["archspec: text → checked graph"] = found[0].median
    ordered = sorted(times.items(), key=lambda each: -each[1])
    figure = Figure(figsize=(7, 0.4 * len(ordered) + 1 + (3.2 if points else 0)))
    panel, *below = figure.subplots(
        1 + bool(points), squeeze=False, height_ratios=[0.4 * len(ordered), 2.6][: 1 + bool(points)]
    )[:, 0]
    bars = panel.barh(
        [name for name, _ in ordered],
        [1e3 * time for _, time in ordered],
        color=["tab:orange" if name.startswith("archspec") else "tab:blue" for name, _ in ordered],
    )
    panel.bar_label(bars, [amount(time) for _, time in ordered], padding=3)
    panel.grid(visible=False)
    panel.set(xscale="log", xlabel="CPU milliseconds, ResNet-152")
    panel.margins(x=0.2)
    for other in below:
        names = dict.fromkeys(point.family for point in points)
        _lines(other, points, {name: COLOURS[at % len(COLOURS)] for at, name in enumerate(names)})
        other.set(xlabel="thousand ops, one sequence", ylabel="CPU seconds")
        other.legend()
    figure.tight_layout()
    return figure


def _limits(run: Run) -> Any:
    """Every judged ratio as a part of its limit, with its interval."""
    from matplotlib.figure import Figure

    judged = [line for line in run.lines if isinstance(line, Finding) and line.limit is not None]
    if not judged:
        return None
    figure = Figure(figsize=(7, 0.24 * len(judged) + 1))
    panel = figure.subplots()
    for at, line in enumerate(reversed(judged)):
        limit = line.limit or 1.0
        found = (line.median if line.ratio is None else line.ratio) / limit
        low, high = (end / limit for end in line.interval)
        colour = VERDICTS[line.verdict]
        panel.plot([low, high], [at, at], color=colour, lw=1)
        panel.plot([found], [at], "o", color=colour, ms=4)
    panel.axvline(1, color="black", lw=1)
    names = [f"{line.row}: {line.subject}" for line in reversed(judged)]
    panel.set_yticks(range(len(judged)), names, fontsize=8)
    panel.set(xscale="log", xlabel="ratio, as a part of its limit", ylim=(-1, len(judged)))
    panel.set_xticks(PARTS, [f"{part:g}" for part in PARTS])
    panel.set_xticks([], minor=True)
    return figure
