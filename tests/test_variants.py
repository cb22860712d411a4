"""The variants of a file checked together: what they share is worked out once, and each comes out as it does alone."""

from __future__ import annotations

from pathlib import Path

import pytest

import archspec
from archspec.compiler import Checked, check
from archspec.ir import Origin, walk
from archspec.limits import Limits
from archspec.report.text import render
from archspec.targets import locate, shipped_folder
from archspec.validation import judge

MIXED = """\
archspec: 1
input: [3, 32, 32]
params: {width: 8, depth: 2, bias: true, kind: plain, kernel: 3}
variants:
  same: {}
  again: {width: 8}
  deep: {depth: 3}
  wide: {width: 16}
  unbiased: {bias: false}
  other: {kind: normed}
  wrong: {kernel: 4}
  wrong_and_deep: {kernel: 4, depth: 3}
defaults:
  conv: {bias: $bias}
blocks:
  plain:
    params: {channels: int}
    seq: [{conv: $channels, kernel: 3, padding: 1}, relu, {conv: $width, kernel: 1}]
  normed:
    params: {channels: int}
    seq: [{conv: $channels, kernel: 3, padding: 1}, norm, relu, {conv: $width, kernel: 1}]
  around:
    params: {channels: int}
    residual: [{use: $kind, channels: $channels}, {conv: $width, kernel: $kernel, padding: 1}]
    shortcut: identity
body:
  start: {conv: $width, kernel: 1}
  copies: {use: around, channels: 8, repeat: $depth}
  bare: {use: plain, channels: 8}
head: [gap, {fc: 10}]
"""

SHIPPED = ("resnet", "efficientnet", "densenet", "vgg", "hrnet")


def facts(checked: Checked) -> object:
    """All that anybody sees of a check."""
    graph = checked.graph or checked.partial
    steps = (
        [(visit.path, visit.step.shape, _written(visit.step.origin)) for visit in walk(graph.root)]
        if graph
        else []
    )
    costs = checked.costs and (checked.costs.total, checked.costs.aux)
    names = graph and (graph.name, graph.variant, graph.params, graph.init)
    expected = graph and [(each.fact, each.value, str(each.span)) for each in graph.expectations]
    silenced = [each.diagnostic for each in checked.silenced]
    findings = render([*checked.diagnostics, *checked.unused, *silenced])
    return names, expected, costs, findings, checked.steps, steps


def _written(origin: Origin) -> object:
    arguments = {name: str(span) for name, span in origin.arguments.items()}
    return str(origin.span), arguments, {**origin.expressions}


@pytest.mark.parametrize("family", [*SHIPPED, "mixed"])
def test_each_variant_is_as_it_is_alone(family: str, tmp_path: Path) -> None:
    path = Path(shipped_folder()) / f"{family}.yaml"
    if family == "mixed":
        path = tmp_path / "mixed.yaml"
        path.write_text(MIXED, "utf-8")
    together = judge(str(path), settings={}, limits=Limits()).checks
    assert len(together) > 2
    for variant, checked in together.items():
        if variant:
            assert facts(checked) == facts(check(locate(f"{path}:{variant}")))


def test_a_mistake_is_found_where_it_is_made(tmp_path: Path) -> None:
    path = tmp_path / "mixed.yaml"
    path.write_text(MIXED, "utf-8")
    checks = judge(str(path), settings={}, limits=Limits()).checks
    wrong = {variant for variant, checked in checks.items() if checked.graph is None}
    assert wrong == {"wrong", "wrong_and_deep"}


def test_a_parameter_may_be_given_as_a_list() -> None:
    given = archspec.compile("resnet50", depths=[2, 1, 1, 1])
    assert given.params == archspec.compile("resnet50", depths=(2, 1, 1, 1)).params < 20_000_000
    with pytest.raises(TypeError, match=r"depths: a parameter is a number, a text, .*, not set"):
        archspec.compile("resnet50", depths={2, 1})  # type: ignore[arg-type]
