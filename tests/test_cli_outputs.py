"""`archspec build`, `draw` and `summary`: what they write, and where."""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import BROKEN, VALID, Cli, Result, put, start

import archspec


class TestBuild:
    def test_without_an_output_the_source_goes_to_stdout(self, cli: Cli) -> None:
        result = cli("build", put("net.yaml"))
        assert result == Result(0, archspec.compile("net.yaml").source(), "")
        assert cli("build", "net.yaml", "-o", "-") == result

    def test_to_a_file(self, cli: Cli) -> None:
        result = cli("build", put("net.yaml"), "-o", "net.py")
        assert result == Result(0, "", "wrote net.py\n")
        assert Path("net.py").read_text("utf-8") == archspec.compile("net.yaml").source()
        assert sorted(os.listdir()) == ["net.py", "net.yaml"]

    def test_the_file_runs(self, cli: Cli) -> None:
        cli("build", put("net.yaml"), "-o", "net.py")
        done = subprocess.run([sys.executable, "net.py"], capture_output=True, check=True)
        assert (done.stdout, done.stderr) == (b"", b"")

    def test_an_existing_file_needs_force(self, cli: Cli) -> None:
        put("net.py", "old")
        result = cli("build", put("net.yaml"), "-o", "net.py")
        assert result == Result(2, "", "error[E0008]: `net.py` exists; `--force` overwrites it\n")
        assert Path("net.py").read_text() == "old"
        assert cli("build", "net.yaml", "-o", "net.py", "--force").code == 0
        ast.parse(Path("net.py").read_text("utf-8"))

    @pytest.mark.parametrize("output", ["net.txt", "net", "net.h5"])
    def test_what_cannot_be_written_is_said(self, cli: Cli, output: str) -> None:
        result = cli("build", put("net.yaml"), "-o", output)
        assert result.code == 2
        assert ".py" in result.err
        assert os.listdir() == ["net.yaml"]

    def test_a_broken_spec_writes_nothing(self, cli: Cli) -> None:
        result = cli("build", put("net.yaml", BROKEN), "-o", "net.py")
        assert (result.code, result.out) == (1, "")
        assert "error[E0202]" in result.err
        assert os.listdir() == ["net.yaml"]

    def test_standard_input(self) -> None:
        out, err = start("build", "-").communicate(VALID.encode(), timeout=60)
        assert err == b""
        assert b"class Tiny(nn.Module):" in out


class TestCheck:
    def test_a_sound_model(self, cli: Cli) -> None:
        result = cli("build", put("net.yaml"), "-o", "net.py", "--check")
        assert result.code == 0
        assert (
            "✓ forward and backward pass: output 2 × 4, finite gradients for all 260 parameters" in result.err
        )
        assert Path("net.py").exists()

    def test_auxiliary_heads_take_part(self, cli: Cli) -> None:
        aux = "aux: {side: {from: conv, weight: 0.3, sequence: [gap, {fc: 4}]}}\n"
        result = cli("build", put("net.yaml", VALID.replace("head:", aux + "head:")), "--check")
        assert result.code == 0
        assert "all 296 parameters" in result.err

    def test_a_model_that_overflows_is_not_written(self, cli: Cli) -> None:
        put("net.yaml", VALID + "init: {fc: {constant: {val: 1.0e38}}, conv: {constant: {val: 1.0e38}}}\n")
        result = cli("build", "net.yaml", "-o", "net.py", "--check")
        assert result.code == 1
        assert "error: the gradient of `conv.weight` is not finite" in result.err
        assert not Path("net.py").exists()

    def test_the_random_state_is_left_as_it_was(self, cli: Cli) -> None:
        import torch

        before = torch.random.get_rng_state()
        cli("build", put("net.yaml"), "--check")
        assert torch.equal(torch.random.get_rng_state(), before)


class TestDraw:
    @pytest.mark.parametrize(
        ("name", "start"),
        [("net.svg", b"<?xml"), ("net.png", b"\x89PNG"), ("net.pdf", b"%PDF"), ("net.dot", b"digraph")],
    )
    def test_the_format_is_that_of_the_name(self, cli: Cli, name: str, start: bytes) -> None:
        result = cli("draw", put("net.yaml"), "-o", name)
        assert result == Result(0, "", f"wrote {name}\n")
        assert Path(name).read_bytes().startswith(start)

    def test_without_an_output_it_is_svg_on_stdout(self, cli: Cli) -> None:
        result = cli("draw", put("net.yaml"))
        assert (result.code, result.err) == (0, "")
        assert "<svg" in result.out

    def test_the_format_can_be_named(self, cli: Cli) -> None:
        assert cli("draw", put("net.yaml"), "--format", "dot").out.startswith("digraph")
        assert cli("draw", "net.yaml", "--format", "dot", "-o", "picture").code == 0
        assert Path("picture").read_text("utf-8").startswith("digraph")

    @pytest.mark.parametrize(
        "arguments",
        [["-o", "net.jpeg"], ["-o", "net"], ["--format", "bmp"], ["--view", "x"], ["--open"]],
        ids=str,
    )
    def test_what_cannot_be_done_is_said(self, cli: Cli, arguments: list[str]) -> None:
        result = cli("draw", put("net.yaml"), *arguments)
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith("error: ")
        assert os.listdir() == ["net.yaml"]

    def test_an_existing_file_needs_force(self, cli: Cli) -> None:
        put("net.svg", "old")
        assert cli("draw", put("net.yaml"), "-o", "net.svg").code == 2
        assert Path("net.svg").read_text() == "old"
        assert cli("draw", "net.yaml", "-o", "net.svg", "--force").code == 0

    def test_without_a_layout_engine_the_dot_text_is_left(
        self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
        monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
        result = cli("draw", put("net.yaml"), "-o", "net.svg")
        assert result.code == 2
        assert "graphviz" in result.err
        assert result.err.endswith("wrote net.dot\n")
        assert Path("net.dot").read_text("utf-8").startswith("digraph")
        assert not Path("net.svg").exists()


class TestSummary:
    def test_text(self, cli: Cli) -> None:
        result = cli("summary", put("net.yaml"))
        assert (result.code, result.err) == (0, "")
        assert "parameters 260 " in result.out

    def test_json(self, cli: Cli) -> None:
        data = json.loads(cli("summary", put("net.yaml"), "--format", "json", "--batch", "8").out)
        assert (data["params"], data["input"], data["output"]) == (260, [3, 8, 8], [4])
        assert data["memory"]["batch"] == 8

    def test_csv(self, cli: Cli) -> None:
        rows = list(csv.reader(io.StringIO(cli("summary", put("net.yaml"), "--format", "csv").out)))
        assert [row[0] for row in rows[1:]] == ["conv", "act", "pool", "fc"]

    def test_markdown(self, cli: Cli) -> None:
        assert cli("summary", put("net.yaml"), "--format", "md").out.startswith("# Tiny\n")

    def test_depth(self, cli: Cli) -> None:
        assert "layer1" in cli("summary", "resnet18", "--depth", "1").out
        assert "basic" not in cli("summary", "resnet18", "--depth", "1").out
        assert "basic" in cli("summary", "resnet18", "--depth", "2").out
        assert "conv2" not in cli("summary", "resnet18", "--depth", "2").out
        assert "conv2" in cli("summary", "resnet18").out
        assert cli("summary", "resnet18", "--depth", "0").code == 2

    def test_a_broken_spec(self, cli: Cli) -> None:
        result = cli("summary", put("net.yaml", BROKEN))
        assert (result.code, result.out) == (1, "")
