"""What of a checkpoint of A the network B would miss, not know, or find of another shape.

In: the pairs of the steps of both. Out: `Keys`. Holds: `missing`, `unexpected` and `reshaped` are what PyTorch's strict
loading complains of, in the order of the networks (but for the counters of new batch norms, which it sets to 0 by
itself). `renamed` are guesses: keys of layers that were paired, then keys that only one side has with the same last
name and shape, in the same order. `displaced` load without complaint and belong to another layer: what a list does to
the keys of what follows an insertion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from archspec.difference.align import Pair
from archspec.difference.changes import Site
from archspec.difference.sequences import align
from archspec.ir import Graph, Module, state
from archspec.ops.base import Op, Shape
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class Reshaped:
    """A key of both whose shapes differ."""

    key: str
    a: Shape
    b: Shape


@dataclass(frozen=True, slots=True)
class Keys:
    """How the keys of B differ from those of A."""

    missing: tuple[str, ...]
    """In B alone: a checkpoint of A does not have them."""
    unexpected: tuple[str, ...]
    """In A alone: B does not know them."""
    reshaped: tuple[Reshaped, ...]
    renamed: tuple[tuple[str, str], ...]
    """A key of A that B does not take, and the key of B that it may be."""
    displaced: tuple[tuple[str, str], ...]
    """A key of both, and the key that its layer has in B, where it fits as well."""
    reordered: bool
    """The same keys in another order, which the state of an optimizer goes by."""
    total: int
    """The keys of B."""

    @property
    def loads(self) -> bool:
        """Whether B takes a checkpoint of A without complaint."""
        return not (self.missing or self.unexpected or self.reshaped)


def compare_keys(a: Graph, b: Graph, pairs: Sequence[Pair]) -> Keys:
    """Compare the keys of two graphs, whose roots' steps are paired."""
    mine = {key: weight.shape for key, weight in state(a.root)}
    theirs = {key: weight.shape for key, weight in state(b.root)}
    missing = [key for key in theirs if key not in mine]
    unexpected = [key for key in mine if key not in theirs]
    moved = {old: new for old, new in _paired(pairs) if old != new and mine[old] == theirs[new]}
    taken = set(moved.values())
    renamed = {old: new for old, new in moved.items() if theirs.get(old) != mine[old]}
    renamed |= _alike(
        [key for key in unexpected if key not in moved],
        [key for key in missing if key not in taken],
        mine,
        theirs,
    )
    shared = [key for key in mine if key in theirs]
    return Keys(
        tuple(missing),
        tuple(unexpected),
        tuple(Reshaped(key, mine[key], theirs[key]) for key in shared if mine[key] != theirs[key]),
        tuple((key, renamed[key]) for key in mine if key in renamed),
        tuple((key, moved[key]) for key in shared if key in moved and key not in renamed),
        not missing and not unexpected and list(mine) != list(theirs),
        len(theirs),
    )


def _paired(pairs: Sequence[Pair]) -> Iterator[tuple[str, str]]:
    """The keys of the paired ops of both, where the op's weights are called the same."""
    stack = [("", "", pair) for pair in reversed(pairs)]
    while stack:
        before_a, before_b, pair = stack.pop()
        a, b = pair.a, pair.b
        if a is None or b is None or a.step.shared or b.step.shared:
            continue
        path_a, path_b = _path(before_a, a), _path(before_b, b)
        mine, theirs = a.step.target, b.step.target
        if isinstance(mine, Op) and isinstance(theirs, Op):
            there = {weight.name: weight for weight in theirs.weights(*b.inputs)}
            for weight in mine.weights(*a.inputs):
                if weight.name in there:
                    yield weight.key(path_a), there[weight.name].key(path_b)
        elif pair.inside:
            in_a = before_a if pair.around == "a" else f"{path_a}."
            in_b = before_b if pair.around == "b" else f"{path_b}."
            stack.extend((in_a, in_b, inner) for inner in reversed(pair.inside))
        elif isinstance(mine, Module) and isinstance(theirs, Module):
            equal = [
                Pair(Site(mine, index), Site(theirs, index), (), (), True, 0)
                for index in range(len(mine.steps))
            ]
            stack.extend((f"{path_a}.", f"{path_b}.", inner) for inner in reversed(equal))


def _path(before: str, site: Site) -> str:
    return before.removesuffix(".") if site.step.role == "join" else before + site.step.name


def _alike(
    unexpected: Sequence[str], missing: Sequence[str], mine: Mapping[str, Shape], theirs: Mapping[str, Shape]
) -> dict[str, str]:
    """Keys of the same last name and shape, in the order of both."""
    numbers: dict[tuple[str, Shape], int] = {}
    one, other = (
        [numbers.setdefault((key.rpartition(".")[2], shapes[key]), len(numbers)) for key in keys]
        for keys, shapes in ((unexpected, mine), (missing, theirs))
    )
    pairs = align(one, other, lambda i, j: int(one[i] == other[j]))
    return {unexpected[i]: missing[j] for i, j in pairs if i is not None and j is not None}
