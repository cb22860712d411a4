"""Parameters of a network as a caller gives them.

In: values by name. Out: constants, each with a place that a diagnostic can show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from archspec.ir import Constant
from archspec.source import Source, Span

Setting: TypeAlias = "Constant | Sequence[Setting]"
"""A list is as good as a tuple."""


def located(settings: Mapping[str, Setting]) -> dict[str, tuple[Constant, Span]]:
    """Settings from outside, each with a place that a diagnostic can show.

    Raises `TypeError` for a value that no spec could hold.
    """
    if not settings:
        return {}
    from archspec.schema.readings import as_yaml

    made = {}
    for name, given in settings.items():
        value = _constant(name, given)
        source = Source("<settings>", f"{name}={as_yaml(value)}"[:200])
        made[name] = (value, Span(source, 0, len(source.text)))
    return made


def _constant(name: str, given: Setting) -> Constant:
    if given is None or isinstance(given, (bool, int, float, str)):
        return given
    if isinstance(given, (list, tuple)):
        return tuple(_constant(name, item) for item in given)
    raise TypeError(
        f"{name}: a parameter is a number, a text, true, false, null or a list, not {type(given).__name__}"
    )
