"""Lines and their columns: which of two is out of line, and where it should begin.

In: where libyaml stopped, at a line that begins in a column of its own. Out: the cause.
"""

from __future__ import annotations

import re
from typing import Final

from archspec.diagnostics import Label
from archspec.source import Span
from archspec.yaml_errors.stop import Cause, Edits, Stop, indent

_KEY_OR_ITEM: Final = re.compile(r"\s*(- )?(?:([\w$-]+):)?(.*)")
_BLOCK_KEY: Final = re.compile(r"\s*(?:params|seq|residual):")
_NODE: Final = re.compile(r" *(?:\{|\[|[A-Za-z_]+ *$|$)")
_TOP_LEVEL: Final = (
    *("archspec", "name", "about", "input", "extends", "remove", "import", "params", "variants", "defaults"),
    *("blocks", "stem", "body", "head", "aux", "outputs", "init", "expect", "note"),
)
"""The keys of a spec, which are defined above this layer."""


def indented(stop: Stop, message: str, *more: Label) -> Cause:
    start = stop.line_start + indent(stop.line)
    end = max(start + 1, stop.line_start + len(stop.line.rstrip()))
    began = Label("the entries above begin here", Span(stop.source, stop.begin, stop.begin + 1))
    is_apart = stop.begin < stop.line_start
    help = "begin it in the same column as its neighbours"
    above = stop.source.line(stop.number_above())
    if outdented := _outdented(stop, message):
        return outdented
    match = re.match(r" *(?:- +)*", above)
    own = match.end() if match and not stop.line.lstrip().startswith("- ") else indent(above)
    edits: Edits = ((stop.line_start, start, " " * own),)
    if missing := _missing_key(stop, own):
        edits, help = (), f"{help}, or {missing}"
    labels = (began,) if is_apart else ()
    return Cause("E0118", start, end, f"this line is {message}", help, (*more, *labels), edits)


def _outdented(stop: Stop, message: str) -> Cause | None:
    """The line before, where it alone is out of line: those around it are indented alike, and further."""
    number = stop.number_above()
    above, before = stop.source.line(number), stop.source.line(number - 1)
    if not message.startswith("indented unlike") or not indent(above) < indent(stop.line) == indent(before):
        return None
    if above.lstrip().startswith("- ") or above.partition(" #")[0].rstrip().endswith(":"):
        return None
    start = stop.source.line_start(number)
    edits = ((start, start + indent(above), " " * indent(stop.line)),)
    help = "begin it in the same column as its neighbours"
    message = "this line is indented unlike the lines around it"
    return Cause("E0118", start + indent(above), start + len(above.rstrip()), message, help, (), edits)


def _missing_key(stop: Stop, own: int) -> str:
    """The remedy where a key above this line may be missing; empty where the line alone is out of column.

    `own` is the column of its neighbours above. It is not this line alone where the next is in the same column,
    where what is below it is no further in than those neighbours, or where no such key stands at the top.
    """
    column, below = indent(stop.line), indent(stop.next_line())
    match = _KEY_OR_ITEM.match(stop.line)
    dash, key, value = match.groups() if match else (None, None, "")
    if 0 < column < below == own and key and value.strip() and key not in _TOP_LEVEL:
        return ""  # it has a value, so that the lines below it are none of its own
    if column < below <= own:
        return "write the key that the lines above it belong to"
    if below != column and (own > 0 or (dash is None and key in _TOP_LEVEL)):
        return ""
    remedy = "write the key that it belongs to above it"
    if own > 0:
        return remedy
    if dash is None and below > column and _BLOCK_KEY.match(stop.next_line()):
        return f"{remedy}, such as `blocks:`"
    return f"{remedy}, such as `{'body' if dash or _NODE.match(value) else 'params'}:`"
