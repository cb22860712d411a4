"""Where paths from different inputs meet: the join of the two towers of a Siamese network.

In: what each step, or each part, reads. Out: the joins of what is made from different inputs, and read nowhere else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from itertools import chain
from typing import TypeVar

_Name = TypeVar("_Name", bound=Hashable)


def find_towers(reads: Mapping[_Name, Sequence[_Name]]) -> frozenset[_Name]:
    """`reads`: of each, in running order, what it reads. An input reads nothing."""
    readers = Counter(chain.from_iterable(map(set, reads.values())))
    made_of: dict[_Name, int] = {}
    """The inputs, a bit for each: sets would take as much memory as there are inputs, for every value."""
    found: set[_Name] = set()
    inputs = 0
    for name, read in reads.items():
        if not read:
            made_of[name] = 1 << inputs
            inputs += 1
            continue
        sources = made_of[read[0]]
        are_apart = len(read) > 1
        for one in read[1:]:
            are_apart = are_apart and not sources & made_of[one]
            sources |= made_of[one]
        made_of[name] = sources
        if are_apart and all(readers[one] == 1 for one in read):
            found.add(name)
    return frozenset(found)
