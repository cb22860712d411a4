"""The whole network: parameters and variants, stem, body, head, auxiliary heads, outputs.

In: a `SpecFile` as read. `prepare` reads what it draws in and checks its document; `expand` makes of that a `Graph`, or
None after reporting why there is none. What is prepared can be expanded any number of times, at other sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from types import MappingProxyType

from archspec.diagnostics import Allowance, Edit, Fix, Sink
from archspec.edits import replacing
from archspec.expand import nodes
from archspec.expand.context import Context
from archspec.expand.declarations import define
from archspec.expand.definitions import SpecFile, parted_number, read_as
from archspec.expand.guesses import WORLDS, Guesses, World, believed, certain
from archspec.expand.imports import Loader
from archspec.expand.initialisation import read_init
from archspec.expand.inputs import Settings, are_nameless, input_shapes, opened_sizes
from archspec.expand.known import Body, KeptBody, Known
from archspec.expand.open_sizes import open_names, pattern_of, refuse_names
from archspec.expand.parameters import bind_parameters
from archspec.expand.place import Flow, Place, shape_of
from archspec.expand.scope import Scope
from archspec.expand.sections import AuxHead, expand_sections, outputs_of
from archspec.expand.usage import warn_unused
from archspec.expand.values import key_of, value_of
from archspec.expressions import POISON, Poison
from archspec.expressions.evaluator import MAX_WORK_TOGETHER
from archspec.ir import Aux, Expectation, Graph
from archspec.limits import Limits
from archspec.lower import ModuleBuilder, Value
from archspec.names import FACTS
from archspec.ops.base import Shape
from archspec.records import dataclass
from archspec.schema.document import Document, check_document, with_entries
from archspec.schema.lost_headers import with_lost_headers
from archspec.source import Span
from archspec.syntax import MappingNode, Node, Scalar


@dataclass(slots=True, eq=False)
class Prepared:
    """A spec whose files are read and whose document is checked."""

    file: SpecFile
    document: Document
    limits: Limits
    known: Known = field(default_factory=Known)
    several: bool = False
    """Several networks will be made of it, and what they have in common is kept."""

    @property
    def open_names(self) -> tuple[str, ...]:
        """The names that stand for sizes of the input."""
        return open_names(self.file.root.get("input"))


def prepare(file: SpecFile, sink: Sink, limits: Limits | None = None) -> Prepared | None:
    """Read what `file` imports and extends, and check its document; None after reporting what is wrong."""
    limits = limits or Limits()
    file.root = with_entries(with_lost_headers(file.root, sink), sink)
    if not Loader(sink, limits).complete(file):
        return None
    checked = check_document(file.root, sink)
    if checked is None:
        return None
    before, (file.root, document) = file.root, checked
    if any(file.root.get(key) is not before.get(key) for key in ("blocks", "defaults")):
        define(file, sink)  # under another name till now
    return Prepared(file, document, limits)


@dataclass(frozen=True, slots=True)
class Expansion:
    """What came of expanding a network. `partial`, where there is no graph: what could be made of it, whose steps bear
    the errors found on them, and whose shapes after an error are guesses.
    """

    graph: Graph | None
    partial: Graph | None = None
    has_all: bool = False
    """Every node of the spec is in `partial`, with what it reads."""
    is_same: bool = False
    """What comes out of `partial` has its shapes whatever was guessed of what the errors leave open."""


def expand(
    prepared: Prepared,
    sink: Sink,
    *,
    variant: str = "",
    settings: Settings = MappingProxyType({}),
    sizes: Mapping[str, int] = MappingProxyType({}),
    shapes: tuple[Shape, ...] | None = None,
    trial: bool = False,
) -> Expansion:
    """Expand the network, with the parameters of `variant` and then `settings` over its own.

    Args:
        prepared: the spec.
        sink: takes the errors.
        variant: the variant whose parameters hold.
        settings: parameters of the network, and open sizes.
        sizes: what the open sizes are that no setting gives; else they are `DEFAULT_SIZE`.
        shapes: what flows in, in place of what the spec says.
        trial: only whether there is a network matters; that there are errors is told, not which of them are believed.
    """
    file, document = prepared.file, prepared.document
    start = len(sink.diagnostics)
    file.values = opened_sizes(prepared.open_names, settings, sizes, sink)
    rest = {name: setting for name, setting in settings.items() if name not in file.values}
    if not bind_parameters(file, variant, rest, sink):
        return Expansion(None)
    scope = Scope.of(file)
    named = file.root.get("input")
    declared = {parameter.name: parameter for parameter in file.parameters}
    inputs = input_shapes(file, scope, sink) if refuse_names(named, declared, sink) else None
    if inputs is not None and shapes is not None:
        inputs = dict(zip(inputs, shapes, strict=True))
    body = _body(prepared, inputs, sink, trial=trial)
    init = read_init(file.root.get("init"), scope, sink)
    expectations = _expectations(file.root.get("expect"), variant, document, scope, sink)
    if sink.has_errors:
        from archspec.expand.merging import merged  # only a mistake pays for it

        sink.replace(start, merged(sink.diagnostics[start:], file.root))
    if body is None:
        return Expansion(None)
    is_whole = body.is_whole and not sink.has_errors
    if is_whole:
        _warn_unused(prepared, sink)
    graph = Graph(
        name=document.name or variant,
        about=document.about,
        file=file.source.name,
        variant=variant,
        params=MappingProxyType({k: v for k, v in file.values.items() if not isinstance(v, Poison)}),
        input_names=tuple(inputs or ()),
        output_names=body.output_names,
        root=body.root,
        aux=body.aux,
        init=init,
        expectations=() if settings or shapes is not None else expectations,
        pattern=pattern_of(named, body.root.inputs),
    )
    return (
        Expansion(graph) if is_whole else Expansion(None, graph, has_all=body.has_all, is_same=body.is_same)
    )


def _body(prepared: Prepared, inputs: Mapping[str, Shape] | None, sink: Sink, *, trial: bool) -> Body | None:
    """What the nodes of the network come to; with the same parameters and inputs, that of an earlier expansion."""
    file, known = prepared.file, prepared.known
    values = tuple((name, key_of(value)) for name, value in file.values.items())
    written = tuple(each and (each.node, each.at) for each in file.written.values())
    key = values, written, None if inputs is None else tuple(inputs.items())
    kept = None if trial or sink.has_errors else known.bodies.get(key)
    if kept is not None:
        sink.steps += kept.steps
        sink.work += kept.work
        for allowance in kept.allowances:
            sink.allow(allowance)
        return kept.body
    steps, work, found = sink.steps, sink.work, len(sink.diagnostics)
    made = _believed(prepared, inputs, sink, trial=trial)
    outputs = {name: value for name, value in made.outputs.items() if not isinstance(value, Poison)}
    is_whole = not sink.has_errors and len(outputs) == len(made.outputs)
    if trial and not is_whole:
        return None
    if not is_whole and not outputs and made.builder.drafts:
        last = made.builder.drafts[-1]
        outputs = {"output": Value(made.builder, last.shape, draft=last)}
    if not outputs:
        return None
    module = made.builder.finish([*outputs.values(), *(head.value for head in made.aux)])
    ends = module.outputs[: len(outputs)]
    heads = zip(made.aux, module.outputs[len(outputs) :], strict=True)
    body = Body(
        replace(module, outputs=ends),
        tuple(outputs),
        tuple(Aux(head.name, value, head.weight) for head, value in heads),
        is_whole,
        has_all=not made.lost and len(outputs) == len(made.outputs),
        is_same=made.is_same,
    )
    if prepared.several and not trial and is_whole and len(sink.diagnostics) == found:
        known.bodies[key] = KeptBody(body, sink.steps - steps, sink.work - work, made.allowances)
    return body


def _warn_unused(prepared: Prepared, sink: Sink) -> None:
    """Report what the file declares and never uses: which its text decides, and no parameter."""
    if prepared.known.all_is_used:
        return
    before = len(sink.diagnostics) + len(sink.silenced)
    warn_unused(prepared.file, sink)
    prepared.known.all_is_used = len(sink.diagnostics) + len(sink.silenced) == before


def _believed(prepared: Prepared, inputs: Mapping[str, Shape] | None, sink: Sink, *, trial: bool) -> _Nodes:
    """Expand every node of the network, after a mistake under several guesses; the errors that all of them have in
    common are those that `sink` then holds.
    """
    start, is_unguessed = len(sink.diagnostics), not sink.has_errors
    guesses = Guesses()
    made = _nodes(prepared, inputs, sink, guesses, keeping=not trial)
    if not guesses.made or trial:
        return made
    first = World(tuple(sink.diagnostics[start:]), guesses)
    # Each world takes as long as the first; where that was long, its first error is enough.
    affordable = (
        sink.steps <= prepared.limits.further_steps // WORLDS and sink.work <= MAX_WORK_TOGETHER // WORLDS
    )
    if not affordable:
        sink.replace(start, certain(first))
        return replace(made, is_same=False)
    others = []
    shapes = {_shapes(made)}
    for world in range(1, WORLDS):
        guesses, found = Guesses(world, written=first.guesses.written), Sink()
        other = _nodes(
            prepared, inputs, found, guesses, keeping=False, max_steps=prepared.limits.further_steps // WORLDS
        )
        shapes.add(_shapes(other))
        others.append(World(found.diagnostics, guesses))
        sink.steps += found.steps
    sink.replace(start, believed(first, others, is_unguessed=is_unguessed))
    return replace(made, is_same=len(shapes) == 1)


def _shapes(made: _Nodes) -> tuple[Shape | None, ...]:
    """The shapes of what comes out; None where that is not known."""
    return tuple(shape_of(value) for value in made.outputs.values())


@dataclass(frozen=True, slots=True)
class _Nodes:
    """What stem, body, head, aux and outputs come to."""

    builder: ModuleBuilder
    aux: list[AuxHead]
    outputs: dict[str, Flow]
    allowances: tuple[Allowance, ...]
    """Those of the standard blocks that were met."""
    lost: int
    """The nodes of which nothing could be made."""
    is_same: bool = True
    """What comes out has the same shapes whatever was guessed."""


def _nodes(
    prepared: Prepared,
    inputs: Mapping[str, Shape] | None,
    sink: Sink,
    guesses: Guesses,
    *,
    keeping: bool,
    max_steps: int | None = None,
) -> _Nodes:
    """Expand every node of the network, under `guesses` of what follows a mistake. `keeping`: block calls are kept for
    other expansions, and taken from them. `max_steps`: the work after which no more is looked at; None: as the limits
    have it.
    """
    file = prepared.file
    kept = prepared.known.calls_in(file) if keeping and prepared.several else None
    context = Context(
        sink, prepared.limits, prepared.known, nodes.expand_node, nodes.target_of, guesses, kept
    )
    if max_steps is not None:
        context.max_steps = max_steps
    scope = Scope.of(file)
    builder = ModuleBuilder.root(tuple(inputs.values()) if inputs else ())
    place = Place(builder, builder.inputs[0] if len(builder.inputs) == 1 else POISON)
    named = file.root.get("input")
    for at, (key, _) in enumerate(named.entries if isinstance(named, MappingNode) else ()):
        place.values[key.text] = builder.inputs[at] if builder.inputs else POISON
    place.incomplete = are_nameless(named)  # it has names for them
    aux, flow = expand_sections(file.root, place, scope, context)
    outputs = outputs_of(file.root, prepared.document, place, flow, context)
    allowances = tuple(allowance for used in context.used for allowance in used.allowances)
    return _Nodes(builder, aux, outputs, allowances, context.lost)


def _expectations(
    node: Node | None, variant: str, document: Document, scope: Scope, sink: Sink
) -> tuple[Expectation, ...]:
    """The facts asserted for all variants and for the one at hand."""
    found = []
    if not isinstance(node, MappingNode):
        return ()
    for key, value in node.entries:
        if sink.is_full:
            break
        if key.text in FACTS:
            found.append((key, value))
        elif key.text in document.variants and isinstance(value, MappingNode):
            for fact, inner in value.entries:
                if fact.text not in FACTS:
                    free = [name for name in FACTS if value.get(name) is None]
                    sink.unknown("E0203", fact.span, "fact", fact.text, free)
                elif key.text == variant:
                    found.append((fact, inner))
        else:
            before = found[-1][1] if found else None
            number = parted_number(before, key.text, key.span) if isinstance(before, Scalar) else ""
            free = [name for name in (*FACTS, *document.variants) if node.get(name) is None]
            remark, fixes = "", None
            if number and before is not None:
                remark = f"write `{number}`: a comma parts two entries"
                whole_number = Span(before.source, before.start, key.end)
                fixes = [Fix(f"write `{number}`", (Edit(whole_number, number),))]
                found.pop()
            from archspec.schema.elsewhere.words import fact_meant  # only a mistake pays for it

            meant = fact_meant(key.text, free)
            if meant is not None:
                fixes = [
                    Fix(f"write `{meant}`", (Edit(key.span, meant),), is_safe=False)
                ]  # some count double
            sink.unknown(
                "E0203", key.span, "fact or variant", key.text, free, meant=meant, remark=remark, fixes=fixes
            )
    expectations = []
    for fact, inner in found:
        expected = value_of(inner, scope, sink)
        if fact.text != "output" and isinstance(expected, str):
            from archspec.schema.readings import as_yaml, readings  # only a mistake pays for it

            count = next((each for each in readings("", expected) if isinstance(each, int)), None)
            meant = "" if count is None else as_yaml(count)
            sink.error(
                "E0206",
                inner.span,
                f"`{fact.text}` takes an integer",
                label=read_as(inner),
                help=f"write `{meant}`" if meant else "write the number in full",
                fixes=replacing(inner.span, meant),
            )
        elif not isinstance(expected, Poison):
            expectations.append(Expectation(fact.text, expected, inner.span))
    return tuple(expectations)
