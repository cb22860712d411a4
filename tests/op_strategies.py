"""Ops and input shapes for property tests, made from the annotations of the ops' arguments.

A new op is covered the moment it is registered: nothing here knows any op by name.

`ARCHSPEC_OP_EXAMPLES=300` tries that many random examples of each op instead of a few fixed ones.
"""

from __future__ import annotations

import os
from dataclasses import MISSING, fields
from math import prod
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from archspec.ops.arguments import Axes, Axis, Bounds, Range, Sizes
from archspec.ops.base import Op, Shape

EXAMPLES_EACH = int(os.environ.get("ARCHSPEC_OP_EXAMPLES", "25"))
PROPERTY = settings(
    max_examples=EXAMPLES_EACH,
    derandomize=EXAMPLES_EACH == 25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)

CHANNELS = st.sampled_from((1, 2, 3, 4, 6, 8, 9, 12, 16))
SIZES = st.integers(1, 9)


@st.composite
def shapes(draw: st.DrawFn, min_axes: int = 1, max_axes: int = 4) -> Shape:
    """A vector, or a map of one, two or three spatial axes: images more often than the others."""
    axes = draw(st.sampled_from([axes for axes in (3, 1, 2, 3, 4, 3, 5) if min_axes <= axes <= max_axes]))
    return (draw(CHANNELS), *(draw(SIZES) for _ in range(axes - 1)))


@st.composite
def ops(draw: st.DrawFn, op_type: type[Op], shape: Shape) -> Op:
    """An op with arguments that are valid by themselves, and often fit `shape`."""
    hints = get_type_hints(op_type, include_extras=True)
    arguments = {}
    for field in fields(op_type):
        if field.default is not MISSING and draw(st.integers(0, 2)):
            continue  # two of three optional arguments are left out, lest every op be at odds with its input
        arguments[field.name] = draw(values(hints[field.name], shape))
    return op_type(**arguments)


def values(annotation: Any, shape: Shape) -> st.SearchStrategy[Any]:
    """Values of an argument type, small enough to be tried in PyTorch."""
    rank = len(shape)
    if annotation == Axis:
        return st.integers(-rank, rank - 1) | st.integers(-5, 4)
    if annotation == Axes:
        return st.permutations(range(rank)).map(tuple) | st.lists(st.integers(0, 3), max_size=4).map(tuple)
    if annotation == Sizes:
        return factorings(shape) | st.lists(st.integers(1, 4), max_size=3).map(tuple)
    if annotation == Range:
        return st.tuples(st.integers(-4, 4), st.integers(-4, 9))
    return _of_type(annotation, shape, None)


def _of_type(annotation: Any, shape: Shape, bounds: Bounds | None) -> st.SearchStrategy[Any]:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        mark = next((part for part in parts[1:] if isinstance(part, Bounds)), bounds)
        return _of_type(parts[0], shape, mark)
    if origin in (Union, UnionType):
        return st.one_of([_of_type(part, shape, bounds) for part in parts])
    if origin is Literal:
        return st.sampled_from(parts)
    if origin is tuple:
        fitting = max(len(shape) - 1, 1)
        lengths = st.sampled_from((fitting, fitting, fitting, 1, 2, 3))
        member = _of_type(parts[0], shape, bounds)
        return lengths.flatmap(lambda length: st.lists(member, min_size=length, max_size=length)).map(tuple)
    if annotation is int:
        low = int(bounds.low) if bounds is not None and bounds.low is not None else -3
        if bounds is not None and bounds.above:
            low += 1
        return st.integers(low, low + 4) | st.sampled_from((low, 2, 3, 4, shape[0]))
    if annotation is float:
        return _floats(bounds)
    return {bool: st.booleans(), NoneType: st.none(), str: st.text(max_size=4)}[annotation]


def _floats(bounds: Bounds | None) -> st.SearchStrategy[float]:
    low = -4.0 if bounds is None or bounds.low is None else float(bounds.low)
    high = 4.0 if bounds is None or bounds.high is None else min(float(bounds.high), 4.0)
    excluded = bounds is not None and bounds.above
    inside = [value for value in (0.0, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 2.7) if low <= value <= high]
    if excluded:
        inside = [value for value in inside if value > low]
    return st.sampled_from(inside) | st.floats(low + 2**-6 if excluded else low, high, width=16)


def factorings(shape: Shape) -> st.SearchStrategy[tuple[int, ...]]:
    """Sizes that multiply to the first axis of the shape, two or three of them."""
    size = shape[0]
    divisors = [divisor for divisor in range(1, size + 1) if size % divisor == 0]
    pairs = [(a, size // a) for a in divisors]
    triples = [(a, b, size // a // b) for a in divisors for b in divisors if size % (a * b) == 0]
    assert all(prod(sizes) == size for sizes in (*pairs, *triples))
    return st.sampled_from([*pairs, *triples])
