"""Another name for what cannot have the one that it has.

In: a name to which there is an objection, and its place. Out: the fix that writes another one; none where something
else in the file may mean the thing by its name.
"""

from __future__ import annotations

import re

from archspec.diagnostics import Edit, Fix
from archspec.names import in_latin, suggestion
from archspec.source import Span


def renamed(name: str, span: Span) -> tuple[Fix, ...]:
    if span.text != name:
        return ()
    if latin := in_latin(name):
        return (Fix(f"write `{latin}`", (Edit(span, latin),)),)
    other = suggestion(name)
    if not other:
        return ()
    is_read = len(re.findall(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", span.source.text)) > 1
    is_alike = (
        re.fullmatch(r"-?[\w. -]+[:?;,!]?", name) is not None
    )  # else an expression, or two names, may be meant
    is_taken = span.source.words[other] > len(re.findall(rf"\b{other}\b", name))
    if not is_alike or is_read or is_taken:
        return ()
    return (Fix(f"write `{other}`", (Edit(span, other),), is_safe=False),)
