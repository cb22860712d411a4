"""Text → expression tree: a lexer of one regular expression, and a Pratt parser.

In: the whole scalar, `$name` or `$( … )`. Out: a tree within the bounds on length and depth, or the fault,
with its offsets. Python is never asked to parse: the grammar is what this file accepts and nothing else.

Precedence, loosest first, is Python's: `a if c else b`, `or`, `and`, `not`, comparisons (chained), `+ -`,
`* / // %`, unary `+ -`, `**` (to the right), indexing and slicing. A list may be `[x * 2 for x in xs if x > 1]`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import Final, NoReturn, cast

from archspec.expressions.functions import (
    FUNCTIONS,
    FUNCTIONS_ELSEWHERE,
    WITHOUT_FUNCTION,
    Complaint,
    bounded,
)
from archspec.expressions.tree import (
    Binary,
    BinaryOperator,
    Call,
    Compare,
    CompareOperator,
    Comprehension,
    Conditional,
    Expression,
    Index,
    ListOf,
    Literal,
    Logical,
    Name,
    Slice,
    Unary,
    UnaryOperator,
    Value,
)
from archspec.records import dataclass
from archspec.spelling import did_you_mean

MAX_LENGTH = 256
MAX_DEPTH = 32

TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<text>"[^"\\\n]*"|'[^'\\\n]*')
      | (?P<symbol>\*\*|//|<=|>=|==|!=|[-+*/%<>()\[\],:])
    """,
    re.VERBOSE,
)
SHORT_NAME = re.compile(r"\$([A-Za-z][A-Za-z0-9_]*)")
CONSTANTS: Final[dict[str, Value]] = {
    "true": True, "True": True, "false": False, "False": False, "null": None, "None": None
}  # fmt: skip
WORDS = {"if", "else", "and", "or", "not", "in", "for"}
INFIX_POWER: Final = {
    "if": 1, "or": 2, "and": 3, "not": 5, "in": 5, "==": 5, "!=": 5, "<": 5, "<=": 5, ">": 5, ">=": 5,
    "+": 6, "-": 6, "*": 7, "/": 7, "//": 7, "%": 7, "**": 9, "[": 10,
}  # fmt: skip
"""How tightly an infix word binds. `not` is infix in `not in`; as a prefix it binds with 4, a sign with 8."""
FOREIGN = {
    "=": "write `==` to compare",
    "&": "write `and`; there is no arithmetic on bits",
    "|": "write `or`; there is no arithmetic on bits",
    "~": "write `not`; there is no arithmetic on bits",
    "?": "write `a if condition else b`",
    "@": "write `*`",
    ";": "an expression gives one value",
    "#": "an expression has no comments",
    "!": "write `not`, or `!=` to compare",
    "^": "write `**` for a power",
    ".": "a name has no attributes here, and no methods",
    "\\": "a backslash has no meaning here",
    "{": "there are no dictionaries here",
    "'": "close the text with the same quote, without a backslash in it",
    '"': "close the text with the same quote, without a backslash in it",
    "$": "inside `$( … )` names are written without `$`",
}
"""What to write in place of characters that other languages have."""

OPERATORS: Final = "the operators are `+ - * / // % **`, comparisons, `and`, `or` and `not`"

UNEXPECTED = {
    "lambda": "there are no functions of your own: write the value, or give it a name in `params`",
    "for": "a list stands in brackets: `[x * 2 for x in list]`",
    ",": "a list stands in brackets: `[a, b]`; a function's name stands before its arguments: `max(a, b)`",
    ":": "a colon stands in a slice alone: `list[1:3]`",
    "<": "there are no shifts of bits: write `x * 2**n`",
    ">": "there are no shifts of bits: write `x // 2**n`",
    "else": "the condition comes first: `a if condition else b`",
    "if": "a value comes first: `a if condition else b`",
}
"""The remedy for a word where it has no meaning."""


@dataclass(frozen=True, slots=True)
class Token:
    kind: str  # number, name, word, text, symbol, end
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SyntaxFault:
    """Why and where a text is no expression."""

    complaint: Complaint
    start: int
    end: int


class _Stop(Exception):
    """Unwinds the parser to `read_tree`; carries the fault."""

    def __init__(self, fault: SyntaxFault) -> None:
        self.fault = fault


def is_expression(text: str) -> bool:
    """Whether a scalar is an expression. A text that begins with `$` is written with `$$`: see
    `literal_text`.
    """
    return text.startswith("$") and not text.startswith("$$")


def literal_text(text: str) -> str:
    """What a scalar that is no expression stands for: `$$x` is the text `$x`."""
    return text[1:] if text.startswith("$$") else text


@lru_cache(maxsize=4096)
def read_tree(text: str) -> Expression | SyntaxFault:
    """The tree of `$name` or `$( … )`, cached by text: a tree does not know where it stands."""
    if len(text) > MAX_LENGTH:
        message = f"an expression of {len(text):,} characters; at most {MAX_LENGTH} are read"
        return SyntaxFault(Complaint("E0457", message, "give parts of it a name in `params`"), 0, len(text))
    if match := SHORT_NAME.fullmatch(text.rstrip()):
        if match[1] in CONSTANTS:
            return Literal(CONSTANTS[match[1]], 1, match.end())
        if match[1] not in WORDS:
            return Name(match[1], 1, match.end())
    if not text.startswith("$("):
        message = "after `$` stands a name alone, or an expression in parentheses"
        return SyntaxFault(Complaint("E0450", message, "write `$name` or `$(expression)`"), 0, len(text))
    try:
        return _Parser(text, 2).whole()
    except _Stop as stop:
        return stop.fault


def closing_parenthesis(text: str, start: int) -> int | None:
    """Where the expression whose `(` stands just before `start` ends: the offset after its `)`."""
    depth = 1
    at = start
    while at < len(text) and depth:
        match = TOKEN.match(text, at)
        if match is None:
            at += 1
            continue
        at = match.end()
        depth += {"(": 1, ")": -1}.get(match.group(), 0)
    return at if depth == 0 else None


class _Parser:
    """One pass over the tokens of `text[start:]`, up to the `)` that closes the expression and ends the
    text.
    """

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.tokens: list[Token] = []
        self.index = 0
        self.depth = 0
        self._tokenize(start)

    def _tokenize(self, at: int) -> None:
        while at < len(self.text):
            match = TOKEN.match(self.text, at)
            if match is None:
                character = self.text[at]
                shown = character if character.isprintable() else f"U+{ord(character):04X}"
                self._stop(
                    f"`{shown}` has no meaning in an expression",
                    at,
                    at + 1,
                    FOREIGN.get(character, OPERATORS),
                )
            kind = match.lastgroup or ""
            if kind != "space":
                if kind == "name" and match.group() in WORDS:
                    kind = "word"
                self.tokens.append(Token(kind, match.group(), at, match.end()))
            at = match.end()
        self.tokens.append(Token("end", "", at, at))

    def _stop(
        self, message: str, start: int, end: int, help: str = "", code: str = "E0450", meant: str = ""
    ) -> NoReturn:
        raise _Stop(SyntaxFault(Complaint(code, message, help, meant), start, end))

    def _unexpected(self, token: Token, wanted: str) -> NoReturn:
        if token.kind == "end":
            message = f"the expression ends where {wanted} should stand"
            help = "complete it; between `[ ]` or `{ }` of YAML an expression with a comma needs quotes"
            self._stop(message, 0, len(self.text), help)
        before = self.tokens[self.tokens.index(token) - 1].text if token is not self.tokens[0] else ""
        help = UNEXPECTED.get(before if before == "lambda" else token.text, "")
        if not help and wanted == "a value":
            help = "write a name, a number, a text or a list here"
        elif not help and wanted.startswith("`") and " " not in wanted:
            help = f"write {wanted} here"
        elif not help and token.kind in ("name", "number", "text"):
            help = f"write an operator before `{token.text}`, such as `*`"
        elif not help:
            help = f"write {wanted} before it"
        self._stop(f"`{token.text}` stands where {wanted} should", token.start, token.end, help)

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def _take(self) -> Token:
        token = self.tokens[self.index]
        self.index += 1
        return token

    def _expect(self, text: str) -> Token:
        if self.token.text != text or self.token.kind == "text":
            self._unexpected(self.token, f"`{text}`" if text != ")" else "an operator or `)`")
        return self._take()

    def whole(self) -> Expression:
        expression = self.expression(0)
        self._expect(")")
        if self.token.kind != "end":
            message = "text after the closing parenthesis"
            self._stop(message, self.token.start, len(self.text), "put the whole value into one `$( … )`")
        return expression

    def expression(self, power: int) -> Expression:
        """The longest expression here whose infix words all bind tighter than `power`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            message = f"an expression nested more than {MAX_DEPTH} deep"
            self._stop(
                message, self.token.start, self.token.end, "give parts of it a name in `params`", "E0457"
            )
        left = self._prefix()
        while (binding := self._binding()) > power:
            left = self._infix(left, binding)
        self.depth -= 1
        return left

    def _binding(self) -> int:
        token = self.tokens[self.index]
        if token.kind not in ("symbol", "word"):
            return 0
        if token.text == "not" and self.tokens[self.index + 1].text != "in":
            return 0
        return INFIX_POWER.get(token.text, 0)

    def _prefix(self) -> Expression:
        token = self._take()
        match token.kind:
            case "number":
                return Literal(self._number(token), token.start, token.end)
            case "text":
                return Literal(token.text[1:-1], token.start, token.end)
            case "name":
                return self._named(token)
        match token.text:
            case "-" | "+":
                operand = self.expression(8 - 1)
                return Unary(cast(UnaryOperator, token.text), operand, token.start, operand.end)
            case "not":
                operand = self.expression(4 - 1)
                return Unary("not", operand, token.start, operand.end)
            case "(":
                inner = self.expression(0)
                end = self._expect(")").end
                return (
                    inner if isinstance(inner, Name | Literal) else replace(inner, start=token.start, end=end)
                )
            case "[":
                return self._list(token.start)
        return self._unexpected(token, "a value")

    def _number(self, token: Token) -> int | float:
        value = int(token.text) if token.text.isdigit() else float(token.text)
        if isinstance(checked := bounded(value), Complaint):
            self._stop(checked.message, token.start, token.end, code=checked.code)
        return value

    def _named(self, token: Token) -> Expression:
        if self.token.text == "(":
            if token.text not in FUNCTIONS:
                self._no_function(token)
            self._take()
            if self._at(")"):
                return Call(token.text, (), token.start, self._take().end)
            arguments, end = self._items(")", self.expression(0))
            return Call(token.text, arguments, token.start, end)
        if token.text in CONSTANTS:
            return Literal(CONSTANTS[token.text], token.start, token.end)
        return Name(token.text, token.start, token.end)

    def _no_function(self, token: Token) -> NoReturn:
        near = FUNCTIONS_ELSEWHERE.get(token.text) or did_you_mean(token.text, FUNCTIONS) or ""
        known = ", ".join(f"`{name}`" for name in FUNCTIONS)
        if near:
            help = f"did you mean `{near}`? there are {known}"
        else:
            item = TOKEN.match(self.text, self.token.end)
            is_item = item is not None and item.group().isdigit() and self.text.startswith(")", item.end())
            other = "to multiply, write `*`"
            if is_item and item is not None:
                other = f"an item of a list is `{token.text}[{item.group()}]`; {other}"
            help = WITHOUT_FUNCTION.get(token.text, other)
            help += f"; there are {known}"
        self._stop(f"`{token.text}` is not a function", token.start, token.end, help, "E0458", near)

    def _list(self, start: int) -> ListOf | Comprehension:
        """A list whose `[` at `start` is taken: items between commas, or a comprehension."""
        if self._at("]"):
            return ListOf((), start, self._take().end)
        first = self.expression(0)
        if self._is_word("for"):
            return self._comprehension(first, start)
        items, end = self._items("]", first)
        return ListOf(items, start, end)

    def _comprehension(self, item: Expression, start: int) -> Comprehension:
        self._take()
        if self.token.kind != "name" or self.token.text in CONSTANTS:
            self._unexpected(self.token, "a name")
        name = self._take().text
        self._expect("in")
        items = self.expression(1)
        condition = None
        if self._is_word("if"):
            self._take()
            condition = self.expression(1)
        return Comprehension(item, name, items, condition, start, self._expect("]").end)

    def _at(self, symbol: str) -> bool:
        return self.token.kind == "symbol" and self.token.text == symbol

    def _is_word(self, word: str) -> bool:
        return self.token.kind == "word" and self.token.text == word

    def _items(self, closing: str, *items: Expression) -> tuple[tuple[Expression, ...], int]:
        """`items` and those that follow, each after a comma, up to `closing`, which is taken; a comma may stand
        before it.
        """
        while self._at(","):
            self._take()
            if self._at(closing):
                break
            items += (self.expression(0),)
        if not self._at(closing):
            self._unexpected(self.token, f"`,` or `{closing}`")
        return items, self._take().end

    def _infix(self, left: Expression, binding: int) -> Expression:
        token = self._take()
        match token.text:
            case "[":
                return self._subscript(left)
            case "if":
                test = self.expression(1)
                self._expect("else")
                otherwise = self.expression(0)
                return Conditional(left, test, otherwise, left.start, otherwise.end)
            case "and" | "or":
                right = self.expression(binding)
                return Logical(token.text, left, right, left.start, right.end)
            case "**":
                right = self.expression(8 - 1)
                return Binary("**", left, right, left.start, right.end)
            case "+" | "-" | "*" | "/" | "//" | "%":
                right = self.expression(binding)
                return Binary(cast(BinaryOperator, token.text), left, right, left.start, right.end)
        return self._comparison(left, token)

    def _subscript(self, base: Expression) -> Index | Slice:
        first = None if self._at(":") else self.expression(0)
        if first is not None and not self._at(":"):
            return Index(base, first, base.start, self._expect("]").end)
        self._take()
        last = None if self._at("]") else self.expression(0)
        return Slice(base, first, last, base.start, self._expect("]").end)

    def _comparison(self, first: Expression, token: Token) -> Expression:
        operators: list[CompareOperator] = []
        rest: list[Expression] = []
        while True:
            text = token.text
            if text == "not":
                self._take()
                text = "not in"
            operators.append(cast(CompareOperator, text))
            rest.append(self.expression(5))
            if self._binding() != 5:
                return Compare(first, tuple(operators), tuple(rest), first.start, rest[-1].end)
            token = self._take()
