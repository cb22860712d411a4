"""The compiler: the stages in order, and what `import archspec` offers.

    read → expand → verify → count → check          every stage reports to one sink
    Network: the checked graph, with its costs, its source, its module, its picture, its summary

torch is imported by `Network.module` and `build` alone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.diagnostics import Diagnostic, Sink
from archspec.ir import Constant, Graph
from archspec.limits import Limits
from archspec.ops.base import Shape
from archspec.passes.cost import Costs, count_cost
from archspec.source import Source, Span
from archspec.syntax import read
from archspec.targets import Target, locate

if TYPE_CHECKING:
    from torch import nn

    from archspec.backends.summary import Summary


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


def check(
    target: Target, *, settings: Mapping[str, Constant] | None = None, limits: Limits | None = None
) -> Checked:
    """Run every stage that needs no torch.

    Args:
        target: the spec, as `targets.locate` finds it.
        settings: parameters of the network to set, over the variant's.
        limits: bounds on the expanded network.
    """
    from archspec.expand import expand
    from archspec.expand.definitions import SpecFile
    from archspec.passes.checks import check_graph
    from archspec.passes.verify import verify

    sink = Sink()
    bounds = limits or Limits()
    source, root = read(target.name, target.data, sink)
    graph: Graph | None = None
    costs: Costs | None = None
    if root is not None:
        graph = expand(
            SpecFile(source, root, folder=target.folder),
            sink,
            variant=target.variant,
            settings=_located_settings(settings or {}),
            limits=bounds,
        )
    if graph is not None:
        verify(graph)
        costs = count_cost(graph)
        check_graph(graph, costs, sink, bounds)
    if sink.has_errors:
        graph = costs = None
    return Checked(target.name, graph, costs, tuple(sink.diagnostics))


def _located_settings(settings: Mapping[str, Constant]) -> dict[str, tuple[Constant, Span]]:
    """Settings from outside, each with a place that a diagnostic can show."""
    located = {}
    for name, value in settings.items():
        source = Source("<settings>", f"{name}={value}"[:200])
        located[name] = (value, Span(source, 0, len(source.text)))
    return located


@dataclass(frozen=True)
class Network:
    """A checked network."""

    graph: Graph
    costs: Costs = field(repr=False)
    diagnostics: tuple[Diagnostic, ...] = field(default=(), repr=False)
    """Warnings."""

    @property
    def name(self) -> str:
        return self.graph.name

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

    def source(self) -> str:
        """The network as a Python file that needs torch alone."""
        return self._source

    def module(self, *, weights: str | os.PathLike[str] | None = None) -> nn.Module:
        """A new model: an instance of the class that `source` defines.

        Args:
            weights: a `.safetensors`, `.pt`, `.pth` or `.bin` file; None: fresh weights.

        Raises:
            WeightsError: the file does not hold exactly the network's weights; it lists every mismatch.
            CannotRun: there is no such file.
        """
        if weights is None:
            from archspec.backends.torch.module import build

            return build(self.graph)
        from archspec.backends.torch.weights import with_weights

        return with_weights(self.graph, Path(weights))

    def summary(self) -> Summary:
        """Shapes and costs of every node."""
        from archspec.backends.summary import summarise

        return summarise(self.graph)

    def draw(self, format: str = "svg") -> bytes:
        """The blocks view of the network as `svg`, `png`, `pdf` or `dot`.

        Raises `CannotRun` where no layout engine is installed.
        """
        from archspec.backends.dot import Unavailable, render
        from archspec.files import CannotRun

        picture = render(self.graph, format)
        if isinstance(picture, Unavailable):
            raise CannotRun(picture.message)
        return picture


def target_of(spec: str | os.PathLike[str]) -> Target:
    """`spec` as a target: the text of a spec (anything with a line break), or what `targets.locate` finds."""
    if isinstance(spec, str) and "\n" in spec:
        return Target("<text>", spec.encode("utf-8", "surrogatepass"))
    return locate(os.fspath(spec))


def compile(spec: str | os.PathLike[str], *, limits: Limits | None = None, **params: Constant) -> Network:
    """Check a spec and return its network.

    Args:
        spec: a path, `path:variant`, the name of a shipped network, or the text of a spec.
        limits: bounds on the expanded network; the defaults are safe for a stranger's spec.
        params: parameters of the network to set.

    Raises:
        SpecError: the spec has errors.
        CannotRun: there is nothing to read.
    """
    checked = check(target_of(spec), settings=params, limits=limits)
    if checked.graph is None or checked.costs is None:
        raise SpecError(checked.diagnostics)
    return Network(checked.graph, checked.costs, checked.diagnostics)


def build(
    spec: str | os.PathLike[str],
    *,
    weights: str | os.PathLike[str] | None = None,
    limits: Limits | None = None,
    **params: Constant,
) -> nn.Module:
    """Check a spec and return its model; `weights` as for `Network.module`, the rest as for `compile`."""
    return compile(spec, limits=limits, **params).module(weights=weights)


def validate(
    spec: str | os.PathLike[str], *, limits: Limits | None = None, **params: Constant
) -> list[Diagnostic]:
    """Every finding in a spec, errors and warnings; the spec's mistakes never raise."""
    return list(check(target_of(spec), settings=params, limits=limits).diagnostics)
