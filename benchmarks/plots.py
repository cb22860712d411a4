"""A run → SVG pictures: `growth.svg`, `peers.svg`, `limits.svg`, each where the run has what it shows. Needs
matplotlib."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.findings import Finding, Run
from benchmarks.table import amount

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
    """Time against the number of ops, a panel a stage, a line a family; a straight line is as good as it gets."""
    from matplotlib.figure import Figure

    stages = list(dict.fromkeys(point.stage for point in run.points))
    if not stages:
        return None
    figure = Figure(figsize=(3 * len(stages), 3.2))
    panels = figure.subplots(1, len(stages), squeeze=False)[0]
    for panel, stage in zip(panels, stages, strict=True):
        families = dict.fromkeys(point.family for point in run.points if point.stage == stage)
        for family in families:
            points = [point for point in run.points if (point.stage, point.family) == (stage, family)]
            panel.plot(
                [point.ops for point in points], [point.median for point in points], "o-", ms=3, label=family
            )
        panel.set(title=stage, xlabel="ops", xlim=(0, None), ylim=(0, None))
    panels[0].set_ylabel("CPU seconds")
    panels[0].legend()
    figure.tight_layout()
    return figure


def _peers(run: Run) -> Any:
    """How long each takes to find the shapes of ResNet-152."""
    from matplotlib.figure import Figure

    found = [line for line in run.lines if isinstance(line, Finding) and line.row == "peers"]
    if not found:
        return None
    times = {line.against: line.median / (line.ratio or 1) for line in found}
    times["archspec: text → checked graph"] = found[0].median
    ordered = sorted(times.items(), key=lambda each: -each[1])
    figure = Figure(figsize=(7, 0.4 * len(ordered) + 1))
    panel = figure.subplots()
    colours = ["tab:orange" if name.startswith("archspec") else "tab:blue" for name, _ in ordered]
    bars = panel.barh([name for name, _ in ordered], [1e3 * time for _, time in ordered], color=colours)
    panel.bar_label(bars, [amount(time) for _, time in ordered], padding=3)
    panel.grid(visible=False)
    panel.set(xscale="log", xlabel="CPU milliseconds, ResNet-152")
    panel.margins(x=0.15)
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
        colour = "tab:green" if line.verdict == "met" else "tab:red"
        panel.plot([low, high], [at, at], color=colour, lw=1)
        panel.plot([found], [at], "o", color=colour, ms=4)
    panel.axvline(1, color="black", lw=1)
    panel.set_yticks(range(len(judged)), [line.subject for line in reversed(judged)], fontsize=7)
    panel.set(xscale="log", xlabel="ratio, as a part of its limit")
    return figure
