"""Argument values: what a literal or an expression comes to in a scope.

In: a node of the tree and a `Scope`. Out: a constant, or `POISON` after reporting why there is none.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Final

from archspec.diagnostics import Fix, Sink
from archspec.edits import replacing
from archspec.expand.definitions import TYPES, Parameter, SpecFile, matches_type, read_as
from archspec.expressions import (
    POISON,
    Expression,
    Place,
    Poison,
    as_integer,
    evaluate,
    free_names,
    is_expression,
    names_read,
    parse,
    show,
)
from archspec.ir import Constant
from archspec.ops.base import Shape
from archspec.schema.readings import as_yaml, readings
from archspec.source import Span
from archspec.syntax import ListNode, Node, Scalar

MAX_SLIP: Final = 80
"""No longer text is taken for an expression without its `$( … )`."""


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """The names an expression may use: the file's parameters, the block's, what loops and repeats bind."""

    file: SpecFile
    values: Mapping[str, Constant | Poison]

    def binding(self, **names: Constant | Poison) -> Scope:
        """This scope with further names. The names around are not copied: there may be thousands."""
        return Scope(self.file, ChainMap(names, *layers_of(self.values)))

    def flowing(self, shape: Shape | None) -> Scope:
        """This scope at a node into which a tensor of `shape` flows; None where an error lies before it."""
        if shape is None:
            return self.binding(in_channels=POISON, in_shape=POISON)
        return self.binding(in_channels=shape[0], in_shape=shape)


def layers_of(values: Mapping[str, Constant | Poison]) -> list[MutableMapping[str, Constant | Poison]]:
    """The layers of a scope, innermost first; they are shared, and never written to."""
    if isinstance(values, ChainMap):
        return list(values.maps)
    return [values if isinstance(values, dict) else dict(values)]


def expression_of(node: Node, sink: Sink) -> Expression | None:
    """The expression that a scalar holds, if it holds one that can be read."""
    if isinstance(node, Scalar) and isinstance(node.value, str) and is_expression(node.value):
        return parse(node.value, node.span, sink)
    return None


def value_of(node: Node, scope: Scope, sink: Sink) -> Constant | Poison:
    """What `node` comes to."""
    if isinstance(node, Scalar):
        if isinstance(node.value, str) and node.value.startswith("$"):
            if node.value.startswith("$$"):
                return node.value[1:]
            expression = parse(node.value, node.span, sink)
            return POISON if expression is None else evaluate(expression, scope.values, node.span, sink)
        return node.value
    if isinstance(node, ListNode):
        items = [value_of(item, scope, sink) for item in node.items]
        return POISON if any(item is POISON for item in items) else tuple(items)  # type: ignore[arg-type]
    sink.error(
        "E0206",
        node.span,
        "a mapping cannot be a value",
        label="a value is due here",
        help="write a number, a text, a truth value or a list",
    )
    return POISON


def integer_of(node: Node, scope: Scope, sink: Sink, what: str, minimum: int, code: str) -> int | Poison:
    """The integer of at least `minimum` that `node` comes to; `what` names it in the error, `code` is the error's."""
    value = value_of(node, scope, sink)
    if value is POISON:
        return POISON
    if isinstance(value, bool) or not isinstance(value, int):
        fix = _integer_meant(node, value, scope, sink)
        help = fix.title if fix else f"write an integer of at least {minimum}"
        fixes = [fix] if fix else []
        sink.error(
            code, node.span, f"{what} is not an integer", label=said(node, value), help=help, fixes=fixes
        )
        return POISON
    if value < minimum:
        help = f"write an integer of at least {minimum}; to leave a node out, give it `if: false`"
        sink.error(code, node.span, f"{what} is less than {minimum}", label=said(node, value), help=help)
        return POISON
    return value


def _integer_meant(node: Node, value: Constant, scope: Scope, sink: Sink) -> Fix | None:
    """The integer that `node` was meant to give, where that is certain."""
    expression = expression_of(node, sink)
    if expression is None:
        return next(iter(meant_by(value, node.span, "int", scope, sink)), None)
    return as_integer(expression, value, scope.values, node.span) if isinstance(value, float) else None


def meant_by(value: Constant, span: Span, type_: str, scope: Scope, sink: Sink) -> tuple[Fix, ...]:
    """The fix of a literal that should be of `type_`: the parameter or the expression that it names, or the value that
    it is another way to write.
    """
    if "$" in span.text:
        return ()
    if isinstance(value, str) and len(value) <= MAX_SLIP:
        written = f"${value}" if value in scope.values else f"$({value})"
        expression = parse(written, span, Sink())
        names = free_names(expression) if expression is not None else ()
        if expression is not None and names and all(name in scope.values for name in names):
            trial = Sink(work=sink.work)
            result = evaluate(expression, scope.values, span, trial)
            sink.work = trial.work
            if not isinstance(result, Poison) and matches_type(result, type_):
                return replacing(span, written)
    known = next((each for each in readings("", value) if matches_type(each, type_)), None)
    return () if known is None else replacing(span, as_yaml(known))


def said(node: Node, value: Constant) -> str:
    """What a node was read as, and what it came to where it is an expression."""
    if isinstance(node, Scalar) and isinstance(node.value, str) and is_expression(node.value):
        return f"this is {show(value)}"
    return read_as(node)


def bind(
    parameters: tuple[Parameter, ...],
    given: Mapping[str, tuple[Constant | Poison, Span]],
    scope: Scope,
    owner: str,
    call: Span,
    sink: Sink,
    *,
    of_network: bool = False,
) -> dict[str, Constant | Poison]:
    """The value of every parameter: given, or its default, in which earlier parameters are known.

    `owner` names the block or network in errors, `call` is where it is used. Names in `given` are known to be
    parameters. A required one that is missing is reported, and is poison: at the call for a block's, at its
    declaration for the network's (`of_network`).
    """
    bound: dict[str, Constant | Poison] = {}
    known = Scope(scope.file, ChainMap(bound, *layers_of(scope.values)))
    missing = []
    unknown_before = frozenset(
        parameter.name for parameter in parameters if parameter.name not in scope.values
    )
    for parameter in parameters:
        if parameter.name in given:
            value, span = given[parameter.name]
            if not isinstance(value, Poison) and not matches_type(value, parameter.type):
                fixes = meant_by(value, span, parameter.type, scope, sink)
                sink.error(
                    "E0206",
                    span,
                    f"`{parameter.name}` of {owner} must be {TYPES[parameter.type]}",
                    label=f"this is {show(value)}",
                    help=fixes[0].title if fixes else f"give `{parameter.name}` {TYPES[parameter.type]}",
                    fixes=fixes,
                )
                value = POISON
            bound[parameter.name] = value
        elif parameter.default is not None:
            too_early = _reads_later(parameter, unknown_before, bound, sink)
            bound[parameter.name] = POISON if too_early else value_of(parameter.default, known, sink)
        else:
            missing.append(parameter)
            bound[parameter.name] = POISON
    if missing and of_network:
        for parameter in missing:
            sink.error(
                "E0408",
                parameter.span,
                f"the parameter `{parameter.name}` has no value",
                help=f"write a default in place of the type, choose a variant (`FILE:variant`), or "
                f"`--set {parameter.name}=…`",
            )
    elif missing:
        names = ", ".join(f"`{parameter.name}`" for parameter in missing)
        example = ", ".join(f"{parameter.name}: …" for parameter in missing)
        sink.error("E0205", call, f"{owner} needs {names}", help=f"add `{example}`")
    return bound


def _reads_later(
    parameter: Parameter, declared: frozenset[str], bound: Mapping[str, object], sink: Sink
) -> bool:
    """Report that a default reads the parameter itself, or one that is declared after it."""
    found = False
    pending = [] if parameter.default is None else [parameter.default]
    while pending:
        node = pending.pop()
        if isinstance(node, ListNode):
            pending.extend(node.items)
        expression = expression_of(node, Sink())
        for name in names_read(expression) if expression is not None else ():
            if name.name in declared and name.name not in bound:
                is_own = name.name == parameter.name
                sink.error(
                    "E0451",
                    Place(node.span).span(name.start, name.end),
                    f"`{name.name}` is not known yet",
                    label="its own default" if is_own else f"declared after `{parameter.name}`",
                    help="write a value"
                    if is_own
                    else f"a default may use the parameters before it: move `{name.name}` before `{parameter.name}`",
                )
                found = True
    return found


def key_of(value: object) -> object:
    """A dictionary key that tells 1, 1.0 and true apart."""
    if isinstance(value, tuple):
        return tuple(key_of(item) for item in value)
    return (type(value).__name__, value)
