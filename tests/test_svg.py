"""The SVG that is delivered: light and dark, for those who do not see it, with tooltips and links, and safe."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hand_built import lenet, resnet, small_googlenet

import archspec
from archspec.backends.dot import VIEWS, View, describe, is_current, render, theme
from archspec.backends.dot.notes import Links
from archspec.backends.dot.stamps import make_stamp, read_stamp, seal, stamp_png, unsealed
from archspec.ir import Graph

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</title><script>alert(1)</script>\"'&#60; ]]>"


def drawn(graph: Graph, view: View = "blocks", links: Links | None = None, format: str = "svg") -> bytes:
    data = render(graph, format, view, links=links)
    assert isinstance(data, bytes)
    return data


def finished(graph: Graph, view: View = "blocks", links: Links | None = None) -> Element:
    return ElementTree.fromstring(drawn(graph, view, links))


def notes(root: Element) -> dict[str, Element]:
    """The parts of a picture that say something of themselves, by the first line of it."""
    groups = ((group, group.findtext(f"{SVG}title") or "") for group in root.iter(f"{SVG}g"))
    return {title.split("\n")[0]: group for group, title in groups if title}


# Light and dark


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("graph", [lenet(), resnet((2, 2)), small_googlenet()], ids=lambda graph: graph.name)
def test_every_colour_has_its_counterpart_in_the_dark(graph: Graph, view: View) -> None:
    root = finished(graph, view)
    style = root.findtext(f"{SVG}style") or ""
    light, _, dark = style.partition("@media (prefers-color-scheme:dark)")
    rules = set(re.findall(r'\[(fill|stroke)="(#\w{6})"\]\{\1:(#\w{6})\}', dark))
    counterparts = {str(paint): paint.dark for paint in theme.PAINTS}
    used = {
        (side, element.attrib[side])
        for element in root.iter()
        for side in ("fill", "stroke")
        if element.attrib.get(side, "none") not in ("none", "transparent")
    }
    assert rules == {(side, colour, counterparts[colour]) for side, colour in used}
    assert "#" not in light


def test_a_picture_has_its_own_background() -> None:
    root = finished(lenet())
    page = root.find(f"{SVG}g/{SVG}polygon")
    assert page is not None
    assert page.attrib["fill"] == theme.PAPER
    width, height = (float(root.attrib[side].removesuffix("pt")) for side in ("width", "height"))
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", page.attrib["points"])]
    assert max(numbers[::2]) - min(numbers[::2]) == pytest.approx(width, abs=1)
    assert max(numbers[1::2]) - min(numbers[1::2]) == pytest.approx(height, abs=1)


def test_a_picture_fetches_nothing_and_runs_nothing() -> None:
    root = finished(replace(small_googlenet(), name=HOSTILE, about=HOSTILE))
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "g", "polygon", "path", "ellipse", "polyline", "text"}
    assert not re.search(
        r"url\(|@import|javascript:|href|<!ENTITY|<!DOCTYPE", drawn(small_googlenet()).decode()
    )
    assert not {name for element in root.iter() for name in element.attrib if name.startswith("on")}


# For those who do not see it


def test_a_picture_has_a_title_and_a_description() -> None:
    root = finished(lenet())
    title, description, *_ = root
    assert (title.tag, title.text) == (f"{SVG}title", "LeNet-5")
    assert (description.tag, description.text) == (f"{SVG}desc", describe(lenet()))
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == f"{title.attrib['id']} {description.attrib['id']}"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "resnet34",
            "ResNet-34: input 3 × 224 × 224; stem of conv 7×7, 64, /2, then max-pool 3×3, /2; 4 parts (layer1 to "
            "layer4) of 3, 4, 6, 3 basic blocks with a skip connection, to 512 × 7 × 7; head of global avg-pool, then "
            "fc, 1000; output 1000. 21.8 M parameters, 3.66 G multiply-accumulates.",
        ),
        (
            "vgg16",
            "VGG-16: input 3 × 224 × 224; features of 13 convolutions, 5 pooling layers; avg-pool to 7×7; classifier "
            "of fc, 4096, then fc, 4096, then fc, 1000; output 1000. 138 M parameters, 15.5 G multiply-accumulates.",
        ),
        (
            "siamese",
            "Siamese network: inputs left 1 × 105 × 105, right 1 × 105 × 105; tower, 2 times: one tower block each, "
            "to 4096; body of × −1, then +; fc, 1; output 1. 39.0 M parameters, 1.82 G multiply-accumulates.",
        ),
    ],
)
def test_a_network_in_words(name: str, words: str) -> None:
    assert describe(archspec.compile(name).graph) == words


def test_parallel_layers_are_told_as_such() -> None:
    branches = """archspec: 1
input: [3, 8, 8]
defaults: {conv: {kernel: 1}}
body:
  a: {conv: 2}
  b: {conv: 4, from: input}
  bn: norm
  c: {concat: [a, bn]}
  d: {conv: 5}
"""
    assert "1×1, 2, beside 1×1, 4, then concat, then 1×1, 5; output" in describe(
        archspec.compile(branches).graph
    )


def test_words_stay_few_and_tell_of_auxiliary_heads() -> None:
    words = describe(archspec.compile("googlenet").graph)
    assert "auxiliary heads aux1, aux2 in training" in words
    assert len(describe(archspec.compile("hrnet_w48").graph)) < 800
    assert "more parts" in describe(archspec.compile("hrnet_w48").graph)


def test_texts_alone_in_their_lines_stand_in_the_middle_however_wide_they_are() -> None:
    svg = finished(resnet((2, 2), "ResNet"))
    anchors = {text.text: text.attrib["text-anchor"] for text in svg.iter(f"{SVG}text")}
    assert (anchors["max-pool 3×3, /2"], anchors["global avg-pool"]) == ("middle", "middle")
    assert (anchors["conv 7×7, 64, /2"], anchors["BN ReLU"]) == ("start", "start")


# Tooltips and links


def test_a_node_says_what_it_is() -> None:
    said = [group.findtext(f"{SVG}title") for group in notes(finished(resnet((2, 2), "ResNet"))).values()]
    assert (
        "layer2.0.conv1\nconv 3×3, 128, /2\noutput 128 × 28 × 28\n73.7 K params · 57.8 M MACs\nreceptive field 51"
        in said
    )
    assert "fc\nfc, 1000\noutput 1000\n129 K params · 128 K MACs\nreceptive field: the whole input" in said
    assert not any(words and "->" in words for words in said)


SPEC = """\
archspec: 1
name: Net
input: [3, 32, 32]
body:
  conv: {conv: 8, kernel: 3}
  mixed: {conv_norm_act: 16, kernel: 3}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("my specs").mkdir()
    Path("docs").mkdir()
    Path("my specs", "javascript:x.yaml").write_text(SPEC)
    return tmp_path


def links_of(file: str, links: Links | None) -> dict[str, str]:
    """Where each node leads to."""
    root = finished(archspec.compile(file).graph, links=links)
    found = {name: group.find(f"{SVG}a") for name, group in notes(root).items()}
    return {name: link.attrib["href"] for name, link in found.items() if link is not None}


def test_a_box_leads_to_its_line(project: Path) -> None:
    links = Links.beside(Path("docs/net.svg"), project)
    found = links_of("my specs/javascript:x.yaml", links)
    assert found["conv"] == "../my%20specs/javascript%3Ax.yaml#L5"
    assert (project / "docs" / unquote(found["conv"].partition("#")[0])).is_file()


def test_a_box_of_a_standard_block_leads_to_the_call(project: Path) -> None:
    links = Links.beside(Path("docs/net.svg"), project)
    assert set(links_of("my specs/javascript:x.yaml", links).values()) == {
        "../my%20specs/javascript%3Ax.yaml#L5",
        "../my%20specs/javascript%3Ax.yaml#L6",
    }


def test_links_lead_to_the_web_where_that_is_asked_for(project: Path) -> None:
    links = Links.on_the_web("https://example.com/blob/main", project)
    found = links_of("my specs/javascript:x.yaml", links)
    assert found["conv"] == "https://example.com/blob/main/my%20specs/javascript%3Ax.yaml#L5"


def test_no_link_leaves_the_folder(project: Path) -> None:
    assert Links.beside(Path("../net.svg"), project) is None
    links = Links.beside(Path("docs/net.svg"), project / "docs")
    assert links_of("my specs/javascript:x.yaml", links) == {}


@pytest.mark.parametrize("address", ["javascript:alert(1)", "ftp://x", "https://a\nb", " https://x", ""])
def test_only_web_addresses_are_links(address: str) -> None:
    assert Links.on_the_web(address, Path()) is None


def test_a_picture_with_links_is_a_document(project: Path) -> None:
    links = Links.beside(Path("docs/net.svg"), project)
    root = finished(archspec.compile("my specs/javascript:x.yaml").graph, links=links)
    assert root.attrib["role"] == "graphics-document document"


# What a file was made of


@pytest.mark.parametrize("format", ["svg", "png", "pdf", "dot", "mmd"])
def test_a_file_knows_whether_it_is_current(format: str) -> None:
    data = drawn(lenet(), format=format)
    assert is_current(data, lenet(), format)
    assert not is_current(data, resnet((1, 1)), format)
    assert not is_current(b"", lenet(), format)
    assert data == drawn(lenet(), format=format), "the same bytes every time"


def test_a_layout_of_another_engine_is_current() -> None:
    data = drawn(lenet())
    stamp = read_stamp(data)
    assert stamp is not None
    moved = re.sub(rb'(?<= y=")-?[\d.]+', b"0", data)
    assert moved != data
    moved = re.sub(rf"{stamp} [0-9a-f]+".encode(), unsealed(stamp).encode(), moved)
    assert is_current(seal(moved, stamp), lenet(), "svg")


@pytest.mark.parametrize("format", ["svg", "png", "pdf"])
def test_a_damaged_file_is_not_current(format: str) -> None:
    data = drawn(lenet(), format=format)
    middle = len(data) // 2
    assert not is_current(data[:middle], lenet(), format), "cut off"
    assert not is_current(data[:-1], lenet(), format)
    assert not is_current(b"<<<<<<< HEAD\n" + data, lenet(), format), "a conflict"
    assert not is_current(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :], lenet(), format)


def test_an_edited_title_is_not_current_and_other_ends_of_lines_are() -> None:
    data = drawn(lenet())
    assert not is_current(data.replace(b"LeNet-5</title>", b"LeNet-6</title>", 1), lenet(), "svg")
    assert b"LeNet-5</title>" in data
    assert is_current(data.replace(b"\n", b"\r\n"), lenet(), "svg")


def test_what_is_only_said_counts_too(project: Path) -> None:
    graph = archspec.compile("my specs/javascript:x.yaml").graph
    links = Links.beside(Path("docs/net.svg"), project)
    assert not is_current(drawn(graph), graph, "svg", links=links)


def test_a_stamp_stands_in_the_png_where_readers_look_for_text() -> None:
    png = drawn(lenet(), format="png")
    assert png[8:16] == b"\0\0\0\rIHDR"
    assert png[37:41] == b"tEXt"
    stamp = read_stamp(png)
    assert stamp is not None
    bare = png[:33] + png[33 + 12 + int.from_bytes(png[33:37], "big") :]
    assert read_stamp(bare) is None
    assert stamp_png(bare, stamp) == png


def test_stamps_tell_texts_apart() -> None:
    assert len({make_stamp("ab", "c"), make_stamp("a", "bc"), make_stamp("abc"), make_stamp("abc", "")}) == 4


@pytest.mark.parametrize(
    "data", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\n", b"%PDF", b"tEXtarchspec\0" + b"0" * 64]
)
def test_other_files_have_no_stamp(data: bytes) -> None:
    assert read_stamp(data) is None
