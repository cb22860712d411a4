"""The parts of a picture, however deep they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archspec.backends.dot.picture import Group, Node


def groups(items: Sequence[Node | Group]) -> Iterator[Group]:
    for item in items:
        if isinstance(item, Group):
            yield item
            yield from groups(item.items)


def nodes(items: Sequence[Node | Group]) -> Iterator[Node]:
    for item in items:
        if isinstance(item, Group):
            yield from nodes(item.items)
        else:
            yield item
