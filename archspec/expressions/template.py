"""Names with expressions in them: `denselayer$(i + 1)`.

`$(…)` and `$name` anywhere in the text are replaced by their values, `$$` by one `$`. Only a text or an
integer can be part of a name.
"""

from __future__ import annotations

import re

from archspec.diagnostics import Sink
from archspec.expressions.evaluator import Scope, evaluate_at
from archspec.expressions.parser import SHORT_NAME, closing_parenthesis
from archspec.expressions.place import Place
from archspec.expressions.reading import parse_at
from archspec.expressions.tree import POISON, Poison, kind, show
from archspec.source import Span

_DOLLAR = re.compile(r"\$")


def evaluate_template(text: str, scope: Scope, span: Span, sink: Sink) -> str | Poison:
    """`text`, the scalar at `span`, with its expressions replaced by their values."""
    place = Place(span)
    parts: list[str] = []
    failed = False
    at = 0
    while dollar := _DOLLAR.search(text, at):
        start = dollar.start()
        parts.append(text[at:start])
        if text.startswith("$$", start):
            parts.append("$")
            at = start + 2
            continue
        at = _end(text, start)
        value = _embedded(text[start:at], scope, place.shifted(start), sink)
        if value is POISON:
            failed = True
        else:
            parts.append(value)
    return POISON if failed else "".join(parts) + text[at:]


def _end(text: str, start: int) -> int:
    """Where the expression that begins with the `$` at `start` ends."""
    if text.startswith("$(", start):
        return closing_parenthesis(text, start + 2) or len(text)
    name = SHORT_NAME.match(text, start)
    return name.end() if name else start + 1


def _embedded(text: str, scope: Scope, place: Place, sink: Sink) -> str | Poison:
    expression = parse_at(text, place, sink)
    if expression is None:
        return POISON
    value = evaluate_at(expression, scope, place, sink)
    if value is POISON:
        return POISON
    if isinstance(value, bool) or not isinstance(value, int | str):
        message = f"{show(value)} is {kind(value)}: only an integer or a text can be part of a name"
        help = (
            "divide with `//`, or write `int(…)`"
            if isinstance(value, float)
            else "choose an integer or a text"
        )
        sink.error("E0452", place.span(0, len(text)), message, help=help)
        return POISON
    return str(value)
