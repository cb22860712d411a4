"""What all of expansion shares: where errors go, the blocks in reach, how much has been made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Protocol, TypeAlias

from archspec.diagnostics import Diagnostic, Fix, Sink
from archspec.expand.definitions import Definition, SpecFile
from archspec.expand.guesses import Guesses
from archspec.expressions import Poison
from archspec.expressions.evaluator import MAX_WORK_TOGETHER
from archspec.ir import Constant, InitRule, Module
from archspec.limits import Limits
from archspec.lower import Draft
from archspec.ops.base import Op, Shape
from archspec.records import dataclass
from archspec.source import Span
from archspec.syntax import Node

if TYPE_CHECKING:
    from archspec.expand.callees import Call
    from archspec.expand.known import KeptCall, Known
    from archspec.expand.library import Library
    from archspec.expand.place import Flow, Place
    from archspec.expand.scope import Scope
    from archspec.expand.targets import Target


class ExpandNode(Protocol):
    """`nodes.expand_node`."""

    def __call__(
        self,
        name: str,
        name_at: At,
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


At: TypeAlias = Span | Node
"""A place, or what stands there: a span takes time to make, and most are needed only after a mistake."""


def span_of(at: At) -> Span:
    return at if isinstance(at, Span) else at.span


@dataclass(frozen=True, slots=True, eq=False)
class Defaults:
    """What a file's `defaults` give to an op: values, and what was written."""

    values: Mapping[str, Constant | Poison]
    nodes: Mapping[str, Node]


@dataclass(frozen=True, slots=True)
class Expanded:
    """What a block call gives for one set of arguments and one input shape."""

    target: Op | Module
    shape: Shape
    size: int
    init: InitRule | None
    guessed: bool
    """A shape inside was guessed, after an error."""
    allows: bool
    """A block inside silences warnings of its own."""
    errors: Sequence[Diagnostic] = ()
    """What is wrong with the body and no step inside bears: whoever calls it does."""


@dataclass(slots=True)
class Context:
    """The state of one expansion."""

    sink: Sink
    limits: Limits
    known: Known
    expand_node: ExpandNode
    target_of: TargetOf
    guesses: Guesses = field(default_factory=Guesses)
    kept: dict[object, KeptCall] | None = None
    """Block calls of other expansions of the spec; None where nothing is to be taken from them or kept for them."""
    calls: dict[object, Expanded | Poison] = field(default_factory=dict)
    """Block calls already expanded, by definition, arguments and input shape."""
    defaults: dict[tuple[SpecFile, type[Op]], Defaults] = field(default_factory=dict)
    """The default arguments of ops, by the file that gives them."""
    undeclared: dict[Definition, Mapping[str, Span]] = field(default_factory=dict)
    """The names that blocks read and do not declare, as far as anybody asked."""
    used: dict[SpecFile, None] = field(default_factory=dict)
    """The files with allowances of their own that were met."""
    uses: int = 0
    """How often one was met."""
    causes: dict[Span, Sequence[Diagnostic]] = field(default_factory=dict)
    """What has made sides of joins differ, with what was told of it: it is told once."""
    wrong: dict[Span, Sequence[Diagnostic]] = field(default_factory=dict)
    """The numbers that were told to be no count: what else is computed from them is not told again."""
    renamed: dict[Span, Sequence[Fix]] = field(default_factory=dict)
    """What mends the names that no child can have: they are met at each call of a block, and the file is searched once.
    """
    misleading: set[Span] = field(default_factory=set)
    """The rows of loops that lead to nodes which are not there."""
    active: list[tuple[str, Span]] = field(default_factory=list)
    """The blocks being expanded, outermost first: one that comes again is a recursion."""
    expanded: int = 0
    """Ops expanded so far; those of a call already in `calls` are not counted again. Bounds the time."""
    lost: int = 0
    """The nodes and loops of which it is not known whether they are there, or what they read."""
    max_steps: int = field(init=False)
    exhausted: bool = False
    """A limit was met and reported: everything after it is poison."""

    def __post_init__(self) -> None:
        self.max_steps = self.limits.steps

    @property
    def library(self) -> Library:
        return self.known.library

    def use(self, file: SpecFile) -> None:
        """Let what `file`, a standard block's, silences be silent in this spec."""
        if not file.allowances:
            return
        self.uses += 1
        if file not in self.used:
            self.used[file] = None
            for allowance in file.allowances:
                self.sink.allow(allowance)

    def visit(self, at: At) -> bool:
        """Count a node, one left out by `if` as well; False where it is one too many, where expressions took too long,
        or where too much is wrong for anyone to read on.
        """
        sink = self.sink
        sink.steps += 1
        if sink.steps > self.max_steps:
            self.exhaust(
                "E0402",
                span_of(at),
                f"loops, repeats and blocks lead to more than {self.limits.steps:,} nodes, arguments and modules",
                "lower a `repeat`, shorten a loop, or raise the limit on the command line with `--max-ops`",
            )
        if sink.errors and (sink.is_full or sink.work > MAX_WORK_TOGETHER):
            self.exhausted = True
        return not self.exhausted

    def blame(self, first: int, step: Draft) -> None:
        """Let `step` bear the errors met from number `first` on, but for those that a step inside it bears."""
        if len(self.sink.met) > first:
            step.errors += self.met_since(first)
            del self.sink.met[first:]

    def met_since(self, first: int) -> tuple[Diagnostic, ...]:
        """The errors met from number `first` on, each once, however often it was met."""
        return tuple({(error.code, error.span): error for error in self.sink.met[first:]}.values())

    def meets_again(self, told: Sequence[Diagnostic] | None, message: str = "") -> bool:
        """Whether errors were told of something; here they are met once more. `message`: what is to be said of them
        here, if it is not the same.
        """
        self.sink.met += [replace(each, message=message) for each in told or ()] if message else told or ()
        return told is not None

    def exhaust(self, code: str, span: Span, message: str, help: str) -> None:
        """Report that a limit is met, once, and stop expanding."""
        if not self.exhausted:
            self.sink.error(code, span, message, help=help)
        self.exhausted = True
