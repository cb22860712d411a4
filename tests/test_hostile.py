"""Specs from a stranger: every bad input ends soon, in little memory, with a code and without a traceback.

The inputs run through the command line in a process of their own, with hard limits on its memory and its time.
"""

from __future__ import annotations

import json
import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bounded import MAX_RSS, MEGABYTE, run

HEAD = "archspec: 1\nname: Hostile\ninput: [8, 32, 32]\n"


def lines(count: int, line: Callable[[int], str]) -> str:
    return "".join(line(number) for number in range(count))


def nested(levels: int, copies: int) -> str:
    """`levels` repeats, one inside the other."""
    node = f"{{conv: 8, kernel: 1, repeat: {copies}}}"
    for _ in range(levels - 1):
        node = f"{{seq: [{node}], repeat: {copies}}}"
    return f"body: [{node}]\n"


SUMS = "  a: relu\n" + lines(
    7_000, lambda n: f"  c{n}: {{conv: 8, kernel: 1}}\n  a{n}: {{add: [c{n}, {f'a{n - 1}' if n else 'a'}]}}\n"
)
"""A sum after every convolution, with the sum before it."""

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
    "a megabyte of a key": (HEAD + "body: {" + "a" * 1_000_000 + ": relu}\n", {"E0101"}),
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
    # Long networks with many mistakes at their end, each of which has a history, and may have a remedy.
    "late sums of unequal channels": (
        HEAD
        + "body:\n"
        + SUMS
        + lines(290, lambda n: f"  y{n}: {{conv: {9 + n}, kernel: 1}}\n  z{n}: {{add: [a{n}, y{n}]}}\n"),
        {"E0303"},
    ),
    "late shortcuts that do not fit": (
        HEAD
        + "body:\n"
        + SUMS
        + lines(290, lambda n: f"  z{n}: {{residual: [{{conv: 8, kernel: 3}}], shortcut: projection}}\n"),
        {"E0307"},
    ),
    "late kernels larger than the map": (
        HEAD + "body:\n" + SUMS + lines(290, lambda n: f"  z{n}: {{conv: 8, kernel: 99}}\n"),
        {"E0304"},
    ),
    "late unknown names": (
        HEAD + "body:\n" + SUMS + lines(290, lambda n: f"  z{n}: {{use: relu, from: zzz{n}}}\n"),
        {"E0405"},
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
    "a text of 10**9": (HEAD + "body: [{conv: '$(len(\"a\" * 10**9))', kernel: 1}]\n", {"E0452"}),
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
    "a costly expression": (
        HEAD
        + "params: {d: $(range(9999))}\n"
        + f'body: [{{repeat: 19000, conv: "$(1 + 0*i*({"+".join(["sum(d)"] * 8)}))", kernel: 1}}]\n',
        {"E0455"},
    ),
    "a costly expression in every copy": (
        HEAD + "params: {d: $(range(9999))}\n" + 'body: [{repeat: 19000, conv: "$(1 + 0*i*sum(d))", kernel: 1}]\n',
        {"E0455"},
    ),
    "long lists compared in every copy": (
        HEAD
        + "params: {d: $(range(9999)), e: $(range(9999))}\n"
        + 'body: [{repeat: 19000, conv: "$(8 if i < 0 or d == e and 9998 in d else 4)", kernel: 1}]\n',
        {"E0455"},
    ),
    "long texts compared in every copy": (
        HEAD
        + f"params: {{s: {'a' * 400_000}x, t: {'a' * 400_000}y}}\n"
        + 'body: [{repeat: 19000, conv: "$(8 if s < t or i < 0 else 4)", kernel: 1}]\n',
        {"E0455"},
    ),
    "a block with arguments of its own that fans out 2**13": (
        HEAD
        + "blocks:\n"
        + lines(13, lambda n: f"  b{n}: {{params: {{k: int}}, seq: [{{use: b{n + 1}, k: $(k * 2)}}, "
        + f"{{use: b{n + 1}, k: $(k * 2 + 1)}}]}}\n")
        + "  b13: {params: {k: int}, seq: [{conv: $(k % 9 + 1), kernel: 1}]}\nbody: [{use: b0, k: 1}]\n",
        {"E0402"},
    ),
    # Near the limits: what takes long for each thing of which there are thousands.
    "9,000 residuals written out": (
        HEAD + "body:\n" + lines(9_000, lambda n: "- residual: [{conv: 8, kernel: 1}]\n"),
        {"E0402"},
    ),
    "27,000 modules": (HEAD + "body:\n" + lines(9_000, lambda n: "- [[[relu]], tanh]\n"), {"E0402"}),
    "10,000 calls of a block, no two alike": (
        HEAD
        + "blocks: {b: {params: {k: int}, seq: [{conv: $k, kernel: 1}]}}\nbody:\n"
        + lines(10_000, lambda n: f"- {{b: {n + 1}}}\n"),
        {"E0402"},
    ),
    "a hundred variants of thousands of modules": (
        HEAD
        + "params: {k: 1}\nblocks: {b: {params: {k: int, x: int}, seq: [{conv: $k, kernel: 1}, relu]}}\nvariants:\n"
        + lines(100, lambda n: f"  v{n}: {{k: {n + 1}}}\n")
        + "body: [{repeat: 5000, b: $k, x: $i}]\n",
        {"E0402"},
    ),
    "20,000 ops, no two alike, with too many parameters": (
        HEAD + "body: [{repeat: 19999, conv: $(i + 1), kernel: 1}]\n",
        {"E0318"},
    ),
    "names of nothing beside 9,000 blocks": (
        HEAD
        + "blocks:\n"
        + lines(9_000, lambda n: f"  b{n}: {{seq: [relu]}}\n")
        + "body:\n"
        + lines(300, lambda n: f"- oopsies{n}\n"),
        {"E0201"},
    ),
    "300 parameters that are fractions": (
        HEAD
        + "params:\n"
        + lines(300, lambda n: f"  p{n}: {n + 1}.5\n")
        + f"  names: [{', '.join(['x'] * 60_000)}]\nbody:\n"
        + lines(300, lambda n: f"- {{conv: $p{n}, kernel: 1}}\n"),
        {"E0456"},
    ),
    "thousands of the longest expressions": (
        HEAD + "body:\n" + lines(3_800, lambda n: f'- {{conv: "$({"1+" * 110}{n})", kernel: 1}}\n'),
        {"E0455"},
    ),
    "thousands of parameters that are the longest expressions": (
        HEAD + "params:\n" + lines(3_500, lambda n: f"  a{n}: $({'1+' * 110}{n})\n") + "body: [relu]\n",
        {"E0455"},
    ),
    "9,000 nodes with names in a list": (
        HEAD + "body:\n" + lines(9_000, lambda n: f"- name{n}x: {{conv: 8, kernel: 1}}\n") + "- relu\n",
        {"E0212"},
    ),
    "3,000 outputs whose names end otherwise": (
        HEAD
        + "body:\n"
        + lines(3_000, lambda n: f"  {'abcdefghij' * 3}{n}: relu\n")
        + f"outputs: [{', '.join('abcdefghij' * 3 + f'x{n}' for n in range(3_000))}]\n",
        {"E0405"},
    ),
    "6,000 sums whose sides differ": (
        HEAD
        + "body:\n"
        + lines(6_000, lambda n: f"  a{n}: {{conv: 8, kernel: 3, from: input}}\n  b{n}: {{add: [a{n}, input]}}\n"),
        {"E0303"},
    ),
    # Names.
    "long names of copies": (
        HEAD + f'body: [{{repeat: 2000, conv: 8, kernel: 1, as: "{"b" * 900_000}$i"}}]\n',
        {"E0209"},
    ),
    "long names of everything": (
        HEAD
        + f"params: {{{'p' * 1000}: 1}}\nblocks: {{{'b' * 1000}: {{params: {{{'q' * 1000}: 1}}, "
        + f"seq: [relu]}}}}\nbody: {{{'n' * 1000}: relu}}\n",
        {"E0209"},
    ),
    "many long names to be compared": (
        HEAD
        + "params:\n" + lines(2000, lambda n: f"  {'abcdefghij' * 4}{n}: 1\n")
        + "body:\n" + lines(60, lambda n: f"  - {{conv: ${'abcdefghij' * 4}x{n}, kernel: 1}}\n"),
        {"E0451"},
    ),
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


ROWS: dict[str, tuple[str, str, str]] = {
    # YAML 1.2: what was read is said where something else is due.
    "no is a text": ("body: [{conv: 8, kernel: 1, bias: no}]", "E0206", "no"),
    "3:30 is a text": ("body: [{conv: 8, kernel: 3:30}]", "E0206", "3:30"),
    "1_000 is a text": ("body: [{conv: 1_000, kernel: 1}]", "E0206", "1_000"),
    "1e3 is no integer": ("body: [{conv: 1e3, kernel: 1}]", "E0206", "1e3"),
    "3.0 is no integer": ("body: [{conv: 3.0, kernel: 1}]", "E0206", "3.0"),
    "true is no integer": ("body: [{conv: true, kernel: 1}]", "E0206", "true"),
    "NaN": ("body: [{dropout: .nan}]", "E0114", ".nan"),
    # Names that nobody knows.
    "an argument": ("body: [{conv: 8, kernal: 1}]", "E0202", "did you mean `kernel`?"),
    "an op": ("body: [{covn: 8, kernel: 1}]", "E0201", "did you mean `conv`?"),
    "a parameter": ("params: {width: 8}\nbody: [{conv: $widht, kernel: 1}]", "E0451", "did you mean `width`?"),
    "a block": ("blocks: {unit: {seq: [relu]}}\nbody: [{use: untis}, unit]", "E0213", "this file has `unit`"),
    "a key": ("bodi: [relu]", "E0203", "did you mean `body`?"),
    "a modifier": ("body: [{conv: 8, kernel: 1, repaet: 2}]", "E0202", "did you mean `repeat`?"),
    "a shortcut": ("body: [{residual: [relu], shortcut: identiy}]", "E0208", "did you mean `identity`?"),
    # Both places.
    "a key that stands twice": ("body:\n- {conv: 8, kernel: 1, kernel: 3}", "E0112", "------ here first"),
    "a second document": ("body: [relu]\n---\nbody: [tanh]", "E0109", "---"),
    "blocks that call each other": (
        "blocks: {a: {seq: [b]}, b: {seq: [a]}}\nbody: [a]", "E0401", "`a` → `b` → `a`"
    ),
    # Values that clash.
    "a stride of 0": ("body: [{conv: 8, kernel: 1, stride: 0}]", "E0207", "stride"),
    "a negative kernel": ("body: [{conv: 8, kernel: -3}]", "E0207", "kernel"),
    "a dilation of 0": ("body: [{conv: 8, kernel: 3, dilation: 0}]", "E0207", "dilation"),
    "a negative padding": ("body: [{conv: 8, kernel: 3, padding: -1}]", "E0207", "padding"),
    "a pool's padding": ("body: [{maxpool: 2, padding: 2}]", "E0311", "half of the kernel 2"),
    "groups": ("body: [{conv: 9, kernel: 1, groups: 2}]", "E0305", "2 groups do not divide the 9"),
    "a kernel larger than the map": ("body: [{maxpool: 8}, {maxpool: 8}]", "E0304", "H is 32 at first, then 4"),
    "a skip": ("body: [{residual: [{conv: 8, kernel: 3}], shortcut: identity}]", "E0301", "8 × 30 × 30"),
    "a skip that would broadcast": (
        "body: [{residual: [{conv: 1, kernel: 1}], shortcut: identity}]", "E0301", "1 × 32 × 32"
    ),
    "a sum that would broadcast": (
        "body: [{add: {a: relu, b: {conv: 1, kernel: 1}}}]", "E0303", "1 × 32 × 32"
    ),
    "a concatenation": ("body: [{concat: {a: relu, b: {maxpool: 2}}}]", "E0302", "16"),
    "a parameter nobody defines": ("body: [{conv: $width, kernel: 1}]", "E0451", "width"),
    "an output nobody uses": ("body: {a: {use: relu, from: input}, b: {use: tanh, from: input}}", "E0407", "`a`"),
    "a dotted name": ("body: {a.b: relu}", "E0209", "a.b"),
    "a keyword": ("body: {class: relu}", "E0209", "class"),
    "names equal after NFKC": ('body: {"\uff41b": relu, ab: relu}', "E0209", "\uff41b"),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_a_mistake_has_its_place_its_code_and_its_cause(name: str, tmp_path: Path) -> None:
    text, code, said = ROWS[name]
    (tmp_path / "net.yaml").write_text(f"{HEAD}{text}\n", encoding="utf-8")
    outcome = run("validate", "net.yaml", folder=tmp_path)
    assert outcome.exit_code == 1, outcome.output
    assert code in outcome.codes, outcome.output
    assert said in outcome.output
    assert re.search(r"--> net\.yaml:[4-9]:\d+\n", outcome.output)
    assert outcome.rss <= MAX_RSS


def test_a_variant_that_nobody_defined(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(
        f"{HEAD}params: {{c: 8}}\nvariants: {{small: {{c: 4}}}}\nbody: [{{conv: $c, kernel: 1}}]\n"
    )
    outcome = run("validate", "net.yaml:smal", folder=tmp_path)
    assert outcome.exit_code == 1
    assert outcome.codes == {"E0214"}
    assert "did you mean `small`?" in outcome.output
    assert outcome.rss <= MAX_RSS


def test_what_is_never_used_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(
        f"{HEAD}params: {{width: 8}}\nblocks: {{unit: {{seq: [relu]}}}}\nbody: [relu]\n"
    )
    outcome = run("validate", "net.yaml", folder=tmp_path)
    assert outcome.exit_code == 0
    assert outcome.codes == {"W0401", "W0402"}
    assert run("validate", "--strict", "net.yaml", folder=tmp_path).exit_code == 1


@pytest.mark.parametrize(
    ("text", "channels"), [("010", 10), ("0x10", 16), ("0o10", 8), ("+10", 10), ("$(10)", 10)]
)
def test_numbers_mean_what_yaml_1_2_says(text: str, channels: int, tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(
        f"{HEAD}body: [{{conv: {text}, kernel: 1}}]\nexpect: {{output: [{channels}, 32, 32]}}\n"
    )
    assert run("validate", "net.yaml", folder=tmp_path).exit_code == 0


TEXTS = (
    "<IMG SRC=http://example.org/x>",
    "\\N{BULLET}",
    "a trailing backslash \\",
    "{a|b}",
    "[/red]",
    "::error::x",
    "&amp;",
)


@pytest.mark.parametrize("text", TEXTS)
class TestTextOfTheSpec:
    """A network's name is any text: each format shows it as it is written, and nothing more happens."""

    def spec(self, text: str, folder: Path) -> None:
        quoted = text.replace("'", "''")
        (folder / "net.yaml").write_text(
            f"archspec: 1\nname: '{quoted}'\nabout: '{quoted}'\ninput: [3, 8, 8]\nbody: [{{conv: 4, kernel: 3}}]\n"
        )

    def test_in_a_picture(self, text: str, tmp_path: Path) -> None:
        self.spec(text, tmp_path)
        outcome = run("draw", "net.yaml", "-o", "net.svg", folder=tmp_path, memory=0)
        assert outcome.exit_code == 0, outcome.output
        root = ElementTree.parse(tmp_path / "net.svg").getroot()
        words = "".join(root.itertext()).replace("\u00a0", " ")
        assert text in words
        assert {element.tag.rpartition("}")[2] for element in root.iter()}.isdisjoint(
            {"image", "script", "IMG"}
        )

    @pytest.mark.parametrize("form", ["text", "json", "csv", "md"])
    def test_in_a_table(self, text: str, form: str, tmp_path: Path) -> None:
        self.spec(text, tmp_path)
        outcome = run("summary", "net.yaml", "--format", form, folder=tmp_path)
        assert outcome.exit_code == 0, outcome.output
        if form == "json":
            assert json.loads(outcome.stdout)["name"] == text
        assert "\n::error::" not in f"\n{outcome.output}"
        assert "\x1b" not in outcome.output


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_no_format_of_a_report_passes_a_command_on(form: str, tmp_path: Path) -> None:
    op = '"[/red]\\e[31m\\n::error::x\\r\\u202e\\u2028"'
    (tmp_path / "net.yaml").write_text(f"{HEAD}body: [{op}]\n")
    outcome = run("validate", "net.yaml", "--format", form, folder=tmp_path)
    assert outcome.exit_code == 1
    written = outcome.output
    if form in ("json", "sarif"):
        json.loads(outcome.stdout)
    assert not {"\x1b", "\r", "\u202e", "\u2028"} & set(written)
    assert not re.search(r"^::error::x", written, re.MULTILINE)


class Payload:
    """What makes a folder when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.marker),)


def test_weights_that_are_code_are_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "net.yaml").write_text(f"{HEAD}body: [{{conv: 4, kernel: 1}}]\n")
    content = pickle.dumps({"0.weight": Payload(tmp_path / "marker")}, protocol=2)
    (folder / "net.pt").write_bytes(content)
    outcome = run("build", "net.yaml", "--weights", "net.pt", "-o", "net.py", folder=folder, memory=0)
    assert outcome.exit_code == 1
    assert "net.pt is refused: " in outcome.stderr.replace("`", "")
    assert "Traceback" not in outcome.output
    assert not (tmp_path / "marker").exists()
    assert sorted(os.listdir(folder)) == ["net.pt", "net.yaml"]
    pickle.loads(content)
    assert (tmp_path / "marker").is_dir(), "the payload works"
