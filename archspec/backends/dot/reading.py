"""What a view asks of a module before it draws it.

In: a module of the graph. Out: answers: what is one box, what repeats, what parts side by side and meets
again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import accumulate, chain

from archspec.backends.dot.descent import Descent
from archspec.backends.dot.picture import EdgeKind
from archspec.backends.dot.towers import find_towers
from archspec.ir import Block, Module, Step
from archspec.ops.base import Op, Shape
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class Fan:
    """Branches: the steps of each `chain` lead from the value `source` to the step `join`, and nowhere else."""

    source: int
    join: int
    chains: tuple[tuple[int, ...], ...]


def count_readers(module: Module) -> Counter[int]:
    """How often each value is read, by steps and as an output."""
    return Counter(chain(module.outputs, chain.from_iterable(step.inputs for step in module.steps)))


def values_read(step: Step) -> tuple[int, ...]:
    """What a step reads, in the order in which a group's steps do. What flows into a group flows past it if nothing
    inside reads it.
    """
    target = step.target
    if not isinstance(target, Module):
        return step.inputs
    if len(step.inputs) == 1:  # of most: whoever reads it, it is all
        is_read = 0 in target.outputs or any(0 in inner.inputs for inner in target.steps)
        return step.inputs if is_read else ()
    inside = chain(chain.from_iterable(inner.inputs for inner in target.steps), target.outputs)
    return tuple(step.inputs[value] for value in dict.fromkeys(inside) if value < len(step.inputs))


def only_read(step: Step) -> int | None:
    """The one value that a step reads; `None` for a step that reads several."""
    values = values_read(step)
    return values[0] if len(values) == 1 else None


def find_fans(module: Module) -> tuple[Fan, ...]:
    """Where paths part side by side and meet again. Skips are none: they have no steps, or those of a
    shortcut.
    """
    if has_one_way(module):
        return ()
    readers = count_readers(module)
    fans: list[Fan] = []
    for index, step in enumerate(module.steps):
        if len(step.inputs) < 2 or isinstance(step.target, Module):
            continue
        found = [_chain(module, readers, value) for value in step.inputs]
        sources = {source for source, _ in found}
        chains = tuple(steps for _, steps in found)
        if len(sources) > 1 or not all(chains):
            continue
        (source,) = sources
        is_skip = any(module.steps[at].role == "shortcut" for steps in chains for at in steps)
        if readers[source] == len(chains) and not is_skip:
            fans.append(Fan(source, index, chains))
    return tuple(fans)


def _chain(module: Module, readers: Counter[int], value: int) -> tuple[int, tuple[int, ...]]:
    """The straight line of steps that ends in `value`, and the value from which it starts."""
    found: list[int] = []
    while value >= len(module.inputs) and readers[value] == 1:
        index = value - len(module.inputs)
        step = module.steps[index]
        if len(step.inputs) > 1 and step.role != "branch":
            break
        found.append(index)
        value = step.inputs[0]
    return value, tuple(reversed(found))


def find_trees(
    descent: Descent, splits: Mapping[int, Sequence[int]], joins: Collection[int]
) -> Iterator[Fan]:
    """The fans of branches that end in one concatenation, in their order, and split again on the way or meet: one for
    each value that splits, the outermost first. `joins`: the ends of other fans.
    """
    module = descent.module
    concats = [
        (index, step)
        for index, step in enumerate(module.steps)
        if isinstance(step.target, Op) and step.target.key == "concat" and index not in joins
    ]
    if not concats:
        return
    readers: dict[int, set[int]] = {value: {len(module.steps)} for value in module.outputs}
    for index, step in enumerate(module.steps):
        for value in step.inputs:
            readers.setdefault(value, set()).add(index)
    for index, step in concats:
        if any(edge_kind(descent, index, value) != "flow" for value in step.inputs):
            continue
        ways = [_way(module, readers, splits, value) for value in step.inputs]
        common = set[int].intersection(*({source for source, _ in way} for way in ways))
        if not common:
            continue
        branches: dict[int, list[tuple[int, ...]]] = {}
        for way in ways:
            for source, steps in way:
                known = branches.setdefault(source, [])
                if source >= max(common) and known[-1:] != [steps]:
                    known.append(steps)
        fans = [Fan(source, index, tuple(chains)) for source, chains in sorted(branches.items()) if chains]
        if _is_tree(module, fans, readers, splits):
            yield from fans


def _way(
    module: Module, readers: Mapping[int, Collection[int]], splits: Mapping[int, Sequence[int]], value: int
) -> list[tuple[int, tuple[int, ...]]]:
    """The way back from a value: for each split that it passes the steps from there to the next, or to the end. Of a
    join it passes what nobody else reads.
    """
    way: list[tuple[int, tuple[int, ...]]] = []
    steps: list[int] = []
    while True:
        if value in splits and steps:
            way.append((value, tuple(reversed(steps))))
            steps = []
        if value < len(module.inputs):
            return way
        step = module.steps[value - len(module.inputs)]
        own = [read for read in step.inputs if len(step.inputs) == 1 or len(readers[read]) == 1]
        if len(own) != 1 or step.role not in ("", "branch"):
            return way
        steps.append(value - len(module.inputs))
        (value,) = own


def _is_tree(
    module: Module,
    fans: Sequence[Fan],
    readers: Mapping[int, Collection[int]],
    splits: Mapping[int, Sequence[int]],
) -> bool:
    """Whether fans are all of their splits, in order, and nothing else reads what is made in them."""
    steps = [index for fan in fans for chain in fan.chains for index in chain]
    meets = any(len(module.steps[index].inputs) > 1 for index in steps)
    inside = {*steps, *(fan.join for fan in fans)}
    return (
        (len(fans) > 1 or meets)
        and len(steps) == len(set(steps))
        and all(tuple(chain[0] for chain in fan.chains) == tuple(splits[fan.source]) for fan in fans)
        and all(len(readers[fan.source]) == len(fan.chains) for fan in fans)
        and all(inside.issuperset(readers[module.value(index)]) for index in steps)
    )


def entering(module: Module, index: int) -> Shape:
    return module.shape(module.steps[index].inputs[0])


def looks_like(one: Op | Module, other: Op | Module) -> bool:
    """The same layers on the same shapes, but for how much they drop (stochastic depth grows from copy to copy)."""
    if isinstance(one, Op) or isinstance(other, Op):
        return one == other or (type(one) is type(other) and getattr(one, "kind", "") == "dropout")
    return one is other or (
        one.structure == other.structure
        and one.inputs == other.inputs
        and len(one.steps) == len(other.steps)
        and all(
            mine.name == theirs.name
            and mine.inputs == theirs.inputs
            and not mine.errors
            and not theirs.errors
            and looks_like(mine.target, theirs.target)
            for mine, theirs in zip(one.steps, other.steps, strict=True)
        )
    )


def differs_in_shape_alone(first: Step, other: Step) -> bool:
    """Both call one block with the same arguments, on maps that differ in channels (the layers of a
    DenseNet).
    """
    if not isinstance(first.target, Module) or not isinstance(other.target, Module):
        return False
    mine, theirs = first.target.block, other.target.block
    if not isinstance(mine, Block) or not isinstance(theirs, Block):
        return False
    if mine.name != theirs.name or dict(mine.arguments) != dict(theirs.arguments):
        return False
    # Equal arguments on equal shapes would be the same object; `is` fails only where the input differs.
    same_form = first.target.shortcut == other.target.shortcut
    return same_form and first.shape[1:] == other.shape[1:] and first.shape[0] != other.shape[0]


def has_one_way(module: Module) -> bool:
    """Whether all branches but one pass their input on as it is (a gate): that one is then drawn as the
    main path.
    """
    branches = [step for step in module.steps if step.role == "branch"]
    return len(branches) > 1 and sum(not _is_identity(step) for step in branches) == 1


def is_passed_by(module: Module, step: Step) -> bool:
    return step.role == "branch" and _is_identity(step) and has_one_way(module)


def _is_identity(step: Step) -> bool:
    return isinstance(step.target, Op) and step.target.key == "identity"


def edge_kind(descent: Descent, index: int, value: int) -> EdgeKind:
    """What an input of a join is to it, in the module that `descent` is of."""
    module = descent.module
    if value < len(module.inputs):
        return "skip" if module.structure not in ("concat", "add", "multiply") else "flow"
    source = module.steps[value - len(module.inputs)]
    if source.role == "shortcut":
        return "shortcut"
    if is_passed_by(module, source):
        return "skip"
    is_main_path = module.structure == "residual" and module.steps[index].role == "join"
    if source.role == "branch" or value == module.value(index - 1) or is_main_path:
        return "flow"
    return "skip" if value in descent.carried(index) else "flow"


def is_wrapper(module: Module) -> bool:
    """Whether a module only holds parts of the network together (`features`): its parts then get the
    cards.
    """
    if module.structure != "sequence":
        return False
    parts = sum(isinstance(step.target, Module) and not is_one_box(step.target) for step in module.steps)
    return parts > 1 or (parts == 1 and module.block is None)


def whole_sections(module: Module) -> frozenset[str]:
    """The sections whose layers are all there is of them, with no part in a card of its own between them."""
    found: set[str] = set()
    parted: set[str] = set()
    for step in module.steps:
        found.add(step.section)
        if step.role != "aux" and isinstance(step.target, Module) and not is_one_box(step.target):
            parted.add(step.section)
    return frozenset(found - parted - {""})


def is_one_box(module: Module) -> bool:
    """Whether a module is one layer with what stands in its box. One without a layer is none."""
    return bool(_count_in_box(module, 0))


def does_nothing(op: Op) -> bool:
    """Whether an op passes its input on whatever it is: stochastic depth, where it begins at 0."""
    return op.kind == "dropout" and getattr(op, "p", None) == 0


def stands_beside(op: Op, *inputs: Shape) -> bool:
    """Whether an op is written in the box of the op before it. What changes the shape has a box of its own."""
    return op.glyph(*inputs).small and op.kind != "reshape"


def has_errors(module: Module) -> bool:
    """Whether something was found wrong inside a module."""
    return any(
        step.errors or (isinstance(step.target, Module) and has_errors(step.target)) for step in module.steps
    )


def _count_in_box(module: Module, before: int) -> int | None:
    """How many ops stand in one box after those of a module, which `before` others come ahead of; `None` for what is
    no straight line, or needs more boxes. Ends at the first op that does, however large the module is.
    """
    if module.structure != "sequence" or len(module.inputs) != 1:
        return None
    count = before
    for index, step in enumerate(module.steps):
        if step.inputs != (index,) or step.errors:
            return None
        if isinstance(step.target, Module):
            inner = _count_in_box(step.target, count)
            if inner is None:
                return None
            count = inner
        elif count and not stands_beside(step.target, entering(module, index)):
            return None
        else:
            count += 1
    return count


@dataclass(frozen=True, slots=True)
class Reading:
    """What is to be known of a module to draw it: how often each value is read, its fans, and the values from which
    several paths go on, of which none is the main one.
    """

    descent: Descent
    readers: Counter[int]
    fans: tuple[Fan, ...]
    splits: Mapping[int, tuple[int, ...]]
    """Of each such value the steps that start its paths."""
    heirs: Mapping[int, int]
    """Of a value that several paths read, the one step that keeps its shape: below a value drawn aside it stands rather
    than the first.
    """
    last_use: tuple[int, ...]
    """Of each value the last step that goes on from it, or from a value before it."""
    bypassed: frozenset[int]
    """The values that a shortcut reads beside the main path."""
    towers: frozenset[int]
    """The joins of what is made from different inputs, and read nowhere else."""


def read(module: Module) -> Reading:
    """What is to be known of a module to draw it."""
    descent = Descent(module)
    readers = count_readers(module)
    bypassed = (step.inputs[0] for step in module.steps if step.role == "shortcut")
    splits = _splits(module)
    fans = find_fans(module)
    return Reading(
        descent,
        readers,
        (*fans, *find_trees(descent, splits, {fan.join for fan in fans})),
        splits,
        _heirs(module),
        tuple(_last_use(descent)),
        frozenset(value for value in bypassed if readers[value] > 1),
        frozenset(_find_towers(module)),
    )


def _find_towers(module: Module) -> Iterator[int]:
    if len(module.inputs) < 2:
        return
    reads: dict[int, tuple[int, ...]] = dict.fromkeys(range(len(module.inputs)), ())
    reads |= {module.value(index): step.inputs for index, step in enumerate(module.steps)}
    reads |= {-1 - at: (value,) for at, value in enumerate(module.outputs)}
    towers = find_towers(reads)
    for index, step in enumerate(module.steps):
        if isinstance(step.target, Op) and not step.errors and module.value(index) in towers:
            yield index


def _heirs(module: Module) -> dict[int, int]:
    paths: dict[int, list[int]] = {}
    for index, step in enumerate(module.steps):
        if len(step.inputs) == 1 and step.role == "":
            paths.setdefault(step.inputs[0], []).append(index)
    heirs: dict[int, int] = {}
    for value, indices in paths.items():
        if len(indices) == 1:
            continue
        keep = [index for index in indices if module.steps[index].shape == module.shape(value)]
        if len(keep) == 1:
            heirs[value] = keep[0]
    return heirs


def _splits(module: Module) -> dict[int, tuple[int, ...]]:
    paths: dict[int, list[int]] = {}
    for index, step in enumerate(module.steps):
        source = only_read(step)
        if source is not None and step.role in ("", "branch") and not is_passed_by(module, step):
            paths.setdefault(source, []).append(index)
    return {value: tuple(readers) for value, readers in paths.items() if len(readers) > 1}


def _last_use(descent: Descent) -> Iterator[int]:
    module = descent.module
    last: dict[int, int] = {}
    for index, step in enumerate(module.steps):
        if step.role not in ("shortcut", "aux"):
            joins = len(step.inputs) > 1 and isinstance(step.target, Op)
            for value in step.inputs:
                if not joins or edge_kind(descent, index, value) == "flow":
                    last[value] = index
    values = range(module.value(len(module.steps)))
    return accumulate((last.get(value, 0) for value in values), max)
