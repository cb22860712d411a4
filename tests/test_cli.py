"""The command line: what goes to stdout, what to stderr, which exit code, and what is left on the disk."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from contextlib import suppress
from pathlib import Path

import pytest
from command_line import BROKEN, SPECS, VALID, Cli, Result, put, start


class TestTheProgram:
    def test_version(self, cli: Cli) -> None:
        project = tomllib.loads((SPECS.parent / "pyproject.toml").read_text("utf-8"))["project"]
        assert cli("--version") == Result(0, f"archspec {project['version']}\n", "")

    def test_as_a_module(self) -> None:
        ran = subprocess.run(
            [sys.executable, "-m", "archspec", "--version"], capture_output=True, text=True, check=True
        )
        assert ran.stdout.startswith("archspec ")

    def test_help_lists_every_command(self, cli: Cli) -> None:
        shown = cli("--help").out
        for name in ("validate", "build", "draw", "summary", "zoo", "blocks", "explain", "schema"):
            assert f"\n  {name} " in shown

    @pytest.mark.parametrize(
        "arguments", [["nothing"], ["build"], ["zoo", "--nothing"], ["summary", "--depth", "x"]]
    )
    def test_a_wrong_call_is_said_in_a_line(self, cli: Cli, arguments: list[str]) -> None:
        result = cli(*arguments)
        assert (result.code, result.out) == (2, "")
        assert "Error: " in result.err

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (
                ["validate", "lenet5", "--format", "jsn"],
                "there is no `jsn`; there is text, json, sarif, github; did you mean `json`?",
            ),
            (["zoo", "--format", "qq"], "there is no `qq`; there is text, json"),
            (
                ["draw", "lenet5", "--view", "overvew"],
                "there is no view `overvew`; there is overview, blocks, full; did you mean `overview`?",
            ),
            (["draw", "lenet5", "--direction", "TR"], "there is no direction `TR`; there is TB, LR"),
            (
                ["draw", "lenet5", "--format", "sgv"],
                "not one that `draw` writes: svg, png, pdf, dot, mmd, html; did you mean `svg`?",
            ),
        ],
    )
    def test_a_slip_in_a_choice(self, cli: Cli, arguments: list[str], said: str) -> None:
        result = cli(*arguments)
        assert (result.code, result.out) == (2, "")
        assert said in result.err

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["explain", "conv", "--set", "classes=3"], "`--set` is for networks, and `conv` is a name"),
            (["explain", "kernel_size", "--set", "classes=3"], "`kernel_size` is a name"),
            (["draw", "lenet5", "-o", "x.svg", "--check", "--force"], "`--check` writes nothing"),
            (["draw", "lenet5", "-o", "x.svg", "--check", "--open"], "`--check` writes nothing"),
            (["draw", "lenet5", "-o", "x.png", "--link", "https://x.org"], "`--link` is for an svg"),
        ],
    )
    def test_an_option_that_would_do_nothing_is_refused(
        self, cli: Cli, arguments: list[str], said: str
    ) -> None:
        result = cli(*arguments)
        assert (result.code, result.out) == (2, "")
        assert said in result.err

    def test_a_picture_on_stdout_leads_to_the_web(self, cli: Cli) -> None:
        drawn = cli("draw", put("net.yaml"), "--link", "https://example.org/specs").out
        assert 'href="https://example.org/specs/net.yaml#L' in drawn
        assert "href=" not in cli("draw", "net.yaml").out

    def test_the_suffix_of_an_output_may_be_in_capitals(self, cli: Cli) -> None:
        assert cli("build", put("net.yaml"), "-o", "NET.PY").code == 0
        assert Path("NET.PY").read_text("utf-8") == cli("build", "net.yaml").out

    @pytest.mark.parametrize("name", ["a" * 100_000, "", "\udcff", "::error::x"])
    @pytest.mark.parametrize("command", ["explain", "summary", "validate"])
    def test_a_name_of_nothing(self, cli: Cli, command: str, name: str) -> None:
        result = cli(command, name)
        assert result.code == 2
        assert result.err.startswith("error")
        assert len(result.err) < 300
        assert "bug" not in result.err

    def test_a_seed_that_is_too_large(self, cli: Cli) -> None:
        result = cli("build", "lenet5", "-o", "x.safetensors", "--seed", str(2**64))
        assert result.code == 2
        assert "'--seed'" in result.err

    def test_a_bug_of_ours_is_said_in_a_line(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object, **__: object) -> None:
            raise RuntimeError("no \x1b[31mcolour")

        monkeypatch.setattr("archspec.compiler.check", fail)
        result = cli("summary", "lenet5")
        assert result.code == 70
        assert result.err.startswith("error: this is a bug in archspec: RuntimeError: no \\x1b[31mcolour\n")

    def test_a_reader_that_goes_away(self) -> None:
        process = start("schema")
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(30) == 141
        assert process.stderr is not None
        assert process.stderr.read() == b""

    @pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
    def test_an_interrupt(self) -> None:
        """While the program waits for its standard input."""
        process = start("validate", "-")
        assert process.stdin is not None
        process.stdin.write(b"#" * 200_000)  # more than a pipe holds: some of it has been read when this ends
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
        assert process.returncode == 130
        assert b"Traceback" not in err

    def test_a_terminal_without_our_characters(self) -> None:
        process = subprocess.run(
            [sys.executable, "-c", "from archspec.cli import main; main()", "validate", "lenet5"],
            capture_output=True,
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
            check=True,
        )
        assert process.stdout.startswith(b"\\u2713 lenet5: valid")


class TestTerminal:
    @staticmethod
    def shown(**environment: str) -> str:
        """What a terminal of 50 columns is sent."""
        import pty

        master, slave = pty.openpty()
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from archspec.cli import main; main()",
                "validate",
                put("net.yaml", BROKEN),
            ],
            stdout=subprocess.DEVNULL,
            stderr=slave,
            env={**os.environ, "COLUMNS": "50", "TERM": "xterm", **environment},
        )
        os.close(slave)
        sent = b""
        with suppress(OSError):  # Linux ends the terminal with an error
            while part := os.read(master, 4096):
                sent += part
        os.close(master)
        assert process.wait(30) == 1
        return sent.decode().replace("\r\n", "\n")

    def test_sentences_fit_and_words_are_coloured(self, cli: Cli) -> None:
        coloured = self.shown()
        plain = re.sub(r"\x1b\[[\d;]*m", "", coloured)
        assert coloured.startswith("\x1b[1;31merror[E0202]\x1b[0m")
        assert all(len(line) <= 50 for line in plain.split("\n"))
        assert "\n  = help: did you mean `kernel`?\n  = fix: write `kernel`\n" in plain
        assert plain == self.shown(NO_COLOR="1") == self.shown(TERM="dumb")

    def test_a_log_has_whole_sentences(self, cli: Cli) -> None:
        (note,) = re.findall(r"= note: .*", cli("validate", put("net.yaml", BROKEN)).err)
        assert len(note) > 50
        assert note not in self.shown(NO_COLOR="1")


class TestLists:
    def test_zoo(self, cli: Cli) -> None:
        shown = cli("zoo").out
        assert "lenet5" in shown
        assert "\n    resnet.yaml: Deep residual networks" in shown

    def test_every_network_of_the_zoo_can_be_named(self, cli: Cli) -> None:
        networks = json.loads(cli("zoo", "--format", "json").out)
        assert {network["file"] for network in networks} == {path.name for path in SPECS.glob("*.yaml")}
        assert cli("validate", *(network["name"] for network in networks)).code == 0

    def test_blocks(self, cli: Cli) -> None:
        shown = cli("blocks").out
        assert "\nfire(squeeze: int, " in shown
        assert "SqueezeNet" in shown

    def test_a_block_can_be_copied(self, cli: Cli) -> None:
        library = cli("blocks", "show", "fire").out
        put("fire.yaml", library)
        assert cli("validate", "fire.yaml").out == "✓ fire.yaml: valid · 1 block\n"

    def test_a_block_that_is_none(self, cli: Cli) -> None:
        result = cli("blocks", "show", "fires")
        assert result == Result(2, "", "error: there is no block `fires`; did you mean `fire`?\n")

    def test_schema(self, cli: Cli) -> None:
        assert json.loads(cli("schema").out)["title"] == "archspec"


class TestTextFromStrangers:
    """It is shown as what it is, wherever it is shown."""

    NAME = "a\x1b[31m\n::error::forged\u202e"
    SPEC = VALID.replace("name: Tiny", 'name: "x\\e[31m\\n::error::forged [/red] [link=http://x]"')

    @pytest.mark.parametrize(
        "arguments",
        [["validate"], ["summary"], ["build"], ["draw"], ["validate", "--format", "github"]],
        ids=str,
    )
    def test_a_file_name(self, cli: Cli, arguments: list[str]) -> None:
        result = cli(*arguments, put(f"{self.NAME}.yaml", BROKEN))
        assert result.code == 1
        for text in (result.out, result.err):
            assert "\x1b" not in text
            assert "\u202e" not in text
            assert "\n::error::forged" not in text

    def test_a_missing_file(self, cli: Cli) -> None:
        result = cli("validate", f"{self.NAME}.yaml")
        assert result.code == 2
        assert result.err.count("\n") == 1
        assert "\x1b" not in result.err

    @pytest.mark.parametrize(
        "arguments",
        [["summary"], ["summary", "--format", "md"], ["summary", "--format", "csv"], ["build"], ["draw"]],
        ids=str,
    )
    def test_a_network_name(self, cli: Cli, arguments: list[str]) -> None:
        result = cli(*arguments, put("net.yaml", self.SPEC))
        assert result.code == 0
        assert "\x1b" not in result.out
        assert "\n::error::forged" not in result.out

    def test_a_network_name_in_an_explanation(self, cli: Cli) -> None:
        result = cli("explain", put("net.yaml", self.SPEC) + ":nothing")
        assert result.code == 2
        assert "\x1b" not in result.err
        assert result.err.count("\n") == 1
