"""What people do to a model after they have built it, done to one network of every family."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator

import pytest
import torch
from families import FAMILIES, Member
from torch import Tensor, fx, nn


@pytest.fixture(scope="module", params=FAMILIES, ids=lambda member: member.name)
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


def test_compile_for_training(member: Member) -> None:
    torch._dynamo.reset()
    model, plain = member.build().train(), member.build().train()
    batch = member.batch()
    for candidate in (plain, torch.compile(model, fullgraph=True, backend="aot_eager")):
        torch.manual_seed(0)
        first_output(candidate(batch)).square().sum().backward()
    trained = [(mine, theirs) for mine, theirs in zip(model.parameters(), plain.parameters(), strict=True)]
    for mine, theirs in trained:
        torch.testing.assert_close(mine.grad, theirs.grad, rtol=1e-3, atol=1e-4)


def first_output(output: Tensor | tuple[Tensor, ...]) -> Tensor:
    """The main output: auxiliary heads come after it."""
    return output[0] if isinstance(output, tuple) else output
