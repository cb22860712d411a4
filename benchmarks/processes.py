"""A command → the CPU time (user and system) and the peak memory of its process and those it waited for."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LAUNCH: Final = Path(__file__).with_name("launch.py")


@dataclass(frozen=True, slots=True)
class Used:
    """Seconds and bytes."""

    cpu: float
    memory: int


def used_by(command: list[str]) -> Used:
    """Run a command to its end. Raises `RuntimeError` where it fails."""
    launched = [sys.executable, "-I", "-S", str(LAUNCH), *command]
    done = subprocess.run(launched, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    if found["status"] != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {found['status']}: {done.stderr[-500:]}")
    return Used(found["cpu"], found["memory"])


def cpu_of(command: list[str]) -> Callable[[], float]:
    """A subject for `measure.interleaved`: one cold process."""
    return lambda: used_by(command).cpu


def archspec(*arguments: str) -> list[str]:
    """The command line as it is installed."""
    installed = shutil.which("archspec", path=sysconfig.get_path("scripts"))
    if installed is None:
        raise RuntimeError("archspec is not installed beside this Python: pip install -e '.[benchmarks]'")
    return [sys.executable, installed, *arguments]


def python(script: str) -> list[str]:
    return [sys.executable, "-c", script]


def engine() -> str | None:
    """The layout engine that archspec finds first."""
    scripts = sysconfig.get_path("scripts")
    return shutil.which("graphviz-pure", path=scripts) or shutil.which("graphviz-pure") or shutil.which("dot")
