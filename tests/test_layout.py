"""What a program can see of a picture's beauty: in the layout of every network, no box overlaps another and no text
another, no outline cuts a text, no edge runs through a box or a text, nothing stands outside the page, and on a page of
1000 pixels no text is smaller than 8 points.

A page shows a picture at its own size, or smaller where the page is narrower: 1000 pixels are 750 points. An overview
is no longer than 2200 pixels, about two screens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

import archspec
from archspec.backends.dot import Unavailable, View, render, theme
from archspec.backends.dot.overview import draw_overview
from archspec.targets import shipped_networks

SOME = ("lenet5", "vgg11", "resnet18", "googlenet", "densenet121", "unet_2015", "mobilenet_v2", "siamese")
OTHERS = tuple(network.name for network in shipped_networks() if network.name not in SOME)
GALLERY = Path(__file__).parents[1] / "docs" / "gallery"
"""The overviews of all networks, as they are drawn now: a test sees to that."""
NOT_WRAPPED = ("hrnet_w18", "hrnet_w32", "hrnet_w48", "siamese")
"""Of several inputs or several maps side by side: from left to right they are as wide as they are deep."""
FAMILIES = tuple({network.file: network.name for network in reversed(shipped_networks())}.values())
"""One network of each: the first."""
SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Rectangle:
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Rectangle, slack: float = 0.5) -> bool:
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > slack and down > slack

    def holds(self, x: float, y: float, slack: float = 1.0) -> bool:
        return self.left + slack < x < self.right - slack and self.top + slack < y < self.bottom - slack

    def contains(self, other: Rectangle, slack: float = 0.5) -> bool:
        return (
            self.left <= other.left + slack
            and self.top <= other.top + slack
            and self.right >= other.right - slack
            and self.bottom >= other.bottom - slack
        )


@dataclass(frozen=True)
class Words:
    """A text, its size, and where it stands: from its capitals' height to its line, as wide as in Helvetica."""

    text: str
    size: float
    place: Rectangle


@dataclass
class Layout:
    """Where an SVG has what. The coordinates are those of its one moved group."""

    page: Rectangle
    nodes: list[Rectangle] = field(default_factory=list)
    cards: list[Rectangle] = field(default_factory=list)
    edges: list[list[tuple[float, float]]] = field(default_factory=list)
    texts: list[Words] = field(default_factory=list)

    @property
    def width(self) -> float:
        return self.page.right - self.page.left

    @property
    def height(self) -> float:
        """On a page."""
        return (self.page.bottom - self.page.top) * min(1.0, theme.PAGE_WIDTH / self.width)


def layout(svg: bytes) -> Layout:
    root = ElementTree.fromstring(svg)
    page = root.find(f"{SVG}g/{SVG}polygon")
    assert page is not None
    found = Layout(outline([page]))
    for group in root.iter(f"{SVG}g"):
        shapes = [
            element
            for element in group.iter()
            if element.tag in (SVG + "path", SVG + "polygon", SVG + "ellipse")
        ]
        match group.get("class"):
            case "node" if shapes:
                found.nodes.append(outline(shapes))
            case "cluster" if shapes:
                found.cards.append(outline(shapes))
            case "edge":
                found.edges.extend(list(curve(path)) for path in group.iter(f"{SVG}path"))
    found.texts = [words(text) for text in root.iter(f"{SVG}text") if (text.text or "").strip()]
    return found


def words(element: Element) -> Words:
    text, size = element.text or "", float(element.attrib["font-size"])
    width = theme.text_width(text, size) * (1.06 if element.get("font-weight") == "bold" else 1)
    x, y = float(element.attrib["x"]), float(element.attrib["y"])
    left = x - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[element.get("text-anchor", "start")]
    return Words(text, size, Rectangle(left, y - 0.72 * size, left + width, y))


def outline(shapes: list[Element]) -> Rectangle:
    xs: list[float] = []
    ys: list[float] = []
    for shape in shapes:
        if shape.tag == SVG + "ellipse":
            x, y, across, down = (float(shape.attrib[name]) for name in ("cx", "cy", "rx", "ry"))
            xs += [x - across, x + across]
            ys += [y - down, y + down]
        else:
            numbers = [float(n) for n in NUMBER.findall(shape.get("d") or shape.attrib["points"])]
            xs += numbers[::2]
            ys += numbers[1::2]
    return Rectangle(min(xs), min(ys), max(xs), max(ys))


def curve(path: Element, samples: int = 16) -> Iterator[tuple[float, float]]:
    """Points along a path of cubic curves."""
    numbers = [float(n) for n in NUMBER.findall(path.attrib["d"])]
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    for at in range(0, len(points) - 1, 3):
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = points[at : at + 4]
        for step in range(samples + 1):
            t = step / samples
            u = 1 - t
            a, b, c, d = u**3, 3 * u * u * t, 3 * u * t * t, t**3
            yield a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy


def faults(drawn: Layout) -> Iterator[str]:
    for one, other in combinations(drawn.nodes, 2):
        if one.overlaps(other):
            yield f"boxes overlap: {one}, {other}"
    for card in drawn.cards:
        for box in (*drawn.nodes, *drawn.cards):
            if card.overlaps(box) and not card.contains(box) and not box.contains(card):
                yield f"a card cuts a box or a card: {card}, {box}"
        for text in drawn.texts:
            if card.overlaps(text.place, slack=1.0) and not card.contains(text.place, slack=1.0):
                yield f"a card cuts a text: {card}, {text}"
    for points in drawn.edges:
        ends = (points[0], points[-1])
        for box in drawn.nodes:
            # An edge ends at the outline of its boxes, or with its arrow just before it.
            near = Rectangle(box.left - 9, box.top - 9, box.right + 9, box.bottom + 9)
            if not any(near.holds(*end) for end in ends) and any(box.holds(*point) for point in points):
                yield f"an edge runs through a box: {box}"
        for text in drawn.texts:
            if any(text.place.holds(*point, slack=0.6) for point in points):
                yield f"an edge runs through a text: {text}"
    for text, another in combinations(drawn.texts, 2):
        if text.place.overlaps(another.place, slack=0.7):
            yield f"texts overlap: {text}, {another}"
    for part in (*drawn.nodes, *drawn.cards, *(text.place for text in drawn.texts)):
        if not drawn.page.contains(part):
            yield f"outside the page: {part}"
    for points in drawn.edges:
        for card in drawn.cards:
            if (
                card.holds(*points[0])
                and card.holds(*points[-1])
                and not all(card.holds(*p, slack=-1) for p in points)
            ):
                yield f"an edge leaves an outline that holds both its ends: {card}"
        if not all(drawn.page.holds(*point, slack=0) for point in points):
            yield "an edge leaves the page"


def check(svg: bytes | Unavailable) -> Layout:
    assert isinstance(svg, bytes)
    drawn = layout(svg)
    assert list(faults(drawn)) == []
    smallest = min(text.size for text in drawn.texts)
    assert smallest * theme.PAGE_WIDTH / max(drawn.width, theme.PAGE_WIDTH) >= 8, drawn.width
    return drawn


def test_every_overview_of_the_gallery_is_legible() -> None:
    pictures = sorted(GALLERY.glob("*.svg"))
    assert {picture.stem for picture in pictures} == {*SOME, *OTHERS}
    for picture in pictures:
        # What is drawn smaller is chosen by an estimate.
        assert check(picture.read_bytes()).height <= 1.02 * theme.PAGE_HEIGHT, picture.name


@pytest.mark.parametrize("name", [name for name in SOME if name not in NOT_WRAPPED])
def test_an_overview_from_left_to_right_is_legible(name: str) -> None:
    check(render(archspec.compile(name).graph, "svg", "overview", direction="LR"))


def test_a_row_of_cards_that_all_have_an_auxiliary_head_is_legible(tmp_path: Path) -> None:
    names = "abcdefg"
    convs = "".join(f"  {name}: {{conv: 8, kernel: 3, padding: 1}}\n" for name in names)
    heads = "".join(
        f"  h{name}: {{from: {name}, sequence: [gap, {{fc: 4}}], weight: 0.3}}\n" for name in names
    )
    spec = tmp_path / "deep.yaml"
    spec.write_text(
        f"archspec: 1\nname: deep\ninput: [3, 8, 8]\nbody:\n{convs}head: {{pool: gap, out: {{fc: 4}}}}\naux:\n{heads}"
    )
    graph = archspec.compile(spec).graph
    rows = draw_overview(graph, 2, "LR").rows
    assert [len(row) for row in rows[:-1]] == [4] * (len(rows) - 1)
    check(render(graph, "svg", "overview", depth=2, direction="LR"))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in OTHERS if name not in NOT_WRAPPED])
def test_every_overview_from_left_to_right_is_legible(name: str) -> None:
    check(render(archspec.compile(name).graph, "svg", "overview", direction="LR"))


@pytest.mark.parametrize("name", SOME)
def test_a_blocks_view_is_legible(name: str) -> None:
    check(render(archspec.compile(name).graph, "svg", "blocks"))


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_every_blocks_view_is_legible(name: str) -> None:
    check(render(archspec.compile(name).graph, "svg", "blocks"))


def test_the_picture_of_the_readme_is_legible_as_wide_as_it_is_shown() -> None:
    """A PNG has 192 dots per inch; the width in Markdown is in pixels of a page, 96 to an inch."""
    root = GALLERY.parents[1]
    (shown,) = re.findall(r'<img src="([^"]+)" width="(\d+)"', (root / "README.md").read_text("utf-8"))
    dots = int.from_bytes((root / shown[0]).read_bytes()[16:20], "big")
    assert theme.SMALL_SIZE * int(shown[1]) / 96 / (dots / 192) >= 8


BRANCHES = """
archspec: 1
name: branches
input: [8, 16, 16]
blocks:
  unit:
    params: {kernel: int}
    seq: {conv: {conv: 8, kernel: $kernel, padding: half}, bn: norm, relu: relu}
body:
  block:
    residual:
      branches:
        concat:
          branch1: {unit: 1}
          branch2: [{unit: 1}, {unit: 3}]
          branch3: [{unit: 1}, {unit: 3}, {unit: 3}]
      conv: {conv: 8, kernel: 1}
    shortcut: identity
"""


def test_branches_that_start_at_different_heights_do_not_cross(tmp_path: Path) -> None:
    spec = tmp_path / "branches.yaml"
    spec.write_text(BRANCHES)
    drawn = check(render(archspec.compile(spec).graph, "svg", "full"))
    titles = [text for text in drawn.texts if text.text.startswith("branch") and text.text != "branches"]
    titles.sort(key=lambda text: text.place.left)
    assert [title.text for title in titles] == ["branch1", "branch2", "branch3"]


LONG = """
archspec: 1
name: A network with an extraordinarily long name that nobody would put into a paper but that somebody will type
input: {image: [3, 32, 32], depth_map_from_the_sensor_on_the_left: [1, 32, 32]}
blocks:
  a_block_with_a_really_long_descriptive_name_v2:
    params: {number_of_output_channels: int}
    residual:
      the_first_convolution_of_the_main_path: {conv: $number_of_output_channels, kernel: 3, padding: 1}
      the_normalisation_after_it: norm
    shortcut: auto
body:
  a: {conv: 8, kernel: 3, padding: 1, from: image}
  b: {conv: 8, kernel: 3, padding: 1, from: depth_map_from_the_sensor_on_the_left}
  j: {concat: [a, b]}
  trunk: {repeat: 5, residual: [{conv: 16, kernel: 3, padding: 1}, norm, relu], shortcut: identity}
  the_very_first_stage_of_this_network_which_is_long: {a_block_with_a_really_long_descriptive_name_v2: 32, repeat: 4}
  the_second_stage_of_this_network_which_is_longer_still_yes:
    {a_block_with_a_really_long_descriptive_name_v2: 64, repeat: 4}
head: [gap, {fc: 10}]
"""


@pytest.mark.parametrize("view", ["overview", "blocks", "full"])
def test_long_names_and_skips_around_lists_are_legible(view: View, tmp_path: Path) -> None:
    spec = tmp_path / "long.yaml"
    spec.write_text(LONG)
    check(render(archspec.compile(spec).graph, "svg", view))


@pytest.mark.parametrize("view", ["blocks", "full"])
def test_no_line_runs_through_the_title_of_what_stands_beside_the_spine(view: View) -> None:
    spec = Path(__file__).parent / "cases" / "inputs_and_outputs" / "spec.yaml"
    check(render(archspec.compile(spec).graph, "svg", view))


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_a_full_view_is_legible(name: str) -> None:
    check(render(archspec.compile(name).graph, "svg", "full"))


def square(left: float, top: float, side: float = 20) -> Rectangle:
    return Rectangle(left, top, left + side, top + side)


PAGE = Rectangle(0, 0, 200, 200)


@pytest.mark.parametrize(
    ("drawn", "fault"),
    [
        (Layout(PAGE, nodes=[square(10, 10), square(25, 25)]), "boxes overlap"),
        (Layout(PAGE, nodes=[square(190, 10)]), "outside the page"),
        (Layout(PAGE, nodes=[square(10, 10)], cards=[square(20, 20, 60)]), "a card cuts a box"),
        (
            Layout(PAGE, nodes=[square(90, 90)], edges=[[(100, 10), (100, 100), (100, 190)]]),
            "an edge runs through",
        ),
        (Layout(PAGE, edges=[[(100, 10), (100, 210)]]), "an edge leaves the page"),
        (
            Layout(PAGE, cards=[square(20, 20, 60)], edges=[[(40, 30), (90, 50), (40, 70)]]),
            "an edge leaves an outline",
        ),
        (
            Layout(PAGE, edges=[[(100, 10), (100, 50), (100, 90)]], texts=[Words("conv", 9, square(90, 40))]),
            "an edge runs through a text",
        ),
        (
            Layout(PAGE, texts=[Words("conv", 9, square(10, 10)), Words("norm", 9, square(25, 25))]),
            "texts overlap",
        ),
        (
            Layout(PAGE, cards=[square(20, 20, 60)], texts=[Words("64", 9, square(70, 40))]),
            "a card cuts a text",
        ),
    ],
)
def test_a_fault_would_be_found(drawn: Layout, fault: str) -> None:
    assert [found.partition(":")[0].startswith(fault) for found in faults(drawn)] == [True]
