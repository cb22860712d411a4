"""Blocks inside of a block, where a picture draws each block once: by itself, and in others as a box with its name.

In: a block. Out: its drawing, and which blocks are boxes in it.
Holds: a block is a box wherever it stands in another if it holds more than layers in a row, and one block would show it
more than once, or repeat it; every other block is drawn where it stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from archspec.backends.dot import theme
from archspec.backends.dot.picture import Box
from archspec.backends.dot.places import Place, Tap
from archspec.backends.dot.sheet import fault_of
from archspec.backends.dot.steps import Drawing
from archspec.ir import Module, Step
from archspec.ops.base import Op


class NestedBlocks(Drawing):
    """A block as it is drawn, with the blocks `named` as boxes."""

    def __init__(self, named: Collection[str]) -> None:
        super().__init__()
        self.named = named
        self.boxes: dict[str, Module] = {}
        """Each box with the block that it stands for."""

    def closes(self, target: Module, path: str) -> bool:
        return _is_one_of(target, self.named)

    def close(self, step: Step, target: Module, path: str, taps: Sequence[Tap], place: Place) -> Tap:
        name = "" if target.block is None else target.block.name
        box = Box(self.name(path), name, (), theme.CLOSED, place.column, fault_of(step))
        self.boxes[box.id] = target
        return self.box(box, step, taps, place)


def find_repeated(root: Module) -> frozenset[str]:
    """The names of the blocks that the drawing of one block of a network would show more than once, or repeat."""
    blocks = {root: None}
    level = [root]
    while level:
        inside = dict.fromkeys(target for each in level for target in _blocks_in(each))
        level = [target for target in inside if target not in blocks]
        blocks |= dict.fromkeys(level)
    found: set[str] = set()
    for module in blocks:
        if module is not root:
            found |= _repeated_in(module)
    return frozenset(found)


def calls_of(module: Module, named: Collection[str]) -> Iterator[Module]:
    """Every call of the blocks `named` in a module, of every copy; not what stands in these."""
    for step in module.steps:
        if isinstance(step.target, Module):
            if _is_one_of(step.target, named):
                yield step.target
            else:
                yield from calls_of(step.target, named)


def _repeated_in(module: Module) -> set[str]:
    """What stands in a block that is repeated is not looked at: it is drawn there."""
    calls: Counter[str] = Counter()
    level = [module]
    while level:
        inside = [target for each in level for target in _blocks_in(each)]
        calls.update(map(_name_of, inside))
        level = [target for target in inside if calls[_name_of(target)] == 1]
    return {name for name, count in calls.items() if count > 1}


def _blocks_in(module: Module) -> Iterator[Module]:
    """The blocks in a module that may be boxes, but for those inside of others."""
    for step in module.steps:
        if isinstance(step.target, Module):
            if _name_of(step.target):
                yield step.target
            else:
                yield from _blocks_in(step.target)


def _is_one_of(module: Module, named: Collection[str]) -> bool:
    return module.block is not None and module.block.name in named and _name_of(module) != ""


def _name_of(module: Module) -> str:
    """The name of a block that may be a box; empty for layers in a row, and for what has none."""
    if module.block is None or len(module.inputs) > 1 or _is_straight(module):
        return ""
    return module.block.name


def _is_straight(module: Module) -> bool:
    """Whether each step of a module, however deep it is nested, reads the one before."""
    return all(
        step.inputs == (index,) and (isinstance(step.target, Op) or _is_straight(step.target))
        for index, step in enumerate(module.steps)
    )
