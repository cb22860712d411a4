"""W0412: a layer that changes nothing, whatever flows through it.

What holds: only what is written as a number is reported. An argument that is worked out may be another one elsewhere,
as the rates of a schedule are. `identity` is meant to change nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from archspec.ir import Module, Step
from archspec.ops.base import Op, Shape
from archspec.passes.warnings.places import Places
from archspec.passes.warnings.values import Layer
from archspec.passes.warnings.windows import sliding

_KINDS: Final = frozenset(("dropout", "pool", "resample", "reshape"))


def warn(modules: Sequence[Module], places: Places) -> None:
    for module in modules:
        for step in module.steps:
            if isinstance(step.target, Module) or step.target.kind not in _KINDS:
                continue
            if step.origin.expressions.keys() - {"if"}:
                continue
            reason = _reason(step.target, step, module.shape(step.inputs[0]))
            if reason:
                places.report(
                    "W0412",
                    Layer(step, module, step.target),
                    f"this `{step.target.key}` changes nothing",
                    label=reason,
                    help="remove it, or mend its arguments",
                )


def _reason(op: Op, step: Step, shape: Shape) -> str:
    """Why the op gives what it takes; empty where it does not."""
    match op.kind:
        case "dropout":
            return _of_dropout(op)
        case "resample":
            return _of_resampling(op, is_size_kept=step.shape == shape)
        case "reshape":
            return _of_reshaping(op)
        case _:
            windows = sliding(op, shape, step.shape)
            idle = windows and all(window.extent == window.stride == 1 for window in windows.windows)
            return "a window of 1 that moves by 1" if idle else ""


def _of_dropout(op: Op) -> str:
    from archspec.ops.dropout import Dropout, DropPath

    match op:
        case Dropout(p=0) | DropPath(p=0):
            return "it leaves nothing out"
        case _:
            return ""


def _of_resampling(op: Op, *, is_size_kept: bool) -> str:
    from archspec.ops.resample import PixelShuffle, PixelUnshuffle, Upsample

    match op:
        case Upsample(factor=1 | 1.0) | Upsample(factor=(1, *_)) if is_size_kept:
            return "it enlarges by 1"
        case PixelShuffle(factor=1) | PixelUnshuffle(factor=1):
            return "a factor of 1"
        case _:
            return ""


def _of_reshaping(op: Op) -> str:
    from archspec.ops.reshape import ChannelShuffle

    match op:
        case ChannelShuffle(groups=1):
            return "one group has nothing to shuffle"
        case _:
            return ""
