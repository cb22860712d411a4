"""The whole network: parameters and variants, stem, body, head, auxiliary heads, outputs.

In: a `SpecFile` as read. `prepare` reads what it draws in and checks its document; `expand` makes of that a `Graph`, or
None after reporting why there is none. What is prepared can be expanded any number of times, at other sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, TypeAlias, TypeGuard

from archspec.diagnostics import Edit, Fix, Sink
from archspec.edits import delete_item, offering, replacing, whole
from archspec.expand import nodes
from archspec.expand.calls import Call, take_apart
from archspec.expand.context import Context
from archspec.expand.definitions import Library, SpecFile, define, read_as
from archspec.expand.guesses import WORLDS, Guesses, World, believed, certain
from archspec.expand.imports import Loader
from archspec.expand.initialisation import read_init
from archspec.expand.merging import merged
from archspec.expand.open_sizes import (
    has_batch,
    is_open,
    open_names,
    pattern_of,
    refuse_names,
    report_batch,
    warn_channels_last,
)
from archspec.expand.parameters import bind_parameters
from archspec.expand.place import Flow, Place, claim, refer, report_unknown, shape_of
from archspec.expand.sequences import expand_sequence, expand_slot
from archspec.expand.targets import Target
from archspec.expand.usage import warn_unused
from archspec.expand.values import Scope, value_of
from archspec.expressions import POISON, Poison, show
from archspec.expressions.evaluator import MAX_WORK_TOGETHER
from archspec.ir import Aux, Constant, Expectation, Graph, Module
from archspec.limits import Limits
from archspec.lower import ModuleBuilder, Value
from archspec.names import objection
from archspec.ops.arguments import MAX_DIMENSION
from archspec.ops.base import Shape
from archspec.records import dataclass
from archspec.schema.document import Document, check_document
from archspec.schema.readings import as_yaml, readings
from archspec.source import Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar

SLOTS: Final = ("stem", "body", "head")
FACTS: Final = ("params", "trainable_params", "buffers", "macs", "output")


DEFAULT_SIZE: Final = 224
"""What an open size is, unless somebody chooses."""

Settings: TypeAlias = Mapping[str, tuple[Constant, Span]]
"""Values from outside the file, each with the span that errors show for it."""


@dataclass(slots=True, eq=False)
class Prepared:
    """A spec whose files are read and whose document is checked."""

    file: SpecFile
    document: Document
    limits: Limits

    @property
    def open_names(self) -> tuple[str, ...]:
        """The names that stand for sizes of the input."""
        return open_names(self.file.root.get("input"))


def prepare(file: SpecFile, sink: Sink, limits: Limits | None = None) -> Prepared | None:
    """Read what `file` imports and extends, and check its document; None after reporting what is wrong."""
    limits = limits or Limits()
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
    opened = _open_sizes(prepared, settings, sizes, sink)
    file.values.clear()
    file.values.update(opened)
    rest = {name: setting for name, setting in settings.items() if name not in opened}
    if not bind_parameters(file, variant, rest, sink):
        return Expansion(None)
    scope = Scope.of(file)
    named = file.root.get("input")
    declared = {parameter.name: parameter for parameter in file.parameters}
    inputs = _inputs(file, document, scope, sink) if refuse_names(named, declared, sink) else None
    if inputs is not None and shapes is not None:
        inputs = dict(zip(inputs, shapes, strict=True))
    before = len(sink.diagnostics)
    guesses = Guesses()
    made = _nodes(file, document, inputs, sink, prepared.limits, guesses)
    if guesses.made and not trial:
        first = World(tuple(sink.diagnostics[before:]), guesses)
        others = []
        # Each world takes as long as the first; where that was long, its first error is enough.
        affordable = (
            sink.steps <= prepared.limits.further_steps // WORLDS and sink.work <= MAX_WORK_TOGETHER // WORLDS
        )
        for world in range(1, WORLDS if affordable else 1):
            guesses, found = Guesses(world), Sink()
            _nodes(file, document, inputs, found, prepared.limits, guesses)
            others.append(World(found.diagnostics, guesses))
            sink.steps += found.steps
        sink.replace(before, believed(first, others) if affordable else certain(first))
    if sink.has_errors:
        sink.replace(start, merged(sink.diagnostics[start:], file.root))
    init = read_init(file.root.get("init"), scope, sink)
    expectations = _expectations(file.root.get("expect"), variant, document, scope, sink)
    outputs, aux, builder = made.outputs, made.aux, made.builder
    values = {name: value for name, value in outputs.items() if not isinstance(value, Poison)}
    is_whole = not sink.has_errors and len(values) == len(outputs)
    if is_whole:
        _refuse_unread_inputs(named, builder, sink)
        warn_unused(file, sink)
    elif not values and builder.drafts and not trial:
        last = builder.drafts[-1]
        values = {"output": Value(builder, last.shape, draft=last)}
    if not values or (trial and not is_whole):
        return Expansion(None)
    module = builder.finish([*values.values(), *(head.value for head in aux)])
    first_aux = len(values)
    graph = Graph(
        name=document.name or variant,
        about=document.about,
        file=file.source.name,
        variant=variant,
        params=MappingProxyType({k: v for k, v in file.values.items() if not isinstance(v, Poison)}),
        input_names=tuple(inputs or ()),
        output_names=tuple(values),
        root=_with_outputs(module, first_aux),
        aux=tuple(Aux(head.name, module.outputs[first_aux + at], head.weight) for at, head in enumerate(aux)),
        init=init,
        expectations=() if settings or shapes is not None else expectations,
        pattern=pattern_of(named, module.inputs),
    )
    return Expansion(graph) if is_whole else Expansion(None, graph)


def _open_sizes(
    prepared: Prepared, settings: Settings, sizes: Mapping[str, int], sink: Sink
) -> dict[str, Constant | Poison]:
    """What each open size is; poison after reporting a setting that is no size."""
    opened: dict[str, Constant | Poison] = {}
    for name in prepared.open_names:
        opened[name] = sizes.get(name, DEFAULT_SIZE)
        if name in settings:
            size, span = settings[name]
            opened[name] = size if _is_size(size, span, sink) else POISON
    return opened


@dataclass(frozen=True, slots=True)
class _Nodes:
    """What stem, body, head, aux and outputs come to."""

    builder: ModuleBuilder
    aux: list[_AuxHead]
    outputs: dict[str, Flow]


def _nodes(
    file: SpecFile,
    document: Document,
    inputs: Mapping[str, Shape] | None,
    sink: Sink,
    limits: Limits,
    guesses: Guesses,
) -> _Nodes:
    """Expand every node of the network, under `guesses` of what follows a mistake."""
    context = Context(sink, limits, Library(), nodes.expand_node, nodes.target_of, guesses)
    scope = Scope.of(file)
    builder = ModuleBuilder.root(tuple(inputs.values()) if inputs else ())
    place = Place(builder, builder.inputs[0] if len(builder.inputs) == 1 else POISON)
    named = file.root.get("input")
    for at, (key, _) in enumerate(named.entries if isinstance(named, MappingNode) else ()):
        place.values[key.text] = builder.inputs[at] if builder.inputs else POISON
    aux, flow = _sections(file.root, place, scope, context)
    return _Nodes(builder, aux, _outputs(file.root, document, place, flow, context))


def _refuse_unread_inputs(named: Node | None, builder: ModuleBuilder, sink: Sink) -> None:
    """Report the named inputs that no node reads."""
    read = {id(value) for draft in builder.drafts for value in draft.inputs}
    for at, (key, _) in enumerate(named.entries if isinstance(named, MappingNode) else ()):
        if id(builder.inputs[at]) not in read:
            sink.error(
                "E0407",
                key.span,
                f"nobody reads the input `{key.text}`",
                help=f"read it with `from: {key.text}`, or delete it",
            )


def _with_outputs(module: Module, count: int) -> Module:
    return replace(module, outputs=module.outputs[:count])


def _inputs(file: SpecFile, document: Document, scope: Scope, sink: Sink) -> dict[str, Shape] | None:
    """The input shapes by name; None after reporting what is wrong with them."""
    node = file.root.get("input")
    if node is None or (isinstance(node, Scalar) and node.value is None):
        sink.error(
            "E0215",
            file.root.span,
            "the spec has no `input`",
            help="add `input: [3, 224, 224]`: channels first",
        )
        return None
    if not isinstance(node, MappingNode):
        shape = _input_shape(node, scope, sink)
        return None if shape is None else {"x": shape}
    if len(node.entries) > 1 and all(isinstance(value, Scalar) for _, value in node.entries):
        _report_named_sizes(node, sink)
        return None
    shapes: dict[str, Shape] = {}
    for key, value in node.entries:
        reason = objection(key.text)
        if reason is not None or key.text[0].isdigit():
            sink.error(
                "E0209", key.span, f"`{key.text}` cannot name an input", label=reason or "it is a number"
            )
        shape = _input_shape(value, scope, sink)
        if shape is not None:
            shapes[key.text] = shape
    return shapes if shapes and len(shapes) == len(node.entries) else None


_AXES: Final = ("channels", "depth", "height", "width")


def _report_named_sizes(node: MappingNode, sink: Sink) -> None:
    """Report `{channels: 3, height: 224, width: 224}`: the names below `input` are those of several inputs."""
    initials = [axis[0] for axis in _AXES]
    ordered = sorted(
        node.entries,
        key=lambda entry: initials.index(i) if (i := entry[0].text[0].lower()) in initials else 9,
    )
    is_known = len({key.text[0].lower() for key, _ in ordered} & set(initials)) == len(ordered)
    text = f"[{', '.join(value.span.text for _, value in ordered)}]" if is_known else ""
    sink.error(
        "E0206",
        node.span,
        "`input` is a list of sizes; a mapping names several inputs",
        label="these are sizes, and no shapes",
        help=f"write `{text or '[3, 224, 224]'}`: the channels first",
        fixes=[Fix(f"write `{text}`", (Edit(whole(node), text),))]
        if is_known and node.span.text.startswith("{")
        else (),
    )


def _input_shape(node: Node, scope: Scope, sink: Sink) -> Shape | None:
    shape = value_of(node, scope, sink)
    if isinstance(shape, Poison):
        return None
    cells = node.items if isinstance(node, ListNode) else []
    if isinstance(node, ListNode) and has_batch(node):
        report_batch(node, sink)
        return None
    if not isinstance(shape, tuple) or not 1 <= len(shape) <= 4:
        meant = next((found for found in readings("input", shape) if isinstance(found, tuple)), None)
        sink.error(
            "E0206",
            node.span,
            "`input` is a list of one to four sizes",
            label=f"this has {len(shape)}" if isinstance(shape, tuple) else read_as(node),
            help="write the shape of one example without the batch, such as `[3, 224, 224]`",
            fixes=() if meant is None else replacing(node.span, as_yaml(meant)),
        )
        return None
    sizes = []
    for at, size in enumerate(shape):
        cell = cells[at] if at < len(cells) else node
        known = scope.values[cell.text] if is_open(cell) else size
        if isinstance(known, Poison) or not _is_size(known, cell.span, sink):
            return None
        sizes.append(known)
    if isinstance(node, ListNode):
        warn_channels_last(node, sink)
    return tuple(sizes)


def _is_size(size: Constant, span: Span, sink: Sink) -> TypeGuard[int]:
    """Whether `size` may be the size of an axis; reports it if not."""
    if isinstance(size, bool) or not isinstance(size, int):
        meant = next((found for found in readings("", size) if isinstance(found, int)), None)
        fixes = () if meant is None or isinstance(size, bool) else replacing(span, as_yaml(meant))
        sink.error("E0206", span, "a size is an integer", label=f"this is {show(size)}", fixes=fixes)
        return False
    if not 1 <= size <= MAX_DIMENSION:
        sink.error(
            "E0207", span, f"a size lies between 1 and {MAX_DIMENSION:,}", label=f"this is {show(size)}"
        )
        return False
    return True


@dataclass(frozen=True, slots=True)
class _AuxHead:
    name: str
    value: Value
    weight: float


def _sections(root: MappingNode, place: Place, scope: Scope, context: Context) -> tuple[list[_AuxHead], Flow]:
    """Expand stem, body, head and aux in the order of the file: it is the order of the `state_dict`."""
    aux: list[_AuxHead] = []
    flow = place.input
    met: list[str] = []
    for key, node in root.entries:
        if key.text == "aux":
            aux.extend(_aux(node, place, scope, context))
        elif key.text in SLOTS:
            if met and SLOTS.index(key.text) < SLOTS.index(met[-1]):
                context.sink.error(
                    "E0222",
                    key.span,
                    f"`{key.text}` stands after `{met[-1]}`",
                    help=f"data flows as the file reads: move `{key.text}` before `{met[-1]}`",
                )
                flow = POISON
            met.append(key.text)
            place.builder.section = key.text
            if isinstance(node, MappingNode) and node.get("use") is None:
                flow = expand_sequence(node, place, flow, scope, context)
            else:
                flow = expand_slot(node, key.text, place, flow, scope, context)
    if not met:
        context.sink.error(
            "E0215", root.span, "the spec has no nodes", help="add a `body`: a list or a mapping of nodes"
        )
        return aux, POISON
    return aux, flow


def _aux(node: Node, place: Place, scope: Scope, context: Context) -> list[_AuxHead]:
    heads = []
    for key, head in node.entries if isinstance(node, MappingNode) else ():
        source, sequence = (
            (head.get("from"), head.get("sequence")) if isinstance(head, MappingNode) else (None, None)
        )
        if source is None or sequence is None or not isinstance(head, MappingNode):
            continue
        flow = refer(source, place, scope, context)
        weight_node = head.get("weight")
        weight = value_of(weight_node, scope, context.sink) if weight_node is not None else 1.0
        if not claim(key.text, key.span, place.builder, context):
            continue
        place.builder.section = key.text
        target = _aux_target(key, sequence, place, flow, scope, context)
        if isinstance(target, Poison):
            continue
        if isinstance(weight, bool) or not isinstance(weight, int | float):
            if not isinstance(weight, Poison) and weight_node is not None:
                context.sink.error(
                    "E0206",
                    weight_node.span,
                    "`weight` takes a number",
                    label=f"this is {show(weight)}",
                    help="write a number, such as 0.3",
                )
            continue
        value = place.builder.apply(
            key.text,
            target.target,
            target.inputs,
            target.shape,
            target.origin,
            size=target.size,
            role="aux",
            init=target.init,
        )
        heads.append(_AuxHead(key.text, value, float(weight)))
    return heads


def _aux_target(
    key: Scalar, sequence: Node, place: Place, flow: Flow, scope: Scope, context: Context
) -> Target | Poison:
    """The module of an auxiliary head: a sequence's own, or the block that it uses."""
    scope = scope.flowing(shape_of(flow))
    if isinstance(sequence, ListNode) or (isinstance(sequence, MappingNode) and sequence.get("use") is None):
        call: Call | None = Call("seq", key.text, key.span, sequence, {}, {})
    else:
        call = take_apart(sequence, scope, context)
    if call is None:
        return POISON
    for modifier in ("from", "if"):
        if modifier in call.modifiers:
            context.sink.error(
                "E0217",
                call.modifiers[modifier][0],
                f"`{modifier}` cannot stand on the whole of an auxiliary head",
                help="write `from` beside `sequence`, and `if` on the nodes inside",
            )
    return context.target_of(call, key.text, place, flow, scope, context)


def _outputs(
    root: MappingNode, document: Document, place: Place, flow: Flow, context: Context
) -> dict[str, Flow]:
    """The values that come out, by name."""
    node = root.get("outputs")
    if not document.outputs or not isinstance(node, ListNode):
        return {"output": flow}
    outputs: dict[str, Flow] = {}
    for at, item in enumerate(node.items):
        if not isinstance(item, Scalar):
            continue
        if context.sink.is_full:
            break
        found = place.find(item.text)
        if found is None:
            report_unknown(item.text, item.span, place, context)
        elif item.text in outputs:
            context.sink.error(
                "E0210",
                item.span,
                f"`{item.text}` comes out twice",
                help="list each output once",
                fixes=offering("delete it", delete_item(node, at)),
            )
        outputs[item.text] = POISON if found is None else found
    return outputs


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
            free = [name for name in (*FACTS, *document.variants) if node.get(name) is None]
            sink.unknown("E0203", key.span, "fact or variant", key.text, free)
    expectations = []
    for fact, inner in found:
        expected = value_of(inner, scope, sink)
        if not isinstance(expected, Poison):
            expectations.append(Expectation(fact.text, expected, inner.span))
    return tuple(expectations)
