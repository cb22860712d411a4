"""Text, JSON, SARIF and GitHub annotations of one run list the same findings in the same order."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from archspec.cli import app
from archspec.console import run

FOLDER = Path(__file__).parent / "invalid"
SPECS = ("many_block_style.yaml", "many_torch_habits.yaml", "yaml_list.yaml", "keras_and_torch_names.yaml")
WARNED = """\
archspec: 1
input: [3, 8, 8]
body:
  - relu
  - relu
  - {conv: 8, kernel: 3}
  - norm
  - {conv: 8, kernel: 1, note: allow W0404}
  - norm
"""

Finding = tuple[str, str, int, int]
"""A code, and its place: file, line, column."""


@pytest.fixture
def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    for name in SPECS:
        Path(name).write_bytes((FOLDER / name).read_bytes())
    Path("warned.yaml").write_text(WARNED, "utf-8")
    return [SPECS[2], "warned.yaml", SPECS[0], SPECS[3], SPECS[1]]


def of_text(shown: str) -> list[Finding]:
    found = re.findall(r"^(?:error|warning)\[(\w+)\].*\n(?: *\| .*\n)* *--> (.*):(\d+):(\d+)$", shown, re.M)
    return [(code, file, int(line), int(column)) for code, file, line, column in found]


def of_json(shown: str) -> list[Finding]:
    spans = [(each["code"], each["span"]) for file in json.loads(shown) for each in file["diagnostics"]]
    return [(code, span["file"], span["line"], span["column"]) for code, span in spans]


def of_sarif(shown: str) -> list[Finding]:
    """Those that are reported: what a note silences is there too, with a suppression."""
    found = []
    for result in json.loads(shown)["runs"][0]["results"]:
        place = result["locations"][0]["physicalLocation"]
        region = place["region"]
        if not result["suppressions"]:
            where = (place["artifactLocation"]["uri"], region["startLine"], region["startColumn"])
            found.append((result["ruleId"], *where))
    return found


def of_github(shown: str) -> list[Finding]:
    lines = re.findall(r"^::\w+ file=(.*?),line=(\d+),endLine=\d+(?:,col=(\d+))?.*?title=(\w+)", shown, re.M)
    return [(code, file, int(line), int(column or 0)) for file, line, column, code in lines]


def test_all_formats_list_the_same(names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, ["validate", *names]) == 1
    found = of_text(capsys.readouterr().err)
    assert {code[0] for code, *_ in found} == {"E", "W"}
    assert list(dict.fromkeys(file for _, file, *_ in found)) == names
    for format, read in (("json", of_json), ("sarif", of_sarif), ("github", of_github)):
        assert run(app, ["validate", "--format", format, *names]) == 1
        listed = read(capsys.readouterr().out)
        assert [(code, file, line) for code, file, line, _ in listed] == [place[:3] for place in found], (
            format
        )
        assert all(mine[3] in (0, theirs[3]) for mine, theirs in zip(listed, found, strict=True)), format
