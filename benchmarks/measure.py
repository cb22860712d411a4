"""Samples of a cost, in interleaved rounds.

A subject is a function that does its work once and returns what it cost. In every round each subject gives one
sample, so that a machine that slows down slows all of them; the order turns from round to round. The first round warms
up and is not counted. The garbage collector runs as it does for a user; what is alive before a sample is out of its
sight.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

Subject: TypeAlias = Callable[[], float]

LONG_ENOUGH: Final = 0.02
"""Seconds of a sample. Shorter work is repeated within one."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to go on: until `seconds` have passed, for at least `least` rounds and at most `most`."""

    seconds: float
    least: int
    most: int


FULL: Final = Effort(5.0, 5, 41)
QUICK: Final = Effort(1.0, 3, 9)


def interleaved(subjects: Mapping[str, Subject], effort: Effort) -> dict[str, tuple[float, ...]]:
    """Samples of every subject, as many of each; the ones at one index are of one round."""
    samples: dict[str, list[float]] = {name: [] for name in subjects}
    names = list(subjects)
    for name in names:
        subjects[name]()
    start = time.monotonic()
    for done in range(effort.most):
        if done >= effort.least and time.monotonic() - start > effort.seconds:
            break
        turn = done % len(names)
        for name in names[turn:] + names[:turn]:
            samples[name].append(subjects[name]())
    return {name: tuple(each) for name, each in samples.items()}


def cpu(work: Callable[[], object], *, prepare: Callable[[], object] | None = None) -> Subject:
    """Work in this process → its CPU seconds, of all threads. `prepare` is not timed, and runs before each sample."""
    return _subject(work, prepare, time.process_time)


def elapsed(work: Callable[[], object]) -> Subject:
    """Work in this process → the seconds that it takes: for what several threads do."""
    return _subject(work, None, time.perf_counter)


def _subject(
    work: Callable[[], object], prepare: Callable[[], object] | None, clock: Callable[[], float]
) -> Subject:
    repeats = 0 if prepare is None else 1

    def sample() -> float:
        nonlocal repeats
        if repeats == 0:
            repeats, used = _enough(work, clock)
            return used
        if prepare is not None:
            prepare()
        return _timed(work, repeats, clock)

    return sample


def _enough(work: Callable[[], object], clock: Callable[[], float]) -> tuple[int, float]:
    """How often to repeat work so that a sample is long enough, and one such sample."""
    repeats = 1
    while repeats * (used := _timed(work, repeats, clock)) < LONG_ENOUGH:
        repeats *= 2
    return repeats, used


def _timed(work: Callable[[], object], repeats: int, clock: Callable[[], float]) -> float:
    gc.collect()
    gc.freeze()
    start = clock()
    for _ in range(repeats):
        work()
    used = clock() - start
    gc.unfreeze()
    return max(used, 1e-9) / repeats
