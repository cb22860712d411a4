"""A family and a number of ops → the text of a spec with that many.

    deep     one sequence, written out line by line
    wide     stages of parallel branches, joined by a sum
    nested   a block of blocks of blocks, the innermost with its own argument in every call
    skips    a sum with a value far back after every pair of ops; in the second half, as in a U-Net, with the value
             that is as far from the start as the sum is from the end
    normed   convolutions with a norm behind them, each warned of for its bias, under names without digits

Almost no two ops of a network are written at the same place with the same arguments, so that little is worked out once
for several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import ceil, floor, log
from types import MappingProxyType
from typing import Final

HEAD: Final = """archspec: 1
name: {name}
input: {input}
defaults: {{conv: {{kernel: 3, padding: 1}}}}
"""
INPUT: Final = (8, 16, 16)
BRANCHES: Final = 50
CALLS: Final = 3
"""The least calls of the outermost block of `nested`."""
LETTERS: Final = str.maketrans("0123456789", "abcdefghij")
BACK: Final = 16
"""How many sums back a skip of `skips` reaches in the first half."""


def spec(family: str, ops: int) -> str:
    """The text; the ops are those of convolutions, activations and joins, `ops` of them."""
    lines = _normed(ops) if family == NORMED else FAMILIES[family](ops)
    return HEAD.format(name=family.title(), input=list(INPUT)) + "\n".join(lines) + "\n"


def _deep(ops: int) -> Iterator[str]:
    yield "body:"
    yield from _pairs(ops)


def _pairs(ops: int) -> Iterator[str]:
    for index in range(ops):
        yield f"  c{index}: {{conv: {4 + index % 13}}}" if index % 2 == 0 else f"  r{index}: relu"


def _wide(ops: int) -> Iterator[str]:
    """A stage is `BRANCHES` pairs of a convolution and an activation, and their sum."""
    yield "body:"
    left, stage = ops, 0
    while left > 0:
        branches = min(BRANCHES, (left - 1) // 2)
        if branches < 2:
            yield from _pairs(left)
            return
        yield f"  stage{stage}:"
        yield "    add:"
        for branch in range(branches):
            yield f"      b{branch}: [{{conv: 8}}, relu]"
        left, stage = left - 2 * branches - 1, stage + 1


def _nested(ops: int) -> Iterator[str]:
    """Ten pairs in the innermost block; each block around it calls the next one three times, with another number."""
    inner, fan = 20, 3
    levels = max(1, floor(log(ops / (CALLS * inner), fan)))
    yield "blocks:"
    yield "  level0:"
    yield "    params: {number: int}"
    yield "    seq:"
    for pair in range(inner // 2):
        yield f"      c{pair}: {{conv: $(4 + (number + {pair}) % 61)}}"
        yield f"      r{pair}: relu"
    for level in range(1, levels + 1):
        yield f"  level{level}:"
        yield "    params: {number: int}"
        yield "    seq:"
        for call in range(fan):
            yield f"      p{call}: {{level{level - 1}: $(number * {fan} + {call})}}"
    whole = inner * fan**levels
    yield "body:"
    for index in range(ops // whole):
        yield f"  n{index}: {{level{levels}: {index}}}"
    yield from _pairs(ops % whole)


def _skips(ops: int) -> Iterator[str]:
    yield "body:"
    count = ceil(ops / 3)
    for index in range(count):
        first = index < count // 2
        back = max(0, index - BACK) if first else min(index - 1, count - 1 - index)
        sums = f"a{back}" if index else "input"
        lines = (f"  c{index}: {{conv: 8}}", f"  r{index}: relu", f"  a{index}: {{add: [r{index}, {sums}]}}")
        yield from lines[: ops - 3 * index]


def _normed(ops: int) -> Iterator[str]:
    yield "body:"
    kinds = ("c{}: {{conv: 4, kernel: 1, padding: 0}}", "n{}: norm", "r{}: relu")
    for index in range(ops):
        name = str(index // 3).translate(LETTERS)
        yield "  " + kinds[index % 3].format(name)


FAMILIES: Final[Mapping[str, Callable[[int], Iterator[str]]]] = MappingProxyType(
    {"deep": _deep, "wide": _wide, "nested": _nested, "skips": _skips}
)


NORMED: Final = "normed"
"""What inference builds are measured on. None of `FAMILIES`: these are checked without a warning."""


def long_spec(lines: int) -> str:
    """A spec as people write them, of so many lines."""
    head = HEAD.format(name="Long", input=list(INPUT)) + "body:\n"
    rows = (
        "  conv{0}: {{conv: {1}, kernel: 3, stride: 1, padding: 1, bias: false}}",
        "  bn{0}: norm",
        "  relu{0}: relu  # after the norm, as in the paper",
    )
    body = (rows[i % 3].format(i // 3, 8 * (1 + i % 7)) for i in range(lines - head.count("\n")))
    return head + "\n".join(body) + "\n"
