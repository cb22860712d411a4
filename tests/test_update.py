"""`archspec draw --check` and `archspec draw --update README.md`: pictures that are committed."""

from __future__ import annotations

import os
import re
from html import escape
from pathlib import Path

import pytest
from command_line import VALID, Cli, Result, put
from markdown_it import MarkdownIt

from archspec.backends.dot import describe
from archspec.backends.dot.stamps import read_stamp, seal, unsealed
from archspec.compiler import compile
from archspec.slots import BadSlot, Slot, fenced, fill, find_slots, image

PAGE = """\
# A network

<!-- archspec: draw net.yaml -o docs/net.svg -->
<!-- /archspec -->

and as text

<!-- archspec: draw net.yaml -->
old
<!-- /archspec -->

~~~
<!-- archspec: draw nothing.yaml -->
~~~
"""


@pytest.fixture
def page(cli: Cli) -> Path:
    put("net.yaml")
    Path("docs").mkdir()
    return Path(put("README.md", PAGE))


def tree() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(Path().rglob("*")) if path.is_file()}


# One picture


@pytest.mark.parametrize("name", ["net.svg", "net.png", "net.pdf", "net.dot", "net.mmd"])
def test_check_tells_whether_a_picture_is_stale(cli: Cli, name: str) -> None:
    cli("draw", put("net.yaml"), "-o", name)
    before = tree()
    assert cli("draw", "net.yaml", "-o", name, "--check") == Result(0, "", f"{name} is current\n")
    stale = cli("draw", "net.yaml", "-o", name, "--check", "--set", "classes=5")
    assert stale.code == 1
    assert stale.err.startswith(f"error: `{name}` is not the picture of `net.yaml`")
    assert tree() == before


def test_check_of_a_missing_picture_writes_nothing(cli: Cli) -> None:
    result = cli("draw", put("net.yaml"), "-o", "net.svg", "--check")
    assert (result.code, result.out) == (1, "")
    assert result.err == "error: there is no `net.svg`; the same command without `--check` draws it\n"
    assert list(tree()) == ["net.yaml"]


def test_check_needs_no_layout_engine(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("draw", put("net.yaml"), "-o", "net.svg")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert cli("draw", "net.yaml", "-o", "net.svg", "--check").code == 0


def test_check_of_stdout_is_refused(cli: Cli) -> None:
    assert cli("draw", put("net.yaml"), "--check").code == 2


# A page of them


def test_a_page_is_renewed(cli: Cli, page: Path) -> None:
    assert cli("draw", "--update", "README.md", "--check").code == 1
    assert page.read_text("utf-8") == PAGE
    result = cli("draw", "--update", "README.md")
    assert result == Result(0, "", f"wrote {Path('docs', 'net.svg')}\nwrote README.md\n")
    words = describe(compile("net.yaml").graph)
    mermaid = cli("draw", "net.yaml", "--format", "mmd").out
    assert page.read_text("utf-8") == PAGE.replace(
        "docs/net.svg -->\n", f"docs/net.svg -->\n{image('docs/net.svg', words)}"
    ).replace("old\n", f"```mermaid\n{mermaid}```\n")
    before = tree()
    assert cli("draw", "--update", "README.md", "--check") == Result(0, "", "README.md is current\n")
    assert cli("draw", "--update", "README.md") == Result(0, "", "README.md is current\n")
    assert tree() == before


@pytest.mark.parametrize("spoil", ["picture", "conflict", "words", "spec", "mermaid"])
def test_whatever_is_stale_is_found(cli: Cli, page: Path, spoil: str) -> None:
    cli("draw", "--update", "README.md")
    text = page.read_text("utf-8")
    match spoil:
        case "picture":
            Path("docs/net.svg").write_text("<svg/>")
        case "conflict":
            Path("docs/net.svg").write_bytes(b"<<<<<<< HEAD\n" + Path("docs/net.svg").read_bytes())
        case "words":
            page.write_text(text.replace("output", "result"), "utf-8")
        case "mermaid":
            page.write_text(text.replace("flowchart TB", "flowchart LR"), "utf-8")
        case "spec":
            put("net.yaml", VALID.replace("classes: 4", "classes: 5"))
    assert cli("draw", "--update", "README.md", "--check").code == 1
    assert cli("draw", "--update", "README.md").code == 0
    assert cli("draw", "--update", "README.md", "--check").code == 0


def test_a_current_picture_is_left_alone(cli: Cli, page: Path) -> None:
    cli("draw", "--update", "README.md")
    picture = Path("docs/net.svg")
    stamp = read_stamp(picture.read_bytes())
    assert stamp is not None
    opened = re.sub(rf"{stamp} [0-9a-f]+".encode(), unsealed(stamp).encode(), picture.read_bytes())
    moved = seal(opened.replace(b'x="', b'x="1'), stamp)
    picture.write_bytes(moved)
    cli("draw", "--update", "README.md")
    assert picture.read_bytes() == moved


def test_paths_start_from_the_page(cli: Cli) -> None:
    put("specs/net.yaml")
    put("docs/page.md", "<!-- archspec: draw ../specs/net.yaml -o pictures.png -->\n<!-- /archspec -->\n")
    assert cli("draw", "--update", "docs/page.md").code == 0
    assert "](pictures.png)" in Path("docs/page.md").read_text("utf-8")
    assert Path("docs/pictures.png").is_file()


def test_a_marker_takes_the_options_of_a_picture(cli: Cli) -> None:
    put("net.yaml")
    put(
        "a.md",
        "<!-- archspec: draw net.yaml --view=overview --set classes=7 --direction LR -->\n<!-- /archspec -->\n",
    )
    assert cli("draw", "--update", "a.md").code == 0
    options = ("--view", "overview", "--set", "classes=7", "--direction", "LR", "--format", "mmd")
    assert cli("draw", "net.yaml", *options).out in Path("a.md").read_text("utf-8")


def test_a_shipped_network_can_be_named(cli: Cli) -> None:
    put("a.md", "<!-- archspec: draw lenet5 -->\n<!-- /archspec -->\n")
    assert cli("draw", "--update", "a.md").code == 0
    assert "conv 5×5, 6" in Path("a.md").read_text("utf-8")


def test_line_ends_stay(cli: Cli) -> None:
    put("net.yaml")
    Path("a.md").write_bytes(b"a\r\n<!-- archspec: draw net.yaml -->\r\n<!-- /archspec -->\r\nb\r\n")
    assert cli("draw", "--update", "a.md").code == 0
    data = Path("a.md").read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n") > 6
    assert cli("draw", "--update", "a.md", "--check").code == 0


# What a page may not do


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ("build net.yaml", "a marker says `draw …`, not `build`"),
        ("draw net.yaml -o ../out.svg", "`../out.svg` lies outside the folder of the Markdown"),
        ("draw net.yaml -o /tmp/out.svg", "`/tmp/out.svg` lies outside the folder of the Markdown"),
        ("draw net.yaml -o linked/out.svg", "`linked/out.svg` lies outside the folder of the Markdown"),
        ("draw net.yaml -o net.yaml", "the format `yaml` is not one that `draw` writes"),
        ("draw net.yaml -o net.pdf", "Markdown shows svg and png, not pdf"),
        ("draw net.yaml --format svg", "without `-o FILE` a picture in Markdown is Mermaid"),
        ("draw ../../outside.yaml", "`../../outside.yaml` lies outside"),
        ("draw linked.yaml", "`linked.yaml` lies outside"),
        ("draw missing/net.yaml", "there is no file `missing/net.yaml` beside the Markdown"),
        ("draw nowhere", "there is no file and no shipped network `nowhere`"),
        ("draw -", "a marker names a file or a shipped network, not standard input"),
        ("draw net.yaml --force 1", "a marker has no `--force`"),
        ("draw net.yaml --max-ops 9", "a marker has no `--max-ops`"),
        ("draw net.yaml --open", "`--open` needs a value"),
        ("draw net.yaml other.yaml", "a marker names one spec"),
        ("draw", "a marker names one spec"),
        ("draw 'net.yaml", "the marker cannot be read: no closing quotation"),
        ("draw net.yaml --link javascript:x", "`javascript:x` is not an address that begins with https://"),
    ],
)
def test_a_marker_draws_inside_the_folder_and_nothing_else(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marker: str, said: str
) -> None:
    put("outside.yaml")
    project = tmp_path / "project"
    (project / "docs").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(project)
    put("docs/net.yaml")
    if hasattr(os, "symlink"):
        os.symlink(tmp_path / "elsewhere", "docs/linked")
        os.symlink(tmp_path / "outside.yaml", "docs/linked.yaml")
    put("docs/a.md", f"one\n<!-- archspec: {marker} -->\n<!-- /archspec -->\n")
    monkeypatch.chdir(tmp_path)
    before = tree()
    monkeypatch.chdir(project)
    result = cli("draw", "--update", "docs/a.md")
    assert result.code == 2
    assert result.err.startswith(f"error: docs/a.md:2: {said}")
    assert result.err.count("\n") == 1
    monkeypatch.chdir(tmp_path)
    assert tree() == before


def test_the_other_pictures_are_drawn_all_the_same(cli: Cli, page: Path) -> None:
    broken = "<!-- archspec: draw broken.yaml -->\nkept\n<!-- /archspec -->\n"
    put("broken.yaml", VALID.replace("conv", "cnv"))
    page.write_text(broken + PAGE, "utf-8")
    result = cli("draw", "--update", "README.md")
    assert result.code == 1
    assert "error: README.md:1: the spec has errors\n" in result.err
    assert Path("docs/net.svg").is_file()
    assert page.read_text("utf-8").startswith(broken)


def test_a_folder_for_pictures_is_made(cli: Cli) -> None:
    put("net.yaml")
    put("a.md", "<!-- archspec: draw net.yaml -o new/folder/net.svg -->\n<!-- /archspec -->\n")
    assert cli("draw", "--update", "a.md", "--check").code == 1
    assert not Path("new").exists()
    assert cli("draw", "--update", "a.md").code == 0
    assert Path("new/folder/net.svg").is_file()
    assert cli("draw", "--update", "a.md", "--check").code == 0


def test_a_file_in_the_place_of_the_folder_is_said(cli: Cli) -> None:
    put("net.yaml")
    put("a.md", "<!-- archspec: draw net.yaml -o net.yaml/net.svg -->\n<!-- /archspec -->\n")
    result = cli("draw", "--update", "a.md")
    assert result.code == 2
    assert result.err.startswith("error: a.md:1: cannot make the folder `net.yaml`")


def test_what_several_markers_meet_is_said_once(cli: Cli) -> None:
    put("net.yaml", VALID.replace("body:", "blocks: {unused: {seq: [relu]}}\nbody:"))
    put("a.md", "<!-- archspec: draw net.yaml -->\n<!-- /archspec -->\n" * 3)
    assert cli("draw", "net.yaml", "--format", "dot").err.count("warning[") == 1
    assert cli("draw", "--update", "a.md").err.count("warning[") == 1


@pytest.mark.parametrize(
    "arguments", [["-o", "x.svg"], ["--format", "svg"], ["--view", "overview"], ["--open"], ["--force"]]
)
def test_update_takes_nothing_from_the_command_line(cli: Cli, page: Path, arguments: list[str]) -> None:
    assert cli("draw", "--update", "README.md", *arguments).code == 2


def test_a_page_without_markers_is_a_mistake(cli: Cli) -> None:
    result = cli("draw", "--update", put("a.md", "text\n"))
    assert result == Result(2, "", "error: `a.md` has no marker `<!-- archspec: draw … -->`\n")


# Slots


def bodies(text: str) -> list[str | BadSlot]:
    return [text[slot.start : slot.end] if isinstance(slot, Slot) else slot for slot in find_slots(text)]


OPEN, CLOSE = "<!-- archspec: draw a -->\n", "<!-- /archspec -->\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{OPEN}{CLOSE}", [""]),
        (f"{OPEN}```mermaid\n{CLOSE}", ["```mermaid\n"]),
        (f"x {OPEN}{CLOSE[:-1]} y", []),
        (f"```\n{OPEN}{CLOSE}```\n{OPEN}b\n{CLOSE}", ["b\n"]),
        (f"````\n```\n{OPEN}{CLOSE}````\n", []),
        (f"    {OPEN}    {CLOSE}", []),
        (OPEN, [BadSlot(1, "no `<!-- /archspec -->` after this marker")]),
        (f"{OPEN}{OPEN}b\n{CLOSE}", [BadSlot(1, "no `<!-- /archspec -->` before the next marker"), "b\n"]),
        (CLOSE, [BadSlot(1, "no marker `<!-- archspec: … -->` before this end of one")]),
    ],
)
def test_where_slots_are(text: str, expected: list[str | BadSlot]) -> None:
    assert bodies(text) == expected


IN_LISTS = {
    "of dashes": ("- text\n\n  {open}  {close}", "<ul><li><p>text</p>\n{open}{body}{close}</li></ul>"),
    "of numbers": ("10. text\n\n    {open}    {close}", "<ol start=10><li><p>text</p>\n{open}{body}{close}</li></ol>"),
    "within a list": (
        "1. a\n   - b\n\n     {open}     {close}after\n",
        "<ol><li>a\n<ul><li><p>b</p>\n{open}{body}{close}</li></ul></li></ol><p>after</p>",
    ),
    "beside the dash": ("- {open}  {close}", "<ul><li>{open}{body}{close}</li></ul>"),
    "by a tab": ("-\ttext\n\n\t{open}\t{close}", "<ul><li><p>text</p>\n{open}{body}{close}</li></ul>"),
    "behind a block of code that ends with its item": (
        "- ```\n  {open}\n{open}{close}",
        "<ul><li><pre><code>{shown}\n</code></pre></li></ul>{open}{body}{close}",
    ),
    "as code": (
        "- text\n\n      {open}      {close}", "<ul><li><p>text</p>\n<pre><code>{shown}{shut}</code></pre></li></ul>"
    ),
    "of text that is none": ("text\n\n    {open}    {close}", "<p>text</p>\n<pre><code>{shown}{shut}</code></pre>"),
}  # fmt: skip


@pytest.mark.parametrize("how", IN_LISTS)
@pytest.mark.parametrize("body", ["![words](net.svg)\n", "```mermaid\nflowchart\n\n  a\n```\n"])
def test_a_slot_in_a_list_is_where_markdown_has_its_marker(how: str, body: str) -> None:
    """As a parser of CommonMark reads the page: what fills the slot is a part of the same item."""

    def html(text: str) -> str:
        return bare(MarkdownIt("commonmark").render(text))

    def bare(markup: str) -> str:
        """Without blanks, and without paragraphs, which a list has or has not as it is loose or tight."""
        return re.sub(r"[\s\"]+|</?p>", "", markup)

    written, read = IN_LISTS[how]
    page = written.format(open=OPEN, close=CLOSE)
    slots = [slot for slot in find_slots(page) if isinstance(slot, Slot)]
    filled = fill(page, dict.fromkeys(slots, body))
    shown, shut = escape(OPEN), escape(CLOSE)
    parts = {"open": OPEN, "close": CLOSE, "body": html(body), "shown": shown, "shut": shut}
    assert html(filled) == bare(read.format(**parts))
    again = [slot for slot in find_slots(filled) if isinstance(slot, Slot)]
    assert [filled[slot.start : slot.end] for slot in again] == [slot.placed(body) for slot in slots]


def test_a_picture_in_a_list_is_current_once_it_is_drawn(cli: Cli, page: Path) -> None:
    text = "1. first\n\n   <!-- archspec: draw net.yaml -->\n   <!-- /archspec -->\n2. second\n"
    put("README.md", text)
    assert cli("draw", "--update", "README.md").code == 0
    written = page.read_text("utf-8")
    assert "\n   ```mermaid\n   flowchart" in written
    assert cli("draw", "--update", "README.md", "--check").code == 0
    assert cli("draw", "--update", "README.md").err.endswith("README.md is current\n")
    assert page.read_text("utf-8") == written


def test_nothing_outside_a_slot_changes() -> None:
    text = f"a\x0bb\u2028\n{OPEN}old\n{CLOSE}c\n{OPEN}{CLOSE}"
    first, second = (slot for slot in find_slots(text) if isinstance(slot, Slot))
    assert (first.line, second.line) == (2, 6)
    expected = f"a\x0bb\u2028\n{OPEN}1\n{CLOSE}c\n{OPEN}2\n{CLOSE}"
    assert fill(text, {first: "1\n", second: "2\n"}) == expected


def test_markdown_of_a_picture_is_safe() -> None:
    assert image("a b/(c).svg", "x](y) <b> *z*\n|") == "![x\\](y) \\<b\\> \\*z\\* \\|](a%20b/%28c%29.svg)\n"
    assert fenced("mermaid", "a\n```\nb\n") == "````mermaid\na\n```\nb\n````\n"
