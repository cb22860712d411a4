"""Brackets and braces: one stays open, a comma lacks, or an expression that has them stands without quotes.

In: where libyaml stopped. Out: the cause; None where it is another.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from archspec.diagnostics import Label, shortened
from archspec.records import dataclass
from archspec.source import Span
from archspec.yaml_errors.stop import Cause, Edits, Stop, indent, reads_on, reads_past

_OPEN_EXPRESSION: Final = re.compile(r"\$\([^)\n]*$")
_LIST: Final = re.compile(r"\[[^\[\]{}\n]*\]")
_BRACED: Final = re.compile(r"\$\{\s*(?=\S)([\w+*/ .()\[\]-]+)\}")
_ONE_NAME: Final = re.compile(r"\[\s*([A-Za-z_]\w*)\s*\]")
_CONDITIONAL: Final = re.compile(r"\$\(([^?:()\n]+)\?([^?:()\n]+):([^?:()\n]+)\)")
_NESTED_ENTRY: Final = re.compile(r"(?<![\w$-])[\w$-]+: +(?=(?P<inner>[A-Za-z_]\w*: [^,:{}\[\]\n]+)[,}])")
_SWALLOWED: Final = re.compile(r" *(# ?)(\w+: [^{}\[\]\n]*)([}\]]+)\s*$")
_ENTRY: Final = re.compile(r"\s*[\w\"']+ *:(?: |$)")
_DASHES: Final = re.compile(r" *(?:- +)*")
_OTHER_COMMA: Final = re.compile(r"([;\uff0c\u3001\uff1b]) *(?=[A-Za-z_][\w-]*:(?: |$))")
_ITEM: Final = re.compile(r"(?<=: )\$?(([A-Za-z_]\w*)\[-?\w+\])(?=[,}\]])")
_CLOSED_BY: Final = {"[": "]", "{": "}"}
BRACKET: Final = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|(?<=\s)#[^\n]*|[\[\]{}]")
"""The brackets of a text, and what is to be passed over as a whole: texts in quotes, and comments."""
_MAX_LINES: Final = 1_000
"""A stranger's text is looked through this far and no further."""
_COLLECTION: Final = {
    "while parsing a flow sequence": ("list", "]"),
    "while parsing a flow mapping": ("mapping", "}"),
}


def bracket(stop: Stop) -> Cause | None:
    if stop.problem == "found unexpected ':'" and stop.text[stop.at + 1 : stop.at + 2].strip():
        edits: Edits = ((stop.at + 1, stop.at + 1, " "),)
        return stop.here("E0119", "there is no space after this colon", "add a space after it", edits=edits)
    if stop.context not in _COLLECTION:
        return None
    kind, closing = _COLLECTION[stop.context]
    opening = stop.text[stop.begin : stop.begin + 1]
    if _OPEN_EXPRESSION.search(stop.before):
        if chosen := choice(stop, stop.line_start + stop.before.rindex("$(")):
            return chosen
        help = "put quotes around the expression: '$( … )'"
        message = f"`{stop.character}` ends the text of an expression without quotes"
        return stop.here("E0101", message, help, edits=_quoted_expression(stop))
    opened = Label("it opens here", Span(stop.source, stop.begin, stop.begin + 1))
    if stop.character == "{" and stop.before.endswith("$"):
        named = _BRACED.match(stop.text, stop.at - 1)
        edits, help = (), "write `$name`, or `$( … )` for arithmetic"
        if named is not None:
            name = named[1].strip()
            meant = f"${name}" if name.isidentifier() else f"$({name})"
            meant = f'"{meant}"' if "[" in meant else meant
            edits, help = ((*named.span(), meant),), f"write `{shortened(meant)}`"
        return Cause("E0101", stop.at - 1, stop.at + 1, "`${` begins no expression", help, (), edits)
    if stop.character == "[" and stop.before.endswith("$"):
        listed = _LIST.match(stop.text, stop.at)
        edits = () if listed is None else ((stop.at - 1, listed.end(), f'"$({listed[0]})"'),)
        help = "write `$( … )` around a list with arithmetic, and leave the `$` out of one without"
        if listed is not None and "$" not in listed[0] and re.search(r"[A-Za-z]", listed[0]) is None:
            edits, help = ((stop.at - 1, listed.end(), listed[0]),), "leave the `$` out"
        if alone := _ONE_NAME.match(stop.text, stop.at):
            edits, help = ((stop.at - 1, alone.end(), f"${alone[1]}"),), f"write `${alone[1]}`"
        return Cause("E0101", stop.at - 1, stop.at + 1, "`$[` begins no expression", help, (), edits)
    unclosed = _Unclosed.of(stop)
    if unclosed.dedent is not None and stop.at >= unclosed.dedent:
        return _never_closed(stop, kind, closing, unclosed)
    if stop.character == ":" and (nested := _nested_entry(stop)):
        return nested
    if stop.character == ":" and " " in re.split(r"[,{\[]", stop.before)[-1].strip():
        start = stop.at - len(re.split(r"[\s,{\[]", stop.before)[-1])
        if instead := _other_commas(stop):
            return instead
        message = "two entries without a comma between them"
        help = f"add a comma before `{stop.text[start : stop.at]}`"
        comma = len(stop.text[:start].rstrip())
        return Cause("E0101", start, stop.at + 1, message, help, (opened,), ((comma, comma, ","),))
    if stop.character in ("]", "}"):
        message = f"`{stop.character}` stands where `{opening}` should be closed with `{closing}`"
        last = _last_of_own(stop, has_keys=opening == "{")
        if last is not None:
            end = last[1]
            help = f"write `{closing}` after `{shortened(stop.text[last[0] : end].strip())}`"
            return stop.here("E0101", message, help, opened, edits=((end, end, closing),))
        edits, without = ((stop.at, stop.at, closing),), ((stop.at, stop.at + 1, ""),)
        help, is_sure = f"write `{closing}`, or delete it", False
        is_of_it = all(_with_key(stop)) if opening == "{" else ": " not in stop.text[stop.begin : stop.at]
        if reads_on(stop.text, edits):
            if not reads_on(stop.text, without):
                help, is_sure = f"write `{closing}` before it", True
        elif reads_on(stop.text, without):
            edits, help, is_sure = without, "delete it", True
        elif is_of_it:
            edits, help, is_sure = ((stop.at, stop.at + 1, closing),), f"write `{closing}`", True
        return replace(stop.here("E0101", message, help, opened, edits=edits), is_sure=is_sure)
    if stop.character.strip(":") and "\n" not in stop.text[stop.begin : stop.at]:
        if (item := _ITEM.search(stop.text, stop.line_start, stop.line_start + len(stop.line))) and item.end(
            2
        ) == stop.at:
            written = f'"$({item[1]})"'
            edits = ((item.start(), item.end(), written),)
            message = "an item of a list is an expression, which stands in `$( … )`"
            return Cause("E0101", item.start(), item.end(), message, f"write `{written}`", (), edits)
        comma = len(stop.text[: stop.at].rstrip())
        word = re.match(r"\w*", stop.text[stop.at : stop.at + 40])
        before = (word[0] if word else "") or stop.character
        # A list or a mapping is no key: in a mapping, what is missing is not the comma.
        is_key = opening == "{" and stop.character in "[{"
        edits = () if is_key else ((comma, comma, ","),)
        return stop.here("E0101", f"no comma before `{before}`", "add a comma", opened, edits=edits)
    return _never_closed(stop, kind, closing, unclosed)


def choice(stop: Stop, start: int) -> Cause | None:
    """`$(test ? a : b)`, between `start` and the end of the line, as other languages choose."""
    found = _CONDITIONAL.search(stop.text, start, stop.line_start + len(stop.line))
    test, then, otherwise = (part.strip() for part in found.groups()) if found else ("", "", "")
    if found is None or not (test and then and otherwise):
        return None
    written = f"$({then} if {test} else {otherwise})"
    message = "a choice is not written with `?` and `:`"
    help = f"write `{shortened(written)}`"
    return stop.here("E0101", message, help, edits=((*found.span(), written),))


def _nested_entry(stop: Stop) -> Cause | None:
    """`{conv: 8, first: stride: 2}`: an entry as the value of another, without braces of its own."""
    for found in _NESTED_ENTRY.finditer(stop.text, stop.line_start, stop.line_start + len(stop.line)):
        start, end = found.span("inner")
        if start < stop.at < end:
            edits = ((start, start, "{"), (end, end, "}"))
            if reads_past(stop.text, edits):
                return stop.here(
                    "E0101", "a second `: ` in one entry", f"write `{{{found['inner']}}}`", edits=edits
                )
    return None


def _other_commas(stop: Stop) -> Cause | None:
    """Entries of a mapping that another sign parts: `{conv: 64; kernel: 3}`, or a full-width comma."""
    found = list(_OTHER_COMMA.finditer(stop.text, stop.begin, stop.line_start + len(stop.line)))
    if not found or found[0].start() >= stop.at:
        return None
    edits = tuple((each.start(), each.end(), ", ") for each in found)
    sign = found[0][1]
    message = f"`{sign}` parts two entries" if sign in ";\uff1b" else "this is a full-width comma"
    start = found[0].start(1)
    return Cause("E0101", start, start + 1, message, "part the entries with commas", (), edits)


@dataclass(frozen=True, slots=True)
class _Unclosed:
    """How far a list or a mapping reaches that is not closed: over the lines that are indented further than its own."""

    last: int
    """The beginning of its last line, or that of its own."""
    dedent: int | None
    """Where the text begins that does not belong to it."""
    is_certain: bool
    """Whether each of its lines but the last ends with a comma, so that what follows was meant to be in it."""

    @classmethod
    def of(cls, stop: Stop) -> _Unclosed:
        first, last_line = (stop.source.position(at)[0] for at in (stop.begin, len(stop.text)))
        margin = _margin(stop.source.line(first), stop.begin - stop.source.line_start(first))
        last, is_certain = stop.begin, True
        for number in range(first + 1, min(first + _MAX_LINES, last_line + 1)):
            line = stop.source.line(number)
            written = line.strip()
            if written[:1] in ("", "#"):
                continue
            start = stop.source.line_start(number)
            is_outside = indent(line) <= margin and written[0] not in "]}"
            if is_outside or written.startswith("- "):
                return cls(last, start + indent(line), is_certain)
            is_certain &= stop.text[: stop.line_end(last)].endswith((",", "[", "{"))
            last = start
        return cls(last, None, is_certain)


def _margin(line: str, column: int) -> int:
    """The column of the item or the key that has its value at `column`: the lines of the value begin behind it."""
    dashes = _DASHES.match(line, 0, column)
    if dashes is None:
        return 0
    return dashes.end() if dashes.end() < column else max(line.rfind("-", 0, column), 0)


def _last_of_own(stop: Stop, *, has_keys: bool) -> tuple[int, int] | None:
    """Where the last entry of a mapping (`has_keys`) or item of a list stands: what follows without a key, or with one,
    is of the list or mapping around it. None where nothing follows, or nothing comes before.
    """
    pieces = _pieces(stop)
    with_key = _with_key(stop)
    count = len(with_key)
    while count and with_key[count - 1] is not has_keys:
        count -= 1
    if not 0 < count < len(pieces):
        return None
    start, end = pieces[count - 1]
    return start, start + len(stop.text[start:end].rstrip())


def _pieces(stop: Stop) -> list[tuple[int, int]]:
    """The entries or items from the bracket that opens to where libyaml stopped."""
    pieces, depth, start = [], 0, stop.begin + 1
    for at in range(start, stop.at + 1):
        character = stop.text[at]
        depth += (character in "[{(") - (character in "]})")
        if (character == "," and depth == 0) or at == stop.at:
            pieces.append((start, at))
            start = at + 1
    return pieces


def _with_key(stop: Stop) -> list[bool]:
    """Of each entry or item, whether it has a key."""
    return [bool(_ENTRY.match(stop.text, *piece)) for piece in _pieces(stop)]


def _never_closed(stop: Stop, kind: str, closing: str, unclosed: _Unclosed) -> Cause:
    at = stop.at if unclosed.dedent is None else unclosed.dedent
    end = stop.line_end(unclosed.last)
    if instead := _doubled(stop) or _in_comment(stop, end) or _parenthesis(stop, end, closing):
        return instead
    around = _open_around(stop, end)
    labels = [Label("nor is this", Span(stop.source, start, start + 1)) for start, _ in around]
    if at < len(stop.text):
        labels.append(
            Label("it should be closed by here", Span(stop.source, at, min(at + 1, len(stop.text))))
        )
    closing += "".join(reversed([missing for _, missing in around]))
    return Cause(
        "E0117",
        stop.begin,
        stop.begin + 1,
        f"the {kind} that opens with `{stop.text[stop.begin]}` is never closed",
        f"add `{closing}`",
        tuple(labels),
        ((end, end, closing),) if unclosed.is_certain else (),
    )


def _doubled(stop: Stop) -> Cause | None:
    """`{{conv: 8}`: a brace typed twice."""
    sign = stop.text[stop.begin]
    beside = (stop.text[stop.begin - 1 : stop.begin], stop.text[stop.begin + 1 : stop.begin + 2])
    if sign == "[" or sign not in beside:
        return None
    edits = ((stop.begin, stop.begin + 1, ""),)
    if not reads_past(stop.text, edits):
        return None
    message = f"`{sign}` stands twice, and is closed once"
    return Cause("E0117", stop.begin, stop.begin + 1, message, "delete it", (), edits)


def _in_comment(stop: Stop, end: int) -> Cause | None:
    """The bracket that would close this one, in a comment that has entries of it: `{conv: 8, # kernel: 3}`."""
    comment = _SWALLOWED.match(stop.text, end, stop.text.find("\n", end) % (len(stop.text) + 1))
    if comment is None:
        return None
    edits = ((*comment.span(1), ""),)
    if not reads_past(stop.text, edits):
        return None
    at = comment.start(3)
    message = f"the `{comment[3]}` that should close it stands in a comment"
    help = f"take the `#` out, or write `{comment[3]}` before it"
    opened = Label("it opens here", Span(stop.source, stop.begin, stop.begin + 1))
    return Cause("E0117", at, at + len(comment[3]), message, help, (opened,), edits, is_sure=False)


def _parenthesis(stop: Stop, end: int, closing: str) -> Cause | None:
    """`{fc: 10)`: a parenthesis in place of the bracket."""
    own = stop.text[stop.begin : end]
    if not own.endswith(")") or own.count(")") <= own.count("("):
        return None
    edits = ((end - 1, end, closing),)
    if not reads_past(stop.text, edits):
        return None
    message = f"`)` stands where `{own[0]}` should be closed with `{closing}`"
    opened = Label("it opens here", Span(stop.source, stop.begin, stop.begin + 1))
    return Cause("E0101", end - 1, end, message, f"write `{closing}`", (opened,), edits)


def _open_around(stop: Stop, end: int) -> list[tuple[int, str]]:
    """The brackets in the line of the one that is never closed that are open around it, and at `end` still: where each
    stands, and what closes it, the outermost first.
    """
    line = stop.source.line_start(stop.source.position(stop.begin)[0])
    opened: list[tuple[int, str]] = []
    for found in BRACKET.finditer(stop.text, line, end):
        sign = found[0]
        if sign in _CLOSED_BY:
            opened.append((found.start(), _CLOSED_BY[sign]))
        elif opened and sign == opened[-1][1]:
            opened.pop()
    places = [start for start, _ in opened]
    return opened[: places.index(stop.begin)] if stop.begin in places else []


def _quoted_expression(stop: Stop) -> Edits:
    """Quotes around an expression up to the `)` that closes it."""
    start = stop.line_start + stop.before.rindex("$(")
    depth = 0
    for at in range(start + 1, stop.line_start + len(stop.line)):
        depth += {"(": 1, ")": -1}.get(stop.text[at], 0)
        if stop.text[at] in "'\"\\":
            break
        if depth == 0:
            return ((start, at + 1, f'"{stop.text[start : at + 1]}"'),)
    return ()
