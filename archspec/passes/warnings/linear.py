"""W0413: two fully connected layers with nothing between them. W0414: dropout on what the network gives.

Two linear maps in a row are one. Where the vector between them is narrower than both ends, they are a factorisation,
with fewer weights than the one would have: that is not reported. Dropout is reported on an output only where it follows
a fully connected layer or a softmax: class scores of which some are set to 0.
"""

from __future__ import annotations

from typing import Final

from archspec.ops.base import Shape
from archspec.ops.linear import FullyConnected, Linear
from archspec.passes.warnings.places import Places
from archspec.passes.warnings.values import Layer, Value

_SCORES: Final = ("fc", "softmax", "log_softmax")
"""Ops that give scores of classes."""


def warn(values: tuple[Value, ...], places: Places) -> None:
    scores = {
        reader.step: value.maker
        for value in values
        for reader in value.readers
        if value.maker is not None and reader.op.kind == "dropout" and value.maker.op.key in _SCORES
    }
    for value in values:
        maker = value.maker
        if maker is None:
            continue
        if value.leaks and maker.op.kind == "dropout" and not value.readers and maker.step in scores:
            places.report(
                "W0414",
                maker,
                "dropout on the output of the network",
                label="sets some of the scores to 0 in training",
                others=[(scores[maker.step], "gives the scores")],
                help="put the dropout before the last layer",
            )
        if not value.leaks and len(value.readers) == 1:
            _compare(maker, value.readers[0], value.shape, places)


def _compare(first: Layer, second: Layer, between: Shape, places: Places) -> None:
    if first.op.kind != second.op.kind or first.op.kind != "linear":
        return
    if not isinstance(first.op, FullyConnected | Linear) or not isinstance(
        second.op, FullyConnected | Linear
    ):
        return
    if between[-1] < min(first.inputs[0][-1], second.op.features):
        return
    places.report(
        "W0413",
        second,
        f"`{second.op.key}` straight after `{first.op.key}`: together they are one linear map",
        label=f"from {between[-1]} to {second.op.features}",
        others=[(first, f"from {first.inputs[0][-1]} to {between[-1]}")],
        help="put an activation between them, or keep one",
    )
