"""The arguments of a call, worked out.

In: a `Call` and the scope it stands in. Out: `Arguments`: the values, where each was written, and those that were
written as expressions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from archspec.diagnostics import Label, Sink
from archspec.expand.callees import Call, main_argument
from archspec.expand.context import Context, Defaults
from archspec.expand.definitions import Definition, SpecFile, Written
from archspec.expand.scope import Scope
from archspec.expand.values import expression_of, literal_of, value_of, value_of_expression
from archspec.expressions import POISON, Expression, Poison, names_read
from archspec.expressions.tree import Index, Name
from archspec.ir import Constant
from archspec.ops.base import Op, Shape
from archspec.records import dataclass
from archspec.source import Span
from archspec.syntax import Node, Scalar

if TYPE_CHECKING:
    from archspec.expand.targets import Target


@dataclass(frozen=True, slots=True, eq=False)
class Computed:
    """An argument that is to be worked out. Without an expression: a list of some, or a mistake."""

    name: str
    node: Node
    span: Span
    expression: Expression | None

    def value(self, scope: Scope, sink: Sink) -> Constant | Poison:
        if self.expression is None or not isinstance(self.node, Scalar):
            return value_of(self.node, scope, sink)
        return value_of_expression(self.expression, self.node, self.span, scope, sink)


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """What is the same of the arguments of a call wherever it stands: what was written, and the values of literals."""

    nodes: Mapping[str, Node]
    values: Mapping[str, Constant | Poison]
    """Poison for those that are still to be worked out."""
    computed: tuple[Computed, ...]
    expressions: Mapping[str, Expression]
    spans: Mapping[str, Span]
    made: dict[Shape, Target] = field(default_factory=dict)
    """Of an op whose arguments are literals alone: what it gave, by the shape of its input."""


@dataclass(frozen=True, slots=True, eq=False)
class Arguments:
    """Arguments worked out: values, what was written, and what of that were expressions."""

    scope: Scope
    """What was known at the call."""
    values: Mapping[str, Constant | Poison]
    nodes: Mapping[str, Node]
    spans: Mapping[str, Span]
    """Where each argument is written."""
    expressions: Mapping[str, Expression]
    defaults: frozenset[str] = frozenset()
    """The names whose values the `defaults` of the file give."""

    def origin(self, name: str) -> Written:
        """Where the value of an argument was written."""
        scope = Scope.of(self.scope.file) if name in self.defaults else self.scope
        return scope.origin(self.nodes[name])

    @property
    def given(self) -> Mapping[str, Span]:
        """Where the values of those arguments were written that are names alone, or items of what has a name."""
        return Given(self) if self.expressions else _NOWHERE_ELSE

    def sources(self, name: str) -> list[Label]:
        """A label on each place where a value that an argument is computed from was written, if on another line.

        A value that is the same wherever the block is called, or that nobody wrote, has none.
        """
        expression = self.expressions.get(name)
        if expression is None:
            return []
        at, labels = self.nodes[name].span, []
        for each in dict.fromkeys(read.name for read in names_read(expression)):
            origin = self.scope.origin_of(each)
            if origin is not None and not origin.span.source.shipped and not _is_beside(origin.span, at):
                labels.append(Label(f"`{each}` is given its value here", origin.span))
        return labels[:MAX_SOURCES]

    @property
    def poisoned(self) -> frozenset[str]:
        """The names whose values are not known."""
        return frozenset(name for name, value in self.values.items() if isinstance(value, Poison))

    def constants(self) -> dict[str, Constant]:
        """The values that are known."""
        return {name: value for name, value in self.values.items() if not isinstance(value, Poison)}


MAX_SOURCES: Final = 3
"""So many places where values come from are shown."""


def _is_beside(span: Span, other: Span) -> bool:
    return span.source is other.source and span.line == other.line


class Spans(Mapping[str, Span]):
    """Where nodes are written. A graph has them for every argument of every op, and hardly any is ever asked for."""

    __slots__ = ("_nodes",)

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self._nodes = nodes

    def __getitem__(self, name: str) -> Span:
        return self._nodes[name].span

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)


class Given(Mapping[str, Span]):
    """`Arguments.given`, looked for when somebody asks: after an error."""

    __slots__ = ("_arguments",)

    def __init__(self, arguments: Arguments) -> None:
        self._arguments = arguments

    def __getitem__(self, name: str) -> Span:
        found = self._found(name)
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._arguments.expressions if self._found(name) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _found(self, name: str) -> Span | None:
        if not isinstance(self._arguments.expressions.get(name), Name | Index):
            return None
        span = self._arguments.origin(name).span
        return None if span == self._arguments.nodes[name].span else span


_NOWHERE_ELSE: Final[Mapping[str, Span]] = MappingProxyType({})


def evaluate_arguments(call: Call, scope: Scope, context: Context) -> Arguments:
    """Work out what the node gives, over what the file's `defaults` give."""
    recipe = call.recipe
    if recipe is None:
        recipe = call.recipe = _recipe(call)
    sink = context.sink
    sink.steps += 1 + len(recipe.nodes)
    callee = call.callee
    defaults = None if isinstance(callee, str | Definition) else _defaults(callee, scope.file, context)
    if defaults is None and not recipe.computed:
        return Arguments(scope, recipe.values, recipe.nodes, recipe.spans, recipe.expressions)
    values = {**recipe.values} if defaults is None else {**defaults.values, **recipe.values}
    for computed in recipe.computed:
        values[computed.name] = computed.value(scope, sink)
    if defaults is None:
        return Arguments(scope, values, recipe.nodes, recipe.spans, recipe.expressions)
    nodes = {**defaults.nodes, **recipe.nodes}
    by_default = frozenset(defaults.nodes.keys() - recipe.nodes.keys())
    return Arguments(scope, values, nodes, Spans(nodes), recipe.expressions, by_default)


def _recipe(call: Call) -> Recipe:
    nodes: dict[str, Node] = {}
    main_name = None if call.main is None else main_argument(call.callee)
    if main_name is not None and call.main is not None:
        nodes[main_name] = call.main
    for name, (_, node) in call.arguments.items():
        nodes[name] = node
    values: dict[str, Constant | Poison] = {}
    computed: list[Computed] = []
    expressions: dict[str, Expression] = {}
    for name, node in nodes.items():
        values[name] = literal_of(node)
        if values[name] is POISON:
            expression = expression_of(node, Sink())
            computed.append(Computed(name, node, node.span, expression))
            if expression is not None:
                expressions[name] = expression
    return Recipe(nodes, values, tuple(computed), expressions, Spans(nodes))


def _defaults(op_type: type[Op], file: SpecFile, context: Context) -> Defaults | None:
    """What the `defaults` of the file give to an op; they come to the same at every node."""
    written = file.defaults.get(op_type.key)
    if written is None:
        return None
    known = context.defaults.get((file, op_type))
    if known is None:
        scope = Scope.of(file)
        known = context.defaults[file, op_type] = Defaults(
            {key.text: value_of(node, scope, context.sink) for key, node in written.entries},
            {key.text: node for key, node in written.entries},
        )
    return known
