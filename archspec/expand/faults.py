"""From an op's `Fault` to a diagnostic: where, and how the sizes came to be what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from archspec.diagnostics import Label
from archspec.edits import replacing
from archspec.expand.context import Context
from archspec.ir import Module, Origin, Step
from archspec.lower import Draft, ModuleBuilder, Value
from archspec.ops.base import Fault, Op, Shape, axis_name
from archspec.records import dataclass
from archspec.source import Span


@dataclass(frozen=True, slots=True)
class Change:
    """An op that changed the size of an axis: from what to what, the path of the op from here, where it is written."""

    before: int
    after: int
    name: str
    origin: Origin


def size_text(shape: Shape) -> str:
    """A shape as people write it: 64 × 56 × 56."""
    return " × ".join(str(size) for size in shape)


WIDTH: Final = "W"
"""The subject of an error of which the width is the cause."""

STEPS_PER_FAULT: Final = 20
"""The work of a fault, whose history is traced and whose remedies are tried."""


def report_fault(
    fault: Fault,
    span: Span,
    arguments: Mapping[str, Span],
    inputs: Sequence[Value],
    context: Context,
    *,
    given: Mapping[str, Span] = MappingProxyType({}),
    sources: Sequence[Label] = (),
) -> None:
    """Report a fault of the op at `span`, at the argument it names if that was written. `given`: where the values of
    those arguments were written that are names alone, which tells more of a block that the user did not write;
    `sources`: on the places that the value of the argument at fault comes from.
    """
    context.sink.steps += STEPS_PER_FAULT
    at = arguments.get(fault.argument, span)
    labels: list[Label] = []
    if at.source.shipped and not given.get(fault.argument, at).source.shipped:
        labels = [Label(f"used here as `{fault.argument}`", at)]
        at = given[fault.argument]
    labels += [label for label in sources if label.span != at]
    value = inputs[fault.input or 0]
    history = size_history(value, fault.axis) if fault.axis is not None else ""
    notes = [history] if history else []
    help = fault.help
    if fault.code == "E0305" and not fault.open:
        history = size_history(value, 0)
        notes += [history] if history else []
    if fault.code == "E0308" and (made := _vector_made(value)) is not None:
        notes.append(f"it becomes a vector at `{made.name}` ({made.origin.span})")
        if made.by == "gap" and not fault.mended:
            help += ", or write `{adaptive_avgpool: 1}` in place of that `gap`"
    elif fault.code == "E0308" and fault.argument == "" and len(value.shape) == 1:
        help = f"if it is a signal, write the input channels first, `[1, {value.shape[0]}]`; of an image, `[C, H, W]`"
    if fault.code == "E0306":
        help = _as_nodes(help, span)
    made_at = (
        _changes(value, fault.axis, None, at_most=1) if fault.code == "E0315" and fault.axis == 0 else ()
    )
    if made_at and fault.due is not None and made_at[0].origin.span.source is at.source:
        labels += culprit(value, 0, None)
        help += f", or give `{made_at[0].name}` {fault.due} in place of {made_at[0].after}"
    # Arguments that clash do so whatever the input is.
    if not history and fault.code != "E0221" and size_text(value.shape) not in fault.message:
        notes = [f"the input is {size_text(value.shape)}"]
    if fault.axis is not None and (fault.due is not None or (fault.code == "E0309" and fault.axis > 0)):
        # No guess is sure to be the one size that would do, or one that divides.
        context.guesses.compare(
            fault.code, context.sink.shown(at), (value.shape[fault.axis],), (fault.due or 0,)
        )
    is_literal = at is not span and "$" not in at.text
    fixes = replacing(at, fault.meant) if is_literal else ()
    if fault.code == "E0306":
        from archspec.expand.to_vector import vector_fixes  # only a mistake pays for it

        fixes = vector_fixes(span)
    context.sink.error(
        fault.code,
        at,
        fault.message,
        labels=labels,
        notes=notes,
        help=help,
        fixes=fixes,
        subject=WIDTH if fault.axis == 2 == len(value.shape) - 1 else "",
    )


def _as_nodes(help: str, span: Span) -> str:
    """The help with `gap` and `flatten` as nodes to paste before the one at `span`: items of a list, or named."""
    before = span.source.text[span.source.line_start(span.line) : span.start].rstrip(" {")
    if before.endswith("-"):
        return help.replace("`gap`", "`- gap`").replace("`flatten`", "`- flatten`")
    if before.endswith(":"):
        return help.replace("`gap`", "`pool: gap`").replace("`flatten`", "`flatten: flatten`")
    return help


@dataclass(frozen=True, slots=True)
class _Made:
    """What made a vector of a map: the path of the op from here, where it is written, and its key."""

    name: str
    origin: Origin
    by: str


def _vector_made(value: Value) -> _Made | None:
    """The op that made the vector `value` of a map; None where it is none, or came in as one."""
    current: Value | None = value if len(value.shape) == 1 else None
    while current is not None:
        draft = _first_vector(current).draft
        if draft is not None:
            return _made_by(draft.target, draft.name, draft.origin)
        current = _first_vector(current).came_from()
    return None


def _first_vector(value: Value) -> Value:
    """The first value of the module from which on the way to `value`, a vector, there are vectors alone."""
    passed: list[Draft] = []
    while value.draft is not None:
        before = value.draft.kept.get(_RANK) or value.draft.inputs[0]
        if len(before.shape) > 1:
            break
        passed.append(value.draft)
        value = before
    for draft in passed:
        draft.kept[_RANK] = value
    return value


_RANK: Final = -1
"""Among the axes of `Draft.kept`: the number of axes itself."""


def _made_by(target: Op | Module, name: str, origin: Origin) -> _Made:
    """The op in `target`, which makes a vector of a map, that does so."""
    while isinstance(target, Module):
        at = target.outputs[0]
        while len(target.shape(at)) == 1:
            step = target.steps[at - len(target.inputs)]
            at = step.inputs[0]
        target, origin = step.target, step.origin
        name = name if step.role == "join" else f"{name}.{step.name}"
    return _Made(name, origin, target.key)


def size_history(value: Value, axis: int, within: ModuleBuilder | None = None) -> str:
    """How the size of an axis came about: "H is 32 at first, then 28 at `conv1` (net.yaml:4:3)"; empty if it did not.

    The trace begins at the network's input, or at the input of the module `within`.
    """
    changes = _changes(value, axis, within)
    if not changes:
        return ""
    changes.reverse()
    axis_text = axis_name(len(value.shape), axis)
    shown = changes if len(changes) <= 8 else [*changes[:1], *changes[-7:]]
    steps = [f"{change.after} at `{change.name}` ({change.origin.span})" for change in shown]
    if len(changes) > 8:
        steps.insert(1, "…")
    return f"{axis_text} is {changes[0].before} at first, then " + ", ".join(steps)


def last_change(value: Value, axis: int) -> str:
    """Where the size of an axis was made: "H became 28 at `conv1` (net.yaml:4:3)"; empty if it is the input's."""
    changes = _changes(value, axis, None, at_most=1)
    if not changes:
        return ""
    change = changes[0]
    return (
        f"{axis_name(len(value.shape), axis)} became {change.after} at `{change.name}` ({change.origin.span})"
    )


def literal_cause(value: Value, axis: int) -> Span | None:
    """What made the size of an axis as it is: the op, where it does so for every call of the block that it stands in;
    else the value that its stride or padding was given, such as the default of a parameter.
    """
    changes = _changes(value, axis, None, at_most=1)
    if not changes:
        return None
    origin = changes[0].origin
    if origin.expressions.keys() - {"channels", "groups", "bias"}:
        return origin.given.get(_decisive(changes[0])) if axis > 0 else None
    return origin.span


def _decisive(change: Change) -> str:
    """The argument of a window that, most likely, has changed a size so."""
    return "stride" if change.before >= 2 * change.after else "padding"


def culprit(value: Value, axis: int, within: ModuleBuilder | None) -> list[Label]:
    """A label on what made the size of an axis last, as far as it did so inside the module `within`."""
    changes = _changes(value, axis, within, at_most=1)
    if not changes or changes[0].origin.span.source.shipped:
        return []
    change = changes[0]
    span = change.origin.given.get(_decisive(change), change.origin.span) if axis > 0 else change.origin.span
    return [Label(f"{axis_name(len(value.shape), axis)} becomes {change.after} here", span)]


MAX_CHANGES: Final = 200


def _changes(
    value: Value, axis: int, within: ModuleBuilder | None, *, at_most: int = MAX_CHANGES
) -> list[Change]:
    """The ops that changed the size of an axis, the last first; after `at_most` none is looked for."""
    changes: list[Change] = []
    current: Value | None = value
    while current is not None and len(changes) < at_most:
        current = _unchanged(current, axis)
        draft = current.draft
        if draft is None:
            current = None if current.builder is within else current.came_from()
            continue
        entry = _entry(draft, axis, changes)
        current = draft.inputs[entry] if len(draft.inputs[entry].shape) == len(current.shape) else None
    return changes


def _unchanged(value: Value, axis: int) -> Value:
    """The first value of the module since which the size of an axis has not changed on the way to `value`. The ways of
    many errors lead over the same steps: where one was found to lead to is noted.
    """
    passed: list[Draft] = []
    changes: list[Change] = []
    while value.draft is not None:
        before = value.draft.kept.get(axis)
        if before is None:
            before = value.draft.inputs[_entry(value.draft, axis, changes)]
            if changes or len(before.shape) != len(value.shape):
                break
        passed.append(value.draft)
        value = before
    for draft in passed:
        draft.kept[axis] = value
    return value


def _entry(draft: Draft, axis: int, changes: list[Change]) -> int:
    """The input from which a step has the size of an axis; the changes of that size inside it are noted."""
    if isinstance(draft.target, Module):
        return _changes_inside(draft.target, draft.target.outputs[0], axis, draft.name, changes)
    entry = source_of([each.shape for each in draft.inputs], draft.shape, axis)
    _note_change(draft.inputs[entry].shape, draft.shape, axis, draft.name, draft.origin, changes)
    return entry


def _changes_inside(module: Module, value: int, axis: int, prefix: str, changes: list[Change]) -> int:
    """Collect the changes on the way from `value` back to an input of `module`, and say which input."""
    while value >= len(module.inputs):
        step: Step = module.steps[value - len(module.inputs)]
        name = prefix if step.role == "join" else f"{prefix}.{step.name}"
        if isinstance(step.target, Module):
            entry = _changes_inside(step.target, step.target.outputs[0], axis, name, changes)
        else:
            shapes = module.inputs_of(step)
            entry = source_of(shapes, step.shape, axis)
            _note_change(shapes[entry], step.shape, axis, name, step.origin, changes)
        value = step.inputs[entry]
    return value


def source_of(inputs: Sequence[Shape], output: Shape, axis: int) -> int:
    """Which input of an op the output has its size along `axis` from: of a map and its gate, the map."""
    for at, shape in enumerate(inputs):
        if len(shape) == len(output) and axis < len(shape) and shape[axis] == output[axis]:
            return at
    return 0


def _note_change(
    before: Shape, after: Shape, axis: int, name: str, origin: Origin, changes: list[Change]
) -> None:
    if len(before) == len(after) and axis < len(before) and before[axis] != after[axis]:
        changes.append(Change(before[axis], after[axis], name, origin))


def first_difference(left: Shape, right: Shape) -> int | None:
    """The first axis in which two shapes of one rank differ."""
    for axis, (a, b) in enumerate(zip(left, right, strict=False)):
        if a != b:
            return axis
    return None
