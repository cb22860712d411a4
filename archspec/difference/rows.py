"""The alignment of two networks as lines, in the order in which the networks run.

In: the pairs of the steps of both roots, with the costs of both. Out: `Row`s, a tree by their depth. Holds: neighbours
in a repeat that differ in the same way are one row, whose costs are those of all of them; what is equal has no rows
below it, and what one side alone has none either; a module or a layer with weights that one side has in one place and
the other in another is one row, which says so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Literal, TypeAlias

from archspec.backends.wording import visible
from archspec.diagnostics import InternalError
from archspec.difference.align import Pair
from archspec.difference.changes import Change, Site
from archspec.difference.forms import Forms
from archspec.ir import Module, walk
from archspec.ops.base import Op, Shape
from archspec.passes.cost import Cost, Costs
from archspec.records import dataclass

Status: TypeAlias = Literal["same", "added", "removed", "changed"]

_MOST_LISTED = 4
"""A module of more layers is called by its structure."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one network has in a row. `copies` above 1: that many follow each other, `params` and `macs` are those of
    all of them together, `shape` is that of the last.
    """

    path: str
    name: str
    what: str
    copies: int
    shape: Shape
    params: int
    macs: int
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Row:
    """One step of the networks, or equal copies of it, in A, in B or in both."""

    status: Status
    depth: int
    is_module: bool
    a: Side | None
    b: Side | None
    changes: tuple[Change, ...] = ()

    @property
    def side(self) -> Side:
        """What B has, or else A."""
        found = self.b or self.a
        if found is None:
            raise InternalError("difference.rows: a row without a side")
        return found

    @property
    def other_shape(self) -> Shape | None:
        """The shape in A where it is not that in B."""
        return self.a.shape if self.a and self.b and self.a.shape != self.b.shape else None

    @property
    def params_change(self) -> int:
        return (self.b.params if self.b else 0) - (self.a.params if self.a else 0)

    @property
    def macs_change(self) -> int:
        return (self.b.macs if self.b else 0) - (self.a.macs if self.a else 0)

    @property
    def is_silent(self) -> bool:
        """Nothing differs, neither in it nor in its shape or costs."""
        return (
            self.status == "same"
            and self.other_shape is None
            and not self.params_change
            and not self.macs_change
        )


def rows(pairs: Sequence[Pair], forms: Forms, costs: tuple[Costs, Costs]) -> tuple[Row, ...]:
    """The rows of two aligned networks."""
    found = list(_Walk(costs).below([((pair,), pair) for pair in pairs], "", "", 0))
    return tuple(_joined(found, forms))


_Group: TypeAlias = "tuple[tuple[Pair, ...], Pair]"
"""The same pair in each of some copies, and one that stands for them: the last, whose shapes are shown."""
_Placed: TypeAlias = "tuple[Row, Site, int]"
"""A row, what stands for it in a network, and of how many steps it tells."""


class _Walk:
    def __init__(self, costs: tuple[Costs, Costs]) -> None:
        self.costs = costs

    def below(self, groups: Sequence[_Group], before_a: str, before_b: str, depth: int) -> Iterator[_Placed]:
        """Recursion is bounded by the depth of modules."""
        for run in _runs(groups):
            pairs = tuple(pair for group, _ in run for pair in group)
            first, last = run[0][1], run[-1][1]
            shared = last.a is not None and last.b is not None
            listed = not shared or last.around != ""
            a = self._side(0, before_a, [pair.a for pair in pairs], first.a, last.a, len(run), listed)
            b = self._side(1, before_b, [pair.b for pair in pairs], first.b, last.b, len(run), listed)
            site = last.b or last.a
            if site is None:
                raise InternalError("difference.rows: a pair without a side")
            is_module = isinstance(site.step.target, Module)
            yield Row(_status(last), depth, is_module, a, b, last.changes), site, len(pairs)
            inside = [
                (tuple(pair.inside[index] for pair in pairs), inner)
                for index, inner in enumerate(last.inside)
                if not _is_said(inner, last)
            ]
            in_a = before_a if last.around == "a" or a is None else f"{a.path}."
            in_b = before_b if last.around == "b" or b is None else f"{b.path}."
            yield from self.below(inside, in_a, in_b, depth + 1)

    def _side(
        self,
        which: int,
        before: str,
        sites: Sequence[Site | None],
        first: Site | None,
        last: Site | None,
        copies: int,
        listed: bool,
    ) -> Side | None:
        if first is None or last is None:
            return None
        cost = sum((self._cost(which, site) for site in sites if site is not None), Cost())
        names = [first.step.name] if copies == 1 else [first.step.name, last.step.name]
        name = " … ".join(names)
        return Side(
            path=before.removesuffix(".") if last.step.role == "join" else before + name,
            name=name,
            what=visible(_listed(last) if listed else _what(last)),
            copies=copies,
            shape=last.step.shape,
            params=cost.params,
            macs=cost.macs,
            file=visible(last.step.origin.span.source.name),
            line=last.step.origin.span.line,
        )

    def _cost(self, which: int, site: Site) -> Cost:
        return self.costs[which].of(site.module, site.index)


def _runs(groups: Sequence[_Group]) -> Iterator[list[_Group]]:
    """Neighbours that are copies and differ in the same way, together."""
    for _, run in groupby(enumerate(groups), lambda at: _run_key(at[0], at[1][1])):
        yield [group for _, group in run]


def _run_key(index: int, pair: Pair) -> tuple[int, int]:
    """The same for what may be one row; what is no copy is alone."""
    site = pair.b or pair.a
    is_copy = site is not None and site.module.structure == "repeat" and not pair.around
    return (pair.number, -1) if is_copy else (pair.number, index)


def _is_said(pair: Pair, around: Pair) -> bool:
    """Whether a change of what is around says what a step alone would: the number of copies, a skip with its sum."""
    site = pair.a or pair.b
    if site is None or (pair.a is not None and pair.b is not None):
        return False
    said = {change.what for change in around.changes}
    return "copies" in said or ("skip" in said and site.step.role == "join")


def _status(pair: Pair) -> Status:
    if pair.a is None:
        return "added"
    if pair.b is None:
        return "removed"
    return "same" if pair.same else "changed"


def _listed(site: Site) -> str:
    """The layers of a module where they are few; else as `_what`."""
    target = site.step.target
    return (contents(target) if isinstance(target, Module) else "") or _what(site)


def _what(site: Site) -> str:
    """The op as a picture writes it; of a module its block, its layers where they are few, or its structure."""
    target = site.step.target
    if isinstance(target, Op):
        return target.glyph(*site.inputs).text
    if target.structure == "repeat":
        return "1 copy" if len(target.steps) == 1 else f"{len(target.steps)} copies"
    if target.block is not None:
        return target.block.name
    if target.structure != "sequence":
        return target.structure
    steps = len(target.steps)
    kind = "part" if any(isinstance(step.target, Module) for step in target.steps) else "layer"
    return contents(target) or f"{steps} {kind}{'' if steps == 1 else 's'}"


def contents(module: Module) -> str:
    """The layers of a module, where they follow each other and are few; else nothing."""
    glyphs: list[str] = []
    for visit in walk(module):
        shapes = visit.module.inputs_of(visit.step)
        if len(shapes) > 1 or len(glyphs) == _MOST_LISTED or isinstance(visit.step.target, Module):
            return ""
        glyphs.append(visit.step.target.glyph(*shapes).text)
    return "; ".join(glyphs)


def _joined(placed: Sequence[_Placed], forms: Forms) -> Iterator[Row]:
    """The rows, with what was removed in one place and added in another as one row, where B has it."""
    waiting: dict[tuple[int, int], deque[int]] = {}
    for index, (row, site, steps) in enumerate(placed):
        if row.status == "removed" and _can_move(row):
            waiting.setdefault((forms.exact(site.step.target), steps), deque()).append(index)
    origins: dict[int, int] = {}
    for index, (row, site, steps) in enumerate(placed):
        if row.status == "added" and _can_move(row):
            candidates = waiting.get((forms.exact(site.step.target), steps))
            if candidates:
                origins[index] = candidates.popleft()
    gone = set(origins.values())
    for index, (row, _, _) in enumerate(placed):
        if index in origins:
            before = placed[origins[index]][0].side
            place = Change("place", before.path, row.side.path)
            yield replace(row, status="changed", a=before, changes=(place,))
        elif index not in gone:
            yield row


def _can_move(row: Row) -> bool:
    return row.side.params > 0
