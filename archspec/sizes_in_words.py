"""A set of sizes as a reader would say it: `every size from 33 to 512`, `multiples of 32 from 64 to 512`.

In: sizes. Out: a phrase. What holds: the phrase names exactly those sizes.

The pieces of a phrase, and the sizes that they stand for:

    224                           itself
    32 to 40                      every one of them
    odd sizes from 7 to 511       the same as `sizes 2k + 1 from 7 to 511`
    multiples of 32 from 64 …     the same as `sizes 32k from 64 …`
    sizes 4k + 1 from 5 to 509    those whose remainder is 1 on division by 4
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

LARGEST_STEP: Final = 256
"""Maps are halved a few times; a step beyond this is no pattern of a network's."""

FEWEST: Final = 4
"""Of fewer sizes at equal distances, each is named."""


def in_words(sizes: Collection[int]) -> str:
    """The sizes as a phrase; `no size` where there are none."""
    left = sorted(set(sizes))
    if not left:
        return "no size"
    pieces: list[str] = []
    runs: list[bool] = []
    remaining = set(left)
    for size in left:
        if size not in remaining:
            continue
        step, count = _longest(size, remaining)
        taken = range(size, size + step * count, step)
        remaining.difference_update(taken)
        pieces.append(_piece(taken))
        runs.append(step == 1 and count > 1)
    if runs == [True]:
        return f"every size from {pieces[0]}"
    return pieces[0] if len(pieces) == 1 else f"{', '.join(pieces[:-1])} and {pieces[-1]}"


def _longest(first: int, sizes: Collection[int]) -> tuple[int, int]:
    """The step, and the number of terms, of the longest progression that begins with `first`; of equally long ones the
    closest. A run of two is none, nor is another progression of a few."""
    best = (1, 1)
    for step in range(1, LARGEST_STEP + 1):
        count = 1
        while first + count * step in sizes:
            count += 1
        if count > best[1] and count >= (3 if step == 1 else FEWEST):
            best = (step, count)
    return best


def _piece(sizes: range) -> str:
    if len(sizes) == 1:
        return str(sizes[0])
    ends = f"{sizes[0]} to {sizes[-1]}"
    rest = sizes[0] % sizes.step
    if sizes.step == 1:
        return ends
    if sizes.step == 2:
        return f"{'odd' if rest else 'even'} sizes from {ends}"
    if rest == 0:
        return f"multiples of {sizes.step} from {ends}"
    return f"sizes {sizes.step}k + {rest} from {ends}"
