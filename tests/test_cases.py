"""Golden cases: small specs with the source and the picture that must come out of them.

`pytest --update-cases` writes `expected.py` and `expected.dot` anew: read the changes.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import archspec

FOLDER = Path(__file__).parent / "cases"
CASES = sorted(path.parent for path in FOLDER.glob("*/spec.yaml"))


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
@pytest.mark.parametrize("file", ["expected.py", "expected.dot"])
def test_what_comes_out_is_what_was_read_and_agreed(
    folder: Path, file: str, request: pytest.FixtureRequest
) -> None:
    network = archspec.compile(folder / "spec.yaml")
    made = network.source() if file == "expected.py" else network.draw("dot").decode()
    if request.config.getoption("--update-cases"):
        (folder / file).write_text(made, encoding="utf-8")
    assert made == (folder / file).read_text("utf-8")


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_the_network_runs_and_gives_the_shapes_promised(folder: Path) -> None:
    network = archspec.compile(folder / "spec.yaml")
    inputs = network.input if isinstance(network.input, dict) else {"x": network.input}
    promised = network.output if isinstance(network.output, dict) else {"output": network.output}
    with torch.device("meta"):
        model = network.module().eval()
        outputs = model(*(torch.empty(2, *shape) for shape in inputs.values()))
    given = outputs if isinstance(outputs, tuple) else (outputs,)
    assert [tuple(output.shape[1:]) for output in given] == list(promised.values())
