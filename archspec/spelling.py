"""Which of the names that there are was meant by one that is not among them.

In: a name, and candidates. Out: the one it is most likely a slip for, or None. Holds: the time is bounded, whatever the
names are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final

MAX_CANDIDATES: Final = 300
"""A guess compares a name with every candidate: beyond these, time would depend on what a stranger wrote."""


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` is most likely a slip for, if one is close enough."""
    return _nearest(name, tuple(islice(candidates, MAX_CANDIDATES)))


@lru_cache(maxsize=1000)  # each variant, and each guess at a mistake, asks again
def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    from difflib import get_close_matches  # only a mistake pays for it

    folded = name.casefold()
    for candidate in known:
        if candidate.casefold() == folded:
            return candidate
    close = get_close_matches(name[:100], known, n=4, cutoff=0.7 if len(name) > 3 else 0.6)
    if close:
        return min(close, key=lambda candidate: _slips(name[:100], candidate))
    begins = [candidate for candidate in known if len(name) > 3 and _begins_alike(name, candidate)]
    return begins[0] if len(begins) == 1 else None


def _begins_alike(name: str, candidate: str) -> bool:
    """Whether one is the other cut short (`act` of `activation`), or another form of the word: `expand` and
    `expansion`.
    """
    shared = next(
        (at for at, pair in enumerate(zip(name, candidate, strict=False)) if len({*pair}) > 1), len(name)
    )
    return candidate.startswith(name) or (shared >= max(5, len(name) - 1) and len(candidate) <= shared + 4)


def choices(name: str, known: Sequence[str]) -> str:
    """What may be written in place of `name`, which is none of them: all, and the nearest."""
    nearest = did_you_mean(name, known)
    return ", ".join(known) + (f"; did you mean `{nearest}`?" if nearest else "")


def is_slip(name: str, meant: str) -> bool:
    """Whether one is the other but for one letter in three, cut short (`pad`, `padding`), or without its first word
    (`classes`, `num_classes`): nothing else can have been meant. A name that is only the nearest of those that there
    are may be another's.
    """
    name, meant = name[:100].casefold(), meant[:100].casefold()
    short, long = sorted((name, meant), key=len)
    is_part = len(short) > 2 and (long.startswith(short) or long.endswith(f"_{short}"))
    return is_part or 3 * _slips(name, meant) <= len(long)


def _slips(name: str, meant: str) -> int:
    """How many letters were left out, added, mistaken, or swapped with the next (Damerau and Levenshtein's distance,
    each letter touched once).
    """
    for _ in range(2):  # what both begin with; then, both turned around, what both end with
        same = next(
            (at for at, pair in enumerate(zip(name, meant, strict=False)) if pair[0] != pair[1]),
            min(len(name), len(meant)),
        )
        name, meant = name[same:][::-1], meant[same:][::-1]
    before: list[int] = []
    row = list(range(len(meant) + 1))
    for at, letter in enumerate(name, 1):
        older, before, row = before, row, [at]
        for to, other in enumerate(meant, 1):
            row.append(min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (letter != other)))
            if at > 1 and to > 1 and letter == meant[to - 2] and name[at - 2] == other:
                row[to] = min(row[to], older[to - 2] + 1)
    return row[-1]
