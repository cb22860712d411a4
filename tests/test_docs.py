"""The documentation says what is so: its examples compile, its listings are those of the code, its commands print this.

docs/language.md    every block of YAML compiles without a warning; the marked sections are what the code makes
docs/tutorial.md    every block is run, from top to bottom, in one folder; shown output is compared

`python -m archspec.reference docs/language.md` writes the marked sections anew, `python tests/test_docs.py` what the
tutorial's commands print.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from test_readme import Block, agrees, blocks, commands, printed, rerun, run_python

import archspec
from archspec.limits import Limits
from archspec.ops import OPS
from archspec.reference import updated
from archspec.validation import judge
from archspec.vocabulary import MODIFIERS, STRUCTURES

DOCS = Path(__file__).parent.parent / "docs"
LANGUAGE = DOCS / "language.md"
TUTORIAL = DOCS / "tutorial.md"

LANGUAGE_BLOCKS = tuple(blocks(LANGUAGE.read_text("utf-8")))


def file_name(block: Block) -> str | None:
    """What the first line of a whole spec names."""
    found = re.match(r"# ([\w-]+\.yaml)$", block.text.partition("\n")[0])
    return found[1] if found else None


def body_of(text: str, shape: str = "[3, 32, 32]") -> str:
    """A spec whose `body` is `text`."""
    indented = "".join(f"  {line}\n" if line else "\n" for line in text.splitlines())
    return f"archspec: 1\ninput: {shape}\nbody:\n{indented}"


def said(spec: str) -> list[str]:
    return [f"{finding.code}: {finding.message}" for finding in archspec.validate(spec)]


# The language reference.


def test_the_listings_are_those_of_the_code() -> None:
    text = LANGUAGE.read_text("utf-8")
    assert updated(text) == text, "run `python -m archspec.reference docs/language.md`"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every file of the reference, so that they can draw each other in."""
    path = tmp_path_factory.mktemp("language")
    for block in LANGUAGE_BLOCKS:
        name = file_name(block)
        if name is not None:
            assert not (path / name).exists(), f"language.md:{block.line}: {name} is there already"
            (path / name).write_text(block.text, "utf-8")
    return path


@pytest.mark.parametrize("block", LANGUAGE_BLOCKS, ids=lambda block: f"line {block.line}")
def test_every_example_compiles(block: Block, folder: Path) -> None:
    assert block.language == "yaml"
    name = file_name(block)
    if name is None:
        assert said(body_of(block.text)) == []
        return
    verdict = judge(str(folder / name), settings={}, limits=Limits())
    assert verdict.valid
    assert list(verdict.diagnostics) == []


INPUTS = {"fc": "[512]", "linear": "[16, 512]", "unflatten": "[400]"}
"""What flows into an op's example, where it is not a map."""


@pytest.mark.parametrize("key", OPS)
def test_every_example_of_an_op_compiles(key: str) -> None:
    assert said(body_of(f"- {OPS[key].example}", INPUTS.get(key, "[64, 64, 64]"))) == []


BEFORE = {
    "add": "conv2: {conv: 3, kernel: 3, padding: 1}",
    "init": "flat: flatten",
    "multiply": "gate: [{adaptive_avgpool: 1}, sigmoid]",
    "from": "conv2: {conv: 4, kernel: 1}\nconv3: {conv: 4, kernel: 1}\n",
    "share": "conv1: {conv: 3, kernel: 1}\nconv2: {conv: 3, kernel: 1}",
}
"""The nodes that the example of a word names."""
AFTER = {"from": "sum: {concat: [conv3, node]}"}
BLOCK = """\
params: {stride: 2}
blocks:
  block: {params: {channels: 8, stride: 1}, conv: $channels, kernel: 3, stride: $stride}
"""


@pytest.mark.parametrize("word", [*STRUCTURES, *MODIFIERS])
def test_every_example_of_a_word_compiles(word: str) -> None:
    example = {**STRUCTURES, **MODIFIERS}[word].example.replace("use: $block", "use: block")
    text = "\n".join((BEFORE.get(word, ""), f"node: {example}", AFTER.get(word, "")))
    findings = said(body_of(text, "[3, 32, 32]") + BLOCK)
    assert [finding for finding in findings if not finding.startswith("W04")] == []


# The tutorial.


def test_the_tutorial_runs(tmp_path: Path) -> None:
    """`text` is what the block before it printed."""
    output = ""
    for block in blocks(TUTORIAL.read_text("utf-8")):
        where = f"tutorial.md:{block.line}"
        match block.language:
            case "yaml":
                name = file_name(block)
                if name is None:
                    assert said(body_of(block.text)) == [], where
                else:
                    (tmp_path / name).write_text(block.text, "utf-8")
            case "console":
                for command in commands(block):
                    lines = printed(command, tmp_path)
                    shown = f"{where}: `{' '.join(command.words)}` prints:\n" + "\n".join(lines)
                    assert agrees(command.shown, lines), shown
            case "python":
                done = run_python(block.text, tmp_path)
                assert done.returncode == 0, f"{where}: {done.stderr}"
                output = done.stdout
            case "text":
                assert output == block.text, f"{where}: the Python above prints:\n{output}"
            case language:
                pytest.fail(f"{where}: a block of {language} is not run")


def update_tutorial(folder: Path) -> None:
    """Put what the commands print below them, and what Python prints; output that is cut short is left as it is."""
    text = re.sub(r"^```text\n.*?^```$", "```text\n```", TUTORIAL.read_text("utf-8"), flags=re.M | re.S)
    for block in list(blocks(text)):
        name = file_name(block)
        if block.language == "yaml" and name is not None:
            (folder / name).write_text(block.text, "utf-8")
        elif block.language == "console":
            text = text.replace(block.text, rerun(block, folder))
        elif block.language == "python":
            done = run_python(block.text, folder)
            assert done.returncode == 0, f"{TUTORIAL.name}:{block.line}: {done.stderr}"
            output = done.stdout
            text = text.replace(
                f"{block.text}```\n\n```text\n```", f"{block.text}```\n\n```text\n{output}```"
            )
    TUTORIAL.write_text(text, "utf-8")


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as temporary:
        update_tutorial(Path(temporary))
