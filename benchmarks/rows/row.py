"""What a row is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.findings import Finding, Found, Samples
from benchmarks.measure import Effort, Subject, interleaved


@dataclass(frozen=True, slots=True)
class Bench:
    """Where and how hard to measure."""

    folder: Path
    """Empty, and thrown away afterwards."""
    effort: Effort
    quick: bool

    def samples(self, **subjects: Subject) -> dict[str, Samples]:
        return interleaved(subjects, self.effort)


@dataclass(frozen=True, slots=True)
class Row:
    """A claim, and how it is measured."""

    name: str
    claim: str
    measure: Callable[[Bench], Iterator[Found]]


def compare(
    bench: Bench,
    row: str,
    subject: tuple[str, Subject],
    other: tuple[str, Subject],
    limit: float | None,
) -> Finding:
    """One subject beside another."""
    samples = bench.samples(subject=subject[1], other=other[1])
    return Finding(row, subject[0], other[0], samples["subject"], samples["other"], limit)
