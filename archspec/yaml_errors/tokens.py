"""A character that libyaml cannot begin with, or go on with: a tab, a quote, half an anchor or tag.

In: where libyaml stopped. Out: the cause; None where it is another.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice
from typing import Final

import yaml

from archspec.diagnostics import shortened
from archspec.scalars import Unreadable, plain_value
from archspec.yaml_errors.stop import MAX_EVENTS, Cause, Edits, Stop, indent, reads_on

_NEXT_ENTRY: Final = re.compile(r",\s*(?:[A-Za-z_][\w-]*:\s|$)")

_INDENTED: Final = re.compile(r"^( +)[^\s#-]", re.MULTILINE)
_TICKED: Final = re.compile(r"`(\w[^`\n]*)`")
_ESCAPED: Final = re.compile(r'"([^"\'\n]*)"')
_CLOSING_LINE: Final = re.compile(r"^[ ]*\][ ]*,?$", re.MULTILINE)
_MIXED: Final = re.compile(r"'[^'\"\n]*(\")(?=[,}\] ]|$)|\"[^'\"\n]*(')(?=[,}\] ]|$)")
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
    neighbours = [each for each in (below, above) if "\t" not in each[: indent(each)]]
    if step := _INDENTED.search(stop.text):
        levels = (end - start) * len(step[1])
        neighbours.sort(
            key=lambda each: indent(each) != levels
        )  # a tab for each level, as most editors write
    for each in neighbours if start == stop.line_start else ():
        edits: Edits = ((start, end, " " * indent(each)),)
        is_alike = each.lstrip().startswith("- ") is stop.text.startswith("- ", end)
        if is_alike and indent(each) and reads_on(stop.text, edits):
            return edits
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
        help, edits = f"add {quote} at the end of the text", _closed(stop)
        if mixed := _MIXED.match(stop.text, stop.begin, stop.line_end(stop.begin)):
            other = mixed[1] or mixed[2]
            message = f"the text begins with {quote} and ends with {other}"
            help, edits = f"begin it with {other}", ((stop.begin, stop.begin + 1, other),)
        elif edits and not edits[0][2]:
            help = f"leave the {quote} out"
        return Cause("E0117", stop.begin, stop.begin + 1, message, help, (), edits)
    message = "a backslash in double quotes begins an escape, and this is none"
    help = "use single quotes, where a backslash is a backslash"
    whole = _ESCAPED.match(stop.text, stop.begin)
    edits = () if whole is None else ((*whole.span(), f"'{whole[1]}'"),)
    return stop.here("E0101", message, help, edits=edits)


def swallowing(stop: Stop) -> Cause | None:
    """A quote that is never closed, where a later one in the file ended the text, lines below."""
    last = None
    try:
        for token in islice(
            yaml.scan(stop.text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)), MAX_EVENTS
        ):
            if token.start_mark.index >= stop.at:
                break
            is_quoted = isinstance(token, yaml.ScalarToken) and token.style in ("'", '"')
            if is_quoted and token.start_mark.line < token.end_mark.line:
                last = token
    except yaml.YAMLError:
        pass  # what lies behind is no matter
    if last is None or "\n" in stop.text[last.end_mark.index : stop.at].rstrip():
        return None
    context, problem = "while scanning a quoted scalar", "found unexpected end"
    return quote(Stop(stop.source, stop.at, last.start_mark.index, context, problem))


def _closed(stop: Stop) -> Edits:
    """The quote that a text lacks; of a number or a truth value, the one that it has is taken away.

    The text ends with its line; between brackets, before the comma or the bracket that ends the entry. None where a
    comma may as well belong to the text.
    """
    start = stop.begin + 1
    end = stop.line_end(start)
    if stop.is_between_brackets():
        depth = 0
        for at in range(start, end):
            character = stop.text[at]
            depth += (character in "([{") - (character in ")]}")
            if depth < 0 or (depth == 0 and character == ","):
                if character == "," and not _NEXT_ENTRY.match(stop.text, at, end):
                    return ()
                end = at
                break
    written = stop.text[start:end].rstrip()
    if not written:
        return ()
    if not isinstance(plain_value(written), str | Unreadable):
        return ((stop.begin, start, ""),)
    return ((start + len(written), start + len(written), stop.text[stop.begin]),)


def _dashes_in_brackets(stop: Stop) -> Cause | None:
    """`body: [`, and below it items with dashes."""
    begin = len(stop.text[: stop.at].rstrip()) - 1
    if stop.text[begin] != "[" or not stop.text.startswith("- ", stop.at):
        return None
    closing = _CLOSING_LINE.search(stop.text, stop.at)
    blank = len(stop.text[:begin].rstrip(" "))
    edits: Edits = ((blank, begin + 1, ""), *(((*closing.span(), ""),) if closing else ()))
    message = "`[` opens a list between brackets, and its items have dashes"
    help = "leave both brackets out" if closing else "leave the bracket out"
    return Cause("E0101", begin, begin + 1, message, help, (), edits)


def token(stop: Stop) -> Cause | None:
    if stop.problem == "found character that cannot start any token":
        what = "a backtick" if stop.character == "`" else f"`{stop.character}`"
        message, help = f"a text cannot begin with {what}", "put the text in quotes"
        if ticked := _TICKED.match(stop.text, stop.at):
            edits: Edits = ((*ticked.span(), ticked[1]),)
            return stop.here("E0101", message, f"write `{shortened(ticked[1])}`", edits=edits)
        return stop.here("E0101", message, help)
    if stop.context == "while scanning a block scalar":
        message = "a text that is announced by `|` or `>` begins on the next line"
        return stop.here("E0101", message, "begin a new line, indented further")
    if stop.problem == "did not find expected node content":
        if dashes := _dashes_in_brackets(stop):
            return dashes
        message = f"a value is missing before `{stop.character}`"
        if stop.character == "," and stop.text[stop.at - 1] == ",":
            doubled: Edits = ((stop.at, stop.at + 1, ""),)
            cause = stop.here("E0101", message, "delete the second comma", edits=doubled)
            return replace(cause, is_sure="{" in stop.before.rpartition("[")[2])
        return stop.here("E0101", message, "write it, or delete the comma")
    if stop.problem == "block sequence entries are not allowed in this context":
        message = "a list item in the line of its key"
        return stop.here("E0118", message, "begin the list on a line of its own")
    return None
