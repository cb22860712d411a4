"""What a project of its own would run over an emitted file: ruff with its defaults, and mypy at its strictest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

by_linter = pytest.mark.parametrize(
    "linter",
    [
        pytest.param(("ruff", "format", "--isolated", "--check", "--diff"), id="ruff format"),
        pytest.param(("ruff", "check", "--isolated", "--extend-select", "I,UP,F,E4,E7,E9"), id="ruff check"),
        pytest.param(
            ("mypy", "--strict", "--python-version", "3.11", "--config-file", ""),
            id="mypy",
            marks=pytest.mark.slow,
        ),
    ],
)


def findings(linter: tuple[str, ...], folder: Path) -> str:
    """What `linter` finds in the files of `folder`; empty where it finds nothing."""
    files = sorted(folder.glob("*.py"))
    assert files
    done = subprocess.run(
        [sys.executable, "-m", *linter, *files], capture_output=True, text=True, check=False, cwd=folder
    )
    return done.stdout + done.stderr if done.returncode else ""
