"""Recipes as PyTorch modules: what the source backend would print, run directly.

An argument that equals its recipe's default is left out, so that a wrong default shows as a wrong layer.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from archspec.backends.torch import layers
from archspec.ops.base import Op, Shape
from archspec.ops.recipe import INPUT, INPUTS, Call, Function, Layer, Learned, Operator, Pipeline, Recipe

NAMESPACE = {"nn": nn, "torch": torch, "F": F}
OPERATORS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"+": operator.add, "*": operator.mul}


def resolve(name: str) -> Any:
    """What a call names; a bare name is one of our own layers."""
    prefix, _, rest = name.rpartition(".")
    return getattr(NAMESPACE[prefix], rest) if prefix else getattr(layers, name)


def call(recipe: Call, inputs: tuple[Tensor, ...]) -> Any:
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    for argument in recipe.arguments:
        value: Any = argument.value
        if value is INPUT:
            value = inputs[0]
        elif value is INPUTS:
            value = inputs
        elif type(value) is type(argument.default) and value == argument.default:
            continue
        if argument.keyword:
            keywords[argument.keyword] = value
        else:
            positional.append(value)
    return resolve(recipe.function)(*positional, **keywords)


def entry_name(key: str) -> str:
    """The name in the layer; empty for a parameter without one."""
    return "" if key.startswith("learned.") else key.split(".", 2)[2]


class Running(nn.Module):
    """A recipe as a module. Its `state_dict` is that of the recipe's one layer, if it has one."""

    def __init__(self, recipe: Recipe, as_layers: bool = False) -> None:
        super().__init__()
        self.stages = recipe.stages if isinstance(recipe, Pipeline) else (recipe,)
        self.as_layers = as_layers
        self.children_by_stage = nn.ModuleList()
        self.learned = nn.ParameterList(
            call(stage.call, ()) for stage in self.stages if isinstance(stage, Learned)
        )
        for stage in self.stages:
            built = nn.Identity()
            if isinstance(stage, Layer):
                built = call(stage.call, ())
            elif isinstance(stage, Function) and stage.layer is not None and as_layers:
                built = call(stage.layer, ())
            self.children_by_stage.append(built)

    def forward(self, *inputs: Tensor) -> Tensor:
        for stage, child in zip(self.stages, self.children_by_stage, strict=True):
            if isinstance(stage, Learned):
                inputs = (OPERATORS[stage.symbol](self.learned[0], inputs[0]),)
            elif isinstance(stage, Operator):
                inputs = (reduce(OPERATORS[stage.symbol], inputs),)
            elif isinstance(stage, Layer) or (self.as_layers and stage.layer is not None):
                inputs = (child(*inputs),)
            else:
                inputs = (call(stage.call, inputs),)
        return inputs[0]

    def entries(self) -> list[tuple[str, Shape]]:
        """The `state_dict` as names and shapes, in order."""
        return [(entry_name(key), tuple(tensor.shape)) for key, tensor in self.state_dict().items()]


def run(op: Op, *shapes: Shape, as_layers: bool = False) -> Running:
    return Running(op.torch(*shapes), as_layers)


def batch_of(count: int, shape: Shape) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn((count, *shape), generator=generator)
