"""`$in_channels` where the channels of the block were meant: it is what flows into the node in which it stands.

In: a value with the wrong number of channels, and the right one. Out: a label on the one layer on the way to it that
takes its channels from its input, after an earlier layer has changed them.
"""

from __future__ import annotations

from typing import Final

from archspec.diagnostics import Label
from archspec.expand.guesses import Guesses
from archspec.expand.remedies import Rerun
from archspec.expressions import Name
from archspec.ir import Origin
from archspec.lower import Value
from archspec.ops.base import Op, Shape
from archspec.ops.convolution import Conv
from archspec.source import Span

KEPT_BY_PARAMETER: Final = (
    "what flows into the block is kept by a parameter: "
    "write `params: {entering: $in_channels}` and `$entering`"
)


def kept_channels(value: Value, wanted: int, guesses: Guesses) -> Label | None:
    """The label; None where there is no such layer, or more than one, or where `wanted` never flowed in."""
    found: dict[Span, int] = {}
    came: set[int] = {value.builder.inputs[0].shape[0]} if value.builder.inputs else set()

    def noted(op: Op, shape: Shape, origin: Origin) -> Op:
        channels = origin.expressions.get("channels")
        is_kept = isinstance(channels, Name) and channels.name == "in_channels"
        if isinstance(op, Conv) and is_kept and shape[0] != wanted:
            found[origin.arguments["channels"]] = shape[0]
        came.add(shape[0])
        return op

    Rerun(noted, guesses).value(value)
    if len(found) != 1 or wanted not in came:
        return None
    span, channels = found.popitem()
    return Label(f"`$in_channels` is {channels} here, what flows into this node", span)
