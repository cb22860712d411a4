"""The blocks of a network, each way a block looks drawn once.

In: the modules that an overview meets. Out: for each a `Form`, which has a name; for each way to look a picture.
Holds: two modules are in one drawing if they differ in nothing but numbers, which activation they have and how much
they drop; what differs stands as one of the block's parameters (`symbols`). Of the modules of one drawing, those that
make their map smaller have a name of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TypeAlias

from archspec.backends.dot.blocks import draw_module
from archspec.backends.dot.optional_parts import skeleton
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
from archspec.backends.dot.symbols import Symbols
from archspec.ir import Constant, Module
from archspec.ops.base import Op
from archspec.records import dataclass

_HEADING = "name"
"""The node from which a template's edges come."""

_Skeleton: TypeAlias = tuple[str, Picture]


@dataclass(slots=True, eq=False)
class Form:
    """The modules of a drawing that have one name: those that make their map smaller, or the others."""

    drawing: Drawing
    reduces: bool
    copies: int = 0
    """How often the cards name it."""
    name: str = ""

    def values(self, module: Module) -> Mapping[str, Constant]:
        return self.drawing.symbols.values_of(module)


@dataclass(slots=True, eq=False)
class Drawing:
    """A block as it is drawn: every module of the network that looks like this but for numbers and words."""

    block: str
    pictures: dict[Module, Picture] = field(default_factory=dict)
    forms: dict[bool, Form] = field(default_factory=dict)
    symbols: Symbols = field(init=False)
    texts: tuple[str, ...] = ()
    places: dict[str, None] = field(default_factory=dict)
    """The steps that hold it."""

    def add(self, module: Module, picture: Picture) -> Form:
        self.pictures[module] = picture
        reduces = _reduces(module)
        return self.forms.setdefault(reduces, Form(self, reduces))

    def unify(self) -> None:
        """Find the texts of the picture, once every module is known."""
        rates = {_dropped(module) for module in self.pictures}
        if len(rates) == 1 and rates != {()}:  # all drop as much: what drops nothing is not drawn
            self.pictures = {module: _draw(module, varied=False) for module in self.pictures}
        self.symbols = Symbols({module: _reduces(module) for module in self.pictures})
        columns = zip(*(texts(picture) for picture in self.pictures.values()), strict=True)
        self.texts = tuple(self.symbols.unify(column) for column in columns)

    def picture(self, prefix: str) -> Picture:
        """The block drawn below the names of its forms."""
        drawn = next(iter(self.pictures.values()))
        words = iter(self.texts)
        if len(self.pictures) > 1:
            drawn = rewrite(drawn, lambda _: next(words))
        forms = sorted(self.forms.values(), key=lambda form: not form.reduces)
        names = [form.name for form in forms]
        title = ", ".join(names)
        if len(self.places) == 1 and any(module.block is None for module in self.pictures):
            title = f"{next(iter(self.places))}: {title}"  # a structure has no name of its own
        key = self.symbols.key()
        if self.symbols.strides:
            key = (*key, f"{names[-1]}: without {' and '.join(self.symbols.strides)}")
        folds = [item for item in drawn.items if isinstance(item, Heading)]
        key = (*key, *(_told(*fold.small) for fold in folds))
        nodes = (item for item in drawn.items if not isinstance(item, Heading))
        whole = replace(drawn, items=(Heading(_HEADING, title, key, SPINE), *nodes))
        return rename(whole, lambda name: f"{prefix} {name}")


class Templates:
    """The forms of a network's blocks, in the order in which the network runs."""

    def __init__(self) -> None:
        self._drawings: dict[_Skeleton, Drawing] = {}
        self._of: dict[Module, Form] = {}

    def form_of(self, module: Module) -> Form:
        """The form of a module. What is no block has its structure's name."""
        form = self._of.get(module)
        if form is None:
            name = module.block.name if module.block is not None else module.structure
            drawn = _draw(module, varied=_dropped(module) != ())
            activations = frozenset(_activations(module))
            key = (name, rewrite(drawn, lambda text: skeleton(text, activations), keep_parts=False))
            form = self._of[module] = self._drawings.setdefault(key, Drawing(name)).add(module, drawn)
        return form

    def finish(self) -> tuple[Drawing, ...]:
        """All drawings, with the names of their forms, once every module has been asked for."""
        drawings = tuple(self._drawings.values())
        for drawing in drawings:
            drawing.unify()
        forms = list(dict.fromkeys(self._of.values()))
        for block in dict.fromkeys(drawing.block for drawing in drawings):
            _name([form for form in forms if form.drawing.block == block])
        return drawings


def _draw(module: Module, *, varied: bool) -> Picture:
    """`varied`: with dropout of whatever probability, 0 included."""
    drawn = draw_module(module, _HEADING, varied=varied)
    return replace(drawn, items=tuple(_without_outlines(drawn.items)))


def _without_outlines(items: Sequence[Node | Group]) -> Iterator[Node]:
    """The nodes. Graphviz draws no outlines in pictures that it packs, so that words say what is repeated: of one box,
    its own; of several, a heading for the block's, which is no node of the drawing.
    """
    for item in items:
        if not isinstance(item, Group):
            yield item
            continue
        inside = list(_without_outlines(item.items))
        nodes = [node for node in inside if not isinstance(node, Heading)]
        if item.count > 1 and len(nodes) > 1:
            ends = (_said(nodes[0], "the fork"), _said(nodes[-1], "the end"))
            yield Heading(f"{item.id} repeated", "", (f"repeated × {item.count}", *ends, item.growth), SPINE)
        elif item.count > 1 and nodes and isinstance(nodes[0], Box | Merge | Bar | Paths):
            small = (*nodes[0].small, *filter(None, (f"{item.count} times", item.growth)))
            inside = [replace(nodes[0], small=small) if node is nodes[0] else node for node in inside]
        yield from inside


def _said(node: Node, otherwise: str) -> str:
    """What a node is called, at an end of what is repeated."""
    if isinstance(node, Box | Merge | Paths):
        return node.text
    return "concat" if isinstance(node, Bar) else otherwise


def _told(times: str, first: str, last: str, growth: str) -> str:
    """What is repeated, as a line of the block's heading."""
    return f"{times}: {first} to {last}" + (f" ({growth})" if growth else "")


def _name(forms: list[Form]) -> None:
    """The most frequent form has the block's name; an arrow marks those that make the map smaller where it does not, a
    stroke others.
    """
    plain = max(forms, key=lambda form: (not form.reduces, form.copies))
    marks: Counter[str] = Counter()
    for form in forms:
        mark = "" if form is plain else "↓" if form.reduces > plain.reduces else "′"
        number = marks[mark]
        marks[mark] += 1
        form.name = form.drawing.block + mark + (str(number + 1) if number else "")


def _ops(module: Module) -> Iterator[tuple[Op, Module, int]]:
    """Every op of a module, with where it stands."""
    for index, step in enumerate(module.steps):
        if isinstance(step.target, Module):
            yield from _ops(step.target)
        else:
            yield step.target, module, index


def _dropped(module: Module) -> tuple[float, ...]:
    """How much each dropout of a module drops."""
    return tuple(float(getattr(op, "p", 0.0)) for op, _, _ in _ops(module) if op.kind == "dropout")


def _activations(module: Module) -> Iterator[str]:
    """What the activations of a module are called."""
    for op, holder, index in _ops(module):
        if op.kind == "activation":
            yield op.glyph(*holder.inputs_of(holder.steps[index])).text


def _reduces(module: Module) -> bool:
    """Whether a module makes its map smaller."""
    return _size(module.shape(module.outputs[0])) < _size(module.inputs[0])


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for length in shape[1:]:
        size *= length
    return size
