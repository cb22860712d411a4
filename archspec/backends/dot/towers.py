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
    made_of: dict[_Name, frozenset[_Name]] = {}
    found: set[_Name] = set()
    for name, read in reads.items():
        sources = [made_of[one] for one in read]
        made_of[name] = frozenset[_Name]().union(*sources) if read else frozenset((name,))
        are_apart = len(read) > 1 and sum(map(len, sources)) == len(made_of[name])
        if are_apart and all(readers[one] == 1 for one in read):
            found.add(name)
    return frozenset(found)
