"""A spec with errors is drawn as far as it could be checked, with what is wrong in red."""

from __future__ import annotations

from pathlib import Path

import pytest
from picture_parts import groups, nodes
from test_layout import faults as faults_of_layout
from test_layout import layout
from typer.testing import CliRunner

from archspec.backends.dot import theme
from archspec.backends.dot.broken import draw_broken, render_broken
from archspec.backends.dot.draw import DIRECTIONS, VIEWS, View
from archspec.backends.dot.picture import Box, Card, Direction, Group, Merge, Picture, Terminal
from archspec.backends.dot.writer import write_dot
from archspec.cli import app
from archspec.compiler import Checked, check, target_of
from archspec.files import CannotRun
from archspec.targets import locate

INVALID = sorted((Path(__file__).parent / "invalid").glob("*.yaml"))
UNFOLDED: tuple[View, ...] = ("blocks", "full")

SKIP = """\
archspec: 1
name: Broken
input: [3, 64, 64]
blocks:
  basic:
    params: {channels: int, stride: 1}
    residual:
      conv1: {conv: $channels, kernel: 3, stride: $stride, padding: 1}
      relu: relu
      conv2: {conv: $channels, kernel: 3, padding: 1}
    shortcut: identity
body:
  stem: {conv: 64, kernel: 3, padding: 1}
  layer1: {use: basic, channels: 64, repeat: 3}
  layer2: {use: basic, channels: 128, stride: 2}
head:
  gap: gap
  fc: {fc: 10}
"""


def faults(picture: Picture) -> dict[str, str]:
    return {
        node.id: node.fault for node in nodes(picture.items) if isinstance(node, Box | Merge) and node.fault
    }


def drawn(spec: str, view: View = "blocks") -> tuple[Checked, Picture]:
    checked = check(target_of(spec))
    assert checked.graph is None
    assert checked.partial is not None
    return checked, draw_broken(checked.partial, checked.diagnostics, view)


@pytest.mark.parametrize("view", UNFOLDED)
def test_a_skip_that_does_not_fit_is_red_with_both_shapes(view: View) -> None:
    _, picture = drawn(SKIP, view)
    assert faults(picture) == {"layer2.add": "the two sides of a skip addition differ"}
    assert [(edge.tail, edge.shape) for edge in picture.edges if edge.head == "layer2.add"] == [
        ("layer2.conv2", (128, 32, 32)),
        ("layer2.input", (64, 64, 64)),
    ]
    assert picture.detail == "1 error"
    assert write_dot(picture).count(theme.FAULT) == 3  # the sum, and the two edges into it


@pytest.mark.parametrize("view", UNFOLDED)
def test_a_skip_in_one_of_several_copies_is_red_in_that_copy(view: View) -> None:
    one = "layer2: {use: basic, channels: 128, stride: 2}"
    assert one in SKIP
    several = "layer2: {use: basic, channels: 128, repeat: 3, first: {stride: 2}}"
    _, picture = drawn(SKIP.replace(one, several), view)
    assert faults(picture) == {"layer2.0.add": "the two sides of a skip addition differ"}
    assert [edge.shape for edge in picture.edges if edge.head == "layer2.0.add"] == [
        (128, 32, 32),
        (64, 64, 64),
    ]
    assert not any(group.fault for group in groups(picture.items))


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_block_beside_the_cards_shows_both_shapes_too(direction: Direction) -> None:
    """`layer2` gives one, the cards before it the other; both stand on the edges into the sum, and one before it."""
    checked = check(target_of(SKIP))
    assert checked.partial is not None
    svg = render_broken(checked.partial, checked.diagnostics, "svg", "overview", direction=direction)
    assert isinstance(svg, bytes)
    text = svg.decode()
    assert [text.count(f">{shape}</text>") for shape in ("128 × 32 × 32", "64 × 64 × 64")] == [2, 4]
    assert "layer2: 128 × 32 × 32 and 64 × 64 × 64" in text


def test_what_is_sound_around_an_error_is_drawn_as_ever() -> None:
    _, picture = drawn(SKIP)
    folds = [
        item.count
        for card in picture.items
        if isinstance(card, Group)
        for item in card.items
        if isinstance(item, Group)
    ]
    assert folds == [3]


def test_an_op_that_does_not_fit_is_red_with_what_came_in() -> None:
    _, picture = drawn(
        "archspec: 1\nname: Flat\ninput: [3, 8, 8]\nbody:\n  a: {conv: 4, kernel: 3}\n  b: {fc: 10}\n"
    )
    assert list(faults(picture)) == ["b"]
    assert [(edge.tail, edge.shape) for edge in picture.edges if edge.head == "b"] == [("a", (4, 6, 6))]


def test_a_wrong_argument_is_red_too() -> None:
    _, picture = drawn(
        "archspec: 1\nname: Slip\ninput: [3, 8, 8]\nbody:\n  a: {conv: 4, kernal: 3}\n  b: relu\n"
    )
    assert list(faults(picture)) == ["a"]
    assert "unknown argument `kernal` of `conv`" in faults(picture)["a"]


def test_an_error_that_has_no_place_is_counted() -> None:
    checked, picture = drawn(SKIP.replace("head:", "outputs: [nowhere]\nhead:"))
    assert len([found for found in checked.diagnostics if found.severity == "error"]) == 2
    assert picture.detail == "2 errors · 1 not in the picture"


def test_a_consequence_that_was_not_reported_is_not_red() -> None:
    """After the wrong skip the map is larger or smaller than meant; what only a guess makes wrong stays as it is."""
    checked, picture = drawn(SKIP.replace("gap: gap", "pool: {maxpool: 40}\n  gap: gap"))
    reported = {found.message for found in checked.diagnostics}
    assert faults(picture)
    assert all(set(fault.split("; ")) <= reported for fault in faults(picture).values())


@pytest.mark.parametrize("view", VIEWS)
def test_every_invalid_spec_of_the_tests_is_drawn_or_has_nothing_to_draw(view: View) -> None:
    pictures = 0
    for path in INVALID:
        checked = check(locate(str(path)))
        if checked.partial is not None:
            write_dot(draw_broken(checked.partial, checked.diagnostics, view))
            pictures += 1
    assert pictures > 60


def test_a_sound_spec_has_no_partial_graph() -> None:
    assert check(locate("resnet18")).partial is None


def test_the_tooltip_is_the_message() -> None:
    checked = check(target_of(SKIP))
    assert checked.partial is not None
    svg = render_broken(checked.partial, checked.diagnostics, "svg", "blocks")
    assert isinstance(svg, bytes)
    assert "the two sides of a skip addition differ" in svg.decode()


def test_the_command_draws_complains_and_fails(tmp_path: Path) -> None:
    spec, output = tmp_path / "broken.yaml", tmp_path / "x.dot"
    spec.write_text(SKIP)
    done = CliRunner().invoke(app, ["draw", str(spec), "-o", str(output)])
    assert done.exit_code == 1
    assert "error[E0301]" in done.stderr
    assert theme.FAULT in output.read_text("utf-8")


def test_a_spec_of_which_nothing_is_known_is_not_drawn(tmp_path: Path) -> None:
    spec, output = tmp_path / "broken.yaml", tmp_path / "x.dot"
    spec.write_text("archspec: 1\nname: Nothing\ninput: nonsense\nbody: [relu]\n")
    done = CliRunner().invoke(app, ["draw", str(spec), "-o", str(output)])
    assert done.exit_code == 1
    assert not output.exists()


def test_the_card_of_an_overview_is_red_and_says_both_shapes() -> None:
    _, picture = drawn(SKIP, "overview")
    cards = {item.id: item for item in picture.items if isinstance(item, Card)}
    assert {name: card.fault for name, card in cards.items() if card.fault} == {
        "layer2": "the two sides of a skip addition differ"
    }
    assert cards["layer2"].faulty == ("layer2: 128 × 32 × 32 and 64 × 64 × 64",)
    # The card and its line; beside it the sum, and the two edges into it.
    assert write_dot(picture).count(theme.FAULT) == 5
    red = [node for panel in picture.panels for node in nodes(panel.items) if isinstance(node, Merge)]
    assert [bool(node.fault) for node in red] == [False, True]


def test_a_join_between_cards_is_red_with_the_shapes_on_its_edges() -> None:
    _, picture = drawn(
        "archspec: 1\nname: Net\ninput: [3, 8, 8]\nbody:\n  a: {conv: 4, kernel: 3}\n  b: {conv: 4, kernel: 1}\n"
        "  c: {conv: 4, kernel: 3, from: a}\n  d: {add: [b, c]}\n",
        "overview",
    )
    assert list(faults(picture)) == ["d"]
    assert [edge.shape for edge in picture.edges if edge.head == "d"] == [(4, 6, 6), (4, 4, 4)]


@pytest.mark.parametrize("view", VIEWS)
def test_a_part_with_an_error_is_drawn_alone(view: View) -> None:
    checked = check(target_of(SKIP))
    assert checked.partial is not None
    picture = draw_broken(checked.partial, checked.diagnostics, view, only="layer2")
    shapes = [node.shape for node in picture.items if isinstance(node, Terminal)]
    assert shapes == [(64, 64, 64), (128, 32, 32)]
    assert picture.detail == "1 error"
    assert theme.FAULT in write_dot(picture)
    sound = draw_broken(checked.partial, checked.diagnostics, view, only="layer1")
    assert sound.detail == "1 error · not in the picture"
    assert theme.FAULT not in write_dot(sound)


def test_a_part_that_is_not_there_is_told(tmp_path: Path) -> None:
    spec = tmp_path / "broken.yaml"
    spec.write_text(SKIP)
    done = CliRunner().invoke(app, ["draw", str(spec), "-o", str(tmp_path / "x.dot"), "--only", "layr2"])
    assert "error[E0301]" in done.stderr
    assert isinstance(done.exception, CannotRun)
    assert "no part `layr2`: did you mean `layer2`?" in str(done.exception)


def test_the_command_writes_a_page_with_the_errors(tmp_path: Path) -> None:
    spec, output = tmp_path / "broken.yaml", tmp_path / "x.html"
    spec.write_text(SKIP)
    done = CliRunner().invoke(app, ["draw", str(spec), "-o", str(output)])
    assert done.exit_code == 1
    assert "the two sides of a skip addition differ" in output.read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("view", UNFOLDED)
def test_every_picture_of_an_invalid_spec_is_legible(view: View) -> None:
    drawn = 0
    for spec in INVALID:
        checked = check(target_of(str(spec)))
        if checked.partial is None:
            continue
        svg = render_broken(checked.partial, checked.diagnostics, "svg", view)
        if isinstance(svg, bytes):
            drawn += 1
            assert list(faults_of_layout(layout(svg))) == [], spec.name
    assert drawn > 100
