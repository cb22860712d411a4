"""What is worked out once, and holds for every expansion of a spec.

A spec is expanded once for each of its variants, at each of the sizes tried, and under several guesses after a mistake.
`Known` holds what follows from the text of the files, and from no parameter, size or guess but those that it is kept
under. It belongs to a `Prepared`, and lives as long.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from archspec.diagnostics import Allowance, Edit
from archspec.expand.callees import Call
from archspec.expand.definitions import Definition, SpecFile
from archspec.expand.forms import Forms
from archspec.expand.library import Library
from archspec.expand.usage import mentions
from archspec.expand.values import key_of
from archspec.expressions import Expression
from archspec.ir import Aux, Constant, Module
from archspec.ops.base import Op, Shape
from archspec.records import dataclass
from archspec.syntax import MappingNode, Node

if TYPE_CHECKING:
    from archspec.expand.context import Expanded
    from archspec.expand.network import Prepared


@dataclass(slots=True, eq=False)
class TakenApart:
    """The nodes of a file that were taken apart without a complaint."""

    calls: dict[Node, Call] = field(default_factory=dict)
    forms: Forms = field(default_factory=Forms)
    faulty: set[Node] = field(default_factory=set)
    """Those with which something is wrong: a sink takes a complaint once, and each expansion has one of its own."""
    sound: set[Node] = field(default_factory=set)
    """The sequences that are none of what may stand in place of one."""

    def find(self, node: Node) -> Call | None:
        """The call that `node` is, if it, or another of its form, was taken apart before."""
        call = self.calls.get(node)
        if call is None and (call := self.forms.take_apart(node)) is not None:
            self.calls[node] = call
        return call

    def keep(self, node: Node, call: Call) -> None:
        if node not in self.faulty:
            self.calls[node] = call
            self.forms.learn(node, call)


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """What all calls of a block have in common: the node that it is, without the keys of the block around; the defaults
    of its parameters, and those that are expressions.
    """

    node: MappingNode
    defaults: Mapping[str, Constant]
    derived: Mapping[str, Expression]


@dataclass(frozen=True, slots=True, eq=False)
class KeptCall:
    """What a block call gave in another expansion, without a mistake before it or in it. Whoever takes it over counts
    the work as if it had been done again: what a variant may cost does not depend on the others.
    """

    expanded: Expanded
    steps: int
    work: int
    ops: int


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """What stem, body, head and auxiliary heads are together. Not `is_whole`: as far as it could be made."""

    root: Module
    output_names: tuple[str, ...]
    aux: tuple[Aux, ...]
    is_whole: bool
    has_all: bool = True
    """Every node is there, if only with a guess of what it gives."""
    is_same: bool = True
    """What comes out has the same shapes whatever was guessed."""


@dataclass(frozen=True, slots=True, eq=False)
class KeptBody:
    """A body in which nothing was found wrong, the work that it was, and what the standard blocks in it silence."""

    body: Body
    steps: int
    work: int
    allowances: tuple[Allowance, ...]


@dataclass(slots=True, eq=False)
class Known:
    """What all expansions of a spec have in common."""

    library: Library = field(default_factory=Library)
    ops: dict[object, tuple[Op, Shape]] = field(default_factory=dict)
    """Ops by their arguments and their input shape, with the shape that they give."""
    names: dict[tuple[str, bool], str] = field(default_factory=dict)
    """The names of nodes, folded; true: with hyphens allowed."""
    outlines: dict[Definition, Outline] = field(default_factory=dict)
    bodies: dict[object, KeptBody] = field(default_factory=dict)
    """By the parameters, where these were written, and the inputs."""
    all_is_used: bool = False
    """The file declares nothing that it never uses."""
    mended: dict[tuple[Edit, ...], Prepared | None] = field(default_factory=dict)
    """The spec as the fixes of its errors make it; None where it cannot be read."""
    steps_mended: int = 0
    """The work that expanding these was, and that of their expressions."""
    work_mended: int = 0
    _calls: dict[object, dict[object, KeptCall]] = field(default_factory=dict)
    _read_by_blocks: frozenset[str] | None = None
    _taken: dict[SpecFile, TakenApart] = field(default_factory=dict)

    def taken_apart(self, file: SpecFile) -> TakenApart:
        """The nodes taken apart whose names are looked up in `file`."""
        taken = self._taken.get(file)
        if taken is None:
            taken = self._taken[file] = TakenApart()
        return taken

    def calls_in(self, file: SpecFile) -> dict[object, KeptCall]:
        """The block calls kept under the parameters of the network, `file`, as far as its blocks and defaults read
        them.
        """
        if self._read_by_blocks is None:
            parts = (file.root.get("blocks"), file.root.get("defaults"))
            self._read_by_blocks = frozenset(
                name[1:] for part in parts if part is not None for name in mentions(part) if name[0:1] == "$"
            )
        read = [(name, key_of(value)) for name, value in file.values.items() if name in self._read_by_blocks]
        return self._calls.setdefault(tuple(read), {})
