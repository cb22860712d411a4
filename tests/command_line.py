"""Tests of the command line: what a command gave, and a spec for it to read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SPECS = Path(__file__).parent.parent / "specs"

VALID = """\
archspec: 1
name: Tiny
input: [3, 8, 8]
params: {classes: 4, widths: [8, 16], kind: relu}
body:
  conv: {conv: "$(widths[0])", kernel: 3, padding: 1}
  act: $kind
head:
  pool: gap
  fc: {fc: $classes}
"""
BROKEN = VALID.replace("kernel: 3", "kernal: 3")
WARNING = VALID.replace("params: {", "params: {unused: 1, ")


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


Cli = Callable[..., Result]


def put(name: str, text: str = VALID) -> str:
    """Write a file into the current folder."""
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(text, "utf-8")
    return name


def start(*arguments: str, **options: object) -> subprocess.Popen[bytes]:
    """The program as a process of its own."""
    script = "from archspec.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
