"""Two processes write the same bytes, whatever the order of their hash tables is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import archspec

HERE = Path(__file__).parent
SPECS = (
    *sorted(str(path) for path in (HERE / "cases").glob("*/spec.yaml")),
    "resnet18",
    "googlenet",
    "densenet121",
)

SCRIPT = """
import sys
import archspec
from archspec.backends import summary
from archspec.backends.dot import dot

for spec in sys.argv[1:]:
    network = archspec.compile(spec)
    found = network.summary()
    for text in (network.source(), dot(network.graph), summary.to_json(found), summary.to_csv(found)):
        sys.stdout.write(text)
sys.stdout.flush()
sys.stdout.buffer.write(archspec.compile(sys.argv[1]).draw("svg"))
"""


def written(program: list[str], seed: str) -> bytes:
    done = subprocess.run(
        [sys.executable, *program],
        capture_output=True,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(archspec.__file__).parents[1])},
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr.decode()
    return done.stdout


def test_source_pictures_and_tables() -> None:
    first, second = (written(["-c", SCRIPT, *SPECS], seed) for seed in ("1", "2"))
    assert len(first) > 100_000
    assert first == second


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_reports(form: str) -> None:
    program = [
        "-c",
        "from archspec.cli import main; main()",
        "validate",
        "--format",
        form,
        str(HERE / "invalid"),
    ]
    first, second = (written(program, seed) for seed in ("1", "2"))
    assert len(first) > 10_000
    assert first == second
