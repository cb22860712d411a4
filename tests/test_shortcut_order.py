"""A shortcut written before the main path comes before it: in the `state_dict`, in the emitted file."""

from __future__ import annotations

import pytest
import torch

import archspec

SPEC = """
archspec: 1
input: [4, 8, 8]
body:
  unit:
    SHORTCUT
    residual:
      a: {{conv: 8, kernel: 3, stride: 2, padding: 1, bias: false}}
      b: {{conv: 8, kernel: 3, padding: 1, bias: false}}
    BELOW
"""


def spec(shortcut: str, *, first: bool) -> str:
    text = SPEC.replace("{{", "{").replace("}}", "}")
    lines = {"SHORTCUT": shortcut if first else "", "BELOW": "" if first else shortcut}
    for place, line in lines.items():
        text = text.replace(place, line)
    return text


@pytest.mark.parametrize(
    "shortcut",
    [
        "shortcut: {proj: auto}",
        "shortcut: {proj: {use: projection, norm: none}}",
        "shortcut: {proj: {conv: 8, kernel: 1, stride: 2}}",
    ],
)
def test_order(shortcut: str) -> None:
    def layers(*, first: bool) -> list[str]:
        model = archspec.build(spec(shortcut, first=first))
        return list(dict.fromkeys(key.split(".")[1] for key in model.state_dict()))

    assert layers(first=True) == ["proj", "a", "b"]
    assert layers(first=False) == ["a", "b", "proj"]


def test_the_sum_is_the_same() -> None:
    models = [archspec.build(spec("shortcut: {proj: auto}", first=first)).eval() for first in (True, False)]
    models[1].load_state_dict(models[0].state_dict())
    x = torch.randn(2, 4, 8, 8)
    with torch.no_grad():
        torch.testing.assert_close(models[0](x), models[1](x))


def test_it_cannot_read_what_comes_after() -> None:
    reads_main = "shortcut: {proj: {conv: 8, kernel: 1, from: a}}"
    assert archspec.validate(spec(reads_main, first=False)) == []
    (found,) = archspec.validate(spec(reads_main, first=True))
    assert found.code == "E0405"
