"""Which values of a module are made of which.

In: a module. Out: whether a value is carried past others, to where they are joined.
Holds: the usual answers take no walk: a value that nobody else reads goes into nothing, and one on whose line others
stand goes into them. Only where branches part and meet between the two are the steps between them gone through.
"""

from __future__ import annotations

from collections.abc import Sequence

from archspec.ir import Module


class Descent:
    """Of one module. A value's line: the value, the latest that its step reads, the latest of that one's, and so on."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self._readers = [0] * module.value(len(module.steps))
        self._spans: list[tuple[int, int]] | None = None

    def is_carried_past(self, value: int, joined: Sequence[int]) -> bool:
        """Whether `value`, one of those that a step joins, is carried past the later ones: each is made of it."""
        if self._spans is None:
            self._spans = self._find_spans()
        if self._readers[value] < 2:
            return False
        others = [other for other in joined if other > value]
        if not others:
            return False
        start, end = self._spans[value]
        if all(start <= self._spans[other][0] < end for other in others):
            return True
        return self._is_made_into(value, others)

    def _find_spans(self) -> list[tuple[int, int]]:
        """Of each value its place when the lines are numbered from their starts, and the end of those that pass it."""
        inputs, steps = len(self.module.inputs), self.module.steps
        before = [-1] * inputs + [max(step.inputs, default=-1) for step in steps]
        sizes = [1] * len(before)
        for value in range(len(before) - 1, -1, -1):
            if before[value] >= 0:
                sizes[before[value]] += sizes[value]
        for step in steps:
            for value in {*step.inputs}:
                self._readers[value] += 1
        free = 0
        starts = [0] * len(before)
        taken = [1] * len(before)
        """How many places below each value are given away."""
        for value, source in enumerate(before):
            if source < 0:
                starts[value], free = free, free + sizes[value]
            else:
                starts[value] = starts[source] + taken[source]
                taken[source] += sizes[value]
        return [(start, start + size) for start, size in zip(starts, sizes, strict=True)]

    def _is_made_into(self, value: int, others: Sequence[int]) -> bool:
        made = {value}
        for later in range(value + 1, max(others) + 1):
            if not made.isdisjoint(self.module.steps[later - len(self.module.inputs)].inputs):
                made.add(later)
        return made.issuperset(others)
