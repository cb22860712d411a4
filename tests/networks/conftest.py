"""What the tests of whole networks share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def _seeded() -> Iterator[None]:
    """Every test starts from the same random numbers, and leaves those of the others alone."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield
