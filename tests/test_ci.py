"""The hooks and the workflow that docs/ci.md offers: each command in them is run as pre-commit and GitHub would."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from test_readme import blocks

ROOT = Path(__file__).parent.parent
CI = ROOT / "docs" / "ci.md"
SARIF = ROOT / "tests" / "schemas" / "sarif-2.1.0-rtm.5.json"

VALID = "archspec: 1\nname: Net\ninput: [3, 8, 8]\nbody: [{conv: 8, kernel: 3}]\n"
BROKEN = VALID.replace("kernel", "kernal")

HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))


def documented() -> dict[str, list[dict[str, Any]]]:
    """The YAML blocks of docs/ci.md, by the file that the first line names."""
    found: dict[str, list[dict[str, Any]]] = {}
    for block in blocks(CI.read_text("utf-8")):
        if block.language == "yaml":
            name = block.text.partition("\n")[0].removeprefix("# ")
            found.setdefault(name, []).append(yaml.safe_load(block.text))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with specs, and with the program on the path."""
    program = tmp_path / "bin" / "archspec"
    program.parent.mkdir()
    script = "from archspec.cli import main; main()"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {shlex.quote(script)} "$@"\n')
    program.chmod(0o755)
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "valid.yaml").write_text(VALID)
    (tmp_path / "nets" / "broken.yaml").write_text(BROKEN)
    return tmp_path


def run(command: str | list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """A command in that folder; a text is one of a shell."""
    return subprocess.run(
        command,
        shell=isinstance(command, str),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"},
    )


def call(hook: dict[str, Any], *files: str) -> list[str]:
    """What pre-commit runs."""
    return [*shlex.split(hook["entry"]), *hook["args"], *files]


class TestHooks:
    def test_the_hooks_are_those_that_are_documented(self) -> None:
        assert [hook["id"] for hook in HOOKS] == ["archspec-validate", "archspec-fix"]
        scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
        for hook in HOOKS:
            assert set(hook) >= {"id", "name", "entry", "language"}
            assert hook["language"] == "python"
            assert shlex.split(hook["entry"])[0] in scripts
        remote, local = documented()[".pre-commit-config.yaml"]
        for repository in remote["repos"]:
            assert {hook["id"] for hook in repository["hooks"]} <= {hook["id"] for hook in HOOKS}
        (own,) = local["repos"][0]["hooks"]
        assert all(own[key] == HOOKS[0][key] for key in ("id", "name", "entry", "args", "types"))

    def test_validate(self, folder: Path) -> None:
        assert run(call(HOOKS[0], "nets/valid.yaml"), folder).returncode == 0
        done = run(call(HOOKS[0], "nets/valid.yaml", "nets/broken.yaml"), folder)
        assert done.returncode == 1
        assert "✗ nets/broken.yaml: 1 error\n" in done.stdout
        assert (folder / "nets" / "broken.yaml").read_text() == BROKEN

    def test_fix(self, folder: Path) -> None:
        done = run(call(HOOKS[1], "nets/valid.yaml", "nets/broken.yaml"), folder)
        assert done.returncode == 0
        assert (folder / "nets" / "broken.yaml").read_text() == VALID

    def test_a_file_with_the_name_of_an_option(self, folder: Path) -> None:
        (folder / "--fix.yaml").write_text(BROKEN)
        done = run(call(HOOKS[0], "--fix.yaml"), folder)
        assert done.stdout == "✗ --fix.yaml: 1 error\n"


class TestWorkflow:
    WORKFLOW = documented()[".github/workflows/specs.yaml"][0]

    def steps(self) -> list[dict[str, Any]]:
        (job,) = self.WORKFLOW["jobs"].values()
        steps: list[dict[str, Any]] = job["steps"]
        return steps

    def commands(self, folder: Path) -> list[subprocess.CompletedProcess[str]]:
        return [
            run(step["run"], folder) for step in self.steps() if step.get("run", "").startswith("archspec")
        ]

    def test_annotations_and_a_report(self, folder: Path) -> None:
        annotated, reported = self.commands(folder)
        assert annotated.returncode == reported.returncode == 1
        (line,) = annotated.stdout.splitlines()
        assert line.startswith("::error file=nets/broken.yaml,line=4,")
        upload = self.steps()[-1]["with"]
        log = json.loads((folder / upload["sarif_file"]).read_text())
        jsonschema.Draft4Validator(json.loads(SARIF.read_text("utf-8"))).validate(log)
        assert len(log["runs"][0]["results"]) == 1

    def test_valid_specs_pass(self, folder: Path) -> None:
        (folder / "nets" / "broken.yaml").unlink()
        assert [done.returncode for done in self.commands(folder)] == [0, 0]

    def test_no_more_rights_than_needed(self) -> None:
        (job,) = self.WORKFLOW["jobs"].values()
        assert self.WORKFLOW["permissions"] == {"contents": "read"}
        assert job["permissions"] == {"contents": "read", "security-events": "write"}

    def test_what_comes_after_a_failure_is_run(self) -> None:
        """The report is wanted most where the check before it fails."""
        assert [step.get("if") for step in self.steps()[-2:]] == ["always()", "always()"]
