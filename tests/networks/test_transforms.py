"""What people do to a model after they have built it, done to one network of every family."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator

import pytest
import torch
from families import EACH, FAMILIES, Member
from torch import Tensor, fx, nn


@pytest.fixture(scope="module", params=EACH)
def member(request: pytest.FixtureRequest) -> Member:
    found: Member = request.param
    return found


@pytest.fixture(scope="module")
def model(member: Member) -> nn.Module:
    return member.build().eval()


@pytest.fixture(scope="module")
def batch(member: Member) -> Tensor:
    return member.batch()


@pytest.fixture
def expected(model: nn.Module, batch: Tensor) -> Iterator[Tensor]:
    with torch.no_grad():
        yield model(batch)


def test_deepcopy(model: nn.Module, batch: Tensor, expected: Tensor) -> None:
    assert torch.equal(copy.deepcopy(model)(batch), expected)


def test_pickle(model: nn.Module, batch: Tensor, expected: Tensor) -> None:
    assert torch.equal(pickle.loads(pickle.dumps(model))(batch), expected)


def test_fx(model: nn.Module, batch: Tensor, expected: Tensor) -> None:
    assert torch.equal(fx.symbolic_trace(model)(batch), expected)


def test_script(model: nn.Module, batch: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(torch.jit.script(model)(batch), expected)


def test_export(member: Member, model: nn.Module, batch: Tensor, expected: Tensor) -> None:
    """With a batch of any size."""
    exported = torch.export.export(model, (batch,), dynamic_shapes=({0: torch.export.Dim.DYNAMIC},)).module()
    torch.testing.assert_close(exported(batch), expected)
    larger = member.batch(5)
    torch.testing.assert_close(exported(larger), model(larger))


def test_compile(model: nn.Module, batch: Tensor, expected: Tensor) -> None:
    torch._dynamo.reset()
    compiled = torch.compile(model, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(batch), expected)


@pytest.mark.parametrize(
    "name",
    [
        *("lenet5", "cnn_minpool", "residual_regressor", "resnet20", "preact_resnet164"),
        pytest.param("googlenet", marks=pytest.mark.slow),
    ],
)
def test_compile_for_training(name: str) -> None:
    (member,) = (candidate for candidate in FAMILIES if candidate.name == name)
    torch._dynamo.reset()
    plain, other = member.build(), member.build()
    compiled = torch.compile(other, fullgraph=True, backend="aot_eager")
    batch = member.batch()
    for candidate in (plain, compiled):
        torch.manual_seed(0)  # dropout draws alike
        loss_of(candidate(batch)).backward()
    for (key, mine), theirs in zip(plain.named_parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(theirs.grad, mine.grad, rtol=1e-3, atol=1e-4, msg=f"{key} differs")


def loss_of(output: Tensor | tuple[Tensor, ...]) -> Tensor:
    """Something that every output has a part in, those of auxiliary heads too."""
    parts = output if isinstance(output, tuple) else (output,)
    return torch.stack([part.square().mean() for part in parts]).sum()
