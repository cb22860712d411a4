"""Names in emitted code.

Every name that reaches an emitted file passes through a `Namespace`, or is the name of a child, which `archspec.names`
has checked. What a namespace gives out is an ASCII identifier, is no keyword, is none of the names it was told to keep
clear of, and is given out once. It depends on nothing but the order of the requests.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable
from itertools import count
from typing import Final

IMPORTED: Final = frozenset(("torch", "nn", "F", "Tensor", "math", "OrderedDict", "NamedTuple"))
"""What an emitted file may import."""

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
    name = "".join(word[0].upper() + word[1:] for word in _WORD.findall(text))
    if not any(character.isalpha() for character in name):
        return otherwise + name
    return f"Net{name}" if name[0].isdigit() else name


def network_class_name(name: str, variant: str) -> str:
    """What a person would call the class of a variant: `ResNet`, `resnet50` → `ResNet50`; `VGG`, `wide` → `VGGWide`."""
    base = pascal_case(name, "Network")
    suffix = "".join(word[0].upper() + word[1:] for word in _WORD.findall(variant))
    return base + (suffix[len(base) :] if suffix.lower().startswith(base.lower()) else suffix)
