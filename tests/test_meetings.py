"""Where paths meet: a line in which they end, and below it what reads them all."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from test_layout import SVG, Rectangle, faults, layout, outline

from archspec.backends.dot import View, render
from archspec.backends.dot.draw import picture
from archspec.backends.dot.meetings import with_meetings
from archspec.backends.dot.overview import draw_overview
from archspec.backends.dot.picture import Fork, Picture, nodes_in
from archspec.compiler import compile

THREE = """
archspec: 1
name: three
input: {a: [3, 16, 16], b: [5, 16, 16], c: [8, 16, 16]}
body:
  one: {conv: 8, kernel: 3, padding: 1, from: a}
  two: {conv: 8, kernel: 1, from: b}
  both: {add: [one, two]}
  all: {JOIN: [both, OTHER]}
head: {pool: gap, fc: {fc: 4}}
"""


def edges(drawn: Picture) -> set[tuple[str, str]]:
    return {(edge.tail, edge.head) for edge in drawn.edges}


def boxes(svg: bytes) -> dict[str, Rectangle]:
    found: dict[str, Rectangle] = {}
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        shapes = [part for part in group.iter() if part.tag in (f"{SVG}path", f"{SVG}polygon")]
        title = group.findtext(f"{SVG}title")
        if group.get("class") == "node" and title and shapes:
            found[title] = outline(shapes)
    return found


def middle(box: Rectangle) -> float:
    return (box.left + box.right) / 2


def lines(drawn: Picture) -> list[Fork]:
    return [node for node in nodes_in(drawn.items) if isinstance(node, Fork) and node.cells]


def test_maps_that_all_sums_read_meet_in_one_line() -> None:
    drawn = with_meetings(draw_overview(compile("hrnet_w18").graph))
    assert [line.cells for line in lines(drawn)] == [2, 3, 3, 4, 4]
    line = lines(drawn)[-1].id
    assert {pair for pair in edges(drawn) if line in pair} == {
        *((f"branch6_{number}", line) for number in range(4)),
        *((line, f"sum6_{number}") for number in range(4)),
    }
    places = {edge.head: edge.from_cell for edge in drawn.edges if edge.tail == line}
    assert places == {f"sum6_{number}": number for number in range(4)}


def test_from_left_to_right_each_line_is_drawn() -> None:
    drawn = with_meetings(draw_overview(compile("hrnet_w18").graph, direction="LR"))
    assert lines(drawn) == []
    assert {(f"branch6_{one}", f"sum6_{other}") for one in range(4) for other in range(4)} <= edges(drawn)


@pytest.mark.parametrize("view", ["overview", "blocks", "full"])
def test_the_towers_of_a_siamese_network_meet_in_the_middle(view: View) -> None:
    graph = compile("siamese").graph
    (line,) = lines(picture(graph, view))
    assert line.cells == 2
    svg = render(graph, "dot", view)
    assert isinstance(svg, bytes)
    places = boxes(drawn_by_engine(svg))
    (join,) = (name for name in places if re.fullmatch(r"difference(\.add)?", name))
    inputs = [places["left"], places["right"]]
    assert inputs[0].top == inputs[1].top
    assert middle(places[join]) == pytest.approx(sum(map(middle, inputs)) / 2, abs=6)
    assert middle(places[join]) == pytest.approx(middle(places["output"]), abs=1)


@pytest.mark.parametrize(
    ("join", "other", "meet"),
    [("add", "c", ["both", "all"]), ("concat", "c", ["both", "all"]), ("multiply", "one", [])],
)
def test_paths_meet_where_nothing_leads_from_one_to_the_other(
    tmp_path: Path, join: str, other: str, meet: list[str]
) -> None:
    """Not where what comes in was read before: `one` goes on beside the sum in which it ends."""
    spec = tmp_path / "three.yaml"
    text = THREE if other == "c" else THREE.replace(", c: [8, 16, 16]", "")
    spec.write_text(text.replace("JOIN", join).replace("OTHER", other))
    graph = compile(spec).graph
    drawn = draw_overview(graph)
    assert [line.id for line in lines(drawn)] == [f"above {name}" for name in meet]
    for view in ("overview", "blocks", "full") if meet else ("overview", "full"):
        svg = render(graph, "svg", view)
        assert isinstance(svg, bytes)
        assert list(faults(layout(svg))) == []


def drawn_by_engine(dot: bytes) -> bytes:
    from archspec.backends.dot.engine import render_dot

    svg = render_dot(dot.decode(), "svg")
    assert isinstance(svg, bytes)
    return svg
