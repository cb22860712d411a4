"""Fixes of sizes that do not meet: one op whose stride or factor is another than was meant.

In: a value, and what its shape should meet. Out: the fix of the one op with which it does; none where no op, or more
than one, would have to change. None is safe: the other side may be the one that is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from archspec.diagnostics import Fix
from archspec.expand.guesses import Guesses
from archspec.expand.remedies import Change, Rerun, write_argument
from archspec.ir import Origin
from archspec.lower import Value
from archspec.ops.base import Op, Shape
from archspec.ops.convolution import Conv, ConvTranspose
from archspec.ops.pooling import AvgPool, MaxPool, MinPool
from archspec.ops.resample import Upsample
from archspec.syntax import Node

USUAL: Final = 2
"""By this most networks enlarge and reduce a map."""

MAX_STRIDE: Final = 8


def enlarge_otherwise(
    value: Value, meets: Callable[[Shape], bool], root: Node, guesses: Guesses
) -> tuple[Fix, ...]:
    """The fix of the op that gives `value` and enlarges it, but not as much as is due, or more."""
    last = value.draft
    if last is None:
        return ()
    at, op = last.origin, last.target
    trials: list[tuple[str, Change]] = []
    if isinstance(op, ConvTranspose) and isinstance(op.kernel, int):
        if "stride" not in at.arguments:
            strides = range(2, 1 + min(op.kernel, MAX_STRIDE))
            trials = [("stride", partial(_strided, stride, at)) for stride in strides]
        elif "padding" not in at.arguments and isinstance(op.stride, int) and op.kernel > op.stride:
            trials = [("padding", partial(_cut, (op.kernel - op.stride) // 2, at))]
    elif isinstance(op, Upsample) and op.factor not in (None, USUAL):
        trials = [("factor", partial(_enlarged, at))]
    found = (_of_one(argument, change, value, meets, root, guesses) for argument, change in trials)
    return next(filter(None, found), ())


def unstride_last(
    value: Value, meets: Callable[[Shape], bool], root: Node, guesses: Guesses
) -> tuple[Fix, ...]:
    """The fix of the window that gives `value` and has a stride that is not due."""
    last = value.draft
    if last is None:
        return ()

    def unstrided(op: Op, shape: Shape, origin: Origin) -> Op:
        return _unstrided(op, shape, origin) if origin is last.origin else op

    return _of_one("stride", unstrided, value, meets, root, guesses)


def slide_otherwise(
    value: Value, meets: Callable[[Shape], bool], root: Node, guesses: Guesses
) -> tuple[Fix, ...]:
    """The fix of a window in a branch that slides where it should not, or not where it should."""
    fixes = _of_one("stride", _unstrided, value, meets, root, guesses)
    return fixes or _of_one("stride", _halving, value, meets, root, guesses)


def _of_one(
    argument: str,
    change: Change,
    value: Value,
    meets: Callable[[Shape], bool],
    root: Node,
    guesses: Guesses,
) -> tuple[Fix, ...]:
    rerun = Rerun(change, guesses)
    shape = rerun.value(value)
    if shape is None or not meets(shape) or len({each.origin.span for each in rerun.changed}) != 1:
        return ()
    fixes = write_argument(argument, rerun.changed, root, guesses)
    return tuple(replace(fix, is_safe=False) for fix in fixes)


def _strided(stride: int, at: Origin, op: Op, shape: Shape, origin: Origin) -> Op:
    return replace(op, stride=stride) if isinstance(op, ConvTranspose) and origin is at else op


def _cut(padding: int, at: Origin, op: Op, shape: Shape, origin: Origin) -> Op:
    return replace(op, padding=padding) if isinstance(op, ConvTranspose) and origin is at else op


def _enlarged(at: Origin, op: Op, shape: Shape, origin: Origin) -> Op:
    return replace(op, factor=USUAL) if isinstance(op, Upsample) and origin is at else op


def _unstrided(op: Op, shape: Shape, origin: Origin) -> Op:
    """A window that slides by one, where a stride is written."""
    if not isinstance(op, Conv | MaxPool | AvgPool | MinPool) or "stride" not in origin.arguments:
        return op
    return replace(op, stride=1) if isinstance(op.stride, int) and op.stride != 1 else op


def _halving(op: Op, shape: Shape, origin: Origin) -> Op:
    """A pool that halves the map, where no stride is written."""
    is_pool = isinstance(op, MaxPool | AvgPool | MinPool)
    return replace(op, stride=USUAL) if is_pool and "stride" not in origin.arguments else op
