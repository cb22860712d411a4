"""What was found: samples side by side, their ratio with its interval, the verdict.

The ratio is that of the medians. Its interval holds the middle 95 % of the ratios of rounds drawn anew with replacement
(a bootstrap with a fixed seed), a round staying whole, since its samples met the same machine.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from statistics import median
from typing import Final, Literal, TypeAlias

DRAWS: Final = 2000

Samples: TypeAlias = tuple[float, ...]
Verdict: TypeAlias = Literal["met", "missed", "not decided", "–"]

MOST_NOISE: Final = 0.05
"""Beyond it a limit is not widened: what lies within the noise is not decided."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table: a subject against another; without another, against a number."""

    row: str
    subject: str
    against: str
    samples: Samples
    others: Samples = ()
    limit: float | None = None
    """The greatest ratio; without others, the greatest number. None: told, and not judged."""
    unit: Literal["s", "MB"] = "s"
    control: Samples = ()
    """What the other was compared with once more. How far those two are apart is the noise that the limit is given."""

    @property
    def median(self) -> float:
        return median(self.samples)

    @property
    def ratio(self) -> float | None:
        return median(self.samples) / median(self.others) if self.others else None

    @property
    def interval(self) -> tuple[float, float]:
        """Of the ratio; without others, of the median."""
        return _interval(self.samples, self.others)

    @property
    def noise(self) -> float:
        """How far from 1 the interval of the control's ratio goes."""
        if not self.control:
            return 0.0
        low, high = _interval(self.control, self.others)
        return max(abs(low - 1), abs(high - 1))

    @property
    def verdict(self) -> Verdict:
        if self.limit is None:
            return "–"
        found = self.median if self.ratio is None else self.ratio
        if found > self.limit * (1 + self.noise):
            return "missed"
        too_noisy = self.noise > MOST_NOISE and self.interval[1] > self.limit
        return "not decided" if too_noisy else "met"


@dataclass(frozen=True, slots=True)
class Absent:
    """A line that could not be measured."""

    row: str
    subject: str
    why: str


BESIDE_PEERS: Final = "beside peers, deep"
"""The stage whose families are the tools that find the shapes of one network."""


@dataclass(frozen=True, slots=True)
class Point:
    """The cost of one stage on a synthetic network."""

    family: str
    stage: str
    ops: int
    samples: Samples

    @property
    def median(self) -> float:
        return median(self.samples)


Found: TypeAlias = Finding | Absent | Point


@dataclass(frozen=True, slots=True)
class Run:
    """All that one run found, on what machine."""

    machine: dict[str, str]
    found: tuple[Found, ...] = field(default=())
    quick: bool = False
    """Fewer samples, and smaller networks."""

    @property
    def points(self) -> tuple[Point, ...]:
        return tuple(each for each in self.found if isinstance(each, Point))

    @property
    def lines(self) -> tuple[Finding | Absent, ...]:
        return tuple(each for each in self.found if not isinstance(each, Point))

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.found if isinstance(each, Finding))


def _interval(samples: Samples, others: Samples) -> tuple[float, float]:
    draw = random.Random(0)
    rounds = range(len(samples))
    found = []
    for _ in range(DRAWS):
        drawn = draw.choices(rounds, k=len(rounds))
        value = median(samples[index] for index in drawn)
        found.append(value / median(others[index] for index in drawn) if others else value)
    found.sort()
    return found[round(0.025 * (DRAWS - 1))], found[round(0.975 * (DRAWS - 1))]
