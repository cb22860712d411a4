"""libyaml's complaints → diagnostics that say what a person did.

libyaml reports where it got stuck, which is often a line or more after the mistake. Here its message and
the text around the two marks it gives are read for the usual causes: tabs, a missing space after a colon,
wrong indentation, brackets and quotes that stay open, characters that need quotes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import yaml

from archspec.diagnostics import Label, Sink
from archspec.source import Source, Span

_OPEN_EXPRESSION: Final = re.compile(r"\$\([^)\n]*$")
_MISSING_SPACE: Final = re.compile(r"\s*(?:- +)?([A-Za-z_][\w-]*:)[^\s:]")
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


def report_yaml_error(error: yaml.YAMLError, source: Source, sink: Sink) -> None:
    """Put into the sink what is wrong with `source`, which libyaml gave up on with `error`."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        at = min(error.problem_mark.index, len(source.text))
        context = error.context_mark.index if error.context_mark is not None else at
        cause = _Investigation(source, at, context, error.context or "", error.problem or "").cause()
    else:
        cause = _Cause(
            "E0101", 0, 0, "the text cannot be read as YAML", "check it in an editor that knows YAML"
        )
    sink.error(
        cause.code,
        Span(source, cause.start, cause.end),
        cause.message,
        labels=cause.labels,
        help=cause.help,
    )


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

    def _here(self, code: str, message: str, help: str, *labels: Label) -> _Cause:
        end = self.at + 1 if self.character.strip() else self.at
        return _Cause(code, self.at, end, message, help, labels)

    def _tab(self) -> _Cause | None:
        indentation = re.match(r"[ ]*(?:-[ ]*)?(\t+)", self.line)
        if indentation is None:
            return None
        start = self.line_start + indentation.start(1)
        end = self.line_start + indentation.end(1)
        return _Cause("E0102", start, end, "a tab is used as indentation", "use spaces")

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
            return _Cause("E0117", self.begin, self.begin + 1, message, f"add {quote} at the end of the text")
        message = "a backslash in double quotes begins an escape, and this is none"
        return self._here("E0101", message, "use single quotes, where a backslash is a backslash")

    def _colon(self) -> _Cause | None:
        """A `:` that has no key before it, or a key that has no `:` after it."""
        if self.problem == "could not find expected ':'":
            number = self.source.position(self.begin)[0]
            line = self.source.line(number)
            return self._missing_space(number) or self._no_key(self.begin, self.begin + len(line.strip()))
        if self.problem != "mapping values are not allowed in this context":
            return None
        if ": " in self.before or self.before.rstrip().endswith(":"):
            help = "put quotes around a text that contains `: `, or begin a new line"
            return self._here("E0101", "a second `: ` in one line", help)
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
            return self._indented(f"indented further than line {number}, which already has a value")
        return self._here("E0101", "there is no key before this colon", "write `key: value`")

    def _no_key(self, start: int, end: int) -> _Cause:
        return _Cause("E0119", start, end, "a line without `key: value`", "add a colon and a value")

    def _missing_space(self, number: int) -> _Cause | None:
        match = _MISSING_SPACE.match(self.source.line(number))
        if match is None:
            return None
        line_start = self.source.line_start(number)
        start, end = line_start + match.start(1), line_start + match.end(1)
        return _Cause("E0119", start, end, "there is no space after this colon", f"write `{match[1]} …`")

    def _bracket(self) -> _Cause | None:
        if self.context not in _COLLECTION:
            return None
        kind, closing = _COLLECTION[self.context]
        opening = self.text[self.begin : self.begin + 1]
        if _OPEN_EXPRESSION.search(self.before):
            help = "put quotes around the expression: '$( … )'"
            message = f"`{self.character}` ends the text of an expression without quotes"
            return self._here("E0101", message, help)
        opened = Label("it opens here", Span(self.source, self.begin, self.begin + 1))
        if self.character == "{" and self.before.endswith("$"):
            help = "write `$name`, or `$( … )` for arithmetic"
            return _Cause("E0101", self.at - 1, self.at + 1, "`${` begins no expression", help)
        if self.character == ":" and " " in re.split(r"[,{\[]", self.before)[-1].strip():
            start = self.at - len(re.split(r"[\s,{\[]", self.before)[-1])
            message = "two entries without a comma between them"
            help = f"add a comma before `{self.text[start : self.at]}`"
            return _Cause("E0101", start, self.at + 1, message, help, (opened,))
        if self.character in ("]", "}"):
            message = f"`{self.character}` stands where `{opening}` should be closed with `{closing}`"
            return self._here("E0101", message, f"write `{closing}`, or delete it", opened)
        if self.character in ("[", "{", "'", '"') and "\n" not in self.text[self.begin : self.at]:
            return self._here("E0101", f"no comma before `{self.character}`", "add a comma", opened)
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
        )

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
            return self._here("E0101", f"`{self.character}` has no partner", "delete it")
        if self.before.strip():
            message = "something stands after the end of the value"
            return self._here("E0101", message, "put quotes around all of it")
        is_item = self.line.strip().startswith("- ") or self.line.strip() == "-"
        column = self.at - self.line_start
        begin_column = self.source.position(self.begin)[1] - 1
        if self.context and column == begin_column:
            what = "a list item among the keys of a mapping" if is_item else "a key among the items of a list"
            return self._here("E0118", what, "indent it, or make it like its neighbours")
        return self._unfinished_line() or self._indented("indented unlike any line that it could belong to")

    def _unfinished_line(self) -> _Cause | None:
        """The line before, comments aside, where it is no `key: value` and so drew this one in."""
        number = self.source.position(self.at)[0] - 1
        while number > 1 and self.source.line(number).strip()[:1] in ("", "#"):
            number -= 1
        line = self.source.line(number).partition(" #")[0]
        if _indent(line) != _indent(self.line) or line.lstrip().startswith("- "):
            return None
        start = self.source.line_start(number) + _indent(line)
        if ":" not in line:
            return self._no_key(start, start + len(line.strip()))
        return self._missing_space(number) if ": " not in line and not line.rstrip().endswith(":") else None

    def _indented(self, message: str) -> _Cause:
        start = self.line_start + _indent(self.line)
        end = max(start + 1, self.line_start + len(self.line.rstrip()))
        began = Label("the entries above begin here", Span(self.source, self.begin, self.begin + 1))
        is_apart = self.begin < self.line_start
        help = "begin it in the same column as its neighbours"
        return _Cause("E0118", start, end, f"this line is {message}", help, (began,) if is_apart else ())


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
