"""What a layer's text says only where it is not as usual: a stride, groups, a dilation.

In: the text of a layer. Out: what it always says, and its optional parts.
Holds: an optional part that is missing is 1.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from archspec.records import dataclass

NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")

_GROUPS: Final = re.compile(r"\d+ groups")
_DILATION: Final = re.compile(r"dilation [\d×]+")
_STRIDE: Final = re.compile(r"/\d[\d×]*")


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a layer's text; of those that are optional, empty where it does not have them."""

    always: str
    groups: str
    dilation: str
    stride: str

    @classmethod
    def of(cls, text: str) -> Parts:
        always, groups, dilation, stride = [], "", "", ""
        for part in text.split(", "):
            if _GROUPS.fullmatch(part):
                groups = part
            elif _DILATION.fullmatch(part):
                dilation = part
            elif _STRIDE.fullmatch(part):
                stride = part
            else:
                always.append(part)
        return cls(", ".join(always), groups, dilation, stride)


def skeleton(text: str, activations: Collection[str] = ()) -> str:
    """The text without its numbers and its optional parts; of an activation, that it is one. What differs in nothing
    else is drawn once.
    """
    if text in activations:
        return "activation"
    return NUMBER.sub("#", Parts.of(text).always)
