"""Probes as a plot: activations above, gradients of the weights below, layer by layer.

In: the probes of one network or several. Out: the bytes of an SVG or a PNG, the same on every run. The line is the
longest way through a network, by depth, so that networks of equal depth stand layer above layer; what stands beside
that way, as a projection, is a mark without a line. Networks differ in colour, marker and line, so that the plot reads
without colour. An SVG has colours for light and dark pages; a PNG is on white.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import cycle
from math import isfinite, nan
from typing import Final

from archspec.backends.dot.theme import BORDER, INK, PAPER, Paint
from archspec.backends.probe.facts import LayerFacts, Probe
from archspec.files import CannotRun

FORMATS: Final = ("svg", "png")
_COLOURS: Final = (
    *(Paint("#0072b2", "#4aa8e8"), Paint("#d55e00", "#f0883e"), Paint("#009e73", "#2fc79a")),
    *(Paint("#cc79a7", "#e3a6c8"), Paint("#56b4e9", "#a5d8f7"), Paint("#000000", "#ffffff")),
)
"""Okabe and Ito, "Color Universal Design" (2008), told apart by colour-blind readers; lighter in the dark."""
_PAINTS: Final = (INK, BORDER, PAPER, *_COLOURS)
_MARKS: Final = (("o", "-"), ("s", "--"), ("^", "-."), ("D", ":"), ("v", "-"), ("X", "--"))
"""Of the layers, and of the line through them."""
_DEPTH: Final = "depth: convolutions and fully connected layers from the input on"
_BESIDE: Final = "hollow: beside the longest way, as projections"


def plot(probes: Sequence[Probe], format: str) -> bytes:
    """Draw the plot.

    Raises `CannotRun` where there is no layer to draw, or matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise CannotRun("a plot needs matplotlib: pip install 'archspec[plot]'")
    if not any(layer.counts for probe in probes for layer in probe.layers):
        raise CannotRun("there is no convolution or fully connected layer with weights to plot")
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    ink, paper = str(INK), str(PAPER)
    with rc_context(
        {
            "svg.hashsalt": "archspec",
            "font.size": 10,
            "text.parse_math": False,
            "text.color": ink,
            "axes.edgecolor": ink,
            "axes.labelcolor": ink,
            "xtick.color": ink,
            "ytick.color": ink,
            "axes.facecolor": paper,
        }
    ):
        figure = Figure(figsize=(8, 5.6), layout="constrained", facecolor=paper)
        above, below = figure.subplots(2, 1, sharex=True, subplot_kw={"yscale": "log"})
        for probe, paint, (mark, line) in zip(probes, cycle(_COLOURS), cycle(_MARKS), strict=False):
            colour = str(paint)
            beside = [layer for layer in probe.layers if layer.counts and not layer.on_main_line]
            for layers, style in (
                (beside, {"linestyle": "", "markerfacecolor": paper}),
                (probe.main_line, {"linestyle": line, "linewidth": 1.4, "label": probe.title}),
            ):
                depths = [layer.depth for layer in layers]
                for axes, values in ((above, _activations(layers)), (below, _gradients(layers))):
                    axes.plot(depths, values, marker=mark, markersize=3.5, color=colour, **style)
        above.set(ylabel="activation (root mean square)")
        below.set(
            ylabel="gradient of the weights (2-norm)",
            xlabel=f"{_DEPTH}\n({_BESIDE})" if _has_layers_beside(probes) else _DEPTH,
        )
        for axes in (above, below):
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
            axes.yaxis.set_major_formatter(FuncFormatter(_tick))
            axes.yaxis.set_minor_formatter(NullFormatter())
            axes.grid(color=str(BORDER), alpha=0.6, linewidth=0.6)
            axes.spines[["top", "right"]].set_visible(False)
        figure.suptitle(_title(probes), fontsize=12)
        if len(probes) > 1:
            above.legend(frameon=False)
        file = io.BytesIO()
        metadata = {"Date": None, "Creator": "archspec"} if format == "svg" else {"Software": "archspec"}
        figure.savefig(file, format=format, dpi=160, metadata=metadata)
    drawn = file.getvalue()
    return drawn.replace(b"</style>", _dark().encode() + b"</style>", 1) if format == "svg" else drawn


def _dark() -> str:
    """The rules for dark pages. matplotlib writes colours into `style`, which only an important rule overrules."""
    rules = [
        f'[style*="{side}: {paint}"]{{{side}:{paint.dark}!important}}'
        for paint in _PAINTS
        for side in ("fill", "stroke")
    ]
    return "\n".join(("", "@media (prefers-color-scheme:dark){", *rules, "}", ""))


def _tick(value: float, position: int | None) -> str:
    """A plain number: mathematics is off, so that a title with `$` in it is drawn as written."""
    return f"{value:g}"


def _title(probes: Sequence[Probe]) -> str:
    names = " and ".join(probe.title for probe in probes)
    return f"{names} at initialisation: one batch of {probes[0].batch}"


def _has_layers_beside(probes: Sequence[Probe]) -> bool:
    return any(layer.counts and not layer.on_main_line for probe in probes for layer in probe.layers)


def _activations(layers: Sequence[LayerFacts]) -> list[float]:
    return [_drawable(layer.activation) for layer in layers]


def _gradients(layers: Sequence[LayerFacts]) -> list[float]:
    return [_drawable(layer.weight_gradient) for layer in layers]


def _drawable(value: float | None) -> float:
    """What a logarithmic scale can show; a gap for the rest."""
    return value if value and isfinite(value) else nan
