"""Networks that go down and up again: an encoder, a decoder, and values carried across between them.

In: the parts of a network. Out: which of them go down, which go up and which stand across between the two; `None` for
any other network.
Holds: at least two joins on the way up read what was made on the way down; each of them a larger map than the join
before it, made further up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import prod

from archspec.backends.dot.cards import Part
from archspec.backends.dot.picture import BOTTOM
from archspec.records import dataclass

_FEWEST_JOINS = 2


@dataclass(frozen=True, slots=True)
class UShape:
    """Names of parts. `up` is the way up to the last join; `after` is what follows that join, if there is one output.
    Each level stands at one height.
    """

    down: frozenset[str]
    up: frozenset[str]
    after: frozenset[str]
    rising: frozenset[str]
    """The bottom, and everything after it."""
    levels: tuple[tuple[str, ...], ...]
    columns: Mapping[str, str]
    """Of the parts that stand below others. Outputs of several heights stand below each other too."""
    turn: str

    def leads_across(self, tail: str) -> bool:
        """Whether what comes from a part has not been at the bottom."""
        return tail not in self.rising

    def is_carried(self, tail: str, head: str) -> bool:
        """Whether a value goes straight from the way down to the way up, past the bottom."""
        return head != self.turn and self.is_flat(tail, head) and self.leads_across(tail)

    def ties(self) -> Iterator[tuple[str, str]]:
        """The parts beside the way up that stand below each other, of which nothing leads from one to the next."""
        beside: dict[str, list[str]] = {}
        for name, column in self.columns.items():
            if name not in self.down | self.up | self.after | {self.turn}:
                beside.setdefault(column, []).append(name)
        for names in beside.values():
            yield from pairwise(names)

    def goes_up(self, tail: str, head: str) -> bool:
        return head in self.up | self.after and not self.leads_across(tail)

    def is_flat(self, tail: str, head: str) -> bool:
        return any(tail in level and head in level for level in self.levels)


def find_u(parts: Sequence[Part]) -> UShape | None:
    """The U of a network."""
    main = {part.id: part for part in parts if part.kind != "aux" and len(part.shape) > 1}
    joins = [part for part in main.values() if len(part.reads) > 1]
    if len(joins) < _FEWEST_JOINS:
        return None
    last = joins[-1].id
    low = min(_size(part) for part in main.values())
    on_the_way = _leading_to(main, last)
    turn = next((name for name in reversed(main) if name in on_the_way and _size(main[name]) == low), None)
    if turn is None:
        return None
    down = _leading_to(main, turn)
    up = _made_of(main, turn) & (on_the_way | {last})
    across = [part for part in joins if part.id in up and any(read not in up | {turn} for read in part.reads)]
    if len(across) < _FEWEST_JOINS or not _is_nested(main, turn, down, up, across):
        return None
    return _drawn(parts, main, turn, down, up, across)


def _is_nested(
    main: dict[str, Part], turn: str, down: frozenset[str], up: frozenset[str], joins: Sequence[Part]
) -> bool:
    order = list(main)
    sources = [
        [_bridge(main, down, read)[0] for read in join.reads if read not in up and read != turn]
        for join in joins
    ]
    if any(len(read) != 1 or read[0] not in down for read in sources):
        return False
    places = [order.index(read[0]) for read in sources]
    sizes = [_size(join) for join in joins]
    return all(one > two for one, two in pairwise(places)) and all(one < two for one, two in pairwise(sizes))


def _drawn(
    parts: Sequence[Part],
    main: dict[str, Part],
    turn: str,
    down: frozenset[str],
    up: frozenset[str],
    joins: Sequence[Part],
) -> UShape:
    levels: list[list[str]] = []
    for join in joins:
        for read in join.reads:
            if read not in up and read != turn:
                levels.append([*_bridge(main, down, read), join.id])
    outputs = [part for part in parts if part.kind == "output"]
    rest = [part for part in parts if part.id not in down | up | {turn} and part.kind != "aux"]
    placed = {name for level in levels for name in level}
    rest = [part for part in rest if part.id not in placed]
    after: frozenset[str] = frozenset()
    beside: dict[str, str] = {}
    bottom: set[str] = set()
    if len(outputs) == 1:
        after = frozenset(part.id for part in rest)
        levels += [[part.id, outputs[0].id] for part in parts if part.kind == "input"][:1]
    else:
        for part in rest:
            level = next((level for level in levels if part.reads[0] in level), None)
            if level is None:
                level = [part.reads[0]]
                levels.append(level)
                above = main[turn].reads[0]
                if level == [turn] and _size(main[above]) == _size(main[turn]):
                    level.insert(0, above)
                    bottom.add(turn)  # below the joins
            level.append(part.id)
            beside[part.id] = f"beside {sum(name in beside for name in level)}"
        sizes = {part.id: _size(part) for part in rest}
        beside = dict(sorted(beside.items(), key=lambda item: -sizes[item[0]]))
    bridges = {name for level in levels for name in level} - up - {turn}
    rising = frozenset(main) - down - bridges | {part.id for part in rest}
    columns = {turn: BOTTOM} | dict.fromkeys(down, "down") | dict.fromkeys(up | after | bottom, "up") | beside
    return UShape(down, up, after, rising, tuple(map(tuple, _united(levels))), columns, turn)


def _bridge(main: dict[str, Part], down: frozenset[str], name: str) -> list[str]:
    """What leads from the way down to a join, from left to right."""
    bridge = [name]
    while bridge[0] not in down and main[bridge[0]].reads:
        bridge.insert(0, main[bridge[0]].reads[0])
    return bridge


def _united(levels: Sequence[list[str]]) -> Iterator[list[str]]:
    """Levels that share a part are one."""
    merged: list[list[str]] = []
    for level in levels:
        other = next((other for other in merged if set(other) & set(level)), None)
        if other is None:
            merged.append(list(level))
        else:
            other.extend(name for name in level if name not in other)
    yield from merged


def _leading_to(main: dict[str, Part], name: str) -> frozenset[str]:
    """The parts from which a part is made."""
    found: set[str] = set()
    pending = [name]
    while pending:
        new = [read for read in main[pending.pop()].reads if read in main and read not in found]
        found.update(new)
        pending.extend(new)
    return frozenset(found)


def _made_of(main: dict[str, Part], name: str) -> frozenset[str]:
    """The parts that are made from a part. Parts stand after what they read."""
    found = {name}
    for part in main.values():
        if not found.isdisjoint(part.reads):
            found.add(part.id)
    return frozenset(found - {name})


def _size(part: Part) -> int:
    return prod(part.shape[1:])
