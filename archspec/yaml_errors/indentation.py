"""A line that begins in a column in which nothing could.

In: where libyaml stopped. Out: the cause; None where it is another.
"""

from __future__ import annotations

import re

from archspec.yaml_errors.colons import missing_space, no_colon_above, no_key
from archspec.yaml_errors.columns import indented
from archspec.yaml_errors.stop import Cause, Edits, Stop, indent


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
        what = "a list item among the keys of a mapping" if is_item else "a key among the items of a list"
        opens = stop.source.line(stop.number_above()).partition(" #")[0].rstrip().endswith(":")
        if is_item and not opens:
            help = "indent it, or write the key of the list above it" + (
                ", such as `body:`" if column == 0 else ""
            )
            if 0 < column == indent(stop.next_line()) and not stop.next_line().lstrip().startswith("-"):
                dash = re.match(r"- +", stop.text[stop.at :])
                end = stop.at + (dash.end() if dash else 1)
                return stop.here("E0118", what, "leave the dash out", edits=((stop.at, end, ""),))
            return stop.here("E0118", what, help)
        is_argument = not is_item and re.match(r" *- [\w]+:", stop.source.line(stop.number_above()))
        edits = ((stop.line_start, stop.line_start, "  "),) if is_argument else ()
        return stop.here("E0118", what, "indent it, or make it like its neighbours", edits=edits)
    return (
        no_colon_above(stop)
        or _unfinished_line(stop)
        or indented(stop, "indented unlike any line that it could belong to")
    )


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
