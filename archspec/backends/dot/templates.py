"""The blocks of a network, each form of a block drawn once.

In: the modules that an overview meets. Out: for each a `Form`; for each form a picture.
Holds: two modules have one form if their drawings differ in nothing but numbers, and both or neither make the map
smaller; where the numbers differ, the picture shows the block's parameters in their place (`symbols`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TypeAlias

from archspec.backends.dot.blocks import draw_module
from archspec.backends.dot.picture import (
    SPINE,
    Bar,
    Box,
    Group,
    Heading,
    Merge,
    Node,
    Paths,
    Picture,
)
from archspec.backends.dot.rewriting import rename, rewrite, texts
from archspec.backends.dot.symbols import Symbols, skeleton
from archspec.ir import Constant, Module
from archspec.records import dataclass

_HEADING = "name"
"""The node from which a template's edges come."""

_Skeleton: TypeAlias = tuple[str, bool, Picture]


@dataclass(slots=True, eq=False)
class Form:
    """A block as it is drawn: every module of the network that looks like this but for numbers."""

    block: str
    reduces: bool
    """Its modules make their map smaller."""
    pictures: dict[Module, Picture] = field(default_factory=dict)
    copies: int = 0
    """How often the cards name it."""
    name: str = ""
    symbols: Symbols = field(init=False)
    texts: tuple[str, ...] = ()

    def values(self, module: Module) -> Mapping[str, Constant]:
        return self.symbols.values_of(module)

    def unify(self) -> None:
        """Find the texts of the picture, once every module is known."""
        self.symbols = Symbols(tuple(self.pictures))
        columns = zip(*(texts(picture) for picture in self.pictures.values()), strict=True)
        self.texts = tuple(self.symbols.unify(column) for column in columns)

    def picture(self, prefix: str) -> Picture:
        """The form drawn below its name."""
        drawn = next(iter(self.pictures.values()))
        words = iter(self.texts)
        if len(self.pictures) > 1:
            drawn = rewrite(drawn, lambda _: next(words))
        heading = Heading(_HEADING, self.name, self.symbols.key(), SPINE)
        whole = replace(drawn, items=(heading, *drawn.items))
        return rename(whole, lambda name: f"{prefix} {name}")


class Templates:
    """The forms of a network's blocks, in the order in which the network runs."""

    def __init__(self) -> None:
        self._forms: dict[_Skeleton, Form] = {}
        self._of: dict[Module, Form] = {}

    def form_of(self, module: Module) -> Form:
        """The form of a module. What is no block has its structure's name."""
        form = self._of.get(module)
        if form is None:
            name = module.block.name if module.block is not None else module.structure
            drawn = draw_module(module, _HEADING)
            drawn = replace(drawn, items=tuple(_without_outlines(drawn.items)))
            reduces = _size(module.shape(module.outputs[0])) < _size(module.inputs[0])
            key = (name, reduces, rewrite(drawn, skeleton, keep_parts=False))
            form = self._of[module] = self._forms.setdefault(key, Form(name, reduces))
            form.pictures[module] = drawn
        return form

    def finish(self) -> tuple[Form, ...]:
        """All forms, named, once every module has been asked for."""
        forms = tuple(self._forms.values())
        for form in forms:
            form.unify()
        for block in dict.fromkeys(form.block for form in forms):
            _name([form for form in forms if form.block == block])
        return forms


def _without_outlines(items: Sequence[Node | Group]) -> Iterator[Node]:
    """The nodes. Graphviz draws no outlines in pictures that it packs, so that the last node of a fold says what is
    repeated.
    """
    for item in items:
        if not isinstance(item, Group):
            yield item
            continue
        inside = list(_without_outlines(item.items))
        last = inside[-1] if inside else None
        if item.count > 1 and isinstance(last, Box | Merge | Bar | Paths):
            first, *rest = inside
            start = first.text if isinstance(first, Box | Merge) and rest else "the fork"
            times = f"{item.count} times" + (f" from {start}" if rest else "")
            inside[-1] = replace(last, small=(*last.small, *filter(None, (times, item.growth))))
        yield from inside


def _name(forms: list[Form]) -> None:
    """The most frequent form has the block's name; an arrow marks those that make the map smaller, a stroke others."""
    plain = max(forms, key=lambda form: (not form.reduces, form.copies))
    marks: Counter[str] = Counter()
    for form in forms:
        mark = "" if form is plain else "↓" if form.reduces else "′"
        number = marks[mark]
        marks[mark] += 1
        form.name = form.block + mark + (str(number + 1) if number else "")


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for length in shape[1:]:
        size *= length
    return size
