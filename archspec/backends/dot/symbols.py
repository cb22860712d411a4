"""One text for the drawings of a block that differ in nothing but numbers.

In: the texts of several instances of a block, and the values that each was called with. Out: one text, in which a
number that they agree on stands as it is, and one that differs as a symbol.
Holds: a symbol stands for a number that equals a parameter, or a small multiple of one, in every instance; where no
parameter does, the text gives the range of the numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import combinations

from archspec.ir import Constant, Module
from archspec.records import dataclass

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_STRIDE = re.compile(r"/\d[\d×]*")
_CHANNELS = {"in": "input channels", "out": "output channels"}
"""The channels that flow in and out, which every block has."""
_FACTORS = (2, 3, 4, 5, 6, 8)


def skeleton(text: str) -> str:
    """The text without its numbers, and without a stride, which a stride of 1 does not show."""
    return _NUMBER.sub("#", ", ".join(part for part in text.split(", ") if not _STRIDE.fullmatch(part)))


@dataclass(slots=True)
class Symbols:
    """The symbols of one drawing: what each may stand for, and which were used."""

    instances: tuple[Module, ...]
    used: dict[str, str] = field(default_factory=dict)
    """Symbol → the parameter it stands for."""
    _known: dict[tuple[float, ...], str] = field(init=False)
    _parameter: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._parameter = {}
        self._known = {}
        for name, values in _parameters(self.instances):
            symbol = _symbol(name, self._parameter)
            self._parameter[symbol] = name
            self._known.setdefault(values, symbol)
            for factor in _FACTORS:
                self._known.setdefault(tuple(value * factor for value in values), f"{factor}{symbol}")
            for factor in _FACTORS:
                self._known.setdefault(tuple(value / factor for value in values), f"{symbol}/{factor}")
        plain = [(values, symbol) for values, symbol in self._known.items() if symbol in self._parameter]
        for (values, symbol), (others, other) in combinations(plain, 2):
            product = tuple(one * two for one, two in zip(values, others, strict=True))
            self._known.setdefault(product, f"{symbol}·{other}")
            total = tuple(one + two for one, two in zip(values, others, strict=True))
            self._known.setdefault(total, f"{symbol} + {other}")

    def unify(self, texts: Sequence[str]) -> str:
        """One text for those of all instances, whose skeletons are equal."""
        if len(set(texts)) == 1:
            return texts[0]
        texts = _with_strides(texts)
        columns = zip(*(_NUMBER.findall(text) for text in texts), strict=True)
        written = iter([self._write(column) for column in columns])
        return _NUMBER.sub(lambda _: next(written), texts[0])

    def _write(self, numbers: Sequence[str]) -> str:
        if len(set(numbers)) == 1:
            return numbers[0]
        values = tuple(map(float, numbers))
        symbol = self._known.get(values)
        if symbol is None:
            return f"{_short(min(values))}…{_short(max(values))}"
        for letter in re.findall(r"[^\W\d]\w*", symbol):
            self.used[letter] = self._parameter[letter]
        return symbol

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
        return {symbols[name]: values[name] for name in names if name in symbols}


def _parameters(instances: Sequence[Module]) -> Iterator[tuple[str, tuple[float, ...]]]:
    """The parameters that differ between the instances, with their values in each."""
    tables = [_values(module) for module in instances]
    for name in tables[0]:
        column = [table.get(name) for table in tables]
        numbers = tuple(
            float(value) for value in column if isinstance(value, int | float) and not isinstance(value, bool)
        )
        if len(numbers) == len(tables) and len(set(numbers)) > 1:
            yield name, numbers


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


def _with_strides(texts: Sequence[str]) -> list[str]:
    """A stride of 1 written out where another instance has a larger one."""
    split = [text.split(", ") for text in texts]
    if len({len(parts) for parts in split}) == 1 or not any(_STRIDE.fullmatch(parts[-1]) for parts in split):
        return list(texts)
    return [", ".join(parts if _STRIDE.fullmatch(parts[-1]) else [*parts, "/1"]) for parts in split]
