"""Names in emitted code.

Every name that reaches an emitted file passes through a `Namespace`, or is the name of a child, which `archspec.names`
has checked. What a namespace gives out is an ASCII identifier, is no keyword, is none of the names it was told to keep
clear of, and is given out once. It depends on nothing but the order of the requests.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import count, takewhile
from typing import Final

IMPORTED: Final = frozenset(
    ("torch", "nn", "F", "Tensor", "math", "re", "Mapping", "OrderedDict", "NamedTuple")
)
"""What an emitted file may import."""

ALIKE: Final = 4
"""So many letters in common make one word the variant of another: `ResNet`, `resnext50`."""

_WORD: Final = re.compile(r"[A-Za-z0-9]+")

BUILTINS: Final = frozenset(dir(builtins))


class Namespace:
    """The names of one scope."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {*IMPORTED, *BUILTINS, *taken}

    def claim(self, wanted: str) -> str:
        """`wanted`, or the nearest name that is free: a digit more, or an underscore where a digit would mislead."""
        base = re.sub(r"[^A-Za-z0-9_]", "_", wanted) or "_"
        if base[0].isdigit():
            base = f"_{base}"
        name = base
        if keyword.iskeyword(base) or base in BUILTINS or base in IMPORTED:
            name = f"{base}_"
        separator = "_" if base[-1].isdigit() else ""
        numbers = count(2)
        while name in self._taken:
            name = f"{base}{separator}{next(numbers)}"
        self._taken.add(name)
        return name


def pascal_case(text: str, otherwise: str) -> str:
    """`conv_bn_relu` as `ConvBnRelu`; capitals inside a word stay. `otherwise`, where no letter is left."""
    name = _joined(_WORD.findall(text))
    if not any(character.isalpha() for character in name):
        return otherwise + name
    return f"Net{name}" if name[0].isdigit() else name


def network_class_name(name: str, variant: str) -> str:
    """What a person would call the class of a variant.

    A variant that names the network again, if only in part, gives the name, in the network's capitals:
    `ResNet`, `wide_resnet50_2` → `WideResNet50_2`. Any other is a surname: `LeNet`, `sigmoid` → `LeNetSigmoid`.
    """
    base = pascal_case(name, "Network")
    words = _WORD.findall(variant)
    if _joined(words).lower().startswith(base.lower()):
        return base + _joined(words)[len(base) :]
    capitals = {word.lower(): word for word in _WORD.findall(name)}
    recased = [_recased(word, capitals) for word in words]
    return _joined(recased) if recased != words else base + _joined(words)


def _recased(word: str, capitals: Mapping[str, str]) -> str:
    """`word` in the capitals of the word that it begins like."""
    for lower, proper in capitals.items():
        pairs = zip(lower, word.lower(), strict=False)
        shared = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
        if shared >= min(len(lower), ALIKE):
            return proper[:shared] + word[shared:]
    return word


def _joined(words: Sequence[str]) -> str:
    """Words as one, with an underscore between what would else be one number."""
    name = ""
    for word in words:
        name += "_" if name[-1:].isdigit() and word[0].isdigit() else ""
        name += word[0].upper() + word[1:]
    return name
