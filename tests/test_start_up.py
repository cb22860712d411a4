"""Starting up is quick, and a spec from a stranger is checked without torch: what each command imports."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from archspec.cli import COMMANDS, command
from archspec.targets import Shipped, find_shipped, shipped_networks

SCRIPT = """
import contextlib, io, json, sys
from archspec.console import run
from archspec.cli import app
with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), "utf-8")):
    code = run(app, sys.argv[1:])
heavy = ("torch", "numpy", "rich", "graphviz", "pydantic", "yaml")
print(json.dumps({"code": code, "imported": [name for name in heavy if name in sys.modules]}))
"""


def imported_by(*arguments: str, cwd: Path) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=True, cwd=cwd
    )
    found = json.loads(done.stdout)
    assert found["code"] == 0, done.stderr
    return set(found["imported"])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["validate", "resnet18"],
        ["validate", "resnet18", "--format", "json"],
        ["build", "resnet18"],
        ["build", "resnet18", "-o", "resnet18.py"],
        ["draw", "resnet18"],
        ["draw", "resnet18", "--format", "dot"],
        ["summary", "resnet18"],
        ["summary", "resnet18", "--format", "json"],
        ["diff", "resnet18", "resnet18"],
        ["zoo"],
        ["blocks"],
        ["blocks", "show", "fire"],
        ["schema"],
        ["explain", "E0301"],
        ["explain", "conv"],
        ["explain", "resnet18:layer1.0.conv1"],
    ],
    ids=" ".join,
)
def test_no_command_but_a_check_of_the_model_imports_torch(arguments: list[str], tmp_path: Path) -> None:
    assert "torch" not in imported_by(*arguments, cwd=tmp_path)


def test_a_check_of_the_model_imports_torch(tmp_path: Path) -> None:
    """Shows that the test above would see it."""
    assert "torch" in imported_by("build", "lenet5", "--check", cwd=tmp_path)


def test_validation_of_a_valid_file_draws_no_tables_and_no_pictures(tmp_path: Path) -> None:
    assert imported_by("validate", "resnet18", cwd=tmp_path) <= {"yaml", "pydantic"}


def test_a_picture_of_plain_words_loads_no_library_to_quote_them(tmp_path: Path) -> None:
    assert "graphviz" not in imported_by("draw", "resnet18", "--format", "dot", cwd=tmp_path)


def test_help_reads_no_spec(tmp_path: Path) -> None:
    assert imported_by("--help", cwd=tmp_path) == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says(name: str) -> None:
    """The list is written down, so that help imports no command."""
    help = " ".join((command(name).help or "").split("\n\n")[0].split())
    assert COMMANDS[name][1] == help


@pytest.mark.parametrize("network", shipped_networks(), ids=lambda network: network.name)
def test_a_shipped_network_is_found_without_parsing(network: Shipped) -> None:
    found = find_shipped(network.name)
    assert found is not None
    assert (found[0].name, found[1]) == (network.file, network.variant)


@pytest.mark.parametrize("module", ["archspec", "archspec.cli", "archspec.zoo"])
def test_importing_the_package_is_light(module: str) -> None:
    script = f"import sys, {module}; print([n for n in ('torch', 'pydantic', 'rich') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
