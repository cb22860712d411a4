"""Inference builds: what they compute, what is folded and what must not be, and what their files are.

The judge is the trained network in evaluation mode, with numbers as training leaves them: `inference/trial.py`.
"""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path
from types import FrameType, FunctionType

import pytest
import torch
from emit_specs import SPECS
from linters import by_linter, findings
from takers import TAKERS
from torch import Tensor, nn
from typer.testing import CliRunner

import archspec
from archspec.backends.torch.inference.module import converted
from archspec.backends.torch.inference.rules import rules
from archspec.backends.torch.inference.source import emit_inference
from archspec.backends.torch.inference.trial import as_if_trained, compare
from archspec.backends.torch.module import build
from archspec.backends.torch.trial import tensors
from archspec.cli import app
from archspec.ir import Graph, walk
from archspec.passes.inference import for_inference
from archspec.passes.inference.sources import MAX_PARTS
from archspec.passes.verify import verify

pytestmark = pytest.mark.usefixtures("one_thread")


@cache
def graph(name: str) -> Graph:
    return archspec.compile(SPECS.get(name, name)).graph


def graph_of(body: str, head: str = "", input: str = "[4, 9, 9]") -> Graph:
    spec = f"archspec: 1\nname: Net\ninput: {input}\n" + textwrap.dedent(head) + "body:\n"
    return archspec.compile(spec + textwrap.indent(textwrap.dedent(body), "  ")).graph


def ops(network: Graph) -> list[str]:
    """The keys of the ops that are left, in order."""
    inference = for_inference(network).graph
    verify(inference)
    return [getattr(visit.step.target, "key", "") for visit in walk(inference.root)]


def assert_equal_outputs(network: Graph) -> None:
    found = compare(network)
    assert found.agrees, found


def trained(network: Graph) -> tuple[nn.Module, list[Tensor]]:
    """A model with numbers as training leaves them, and an input."""
    inputs = [torch.randn(2, *shape) for shape in network.root.inputs]
    return as_if_trained(build(network), inputs), inputs


# ---------------------------------------------------------------- the outputs are the trained network's


@pytest.mark.parametrize("name", SPECS)
def test_the_outputs_are_the_trained_networks(name: str) -> None:
    assert_equal_outputs(graph(name))


REPVGG = """
- add:
    dense: [{conv: 4, kernel: 3, padding: 1, groups: 2, bias: false}, norm]
    pointwise: [{conv: 4, kernel: 1, groups: 2}, norm]
    identity: norm
- relu
"""

CASES: dict[str, tuple[str, list[str]]] = {
    "norm behind a convolution": ("- {conv: 6, kernel: 3, padding: 1}\n- norm\n- relu", ["conv", "relu"]),
    "at padded borders of every kind": (
        "- {conv: 6, kernel: 3, padding: 1, padding_mode: reflect}\n- norm\n- {conv: 5, kernel: 4, stride: 2, "
        "padding: same, bias: false}\n- norm",
        ["conv", "conv"],
    ),
    "transposed, in groups": (
        "- {conv_transpose: 6, kernel: 3, stride: 2, groups: 2, bias: false}\n- norm",
        ["conv_transpose"],
    ),
    "fully connected": ("- gap\n- {fc: 5, bias: false}\n- norm", ["gap", "fc"]),
    "two norms, two eps": (
        "- {conv: 6, kernel: 1}\n- {norm: batch, eps: 0.1}\n- {norm: batch, eps: 0.01, affine: false}",
        ["conv"],
    ),
    "a learned scale and a factor": (
        "- {conv: 6, kernel: 1, bias: false}\n- {scale: 0.5}\n- {scaled: -0.3}\n- norm",
        ["conv"],
    ),
    "a factor behind a transposed convolution": (
        "- {conv_transpose: 6, kernel: 3, groups: 2, bias: false}\n- {scaled: 0.5}\n- norm",
        ["conv_transpose"],
    ),
    "dropout between": ("- {conv: 6, kernel: 1}\n- {dropout: 0.5}\n- norm\n- identity", ["conv"]),
    "branches of RepVGG": (REPVGG, ["conv", "relu"]),
    "branches with a stride": (
        "- add:\n    a: [{conv: 6, kernel: 5, stride: 2, padding: 2}, norm]\n"
        "    b: {conv: 6, kernel: [1, 3], stride: 2, padding: [0, 1]}",
        ["conv"],
    ),
    "a norm, a scale and another norm behind a sum of several": (
        "- add:\n    a: [{conv: 4, kernel: 3, padding: 1}, norm]\n    b: {conv: 4, kernel: 1}\n    c: identity\n"
        "- norm\n- {scale: 0.5}\n- {norm: batch, eps: 0.1}",
        ["conv"],
    ),
    "sums in a sum, with norms behind them": (
        "- add:\n"
        "    p:\n      - add: {a: [{conv: 4, kernel: 3, padding: 1}, norm], b: {conv: 4, kernel: 1}}\n      - norm\n"
        "    q: {add: {c: {conv: 4, kernel: 1}, d: [{add: {e: {conv: 4, kernel: 1}, f: identity}}, {scaled: 0.5}]}}\n"
        "    r: norm\n"
        "- norm",
        ["conv"],
    ),
    "a skip beside one convolution": (
        "- {residual: [{conv: 4, kernel: 3, padding: 1}, norm], shortcut: identity, after: relu}",
        ["conv", "relu"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_folded(case: str) -> None:
    body, left = CASES[case]
    network = graph_of(body)
    assert ops(network) == left
    assert_equal_outputs(network)


LEFT: dict[str, tuple[str, str]] = {
    "a norm before a convolution": ("- norm\n- {conv: 6, kernel: 3, padding: 1}", "norm"),
    "a norm behind an activation": ("- {conv: 6, kernel: 1}\n- relu\n- norm", "norm"),
    "a convolution read twice": (
        "- {conv: 4, kernel: 1}\n- residual: [norm, sigmoid]\n  shortcut: identity",
        "norm",
    ),
    "a norm of the batch itself": (
        "- {conv: 6, kernel: 1}\n- {norm: batch, track_running_stats: false}",
        "norm",
    ),
    "another kind of norm": ("- {conv: 6, kernel: 1}\n- {norm: instance}", "norm"),
    "kernels around other positions": (
        "- add:\n    a: {conv: 6, kernel: 3, padding: 0}\n    b: [{conv: 6, kernel: 1}, {crop: [7, 7]}]",
        "add",
    ),
    "a kernel in no middle": (
        "- add:\n    a: {conv: 6, kernel: 3, stride: 2, padding: 1}\n"
        "    b: {conv: 6, kernel: 2, stride: 2, padding: same}",
        "add",
    ),
    "borders that are reflected": (
        "- add:\n    a: {conv: 4, kernel: 3, padding: 1, padding_mode: reflect}\n    b: norm",
        "add",
    ),
    "an input that something else changed": (
        "- add:\n    a: {conv: 4, kernel: 3, padding: 1}\n    b: [sigmoid, {conv: 4, kernel: 1}]",
        "add",
    ),
}


@pytest.mark.parametrize("case", LEFT)
def test_what_is_left(case: str) -> None:
    body, kept = LEFT[case]
    network = graph_of(body)
    assert kept in ops(network)
    assert_equal_outputs(network)


def test_a_layer_is_made_of_so_many_at_most() -> None:
    norms = "- norm\n" * MAX_PARTS
    network = graph_of(f"- {{conv: 4, kernel: 1}}\n{norms}")
    assert ops(network) == ["conv", "norm"]
    wide = ", ".join(f"c{index}: {{conv: 4, kernel: 1}}" for index in range(MAX_PARTS // 2))
    beside = f"a: {{add: {{{wide}}}}}, b: {{add: {{{wide}}}}}"
    assert ops(graph_of(f"- add: {{{beside}}}")) == ["conv"]
    assert ops(graph_of(f"- add: {{{beside}, c: identity}}")) == ["conv", "conv", "add"]
    assert ops(graph_of(f"- add: {{{beside}}}\n- norm")) == ["conv", "norm"]


PLAIN = "{conv: 4, kernel: 3, padding: 1}"

SUMS: dict[str, tuple[str, int]] = {
    "a convolution and a skip": (f"- {{residual: [relu, {PLAIN}], shortcut: identity, after: relu}}", 1),
    "a convolution beside an activation": (
        f"- add:\n    a: [{PLAIN}, relu]\n    b: [sigmoid, {PLAIN}]",
        1,
    ),
    "three": (f"- add:\n    a: [{PLAIN}, relu]\n    b: [sigmoid, {PLAIN}]\n    c: tanh", 2),
    "the projection of a skip": ("- {residual: [{conv: 8, kernel: 1}, relu], shortcut: projection}", 0),
    "an activation, which keeps its output": ("- {residual: [{conv: 4, kernel: 1}, relu]}", 0),
    "a value that is read again": (
        f"a: {PLAIN}\nb: relu\nc: {{add: [a, b]}}\n",
        0,
    ),
    "a value that is handed out": (f"a: {PLAIN}\nb: {{add: [a, input]}}\n", 0),
    "a part of what is read elsewhere": (
        f"a: {PLAIN}\nb: {{slice: [0, 4]}}\nc: {{use: sigmoid, from: a}}\nd: {{add: [b, input]}}\n"
        "e: {add: [c, d]}\n",
        1,
    ),
}


@pytest.mark.parametrize("case", SUMS)
def test_a_sum_overwrites_what_nobody_else_reads(case: str) -> None:
    body, overwriting = SUMS[case]
    network = graph_of(body, "outputs: [a, b]\n" if "handed out" in case else "")
    assert emit_inference(network).count(".add_(") == overwriting
    assert_equal_outputs(network)
    model = converted(network, trained(network)[0].state_dict())
    image = torch.randn(2, *network.root.inputs[0], requires_grad=True)
    before = image.detach().clone()
    sum(output.sum() for output in tensors(model(image))).backward()
    assert torch.equal(image, before)
    assert image.grad is not None


def test_copies_with_and_without_a_projection_stay_one_class() -> None:
    """Also where the projection is all that a sum could be written into."""
    source = emit_inference(archspec.compile("se_resnet50").graph)
    assert source.count("(nn.Module):") == 3
    assert ".add_(" not in source


def test_a_shared_layer_keeps_its_norms() -> None:
    network = graph_of(
        """
        a: {conv: 4, kernel: 1}
        n: norm
        b: {share: a}
        m: norm
        """
    )
    assert ops(network) == ["conv", "norm", "conv", "norm"]
    assert_equal_outputs(network)


def test_auxiliary_heads_and_dropout_are_left_out() -> None:
    network = graph("inception")
    inference = for_inference(network)
    assert inference.graph.aux == ()
    assert not any("aux" in row.layer for row in inference.rows)
    assert "dropout" not in ops(network)


NESTED = """
stem:
  - [{conv: 4, kernel: 1}, norm]
  - [relu, [{conv: 5, kernel: 1}, relu, [{conv: 6, kernel: 1}]]]
end: [[[{conv: 3, kernel: 1}], relu]]
"""


def test_lists_in_lists_are_written_where_they_stand() -> None:
    network = graph_of(NESTED)
    inference = for_inference(network)
    assert [(row.layer, row.source.layer) for row in inference.rows] == [
        ("stem_0", "stem.0.0"),
        ("stem_1_1_0", "stem.1.1.0"),
        ("stem_1_1_2", "stem.1.1.2.0"),
        ("end", "end.0.0.0"),
    ]
    assert ops(network) == ["conv", "relu", "conv", "relu", "conv", "conv", "relu"]
    assert_equal_outputs(network)


# ---------------------------------------------------------------- the file


def test_the_file_tells_of_the_factors_that_are_folded() -> None:
    spec = """archspec: 1
name: Net
input: [4, 9, 9]
body:
  conv: {conv: 4, kernel: 1}
  folded: {scaled: 0.5}
  relu: relu
  kept: {scaled: 0.5}
aux:
  early: {from: conv, weight: 0.3, sequence: [{scaled: 0.5}, gap]}
head:
  gap: gap
"""
    source = emit_inference(archspec.compile(spec).graph)
    assert "For inference: 1 factor folded, 1 auxiliary head left out." in source


def test_the_file_as_it_reads() -> None:
    source = emit_inference(graph_of("- {conv: 8, kernel: 3, bias: false}\n- norm\n- relu\n- gap\n- {fc: 2}"))
    assert "For inference: 1 batch norm folded. `convert` makes its weights of the trained ones." in source
    forward = source[source.index("    def forward") : source.index("\n\n\n# For each layer")]
    assert textwrap.dedent(forward) == textwrap.dedent(
        """\
        def forward(self, x: Tensor) -> Tensor:
            x = F.conv2d(x, self.body_0.weight, self.body_0.bias)  # 8 × 7 × 7
            x = torch.flatten(F.adaptive_avg_pool2d(F.relu(x, inplace=True), 1), 1)  # 8
            x = F.linear(x, self.body_4.weight, self.body_4.bias)  # 2
            return x"""
    )
    assert '"body_0": ("body.0", "body.1"),' in source
    assert "nn.BatchNorm" not in source


def test_one_pattern_stands_for_many_layers() -> None:
    made = rules(for_inference(archspec.compile("resnet152").graph))
    assert made.plain
    assert dict(made.table) == {
        "conv1": (("conv1", "bn1"),),
        "layer*.0.downsample": (("layer*.0.downsample.0", "layer*.0.downsample.1"),),
        "layer*.*.conv*": (("layer*.*.conv*", "layer*.*.bn*"),),
    }
    assert len(emit_inference(archspec.compile("resnet152").graph).splitlines()) < 250


def word(number: int) -> str:
    """A name without digits, which no pattern can stand for."""
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:04}")


def chain(layers: int, behind: str) -> Graph:
    lines = (f"c{word(at)}: {{conv: 2, kernel: 1}}\nb{word(at)}: {behind}\n" for at in range(layers))
    return graph_of("".join(lines), input="[2, 1, 1]")


def operations(work: Callable[[], object], file: str) -> int:
    """The calls that the code of a file makes, of built-in functions too, and those made of it."""
    calls = 0

    def profile(frame: FrameType, event: str, _: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call") and frame.f_code.co_filename == file

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


def conversion(network: Graph) -> FunctionType:
    """`convert` of the file."""
    model = converted(network, build(network).state_dict())
    convert = sys.modules[type(model).__module__].__dict__["convert"]
    assert isinstance(convert, FunctionType)
    return convert


@pytest.mark.parametrize(("behind", "plain"), [("norm", True), ("{scale: 0.5}", False)])
def test_a_row_costs_the_same_in_a_long_table(behind: str, plain: bool) -> None:
    """Counted in calls: of the table, and of `convert`."""
    of_table, of_convert = [], []
    for layers in (40, 400):
        network = chain(layers, behind)
        inference = for_inference(network)
        made = rules(inference)
        assert made.plain is plain
        assert len(made.table) == layers
        of_table.append(operations(partial(rules, inference), rules.__code__.co_filename) / layers)
        convert, trained = conversion(network), build(network).state_dict()
        of_convert.append(operations(partial(convert, trained), convert.__code__.co_filename) / layers)
    assert 0 < of_table[1] < 1.1 * of_table[0]
    assert 0 < of_convert[1] < 1.1 * of_convert[0]


def test_rows_whose_numbers_do_not_agree_stand_one_by_one() -> None:
    """And are found by their names: no other row of that form is looked at."""
    costs = []
    for layers in (30, 300):
        network = graph_of(
            "".join(f"c{at}: {{conv: 2, kernel: 1}}\nn{7 * at % 997}: norm\n" for at in range(layers)),
            input="[2, 1, 1]",
        )
        inference = for_inference(network)
        made = rules(inference)
        assert dict(made.table) == {f"c{at}": ((f"c{at}", f"n{7 * at % 997}"),) for at in range(layers)}
        costs.append(operations(partial(rules, inference), rules.__code__.co_filename) / layers)
    assert_equal_outputs(graph_of("c1: {conv: 2, kernel: 1}\nn7: norm\nc2: {conv: 2, kernel: 1}\nn5: norm"))
    assert 0 < costs[1] < 1.1 * costs[0]


REFUSED: dict[str, tuple[Callable[[dict[str, Tensor]], dict[str, Tensor]], str]] = {
    "a layer is missing": (
        lambda state: {key: entry for key, entry in state.items() if not key.startswith("body.1.")},
        r"missing: body\.1\.",
    ),
    "all have a prefix": (
        lambda state: {f"module.{key}": entry for key, entry in state.items()},
        r"missing: body\.0\.weight, .*; unexpected: module\.body\.0\..* and \d+ more$",
    ),
    "one is too many": (
        lambda state: {**state, "body.9.bias": torch.zeros(1)},
        r"network: unexpected: body\.9\.bias$",
    ),
    "one is too many in a layer": (
        lambda state: {**state, "body.0.scale": torch.zeros(1)},
        r"network: unexpected: body\.0\.scale$",
    ),
}


@pytest.mark.parametrize("behind", ["norm", "{scale: 0.5}"])
@pytest.mark.parametrize("case", REFUSED)
def test_the_file_refuses_other_keys(case: str, behind: str) -> None:
    change, told = REFUSED[case]
    network = graph_of(f"- {{conv: 6, kernel: 1}}\n- {behind}\n- relu\n- norm\n- gap\n- {{fc: 2}}")
    convert = conversion(network)
    state = build(network).state_dict()
    with pytest.raises(ValueError, match=told):
        convert(change(state))
    without_counters = {key: entry for key, entry in state.items() if "num_batches" not in key}
    model = converted(network, state)
    model.load_state_dict(convert(without_counters))


def test_entries_of_heads_that_are_left_out_may_be_there() -> None:
    network = graph("inception")
    source = emit_inference(network)
    assert re.search(r'^DROPPED: tuple\[str, \.\.\.\] = \(".*aux', source, re.MULTILINE)
    state = build(network).state_dict()
    dropped = re.findall(r'"([^"]+)"', source.split("DROPPED: ")[1].split("EPS")[0])
    smaller = {key: entry for key, entry in state.items() if not key.startswith(tuple(dropped))}
    assert smaller.keys() < state.keys()
    convert = conversion(network)
    assert convert(state).keys() == convert(smaller).keys()


@pytest.fixture(scope="module")
def emitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("emitted")
    for name in (*SPECS, "resnet20", "siamese", "repvgg_a0", "densenet121", "mobilenet_v3_small"):
        (folder / f"{name}.py").write_text(emit_inference(graph(name)), encoding="utf-8")
    for at, (body, _) in enumerate(CASES.values()):
        (folder / f"case{at}.py").write_text(emit_inference(graph_of(body)), encoding="utf-8")
    return folder


@by_linter
def test_linters_find_nothing(linter: tuple[str, ...], emitted: Path) -> None:
    assert findings(linter, emitted) == ""


def test_the_file_stands_alone(tmp_path: Path) -> None:
    """It runs where archspec is not, and converts what a training script saved."""
    network = graph("mobile")
    model, inputs = trained(network)
    torch.save((model.state_dict(), inputs, model(*inputs).detach()), tmp_path / "trained.pt")
    source = emit_inference(network)
    (tmp_path / "net.py").write_text(source, encoding="utf-8")
    name = source.split("network = ")[1].split("(")[0]
    script = (
        "import net, sys, torch\n"
        "state, inputs, expected = torch.load('trained.pt')\n"
        f"model = net.{name}().eval()\n"
        "model.load_state_dict(net.convert(state))\n"
        "torch.testing.assert_close(model(*inputs), expected, rtol=1e-4, atol=1e-5)\n"
        "assert 'archspec' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=tmp_path)


@pytest.mark.parametrize("taker", TAKERS)
@pytest.mark.parametrize("name", ["inception", "encoder_decoder", "awkward_names", "mobile", "residual"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_pytorch_takes_the_model(name: str, taker: str) -> None:
    network = graph(name)
    model, inputs = trained(network)
    model = converted(network, model.state_dict())
    with torch.no_grad():
        expected = list(tensors(model(*inputs)))
        results = list(tensors(TAKERS[taker](model, tuple(inputs))))
    for result, wanted in zip(results, expected, strict=True):
        torch.testing.assert_close(result[: len(wanted)], wanted, rtol=1e-4, atol=1e-5)


def called(model: nn.Module, inputs: Iterable[Tensor]) -> list[str]:
    """The classes of the modules that a forward calls, PyTorch's own alone."""
    found: list[str] = []
    for module in model.modules():
        if type(module).__module__.startswith("torch.nn"):
            module.register_forward_hook(lambda each, *_: found.append(type(each).__name__))
    model(*inputs)
    return found


def test_no_layer_is_called_as_a_module() -> None:
    """But for a projection, in place of which other copies of its block have nothing; stages stay."""
    for name, allowed in (
        ("lenet5", set()),
        ("mobile", {"Sequential"}),
        ("resnet20", {"Sequential", "PadShortcut2d", "Identity"}),
        ("residual", {"Sequential", "Conv2d", "Identity"}),
        ("unet_small", set()),
    ):
        network = graph(name)
        model = converted(network, build(network).state_dict())
        assert set(called(model, [torch.randn(1, *shape) for shape in network.root.inputs])) <= allowed


def test_weights_lie_with_their_channels_last() -> None:
    model = archspec.build("lenet5", inference=True)
    assert model.get_parameter("c3.weight").is_contiguous(memory_format=torch.channels_last)


# ---------------------------------------------------------------- the command line and the interface


def test_weights_of_training_are_converted(tmp_path: Path) -> None:
    network, (x,) = trained(archspec.compile("cnn").graph)
    torch.save(network.state_dict(), tmp_path / "trained.pt")
    model = archspec.build("cnn", weights=tmp_path / "trained.pt", inference=True)
    torch.testing.assert_close(model(x), network(x), rtol=1e-4, atol=1e-5)
    assert not model.training
    output = tmp_path / "folded.safetensors"
    arguments = ["build", "cnn", "--for", "inference", "--weights", str(tmp_path / "trained.pt")]
    assert CliRunner().invoke(app, [*arguments, "-o", str(output)]).exit_code == 0
    from safetensors.torch import load_file

    folded = load_file(output)
    assert folded.keys() == model.state_dict().keys()
    for key, entry in model.state_dict().items():
        assert torch.equal(folded[key], entry)


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    torch.save(archspec.build("lenet5").state_dict(), tmp_path / "other.pt")
    arguments = ["build", "cnn", "--for", "inference", "--weights", str(tmp_path / "other.pt")]
    result = CliRunner().invoke(app, [*arguments, "-o", str(tmp_path / "folded.safetensors")])
    assert result.exit_code == 1
    assert not (tmp_path / "folded.safetensors").exists()


def test_source_and_check() -> None:
    result = CliRunner().invoke(app, ["build", "lenet5", "--for", "inference", "--check"])
    assert result.exit_code == 0
    assert result.stdout == archspec.compile("lenet5").source(inference=True)
    told = (
        r"is the trained network's: it differs by (\S+) .* where 1\.0e-05 is allowed, and by (\S+) in double"
    )
    found = re.search(told, result.stderr)
    assert found is not None, result.stderr
    assert 0 < float(found[2]) < 1e-10 < float(found[1]) < 1e-5
