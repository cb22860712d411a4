"""`archspec explain`: every word of the language, networks, and text that fits into the terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from command_line import VALID, Cli, Result, put

import archspec
from archspec import vocabulary
from archspec.cli import app
from archspec.codes import CODES
from archspec.compiler import check
from archspec.console import run
from archspec.expand.callees import STRUCTURE_ARGUMENTS
from archspec.expand.library import Library
from archspec.expand.shortcuts import ARGUMENTS
from archspec.explain import (
    explain_foreign,
    explain_name,
    explain_network,
    explain_node,
    is_network,
    nearest_name,
)
from archspec.expressions import show
from archspec.expressions.parser import CONSTANTS, WORDS
from archspec.names import FACTS
from archspec.ops import ALIASES, OPS
from archspec.schema.arguments import describe
from archspec.schema.document import Document
from archspec.targets import Target, shipped_networks

LANGUAGE = Path(__file__).parent.parent / "docs" / "language.md"
SPEC = """\
archspec: 1
name: Tiny
about: "a \\e[31m name"
input: [3, 8, 8]
params: {classes: 4}
variants: {small: {classes: 2}, conv: {}}
stem:
  conv: {conv: 8, kernel: 3}
body:
  layer: {seq: [relu], repeat: 3}
head:
  pool: gap
  fc: {fc: $classes}
"""


def listed(section: str) -> list[tuple[str, str]]:
    """The words of a marked section of the language reference, each with what stands behind it."""
    text = LANGUAGE.read_text("utf-8")
    (table,) = re.findall(rf"<!-- made from the code: {section} -->\n(.*?)<!-- end -->", text, re.DOTALL)
    lines = table.partition("| --- |")[2]
    rows = re.findall(r"^\| \[?`(\w+)[^`]*`(?:\]\([^)]*\))? \| ([^|\n]*?) \|", lines, re.MULTILINE)
    assert rows, section
    return rows


SECTIONS = {
    "keys": "a key of the file",
    "modifiers": "a modifier",
    "structures": "a structure",
    "shortcuts": "a shortcut",
    "functions": "a function in expressions",
    "initialisation": "an initialisation",
    "types": "a type of a parameter",
    "names": "a name in expressions",
    "paddings": "a padding",
    "facts": "a fact of `expect`",
}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_word_of_the_reference_is_explained(section: str) -> None:
    for name, about in listed(section):
        text = explain_name(name)
        assert text is not None, name
        (line,) = re.findall(rf"^{name}, {SECTIONS[section]}: (.*)$", text, re.MULTILINE)
        if section != "initialisation":
            assert about in line


def test_the_keys_beside_a_structure() -> None:
    assert "shortcut, a key beside `residual`: what the skip does" in (explain_name("shortcut") or "")
    assert "\n  projection  a 1×1 convolution" in (explain_name("shortcut") or "")
    assert "do, a key beside `for`: " in (explain_name("do") or "")


def test_a_word_with_several_meanings_has_them_all() -> None:
    init = explain_name("init") or ""
    assert "init, a modifier: " in init
    assert "init, a key of the file: " in init
    scale = explain_name("scale") or ""
    assert scale.startswith("scale: ")
    assert "scale, a key beside `residual`: " in scale
    assert "pad, a shortcut: " in (explain_name("pad") or "")


def test_the_list_of_words_has_every_word() -> None:
    names = {line.split()[0] for line in (explain_name("words") or "").splitlines()}
    assert {name for section in SECTIONS for name, _ in listed(section)} <= names
    assert {"shortcut", "after", "do", "weight"} <= names
    assert {argument.name for op in OPS.values() for argument in describe(op)} <= names
    assert {"trainable_params", "reflect", "expansion", "not", "gain", "fan_out"} <= names


@pytest.mark.parametrize("key", OPS)
def test_every_argument_is_explained_with_the_ops_that_take_it(key: str) -> None:
    op = OPS[key]
    for argument in describe(op):
        text = explain_name(argument.name) or ""
        table = text.partition(f"{argument.name}, an argument of ops:\n")[2].partition("\n\n")[0]
        (row,) = (line for line in table.splitlines() if line.split()[0] == key)
        assert argument.expects in row
        assert ("required" if argument.required else f"default {show(argument.default)}") in row
        assert ("(the main argument)" in row) == (argument.name == op.main)
        assert f"see {op.reference}" in text


def test_arguments_of_blocks_shortcuts_and_initialisations() -> None:
    assert "\n  inverted_residual  expansion = 6\n" in (explain_name("expansion") or "")
    assert "norm, an argument of the shortcuts `auto` and `projection`: " in (explain_name("norm") or "")
    assert "\n  kaiming_normal   `fan_in` or `fan_out`  default 'fan_in'\n" in (explain_name("mode") or "")
    assert explain_name("reflect") == (
        "reflect, a value of arguments: `padding_mode` of conv, `mode` of pad\n"
    )


def test_words_say_what_the_compiler_knows() -> None:
    assert tuple(vocabulary.FACTS) == FACTS
    parts = {structure: tuple(parts) for structure, parts in vocabulary.PARTS.items()}
    assert parts == {structure: names for structure, names in STRUCTURE_ARGUMENTS.items() if names}
    assert tuple(vocabulary.SHORTCUT_ARGUMENTS) == ARGUMENTS
    assert set(vocabulary.EXPRESSION_WORDS) == WORDS | {name for name in CONSTANTS if name.islower()}
    assert set(vocabulary.KEY_EXAMPLES) == {
        field.alias or name for name, field in Document.model_fields.items()
    }


@pytest.mark.parametrize("left_out", ["outputs", "expect"])
@pytest.mark.parametrize("variant", ["small", "large"])
def test_the_examples_of_the_keys_make_a_spec(left_out: str, variant: str) -> None:
    """All of them together, but for those that draw in other files; `expect` has one output, and `outputs` two."""
    elsewhere = ("extends", "remove", "import")
    lines = [line for key, line in vocabulary.KEY_EXAMPLES.items() if key not in (*elsewhere, left_out)]
    assert check(Target("net.yaml", "\n".join(lines).encode(), variant)).diagnostics == ()
    for key in elsewhere:
        assert list(yaml.safe_load(vocabulary.KEY_EXAMPLES[key])) == [key]


# Names of other libraries


@pytest.mark.parametrize(
    ("name", "said", "explained"),
    [
        ("kernel_size", "an argument elsewhere: `kernel` here", "kernel, an argument of ops:"),
        ("ceil_mode", "an argument elsewhere: `ceil` here", "ceil, an argument of ops:"),
        ("nn.BatchNorm2d", "a layer elsewhere: `{norm: batch}` here", "norm: Subtracts a mean"),
        ("Sequential", "a layer elsewhere: `seq` here", "seq, a structure: "),
        ("LSTM", "a layer elsewhere: archspec has no recurrent layers", ""),
        ("he_normal", "an initialisation elsewhere: `kaiming_normal` here", "kaiming_normal, an init"),
        ("valid", "a value of `padding` elsewhere: `0` here", "padding, an argument of ops:"),
        ("optimizer", "a key of the file elsewhere: leave it out", ""),
        ("backbone", "a key of the file elsewhere: `body` here", "body, a key of the file: "),
    ],
)
def test_a_name_of_another_library(name: str, said: str, explained: str) -> None:
    assert explain_name(name) is None
    text = explain_foreign(name) or ""
    assert text.startswith(f"{name}, {said}")
    assert text.count(f"\n\n{explained}") == (1 if explained else text.count("\n\n"))


def test_a_word_that_is_a_layer_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, ["explain", "conv2d"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("conv2d, a value of arguments: `nonlinearity` of kaiming_uniform")
    assert "\n\nconv2d, a layer elsewhere: `conv` here\n\nconv: A convolution" in shown
    assert explain_foreign("head", layers_only=True) is None
    assert explain_foreign("conv", layers_only=True) is None


def test_no_counterpart() -> None:
    assert explain_foreign("zzzzzz") is None
    assert explain_foreign("net.yaml:layer1.bn") is None


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("cnov", "conv"),
        ("shortcutt", "shortcut"),
        ("varaints", "variants"),
        ("trunc_norml", "trunc_normal"),
        ("round_too", "round_to"),
        ("resent50", "resnet50"),
        ("squeeze_excit", "squeeze_excite"),
        ("E031", "E0310"),
        ("e0", "E0001"),
        ("E301", "E0301"),
        ("resnet51", "resnet56"),
        ("zzzzzz", None),
    ],
)
def test_a_slip(slip: str, meant: str | None) -> None:
    assert explain_name(slip) is None
    assert nearest_name(slip) == meant


# Networks


def test_a_network(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, ["explain", "resnet50"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("resnet50: ResNet-50, of resnet.yaml\n")
    assert "3 × 224 × 224 → 1000\n  25,557,032 parameters, 4,089,184,256 MACs\n" in shown
    assert "\n  layer3   6 × bottleneck    1024 × 14 × 14\n" in shown
    command = shown.splitlines()[-1].partition("archspec ")[2].split()
    assert run(app, command) == 0
    assert "the sizes on the way to it:" in capsys.readouterr().out


def test_networks_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(SPEC, "utf-8")
    for what, said in {
        "net.yaml": "net.yaml: Tiny, of net.yaml\n",
        "net.yaml:small": "net.yaml:small: Tiny small, of net.yaml\n",
        "net.yaml:small:fc": "fc: fc, 2\n",
        "net.yaml:fc": "fc: fc, 4\n",
        "net.yaml:conv": "net.yaml:conv: Tiny conv, of net.yaml\n",  # a variant, as for every other command
        "net.yaml:conv:conv": "conv: conv 3×3, 8\n",
    }.items():
        assert run(app, ["explain", what]) == 0
        shown = capsys.readouterr().out
        assert re.sub(r"Tiny \((\w+)\)", r"Tiny \1", shown).startswith(said)
        assert "\x1b" not in shown
    assert run(app, ["explain", "net.yaml:nothing"]) == 2
    assert "has no node `nothing`" in capsys.readouterr().err


def test_what_is_a_network() -> None:
    assert is_network("resnet18")
    assert not is_network("resnet18:conv1")
    assert not is_network("nothing")
    assert not is_network("nothing.yaml:small")


# Width


def fits(text: str, columns: int) -> bool:
    """Whether all lines do, but those to be copied and those of a single word."""
    copied = ("    ", "example: ", "see https://")
    return all(len(line) <= columns or line.startswith(copied) for line in text.splitlines())


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_explanations_fit(columns: int) -> None:
    names = [*OPS, *CODES, *Library.names(), *(name for section in SECTIONS for name, _ in listed(section))]
    for name in (*names, "ops", "codes", "words"):
        whole, text = explain_name(name), explain_name(name, columns)
        assert whole is not None
        assert text is not None
        assert fits(text, columns), name
        assert sorted(text.split()) == sorted(whole.split()), name
        assert "\n\n\n" not in text


def test_networks_and_nodes_fit() -> None:
    network = archspec.compile("resnet50")
    for text in (explain_network(network, "resnet50", 70), explain_node(network, "layer4.0.conv2", 70)):
        lines = [line for line in text.splitlines() if "archspec explain" not in line]
        assert max(map(len, lines)) <= 70


def test_a_list_keeps_its_points() -> None:
    points = [line for line in (explain_name("norm", 50) or "").splitlines() if line.startswith("- ")]
    assert [point.split("`")[1] for point in points] == ["batch", "instance", "group", "layer", "rms"]


@pytest.mark.skipif(os.name == "nt", reason="a terminal of POSIX")
def test_the_width_is_that_of_the_terminal() -> None:
    import pty

    master, slave = pty.openpty()
    script = "from archspec.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", script, "explain", "residual"],
        stdout=slave,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "COLUMNS": "60", "TERM": "xterm"},
    )
    os.close(slave)
    sent = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:  # Linux ends the terminal with an error
            break
        if not part:
            break
        sent += part
    os.close(master)
    assert process.wait(30) == 0
    assert sent.decode().replace("\r\n", "\n") == explain_name("residual", 60)


def test_every_shipped_network_can_be_asked_for() -> None:
    assert all(is_network(network.name) for network in shipped_networks()[:5])


class TestExplain:
    @pytest.mark.parametrize("code", sorted(CODES))
    def test_codes(self, cli: Cli, code: str) -> None:
        result = cli("explain", code)
        assert result.code == 0
        assert result.out == f"{code}: {CODES[code].title}\n\n{CODES[code].text}"

    @pytest.mark.parametrize("name", [*OPS, *ALIASES, *vocabulary.WORDS])
    def test_names(self, cli: Cli, name: str) -> None:
        result = cli("explain", name)
        assert (result.code, result.err) == (0, "")
        assert result.out.startswith(
            f"{name}, a " if name in vocabulary.WORDS else f"{ALIASES.get(name, name)}: "
        )

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
