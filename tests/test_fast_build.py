"""Models made without drawing numbers that are thrown away: what they hold is never what memory held before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from emit_specs import SPECS
from torch import Tensor, nn

import archspec
from archspec.backends.torch import blockwise
from archspec.backends.torch.blockwise import BLOCK, NormalInBlocks
from archspec.backends.torch.module import class_of, initialised_once
from archspec.backends.torch.postponed import initialisation_postponed
from archspec.backends.torch.weights import filled
from archspec.cli import app
from archspec.console import run

SPEC = """
archspec: 1
name: Some rules
input: [3, 8, 8]
init:
  conv: {kaiming_normal: {mode: fan_out}}
  norm: {constant: {val: 0.5}, bias: zeros}
body:
  conv1: {conv: 8, kernel: 3}
  relu1: relu
  bn1: norm
  conv2: {conv: 8, kernel: 3}
  prelu: prelu
head:
  pool: gap
  fc: {fc: 4}
"""
WITHOUT_RULES = SPEC.replace("  conv: {kaiming_normal: {mode: fan_out}}\n", "").replace(
    "init:\n  norm: {constant: {val: 0.5}, bias: zeros}\n", ""
)


@pytest.fixture
def nan_in_new_memory() -> Iterator[None]:
    """`torch.empty` gives NaN, and the largest integer."""
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = True
    assert torch.empty(2).isnan().all()
    yield
    torch.use_deterministic_algorithms(False)


def entries(model: nn.Module) -> dict[str, Tensor]:
    """Every parameter and buffer, those too that a `state_dict` leaves out."""
    return {**dict(model.named_parameters()), **dict(model.named_buffers())}


def assert_equal(one: nn.Module, other: nn.Module) -> None:
    assert list(entries(one)) == list(entries(other))
    for (key, mine), theirs in zip(entries(one).items(), entries(other).values(), strict=True):
        assert torch.equal(mine, theirs), key


def assert_finite(model: nn.Module) -> None:
    for key, entry in entries(model).items():
        assert entry.isfinite().all(), key
        assert entry.is_floating_point() or entry.eq(0).all(), key


@pytest.mark.usefixtures("nan_in_new_memory")
@pytest.mark.parametrize("name", SPECS)
def test_no_memory_stays_as_it_was(name: str, tmp_path: Path) -> None:
    once = archspec.build(SPECS[name], init_once=True)
    assert_finite(once)
    torch.save(once.state_dict(), tmp_path / "weights.pt")
    loaded = archspec.build(SPECS[name], weights=tmp_path / "weights.pt")
    assert_equal(loaded, once)


def test_each_parameter_is_drawn_once_in_order() -> None:
    torch.manual_seed(5)
    model = archspec.build(SPEC, init_once=True)
    after = torch.random.get_rng_state()
    torch.manual_seed(5)
    same = class_of(archspec.compile(SPEC).graph)()
    with torch.no_grad():
        for entry in same.state_dict().values():
            entry.fill_(0)  # what is drawn below is all that is compared
    torch.manual_seed(5)
    conv1, conv2, norm, fc = (same.get_submodule(name) for name in ("conv1", "conv2", "bn1", "fc"))
    for conv, bound in ((conv1, 27**-0.5), (conv2, 72**-0.5)):
        nn.init.uniform_(conv.bias, -bound, bound)
    nn.init.constant_(same.get_submodule("prelu").weight, 0.25)
    nn.init.kaiming_uniform_(fc.weight, a=5**0.5)
    nn.init.uniform_(fc.bias, -(8**-0.5), 8**-0.5)
    nn.init.kaiming_normal_(conv1.weight, mode="fan_out")
    nn.init.constant_(norm.weight, 0.5)
    nn.init.ones_(norm.running_var)
    nn.init.kaiming_normal_(conv2.weight, mode="fan_out")
    assert torch.equal(after, torch.random.get_rng_state())
    assert_equal(model, same)


def test_without_the_option_the_stream_is_that_of_the_class() -> None:
    torch.manual_seed(5)
    model = archspec.build(SPEC)
    torch.manual_seed(5)
    assert_equal(model, class_of(archspec.compile(SPEC).graph)())


def test_without_rules_nothing_is_drawn_twice_anyway() -> None:
    torch.manual_seed(5)
    model = archspec.build(WITHOUT_RULES, init_once=True)
    torch.manual_seed(5)
    assert_equal(model, archspec.build(WITHOUT_RULES))


def test_an_inference_build_takes_the_option() -> None:
    torch.manual_seed(5)
    folded = archspec.build(SPEC, inference=True, init_once=True)
    torch.manual_seed(5)
    model = archspec.build(SPEC, init_once=True).eval()
    image = torch.randn(2, 3, 8, 8)
    torch.testing.assert_close(folded(image), model(image), rtol=1e-5, atol=1e-5)


@pytest.mark.usefixtures("nan_in_new_memory")
def test_tensors_without_a_version() -> None:
    with torch.inference_mode():
        assert_finite(archspec.build(SPEC, init_once=True))


class WritesDirectly(nn.Module):
    """What its constructor does to the weight is lost if the layer's own call comes after it."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)
        with torch.no_grad():
            self.fc.weight[0].fill_(0)


class Unsaved(nn.Module):
    """A buffer that no file holds, and one that PyTorch's functions fill."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.register_buffer("position", torch.arange(4.0), persistent=False)
        self.register_buffer("scale", nn.init.ones_(torch.empty(4)), persistent=False)


def test_a_constructor_that_writes_directly_is_run_as_it_is() -> None:
    torch.manual_seed(5)
    model = initialised_once(WritesDirectly)
    assert model.get_parameter("fc.weight")[0].eq(0).all()
    assert_finite(model)


@pytest.mark.usefixtures("nan_in_new_memory")
@pytest.mark.parametrize("model_class", [WritesDirectly, Unsaved])
def test_buffers_that_are_not_in_the_file(model_class: type[nn.Module]) -> None:
    trained = model_class()
    assert_equal(filled(model_class, trained.state_dict()), trained)


@pytest.mark.usefixtures("nan_in_new_memory")
def test_what_the_file_lacks_is_initialised() -> None:
    state = nn.Linear(4, 4).state_dict()
    del state["bias"]

    class Layer(nn.Linear):
        def __init__(self) -> None:
            super().__init__(4, 4)

    assert_finite(filled(Layer, state))


def test_other_threads_initialise_at_once() -> None:
    found: list[bool] = []
    fill = nn.init.ones_

    def elsewhere() -> None:
        found.append(bool(nn.init.ones_(nn.Parameter(torch.zeros(2))).eq(1).all()))

    with initialisation_postponed() as postponed:
        here = nn.init.ones_(nn.Parameter(torch.zeros(2)))
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        with initialisation_postponed() as inner:
            inside = nn.init.ones_(nn.Parameter(torch.zeros(2)))
        assert inside.eq(0).all()
        assert nn.init.ones_ is not fill, "the outer context is still open"
    assert found == [True]
    assert here.eq(0).all()
    postponed.run()
    inner.run()
    assert torch.cat([here, inside]).eq(1).all()
    assert nn.init.ones_ is fill


def test_an_exception_puts_everything_back() -> None:
    before = dict(vars(nn.init))
    with pytest.raises(RuntimeError, match="stop"), initialisation_postponed():
        raise RuntimeError("stop")
    assert vars(nn.init) == before
    assert nn.init.zeros_(nn.Parameter(torch.ones(2))).eq(0).all()


def test_the_check_runs_on_the_weights_that_are_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec, weights = tmp_path / "net.yaml", tmp_path / "weights.pt"
    spec.write_text(SPEC, "utf-8")
    state = archspec.build(SPEC).state_dict()
    torch.save(state, weights)
    command = ["build", str(spec), "--check", "--weights", str(weights), "-o", str(tmp_path / "net.py")]
    assert run(app, command) == 0
    assert "finite gradients" in capsys.readouterr().err
    state["fc.bias"][0] = torch.nan
    torch.save(state, weights)
    assert run(app, [*command, "--force"]) == 1
    assert "the loss is nan" in capsys.readouterr().err


# ---------------------------------------------------------------- blocks


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("size", [2 * BLOCK - 1, 2 * BLOCK, 2 * BLOCK + 1, 5 * BLOCK + 17])
def test_blocks_hold_the_numbers_of_the_whole(size: int, dtype: torch.dtype) -> None:
    """And what is drawn next is the same."""
    found, wanted = (torch.empty(size, dtype=dtype) for _ in range(2))
    torch.manual_seed(5)
    wanted.normal_(1, 0.5)
    following = torch.rand(3)
    torch.manual_seed(5)
    with NormalInBlocks():
        assert found.normal_(mean=1, std=0.5) is found
    assert torch.equal(found, wanted)
    assert torch.equal(torch.rand(3), following)


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the tensors that are filled in blocks."""
    sizes: list[int] = []
    in_blocks = blockwise._in_blocks

    def noting(
        normal: Callable[..., object], tensor: Tensor, *arguments: object, **keywords: object
    ) -> Tensor:
        sizes.append(tensor.numel())
        return in_blocks(normal, tensor, *arguments, **keywords)

    blockwise._blocks_give_the_same(torch.float32)
    monkeypatch.setattr(blockwise, "_in_blocks", noting)
    return sizes


@pytest.mark.parametrize("scheme", [nn.init.normal_, nn.init.kaiming_normal_, nn.init.xavier_normal_])
def test_a_large_weight_is_drawn_in_blocks(scheme: Callable[[Tensor], Tensor], cut: list[int]) -> None:
    with NormalInBlocks():
        scheme(nn.Parameter(torch.empty(3, BLOCK)))
    assert cut == [3 * BLOCK]


def test_other_tensors_are_drawn_whole(cut: list[int]) -> None:
    with NormalInBlocks():
        torch.empty(BLOCK, 4).t().normal_()
        torch.empty(4 * BLOCK, device="meta").normal_()
        torch.empty(BLOCK).normal_()
        nn.init.normal_(torch.empty(BLOCK))
    assert cut == []


def test_where_blocks_would_give_other_numbers_nothing_is_cut(
    monkeypatch: pytest.MonkeyPatch, cut: list[int]
) -> None:
    monkeypatch.setattr(blockwise, "_blocks_give_the_same", lambda dtype: False)
    with NormalInBlocks():
        nn.init.normal_(torch.empty(4 * BLOCK))
    assert cut == []


def test_what_may_not_be_written_is_refused_as_ever() -> None:
    with NormalInBlocks(), pytest.raises(RuntimeError, match="in-place operation"):
        nn.Parameter(torch.empty(4 * BLOCK)).normal_()
