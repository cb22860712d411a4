"""The compiler: the stages in order, and what `import archspec` offers.

    read → expand → verify → count → check          every stage reports to one sink
    Network: the checked graph, with its costs, its source, its module, its picture, its summary

torch is imported by `Network.module` and `build` alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.diagnostics import Diagnostic, Silenced, Sink, shortened
from archspec.given import Setting, located
from archspec.ir import Graph
from archspec.limits import Limits
from archspec.ops.base import Shape
from archspec.passes.cost import Costs, count_cost
from archspec.passes.shared import Shared
from archspec.records import dataclass
from archspec.spelling import did_you_mean
from archspec.syntax import collector_paused, read
from archspec.targets import Target, locate

if TYPE_CHECKING:
    from torch import nn

    from archspec.backends.dot import View
    from archspec.backends.dot.picture import Direction
    from archspec.backends.summary import DType, Summary
    from archspec.expand import Prepared


class SpecError(Exception):
    """A spec has errors. `diagnostics` are all of them, warnings included; the text is the report of them."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        from archspec.report.text import render

        return "\n" + render(self.diagnostics)


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking a spec found: the graph with its costs where there are no errors, and the diagnostics."""

    file: str
    graph: Graph | None
    costs: Costs | None
    diagnostics: tuple[Diagnostic, ...]
    chosen: Mapping[str, int] = field(default_factory=dict)
    """What was chosen for the open sizes of the input that nobody set."""
    steps: int = 0
    """The work that expansion was."""
    unused: tuple[Diagnostic, ...] = ()
    """Warnings of notes that silence nothing here. Another variant may need them: `diagnostics` leaves them out."""
    silenced: tuple[Silenced, ...] = ()
    """The warnings that notes of the spec keep from being reported."""
    partial: Graph | None = None
    """What could be checked of a network with errors, for a picture of it; its shapes after an error are guesses."""


def check(
    target: Target, *, settings: Mapping[str, Setting] | None = None, limits: Limits | None = None
) -> Checked:
    """Run every stage that needs no torch.

    Args:
        target: the spec, as `targets.locate` finds it.
        settings: parameters of the network to set, over the variant's.
        limits: bounds on the expanded network.
    """
    from archspec.expand import prepare
    from archspec.expand.definitions import SpecFile

    sink = Sink()
    with collector_paused():
        source, root = read(target.name, target.data, sink)
        file = None if root is None else SpecFile(source, root, folder=target.folder)
        prepared = None if file is None else prepare(file, sink, limits)
    if prepared is None:
        return Checked(target.name, None, None, tuple(sink.diagnostics))
    checked = check_prepared(prepared, sink, variant=target.variant, settings=settings)
    if prepared.document.variants:
        return checked
    return replace(checked, diagnostics=(*checked.diagnostics, *checked.unused))


def check_prepared(
    prepared: Prepared,
    sink: Sink,
    *,
    variant: str = "",
    settings: Mapping[str, Setting] | None = None,
    shared: Shared | None = None,
) -> Checked:
    """The stages after `expand.prepare`, whose findings are in `sink`. A spec is prepared once for all variants;
    `shared` is what is known of modules that they have in common.
    """
    from archspec.expand import expand
    from archspec.expand.chosen import choose_sizes
    from archspec.expand.inputs import refuse_unread_inputs
    from archspec.expand.notes import unused_allowances
    from archspec.passes.checks import check_graph
    from archspec.passes.verify import verify
    from archspec.passes.warnings import warn

    costs: Costs | None = None
    unused: tuple[Diagnostic, ...] = ()
    with collector_paused():
        given = located(settings or {})
        chosen = choose_sizes(prepared, variant, given)
        expansion = expand(prepared, sink, variant=variant, settings=given, sizes=chosen)
        graph = expansion.graph
        if graph is not None:
            shared = shared or Shared()
            verify(graph, shared.verified)
            costs = count_cost(graph, shared.costs)
            refuse_unread_inputs(prepared.file.root.get("input"), graph.root, sink)
            check_graph(graph, costs, sink, prepared.limits, shared.used)
        elif sink.has_errors:
            from archspec.once_mended import check_once_mended  # a valid spec does not pay for it

            check_once_mended(prepared, expansion, sink, variant=variant, settings=given)
        if graph is not None and not sink.has_errors:
            warn(graph, prepared.file.root, sink, shared, open_sizes=bool(chosen))
            unused = unused_allowances(graph, prepared.file.source, sink)
    partial = None
    if sink.has_errors:
        partial = graph or expansion.partial
        graph = costs = None
    return Checked(
        prepared.file.source.name,
        graph,
        costs,
        tuple(sink.diagnostics),
        chosen,
        sink.steps,
        unused,
        tuple(sink.silenced),
        partial,
    )


@dataclass(frozen=True)
class Network:
    """A checked network."""

    graph: Graph
    costs: Costs = field(repr=False)
    diagnostics: tuple[Diagnostic, ...] = field(default=(), repr=False)
    """Warnings."""

    @property
    def name(self) -> str:
        """The spec's `name`, which all its variants share: `ResNet`."""
        return self.graph.name

    @property
    def title(self) -> str:
        """The name with the variant, as pictures and tables show it: `ResNet-50`."""
        from archspec.backends.wording import network_title

        return network_title(self.graph)

    @property
    def input(self) -> Shape | dict[str, Shape]:
        """The shape of one example, channels first, without the batch; by name where there are several inputs."""
        shapes = dict(zip(self.graph.input_names, self.graph.root.inputs, strict=True))
        return shapes if len(shapes) > 1 else self.graph.root.inputs[0]

    @property
    def output(self) -> Shape | dict[str, Shape]:
        """The shape that comes out for one example; by name where there are several outputs."""
        root = self.graph.root
        shapes = {name: root.shape(v) for name, v in zip(self.graph.output_names, root.outputs, strict=True)}
        return shapes if len(shapes) > 1 else root.shape(root.outputs[0])

    @property
    def params(self) -> int:
        """The number of parameters, auxiliary heads included."""
        return self.costs.total.params

    @property
    def macs(self) -> int:
        """Multiply-accumulates of convolutions and fully connected layers for one example, without auxiliary heads."""
        return self.costs.total.macs

    @cached_property
    def _source(self) -> str:
        from archspec.backends.torch.source import emit

        return emit(self.graph)

    @cached_property
    def _inference_source(self) -> str:
        from archspec.backends.torch.inference.source import emit_inference

        return emit_inference(self.graph)

    def source(self, *, inference: bool = False) -> str:
        """The network as a Python file that needs torch alone. `inference`: with what training needs folded away."""
        return self._inference_source if inference else self._source

    def module(
        self,
        *,
        weights: str | os.PathLike[str] | None = None,
        inference: bool = False,
        init_once: bool = False,
    ) -> nn.Module:
        """A new model: an instance of the class that `source` defines.

        Args:
            weights: a `.safetensors`, `.pt`, `.pth` or `.bin` file; None: fresh weights.
            inference: the model of the inference build, in evaluation mode; `weights` are those of the trained network.
            init_once: initialise each fresh weight once. PyTorch's layers draw numbers for all weights as they are
                made, and the spec's `init` then draws some again. Without the first draw a model is made sooner; a seed
                gives other numbers of the same distributions.

        Raises:
            WeightsError: the file does not hold exactly the network's weights; it lists every mismatch.
            CannotRun: there is no such file.
        """
        if inference:
            from archspec.backends.torch.inference.module import build_inference

            path = None if weights is None else Path(weights)
            return build_inference(self.graph, path, init_once=init_once)
        if weights is None:
            from archspec.backends.torch.module import build

            return build(self.graph, init_once=init_once)
        from archspec.backends.torch.weights import with_weights

        return with_weights(self.graph, Path(weights))

    def summary(self, *, depth: int | None = None, batch: int = 1, dtype: DType = "float32") -> Summary:
        """Shapes and costs of every node.

        Args:
            depth: how deep modules are opened, in names of a path: 1 is the network's own children; None: all.
            batch: how many examples memory is counted for.
            dtype: the type of number memory is counted for.

        Raises:
            CannotRun: `depth` or `batch` is less than 1.
        """
        from archspec.backends.summary import summarise
        from archspec.files import CannotRun

        if batch < 1 or (depth is not None and depth < 1):
            raise CannotRun("`depth` and `batch` are 1 or more; a depth of 1 is the network's own children")
        return summarise(self.graph, depth=depth, batch=batch, dtype=dtype)

    def draw(
        self,
        format: str = "svg",
        view: View = "blocks",
        *,
        depth: int | None = None,
        only: str = "",
        direction: Direction = "TB",
    ) -> bytes:
        """A picture of the network.

        Args:
            format: `svg`, `png`, `pdf`, `dot`, `mmd` (Mermaid) or `html` (a page that folds; it takes only `only`).
            view: `overview`, `blocks` or `full`.
            depth: how deep groups and blocks are opened, in names of a path; None: an overview, as deep as it takes to
                say something; the others, all.
            only: the path of the part to draw; empty: the whole network.
            direction: `TB` from top to bottom, `LR` from left to right.

        Raises:
            CannotRun: no layout engine is installed, the network has no such part, or there is no such picture.
        """
        from archspec.backends.dot import Unavailable, render
        from archspec.backends.dot.only import part_of
        from archspec.files import CannotRun

        graph = part_of(self.graph, only) if only else self.graph
        picture = render(graph, format, view, depth=depth, direction=direction)
        if isinstance(picture, Unavailable):
            raise CannotRun(f"{picture.message}; {picture.help}")
        return picture


def target_of(spec: str | os.PathLike[str]) -> Target:
    """`spec` as a target: the text of a spec (anything with a line break), or what `targets.locate` finds."""
    if isinstance(spec, str) and "\n" in spec:
        return Target("<text>", spec.encode("utf-8", "surrogatepass"))
    return locate(os.fspath(spec))


def compile(spec: str | os.PathLike[str], *, limits: Limits | None = None, **params: Setting) -> Network:
    """Check a spec and return its network.

    Args:
        spec: a path, `path:variant`, the name of a shipped network, or the text of a spec.
        limits: bounds on the expanded network; the defaults are safe for a stranger's spec.
        params: parameters of the network to set.

    Raises:
        SpecError: the spec has errors.
        CannotRun: there is nothing to read.
        TypeError: a parameter is of a kind that no spec could hold.
    """
    checked = check(target_of(spec), settings=params, limits=limits)
    if checked.graph is None or checked.costs is None:
        raise SpecError(checked.diagnostics)
    return Network(checked.graph, checked.costs, checked.diagnostics)


def build(
    spec: str | os.PathLike[str],
    *,
    weights: str | os.PathLike[str] | None = None,
    inference: bool = False,
    init_once: bool = False,
    limits: Limits | None = None,
    **params: Setting,
) -> nn.Module:
    """Check a spec and return its model: `compile` says what `spec`, `limits` and `params` are, `Network.module` the
    rest.
    """
    network = compile(spec, limits=limits, **params)
    return network.module(weights=weights, inference=inference, init_once=init_once)


def validate(
    spec: str | os.PathLike[str],
    *,
    allow: Iterable[str] = (),
    limits: Limits | None = None,
    **params: Setting,
) -> list[Diagnostic]:
    """Every finding in a spec, errors and warnings; the spec's mistakes never raise.

    Args:
        spec: as for `compile`.
        allow: the codes of warnings to leave out.
        limits: bounds on the expanded network.
        params: parameters of the network to set.

    Raises:
        CannotRun: there is nothing to read, or `allow` names a warning that does not exist.
        TypeError: a parameter is of a kind that no spec could hold.
    """
    allowed = warnings_named(allow)
    return list(without(check(target_of(spec), settings=params, limits=limits).diagnostics, allowed))


def warnings_named(codes: Iterable[str]) -> frozenset[str]:
    """The codes of warnings that somebody named; `CannotRun` where one of them is none."""
    named = frozenset(codes)
    if not named:
        return named
    from archspec.codes import CODES, FAMILIES
    from archspec.files import CannotRun

    known = [entry.code for entry in FAMILIES["Warnings"]]
    for code in sorted(named.difference(known)):
        nearest = did_you_mean(code, known)
        if code in CODES:
            hint = ": an error cannot be left out"
        else:
            hint = f": did you mean `{nearest}`?" if nearest else f": the warnings are {', '.join(known)}"
        raise CannotRun(f"`{shortened(code)}` is no warning{hint}")
    return named


def without(diagnostics: tuple[Diagnostic, ...], codes: frozenset[str]) -> tuple[Diagnostic, ...]:
    """The findings of other codes."""
    return tuple(diagnostic for diagnostic in diagnostics if diagnostic.code not in codes)
