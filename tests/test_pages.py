"""The pages in docs say what is so, beyond what test_docs.py, test_diff.py and test_weights.py run.

every page            each command that it shows is there, and has those options; links lead to a file and a heading
architecture.md       each module, folder and name that it mentions exists
coming_from.md        each spec compiles without a warning; the module by hand is the one of its spec
python.md             its Python prints what is shown, and it names all that there is
inference.md          its commands and its Python run, and the table that it shows is in the file (slow)
"""

from __future__ import annotations

import ast
import re
import shlex
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest
import torch
from test_docs import DOCS, file_name
from test_readme import README, ROOT, Block, Command, blocks, check_python, printed, run_python

import archspec
from archspec.cli import COMMANDS, command
from archspec.limits import Limits
from archspec.validation import judge

ARCHITECTURE = (DOCS / "architecture.md").read_text("utf-8")
COMING_FROM = tuple(blocks((DOCS / "coming_from.md").read_text("utf-8")))
PAGES = (README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md")))


# Every page.


def written_commands(page: Path) -> list[tuple[int, str]]:
    """The lines that a reader may type, in blocks and between backticks in the text, with their numbers."""
    found = []
    fenced = False
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        fenced ^= line.startswith("```")
        pattern = r"^ *(?:\$ |- run: )?(archspec .*)" if fenced else r"`(archspec [^`]+)`"
        found.extend((number, text) for text in re.findall(pattern, line))
    return found


def missing(words: list[str]) -> list[str]:
    """What the command line has not: the command, or options of it."""
    name, *rest = words
    if name.startswith("-"):
        return [] if name in ("--help", "--version") else [name]
    if name not in COMMANDS:
        return [name]
    asked = command(name)
    if name == "blocks" and rest:
        return [rest[0]] if rest[0] not in asked.commands else []
    known = {option for parameter in asked.params for option in parameter.opts}
    return [word for word in rest if re.match(r"--?[a-z]", word) and word.partition("=")[0] not in known]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_on_a_page_is_one(page: Path) -> None:
    for line, text in written_commands(page):
        words = text.partition(" #")[0].replace("…", "").split()[1:]
        if words and re.match(r"[a-z-]", words[0]):
            assert missing(words) == [], f"{page.name}:{line}: `{text}`"


def test_a_wrong_command_would_be_seen() -> None:
    assert len(written_commands(README)) > 10
    assert missing(["draw", "net.yaml", "--viev", "full"]) == ["--viev"]
    assert missing(["drow", "net.yaml"]) == ["drow"]
    assert missing(["blocks", "list"]) == ["list"]


def anchors(page: Path) -> set[str]:
    """What a link to a heading of the page may end in, as GitHub names it."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), f"{page.name}: {link}"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{page.name}: {link}"


# How the compiler is built.


def named() -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", ARCHITECTURE))


def test_the_files_of_the_architecture_exist() -> None:
    package = ROOT / "archspec"
    inside = {path.relative_to(package).as_posix() for path in package.rglob("*")}
    paths = {name for name in named() if re.fullmatch(r"[\w/.]+(?:\.py|\.toml|\.md|/)", name)}
    assert len(paths) > 50
    for path in paths:
        there = (ROOT / path).exists() or any(
            f"/{known}".endswith(f"/{path.rstrip('/')}") for known in inside
        )
        assert there, f"architecture.md: there is no `{path}`"


def test_the_names_of_the_architecture_exist() -> None:
    files = (ROOT / "pyproject.toml", *(ROOT / "archspec").rglob("*.py"))
    source = "\n".join(path.read_text("utf-8") for path in files)
    words = set(re.findall(r"\w+", source))
    for name in named():
        if re.fullmatch(r"[A-Za-z_]\w*(?:\.[a-z]\w*)?", name):
            unknown = [part for part in name.split(".") if part not in words]
            assert not unknown, f"architecture.md: nothing is called `{name}`"


def test_the_layers_of_the_architecture_are_those_that_are_checked() -> None:
    table = re.search(r"A module imports those below it:\n\n(.*?)\n\n", ARCHITECTURE, re.DOTALL)
    assert table is not None
    told = [set(re.findall(r"`(\w+)`", row.split("|")[1])) for row in table[1].splitlines()[2:]]
    toml = (ROOT / "pyproject.toml").read_text("utf-8")
    layers = re.search(r"^layers = \[\n(.*?)^\]", toml, re.MULTILINE | re.DOTALL)
    assert layers is not None
    checked = [set(re.findall(r"\w+", row)) for row in layers[1].splitlines()]
    assert set().union(*told) == set().union(*checked)
    rank = {name: at for at, row in enumerate(checked) for name in row}
    for above, below in pairwise(told):
        assert max(rank[name] for name in above) <= min(rank[name] for name in below)


@pytest.mark.parametrize(
    "package",
    ["backends/dot", "backends/page", "difference", "expand", "explain", "expressions", "syntax"],
)
def test_a_package_that_lists_its_modules_lists_all(package: str) -> None:
    folder = ROOT / "archspec" / package
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8")))
    assert modules - set(re.findall(r"\w+", docstring or "")) == set()


# Coming from elsewhere.


def specs_of_elsewhere() -> dict[str, Block]:
    named = {file_name(block): block for block in COMING_FROM if "\narchspec: 1\n" in block.text}
    return {name: block for name, block in named.items() if name}


@pytest.mark.parametrize("name", specs_of_elsewhere())
def test_every_spec_of_elsewhere_compiles(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(specs_of_elsewhere()[name].text, "utf-8")
    verdict = judge(str(path), settings={}, limits=Limits())
    assert verdict.valid
    assert list(verdict.diagnostics) == []


def test_the_module_by_hand_is_the_one_of_its_spec() -> None:
    by_hand = ModuleType("by_hand")
    block = next(block for block in COMING_FROM if block.language == "python")
    exec(compile(block.text, "by_hand.py", "exec", dont_inherit=True), vars(by_hand))
    torch.manual_seed(0)
    hand = by_hand.Net()
    torch.manual_seed(0)
    made = archspec.build(specs_of_elsewhere()["by_hand.yaml"].text)
    wanted, found = hand.state_dict(), made.state_dict()
    assert list(found) == list(wanted)
    assert all(torch.equal(found[key], wanted[key]) for key in wanted)
    images = torch.randn(2, 3, 32, 32)
    assert torch.equal(made(images), hand(images))


def test_the_keys_of_an_ultralytics_network() -> None:
    """Those that Ultralytics 8.4.190 gives its own YAML on the page."""
    keys = archspec.build(specs_of_elsewhere()["classifier.yaml"].text).state_dict()
    convolutions = ("0", "1", "2.0", "2.1", "5.conv")
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    wanted = [
        f"model.{at}.{key}" for at in convolutions for key in ("conv.weight", *(f"bn.{of}" for of in norm))
    ]
    assert list(keys) == [*wanted, "model.5.linear.weight", "model.5.linear.bias"]


# From Python.


def test_the_page_on_python_is_what_happens(tmp_path: Path) -> None:
    page = blocks((DOCS / "python.md").read_text("utf-8"))
    for code, shown in zip(page, page, strict=True):
        assert (code.language, shown.language) == ("python", "text")
        done = run_python(code.text, tmp_path)
        assert (done.stderr, done.stdout) == ("", shown.text), f"python.md:{code.line}"


def test_the_page_on_python_names_all_that_there_is() -> None:
    text = (DOCS / "python.md").read_text("utf-8")
    public = {
        f"archspec.{name}"
        for name in archspec.__all__
        if name not in ("__version__", "Network", "Diagnostic")
    }
    assert {name for name in public if f"`{name}" not in text} == set()
    table = text.partition("## The network")[2].partition("##")[0]
    told = set(
        re.findall(r"`(\w+)(?:\([^`]*\))?`", "\n".join(re.findall(r"^\| (.*?) \|", table, re.MULTILINE)))
    )
    offered = {name for name in dir(archspec.Network) if not name.startswith("_")}
    fields = {"diagnostics"}
    assert told == offered - {"graph", "costs"} | fields


# Inference builds.


@pytest.mark.slow
def test_the_page_on_inference_is_what_happens(tmp_path: Path) -> None:
    torch.save(archspec.build("resnet50").state_dict(), tmp_path / "trained.pt")
    page = list(blocks((DOCS / "inference.md").read_text("utf-8")))
    for block in page:
        if block.language == "console":
            for line in block.text.splitlines():
                words = shlex.split(line.partition("  #")[0].removeprefix("$ "))
                said = "\n".join(printed(Command(tuple(words), ()), tmp_path))
                assert said.startswith(("wrote ", "✓ ")), f"inference.md:{block.line}: {line}\n{said}"
    api, table, use = (block for block in page if block.language == "python")
    check_python(api, tmp_path)
    emitted = (tmp_path / "resnet50_inference.py").read_text("utf-8")
    assert table.text in emitted
    imports = "import torch\nfrom resnet50_inference import ResNet50, convert\n"
    check_python(Block("python", imports + use.text, use.line), tmp_path)
