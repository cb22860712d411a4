"""The arguments that an op does not take, as diagnostics.

In: a call with its arguments worked out, and what is wrong with them. Out: the names of the arguments that are wrong,
each reported where its value was written.
"""

from __future__ import annotations

from collections.abc import Sequence

from archspec.diagnostics import Label
from archspec.edits import replacing
from archspec.expand.arguments import Arguments
from archspec.expand.callees import Call, main_argument
from archspec.expand.context import Context
from archspec.expand.definitions import Written
from archspec.expand.scope import Scope, is_amiss
from archspec.ir import Constant
from archspec.ops.base import Op
from archspec.schema.arguments import ArgumentError, check


def report_arguments(
    found: Sequence[ArgumentError],
    call: Call,
    op_type: type[Op],
    arguments: Arguments,
    scope: Scope,
    context: Context,
) -> frozenset[str]:
    """The names of the arguments that are wrong, after reporting what is."""
    errors = [error for error in found if error.argument not in arguments.poisoned]
    missing = [error for error in errors if error.code == "E0205" and not call.guessed]
    if len(missing) > 1:
        names = " and ".join(f"`{error.argument}`" for error in missing)
        example = ", ".join(
            f"{call.name if error.argument == op_type.main else error.argument}: …" for error in missing
        )
        context.sink.error("E0205", call.span, f"`{call.name}` needs {names}", help=f"write `{{{example}}}`")
    for error in errors:
        if error.code != "E0205" or missing == [error]:
            _report_argument(error, op_type, call, arguments, scope, context)
    return arguments.poisoned | {error.argument for error in errors}


def _report_argument(
    error: ArgumentError,
    op_type: type[Op],
    call: Call,
    arguments: Arguments,
    scope: Scope,
    context: Context,
) -> None:
    span = arguments.spans.get(error.argument, call.span)
    value = arguments.values.get(error.argument)
    is_given = error.argument in arguments.nodes
    origin = arguments.origin(error.argument) if is_given else Written(None, at=span)
    is_elsewhere = origin.span != span and (error.meant != "" or is_amiss(value))
    if not is_elsewhere:
        origin = Written(arguments.nodes[error.argument]) if is_given else Written(None, at=span)
    is_computed = error.argument in arguments.expressions and not is_elsewhere
    is_fraction = isinstance(value, float) and error.argument in arguments.expressions
    if isinstance(value, float) and is_fraction and error.code == "E0206" and "$" in origin.span.text:
        from archspec.expand.value_slips import report_fraction  # only a mistake pays for it

        name, node = error.argument, arguments.nodes[error.argument]
        passed = arguments.scope.passed(node) or _as_written(arguments, name)
        used = [] if passed is None else [Label(f"used here as `{name}` of `{call.name}`", node.span)]
        report_fraction(name, value, passed or Written(node, scope), used, scope, context.sink)
        return
    message = error.message
    if call.main is not None and error.argument == main_argument(call.callee):
        message = message.replace("` takes", f"` (the value of `{call.name}`) takes", 1)
    if is_given and _blames_number(error, message, call, arguments, origin.scope or scope, origin, context):
        return
    is_parameter = isinstance(value, str) and not is_elsewhere and value in scope.values
    help = f"write `${value}` for the value of the parameter" if is_parameter else error.help
    meant = f"${value}" if is_parameter else error.meant
    if not meant and not is_computed and isinstance(value, str):
        name = error.argument
        others = {key: each for key, each in arguments.constants().items() if key != name}

        def fits(result: Constant) -> bool:
            checked = check(op_type, {**others, name: result})
            return isinstance(checked, Op) or all(each.argument != name for each in checked)

        from archspec.expand.value_slips import expression_meant  # only a mistake pays for it

        found = expression_meant(value, origin.span, fits, origin.scope or scope, context.sink)
        if found:
            meant, help = found, f"write `{found}`"
    is_literal = is_given and not is_computed and (origin.node is None or "$" not in origin.span.text)
    met = len(context.sink.met)
    used = [Label(f"used here as `{error.argument}` of `{call.name}`", span)]
    context.sink.error(
        error.code,
        origin.span,
        message,
        labels=used if is_elsewhere else arguments.sources(error.argument) if is_computed else (),
        help=help,
        fixes=replacing(origin.span, meant) if is_literal else (),
        sole=is_elsewhere,
    )
    if is_elsewhere and error.code == "E0207":
        context.wrong[origin.span] = context.sink.met[met:]


def _as_written(arguments: Arguments, name: str) -> Written | None:
    """Where the expression was written that a parameter's default is, if an argument is that parameter alone."""
    origin = arguments.origin(name)
    is_elsewhere = origin.node is not None and origin.span != arguments.nodes[name].span
    return origin if is_elsewhere and "$" in origin.span.text else None


def _blames_number(
    error: ArgumentError,
    message: str,
    call: Call,
    arguments: Arguments,
    scope: Scope,
    origin: Written,
    context: Context,
) -> bool:
    """Whether the value was blamed from which an argument was computed: a number, of one that is no count; a list that
    is an item of a list.
    """
    if error.code not in ("E0206", "E0207") or origin.node is None or "$" not in origin.span.text:
        return False
    from archspec.expand.wrong_values import culprit, list_in_list

    is_number = error.code == "E0207"
    found = culprit(origin.node, scope) if is_number else list_in_list(origin.node, scope)
    if found is None:
        return False
    name, written = found
    met = len(context.sink.met)
    if is_number:
        fact, help = message.replace("; this is", "; with this it is", 1), "write a number above 0"
    else:
        fact = f"`{name}` is a list, and stands in a list for one axis"
        help = "write one number"
    context.sink.error(
        error.code,
        written.span,
        fact,
        labels=[Label(f"used here for `{error.argument}` of `{call.name}`", arguments.spans[error.argument])],
        help=help,
        sole=True,
    )
    context.wrong[written.span] = context.sink.met[met:]
    return True
