"""Specs from a stranger: every bad input ends soon, in little memory, with a code and without a traceback.

The inputs run through the command line in a process of their own, with hard limits on its memory and its time.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import archspec

MEGABYTE = 2**20
MAX_RSS = 200 * MEGABYTE
MAX_CPU_SECONDS = 10
"""Far above what any input takes (a second), so that a busy machine fails no test; far below what a bomb would."""

HEAD = "archspec: 1\nname: Hostile\ninput: [8, 32, 32]\n"


@dataclass(frozen=True)
class Outcome:
    exit_code: int
    output: str
    rss: int
    """Its peak in bytes; 0 where the system does not tell."""

    @property
    def codes(self) -> set[str]:
        return set(re.findall(r"(?:error|warning)\[([EW]\d{4})\]", self.output))


CHILD = f"""
import atexit, pathlib, resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({2048 * MEGABYTE}, {2048 * MEGABYTE}))
resource.setrlimit(resource.RLIMIT_CPU, ({MAX_CPU_SECONDS}, {MAX_CPU_SECONDS}))
status, peak = pathlib.Path("/proc/self/status"), pathlib.Path(sys.argv.pop(1))
if status.exists():
    atexit.register(lambda: peak.write_bytes(status.read_bytes()))
from archspec.cli import main
main()
"""
"""The command line under its limits; at the end it notes its largest size in memory, where the system tells."""


def run(*arguments: str, folder: Path, stdin: bytes = b"") -> Outcome:
    """`archspec` with `arguments`, in a process that the limits end."""
    peak = folder / "peak"
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(peak), *arguments],
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(archspec.__file__).parents[1])},
        timeout=60,
        check=False,
    )
    measured = re.search(r"VmHWM:\s+(\d+) kB", peak.read_text()) if peak.exists() else None
    peak.unlink(missing_ok=True)
    rss = 1024 * int(measured[1]) if measured else 0
    return Outcome(done.returncode, done.stdout.decode("utf-8", "replace"), rss)


def lines(count: int, line: Callable[[int], str]) -> str:
    return "".join(line(number) for number in range(count))


def nested(levels: int, copies: int) -> str:
    """`levels` repeats, one inside the other."""
    node = f"{{conv: 8, kernel: 1, repeat: {copies}}}"
    for _ in range(levels - 1):
        node = f"{{seq: [{node}], repeat: {copies}}}"
    return f"body: [{node}]\n"


BOMBS: dict[str, tuple[str | bytes, set[str]]] = {
    # The reader.
    "100,000 brackets": ("[" * 100_000, {"E0104"}),
    "100,000 braces": (HEAD + "body: " + "{a: " * 100_000, {"E0104"}),
    "100,000 dashes": (HEAD + "body:\n" + "- " * 100_000 + "relu\n", {"E0104"}),
    "an alias bomb": (
        HEAD
        + "a0: &a0 [x, x]\n"
        + lines(30, lambda n: f"a{n + 1}: &a{n + 1} [*a{n}, *a{n}]\n")
        + "body: [relu]\n",
        {"E0106"},
    ),
    "an alias of itself": (HEAD + "body: &a [*a]\n", {"E0106"}),
    "a chain of merges": (
        HEAD
        + "a0: &a0 {x: 1}\n"
        + lines(25, lambda n: f"a{n + 1}: &a{n + 1} {{<<: [*a{n}, *a{n}]}}\n")
        + "body: [relu]\n",
        {"E0106", "E0107"},
    ),
    "a Python object": (HEAD + "body: !!python/object/apply:os.system [id]\n", {"E0108"}),
    "a Python name": (HEAD + "body: [!!python/name:os.system relu]\n", {"E0108"}),
    "an include": (HEAD + "body: !include /etc/passwd\n", {"E0108"}),
    "two documents": (HEAD + "body: [relu]\n---\nbody: [relu]\n", {"E0109"}),
    "nothing": ("", {"E0110"}),
    "a list": ("- relu\n", {"E0111"}),
    "a text": ("relu\n", {"E0111"}),
    "NUL": (HEAD + "about: a\0b\nbody: [relu]\n", {"E0103"}),
    "NUL at the beginning": (b"\0\0\0\0" + HEAD.encode(), {"E0003"}),
    "half of a surrogate pair": (HEAD.encode() + b"about: \xed\xa0\x80\nbody: [relu]\n", {"E0003"}),
    "bytes that are not UTF-8": (HEAD.encode() + b"about: \xff\nbody: [relu]\n", {"E0003"}),
    "UTF-16": ((HEAD + "body: [relu]\n").encode("utf-16"), {"E0003"}),
    "UTF-32": ((HEAD + "body: [relu]\n").encode("utf-32-be"), {"E0003"}),
    "escape codes": (HEAD + "about: \x1b[31mred\nbody: [relu]\n", {"E0103"}),
    "right to left": (HEAD + "body: {a\u202eb: relu}\n", {"E0116"}),
    "no width": (HEAD + "body: {a\u200bb: relu}\n", {"E0116"}),
    "5,000 digits": (HEAD + f"body: [{{conv: {'9' * 5000}, kernel: 1}}]\n", {"E0115"}),
    "a megabyte of hex": (HEAD + f"body: [{{conv: 0x{'f' * 1_000_000}, kernel: 1}}]\n", {"E0115"}),
    "infinity": (HEAD + "body: [{conv: .inf, kernel: 1}]\n", {"E0114"}),
    "100,001 values": (HEAD + "body: [" + "relu, " * 100_001 + "]\n", {"E0105"}),
    "a megabyte of a key": (HEAD + "body: {" + "a" * 1_000_000 + ": relu}\n", {"E0117"}),
    "a megabyte of an op": (HEAD + "body: [" + "a" * 1_000_000 + "]\n", {"E0201"}),
    # Expansion.
    "a billion copies": (HEAD + "body: [{conv: 8, kernel: 1, repeat: 1000000000}]\n", {"E0402"}),
    "10**30 copies": (HEAD + "body: [{conv: 8, kernel: 1, repeat: $(10**18)}]\n", {"E0402"}),
    "ten repeats of ten": (HEAD + nested(10, 10), {"E0402"}),
    "three repeats of ten thousand": (HEAD + nested(3, 10_000), {"E0402"}),
    "a fan of 2**30": (
        HEAD
        + "blocks:\n  b0: {seq: [{conv: 8, kernel: 1}]}\n"
        + lines(30, lambda n: f"  b{n + 1}: {{seq: [b{n}, b{n}]}}\n")
        + "body: [b30]\n",
        {"E0402"},
    ),
    "a block of itself": (HEAD + "blocks: {a: {seq: [b]}, b: {seq: [a]}}\nbody: [a]\n", {"E0401"}),
    "forty blocks deep": (
        HEAD
        + "blocks:\n  b0: {seq: [relu]}\n"
        + lines(40, lambda n: f"  b{n + 1}: {{seq: [b{n}]}}\n")
        + "body: [b40]\n",
        {"E0403"},
    ),
    "loops that make nothing": (
        HEAD
        + "body: [{for: a, in: $(range(10000)), do: [{for: b, in: $(range(10000)), do: [{use: relu, if: false}]}]}]\n",
        {"E0402"},
    ),
    "repeats that make nothing": (
        HEAD + "body: [{repeat: 20000, seq: [{repeat: 20000, seq: [{use: relu, if: $(i < 0)}]}]}]\n",
        {"E0402"},
    ),
    "10**12 parameters": ("archspec: 1\nname: X\ninput: [1000000]\nbody: [{fc: 1000000}]\n", {"E0318"}),
    "a dimension of 2**40": (HEAD + "body: [{upsample: 1000000}]\n", {"E0313"}),
    "100,000 mistakes": (HEAD + "body:\n" + lines(60_000, lambda n: f"- xyzzy{n}\n"), {"E0201"}),
    "40,000 unknown keys": (HEAD + lines(40_000, lambda n: f"zz{n}: 1\n") + "body: [relu]\n", {"E0203"}),
    "40,000 unknown arguments": (
        HEAD + "body: [{conv: 3, " + ", ".join(f"zz{n}: 1" for n in range(40_000)) + "}]\n",
        {"E0202"},
    ),
    "80,000 unknown outputs": (
        HEAD + "body: [relu]\noutputs: [" + ", ".join(f"b{n}" for n in range(80_000)) + "]\n",
        {"E0405"},
    ),
    "20,000 variants": (
        HEAD
        + "params: {a: 8}\nvariants:\n"
        + lines(20_000, lambda n: f"  v{n}: {{a: 2}}\n")
        + "body: [{conv: $a, kernel: 1}]\n",
        {"E0105"},
    ),
    "15,000 nodes that nobody uses": (
        HEAD + "body:\n" + lines(15_000, lambda n: f"  a{n}: {{use: relu, from: input}}\n"),
        {"E0407"},
    ),
    "15,000 parameters in scope": (
        HEAD
        + "params:\n"
        + lines(15_000, lambda n: f"  p{n}: 1\n")
        + "body:\n"
        + lines(8_000, lambda n: f"- {{conv: $p{n}, kernel: 1}}\n")
        + "- oops\n",
        {"E0201"},
    ),
    # Expressions.
    "9**9**9": (HEAD + "body: [{conv: $(9**9**9), kernel: 1}]\n", {"E0455"}),
    "a shift": (HEAD + "body: [{conv: $(1<<10**11), kernel: 1}]\n", {"E0450"}),
    "an import": (HEAD + "body: [{conv: '$(__import__(\"os\").system(\"id\"))', kernel: 1}]\n", {"E0450"}),
    "attributes": (HEAD + "body: [{conv: $(in_shape.__class__), kernel: 1}]\n", {"E0450"}),
    "a call of eval": (HEAD + "body: [{conv: '$(eval(\"1\"))', kernel: 1}]\n", {"E0458"}),
    "a lambda": (HEAD + "body: [{conv: '$(lambda: 1)', kernel: 1}]\n", {"E0450"}),
    "10,000 parentheses": (
        HEAD + f"body: [{{conv: $({'(' * 10_000}1{')' * 10_000}), kernel: 1}}]\n",
        {"E0457"},
    ),
    "100 parentheses": (HEAD + f"body: [{{conv: $({'(' * 100}1{')' * 100}), kernel: 1}}]\n", {"E0457"}),
    "100,000 minuses": (HEAD + f"body: [{{conv: $({'-' * 100_000}1), kernel: 1}}]\n", {"E0457"}),
    "a wide letter": (HEAD + "params: {os: 8}\nbody: [{conv: $ｏｓ, kernel: 1}]\n", {"E0450"}),
    "division by zero": (HEAD + "body: [{conv: $(1 // 0), kernel: 1}]\n", {"E0453"}),
    "a dimension of 2.5": (HEAD + "body: [{conv: $(5 / 2), kernel: 1}]\n", {"E0456"}),
    "a list of 10**9": (HEAD + "body: [{conv: '$(len([0] * 10**9))', kernel: 1}]\n", {"E0455"}),
    "a text of 10**9": (HEAD + "body: [{conv: '$(len(\"a\" * 10**9))', kernel: 1}]\n", {"E0455"}),
    "dear expressions": (
        HEAD
        + "body: [{conv: '$("
        + "len(range(9999)) + " * 12
        + "i)', kernel: 1, repeat: 20000}]\n",
        {"E0455"},
    ),
    "doubled parameters": (
        HEAD
        + "params:\n  p0: [1]\n"
        + lines(60, lambda n: f"  p{n + 1}: '$([p{n}, p{n}])'\n")
        + "body: [{conv: $p60, kernel: 1}]\n",
        {"E0455"},
    ),
    # Names.
    "code in a name": (HEAD + 'body: {"x\\"\\"\\"\\nimport os#": relu}\n', {"E0116"}),
    "code in a name on one line": (HEAD + 'body: {"x): import os #": relu}\n', {"E0209"}),
    "dunder names": (HEAD + "body: {__init__: relu, __class__: relu, _modules: relu}\n", {"E0209"}),
    "names of every module": (
        HEAD + "body: {forward: relu, state_dict: relu, training: relu, T_destination: relu}\n",
        {"E0209"},
    ),
    "code in a template": (HEAD + "body: [{conv: 8, kernel: 1, repeat: 2, as: \"a$('); import os')\"}]\n", {"E0209"}),
    "equal names but for case": (HEAD + "body: {conv: relu, CONV: relu}\n", {"E0210"}),
    "code in an input's name": ("archspec: 1\nname: X\ninput: {'x=0): pass #': [3]}\nbody: [relu]\n", {"E0209"}),
    "markup": (HEAD + "body: ['[/red][link=http://example.org]x[/link]']\n", {"E0201"}),
    "a workflow command": (HEAD + 'body: ["x\\n::error::y"]\n', {"E0201"}),
    "paths out of the folder": (
        HEAD + "import: {a: ../../etc/passwd, b: /etc/passwd, c: 'file:///etc/passwd', d: '~/x.yaml'}\nbody: [relu]\n",
        {"E0004"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bad_spec_ends_soon_and_says_why(name: str, tmp_path: Path) -> None:
    content, codes = BOMBS[name]
    path = tmp_path / "net.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    outcome = run("validate", str(path), folder=tmp_path)
    assert outcome.exit_code == 1, outcome.output[-2000:]
    assert "Traceback" not in outcome.output
    assert outcome.codes == codes
    assert outcome.rss <= MAX_RSS
    assert len(outcome.output) < 200_000
    assert set(os.listdir(tmp_path)) == {"net.yaml"}


def test_an_error_shows_text_of_the_spec_escaped(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(HEAD + 'body: ["x\\n::error::y\\e[31m"]\n', encoding="utf-8")
    for form in ("text", "github"):
        output = run("validate", "--format", form, str(path), folder=tmp_path).output
        assert "\n::error::y" not in output
        assert "\x1b" not in output


class TestWhatCannotBeRead:
    """What is no spec at all: exit code 2, and nothing is waited for."""

    def test_a_large_file(self, tmp_path: Path) -> None:
        path = tmp_path / "net.yaml"
        path.write_text("#" * (MEGABYTE + 1))
        outcome = run("validate", str(path), folder=tmp_path)
        assert outcome.exit_code == 2
        assert "1 MiB" in outcome.output

    def test_a_large_input(self, tmp_path: Path) -> None:
        outcome = run("validate", "-", folder=tmp_path, stdin=b"#" * (20 * MEGABYTE))
        assert outcome.exit_code in (1, 2)
        assert outcome.rss <= MAX_RSS

    def test_a_pipe(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "net.yaml")
        outcome = run("validate", str(tmp_path / "net.yaml"), folder=tmp_path)
        assert outcome.exit_code == 2
        assert "not a regular file" in outcome.output

    def test_a_device(self, tmp_path: Path) -> None:
        outcome = run("validate", "/dev/zero", folder=tmp_path)
        assert outcome.exit_code == 2
        assert "not a regular file" in outcome.output

    def test_a_folder_without_specs(self, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        outcome = run("validate", str(tmp_path / "empty"), folder=tmp_path)
        assert outcome.exit_code == 2
        assert "holds no specs" in outcome.output

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        outcome = run("validate", str(tmp_path / "missing.yaml"), folder=tmp_path)
        assert outcome.exit_code == 2
        assert "Traceback" not in outcome.output

    @pytest.mark.parametrize("name", ["a\nb.yaml", "\x1b[31m.yaml", "::error::.yaml"])
    def test_a_name_that_forges_output(self, name: str, tmp_path: Path) -> None:
        outcome = run("validate", name, folder=tmp_path)
        assert outcome.exit_code == 2
        assert "\x1b" not in outcome.output
        assert not outcome.output.startswith("::error")

    def test_an_import_through_a_link_out_of_the_folder(self, tmp_path: Path) -> None:
        outside = tmp_path / "outside.yaml"
        outside.write_text("archspec: 1\nblocks: {secret: {seq: [relu]}}\n")
        inside = tmp_path / "inside"
        inside.mkdir()
        (inside / "link.yaml").symlink_to(outside)
        path = inside / "net.yaml"
        path.write_text(HEAD + "import: {lib: link.yaml}\nbody: [relu]\n")
        outcome = run("validate", str(path), folder=tmp_path)
        assert outcome.codes == {"E0004"}

    def test_too_many_imports(self, tmp_path: Path) -> None:
        (tmp_path / "lib.yaml").write_text("archspec: 1\nblocks: {b: {seq: [relu]}}\n")
        imports = ", ".join(f"l{number}: lib.yaml" for number in range(40))
        path = tmp_path / "net.yaml"
        path.write_text(HEAD + f"import: {{{imports}}}\nbody: [relu]\n")
        outcome = run("validate", str(path), folder=tmp_path)
        assert outcome.codes == {"E0005"}
