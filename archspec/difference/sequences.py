"""Two sequences side by side.

In: a number for each element, equal for equal elements, and how alike two elements are. Out: pairs of indices in the
order of both, `None` on the side that has nothing. Holds: pairs never cross, and the work is bounded: equal ends are
cut off first; short remainders are aligned for the greatest sum of likenesses; of long ones the longest common
subsequence is searched (Myers, "An O(ND) Difference Algorithm and Its Variations", 1986), as long as it needs few
edits; else elements stand beside those of the same position.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

Likeness: TypeAlias = "Callable[[int, int], int]"
"""How alike element `i` of one and `j` of the other are; 0: not to be paired."""
Pairs: TypeAlias = "list[tuple[int | None, int | None]]"

_CELLS: Final = 40_000
"""The largest table of likenesses: two sequences of 200."""
_EDITS: Final = 300


def align(one: Sequence[int], other: Sequence[int], likeness: Likeness) -> Pairs:
    """Align two sequences of numbers; elements of equal number are equal, and `likeness` judges the rest."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    tail = 0
    while tail < min(len(one), len(other)) - start and one[-1 - tail] == other[-1 - tail]:
        tail += 1
    ends = len(one) - tail, len(other) - tail
    pairs: Pairs = [(index, index) for index in range(start)]
    pairs.extend(_middle(one, other, start, ends, likeness))
    pairs.extend((ends[0] + index, ends[1] + index) for index in range(tail))
    return pairs


def _middle(
    one: Sequence[int], other: Sequence[int], start: int, ends: tuple[int, int], likeness: Likeness
) -> Iterator[tuple[int | None, int | None]]:
    mine, theirs = range(start, ends[0]), range(start, ends[1])
    if len(mine) * len(theirs) <= _CELLS:
        yield from _best(mine, theirs, likeness)
        return
    common = longest_common(one[start : ends[0]], other[start : ends[1]])
    if common is None:
        yield from by_position(mine, theirs, likeness)
        return
    i = j = start
    for mine_at, theirs_at in (*common, (len(mine), len(theirs))):
        gap = range(i, start + mine_at), range(j, start + theirs_at)
        few = len(gap[0]) * len(gap[1]) <= _CELLS
        yield from (_best if few else by_position)(*gap, likeness)
        if mine_at < len(mine):
            yield start + mine_at, start + theirs_at
        i, j = start + mine_at + 1, start + theirs_at + 1


def by_position(
    mine: Sequence[int], theirs: Sequence[int], likeness: Likeness
) -> Iterator[tuple[int | None, int | None]]:
    """The nth beside the nth, where they are alike at all."""
    shared = min(len(mine), len(theirs))
    for i, j in zip(mine[:shared], theirs[:shared], strict=True):
        if likeness(i, j):
            yield i, j
        else:
            yield i, None
            yield None, j
    yield from ((i, None) for i in mine[shared:])
    yield from ((None, j) for j in theirs[shared:])


def _best(
    mine: Sequence[int], theirs: Sequence[int], likeness: Likeness
) -> Iterator[tuple[int | None, int | None]]:
    """The pairs with the greatest sum of likenesses; of several, those that come first."""
    width = len(theirs)
    alike = [[likeness(i, j) for j in theirs] for i in mine]
    sums = [[0] * (width + 1) for _ in range(len(mine) + 1)]
    for i in reversed(range(len(mine))):
        row, below, likenesses = sums[i], sums[i + 1], alike[i]
        for j in reversed(range(width)):
            best = max(below[j], row[j + 1])
            if likenesses[j]:
                best = max(best, likenesses[j] + below[j + 1])
            row[j] = best
    i = j = 0
    while i < len(mine) and j < width:
        if alike[i][j] and sums[i][j] == alike[i][j] + sums[i + 1][j + 1]:
            yield mine[i], theirs[j]
            i, j = i + 1, j + 1
        elif sums[i][j] == sums[i + 1][j]:
            yield mine[i], None
            i += 1
        else:
            yield None, theirs[j]
            j += 1
    yield from ((index, None) for index in mine[i:])
    yield from ((None, index) for index in theirs[j:])


def longest_common(one: Sequence[int], other: Sequence[int]) -> list[tuple[int, int]] | None:
    """The places of a longest common subsequence; `None` where more than `_EDITS` elements are not in it."""
    furthest = {1: 0}
    trace: list[dict[int, int]] = []
    for edits in range(_EDITS + 1):
        trace.append(dict(furthest))
        for diagonal in range(-edits, edits + 1, 2):
            x = _step(furthest, diagonal, edits)
            while x < len(one) and 0 <= x - diagonal < len(other) and one[x] == other[x - diagonal]:
                x += 1
            furthest[diagonal] = x
            if x >= len(one) and x - diagonal >= len(other):
                return _backwards(trace, len(one), len(other))
    return None


def _step(furthest: dict[int, int], diagonal: int, edits: int) -> int:
    """Where a path on `diagonal` begins after its last edit."""
    if _takes_in(furthest, diagonal, edits):
        return furthest[diagonal + 1]
    return furthest[diagonal - 1] + 1


def _takes_in(furthest: dict[int, int], diagonal: int, edits: int) -> bool:
    """Whether that edit takes in an element of `other`; else it leaves out one of `one`."""
    if diagonal in (-edits, edits):
        return diagonal == -edits
    return furthest[diagonal - 1] < furthest[diagonal + 1]


def _backwards(trace: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    common: list[tuple[int, int]] = []
    for edits in reversed(range(len(trace))):
        diagonal = x - y
        begun = _step(trace[edits], diagonal, edits)
        while x > max(begun, 0) and y > max(begun - diagonal, 0):
            x, y = x - 1, y - 1
            common.append((x, y))
        if edits:
            x, y = (x, y - 1) if _takes_in(trace[edits], diagonal, edits) else (x - 1, y)
    return common[::-1]
