"""A module while it is rewritten.

In: a module of the graph. Out: the module that a rewriting makes of it. Values are nodes here and not numbers, so that
steps can be taken out and put in; `finish` numbers them.

`rewrite` runs rewritings over every distinct module, children before parents: a module used in several places is
rewritten once, and stays one object. Time is linear in what is distinct.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from typing import Final, TypeAlias

from archspec.diagnostics import InternalError
from archspec.ir import Graph, Module, Step, distinct_modules
from archspec.ops.base import Op, Shape
from archspec.passes.inference.sources import Branch, Source
from archspec.records import dataclass

AS_TRAINED: Final = "as trained: "


@dataclass(frozen=True, slots=True)
class Build:
    """A graph on its way, with the source of each step that owns weights or is a module."""

    graph: Graph
    sources: Mapping[Step, Source]


def source_of(step: Step, sources: Mapping[Step, Source]) -> Source:
    """What a step is made of: what nobody rewrote, of itself."""
    return sources.get(step) or Source((Branch(step.name),))


@dataclass(slots=True, eq=False)
class Node:
    """An input of the module, or what a step gives. The step's own inputs are out of date: `inputs` holds."""

    shape: Shape
    _step: Step | None = None
    inputs: list[Node] = field(default_factory=list)
    source: Source | None = None

    @property
    def is_input(self) -> bool:
        return self._step is None

    @property
    def step(self) -> Step:
        if self._step is None:
            raise InternalError("inference: an input of a module is no step")
        return self._step

    @step.setter
    def step(self, step: Step) -> None:
        self._step = step

    @property
    def op(self) -> Op | None:
        """The op of the step, if it is one."""
        return self._step.target if self._step is not None and isinstance(self._step.target, Op) else None

    @property
    def trained(self) -> Source:
        """Where its weights come from."""
        if self.source is None:
            raise InternalError(f"inference: nobody knows what `{self.step.name}` is made of")
        return self.source


@dataclass(slots=True, eq=False)
class Draft:
    """The steps of a module as nodes, in the order in which they run."""

    module: Module
    is_root: bool
    inputs: list[Node]
    nodes: list[Node]
    outputs: list[Node]
    readers: Counter[Node] = field(default_factory=Counter)
    """How often each value is read, counting the outputs; kept up to date during `sweep`."""
    _instead: dict[Node, Node | None] = field(default_factory=dict)
    """During a sweep: what readers find in place of a node that was taken out."""

    @classmethod
    def of(
        cls,
        module: Module,
        sources: Mapping[Step, Source],
        *,
        is_root: bool = False,
    ) -> Draft:
        """The draft of a module."""
        values = [Node(shape) for shape in module.inputs]
        draft = cls(module, is_root, list(values), [], [])
        for step in module.steps:
            inputs_of_step = [values[value] for value in step.inputs]
            node = Node(step.shape, step, inputs_of_step, source_of(step, sources))
            values.append(node)
            draft.nodes.append(node)
        draft.outputs = [values[value] for value in module.outputs]
        return draft

    @property
    def called_again(self) -> frozenset[str]:
        """The names of the children that are called more than once: what one call needs, another may not have."""
        return frozenset(node.step.name for node in self.nodes if node.step.shared)

    def sweep(self) -> Iterator[Node]:
        """Every node in order, each with the inputs that earlier changes left it. While it runs, `bypass`, `remove` and
        changes of the node itself are allowed.
        """
        self.readers = Counter(value for node in self.nodes for value in node.inputs)
        self.readers.update(self.outputs)
        for node in self.nodes:
            node.inputs = [self._current(value) for value in node.inputs]
            yield node
        self.outputs = [self._current(value) for value in self.outputs]
        self.nodes = [node for node in self.nodes if node not in self._instead]
        self._instead.clear()

    def bypass(self, node: Node, by: Node) -> None:
        """Take `node` out; who read it reads `by`."""
        self.readers[by] += self.readers[node] - node.inputs.count(by)
        self._instead[node] = by

    def remove(self, node: Node) -> None:
        """Take out a node that nobody reads any more."""
        self._instead[node] = None

    def _current(self, node: Node) -> Node:
        while node in self._instead:
            instead = self._instead[node]
            if instead is None:
                raise InternalError(f"inference: `{node.step.name}` was taken out and is still read")
            node = instead
        return node

    def finish(self, sources: dict[Step, Source]) -> Module:
        """The module; the sources of its steps are added to `sources`."""
        numbers = {node: at for at, node in enumerate((*self.inputs, *self.nodes))}
        steps = []
        for node in self.nodes:
            step = replace(
                node.step, inputs=tuple(numbers[value] for value in node.inputs), shape=node.shape, init=None
            )
            sources[step] = node.trained
            steps.append(step)
        block = self.module.block
        return replace(
            self.module,
            block=block and replace(block, about=_as_trained(block.about)),
            steps=tuple(steps),
            outputs=tuple(numbers[output] for output in self.outputs),
            direct=True,
        )


def _as_trained(about: str) -> str:
    """What the author says of a block holds for the network that is trained."""
    text = " ".join(about.split())
    return text if not text or text.startswith(AS_TRAINED) else AS_TRAINED + text


Rewriting: TypeAlias = Callable[[Draft], None]
"""Changes a draft, whose children are rewritten already. After another rewriting, only the nodes
are up to date and not `Draft.module`."""


def rewrite(build: Build, *rewritings: Rewriting) -> Build:
    """The graph with every module rewritten, by each of them in turn."""
    made: dict[Module, Module] = {}
    sources: dict[Step, Source] = {}
    root = build.graph.root
    for module in distinct_modules(root):
        draft = Draft.of(module, build.sources, is_root=module is root)
        for node in draft.nodes:
            if isinstance(node.step.target, Module):
                node.step = replace(node.step, target=made[node.step.target])
        for rewriting in rewritings:
            rewriting(draft)
        made[module] = draft.finish(sources)
    return Build(replace(build.graph, root=made[root]), sources)
