"""How a shape came about: the ops on the way from the network's input to a node.

In: a graph and the path of a node. Out: its place in the tree of modules, and the `Stop`s before it, in the order in
which the network runs. Where paths meet, the way back follows the first: of a skip addition, the main path.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.ir import Module, Step
from archspec.ops.base import Op, Shape
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class Located:
    """A step in its module, below the steps that enclose it."""

    module: Module
    index: int
    enclosing: tuple[Located, ...]

    @property
    def step(self) -> Step:
        return self.module.steps[self.index]

    @property
    def inputs(self) -> tuple[Shape, ...]:
        return self.module.inputs_of(self.step)

    @property
    def path(self) -> str:
        """The path of names; a join, which is no child, has that of its module."""
        names = [located.step.name for located in self.enclosing]
        return ".".join(names if self.step.role == "join" else [*names, self.step.name])


@dataclass(frozen=True, slots=True)
class Stop:
    """An op on the way: where it is, what it does to the first of its inputs."""

    located: Located
    op: Op
    before: Shape
    after: Shape


def find_node(root: Module, path: str) -> Located | None:
    """The step whose path of names is `path`."""
    module = root
    enclosing: tuple[Located, ...] = ()
    *outer, last = path.split(".")
    for name in outer:
        located = _child(module, name, enclosing)
        if located is None or not isinstance(located.step.target, Module):
            return None
        module, enclosing = located.step.target, (*enclosing, located)
    return _child(module, last, enclosing)


def _child(module: Module, name: str, enclosing: tuple[Located, ...]) -> Located | None:
    for index, step in enumerate(module.steps):
        if step.name == name and step.role != "join":
            return Located(module, index, enclosing)
    return None


def children(root: Module, path: str) -> tuple[str, ...]:
    """The names below the longest part of `path` that exists, as paths: what may have been meant."""
    module, prefix = root, ""
    for name in path.split("."):
        located = _child(module, name, ())
        if located is None or not isinstance(located.step.target, Module):
            break
        module, prefix = located.step.target, f"{prefix}{name}."
    return tuple(dict.fromkeys(prefix + step.name for step in module.steps if step.role != "join"))


def trail(located: Located) -> tuple[Stop, ...]:
    """The ops before `located`, from the network's input on."""
    return tuple(_back_from(located))[::-1]


def _back_from(located: Located) -> Iterator[Stop]:
    """The way back, without recursion: the enclosing steps are the stack."""
    enclosing = list(located.enclosing)
    module, value = located.module, located.step.inputs[0]
    while True:
        if value < len(module.inputs):
            if not enclosing:
                return
            outer = enclosing.pop()
            module, value = outer.module, outer.step.inputs[value]
            continue
        here = Located(module, value - len(module.inputs), tuple(enclosing))
        target = here.step.target
        if isinstance(target, Module):
            enclosing.append(here)
            module, value = target, target.outputs[0]
        else:
            yield Stop(here, target, here.inputs[0], here.step.shape)
            value = here.step.inputs[0]
