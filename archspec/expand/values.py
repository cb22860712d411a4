"""Argument values: what a literal or an expression comes to in a scope.

In: a node of the tree and a `Scope`. Out: a constant, or `POISON` after reporting why there is none.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Callable, Mapping, MutableMapping, Set
from dataclasses import field
from types import MappingProxyType
from typing import Final, TypeAlias, TypeVar

from archspec.diagnostics import Fix, Label, Sink
from archspec.edits import replacing
from archspec.expand.definitions import TYPES, Parameter, SpecFile, Written, matches_type, read_as
from archspec.expressions import (
    POISON,
    Conditional,
    Expression,
    Index,
    Literal,
    Name,
    Place,
    Poison,
    evaluate,
    free_names,
    is_expression,
    literal_text,
    names_read,
    parse,
    show,
    try_evaluate,
)
from archspec.ir import Constant
from archspec.ops import OPS
from archspec.ops.base import Shape
from archspec.records import dataclass
from archspec.schema.readings import as_yaml, readings
from archspec.source import Source, Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar

MAX_SLIP: Final = 80
"""No longer text is taken for an expression without its `$( … )`."""


Bound: TypeAlias = Mapping[str, "Constant | Poison"]

Origins: TypeAlias = Mapping[str, Written | None]
"""Where the values of names were written; None for a name that hides one of the same name around it."""


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """The names an expression may use: the file's parameters, the block's, what loops and repeats bind."""

    file: SpecFile
    values: Bound
    written: Origins = field(default_factory=dict)

    @classmethod
    def of(cls, file: SpecFile) -> Scope:
        """What is known everywhere in `file`."""
        return cls(file, file.values, file.written)

    def binding(self, names: Bound, written: Origins = MappingProxyType({})) -> Scope:
        """This scope with further names."""
        values = _over(names, self.values)
        if not written and self.written.keys().isdisjoint(names):
            return Scope(self.file, values, self.written)
        hiding = {name: written.get(name) for name in names}
        return Scope(self.file, values, _over(hiding, self.written))

    def flowing(self, shape: Shape | None) -> Scope:
        """This scope at a node into which a tensor of `shape` flows; None where an error lies before it."""
        if shape is None:
            return self.binding(_NOTHING_FLOWS)
        return self.binding({"in_channels": shape[0], "in_shape": shape})

    def numbered(self, i: int, n: int, shape: Shape | None) -> Scope:
        """This scope in copy `i` of `n`, into which a tensor of `shape` flows."""
        flowing: Bound = _NOTHING_FLOWS if shape is None else {"in_channels": shape[0], "in_shape": shape}
        return self.binding({"i": i, "n": n, **flowing})

    def origin(self, node: Node) -> Written:
        """Where the value of `node` was written: at `node`, or, where that is a name alone or an item of one, where the
        name got its value. A choice, `a if c else b`, is what it comes to.
        """
        found, scope = Written(node, self), self
        while isinstance(found.node, Scalar) and (read := _read_by(found.node.text, scope.values)):
            name, at = read
            before = scope.written.get(name)
            if before is None:
                break
            if at is not None:
                items = before.node.items if isinstance(before.node, ListNode) else ()
                if -len(items) <= at < len(items):
                    found = Written(items[at], before.scope or scope)
                break
            found, scope = before, before.scope or scope
        return found

    def origin_of(self, name: str) -> Written | None:
        """Where the value of a name was written; None where it was nowhere: what flows in, the number of a copy."""
        written = self.written.get(name)
        if written is None or written.node is None:
            return written
        return (written.scope or self).origin(written.node)

    def place(self, node: Node, used_as: str, value: Constant = "") -> tuple[Written, list[Label]]:
        """Where to blame the value of `node`: its origin, and a label where that is not `node` itself."""
        origin = self.origin(node)
        if origin.span == node.span or not is_amiss(value):
            return Written(node, self), []
        return origin, [Label(used_as, node.span)]


def is_amiss(value: Constant | Poison | None) -> bool:
    """Whether a value that does not fit where its name is used is probably wrong where it was written too.

    A list, a fraction and the name of an op may be right there, and the name be another's here.
    """
    return not isinstance(value, tuple | float) and not (isinstance(value, str) and value in OPS)


_NAME_ALONE: Final = re.compile(r"\$(?:([A-Za-z]\w*)|\(\s*([A-Za-z]\w*)\s*\))")

_ITEM_OF_NAME: Final = re.compile(r"\$\(\s*([A-Za-z]\w*)\[\s*(-?\d{1,4})\s*\]\s*\)")

_CHOICE: Final = re.compile(r"\$\([^\"']* if .* else .*\)")
_MAX_CHOICE: Final = 256
"""No expression is longer."""


def _read_by(text: str, values: Bound | None) -> tuple[str, int | None] | None:
    """The name that a text reads and does nothing with, and which item of it. Of a choice, what it comes to with
    `values`; without them it is not known to read one name alone.
    """
    if alone := _NAME_ALONE.fullmatch(text):
        return alone[1] or alone[2], None
    if item := _ITEM_OF_NAME.fullmatch(text):
        return item[1], int(item[2])
    if values is None or len(text) > _MAX_CHOICE or not _CHOICE.fullmatch(text):
        return None
    expression = parse(text, Span(Source("", text), 0, len(text)), Sink())
    while isinstance(expression, Conditional):
        test = try_evaluate(expression.test, values)
        if isinstance(test, Poison):
            return None
        expression = expression.then if test else expression.otherwise
    match expression:
        case Name(name=name):
            return name, None
        case Index(base=Name(name=name), index=Literal(value=int() as at)):
            return name, at
    return None


V = TypeVar("V")

_NOTHING_FLOWS: Final[Bound] = MappingProxyType({"in_channels": POISON, "in_shape": POISON})

MAX_COPIED: Final = 64
"""So many names are copied sooner than they are looked up in layers. There may be thousands."""


def _over(names: Mapping[str, V], around: Mapping[str, V]) -> MutableMapping[str, V]:
    """`names`, and those around them that they do not hide; nothing of `around` is written to."""
    if isinstance(around, dict) and len(around) <= MAX_COPIED:
        return {**around, **names}
    if isinstance(around, ChainMap):
        return ChainMap(dict(names), *around.maps)
    return ChainMap(dict(names), around if isinstance(around, dict) else dict(around))


def expression_of(node: Node, sink: Sink) -> Expression | None:
    """The expression that a scalar holds, if it holds one that can be read."""
    if isinstance(node, Scalar) and isinstance(node.value, str) and is_expression(node.value):
        return parse(node.value, node.span, sink)
    return None


def value_of(node: Node, scope: Scope, sink: Sink) -> Constant | Poison:
    """What `node` comes to."""
    if isinstance(node, Scalar):
        text = node.value
        if not isinstance(text, str) or not is_expression(text):
            return literal_text(text) if isinstance(text, str) else text
        span = node.span
        expression = parse(text, span, sink)
        return POISON if expression is None else value_of_expression(expression, node, span, scope, sink)
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


def literal_of(node: Node) -> Constant | Poison:
    """What `node` comes to in any scope; poison where that is to be worked out."""
    if isinstance(node, Scalar):
        text = node.value
        if not isinstance(text, str):
            return text
        return POISON if is_expression(text) else literal_text(text)
    if isinstance(node, ListNode):
        items = [literal_of(item) for item in node.items]
        return POISON if any(item is POISON for item in items) else tuple(items)  # type: ignore[arg-type]
    return POISON


def value_of_expression(
    expression: Expression, node: Scalar, span: Span, scope: Scope, sink: Sink
) -> Constant | Poison:
    """The value of the expression that `node`, at `span`, is. A text among its operands is blamed where it was
    written.
    """
    before = len(sink.diagnostics)
    value = evaluate(expression, scope.values, span, sink)
    if value is not POISON:
        return value
    if len(sink.diagnostics) > before and sink.diagnostics[-1].code == "E0451":
        found = sink.diagnostics[-1]
        meant = found.fixes[0].edits[0].text if found.fixes else ""
        if meant:
            sink.meant[span] = found.subject, meant
        declared = scope.written.get(meant)
        if declared is not None:
            sink.relabel(Label(f"`{meant}` is declared here", declared.span))
    if span in sink.meant:
        value = _as_meant(expression, node, scope, sink)
    if value is not POISON or len(sink.diagnostics) != before + 1:
        return value
    if _blames_list(expression, node, scope, sink) or sink.diagnostics[-1].code != "E0452":
        return value
    texts = {name.name for name in names_read(expression) if isinstance(scope.values.get(name.name), str)}
    origins = [(name, origin) for name in sorted(texts) if (origin := scope.written.get(name)) is not None]
    if len(origins) == 1:
        (name, origin), found = origins[0], sink.diagnostics[-1]
        text = scope.values[name]
        fixes = () if isinstance(text, Poison) else _numeral(text, origin.span)
        sink.withdraw()
        sink.error(
            "E0206",
            origin.span,
            f"`{name}` is calculated with, and it is a text",
            label=f"this is {show(text)}" if not isinstance(text, Poison) else "",
            labels=[Label("used here", found.span)],
            help=fixes[0].title if fixes else "write a number",
            fixes=fixes,
            sole=True,
        )
    return value


def _as_meant(expression: Expression, node: Scalar, scope: Scope, sink: Sink) -> Constant | Poison:
    """The value with the nearest name in place of one that is not defined, as the fix of that has it.

    A list in place of what seems to be a number is rather another slip.
    """
    name, near = sink.meant[node.span]
    meant = scope.values.get(near, POISON)
    if name in scope.values or isinstance(meant, Poison | tuple):
        return POISON
    return evaluate(expression, {**scope.values, name: meant}, node.span, sink)


def _blames_list(expression: Expression, node: Scalar, scope: Scope, sink: Sink) -> bool:
    """Blame a list that is too short, or none, where it was written, if the parameter's default would do: a variant
    that gives `depths` fewer items than are read. Otherwise say where it was written.
    """
    found = sink.diagnostics[-1]
    origin = scope.written.get(found.subject) if found.code in ("E0452", "E0454") and found.subject else None
    if origin is None or origin.span.line == found.span.line:
        return False
    params = scope.file.root.get("params")
    default = params.get(found.subject) if isinstance(params, MappingNode) else None
    usual = None if default is None or default.span == origin.span else value_of(default, scope, Sink())
    if not isinstance(usual, tuple) or default is None:
        sink.relabel(Label(f"`{found.subject}` is given its value here", origin.span))
        return False
    values = scope.binding({found.subject: usual}).values
    if evaluate(expression, values, node.span, Sink()) is POISON:
        return False
    sink.withdraw()
    fact = "is no list" if found.code == "E0452" else "has too few items"
    sink.error(
        found.code,
        origin.span,
        f"`{found.subject}` {fact}: {found.message}",
        labels=[Label("used here", found.span), Label("the default", default.span)],
        help=f"give it {len(usual)} items, as the default has",
        sole=True,
    )
    return True


def _numeral(text: Constant, span: Span) -> tuple[Fix, ...]:
    """The fix of a number in quotes."""
    number = next((each for each in readings("", text) if isinstance(each, int | float)), None)
    return () if number is None else replacing(span, as_yaml(number))


def integer_of(node: Node, scope: Scope, sink: Sink, what: str, minimum: int, code: str) -> int | Poison:
    """The integer of at least `minimum` that `node` comes to; `what` names it in the error, `code` is the error's."""
    value = value_of(node, scope, sink)
    if value is POISON:
        return POISON
    if isinstance(value, bool) or not isinstance(value, int):
        fix = _integer_meant(node, value, scope, sink)
        help = fix.title if fix else f"write an integer of at least {minimum}"
        fixes = [fix] if fix else []
        is_of_value = fix is not None and fix.edits[0].span != node.span
        origin, labels = scope.place(node, f"used here as {what}", "" if is_of_value else value)
        sink.error(
            code,
            origin.span,
            f"{what} is not an integer",
            label=said(origin.node or node, value),
            labels=labels,
            help=help,
            fixes=fixes,
            sole=True,
        )
        return POISON
    if value < minimum:
        help = f"write an integer of at least {minimum}; to leave a node out, give it `if: false`"
        origin, labels = scope.place(node, f"used here as {what}")
        sink.error(
            code,
            origin.span,
            f"{what} is less than {minimum}",
            label=said(origin.node or node, value),
            labels=labels,
            help=help,
            sole=True,
        )
        return POISON
    return value


def _integer_meant(node: Node, value: Constant, scope: Scope, sink: Sink) -> Fix | None:
    """The integer that `node` was meant to give, where that is certain."""
    expression = expression_of(node, sink)
    origin = scope.origin(node)
    if expression is None or origin.span != node.span:
        fixes = meant_by(value, origin.span, "int", origin.scope or scope, sink)
        if fixes or expression is None:
            return next(iter(fixes), None)
    if not isinstance(value, float):
        return None
    from archspec.expressions.mending import as_integer

    return as_integer(expression, value, scope.values, node.span)


def meant_by(value: Constant, span: Span, type_: str, scope: Scope, sink: Sink) -> tuple[Fix, ...]:
    """The fix of a literal that should be of `type_`: the parameter or the expression that it names, or the value that
    it is another way to write.
    """
    if "$" in span.text:
        return ()
    if isinstance(value, str):
        written = expression_meant(value, span, lambda result: matches_type(result, type_), scope, sink)
        if written:
            return replacing(span, written)
    known = next((each for each in readings("", value) if matches_type(each, type_)), None)
    return () if known is None else replacing(span, as_yaml(known))


def expression_meant(
    text: str, span: Span, fits: Callable[[Constant], bool], scope: Scope, sink: Sink
) -> str:
    """The parameter or expression that a text is, but for its dollar, if its value fits; empty if not."""
    if len(text) > MAX_SLIP:
        return ""
    written = f"${text}" if text in scope.values or _in_parentheses(text) else f"$({text})"
    expression = parse(written, span, Sink())
    names = free_names(expression) if expression is not None else ()
    if expression is None or not names or any(name not in scope.values for name in names):
        return ""
    trial = Sink(work=sink.work)
    result = evaluate(expression, scope.values, span, trial)
    sink.work = trial.work
    return written if not isinstance(result, Poison) and fits(result) else ""


def _in_parentheses(text: str) -> bool:
    """Whether a text is an expression that wants its dollar alone: `(width * 2)`."""
    return (
        text.startswith("(")
        and text.endswith(")")
        and parse(f"${text}", Span(Source("", text), 0, len(text)), Sink()) is not None
    )


def said(node: Node, value: Constant) -> str:
    """What a node was read as, and what it came to where it is an expression."""
    if isinstance(node, Scalar) and isinstance(node.value, str) and is_expression(node.value):
        return f"this is {show(value)}"
    return read_as(node)


def bind(
    parameters: tuple[Parameter, ...],
    given: Mapping[str, tuple[Constant | Poison, Written]],
    scope: Scope,
    owner: str,
    call: Span,
    sink: Sink,
    *,
    of_network: bool = False,
) -> Scope:
    """`scope` with the value of every parameter: given, or its default, in which earlier parameters are known.

    `owner` names the block or network in errors, `call` is where it is used. Names in `given` are known to be
    parameters. A required one that is missing is reported, and is poison: at the call for a block's, at its
    declaration for the network's (`of_network`).
    """
    bound = _over({}, scope.values)
    written = _over({}, scope.written)
    known = Scope(scope.file, bound, written)
    missing = []
    unbound = {parameter.name for parameter in parameters}
    later = {name for name in unbound if name not in scope.values}
    for parameter in parameters:
        if parameter.name in given:
            value, origin = given[parameter.name]
            written[parameter.name] = origin
            if not isinstance(value, Poison) and not matches_type(value, parameter.type):
                if origin.node is not None:
                    origin = (origin.scope or scope).origin(origin.node)
                fixes = meant_by(value, origin.span, parameter.type, origin.scope or scope, sink)
                sink.error(
                    "E0206",
                    origin.span,
                    f"`{parameter.name}` of {owner} must be {TYPES[parameter.type]}",
                    label=f"this is {show(value)}",
                    labels=[]
                    if of_network or call.end >= origin.span.start >= call.start
                    else [Label(f"{owner} is given it here", call)],
                    help=fixes[0].title if fixes else f"give `{parameter.name}` {TYPES[parameter.type]}",
                    fixes=fixes,
                    sole=True,
                )
                value = POISON
            bound[parameter.name] = value
        elif parameter.default is not None and (literal := literal_of(parameter.default)) is not POISON:
            written[parameter.name] = Written(parameter.default)
            bound[parameter.name] = literal
        elif parameter.default is not None:
            too_early = _reads_later(parameter, later, sink, is_own_known=not of_network)
            written[parameter.name] = None if too_early else _default_of(parameter.default, scope, unbound)
            bound[parameter.name] = POISON if too_early else value_of(parameter.default, known, sink)
        else:
            if not parameter.doubtful:
                missing.append(parameter)
            bound[parameter.name] = POISON
            written[parameter.name] = None
        unbound.discard(parameter.name)
        later.discard(parameter.name)
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
    return known


def _default_of(default: Node, around: Scope, unbound: Set[str]) -> Written:
    """Where a default was written. One that is a name `around` says so where a parameter, itself or a later one, hides
    that name: `activation: $activation`, by which a block's parameter begins as the network's.
    """
    read = (
        _read_by(default.text, around.values) if isinstance(default, Scalar) and "$" in default.text else None
    )
    return Written(default, around if read is not None and read[0] in unbound else None)


def _reads_later(parameter: Parameter, later: Set[str], sink: Sink, *, is_own_known: bool) -> bool:
    """Report that a default reads the parameter itself, or one that is declared after it: one of `later`.

    `is_own_known`: a name of its own would be that of one around; that there is none is not for here to say.
    """
    found = False
    pending = [] if parameter.default is None else [parameter.default]
    while pending:
        node = pending.pop()
        if isinstance(node, ListNode):
            pending.extend(node.items)
        elif isinstance(node, Scalar) and "$" not in node.text:
            continue
        expression = expression_of(node, Sink())
        for name in names_read(expression) if expression is not None else ():
            is_own = name.name == parameter.name
            if name.name in later and not (is_own and is_own_known):
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
        return tuple([key_of(item) for item in value])
    if isinstance(value, bool | float):
        return (type(value), str(value))  # 0.0 is -0.0 to a dictionary, too
    return value
