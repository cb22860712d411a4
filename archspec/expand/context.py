"""What all of expansion shares: where errors go, the blocks in reach, how much has been made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from archspec.diagnostics import Sink
from archspec.expand.definitions import Library
from archspec.expressions import Poison
from archspec.ir import InitRule, Module
from archspec.limits import Limits
from archspec.ops.base import Op, Shape
from archspec.source import Span
from archspec.syntax import Node

if TYPE_CHECKING:
    from archspec.expand.calls import Call
    from archspec.expand.place import Flow, Place
    from archspec.expand.targets import Target
    from archspec.expand.values import Scope


class ExpandNode(Protocol):
    """`nodes.expand_node`."""

    def __call__(
        self,
        name: str,
        name_span: Span,
        node: Node,
        place: Place,
        flow: Flow,
        scope: Scope,
        context: Context,
        *,
        claimed: bool = False,
    ) -> Flow | None: ...


class TargetOf(Protocol):
    """`nodes.target_of`."""

    def __call__(
        self, call: Call, name: str, place: Place, flow: Flow, scope: Scope, context: Context
    ) -> Target | Poison: ...


@dataclass(frozen=True, slots=True)
class Expanded:
    """What a block call gives for one set of arguments and one input shape."""

    target: Op | Module
    shape: Shape
    size: int
    init: InitRule | None


NODES_PER_OP: Final = 2
"""How many nodes may be looked at for each op that a network may have: sequences, and nodes left out, make none."""


@dataclass(slots=True)
class Context:
    """The state of one expansion."""

    sink: Sink
    limits: Limits
    library: Library
    expand_node: ExpandNode
    target_of: TargetOf
    calls: dict[object, Expanded | Poison] = field(default_factory=dict)
    """Block calls already expanded, by definition, arguments and input shape."""
    active: list[tuple[str, Span]] = field(default_factory=list)
    """The blocks being expanded, outermost first: one that comes again is a recursion."""
    expanded: int = 0
    """Ops expanded so far; those of a call already in `calls` are not counted again. Bounds the time."""
    visited: int = 0
    """Nodes looked at, those left out by `if` included: a loop may go round many of them and make nothing."""
    exhausted: bool = False
    """A limit was met and reported: everything after it is poison."""

    def visit(self, span: Span) -> bool:
        """Count a node; False where it is one too many, or where too much is wrong for anyone to read on."""
        self.visited += 1
        if self.visited > NODES_PER_OP * self.limits.ops:
            self.exhaust(
                "E0402",
                span,
                f"loops and repeats lead to more than {NODES_PER_OP * self.limits.ops:,} nodes",
                "lower a `repeat`, shorten a loop, or raise the limit on the command line with `--max-ops`",
            )
        if self.sink.is_full:
            self.exhausted = True
        return not self.exhausted

    def exhaust(self, code: str, span: Span, message: str, help: str) -> None:
        """Report that a limit is met, once, and stop expanding."""
        if not self.exhausted:
            self.sink.error(code, span, message, help=help)
        self.exhausted = True
