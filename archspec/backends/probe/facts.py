"""What a probe of a freshly initialised network found, layer by layer, and what is alarming about it.

In: the numbers that `backends/torch/probe.py` measured. Out: the same, with the trend of the gradients and a sentence
for each concern.

The trend compares the norms of the weights' gradients near the input with those near the output, along the longest way
through the network (`passes/main_line.py`), for heads in parallel do not come one after the other. It takes medians
over the first and the last quarter of the convolutions and fully connected layers there, or over three where a quarter
is fewer and there are six, so that one odd layer decides nothing. Where it is far from 1, no single learning rate suits
all layers. Without skips, batch norm multiplies the gradient by about 1.2 from layer to layer towards the input (Yang
et al., "A Mean Field Theory of Batch Normalization", 2019); saturating activations divide it (Glorot, Bengio,
"Understanding the difficulty of training deep feedforward neural networks", 2010).
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Final

from archspec.backends.wording import visible
from archspec.ops.base import Kind, Shape
from archspec.records import dataclass

ALARMING_TREND: Final = 20.0
ALARMING_RATE: Final = 1.1
"""A trend is alarming where it is this large in all, and this large from layer to layer: depth alone is no fault."""
MANY_DEAD: Final = 0.9
_FEWEST: Final = 4
"""Layers that have a trend."""
_FEWEST_COMPARED: Final = 3

CONVENTIONS: Final = (
    "one forward and one backward pass in training mode at initialisation, on normally distributed input",
    "activation: the root mean square of what the layer gives",
    "gradient: the 2-norm of the gradient of the loss by the layer's weights",
    "dead: the share of channels that are 0 at every position of every example",
)


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """One layer. Of several seeds, each number is the median; a layer that is called twice counts all its calls.

    `weight_norm` and `weight_gradient` are 2-norms over all of the layer's parameters, None where it has none;
    `activation_gradient` is the root mean square of the loss's gradient by what the layer gives, None where no gradient
    arrived. `non_finite`: some number among the activations or the gradients was infinite or none at all. `depth` and
    `on_main_line`: see `passes/main_line.py`.
    """

    path: str
    kind: Kind
    what: str
    file: str
    line: int
    output: Shape
    depth: int
    on_main_line: bool
    activation: float
    mean: float
    dead: float
    activation_gradient: float | None
    weight_norm: float | None
    weight_gradient: float | None
    non_finite: bool

    @property
    def has_weights(self) -> bool:
        return self.weight_gradient is not None

    @property
    def counts(self) -> bool:
        """Whether it is one of the layers by which a network's depth is told."""
        return self.has_weights and self.kind in ("conv", "linear")


@dataclass(frozen=True, slots=True)
class Trend:
    """How gradients change from the output towards the input: `total` times in all, `rate` times a layer."""

    total: float
    rate: float


@dataclass(frozen=True, slots=True)
class Probe:
    """What probing one network found. `loss` is the median over the seeds."""

    title: str
    batch: int
    seeds: tuple[int, ...]
    loss_name: str
    loss: float
    torch_version: str
    layers: tuple[LayerFacts, ...]

    @property
    def weighted(self) -> tuple[LayerFacts, ...]:
        """The layers that have weights, from input to output."""
        return tuple(layer for layer in self.layers if layer.has_weights)

    @property
    def main_line(self) -> tuple[LayerFacts, ...]:
        """The convolutions and fully connected layers on the longest way, from input to output."""
        return tuple(layer for layer in self.layers if layer.counts and layer.on_main_line)

    @property
    def trend(self) -> Trend | None:
        """The trend of the gradients along the main line; None where there are too few layers to have one, or where a
        gradient is 0 or not finite."""
        norms = [layer.weight_gradient or 0.0 for layer in self.main_line]
        if len(norms) < _FEWEST or not all(0 < norm < float("inf") for norm in norms):
            return None
        part = max(len(norms) // 4, min(_FEWEST_COMPARED, len(norms) // 2))
        total = median(norms[:part]) / median(norms[-part:])
        return Trend(total, total ** (1 / (len(norms) - part)))

    @property
    def concerns(self) -> tuple[str, ...]:
        """What is alarming, each in a sentence that says what usually helps."""
        return tuple(_concerns(self))


def _concerns(probe: Probe) -> Iterator[str]:
    broken = [layer for layer in probe.layers if layer.non_finite]
    if broken:
        yield (
            f"{_named(broken)}: infinite or undefined numbers, first in {_place(broken[0])}; "
            "a norm after the layers, or smaller initial weights, keep them finite"
        )
    silent = [layer for layer in probe.weighted if layer.weight_gradient == 0]
    if silent:
        yield (
            f"{_named(silent)}: the gradient is 0, first in {_place(silent[0])}; "
            "nothing there will be trained while that is so"
        )
    dead = [layer for layer in probe.layers if layer.dead > MANY_DEAD]
    if dead:
        yield (
            f"{_named(dead)}: more than {MANY_DEAD:.0%} of the channels are dead, first in {_place(dead[0])}; "
            "an initialisation that fits the activation, or a norm, brings them to life"
        )
    trend = probe.trend
    if trend is None:
        return
    first, last = probe.main_line[0], probe.main_line[-1]
    between = f"from `{last.path}` (line {last.line}) back to `{first.path}` (line {first.line})"
    if trend.total > ALARMING_TREND and trend.rate > ALARMING_RATE:
        yield (
            f"gradients explode {between}: {_factor(trend.total)} times as large near the input as near the output, "
            f"{trend.rate:.2f} times from layer to layer; skips (`residual`) keep them together"
        )
    if trend.total < 1 / ALARMING_TREND and trend.rate < 1 / ALARMING_RATE:
        yield (
            f"gradients vanish {between}: near the input 1/{_factor(1 / trend.total)} of those near the output, "
            f"{trend.rate:.2f} times from layer to layer; skips (`residual`), norms, "
            "or an activation that does not saturate keep them up"
        )


def _factor(factor: float) -> str:
    """A large number: `3120`, `1.8e21`."""
    if factor < 10_000:
        return f"{factor:.0f}"
    digits, _, exponent = f"{factor:.1e}".partition("e")
    return f"{digits}e{int(exponent)}"


def _named(layers: list[LayerFacts]) -> str:
    return "1 layer" if len(layers) == 1 else f"{len(layers)} layers"


def _place(layer: LayerFacts) -> str:
    return f"`{layer.path}` ({visible(layer.file)}:{layer.line})"
