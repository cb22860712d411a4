"""The arguments of a call, worked out.

In: a `Call` and the scope it stands in. Out: `Arguments`: the values, where each was written, and those that were
written as expressions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from archspec.expand.callees import Call, main_argument
from archspec.expand.context import Context, Defaults
from archspec.expand.definitions import Definition, SpecFile, Written
from archspec.expand.values import Scope, value_of, worked_out
from archspec.expressions import Expression, Poison
from archspec.expressions.tree import Index, Name
from archspec.ir import Constant
from archspec.ops.base import Op
from archspec.records import dataclass
from archspec.source import Span
from archspec.syntax import Node


@dataclass(frozen=True, slots=True, eq=False)
class Arguments:
    """Arguments worked out: values, what was written, and what of that were expressions."""

    scope: Scope
    """What was known at the call."""
    values: Mapping[str, Constant | Poison] = field(default_factory=dict)
    nodes: Mapping[str, Node] = field(default_factory=dict)
    expressions: Mapping[str, Expression] = field(default_factory=dict)
    defaults: frozenset[str] = frozenset()
    """The names whose values the `defaults` of the file give."""

    @property
    def spans(self) -> Mapping[str, Span]:
        """Where each argument is written."""
        return Spans(self.nodes)

    def origin(self, name: str) -> Written:
        """Where the value of an argument was written."""
        scope = Scope.of(self.scope.file) if name in self.defaults else self.scope
        return scope.origin(self.nodes[name])

    def given_elsewhere(self) -> dict[str, Span]:
        """Where the values of those arguments were written that are names alone, or items of what has a name."""
        found: dict[str, Span] = {}
        for name, expression in self.expressions.items():
            if isinstance(expression, Name | Index):
                span = self.origin(name).span
                if span != self.nodes[name].span:
                    found[name] = span
        return found

    @property
    def poisoned(self) -> frozenset[str]:
        """The names whose values are not known."""
        return frozenset(name for name, value in self.values.items() if isinstance(value, Poison))

    def constants(self) -> dict[str, Constant]:
        """The values that are known."""
        return {name: value for name, value in self.values.items() if not isinstance(value, Poison)}


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


def evaluate_arguments(call: Call, scope: Scope, context: Context) -> Arguments:
    """Work out what the node gives, over what the file's `defaults` give."""
    callee, written = call.callee, call.arguments
    is_op = not isinstance(callee, str | Definition)
    defaults = _defaults(callee, scope.file, context) if is_op else None  # type: ignore[arg-type]
    main_name = None if call.main is None else main_argument(callee)
    context.sink.steps += 1 + len(written) + (main_name is not None)
    if defaults is None:
        if main_name is None and not written:
            return Arguments(scope)
        values: dict[str, Constant | Poison] = {}
        nodes: dict[str, Node] = {}
    else:
        values, nodes = {**defaults.values}, {**defaults.nodes}
    expressions: dict[str, Expression] = {}
    if main_name is not None and call.main is not None:
        nodes[main_name] = call.main
        values[main_name], expression = worked_out(call.main, scope, context.sink)
        if expression is not None:
            expressions[main_name] = expression
    for name, (_, node) in written.items():
        nodes[name] = node
        values[name], expression = worked_out(node, scope, context.sink)
        if expression is not None:
            expressions[name] = expression
    from_defaults: frozenset[str] = frozenset()
    if defaults is not None:
        from_defaults = frozenset(name for name in defaults.nodes if nodes[name] is defaults.nodes[name])
    return Arguments(scope, values, nodes, expressions, from_defaults)


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
