"""Ops and input shapes for property tests, made from the annotations of the ops' arguments.

A new op is covered the moment it is registered: nothing here knows any op by name. Everything is drawn from a
`random.Random`: hypothesis gives one that it can shrink, `fuzz/compare.py` one of its own.

`ARCHSPEC_OP_EXAMPLES=300` tries that many random examples of each op instead of a few fixed ones.
"""

from __future__ import annotations

import os
from dataclasses import MISSING, fields
from functools import cache
from math import prod
from random import Random
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

CHANNELS = (1, 2, 3, 4, 6, 8, 9, 12, 16)


@st.composite
def shapes(draw: st.DrawFn, min_axes: int = 1, max_axes: int = 4) -> Shape:
    """A vector, or a map of one, two or three spatial axes: images more often than the others."""
    return random_shape(draw(st.randoms(use_true_random=False)), min_axes, max_axes)


@st.composite
def ops(draw: st.DrawFn, op_type: type[Op], shape: Shape) -> Op:
    """An op with arguments that are valid by themselves, and often fit `shape`."""
    return op_type(**random_arguments(draw(st.randoms(use_true_random=False)), op_type, shape))


def random_shape(rng: Random, min_axes: int = 1, max_axes: int = 4) -> Shape:
    axes = rng.choice([axes for axes in (3, 1, 2, 3, 4, 3, 5) if min_axes <= axes <= max_axes])
    return (rng.choice(CHANNELS), *(rng.randint(1, 9) for _ in range(axes - 1)))


def random_arguments(rng: Random, op_type: type[Op], shape: Shape) -> dict[str, Any]:
    """The arguments of an op: those that are required, and one of three of the others, lest every op be at odds with
    its input.
    """
    hints = _hints(op_type)
    return {
        field.name: _value(rng, hints[field.name], shape)
        for field in fields(op_type)
        if field.default is MISSING or rng.randrange(3) == 0
    }


@cache
def _hints(op_type: type[Op]) -> dict[str, Any]:
    return get_type_hints(op_type, include_extras=True)


def _value(rng: Random, annotation: Any, shape: Shape) -> Any:
    """A value of an argument type, small enough to be tried in PyTorch."""
    rank, fitting = len(shape), rng.random() < 0.5
    if annotation == Axis:
        return rng.randint(-rank, rank - 1) if fitting else rng.randint(-5, 4)
    if annotation == Axes:
        if fitting:
            return tuple(rng.sample(range(rank), rank))
        return tuple(rng.randint(0, 3) for _ in range(rng.randint(0, 4)))
    if annotation == Sizes:
        if fitting:
            return rng.choice(factorings(shape[0]))
        return tuple(rng.randint(1, 4) for _ in range(rng.randint(0, 3)))
    if annotation == Range:
        return rng.randint(-4, 4), rng.randint(-4, 9)
    return _of_type(rng, annotation, shape, None)


def _of_type(rng: Random, annotation: Any, shape: Shape, bounds: Bounds | None) -> Any:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        mark = next((part for part in parts[1:] if isinstance(part, Bounds)), bounds)
        return _of_type(rng, parts[0], shape, mark)
    if origin in (Union, UnionType):
        return _of_type(rng, rng.choice(parts), shape, bounds)
    if origin is Literal:
        return rng.choice(parts)
    if origin is tuple:
        fitting = max(len(shape) - 1, 1)
        length = rng.choice((fitting, fitting, fitting, 1, 2, 3))
        return tuple(_of_type(rng, parts[0], shape, bounds) for _ in range(length))
    if annotation is int:
        low = int(bounds.low) if bounds is not None and bounds.low is not None else -3
        low += bounds is not None and bounds.above
        return rng.choice((rng.randint(low, low + 4), low, 2, 3, 4, shape[0]))
    if annotation is float:
        return _float(rng, bounds)
    return {bool: rng.random() < 0.5, NoneType: None, str: rng.choice(("", "a", "$", "ä b"))}[annotation]


def _float(rng: Random, bounds: Bounds | None) -> float:
    low = -4.0 if bounds is None or bounds.low is None else float(bounds.low)
    high = 4.0 if bounds is None or bounds.high is None else min(float(bounds.high), 4.0)
    inside = [value for value in (0.0, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 2.7) if low <= value <= high]
    if bounds is not None and bounds.above:
        inside, low = [value for value in inside if value > low], low + 2**-6
    return rng.choice((*inside, round(rng.uniform(low, high), 3)))


@cache
def factorings(size: int) -> list[tuple[int, ...]]:
    """Two or three numbers that multiply to `size`."""
    divisors = [divisor for divisor in range(1, size + 1) if size % divisor == 0]
    pairs = [(a, size // a) for a in divisors]
    triples = [(a, b, size // a // b) for a in divisors for b in divisors if size % (a * b) == 0]
    assert all(prod(sizes) == size for sizes in (*pairs, *triples))
    return [*pairs, *triples]
