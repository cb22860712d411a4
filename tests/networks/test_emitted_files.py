"""The emitted file is the model: it needs torch alone, gives the same numbers, and is clean Python."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
import torch
from families import EACH, FAMILIES, Member
from torch import Tensor, nn

import archspec
from archspec.targets import shipped_networks

NAMES = tuple(network.name for network in shipped_networks())
FIRST = tuple({network.file: network.name for network in reversed(shipped_networks())}.values())
"""One of each file."""


def class_named_in(path: Path) -> type[nn.Module]:
    """The network's class, which is the last of the file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    *_, last = (value for value in vars(module).values() if isinstance(value, type))
    assert issubclass(last, nn.Module)
    return last


def run(model: nn.Module, batch: Tensor) -> dict[str, Tensor]:
    """State, outputs in both modes, and gradients."""
    facts = {f"state.{key}": entry.clone() for key, entry in model.state_dict().items()}
    with torch.no_grad():
        facts["eval"] = model.eval()(batch)
    torch.manual_seed(2)  # dropout draws alike
    output = model.train()(batch)
    outputs = output if isinstance(output, tuple) else (output,)
    facts |= {f"train.{place}": part.detach().clone() for place, part in enumerate(outputs)}
    torch.stack([part.square().mean() for part in outputs]).sum().backward()
    facts |= {f"gradient.{key}": p.grad for key, p in model.named_parameters() if p.grad is not None}
    facts |= {f"after.{key}": entry for key, entry in model.state_dict().items()}
    return facts


def assert_identical(left: dict[str, Tensor], right: dict[str, Tensor]) -> None:
    assert list(left) == list(right)
    assert [key for key in left if not torch.equal(left[key], right[key])] == []


@pytest.mark.parametrize("member", EACH)
def test_file_and_model_are_one(member: Member, tmp_path: Path) -> None:
    network = member.compile()
    path = tmp_path / "emitted.py"
    path.write_text(network.source(), "utf-8")
    torch.manual_seed(0)
    from_file = class_named_in(path)()
    facts = run(from_file, member.batch())
    assert_identical(facts, run(member.build(), member.batch()))
    assert any(key.startswith("gradient.") for key in facts) or not list(from_file.parameters())
    assert len([key for key in facts if key.startswith("gradient.")]) == len(list(from_file.parameters()))


ALONE = """
import importlib, pathlib, sys
sys.modules["archspec"] = None  # any import of it raises
sys.path.insert(0, sys.argv[1])
import torch
torch.set_num_threads(int(sys.argv[2]))
for name in sys.argv[3:]:
    emitted = importlib.import_module(name)
    assert not [module for module in sys.modules if module.startswith("archspec.")]
    network = [value for value in vars(emitted).values() if isinstance(value, type)][-1]
    torch.manual_seed(0)
    model = network().eval()
    batch = torch.load(pathlib.Path(sys.argv[1], name + ".batch"))
    with torch.no_grad():
        torch.save((model.state_dict(), model(batch)), pathlib.Path(sys.argv[1], name + ".facts"))
"""


def test_the_file_needs_torch_alone(tmp_path: Path) -> None:
    """In a process of its own, in which archspec cannot be imported."""
    names = {"googlenet", "residual_regressor", "resnet20", "cnn_layer_norm", "mobilenet_v2", "densenet121"}
    members = [member for member in FAMILIES if member.name in names]
    assert len(members) == len(names)
    for member in members:
        (tmp_path / f"{member.name}.py").write_text(member.compile().source(), "utf-8")
        torch.save(member.batch(), tmp_path / f"{member.name}.batch")
    arguments = [str(tmp_path), str(torch.get_num_threads()), *(member.name for member in members)]
    ran = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", ALONE, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    for member in members:
        state, output = torch.load(tmp_path / f"{member.name}.facts")
        model = member.build().eval()
        assert_identical(dict(state), dict(model.state_dict()))
        with torch.no_grad():
            assert torch.equal(output, model(member.batch()))


@pytest.fixture(scope="module")
def emitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the file of every shipped network."""
    return written(NAMES, tmp_path_factory.mktemp("emitted"))


def written(names: Iterable[str], folder: Path) -> Path:
    for name in names:
        (folder / f"{name}.py").write_text(archspec.compile(name).source(), "utf-8")
    return folder


def assert_ruff_is_silent(folder: Path) -> None:
    for arguments in (["check", "--select", "E,F,W,I,UP,B"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *arguments, "--isolated", "--target-version", "py311", "."]
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_ruff_has_nothing_to_say(tmp_path: Path) -> None:
    assert_ruff_is_silent(written(FIRST, tmp_path))


@pytest.mark.slow
def test_ruff_has_nothing_to_say_of_any(emitted: Path) -> None:
    assert_ruff_is_silent(emitted)


@pytest.mark.slow
def test_mypy_has_nothing_to_say(emitted: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--config-file=", "--strict", "--python-version=3.11", "."]
    ran = subprocess.run(command, cwd=emitted, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


DIGEST = """
import hashlib, sys, archspec
from archspec.targets import shipped_networks
text = "".join(archspec.compile(network.name).source() for network in shipped_networks())
assert "torch" not in sys.modules
print(hashlib.sha256(text.encode()).hexdigest())
"""


@pytest.mark.slow
def test_every_run_writes_the_same_bytes(emitted: Path) -> None:
    """Also where Python hashes strings in another way."""
    here = hashlib.sha256("".join((emitted / f"{name}.py").read_text("utf-8") for name in NAMES).encode())
    ran = subprocess.run(
        [sys.executable, "-c", DIGEST],
        env={**os.environ, "PYTHONHASHSEED": "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"},
        cwd=Path(archspec.__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == here.hexdigest()


def test_resnet152_is_short() -> None:
    assert len(archspec.compile("resnet152").source().splitlines()) < 120
