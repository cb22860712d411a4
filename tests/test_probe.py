"""`archspec probe`: what it measures is what torch computes, and it says when gradients vanish or explode."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from emit_specs import SPECS
from torch import nn

import archspec
from archspec.backends.probe import plot, tables
from archspec.backends.probe.facts import ALARMING_RATE, ALARMING_TREND
from archspec.cli import app
from archspec.console import run
from archspec.probing import probe_network

DEEP = """archspec: 1
name: deep {kind}
params: {{depth: 12}}
input: [8]
body:
  layers: {{seq: [{{linear: 8}}, {kind}], repeat: $depth}}
  fc: {{fc: 4}}
"""
CLASSIFIER = """archspec: 1
name: Small
input: [3, 8, 8]
body:
  conv: {conv: 4, kernel: 3, bias: false}
  bn: norm
  relu: relu
  gap: gap
  fc: {fc: 5}
"""


def test_numbers_are_those_of_torch() -> None:
    batch, seed = 6, 3
    found = {layer.path: layer for layer in archspec.probe(CLASSIFIER, batch=batch, seed=seed).layers}
    torch.manual_seed(seed)
    model = archspec.build(CLASSIFIER).train()
    images, convolved = torch.randn(batch, 3, 8, 8), {}
    model.get_submodule("conv").register_forward_hook(
        lambda _, inputs, output: convolved.update(out=output.detach())
    )
    output = model(images)
    labels = torch.randint(5, (batch,))
    F.cross_entropy(output, labels).backward()
    conv = model.get_submodule("conv")
    assert isinstance(conv, nn.Conv2d)
    assert conv.weight.grad is not None
    assert found["conv"].activation == pytest.approx(float(convolved["out"].square().mean().sqrt()))
    assert found["conv"].weight_gradient == pytest.approx(float(conv.weight.grad.norm()))
    assert found["conv"].weight_norm == pytest.approx(float(conv.weight.detach().norm()))
    assert list(found) == ["conv", "fc"]


def test_every_op_tells_of_norms_and_activations_too() -> None:
    layers = archspec.probe(CLASSIFIER, every_op=True).layers
    assert [layer.path for layer in layers] == ["conv", "bn", "relu", "gap", "fc"]
    by_path = {layer.path: layer for layer in layers}
    assert by_path["bn"].activation == pytest.approx(1, abs=0.01)
    assert by_path["relu"].mean > 0
    assert by_path["relu"].weight_gradient is None
    assert by_path["relu"].activation_gradient is not None


def test_the_same_seed_gives_the_same_numbers_and_leaves_the_random_state() -> None:
    state = torch.random.get_rng_state()
    assert archspec.probe(CLASSIFIER, seed=1) == archspec.probe(CLASSIFIER, seed=1)
    assert archspec.probe(CLASSIFIER, seed=1).loss != archspec.probe(CLASSIFIER, seed=2).loss
    assert torch.equal(state, torch.random.get_rng_state())


def test_several_seeds_give_medians() -> None:
    single = [archspec.probe(CLASSIFIER, seed=seed) for seed in range(3)]
    together = archspec.probe(CLASSIFIER, seeds=3)
    assert together.loss == sorted(probe.loss for probe in single)[1]
    middle = sorted(probe.layers[0].activation for probe in single)[1]
    assert together.layers[0].activation == middle


def test_saturating_activations_vanish() -> None:
    probe = archspec.probe(DEEP.format(kind="sigmoid"))
    assert probe.trend is not None
    assert probe.trend.total < 1 / ALARMING_TREND
    (concern,) = probe.concerns
    assert concern.startswith("gradients vanish from `fc` (line 7) back to `layers.0.0` (line 6)")


STACK = """archspec: 1
name: stack
input: [3, 16, 16]
defaults: {{conv: {{kernel: 3, padding: 1, bias: false}}}}
body:
  stem: {{conv: 8}}
  layers: {{{unit}, repeat: 24}}
head: [gap, {{fc: 5}}]
"""
UNIT = "[norm, relu, {conv: 8}]"


def test_deep_stacks_explode_without_skips_and_not_with_them() -> None:
    plain, residual = (
        archspec.probe(STACK.format(unit=unit))
        for unit in (f"seq: {UNIT}", f"residual: {UNIT}, shortcut: identity")
    )
    assert plain.trend is not None
    assert residual.trend is not None
    assert plain.trend.total > ALARMING_TREND > residual.trend.total
    assert plain.trend.rate > ALARMING_RATE > residual.trend.rate
    assert [concern.split(" from ")[0] for concern in plain.concerns] == ["gradients explode"]
    assert not residual.concerns


def line_of(spec: str) -> list[str]:
    return [layer.path for layer in archspec.probe(spec, batch=2).main_line]


def test_the_longest_way_leaves_out_what_is_parallel() -> None:
    """Gradients are compared along one way: heads beside each other do not come one after the other."""
    several = """archspec: 1
input: [8]
body:
  a: {linear: 16}
  trunk: {residual: [{linear: 16}, {linear: 16}], shortcut: {short: [{linear: 16}]}, repeat: 3}
  one: {fc: 4, from: trunk}
  two: {fc: 2, from: trunk}
outputs: [one, two]
"""
    trunk = [f"trunk.{copy}.residual.{layer}" for copy in range(3) for layer in range(2)]
    assert line_of(several) == ["a", *trunk, "one"]
    probe = archspec.probe(several, batch=2)
    depths = {layer.path: layer.depth for layer in probe.layers}
    assert [depths[path] for path in line_of(several)] == list(range(1, 9))
    assert depths["two"] == depths["one"] == 8
    assert depths["trunk.0.short.0"] == 2


def test_a_gate_is_not_on_the_longest_way() -> None:
    gated = """archspec: 1
input: [4, 8, 8]
body:
  a: {conv: 4, kernel: 1}
  gated: {multiply: {x: identity, gate: [{adaptive_avgpool: 1}, {conv: 2, kernel: 1}, {conv: 4, kernel: 1}, sigmoid]}}
  b: {conv: 4, kernel: 1}
head: [gap, {fc: 3}]
"""
    assert line_of(gated) == ["a", "b", "head.1"]


def test_one_odd_layer_decides_nothing() -> None:
    norms = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 40.0]
    probe = archspec.probe(CLASSIFIER, batch=2)
    layers = tuple(replace(probe.main_line[0], weight_gradient=norm) for norm in norms)
    found = replace(probe, layers=layers)
    assert found.trend is not None
    assert found.trend.total == 1
    assert not found.concerns


@pytest.mark.slow
def test_plain_34_explodes_where_resnet_34_does_not() -> None:
    plain, residual = (archspec.probe(name, batch=2, classes=10) for name in ("plain34", "resnet34"))
    assert plain.concerns
    assert not residual.concerns


def test_dead_and_silent_layers_are_named() -> None:
    spec = """archspec: 1
name: dead
input: [3, 8, 8]
init: {conv: {constant: {val: 0}}}
body:
  conv: {conv: 4, kernel: 3, bias: false}
  relu: relu
  gap: gap
  fc: {fc: 5}
"""
    concerns = archspec.probe(spec, every_op=True).concerns
    assert any("channels are dead, first in `conv`" in concern for concern in concerns)
    assert any("the gradient is 0" in concern for concern in concerns)


def test_numbers_that_are_not_finite_are_named() -> None:
    spec = DEEP.format(kind="relu").replace("body:", "init: {linear: {constant: {val: 1.0e30}}}\nbody:")
    probe = archspec.probe(spec)
    assert "infinite or undefined numbers" in probe.concerns[0]
    assert probe.trend is None
    assert json.loads(tables.to_json([probe]))[0]["loss"]["value"] is None


@pytest.mark.parametrize("name", SPECS)
def test_every_kind_of_network_can_be_probed(name: str) -> None:
    probe = archspec.probe(SPECS[name], batch=2, every_op=True)
    assert probe.layers
    assert all(math.isfinite(layer.activation) for layer in probe.layers)


def test_a_network_that_takes_too_much_memory_is_refused() -> None:
    network = archspec.compile("resnet50")
    with pytest.raises(archspec.CannotRun, match=r"takes about .* lower `--batch`"):
        probe_network(network, memory=2**20)


def test_a_batch_that_torch_refuses_is_refused() -> None:
    spec = "archspec: 1\nname: one\ninput: [4]\nbody: [{linear: 4}, norm, {fc: 2}]\n"
    with pytest.raises(archspec.CannotRun, match="torch refuses"):
        archspec.probe(spec, batch=1)


def test_tables_stand_side_by_side(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text(DEEP.format(kind="sigmoid"), encoding="utf-8")
    other.write_text(DEEP.format(kind="relu"), encoding="utf-8")
    assert run(app, ["probe", str(one), str(other), "--set", "depth=4"]) == 0
    said = capsys.readouterr()
    heading, first, *_ = said.out.splitlines()
    assert heading.split()[0] == "depth"
    assert "deep sigmoid" in heading
    assert "deep relu" in heading
    assert first.count("layers.0.0") == 2
    assert "gradients near the input are" in said.out


def test_layers_of_equal_depth_stand_side_by_side() -> None:
    """A projection has a row of its own: what follows it stays beside its counterpart."""
    plain = CLASSIFIER.replace("gap: gap", "more: [{conv: 6, kernel: 1}, {conv: 6, kernel: 1}]\n  gap: gap")
    residual = plain.replace(
        "more: [{conv: 6, kernel: 1}, {conv: 6, kernel: 1}]",
        "more: {residual: [{conv: 6, kernel: 1}, {conv: 6, kernel: 1}], shortcut: projection}",
    )
    table = tables.to_markdown([archspec.probe(plain), archspec.probe(residual)]).splitlines()
    cells = [[cell.strip() for cell in line.split("|")] for line in table[2:7]]
    assert [(row[1], row[2], row[6]) for row in cells] == [
        ("1", "conv", "conv"),
        ("2", "more.0", "more.residual.0"),
        ("", "", "more.shortcut.0"),
        ("3", "more.1", "more.residual.1"),
        ("4", "fc", "fc"),
    ]


def test_machine_formats_agree() -> None:
    probes = [archspec.probe(CLASSIFIER), archspec.probe(DEEP.format(kind="tanh"))]
    data = json.loads(tables.to_json(probes))
    rows = list(csv.DictReader(io.StringIO(tables.to_csv(probes))))
    layers = [(entry["network"], layer) for entry in data for layer in entry["layers"]]
    assert [(row["network"], row["path"]) for row in rows] == [
        (name, layer["path"]) for name, layer in layers
    ]
    assert [float(row["activation"]) for row in rows] == [layer["activation"] for _, layer in layers]
    table = tables.to_markdown(probes).splitlines()
    assert {line.count("|") for line in table[: 2 + len(probes[1].layers)]} == {10}


def test_a_plot_is_the_same_on_every_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    probes = [archspec.probe(CLASSIFIER.replace("Small", "$a$ & <b>")), archspec.probe(CLASSIFIER)]
    drawn = plot.plot(probes, "svg")
    assert drawn == plot.plot(probes, "svg")
    assert plot.plot(probes, "png").startswith(b"\x89PNG")
    light, dark = drawn.decode().split("</style>", 1)[1], drawn.decode().split("</style>", 1)[0]
    used = set(re.findall(r"(fill|stroke): (#[0-9a-f]{6})", light))
    assert len(used) >= 6
    for side, colour in used:
        assert f'[style*="{side}: {colour}"]{{{side}:#' in dark, "every colour has one for dark pages"
    assert "prefers-color-scheme:dark" in dark
    spec = tmp_path / "net.yaml"
    spec.write_text(CLASSIFIER, encoding="utf-8")
    assert run(app, ["probe", str(spec), "-o", str(tmp_path / "net.svg")]) == 0
    assert (tmp_path / "net.svg").read_bytes().startswith(b"<?xml")
    assert run(app, ["probe", str(spec), "-o", str(tmp_path / "net.gif")]) == 2
    assert "ends in .svg or .png" in capsys.readouterr().err


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plot, "find_spec", lambda name: None)
    with pytest.raises(archspec.CannotRun, match=r"archspec\[plot\]"):
        plot.plot([], "svg")


def test_a_plot_without_layers_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "net.yaml"
    body = "body:\n  norm: norm\n  relu: relu\n"
    spec.write_text(CLASSIFIER.partition("body:")[0] + body, encoding="utf-8")
    assert run(app, ["probe", str(spec), "-o", str(tmp_path / "net.svg")]) == 2
    assert "no convolution or fully connected layer" in capsys.readouterr().err
    assert not (tmp_path / "net.svg").exists()


@pytest.mark.parametrize("gradient", [0.0, math.nan])
def test_gradients_that_no_scale_shows_are_gaps(gradient: float) -> None:
    found = archspec.probe(CLASSIFIER)
    layers = tuple(replace(layer, weight_gradient=gradient) for layer in found.layers)
    assert plot.plot([replace(found, layers=layers)], "svg").startswith(b"<?xml")
