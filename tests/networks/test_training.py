"""Shipped networks can be trained, and the examples do what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

import archspec

ROOT = Path(__file__).parents[2]


def run_example(name: str, *arguments: str) -> str:
    """What the example prints."""
    ran = subprocess.run(
        [sys.executable, str(ROOT / "examples" / name), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return ran.stdout


@pytest.mark.slow
def test_lenet5_learns_the_digits() -> None:
    """97 % of the digits that it has not seen."""
    found = re.search(r"test accuracy: ([\d.]+)%", run_example("train_lenet5_digits.py"))
    assert found is not None
    assert float(found[1]) >= 97.0


def test_auxiliary_heads_example() -> None:
    printed = run_example("train_with_auxiliary_heads.py")
    assert "heads: {'aux1': 0.3, 'aux2': 0.3}" in printed
    assert "one output: (4, 10)" in printed


def test_residual_regressor_fits() -> None:
    """It learns how bright an image is."""
    model = archspec.build("residual_regressor").train()
    brightness = torch.linspace(-1, 1, 8).reshape(8, 1)
    images = torch.randn(8, 1, 32, 32) * 0.1 + brightness.reshape(8, 1, 1, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(30):
        loss = F.mse_loss(model(images), brightness)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.05 * losses[0]
