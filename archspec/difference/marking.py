"""What the alignment of two networks says of each step, by the step's path.

In: the pairs of the steps of both roots. Out: for each network the `Marks` of its steps. Holds: every path of a network
has a status: its own, or that of the nearest module around it which is wholly of one status.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Literal, TypeAlias

from archspec.difference.align import Pair
from archspec.difference.changes import Site
from archspec.difference.lines import SECONDARY
from archspec.difference.rows import Status
from archspec.ir import Module
from archspec.ops.base import Op
from archspec.records import dataclass

Which: TypeAlias = Literal[0, 1]
"""Network A or B."""


@dataclass(slots=True)
class Marks:
    """Of one network. Paths are those that a picture gives to nodes: a join's ends in the name of its op."""

    statuses: dict[str, Status] = field(default_factory=dict)
    """Of steps of one status with all that is in them."""
    own: dict[str, Status] = field(default_factory=dict)
    """Of modules that changed as a whole, whatever is in them: their names, or what they read."""
    equal: set[str] = field(default_factory=set)
    """The modules in which nothing differs."""
    skips: set[str] = field(default_factory=set)
    """The modules whose skip the other network does not have."""
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What is otherwise in the other network, where the text of the layer does not say it."""
    numbers: dict[str, int] = field(default_factory=dict)
    """Of steps that differ: the same for those that differ in the same way."""

    def of(self, path: str) -> Status:
        """Recursion is bounded by the depth of modules."""
        if path in self.statuses:
            return self.statuses[path]
        around = path.rpartition(".")[0]
        return self.of(around) if around else "same"


def mark(pairs: Sequence[Pair]) -> tuple[Marks, Marks]:
    """The marks of A and of B."""
    found = Marks(), Marks()
    for which in (0, 1):
        _mark(pairs, "", which, found[which])
    return found


def _mark(pairs: Sequence[Pair], before: str, which: Which, marks: Marks) -> None:
    """Recursion is bounded by the depth of modules."""
    for pair in pairs:
        site = pair.b if which else pair.a
        if site is None:
            continue
        path = before + _name(site)
        is_module = isinstance(site.step.target, Module)
        if pair.a is None or pair.b is None:
            marks.statuses[path] = "added" if which else "removed"
        elif pair.same:
            marks.statuses[path] = "same"
        elif not pair.inside:
            marks.statuses[path] = "changed"
        if not pair.same:
            marks.numbers[path] = pair.number
        if pair.a is None or pair.b is None:
            continue
        if is_module and not pair.inside:
            marks.equal.add(path)
        notes = tuple(_notes(pair, pair.a, pair.b, which))
        if notes:
            marks.notes[path] = notes
        whats = {change.what for change in pair.changes}
        if "skip" in whats:
            marks.skips.add(path)
        if whats - {"skip", "copies"} and pair.inside:
            marks.own[path] = "changed"
        stands_inside = pair.around == ("a", "b")[which]
        _mark(pair.inside, before if stands_inside else f"{path}.", which, marks)


def _notes(pair: Pair, a: Site, b: Site, which: Which) -> Iterator[str]:
    glyphs = [
        site.step.target.glyph(*site.inputs).text for site in (a, b) if isinstance(site.step.target, Op)
    ]
    is_told = len(set(glyphs)) > 1
    for change in pair.changes:
        value = change.b if which else change.a
        match change.what:
            case "copies" | "op" | "skip":
                continue
            case "name":
                yield f"named {value}"
            case "order":
                yield value
            case "reads" as what:
                yield f"{what} {value}"
            case what if not is_told and (len(pair.changes) == 1 or what not in SECONDARY):
                yield f"{what} {value}"


def _name(site: Site) -> str:
    """A join has no name of its own."""
    step = site.step
    return step.target.key if step.role == "join" and isinstance(step.target, Op) else step.name
