"""The full view: every op a box, every module an outline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hand_built import resnet, small_googlenet
from picture_parts import groups, nodes

import archspec
from archspec.backends.dot import render
from archspec.backends.dot.full import draw_full
from archspec.backends.dot.mermaid import write_mermaid
from archspec.backends.dot.picture import Bar, Box, Group, Merge, Node, Title
from archspec.backends.dot.writer import write_dot
from archspec.ir import Module, walk


def ops(items: Sequence[Node | Group]) -> list[Box | Merge | Bar]:
    return [node for node in nodes(items) if isinstance(node, Box | Merge | Bar)]


@pytest.mark.parametrize("name", ["resnet50", "googlenet", "mobilenet_v2", "efficientnet_b0", "unet_small"])
def test_every_op_of_the_network_is_one_node(name: str) -> None:
    graph = archspec.compile(name).graph
    drawn = [node.id for node in ops(draw_full(graph).items)]
    steps = Counter(
        f"{visit.path}.{visit.step.name}" if visit.step.role == "join" else visit.path
        for visit in walk(graph.root)
    )
    assert len(drawn) == steps.total()
    assert set(drawn) >= {path for path, count in steps.items() if count == 1 and not path.endswith("add")}


def test_modules_are_outlines_in_outlines_with_their_names() -> None:
    picture = draw_full(resnet((2, 1)))
    titles = [(group.id, group.title, group.count) for group in groups(picture.items)]
    assert titles == [
        ("cluster layer1", "layer1", 1),
        ("cluster layer1.0", "0", 1),
        ("cluster layer1.1", "1", 1),
        ("cluster layer2", "layer2", 1),
        ("cluster layer2.0", "0", 1),
        ("cluster layer2.0.downsample", "downsample", 1),
    ]


def test_a_box_says_what_comes_out_where_the_shape_changes() -> None:
    boxes = {node.id: node.small for node in ops(draw_full(resnet((1,))).items) if isinstance(node, Box)}
    assert boxes["conv1"] == ("64 × 112 × 112",)
    assert boxes["bn1"] == boxes["layer1.0.conv1"] == ()


def test_in_a_picture_too_wide_a_title_stands_on_the_line_into_a_branch_that_is_narrower() -> None:
    picture = draw_full(archspec.compile("inception_v3").graph)
    assert picture.compact
    outlines = {group.id: group for group in groups(picture.items)}
    narrow = outlines["cluster Mixed_7b.branch3x3_2a"]
    first, second, *_ = narrow.items
    assert (narrow.title, first) == ("", Title("Mixed_7b.branch3x3_2a title", "branch3x3_2a", first.column))
    assert isinstance(second, Box)
    around = [
        (edge.tail, edge.head)
        for edge in picture.edges
        if first.id in (edge.tail, edge.head) and edge.kind == "flow"
    ]
    assert around == [("Mixed_7b.branch3x3_1.fork", first.id), (first.id, "Mixed_7b.branch3x3_2a.conv")]
    assert outlines["cluster Mixed_7b"].title == "Mixed_7b"
    assert "branch3x3#95;2a" in write_mermaid(picture)


def test_in_a_picture_that_fits_no_title_does() -> None:
    assert not any(isinstance(node, Title) for node in nodes(draw_full(resnet((2, 1))).items))


def test_auxiliary_heads_branch_off() -> None:
    picture = draw_full(small_googlenet())
    assert [(edge.tail, edge.head) for edge in picture.edges if edge.kind == "aux"] == [
        ("inception3b.concat", "aux1.pool")
    ]


@pytest.mark.slow
def test_a_network_at_the_limits_is_written() -> None:
    """20,000 ops in one repeat: as many nodes, and the layout engine is told to hurry."""
    copies = "{residual: {conv: {conv: 4, kernel: 1}, norm: norm, relu: relu}, repeat: 4999}"
    graph = archspec.compile(f"archspec: 1\nname: Long\ninput: [4, 8, 8]\nbody:\n  - {copies}\n").graph
    picture = draw_full(graph)
    assert len(ops(picture.items)) == 4 * 4999
    text = write_dot(picture)
    assert "nslimit=0.14" in text  # 35,000 nodes with the corners of the skips
    assert text.count("subgraph") == 5001  # the copies, what holds them, the legend


@pytest.mark.parametrize(
    "name", ["resnet50", "mobilenet_v2", "densenet121", "siamese", "googlenet", "fpn_resnet50"]
)
def test_a_module_drawn_once_for_all_its_places_is_drawn_right_in_each(name: str) -> None:
    graph = archspec.compile(name).graph
    drawn, drawn_each = draw_full(graph), draw_full(replace(graph, root=unshared(graph.root)))
    assert drawn == drawn_each


def unshared(module: Module) -> Module:
    """The module, in which no two steps call one and the same."""
    steps = (
        replace(step, target=unshared(step.target)) if isinstance(step.target, Module) else step
        for step in module.steps
    )
    return replace(module, steps=tuple(steps))


def test_the_legend_stands_below_the_auxiliary_heads_too() -> None:
    legend = '"what the colours mean"'
    above = [
        line.split(" -> ")[0].strip()
        for line in write_dot(draw_full(small_googlenet())).splitlines()
        if f"-> {legend}" in line
    ]
    assert above == ["output", "aux1"]


def test_it_is_a_view_of_its_own() -> None:
    drawn = render(resnet((1, 1)), "dot", "full")
    assert isinstance(drawn, bytes)
    assert b"layer2.0.downsample.1" in drawn
