"""A key and its colon: one of them lacks, or they stand too close.

In: where libyaml stopped, or a line near it. Out: the cause; None where it is another.
"""

from __future__ import annotations

import re
from typing import Final

from archspec.diagnostics import Label
from archspec.source import Span
from archspec.yaml_errors.brackets import choice
from archspec.yaml_errors.columns import TOP_LEVEL, indented
from archspec.yaml_errors.items import glued_dash, item_above, no_space_after_dash
from archspec.yaml_errors.prose import PROSE
from archspec.yaml_errors.stop import Cause, Edits, Stop, indent, reads_on, reads_past

_MISSING_SPACE: Final = re.compile(r"\s*(?:- +)?([A-Za-z_][\w-]*:)[^\s:]")
_NO_COLON: Final = re.compile(r"\s*(?:- +)?([A-Za-z_]\w*) +[\[{][^\[{]*: ")
_GLUED_VALUE: Final = re.compile(r"\s*(?:- +)?[A-Za-z_][\w-]*:[{\[\"'$]")
_UNPARTED: Final = re.compile(r"\s*(?:- +)?([A-Za-z_][\w$()+-]*)( +|:)(?=\{)")
_TWO_WORDS: Final = re.compile(r"([A-Za-z_]\w*)( +)[A-Za-z_]\w*")
_SIGN: Final = re.compile(r"([A-Za-z_]\w*)(\s*(?::=|=>|->|=)\s*| +(?=[\[{$\"'\d]))\S")
_ENTRY: Final = re.compile(r"\s*(?:- +)?([A-Za-z_]\w*): +")
_ENTRIES: Final = re.compile(r"\w+: [^,:{}\[\]#]+(?:, \w+: [^,:{}\[\]#]+)*")
_PROSE_WORDS: Final = re.compile(rf"({'|'.join(PROSE)})( +)\S")
_CALL: Final = re.compile(r"\(([^()]*)\)")
_ONE_ENTRY: Final = re.compile(r"\w+: (?:\[[^\[\]{}#]*\]|\{[^\[\]{}#]*\})")
_SECOND_ENTRY: Final = re.compile(r"([^\s:,{}\[\]]+) +([A-Za-z_]\w*: +[^\s:,{}][^:{}]*)")
_REST_OF_NODE: Final = re.compile(r"[\w$.]+(?:, \w+: [^,:{}\[\]#]+)+")
_MAX_KEY: Final = 1_024
"""YAML reads no longer one that stands in the line of its colon."""


def long_key(stop: Stop) -> Cause | None:
    key = stop.before[max(stop.before.rfind(sign) for sign in ",{[") + 1 :].lstrip(" -")
    if stop.character != ":" or len(key) <= _MAX_KEY or ": " in key:
        return None
    message = f"a key of more than {_MAX_KEY:,} characters, which YAML does not read"
    return Cause("E0101", stop.at - len(key), stop.at, message, "choose a shorter key")


def colon(stop: Stop) -> Cause | None:
    """A `:` that has no key before it, or a key that has no `:` after it."""
    if stop.problem == "could not find expected ':'":
        number = stop.source.position(stop.begin)[0]
        line = stop.source.line(number)
        end = max(stop.begin, stop.source.line_start(number) + len(line.rstrip()))
        return missing_space(stop, number) or no_key(stop, stop.begin, end)
    if stop.problem != "mapping values are not allowed in this context":
        return None
    if cause := no_space_after_dash(stop) or _no_colon(stop) or item_further_in(stop):
        return cause
    if chosen := choice(stop, stop.line_start):
        return chosen
    if _GLUED_VALUE.match(stop.line) and (cause := missing_space(stop, stop.source.position(stop.at)[0])):
        return cause
    if stop.before.rstrip().endswith(":") and stop.text.startswith(": ", stop.at):
        doubled: Edits = ((stop.at, stop.at + 2, ""),)
        return stop.here("E0101", "a second colon", "delete it", edits=doubled)
    if ": " in stop.before or stop.before.rstrip().endswith(":"):
        edits = _quoted_value(stop)
        help = "put quotes around a text that contains `: `, or begin a new line"
        if edits and edits[0][2] == "{":
            message = "`}` has no partner"
            return stop.here("E0101", message, "add the `{` that it closes", edits=edits)
        if edits and edits[0][2].startswith("\n"):
            help = "begin a new line"
        elif edits and edits[0][2].startswith("{"):
            help = f"put braces around the node: `{edits[0][2]}`"
        return stop.here("E0101", "a second `: ` in one line", help, edits=edits)
    number = stop.source.position(stop.at)[0] - 1
    while number > 1 and not stop.source.line(number).strip():
        number -= 1
    if cause := missing_space(stop, number):
        return cause
    previous = stop.source.line(number)
    if ":" not in previous and indent(stop.line) == indent(previous):
        start = stop.source.line_start(number) + indent(previous)
        return no_key(stop, start, start + len(previous.strip()))
    if indent(stop.line) > indent(previous):
        if cause := no_colon_above(stop):
            return cause
        written = previous.partition(" #")[0].rstrip()
        value = written.partition(":")[2].strip()
        end = stop.source.line_start(number) + len(written)
        there = (Label("this is its value", Span(stop.source, end - len(value), end)),) if value else ()
        if item := item_above(stop, indent(previous)):
            return item
        message = f"indented further than line {number}, which already has a value"
        return indented(stop, message, *there)
    return stop.here("E0101", "there is no key before this colon", "write `key: value`")


def item_further_in(stop: Stop) -> Cause | None:
    """An item indented further than the one above, a text, to which it then belongs: `- relu`, `  - conv: 8`."""
    number = stop.number_above()
    above = stop.source.line(number)
    start = stop.line_start + indent(stop.line)
    edits: Edits = ((stop.line_start, start, " " * indent(above)),)
    are_items = all(each.lstrip().startswith("- ") for each in (above, stop.line))
    if not are_items or indent(stop.line) <= indent(above) or not reads_on(stop.text, edits):
        return None
    end = stop.line_start + len(stop.line.rstrip())
    message = "this item is indented further than the one above it"
    return Cause("E0118", start, end, message, "begin it in the same column as its neighbours", (), edits)


def _quoted_value(stop: Stop) -> Edits:
    """Quotes around a text that follows the first `: ` of the line, braces around entries that do."""
    key = _ENTRY.match(stop.line)
    if key is None:
        return ()
    start, end = stop.line_start + key.end(), stop.line_end(stop.at)
    value = stop.text[start:end]
    if key[1] in PROSE:
        return () if "\\" in value or '"' in value else ((start, end, f'"{value}"'),)
    below = stop.next_line()
    if indent(below) > indent(stop.line) and _ENTRY.match(value) and "{" not in value:
        own_line: Edits = ((start - 1, start, "\n" + " " * indent(below)),)
        if reads_past(stop.text, own_line):
            return own_line
    if second := _SECOND_ENTRY.fullmatch(value):
        begun: Edits = ((start + second.end(1), start + second.start(2), "\n" + " " * key.start(1)),)
        if reads_past(stop.text, begun):
            return begun
    if _ONE_ENTRY.fullmatch(value):
        return ((start, end, f"{{{value}}}"),)
    if (in_parentheses := _CALL.fullmatch(value)) and _ENTRIES.fullmatch(in_parentheses[1]):
        return ((start, end, f"{{{in_parentheses[1]}}}"),)
    if value.endswith("}") and _ENTRIES.fullmatch(value[:-1]):
        return ((start, start, "{"),)
    if value.endswith("}") and _REST_OF_NODE.fullmatch(value[:-1]) and stop.line.lstrip().startswith("- "):
        return ((stop.line_start + key.start(1),) * 2 + ("{",),)
    if _REST_OF_NODE.fullmatch(value) and stop.line.lstrip().startswith("- "):
        start = stop.line_start + key.start(1)
        return ((start, end, f"{{{stop.text[start:end]}}}"),)
    if _REST_OF_NODE.fullmatch(value):
        return ((start, end, f"{{use: {value}}}"),)
    return ((start, end, f"{{{value}}}"),) if _ENTRIES.fullmatch(value) else ()


def _no_colon(stop: Stop) -> Cause | None:
    """`conv1 {conv: 8}`: a key and its value without a colon between them."""
    match = _NO_COLON.match(stop.line)
    if match is None:
        return None
    start, end = stop.line_start + match.start(1), stop.line_start + match.end(1)
    message, help = f"there is no colon after `{match[1]}`", f"write `{match[1]}: …`"
    return Cause("E0119", start, end, message, help, (), ((end, end, ":"),))


def unparted_value(stop: Stop) -> Cause | None:
    """`up {concat: [a, b]}`: a key that runs into a mapping in braces, whose last brace then has no partner."""
    match = _UNPARTED.match(stop.line)
    if match is None:
        return None
    start, end = stop.line_start + match.start(1), stop.line_start + match.end(1)
    edits: Edits = ((end, end + len(match[2]), ": "),)
    message = (
        "there is no space after this colon" if ":" in match[2] else f"there is no colon after `{match[1]}`"
    )
    return Cause("E0119", start, end, message, f"write `{match[1]}: {{…}}`", (), edits)


def no_key(stop: Stop, start: int, end: int) -> Cause:
    """A line that is no entry of a mapping. Where it is a key without its colon, the colon mends it."""
    text = stop.text[start:end]
    if slashes := slashes_for_a_comment(stop, start):
        return slashes
    if glued := glued_dash(text, start):
        return glued
    edits: Edits = ()
    if text not in TOP_LEVEL and (item := _no_dash(stop, start, end) or _drawn_in(stop, start)):
        return item
    if entry := _SIGN.match(text):
        edits = ((start + entry.start(2), start + entry.end(2), ": "),)
        return Cause(
            "E0119", start, end, "a line without `key: value`", "write `: ` after the key", (), edits
        )
    if re.fullmatch(r"\w+", text):
        edits = ((end, end, ":"),)
    elif words := _PROSE_WORDS.match(text) or _TWO_WORDS.fullmatch(text):
        edits = ((start + words.end(1), start + words.end(2), ": "),)
        help = f"write `: ` after `{words[1]}`"
        return Cause("E0119", start, end, "a line without `key: value`", help, (), edits)
    return Cause(
        "E0119",
        start,
        end,
        "a line without `key: value`",
        "add a colon" if edits else "add a colon and a value",
        (),
        edits,
    )


def slashes_for_a_comment(stop: Stop, start: int) -> Cause | None:
    """`// …` at `start`, as other languages have it."""
    if not stop.text.startswith("//", start):
        return None
    message, help = "a comment begins with `#`", "write `#` in place of `//`"
    return Cause("E0101", start, start + 2, message, help, (), ((start, start + 2, "#"),))


def _no_dash(stop: Stop, start: int, end: int) -> Cause | None:
    """An item of a list that lacks its dash: the text can be read once it has one, as those before it do."""
    line = stop.source.line_start(stop.source.position(start)[0])
    above = stop.text.rfind("\n", 0, max(0, line - 1)) + 1
    while above and stop.text[above:line].strip()[:1] in ("", "#"):
        line, above = above, stop.text.rfind("\n", 0, above - 1) + 1
    edits: Edits = ((start, start, "- "),)
    below = stop.source.line(stop.beside(stop.source.position(start)[0], 1))
    is_first = below.startswith(" " * (start - line) + "- ") and stop.text[start : start + 1] in ("[", "{")
    is_item = is_first or stop.text[above:].lstrip(" ").startswith("- ")
    if not is_item or not reads_on(stop.text, edits):
        return None
    return Cause("E0119", start, end, "an item of a list without its dash", "begin it with `- `", (), edits)


def _drawn_in(stop: Stop, start: int) -> Cause | None:
    """The line below an item, which lacks its dash and stands where the item's own text does: it is read as more of
    it.
    """
    number = stop.source.position(start)[0]
    item = re.match(r" *- +(?=[\[{])", stop.source.line(number))
    below = stop.beside(number, 1)
    line = stop.source.line(below)
    if item is None or indent(line) != item.end() or line[item.end()] not in "[{":
        return None
    at = stop.source.line_start(below)
    edits: Edits = ((at, at + item.end(), item[0]),)
    if not reads_past(stop.text, edits):
        return None
    written = at + item.end()
    end = written + len(line.strip())
    return Cause("E0119", written, end, "an item of a list without its dash", "begin it with `- `", (), edits)


def missing_space(stop: Stop, number: int) -> Cause | None:
    match = _MISSING_SPACE.match(stop.source.line(number))
    if match is None:
        return None
    line_start = stop.source.line_start(number)
    start, end = line_start + match.start(1), line_start + match.end(1)
    help = f"write `{match[1]} …`"
    return Cause("E0119", start, end, "there is no space after this colon", help, (), ((end, end, " "),))


def no_colon_above(stop: Stop) -> Cause | None:
    """The line before, where this one is indented further, as below a key, and that one has no colon."""
    number = stop.number_above()
    above = stop.source.line(number).partition(" #")[0].rstrip()
    content = re.sub(r"^ *(?:- +)*", "", above)
    if ":" in above or not content or content.startswith("-") or indent(stop.line) <= indent(above):
        return None
    end = stop.source.line_start(number) + len(above)
    return no_key(stop, end - len(content), end)
