"""Whether two graphs compute the same, with the same keys.

In: two graphs. Out: an answer. Holds: a number stands for a value, the same in both graphs if the same layers, with
their weights under the same keys, made it of the same values. How layers are grouped into modules, in what order
parallel paths stand and what a layer without weights is called do not matter. A dropout is a layer of its own wherever
it stands, since no two drop the same. Iterative and linear in the ops.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from archspec.ir import Graph, InitRule, Module, Scheme, Step, state, walk
from archspec.ops.base import Op, Shape, Weight
from archspec.ops.recipe import Recipe
from archspec.records import dataclass


def computes_the_same(a: Graph, b: Graph) -> bool:
    """Whether two graphs have the same inputs, the same outputs computed alike, the same auxiliary heads, and the same
    keys with the same shapes in one order.
    """
    numbers: dict[Hashable, int] = {}
    return (
        a.root.inputs == b.root.inputs
        and (a.input_names, a.output_names) == (b.input_names, b.output_names)
        and list(state(a.root)) == list(state(b.root))
        and _results(a, numbers) == _results(b, numbers)
    )


def start_the_same(a: Graph, b: Graph) -> bool:
    """Whether the layers with weights that two graphs share, by their paths, are initialised alike."""
    mine, theirs = _initialisation(a), _initialisation(b)
    return all(theirs.get(path, rules) == rules for path, rules in mine.items())


@dataclass(slots=True)
class _Frame:
    """A module half done: the number of each of its values so far."""

    module: Module
    prefix: str
    values: list[int]
    index: int = 0


def _results(graph: Graph, numbers: dict[Hashable, int]) -> list[Hashable]:
    """The numbers of the outputs, and of the auxiliary heads' with their weights."""
    layers = _Layers()
    drops: Counter[Hashable] = Counter()
    inputs = [numbers.setdefault(("input", index), len(numbers)) for index in range(len(graph.root.inputs))]
    stack = [_Frame(graph.root, "", inputs)]
    while True:
        frame = stack[-1]
        if frame.index == len(frame.module.steps):
            if len(stack) == 1:
                break
            stack.pop()
            stack[-1].values.append(frame.values[frame.module.outputs[0]])
            continue
        step = frame.module.steps[frame.index]
        frame.index += 1
        values = [frame.values[value] for value in step.inputs]
        if isinstance(step.target, Module):
            path = frame.prefix if step.role == "join" else f"{frame.prefix}{step.name}."
            stack.append(_Frame(step.target, path, values))
        elif step.target.key == "identity":
            frame.values.append(values[0])
        else:
            made = (layers.key(frame, step, step.target), *values)
            if step.target.kind == "dropout":
                drops[made] += 1
                made = (*made, drops[made])
            frame.values.append(numbers.setdefault(made, len(numbers)))
    root = stack[0]
    outputs = [root.values[value] for value in graph.root.outputs]
    return [*outputs, *((aux.name, aux.weight, root.values[aux.value]) for aux in graph.aux)]


class _Layers:
    """What a step's layer is: what PyTorch makes of the op on its inputs, and the keys of its weights."""

    def __init__(self) -> None:
        self._known: dict[tuple[Op, tuple[Shape, ...]], tuple[Recipe, tuple[Weight, ...]]] = {}

    def key(self, frame: _Frame, step: Step, op: Op) -> Hashable:
        inputs = frame.module.inputs_of(step)
        if (op, inputs) not in self._known:
            self._known[op, inputs] = op.torch(*inputs), op.weights(*inputs)
        recipe, weights = self._known[op, inputs]
        return recipe, tuple(weight.key(f"{frame.prefix}{step.name}") for weight in weights)


def _initialisation(graph: Graph) -> dict[str, tuple[Scheme | None, Scheme | None]]:
    """How the weight and the bias of each layer that has weights start, by its path."""
    rules = {rule.op: rule for rule in graph.init}
    found = {}
    for visit in walk(graph.root):
        op, module = visit.step.target, visit.module
        inputs = module.inputs_of(visit.step)
        if isinstance(op, Op) and op.weights(*inputs):
            rule = visit.step.init or rules.get(op.key, InitRule(op.key, None, None))
            found[visit.path] = rule.weight, rule.bias
    return found
