"""`__init__`: the parameters of a class, and its children in the order in which they are registered.

In: a resolved kind. Out: its constructor as a statement, and the expressions that `forward` uses in place of arguments
that differ between instances (`self.groups`).
Holds: the children are registered in the order of the template's steps, under the steps' names, which is the order
and naming of the `state_dict`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Final

from archspec.backends.torch import code
from archspec.backends.torch.layout import render
from archspec.backends.torch.loops import roll
from archspec.backends.torch.names import Namespace
from archspec.backends.torch.parameter import MISSING, Parameter
from archspec.backends.torch.resolved import (
    Child,
    ResolvedArgument,
    ResolvedCall,
    ResolvedKind,
    ResolvedSequence,
)
from archspec.backends.torch.symbols import constant
from archspec.ir import Step
from archspec.names import MODULE_ATTRIBUTES
from archspec.records import dataclass

WORTH_A_NAME: Final = 3
"""An expression that stands in a constructor this often becomes a local variable."""

SELF: Final = code.Name("self")
BODY_INDENT: Final = 8
TRUTHS: Final = frozenset(("or", "and", "==", "!=", "<", "<=", ">", ">=", "is", "is not"))
"""The operators that make a condition."""

_NUMBERED: Final = re.compile(r"(.*?)(0|[1-9][0-9]*)\Z")


@dataclass(frozen=True, slots=True)
class Constructor:
    """`attributes`: what `forward` writes for an argument that the constructor stores, by the expression it stores."""

    resolved: ResolvedKind
    """The kind, with the constructor's local variables in place of what it says often."""
    function: code.Function | None
    """None where `nn.Module`'s own does."""
    attributes: Mapping[code.Expression, code.Expression]


def constructor(resolved: ResolvedKind, after: Sequence[code.Statement] = ()) -> Constructor:
    """The constructor, with the statements `after` at its end."""
    renamed, locals_ = _named_repeats(resolved)
    attributes = _stored(renamed)
    body = [*_children(renamed, locals_, attributes), *after]
    parameters = (code.Parameter("self"), *(_parameter(parameter) for parameter in resolved.parameters))
    if len(body) == 1 and not resolved.kind.sequential:
        return Constructor(renamed, None, attributes)
    function = code.Function("__init__", parameters, code.Constant(None), tuple(body))
    return Constructor(renamed, function, attributes)


def _parameter(parameter: Parameter) -> code.Parameter:
    default = None if parameter.default is MISSING else constant(parameter.default)
    return code.Parameter(parameter.name, parameter.annotation, default)


def _children(
    resolved: ResolvedKind,
    locals_: Sequence[code.Statement],
    attributes: Mapping[code.Expression, code.Expression],
) -> Iterator[code.Statement]:
    kind = resolved.kind
    parent = code.Attribute(code.Call(code.Name("super")), "__init__")
    if kind.sequential:
        yield from locals_
        yield from _sequential_body(resolved, parent)
        return
    yield code.Evaluate(code.Call(parent))
    yield from locals_
    for value, attribute in attributes.items():
        yield code.Assign(attribute, value)
    for step, made in zip(kind.template.steps, resolved.steps, strict=True):
        if made.child is None:
            continue
        if made.condition is not None:
            condition = attributes.get(made.condition, made.condition)
            yield from _optional_child(resolved, step.name, made.child, condition)
        else:
            yield from _child_of(resolved, step.name, made.child)


def _child_of(resolved: ResolvedKind, name: str, made: Child) -> Iterator[code.Statement]:
    """A child that is always there, of which some layers may not be."""
    if not isinstance(made, ResolvedSequence) or not made.conditions:
        yield registered(name, child(made))
        return
    layers = code.Name(resolved.scope.claim_local("layers"))
    yield from _layers(layers, made)
    yield registered(name, code.Call(code.dotted("nn.Sequential"), (code.Unpacked(layers),)))


def _sequential_body(resolved: ResolvedKind, parent: code.Expression) -> Iterator[code.Statement]:
    """What a class that is itself an `nn.Sequential` does: hand its children to it."""
    names = tuple(step.name for step in resolved.kind.template.steps)
    items = tuple(step.child for step in resolved.steps if step.child is not None)
    conditions = tuple(step.condition for step in resolved.steps)
    if not any(conditions):
        yield code.Evaluate(code.Call(parent, _sequence_items(names, items)))
        return
    layers = code.Name(resolved.scope.claim_local("layers"))
    yield from _layers(layers, ResolvedSequence(names, items, conditions=conditions))
    yield code.Evaluate(code.Call(parent, (code.Unpacked(layers),)))


def _layers(layers: code.Name, made: ResolvedSequence) -> Iterator[code.Statement]:
    """The list of the layers of a sequence, some of which are there on a condition only."""
    items = list(zip(map(child, made.items), made.conditions, strict=True))
    always = list(takewhile(lambda item: item[1] is None, items))
    annotation = code.Subscript(code.Name("list"), code.dotted("nn.Module"))
    yield code.Assign(layers, code.ListOf(roll([item for item, _ in always])), annotation)
    for item, condition in items[len(always) :]:
        append = code.Evaluate(code.Call(code.Attribute(layers, "append"), (item,)))
        yield append if condition is None else code.If(condition, (append,))


def _optional_child(
    resolved: ResolvedKind, name: str, made: Child, condition: code.Expression
) -> Iterator[code.Statement]:
    """The child where it is there, and what hands on its input where it is not."""
    identity = code.Call(code.dotted("nn.Identity"))
    body = tuple(_child_of(resolved, name, made))
    if len(body) == 1:
        short = registered(name, code.Conditional(child(made), condition, identity))
        if len(render([short], BODY_INDENT)) == 1:
            yield short
            return
    if not name.isidentifier():
        yield code.If(condition, body, (registered(name, identity),))
        return
    yield code.Assign(code.Attribute(SELF, name), identity, annotation=code.dotted("nn.Module"))
    yield code.If(condition, body)


def registered(name: str, value: code.Expression) -> code.Statement:
    """`self.name = value`, also for names that are no identifiers: the digits of a list, RegNet's `block1-0`."""
    if name.isidentifier():
        return code.Assign(code.Attribute(SELF, name), value)
    return code.Evaluate(code.Call(code.Attribute(SELF, "add_module"), (code.Constant(name), value)))


def child_reference(name: str) -> code.Expression:
    """The child in `forward`. TorchScript takes `getattr` with a literal."""
    if name.isidentifier():
        return code.Attribute(SELF, name)
    return code.Call(code.Name("getattr"), (SELF, code.Constant(name)))


# ---------------------------------------------------------------- children


def child(made: Child) -> code.Expression:
    """The expression that makes a child."""
    if isinstance(made, ResolvedSequence) and made.count is not None:
        copies = code.Call(code.Name("range"), (made.count,))
        loop = code.Generator(child(made.items[0]), code.Name("_"), copies)
        return code.Call(code.dotted("nn.Sequential"), (code.Spread(loop),))
    if isinstance(made, ResolvedSequence):
        return code.Call(code.dotted("nn.Sequential"), _sequence_items(made.names, made.items))
    return call(made)


def call(made: ResolvedCall) -> code.Expression:
    """A call without inputs among its arguments."""
    return code.Call(code.dotted(made.function), tuple(_argument(argument) for argument in made.arguments))


def _argument(argument: ResolvedArgument) -> code.Item:
    if isinstance(argument.value, str):
        raise TypeError("a layer's constructor takes no input")
    return code.Keyword(argument.keyword, argument.value) if argument.keyword else argument.value


def _sequence_items(names: tuple[str, ...], items: tuple[Child, ...]) -> tuple[code.Item, ...]:
    """What stands in the brackets of an `nn.Sequential`: the items alone if their names are 0, 1, 2 …"""
    made = [child(item) for item in items]
    if all(name == str(at) for at, name in enumerate(names)):
        return roll(made)
    pairs: list[code.Expression] = [
        code.TupleOf((_name(name), item)) for name, item in zip(names, made, strict=True)
    ]
    rolled = roll(pairs)
    ordered = code.Name("OrderedDict")
    if len(rolled) == 1 and isinstance(rolled[0], code.Spread):
        return (code.Call(ordered, (rolled[0].generator,)),)
    plain = [_unrolled_name(item) for item in rolled]
    return (code.Call(ordered, (code.ListOf(tuple(plain)),)),)


def _name(name: str) -> code.Expression:
    """A name whose number a loop can count up."""
    numbered = _NUMBERED.match(name)
    if numbered is None:
        return code.Constant(name)
    return code.FormatString((numbered[1], code.Constant(int(numbered[2]))))


def _unrolled_name(item: code.Item) -> code.Item:
    """A pair outside any loop: its name is a plain string."""
    match item:
        case code.TupleOf(
            items=(code.FormatString(parts=(str() as text, code.Constant(value=number))), made)
        ):
            return code.TupleOf((code.Constant(f"{text}{number}"), made))
        case _:
            return item


# ---------------------------------------------------------------- arguments that forward needs


def _stored(resolved: ResolvedKind) -> Mapping[code.Expression, code.Expression]:
    """Arguments of functions that differ between instances become attributes, and so do the conditions of what has no
    child: `forward` asks for them."""
    names = Namespace((*MODULE_ATTRIBUTES, *(step.name for step in resolved.kind.template.steps)))
    stored: dict[code.Expression, code.Expression] = {}
    for step, made in zip(resolved.kind.template.steps, resolved.steps, strict=True):
        if made.condition is not None and made.child is None and made.condition not in stored:
            wanted = _condition_name(step, made.condition, resolved)
            stored[made.condition] = code.Attribute(SELF, names.claim(wanted))
        for stage in made.stages:
            if not isinstance(stage, ResolvedCall):
                continue
            for argument in stage.arguments:
                value = argument.value
                if isinstance(value, str) or _is_constant(value) or value in stored:
                    continue
                wanted = (
                    value.text
                    if isinstance(value, code.Name)
                    else f"{step.name}_{argument.keyword or 'value'}"
                )
                stored[value] = code.Attribute(SELF, names.claim(wanted))
    return stored


def _condition_name(step: Step, condition: code.Expression, resolved: ResolvedKind) -> str:
    if isinstance(condition, code.Name):
        return condition.text
    otherwise = "skip" if step.role == "join" else f"has_{step.name}"
    return resolved.scope.authors_name(condition) or otherwise


def _is_constant(value: code.Expression) -> bool:
    if isinstance(value, code.TupleOf | code.ListOf):
        return all(
            isinstance(item, code.Constant | code.TupleOf) and _is_constant(item) for item in value.items
        )
    return isinstance(value, code.Constant)


# ---------------------------------------------------------------- what is said often gets a name


def _named_repeats(resolved: ResolvedKind) -> tuple[ResolvedKind, list[code.Statement]]:
    """Local variables for computed channel counts that the constructor would write again and again."""
    counts = Counter(_computed(resolved))
    out = resolved.out_channels
    printed_out = None if out is None else resolved.scope.show(out)
    names: dict[code.Expression, code.Name] = {}
    statements: list[code.Statement] = []
    for value, times in counts.items():
        if times < WORTH_A_NAME:
            continue
        role = "out_channels" if value == printed_out else "hidden_channels"
        names[value] = code.Name(resolved.scope.claim_local(resolved.scope.authors_name(value) or role))
        statements.append(code.Assign(names[value], value))
    if not names:
        return resolved, []
    steps = tuple(
        replace(
            step,
            child=None if step.child is None else _renamed(step.child, names),
            condition=_renamed_condition(step.condition, names),
        )
        for step in resolved.steps
    )
    return replace(resolved, steps=steps), statements


def _computed(resolved: ResolvedKind) -> Iterator[code.Expression]:
    """The arithmetic among the arguments of children, and in the conditions of the optional ones."""
    conditions = [step.condition for step in resolved.steps]
    stack: list[Child] = [step.child for step in reversed(resolved.steps) if step.child is not None]
    while stack:
        made = stack.pop()
        if isinstance(made, ResolvedSequence):
            stack.extend(reversed(made.items))
            conditions.extend(made.conditions)
            continue
        for argument in made.arguments:
            if isinstance(argument.value, code.Infix):
                yield argument.value
    while conditions:
        condition = conditions.pop()
        if not isinstance(condition, code.Infix):
            continue
        if condition.operator in TRUTHS:
            conditions.extend(condition.operands)
        else:
            yield condition


def _renamed(made: Child, names: Mapping[code.Expression, code.Name]) -> Child:
    if isinstance(made, ResolvedSequence):
        items = tuple(_renamed(item, names) for item in made.items)
        conditions = tuple(_renamed_condition(condition, names) for condition in made.conditions)
        return replace(made, items=items, conditions=conditions)
    arguments = tuple(
        argument
        if isinstance(argument.value, str)
        else replace(argument, value=names.get(argument.value, argument.value))
        for argument in made.arguments
    )
    return replace(made, arguments=arguments)


def _renamed_condition(
    condition: code.Expression | None, names: Mapping[code.Expression, code.Name]
) -> code.Expression | None:
    if condition is None:
        return None
    if condition in names:
        return names[condition]
    if isinstance(condition, code.Infix):
        operands = tuple(_renamed_condition(part, names) for part in condition.operands)
        return replace(condition, operands=tuple(part for part in operands if part is not None))
    return condition
