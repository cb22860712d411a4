"""Two graphs side by side, module by module.

In: two graphs. Out: the `Pair`s of the steps of their roots, with pairs of what is in them. Holds: every step of both
is in one pair; a pair of two steps says what differs between them, and what differs in them is said inside; shapes are
no difference, for they follow from one.

Steps of a module are paired by their names first. Those in lists, which have numbers for names, and those whose name
only one side knows are paired by what they are, between the neighbours that are paired already. The copies of a repeat
are equal from the start or from the end on, and the rest stand beside each other by position. What the same two modules
have in common is worked out once. Recursion is bounded by the depth of modules.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Hashable, Iterator, Sequence
from typing import Final, Literal

from archspec.difference.changes import Change, Site, Wiring, module_changes, op_changes, place_changes
from archspec.difference.forms import Forms
from archspec.difference.sequences import align
from archspec.ir import Graph, Module, Step
from archspec.ops.base import Op
from archspec.records import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A step of A beside one of B, or alone. `inside` are the pairs of what is in it; empty where nothing differs.

    `number` is the same for pairs that differ in nothing but shapes and the steps' own names. `around`: the step of
    that side stands whole in the other's, which has more beside it.
    """

    a: Site | None
    b: Site | None
    changes: tuple[Change, ...]
    inside: tuple[Pair, ...]
    same: bool
    number: int
    around: Literal["", "a", "b"] = ""


_EQUAL: Final = 10
_RENAMED_INSIDE: Final = 9
_SAME_BLOCK: Final = 5
_SAME_OP: Final = 4
_SAME_KIND: Final = 2
_NAMED_ALIKE: Final = 1


class Aligner:
    """Aligns modules of two graphs."""

    def __init__(self, a: Graph, b: Graph) -> None:
        self.forms = Forms(a, b)
        self._roots = a.root, b.root
        self._known: dict[tuple[Hashable, Hashable], tuple[Pair, ...]] = {}

    def roots(self) -> tuple[Pair, ...]:
        return self.modules(*self._roots)

    def modules(self, a: Module, b: Module) -> tuple[Pair, ...]:
        """The pairs of what is in two modules."""
        key = (a, b)
        if key not in self._known:
            self._known[key] = self._sites(_sites(a), _sites(b))
        return self._known[key]

    def _sites(self, a: Sequence[Site], b: Sequence[Site], *, around: bool = False) -> tuple[Pair, ...]:
        """The pairs of two lines of steps; `around`: one of them is a single step from outside."""
        found = self._copies(a, b) if _is_repeat(a) and _is_repeat(b) else self._named(a, b)
        sites = [(None if i is None else a[i], None if j is None else b[j], moved) for i, j, moved in found]
        wiring = None if around else Wiring(sites)
        return tuple(self._pair(mine, theirs, wiring, is_moved) for mine, theirs, is_moved in sites)

    # Which step belongs to which.

    def _copies(self, a: Sequence[Site], b: Sequence[Site]) -> list[_Found]:
        numbers = [[self.forms.exact(site.step.target) for site in sites] for sites in (a, b)]
        shorter = min(len(a), len(b))
        start = next((n for n in range(shorter) if numbers[0][n] != numbers[1][n]), shorter)
        tail = next((n for n in range(shorter - start) if numbers[0][-1 - n] != numbers[1][-1 - n]), None)
        tail = shorter - start if tail is None else tail
        middle = shorter - tail
        found: list[_Found] = [(n, n, False) for n in range(middle)]
        found += [(n, None, False) for n in range(middle, len(a) - tail)]
        found += [(None, n, False) for n in range(middle, len(b) - tail)]
        found += [(len(a) - tail + n, len(b) - tail + n, False) for n in range(tail)]
        return found

    def _named(self, a: Sequence[Site], b: Sequence[Site]) -> list[_Found]:
        """By name; then, between the pairs that keep their order, by what the steps are."""
        places = {label: j for j, label in enumerate(_labels(b)) if label is not None}
        by_name = [
            (i, places[label])
            for i, label in enumerate(_labels(a))
            if label in places and self._comparable(a[i].step, b[places[label]].step)
        ]
        kept = _in_order(by_name, a)
        in_order = set(kept)
        moved = sorted((pair for pair in by_name if pair not in in_order), key=lambda pair: pair[1])
        free_a = sorted(set(range(len(a))) - {i for i, _ in by_name})
        free_b = sorted(set(range(len(b))) - {j for _, j in by_name})
        found: list[_Found] = []
        last_a = last_b = 0
        for end_a, end_b in (*kept, (len(a), len(b))):
            found.extend(self._alike(a, b, _between(free_a, last_a, end_a), _between(free_b, last_b, end_b)))
            if end_a < len(a):
                found.append((end_a, end_b, False))
            last_a, last_b = end_a, end_b
        return _with_moved(found, moved)

    def _alike(
        self, a: Sequence[Site], b: Sequence[Site], gap_a: Sequence[int], gap_b: Sequence[int]
    ) -> Iterator[_Found]:
        mine, theirs = (
            [self.forms.exact(sites[index].step.target) for index in gap]
            for sites, gap in ((a, gap_a), (b, gap_b))
        )
        pairs = align(mine, theirs, lambda i, j: self._likeness(a[gap_a[i]].step, b[gap_b[j]].step))
        for i, j in pairs:
            yield None if i is None else gap_a[i], None if j is None else gap_b[j], False

    def _likeness(self, a: Step, b: Step) -> int:
        if (a.role == "join") != (b.role == "join"):
            return 0
        named = _NAMED_ALIKE if a.name == b.name else 0
        mine, theirs = a.target, b.target
        if self.forms.exact(mine) == self.forms.exact(theirs):
            return _EQUAL + named
        if self.forms.form(mine) == self.forms.form(theirs):
            return _RENAMED_INSIDE + named
        if isinstance(mine, Op) and isinstance(theirs, Op):
            if mine.key == theirs.key:
                return _SAME_OP + named
            in_lists = a.name.isdigit() and b.name.isdigit()
            return _SAME_KIND + named if mine.kind == theirs.kind and in_lists else 0
        if isinstance(mine, Module) and isinstance(theirs, Module):
            if mine.block is not None and theirs.block is not None and mine.block.name == theirs.block.name:
                return _SAME_BLOCK + named
            in_lists = a.name.isdigit() and b.name.isdigit()
            return _SAME_KIND + named if mine.structure == theirs.structure and in_lists else 0
        return 0

    def _comparable(self, a: Step, b: Step) -> bool:
        """Whether two steps of one name can be one step that changed."""
        if isinstance(a.target, Op) == isinstance(b.target, Op):
            return True
        return self._around(a, b) != ""

    def _around(self, a: Step, b: Step) -> Literal["", "a", "b"]:
        """The side whose step stands, as it is or changed, among the steps of the other side's plain sequence."""
        sides: tuple[tuple[Literal["a", "b"], Step, Step], ...] = (("a", a, b), ("b", b, a))
        for side, whole, parts in sides:
            if not isinstance(parts.target, Module) or not _is_plain(parts.target):
                continue
            if isinstance(whole.target, Module) and _is_plain(whole.target):
                continue
            if any(self._is_likely(whole, part) for part in parts.target.steps):
                return side
        return ""

    def _is_likely(self, whole: Step, part: Step) -> bool:
        if isinstance(whole.target, Module) or isinstance(part.target, Module):
            return self._likeness(whole, part) >= _SAME_BLOCK
        return whole.target.key == part.target.key

    # What differs between two steps.

    def _pair(self, a: Site | None, b: Site | None, wiring: Wiring | None, is_moved: bool) -> Pair:
        if a is None or b is None:
            return Pair(a, b, (), (), False, self.forms.number(("alone", self._exact(a), self._exact(b))))
        mine, theirs = a.step.target, b.step.target
        changes = list(place_changes(a, b, wiring, is_moved))
        inside: tuple[Pair, ...] = ()
        around: Literal["", "a", "b"] = ""
        if isinstance(mine, Op) and isinstance(theirs, Op):
            changes.extend(op_changes(mine, theirs, a.inputs))
        elif self._exact(a) != self._exact(b):
            around = self._around(a.step, b.step)
            changes.extend(() if around else module_changes(mine, theirs))
            inside = self._inside(a, b, around)
            inside = () if all(pair.same for pair in inside) else inside
        bare = tuple(change for change in changes if change.what != "name")
        below = tuple(pair.number for pair in inside)
        number = self.forms.number(("pair", self._exact(a), self._exact(b), bare, below))
        return Pair(a, b, tuple(changes), inside, not changes and not inside, number, around)

    def _exact(self, site: Site | None) -> int | None:
        return None if site is None else self.forms.exact(site.step.target)

    def _inside(self, a: Site, b: Site, around: str) -> tuple[Pair, ...]:
        mine, theirs = a.step.target, b.step.target
        if around == "a" and isinstance(theirs, Module):
            return self._sites((a,), _sites(theirs), around=True)
        if around == "b" and isinstance(mine, Module):
            return self._sites(_sites(mine), (b,), around=True)
        if isinstance(mine, Module) and isinstance(theirs, Module):
            return self.modules(mine, theirs)
        return ()


_Found = tuple[int | None, int | None, bool]
"""Indices of a step of A and one of B, and whether it has moved among its neighbours."""


def _between(numbers: Sequence[int], first: int, end: int) -> Sequence[int]:
    return numbers[bisect_left(numbers, first) : bisect_left(numbers, end)]


def _with_moved(found: Sequence[_Found], moved: Sequence[tuple[int, int]]) -> list[_Found]:
    """The pairs that moved, put among the others where B has them."""
    whole: list[_Found] = []
    waiting = deque(moved)
    for i, j, is_moved in found:
        while waiting and j is not None and waiting[0][1] < j:
            whole.append((*waiting.popleft(), True))
        whole.append((i, j, is_moved))
    whole.extend((*pair, True) for pair in waiting)
    return whole


def _sites(module: Module) -> tuple[Site, ...]:
    return tuple(Site(module, index) for index in range(len(module.steps)))


def _is_repeat(sites: Sequence[Site]) -> bool:
    return bool(sites) and sites[0].module.structure == "repeat"


def _is_plain(module: Module) -> bool:
    """Whether it is nothing but a list of steps."""
    return module.structure == "sequence" and module.block is None


def _labels(sites: Sequence[Site]) -> Iterator[Hashable]:
    """What each step is called, once for each call; `None` for a number, which tells of a place and not of a step."""
    seen: Counter[tuple[str, bool]] = Counter()
    for site in sites:
        label = (site.step.name, site.step.role == "join")
        seen[label] += 1
        yield None if site.step.name.isdigit() else (*label, seen[label])


def _in_order(pairs: Sequence[tuple[int, int]], a: Sequence[Site]) -> list[tuple[int, int]]:
    """The most pairs that keep their order. Joins come first: what stands on another side of one has moved, not it."""
    joins = _longest_rising([pair for pair in pairs if a[pair[0]].step.role == "join"])
    firsts, seconds = [i for i, _ in joins], [j for _, j in joins]
    return _longest_rising([(i, j) for i, j in pairs if bisect_left(firsts, i) == bisect_left(seconds, j)])


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The most pairs whose second members rise as the first do."""
    ends: list[int] = []
    at: list[int] = []
    before: list[int | None] = []
    for index, (_, second) in enumerate(pairs):
        place = bisect_left(ends, second)
        before.append(at[place - 1] if place else None)
        if place == len(ends):
            ends.append(second)
            at.append(index)
        else:
            ends[place], at[place] = second, index
    rising: list[tuple[int, int]] = []
    index_: int | None = at[-1] if at else None
    while index_ is not None:
        rising.append(pairs[index_])
        index_ = before[index_]
    return rising[::-1]
