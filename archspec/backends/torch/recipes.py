"""How the steps of a module are written, and which modules are mere chains of layers.

In: modules of the graph. Out: the recipes of their ops, their form without values, and answers on whether an
`nn.Sequential` can stand for a module.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from typing import TypeAlias

from archspec.backends.torch.inference.functions import as_functions
from archspec.ir import Module
from archspec.ops.base import Op
from archspec.ops.recipe import INPUT, INPUTS, Call, Function, Held, Layer, Learned, Operator, Recipe
from archspec.ops.scale import Identity

Place: TypeAlias = tuple[Module, int]
"""A step, by its module and its index there."""


@cache
def recipe(place: Place) -> Recipe:
    """How the op of a step is written. Kept while a network is emitted, for each stage of the emitter asks anew;
    whoever emits one clears the cache."""
    module, index = place
    step = module.steps[index]
    if not isinstance(step.target, Op):
        raise TypeError(f"step `{step.name}` is no op")
    made = step.target.torch(*module.inputs_of(step))
    # A block may lack its projection: what stands there instead is an `nn.Identity`, which only a call does justice to.
    return as_functions(made) if module.direct and step.role != "shortcut" else made


def stages(made: Recipe) -> tuple[Layer | Function | Operator | Learned | Held, ...]:
    return (made,) if isinstance(made, Layer | Function | Operator | Learned | Held) else made.stages


def calls(recipe: Recipe) -> tuple[Call, ...]:
    """The calls of a recipe as `forward` and the constructor write them."""
    return tuple(stage.call for stage in stages(recipe) if not isinstance(stage, Operator))


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
        case Operator() | Learned() | Held():
            return None
        case _:
            calls = [layer_calls(stage) for stage in recipe.stages]
            return None if None in calls else tuple(call for stage in calls if stage for call in stage)


# ---------------------------------------------------------------- form


def form(recipe: Recipe) -> Hashable:
    """A recipe without its values."""
    match recipe:
        case Layer():
            return ("layer", _call_form(recipe.call))
        case Function():
            return ("function", _call_form(recipe.call), recipe.layer and _call_form(recipe.layer))
        case Operator():
            return ("operator", recipe.symbol, recipe.method)
        case Learned():
            return ("learned", _call_form(recipe.call), recipe.symbol)
        case Held():
            return ("held", _call_form(recipe.call), recipe.function)
        case _:
            return ("pipeline", *(form(stage) for stage in recipe.stages))


def _call_form(call: Call) -> Hashable:
    return (
        call.function,
        *(
            (argument.keyword, argument.origin, argument.value if argument.value in (INPUT, INPUTS) else None)
            for argument in call.arguments
        ),
    )


def interchangeable(one: Place, other: Place) -> bool:
    """Whether two steps differ in nothing but the class of their activation, so that a class can take it as a
    parameter: `activation(inplace=True)`."""
    return all(_is_plain_activation(place) for place in (one, other))


def _is_plain_activation(place: Place) -> bool:
    """Whether a step is an activation without weights, all of whose arguments are PyTorch's own defaults."""
    module, index = place
    step = module.steps[index]
    if not isinstance(step.target, Op) or step.target.kind != "activation":
        return False
    made = recipe(place)
    return (
        isinstance(made, Layer)
        and not step.target.weights(*module.inputs_of(step))
        and all(argument.value == argument.default for argument in made.call.arguments)
    )


# ---------------------------------------------------------------- chains


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


def does_nothing(module: Module) -> bool:
    """Whether a module gives its input on as it is: it is written as `nn.Identity`."""
    return len(module.inputs) == 1 and all(isinstance(step.target, Identity) for step in module.steps)


def is_uniform(module: Module) -> bool:
    """Whether a `repeat` is copies of one thing, called 0, 1, 2 …: only their number tells two such apart."""
    first = module.steps[0].target if module.steps else None
    return (
        module.structure == "repeat"
        and isinstance(first, Module)
        and is_list(module)
        and all(isinstance(step.target, Module) and _alike(first, step.target) for step in module.steps)
    )


def _alike(one: Module, other: Module) -> bool:
    """Whether two copies are written alike, whatever the sizes of their maps. Recursion is bounded by the depth of
    modules.
    """
    if one is other:
        return True
    if len(one.steps) != len(other.steps) or one.outputs != other.outputs or one.direct != other.direct:
        return False
    return all(_steps_alike((one, at), (other, at)) for at in range(len(one.steps)))


def _steps_alike(place: Place, other_place: Place) -> bool:
    step, other = (module.steps[index] for module, index in (place, other_place))
    if (step.name, step.inputs, step.role, step.init) != (other.name, other.inputs, other.role, other.init):
        return False
    if isinstance(step.target, Module) and isinstance(other.target, Module):
        return _alike(step.target, other.target)
    if isinstance(step.target, Module) or isinstance(other.target, Module):
        return False
    return recipe(place) == recipe(other_place)


def is_list(module: Module) -> bool:
    """Whether the steps are called 0, 1, 2 …: a step that is left out then changes the names of those behind it."""
    return all(step.name == str(at) for at, step in enumerate(module.steps))


def _fits_in_chain(place: Place) -> bool:
    module, index = place
    step = module.steps[index]
    if isinstance(step.target, Module):
        return len(step.target.inputs) == 1
    if module.direct:
        return False
    calls = layer_calls(recipe(place))
    if calls is None:
        return False
    return len(calls) == 1 or not step.target.weights(*module.inputs_of(step))
