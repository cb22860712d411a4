"""Values that are nearly right: a name without its dollar, a number in quotes, a list that is too short.

In: a value that is none, or does not fit, and its scope. Out: what was meant, and the fix that writes it, or the blame
where the value was written. Only a mistake imports this.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from archspec.diagnostics import Fix, Label, Sink
from archspec.edits import replacing
from archspec.expand.definitions import Written, matches_type
from archspec.expand.scope import Scope
from archspec.expand.values import expression_of, said, value_of
from archspec.expressions import POISON, Expression, Poison, evaluate, free_names, names_read, parse, show
from archspec.expressions.tree import Compare, Name, children
from archspec.ir import Constant
from archspec.ops import find
from archspec.schema.readings import as_yaml, readings
from archspec.source import Source, Span
from archspec.syntax import MappingNode, Node, Scalar, nodes

MAX_SLIP: Final = 80
"""No longer text is taken for an expression without its `$( … )`."""


def meant_by(value: Constant, span: Span, type_: str, scope: Scope, sink: Sink) -> tuple[Fix, ...]:
    """The fix of a literal that should be of `type_`: the parameter or the expression that it names, or the value that
    it is another way to write.
    """
    if "$" in span.text:
        return ()
    if isinstance(value, str):
        written = expression_meant(value, span, lambda result: matches_type(result, type_), scope, sink)
        if written:
            needs_quotes = span.text[:1] in ("'", '"') or "[" in written
            return replacing(span, f'"{written}"' if needs_quotes and '"' not in written else written)
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


def as_meant(
    expression: Expression, node: Scalar, span: Span, scope: Scope, sink: Sink, before: int
) -> Constant | Poison:
    """The value that an expression has under the name that was meant in it; poison where it is another mistake.

    What was found of it so far stands in the sink from number `before` on. A text among the operands, and a list, are
    blamed where they were written.
    """
    _quote_words(expression, node, scope, before, sink)
    if len(sink.diagnostics) > before and sink.diagnostics[-1].code == "E0451":
        found = sink.diagnostics[-1]
        meant = found.fixes[0].edits[0].text if found.fixes else ""
        if meant:
            sink.meant[span] = found.subject, meant
        declared = scope.written.get(meant)
        if declared is not None:
            sink.relabel(Label(f"`{meant}` is declared here", declared.span))
    value: Constant | Poison = POISON
    if span in sink.meant:
        value = _with_near_name(expression, node, scope, sink)
    if value is not POISON or len(sink.diagnostics) != before + 1:
        return value
    if sink.diagnostics[-1].code == "E0453":
        _blame_divisor(node, scope, sink)
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


def _blame_divisor(node: Scalar, scope: Scope, sink: Sink) -> None:
    """Blame a division by zero where the one zero was written of which it is computed."""
    from archspec.expand.wrong_values import culprit

    blamed, found = culprit(node, scope), sink.diagnostics[-1]
    if blamed is None or blamed[1].span.text not in ("0", "0.0"):
        return
    name, written = blamed
    sink.withdraw()
    sink.error(
        found.code,
        written.span,
        f"`{name}` is 0, and is divided by: {found.message.removeprefix('division by zero: ')}",
        labels=[Label("used here", found.span)],
        help="write another number",
        sole=True,
    )


def _quote_words(expression: Expression, node: Scalar, scope: Scope, before: int, sink: Sink) -> None:
    """Say of names that are not defined, and are words of the language or compared with a text, that a text stands in
    quotes.
    """
    words = {*_WORDS, *_compared_with_texts(expression, scope)}
    for at in range(before, len(sink.diagnostics)):
        found = sink.diagnostics[at]
        if found.code == "E0451" and not found.fixes and (found.subject in words or find(found.subject)):
            text = f"'{found.subject}'"
            help = f"a text stands in quotes: `{text}`"
            is_free = found.span.text == found.subject and node.source.text[node.start] != "'"
            fixes = replacing(found.span, text) if is_free else ()
            rest = [replace(found, help=help, fixes=fixes), *sink.diagnostics[at + 1 :]]
            sink.replace(at, rest)


def _compared_with_texts(expression: Expression, scope: Scope) -> Iterator[str]:
    """The names that an expression compares with the text of a parameter: `mode == fancy`."""
    if isinstance(expression, Compare):
        operands = [each.name for each in (expression.first, *expression.rest) if isinstance(each, Name)]
        if any(isinstance(scope.values.get(name), str) for name in operands):
            yield from operands
    for part in children(expression):
        yield from _compared_with_texts(part, scope)


_WORDS: Final = ("auto", "projection", "none", "same", "batch", "layer", "instance", "group", "rms")


def _with_near_name(expression: Expression, node: Scalar, scope: Scope, sink: Sink) -> Constant | Poison:
    """The value with the nearest name in place of one that is not defined, as the fix of that has it.

    A list in place of what seems to be a number is rather another slip.
    """
    name, near = sink.meant[node.span]
    meant = scope.values.get(near, POISON)
    if name in scope.values or isinstance(meant, Poison | tuple):
        return POISON
    return evaluate(expression, scope.binding({name: meant}).values, node.span, sink)


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
    is_own = default is not None and default.span == origin.span
    if found.code == "E0452" and is_own and _is_always_indexed(found.subject, scope):
        sink.withdraw()
        sink.error(
            "E0452",
            origin.span,
            f"`{found.subject}` is no list: {found.message}",
            labels=[Label("used here", found.span)],
            help="write a list: `[…]`",
            sole=True,
        )
        return True
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


def _is_always_indexed(name: str, scope: Scope) -> bool:
    """Whether the spec reads `name` in several places, and in all of them an item of it."""
    texts = [node.text for node in nodes(scope.file.root) if isinstance(node, Scalar) and "$" in node.text]
    uses = [use for text in texts for use in re.findall(rf"\b{re.escape(name)}\b(\[?)", text)]
    return len(uses) > 1 and all(uses)


def _numeral(text: Constant, span: Span) -> tuple[Fix, ...]:
    """The fix of a number in quotes."""
    number = next((each for each in readings("", text) if isinstance(each, int | float)), None)
    return () if number is None else replacing(span, as_yaml(number))


def report_no_integer(
    node: Node, value: Constant, scope: Scope, sink: Sink, what: str, minimum: int, code: str
) -> None:
    """Report that `what` is no integer. Of a fraction that a call of the block passes, the call has the mistake: what
    the block makes of it is a count wherever it is called.
    """
    labels: list[Label] = []
    passed = scope.passed(node) if isinstance(value, float) else None
    if passed is not None and passed.node is not None:
        labels.append(Label(f"used here as {what}", node.span))
        node, scope = passed.node, passed.scope or scope
    fix = _integer_meant(node, value, scope, sink)
    is_of_value = fix is not None and fix.edits[0].span != node.span
    origin, used = scope.place(node, f"used here as {what}", "" if is_of_value else value)
    sink.error(
        code,
        origin.span,
        f"{what} is not an integer",
        label=said(origin.node or node, value),
        labels=[*labels, *used],
        help=fix.title if fix else f"write an integer of at least {minimum}",
        fixes=[fix] if fix else [],
        sole=True,
    )


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


ROUND: Final = "round it: `floor`, `ceil` or `round_to`, or `//` for a division"


def report_fraction(
    name: str, value: float, written: Written, labels: list[Label], around: Scope, sink: Sink
) -> None:
    """Report that an argument which takes an integer comes to a fraction, where it is written; `around`: the scope if
    that has none of its own. `labels`: on where it is used, if that is elsewhere.
    """
    from archspec.expand.wrong_values import fraction_of_variant
    from archspec.expressions.mending import as_integer

    scope = written.scope or around
    blamed = None if written.node is None else fraction_of_variant(written.node, scope)
    if blamed is not None:
        _report_variant(*blamed, used=[Label(f"used here for `{name}`", written.span)], sink=sink)
        return
    expression = None if written.node is None else expression_of(written.node, Sink())
    if expression is not None and _is_told_fraction(expression, scope, sink):
        return
    whole = None if expression is None else as_integer(expression, value, scope.values, written.span)
    sink.error(
        "E0456",
        written.span,
        f"`{name}` comes to {value:.10g}, which is no whole number"
        if not value.is_integer()
        else f"`{name}` comes to {show(value)}, a float where an integer is due",
        labels=labels,
        help=whole.title if whole else ROUND if expression is not None else "write an integer",
        fixes=[whole] if whole else [],
        subject="" if expression is None else _fraction(expression, scope),
        sole=bool(labels),
    )


def _is_told_fraction(expression: Expression, scope: Scope, sink: Sink) -> bool:
    """Whether an expression reads a parameter whose own value was told to be a fraction."""
    told = {found.span for found in sink.diagnostics if found.code == "E0456"}
    origins = (scope.origin_of(name) for name in free_names(expression)) if told else ()
    return any(origin is not None and origin.span in told for origin in origins)


def _report_variant(name: str, written: Written, *, used: Sequence[Label], sink: Sink) -> None:
    """Report a fraction that a variant gives to a parameter whose default is an integer."""
    text = written.span.text
    whole = text.removesuffix(".0") if text.endswith(".0") else ""
    sink.error(
        "E0456",
        written.span,
        f"`{name}` is {text}, and it is read where integers are due",
        labels=used,
        help=f"write `{whole}`" if whole else "write an integer, as the default is",
        fixes=replacing(written.span, whole),
        sole=True,
    )


def _fraction(expression: Expression, scope: Scope) -> str:
    """The one parameter of the network that an expression reads and that is no integer; empty if there is none."""
    names = {name.name for name in names_read(expression)}
    of_file = scope.file.values
    fractions = [
        name
        for name in sorted(names)
        if isinstance(of_file.get(name), float) and scope.values[name] is of_file[name]
    ]
    return fractions[0] if len(fractions) == 1 else ""
