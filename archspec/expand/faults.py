"""From an op's `Fault` to a diagnostic: where, and how the sizes came to be what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archspec.diagnostics import Sink
from archspec.ir import Module, Step
from archspec.lower import ModuleBuilder, Value
from archspec.ops.base import Fault, Shape, axis_name
from archspec.source import Span


def size_text(shape: Shape) -> str:
    """A shape as people write it: 64 × 56 × 56."""
    return " × ".join(str(size) for size in shape)


def report_fault(
    fault: Fault, span: Span, arguments: Mapping[str, Span], inputs: Sequence[Value], sink: Sink
) -> None:
    """Report a fault of the op at `span`, at the argument it names if that was written."""
    at = arguments.get(fault.argument, span)
    value = inputs[fault.input or 0]
    history = size_history(value, fault.axis) if fault.axis is not None else ""
    notes = [history] if history else []
    # Arguments that clash do so whatever the input is.
    if not history and fault.code != "E0221" and size_text(value.shape) not in fault.message:
        notes = [f"the input is {size_text(value.shape)}"]
    sink.error(fault.code, at, fault.message, notes=notes, help=fault.help)


def size_history(value: Value, axis: int, within: ModuleBuilder | None = None) -> str:
    """How the size of an axis came about: "H is 32 at first, then 28 at `conv1` (net.yaml:4:3)"; empty if it did not.

    The trace begins at the network's input, or at the input of the module `within`.
    """
    changes: list[tuple[int, int, str, Span]] = []
    current: Value | None = value
    while current is not None and len(changes) < 200:
        draft = current.draft
        if draft is None:
            current = None if current.builder is within else current.came_from()
            continue
        if isinstance(draft.target, Module):
            entry = _changes_inside(draft.target, draft.target.outputs[0], axis, draft.name, changes)
        else:
            before = draft.inputs[0].shape
            _note_change(before, draft.shape, axis, draft.name, draft.origin.span, changes)
            entry = 0
        current = draft.inputs[entry] if len(draft.inputs[entry].shape) == len(current.shape) else None
    if not changes:
        return ""
    changes.reverse()
    axis_text = axis_name(len(value.shape), axis)
    shown = changes if len(changes) <= 8 else [*changes[:1], *changes[-7:]]
    steps = [f"{after} at `{name}` ({span})" for _, after, name, span in shown]
    if len(changes) > 8:
        steps.insert(1, "…")
    return f"{axis_text} is {changes[0][0]} at first, then " + ", ".join(steps)


def _changes_inside(
    module: Module, value: int, axis: int, prefix: str, changes: list[tuple[int, int, str, Span]]
) -> int:
    """Collect the changes on the way from `value` back to an input of `module`, and say which input."""
    while value >= len(module.inputs):
        step: Step = module.steps[value - len(module.inputs)]
        name = prefix if step.role == "join" else f"{prefix}.{step.name}"
        if isinstance(step.target, Module):
            entry = _changes_inside(step.target, step.target.outputs[0], axis, name, changes)
        else:
            _note_change(module.shape(step.inputs[0]), step.shape, axis, name, step.origin.span, changes)
            entry = 0
        value = step.inputs[entry]
    return value


def _note_change(
    before: Shape, after: Shape, axis: int, name: str, span: Span, changes: list[tuple[int, int, str, Span]]
) -> None:
    if len(before) == len(after) and axis < len(before) and before[axis] != after[axis]:
        changes.append((before[axis], after[axis], name, span))


def first_difference(left: Shape, right: Shape) -> int | None:
    """The first axis in which two shapes of one rank differ."""
    for axis, (a, b) in enumerate(zip(left, right, strict=False)):
        if a != b:
            return axis
    return None
