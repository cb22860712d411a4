"""What a network costs: parameters, buffers and multiply-accumulates.

In: a graph. Out: `Costs`, the numbers of the whole network, of each distinct module and of each of its steps.
Holds: a module's cost is the sum of its steps'; a child that is called again costs its arithmetic again
and its parameters once; an auxiliary head's arithmetic is left out of the totals, since it runs in
training only, and its parameters are in them, since the model holds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from archspec.ir import Graph, Module, Step, distinct_modules
from archspec.ops.base import Shape
from archspec.records import dataclass

CONVENTIONS = (
    "MACs are the multiply-accumulates of convolutions and fully connected layers for one example; "
    "norms, activations, pools and additions are not counted",
    "parameters are the numbers that are trained, all of them; buffers are the numbers kept beside them "
    "(running means and variances, counters)",
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Numbers of elements, and multiply-accumulates for one example."""

    params: int = 0
    buffers: int = 0
    macs: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.params + other.params, self.buffers + other.buffers, self.macs + other.macs)

    @property
    def trainable_params(self) -> int:
        """Nothing in the language freezes a parameter."""
        return self.params


@dataclass(frozen=True, slots=True)
class ModuleCost:
    """The cost of one module, and of each of its steps, in order."""

    total: Cost
    steps: tuple[Cost, ...]


@dataclass(frozen=True, slots=True)
class Costs:
    """`total` is what inference runs and what the model holds; `aux` the part of the auxiliary heads, whose
    parameters are in `total` and whose MACs are not."""

    total: Cost
    aux: Cost
    modules: Mapping[Module, ModuleCost]

    def of(self, module: Module, step_index: int) -> Cost:
        return self.modules[module].steps[step_index]


def count_cost(graph: Graph, counted: dict[Module, ModuleCost] | None = None) -> Costs:
    """Count every distinct module once. `counted`: the costs of other graphs' modules, and then of this one's too."""
    modules: dict[Module, ModuleCost] = {}
    for module in distinct_modules(graph.root):
        found = None if counted is None else counted.get(module)
        if found is None:
            known: dict[tuple[int, tuple[Shape, ...], bool], Cost] = {}
            steps = tuple([_step_cost(module, step, modules, known) for step in module.steps])
            found = ModuleCost(_total(steps), steps)
        modules[module] = found
    if counted is not None:
        counted.update(modules)
    aux = Cost()
    for step, cost in zip(graph.root.steps, modules[graph.root].steps, strict=True):
        if step.role == "aux":
            aux += cost
    held = modules[graph.root].total
    return Costs(Cost(held.params, held.buffers, held.macs - aux.macs), aux, modules)


def _total(costs: tuple[Cost, ...]) -> Cost:
    return Cost(
        sum([cost.params for cost in costs]),
        sum([cost.buffers for cost in costs]),
        sum([cost.macs for cost in costs]),
    )


def _step_cost(
    module: Module,
    step: Step,
    modules: Mapping[Module, ModuleCost],
    known: dict[tuple[int, tuple[Shape, ...], bool], Cost],
) -> Cost:
    """The cost of a step; `known` holds those of the module so far, since the copies of a repeat have one target."""
    inputs = module.inputs_of(step)
    key = (id(step.target), inputs, step.shared)
    if key not in known:
        known[key] = _counted(step, inputs, modules)
    return known[key]


def _counted(step: Step, inputs: tuple[Shape, ...], modules: Mapping[Module, ModuleCost]) -> Cost:
    if isinstance(step.target, Module):
        cost = modules[step.target].total
    else:
        params = buffers = 0
        for weight in step.target.weights(*inputs):
            if weight.buffer:
                buffers += prod(weight.shape)
            else:
                params += prod(weight.shape)
        cost = Cost(params, buffers, step.target.macs(*inputs))
    return Cost(macs=cost.macs) if step.shared else cost
