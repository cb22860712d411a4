"""A line that begins in a column in which nothing could.

In: where libyaml stopped. Out: the cause; None where it is another.
"""

from __future__ import annotations

import re
from typing import Final

from archspec.yaml_errors.colons import (
    item_further_in,
    missing_space,
    no_colon_above,
    no_key,
    unparted_value,
)
from archspec.yaml_errors.columns import indented
from archspec.yaml_errors.stop import Cause, Edits, Stop, indent, reads_on

_ITEM_WITH_KEY: Final = re.compile(r" *- +[\w$-]+: +\S")


def indentation(stop: Stop) -> Cause | None:
    if stop.problem not in (
        "did not find expected key",
        "did not find expected '-' indicator",
        "did not find expected <document start>",
    ):
        return None
    if stop.source.line(stop.source.position(stop.at)[0] - 1).strip() == "...":
        message = "`...` ends the document, and more follows"
        return stop.here("E0109", message, "put each spec into a file of its own")
    if further_in := item_further_in(stop):
        return further_in
    if stop.character == "}" and (unparted := unparted_value(stop)):
        return unparted
    if stop.character in ("]", "}", ","):
        edits: Edits = ((stop.at, stop.at + 1, ""),)
        return stop.here("E0101", f"`{stop.character}` has no partner", "delete it", edits=edits)
    if stop.before.strip():
        message = "something stands after the end of the value"
        return stop.here("E0101", message, "put quotes around all of it")
    is_item = stop.line.strip().startswith("- ") or stop.line.strip() == "-"
    column = stop.at - stop.line_start
    begin_column = stop.source.position(stop.begin)[1] - 1
    if stop.context and column == begin_column:
        return _item_among_keys(stop, column) if is_item else _key_among_items(stop, column)
    return (
        no_colon_above(stop)
        or _unfinished_line(stop)
        or indented(stop, "indented unlike any line that it could belong to")
    )


def _item_among_keys(stop: Stop, column: int) -> Cause:
    what = "a list item among the keys of a mapping"
    if stop.source.line(stop.number_above()).partition(" #")[0].rstrip().endswith(":"):
        return stop.here("E0118", what, "indent it, or make it like its neighbours")
    above, below = stop.source.line(stop.number_above()), stop.next_line()
    if above.lstrip().startswith("- ") and indent(above) > column:
        further_in: Edits = ((stop.line_start, stop.line_start + column, " " * indent(above)),)
        if reads_on(stop.text, further_in):
            return stop.here("E0118", what, "begin it in the same column as its neighbours", edits=further_in)
    dash = re.match(r"- +", stop.text[stop.at :])
    end = stop.at + (dash.end() if dash else 1)
    edits: Edits = ((stop.at, end, ""),)
    is_followed = column == indent(below) and not below.lstrip().startswith("-")
    is_entry = _ITEM_WITH_KEY.match(stop.line) is not None and reads_on(stop.text, edits)
    if column > 0 and (is_followed or is_entry):
        help = "leave the dash out"
        if alone := re.match(r"- +([a-z_]\w*) *$", stop.line.strip()):
            # An op without a name: it is called like itself.
            edits, help = ((stop.at, end, f"{alone[1]}: "),), f"write `{alone[1]}: {alone[1]}`"
        return stop.here("E0118", what, help, edits=edits)
    remedy = "indent it, or write the key of the list above it"
    return stop.here("E0118", what, remedy + (", such as `body:`" if column == 0 else ""))


def _key_among_items(stop: Stop, column: int) -> Cause:
    above = stop.number_above()
    is_argument = re.match(r" *- [\w]+:", stop.source.line(above)) is not None
    edits: Edits = ((stop.line_start, stop.line_start, "  "),) if is_argument else ()
    if is_argument and not reads_on(stop.text, edits):
        dash = stop.source.line_start(above) + column
        without: Edits = ((dash, dash + 2, ""),)
        if reads_on(stop.text, without):
            message = "a list item above the keys of a mapping"
            return Cause("E0118", dash, dash + 1, message, "leave the dash out", (), without)
    what = "a key among the items of a list"
    return stop.here("E0118", what, "indent it, or make it like its neighbours", edits=edits)


def _unfinished_line(stop: Stop) -> Cause | None:
    """The line before, comments aside, where it is no `key: value` and so drew this one in."""
    number = stop.number_above()
    line = stop.source.line(number).partition(" #")[0]
    if indent(line) != indent(stop.line) or line.lstrip().startswith("- "):
        return None
    start = stop.source.line_start(number) + indent(line)
    if ":" not in line:
        return no_key(stop, start, start + len(line.strip()))
    return missing_space(stop, number) if ": " not in line and not line.rstrip().endswith(":") else None
