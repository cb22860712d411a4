"""Arcs around other nodes: they go out, straight down and in again, and stay in their outlines."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from picture_parts import groups, nodes
from test_layout import SVG, Rectangle, curve, faults, layout

import archspec
from archspec.backends.dot import View, render, theme
from archspec.backends.dot.corners import with_corners
from archspec.backends.dot.draw import picture
from archspec.backends.dot.picture import Edge, Picture

Line = tuple[tuple[float, float], tuple[float, float]]

TWO_IN_ONE = """
archspec: 1
name: two in one
input: [8, 16, 16]
body:
  a: {conv: 8, kernel: 3, padding: 1}
  b: {conv: 8, kernel: 3, padding: 1}
  c: {conv: 8, kernel: 3, padding: 1}
  d: {conv: 8, kernel: 3, padding: 1}
  inner: {add: [b, d]}
  e: {conv: 8, kernel: 3, padding: 1}
  outer: {add: [a, e]}
head: gap
"""


def drawn(spec: str, view: View = "blocks") -> Picture:
    return with_corners(picture(archspec.compile(spec).graph, view))


def pieces(drawn: Picture) -> list[Edge]:
    return [edge for edge in drawn.edges if edge.kind == "skip"]


def ends(edges: list[Edge]) -> list[tuple[str, str]]:
    return [(edge.tail, edge.head) for edge in edges]


def arcs_in(svg: bytes) -> list[Line]:
    """The two ends of each line in the colour of skips that is not dashed."""
    found: list[Line] = []
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        for path in group.iter(f"{SVG}path"):
            if (
                group.get("class") == "edge"
                and path.get("stroke") == theme.SKIP
                and not path.get("stroke-dasharray")
            ):
                points = list(curve(path))
                found.append((points[0], points[-1]))
    return found


def outlines_in(svg: bytes) -> list[Rectangle]:
    return layout(svg).cards


def test_an_arc_has_a_corner_beside_its_start_and_one_beside_its_end() -> None:
    whole = drawn("resnet18")
    start, end = (f"layer1.0.input to layer1.0.add {where}" for where in ("start", "end"))
    mine = [edge for edge in pieces(whole) if "layer1.0" in edge.tail + edge.head]
    assert sorted(ends(mine)) == [("layer1.0.input", start), (end, "layer1.0.add"), (start, end)]
    assert {("layer1.0.input", start), ("layer1.0.add", end)} <= set(whole.levels)
    (frame,) = (group for group in groups(whole.items) if group.id == "cluster layer1.0")
    assert {start, end} <= {node.id for node in nodes(frame.items)}


def test_arcs_that_end_in_one_node_share_the_line_there() -> None:
    whole = drawn("ese_vovnet39b")
    into = [
        edge for edge in pieces(whole) if edge.head == "stage1.0.joined" or edge.tail.startswith("stage1.0.")
    ]
    last = [edge for edge in into if edge.head == "stage1.0.joined"]
    assert len(last) == 1, "one arrow, whoever brings what"
    starts = {edge.tail for edge in into if edge.head.endswith("joined start")}
    assert len(starts) == 5


def test_an_arc_out_of_an_outline_goes_down_outside_of_it() -> None:
    whole = drawn("ese_vovnet39b", "full")
    start = "stage1.0.conv0.2 to stage1.0.joined start"
    around = {group.id for group in groups(whole.items) if start in {node.id for node in nodes(group.items)}}
    assert around == {"cluster stage1", "cluster stage1.0"}


def test_a_shortcut_goes_straight_down_from_the_height_of_its_start_to_that_of_its_join() -> None:
    whole = drawn("resnet18", "full")
    block = "layer2.0"
    start, end = f"{block}.input to {block}.downsample.0 start", f"{block}.downsample.1 to {block}.add end"
    mine = [edge for edge in whole.edges if edge.kind == "shortcut" and edge.tail.startswith(block)]
    assert sorted(ends(mine)) == [
        (f"{block}.downsample.0", f"{block}.downsample.1"),
        (f"{block}.downsample.1", end),
        (end, f"{block}.add"),
        (f"{block}.input", start),
        (start, f"{block}.downsample.0"),
    ]
    assert {(f"{block}.input", start), (f"{block}.add", end)} <= set(whole.levels)
    inside = {node.id: node.column for node in nodes(whole.items)}
    assert inside[start] == inside[end] == inside[f"{block}.downsample.0"] != inside[f"{block}.add"]


def test_what_is_no_arc_stays_as_it_is() -> None:
    assert drawn("vgg11") == picture(archspec.compile("vgg11").graph)
    selective = picture(archspec.compile("skresnext50_32x4d").graph)
    left = [edge for edge in selective.edges if edge.leftward]
    assert left
    assert set(left) <= set(with_corners(selective).edges)


def test_an_arc_passes_right_of_those_that_it_goes_around(tmp_path: Path) -> None:
    spec = tmp_path / "two.yaml"
    spec.write_text(TWO_IN_ONE)
    whole = drawn(str(spec))
    orders = [edge for edge in whole.edges if edge.kind == "order" and edge.length == 0]
    assert ends(orders) == [("b to inner start", "a to outer beside b")]
    svg = render(archspec.compile(spec).graph, "svg")
    assert isinstance(svg, bytes)
    upright = sorted(x for (x, _), (end, _) in arcs_in(svg) if x == end)
    inner, *outer = upright
    assert len(outer) == 2
    assert outer[0] == outer[1] > inner


@pytest.mark.parametrize("name", ["hrnet_w18", "efficientnet_b0", "ese_vovnet39b"])
def test_arcs_are_upright_or_level_and_stay_in_their_outlines(name: str) -> None:
    svg = render(archspec.compile(name).graph, "svg")
    assert isinstance(svg, bytes)
    lines = arcs_in(svg)
    assert len(lines) > 10
    assert [
        line for line in lines if abs(line[0][0] - line[1][0]) > 0.1 and abs(line[0][1] - line[1][1]) > 0.1
    ] == []
    outlines = outlines_in(svg)
    for start, end in lines:
        around = [one for one in outlines if one.holds(*start, slack=0)]
        assert all(one.holds(*end, slack=0) for one in around), (start, end)


def test_a_value_that_a_join_reads_twice_has_an_arc_for_each() -> None:
    spec = "archspec: 1\ninput: [8, 4, 4]\nbody:\n  a: relu\n  b: relu\n  c: relu\n  j: {add: [a, a, c]}\n"
    found = drawn(spec)
    names = [node.id for node in nodes(found.items)]
    assert len(names) == len({*names})
    assert all(edge.tail != edge.head for edge in found.edges)


RISING_ARCS = """
archspec: 1
name: rising
input: [8, 16, 16]
body:
  e1: {conv: 8, kernel: 1}
  p1: {maxpool: 2}
  e2: {conv: 8, kernel: 1}
  p2: {maxpool: 2}
  e3: {conv: 8, kernel: 1}
  u2: {upsample: 2}
  c2: {add: [u2, e2]}
  d2: {residual: [{conv: 8, kernel: 1}, relu], shortcut: [{conv: 8, kernel: 1}]}
  u1: {upsample: 2}
  c1: {add: [u1, e1]}
  d1: {seq: {a: {conv: 8, kernel: 1}, b: tanh, c: tanh, j: {add: [b, c]}, d: tanh, k: {add: [a, d]}}}
"""


def test_arcs_around_arcs_rise_on_the_way_up() -> None:
    found = drawn(RISING_ARCS)
    rising = [edge for edge in pieces(found) if edge.tail.startswith("d1") and " to " in edge.tail]
    assert len(rising) == 5
    assert all(edge.upward for edge in rising)
    svg = render(archspec.compile(RISING_ARCS).graph, "svg", "blocks")
    assert isinstance(svg, bytes)
    assert list(faults(layout(svg))) == []
