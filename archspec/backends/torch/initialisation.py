"""How the weights start.

In: the graph's `init` rules, which speak of ops, and those of single steps, which come before them. Out: the loop over
the network's layers that applies them, for the end of the constructor. What the rules leave out keeps PyTorch's own
initialisation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import assert_never

from archspec.backends.torch import code
from archspec.backends.torch.names import Namespace
from archspec.backends.torch.recipes import Place, is_chain, recipe
from archspec.backends.torch.symbols import constant
from archspec.ir import Graph, InitRule, Module, Scheme, Visit, distinct_modules, walk
from archspec.ops.base import Op
from archspec.ops.recipe import Function, Held, Layer, Learned, Operator, Pipeline, Recipe
from archspec.records import dataclass

MODULE = code.Name("module")


@dataclass(slots=True)
class _Layers:
    """The layer classes that one op becomes in this network, and the weights, each with its class, that some layers
    have and some lack.
    """

    classes: dict[str, None] = field(default_factory=dict)
    some: set[tuple[str, str]] = field(default_factory=set)
    lacking: set[tuple[str, str]] = field(default_factory=set)


@dataclass(slots=True)
class _Case:
    """Layers that start alike: their classes, what is done to them, and which they are; none: all of those classes."""

    classes: dict[str, None]
    body: tuple[code.Statement, ...]
    about: str = ""
    """What to call them together."""
    layers: list[code.Expression] = field(default_factory=list)


def initialisation(graph: Graph) -> tuple[code.Statement, ...]:
    """The loop; nothing if no rule meets a layer."""
    layers = _layers(graph)
    cases = _cases_of_steps(graph)
    for rule in graph.init:
        found = layers.get(rule.op)
        body = () if found is None else tuple(_body(rule, found))
        if found is None or not body:
            continue
        if cases and not cases[-1].layers and cases[-1].body == body:
            cases[-1].classes.update(found.classes)
        else:
            cases.append(_Case(dict(found.classes), body))
    if not cases:
        return ()
    names = Namespace(("self", MODULE.text))
    groups: list[code.Statement] = []
    conditions = []
    for case in cases:
        if len(case.layers) > 1:
            group = code.Name(names.claim(case.about))
            groups.append(code.Assign(group, code.TupleOf(tuple(case.layers))))
            conditions.append(_condition(case, "in", group))
        else:
            conditions.append(_condition(case, "is", *case.layers))
    chain: tuple[code.Statement, ...] = ()
    for case, condition in zip(reversed(cases), reversed(conditions), strict=True):
        chain = (code.If(condition, case.body, chain),)
    modules = code.Call(code.dotted("self.modules"))
    return (*groups, code.For(MODULE, modules, chain))


def _condition(case: _Case, operator: str, *layers: code.Expression) -> code.Expression:
    """Whether a module is of the case's classes, and where there are `layers`, one of those."""
    one_of_classes = _is_one_of(case.classes)
    if not layers:
        return one_of_classes
    return code.Infix("and", (one_of_classes, code.Infix(operator, (MODULE, *layers))))


def _cases_of_steps(graph: Graph) -> list[_Case]:
    """The rules of single steps, in the order in which the network runs; layers that start alike in one case."""
    cases: list[_Case] = []
    for visit in walk(graph.root):
        rule = visit.step.init
        scheme = None if rule is None else rule.weight or rule.bias
        if rule is None or scheme is None or visit.step.shared:
            continue
        place = (visit.module, visit.module.steps.index(visit.step))
        layers = _Layers()
        _note(layers, place)
        body = tuple(_body(rule, layers))
        case = next((case for case in cases if (case.classes, case.body) == (layers.classes, body)), None)
        if case is None:
            case = _Case(layers.classes, body, f"{scheme.name}_layers")
            cases.append(case)
        case.layers.append(_layer_at(visit, graph.root))
    return cases


def _layers(graph: Graph) -> Mapping[str, _Layers]:
    """The layers of each op that has a rule, but for those that have their own."""
    layers: dict[str, _Layers] = {}
    wanted = {rule.op for rule in graph.init}
    for module in distinct_modules(graph.root):
        for index, step in enumerate(module.steps):
            if isinstance(step.target, Op) and step.target.key in wanted and step.init is None:
                _note(layers.setdefault(step.target.key, _Layers()), (module, index))
    return {op: found for op, found in layers.items() if found.classes}


def _note(layers: _Layers, place: Place) -> None:
    """Add the layer of a step, if it makes one."""
    module, index = place
    step = module.steps[index]
    function = _layer_class(recipe(place))
    if function is None or not isinstance(step.target, Op):
        return
    layers.classes[function] = None
    names = {weight.name for weight in step.target.weights(*module.inputs_of(step))}
    layers.some |= {(function, name) for name in names}
    layers.lacking |= {(function, name) for name in ("weight", "bias") if name not in names}


def _layer_at(visit: Visit, root: Module) -> code.Expression:
    """The layer, from the root: `self.AuxLogits.fc`, `self.classifier[1]`."""
    layer: code.Expression = code.Name("self")
    module: Op | Module = root
    for step in (*visit.chain, visit.step):
        if step.name.isidentifier():
            layer = code.Attribute(layer, step.name)
        elif isinstance(module, Module) and is_chain(module):
            layer = code.Subscript(layer, code.Constant(module.steps.index(step)))
        else:
            return code.Call(code.dotted("self.get_submodule"), (code.Constant(visit.path),))
        module = step.target
    return layer


def _layer_class(made: Recipe) -> str | None:
    """The class of the layer that a recipe makes, if it makes one."""
    match made:
        case Layer():
            return made.call.function
        case Pipeline():
            return next((stage.call.function for stage in made.stages if isinstance(stage, Layer)), None)
        case Function() | Operator() | Learned() | Held():
            return None
        case _:
            assert_never(made)


def _is_one_of(classes: Mapping[str, None]) -> code.Expression:
    names = [code.dotted(name) for name in sorted(classes)]
    kinds = names[0] if len(names) == 1 else code.Infix("|", tuple(names))
    return code.Call(code.Name("isinstance"), (MODULE, kinds))


def _body(rule: InitRule, layers: _Layers) -> Iterator[code.Statement]:
    for name, scheme in (("weight", rule.weight), ("bias", rule.bias)):
        having = {layer: None for layer in layers.classes if (layer, name) in layers.some}
        if scheme is None or not having:
            continue
        tensor = code.Attribute(MODULE, name)
        statement: code.Statement = code.Evaluate(_applied(scheme, tensor))
        may_lack = any((layer, name) in layers.lacking for layer in having)
        if may_lack or (name == "bias" and _bias_may_be_none(having)):
            statement = code.If(code.Infix("is not", (tensor, code.Constant(None))), (statement,))
        if len(having) < len(layers.classes):  # an RMS norm has no such attribute
            statement = code.If(_is_one_of(having), (statement,))
        yield statement


def _bias_may_be_none(classes: Mapping[str, None]) -> bool:
    """PyTorch declares the bias of a convolution as optional, whatever this network's have."""
    return any("Conv" in name for name in classes)


def _applied(scheme: Scheme, tensor: code.Expression) -> code.Expression:
    arguments = tuple(code.Keyword(name, constant(value)) for name, value in scheme.arguments.items())
    return code.Call(code.dotted(f"nn.init.{scheme.name}_"), (tensor, *arguments))
