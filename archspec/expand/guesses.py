"""What flows on after a mistake, and which of the errors found after it are believed.

A mistake leaves open which shape was meant. What stands after it is expanded with a guess all the same, so that other
mistakes are found in the same run; and since the guess may be wrong, the network is expanded again under other guesses
(`WORLDS` in all). An error that all of them have in common holds whatever was meant, and is independent of the mistake.
An error that one of them is free of may be its consequence, and is withheld.

No guess meets an equality by chance, so an error that compares two shapes (`Guesses.compare`) needs more: the sizes
that differ must be the same in every world; or, where both sides are computed from one value and nothing was guessed on
the way, both depend on it and differ whatever it is.

In: shapes, ops and faults; then the findings of every world. Out: guessed shapes; then the findings to report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, field, fields, replace
from typing import Final, TypeAlias

from archspec.diagnostics import Diagnostic
from archspec.ir import Constant
from archspec.lower import Value
from archspec.ops.base import Fault, Op, Pointwise, Shape
from archspec.records import dataclass
from archspec.schema.arguments import check
from archspec.source import Source, Span
from archspec.syntax import MappingNode

Key: TypeAlias = tuple[str, str, int, int]
"""An error that occurs in several worlds: its code and its place."""

SIZES: Final = (64, 6720, 13, 6720, 2)
"""An unknown size in each world: a common one; a large one that small numbers divide; one that they do not divide;
and, in the last, one so small that what halves it may leave it as it is.

In the first two worlds the input of an op at fault is of another size, in the others its argument is another.
"""

WORLDS: Final = len(SIZES)

COPIES: Final = (1, 2, 1, 3, 2)
"""The copies in each world where a `repeat` does not say how many."""

_SHAPELESS: Final = frozenset(
    (
        *("bias", "padding_mode", "groups", "mode", "value", "align_corners", "count_include_pad"),
        *("p", "alpha", "beta", "k", "eps"),
    )
)
"""Arguments on which no output shape depends."""


def _key(code: str, span: Span) -> Key:
    return code, span.source.name, span.start, span.end


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two shapes that should be equal. `joint`: both are computed from one value, without a guess on the way."""

    left: Shape
    right: Shape
    joint: bool


@dataclass(slots=True)
class Guesses:
    """What one world takes for the shapes that mistakes leave open."""

    world: int = 0
    made: int = 0
    """How many were made so far: none between two moments, and nothing in between was guessed."""
    comparisons: dict[Key, Comparison] = field(default_factory=dict)
    mended: dict[Value, Value] = field(default_factory=dict)
    """What stands for a value that did not fit: the mistake may lie before it."""
    makers: dict[tuple[Value, int], Value] = field(default_factory=dict)
    """Where the size of an axis was made, for the values of which somebody asked and those on the way."""
    written: dict[tuple[Source, int], MappingNode] = field(default_factory=dict)
    """The mappings of the spec by where their keys and values are written, once a remedy was looked for."""
    rerun: int = 0
    """The steps that were worked out again in search of a remedy."""
    awaits_vector: bool = False
    """A layer on vectors was given a map: what makes a vector of it may come after it."""
    clashed: dict[Span, Sequence[Diagnostic]] = field(default_factory=dict)
    """The residuals and joins whose sides did not meet, in one call or another of their block, with what was told."""
    amended: dict[Span, int | str] = field(default_factory=dict)
    """The padding that a remedy gives an op, by its place."""

    @property
    def size(self) -> int:
        """A size of which nothing is known."""
        self.made += 1
        return SIZES[self.world]

    @property
    def copies(self) -> int:
        """How many copies there are where a `repeat` says nothing."""
        self.made += 1
        return COPIES[self.world]

    @property
    def holds(self) -> bool:
        """Whether a condition holds that is none; or the first of two is meant, where either may be."""
        self.made += 1
        return self.world % 2 == 0

    def either(self, *shapes: Shape) -> Shape:
        """One of several shapes that may have been meant, the likeliest first."""
        self.made += 1
        return shapes[self.world % len(shapes)]

    def varied(self, shape: Shape, axes: Sequence[int]) -> Shape:
        """A shape of which some axes are in doubt."""
        self.made += 1
        if self.world == 0:
            return shape
        return tuple(SIZES[self.world] if axis in axes else size for axis, size in enumerate(shape))

    def compare(self, code: str, span: Span, left: Shape, right: Shape, *, joint: bool = False) -> None:
        """Note the shapes whose difference is the error `code` at `span`."""
        self.comparisons.setdefault(_key(code, span), Comparison(left, right, joint))

    def reconcile(self, values: Sequence[Value], free: int) -> None:
        """Take values that should agree save for `free` axes to do so from here on, as one of them has it."""
        if self.world > 0:
            meant = values[(self.world - 1) % len(values)].shape
            for value in values:
                self._suppose(value, (*value.shape[:free], *meant[free:]))

    def _suppose(self, value: Value, shape: Shape) -> None:
        """Take a value, and what it has its sizes from, for one of `shape` from here on; not the network's input."""
        if value.is_given:
            return
        self.mended[value] = replace(value, shape=shape)
        if len(value.shape) != len(shape):
            return
        axes = [axis for axis, size in enumerate(shape) if value.shape[axis] != size]
        before = _before(value, axes)
        while before is not None and not before.is_given and before not in self.mended:
            sizes = [shape[axis] if axis in axes else size for axis, size in enumerate(before.shape)]
            self.mended[before] = replace(before, shape=tuple(sizes))
            before = _before(before, axes)

    def maker(self, value: Value, axis: int) -> Value:
        """The value at which the size of an axis was made."""
        passed = []
        made: Value | None = None
        while made is None:
            made = self.makers.get((value, axis))
            if made is None:
                passed.append(value)
                before = _before(value, (axis,))
                made, value = (value, value) if before is None else (None, before)
        for each in passed:
            self.makers[each, axis] = made
        return made

    def meant(self, value: Value) -> Value:
        """What stands for a value, if an earlier mistake may lie before it."""
        outer: Value | None = value if self.mended else None
        while outer is not None:
            if outer in self.mended:
                return replace(value, shape=self.mended[outer].shape)
            outer = outer.came_from()
        return value

    def amend(self, span: Span, padding: int | str) -> None:
        """Give the op written at `span` another padding in one world: a remedy holds wherever the line is used."""
        if self.world == 1:
            self.amended[span] = padding

    def as_amended(self, span: Span, op: Op) -> Op:
        """The op written at `span`, with the padding that a remedy gives it."""
        if span not in self.amended:
            return op
        changes = {"padding": self.amended[span]}
        return replace(op, **changes)

    def doubt(self, value: Value, fault: Fault) -> None:
        """Note that the size at fault may have gone wrong before `value`: whoever else reads it may see the same."""
        if fault.axis is not None and fault.mended is None and self.world == 1:
            axes = (0,) if fault.axis == 0 else range(1, len(value.shape))
            self._suppose(value, tuple(SIZES[1] if axis in axes else n for axis, n in enumerate(value.shape)))

    def after_fault(self, op: Op, shape: Shape, fault: Fault) -> Shape | None:
        """What `op` gives once the fault is mended; None where not even the number of axes can be told."""
        self.awaits_vector |= fault.code == "E0306"
        if fault.mended is not None:
            return self.varied(fault.mended, fault.open) if fault.open else fault.mended
        self.made += 1
        resized = self._resized(op, shape, fault)
        if resized is not None and self._blames_input:
            return resized
        if fault.code == "E0308" and len(shape) == 1:
            return self._as_if_a_map(op, shape)
        for trial in _mended(op, fault):
            given = trial.infer(shape)
            if not isinstance(given, Fault):
                return self.varied(given, _doubtful(op, shape, given, resized))
        if resized is not None:
            return resized
        small = op.infer((shape[0], *(SIZES[2],) * (len(shape) - 1)))
        return None if isinstance(small, Fault) else self.varied(small, range(len(small)))

    def after_arguments(
        self, op_type: type[Op], arguments: Mapping[str, Constant], wrong: frozenset[str], shape: Shape
    ) -> Shape | None:
        """What an op gives of which some arguments are `wrong` or unknown; None where that cannot be told."""
        if issubclass(op_type, Pointwise) or op_type.kind == "norm":
            return shape
        given = {name: value for name, value in arguments.items() if name not in wrong}
        for name in wrong & {"channels", "features"}:
            given[name] = self.size
        for name in wrong & {"kernel", "factor", "size"}:
            given[name] = 1
        op = check(op_type, given)
        if not isinstance(op, Op):
            return None
        result = op.infer(shape)
        if isinstance(result, Fault):
            result = self.after_fault(op, shape, result) or result
        if isinstance(result, Fault) or wrong <= _SHAPELESS | {"channels", "features"}:
            return None if isinstance(result, Fault) else result
        return self.varied(result, _doubtful(op, shape, result))

    def after_unknown(self, shape: Shape, *, strides: bool) -> Shape:
        """What comes of a node of which nothing is known: in one world a vector of a map, or a map of a vector; in one
        half the map, if a stride is written (`strides`).
        """
        self.made += 1
        if self.world == 2 and strides:
            return (SIZES[2], *(-(-size // 2) for size in shape[1:]))
        if self.world == 3:
            return (SIZES[3],) * (1 if len(shape) > 1 else 3)
        return self.varied(shape, range(len(shape)))

    @property
    def _blames_input(self) -> bool:
        return self.world < 2

    def _resized(self, op: Op, shape: Shape, fault: Fault) -> Shape | None:
        """The output for an input that is large enough, or that divides, on the axes at fault."""
        problem: Shape | Fault = fault
        for _ in shape:
            if not isinstance(problem, Fault) or problem.axis is None:
                break
            axis = problem.axis
            for size in self._trials(shape[axis], axis):
                resized = (*shape[:axis], size, *shape[axis + 1 :])
                if axis > 0 and self.world > 0:
                    resized = (shape[0], *(size,) * (len(shape) - 1))  # what mends one axis changes them all
                problem = op.infer(resized)
                if not isinstance(problem, Fault) or problem.axis != axis:
                    shape = resized
                    break
        return None if isinstance(problem, Fault) else problem

    def _trials(self, size: int, axis: int) -> Sequence[int]:
        """Sizes to try in place of `size`: the next number of channels that will do, a map halved less often."""
        if self.world > 0:
            return (SIZES[self.world], SIZES[1])
        return range(size + 1, size + 257) if axis == 0 else [size << doublings for doublings in range(1, 12)]

    def _as_if_a_map(self, op: Op, shape: Shape) -> Shape | None:
        """The output of an op on maps to which a vector came: it comes too late, or a map was to be made before it."""
        self.made += 1
        given = op.infer((*shape, SIZES[self.world], SIZES[self.world]))
        if isinstance(given, Fault):
            return None
        return given[:1] if self.world == 2 else given


def _before(value: Value, axes: Sequence[int]) -> Value | None:
    """The value from which another has its sizes along `axes`; None where one of them was made there."""
    candidates = (value.came_from(),) if value.draft is None else value.draft.inputs
    for before in candidates:
        same_rank = before is not None and len(before.shape) == len(value.shape)
        if before is not None and same_rank and all(before.shape[axis] == value.shape[axis] for axis in axes):
            return before
    return None


def _mended(op: Op, fault: Fault) -> Sequence[Op]:
    """The op with the argument at fault as it is by default, or as changes nothing."""
    if not fault.argument:
        return ()
    written = getattr(op, fault.argument)
    default = next(entry.default for entry in fields(op) if entry.name == fault.argument)
    values: list[object] = [] if default is MISSING else [default]
    if isinstance(written, int):
        values.append(1)
    elif fault.code == "E0310" and isinstance(written, tuple):
        values.extend(written[:1])
    return [replace(op, **{fault.argument: value}) for value in values]


def _doubtful(op: Op, before: Shape, after: Shape, otherwise: Shape | None = None) -> Sequence[int]:
    """The axes of an output which an argument that is not known may have changed. `otherwise`: the output as the
    argument is.
    """
    kept = after[0] == before[0] and (otherwise is None or otherwise[0] == before[0])
    settled = kept or after[0] == getattr(op, "channels", None)
    return range(1 if settled else 0, len(after))


@dataclass(frozen=True, slots=True)
class World:
    """What was found under one set of guesses."""

    found: Sequence[Diagnostic]
    guesses: Guesses


_OF_EXACT_SIZES: Final = frozenset(("E0207", "E0305", "E0309", "E0315"))
"""What is out of its range, does not divide, or does not multiply to what is there. No guess of a size of which nothing
is known meets that by chance: an error whose numbers are others in three worlds is not believed, as one that two likely
shapes share is.
"""


def believed(first: World, others: Sequence[World], *, is_unguessed: bool) -> tuple[Diagnostic, ...]:
    """The findings of the first world that hold in the others too, and what is no error.

    Its first error always holds where nothing can have been guessed before it (`is_unguessed`), for no error came
    before. So a spec with an error never comes to be valid.
    """
    *others, smallest = others
    common = [{_key(other.code, other.span): other for other in world.found} for world in others]
    errors = (found for found in first.found if found.severity == "error" and is_unguessed)
    independent = next(errors, None)
    kept: list[Diagnostic] = []
    for diagnostic in first.found:
        key = _key(diagnostic.code, diagnostic.span)
        elsewhere = [world[key] for world in common if key in world]
        is_common = len(elsewhere) == len(common) and _differs_always(key, [first, *others], smallest)
        if diagnostic.code in _OF_EXACT_SIZES:
            is_common = is_common and len({diagnostic.message, *(other.message for other in elsewhere)}) <= 2
        if diagnostic.severity != "error":
            kept.append(diagnostic)
        elif is_common or diagnostic is independent:
            kept.append(_with_note(diagnostic, elsewhere))
    return tuple(kept)


def certain(first: World) -> tuple[Diagnostic, ...]:
    """The findings of the first world that hold whatever the others are: what is no error, and the first error."""
    errors = [diagnostic for diagnostic in first.found if diagnostic.severity == "error"]
    return tuple(found for found in first.found if found.severity != "error" or found is errors[0])


def _with_note(diagnostic: Diagnostic, elsewhere: Sequence[Diagnostic]) -> Diagnostic:
    """The error, which says so where its numbers follow from a guess."""
    said = _said(diagnostic)
    if all(_said(other) == said for other in elsewhere):
        return diagnostic
    return replace(
        diagnostic,
        notes=(*diagnostic.notes, "its sizes follow from a guess of what was meant at an error before it"),
    )


def _said(diagnostic: Diagnostic) -> tuple[str, tuple[tuple[str, Key], ...]]:
    """The message and the labels. Each world reads the standard blocks anew, so their places are compared by name."""
    labels = [(label.message, _key("", label.span)) for label in diagnostic.labels]
    return diagnostic.message, tuple(labels)


def _differs_always(key: Key, worlds: Sequence[World], smallest: World) -> bool:
    """Whether an error that compares two shapes is none that another guess might have spared.

    Where small sizes lead to faults of their own, most errors are not met again: so they are asked only whether two
    shapes of one origin, which differ whatever it is, differ there too.
    """
    compared = [world.guesses.comparisons[key] for world in worlds if key in world.guesses.comparisons]
    if not compared:
        return True
    ranks = {(len(one.left), len(one.right)) for one in compared}
    if len(ranks) > 1:
        return False
    left, right = ranks.pop()
    if left != right:
        return True
    joint = all(one.joint for one in compared) and key in smallest.guesses.comparisons
    for axis in range(left):
        pairs = [(one.left[axis], one.right[axis]) for one in compared]
        varies = [len({pair[side] for pair in pairs}) > 1 for side in (0, 1)]
        if all(a != b for a, b in pairs) and (not any(varies) or (joint and all(varies))):
            return True
    return False
