"""What the blocks view draws once: what a `repeat` or the rows of a loop say again; and how it draws what goes up."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from picture_parts import groups, nodes

import archspec
from archspec.backends.dot.blocks import draw_blocks
from archspec.backends.dot.picture import BRIDGE, RISING, SPINE, Box, Group, Merge, Node, Picture, Terminal

HEAD = "archspec: 1\nname: Net\ninput: [8, 32, 32]\n"


def picture(spec: str) -> Picture:
    return draw_blocks(archspec.compile(spec if "\n" not in spec else HEAD + spec).graph)


def layers(items: Sequence[Node | Group]) -> list[str]:
    return [" ".join((n.text, *n.small)) for n in nodes(items) if isinstance(n, Box | Merge)]


def folds(drawn: Picture) -> list[tuple[str, list[int]]]:
    """Each card, with the copies of the outlines in it."""
    return [
        (card.title, [frame.count for frame in card.items if isinstance(frame, Group)])
        for card in drawn.items
        if isinstance(card, Group)
    ]


def test_equal_rows_that_follow_each_other_are_drawn_once() -> None:
    drawn = picture(
        "body:\n  - for: stride\n    in: [2, 1, 1, 1]\n    do:\n"
        "      - {inverted_residual: 8, stride: $stride, expansion: 2}\n"
    )
    assert folds(drawn) == [("body", [1, 3])]


def test_rows_that_differ_are_all_drawn() -> None:
    drawn = picture(
        "body:\n  - for: kernel\n    in: [1, 3, 1, 3]\n    do:\n"
        "      - {residual: [{conv: 8, kernel: $kernel, padding: half}]}\n"
    )
    assert [frame.count for frame in groups(drawn.items)] == [1] * 4


def test_rows_of_several_layers_are_drawn_once_with_the_skip_inside() -> None:
    drawn = picture(
        "body:\n  net:\n    for: i\n    in: [0, 1, 2]\n    do:\n      a$i: {conv: 8, kernel: 3, padding: 1}\n"
        "      b$i: {conv: 8, kernel: 1}\n      c$i: {add: [a$i, b$i]}\n"
    )
    (card,) = (item for item in drawn.items if isinstance(item, Group))
    assert layers(card.items) == ["conv 3×3, 8", "1×1, 8", "+"]
    assert folds(drawn) == [("a0 – c2", [3])]


def test_a_row_from_which_others_read_is_drawn_by_itself() -> None:
    drawn = picture(
        "body:\n  net:\n    for: i\n    in: [0, 1, 2]\n    do:\n      a$i: {conv: 8, kernel: 3, padding: 1}\n"
        "      b$i: {conv: 8, kernel: 1}\n  sum: {add: [a0, b2]}\n"
    )
    assert [frame.count for frame in groups(drawn.items) if frame.kind == "frame"] == [2]
    assert [line for line in layers(drawn.items) if line != "+"] == ["conv 3×3, 8", "1×1, 8"] * 2


def test_single_boxes_are_folded_only_where_that_saves_room() -> None:
    few = picture("body:\n  - for: i\n    in: [0, 1, 2]\n    do: [{conv: 8, kernel: 1}]\n")
    many = picture("body:\n  - for: i\n    in: [0, 1, 2, 3, 4, 5]\n    do: [{conv: 8, kernel: 1}]\n")
    assert layers(few.items) == ["1×1, 8"] * 3
    assert layers(many.items) == ["1×1, 8"]
    assert [frame.count for frame in groups(many.items) if frame.kind == "frame"] == [6]


def test_a_row_of_an_outer_loop_is_a_card() -> None:
    cards = folds(picture("mobilenet_v2"))
    assert cards == [
        ("features.1", []),
        ("features.2 – 3", [1, 1]),
        ("features.4 – 6", [1, 2]),
        ("features.7 – 10", [1, 3]),
        ("features.11 – 13", [1, 2]),
        ("features.14 – 16", [1, 2]),
        ("features.17", []),
        ("classifier", []),
    ]


def test_the_units_of_a_stage_share_its_card() -> None:
    assert folds(picture("shufflenet_v2_x1_0"))[1:4] == [
        ("stage2", [1, 3]),
        ("stage3", [1, 7]),
        ("stage4", [1, 3]),
    ]


def test_dropping_with_probability_0_is_not_drawn_and_growing_ones_have_no_number() -> None:
    words = " ".join(layers(picture("efficientnet_b0").items))
    assert "drop-path 0 " not in f"{words} "
    assert "drop-path" in words


def test_a_shared_module_counts_its_work_and_not_its_weights() -> None:
    cards = [(card.title, card.detail) for card in picture("siamese").items if isinstance(card, Group)]
    assert cards == [("tower", "38.9 M · 909 M MACs"), ("tower", "shared · 909 M MACs")]


@pytest.mark.parametrize("name", ["unet_small", "unet_2015"])
def test_a_u_net_is_drawn_as_a_u(name: str) -> None:
    drawn = picture(name)
    columns = {node.id: node.column for node in nodes(drawn.items)}
    assert columns["input"] == SPINE
    assert columns["output"] == RISING
    across = [(edge.tail, edge.head) for edge in drawn.edges if edge.kind == "across"]
    levels = [set(level) for level in drawn.levels]
    assert len(across) == (4 if name == "unet_small" else 8)
    assert all(any({tail, head} <= level for level in levels) for tail, head in across)
    upward = [edge for edge in drawn.edges if edge.upward]
    assert all(columns[edge.head] == RISING for edge in upward)
    assert sum(columns[edge.tail] == SPINE for edge in upward) == 1  # around the bend
    assert (BRIDGE in columns.values()) == (name == "unet_2015")


def test_the_outputs_of_a_pyramid_stand_beside_their_maps() -> None:
    drawn = picture("fpn_resnet50")
    ends = [node.id for node in nodes(drawn.items) if isinstance(node, Terminal) and node.column == "outputs"]
    assert len(ends) == 4
    assert all(any(end in level for level in drawn.levels) for end in ends)


def test_a_network_without_a_way_up_is_not_bent() -> None:
    for name in ("resnet18", "densenet121", "googlenet"):
        assert not any(edge.upward for edge in picture(name).edges)


def test_what_passes_by_is_an_arc_and_what_runs_beside_is_not() -> None:
    """Two paths of one input, of which neither passes the other by."""
    drawn = picture(
        "body:\n  net:\n    seq:\n      a: {conv: 8, kernel: 3, padding: 1}\n"
        "      b: {conv: 8, kernel: 1, from: input}\n"
        "      c: {conv: 8, kernel: 1}\n      sum: {add: [a, c]}\n      again: {add: [c, sum]}\n"
    )
    kinds = {(edge.tail, edge.head): edge.kind for edge in drawn.edges}
    assert kinds["net.a", "net.sum"] == "flow"
    assert kinds["net.c", "net.again"] == "skip"
