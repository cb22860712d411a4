"""What the page knows of a network.

In: a graph. Out: a `Page`, and it as JSON.
Holds: every distinct module is told once, however often it stands in the network, so that the page is small where the
spec is; what depends on the place, the receptive field alone, is told for each place, in the order in which the network
runs. All texts are those that pictures and tables show; the page formats no number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Final, Literal, TypeAlias, get_args

from archspec.backends.dot import theme
from archspec.backends.dot.closed import name_of
from archspec.backends.dot.paths import stands_in_rows
from archspec.backends.dot.reading import is_one_box
from archspec.backends.page.arrangement import Arrangement, Branches, Layer, Run, arrange, boxes
from archspec.backends.page.listing import Lines, Listing, Listings
from archspec.backends.wording import (
    network_title,
    open_sizes_text,
    shape_text,
    short_count,
    visible,
)
from archspec.diagnostics import Diagnostic, Found
from archspec.ir import Graph, Module, Step, distinct_modules, walk
from archspec.ops.base import Kind, Op
from archspec.passes.cost import Cost, Costs, count_cost
from archspec.passes.receptive_field import Field, ReceptiveFields, measure_receptive_fields
from archspec.passes.windows import size_text
from archspec.records import dataclass

Fill: TypeAlias = Kind | Literal["concat"]
"""What the colour of a box stands for."""

FILLS: Final[Mapping[Fill, theme.Paint]] = {kind: theme.colour(kind) for kind in get_args(Kind)} | {
    "concat": theme.CONCAT
}


@dataclass(frozen=True, slots=True)
class Count:
    """A number, exact and in three digits."""

    exact: int
    short: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A step of a module. `op` is the op's key; `what` is the op as a picture writes it, or the module's block or
    structure; `module` the module's number; `small` what stands in small letters in the box of a module that is one
    layer; `before` and `after` are shapes, `parts` the channels that a concatenation joins; `fault` is what is wrong.
    """

    name: str
    op: str
    what: str
    small: tuple[str, ...]
    kind: Fill | None
    module: int | None
    inputs: tuple[int, ...]
    before: tuple[str, ...]
    after: str
    parts: tuple[int, ...]
    params: Count | None
    macs: Count | None
    lines: Lines
    role: str
    note: str
    fault: str


@dataclass(frozen=True, slots=True)
class Told:
    """A module. `size` is the number of steps in it and in the modules in it; `opens`: there is more in it than its box
    says, and not so many paths that they crowd out the rest; `inputs` are shapes; `block` is where its block is
    defined.
    """

    structure: str
    size: int
    opens: bool
    inputs: tuple[str, ...]
    steps: tuple[Placed, ...]
    arrangement: Arrangement
    block: Lines | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A receptive field: how many positions of the input are seen, and how far neighbours are apart there."""

    size: str
    stride: str


@dataclass(frozen=True, slots=True)
class Terminal:
    """An input or an output of the network, and the value it is."""

    name: str
    shape: str
    value: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A fill, and what it stands for."""

    kind: Fill
    name: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A diagnostic, and the place that bears it: its number in running order, from 1; `None`: none does."""

    code: str
    severity: str
    message: str
    help: str
    lines: Lines
    place: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """The network. `modules[-1]` is its root; `seen` the distinct receptive fields and `fields` for each place, in
    running order, which of them it has. A network with `problems` has neither these nor costs."""

    title: str
    about: str
    open_sizes: str
    params: Count | None
    macs: Count | None
    legend: tuple[Entry, ...]
    aux: tuple[str, ...]
    inputs: tuple[Terminal, ...]
    outputs: tuple[Terminal, ...]
    files: tuple[Listing, ...]
    modules: tuple[Told, ...]
    seen: tuple[Seen, ...]
    fields: tuple[int, ...]
    problems: tuple[Problem, ...]


def gather(graph: Graph) -> Page:
    """Gather what the page shows."""
    return _gather(graph, count_cost(graph), ())


def gather_broken(graph: Graph, diagnostics: Sequence[Diagnostic]) -> Page:
    """Gather what the page shows of a graph in which steps bear errors: without costs."""
    return _gather(graph, None, diagnostics)


def _gather(graph: Graph, costs: Costs | None, diagnostics: Sequence[Diagnostic]) -> Page:
    spans = [step.origin.span for step in graph.root.steps]
    listings = Listings(next((span for span in spans if span.source.name == graph.file), spans[0]).source)
    modules = _Modules(costs, listings)
    for module in distinct_modules(graph.root):
        modules.add(module)
    root = graph.root
    input_names = graph.input_names if len(root.inputs) > 1 else ("input",)
    output_names = graph.output_names if len(root.outputs) > 1 else ("output",)
    seen: dict[Seen, int] = {}
    fields = () if costs is None else _fields(graph)
    places = tuple(seen.setdefault(field, len(seen)) for field in fields)
    problems = tuple(_problems(graph, diagnostics, listings))
    return Page(
        title=network_title(graph),
        about=visible(" ".join(graph.about.split())),
        open_sizes=open_sizes_text(graph),
        params=None if costs is None else _count(costs.total.params),
        macs=None if costs is None else _count(costs.total.macs),
        legend=_legend(modules.told),
        aux=tuple(f"{aux.name}: loss × {aux.weight:g}, in training" for aux in graph.aux),
        inputs=tuple(
            Terminal(name, shape_text(shape), value)
            for value, (name, shape) in enumerate(zip(input_names, root.inputs, strict=True))
        ),
        outputs=tuple(
            Terminal(name, shape_text(root.shape(value)), value)
            for name, value in zip(output_names, root.outputs, strict=True)
        ),
        files=listings.files(),
        modules=tuple(modules.told),
        seen=tuple(seen),
        fields=places,
        problems=problems,
    )


def _problems(graph: Graph, diagnostics: Sequence[Diagnostic], listings: Listings) -> Iterator[Problem]:
    """The diagnostics, errors first, each with the first place that bears it."""
    borne: dict[Found, int] = {}
    if diagnostics:
        for number, step in enumerate(_every_step(graph.root), 1):
            for error in step.errors:
                borne.setdefault((error.code, error.span), number)
    for found in sorted(diagnostics, key=lambda found: found.severity != "error"):
        yield Problem(
            code=found.code,
            severity=found.severity,
            message=visible(found.message),
            help=visible(found.help),
            lines=listings.lines(found.span),
            place=min((borne[place] for place in found.found if place in borne), default=None),
        )


def to_json(page: Page) -> str:
    """The page as JSON. What is empty, zero or false is left out; a row is told by its kind."""
    return json.dumps(page, default=_plain, ensure_ascii=False, separators=(",", ":"))


def _plain(value: object) -> dict[str, object]:
    told = {field.name: getattr(value, field.name) for field in fields(value)}  # type: ignore[arg-type]
    plain = {
        name: item
        for name, item in told.items()
        if item is not None and item is not False and item not in ("", ())
    }
    match value:
        case Layer():
            return {"is": "layer", **plain}
        case Run():
            return {"is": "run", **plain}
        case Branches():
            return {"is": "branches", **plain}
        case _:
            return plain


def _every_step(root: Module) -> Iterator[Step]:
    """In running order, a module before what is in it. Iterative: depth is no matter."""
    stack = [iter(root.steps)]
    while stack:
        step = next(stack[-1], None)
        if step is None:
            stack.pop()
            continue
        yield step
        if isinstance(step.target, Module):
            stack.append(iter(step.target.steps))


class _Modules:
    """The modules told so far, children before parents."""

    def __init__(self, costs: Costs | None, listings: Listings) -> None:
        self.told: list[Told] = []
        self._costs = costs
        self._listings = listings
        self._numbers: dict[Module, int] = {}

    def add(self, module: Module) -> None:
        steps = tuple(self._placed(module, index, step) for index, step in enumerate(module.steps))
        size = sum(1 if step.module is None else 1 + self.told[step.module].size for step in steps)
        self._numbers[module] = len(self.told)
        self.told.append(
            Told(
                structure=module.structure,
                size=size,
                opens=not (is_one_box(module) or stands_in_rows(module)),
                inputs=tuple(map(shape_text, module.inputs)),
                steps=steps,
                arrangement=arrange(module),
                block=self._listings.lines(module.block.span) if module.block else None,
            )
        )

    def _placed(self, module: Module, index: int, step: Step) -> Placed:
        shapes = module.inputs_of(step)
        cost = Cost() if self._costs is None else self._costs.of(module, index)
        target = step.target
        is_concat = isinstance(target, Op) and target.key == "concat"
        texts = tuple(_texts(module, step))
        return Placed(
            name=step.name,
            op="" if isinstance(target, Module) else target.key,
            what=visible(name_of(target))
            if isinstance(target, Module) and not is_one_box(target)
            else texts[0],
            small=texts[1:] if isinstance(target, Module) and is_one_box(target) else (),
            kind=_fill(target),
            module=self._numbers[target] if isinstance(target, Module) else None,
            inputs=step.inputs,
            before=tuple(map(shape_text, shapes)),
            after=shape_text(step.shape),
            parts=tuple(shape[0] for shape in shapes) if is_concat else (),
            params=_count(cost.params),
            macs=_count(cost.macs),
            lines=self._listings.lines(step.origin.span, step.origin.arguments.values()),
            role=step.role,
            note=_note(step),
            fault=visible("; ".join(error.message for error in step.errors)),
        )


def _texts(module: Module, step: Step) -> Iterator[str]:
    """How pictures write the ops of a step."""
    if isinstance(step.target, Op):
        yield visible(step.target.glyph(*module.inputs_of(step)).text)
        return
    for visit in walk(step.target):
        yield from _texts(visit.module, visit.step)


def _fill(target: Op | Module) -> Fill | None:
    """The fill of an op, or of the layer that a module is."""
    if isinstance(target, Op):
        return "concat" if target.key == "concat" else target.kind
    return _fill(target.steps[0].target) if is_one_box(target) else None


def _note(step: Step) -> str:
    notes = []
    if isinstance(step.target, Module) and step.target.shortcut is not None:
        shortcut = step.target.shortcut
        notes.append(f"shortcut: {'auto → ' if shortcut.automatic else ''}{shortcut.kind}")
    if step.shared:
        notes.append("the same layer again")
    return "; ".join(notes)


def _count(number: int) -> Count | None:
    return Count(number, short_count(number)) if number else None


def _legend(modules: Iterable[Told]) -> tuple[Entry, ...]:
    """What the fills in use stand for; what only ever stands in the box of another layer has no fill."""
    used = {
        module.steps[box].kind
        for module in modules
        for row in (
            *module.arrangement.rows,
            *(row for side in module.arrangement.sides for row in side.rows),
        )
        for box in boxes(row)
    }
    return tuple(Entry(kind, paint.name) for kind, paint in FILLS.items() if kind in used and paint.name)


# Receptive fields


@dataclass(slots=True)
class _Frame:
    """A module half walked, at a place where its inputs see `inputs`."""

    module: Module
    inputs: tuple[Field, ...]
    index: int = 0


def _fields(graph: Graph) -> Iterator[Seen]:
    """What each place sees, in running order, a module before what is in it. Iterative: depth is no matter."""
    measured: ReceptiveFields = measure_receptive_fields(graph)
    stack = [_Frame(graph.root, measured.inputs)]
    while stack:
        frame = stack[-1]
        if frame.index == len(frame.module.steps):
            stack.pop()
            continue
        step = frame.module.steps[frame.index]
        yield _seen(measured.at(frame.module, frame.index, frame.inputs))
        frame.index += 1
        if isinstance(step.target, Module):
            stack.append(_Frame(step.target, measured.entering(frame.module, step, frame.inputs)))


def _seen(field: Field) -> Seen:
    if not field.axes or any(axis.size == 0 for axis in field.axes):
        return Seen("all", "")
    return Seen(
        _one_or_all([size_text(axis) for axis in field.axes]),
        _one_or_all([str(axis.stride) for axis in field.axes]),
    )


def _one_or_all(numbers: list[str]) -> str:
    """One number where all axes agree, else one an axis."""
    return numbers[0] if len(set(numbers)) == 1 else " × ".join(numbers)
