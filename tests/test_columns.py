"""Columns: what the picture asks of the layout for lines to be straight, and what the layout makes of it.

In the layout, what stands in one column is at one place from left to right, a branch is below the place from which it
hangs, and branches stand in their order.
"""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from picture_parts import nodes
from test_layout import FAMILIES, SVG, layout, outline

import archspec
from archspec.backends.dot import View, render, theme
from archspec.backends.dot.blocks import draw_module
from archspec.backends.dot.draw import picture
from archspec.backends.dot.engine import render_dot
from archspec.backends.dot.full import draw_full
from archspec.backends.dot.picture import RISING, SPINE, Bar, Edge, Fork, Merge, Picture
from archspec.backends.dot.steps import Drawing
from archspec.backends.dot.writer import write_dot
from archspec.backends.dot.writer_columns import Columns
from archspec.ir import Module

SOME = ("googlenet", "res2net50_26w_4s", "repvgg_a0", "ese_vovnet39b", "skresnext50_32x4d")
BENT = ("cspdarknet53", "dpn68", "inception_v3", "hrnet_w18")
"""Networks of which some branches are joined askew."""


def places(drawn: Picture) -> dict[str, float]:
    """How far from the left the middle of each node is."""
    svg = render_dot(write_dot(drawn), "svg")
    assert isinstance(svg, bytes)
    found: dict[str, float] = {}
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        title = group.findtext(f"{SVG}title")
        shapes = [
            element
            for element in group.iter()
            if element.tag in (SVG + "path", SVG + "polygon", SVG + "ellipse")
        ]
        if title and shapes and group.get("class") == "node":
            place = outline(shapes)
            found[title] = (place.left + place.right) / 2
    return found


def crooked(drawn: Picture) -> list[Edge]:
    """The lines within a column that are not vertical, and the branches that change places. Of a line that branches
    hang from only a part is seen.
    """
    at = places(drawn)
    columns = {node.id: node.column for node in nodes(drawn.items)}
    lines = {node.id for node in nodes(drawn.items) if isinstance(node, Fork) and node.cells}
    return [
        edge
        for edge in drawn.edges
        if (
            edge.kind == "flow"
            and columns[edge.tail] == columns[edge.head]
            and lines.isdisjoint((edge.tail, edge.head))
            and abs(at[edge.tail] - at[edge.head]) > 2
        )
        or (edge.kind == "order" and edge.length == 0 and at[edge.tail] >= at[edge.head])
    ]


def spine(drawn: Picture) -> float:
    """How far the spine strays from a line."""
    at = places(drawn)
    lines = [node.id for node in nodes(drawn.items) if isinstance(node, Fork) and node.cells]
    middles = [at[node.id] for node in nodes(drawn.items) if node.column == SPINE and node.id not in lines]
    return max(middles) - min(middles)


@pytest.mark.parametrize("name", SOME)
def test_the_spine_is_a_line(name: str) -> None:
    drawn = picture(archspec.compile(name).graph)
    assert spine(drawn) <= 2
    assert crooked(drawn) == []


@pytest.mark.slow
@pytest.mark.parametrize("view", ["blocks", "full"])
@pytest.mark.parametrize("name", [name for name in FAMILIES if name not in BENT])
def test_every_spine_is_a_line(name: str, view: View) -> None:
    drawn = picture(archspec.compile(name).graph, view)
    assert spine(drawn) <= 12
    assert crooked(drawn) == [] or view == "full"


def test_lines_to_branches_and_from_them_are_upright() -> None:
    """Also where boxes are a fraction of a point wider than their place."""
    svg = render(archspec.compile("inception_resnet_v2").graph, "svg")
    assert isinstance(svg, bytes)
    across = [points[-1][0] - points[0][0] for points in layout(svg).edges]
    assert [shift for shift in across if 0.3 < abs(shift) < 4] == []


def test_crooked_columns_would_be_seen() -> None:
    flat = Picture("", "", (Merge("a", "+", (), "#fff", "one"), Merge("b", "+", (), "#fff", "two")), ())
    drawn = picture(archspec.compile("googlenet").graph)
    back = [
        Edge(edge.head, edge.tail, "order", length=0)
        for edge in drawn.edges
        if edge.kind == "order" and edge.length == 0
    ]
    assert places(flat)["a"] != places(flat)["b"]
    assert len(crooked(Picture("", "", drawn.items, (*drawn.edges, *back)))) >= len(back)


SELECTIVE = """
archspec: 1
name: Selective
input: [8, 16, 16]
blocks:
  selective:
    seq:
      near: {conv: 8, kernel: 3, padding: 1}
      far: {conv: 8, kernel: 3, padding: 2, dilation: 2, from: input}
      both: {add: [near, far]}
      weights: {conv: 16, kernel: 1}
      near_weight: {slice: [0, 8], from: weights}
      far_weight: {slice: [8, 16], from: weights}
      weighted_near: {multiply: [near, near_weight]}
      weighted_far: {multiply: [far, far_weight]}
      chosen: {add: [weighted_near, weighted_far]}
body:
  unit: selective
"""


def selective() -> Picture:
    return picture(archspec.compile(SELECTIVE).graph)


def test_what_splits_is_tied_to_what_joins_it() -> None:
    ties = [(edge.tail, edge.head) for edge in selective().edges if edge.kind == "order"]
    assert ties == [("unit.input", "unit.both"), ("unit.weights", "unit.chosen")]


def test_a_tie_passes_between_the_paths_and_keeps_their_order() -> None:
    drawn = selective()
    for tail in ("unit.input", "unit.weights"):
        kinds = [edge.kind for edge in drawn.edges if edge.tail == tail and edge.kind in ("flow", "order")]
        assert kinds == ["flow", "order", "flow"]
    assert write_dot(drawn).count("ordering=out") == 2
    assert "ordering=out" not in write_dot(replace(drawn, direction="LR"))


def test_an_arc_from_a_path_on_the_left_passes_on_the_left() -> None:
    arcs = {(edge.tail, edge.head): edge.leftward for edge in selective().edges if edge.kind == "skip"}
    assert arcs == {("unit.near", "unit.weighted_near"): True, ("unit.far", "unit.weighted_far"): False}


def test_a_join_beside_which_other_paths_go_on_stands_below_one_that_it_ends() -> None:
    columns = {node.id: node.column for node in nodes(selective().items)}
    assert columns["unit.both"] == columns["unit.chosen"] == SPINE
    assert columns["unit.weighted_near"] == columns["unit.near_weight"]
    assert columns["unit.weighted_far"] == columns["unit.far_weight"] != columns["unit.near_weight"]


def test_the_branches_of_a_sum_end_in_a_line() -> None:
    drawn = picture(archspec.compile("repvgg_a0").graph)
    forks = {node.id: node.cells for node in nodes(drawn.items) if isinstance(node, Fork)}
    assert forks["stage1.1.sum.input"] == forks["stage1.1.sum.add.ends"] == 3
    into = [edge for edge in drawn.edges if edge.head == "stage1.1.sum.add.ends"]
    assert [edge.cell for edge in into] == [0, 1, 2]
    assert Edge("stage1.1.sum.add.ends", "stage1.1.sum.add", "flow") in drawn.edges


@pytest.mark.parametrize("view", ["blocks", "full"])
def test_a_u_with_crops_is_a_u(view: View) -> None:
    drawn = picture(archspec.compile("unet_2015").graph, view)
    assert (
        sum(edge.kind == "across" for edge in drawn.edges) == 8
    )  # from the way down to a crop, and to a join
    assert {node.column for node in nodes(drawn.items)} >= {SPINE, RISING}
    assert any(edge.upward for edge in drawn.edges)


def test_an_arc_does_not_end_where_a_value_leaves_for_the_other_side() -> None:
    text = write_dot(picture(archspec.compile("fpn_resnet50").graph))
    arcs = [line for line in text.splitlines() if '-> "c2.1.add":' in line]
    assert [line.split(" [")[0].strip() for line in arcs] == [
        '"c2.1.input to c2.1.add start" -> "c2.1.add":ne'
    ]


def test_branches_that_meet_hang_from_one_line_and_end_in_one_bar() -> None:
    drawn = picture(archspec.compile("res2net50_26w_4s").graph)
    parts = tuple(f"layer1.1.middle.{name}" for name in ("part0", "part1", "part2", "kept"))
    hanging = [(edge.head, edge.from_cell) for edge in drawn.edges if edge.tail == "layer1.1.middle.input"]
    assert sorted(hanging) == sorted(zip(parts, range(4), strict=True))
    assert parts in drawn.levels
    into = [edge for edge in drawn.edges if edge.head == "layer1.1.middle.joined"]
    assert [(edge.kind, edge.cell) for edge in into] == [("flow", cell) for cell in range(4)]


def test_a_branch_that_splits_again_hangs_its_branches_from_a_line() -> None:
    block = draw_module(module_of("inception_v3", "inception_c"), "source", Drawing())
    assert [node.cells for node in nodes(block.items) if isinstance(node, Fork)] == [4, 2, 2]
    lengths = [edge.length for edge in block.edges if edge.tail == "input" and edge.kind == "flow"]
    assert lengths == [4, 2, 1, 3]  # all end at one height; a line takes a row


def test_a_line_from_which_branches_hang_that_split_again_is_as_wide_as_these() -> None:
    drawn = draw_full(archspec.compile("inception_v3").graph)
    columns = Columns(drawn, theme.COMPACT, theme.COMPACT.node_gap)
    outer, inner, bar = (
        columns.nodes[f"Mixed_7b.{name}"] for name in ("input", "branch3x3_1.fork", "joined")
    )
    assert isinstance(outer, Fork)
    assert isinstance(inner, Fork)
    assert isinstance(bar, Bar)
    assert columns.cells(outer)[1] == sum(columns.cells(inner))
    assert sum(columns.cells(outer)) == sum(columns.cells(bar))


def test_arcs_into_a_concatenation_end_in_cells_of_their_own() -> None:
    block = draw_module(module_of("ese_vovnet39b", "osa"), "source", Drawing())
    (bar,) = (node for node in nodes(block.items) if isinstance(node, Bar))
    into = [(edge.kind, edge.cell, edge.leftward) for edge in block.edges if edge.head == bar.id]
    assert into == [*(("skip", cell, True) for cell in range(5)), ("flow", 5, False)]
    assert bar.arcs == 5


def test_a_shortcut_starts_from_a_dot_below_a_layer_too() -> None:
    block = draw_module(module_of("preact_resnet164", "preact_block"), "source", Drawing())
    dots = {node.id for node in nodes(block.items) if isinstance(node, Fork)}
    starts = {edge.tail for edge in block.edges if edge.kind == "shortcut"} - {"projection"}
    assert len(dots) == 1
    assert starts == dots


def module_of(network: str, block: str) -> Module:
    """The first use of a block."""
    pending: list[Module] = [archspec.compile(network).graph.root]
    while pending:
        module = pending.pop()
        if module.block is not None and module.block.name == block:
            return module
        inner = [step.target for step in module.steps if isinstance(step.target, Module)]
        pending.extend(reversed(inner))
    raise AssertionError(block)
