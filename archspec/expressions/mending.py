"""What was meant by an expression that other languages would read, or that gives a float where an integer is due.

In: a text that is no expression, or a tree and its value. Out: the changes that mend it, where they are certain: a text
is mended only if the parser accepts what comes of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from archspec.diagnostics import Edit, Fix, shortened
from archspec.expressions.evaluator import Scope, try_evaluate
from archspec.expressions.parser import SyntaxFault, closing_parenthesis, read_tree
from archspec.expressions.place import Place
from archspec.expressions.tree import Binary, Expression, children
from archspec.records import dataclass
from archspec.source import Span

Change = tuple[int, int, str]
"""The characters from the first offset to the second become the text."""

_SYMBOLS: Final = {
    "===": "==", "!==": "!=", "<>": "!=", "=": "==", "^": "**", "&&": "and", "||": "or", "!": "not",
    "=>": ">=", "=<": "<=", "×": "*", "·": "*", "⋅": "*", "÷": "/", "−": "-", "–": "-", "≤": "<=", "≥": ">=", "≠": "!=",
}  # fmt: skip

_SLIP: Final = re.compile(
    r"""(?P<text>"[^"\\\n]*"|'[^'\\\n]*')
      | \$\{\s*(?P<braced>[A-Za-z]\w*)\s*\}
      | (?<![\w)])(?P<dollar>\$)(?=[A-Za-z(])
      | (?P<module>\b(?:(?:math|np|numpy|torch)\.(?=[a-z_]+\()|(?:params|self|config|cfg)\.(?=[A-Za-z])))
      | \b(?P<counted>[A-Za-z]\w*)\.(?:len|length|size)(?:\(\))?(?![\w(])
      | (?<![\w.])(?P<separated>[0-9]+(?:_[0-9]+)+)(?!\w)
      | \b(?P<capital>AND|OR|NOT|And|Or|Not)\b
      | (?<=[\w)][ ])(?P<times>[xX])(?=[ ][\w(])
      | \b(?P<identity>is(?:[ ]+not)?)\b
      | \bpow\([ ]*(?P<base>\w+)[ ]*,[ ]*(?P<power>\w+)[ ]*(?P<pow>\))
      | \b(?P<listed>[A-Za-z]\w*)\.(?P<index>[0-9]+)(?!\w)
      | (?P<symbol>===|!==|<>|=>|=<|&&|\|\||[!<>=]=|[=^!×·⋅÷−–≤≥≠])
      | (?<![\w.])(?P<item>[A-Za-z_][A-Za-z_]*)(?P<number>[0-9]+)(?=\])
      | (?P<opening>[(\[])
      | (?P<closing>[)\]])
    """,
    re.VERBOSE,
)
_TERNARY: Final = re.compile(r"\$\(([^?:]+)\?([^?:]+):([^?:]+)\)\s*\Z")
_FEW: Final = 2
"""The brackets of an expression with one call in it."""
_CLOSING: Final = {"(": ")", "[": "]"}


@dataclass(frozen=True, slots=True)
class Mending:
    """The changes, and the text that comes of them."""

    changes: tuple[Change, ...]
    text: str


def mended(text: str) -> Mending | None:
    """The expression that `text`, which is none, was most likely meant to be."""
    text = text.rstrip()  # a block text ends with a line break
    if ternary := _TERNARY.match(text):
        test, then, otherwise = (part.strip() for part in ternary.groups())
        changed = _applied(f"$({test})", tuple(_slips(f"$({test})", 1)))[2:-1]
        return _accepted(text, ((2, ternary.end(3), f"{then} if {changed} else {otherwise}"),))
    if comma := re.fullmatch(r"\$[A-Za-z]\w*(,)", text):
        return _accepted(text, ((*comma.span(1), ""),))
    if text.startswith("${"):
        end = len(text)
        if not text.endswith("}"):
            return None
        if re.fullmatch(r"[A-Za-z]\w*", text[2 : end - 1].strip()):
            return _accepted(text, ((1, end, text[2 : end - 1].strip()),))
        return _accepted(text, ((1, 2, "("), *_slips(text[: end - 1], 2), (end - 1, end, ")")))
    if text.startswith("$(") and (closed := closing_parenthesis(text, 2)) and text[closed:].strip(" )"):
        return _accepted(text, ((1, 1, "("), *_slips(text, 1), (len(text), len(text), ")")))
    if text.startswith("$("):
        return _accepted(text, tuple(_slips(text, 1)))
    begin = len(text) - len(text[1:].lstrip())
    return _accepted(text, ((1, begin, "("), *_slips(text, begin), (len(text), len(text), ")")))


def _accepted(text: str, changes: tuple[Change, ...]) -> Mending | None:
    result = _applied(text, changes)
    if result == text or isinstance(read_tree(result), SyntaxFault):
        return None
    return Mending(changes, result)


def _applied(text: str, changes: tuple[Change, ...]) -> str:
    """The changes stand in the order of the text."""
    for start, end, new in reversed(changes):
        text = text[:start] + new + text[end:]
    return text


def _slips(text: str, at: int) -> Iterator[Change]:
    """What other languages write otherwise, and brackets without their partners, from `at` on."""
    open_brackets: list[str] = []
    for found in _SLIP.finditer(text, at):
        start, end = found.span()
        written = found.group()
        match found.lastgroup:
            case "braced":
                yield start, end, found["braced"]
            case "dollar" | "module":
                yield start, end, ""
            case "counted":
                yield start, end, f"len({found['counted']})"
            case "separated":
                yield start, end, written.replace("_", "")
            case "times":
                yield start, end, "*"
            case "capital":
                yield start, end, written.lower()
            case "identity":
                yield start, end, "==" if written == "is" else "!="
            case "pow":
                yield start, end, f"{found['base']} ** {found['power']}"
            case "index":
                yield start, end, f"{found['listed']}[{found['index']}]"
            case "symbol":
                if written in _SYMBOLS:
                    yield start, end, _spaced(_SYMBOLS[written], text, start, end)
            case "number" if "]" not in open_brackets:
                yield found.start("number"), found.start("number"), "["
                open_brackets.append("]")
            case "opening":
                open_brackets.append(_CLOSING[written])
            case "closing":
                if written not in open_brackets:
                    yield start, end, ""
                    continue
                missing = ""
                while (due := open_brackets.pop()) != written:
                    missing += due
                if missing:
                    yield start, start, missing
    if open_brackets:
        end = len(text.rstrip())
        yield end, end, "".join(reversed(open_brackets))


def _spaced(new: str, text: str, start: int, end: int) -> str:
    """A word keeps its distance from what stands beside it."""
    if not new.isalpha():
        return new
    before = " " if text[start - 1].isalnum() or text[start - 1] in "_)]" else ""
    return before + new + ("" if text[end : end + 1] == " " else " ")


def fix(mending: Mending, place: Place) -> Fix:
    edits = tuple(place.edit(*change) for change in _joined(mending.changes))
    written = place.scalar.text
    if "[" in mending.text and "[" not in written and written.startswith("$") and '"' not in mending.text:
        edits = (Edit(place.scalar, f'"{mending.text}"'),)  # between braces, YAML would end it at the bracket
    # Of several brackets that were opened, any may be the one that was to be closed, and anywhere.
    *_, (_, _, last) = mending.changes
    is_certain = not (last.endswith(")") and mending.text.endswith(last) and mending.text.count("(") > _FEW)
    return Fix(f"write `{shortened(mending.text)}`", edits, is_certain)


def _joined(changes: tuple[Change, ...]) -> Iterator[Change]:
    """Changes that touch as one: of two edits at one place, nobody can tell which comes first."""
    pending: Change | None = None
    for change in changes:
        if pending is not None and pending[1] == change[0]:
            change = (pending[0], change[1], pending[2] + change[2])
        elif pending is not None:
            yield pending
        pending = change
    if pending is not None:
        yield pending


def as_integer(expression: Expression, value: float, scope: Scope, span: Span) -> Fix | None:
    """How the expression at `span`, which gives a float, gives an integer: by `int` if it is whole, else by `//`."""
    place = Place(span)
    text = place.span(0, len(span.text)).text.rstrip()
    if read_tree(text) != expression:
        return None  # escapes, or several lines
    if value.is_integer():
        begin, end = (2, len(text) - 1) if text.startswith("$(") else (1, len(text))
        opening, closing = ("int(", ")") if text.startswith("$(") else ("(int(", "))")
        mending = _accepted(text, ((begin, begin, opening), (end, end, closing)))
    else:
        slashes = sorted(text.index("/", division.left.end) for division in _divisions(expression))
        mending = _accepted(text, tuple((at, at + 1, "//") for at in slashes))
    tree = None if mending is None else read_tree(mending.text)
    if mending is None or tree is None or isinstance(tree, SyntaxFault):
        return None
    return fix(mending, place) if isinstance(try_evaluate(tree, scope), int) else None


def _divisions(expression: Expression) -> Iterator[Binary]:
    if isinstance(expression, Binary) and expression.operator == "/":
        yield expression
    for part in children(expression):
        yield from _divisions(part)
