"""A character that libyaml cannot begin with, or go on with: a tab, a quote, half an anchor or tag.

In: where libyaml stopped. Out: the cause; None where it is another.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from archspec.yaml_errors.stop import Cause, Edits, Stop, indent

_MAX_EDITS: Final = 1_000
"""A stranger's text is read once more this far and no further."""


def tab(stop: Stop) -> Cause | None:
    indentation = re.match(r"[ ]*(?:-[ ]*)?(\t+)", stop.line)
    if indentation is None:
        return None
    start = stop.line_start + indentation.start(1)
    end = stop.line_start + indentation.end(1)
    return Cause(
        "E0102", start, end, "a tab is used as indentation", "use spaces", (), _spaces(stop, start, end)
    )


def _spaces(stop: Stop, start: int, end: int) -> Edits:
    """Spaces for tabs: for the one behind a dash, and for all that indent, where nothing else does."""
    if stop.line.lstrip(" ").startswith("-"):
        return ((start, end, " "),)
    above, below = stop.source.line(stop.number_above()), stop.next_line()
    alike = indent(above) == indent(below) > 0 and "\t" not in above[: indent(above)]
    if alike and start == stop.line_start and not above.partition(" #")[0].rstrip().endswith(":"):
        return ((start, end, above[: indent(above)]),)
    if re.search(r"^ +[^ #\r\n]", stop.text, re.MULTILINE):
        return ()
    found = list(islice(re.finditer(r"^\t+", stop.text, re.MULTILINE), _MAX_EDITS + 1))
    if len(found) > _MAX_EDITS:
        return ()
    return tuple((match.start(), match.end(), "  " * len(match.group())) for match in found)


def half_property(stop: Stop) -> Cause | None:
    """Half an anchor, alias or tag: most often a text that needs quotes."""
    for what, code in (("an anchor", "E0106"), ("an alias", "E0106"), ("a tag", "E0108")):
        if stop.context == f"while scanning {what}":
            sign = stop.text[stop.begin : stop.begin + 1]
            message = f"`{sign}` begins {what}, and archspec has none"
            help = f"put quotes around a text that begins with `{sign}`"
            return Cause(code, stop.begin, stop.begin + 1, message, help)
    if stop.problem == "found undefined tag handle":
        message = "`!` begins a tag, and archspec has none"
        return stop.here("E0108", message, "write the value without it")
    return None


def quote(stop: Stop) -> Cause | None:
    if "a quoted scalar" not in stop.context:
        return None
    if stop.problem.startswith("found unexpected"):
        quote = stop.text[stop.begin]
        message = f"the quote {quote} that opens here is never closed"
        end = stop.line_end(stop.begin)
        return Cause(
            "E0117",
            stop.begin,
            stop.begin + 1,
            message,
            f"add {quote} at the end of the text",
            (),
            ((end, end, quote),),
        )
    message = "a backslash in double quotes begins an escape, and this is none"
    return stop.here("E0101", message, "use single quotes, where a backslash is a backslash")


def token(stop: Stop) -> Cause | None:
    if stop.problem == "found character that cannot start any token":
        return stop.here("E0101", "a text cannot begin with this character", "put the text in quotes")
    if stop.context == "while scanning a block scalar":
        message = "a text that is announced by `|` or `>` begins on the next line"
        return stop.here("E0101", message, "begin a new line, indented further")
    if stop.problem == "did not find expected node content":
        message = f"a value is missing before `{stop.character}`"
        return stop.here("E0101", message, "write it, or delete the comma")
    if stop.problem == "block sequence entries are not allowed in this context":
        message = "a list item in the line of its key"
        return stop.here("E0118", message, "begin the list on a line of its own")
    return None
