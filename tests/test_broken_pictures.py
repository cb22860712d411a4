"""A spec with errors is drawn as far as it could be checked, with what is wrong in red."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from picture_parts import groups, nodes
from test_layout import faults as faults_of_layout
from test_layout import layout
from typer.testing import CliRunner

from archspec.backends.dot import theme
from archspec.backends.dot.broken import draw_broken, place_errors, render_broken
from archspec.backends.dot.draw import DIRECTIONS, VIEWS, View
from archspec.backends.dot.mermaid import write_mermaid
from archspec.backends.dot.picture import Bar, Box, Card, Direction, Group, Merge, Picture, Terminal
from archspec.backends.dot.writer import write_dot
from archspec.backends.page.data import gather_broken
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


BRANCHES = """\
archspec: 1
name: Branches
input: [3, 32, 32]
blocks:
  b:
    params: {c: int, s: 1}
    concat:
      x: {conv: $c, kernel: 3, padding: 1, stride: $s}
      y: {conv: $c, kernel: 1}
body:
  l0: {use: b, c: 8}
  l1: {use: b, c: 32, s: 2}
  l2: {use: b, c: 64, s: 2}
head: [gap, {fc: 10}]
"""

EVERYWHERE = {
    "in calls with other numbers": (
        SKIP.replace("stride: 2}", "stride: 2}\n  layer3: {use: basic, channels: 256, stride: 2}"),
        ["layer2.add", "layer3.add"],
    ),
    "in calls with the same numbers": (
        SKIP.replace(
            "stride: 2}", "stride: 2}\n  again: {use: basic, channels: 128, stride: 2, from: layer1}"
        ).replace("gap: gap", "sum: {add: [layer2, again]}\n  gap: gap"),
        ["layer2.add", "again.add"],
    ),
    "in copies that are folded": (
        "archspec: 1\nname: Copies\ninput: [3, 9, 9]\nbody:\n  a:\n    repeat: 3\n"
        "    residual: {c: {conv: 3, kernel: 2}}\n",
        ["a.0.add"],
    ),
    "in a projection that no stride makes": (
        SKIP.replace("shortcut: identity", "shortcut: projection")
        .replace("stride: 2}", "stride: 2}\n  c: {use: basic, channels: 8}")
        .replace("kernel: 3, stride: $stride, padding: 1", "kernel: 4, stride: $stride, padding: 1")
        .replace("layer1: {use: basic, channels: 64, repeat: 3}", "layer1: {use: basic, channels: 64}"),
        ["layer1.add", "layer2.add", "c.add"],
    ),
    "in a concatenation": (BRANCHES, ["l1.concat", "l2.concat"]),
    "in a join whose side has its size from one line": (
        "archspec: 1\nname: Joins\ninput: [3, 9, 9]\nblocks:\n  small: {seq: {s: {conv: 3, kernel: 2}}}\nbody:\n"
        "  a: small\n  b: {add: [input, a]}\n  c: {use: small, from: input}\n  d: {add: [input, c]}\n",
        ["b", "d"],
    ),
    "in a layer of a block": (
        "archspec: 1\nname: Windows\ninput: [3, 9, 9]\nblocks:\n"
        "  w: {params: {c: 4}, seq: {p: {conv: $c, kernel: 20}}}\n"
        "body:\n  a: {w: 4}\n  b: {w: 8, from: input}\n  s: {concat: [a, b]}\n",
        ["a.p", "b.p"],
    ),
    "in an argument of a layer of a block": (
        "archspec: 1\nname: Padding\ninput: [3, 9, 9]\nblocks:\n"
        "  w: {params: {c: 4}, seq: {p: {conv: $c, kernel: 3, padding: wide}}}\nbody:\n  a: {w: 4}\n  b: {w: 8}\n",
        ["a.p", "b.p"],
    ),
}
"""One mistake, told once, and all places where it is met."""


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
    assert (
        write_dot(picture).count(theme.FAULT) == 7
    )  # the sum, the edge into it, and the arc: three lines and two corners


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


@pytest.mark.parametrize("view", UNFOLDED)
@pytest.mark.parametrize(("spec", "places"), EVERYWHERE.values(), ids=EVERYWHERE)
def test_a_mistake_that_is_told_once_is_red_wherever_it_is(spec: str, places: list[str], view: View) -> None:
    checked, picture = drawn(spec, view)
    assert sum(found.severity == "error" for found in checked.diagnostics) == 1
    in_first_copies = [
        place for place in faults(picture) if view == "blocks" or re.search(r"\.[1-9]", place) is None
    ]
    assert in_first_copies == places
    for place in places:
        assert any(edge.head == place and edge.shape is not None for edge in picture.edges)


def test_a_block_beside_the_cards_is_red_in_each_of_its_forms() -> None:
    _, picture = drawn(BRANCHES, "overview")
    assert [item.faulty for item in picture.items if isinstance(item, Card)] == [
        (),
        ("l1: 32 × 16 × 16 and 32 × 32 × 32",),
        ("l2: 64 × 8 × 8 and 64 × 16 × 16",),
        (),
    ]
    joins = [node for panel in picture.panels for node in nodes(panel.items) if isinstance(node, Bar | Merge)]
    assert [isinstance(node, Merge) and bool(node.fault) for node in joins] == [False, True, True]


def test_a_message_says_the_numbers_of_its_own_place() -> None:
    _, picture = drawn(EVERYWHERE["in a concatenation"][0])
    assert [fault.partition(": ")[2] for fault in faults(picture).values()] == [
        "32 × 16 × 16 and 32 × 32 × 32",
        "64 × 8 × 8 and 64 × 16 × 16",
    ]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("{convv: 3}", "convv: 3"),
        ("zzz", "zzz"),
        ("{zzz: 3, note: why}", "zzz: 3"),
        ("{conv: 3, kernel: three}", "conv: 3, kernel: three"),
        ("{use: cnov, channels: 4, kernel: many}", "cnov, channels: 4, kernel: many"),
        ("{'<b>|{x}': [1, 2]}", "<b>|{x}: [1, 2]"),
        ("{" + "z" * 100 + ": 3}", "z" * 39 + "…"),
    ],
)
def test_a_node_that_is_none_is_shown_as_it_is_written(written: str, shown: str, view: View) -> None:
    checked, picture = drawn(
        f"archspec: 1\nname: Slip\ninput: [3, 8, 8]\nbody:\n  a: {{conv: 4, kernel: 3}}\n  b: {written}\n  c: relu\n",
        view,
    )
    assert checked.partial is not None
    if view == "overview":
        (card,) = [item for item in picture.items if isinstance(item, Card) and item.fault]
        assert any(shown in line for line in card.lines)
    else:
        assert [node.text for node in nodes(picture.items) if isinstance(node, Box) and node.fault] == [shown]
    text = html.unescape(write_dot(picture))
    assert shown in text
    assert "identity" not in text


def test_a_page_marks_every_place_and_leads_to_the_first() -> None:
    checked = check(target_of(BRANCHES))
    assert checked.partial is not None
    page = gather_broken(place_errors(checked.partial, checked.diagnostics), checked.diagnostics)
    inside = [any(step.fault for step in module.steps) for module in page.modules]
    by_name = {step.name: step.module for step in page.modules[-1].steps}
    marked = [name for name, module in by_name.items() if module is not None and inside[module]]
    assert marked == ["l1", "l2"]
    (problem,) = page.problems
    assert problem.place == 8  # l0 and its three steps, l1 and its


def test_an_error_that_is_told_where_it_is_mended_is_red_where_it_is_met() -> None:
    """`width: 1.5` is told at the parameter; each layer that reads it bears it."""
    _, picture = drawn(
        "archspec: 1\nname: Half\ninput: [3, 8, 8]\nparams: {width: 1.5}\nbody:\n"
        "  a: {conv: $(4 * width + 0.5), kernel: 1}\n  b: {conv: $(3 * width), kernel: 1}\n"
    )
    assert "not in the picture" not in picture.detail
    assert list(faults(picture)) == ["a", "b"]


def test_the_edges_to_where_something_is_wrong_are_red_in_mermaid_too() -> None:
    _, picture = drawn(SKIP)
    lines = [line.strip() for line in write_mermaid(picture).splitlines()]
    edges = [line for line in lines if re.match(r"n\d+ -", line)]
    (red,) = [line for line in lines if line.startswith("linkStyle") and theme.FAULT in line]
    (skips,) = [line for line in lines if line.startswith("linkStyle") and theme.SKIP in line]
    numbers = [{int(number) for number in line.split()[1].split(",")} for line in (red, skips)]
    (fault,) = [line.split()[1] for line in lines if line.startswith("class n") and line.endswith(" fault")]
    assert [edges[at].partition("|")[2].partition("|")[0] for at in sorted(numbers[0])] == [
        '"128 × 32 × 32"',
        '"64 × 64 × 64"',
    ]
    assert all(edges[at].endswith(f" {fault}") for at in numbers[0])
    assert numbers[0].isdisjoint(numbers[1])


def test_a_group_in_which_something_is_wrong_is_red_in_mermaid_too() -> None:
    _, picture = drawn(SKIP.replace("gap: gap", "gap: {resdual: {c: {conv: 128, kernel: 1}}}\n  end: gap"))
    assert [group.title for group in groups(picture.items) if group.fault]
    assert re.search(r"class (n\d+,)*g\d+.* fault", write_mermaid(picture))


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


def test_a_layer_on_maps_that_was_given_a_vector_shows_its_kernel() -> None:
    _, picture = drawn(
        "archspec: 1\nname: Vector\ninput: [8]\nbody:\n  a: {conv: 4, kernel: 3}\nhead:\n  b: {fc: 10}\n"
    )
    assert next(node.text for node in nodes(picture.items) if isinstance(node, Box)) == "conv 3, 4"


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
