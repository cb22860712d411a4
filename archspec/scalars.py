"""What a scalar without quotes stands for.

In: its text. Out: the value under the core schema of YAML 1.2 (chapter 10.3), which differs from what most
readers of YAML do: `no` and `3:30` are texts, `010` is ten, `1e-5` a number, `1_000` a text. Numbers are
finite and within 64 bits.
"""

from __future__ import annotations

import math
import re
from typing import Final, TypeAlias

from archspec.diagnostics import shortened
from archspec.records import dataclass

MAX_INTEGER = 2**63
MAX_LENGTH = 64

ScalarValue: TypeAlias = int | float | bool | str | None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A plain scalar that looks like a number and cannot be one here."""

    code: str
    message: str
    help: str


_NUMBER: Final = re.compile(
    r"(?P<integer>[-+]?[0-9]+)"
    r"|(?P<prefixed>0o[0-7]+|0x[0-9a-fA-F]+)"
    r"|(?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<infinite>[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
)
_WORDS: Final[dict[str, bool | None]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_NUMBER_STARTS: Final = frozenset("0123456789+-.")


def plain_value(text: str) -> ScalarValue | Unreadable:
    """The value of a scalar without quotes, or why it has none."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    match = _NUMBER.fullmatch(text)
    if match is None:
        return text
    if match["infinite"]:
        return Unreadable("E0114", f"{text} is not finite", "write a finite number, or quotes around a text")
    if len(text) > MAX_LENGTH:
        return Unreadable("E0115", f"a number of {len(text):,} characters", "whole numbers go up to 2**63")
    if match["float"]:
        number = float(text)
        if math.isfinite(number):
            return number
        return Unreadable("E0114", f"{text} is too large for a number", "write a smaller number")
    integer = int(text, 0) if match["prefixed"] else int(text)
    if abs(integer) <= MAX_INTEGER:
        return integer
    return Unreadable("E0115", f"{shortened(text)} is too large", "whole numbers go up to 2**63")
