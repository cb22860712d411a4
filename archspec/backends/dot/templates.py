"""The blocks of a network, each way a block looks drawn once.

In: the modules that an overview meets. Out: for each a `Form`, which has a name; for each way to look a picture.
Holds: two modules are in one drawing if they differ in nothing but numbers, which activation they have and how much
they drop; what differs stands as one of the block's parameters (`symbols`). Of the modules of one drawing, those that
make their map smaller have a name of their own. A block that another would show more than once is a box there, with the
name of its form (`nested`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TypeAlias

from archspec.backends.dot.blocks import draw_module
from archspec.backends.dot.nested import NestedBlocks, calls_of, find_repeated
from archspec.backends.dot.optional_parts import skeleton
from archspec.backends.dot.picture import (
    SPINE,
    Bar,
    Box,
    Fork,
    Group,
    Heading,
    Merge,
    Node,
    Paths,
    Picture,
)
from archspec.backends.dot.rewriting import rename, rewrite, texts
from archspec.backends.dot.symbols import Symbols
from archspec.backends.dot.titles import short_name
from archspec.ir import Constant, Module
from archspec.ops.base import Op
from archspec.records import dataclass

_HEADING = "name"
"""The node from which a template's edges come."""

_Skeleton: TypeAlias = "tuple[str, Picture, tuple[Drawing, ...]]"


@dataclass(slots=True, eq=False)
class Form:
    """The modules of a drawing that have one name: those that make their map smaller, or the others."""

    drawing: Drawing
    reduces: bool
    copies: int = 0
    """How often the cards, and the drawings of other blocks, name it."""
    name: str = ""

    def values(self, module: Module) -> Mapping[str, Constant]:
        return self.drawing.symbols.values_of(module)


@dataclass(slots=True, eq=False)
class Drawing:
    """A block as it is drawn: every module of the network that looks like this but for numbers and words."""

    block: str
    named: frozenset[str]
    """The blocks that are boxes in others."""
    pictures: dict[Module, Picture] = field(default_factory=dict)
    boxes: dict[Module, Mapping[str, _Called]] = field(default_factory=dict)
    """Of each module the boxes that stand for other blocks."""
    forms: dict[bool, Form] = field(default_factory=dict)
    symbols: Symbols = field(init=False)
    texts: tuple[str, ...] = ()
    places: dict[str, None] = field(default_factory=dict)
    """The steps that hold it."""

    def add(self, module: Module, picture: Picture, boxes: Mapping[str, _Called]) -> Form:
        self.pictures[module] = picture
        self.boxes[module] = boxes
        reduces = _reduces(module)
        return self.forms.setdefault(reduces, Form(self, reduces))

    def called(self) -> tuple[Form, ...]:
        """The forms of other blocks that it has boxes for."""
        forms = (call.form for boxes in self.boxes.values() for call in boxes.values())
        return tuple(dict.fromkeys(forms))

    def unify(self) -> None:
        """Find the texts of the picture, once every module is known, each form has its name, and the drawings of the
        blocks inside have their texts.
        """
        rates = {_dropped(module) for module in self.pictures}
        if len(rates) == 1 and rates != {()}:  # all drop as much: what drops nothing is not drawn
            self.pictures = {module: _draw(module, self.named, varied=False)[0] for module in self.pictures}
        self.pictures = {
            module: _with_names(picture, self.boxes[module]) for module, picture in self.pictures.items()
        }
        self.symbols = Symbols({module: _reduces(module) for module in self.pictures})
        columns = zip(*(texts(picture) for picture in self.pictures.values()), strict=True)
        self.texts = tuple(self.symbols.unify(column) for column in columns)

    def picture(self, prefix: str) -> Picture:
        """The block drawn below the names of its forms."""
        drawn = next(iter(self.pictures.values()))
        words = iter(self.texts)
        if len(self.pictures) > 1:
            drawn = _without_same(rewrite(drawn, lambda _: next(words)))
        forms = sorted(self.forms.values(), key=lambda form: not form.reduces)
        names = [form.name for form in forms]
        title = ", ".join(names)
        if len(self.places) == 1 and any(module.block is None for module in self.pictures):
            title = f"{next(iter(self.places))}: {title}"  # a structure has no name of its own
        key = self.symbols.key()
        if self.symbols.strides:
            key = (*key, f"{names[-1]}: without {' and '.join(self.symbols.strides)}")
        nodes = [item for item in drawn.items if not isinstance(item, Heading | Group)]
        whole = replace(drawn, items=(Heading(_HEADING, title, (*key, *_repeats(drawn)), SPINE), *nodes))
        return rename(whole, lambda name: f"{prefix} {name}")


class Templates:
    """The forms of a network's blocks, in the order in which the network runs."""

    def __init__(self, root: Module) -> None:
        self._named = find_repeated(root)
        """The blocks that are boxes in others."""
        self._drawings: dict[_Skeleton, Drawing] = {}
        """The drawings; those of the blocks inside of another stand before it."""
        self._of: dict[Module, Form] = {}
        self._asked: dict[Drawing, None] = {}
        """The drawings of what the cards name."""

    def form_of(self, module: Module) -> Form:
        """The form of a module that a card names. What is no block has its structure's name."""
        form = self._form(module)
        self._asked[form.drawing] = None
        return form

    def _form(self, module: Module) -> Form:
        form = self._of.get(module)
        if form is None:
            name = module.block.name if module.block is not None else module.structure
            drawn, called = _draw(module, self._named, varied=_dropped(module) != ())
            boxes = {box: _Called(self._form(target), target) for box, target in called.items()}
            for target in calls_of(module, self._named):
                self._form(target).copies += 1
            activations = frozenset(_activations(module))
            words = rewrite(drawn, lambda text: skeleton(text, activations), keep_parts=False)
            key = (name, words, tuple(call.form.drawing for call in boxes.values()))
            drawing = self._drawings.setdefault(key, Drawing(name, self._named))
            form = self._of[module] = drawing.add(module, drawn, boxes)
        return form

    def finish(self) -> tuple[Drawing, ...]:
        """All drawings, with the names of their forms, once every module has been asked for: those that cards name,
        then those inside of these.
        """
        forms = list(dict.fromkeys(self._of.values()))
        for block in dict.fromkeys(form.drawing.block for form in forms):
            _name([form for form in forms if form.drawing.block == block])
        for drawing in self._drawings.values():
            drawing.unify()
        ordered = list(self._asked)
        for drawing in ordered:  # which grows
            inside = dict.fromkeys(form.drawing for form in drawing.called())
            ordered.extend(inner for inner in inside if inner not in ordered)
        return tuple(ordered)


@dataclass(frozen=True, slots=True)
class _Called:
    """A block inside of another, where that has a box for it."""

    form: Form
    module: Module

    def text(self) -> str:
        """What stands in the box: the name, the value of the first symbol, and of others what has which."""
        values = list(self.form.values(self.module).items())
        first = (str(value) for _, value in values[:1])
        return ", ".join((self.form.name, *first, *(f"{name} = {value}" for name, value in values[1:])))


def _draw(module: Module, named: frozenset[str], *, varied: bool) -> tuple[Picture, Mapping[str, Module]]:
    """The picture of a block, and the blocks for which it has a box, of those `named`. `varied`: with dropout of
    whatever probability, 0 included.
    """
    drawing = NestedBlocks(named)
    drawn = draw_module(module, _HEADING, drawing, varied=varied)
    return replace(drawn, items=tuple(_without_outlines(drawn.items))), drawing.boxes


def _with_names(picture: Picture, boxes: Mapping[str, _Called]) -> Picture:
    """The picture with what its boxes for other blocks say."""
    items: list[Node | Group] = []
    for item in picture.items:
        if isinstance(item, Box) and item.id in boxes:
            items.append(replace(item, text=boxes[item.id].text()))
        else:
            items.append(item)
    return replace(picture, items=tuple(items))


def _without_same(picture: Picture) -> Picture:
    """The picture without what says of a symbol that it stands for itself: a block hands it on to another."""
    items = (
        replace(item, text=", ".join(part for part in item.text.split(", ") if not _says_nothing(part)))
        if isinstance(item, Box)
        else item
        for item in picture.items
    )
    return replace(picture, items=tuple(items))


def _says_nothing(part: str) -> bool:
    symbol, _, value = part.partition(" = ")
    return symbol == value


def _without_outlines(items: Sequence[Node | Group]) -> Iterator[Node]:
    """The nodes. Graphviz draws no outlines in pictures that it packs, so that words say what is repeated: of one box,
    its own; of several, a heading before the first of them, which has the last one's name as its text, and is no node
    of the drawing.
    """
    for item in items:
        if not isinstance(item, Group):
            yield item
            continue
        inside = list(_without_outlines(item.items))
        nodes = [node for node in inside if not isinstance(node, Heading)]
        if item.count > 1 and len(nodes) > 1:
            small = (f"repeated × {item.count}", item.growth)
            yield Heading(f"{item.id} repeated", nodes[-1].id, small, SPINE)
        elif item.count > 1 and nodes and isinstance(nodes[0], Box | Merge | Bar | Paths):
            told = (*nodes[0].small, *filter(None, (f"× {item.count}", item.growth)))
            inside = [replace(nodes[0], small=told) if node is nodes[0] else node for node in inside]
        yield from inside


def _repeats(drawn: Picture) -> Iterator[str]:
    """What is repeated, as lines of the block's heading: from which node to which."""
    nodes = [item for item in drawn.items if not isinstance(item, Heading | Group)]
    at = {node.id: number for number, node in enumerate(nodes)}
    begun: list[Heading] = []
    for item in drawn.items:
        if isinstance(item, Heading):
            begun.append(item)
        elif not isinstance(item, Group):
            for fold in begun:
                ends = f"{_told(nodes, at[item.id])} to {_told(nodes, at[fold.text])}"
                growth = "".join(f" ({words})" for words in fold.small[1:] if words)
                yield f"{fold.small[0]}: {ends}{growth}"
            begun = []


def _told(nodes: Sequence[Node], at: int) -> str:
    """What a node is called, at an end of what is repeated; where several have its name, the how manieth it is."""
    name = _said(nodes[at])
    same = [number for number, node in enumerate(nodes) if _said(node) == name]
    if len(same) > 1:
        return f"{name} {same.index(at) + 1} of {len(same)}"
    return f"the {name}" if isinstance(nodes[at], Fork) else name


def _said(node: Node) -> str:
    """What a node is called: a place where a path splits has no words of its own."""
    if isinstance(node, Box | Merge | Paths):
        return node.text
    return "concat" if isinstance(node, Bar) else "fork"


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
        form.name = short_name(form.drawing.block) + mark + (str(number + 1) if number else "")


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
