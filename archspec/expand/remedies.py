"""Fixes of sizes that do not meet: what, changed on one path, makes both sides equal.

In: the values that a join or a residual should bring together. Out: a fix, or none where no change of one kind does it.
Nothing is supposed: the path is worked out again with the change, and the fix is offered where the shapes then agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field, replace
from typing import Final, TypeAlias

from archspec.diagnostics import Edit, Fix
from archspec.edits import insert_entry
from archspec.expand.guesses import Guesses
from archspec.expand.shortcuts import projection_stride
from archspec.expressions import Name
from archspec.ir import Module, Origin
from archspec.lower import Draft, Value
from archspec.ops.base import Fault, Op, Shape
from archspec.ops.convolution import Conv
from archspec.ops.pooling import AvgPool, MaxPool, MinPool
from archspec.records import dataclass
from archspec.source import Span
from archspec.syntax import MappingNode, Node, Scalar, nodes


def _order(before: Shape, after: Shape) -> list[int]:
    """An order of axes that makes `after` of `before`, which has the same sizes."""
    free = list(range(len(before)))
    order = []
    for size in after:
        axis = next(axis for axis in free if before[axis] == size)
        # Of several axes of one size, they keep their order.
        free.remove(axis)
        order.append(axis)
    return order


def remedy(source: Shape, target: Shape) -> str:
    """What to do where no ready-made shortcut takes `source` to the shape `target` of the main path."""
    if len(source) != len(target):
        axes = "a vector" if len(source) == 1 else f"{len(source)} axes"
        return f"end the main path with {axes}, as the shortcut carries"
    if source != target and sorted(source) == sorted(target):
        order = _order(target, source)
        return f"the axes stand in another order: end the main path with `{{permute: {order}}}`"
    if {after - before for before, after in zip(source[1:], target[1:], strict=True)} == {1}:
        return "an even kernel, padded on both sides, gives one position more: write an odd one, or `padding: same`"
    if any(after > before for before, after in zip(source[1:], target[1:], strict=True)):
        return "write the shortcut as a sequence of its own, which enlarges as well"
    return "let the main path keep its size or divide it evenly, with `padding: half` on its convolutions"


MAX_STEPS: Final = 500
"""Longer paths are not tried: an error should take no time."""

MAX_RERUN: Final = 20_000
"""The steps worked out again in one expansion; errors after that have no such remedy. Few specs have a hundredth."""

Windowed: TypeAlias = Conv | MaxPool | AvgPool | MinPool

Change: TypeAlias = Callable[[Op, Shape, Origin], Op]
"""An op as it would be; the op itself where nothing is to be changed."""


@dataclass(frozen=True, slots=True)
class Changed:
    """An op as it would be. `calls`: those of the blocks around it, the innermost first."""

    origin: Origin
    op: Op
    calls: tuple[Origin, ...]

    def passed(self, argument: str) -> str:
        """The parameter of the block that an argument is, as it is; empty where it is none."""
        return _parameter(self.origin, argument) if self.calls else ""


def _parameter(origin: Origin, argument: str) -> str:
    expression = origin.expressions.get(argument)
    return expression.name if isinstance(expression, Name) else ""


@dataclass(slots=True)
class Rerun:
    """A path worked out again, with ops changed on the way."""

    change: Change
    guesses: Guesses
    changed: list[Changed] = field(default_factory=list)
    steps: int = 0
    windows: int = 0
    """The ops on the way that slide a window."""

    def value(self, value: Value) -> Shape | None:
        """What the value's shape becomes; None where an op does not take what then reaches it."""
        drafts = len(value.builder.drafts)
        if drafts > MAX_STEPS or self.guesses.rerun > MAX_RERUN:
            return None
        shapes: dict[int, Shape | None] = {}
        for draft in _leading_to(value):
            inputs = tuple(
                each.shape if each.draft is None else shapes.get(id(each.draft)) for each in draft.inputs
            )
            shapes[id(draft)] = self._target(draft.target, inputs, draft.origin, ())
        self.guesses.rerun += drafts + self.steps
        return value.shape if value.draft is None else shapes[id(value.draft)]

    def _target(
        self,
        target: Op | Module,
        inputs: tuple[Shape | None, ...],
        origin: Origin,
        calls: tuple[Origin, ...],
    ) -> Shape | None:
        self.steps += 1
        known = tuple(shape for shape in inputs if shape is not None)
        if len(known) < len(inputs) or self.steps > MAX_STEPS:
            return None
        if isinstance(target, Module):
            values: list[Shape | None] = list(known)
            calls = calls if target.block is None else (origin, *calls)
            for step in target.steps:
                given = tuple(values[index] for index in step.inputs)
                values.append(self._target(step.target, given, step.origin, calls))
            return values[target.outputs[0]]
        self.windows += isinstance(target, Windowed)
        changed = self.change(target, known[0], origin)
        if changed is not target:
            self.changed.append(Changed(origin, changed, calls))
        shape = changed.infer(*known)
        return None if isinstance(shape, Fault) else shape


def _leading_to(value: Value) -> Iterator[Draft]:
    """The drafts on the way to `value`, in order."""
    needed: set[int] = set() if value.draft is None else {id(value.draft)}
    for draft in reversed(value.builder.drafts):
        if id(draft) in needed:
            needed.update(id(each.draft) for each in draft.inputs if each.draft is not None)
    return (draft for draft in value.builder.drafts if id(draft) in needed)


def pad_windows(
    value: Value, meets: Callable[[Shape], bool], root: Node, guesses: Guesses
) -> tuple[Fix, ...]:
    """Give the windows on the way to `value` half their size as padding, if its shape then meets the other side: those
    that slide by one, and if that will not do, the strided pools as well.
    """
    for change in (_half_padded, _half_padded_pool):
        rerun = Rerun(change, guesses)
        shape = rerun.value(value)
        if shape is not None and meets(shape):
            fixes = _padding(rerun.changed, root, guesses)
            # A pool may leave its last positions out on purpose, or be meant to hang over with `ceil`.
            return fixes if change is _half_padded else tuple(replace(fix, is_safe=False) for fix in fixes)
    return ()


def _padding(changed: list[Changed], root: Node, guesses: Guesses) -> tuple[Fix, ...]:
    """Write the padding that every changed op now has."""
    fixes = write_argument("padding", changed, root, guesses)
    own = [each for each in changed if not each.passed("padding")]
    for each in own if fixes else ():
        if isinstance(each.op, Windowed) and isinstance(each.op.padding, int | str):
            guesses.amend(each.origin.span, each.op.padding)
    # Where the kernel is a block's parameter, other calls may do without padding: the line alone does not tell.
    certain = all("kernel" not in each.origin.expressions for each in own)
    return fixes if certain else tuple(replace(fix, is_safe=False) for fix in fixes)


def _half_padded(op: Op, shape: Shape, origin: Origin) -> Op:
    slides_by_one = isinstance(op, Conv) or (isinstance(op, Windowed) and op.stride == 1)
    return _padded(op, origin) if isinstance(op, Windowed) and slides_by_one else op


def _half_padded_pool(op: Op, shape: Shape, origin: Origin) -> Op:
    return _padded(op, origin) if isinstance(op, Windowed) else op


def _padded(op: Windowed, origin: Origin) -> Op:
    """The op with half its window as padding; as it is where its window has no middle, or it is padded so already."""
    dilation = 1 if isinstance(op, AvgPool) else op.dilation
    if not isinstance(op.kernel, int) or not isinstance(dilation, int) or op.kernel % 2 == 0:
        return op
    half = dilation * (op.kernel - 1) // 2
    if not isinstance(op.padding, int) or op.padding == half or (dilation > 1 and not isinstance(op, Conv)):
        return op
    is_for_all = not origin.expressions.keys().isdisjoint(("kernel", "dilation"))
    return replace(op, padding="half" if is_for_all and not _parameter(origin, "padding") else half)


def padded_shape(value: Value, guesses: Guesses) -> Shape | None:
    """What `value` would be with half the window's size as padding on the way to it."""
    return Rerun(_half_padded, guesses).value(value)


def agreeing(wanted: Shape, free: int) -> Callable[[Shape], bool]:
    """Whether a shape is the wanted one, save for its first `free` axes."""
    return lambda shape: shape[free:] == wanted[free:]


def pad_both(values: tuple[Value, Value], free: int, root: Node, guesses: Guesses) -> tuple[Fix, ...]:
    """Give the windows on the way to two values half their size as padding, if both then meet: of a block that is used
    on both ways, one line mends them.
    """
    reruns = [Rerun(_half_padded, guesses) for _ in values]
    first, second = (rerun.value(value) for rerun, value in zip(reruns, values, strict=True))
    if first is None or second is None or first[free:] != second[free:]:
        return ()
    return _padding([each for rerun in reruns for each in rerun.changed], root, guesses)


def slide_by_one(
    value: Value, meets: Callable[[Shape], bool], root: Node, guesses: Guesses
) -> tuple[Fix, ...]:
    """Give the pools on the way to `value` that say no stride one of 1, if its shape then meets the other side."""

    def sliding(op: Op, shape: Shape, origin: Origin) -> Op:
        is_pool = isinstance(op, MaxPool | AvgPool | MinPool)
        return replace(op, stride=1) if is_pool and "stride" not in origin.arguments else op

    rerun = Rerun(sliding, guesses)
    shape = rerun.value(value)
    if shape is None or not meets(shape) or any("if" in each.origin.expressions for each in rerun.changed):
        return ()
    return write_argument("stride", rerun.changed, root, guesses)


def slides(value: Value, guesses: Guesses) -> bool:
    """Whether a window slides anywhere on the way to `value`."""
    rerun = Rerun(lambda op, shape, origin: op, guesses)
    rerun.value(value)
    return rerun.windows > 0


def stride_shortcut(skip: Value, main: Value, root: Node, guesses: Guesses) -> tuple[Fix, ...]:
    """Give the one convolution of a shortcut the stride of the main path, if both sides are then equal."""
    strides = projection_stride(skip.shape, main.shape)
    if strides is None or len(set(strides)) != 1 or strides[0] == 1:
        return ()
    stride = strides[0]

    def strided(op: Op, shape: Shape, origin: Origin) -> Op:
        if isinstance(op, Conv) and op.stride == 1 and "stride" not in origin.arguments:
            return replace(op, stride=stride)
        return op

    rerun = Rerun(strided, guesses)
    if rerun.value(skip) != main.shape or len(rerun.changed) != 1:
        return ()
    if "if" in rerun.changed[0].origin.expressions:
        return ()  # where it is left out, the sides would still differ
    texts: set[str] = set()

    def noted(op: Op, shape: Shape, origin: Origin) -> Op:
        if isinstance(op, Conv) and op.stride == stride and "stride" in origin.arguments:
            texts.add(origin.arguments["stride"].text)
        return op

    Rerun(noted, guesses).value(main)
    # In a block, other calls may have another stride: the main path says which.
    return write_argument("stride", rerun.changed, root, guesses, texts.pop()) if len(texts) == 1 else ()


def write_argument(
    argument: str, changed: list[Changed], root: Node, guesses: Guesses, text: str = ""
) -> tuple[Fix, ...]:
    """Write the argument of every changed op as it now is, or `text`; where a block passes it on, at the call. None
    where an op is written elsewhere.
    """
    edits: dict[Span, Edit] = {}
    takes_back = False
    for each in changed:
        written = text or str(getattr(each.op, argument))
        name, origin, calls = argument, each.origin, each.calls
        while calls and (parameter := _parameter(origin, name)):
            name, origin, calls = parameter, calls[0], calls[1:]
        node = mapping_at(root, origin.span, guesses)
        if node is None:
            return ()
        is_main = name == each.op.main and origin is each.origin
        there = node.get(each.op.key if is_main else name)
        if there is None:
            edit = None if is_main else insert_entry(node, f"{name}: {written}")
        elif isinstance(there, Scalar) and isinstance(there.value, int):
            edit, takes_back = Edit(there.span, written), True
        else:
            edit = None
        if edit is None:
            return ()
        if edits.setdefault(origin.span, edit) != edit:
            return ()  # one line, which would have to be two
    if not edits:
        return ()
    values = dict.fromkeys(
        f"`{each.op.key if argument == each.op.main else argument}: {text or getattr(each.op, argument)}`"
        for each in changed
    )
    return (Fix(f"write {' and '.join(values)}", tuple(edits.values()), is_safe=not takes_back),)


def mapping_at(root: Node, span: Span, guesses: Guesses) -> MappingNode | None:
    """The node whose op is written at `span`. The tree is gone through once for all errors."""
    if not guesses.written:
        for node in nodes(root):
            if isinstance(node, MappingNode):
                for key, value in node.entries:
                    op = value if key.text == "use" else key
                    if isinstance(op, Scalar):
                        guesses.written.setdefault((op.source, op.start), node)
    return guesses.written.get((span.source, span.start))
