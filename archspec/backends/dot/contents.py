"""What a card of the overview says it holds.

In: the steps of a part of the network. Out: atoms in the order in which they run: layers, and blocks with the form in
which the picture draws them; and these as words.
Holds: a block of one to three layers in a row is written out; any other is named, and drawn once beside the cards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, TypeAlias

from archspec.backends.dot import theme
from archspec.backends.dot.reading import stands_beside
from archspec.backends.dot.templates import Form, Templates
from archspec.ir import Module, Structure
from archspec.ops.base import Op, Shape
from archspec.records import dataclass

_FEW_SYMBOLS = 2
"""With more symbols than this, the value of the first is named too."""
_FEW_VALUES = 2
"""With more values than this, a symbol's are left to the other views."""
WIDE_LINE = 230.0
NARROW_LINE = 150.0
"""Points of text in a line of a card."""
_FEWEST_WORDS = 2
"""Copies of fewer are no group: `3 × conv`."""
_WRITTEN_OUT = 3
"""The most layers of a block that is not drawn."""

_STRUCTURES: Final[dict[Structure, str]] = {
    "network": "network",
    "sequence": "layers over several maps",
    "residual": "residual over several maps",
    "concat": "concatenation of several maps",
    "add": "sum of several maps",
    "multiply": "product of several maps",
    "repeat": "repeat over several maps",
}
"""What a group without a name is called, that reads several values and so is no block."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer in words. `small`: a norm or an activation, which is written behind the layer before it."""

    text: str
    small: bool


@dataclass(frozen=True, slots=True)
class Call:
    """One copy of a block."""

    form: Form
    module: Module


@dataclass(frozen=True, slots=True)
class Copies:
    """Several atoms that follow each other again and again."""

    atoms: tuple[Layer | Call, ...]
    count: int


Atom: TypeAlias = Layer | Call | Copies


def folded(copies: Sequence[Sequence[Atom]]) -> list[Atom]:
    """The atoms of copies that follow each other. Where a copy is one word, they are counted when they are written."""
    first = [atom for atom in copies[0] if not isinstance(atom, Copies)]
    if len(first) < len(copies[0]) or len(in_words(first, with_small=False)) < _FEWEST_WORDS:
        return [atom for copy in copies for atom in copy]
    return [Copies(tuple(first), len(copies))]


def calls_in(atoms: Sequence[Atom]) -> Iterator[Call]:
    """The blocks among some atoms, of every copy that is written out."""
    for atom in atoms:
        if isinstance(atom, Copies):
            yield from calls_in(atom.atoms)
        elif isinstance(atom, Call):
            yield atom


def read_contents(target: Op | Module, inputs: Sequence[Shape], templates: Templates) -> list[Atom]:
    """The atoms of a step."""
    if isinstance(target, Op):
        return [_layer(target, inputs)]
    if is_holder(target):
        atoms: list[Atom] = []
        for step in target.steps:
            shapes = target.inputs_of(step)
            child = step.target
            if target.structure == "repeat" and isinstance(child, Module) and not _is_short(child, most=1):
                atoms.append(Call(templates.form_of(child), child))
            else:
                atoms.extend(read_contents(child, shapes, templates))
        return atoms
    if _is_short(target, most=_WRITTEN_OUT):
        return list(_layers(target))
    if len(target.inputs) > 1:
        return [Layer(_STRUCTURES[target.structure], small=False)]
    return [Call(templates.form_of(target), target)]


def in_lines(atoms: Sequence[Atom], width: float, *, with_small: bool) -> tuple[str, ...]:
    """The atoms in lines of about `width` points: each with how often it stands in a row, and behind blocks what
    their symbols stand for; among layers, in parentheses.
    """
    calls = [atom for atom in atoms if isinstance(atom, Call)]
    if len(calls) != len(atoms):
        return _wrapped(list(_with_settings(atoms, with_small=with_small)), width)
    pieces = [(word, " + ") for word in in_words(atoms, with_small=with_small)]
    return _wrapped([*pieces, *((word, ", ") for word in _settings(calls))], width)


def _with_settings(atoms: Sequence[Atom], *, with_small: bool) -> Iterator[tuple[str, str]]:
    """Layers and blocks in words, and what a block's symbols stand for; each with what stands before it. Neighbours for
    which they stand for the same share that.
    """
    counted = _counted(atoms, with_small=with_small)
    pairs = [(word, _settings([atom for atom in run if isinstance(atom, Call)])) for word, run in counted]
    for settings, run in groupby(pairs, lambda pair: pair[1]):
        *words, last = [word for word, _ in run]
        yield from ((word, " · ") for word in words)
        pieces = [f"{last} ({'each ' if words else ''}{settings[0]}", *settings[1:]] if settings else [last]
        pieces[-1] += ")" if settings else ""
        yield from ((piece, ", " if number else " · ") for number, piece in enumerate(pieces))


def in_words(atoms: Sequence[Atom], *, with_small: bool) -> list[str]:
    """The atoms, each with how often it stands in a row."""
    return [word for word, _ in _counted(atoms, with_small=with_small)]


def _counted(atoms: Sequence[Atom], *, with_small: bool) -> Iterator[tuple[str, list[Atom]]]:
    """The words of the atoms, each with those it stands for."""
    if all(isinstance(atom, Layer) and atom.small for atom in atoms):
        for atom in atoms:
            if isinstance(atom, Layer):
                yield atom.text, [atom]
        return
    words: list[tuple[str, Atom]] = []
    for atom in atoms:
        if isinstance(atom, Call):
            words.append((atom.form.name, atom))
        elif isinstance(atom, Copies):
            inside = " · ".join(in_words(atom.atoms, with_small=with_small))
            words.append((f"{atom.count} × ({inside})", atom))
        elif not atom.small or (with_small and (not words or isinstance(words[-1][1], Call))):
            words.append((atom.text, atom))
        elif with_small:
            word, first = words[-1]
            words[-1] = (f"{word} {atom.text}", first)
    for word, run in groupby(words, lambda pair: pair[0]):
        same = [atom for _, atom in run]
        yield (word if len(same) == 1 else f"{len(same)} × {word}"), same


def _wrapped(pieces: Sequence[tuple[str, str]], width: float) -> tuple[str, ...]:
    """Words, each with what stands before it, in lines. That stays at the end of its line."""
    lines: list[str] = []
    for word, before in pieces:
        longer = f"{lines[-1]}{before}{word}" if lines else word
        if not lines:
            lines.append(word)
        elif theme.text_width(longer, theme.SHAPE_SIZE) <= width:
            lines[-1] = longer
        else:
            lines[-1] += before.rstrip()
            lines.append(word)
    return tuple(lines)


def is_holder(module: Module) -> bool:
    """Whether a module does nothing but hold layers, blocks or groups, one after the other. A block does only if it
    repeats something, or holds nothing but blocks that are drawn.
    """
    if module.structure not in ("sequence", "repeat") or len(module.inputs) != 1:
        return False
    if any(step.inputs != (index,) for index, step in enumerate(module.steps)):
        return False
    children = [step.target for step in module.steps if isinstance(step.target, Module)]
    repeats = any(child.structure == "repeat" for child in children)
    drawn = [
        child for child in children if child.block is not None and not _is_short(child, most=_WRITTEN_OUT)
    ]
    return module.block is None or repeats or len(drawn) == len(module.steps)


def _settings(calls: Sequence[Call]) -> list[str]:
    """What the symbols of the drawings stand for here: `64`, `s = 2`; `w = 96 → 144` where the first copies have
    another value than all others.
    """
    tables = [call.form.values(call.module) for call in calls]
    symbols = dict.fromkeys(symbol for table in tables for symbol in table)
    settings: list[str] = []
    for number, symbol in enumerate(symbols):
        values = [str(value) for value, _ in groupby(table[symbol] for table in tables if symbol in table)]
        if len(values) <= _FEW_VALUES:
            plain = number == 0 and len(symbols) <= _FEW_SYMBOLS
            settings.append(" → ".join(values) if plain else f"{symbol} = {' → '.join(values)}")
    return settings


def _is_short(module: Module, most: int) -> bool:
    layers = list(_layers(module)) if _is_line(module) else []
    return 0 < sum(not layer.small for layer in layers) <= most or 0 < len(layers) <= most


def _is_line(module: Module) -> bool:
    """Whether a module is layers in a row, however deep they are nested."""
    return (
        module.structure == "sequence"
        and len(module.inputs) == 1
        and all(
            step.inputs == (index,) and (isinstance(step.target, Op) or _is_line(step.target))
            for index, step in enumerate(module.steps)
        )
    )


def _layers(module: Module) -> Iterator[Layer]:
    for step in module.steps:
        if isinstance(step.target, Module):
            yield from _layers(step.target)
        else:
            shapes = module.inputs_of(step)
            yield _layer(step.target, shapes)


def _layer(op: Op, inputs: Sequence[Shape]) -> Layer:
    """Arithmetic stands beside a layer in a box, but a card says it: `× −1` makes a difference of a sum."""
    return Layer(op.glyph(*inputs).text, stands_beside(op, *inputs) and op.key != "scaled")
