"""What the comparison with PyTorch found, as the smallest specs that show it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import yaml
from fuzz.compare import compare
from fuzz.generate import Spec

FOUND = {
    # A block of which several classes become one `nn.Sequential` lost the functions that have no weights.
    "a function in a repeated block": """
        blocks: {negated: {seq: [{conv: 2, kernel: 3, padding: 1}, {scaled: -1}, relu]}}
        body: [{use: negated, repeat: 2}]
        """,
    # … and its identities, so that the layers behind them had other keys.
    "an identity in a repeated block": """
        blocks: {padded: {seq: [identity, {conv: 2, kernel: 1}, abs, gap]}}
        body: [{add: {left: padded, right: padded}}]
        """,
    # An RMS norm has no bias, and `init` asked it for one.
    "the start of norms of several kinds": """
        init: {norm: {ones: {}, bias: zeros}}
        body: [norm, {norm: rms}, {norm: rms, over: last}, {norm: layer, bias: false}]
        """,
}


@pytest.mark.parametrize("name", FOUND)
def test_it_is_as_in_pytorch(name: str, tmp_path: Path) -> None:
    values = {"archspec": 1, "name": "Found", "input": [2, 6, 6], **yaml.safe_load(FOUND[name])}
    torch.manual_seed(0)
    assert compare(Spec({"net.yaml": values}, reads=values), tmp_path) == "valid"
