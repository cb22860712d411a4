"""Which sizes work: the sizes of the input at which a network compiles, and those on which the compiled one runs.

In: a spec, checked and valid, and a range. Out: `Sizes`, what was found at every size of the range.

Two facts are told apart. The network *compiles* at a size if the spec is valid with that input; a fully connected layer
behind `flatten` then simply has other weights. The compiled network *runs* on a size if it takes that input as it is,
every layer doing what its node says. For sizes that the spec leaves open both are of interest, else the second alone.

A size that varies is that of one axis, or of several axes to which the spec gives one name. Several such sizes vary one
by one, and together where they are equal in the compiled network. If every op keeps the axes apart
(`Op.keeps_axes_apart`), what works one by one works in every combination, and only then is that said.

How it is found: `passes.replay` takes the compiled network through every size. A spec none of whose expressions reads a
size compiles where its replay refuses nothing; any other is expanded anew at every size.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

from archspec.compiler import SpecError, check_prepared, target_of
from archspec.diagnostics import Diagnostic, Sink
from archspec.expand import Prepared, expand, prepare
from archspec.expand.definitions import SpecFile
from archspec.expand.inputs import Settings
from archspec.expand.library import Library
from archspec.files import CannotRun
from archspec.given import Setting, located
from archspec.ir import Graph, Module, distinct_modules
from archspec.limits import Limits
from archspec.ops.shapes import written
from archspec.passes.checks import check_graph
from archspec.passes.cost import count_cost
from archspec.passes.replay import Misfit, Replayer, Shapes
from archspec.passes.varying import Axis, disjoint, open_axes, spatial_axes
from archspec.records import dataclass
from archspec.source import Span
from archspec.syntax import MappingNode, Scalar, nodes, read

LARGEST: Final = 4096
"""The largest size that may be asked for: every one up to it is evaluated."""

UNASKED: Final = (1, 512)
"""The range for a spec that leaves sizes open, where nobody asks for another."""

UNASKED_WORK: Final = 250_000
"""Ops that may be evaluated where nobody asked: about a second."""

EXPANSION: Final = 8
"""How many replayed ops one step of an expansion is worth, in time."""

BYTES_PER_OP: Final = 10
"""How much of a file is gone through, once for each expansion, in the time of one replayed op."""

Kind: TypeAlias = Literal["compiles", "runs", "trains"]
"""`trains`: runs with its auxiliary heads, which only training computes."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a size does not work: the first line at which the network fails."""

    size: int
    message: str
    span: Span
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sweep:
    """What was found while some axes took every size of the range, and the others stayed as they are."""

    axes: tuple[str, ...]
    valid: tuple[int, ...]
    failures: tuple[Failure, ...]
    """Of the nearest size below the compiled one that does not work, and of the nearest above."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What holds of the network at which sizes. `free`: the sweeps are of an axis each, and hold in any combination."""

    kind: Kind
    sweeps: tuple[Sweep, ...]
    free: bool


@dataclass(frozen=True, slots=True)
class Sizes:
    """Which sizes from `first` to `last` work. No facts: the input has no size that could vary."""

    first: int
    last: int
    compiled: Mapping[str, int]
    """The size of each axis that varies, in the compiled network."""
    facts: tuple[Fact, ...]

    def fact(self, kind: Kind) -> Fact | None:
        """The fact of that kind, if it was asked for."""
        return next((fact for fact in self.facts if fact.kind == kind), None)


def read_range(text: str) -> tuple[int, int]:
    """The range that `32..512` means.

    Raises `CannotRun` where it means none.
    """
    match = re.fullmatch(r"([0-9]{1,6})\.\.([0-9]{1,6})", text, re.ASCII)
    if match is not None:
        first, last = int(match[1]), int(match[2])
        if 1 <= first <= last <= LARGEST:
            return first, last
    raise CannotRun(f"`--sizes` takes a range such as `32..512`, from 1 to {LARGEST}")


def which_sizes(
    prepared: Prepared,
    graph: Graph,
    sizes: tuple[int, int] | None,
    settings: Mapping[str, Setting],
    *,
    work: int = UNASKED_WORK,
) -> Sizes | None:
    """Evaluate a network at every size.

    Args:
        prepared: the spec.
        graph: its network, with no errors, as `settings` and the graph's variant make it.
        sizes: the first and the last size; None: `UNASKED`, for a spec that leaves sizes open and is not too large.
        settings: parameters of the network.
        work: how many ops may be evaluated where nobody asked.

    None where nobody asked, and the spec leaves no size open or is too large to be evaluated unasked.
    """
    if sizes is None and not graph.pattern:
        return None
    first, last = sizes or UNASKED
    reads = _names_read(prepared)
    search = _Search(
        graph,
        prepared,
        located(settings),
        first,
        last,
        reads_sizes=not reads.isdisjoint({"in_shape", "expect", *prepared.open_names}),
        reads_channels="in_channels" in reads,
        work=work if sizes is None else None,
    )
    try:
        return search.result()
    except _TooMuch:
        return None


def sizes(
    spec: str | os.PathLike[str], first: int, last: int, *, limits: Limits | None = None, **params: Setting
) -> Sizes:
    """On which sizes of the input, from `first` to `last`, a network runs; where its input leaves sizes open, also for
    which it compiles. The other arguments are as for `compile`.

    Raises:
        SpecError: the spec has errors.
        CannotRun: there is nothing to read.
        ValueError: the range is empty, or goes beyond `LARGEST`.
    """
    if not 1 <= first <= last <= LARGEST:
        raise ValueError(f"a range of sizes lies between 1 and {LARGEST}, and this is {first} to {last}")
    target = target_of(spec)
    sink = Sink()
    source, root = read(target.name, target.data, sink)
    file = None if root is None else SpecFile(source, root, folder=target.folder)
    prepared = None if file is None else prepare(file, sink, limits)
    if prepared is None:
        raise SpecError(tuple(sink.diagnostics))
    checked = check_prepared(prepared, sink, variant=target.variant, settings=params)
    found = None if checked.graph is None else which_sizes(prepared, checked.graph, (first, last), params)
    if found is None:
        raise SpecError(checked.diagnostics)
    return found


class _TooMuch(Exception):
    """More work than was allowed."""


@dataclass(slots=True)
class _Search:
    """One network and one range."""

    graph: Graph
    prepared: Prepared
    settings: Settings
    first: int
    last: int
    reads_sizes: bool
    """Whether an expression of the spec may read a size."""
    reads_channels: bool
    """Whether one may read the number of channels: behind a `flatten` it is a size, too."""
    work: int | None
    """Ops that may still be evaluated, if there is a limit."""

    def result(self) -> Sizes:
        axes = open_axes(self.graph) if self.graph.pattern else spatial_axes(self.graph)
        facts = []
        if axes:
            kinds: tuple[Kind, ...] = ("compiles", "runs") if self.graph.pattern else ("runs",)
            if self.graph.aux:
                kinds = (*kinds, "trains")
            facts = [self._fact(kind, axes) for kind in kinds]
        return Sizes(self.first, self.last, {axis.name: axis.compiled for axis in axes}, tuple(facts))

    def _fact(self, kind: Kind, axes: Sequence[Axis]) -> Fact:
        replayer = Replayer(self.graph, with_aux=kind != "runs")
        equal = len({axis.compiled for axis in axes}) == 1
        might_be_free = len(axes) > 1 and disjoint(axes) and not (self.reads_sizes and kind == "compiles")
        if might_be_free or not equal:
            single = tuple(self._sweep(kind, replayer, (axis,)) for axis in axes)
            free = might_be_free and replayer.apart
            if free or not equal:
                return Fact(kind, single, free)
        return Fact(kind, (self._sweep(kind, replayer, axes),), free=False)

    def _sweep(self, kind: Kind, replayer: Replayer, axes: Sequence[Axis]) -> Sweep:
        """Let `axes` take every size together."""
        ops = sum(len(module.steps) for module in distinct_modules(self.graph.root))
        self._spend((self.last - self.first) * ops)
        valid = [
            size
            for size in range(self.first, self.last + 1)
            if self._works(kind, replayer, self._shapes(axes, size))
        ]
        failures: dict[Span, Failure] = {}
        for size in _nearest_missing(set(valid), axes[0].compiled, self.first, self.last):
            failure = self._failure(kind, replayer, self._shapes(axes, size), size)
            failures.setdefault(failure.span, failure)
        return Sweep(tuple(axis.name for axis in axes), tuple(valid), tuple(failures.values()))

    def _shapes(self, axes: Sequence[Axis], size: int) -> Shapes:
        places = {place for axis in axes for place in axis.places}
        return tuple(
            tuple(size if (at, axis) in places else old for axis, old in enumerate(shape))
            for at, shape in enumerate(self.graph.root.inputs)
        )

    def _works(self, kind: Kind, replayer: Replayer, shapes: Shapes) -> bool:
        outcome = replayer.replay(shapes)
        if kind != "compiles":
            return outcome.runs
        if not self.reads_sizes and (replayer.channels_kept or not self.reads_channels):
            if outcome.refused is None:
                return outcome.params <= self.prepared.limits.parameters
            if not _might_adapt(outcome.refused):
                return False
        return not self._errors(shapes, trial=True)

    def _errors(self, shapes: Shapes, *, trial: bool = False) -> list[Diagnostic]:
        """What is wrong with the spec on inputs of these shapes. `trial`: it matters only whether anything is."""
        sink = Sink()
        self._spend(len(self.prepared.file.source.text) // BYTES_PER_OP)
        sizes = {
            name: size
            for pattern, shape in zip(self.graph.pattern, shapes, strict=False)
            for name, size in zip(pattern, shape, strict=True)
            if isinstance(name, str)
        }
        graph = expand(
            self.prepared,
            sink,
            variant=self.graph.variant,
            settings={name: given for name, given in self.settings.items() if name not in sizes},
            sizes=sizes,
            shapes=shapes,
            trial=trial,
        ).graph
        self._spend(EXPANSION * sink.steps)
        if graph is not None:
            check_graph(graph, count_cost(graph), sink, self.prepared.limits)
        return [found for found in sink.diagnostics if found.severity == "error"]

    def _spend(self, ops: int) -> None:
        if self.work is not None:
            self.work -= ops
            if self.work < 0:
                raise _TooMuch

    def _failure(self, kind: Kind, replayer: Replayer, shapes: Shapes, size: int) -> Failure:
        """Why these shapes do not work: what the checker says of the step at fault, if it says anything."""
        outcome = replayer.replay(shapes)
        changed = outcome.changed if kind != "compiles" else None
        misfit = outcome.refused or changed
        if misfit is None or kind == "compiles":
            errors = self._errors(shapes) or self._errors(shapes, trial=True)
            return _of_error(errors[0], size)
        if misfit.fault is None:
            return _of_misfit(misfit, size)
        errors = self._errors(shapes)
        said = next((error for error in errors if error.message == misfit.fault.message), None)
        return _of_misfit(misfit, size) if said is None else _of_error(said, size)


def _of_error(error: Diagnostic, size: int) -> Failure:
    return Failure(size, error.message, error.span, error.notes)


def _of_misfit(misfit: Misfit, size: int) -> Failure:
    given, compiled = (" and ".join(map(written, shapes)) for shapes in (misfit.given, misfit.compiled))
    fact = misfit.fault.message if misfit.fault else f"`{misfit.path}` would be another layer"
    note = f"it is compiled for {compiled}, and {given} would come in"
    return Failure(size, fact, misfit.step.origin.span, (note,))


def _might_adapt(misfit: Misfit) -> bool:
    """Whether the step stands in a residual whose shortcut the compiler makes to fit.

    A ready-made shortcut whose replay is not refused has the shape that the one for those sizes would have.
    """
    shortcuts = [step.target.shortcut for step in misfit.chain if isinstance(step.target, Module)]
    return any(
        shortcut is not None and (shortcut.automatic or shortcut.kind in ("projection", "pad"))
        for shortcut in shortcuts
    )


def _nearest_missing(valid: set[int], compiled: int, first: int, last: int) -> list[int]:
    """The nearest sizes below and above the compiled one that are not valid, the nearer first."""
    missing = [size for size in range(first, last + 1) if size not in valid]
    below = [size for size in missing if size < compiled][-1:]
    above = [size for size in missing if size > compiled][:1]
    return sorted(below + above, key=lambda size: abs(size - compiled))


def _names_read(prepared: Prepared) -> set[str]:
    """Every name that an expression of the spec may read, or of a block that it uses; and `expect`, where a node says
    what it gives.
    """
    roots: list[MappingNode] = []
    files = [prepared.file]
    while files:
        file = files.pop()
        roots.append(file.root)
        files.extend(file.imports.values())
    names: set[str] = set()
    blocks: set[str] = set()
    while roots:
        for key, node in roots.pop().entries:
            if key.text in _PLAIN:
                continue
            for scalar in nodes(node):
                if not isinstance(scalar, Scalar):
                    continue
                words = set(_WORD.findall(scalar.text))
                if "$" in scalar.text or scalar.text == "expect":
                    names |= words
                for name in words.intersection(Library.names()) - blocks:
                    blocks.add(name)
                    _, root = read(name, Library.text(name).encode(), Sink())
                    roots += [root] if root is not None else []
    return names


_PLAIN: Final = frozenset(("archspec", "name", "about", "input", "expect", "note"))
"""Keys of a spec below which nothing decides what the network is."""

_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
