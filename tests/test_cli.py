"""The command line: what goes to stdout, what to stderr, which exit code, and what is left on the disk."""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

import archspec
from archspec.cli import app
from archspec.codes import CODES
from archspec.console import run
from archspec.ops import ALIASES, OPS
from archspec.vocabulary import WORDS

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


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> Result:
        code = run(app, arguments)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Result(code, captured.out, captured.err)

    return command


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


class TestValidate:
    def test_a_valid_file(self, cli: Cli) -> None:
        result = cli("validate", put("net.yaml"))
        assert result == Result(0, "✓ net.yaml: valid · 260 parameters · 13.9 K MACs\n", "")

    def test_a_broken_file(self, cli: Cli) -> None:
        result = cli("validate", put("net.yaml", BROKEN))
        assert result.code == 1
        assert result.out == "✗ net.yaml: 1 error\n"
        assert result.err.startswith("error[E0202]: ")
        assert "--> net.yaml:6:32" in result.err

    def test_a_warning_leaves_a_file_valid(self, cli: Cli) -> None:
        result = cli("validate", put("net.yaml", WARNING))
        assert result.code == 0
        assert result.out.startswith("✓ net.yaml: valid · 1 warning · ")
        assert "warning[W0401]" in result.err

    @pytest.mark.parametrize("setting", ["classes=true", "classes=[1, 2]", "classes=1.5", "classes=null"])
    def test_a_setting_is_shown_as_it_is_typed(self, cli: Cli, setting: str) -> None:
        result = cli("validate", put("net.yaml"), "--set", setting)
        assert result.code == 1
        assert f"\n1 | {setting}\n" in result.err

    def test_a_shipped_network(self, cli: Cli) -> None:
        assert cli("validate", "resnet18").out == "✓ resnet18: valid · 11.7 M parameters · 1.81 G MACs\n"

    def test_a_folder_means_its_specs(self, cli: Cli) -> None:
        put("nets/a.yaml")
        put("nets/b.yml", BROKEN)
        put("nets/note.txt", "no spec")
        result = cli("validate", "nets")
        assert result.code == 1
        assert [line.split(":")[0] for line in result.out.splitlines()] == ["✓ nets/a.yaml", "✗ nets/b.yml"]

    def test_a_folder_below_that_goes_meanwhile(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        put("nets/net.yaml")
        put("nets/gone/a.yaml")

        def scan(path: str, real: Callable[[str], object] = os.scandir) -> object:
            if str(path).endswith("gone"):
                raise FileNotFoundError(2, "No such file or directory", path)
            return real(path)

        monkeypatch.setattr(os, "scandir", scan)
        assert cli("validate", "nets").out.startswith("✓ nets/net.yaml: valid")

    def test_a_folder_without_specs(self, cli: Cli) -> None:
        Path("empty").mkdir()
        assert cli("validate", "empty") == Result(2, "", "error[E0001]: `empty` holds no specs (*.yaml)\n")

    def test_what_can_be_read_is_checked_whatever_cannot(self, cli: Cli) -> None:
        result = cli("validate", "missing.yaml", put("net.yaml", BROKEN))
        assert result.code == 2
        assert "error[E0001]: there is no file `missing.yaml`\n" in result.err
        assert result.out == "✗ net.yaml: 1 error\n"

    def test_a_library(self, cli: Cli) -> None:
        library = "archspec: 1\nblocks: {a: {seq: [relu]}, b: {params: {size: int}, seq: [{fc: $size}]}}\n"
        assert cli("validate", put("blocks.yaml", library)).out == "✓ blocks.yaml: valid · 2 blocks\n"

    def test_a_broken_library(self, cli: Cli) -> None:
        library = "archspec: 1\nblocks: {conv: {seq: [relu]}}\n"
        result = cli("validate", put("blocks.yaml", library))
        assert result.code == 1
        assert "error[E0209]" in result.err

    def test_json(self, cli: Cli) -> None:
        result = cli("validate", put("a.yaml"), put("b.yaml", BROKEN), "--format", "json")
        assert (result.code, result.err) == (1, "")
        first, second = json.loads(result.out)
        assert first == {"file": "a.yaml", "valid": True, "diagnostics": []}
        assert (second["file"], second["valid"]) == ("b.yaml", False)
        [diagnostic] = second["diagnostics"]
        assert diagnostic["code"] == "E0202"
        assert (diagnostic["span"]["line"], diagnostic["span"]["column"]) == (6, 32)

    def test_sarif(self, cli: Cli) -> None:
        result = cli("validate", put("b.yaml", BROKEN), "--format", "sarif")
        assert (result.code, result.err) == (1, "")
        [report] = json.loads(result.out)["runs"]
        assert [found["ruleId"] for found in report["results"]] == ["E0202"]

    def test_github(self, cli: Cli) -> None:
        result = cli("validate", put("b.yaml", BROKEN), "--format", "github")
        assert (result.code, result.err) == (1, "")
        assert result.out.startswith("::error file=b.yaml,line=6,")

    def test_limits(self, cli: Cli) -> None:
        put("net.yaml", VALID.replace("padding: 1}", "padding: 1, repeat: 9}"))
        assert cli("validate", "net.yaml").code == 0
        assert "E0402" in cli("validate", "net.yaml", "--max-ops", "5").err
        assert "E0318" in cli("validate", "net.yaml", "--max-parameters", "100").err


@pytest.mark.skipif(os.name == "nt", reason="a terminal of POSIX")
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


FIXABLE = """\
archspec: 1
name: Tiny   # stays
input: [3, 8, 8]
body:
  a: {conv: 8, kernal: 3}
  b: {maxpol: 2}
"""
FIXED = FIXABLE.replace("kernal", "kernel").replace("maxpol", "maxpool")


class TestFix:
    def test_what_was_done_is_said(self, cli: Cli) -> None:
        result = cli("validate", "--fix", put("net.yaml", FIXABLE))
        assert result.code == 0
        assert result.err == (
            "fixed net.yaml:5:16: `kernal` → `kernel` (E0202)\n"
            "fixed net.yaml:6:7: `maxpol` → `maxpool` (E0201)\n"
        )
        assert result.out == "✓ net.yaml: valid · 224 parameters · 7.78 K MACs\n"
        assert Path("net.yaml").read_text("utf-8") == FIXED
        assert os.listdir() == ["net.yaml"]

    def test_what_is_left_is_reported(self, cli: Cli) -> None:
        result = cli("validate", "--fix", put("net.yaml", FIXABLE.replace("[3, 8, 8]", "[3, 2, 2]")))
        assert (result.code, result.out) == (1, "✗ net.yaml: 1 error\n")
        assert "error[E0304]" in result.err
        assert "E0202]" not in result.err

    def test_nothing_to_fix_is_nothing_to_write(self, cli: Cli) -> None:
        put("net.yaml", FIXED)
        before = Path("net.yaml").stat()
        assert cli("validate", "--fix", "net.yaml").err == ""
        assert Path("net.yaml").stat() == before

    def test_a_folder(self, cli: Cli) -> None:
        put("nets/a.yaml", FIXABLE)
        put("nets/b.yaml", VALID)
        assert cli("validate", "--fix", "nets").code == 0
        assert Path("nets/a.yaml").read_text("utf-8") == FIXED
        assert Path("nets/b.yaml").read_text("utf-8") == VALID

    def test_what_may_not_be_meant_is_left_to_unsafe_fixes(self, cli: Cli) -> None:
        unused = FIXABLE.replace("body:", "params: {width: 8}\nbody:")
        result = cli("validate", "--fix", put("net.yaml", unused))
        assert result.code == 0
        assert "  = unsafe fix: delete it, or write `$width` where it belongs\n" in result.err
        assert result.err.endswith("1 warning, 1 fixable with `archspec validate --fix --unsafe-fixes`\n")
        assert "params: {width: 8}" in Path("net.yaml").read_text("utf-8")
        assert cli("validate", "--diff", "net.yaml").code == 0
        assert cli("validate", "--diff", "--unsafe-fixes", "net.yaml").code == 1
        assert cli("validate", "--fix", "--unsafe-fixes", "net.yaml").code == 0
        assert Path("net.yaml").read_text("utf-8") == FIXED

    def test_unsafe_fixes_alone_fix_nothing(self, cli: Cli) -> None:
        result = cli("validate", "--unsafe-fixes", put("net.yaml", FIXABLE))
        assert (result.code, result.out) == (2, "")
        assert "`--unsafe-fixes` says what to fix" in result.err

    def test_a_file_that_cannot_be_written(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        put("net.yaml", FIXABLE)
        monkeypatch.setattr(os, "access", lambda path, mode: False)
        result = cli("validate", "--fix", "net.yaml")
        assert result.code == 2
        assert "error[E0008]: cannot write `net.yaml`: it is read-only\n" in result.err
        assert "fixed" not in result.err
        assert Path("net.yaml").read_text("utf-8") == FIXABLE

    @pytest.mark.parametrize("format", ["json", "sarif", "github"])
    def test_for_a_machine_stdout_is_the_report_alone(self, cli: Cli, format: str) -> None:
        put("net.yaml", FIXABLE.replace("[3, 8, 8]", "[3, 2, 2]"))
        result = cli("validate", "--fix", "net.yaml", "--format", format)
        assert result.code == 1
        assert result.err.count("\n") == result.err.count("fixed net.yaml:") == 2
        assert "E0304" in result.out
        assert result == Result(1, cli("validate", "net.yaml", "--format", format).out, result.err)

    def test_diff_writes_nothing(self, cli: Cli) -> None:
        result = cli("validate", "--diff", put("net.yaml", FIXABLE + "head: [gap, {fc: 2}]"))
        assert result.code == 1
        assert result.out == (
            "--- net.yaml\n+++ net.yaml\n@@ -2,6 +2,6 @@\n name: Tiny   # stays\n input: [3, 8, 8]\n body:\n"
            "-  a: {conv: 8, kernal: 3}\n-  b: {maxpol: 2}\n"
            "+  a: {conv: 8, kernel: 3}\n+  b: {maxpool: 2}\n"
            " head: [gap, {fc: 2}]\n\\ No newline at end of file\n"
        )
        assert result.err.startswith("would fix net.yaml:5:16: ")
        assert Path("net.yaml").read_text("utf-8") == FIXABLE + "head: [gap, {fc: 2}]"
        assert cli("validate", "--fix", "--diff", "net.yaml") == result

    def test_a_runner_finds_no_command_in_a_diff(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        put("net.yaml", FIXABLE + "note: a\n ::error::b\n  ::error::c ##[error]d\n")
        shown = cli("validate", "--diff", "net.yaml").out
        assert "  ::error::b\n" in shown
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        escaped = cli("validate", "--diff", "net.yaml").out
        assert not re.search(r"^\s*::|##\[", escaped, re.MULTILINE)
        assert escaped.replace("\\x3a", ":").replace("\\x23", "#") == shown

    def test_diff_of_a_valid_file_is_empty(self, cli: Cli) -> None:
        result = cli("validate", "--diff", put("net.yaml"))
        assert (result.code, result.out) == (0, "")

    def test_diff_is_text(self, cli: Cli) -> None:
        result = cli("validate", "--diff", "--format", "json", put("net.yaml"))
        assert result == Result(2, "", "error: `--diff` shows text: leave `--format` out\n")

    @pytest.mark.parametrize(("text", "code"), [(FIXABLE, 0), (FIXED, 0), ("nonsense", 1)])
    def test_standard_input_goes_to_stdout_as_through_a_filter(self, text: str, code: int) -> None:
        process = start("validate", "--fix", "-")
        out, err = process.communicate(text.encode(), timeout=60)
        assert process.returncode == code
        assert out.decode() == (FIXED if text == FIXABLE else text)
        assert ("✓ <stdin>: valid" in err.decode()) == (code == 0)


class TestVariants:
    SPEC = VALID + "variants: {small: {classes: 2}, wide: {widths: [0, 0]}, odd: {kind: rleu}}\n"

    def test_each_is_checked(self, cli: Cli) -> None:
        result = cli("validate", put("net.yaml", self.SPEC))
        assert result.code == 1
        assert result.out == "✗ net.yaml: 2 errors\n"
        assert "note: with variant `wide`" in result.err
        assert "note: with variant `odd`" in result.err

    def test_one_alone(self, cli: Cli) -> None:
        put("net.yaml", self.SPEC)
        assert cli("validate", "net.yaml:small").out.startswith("✓ net.yaml:small: valid · ")
        assert cli("validate", "net.yaml:odd").code == 1
        assert "E0214" in cli("validate", "net.yaml:large").err

    def test_what_all_of_them_have_is_said_once(self, cli: Cli) -> None:
        result = cli("validate", put("net.yaml", BROKEN + "variants: {small: {classes: 2}}\n"))
        assert result.out == "✗ net.yaml: 1 error\n"
        assert "with variant" not in result.err

    def test_an_error_whose_sizes_differ_between_variants_is_one(self, cli: Cli) -> None:
        spec = """
archspec: 1
input: [3, 8, 8]
params: {width: 4}
variants: {small: {}, large: {width: 8}}
body: [{conv: $width, kernel: 1}, {fc: 2}]
"""
        result = cli("validate", put("net.yaml", spec.lstrip()))
        assert "feature map of 4 × 8 × 8" in result.err
        assert result.err.count("error[") == 1
        assert "with variant" not in result.err

    def test_where_a_parameter_is_required_only_the_variants_are_networks(self, cli: Cli) -> None:
        required = VALID.replace("classes: 4", "classes: int")
        assert "E0408" in cli("validate", put("net.yaml", required)).err
        put("net.yaml", required + "variants: {small: {classes: 2}}\n")
        assert cli("validate", "net.yaml") == Result(0, cli("validate", "net.yaml").out, "")


class TestSet:
    @pytest.mark.parametrize(
        ("setting", "parameters"),
        [("classes=10", 314), ("classes=0x0a", 314), ("widths=[16, 32]", 516), ("kind=tanh", 260)],
    )
    def test_values_are_read_as_in_a_spec(self, cli: Cli, setting: str, parameters: int) -> None:
        result = cli("summary", put("net.yaml"), "--set", setting, "--format", "json")
        assert json.loads(result.out)["params"] == parameters

    def test_several(self, cli: Cli) -> None:
        result = cli(
            "summary", put("net.yaml"), "--set", "classes=10", "--set", "widths=[16]", "--format", "json"
        )
        assert json.loads(result.out)["params"] == 448 + 170

    @pytest.mark.parametrize("setting", ["classes=no", "classes=2.5", "clases=3"])
    def test_what_does_not_fit_is_an_error_of_the_spec(self, cli: Cli, setting: str) -> None:
        result = cli("summary", put("net.yaml"), "--set", setting)
        assert (result.code, result.out) == (1, "")
        assert setting in result.err

    @pytest.mark.parametrize(
        "setting",
        ["classes", "=3", "a b=3", "a.b=3", "classes=[3", "classes={a: 1}", "classes=[{a: 1}]", "a=1\nb: 2"],
    )
    def test_what_is_no_setting_cannot_run(self, cli: Cli, setting: str) -> None:
        result = cli("summary", put("net.yaml"), "--set", setting)
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith("error: `--set ")
        assert result.err.count("\n") == 1


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


class TestExplain:
    @pytest.mark.parametrize("code", sorted(CODES))
    def test_codes(self, cli: Cli, code: str) -> None:
        result = cli("explain", code)
        assert result.code == 0
        assert result.out == f"{code}: {CODES[code].title}\n\n{CODES[code].text}"

    @pytest.mark.parametrize("name", [*OPS, *ALIASES, *WORDS])
    def test_names(self, cli: Cli, name: str) -> None:
        result = cli("explain", name)
        assert (result.code, result.err) == (0, "")
        assert result.out.startswith(f"{name}, a " if name in WORDS else f"{ALIASES.get(name, name)}: ")

    def test_an_op_has_its_arguments(self, cli: Cli) -> None:
        shown = cli("explain", "conv").out
        assert "required (the main argument)" in shown
        assert "\n  padding_mode  `zeros`, `reflect`, `replicate` or `circular` " in shown

    @pytest.mark.parametrize("name", ["ops", "codes"])
    def test_lists(self, cli: Cli, name: str) -> None:
        known = {"ops": OPS, "codes": CODES}[name]
        assert [line.split()[0] for line in cli("explain", name).out.splitlines()] == list(known)

    def test_a_block(self, cli: Cli) -> None:
        assert "parameters: squeeze: int, " in cli("explain", "fire").out

    def test_what_there_is_not(self, cli: Cli) -> None:
        assert cli("explain", "cnov") == Result(
            2, "", "error: there is nothing called `cnov`; did you mean `conv`?\n"
        )

    def test_a_node(self, cli: Cli) -> None:
        shown = cli("explain", "resnet18:layer2.0.conv1").out
        assert "  64 × 56 × 56 → 128 × 28 × 28\n  H: (56 + 2 × 1 − 3) // 2 + 1 = 28\n" in shown
        way = shown.partition("the sizes on the way to it:\n")[2].splitlines()
        assert [line.split()[0] for line in way] == ["x", "conv1", "maxpool"]

    def test_the_way_goes_through_blocks_and_repeats(self, cli: Cli) -> None:
        way = cli("explain", "resnet18:fc").out.partition("the sizes on the way to it:\n")[2].splitlines()
        assert [line.split()[0] for line in way] == [
            "x", "conv1", "maxpool", "layer2.0.conv1", "layer3.0.conv1", "layer4.0.conv1", "avgpool",
        ]  # fmt: skip

    def test_a_module(self, cli: Cli) -> None:
        shown = cli("explain", "resnet18:layer2.0").out
        assert "  shortcut: auto → projection\n" in shown
        assert "    conv2: conv 3×3, 128 → 128 × 28 × 28\n" in shown

    def test_a_node_of_a_variant_of_a_file(self, cli: Cli) -> None:
        put("net.yaml", VALID + "variants: {small: {classes: 2}}\n")
        assert "  8 → 2\n" in cli("explain", "net.yaml:small:fc").out
        assert "  8 → 4\n" in cli("explain", "net.yaml:fc").out
        assert "  8 → 7\n" in cli("explain", "net.yaml:fc", "--set", "classes=7").out

    def test_a_node_that_is_none(self, cli: Cli) -> None:
        result = cli("explain", "resnet18:layer2.0.cnv1")
        assert result.code == 2
        assert result.err == "error: ResNet-18 has no node `layer2.0.cnv1`; did you mean `layer2.0.conv1`?\n"

    def test_every_node_has_an_explanation(self) -> None:
        from archspec.explain import explain_node
        from archspec.ir import walk

        network = archspec.compile("googlenet")
        visits = [visit for visit in walk(network.graph.root) if visit.step.role != "join"]
        assert len(visits) > 150
        for visit in visits:
            assert explain_node(network, visit.path).startswith(f"{visit.path}: ")


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
