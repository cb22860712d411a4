"""One text for the drawings of a block that differ in nothing but numbers and activations.

In: the texts of several instances of a block, and the values that each was called with. Out: one text, in which what
they agree on stands as it is, and what differs as a symbol.
Holds: a symbol stands for a parameter of which a number is made in every instance (`number_names`), or for an
activation that a parameter chooses; where no parameter does, the text gives the range of the numbers, or all the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from archspec.backends.dot.number_names import Names
from archspec.backends.dot.optional_parts import NUMBER, Parts, skeleton
from archspec.ir import Constant, Module
from archspec.records import dataclass

_CHANNELS = {"in": "input channels", "out": "output channels"}
"""The channels that flow in and out, which every block has."""


@dataclass(slots=True)
class Symbols:
    """The symbols of one drawing: what each may stand for, and which were used."""

    instances: Mapping[Module, bool]
    """Each with whether it makes its map smaller."""
    used: dict[str, str] = field(default_factory=dict)
    """Symbol → the parameter it stands for."""
    strides: dict[str, None] = field(default_factory=dict)
    """The strides that all instances have which make their map smaller, and no other; the texts show them."""
    _names: Names = field(init=False)
    _words: dict[str, dict[Constant, str]] = field(init=False)
    """Of a symbol for words what the picture calls each value of its parameter."""

    def __post_init__(self) -> None:
        self._words = {}
        numbers = dict(_numbers(self.instances))
        called = {name: values for name, values in numbers.items() if name not in _CHANNELS}
        self._names = Names(called, {name: numbers[name] for name in _CHANNELS if name in numbers})

    def unify(self, texts: Sequence[str]) -> str:
        """One text for those of all instances, whose skeletons are equal, or which are all activations."""
        if len(set(texts)) == 1:
            return texts[0]
        if len(set(map(skeleton, texts))) > 1:
            return self._write_words(texts)
        parts = [Parts.of(text) for text in texts]
        written = (
            self._write([part.always for part in parts]),
            self._write([part.groups for part in parts], "1 groups"),
            self._write([part.dilation for part in parts], "dilation 1"),
            self._write_stride([part.stride for part in parts]),
        )
        return ", ".join(filter(None, written))

    def key(self) -> tuple[str, ...]:
        """What the symbols that were used stand for, two to a line."""
        notes = [
            f"{symbol} = {_CHANNELS.get(name, name)}"
            for symbol, name in self.used.items()
            if symbol != _CHANNELS.get(name, name)
        ]
        return tuple(", ".join(notes[start : start + 2]) for start in range(0, len(notes), 2))

    def values_of(self, module: Module) -> dict[str, Constant]:
        """What the parameters that were used stand for in one instance, in the block's order."""
        values = _values(module)
        names = [name for name in values if name not in _CHANNELS]
        symbols = {name: symbol for symbol, name in self.used.items()}
        found = {symbols[name]: values[name] for name in names if name in symbols}
        return {symbol: self._words.get(symbol, {}).get(value, value) for symbol, value in found.items()}

    def _symbol(self, name: str) -> str:
        """The symbol of a parameter, from now on."""
        known = next((symbol for symbol, parameter in self.used.items() if parameter == name), None)
        symbol = known or _symbol(name, self.used)
        self.used[symbol] = name
        return symbol

    def _write(self, texts: Sequence[str], usual: str = "") -> str:
        """Texts of one skeleton, or `usual` where one is empty."""
        if len(set(texts)) == 1:
            return texts[0]
        texts = [text or usual for text in texts]
        rows = [NUMBER.findall(text) for text in texts]
        if len(set(map(len, rows))) > 1:
            return " or ".join(dict.fromkeys(texts))
        joined = " = " in texts[0] or NUMBER.fullmatch(texts[0]) is not None
        written = iter([self._write_number(column, joined=joined) for column in zip(*rows, strict=True)])
        return NUMBER.sub(lambda _: next(written), texts[0])

    def _write_stride(self, texts: Sequence[str]) -> str:
        """A stride; where those have it which make the map smaller, it needs no symbol."""
        strides = set(texts) - {""}
        if (
            len(strides) == 1
            and "" in texts
            and [text != "" for text in texts] == list(self.instances.values())
        ):
            self.strides |= dict.fromkeys(strides)
            return strides.pop()
        return self._write(texts, "/1")

    def _write_number(self, numbers: Sequence[str], *, joined: bool) -> str:
        if len(set(numbers)) == 1:
            return numbers[0]
        values = tuple(map(float, numbers))
        known = self._names.of(values, joined=joined)
        if known is None:
            return f"{_short(min(values))} to {_short(max(values))}"  # a dash would be a minus
        return re.sub(r"<(\w+)>", lambda found: self._symbol(found[1]), known)

    def _write_words(self, texts: Sequence[str]) -> str:
        for name, values in _choices(self.instances):
            if len(set(zip(values, texts, strict=True))) == len(set(values)) == len(set(texts)):
                symbol = self._symbol(name)
                self._words[symbol] = dict(zip(values, texts, strict=True))
                return symbol
        return " or ".join(dict.fromkeys(texts))


def _numbers(instances: Iterable[Module]) -> Iterator[tuple[str, tuple[float, ...]]]:
    """The parameters that are numbers and differ between the instances, with their values in each."""
    for name, column in _columns(instances):
        numbers = tuple(
            float(value) for value in column if isinstance(value, int | float) and not isinstance(value, bool)
        )
        if len(numbers) == len(column) and len(set(numbers)) > 1:
            yield name, numbers


def _choices(instances: Iterable[Module]) -> Iterator[tuple[str, tuple[Constant, ...]]]:
    """The parameters that are words, with their values in each instance."""
    for name, column in _columns(instances):
        words = tuple(value for value in column if isinstance(value, str))
        if len(words) == len(column):
            yield name, words


def _columns(instances: Iterable[Module]) -> Iterator[tuple[str, list[Constant | None]]]:
    tables = [_values(module) for module in instances]
    for name in tables[0]:
        yield name, [table.get(name) for table in tables]


def _values(module: Module) -> Mapping[str, Constant]:
    arguments = {} if module.block is None else module.block.arguments
    values: dict[str, Constant] = {}
    for name, value in arguments.items():
        if isinstance(value, tuple):
            values |= {f"{name}{index + 1}": part for index, part in enumerate(value)}
        else:
            values[name] = value
    values["in"] = module.inputs[0][0]
    values["out"] = module.shape(module.outputs[0])[0]
    return values


def _symbol(name: str, taken: Mapping[str, str]) -> str:
    """The first letter of each word of a parameter's name, with its first number; the name where that is taken."""
    if name in _CHANNELS:
        return name
    short = "".join(_initial(word) for word in name.split("_") if word)
    return name if short in taken or short in _CHANNELS else short


def _short(value: float) -> str:
    """A count as it is, a fraction in three digits."""
    return str(int(value)) if value.is_integer() else f"{value:.3g}"


def _initial(word: str) -> str:
    number = re.search(r"\d+", word[1:])
    return word[0].lower() + (number[0] if number else "")
