"""The README shows nothing that is not run: every block of it is, from top to bottom, in one empty folder.

yaml      a whole spec is written to the file that its first line names, and must read; a part of one is a `body`
console   each `$ archspec …` is run, and must print what is shown; a line `…` stands for any lines
python    is run
sh        is the first block alone, and is what `.ci/run` runs

`python tests/test_readme.py` writes what the commands print into the README.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import archspec

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
IMAGE = ROOT / "docs" / "images" / "small.png"
ELISION = "…"


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the line at which the text begins."""

    language: str
    text: str
    line: int


@dataclass(frozen=True)
class Command:
    """A command of a console block, and the lines shown below it."""

    words: tuple[str, ...]
    shown: tuple[str, ...]


def blocks(text: str) -> Iterator[Block]:
    for found in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield Block(found[1], found[2], text.count("\n", 0, found.start()) + 2)


def commands(block: Block) -> Iterator[Command]:
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        line, *shown = part.rstrip("\n").split("\n")
        yield Command(tuple(shlex.split(line)), tuple(shown))


FAULTS = ("error", "warning", "Traceback")
"""With what a line on stderr begins that says that something is wrong."""


def faults(lines: Iterable[str]) -> set[str]:
    return {fault for fault in FAULTS for line in lines if line.startswith(fault)}


def printed(command: Command, folder: Path) -> list[str]:
    """What a command writes to stderr and stdout, in that order of the two. It must end as the page shows: well, or
    with the kind of fault that is shown.
    """
    program, *arguments = command.words
    assert program == "archspec", f"`{program}` is not run here"
    script = "from archspec.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    lines = (done.stderr + done.stdout).rstrip("\n").split("\n")
    said = f"`{shlex.join(command.words)}` ends with {done.returncode} and prints:\n" + "\n".join(lines)
    assert done.returncode in ends(command), said
    assert faults(done.stderr.split("\n")) <= faults(command.shown), said
    return lines


def ends(command: Command) -> tuple[int, ...]:
    """The exit codes that fit what is shown; `diff` ends with 1 where two networks differ."""
    if "error" in faults(command.shown):
        return (1, 2)
    return (0, 1) if command.words[1] == "diff" else (0,)


def agrees(shown: tuple[str, ...], lines: list[str]) -> bool:
    pattern = "\n".join(r"(?:.*\n)*?.*" if line == ELISION else re.escape(line) for line in shown)
    return re.fullmatch(pattern, "\n".join(lines)) is not None


def check_yaml(block: Block, folder: Path) -> None:
    first = block.text.partition("\n")[0]
    if first.startswith("# yaml-language-server"):
        return
    if not first.endswith(".yaml"):
        indented = "".join(f"  {line}\n" for line in block.text.splitlines())
        findings = archspec.validate(f"archspec: 1\ninput: [3, 32, 32]\nbody:\n{indented}")
        assert findings == [], f"README.md:{block.line}: {findings[0].message}"
        return
    (folder / first.removeprefix("# ")).write_text(block.text, "utf-8")


def run_python(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", text], cwd=folder, capture_output=True, text=True, check=False
    )


def check_python(block: Block, folder: Path) -> None:
    done = run_python(block.text, folder)
    assert done.returncode == 0, f"README.md:{block.line}: {done.stderr}"


def test_every_block_runs(tmp_path: Path) -> None:
    for block in blocks(README.read_text("utf-8")):
        match block.language:
            case "yaml":
                check_yaml(block, tmp_path)
            case "python":
                check_python(block, tmp_path)
            case "console":
                for command in commands(block):
                    lines = printed(command, tmp_path)
                    assert agrees(command.shown, lines), (
                        f"README.md:{block.line}: `{' '.join(command.words)}` prints:\n" + "\n".join(lines)
                    )
            case language:
                assert language == "sh", f"README.md:{block.line}: a block of {language} is not run"
    picture = (tmp_path / "small.png").read_bytes()
    assert picture[:8] == IMAGE.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_the_first_lines_are_what_ci_runs() -> None:
    first = next(blocks(README.read_text("utf-8")))
    assert (first.language, first.line) == ("sh", 4)
    ci = (ROOT / ".ci" / "run").read_text("utf-8")
    for command in re.split(r" && |\n", first.text.strip()):
        assert command in ci


def test_a_wrong_line_would_be_seen() -> None:
    assert agrees(("a", ELISION, "d"), ["a", "b", "c", "d"])
    assert not agrees(("a", ELISION, "d"), ["a", "b", "c"])
    assert not agrees(("a",), ["a", "b"])
    assert not agrees((), ["a"])


def test_what_goes_wrong_unlike_the_page_is_not_taken_for_its_text(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("archspec: 1\ninput: [3, 8, 8]\nbody: [{conv: 8}]\n", "utf-8")
    (tmp_path / "warned.yaml").write_text(
        "archspec: 1\ninput: [3, 8, 8]\nbody: [{conv: 8, kernel: 1}, norm]\n", "utf-8"
    )
    for shown in ((), ("✓ broken.yaml: valid",), (ELISION,)):
        with pytest.raises(AssertionError, match="ends with 1"):
            printed(Command(("archspec", "validate", "broken.yaml"), shown), tmp_path)
    assert printed(Command(("archspec", "validate", "broken.yaml"), ("error[E0204]: …",)), tmp_path)
    with pytest.raises(AssertionError, match="ends with 0"):
        printed(Command(("archspec", "validate", "resnet18"), ("error: …",)), tmp_path)
    with pytest.raises(AssertionError, match="ends with 2"):
        printed(Command(("archspec", "diff", "resnet18", "nothing"), ("A  ResNet-18",)), tmp_path)
    with pytest.raises(AssertionError, match="W04"):
        printed(Command(("archspec", "summary", "warned.yaml"), ("path",)), tmp_path)


def refreshed(shown: tuple[str, ...], lines: list[str]) -> tuple[str, ...]:
    """What to show of the lines that a command prints: all, or as many as before where the rest is left out. Where a
    part in the middle is left out, nobody but a person knows which.
    """
    if ELISION not in shown:
        return tuple(lines)
    return (*lines[: len(shown) - 1], ELISION) if shown.index(ELISION) == len(shown) - 1 else shown


def rerun(block: Block, folder: Path) -> str:
    """A console block with what its commands print now."""
    text = ""
    for command in commands(block):
        shown = refreshed(command.shown, printed(command, folder))
        text += "\n".join((f"$ {shlex.join(command.words)}", *shown)) + "\n"
    return text


def update(folder: Path) -> None:
    """Put what the commands print below them."""
    text = README.read_text("utf-8")
    for block in list(blocks(text)):
        if block.language == "yaml":
            check_yaml(block, folder)
        elif block.language == "console":
            text = text.replace(block.text, rerun(block, folder))
    README.write_text(text, "utf-8")
    IMAGE.write_bytes((folder / "small.png").read_bytes())


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as temporary:
        update(Path(temporary))
