"""Every limit: what is at the limit is accepted, and one more is refused, with its code and its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from bounded import MAX_RSS, Outcome, run

HEAD = "archspec: 1\nname: Limit\ninput: [8, 32, 32]\n"


def check(text: str, folder: Path, *options: str) -> Outcome:
    (folder / "net.yaml").write_text(text, encoding="utf-8")
    outcome = run("validate", "net.yaml", *options, folder=folder)
    assert "Traceback" not in outcome.output
    assert outcome.rss <= MAX_RSS
    return outcome


def nested_lists(levels: int) -> str:
    """The root mapping is the first level, and `note` holds the others."""
    return HEAD + "body: [relu]\nnote: " + "[" * (levels - 1) + "]" * (levels - 1) + "\n"


def values(count: int) -> str:
    """A file of so many keys, values, lists and mappings; 15 of them stand beside the long list."""
    return HEAD + "body: [relu]\nnote: [" + "x, " * (count - 15) + "]\n"


def characters(count: int) -> str:
    """An expression of so many characters: `$(8+0+0 … )`, with a space where the count is even."""
    body = "8" + "+0" * ((count - 4) // 2)
    return HEAD + f"body: [{{conv: $({body}{' ' * (count - 3 - len(body))}), kernel: 1}}]\n"


def lines_of(count: int, line: str) -> str:
    return "".join(line.format(number) for number in range(count))


@dataclass(frozen=True)
class Limit:
    at: str
    over: str
    code: str
    place: str = r"net\.yaml:\d+:\d+"


LIMITS = {
    "nesting 64": Limit(nested_lists(64), nested_lists(65), "E0104", f"net.yaml:5:{7 + 63}"),
    "100,000 values": Limit(values(100_000), values(100_001), "E0105", f"net.yaml:5:{8 + 3 * 99_985}"),
    "256 characters of an expression": Limit(characters(256), characters(257), "E0457", "net.yaml:4:15"),
    "an expression 32 deep, its value included": Limit(
        HEAD + f"body: [{{conv: $({'(' * 31}8{')' * 31}), kernel: 1}}]\n",
        HEAD + f"body: [{{conv: $({'(' * 32}8{')' * 32}), kernel: 1}}]\n",
        "E0457",
        f"net.yaml:4:{17 + 32}",
    ),
    "a list of 10,000": Limit(
        HEAD + "body: [{conv: $(len(range(10000)) // 1000), kernel: 1}]\n",
        HEAD + "body: [{conv: $(len(range(10001)) // 1000), kernel: 1}]\n",
        "E0455",
        "net.yaml:4:21",
    ),
    "a whole number of 63 bits": Limit(
        HEAD + f"params: {{a: {2**63}}}\nbody: [{{conv: $(a // a), kernel: 1}}]\n",
        HEAD + f"params: {{a: {2**63 + 1}}}\nbody: [{{conv: $(a // a), kernel: 1}}]\n",
        "E0115",
        "net.yaml:4:13",
    ),
    "the magnitude of a value": Limit(
        HEAD + "body: [{conv: $(2**63 // 2**60), kernel: 1}]\n",
        HEAD + "body: [{conv: $((2**63 + 1) // 2**60), kernel: 1}]\n",
        "E0455",
        "net.yaml:4:17",
    ),
    "20,000 copies": Limit(
        HEAD + "body: [{conv: 8, kernel: 1, repeat: 20000}]\n",
        HEAD + "body: [{conv: 8, kernel: 1, repeat: 20001}]\n",
        "E0402",
        "net.yaml:4:37",
    ),
    "20,000 ops in nested repeats": Limit(
        HEAD + "body: [{seq: [{conv: 8, kernel: 1, repeat: 100}], repeat: 200}]\n",
        HEAD + "body: [{seq: [{conv: 8, kernel: 1, repeat: 100}], repeat: 200}, relu]\n",
        "E0402",
        "net.yaml:4:65",
    ),
    "20,000 ops in blocks": Limit(
        HEAD
        + "blocks: {a: {seq: [{conv: 8, kernel: 1, repeat: 100}]}, b: {seq: [{use: a, repeat: 100}]}}\nbody: [b, b]\n",
        HEAD
        + "blocks: {a: {seq: [{conv: 8, kernel: 1, repeat: 100}]}, b: {seq: [{use: a, repeat: 100}]}}\n"
        + "body: [b, b, relu]\n",
        "E0402",
        "net.yaml:5:14",
    ),
    "20,000 nodes in a list": Limit(
        HEAD + "body: [" + "softsign, tanh, " * 10_000 + "]\n",
        HEAD + "body: [" + "softsign, tanh, " * 10_000 + "softsign]\n",
        "E0402",
        f"net.yaml:4:{8 + 160_000}",
    ),
    "32 modules deep": Limit(
        HEAD + "body: " + "[" * 32 + "relu" + "]" * 32 + "\n",
        HEAD + "body: " + "[" * 33 + "relu" + "]" * 33 + "\n",
        "E0403",
        f"net.yaml:4:{7 + 32}",
    ),
    "128 characters of a name": Limit(
        HEAD + f"body: {{{'n' * 128}: relu}}\n",
        HEAD + f"body: {{{'n' * 129}: relu}}\n",
        "E0209",
        "net.yaml:4:8",
    ),
    "128 characters of a copy's name": Limit(
        HEAD + f"body: [{{conv: 8, kernel: 1, repeat: 20000, as: {'n' * 123}$i}}]\n",
        HEAD + f"body: [{{conv: 8, kernel: 1, repeat: 20000, as: {'n' * 124}$i}}]\n",
        "E0209",
        "net.yaml:4:48",
    ),
    "a size of 2**20": Limit(
        "archspec: 1\nname: X\ninput: [1, 1048576]\nbody: [relu]\n",
        "archspec: 1\nname: X\ninput: [1, 1048577]\nbody: [relu]\n",
        "E0207",
        "net.yaml:3:12",
    ),
    "a size that comes to 2**20": Limit(
        "archspec: 1\nname: X\ninput: [1, 1024]\nbody: [{upsample: 1024}]\n",
        "archspec: 1\nname: X\ninput: [1, 1024]\nbody: [{upsample: 1025}]\n",
        "E0313",
    ),
    "10**11 parameters": Limit(
        "archspec: 1\nname: X\ninput: [1000000]\nbody: [{linear: 100000, bias: false}]\n",
        "archspec: 1\nname: X\ninput: [1000000]\nbody: [{linear: 100000, bias: false}, {scale: 1.0}]\n",
        "E0318",
    ),
    "100 variants": Limit(
        HEAD + "params: {a: 1}\nvariants:\n" + lines_of(100, "  v{0}: {{a: 2}}\n") + "body: [{conv: $a, kernel: 1}]\n",
        HEAD + "params: {a: 1}\nvariants:\n" + lines_of(101, "  v{0}: {{a: 2}}\n") + "body: [{conv: $a, kernel: 1}]\n",
        "E0105",
        "net.yaml:5:1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_at_the_limit_and_over_it(name: str, tmp_path: Path) -> None:
    limit = LIMITS[name]
    at = check(limit.at, tmp_path)
    assert at.exit_code == 0, at.output[-2000:]
    over = check(limit.over, tmp_path)
    assert over.exit_code == 1
    assert over.codes == {limit.code}
    assert re.search(f"--> {limit.place}\\n", over.output), over.output[-2000:]


def test_a_file_of_1_mib(tmp_path: Path) -> None:
    text = HEAD + "body: [relu]\n#"
    full = text + "x" * (2**20 - len(text))
    assert check(full, tmp_path).exit_code == 0
    over = check(full + "x", tmp_path)
    assert over.exit_code == 2
    assert "larger than 1 MiB" in over.output


@pytest.mark.parametrize("count", [32, 33])
def test_32_imports(count: int, tmp_path: Path) -> None:
    imports = []
    for number in range(count):
        (tmp_path / f"lib{number}.yaml").write_text("archspec: 1\nblocks: {b: {seq: [relu]}}\n")
        imports.append(f"  l{number}: lib{number}.yaml\n")
    body = "body: [" + ", ".join(f"l{number}.b" for number in range(32)) + "]\n"
    outcome = check(HEAD + "import:\n" + "".join(imports) + body, tmp_path, "--allow", "W0405")
    assert outcome.codes == (set() if count == 32 else {"E0005"})
    assert count == 32 or "--> net.yaml:37:8\n" in outcome.output


@pytest.mark.parametrize("count", [100, 101])
def test_100_diagnostics_are_shown(count: int, tmp_path: Path) -> None:
    outcome = check(HEAD + "body:\n" + lines_of(count, "- xyzzy{0}\n"), tmp_path)
    assert outcome.output.count("error[E0201]") == 100
    assert ("… and 1 more" in outcome.output) == (count == 101)


class TestWork:
    """What takes long without making many ops is bounded too."""

    def test_all_ops_may_be_different(self, tmp_path: Path) -> None:
        node = "{conv: $(8 + i % 9), kernel: 3, padding: 1, repeat: 20000}"
        assert check(f"{HEAD}body: [{node}]\n", tmp_path).exit_code == 0

    @pytest.mark.parametrize(("calls", "codes"), [(3_000, set()), (5_000, {"E0402"})])
    def test_thousands_of_modules_may_be_different(self, calls: int, codes: set[str], tmp_path: Path) -> None:
        """A call of a block with arguments of its own is a module to make, which takes longer than an op."""
        blocks = (
            "blocks: {b: {params: {c: int, x: int}, seq: [{conv: $c, kernel: 1}, {dropout: $(x / 20000)}]}}\n"
        )
        outcome = check(f"{HEAD}{blocks}body: [{{b: 8, x: $i, repeat: {calls}}}]\n", tmp_path)
        assert outcome.codes == codes

    def test_nodes_that_are_left_out(self, tmp_path: Path) -> None:
        left_out = "{use: relu, if: false}, " * 17
        text = HEAD + f"body: [relu, {{for: c, in: $(range(10000)), do: [{left_out}]}}]\n"
        over = check(text, tmp_path)
        assert over.exit_code == 1
        assert over.codes == {"E0402"}
        assert "nodes, arguments and modules" in over.output

    def test_all_variants_together(self, tmp_path: Path) -> None:
        text = (
            HEAD
            + "params: {a: 1}\nvariants:\n"
            + lines_of(99, "  v{0}: {{a: {0}}}\n")
            + "body: [{conv: $(a + 1), kernel: 1, repeat: 15000}]\n"
        )
        outcome = check(text, tmp_path)
        assert outcome.exit_code == 1
        assert outcome.codes == {"E0402"}
        assert "the variants together" in outcome.output
        assert "not checked: `v3`, `v4`" in outcome.output
        assert run("validate", "net.yaml:v98", folder=tmp_path).exit_code == 0

    def test_variants_left_out_of_an_invalid_file_are_not_told(self, tmp_path: Path) -> None:
        text = (
            HEAD
            + "params: {a: 1}\nvariants:\n"
            + lines_of(99, "  v{0}: {{a: {0}}}\n")
            + "body: [{conv: $(a + 1), kernel: 1, repeat: 15000}, {conv: 4, kernel: 1, groups: 3}]\n"
        )
        outcome = check(text, tmp_path)
        assert outcome.exit_code == 1
        assert outcome.codes
        assert "E0402" not in outcome.codes

    def test_many_small_variants_are_all_checked(self, tmp_path: Path) -> None:
        text = (
            HEAD
            + "params: {a: 1}\nvariants:\n"
            + lines_of(99, "  v{0}: {{a: {0}}}\n")
            + "body: [{conv: $(98 // (98 - a) + 1), kernel: 1, repeat: 100}]\n"
        )
        outcome = check(text, tmp_path)
        assert outcome.codes == {"E0453"}
        assert "with variant `v98`" in outcome.output


@pytest.mark.parametrize(
    ("text", "option", "value"),
    [
        (LIMITS["20,000 copies"].over, "--max-ops", "20001"),
        (LIMITS["10**11 parameters"].over, "--max-parameters", "200000000000"),
        (LIMITS["32 modules deep"].over, "--max-depth", "33"),
    ],
)
def test_the_command_line_raises_a_limit(text: str, option: str, value: str, tmp_path: Path) -> None:
    assert check(text, tmp_path, option, value).exit_code == 0


def test_a_spec_raises_none(tmp_path: Path) -> None:
    outcome = check(HEAD + "limits: {ops: 100000}\nmax_ops: 100000\nbody: [relu]\n", tmp_path)
    assert outcome.codes == {"E0203"}
