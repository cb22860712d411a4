"""Whether a compiled network takes an input of another size.

In: a graph, and shapes for its inputs. Out: the first step that refuses them, and the first whose layer would have to
be another one, with other weights or another constant. A network without either runs on that input as it is: every
layer is the one that the op makes of the new shapes, so the op's own verdict and shape hold for it.

What holds: nothing of the spec is worked out again. A number that an expression made of a shape stays as compiled.
"""

from __future__ import annotations

from dataclasses import field
from math import prod
from typing import TypeAlias

from archspec.ir import Graph, Module, Step
from archspec.ops.base import Fault, Op, Shape, Weight
from archspec.ops.recipe import Recipe
from archspec.records import dataclass

Shapes: TypeAlias = tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Misfit:
    """A step that the compiled network cannot do on the shapes that reach it."""

    chain: tuple[Step, ...]
    """The steps that enclose it, outermost first, and itself."""
    compiled: Shapes
    """What it reads in the compiled network."""
    given: Shapes
    fault: Fault | None = None
    """Why the op refuses the shapes; None: it would be another layer."""

    @property
    def step(self) -> Step:
        return self.chain[-1]

    @property
    def path(self) -> str:
        """The path of names; a join, which is no child, has that of its module."""
        return ".".join(step.name for step in self.chain if step.role != "join")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a module fares: what it gives where no op refuses, and what hinders it."""

    outputs: Shapes
    params: int = 0
    """The parameters that the layers for these shapes have; where an op refuses, of those before it."""
    refused: Misfit | None = None
    changed: Misfit | None = None
    """The first step whose layer would be another. The shapes after it are those of that other layer."""

    @property
    def runs(self) -> bool:
        """Whether the network as compiled runs, and does what its ops say."""
        return self.refused is None and self.changed is None


_Layer: TypeAlias = tuple[tuple[Weight, ...], Recipe]


@dataclass(slots=True)
class Replayer:
    """Replays one graph on any number of inputs; what the same module does with the same shapes is worked out once."""

    graph: Graph
    with_aux: bool = True
    """Whether auxiliary heads run, as in training."""
    apart: bool = True
    """Whether, of the sizes that changed so far, none met another: each op kept the axes apart."""
    channels_kept: bool = True
    """Whether the first axis of every value was as compiled so far."""
    _modules: dict[tuple[int, Shapes], Outcome] = field(default_factory=dict)
    _layers: dict[tuple[int, int], _Layer] = field(default_factory=dict)

    def replay(self, inputs: Shapes) -> Outcome:
        """How the network fares on inputs of these shapes."""
        return self._module(self.graph.root, inputs)

    def _module(self, module: Module, inputs: Shapes) -> Outcome:
        key = (id(module), inputs)
        if key not in self._modules:
            self._modules[key] = self._run(module, inputs)
        return self._modules[key]

    def _run(self, module: Module, inputs: Shapes) -> Outcome:
        values = list(inputs)
        params = 0
        changed: Misfit | None = None
        for index, step in enumerate(module.steps):
            if step.role == "aux" and not self.with_aux:
                values.append(step.shape)
                continue
            given = tuple(values[value] for value in step.inputs)
            compiled = module.inputs_of(step)
            if isinstance(step.target, Module):
                inner = self._module(step.target, given)
                params += 0 if step.shared else inner.params
                if inner.refused is not None:
                    return Outcome((), params, _inside(step, inner.refused), changed)
                if changed is None and inner.changed is not None:
                    changed = _inside(step, inner.changed)
                values.append(inner.outputs[0])
                continue
            layer = self._compiled(module, index, step.target, compiled)
            shape = step.shape
            if given != compiled:
                self._note(step.target, compiled, given)
                found = step.target.infer(*given)
                if isinstance(found, Fault):
                    return Outcome((), params, Misfit((step,), compiled, given, found), changed)
                shape = found
                there, layer = layer, (step.target.weights(*given), step.target.torch(*given))
                if changed is None and layer != there:
                    changed = Misfit((step,), compiled, given)
            values.append(shape)
            if not step.shared:
                params += sum(prod(weight.shape) for weight in layer[0] if not weight.buffer)
        return Outcome(tuple(values[value] for value in module.outputs), params, None, changed)

    def _compiled(self, module: Module, index: int, op: Op, shapes: Shapes) -> _Layer:
        """The layer of a step in the compiled network."""
        key = (id(module), index)
        if key not in self._layers:
            self._layers[key] = (op.weights(*shapes), op.torch(*shapes))
        return self._layers[key]

    def _note(self, op: Op, compiled: Shapes, given: Shapes) -> None:
        self.apart = self.apart and op.keeps_axes_apart(*compiled)
        self.channels_kept = self.channels_kept and all(
            len(before) == len(after) and before[0] == after[0]
            for before, after in zip(compiled, given, strict=True)
        )


def _inside(step: Step, misfit: Misfit) -> Misfit:
    return Misfit((step, *misfit.chain), misfit.compiled, misfit.given, misfit.fault)
