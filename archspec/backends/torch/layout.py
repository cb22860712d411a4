"""The tree of Python as text.

In: nodes (`code.py`). Out: lines, laid out as `ruff format` lays them out at its default width of 88, so that
formatting an emitted file changes nothing.

A node that does not fit on its line is opened at its outermost bracket. Plain arguments then stand on one line, if they
fit there; else one item a line, each with a trailing comma, which is what makes ruff keep that layout.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, assert_never

from archspec.backends.torch.code import (
    Assign,
    Attribute,
    Call,
    Class,
    Comment,
    Conditional,
    Constant,
    ConstantValue,
    DictOf,
    Evaluate,
    Expression,
    For,
    FormatString,
    Function,
    Generator,
    If,
    Infix,
    Item,
    Keyword,
    ListOf,
    Name,
    Parameter,
    Prefix,
    Return,
    Slot,
    Spread,
    Statement,
    Subscript,
    TupleOf,
    Unpacked,
)

WIDTH: Final = 88
INDENT: Final = 4

CONDITIONAL, OR, AND, NOT, COMPARE, SUM, PRODUCT, SIGN, ATOM = range(1, 10)
STRENGTH: Final = {
    "or": OR,
    "and": AND,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not"), COMPARE),
    **dict.fromkeys(("|", "+", "-"), SUM),
    **dict.fromkeys(("*", "/", "//", "%", "@"), PRODUCT),
}
"""How tightly each infix operator binds. `|` stands only between types, alone, so its place does not matter."""


# ---------------------------------------------------------------- expressions on one line


def flat(node: Item) -> str:
    """The node on one line, however long."""
    match node:
        case Name():
            return node.text
        case Constant():
            return _constant(node.value)
        case Attribute():
            return f"{_operand(node.value, ATOM)}.{node.name}"
        case Subscript():
            return f"{_operand(node.value, ATOM)}[{flat(node.index)}]"
        case Slot():
            return ", ".join(map(flat, node.items))
        case Call():
            return f"{_operand(node.function, ATOM)}({', '.join(map(flat, node.arguments))})"
        case ListOf():
            return f"[{', '.join(map(flat, node.items))}]"
        case TupleOf():
            return (
                f"({flat(node.items[0])},)"
                if len(node.items) == 1
                else f"({', '.join(map(flat, node.items))})"
            )
        case DictOf():
            return "{" + ", ".join(f"{flat(key)}: {flat(value)}" for key, value in node.items) + "}"
        case Infix():
            return f" {node.operator} ".join(_operands(node))
        case Prefix():
            return node.operator + _operand(node.operand, NOT if node.operator == "not " else SIGN)
        case Conditional():
            then, test = _operand(node.then, OR), _operand(node.test, OR)
            return f"{then} if {test} else {_operand(node.otherwise, CONDITIONAL)}"
        case Generator():
            return f"{flat(node.element)} {_loop(node)}"
        case FormatString():
            return _format_string(node)
        case Keyword():
            return f"{node.name}={flat(node.value)}"
        case Spread():
            return f"*({flat(node.generator)})"
        case Unpacked():
            return f"*{node.value.text}"
        case _:
            assert_never(node)


def _loop(node: Generator) -> str:
    return f"for {node.target.text} in {flat(node.iterable)}"


def _strength(node: Expression) -> int:
    match node:
        case Infix():
            return STRENGTH[node.operator]
        case Prefix():
            return NOT if node.operator == "not " else SIGN
        case Conditional():
            return CONDITIONAL
        case Constant(value=int() | float() as number):
            return SIGN if _constant(number).startswith("-") else ATOM
        case _:
            return ATOM


def _operand(node: Expression, least: int) -> str:
    """The node, in parentheses if it binds more loosely than `least`."""
    return flat(node) if _strength(node) >= least else f"({flat(node)})"


def _operands(node: Infix) -> list[str]:
    """Operators are read from the left: the first operand may be of the same strength, the others must be stronger.
    Comparisons chain instead, so that theirs must all be stronger."""
    strength = STRENGTH[node.operator]
    chains = strength == COMPARE
    return [_operand(operand, strength + (at > 0 or chains)) for at, operand in enumerate(node.operands)]


def _constant(value: ConstantValue) -> str:
    return _string(value) if isinstance(value, str) else repr(value)


def _string(text: str) -> str:
    """A string literal of printable characters; double quotes, unless single ones need fewer escapes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join("\\" + at if at == quote else _escaped(at) for at in text) + quote


def _escaped(character: str) -> str:
    """The character, or its escape where it is a backslash or does not print (controls, surrogates, bidi marks)."""
    if character == "\\":
        return "\\\\"
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _format_string(node: FormatString) -> str:
    parts = [
        "".join(_escaped(at) for at in part).replace('"', '\\"').replace("{", "{{").replace("}", "}}")
        if isinstance(part, str)
        else "{" + flat(part) + "}"
        for part in node.parts
    ]
    return 'f"' + "".join(parts) + '"'


# ---------------------------------------------------------------- expressions on several lines


def lay_out(
    node: Item, indent: int, before: str = "", after: str = "", *, bracketed: bool = False
) -> list[str]:
    """The lines of `before` + node + `after`. `bracketed`: a bracket around the node lets it break anywhere."""
    line = " " * indent + before + flat(node) + after
    if len(line) <= WIDTH:
        return [line]
    match node:
        case Keyword():
            return lay_out(node.value, indent, f"{before}{node.name}=", after)
        case Spread():
            return _enclosed(f"{before}*(", _generator(node.generator, indent + INDENT), f"){after}", indent)
        case Call(arguments=(Generator() as generator,)):
            opening = f"{before}{_operand(node.function, ATOM)}("
            return _enclosed(opening, _generator(generator, indent + INDENT), f"){after}", indent)
        case Call(arguments=(_, *_)):
            opening = f"{before}{_operand(node.function, ATOM)}("
            return _enclosed(opening, _arguments(node.arguments, indent + INDENT), f"){after}", indent)
        case ListOf(items=(_, *_)):
            return _enclosed(f"{before}[", _items(node.items, indent + INDENT), f"]{after}", indent)
        case TupleOf(items=(_, *_)):
            return _enclosed(f"{before}(", _items(node.items, indent + INDENT), f"){after}", indent)
        case DictOf(items=(_, *_)):
            lines = [
                line
                for key, value in node.items
                for line in lay_out(value, indent + INDENT, f"{flat(key)}: ", ",")
            ]
            return _enclosed(f"{before}{{", lines, f"}}{after}", indent)
        case Infix() | Conditional() if bracketed:
            return _broken(node, indent, before, after)
        case Infix() | Conditional():
            return _enclosed(f"{before}(", _broken(node, indent + INDENT, "", ""), f"){after}", indent)
        case _:
            return [line]


def _enclosed(opening: str, lines: list[str], closing: str, indent: int) -> list[str]:
    return [" " * indent + opening, *lines, " " * indent + closing]


def _arguments(arguments: Sequence[Item], indent: int) -> list[str]:
    """Arguments between opened brackets: on one line if they are plain, or one alone, and fit there."""
    line = " " * indent + ", ".join(map(flat, arguments))
    values = [argument.value if isinstance(argument, Keyword) else argument for argument in arguments]
    plain = all(isinstance(value, Name | Constant | Attribute | Infix | ListOf) for value in values)
    return [line] if (plain or len(arguments) == 1) and len(line) <= WIDTH else _items(arguments, indent)


def _items(items: Sequence[Item], indent: int) -> list[str]:
    return [line for item in items for line in lay_out(item, indent, after=",", bracketed=True)]


def _generator(node: Generator, indent: int) -> list[str]:
    """A generator that no longer fits beside its brackets: on a line of its own, or split before `for`."""
    line = " " * indent + flat(node)
    if len(line) <= WIDTH:
        return [line]
    return [*lay_out(node.element, indent, bracketed=True), " " * indent + _loop(node)]


def _broken(node: Infix | Conditional, indent: int, before: str, after: str) -> list[str]:
    """One operand a line, each after the first led by its operator."""
    if isinstance(node, Infix):
        first, *rest = _operands(node)
        parts = [before + first, *(f"{node.operator} {part}" for part in rest)]
    else:
        parts = [
            before + _operand(node.then, OR),
            f"if {_operand(node.test, OR)}",
            f"else {_operand(node.otherwise, CONDITIONAL)}",
        ]
    parts[-1] += after
    return [" " * indent + part for part in parts]


# ---------------------------------------------------------------- statements


def render(statements: Sequence[Statement], indent: int = 0) -> list[str]:
    """The lines of a body, with the blank lines that ruff puts around definitions."""
    lines: list[str] = []
    for at, statement in enumerate(statements):
        around = isinstance(statement, Function | Class) or (
            at > 0 and isinstance(statements[at - 1], Function | Class)
        )
        if at > 0 and around:
            lines.extend([""] * (1 if indent else 2))
        lines.extend(_statement(statement, indent))
    return lines


def _statement(node: Statement, indent: int) -> list[str]:
    margin = " " * indent
    match node:
        case Assign():
            target = flat(node.target) + (f": {flat(node.annotation)}" if node.annotation else "")
            if node.value is None:
                return [margin + target]
            return _commented(lay_out(node.value, indent, f"{target} = "), node.comment, margin)
        case Evaluate():
            return lay_out(node.value, indent)
        case Return():
            return _commented(lay_out(node.value, indent, "return "), node.comment, margin)
        case If():
            return list(_conditional(node, indent, "if "))
        case For():
            head = f"{margin}for {node.target.text} in {flat(node.iterable)}:"
            return [head, *render(node.body, indent + INDENT)]
        case Function():
            return [*_signature(node, indent), *render(node.body, indent + INDENT)]
        case Class():
            return _class(node, indent)
        case Comment():
            return [f"{margin}# {_one_line(node.text)}"]
        case _:
            assert_never(node)


def _commented(lines: list[str], comment: str, margin: str) -> list[str]:
    """`comment` behind the last line, or above the first where it does not fit: ruff counts it as part of the line."""
    if not comment:
        return lines
    text = f"# {_one_line(comment)}"
    if len(lines[-1]) + 2 + len(text) <= WIDTH:
        return [*lines[:-1], f"{lines[-1]}  {text}"]
    return [margin + text, *lines]


def _one_line(text: str) -> str:
    return "".join(_escaped(at) for at in text)


def _conditional(node: If, indent: int, word: str) -> Iterator[str]:
    while True:
        yield from lay_out(node.test, indent, word, ":")
        yield from render(node.body, indent + INDENT)
        if len(node.otherwise) != 1 or not isinstance(node.otherwise[0], If):
            break
        node, word = node.otherwise[0], "elif "
    if node.otherwise:
        yield " " * indent + "else:"
        yield from render(node.otherwise, indent + INDENT)


def _signature(node: Function, indent: int) -> list[str]:
    parameters = [_parameter(parameter) for parameter in node.parameters]
    end = f") -> {flat(node.returns)}:"
    line = f"{' ' * indent}def {node.name}({', '.join(parameters)}{end}"
    if len(line) <= WIDTH:
        return [line]
    lines = [" " * (indent + INDENT) + ", ".join(parameters)]
    if len(lines[0]) > WIDTH:
        lines = [f"{' ' * (indent + INDENT)}{parameter}," for parameter in parameters]
    return _enclosed(f"def {node.name}(", lines, end, indent)


def _parameter(node: Parameter) -> str:
    text = node.name + (f": {flat(node.annotation)}" if node.annotation else "")
    if node.default is None:
        return text
    return f"{text} = {flat(node.default)}" if node.annotation else f"{text}={flat(node.default)}"


def _class(node: Class, indent: int) -> list[str]:
    bases = f"({', '.join(map(flat, node.bases))})" if node.bases else ""
    lines = [f"{' ' * indent}class {node.name}{bases}:"]
    if node.docstring:
        lines.extend(docstring(node.docstring, indent + INDENT))
        lines.extend([""] if node.body else [])
    lines.extend(render(node.body, indent + INDENT))
    return lines


def docstring(text: str, indent: int = 0) -> list[str]:
    """`text` as a docstring: whatever it holds, `inspect.cleandoc` of the literal gives it back.

    `text` has no leading, trailing or doubled blank lines and no blanks at the ends of its lines: what a docstring
    cannot keep.
    """
    first, *rest = text.split("\n")
    margin = " " * indent
    quotes = '"""' in text or text.startswith('"') or text.endswith('"')

    def escaped(line: str) -> str:
        shown = "".join(_escaped(at) for at in line)
        return shown.replace('"', '\\"') if quotes else shown

    if not rest:
        return [f'{margin}"""{escaped(first)}"""']
    lines = [f'{margin}"""{escaped(first)}', *(margin + escaped(line) if line else "" for line in rest)]
    return [*lines, f'{margin}"""']
