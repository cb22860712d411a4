"""What the shape rules of several ops have in common.

In: shapes and arguments. Out: values per axis, words for messages, and the faults that many ops share.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt

from archspec.ops.arguments import MAX_DIMENSION
from archspec.ops.base import Fault, Shape, axis_name

_WORDS = {"C": "number of channels", "L": "length", "D": "depth", "H": "height", "W": "width"}


def axis_word(shape: Shape, axis: int) -> str:
    """The axis in a sentence: `height`, `width` …"""
    if len(shape) == 1:
        return "size"
    return _WORDS.get(axis_name(len(shape), axis), f"size of axis {axis}")


def written(shape: Sequence[int]) -> str:
    """The shape as prose has it: `64 × 56 × 56`."""
    return " × ".join(str(size) for size in shape)


def crossed(sizes: Sequence[int]) -> str:
    """Sizes as pictures have them: `3×3`."""
    return "×".join(str(size) for size in sizes)


def crossed_once(value: int | tuple[int, ...]) -> str:
    """One number where the axes agree: `2`, else `2×1`."""
    agreed = value if isinstance(value, int) else compact(value)
    return str(agreed) if isinstance(agreed, int) else crossed(agreed)


def stride_mark(stride: int | tuple[int, ...], sign: str = "/") -> list[str]:
    """`/2` where something is halved, nothing where nothing is."""
    values = {stride} if isinstance(stride, int) else set(stride)
    return [] if values == {1} else [f"{sign}{crossed_once(stride)}"]


def per_axis(value: int | tuple[int, ...], axes: int) -> tuple[int, ...]:
    """One value for each axis."""
    return value if isinstance(value, tuple) else (value,) * axes


def drawn_axes(value: int | tuple[int, ...], shape: Shape) -> tuple[int, ...]:
    """One value for each axis of a map, in a picture; of a vector, which the op refuses, one."""
    return per_axis(value, max(1, len(shape) - 1))


def compact(values: tuple[int, ...]) -> int | tuple[int, ...]:
    """As PyTorch takes it and people write it: one number where all axes agree."""
    return values[0] if len(set(values)) == 1 else values


def bounded(shape: Shape) -> Shape | Fault:
    """`shape`, or the fault that an axis of it is larger than any may be."""
    for axis, size in enumerate(shape):
        if size > MAX_DIMENSION:
            return Fault(
                "E0313",
                f"the {axis_word(shape, axis)} of the output would be {size}, and no axis may exceed {MAX_DIMENSION}",
                help="make the input smaller first, with a stride, a pool or `gap`",
            )
    return shape


def need_map(key: str, shape: Shape) -> Fault | None:
    """The fault of an op that works on 1, 2 or 3 spatial axes and gets none, or more."""
    if len(shape) == 1:
        return Fault(
            "E0308",
            f"`{key}` works on a feature map, and its input is a vector of {shape[0]}",
            help=f"put `{key}` before the layer that makes the vector, or make a map with `unflatten: [C, H, W]`",
        )
    if len(shape) > 4:
        return Fault(
            "E0308",
            f"`{key}` works on 1, 2 or 3 spatial axes, and its input {written(shape)} has {len(shape) - 1}",
            help="make one axis of several with `flatten`, which takes the first and the last of them",
        )
    return None


def need_image(key: str, shape: Shape) -> Fault | None:
    """The fault of an op that works on `[C, H, W]` alone."""
    if len(shape) == 3:
        return None
    return Fault(
        "E0308",
        f"`{key}` works on [C, H, W], and its input {written(shape)} has {len(shape)} {axes(len(shape))}",
        help="make an image before it with `unflatten: [C, H, W]`"
        if len(shape) == 1
        else "make an image before it with `flatten` or `unflatten`",
    )


def axes(count: int) -> str:
    """The word that goes with that number of them."""
    return "axis" if count == 1 else "axes"


def need_one_per_axis(shape: Shape, **arguments: object) -> Fault | None:
    """The fault of a list argument whose length is not the number of spatial axes."""
    expected = len(shape) - 1
    for name, value in arguments.items():
        if isinstance(value, tuple) and len(value) != expected:
            return Fault(
                "E0310",
                f"`{name}` lists {len(value)} values, and the input {written(shape)} has {expected} spatial "
                f"{axes(expected)}",
                argument=name,
                help=f"write one number for all axes, or a list of {expected}",
            )
    return None


def resolve_axis(axis: int, shape: Shape, argument: str = "axis") -> int | Fault:
    """The axis from 0, where it may be counted from the end."""
    if -len(shape) <= axis < len(shape):
        return axis % len(shape)
    help = f"write an axis from 0 to {len(shape) - 1}, or from -{len(shape)} to -1"
    with_batch = axis == len(shape)
    if with_batch:
        help = f"axes count without the batch: write {axis - 1} for PyTorch's {axis}"
    return Fault(
        "E0316",
        f"there is no axis {axis} in {written(shape)}: it has {len(shape)} {axes(len(shape))}",
        argument=argument,
        help=help,
        meant=str(axis - 1) if with_batch else "",
    )


def divisors_near(argument: str, written: int, number: int) -> str:
    """What to write for an argument that should divide `number`: the next divisors below and above."""
    small = [candidate for candidate in range(1, isqrt(number) + 1) if number % candidate == 0]
    divisors = {*small, *(number // candidate for candidate in small)}
    below = [divisor for divisor in divisors if divisor < written]
    above = [divisor for divisor in divisors if divisor > written]
    near = [*([max(below)] if below else []), *([min(above)] if above else [])]
    return "write " + " or ".join(f"`{argument}: {divisor}`" for divisor in near)


def torch_dim(axis: int) -> int:
    """PyTorch counts the batch as axis 0; from the end both count alike."""
    return axis + 1 if axis >= 0 else axis


def need_content(
    shape: Shape, margins: tuple[tuple[int, int], ...], mode: str, argument: str
) -> Fault | None:
    """The fault of padding that repeats more of the input than there is. `margins`: before and after, by axis."""
    if mode in ("zeros", "replicate"):
        return None
    for axis, margin in enumerate(margins, start=1):
        limit = shape[axis] - 1 if mode == "reflect" else shape[axis]
        if max(margin) > limit:
            return Fault(
                "E0312",
                f"`{mode}` padding of {max(margin)} repeats more than the {axis_word(shape, axis)} "
                f"{shape[axis]} has",
                argument=argument,
                help=f"write at most {limit}, or zeros as the padding mode",
                axis=axis,
            )
    return None
