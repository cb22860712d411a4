"""How much memory the activations of a network take.

In: a graph, a batch size and the bytes of one number. Out: `Memory`, for PyTorch running the emitted file on a CPU.
Holds: each distinct module is measured once (twice, if it is also given what needs no gradient).

Inference: the most that is alive at once (`peak.py`), as the emitted lines hold it. Training: what the backward pass
keeps of the forward pass (the ops say what: `saved_for_backward`), each value once, however many layers keep it. In
both, what only looks at another value (`flatten`), or overwrites it in place, takes nothing.

What is left out: what an algorithm of a convolution needs while it runs, and what PyTorch's allocator keeps of memory
that is free; that a GPU keeps a dropout's mask in bytes, and lower precisions keep statistics in float32.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import field
from math import prod

from archspec.ir import Graph, Module, Step, distinct_modules
from archspec.ops.base import Op
from archspec.passes.inplace import inplace_steps
from archspec.passes.peak import PLACE_BYTES, Peak, find_peak, forms
from archspec.records import dataclass

CONVENTIONS = (
    "memory is that of activations alone, as PyTorch holds them on a CPU: the most that is alive at once in inference, "
    "and what the backward pass keeps in training; parameters, gradients, the workspaces of convolutions and what the "
    "allocator keeps for later come on top",
)


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes. `peak_at` is the path of the op at which the peak of inference is reached; empty for the
    input alone.
    """

    batch: int
    element_bytes: int
    inference_peak: int
    peak_at: str
    training: int


def measure_memory(graph: Graph, batch: int = 1, element_bytes: int = 4) -> Memory:
    """Measure inference without the auxiliary heads, and training with them."""
    modules = distinct_modules(graph.root)
    handed_out = tuple(aux.value for aux in graph.aux)
    overwriting = {
        module: inplace_steps(module, handed_out if module is graph.root else ()) for module in modules
    }
    peaks: dict[Module, Peak] = {}
    aliases = _aliases(modules, overwriting, training=False)
    written = forms(modules, overwriting)
    for module in modules:
        is_root = module is graph.root
        peaks[module] = find_peak(
            module,
            written[module],
            aliases[module],
            peaks,
            element_bytes,
            is_root=is_root,
            aux=handed_out if is_root else (),
        )
    inputs = sum(map(prod, graph.root.inputs)) * element_bytes
    saving = _Saving(overwriting, _aliases(modules, overwriting, training=True))
    return Memory(
        batch=batch,
        element_bytes=element_bytes,
        inference_peak=(inputs + peaks[graph.root].bytes) * batch,
        peak_at=_path(graph.root, peaks),
        training=saving.whole(graph.root).bytes(graph.root, batch, element_bytes),
    )


def _path(root: Module, peaks: Mapping[Module, Peak]) -> str:
    names: list[str] = []
    module = root
    while True:
        index = peaks[module].step
        if index is None:
            return ".".join(names)
        step = module.steps[index]
        if step.role != "join":
            names.append(step.name)
        if not isinstance(step.target, Module):
            return ".".join(names)
        module = step.target


# ------------------------------------------------------------ which values share memory


def _aliases(
    modules: tuple[Module, ...], overwriting: Mapping[Module, frozenset[int]], *, training: bool
) -> Mapping[Module, tuple[int, ...]]:
    """For each value of each module the value whose memory it is in; itself, where it has its own."""
    found: dict[Module, tuple[int, ...]] = {}
    for module in modules:
        owners = list(range(len(module.inputs)))
        for index, step in enumerate(module.steps):
            source = _source(module, step, found, training=training)
            if index in overwriting[module]:
                source = 0
            owners.append(module.value(index) if source is None else owners[step.inputs[source]])
        found[module] = tuple(owners)
    return found


def _source(
    module: Module, step: Step, aliases: Mapping[Module, tuple[int, ...]], *, training: bool
) -> int | None:
    """The input of a step whose memory its result is in; `None` if it has its own."""
    if isinstance(step.target, Module):
        owner = aliases[step.target][step.target.outputs[0]]
        return owner if owner < len(step.inputs) else None
    shapes = module.inputs_of(step)
    return 0 if step.target.is_view(*shapes, training=training) else None


def _elements(module: Module, owners: set[int]) -> int:
    return sum(prod(module.shape(owner)) for owner in owners)


# ------------------------------------------------------------ training


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the backward pass keeps of one run of a module: for each example `elements` of values inside it and
    `places`, whatever the batch `elements_per_batch`; and which of its inputs and whether its result, which the
    caller counts, since the next layer may keep it too.
    """

    elements: int
    places: int
    elements_per_batch: int
    inputs: frozenset[int]
    result: bool

    def bytes(self, module: Module, batch: int, element_bytes: int) -> int:
        """All of it, with the inputs and the result."""
        elements = self.elements + sum(prod(module.inputs[at]) for at in self.inputs)
        if self.result:
            elements += prod(module.shape(module.outputs[0]))
        numbers = batch * elements + self.elements_per_batch
        return numbers * element_bytes + batch * self.places * PLACE_BYTES


@dataclass(frozen=True, slots=True)
class _Saving:
    overwriting: Mapping[Module, frozenset[int]]
    aliases: Mapping[Module, tuple[int, ...]]
    known: dict[tuple[Module, tuple[bool, ...]], tuple[_Kept, bool]] = field(default_factory=dict)

    def whole(self, root: Module) -> _Kept:
        """Nothing that flows into the network needs a gradient."""
        return self._kept(root, (False,) * len(root.inputs))[0]

    def _kept(self, module: Module, needs: tuple[bool, ...]) -> tuple[_Kept, bool]:
        """What is kept of one run of `module`, and whether its result needs a gradient. `needs`: which of its inputs
        do. Recursion is bounded by the depth of modules.
        """
        key = (module, needs)
        if key not in self.known:
            self.known[key] = self._measured(module, needs)
        return self.known[key]

    def _measured(self, module: Module, needs: tuple[bool, ...]) -> tuple[_Kept, bool]:
        owners = self.aliases[module]
        gradients = list(needs)
        kept: set[int] = set()
        total: Counter[str] = Counter()
        for index, step in enumerate(module.steps):
            flowing = tuple(gradients[value] for value in step.inputs)
            if isinstance(step.target, Module):
                inner, gradient = self._kept(step.target, flowing)
                gradients.append(gradient)
                total.update(elements=inner.elements, places=inner.places, per_batch=inner.elements_per_batch)
                read = {step.inputs[at] for at in inner.inputs}
                if inner.result:
                    read.add(module.value(index))
            else:
                shapes = module.inputs_of(step)
                gradients.append(any(flowing) or bool(_trained(step.target, shapes)))
                if not gradients[-1]:
                    continue
                saved = step.target.saved_for_backward(*shapes, inplace=index in self.overwriting[module])
                total.update(elements=saved.numbers, places=saved.places, per_batch=saved.numbers_per_batch)
                read = {step.inputs[at] for at in saved.inputs}
                if saved.output:
                    read.add(module.value(index))
            kept |= {owners[value] for value in read}
        inside = _inside(module, kept)
        given = owners[module.outputs[0]] if len(module.outputs) == 1 else None
        result = given in inside
        elements = total["elements"] + _elements(module, {owner for owner in inside if owner != given})
        whole = _Kept(
            elements=elements,
            places=total["places"],
            elements_per_batch=total["per_batch"],
            inputs=frozenset(kept - inside),
            result=result,
        )
        return whole, gradients[module.outputs[0]]


def _inside(module: Module, owners: set[int]) -> set[int]:
    """Those that are not the module's inputs."""
    return {owner for owner in owners if owner >= len(module.inputs)}


def _trained(op: Op, shapes: tuple[tuple[int, ...], ...]) -> bool:
    return any(not weight.buffer for weight in op.weights(*shapes))
