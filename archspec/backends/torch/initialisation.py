"""How the weights start.

In: the graph's `init` rules, which speak of ops. Out: the loop over the network's layers that applies them, for the end
of the constructor. What the rules leave out keeps PyTorch's own initialisation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from archspec.backends.torch import code
from archspec.backends.torch.classes import recipe
from archspec.backends.torch.symbols import constant
from archspec.ir import Graph, InitRule, Scheme, distinct_modules
from archspec.ops.base import Op
from archspec.ops.recipe import Function, Layer, Operator, Pipeline, Recipe

MODULE = code.Name("module")


@dataclass(slots=True)
class _Layers:
    """The layer classes that one op becomes in this network, and which weights some and all of them have."""

    classes: dict[str, None] = field(default_factory=dict)
    some: set[str] = field(default_factory=set)
    lacking: set[str] = field(default_factory=set)


def initialisation(graph: Graph) -> tuple[code.Statement, ...]:
    """The loop; nothing if no rule meets a layer."""
    layers = _layers(graph)
    cases: list[tuple[dict[str, None], tuple[code.Statement, ...]]] = []
    for rule in graph.init:
        found = layers.get(rule.op)
        body = () if found is None else tuple(_body(rule, found))
        if found is None or not body:
            continue
        if cases and cases[-1][1] == body:
            cases[-1][0].update(found.classes)
        else:
            cases.append((dict(found.classes), body))
    chain: tuple[code.Statement, ...] = ()
    for classes, body in reversed(cases):
        chain = (code.If(_is_one_of(classes), body, chain),)
    if not chain:
        return ()
    modules = code.Call(code.dotted("self.modules"))
    return (code.For(MODULE, modules, chain),)


def _layers(graph: Graph) -> Mapping[str, _Layers]:
    layers: dict[str, _Layers] = {}
    wanted = {rule.op for rule in graph.init}
    for module in distinct_modules(graph.root):
        for index, step in enumerate(module.steps):
            if not isinstance(step.target, Op) or step.target.key not in wanted:
                continue
            function = _layer_class(recipe((module, index)))
            if function is None:
                continue
            found = layers.setdefault(step.target.key, _Layers())
            found.classes[function] = None
            inputs = tuple(module.shape(value) for value in step.inputs)
            names = {weight.name for weight in step.target.weights(*inputs)}
            found.some |= names
            found.lacking |= {"weight", "bias"} - names
    return layers


def _layer_class(made: Recipe) -> str | None:
    """The class of the layer that a recipe makes, if it makes one."""
    match made:
        case Layer():
            return made.call.function
        case Pipeline():
            return next((stage.call.function for stage in made.stages if isinstance(stage, Layer)), None)
        case Function() | Operator():
            return None
        case _:
            assert_never(made)


def _is_one_of(classes: Mapping[str, None]) -> code.Expression:
    names = [code.dotted(name) for name in sorted(classes)]
    kinds = names[0] if len(names) == 1 else code.Infix("|", tuple(names))
    return code.Call(code.Name("isinstance"), (MODULE, kinds))


def _body(rule: InitRule, layers: _Layers) -> Iterator[code.Statement]:
    for name, scheme in (("weight", rule.weight), ("bias", rule.bias)):
        if scheme is None or name not in layers.some:
            continue
        tensor = code.Attribute(MODULE, name)
        statement = code.Evaluate(_applied(scheme, tensor))
        if name in layers.lacking or (name == "bias" and _bias_may_be_none(layers)):
            yield code.If(code.Infix("is not", (tensor, code.Constant(None))), (statement,))
        else:
            yield statement


def _bias_may_be_none(layers: _Layers) -> bool:
    """PyTorch declares the bias of a convolution as optional, whatever this network's have."""
    return any("Conv" in name for name in layers.classes)


def _applied(scheme: Scheme, tensor: code.Expression) -> code.Expression:
    arguments = tuple(code.Keyword(name, constant(value)) for name, value in scheme.arguments.items())
    return code.Call(code.dotted(f"nn.init.{scheme.name}_"), (tensor, *arguments))
