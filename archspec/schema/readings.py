"""What a value that does not fit was probably meant to be.

In: an argument's name and its value. Out: other values for it, the likeliest first: `3x3` may be meant as 3 or as
[3, 3], `1_000` as 1000, `"3"` as 3, `3.0` as 3, `yes` as true, `valid` as a padding of 0. Whether one of them fits is
for the caller to see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from archspec.ops.recipe import Literal as Value
from archspec.scalars import Unreadable, plain_value
from archspec.spelling import did_you_mean

_MAX_LENGTH: Final = 40
"""Nothing longer is a slip for a number, a word or a short list of them."""
_MAX_EXACT: Final = 2**53
"""Up to which every whole float is the integer that was written."""
# Patterns as texts, here and wherever only a mistake is read with them: they are compiled when there is one.
_TIMES: Final = r"\d+(?:\s*[x×*]\s*\d+)+"
_GROUPED: Final = r"\d+(?:_\d+)+|\d{1,3}(?:,\d{3})+"
_NAMED: Final = r"[A-Za-z_]\w*\s*=\s*(\S+)"
_PERCENT: Final = r"(\d+(?:\.\d+)?)\s*%"
_LIST: Final = r"[(\[]([^()\[\]]*)[)\]]|([^()\[\],]+(?:,[^()\[\],]+)+)"
TRUTH: Final = {"no": False, "off": False, "n": False, "yes": True, "on": True, "y": True}


def readings(argument: str, value: Value) -> Iterator[Value]:
    """What `value` may have been meant to be."""
    match value:
        case str():
            yield from _of_text(argument, value.strip())
        case float() if value.is_integer() and abs(value) < _MAX_EXACT:
            yield int(value)
        case int() if not isinstance(value, bool) and value in (0, 1):
            yield bool(value)
        case tuple():
            yield from _of_list(argument, value)


def as_yaml(value: Value) -> str:
    """A value as a spec writes it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case tuple():
            return f"[{', '.join(as_yaml(item) for item in value)}]"
        case _:
            return str(value)


def _of_text(argument: str, text: str) -> Iterator[Value]:
    if not text or len(text) > _MAX_LENGTH:
        return
    from archspec.schema.elsewhere.words import value_meant  # only a mistake pays for it

    known = value_meant(argument, text)
    if known is not None:
        yield from _of_scalar(known)
    if named := re.fullmatch(_NAMED, text):
        yield from _of_scalar(named[1])
    if text[-1] in "}],;":
        yield from _of_scalar(text.rstrip("}],; "))
    yield from _of_scalar(text)
    word = did_you_mean(text.lower(), ("true", "false"))
    if text.lower() in TRUTH or word is not None:
        yield TRUTH.get(text.lower(), word == "true")
    if re.fullmatch(_TIMES, text):
        sizes = tuple(int(size) for size in re.findall(r"\d+", text))
        if len(set(sizes)) == 1:
            yield sizes[0]
        yield sizes
    if re.fullmatch(_GROUPED, text):
        yield int(re.sub("[_,]", "", text))
    if percent := re.fullmatch(_PERCENT, text):
        yield float(percent[1]) / 100
    if listed := re.fullmatch(_LIST, text):
        items = tuple(
            next(_of_scalar(item.strip()), item) for item in (listed[1] or listed[2] or "").split(",") if item
        )
        if items:
            yield items
            yield from _of_list(argument, items)


def _of_scalar(text: str) -> Iterator[Value]:
    value = plain_value(text)
    if isinstance(value, Unreadable):
        return
    yield value
    if isinstance(value, float):
        yield from readings("", value)


def _of_list(argument: str, items: tuple[Value, ...]) -> Iterator[Value]:
    if len(items) == 1:
        yield items[0]
        yield from readings(argument, items[0])
    if len(items) <= 8:
        yield tuple(_as_number(item) for item in items)


def _as_number(item: Value) -> Value:
    """A member of a list, where it is a whole number in another guise."""
    return next(
        (found for found in readings("", item) if isinstance(found, int) and not isinstance(found, bool)),
        item,
    )
