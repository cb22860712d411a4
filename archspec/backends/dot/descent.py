"""Which values of a module are made of which.

In: a module. Out: whether a value is carried past others, to where they are joined.
Holds: the usual answers take no walk: a value that nobody else reads goes into nothing, and one on whose line others
stand goes into them. Only where branches part and meet between the two are the steps between them gone through.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from archspec.ir import Module


class Descent:
    """Of one module. A value's line: the value, the latest that its step reads, the latest of that one's, and so on."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self._readers = [0] * module.value(len(module.steps))
        self._spans: list[tuple[int, int]] | None = None
        self._carried: dict[int, frozenset[int]] = {}
        """By steps that join."""

    def carried(self, index: int) -> frozenset[int]:
        """The values, of those that a step joins, that are carried past the later ones: each of these is made of it."""
        if index not in self._carried:
            self._carried[index] = frozenset(self._find_carried(index))
        return self._carried[index]

    def _find_carried(self, index: int) -> Iterator[int]:
        if self._spans is None:
            self._spans = self._find_spans()
        later: set[int] = set()
        least, most = len(self._spans), -1
        """Of the places of those that come later."""
        for value in sorted({*self.module.steps[index].inputs}, reverse=True):
            start, end = self._spans[value]
            is_read_beside = later and self._readers[value] > 1
            if is_read_beside and ((start <= least and most < end) or self._is_made_into(value, later)):
                yield value
            least, most = min(least, start), max(most, start)
            later.add(value)

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

    def _is_made_into(self, value: int, others: Collection[int]) -> bool:
        made = {value}
        for later in range(value + 1, max(others) + 1):
            if not made.isdisjoint(self.module.steps[later - len(self.module.inputs)].inputs):
                made.add(later)
            elif later in others:
                return False
        return True
