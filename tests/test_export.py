"""Files for other programs: read back, they compute what the model computes."""

from __future__ import annotations

import hashlib
import inspect
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import onnx
import onnxruntime
import pytest
import torch
from emit_specs import SPECS
from safetensors.torch import load
from torch import Tensor, nn

import archspec
from archspec.backends.torch import export
from archspec.cli import app
from archspec.console import run
from archspec.files import CannotRun
from archspec.ir import Graph

BATCHES = (1, 3)


@dataclass(frozen=True)
class Case:
    """A network with fresh weights, in training mode, as the exporters get it."""

    name: str

    @cached_property
    def graph(self) -> Graph:
        return archspec.compile(SPECS[self.name]).graph

    @cached_property
    def model(self) -> nn.Module:
        model = export.fresh(self.graph, 0)
        generator = torch.Generator().manual_seed(5)
        for (
            name,
            buffer,
        ) in model.named_buffers():  # statistics as after training, so that evaluation is not training
            if name.endswith(("mean", "var")):
                buffer.copy_(torch.rand(buffer.shape, generator=generator) + 0.5)
        return model

    def inputs(self, batch: int) -> tuple[Tensor, ...]:
        generator = torch.Generator().manual_seed(batch)
        return tuple(torch.randn((batch, *shape), generator=generator) for shape in self.graph.root.inputs)

    def expected(self, batch: int) -> tuple[Tensor, ...]:
        self.model.eval()
        with torch.no_grad():
            found = self.model(*self.inputs(batch))
        self.model.train()
        return (found,) if isinstance(found, Tensor) else tuple(found)


@pytest.fixture(scope="module", params=["residual", "inception", "several_ends"])
def case(request: pytest.FixtureRequest) -> Case:
    return Case(request.param)


def test_pt2(case: Case) -> None:
    data = export.as_pt2(case.model, case.graph)
    program = torch.export.load(io.BytesIO(data))
    torch.testing.assert_close(dict(program.state_dict), dict(case.model.state_dict()), rtol=0, atol=0)
    read_back = program.module()
    for batch in BATCHES:
        found = read_back(*case.inputs(batch))
        found = (found,) if isinstance(found, Tensor) else found
        assert type(found) is tuple
        torch.testing.assert_close(found, case.expected(batch), rtol=0, atol=1e-6)
    assert_names_no_path(data)


def test_onnx(case: Case) -> None:
    data = export.as_onnx(case.model, case.graph)
    assert_interface(onnx.load_from_string(data), case.graph)
    session = onnxruntime.InferenceSession(data)
    for batch in BATCHES:
        named = zip(case.graph.input_names, case.inputs(batch), strict=True)
        outputs = session.run(None, {name: tensor.numpy() for name, tensor in named})
        found = tuple(torch.from_numpy(output) for output in outputs)
        torch.testing.assert_close(found, case.expected(batch), rtol=0, atol=1e-4)
    assert_names_no_path(data)


def assert_interface(model: onnx.ModelProto, graph: Graph) -> None:
    """The inputs and outputs are called as the network's, and the first axis of each is the batch."""
    onnx.checker.check_model(model, full_check=True)
    ends = [*model.graph.input, *model.graph.output]
    assert [end.name for end in ends] == [*graph.input_names, *graph.output_names]
    shapes = [*graph.root.inputs, *(graph.root.shape(value) for value in graph.root.outputs)]
    for end, shape in zip(ends, shapes, strict=True):
        batch, *rest = end.type.tensor_type.shape.dim
        assert batch.dim_param == "batch"
        assert tuple(size.dim_value for size in rest) == shape


def assert_names_no_path(data: bytes) -> None:
    assert b"archspec.compiled" in data, "the names of classes would be seen, and so would a path"
    for place in (Path(torch.__file__).parent, Path(archspec.__file__).parent, Path.cwd()):
        assert str(place).encode() not in data


def test_the_model_stays_as_it_was(case: Case) -> None:
    model = export.fresh(case.graph, 0)
    next(model.children()).eval()
    modes = [module.training for module in model.modules()]
    assert {True, False} <= set(modes)
    before = {key: entry.clone() for key, entry in model.state_dict().items()}
    export.as_safetensors(model, case.graph, "1")
    export.as_pt2(model, case.graph)
    assert [module.training for module in model.modules()] == modes
    torch.testing.assert_close(dict(model.state_dict()), before, rtol=0, atol=0)
    assert not model._forward_hooks


def test_auxiliary_heads_are_weights_and_no_outputs() -> None:
    case = Case("inception")
    heads = [key for key in case.model.state_dict() if key.startswith("aux1.")]
    assert heads
    assert set(heads) <= set(load(export.as_safetensors(case.model, case.graph, "1")))
    assert len(case.model.train()(*case.inputs(2))) == 2
    program = torch.export.load(io.BytesIO(export.as_pt2(case.model, case.graph)))
    assert isinstance(program.module()(*case.inputs(2)), Tensor)


def test_safetensors(case: Case) -> None:
    data = export.as_safetensors(case.model, case.graph, "1.2.3")
    torch.testing.assert_close(load(data), dict(case.model.state_dict()), rtol=0, atol=0)
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    assert header["__metadata__"] == {
        "archspec": "1.2.3",
        "format": "pt",
        "network": case.graph.name,
    }
    assert int.from_bytes(data[:8], "little") % 8 == 0


def digests() -> list[str]:
    graph = archspec.compile("lenet5").graph
    model = export.fresh(graph, 0)
    files = (
        export.as_safetensors(model, graph, "1"),
        export.as_pt2(model, graph),
        export.as_onnx(model, graph),
    )
    return [hashlib.sha256(data).hexdigest() for data in files]


def test_two_processes_write_the_same_bytes() -> None:
    """This one, and another that hashes strings in another way; and that says nothing of its own."""
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    script = (
        f"import hashlib, archspec\nfrom archspec.backends.torch import export\n{inspect.getsource(digests)}"
    )
    done = subprocess.run(
        [sys.executable, "-c", script + "\nprint(*digests())"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONHASHSEED": seed},
        check=False,
    )
    assert done.stderr == ""
    here = digests()
    assert done.stdout.split() == here
    assert len(set(here)) == 3


def test_metadata_have_one_order() -> None:
    """The library draws another order for each file."""
    case = Case("several_ends")
    assert len({export.as_safetensors(case.model, case.graph, "1") for _ in range(12)}) == 1


def test_a_seed_leaves_the_random_state_alone() -> None:
    before = torch.random.get_rng_state()
    export.fresh(Case("residual").graph, 7)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("package", ["onnx", "onnxscript"])
def test_what_onnx_needs(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    case = Case("several_ends")
    with pytest.raises(CannotRun, match=r"pip install 'archspec\[onnx\]'"):
        export.as_onnx(case.model, case.graph)


def test_what_safetensors_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case("several_ends")
    path = tmp_path / "weights.safetensors"
    path.write_bytes(export.as_safetensors(case.model, case.graph, "1"))
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(CannotRun, match=r"pip install 'archspec\[safetensors\]'"):
        export.as_safetensors(case.model, case.graph, "1")
    with pytest.raises(CannotRun, match=r"pip install 'archspec\[safetensors\]'"):
        archspec.build(SPECS["several_ends"], weights=path)


def test_weights_too_large_for_onnx(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case("several_ends")
    size = sum(entry.nbytes for entry in case.model.state_dict().values())
    monkeypatch.setattr(export, "_ONNX_BYTES", size - 1)
    with pytest.raises(CannotRun, match="less than 2 GiB"):
        export.as_onnx(case.model, case.graph)


def build(*arguments: object) -> int:
    return run(app, ["build", *map(str, arguments)])


def test_the_command(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    weights = tmp_path / "lenet5.safetensors"
    assert build("lenet5", "-o", weights, "--seed", 4) == 0
    model = archspec.build("lenet5", weights=weights).eval()
    for name in ("lenet5.pt2", "lenet5.onnx"):
        assert build("lenet5", "-o", tmp_path / name, "--weights", weights) == 0
    written = capfd.readouterr()
    assert written.out == ""
    assert written.err.splitlines() == [
        f"wrote {tmp_path / name}" for name in ("lenet5.safetensors", "lenet5.pt2", "lenet5.onnx")
    ]
    batch = torch.randn(3, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = model(batch)
    program = torch.export.load(tmp_path / "lenet5.pt2")
    torch.testing.assert_close(program.module()(batch), expected, rtol=0, atol=1e-6)
    session = onnxruntime.InferenceSession(tmp_path / "lenet5.onnx")
    (found,) = session.run(["output"], {session.get_inputs()[0].name: batch.numpy()})
    torch.testing.assert_close(torch.from_numpy(found), expected, rtol=0, atol=1e-4)


def test_the_command_without_a_seed_takes_seed_0(tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.safetensors" for name in ("none", "zero", "one")]
    assert build("lenet5", "-o", files[0]) == 0
    assert build("lenet5", "-o", files[1], "--seed", 0) == 0
    assert build("lenet5", "-o", files[2], "--seed", 1) == 0
    assert files[0].read_bytes() == files[1].read_bytes() != files[2].read_bytes()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["-o", "lenet5.h5"], "files that end in one of .py, .safetensors, .pt2, .onnx"),
        (["-o", "lenet5.py", "--seed", "1"], "`--seed` is for fresh weights"),
        (["-o", "lenet5.pt2", "--seed", "1", "--weights", "some.pt"], "`--seed` is for fresh weights"),
        (["-o", "there.safetensors"], "`--force` overwrites it"),
        (["-o", "lenet5.onnx"], "pip install 'archspec[onnx]'"),
    ],
)
def test_what_the_command_cannot_do(
    arguments: list[str],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    (tmp_path / "there.safetensors").write_bytes(b"here")
    assert build("lenet5", *arguments) == 2
    assert reason in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["there.safetensors"]
    assert (tmp_path / "there.safetensors").read_bytes() == b"here"
