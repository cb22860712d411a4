"""A module that is not unfolded: one box, which says what it is and what comes out of it.

In: a step that calls a module, and its path. Out: the words of its box; whether a picture of a given depth opens it.
Holds: what is wrong anywhere inside is said of the box.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from archspec.backends.dot.titles import short_name
from archspec.backends.wording import shape_text
from archspec.ir import Graph, Module, Step
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class Depth:
    """How deep a picture unfolds modules. One whose path has `names` names, or more, is one box; `None`: none is.
    `shut`: paths of modules that are one box however deep they stand.
    """

    names: int | None = None
    shut: frozenset[str] = frozenset()

    @classmethod
    def of(cls, graph: Graph, depth: int | None) -> Depth:
        """Names are counted from the picture's own top: of a part (`only`) its own path is one of them."""
        if depth is None:
            return cls()
        above = min((step.name.count(".") for step in graph.root.steps), default=0)
        return cls(depth + above)

    def closes(self, path: str) -> bool:
        return path in self.shut or (self.names is not None and path.count(".") + 1 >= self.names)


UNFOLDED: Final = Depth()


def closed_words(step: Step, target: Module, *, entering: tuple[int, ...]) -> tuple[str, tuple[str, ...]]:
    """The text of a closed module's box, and its small letters. The number of a copy is no name."""
    what = name_of(target)
    name = short_name(step.name)
    shape = () if step.shape == entering else (shape_text(step.shape),)
    if step.name.isdigit() and what:
        return what, shape
    return name, (*((what,) if what else ()), *shape)


def name_of(module: Module) -> str:
    """The block that a module is, or that it repeats; how it joins its branches; empty for a plain sequence."""
    if module.block is not None:
        return short_name(module.block.name)
    if module.structure == "repeat":
        blocks = {name_of(step.target) for step in module.steps if isinstance(step.target, Module)}
        return " ".join((f"{len(module.steps)} ×", *blocks)) if len(blocks) == 1 else f"{len(module.steps)} ×"
    return module.structure if module.structure in ("residual", "concat", "add", "multiply") else ""


def faults_inside(step: Step) -> Iterator[str]:
    """What is wrong with a step, and in the module that it calls."""
    for error in step.errors:
        yield error.message
    if isinstance(step.target, Module):
        for inner in step.target.steps:
            yield from faults_inside(inner)
