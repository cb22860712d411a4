"""`archspec validate`: specs, their variants and settings, and files that it mends."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import BROKEN, VALID, WARNING, Cli, Result, put, start

FIXABLE = """\
archspec: 1
name: Tiny   # stays
input: [3, 8, 8]
body:
  a: {conv: 8, kernal: 3}
  b: {maxpol: 2}
"""
FIXED = FIXABLE.replace("kernal", "kernel").replace("maxpol", "maxpool")


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
