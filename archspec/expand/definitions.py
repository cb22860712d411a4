"""What a file defines for its nodes to use: blocks with their parameters, and default arguments.

In: the root mapping of a spec or of a library (a file with `blocks` alone). Out: `SpecFile`s. A block sees the blocks,
the `defaults` and the network parameters of the file it is written in, not those of the file that calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING

from archspec.diagnostics import Allowance, InternalError
from archspec.expressions import Poison, is_expression
from archspec.files import Folder
from archspec.ir import Constant
from archspec.records import dataclass
from archspec.source import Source, Span
from archspec.syntax import MappingNode, Node, Scalar

if TYPE_CHECKING:
    from archspec.expand.scope import Scope

TYPES: Mapping[str, str] = MappingProxyType(
    {
        "int": "an integer",
        "float": "a number",
        "bool": "true or false",
        "str": "a string",
        "list": "a list",
        "size": "an integer, or a list of one for each axis",
        "any": "any value",
    }
)
"""The types a block's parameter may be given instead of a default."""


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """A parameter of a block or of the network: required and typed, or with a default."""

    name: str
    span: Span
    type: str = "any"
    default: Node | None = None
    doubtful: bool = False
    """It was declared in a form that is wrong: whether it has a default cannot be told."""


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """A block as written."""

    name: str
    span: Span
    body: MappingNode
    parameters: tuple[Parameter, ...]
    file: SpecFile
    about: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """Where the value of a name was written. `scope`: what was known there, where that is not what is known at the name
    itself; no `node` for a value from outside the files, which is `at` a place of its own.
    """

    node: Node | None
    scope: Scope | None = None
    at: Span | None = None

    @property
    def span(self) -> Span:
        if self.node is not None:
            return self.node.span
        if self.at is None:
            raise InternalError("expand: a value was written nowhere")
        return self.at


@dataclass(slots=True, eq=False)
class SpecFile:
    """One file, with what its nodes may refer to."""

    source: Source
    root: MappingNode
    parameters: tuple[Parameter, ...] = ()
    values: dict[str, Constant | Poison] = field(default_factory=dict)
    """The network's parameters as bound for this compilation; empty for a library."""
    written: dict[str, Written | None] = field(default_factory=dict)
    """Where each of these values was written."""
    blocks: dict[str, Definition] = field(default_factory=dict)
    lacks_blocks: bool = False
    """A block of it could not be defined: a name that nothing has may be the one that was meant for it."""
    defaults: dict[str, MappingNode] = field(default_factory=dict)
    imports: dict[str, SpecFile] = field(default_factory=dict)
    folder: Folder | None = None
    """Where imports are read from; None for text that is no file."""
    standard: bool = False
    allowances: tuple[Allowance, ...] = ()
    """Of a standard block's file, which many specs may share: the warnings that it silences where it is used."""


BLOCK_KEYS = ("about", "params")
"""The keys of a block's definition that are no part of its node."""


def matches_type(value: Constant, type_: str) -> bool:
    """Whether a value may be given to a parameter declared with `type_`."""
    is_int = isinstance(value, int) and not isinstance(value, bool)
    match type_:
        case "int":
            return is_int
        case "float":
            return is_int or isinstance(value, float)
        case "bool":
            return isinstance(value, bool)
        case "str":
            return isinstance(value, str)
        case "list":
            return isinstance(value, tuple)
        case "size":
            return is_int or (isinstance(value, tuple) and all(matches_type(item, "int") for item in value))
        case _:
            return True


def read_as(node: Node) -> str:
    """What was read, in words: for the label of a type error."""
    if isinstance(node, MappingNode):
        return "this is a mapping"
    if not isinstance(node, Scalar):
        return "this is a list"
    if node.value is None:
        return "this is null"
    if isinstance(node.value, bool):
        return f"this is the boolean {node.text}"
    if isinstance(node.value, str):
        return "this is an expression" if is_expression(node.text) and not node.quoted else "this is a string"
    return f"this is the number {node.text[:40]}"


def parted_number(first: Scalar, second: str, at: Span) -> str:
    """The number that a comma cut in two, `second` at `at` being its end: `1,000`, `0,5`; empty where there is none."""
    if first.end + 1 != at.start or not first.text.isdigit() or not second.isdigit():
        return ""
    if first.text == "0":
        return f"0.{second}"
    return first.text + second if len(second) == 3 and len(first.text) <= 3 else ""


def without(mapping: MappingNode, leave_out: Callable[[str], bool]) -> MappingNode:
    """The mapping without the entries whose key `leave_out` holds for."""
    rest = MappingNode(mapping.source, mapping.start)
    rest.end = mapping.end
    rest.entries = [entry for entry in mapping.entries if not leave_out(entry[0].text)]
    return rest
