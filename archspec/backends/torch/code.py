"""Python as a tree: the nodes that an emitted file is made of. `layout.py` prints them.

No text from outside enters a tree except through `Constant`, `Comment` and a class's docstring, which are escaped where
they are printed; names are identifiers before they come here (`names.py`).
"""

from __future__ import annotations

from typing import TypeAlias

from archspec.records import dataclass

ConstantValue: TypeAlias = "int | float | bool | str | None"


# ---------------------------------------------------------------- expressions


@dataclass(frozen=True, slots=True)
class Name:
    text: str


@dataclass(frozen=True, slots=True)
class Constant:
    value: ConstantValue


@dataclass(frozen=True, slots=True)
class Attribute:
    value: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Subscript:
    value: Expression
    index: Expression


@dataclass(frozen=True, slots=True)
class Slot:
    """The index of a subscript that has several parts: `dict[str, float]`, `tuple[int, ...]`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Call:
    function: Expression
    arguments: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class ListOf:
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class TupleOf:
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class DictOf:
    items: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True, slots=True)
class Infix:
    """One operator between any number of operands, so that a long sum is no deep tree."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    operator: str  # "-" or "not "
    operand: Expression


@dataclass(frozen=True, slots=True)
class Conditional:
    """`then if test else otherwise`."""

    then: Expression
    test: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Generator:
    """`element for target in iterable`; its brackets belong to what holds it."""

    element: Expression
    target: Name
    iterable: Expression


@dataclass(frozen=True, slots=True)
class FormatString:
    """An f-string: texts and expressions in turn."""

    parts: tuple[str | Expression, ...]


@dataclass(frozen=True, slots=True)
class Keyword:
    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Spread:
    """`*(generator)` among the items of a call or list."""

    generator: Generator


@dataclass(frozen=True, slots=True)
class Unpacked:
    """`*name` among the items of a call."""

    value: Name


Expression: TypeAlias = (
    Name
    | Constant
    | Attribute
    | Subscript
    | Slot
    | Call
    | ListOf
    | TupleOf
    | DictOf
    | Infix
    | Prefix
    | Conditional
    | Generator
    | FormatString
)
Item: TypeAlias = Expression | Keyword | Spread | Unpacked


def dotted(path: str) -> Expression:
    """`torch.nn.init` as a tree."""
    first, *rest = path.split(".")
    node: Expression = Name(first)
    for name in rest:
        node = Attribute(node, name)
    return node


# ---------------------------------------------------------------- statements


@dataclass(frozen=True, slots=True)
class Assign:
    """`target: annotation = value  # comment`; without a value, a field's declaration."""

    target: Expression
    value: Expression | None
    annotation: Expression | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Evaluate:
    """An expression for its effect."""

    value: Expression


@dataclass(frozen=True, slots=True)
class Return:
    value: Expression
    comment: str = ""


@dataclass(frozen=True, slots=True)
class If:
    test: Expression
    body: tuple[Statement, ...]
    otherwise: tuple[Statement, ...] = ()
    """A single `If` here prints as `elif`."""


@dataclass(frozen=True, slots=True)
class For:
    target: Name
    iterable: Expression
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    annotation: Expression | None = None
    default: Expression | None = None


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    parameters: tuple[Parameter, ...]
    returns: Expression
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Class:
    name: str
    bases: tuple[Expression, ...]
    body: tuple[Statement, ...]
    docstring: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    text: str


Statement: TypeAlias = Assign | Evaluate | Return | If | For | Function | Class | Comment


# ---------------------------------------------------------------- questions


def names_in(*nodes: Statement | Item) -> frozenset[str]:
    """Every name that the nodes mention."""
    found: set[str] = set()
    stack: list[object] = list(nodes)
    while stack:
        node = stack.pop()
        if type(node) is Name:
            found.add(node.text)
        elif type(node) is tuple:
            stack.extend(node)
        elif type(node) is not str:
            stack.extend([getattr(node, slot) for slot in getattr(node, "__slots__", ())])
    return frozenset(found)
