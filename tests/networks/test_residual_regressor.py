"""The residual regressor against a twin written by hand, with Keras's `same` padding spelled out."""

from __future__ import annotations

import copy
from functools import cache

import pytest
import torch
import torch.nn.functional as F
from reproducible import set_reproducible_weights
from torch import Tensor, nn

import archspec


def pad_same(x: Tensor, kernel: int, stride: int, value: float) -> Tensor:
    """Pad an image as Keras does, so that a window of `kernel` at `stride` gives `ceil(size / stride)` positions."""
    amounts: list[int] = []
    for size in (x.shape[3], x.shape[2]):  # F.pad takes the last axis first
        steps = -(-size // stride)
        total = max((steps - 1) * stride + kernel - size, 0)
        amounts += [total // 2, total - total // 2]
    return F.pad(x, amounts, value=value)


class TwinUnit(nn.Module):
    def __init__(self, in_channels: int, channels: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.first = nn.Conv2d(in_channels, channels, 3, stride)
        self.first_norm = nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)
        self.second = nn.Conv2d(channels, channels, 3)
        self.second_norm = nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)
        self.bypass = None
        if stride != 1 or in_channels != channels:
            self.bypass = nn.Conv2d(in_channels, channels, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.first(pad_same(x, 3, self.stride, 0.0)))
        y = self.second(pad_same(self.first_norm(y), 3, 1, 0.0))
        y = self.second_norm(y)
        return F.relu(y + (x if self.bypass is None else self.bypass(x)))


class Twin(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 64, 7, 2)
        self.norm = nn.BatchNorm2d(64, eps=1e-3, momentum=0.01)
        widths = [(64, 64, 1), (64, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1)]
        self.units = nn.ModuleList(TwinUnit(*width) for width in widths)
        self.dense = nn.Linear(256, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(F.relu(self.conv(pad_same(x, 7, 2, 0.0))))
        x = F.max_pool2d(pad_same(x, 3, 2, float("-inf")), 3, 2)
        for unit in self.units:
            x = unit(x)
        return self.dense(x.mean(dim=(2, 3)))


@cache
def weighted() -> tuple[nn.Module, nn.Module]:
    """Both networks with the same weights; the order of the entries is the same, the names are not."""
    ours = set_reproducible_weights(archspec.build("residual_regressor"))
    twin = Twin().double()
    entries = [key for key in ours.state_dict() if not key.startswith("output.")]
    assert len(ours.state_dict()) == len(twin.state_dict())
    twin.load_state_dict(dict(zip(twin.state_dict(), ours.state_dict().values(), strict=True)))
    assert entries[0] == "conv1.weight"
    return ours, twin


def ours_and_twin(dtype: torch.dtype) -> tuple[nn.Module, nn.Module]:
    ours, twin = copy.deepcopy(weighted())
    return ours.to(dtype), twin.to(dtype)


@pytest.mark.parametrize(
    ("size", "dtype", "tolerance"),
    [
        ((64, 64), torch.float64, 1e-12),
        ((49, 75), torch.float64, 1e-12),
        ((64, 31), torch.float64, 1e-12),
        ((49, 75), torch.float32, 1e-5),
    ],
)
@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
def test_equals_the_twin(training: bool, size: tuple[int, int], dtype: torch.dtype, tolerance: float) -> None:
    ours, twin = ours_and_twin(dtype)
    ours.train(training)
    twin.train(training)
    images = torch.randn(3, 1, *size, dtype=dtype)
    before = images.clone()
    torch.testing.assert_close(ours(images), twin(images), rtol=tolerance, atol=tolerance)
    assert torch.equal(images, before)
    for (key, mine), theirs in zip(ours.state_dict().items(), twin.state_dict().values(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=tolerance, atol=tolerance, msg=f"{key} differs")


def test_gradients_equal_the_twins() -> None:
    ours, twin = ours_and_twin(torch.float64)
    images = torch.randn(3, 1, 64, 64, dtype=torch.float64)
    for model in (ours, twin):
        model.train()(images).square().sum().backward()
    for mine, theirs in zip(ours.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, rtol=1e-9, atol=1e-12)


def test_the_twin_can_tell() -> None:
    """A network with PyTorch's symmetric padding in the first convolution is another network."""
    ours, twin = ours_and_twin(torch.float64)
    symmetric = copy.deepcopy(ours)
    first = nn.Conv2d(1, 64, 7, 2, padding=3).double()
    first.load_state_dict(ours.get_submodule("conv1").state_dict())
    symmetric.conv1 = first
    images = torch.randn(1, 1, 64, 64, dtype=torch.float64)
    assert not torch.allclose(symmetric(images), twin(images), rtol=1e-3)


def test_starts_as_keras_starts() -> None:
    """Glorot's uniform weights, within ±sqrt(6 / (fan-in + fan-out)), and biases of zero."""
    model = archspec.build("residual_regressor")
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            assert layer.bias is not None
            assert not layer.bias.any()
            area = layer.weight[0, 0].numel()
            bound = (6 / ((layer.weight.shape[0] + layer.weight.shape[1]) * area)) ** 0.5
            largest = layer.weight.abs().max().item()
            assert 0.9 * bound < largest <= bound
