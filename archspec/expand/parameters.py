"""The network's own parameters: their defaults, what a variant sets, what is set from outside."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from archspec.diagnostics import Sink
from archspec.expand.binding import bind
from archspec.expand.declarations import parameters, rejoined
from archspec.expand.definitions import Parameter, SpecFile, Written
from archspec.expand.scope import Scope
from archspec.expand.values import value_of
from archspec.expressions import Poison, is_expression, show
from archspec.ir import Constant
from archspec.source import Span
from archspec.syntax import MappingNode, Scalar


def bind_parameters(
    file: SpecFile, variant: str, settings: Mapping[str, tuple[Constant, Span]], sink: Sink
) -> bool:
    """Fill `file.parameters` and `file.values`: what the settings give, else the variant, else the default.

    The open sizes of the input are in `file.values` already, and known to what is evaluated here.

    False after reporting that there is no such variant.
    """
    file.parameters = parameters(file.root.get("params"), sink, of_network=True)
    declared = {parameter.name: parameter for parameter in file.parameters}
    variants = file.root.get("variants")
    bodies = (
        {key.text: _whole(body, sink) for key, body in variants.entries if isinstance(body, MappingNode)}
        if isinstance(variants, MappingNode)
        else {}
    )
    for body in bodies.values():
        for key, _ in body.entries:
            if key.text not in declared and not sink.is_full:
                free = [name for name in declared if body.get(name) is None]
                sink.unknown("E0204", key.span, "parameter", key.text, free)
    if variant and variant not in bodies:
        at = variants.span if variants is not None else file.root.span
        sink.unknown("E0214", at, "variant", variant, bodies)
        return False
    bare = Scope(file, MappingProxyType(dict(file.values)))
    given: dict[str, tuple[Constant | Poison, Written]] = {}
    for key, node in bodies[variant].entries if variant else ():
        if key.text in declared:
            given[key.text] = (value_of(node, bare, sink), Written(node))
    for name, (value, span) in settings.items():
        if name not in declared:
            sink.unknown("E0204", span, "parameter", name, (*declared, *file.values))
        elif _fits(declared[name], value, span, sink):
            given[name] = (value, Written(None, at=span))
    bound = bind(file.parameters, given, bare, "the network", file.root.span, sink, of_network=True)
    file.written = {}
    for parameter in file.parameters:
        file.values[parameter.name] = bound.values[parameter.name]
        file.written[parameter.name] = bound.written[parameter.name]
    return True


def _whole(body: MappingNode, sink: Sink) -> MappingNode:
    """The parameters of a variant, with the lists in them that lack their brackets: `{depths: 2, 3}`."""
    if not any(key.text.isdigit() for key, _ in body.entries):
        return body
    meant = MappingNode(body.source, body.start)
    meant.end, meant.again = body.end, body.again
    meant.entries = rejoined(body, sink)
    return meant


def _fits(parameter: Parameter, value: Constant, span: Span, sink: Sink) -> bool:
    """Whether a value from outside is of the kind of the parameter's default; reports it if not."""
    if not isinstance(parameter.default, Scalar) or is_expression(parameter.default.text):
        return True
    default = parameter.default.value
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if default is None or type(default) is type(value) or (isinstance(default, float) and number):
        return True
    sink.error(
        "E0206",
        span,
        f"the parameter `{parameter.name}` is another kind of value",
        label=f"this is {show(value)}, its default is {show(default)}",
    )
    return False
