"""libyaml's complaints → diagnostics that say what a person did.

libyaml reports where it got stuck, which is often a line or more after the mistake. Here its message and
the text around the two marks it gives are read for the usual causes: tabs, a missing space after a colon,
wrong indentation, brackets and quotes that stay open, characters that need quotes. A remedy is offered as an edit
only where libyaml reads the whole text with it, or gets further.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final, TypeAlias

import yaml

from archspec.diagnostics import Edit, Fix, Label, Sink
from archspec.records import dataclass
from archspec.source import Source, Span

_OPEN_EXPRESSION: Final = re.compile(r"\$\([^)\n]*$")
_MISSING_SPACE: Final = re.compile(r"\s*(?:- +)?([A-Za-z_][\w-]*:)[^\s:]")
_MAX_DEPTH: Final = 64
_MAX_EVENTS: Final = 20_000
_MAX_EDITS: Final = 1_000
"""A stranger's text is read once more this far and no further."""
_GLUED_DASH: Final = re.compile(r"\s*-(?=[A-Za-z{\[$])")
_NO_COLON: Final = re.compile(r"\s*(?:- +)?([A-Za-z_]\w*) +[\[{][^\[{]*: ")
_GLUED_VALUE: Final = re.compile(r"\s*(?:- +)?[A-Za-z_][\w-]*:[{\[\"'$]")
_TWO_WORDS: Final = re.compile(r"([A-Za-z_]\w*)( +)[A-Za-z_]\w*")
_CONDITIONAL: Final = re.compile(r"\$\(([^?:()]+) \? ([^?:()]+) : ([^?:()]+)\)")
_SIGN: Final = re.compile(r"([A-Za-z_]\w*)(\s*=\s*| +(?=[\[{$\"'\d]))\S")
_LIST: Final = re.compile(r"\[[^\[\]{}\n]*\]")
_BRACED: Final = re.compile(r"\$\{\s*([A-Za-z_]\w*)\s*\}")
_ENTRY: Final = re.compile(r"\s*(?:- +)?([A-Za-z_]\w*): +")
_ENTRIES: Final = re.compile(r"\w+: [^,:{}\[\]#]+(?:, \w+: [^,:{}\[\]#]+)*")
_REST_OF_NODE: Final = re.compile(r"[\w$.]+(?:, \w+: [^,:{}\[\]#]+)+")
_PROSE: Final = ("about", "name", "note", "description", "title")
_Edits: TypeAlias = tuple[tuple[int, int, str], ...]
_COLLECTION: Final = {
    "while parsing a flow sequence": ("list", "]"),
    "while parsing a flow mapping": ("mapping", "}"),
}


@dataclass(frozen=True, slots=True)
class _Cause:
    code: str
    start: int
    end: int
    message: str
    help: str
    labels: tuple[Label, ...] = ()
    edits: _Edits = ()
    """What mends it, as far as can be told from here: start, end and the text in their place."""


def report_yaml_error(error: yaml.YAMLError, source: Source, sink: Sink) -> tuple[Edit, ...]:
    """Put into the sink what is wrong with `source`, which libyaml gave up on with `error`.

    Returns the edits that mend it; none where the remedy is not certain.
    """
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        at = min(error.problem_mark.index, len(source.text))
        context = error.context_mark.index if error.context_mark is not None else at
        cause = _Investigation(source, at, context, error.context or "", error.problem or "").cause()
    else:
        cause = _Cause(
            "E0101", 0, 0, "the text cannot be read as YAML", "check it in an editor that knows YAML"
        )
    fixes: tuple[Fix, ...] = ()
    if cause.edits and _helps(source.text, cause):
        edits = tuple(Edit(Span(source, start, end), text) for start, end, text in cause.edits)
        fixes = (Fix(cause.help, edits),)
    sink.error(
        cause.code,
        Span(source, cause.start, cause.end),
        cause.message,
        labels=cause.labels,
        help=cause.help,
        fixes=fixes,
    )
    return fixes[0].edits if fixes else ()


def _helps(text: str, cause: _Cause) -> bool:
    """Whether libyaml, once the edits are made, reads the text to its end, or past the next line at the least."""
    for start, end, new in sorted(cause.edits, reverse=True):
        text = text[:start] + new + text[end:]
    last = text.find("\n", max(end for _, end, _ in cause.edits) + 1)
    depth = 0
    try:
        for number, event in enumerate(
            yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        ):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _MAX_DEPTH or number > _MAX_EVENTS:
                mark = event.start_mark
                return mark is not None and mark.index > last > -1
    except yaml.MarkedYAMLError as error:
        return last != -1 and error.problem_mark is not None and error.problem_mark.index > last + 1
    except yaml.YAMLError:
        return False
    return True


class _Investigation:
    """One error: `at` is where libyaml stopped, `begin` where the construct begins that it was reading."""

    def __init__(self, source: Source, at: int, begin: int, context: str, problem: str) -> None:
        self.source = source
        self.text = source.text
        self.at = at
        self.begin = begin
        self.context = context
        self.problem = problem
        self.character = self.text[at : at + 1]
        self.line_start = self.text.rfind("\n", 0, at) + 1
        self.line = source.line(source.position(at)[0])
        self.before = self.text[self.line_start : at]

    def cause(self) -> _Cause:
        return (
            self._tab()
            or self._property()
            or self._quote()
            or self._colon()
            or self._bracket()
            or self._token()
            or self._indentation()
            or self._here("E0101", f"this is not YAML: {self.problem}", "check this line, and the one before")
        )

    def _here(self, code: str, message: str, help: str, *labels: Label, edits: _Edits = ()) -> _Cause:
        end = self.at + 1 if self.character.strip() else self.at
        return _Cause(code, self.at, end, message, help, labels, edits)

    def _line_end(self, at: int) -> int:
        """The end of what is written in the line of `at`, its comment aside."""
        number = self.source.position(at)[0]
        start = self.source.line_start(number)
        return start + len(self.source.line(number).partition(" #")[0].rstrip())

    def _tab(self) -> _Cause | None:
        indentation = re.match(r"[ ]*(?:-[ ]*)?(\t+)", self.line)
        if indentation is None:
            return None
        start = self.line_start + indentation.start(1)
        end = self.line_start + indentation.end(1)
        return _Cause(
            "E0102", start, end, "a tab is used as indentation", "use spaces", (), self._spaces(start, end)
        )

    def _spaces(self, start: int, end: int) -> _Edits:
        """Spaces for tabs: for the one behind a dash, and for all that indent, where nothing else does."""
        if self.line.lstrip(" ").startswith("-"):
            return ((start, end, " "),)
        above, below = self.source.line(self._number_above()), self._next_line()
        alike = _indent(above) == _indent(below) > 0 and "\t" not in above[: _indent(above)]
        if alike and start == self.line_start and not above.partition(" #")[0].rstrip().endswith(":"):
            return ((start, end, above[: _indent(above)]),)
        if re.search(r"^ +[^ #\r\n]", self.text, re.MULTILINE):
            return ()
        found = list(islice(re.finditer(r"^\t+", self.text, re.MULTILINE), _MAX_EDITS + 1))
        if len(found) > _MAX_EDITS:
            return ()
        return tuple((match.start(), match.end(), "  " * len(match.group())) for match in found)

    def _property(self) -> _Cause | None:
        """Half an anchor, alias or tag: most often a text that needs quotes."""
        for what, code in (("an anchor", "E0106"), ("an alias", "E0106"), ("a tag", "E0108")):
            if self.context == f"while scanning {what}":
                sign = self.text[self.begin : self.begin + 1]
                message = f"`{sign}` begins {what}, and archspec has none"
                help = f"put quotes around a text that begins with `{sign}`"
                return _Cause(code, self.begin, self.begin + 1, message, help)
        if self.problem == "found undefined tag handle":
            message = "`!` begins a tag, and archspec has none"
            return self._here("E0108", message, "write the value without it")
        return None

    def _quote(self) -> _Cause | None:
        if "a quoted scalar" not in self.context:
            return None
        if self.problem.startswith("found unexpected"):
            quote = self.text[self.begin]
            message = f"the quote {quote} that opens here is never closed"
            end = self._line_end(self.begin)
            return _Cause(
                "E0117",
                self.begin,
                self.begin + 1,
                message,
                f"add {quote} at the end of the text",
                (),
                ((end, end, quote),),
            )
        message = "a backslash in double quotes begins an escape, and this is none"
        return self._here("E0101", message, "use single quotes, where a backslash is a backslash")

    def _colon(self) -> _Cause | None:
        """A `:` that has no key before it, or a key that has no `:` after it."""
        if self.problem == "could not find expected ':'":
            number = self.source.position(self.begin)[0]
            line = self.source.line(number)
            end = max(self.begin, self.source.line_start(number) + len(line.rstrip()))
            return self._missing_space(number) or self._no_key(self.begin, end)
        if self.problem != "mapping values are not allowed in this context":
            return None
        if cause := self._no_space_after_dash() or self._no_colon():
            return cause
        if conditional := _CONDITIONAL.search(self.line):
            test, then, otherwise = conditional.groups()
            start = self.line_start + conditional.start()
            help = f"write `$({then} if {test} else {otherwise})`"
            edits: _Edits = ((start, start + len(conditional[0]), help[7:-1]),)
            return self._here("E0101", "a choice is not written with `?` and `:`", help, edits=edits)
        if _GLUED_VALUE.match(self.line) and (cause := self._missing_space(self.source.position(self.at)[0])):
            return cause
        if ": " in self.before or self.before.rstrip().endswith(":"):
            edits = self._quoted_value()
            help = "put quotes around a text that contains `: `, or begin a new line"
            if edits and edits[0][2].startswith("{"):
                help = f"put braces around the node: `{edits[0][2]}`"
            return self._here("E0101", "a second `: ` in one line", help, edits=edits)
        number = self.source.position(self.at)[0] - 1
        while number > 1 and not self.source.line(number).strip():
            number -= 1
        if cause := self._missing_space(number):
            return cause
        previous = self.source.line(number)
        if ":" not in previous and _indent(self.line) == _indent(previous):
            start = self.source.line_start(number) + _indent(previous)
            return self._no_key(start, start + len(previous.strip()))
        if _indent(self.line) > _indent(previous):
            if cause := self._no_colon_above():
                return cause
            written = previous.partition(" #")[0].rstrip()
            value = written.partition(":")[2].strip()
            end = self.source.line_start(number) + len(written)
            there = (Label("this is its value", Span(self.source, end - len(value), end)),) if value else ()
            message = f"indented further than line {number}, which already has a value"
            return self._indented(message, *there)
        return self._here("E0101", "there is no key before this colon", "write `key: value`")

    def _quoted_value(self) -> _Edits:
        """Quotes around a text that follows the first `: ` of the line, braces around entries that do."""
        key = _ENTRY.match(self.line)
        if key is None:
            return ()
        start, end = self.line_start + key.end(), self._line_end(self.at)
        value = self.text[start:end]
        if key[1] in _PROSE:
            return () if "\\" in value or '"' in value else ((start, end, f'"{value}"'),)
        if _REST_OF_NODE.fullmatch(value) and self.line.lstrip().startswith("- "):
            start = self.line_start + key.start(1)
            return ((start, end, f"{{{self.text[start:end]}}}"),)
        return ((start, end, f"{{{value}}}"),) if _ENTRIES.fullmatch(value) else ()

    def _no_space_after_dash(self) -> _Cause | None:
        """`-relu`, or `-{conv: 8}`."""
        match = _GLUED_DASH.match(self.line)
        if match is None:
            return None
        at = self.line_start + match.end()
        message, help = "there is no space after this dash", f"write `- {self.line.strip()[1:]}`"
        return _Cause("E0119", at - 1, at, message, help, (), ((at, at, " "),))

    def _no_colon(self) -> _Cause | None:
        """`conv1 {conv: 8}`: a key and its value without a colon between them."""
        match = _NO_COLON.match(self.line)
        if match is None:
            return None
        start, end = self.line_start + match.start(1), self.line_start + match.end(1)
        message, help = f"there is no colon after `{match[1]}`", f"write `{match[1]}: …`"
        return _Cause("E0119", start, end, message, help, (), ((end, end, ":"),))

    def _no_key(self, start: int, end: int) -> _Cause:
        """A line that is no entry of a mapping. Where it is a key without its colon, the colon mends it."""
        text = self.text[start:end]
        if text.startswith("//"):
            message, help = "a comment begins with `#`", "write `#` in place of `//`"
            return _Cause("E0119", start, start + 2, message, help, (), ((start, start + 2, "#"),))
        if glued := _GLUED_DASH.match(text):
            at = start + glued.end()
            message, help = "there is no space after this dash", f"write `- {text[1:]}`"
            return _Cause("E0119", at - 1, at, message, help, (), ((at, at, " "),))
        edits: _Edits = ()
        if entry := _SIGN.match(text):
            edits = ((start + entry.start(2), start + entry.end(2), ": "),)
            return _Cause(
                "E0119", start, end, "a line without `key: value`", "write `: ` after the key", (), edits
            )
        if re.fullmatch(r"\w+", text):
            edits = ((end, end, ":"),)
        elif words := _TWO_WORDS.fullmatch(text):
            edits = ((start + words.end(1), start + words.end(2), ": "),)
            help = f"write `: ` after `{words[1]}`"
            return _Cause("E0119", start, end, "a line without `key: value`", help, (), edits)
        return _Cause(
            "E0119", start, end, "a line without `key: value`", "add a colon and a value", (), edits
        )

    def _missing_space(self, number: int) -> _Cause | None:
        match = _MISSING_SPACE.match(self.source.line(number))
        if match is None:
            return None
        line_start = self.source.line_start(number)
        start, end = line_start + match.start(1), line_start + match.end(1)
        help = f"write `{match[1]} …`"
        return _Cause("E0119", start, end, "there is no space after this colon", help, (), ((end, end, " "),))

    def _bracket(self) -> _Cause | None:
        if self.problem == "found unexpected ':'" and self.text[self.at + 1 : self.at + 2].strip():
            edits: _Edits = ((self.at + 1, self.at + 1, " "),)
            return self._here(
                "E0119", "there is no space after this colon", "add a space after it", edits=edits
            )
        if self.context not in _COLLECTION:
            return None
        kind, closing = _COLLECTION[self.context]
        opening = self.text[self.begin : self.begin + 1]
        if _OPEN_EXPRESSION.search(self.before):
            help = "put quotes around the expression: '$( … )'"
            message = f"`{self.character}` ends the text of an expression without quotes"
            return self._here("E0101", message, help, edits=self._quoted_expression())
        opened = Label("it opens here", Span(self.source, self.begin, self.begin + 1))
        if self.character == "{" and self.before.endswith("$"):
            named = _BRACED.match(self.text, self.at - 1)
            edits = () if named is None else ((named.start(), named.end(), f"${named[1]}"),)
            help = "write `$name`, or `$( … )` for arithmetic" if named is None else f"write `${named[1]}`"
            return _Cause("E0101", self.at - 1, self.at + 1, "`${` begins no expression", help, (), edits)
        if self.character == "[" and self.before.endswith("$"):
            listed = _LIST.match(self.text, self.at)
            edits = () if listed is None else ((self.at - 1, listed.end(), f'"$({listed[0]})"'),)
            help = "write `$( … )` around a list with arithmetic, and leave the `$` out of one without"
            if listed is not None and "$" not in listed[0] and re.search(r"[A-Za-z]", listed[0]) is None:
                edits, help = ((self.at - 1, listed.end(), listed[0]),), "leave the `$` out"
            return _Cause("E0101", self.at - 1, self.at + 1, "`$[` begins no expression", help, (), edits)
        if self.character == ":" and " " in re.split(r"[,{\[]", self.before)[-1].strip():
            start = self.at - len(re.split(r"[\s,{\[]", self.before)[-1])
            message = "two entries without a comma between them"
            help = f"add a comma before `{self.text[start : self.at]}`"
            comma = len(self.text[:start].rstrip())
            return _Cause("E0101", start, self.at + 1, message, help, (opened,), ((comma, comma, ","),))
        if self.character in ("]", "}"):
            message = f"`{self.character}` stands where `{opening}` should be closed with `{closing}`"
            edits = ((self.at, self.at, closing),)
            return self._here("E0101", message, f"write `{closing}`, or delete it", opened, edits=edits)
        if self.character.strip(":") and "\n" not in self.text[self.begin : self.at]:
            comma = len(self.text[: self.at].rstrip())
            word = re.match(r"\w*", self.text[self.at : self.at + 40])
            before = (word[0] if word else "") or self.character
            # A list or a mapping is no key: in a mapping, what is missing is not the comma.
            is_key = opening == "{" and self.character in "[{"
            edits = () if is_key else ((comma, comma, ","),)
            return self._here("E0101", f"no comma before `{before}`", "add a comma", opened, edits=edits)
        noticed = Label(
            "it should be closed by here", Span(self.source, self.at, min(self.at + 1, len(self.text)))
        )
        return _Cause(
            "E0117",
            self.begin,
            self.begin + 1,
            f"the {kind} that opens with `{opening}` is never closed",
            f"add `{closing}`",
            (noticed,) if self.at < len(self.text) else (),
            ((self._line_end(self.begin), self._line_end(self.begin), closing),),
        )

    def _quoted_expression(self) -> _Edits:
        """Quotes around an expression up to the `)` that closes it."""
        start = self.line_start + self.before.rindex("$(")
        depth = 0
        for at in range(start + 1, self.line_start + len(self.line)):
            depth += {"(": 1, ")": -1}.get(self.text[at], 0)
            if self.text[at] in "'\"\\":
                break
            if depth == 0:
                return ((start, at + 1, f'"{self.text[start : at + 1]}"'),)
        return ()

    def _token(self) -> _Cause | None:
        if self.problem == "found character that cannot start any token":
            return self._here("E0101", "a text cannot begin with this character", "put the text in quotes")
        if self.context == "while scanning a block scalar":
            message = "a text that is announced by `|` or `>` begins on the next line"
            return self._here("E0101", message, "begin a new line, indented further")
        if self.problem == "did not find expected node content":
            message = f"a value is missing before `{self.character}`"
            return self._here("E0101", message, "write it, or delete the comma")
        if self.problem == "block sequence entries are not allowed in this context":
            message = "a list item in the line of its key"
            return self._here("E0118", message, "begin the list on a line of its own")
        return None

    def _indentation(self) -> _Cause | None:
        if self.problem not in (
            "did not find expected key",
            "did not find expected '-' indicator",
            "did not find expected <document start>",
        ):
            return None
        if self.source.line(self.source.position(self.at)[0] - 1).strip() == "...":
            message = "`...` ends the document, and more follows"
            return self._here("E0109", message, "put each spec into a file of its own")
        if self.character in ("]", "}", ","):
            edits: _Edits = ((self.at, self.at + 1, ""),)
            return self._here("E0101", f"`{self.character}` has no partner", "delete it", edits=edits)
        if self.before.strip():
            message = "something stands after the end of the value"
            return self._here("E0101", message, "put quotes around all of it")
        is_item = self.line.strip().startswith("- ") or self.line.strip() == "-"
        column = self.at - self.line_start
        begin_column = self.source.position(self.begin)[1] - 1
        if self.context and column == begin_column:
            what = "a list item among the keys of a mapping" if is_item else "a key among the items of a list"
            opens = self.source.line(self._number_above()).partition(" #")[0].rstrip().endswith(":")
            if is_item and not opens:
                help = "indent it, or write the key of the list above it" + (
                    ", such as `body:`" if column == 0 else ""
                )
                if 0 < column == _indent(self._next_line()) and not self._next_line().lstrip().startswith(
                    "-"
                ):
                    dash = re.match(r"- +", self.text[self.at :])
                    end = self.at + (dash.end() if dash else 1)
                    return self._here("E0118", what, "leave the dash out", edits=((self.at, end, ""),))
                return self._here("E0118", what, help)
            is_argument = not is_item and re.match(r" *- [\w]+:", self.source.line(self._number_above()))
            edits = ((self.line_start, self.line_start, "  "),) if is_argument else ()
            return self._here("E0118", what, "indent it, or make it like its neighbours", edits=edits)
        return (
            self._no_colon_above()
            or self._unfinished_line()
            or self._indented("indented unlike any line that it could belong to")
        )

    def _outdented(self, message: str) -> _Cause | None:
        """The line before, where it alone is out of line: those around it are indented alike, and further."""
        number = self._number_above()
        above, before = self.source.line(number), self.source.line(number - 1)
        if not message.startswith("indented unlike") or not _indent(above) < _indent(self.line) == _indent(
            before
        ):
            return None
        if above.lstrip().startswith("- ") or above.partition(" #")[0].rstrip().endswith(":"):
            return None
        start = self.source.line_start(number)
        edits = ((start, start + _indent(above), " " * _indent(self.line)),)
        help = "begin it in the same column as its neighbours"
        message = "this line is indented unlike the lines around it"
        return _Cause("E0118", start + _indent(above), start + len(above.rstrip()), message, help, (), edits)

    def _unfinished_line(self) -> _Cause | None:
        """The line before, comments aside, where it is no `key: value` and so drew this one in."""
        number = self._number_above()
        line = self.source.line(number).partition(" #")[0]
        if _indent(line) != _indent(self.line) or line.lstrip().startswith("- "):
            return None
        start = self.source.line_start(number) + _indent(line)
        if ":" not in line:
            return self._no_key(start, start + len(line.strip()))
        return self._missing_space(number) if ": " not in line and not line.rstrip().endswith(":") else None

    def _no_colon_above(self) -> _Cause | None:
        """The line before, where this one is indented further, as below a key, and that one has no colon."""
        number = self._number_above()
        above = self.source.line(number).partition(" #")[0].rstrip()
        content = re.sub(r"^ *(?:- +)*", "", above)
        if ":" in above or not content or content.startswith("-") or _indent(self.line) <= _indent(above):
            return None
        end = self.source.line_start(number) + len(above)
        return self._no_key(end - len(content), end)

    def _number_above(self) -> int:
        """The number of the line before, comments and empty lines aside."""
        number = self.source.position(self.at)[0] - 1
        while number > 1 and self.source.line(number).strip()[:1] in ("", "#"):
            number -= 1
        return number

    def _next_line(self) -> str:
        """The next line that has more than a comment in it; empty at the end."""
        number = self.source.position(self.at)[0] + 1
        last = self.source.position(len(self.text))[0]
        while number <= last and self.source.line(number).strip()[:1] in ("", "#"):
            number += 1
        return self.source.line(number)

    def _indented(self, message: str, *more: Label) -> _Cause:
        start = self.line_start + _indent(self.line)
        end = max(start + 1, self.line_start + len(self.line.rstrip()))
        began = Label("the entries above begin here", Span(self.source, self.begin, self.begin + 1))
        is_apart = self.begin < self.line_start
        help = "begin it in the same column as its neighbours"
        above = self.source.line(self._number_above())
        if outdented := self._outdented(message):
            return outdented
        match = re.match(r" *(?:- +)*", above)
        own = match.end() if match and not self.line.lstrip().startswith("- ") else _indent(above)
        edits: _Edits = ((self.line_start, start, " " * own),)
        if missing := self._missing_key(own):
            edits, help = (), f"{help}, or {missing}"
        labels = (began,) if is_apart else ()
        return _Cause("E0118", start, end, f"this line is {message}", help, (*more, *labels), edits)

    def _missing_key(self, own: int) -> str:
        """The remedy where a key above this line may be missing; empty where the line alone is out of column.

        `own` is the column of its neighbours above. It is not this line alone where the next is in the same column,
        where what is below it is no further in than those neighbours, or where no such key stands at the top.
        """
        column, below = _indent(self.line), _indent(self._next_line())
        match = _KEY_OR_ITEM.match(self.line)
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
        if dash is None and below > column and _BLOCK_KEY.match(self._next_line()):
            return f"{remedy}, such as `blocks:`"
        return f"{remedy}, such as `{'body' if dash or _NODE.match(value) else 'params'}:`"


_KEY_OR_ITEM: Final = re.compile(r"\s*(- )?(?:([\w$-]+):)?(.*)")
_BLOCK_KEY: Final = re.compile(r"\s*(?:params|seq|residual):")
_NODE: Final = re.compile(r" *(?:\{|\[|[A-Za-z_]+ *$|$)")
_TOP_LEVEL: Final = (
    *("archspec", "name", "about", "input", "extends", "remove", "import", "params", "variants", "defaults"),
    *("blocks", "stem", "body", "head", "aux", "outputs", "init", "expect", "note"),
)
"""The keys of a spec, which are defined above this layer."""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
