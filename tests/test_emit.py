"""The emitted file: it is the network, everything PyTorch has takes it, and no text of a spec becomes code.

Each spec of `emit_specs.py` goes through the whole compiler; the model is compared with the graph it came from.
"""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from emit_specs import SPECS
from emitted import examples, graph, graph_of, outputs
from takers import TAKERS
from torch import Tensor

import archspec
from archspec.backends.torch.module import build
from archspec.backends.torch.source import emit, emitted
from archspec.ir import Step, state
from archspec.ops import OPS
from archspec.ops.base import Op
from archspec.passes.inplace import inplace_steps


def loss(results: tuple[Tensor, ...]) -> Tensor:
    return torch.stack([result.square().sum() for result in results]).sum()


# ---------------------------------------------------------------- the model is the graph


@pytest.mark.parametrize("name", SPECS)
def test_state_dict_is_the_state_of_the_graph(name: str) -> None:
    expected = [(key, weight.shape) for key, weight in state(graph(name).root)]
    assert [(key, tuple(value.shape)) for key, value in build(graph(name)).state_dict().items()] == expected


@pytest.mark.parametrize("name", SPECS)
def test_outputs_have_the_shapes_of_the_graph(name: str) -> None:
    network = graph(name)
    results = outputs(build(network).eval()(*examples(network, batch=3)))
    expected = [(3, *network.root.shape(value)) for value in network.root.outputs]
    assert [tuple(result.shape) for result in results] == expected


@pytest.mark.parametrize("name", SPECS)
def test_training_reaches_every_parameter_and_leaves_the_input_alone(name: str) -> None:
    network = graph(name)
    model = build(network)
    inputs = examples(network)
    before = [value.clone() for value in inputs]
    torch.autograd.backward(loss(outputs(model(*inputs))))
    assert [key for key, parameter in model.named_parameters() if parameter.grad is None] == []
    assert all(torch.equal(now, then) for now, then in zip(inputs, before, strict=True))


@pytest.mark.parametrize("name", SPECS)
def test_writing_in_place_changes_no_result(name: str) -> None:
    """The same file without `inplace=True` gives the same outputs and gradients, to the bit."""
    network = graph(name)
    model = build(network)
    namespace: dict[str, object] = {}
    source = emitted(network)
    exec(source.text.replace("inplace=True", ""), namespace)
    model_class = namespace[source.class_name]
    assert isinstance(model_class, type)
    plain = model_class()
    plain.load_state_dict(model.state_dict())
    results = []
    for each in (model, plain):
        torch.manual_seed(0)
        result = outputs(each(*examples(network)))
        torch.autograd.backward(loss(result))
        results.append([*result, *(parameter.grad for parameter in each.parameters())])
    assert all(torch.equal(one, other) for one, other in zip(*results, strict=True))


# ---------------------------------------------------------------- everything takes it


@pytest.mark.parametrize(
    "taker", [name for name in TAKERS if name != "jit.trace"]
)  # what is scripted can be traced
@pytest.mark.parametrize("name", ["inception", "encoder_decoder", "several_ends", "awkward_names", "mobile"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_pytorch_takes_the_model(name: str, taker: str) -> None:
    network = graph(name)
    model = build(network).eval()
    inputs = examples(network)
    with torch.no_grad():
        expected = outputs(model(*inputs))
        results = outputs(TAKERS[taker](model, inputs))
    for result, wanted in zip(results, expected, strict=True):
        torch.testing.assert_close(result[: len(wanted)], wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("taker", ["jit.script", "fx", "compile"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_pytorch_takes_auxiliary_heads_in_training(taker: str) -> None:
    network = graph("inception")
    results = TAKERS[taker](build(network).train(), examples(network))
    assert isinstance(results, tuple)
    assert [tuple(result.shape) for result in results] == [(2, 10), (2, 10)]


def test_another_process_reads_the_pickle(tmp_path: Path) -> None:
    network = graph("residual")
    model = build(network).eval()
    inputs = examples(network)
    torch.save((model, inputs, model(*inputs)), tmp_path / "model.pt")
    script = (
        "import sys, torch\n"
        "model, inputs, expected = torch.load(sys.argv[1], weights_only=False)\n"
        "torch.testing.assert_close(model(*inputs), expected)\n"
    )
    root = Path(archspec.__file__).parents[1]
    subprocess.run([sys.executable, "-c", script, tmp_path / "model.pt"], check=True, cwd=root)


def test_the_model_is_the_file() -> None:
    model = build(graph("chain"))
    assert inspect.getsource(type(model)).strip() in emit(graph("chain"))
    assert sys.modules[type(model).__module__].__doc__ is not None
    assert type(build(graph("chain"))) is type(model)


def test_auxiliary_heads_run_in_training_alone() -> None:
    network = graph("inception")
    model = build(network)
    called: list[bool] = []
    head = model.get_submodule("aux1")
    head.register_forward_hook(lambda *_: called.append(True))
    result = model.eval()(*examples(network))
    assert isinstance(result, Tensor)
    assert not called
    result = model.train()(*examples(network))
    assert result._fields == ("output", "aux1")
    assert called == [True]
    module = sys.modules[type(model).__module__]
    assert module.AUX_WEIGHTS == {"aux1": 0.3}


# ---------------------------------------------------------------- in place


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("a: {conv: 8, kernel: 1}\nb: relu", {"b"}, id="after a convolution"),
        pytest.param("a: norm\nb: relu", {"b"}, id="after a norm"),
        pytest.param("b: relu\na: {conv: 8, kernel: 1}", set(), id="the input is the caller's"),
        pytest.param("a: {conv: 8, kernel: 1}\nb: sigmoid\nc: relu", set(), id="sigmoid keeps its output"),
        pytest.param("a: {conv: 8, kernel: 1}\nb: relu\nc: {dropout: 0.5}", {"b"}, id="and so does relu"),
        pytest.param(
            "a: {conv: 8, kernel: 1}\nb: relu6\nc: {dropout: 0.5}", {"b"}, id="and so does relu6 in place"
        ),
        pytest.param(
            "a: {conv: 8, kernel: 1}\nb: relu\nc: {add: [a, b]}", set(), id="the value is read twice"
        ),
        pytest.param("a: {conv: 8, kernel: 1}\nb: flatten\nc: relu", {"c"}, id="a view of nobody's value"),
        pytest.param("a: flatten\nb: relu", set(), id="a view of the input"),
        pytest.param(
            "a: {conv: 8, kernel: 1}\nb: sigmoid\nc: flatten\nd: relu", set(), id="a view of what is kept"
        ),
        pytest.param(
            "a: {conv: 8, kernel: 1}\nb: flatten\nc: relu\nd: {fc: 288}\ne: {add: [b, d]}",
            set(),
            id="a view that is read twice",
        ),
        pytest.param(
            "a: {conv: 8, kernel: 1}\nb: identity\nc: relu\nd: {add: [a, c]}", set(), id="another name"
        ),
    ],
)
def test_in_place_only_where_nobody_else_looks(body: str, expected: set[str]) -> None:
    root = graph_of(body).root
    assert {root.steps[index].name for index in inplace_steps(root)} == expected


def test_the_first_activation_of_a_residual_does_not_write_into_the_skip() -> None:
    network = graph_of("- {residual: [relu, {conv: 8, kernel: 3, padding: 1}], shortcut: identity}")
    assert "inplace" not in emit(network)
    (value,) = examples(network)
    before = value.clone()
    build(network)(value)
    assert torch.equal(value, before)


def test_a_value_that_is_handed_out_is_left_alone() -> None:
    root = graph_of("a: {conv: 8, kernel: 1}\nb: relu").root
    assert inplace_steps(replace(root, outputs=(1, 2))) == frozenset()
    assert inplace_steps(root, kept=(1,)) == frozenset()


# ---------------------------------------------------------------- hostile text

HOSTILE = [
    'x"""\nimport os  # ',
    "back\\slash\\",
    "{{braces}} {x} %s",
    "line\nbreak\r\n\n\nparagraph\ttab",
    "\N{RIGHT-TO-LEFT OVERRIDE}\N{ZERO WIDTH SPACE}\x00\x1b[31m\ud800",
    "'''\"",
    "",
]


def code_alone(source: str) -> str:
    """The syntax tree without the file's docstring."""
    tree = ast.parse(source)
    assert isinstance(tree.body[0], ast.Expr)
    return ast.dump(ast.Module(tree.body[1:], []))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_changes_the_code(text: str) -> None:
    plain = graph("chain")
    source = emit(replace(plain, about=text, file=f"/secret/{text}.yaml"))
    assert code_alone(source) == code_alone(emit(plain))
    assert "/secret" not in source
    source.encode()


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_changes_the_name_of_the_class_alone(text: str) -> None:
    plain = graph("chain")
    named = replace(plain, name=text, variant=text)
    source = emitted(named)
    renamed = code_alone(source.text).replace(f"'{source.class_name}'", "'LeNet5'")
    assert renamed == code_alone(emit(plain))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_block_may_say_anything_of_itself(text: str) -> None:
    plain = graph("residual")

    def described(step: Step) -> Step:
        if isinstance(step.target, Op):
            return step
        block = step.target.block
        about = replace(block, about=text) if block is not None else None
        return replace(
            step, target=replace(step.target, block=about, steps=tuple(map(described, step.target.steps)))
        )

    root = replace(plain.root, steps=tuple(map(described, plain.root.steps)))
    written = ast.parse(emit(replace(plain, root=root)))
    assert [type(node).__name__ for node in written.body] == [
        "Expr",
        "Import",
        "ImportFrom",
        "ClassDef",
        "ClassDef",
    ]


# ---------------------------------------------------------------- size and determinism


def test_the_text_does_not_depend_on_the_process() -> None:
    script = (
        "import sys\n"
        "sys.path.insert(0, 'tests')\n"
        "from emit_specs import SPECS\n"
        "import archspec\n"
        "sys.stdout.buffer.write(''.join(archspec.compile(spec).source() for spec in SPECS.values()).encode())\n"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            cwd=Path(__file__).parents[1],
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1
    assert texts == {"".join(emit(graph(name)) for name in SPECS).encode()}


def test_emission_needs_no_torch() -> None:
    script = (
        "import sys\n"
        "sys.path.insert(0, 'tests')\n"
        "from emit_specs import AWKWARD_NAMES, ENCODER_DECODER\n"
        "import archspec\n"
        "archspec.compile(ENCODER_DECODER).source(), archspec.compile(AWKWARD_NAMES).source()\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[1], check=True)


def test_long_networks_are_no_deep_recursion() -> None:
    body = "".join(f"c{at}: {{conv: {at % 7 + 1}, kernel: 1}}\nr{at}: relu\n" for at in range(1500))
    source = emit(graph_of(body + "j: {concat: [" + ", ".join(f"r{at}" for at in range(1500)) + "]}"))
    compile(source, "emitted", "exec")
    assert source.count("nn.Conv2d(") == 1500


def test_deep_networks_are_no_deep_recursion() -> None:
    body = "deep: " + "{residual: [" * 14 + "{conv: 8, kernel: 1}" + "]}" * 14
    network = graph_of(body)
    assert len(build(network).state_dict()) == 2
    assert tuple(build(network)(*examples(network)).shape) == (2, 8, 6, 6)


@pytest.mark.parametrize("first", sorted(key for key, op in OPS.items() if op.can_be_inplace))
def test_two_layers_that_may_write_in_place_train_one_after_the_other(first: str) -> None:
    network = graph_of(
        f"a: {{conv: 8, kernel: 1}}\nb: {OPS[first].example}\nc: relu\nd: {{dropout: 0.5}}\ne: {{conv: 8, kernel: 1}}"
    )
    torch.autograd.backward(loss(outputs(build(network)(*examples(network)))))
