"""Which classes the emitted file has.

In: a graph. Out: a `Grouping`: the module objects that become instances of a class, class by class, children before
parents; every other module is a chain that an `nn.Sequential` can hold where it stands.

What holds: the instances of a class have the same steps with the same names, wiring, layers and children's classes;
they differ in argument values, and in how often they repeat something. The exception is a skip that depends on the
shapes (`shortcut: auto`): an instance may lack the projection that the others have (`Kind.optional`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from archspec.backends.torch.inplace import inplace_steps
from archspec.backends.torch.names import Namespace, network_class_name, pascal_case
from archspec.ir import Graph, Module, Step, Structure, distinct_modules
from archspec.ops.base import Op
from archspec.ops.recipe import INPUT, INPUTS, Call, Function, Layer, Learned, Operator, Recipe

Place: TypeAlias = tuple[Module, int]
"""A step, by its module and its index there."""

STRUCTURE_NAMES: Final[Mapping[Structure, str]] = {
    "network": "Network",
    "sequence": "Group",
    "residual": "Residual",
    "concat": "Concat",
    "add": "Sum",
    "multiply": "Product",
    "repeat": "Repeat",
}
"""What a class is called whose spec gave it no name."""


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One class: its name, a module that has all of its steps, and the modules that are instances of it."""

    name: str
    template: Module
    instances: tuple[Module, ...]
    inplace: frozenset[int]
    """The steps of the template that may overwrite their input."""
    optional: int | None = None
    """The step of the template that some instances lack: the projection of a skip."""
    given: frozenset[str] = frozenset()
    """The block's parameters that some caller sets."""
    sequential: bool = False
    """The class derives from `nn.Sequential`: its children are not named by identifiers."""

    def column(self, index: int) -> tuple[Place | None, ...]:
        """Step `index` of the template, in each instance; None where the instance lacks it."""
        return tuple(self._in_instance(module, index) for module in self.instances)

    def _in_instance(self, module: Module, index: int) -> Place | None:
        if self.optional is None or len(module.steps) == len(self.template.steps):
            return (module, index)
        if index == self.optional:
            return None
        return (module, index - (index > self.optional))


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    kinds: tuple[Kind, ...]
    kind_of: Mapping[Module, Kind]
    names: Namespace
    """The names of the file, for what else it defines."""


def recipe(place: Place) -> Recipe:
    """How the op of a step is written."""
    module, index = place
    step = module.steps[index]
    if not isinstance(step.target, Op):
        raise TypeError(f"step `{step.name}` is no op")
    return step.target.torch(*(module.shape(value) for value in step.inputs))


def calls(recipe: Recipe) -> tuple[Call, ...]:
    """The calls of a recipe as `forward` and the constructor write them."""
    match recipe:
        case Layer() | Function() | Learned():
            return (recipe.call,)
        case Operator():
            return ()
        case _:
            return tuple(stage.call for stage in recipe.stages)


def layer_calls(recipe: Recipe) -> tuple[Call, ...] | None:
    """The layers that do what `recipe` does where only layers can stand; None if there are none.

    A `Layer` among several calls would have its weights under another name, so such a pipeline has none either:
    the caller asks for ops without weights.
    """
    match recipe:
        case Layer():
            return (recipe.call,)
        case Function():
            return None if recipe.layer is None else (recipe.layer,)
        case Operator() | Learned():
            return None
        case _:
            calls = [layer_calls(stage) for stage in recipe.stages]
            return None if None in calls else tuple(call for stage in calls if stage for call in stage)


def is_chain(module: Module) -> bool:
    """Whether an `nn.Sequential` of the steps computes what the module computes, under the same names."""
    if len(module.inputs) != 1 or module.outputs != (len(module.steps),):
        return False
    return all(
        step.inputs == (index,)
        and not step.shared
        and step.role != "join"
        and _fits_in_chain((module, index))
        for index, step in enumerate(module.steps)
    )


def is_uniform(module: Module) -> bool:
    """Whether a `repeat` is copies of one thing, called 0, 1, 2 …: only their number tells two such apart."""
    first = module.steps[0].target if module.steps else None
    return (
        module.structure == "repeat"
        and isinstance(first, Module)
        and all(step.target is first and step.name == str(at) for at, step in enumerate(module.steps))
    )


def _fits_in_chain(place: Place) -> bool:
    module, index = place
    step = module.steps[index]
    if isinstance(step.target, Module):
        return len(step.target.inputs) == 1
    calls = layer_calls(recipe(place))
    if calls is None:
        return False
    return len(calls) == 1 or not step.target.weights(*(module.shape(value) for value in step.inputs))


def group(graph: Graph, taken: Iterable[str] = ()) -> Grouping:
    """Sort the modules of `graph` into classes. `taken`: names of the file that a class cannot have."""
    modules = distinct_modules(graph.root)
    in_place = {
        module
        for module in modules
        if module is not graph.root
        and (module.block is None or module.structure == "repeat")
        and is_chain(module)
    }
    signatures = _signatures(graph, modules, in_place)
    members: dict[int, list[Module]] = {}
    for module in modules:
        if module not in in_place:
            members.setdefault(signatures[module], []).append(module)

    names = Namespace(taken)
    root_name = names.claim(network_class_name(graph.name, graph.variant))
    callers = _callers(modules)
    kinds = []
    for instances in members.values():
        template = max(instances, key=lambda module: len(module.steps))
        lacking = any(len(module.steps) != len(template.steps) for module in instances)
        is_root = template is graph.root
        kinds.append(
            Kind(
                name=root_name if is_root else names.claim(_class_name(instances, callers)),
                template=template,
                instances=tuple(instances),
                inplace=_inplace(graph, template),
                optional=_projection(template) if lacking else None,
                given=frozenset(
                    key
                    for module in instances
                    for step in callers.get(module, ())
                    for key in step.origin.arguments
                ),
                sequential=not is_root and is_chain(template) and not _has_attribute_names(template),
            )
        )
    return Grouping(tuple(kinds), {module: kind for kind in kinds for module in kind.instances}, names)


def _has_attribute_names(module: Module) -> bool:
    return all(step.name.isidentifier() for step in module.steps)


def _inplace(graph: Graph, module: Module) -> frozenset[int]:
    kept = tuple(aux.value for aux in graph.aux) if module is graph.root else ()
    return inplace_steps(module, kept)


# ---------------------------------------------------------------- names


def _callers(modules: Sequence[Module]) -> Mapping[Module, Sequence[Step]]:
    """The steps that call each module."""
    callers: dict[Module, list[Step]] = {}
    for module in modules:
        for step in module.steps:
            if isinstance(step.target, Module):
                callers.setdefault(step.target, []).append(step)
    return callers


def _class_name(instances: Sequence[Module], callers: Mapping[Module, Sequence[Step]]) -> str:
    first = instances[0]
    if first.block is not None:
        return pascal_case(first.block.name.rpartition(".")[2], "Block")
    stems = {step.name.rstrip("0123456789_") for module in instances for step in callers.get(module, ())}
    if len(stems) == 1 and "" not in stems:
        return pascal_case(stems.pop(), STRUCTURE_NAMES[first.structure])
    return STRUCTURE_NAMES[first.structure]


# ---------------------------------------------------------------- what is alike


class _Interned:
    """Small numbers for equal signatures, so that a signature holds its children's numbers and never a deep tree."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def number(self, signature: Hashable) -> int:
        return self._numbers.setdefault(signature, len(self._numbers))


def _signatures(graph: Graph, modules: Sequence[Module], in_place: set[Module]) -> Mapping[Module, int]:
    """A number for each module; modules of one number are alike.

    First without what stands on the skips of residuals; then those who have something there tell what it is for the
    whole class, so that a module whose skip is the identity joins the first of them.
    """
    loose = _numbered(graph, modules, in_place, {})
    projections: dict[int, int] = {}
    own: dict[Module, int] = {}
    interned = _Interned()
    for module in modules:
        index = _projection(module)
        if index is not None:
            own[module] = interned.number((index, _target(module, index, loose, in_place)))
            projections.setdefault(loose[module], own[module])
    chosen = {module: own.get(module, projections.get(loose[module], -1)) for module in modules}
    return _numbered(graph, modules, in_place, chosen)


def _numbered(
    graph: Graph, modules: Sequence[Module], in_place: set[Module], projections: Mapping[Module, int]
) -> Mapping[Module, int]:
    interned = _Interned()
    numbers: dict[Module, int] = {}
    for module in modules:
        numbers[module] = interned.number(
            (projections.get(module), *_signature(graph, module, numbers, in_place))
        )
    return numbers


def _signature(
    graph: Graph, module: Module, numbers: Mapping[Module, int], in_place: set[Module]
) -> tuple[Hashable, ...]:
    if module in in_place and is_uniform(module):
        return ("uniform", _target(module, 0, numbers, in_place))
    skipped = _projection(module)
    inplace = _inplace(graph, module)
    steps = []
    for index, step in enumerate(module.steps):
        if index == skipped:
            continue
        reads = tuple(_without(module, skipped, value) for value in step.inputs)
        steps.append(
            (
                step.name,
                step.role == "join",
                step.shared,
                index in inplace,
                reads,
                _target(module, index, numbers, in_place),
            )
        )
    return (
        module is graph.root,
        module.block.name if module.block else None,
        module in in_place,
        module.shortcut is not None,
        len(module.inputs),
        tuple(_without(module, skipped, value) for value in module.outputs),
        tuple(steps),
    )


def _projection(module: Module) -> int | None:
    """The one step on a residual's skip, if it is no plain identity."""
    if module.shortcut is None:
        return None
    steps = [index for index, step in enumerate(module.steps) if step.role == "shortcut"]
    return steps[0] if len(steps) == 1 and len(module.steps[steps[0]].inputs) == 1 else None


def _without(module: Module, skipped: int | None, value: int) -> int:
    """The number of `value` if step `skipped` handed on its input instead of computing something."""
    if skipped is None:
        return value
    made = module.value(skipped)
    if value == made:
        return module.steps[skipped].inputs[0]
    return value - (value > made)


def _target(module: Module, index: int, numbers: Mapping[Module, int], in_place: set[Module]) -> Hashable:
    step: Step = module.steps[index]
    if isinstance(step.target, Module):
        return (step.target in in_place, numbers[step.target])
    return (type(step.target), _form(recipe((module, index))))


def _form(recipe: Recipe) -> Hashable:
    """A recipe without its values."""
    match recipe:
        case Layer():
            return ("layer", _call_form(recipe.call))
        case Function():
            return ("function", _call_form(recipe.call), recipe.layer and _call_form(recipe.layer))
        case Operator():
            return ("operator", recipe.symbol)
        case Learned():
            return ("learned", _call_form(recipe.call), recipe.symbol)
        case _:
            return ("pipeline", *(_form(stage) for stage in recipe.stages))


def _call_form(call: Call) -> Hashable:
    return (
        call.function,
        *(
            (argument.keyword, argument.origin, argument.value if argument.value in (INPUT, INPUTS) else None)
            for argument in call.arguments
        ),
    )
