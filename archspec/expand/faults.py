"""From an op's `Fault` to a diagnostic: where, and how the sizes came to be what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from archspec.diagnostics import Label
from archspec.expand.context import Context
from archspec.ir import Module, Origin, Step
from archspec.lower import ModuleBuilder, Value
from archspec.ops.base import Fault, Shape, axis_name
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


STEPS_PER_FAULT: Final = 20
"""The work of a fault, whose history is traced and whose remedies are tried."""


def report_fault(
    fault: Fault, span: Span, arguments: Mapping[str, Span], inputs: Sequence[Value], context: Context
) -> None:
    """Report a fault of the op at `span`, at the argument it names if that was written."""
    context.sink.steps += STEPS_PER_FAULT
    at = arguments.get(fault.argument, span)
    value = inputs[fault.input or 0]
    history = size_history(value, fault.axis) if fault.axis is not None else ""
    notes = [history] if history else []
    # Arguments that clash do so whatever the input is.
    if not history and fault.code != "E0221" and size_text(value.shape) not in fault.message:
        notes = [f"the input is {size_text(value.shape)}"]
    if fault.axis is not None and (fault.due is not None or (fault.code == "E0309" and fault.axis > 0)):
        # No guess is sure to be the one size that would do, or one that divides.
        context.guesses.compare(
            fault.code, context.sink.shown(at), (value.shape[fault.axis],), (fault.due or 0,)
        )
    context.sink.error(fault.code, at, fault.message, notes=notes, help=fault.help)


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
    changes = _changes(value, axis, None)
    if not changes:
        return ""
    change = changes[0]
    return (
        f"{axis_name(len(value.shape), axis)} became {change.after} at `{change.name}` ({change.origin.span})"
    )


def literal_cause(value: Value, axis: int) -> Span | None:
    """What made the size of an axis as it is: the op, where it does so for every call of the block that it stands in;
    else the value that its padding was given, such as the default of a parameter.
    """
    changes = _changes(value, axis, None)
    if not changes:
        return None
    origin = changes[0].origin
    if origin.expressions.keys() - {"channels", "groups", "bias"}:
        return origin.given.get("padding") if axis > 0 else None
    return origin.span


def culprit(value: Value, axis: int, within: ModuleBuilder | None) -> list[Label]:
    """A label on what made the size of an axis last, as far as it did so inside the module `within`."""
    changes = _changes(value, axis, within)
    if not changes or changes[0].origin.span.source.shipped:
        return []
    change = changes[0]
    span = change.origin.given.get("padding", change.origin.span) if axis > 0 else change.origin.span
    return [Label(f"{axis_name(len(value.shape), axis)} becomes {change.after} here", span)]


def _changes(value: Value, axis: int, within: ModuleBuilder | None) -> list[Change]:
    """The ops that changed the size of an axis, the last first."""
    changes: list[Change] = []
    current: Value | None = value
    while current is not None and len(changes) < 200:
        draft = current.draft
        if draft is None:
            current = None if current.builder is within else current.came_from()
            continue
        if isinstance(draft.target, Module):
            entry = _changes_inside(draft.target, draft.target.outputs[0], axis, draft.name, changes)
        else:
            entry = source_of([each.shape for each in draft.inputs], draft.shape, axis)
            before = draft.inputs[entry].shape
            _note_change(before, draft.shape, axis, draft.name, draft.origin, changes)
        current = draft.inputs[entry] if len(draft.inputs[entry].shape) == len(current.shape) else None
    return changes


def _changes_inside(module: Module, value: int, axis: int, prefix: str, changes: list[Change]) -> int:
    """Collect the changes on the way from `value` back to an input of `module`, and say which input."""
    while value >= len(module.inputs):
        step: Step = module.steps[value - len(module.inputs)]
        name = prefix if step.role == "join" else f"{prefix}.{step.name}"
        if isinstance(step.target, Module):
            entry = _changes_inside(step.target, step.target.outputs[0], axis, name, changes)
        else:
            shapes = [module.shape(each) for each in step.inputs]
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
