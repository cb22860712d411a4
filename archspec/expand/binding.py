"""Parameters of a block or of the network: the value of each, given or its default.

In: what is declared and what is given. Out: the scope in which the parameters are known, after reporting values of the
wrong type and those that lack.
"""

from __future__ import annotations

from collections.abc import Mapping, Set

from archspec.diagnostics import Label, Sink
from archspec.expand.definitions import TYPES, Parameter, Written, matches_type
from archspec.expand.scope import Scope, over, read_by
from archspec.expand.values import expression_of, literal_of, value_of
from archspec.expressions import POISON, Place, Poison, names_read, show, words
from archspec.ir import Constant
from archspec.source import Span
from archspec.syntax import ListNode, Node, Scalar


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
    bound = over({}, scope.values)
    written = over({}, scope.written)
    known = Scope(scope.file, bound, written)
    missing = []
    unbound = {parameter.name for parameter in parameters}
    later = {name for name in unbound if name not in scope.values}
    for parameter in parameters:
        if parameter.name in given:
            value, origin = given[parameter.name]
            written[parameter.name] = origin
            if isinstance(value, float) and parameter.type == "int" and _is_computed(origin):
                from archspec.expand.value_slips import report_fraction  # only a mistake pays for it

                report_fraction(parameter.name, value, origin, [], scope, sink)
                value = POISON
            elif not isinstance(value, Poison) and not matches_type(value, parameter.type):
                if origin.node is not None:
                    origin = (origin.scope or scope).origin(origin.node)
                from archspec.expand.value_slips import meant_by

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
        lacking = f"{owner} needs {names}"
        sink.error("E0205", call, lacking, help=f"add `{example}`", subject=lacking)
    return known


def _is_computed(written: Written) -> bool:
    return written.node is not None and expression_of(written.node, Sink()) is not None


def _default_of(default: Node, around: Scope, unbound: Set[str]) -> Written:
    """Where a default was written. One that is a name `around` says so where a parameter, itself or a later one, hides
    that name: `activation: $activation`, by which a block's parameter begins as the network's.
    """
    read = (
        read_by(default.text, around.values) if isinstance(default, Scalar) and "$" in default.text else None
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
        elif isinstance(node, Scalar) and later.isdisjoint(words(node.text)):
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
