"""Sides of a join that do not agree, as diagnostics.

In: a join and what its sides give. Out: an error for each mistake, at the side or the line that makes the difference,
and the shape that the join was meant to have. Only a mistake imports this.

Where most sides agree, those that do not are at fault, each by itself; where two differ, the second is shown against
the first. Of a join in a block that is called several times, one call is told.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from archspec.diagnostics import Fix, Label
from archspec.edits import replacing
from archspec.expand.callees import Call
from archspec.expand.context import Context
from archspec.expand.faults import culprit, literal_cause, size_history, size_text
from archspec.expand.guesses import Guesses
from archspec.expand.joins import Side
from archspec.expand.kept_channels import KEPT_BY_PARAMETER, kept_channels
from archspec.expand.one_change import enlarge_otherwise, slide_otherwise, unstride_last
from archspec.expand.remedies import agreeing, pad_both, pad_windows, padded_shape, slide_by_one
from archspec.expand.scope import Scope
from archspec.lower import ModuleBuilder
from archspec.ops.base import Fault, Op, Shape, axis_name
from archspec.ops.joins import Add, Concat, Multiply, by_size
from archspec.source import Span
from archspec.syntax import Node

STEPS_PER_UNEQUAL: Final = 10
"""What looking for the mistake counts for, for each of the sides of which some differ."""


def report_unequal(
    call: Call,
    op: Op,
    fault: Fault,
    sides: list[Side],
    scope: Scope,
    context: Context,
    *,
    within: ModuleBuilder | None,
    joint: bool,
) -> Shape:
    """Report what is wrong with `sides`, and guess at the shape of their join. `within`, `joint`: as for the join."""
    met = len(context.sink.met)
    if isinstance(op, Add) and (other := _other_join(sides)) is not None:
        if not context.meets_again(context.guesses.clashed.get(call.span)):
            _report_other(call, sides, fault, other, context)
            context.guesses.clashed[call.span] = context.sink.met[met:]
        return context.guesses.either(*(side.value.shape for side in sides))
    context.sink.steps += STEPS_PER_UNEQUAL * len(sides)
    model = _model(op, sides, within, context.guesses)
    is_told = context.meets_again(context.guesses.clashed.get(call.span), fault.message)
    causes: list[object] = []
    for side in () if is_told else sides:
        found = op.infer(model.value.shape, side.value.shape)
        if not isinstance(found, Fault):
            continue
        root, is_branch = scope.file.root, within is not None
        fixes, mended = _mended(model, side, _free(op), root, context.guesses, is_branch=is_branch)
        # Sides that one edit mends, or that have their size from one line or value, have one mistake.
        axis = 0 if found.axis is None else found.axis
        cause = fixes or literal_cause(side.value, axis) or context.guesses.maker(side.value, axis)
        if cause in causes:
            continue
        if isinstance(cause, Span) and context.meets_again(context.causes.get(cause), found.message):
            continue
        causes.append(cause)
        before = len(context.sink.met)
        _report(found, model, side, within, joint, fixes, mended, context)
        if isinstance(cause, Span):
            context.causes[cause] = context.sink.met[before:]
    if causes:
        context.guesses.clashed[call.span] = context.sink.met[met:]
    if within is None:
        context.guesses.reconcile([side.value for side in sides], _free(op))
    meant = context.guesses.either(*dict.fromkeys((model.value.shape, *(side.value.shape for side in sides))))
    if isinstance(op, Concat):
        meant = (sum(side.value.shape[0] for side in sides), *meant[1:])
    return meant


def _other_join(sides: list[Side]) -> str | None:
    """The join that a sum should be: a product, of a map and its gate; a concatenation, where the sides agree but for
    their channels, of which there are three numbers or more: no single one is wrong.
    """
    shapes = [side.value.shape for side in sides]
    if not isinstance(Multiply().infer(*shapes), Fault):
        return Multiply.key
    is_concatenated = len({shape[0] for shape in shapes}) > 2 and len({shape[1:] for shape in shapes}) == 1
    return Concat.key if is_concatenated else None


def _report_other(call: Call, sides: list[Side], fault: Fault, other: str, context: Context) -> None:
    """Report a sum of what should be joined in another way."""
    shapes = [side.value.shape for side in sides]
    is_product = other == Multiply.key
    left, right = (shape if is_product else shape[:1] for shape in shapes[:2])
    context.guesses.compare(fault.code, context.sink.shown(call.span), left, right)
    channels = len({shape[0] for shape in shapes})
    purpose = "to scale a map by a gate" if is_product else "to put their channels side by side"
    context.sink.error(
        fault.code,
        call.span,
        fault.message if is_product else f"a sum of values with {channels} different numbers of channels",
        labels=[Label(f"{side.text} gives {size_text(side.value.shape)}", side.span) for side in sides[:5]],
        help=f"{purpose}, write `{other}`",
        fixes=replacing(call.span, other, is_safe=False) if call.span.text == call.name else (),
    )


def _model(op: Op, sides: list[Side], within: ModuleBuilder | None, guesses: Guesses) -> Side:
    """The side that the others should agree with: the map among gates; else one whose shape most have. A branch that
    would have the size of the input if its padding were mended counts as one that has.
    """
    if isinstance(op, Multiply):
        return max(sides, key=lambda side: by_size(side.value.shape))
    free = _free(op)
    kept = within.inputs[0].shape[free:] if within is not None and within.inputs else ()
    counted: Counter[Shape] = Counter()
    for side in sides:
        padded = padded_shape(side.value, guesses) or ()
        counted.update({side.value.shape[free:], *([kept] if padded[free:] == kept else [])})
    return max(sides, key=lambda side: counted[side.value.shape[free:]])


def _report(
    fault: Fault,
    model: Side,
    odd: Side,
    within: ModuleBuilder | None,
    joint: bool,
    fixes: tuple[Fix, ...],
    mended: Side,
    context: Context,
) -> None:
    """Report that a side does not agree with the model, with where both have their sizes from; `fixes` are of the side
    `mended`.
    """
    axis = fault.axis
    notes = []
    if axis is not None:
        name = axis_name(len(model.value.shape), axis)
        notes = [
            f"{side.text}: "
            + (size_history(side.value, axis, within) or f"{name} is {side.value.shape[axis]} as it came in")
            for side in (model, odd)
        ]
    free = 1 if fault.code == "E0302" else 0
    shapes = (model.value.shape, odd.value.shape)
    # A gate, one number for each channel, has to agree in the channels alone.
    is_gated = fault.code == "E0303" and any(set(shape[1:]) == {1} for shape in shapes)
    left, right = (shape[:1] if is_gated else shape[free:] for shape in shapes)
    context.guesses.compare(fault.code, context.sink.shown(odd.span), left, right, joint=joint)
    kept = (
        kept_channels(odd.value, model.value.shape[0], context.guesses) if axis == 0 and not fixes else None
    )
    context.sink.error(
        fault.code,
        odd.span,
        fault.message,
        label=f"{odd.text} gives {size_text(odd.value.shape)}",
        labels=[
            Label(f"{model.text} gives {size_text(model.value.shape)}", model.span),
            *(culprit(odd.value, axis, within) if axis is not None and within is not None else ()),
            *(() if kept is None else (kept,)),
        ],
        notes=notes,
        help=f"{fixes[0].title}, on the way to {mended.text}"
        if fixes
        else fault.help
        if kept is None
        else KEPT_BY_PARAMETER,
        fixes=fixes,
    )


def _mended(
    model: Side, odd: Side, free: int, root: Node, guesses: Guesses, *, is_branch: bool
) -> tuple[tuple[Fix, ...], Side]:
    """The fix of a forgotten or wrong padding, stride or factor on one of two sides, and on which."""
    for side, other in ((odd, model), (model, odd)):
        fixes = pad_windows(side.value, agreeing(other.value.shape, free), root, guesses)
        if fixes:
            return fixes, side
    meets = agreeing(model.value.shape, free)
    fixes = (
        enlarge_otherwise(odd.value, meets, root, guesses)
        or slide_by_one(odd.value, meets, root, guesses)
        or unstride_last(odd.value, meets, root, guesses)
        or pad_both((model.value, odd.value), free, root, guesses)
        or (slide_otherwise(odd.value, meets, root, guesses) if is_branch else ())
    )
    if fixes:
        return fixes, odd
    return unstride_last(model.value, agreeing(odd.value.shape, free), root, guesses), model


def _free(op: Op) -> int:
    """The number of leading axes in which the sides of a join may differ."""
    return 1 if isinstance(op, Concat) else 0
