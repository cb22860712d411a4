"""W0411: paths that meet, and do not look at the same place.

Position `i` of a value sees a window of the module's input whose middle is at `(size - 1) / 2 - padding + i * stride`.
Where a sum, a product or a concatenation joins two values of different middles or strides, one path is shifted against
the other: an even kernel, padding on one side, a 2×2 pool beside a 3×3 convolution.

What holds: only what is exact is compared. Values behind ops that rearrange or see the whole map are left out, axes of
one position too, and windows that look at their own place and what lies before it alone: those of a causal convolution.
Where a map was enlarged, positions differ in their middles, and two values are apart only if no position of a round
looks at the same place in both: to enlarge by repeating is to shift every other position. A value behind a join of this
kind is left out as well, so that one shift is reported once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import repeat
from typing import Final, TypeAlias

from archspec.ir import Module, Step
from archspec.ops.base import POINT, Window, axis_name
from archspec.passes.warnings.places import Places
from archspec.passes.warnings.values import Layer
from archspec.passes.windows import Effort, compose, unite

Sight: TypeAlias = Mapping[int, tuple[Window, ...]]
"""What a value sees of each of its module's inputs, where that is known exactly."""


_JOINS: Final = ("add", "multiply", "concat")


def warn(modules: Sequence[Module], places: Places, quiet: dict[Module, Sight]) -> None:
    """Report the joins of `modules`. `quiet`: what the outputs see of modules of other graphs in which nothing is to be
    reported, whatever the effort for others was, and then of this one's too.
    """
    outputs: dict[Module, Sight] = {}
    effort = Effort()
    for module in _with_joins(modules):
        known = quiet.get(module)
        if known is not None:
            outputs[module] = known
            continue
        reports = places.reports
        values: list[Sight] = [
            {index: (POINT,) * (len(shape) - 1)} for index, shape in enumerate(module.inputs)
        ]
        for step in module.steps:
            if _is_join(step):
                values.append(_joined(module, step, values, places, effort))
            else:
                values.append(_applied(module, step, values, outputs, effort))
        outputs[module] = values[module.outputs[0]]
        if places.reports == reports and effort.is_whole:
            quiet[module] = outputs[module]


def _with_joins(modules: Sequence[Module]) -> list[Module]:
    """The modules in which paths meet, and those inside them, children first."""
    found: dict[Module, None] = {}
    for module in reversed(modules):
        if module in found or any(_is_join(step) for step in module.steps):
            found[module] = None
            found.update((step.target, None) for step in module.steps if isinstance(step.target, Module))
    return [module for module in modules if module in found]


def _is_join(step: Step) -> bool:
    return not isinstance(step.target, Module) and step.target.key in _JOINS


def _applied(
    module: Module, step: Step, values: list[Sight], outputs: Mapping[Module, Sight], effort: Effort
) -> Sight:
    sizes = step.shape[1:]
    inner: Sight
    if isinstance(step.target, Module):
        inner = outputs[step.target]
    else:
        shape = module.shape(step.inputs[0])
        if not _is_exact(step, len(shape)):
            return {}
        windows = step.target.windows(shape)
        if windows == (POINT,) * len(windows):
            return values[step.inputs[0]]
        if not all(window.is_exact for window in windows):
            return {}
        inner = {0: windows}
    seen: dict[int, tuple[Window, ...]] = {}
    lost: set[int] = set()
    for position, value in enumerate(step.inputs):
        for index, outer in values[value].items():
            reached = inner.get(position)
            if reached is None or len(reached) != len(outer):
                lost.add(index)
                continue
            through = tuple(map(compose, outer, reached, sizes, repeat(effort)))
            if not all(window.is_exact and any(window.spans) for window in through):
                lost.add(index)
                continue
            if index in seen and seen[index] != through:
                through = tuple(map(unite, seen[index], through, sizes, repeat(effort)))
            seen[index] = through
    return {index: windows for index, windows in seen.items() if index not in lost}


def _is_exact(step: Step, rank: int) -> bool:
    """Whether the op's windows tell where each position looks."""
    op = step.target
    if isinstance(op, Module) or rank < 2 or len(step.shape) != rank:
        return False
    match op.kind:
        case "reshape":
            from archspec.ops.cut import Crop, Pad, Slice, Split
            from archspec.ops.joins import PadShortcut
            from archspec.ops.reshape import ChannelShuffle

            along_channels = isinstance(op, Slice | Split) and op.axis % rank == 0
            return along_channels or isinstance(op, PadShortcut | ChannelShuffle | Pad | Crop)
        case _:
            return True


def _joined(module: Module, step: Step, values: list[Sight], places: Places, effort: Effort) -> Sight:
    sights = [values[value] for value in step.inputs]
    joined: dict[int, tuple[Window, ...]] = {}
    for index in sights[0]:
        if not all(index in sight for sight in sights):
            continue
        for other in sights[1:]:
            if other[index] == sights[0][index]:
                continue
            axis = _first_apart(sights[0][index], other[index], step.shape)
            if axis is not None:
                _report(module, step, axis, sights[0][index][axis], other[index][axis], places)
                return {}
        joined[index] = sights[0][index]
        for other in sights[1:]:
            if other[index] != joined[index]:
                sizes = step.shape[1:]
                joined[index] = tuple(map(unite, joined[index], other[index], sizes, repeat(effort)))
    return joined


def _first_apart(one: tuple[Window, ...], other: tuple[Window, ...], shape: tuple[int, ...]) -> int | None:
    """The first axis along which two windows have different middles."""
    if not len(one) == len(other) == len(shape) - 1:
        return None
    for axis, (a, b) in enumerate(zip(one, other, strict=True)):
        if shape[axis + 1] == 1 or 0 in (a.size, b.size):
            continue
        if not _meet(a, b) and not (_is_causal(a) or _is_causal(b)):
            return axis
    return None


def _meet(one: Window, other: Window) -> bool:
    """Whether some position looks at the same place in both."""
    if one.stride != other.stride:
        return False
    (low, high), (other_low, other_high) = _middles(one), _middles(other)
    return low <= other_high and other_low <= high


def _middles(window: Window) -> tuple[Fraction, Fraction]:
    """The least and the greatest distance from `i * stride` to the middle of what position `i` sees."""
    places = [Fraction(at * window.stride) for at in range(len(window.spans))]
    pairs = zip(places, window.spans, strict=True)
    found = [Fraction(span[0] + span[1], 2) - place for place, span in pairs if span is not None]
    return min(found), max(found)


def _is_causal(window: Window) -> bool:
    """Whether a position of a value sees its own place and what lies before it, and not its own place alone."""
    return window.stride == 1 and window.size > 1 and window.padding == window.size - 1


def _report(module: Module, step: Step, axis: int, one: Window, other: Window, places: Places) -> None:
    if isinstance(step.target, Module):
        return
    name = axis_name(len(step.shape), axis + 1)
    if one.stride != other.stride:
        fact = f"steps of {one.stride} and {other.stride}"
    else:
        (low, high), (other_low, other_high) = _middles(one), _middles(other)
        shift = float(max(other_low - high, low - other_high))
        fact = f"{shift:g} position{'' if shift == 1 else 's'} of the input apart"
    sides = "the main path and the shortcut" if module.structure == "residual" else "the paths"
    places.report(
        "W0411",
        Layer(step, module, step.target),
        f"{sides} look at different places",
        label=f"along {name}, {fact}",
        notes=[f"along {name}, the first sees {_seen(one)}, the second {_seen(other)}"],
        help="use odd kernels with half their size as padding on every path, or strides of the same layers",
    )


def _seen(window: Window) -> str:
    """`positions -1 to 1 at first`."""
    first = -window.padding
    last = first + window.size - 1
    span = f"position {first}" if first == last else f"positions {first} to {last}"
    return f"{span}, in steps of {window.stride}"
