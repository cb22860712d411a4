"""What is worked out once, and holds for every expansion of a spec.

A spec is expanded once for each of its variants, at each of the sizes tried, and under several guesses after a mistake.
`Known` holds what follows from the text of the files alone, and from no parameter, size or guess. It belongs to a
`Prepared`, and lives as long.
"""

from __future__ import annotations

from dataclasses import field

from archspec.expand.callees import Call
from archspec.expand.definitions import Definition, SpecFile
from archspec.expand.forms import Forms
from archspec.expand.library import Library
from archspec.ops.base import Op, Shape
from archspec.records import dataclass
from archspec.syntax import MappingNode, Node


@dataclass(slots=True, eq=False)
class TakenApart:
    """The nodes of a file that were taken apart without a complaint."""

    calls: dict[Node, Call] = field(default_factory=dict)
    forms: Forms = field(default_factory=Forms)
    faulty: set[Node] = field(default_factory=set)
    """Those with which something is wrong: a sink takes a complaint once, and each expansion has one of its own."""

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


@dataclass(slots=True, eq=False)
class Known:
    """What all expansions of a spec have in common."""

    library: Library = field(default_factory=Library)
    ops: dict[object, tuple[Op, Shape]] = field(default_factory=dict)
    """Ops by their arguments and their input shape, with the shape that they give."""
    bodies: dict[Definition, MappingNode] = field(default_factory=dict)
    """The nodes that blocks are, without the keys of the block around."""
    _taken: dict[SpecFile, TakenApart] = field(default_factory=dict)

    def taken_apart(self, file: SpecFile) -> TakenApart:
        """The nodes taken apart whose names are looked up in `file`."""
        taken = self._taken.get(file)
        if taken is None:
            taken = self._taken[file] = TakenApart()
        return taken
