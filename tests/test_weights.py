"""Weights of a file: where they fit, the model is what PyTorch's strict loading gives; else all mismatches are told."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from emit_specs import SPECS
from safetensors.torch import save_file
from test_readme import agrees, blocks, check_python, commands, printed
from torch import Tensor, nn

import archspec
from archspec import CannotRun, WeightsError
from archspec.backends.weights import Mismatch
from archspec.cli import app
from archspec.console import run

NETWORKS = ("residual", "inception", "several_ends")
TINY = """
archspec: 1
name: Tiny
input: [1, 8, 8]
body:
  conv1: {conv: 4, kernel: 3}
  relu1: relu
  bn1: norm
  conv2: {conv: 4, kernel: 3}
  relu2: relu
  bn2: norm
head:
  pool: gap
  fc: {fc: 2}
"""

State = dict[str, Tensor]


def trained(spec: str) -> State:
    """A state that no fresh model has: every number is random, the counters too."""
    generator = torch.Generator().manual_seed(3)
    return {
        key: torch.rand(entry.shape, generator=generator)
        if entry.is_floating_point()
        else torch.randint(1, 99, entry.shape, generator=generator)
        for key, entry in archspec.build(spec).state_dict().items()
    }


def loaded_by_torch(spec: str, state: State) -> nn.Module:
    model = archspec.build(spec)
    model.load_state_dict(state, strict=True)
    return model


def assert_same(one: nn.Module, other: nn.Module) -> None:
    assert type(one) is type(other)
    assert list(one.state_dict()) == list(other.state_dict())
    for (key, mine), theirs in zip(one.state_dict().items(), other.state_dict().values(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=0, msg=f"{key} differs")
        assert (mine.device, mine.stride()) == (theirs.device, theirs.stride())
    for mine, theirs in zip(one.parameters(), other.parameters(), strict=True):
        assert mine.requires_grad
        assert mine.is_leaf
        assert type(mine) is type(theirs) is nn.Parameter
    assert [module.training for module in one.modules()] == [module.training for module in other.modules()]


def saved(state: object, folder: Path, name: str = "weights.pt") -> Path:
    path = folder / name
    torch.save(state, path)
    return path


def mismatches(state: State, folder: Path, spec: str = TINY) -> tuple[Mismatch, ...]:
    with pytest.raises(WeightsError) as caught:
        archspec.build(spec, weights=saved(state, folder))
    return caught.value.mismatches


def lines(state: State, folder: Path) -> list[str]:
    return [str(mismatch) for mismatch in mismatches(state, folder)]


@pytest.mark.parametrize("suffix", [".safetensors", ".pt", ".pth", ".bin"])
@pytest.mark.parametrize("name", NETWORKS)
def test_round_trip(name: str, suffix: str, tmp_path: Path) -> None:
    spec, state = SPECS[name], trained(SPECS[name])
    path = tmp_path / f"weights{suffix}"
    if suffix == ".safetensors":
        save_file(state, path)
    else:
        torch.save(state, path)
    assert_same(archspec.build(spec, weights=path), loaded_by_torch(spec, state))


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
def test_the_model_outlives_the_file(suffix: str, tmp_path: Path) -> None:
    state = trained(TINY)
    path = tmp_path / f"weights{suffix}"
    save_file(state, path) if suffix == ".safetensors" else torch.save(state, path)
    model = archspec.build(TINY, weights=path)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.write(b"\xff" * size)
    assert_same(model, loaded_by_torch(TINY, state))


def test_entries_that_share_memory_in_the_file_do_not_in_the_model(tmp_path: Path) -> None:
    state = trained(TINY)
    state["bn2.weight"] = state["bn1.weight"]
    state["conv1.bias"] = torch.tensor(2.0).expand(4)
    model = archspec.build(TINY, weights=saved(state, tmp_path))
    places = [entry.data_ptr() for entry in model.state_dict().values()]
    assert len(set(places)) == len(places)
    assert_same(model, loaded_by_torch(TINY, state))


def test_no_random_number_is_drawn(tmp_path: Path) -> None:
    path = saved(trained(TINY), tmp_path)
    before = torch.random.get_rng_state()
    archspec.build(TINY, weights=path)
    assert torch.equal(torch.random.get_rng_state(), before)
    archspec.build(TINY)
    assert not torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("key", ["state_dict", "model_state_dict", "model"])
def test_a_training_script_s_checkpoint_is_unwrapped(key: str, tmp_path: Path) -> None:
    state = trained(TINY)
    path = saved({"epoch": 7, key: state, "optimizer": {"lr": 0.1}}, tmp_path)
    assert_same(archspec.build(TINY, weights=path), loaded_by_torch(TINY, state))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_another_precision_is_converted(dtype: torch.dtype, tmp_path: Path) -> None:
    state = {
        key: entry.to(dtype) if entry.is_floating_point() else entry for key, entry in trained(TINY).items()
    }
    model = archspec.build(TINY, weights=saved(state, tmp_path))
    assert_same(model, loaded_by_torch(TINY, state))
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}


def test_a_file_older_than_the_counters_loads(tmp_path: Path) -> None:
    state = {key: entry for key, entry in trained(TINY).items() if "num_batches" not in key}
    model = archspec.build(TINY, weights=saved(state, tmp_path))
    assert_same(model, loaded_by_torch(TINY, state))
    assert model.get_buffer("bn1.num_batches_tracked") == 0


def test_a_file_that_lacks_one_counter_does_not(tmp_path: Path) -> None:
    state = trained(TINY)
    del state["bn2.num_batches_tracked"]
    assert lines(state, tmp_path) == ["missing: `bn2.num_batches_tracked` (one number)"]


def test_every_mismatch_is_listed_and_nothing_else(tmp_path: Path) -> None:
    state = trained(TINY)
    state["convolution1.weight"] = state.pop("conv1.weight")
    state["fc.weight"] = torch.zeros(1000, 4)
    state["fc.bias"] = torch.zeros(2, dtype=torch.int64)
    state["bn1.num_batches_tracked"] = torch.tensor(3.0)
    state["bn2.weight"] = torch.zeros(5, dtype=torch.complex64)
    state["extra"] = torch.zeros(2, 3)
    del state["bn1.bias"]
    assert lines(state, tmp_path) == [
        "missing: `conv1.weight` (4 × 1 × 3 × 3), which the file may call `convolution1.weight`",
        "missing: `bn1.bias` (4)",
        "dtype: `bn1.num_batches_tracked` is float32 in the file and int64 in the network",
        "shape: `bn2.weight` is 5 in the file and 4 in the network",
        "dtype: `bn2.weight` is complex64 in the file and float32 in the network",
        "shape: `fc.weight` is 1000 × 4 in the file and 2 × 4 in the network",
        "dtype: `fc.bias` is int64 in the file and float32 in the network",
        "unexpected: `convolution1.weight` (4 × 1 × 3 × 3) is nothing that the network has",
        "unexpected: `extra` (2 × 3) is nothing that the network has",
    ]


def test_a_key_of_another_shape_is_no_guess_for_a_missing_one(tmp_path: Path) -> None:
    state = trained(TINY)
    state["conv_1.weight"] = state.pop("conv1.weight").flatten()
    assert lines(state, tmp_path)[0] == "missing: `conv1.weight` (4 × 1 × 3 × 3)"


def test_a_prefix_of_all_keys_is_one_mismatch(tmp_path: Path) -> None:
    state = {f"module.{key}": entry for key, entry in trained(TINY).items()}
    expected = (
        "prefix: `module.` begins every key of the file; "
        "`DataParallel` puts it there: save `model.module.state_dict()`"
    )
    assert lines(state, tmp_path) == [expected]
    state["module.fc.bias"] = torch.zeros(3)
    assert lines(state, tmp_path) == [
        expected,
        "shape: `module.fc.bias` is 3 in the file and 2 in the network",
    ]


def without(state: State) -> None:
    del state["conv2.bias"]


def with_more(state: State) -> None:
    state["conv3.bias"] = torch.zeros(4)


def transposed(state: State) -> None:
    state["fc.weight"] = state["fc.weight"].T


def one_number(state: State) -> None:
    state["fc.bias"] = torch.zeros(())


@pytest.mark.parametrize("change", [without, with_more, transposed, one_number])
def test_what_torch_refuses_is_refused(change: Callable[[State], None], tmp_path: Path) -> None:
    state = trained(TINY)
    change(state)
    with pytest.raises(RuntimeError, match="state_dict"):
        loaded_by_torch(TINY, state)
    assert len(mismatches(state, tmp_path)) == 1


@pytest.mark.parametrize(
    ("tensor", "dtype"),
    [
        (torch.zeros(2).to_sparse(), "sparse_coo float32"),
        (torch.zeros(2, device="meta"), "float32 without numbers"),
        (torch.zeros(2, dtype=torch.bool), "bool"),
    ],
    ids=["sparse", "meta", "bool"],
)
def test_tensors_that_are_not_plain_numbers(tensor: Tensor, dtype: str, tmp_path: Path) -> None:
    state = trained(TINY) | {"fc.bias": tensor}
    assert lines(state, tmp_path) == [f"dtype: `fc.bias` is {dtype} in the file and float32 in the network"]


class Payload:
    """A pickle that makes a file when it is read."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".bin"])
@pytest.mark.parametrize("by", ["torch", "pickle 2", "pickle 4"])
def test_a_pickle_that_runs_code_is_not_run(suffix: str, by: str, tmp_path: Path) -> None:
    marker, path = tmp_path / "marker", tmp_path / f"weights{suffix}"
    content = {**trained(TINY), "more": Payload(marker)}
    if by == "torch":
        torch.save(content, path)
    else:
        path.write_bytes(pickle.dumps(content, protocol=int(by[-1])))
    with pytest.raises(WeightsError, match=r"is refused: .* can run any code; save") as caught:
        archspec.build(TINY, weights=path)
    if by == "torch":
        assert f"it is a pickle that calls `{os.mkdir.__module__}.mkdir`" in str(caught.value)
    assert not marker.exists()
    torch.load(path, weights_only=False) if by == "torch" else pickle.loads(path.read_bytes())
    assert marker.is_dir(), "the payload works"


def test_a_pickled_model_is_refused(tmp_path: Path) -> None:
    path = saved(nn.Linear(2, 2), tmp_path)
    with pytest.raises(WeightsError, match=r"calls `torch.nn.modules.linear.Linear`.*save `model.state_dict"):
        archspec.build(TINY, weights=path)


def test_a_torchscript_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    torch.jit.script(nn.Linear(2, 2)).save(str(path))
    with pytest.raises(WeightsError, match="is refused"):
        archspec.build(TINY, weights=path)


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
@pytest.mark.parametrize("content", [b"", b"\x00" * 64, b"\x80\x02}q\x00.", b"PK\x03\x04 and no more", None])
def test_damaged_files(suffix: str, content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / f"weights{suffix}"
    if content is None:
        save_file(trained(TINY), path) if suffix == ".safetensors" else torch.save(trained(TINY), path)
        content = path.read_bytes()[:-40]
    path.write_bytes(content)
    with pytest.raises(WeightsError) as caught:
        archspec.build(TINY, weights=path)
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 500


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([torch.zeros(2)], "holds a list and no `state_dict`"),
        ({"model": {}, "state_dict": {}}, "holds several models: `state_dict`, `model`"),
        ({"fc.weight": torch.zeros(2), "epoch": 3}, "these are no tensors: `epoch`"),
        ({"state_dict": {0: torch.zeros(2)}}, "these are no tensors: `0`"),
        (dict.fromkeys(map(str, range(12)), 1), "`9` and 2 more"),
    ],
)
def test_files_without_a_state(content: object, reason: str, tmp_path: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        archspec.build(TINY, weights=saved(content, tmp_path))
    assert reason in str(caught.value)


@pytest.mark.parametrize("name", ["weights.h5", "weights", "weights.pt2", "missing.pt", "folder.pt"])
def test_files_that_are_not_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder.pt").mkdir()
    with pytest.raises(CannotRun, match="cannot read weights"):
        archspec.build(TINY, weights=tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "weights.pt")
    with pytest.raises(CannotRun, match="not a regular file"):
        archspec.build(TINY, weights=tmp_path / "weights.pt")


def test_a_strange_key_forges_no_line(tmp_path: Path) -> None:
    state = trained(TINY) | {"a\n::error::\x1b[31m\u202e": torch.zeros(2), "b" * 5000: torch.zeros(2)}
    with pytest.raises(WeightsError) as caught:
        archspec.build(TINY, weights=saved(state, tmp_path))
    text = str(caught.value)
    assert len(text.splitlines()) == 3
    assert len(text) < 1000
    assert text.replace("\n", "").isprintable()


def test_many_strange_keys_end_soon(tmp_path: Path) -> None:
    state = {f"conv{number}.weight": torch.zeros(4, 1, 3, 3) for number in range(3, 5000)}
    found = mismatches(state, tmp_path)
    assert sum(mismatch.kind == "unexpected" for mismatch in found) == 4997


def build(*arguments: object) -> int:
    return run(app, ["build", *map(str, arguments)])


def test_the_command_lists_every_mismatch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "tiny.yaml"
    spec.write_text(TINY, "utf-8")
    state = trained(TINY)
    good, bad, output = saved(state, tmp_path), tmp_path / "bad.pt", tmp_path / "out.safetensors"
    del state["fc.bias"]
    state["fc.weight"] = torch.zeros(3, 4)
    torch.save(state, bad)

    assert build(spec, "--weights", bad, "-o", output) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"error: `{bad}` does not fit the network Tiny: 1 missing, 1 shape",
        "  missing: `fc.bias` (2)",
        "  shape: `fc.weight` is 3 × 4 in the file and 2 × 4 in the network",
    ]
    assert build(spec, "--weights", bad) == 1
    assert capsys.readouterr().out == ""
    assert not output.exists()
    assert build(spec, "--weights", tmp_path / "none.pt", "-o", output) == 2
    assert "there is no such file" in capsys.readouterr().err
    assert build(spec, "--weights", good) == 0
    printed = capsys.readouterr()
    assert printed.out == archspec.compile(spec).source()
    assert printed.err == f"✓ {good} fits: 16 tensors\n"


def test_the_page_on_weights_is_what_happens(tmp_path: Path) -> None:
    """Every block of it, from top to bottom, in one folder."""
    page = Path(__file__).parent.parent / "docs" / "weights.md"
    for block in blocks(page.read_text("utf-8")):
        if block.language == "python":
            check_python(block, tmp_path)
            continue
        assert block.language == "console"
        for command in commands(block):
            found = printed(command, tmp_path)
            assert agrees(command.shown, found), f"{page.name}:{block.line}: " + "\n".join(found)
