"""What the spec repeats in a module, as an overview folds it into cards.

In: a module, and how deep the overview opens it. Out: which steps stand together, and which are copies.
"""

from __future__ import annotations

from archspec.backends.dot.runs import Run, find_rows, find_runs, find_runs_in
from archspec.ir import Module

_FEWEST_COPIES = 2
"""In a card, copies take no more room than one."""
ROWS = 2
"""To this depth, what one row of a loop gives has one card."""


class Folds:
    """What the spec repeats in a module, one step after the other."""

    def __init__(self, module: Module, depth: int) -> None:
        """To the depth `ROWS`, what one row of an outermost loop gives stays together."""
        self._starts: dict[int, int] = {}
        """Of each step in a run the first of that run."""
        self._runs: dict[int, Run] = {}
        find = find_rows if depth <= ROWS and module.structure != "repeat" else find_runs
        rows = find(module, fewest=_FEWEST_COPIES)
        self._braids: dict[int, Run] = {}
        for row in rows:
            if row.is_braid and depth == 1:
                self._braids |= dict.fromkeys(range(row.first, row.stop), row)
            self._starts |= dict.fromkeys(range(row.first, row.stop), row.first)
            inner = find_runs_in(module, row) if row.copies == 1 and row.length > 1 else (row,)
            for run in inner:
                if run.copies > 1 and _is_line(module, run):
                    self._runs |= dict.fromkeys(range(run.first, run.stop), run)

    def joins(self, index: int) -> bool:
        """Whether a step comes from the row, or the run, of the step before it."""
        return self._starts[index] != index

    def braid(self, index: int) -> Run | None:
        """The copies of several cards in one of which a step stands."""
        return self._braids.get(index)

    def run(self, index: int) -> Run | None:
        """The run that repeats a step."""
        return self._runs.get(index)


def _is_line(module: Module, run: Run) -> bool:
    """Whether each step of a run reads the one before, and is the only one to do so."""
    inside = range(run.first + 1, run.stop)
    return all(module.steps[index].inputs == (module.value(index - 1),) for index in inside)
