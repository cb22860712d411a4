"""A line that begins in a column in which nothing could.

In: where libyaml stopped. Out: the cause; None where it is another.
"""

from __future__ import annotations

from archspec.yaml_errors.colons import (
    item_further_in,
    missing_space,
    no_colon_above,
    no_key,
    slashes_for_a_comment,
    unparted_value,
)
from archspec.yaml_errors.columns import indented
from archspec.yaml_errors.items import item_above, item_among_keys, key_among_items
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
    if further_in := item_further_in(stop):
        return further_in
    if stop.character == "}" and (unparted := unparted_value(stop)):
        return unparted
    if stop.character in ("]", "}", ","):
        edits: Edits = ((stop.at, stop.at + 1, ""),)
        return stop.here("E0101", f"`{stop.character}` has no partner", "delete it", edits=edits)
    if stop.before.strip():
        return _behind_value(stop)
    is_item = stop.line.strip().startswith("- ") or stop.line.strip() == "-"
    column = stop.at - stop.line_start
    begin_column = stop.source.position(stop.begin)[1] - 1
    if stop.context and column == begin_column:
        return item_among_keys(stop, column) if is_item else key_among_items(stop, column)
    return (
        no_colon_above(stop)
        or _unfinished_line(stop)
        or item_above(stop, begin_column)
        or _nameless_above(stop)
        or indented(stop, "indented unlike any line that it could belong to")
    )


def _behind_value(stop: Stop) -> Cause:
    """What stands in the line of a value that has ended: a comment as other languages have it, or more of a text in
    quotes, which a quote inside it ended.
    """
    if slashes := slashes_for_a_comment(stop, stop.at):
        return slashes
    message = "something stands after the end of the value"
    end = stop.line_end(stop.at)
    start = stop.line_start + stop.before.find(": '") + 2
    text = stop.text[start + 1 : end - 1]
    if start >= stop.line_start + 2 and stop.text[end - 1] == "'" and not {'"', "\\"} & set(text):
        edits: Edits = ((start, start + 1, '"'), (end - 1, end, '"'))
        message = "the quote ' inside the text ends it"
        return stop.here("E0101", message, 'put it in double quotes: `"`', edits=edits)
    return stop.here("E0101", message, "put quotes around all of it")


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


def _nameless_above(stop: Stop) -> Cause | None:
    """The line before, where it is a node in braces without a name, in the column of named ones."""
    number = stop.number_above()
    line = stop.source.line(number).partition(" #")[0].rstrip()
    content = line.lstrip()
    if not content.startswith("{") or not content.endswith("}") or indent(line) != indent(stop.line):
        return None
    start = stop.source.line_start(number) + indent(line)
    message = "a node without a name stands among named ones"
    help = "write a name and a colon before it: `name: {…}`"
    return Cause("E0119", start, start + len(content), message, help)
