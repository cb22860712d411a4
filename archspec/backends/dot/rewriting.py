"""The words of a picture, taken out and put back.

In: a picture. Out: its words in a fixed order, or the same picture with other words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from archspec.backends.dot.picture import Bar, Box, Edge, Group, Heading, Merge, Node, Path, Paths, Picture

Rewrite: TypeAlias = Callable[[str], str]


def rewrite(picture: Picture, words: Rewrite, *, keep_parts: bool = True) -> Picture:
    """The picture with every text replaced, in a fixed order. The parts of a bar become its `symbols`;
    `keep_parts`: their sizes remain beside."""
    return replace(picture, items=_rewrite_items(picture.items, words, keep_parts))


def texts(picture: Picture) -> tuple[str, ...]:
    """Every text of a picture, in the order of `rewrite`."""
    found: list[str] = []

    def collect(text: str) -> str:
        found.append(text)
        return text

    rewrite(picture, collect)
    return tuple(found)


def rename(picture: Picture, name: Rewrite, column: Rewrite | None = None) -> Picture:
    """The picture with other names for its nodes and columns. `column`: what a column is called, if not as a node."""
    return replace(
        picture,
        items=_rename_items(picture.items, name, column or name),
        edges=tuple(_rename_edge(edge, name) for edge in picture.edges),
        levels=tuple(tuple(map(name, level)) for level in picture.levels),
    )


def _rewrite_items(
    items: Sequence[Node | Group], words: Rewrite, keep_parts: bool
) -> tuple[Node | Group, ...]:
    return tuple(_rewrite_item(item, words, keep_parts) for item in items)


def _rewrite_item(item: Node | Group, words: Rewrite, keep_parts: bool) -> Node | Group:
    if isinstance(item, Group):
        growth = words(item.growth)
        return replace(item, growth=growth, items=_rewrite_items(item.items, words, keep_parts))
    if isinstance(item, Box | Merge):
        text = words(item.text)
        return replace(item, text=text, small=tuple(map(words, item.small)))
    if isinstance(item, Paths):
        rows = tuple(_rewrite_path(path, words) for path in item.rows)
        return replace(item, rows=rows, text=words(item.text), small=tuple(map(words, item.small)))
    if isinstance(item, Heading):
        return replace(item, small=tuple(map(words, item.small)))
    if isinstance(item, Bar):
        symbols = tuple(map(words, item.words()))
        parts = item.parts if keep_parts else ()
        return replace(item, parts=parts, symbols=symbols, small=tuple(map(words, item.small)))
    return item


def _rewrite_path(path: Path, words: Rewrite) -> Path:
    layers = (
        replace(layer, text=words(layer.text), small=tuple(map(words, layer.small))) for layer in path.layers
    )
    return replace(path, layers=tuple(layers))


def _rename_items(items: Sequence[Node | Group], name: Rewrite, column: Rewrite) -> tuple[Node | Group, ...]:
    return tuple(_rename_item(item, name, column) for item in items)


def _rename_item(item: Node | Group, name: Rewrite, column: Rewrite) -> Node | Group:
    if isinstance(item, Group):
        return replace(item, id=f"cluster {name(item.id)}", items=_rename_items(item.items, name, column))
    return replace(item, id=name(item.id), column=column(item.column))


def _rename_edge(edge: Edge, name: Rewrite) -> Edge:
    return replace(edge, tail=name(edge.tail), head=name(edge.head))
