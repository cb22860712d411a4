"""`--depth`: how deep each view opens modules."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from picture_parts import groups, nodes

import archspec
from archspec.backends.dot import dot
from archspec.backends.dot.draw import View, picture
from archspec.backends.dot.only import part_of
from archspec.backends.dot.picture import Box, Group, Merge, Node, Picture
from archspec.ir import walk

UNFOLDED: tuple[View, ...] = ("blocks", "full")


def drawn(name: str, view: View, depth: int | None) -> Picture:
    return picture(archspec.compile(name).graph, view, depth=depth)


def boxes(items: Sequence[Node | Group]) -> list[str]:
    return [" ".join((n.text, *n.small)) for n in nodes(items) if isinstance(n, Box | Merge)]


@pytest.mark.parametrize("view", UNFOLDED)
def test_a_module_whose_path_has_as_many_names_is_one_box(view: View) -> None:
    closed = boxes(drawn("resnet18", view, 1).items)
    assert [box for box in closed if box.startswith("layer")] == [
        "layer1 2 × basic",
        "layer2 2 × basic 128 × 28 × 28",
        "layer3 2 × basic 256 × 14 × 14",
        "layer4 2 × basic 512 × 7 × 7",
    ]
    assert not any("3×3, 128" in box for box in closed)


def test_copies_are_counted_around_the_box_that_stands_for_one() -> None:
    card = next(group for group in groups(drawn("resnet18", "blocks", 2).items) if group.title == "layer1")
    assert [(frame.count, boxes(frame.items)) for frame in groups(card.items)] == [(2, ["basic"])]


def test_the_full_view_has_each_copy() -> None:
    card = next(group for group in groups(drawn("resnet18", "full", 2).items) if group.title == "layer2")
    assert boxes(card.items) == ["basic 128 × 28 × 28", "basic"]


@pytest.mark.parametrize("view", UNFOLDED)
@pytest.mark.parametrize("name", ["googlenet", "unet_small", "hrnet_w18", "siamese", "densenet121"])
def test_each_level_shows_more_until_there_is_no_more(name: str, view: View) -> None:
    deepest = max(visit.path.count(".") + 1 for visit in walk(archspec.compile(name).graph.root))
    pictures = [drawn(name, view, depth) for depth in range(1, deepest + 1)]
    sizes = [len(list(nodes(one.items))) for one in pictures]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]
    assert drawn(name, view, deepest) == drawn(name, view, None)
    for one in pictures:
        names = {node.id for node in nodes(one.items)}
        assert {end for edge in one.edges for end in (edge.tail, edge.head)} <= names


def test_a_layer_that_is_one_box_anyway_stays_it_in_the_blocks_view() -> None:
    """GoogLeNet's convolutions are modules of a convolution, a norm and an activation."""
    assert "conv 7×7, 64, /2 BN ReLU" in boxes(drawn("googlenet", "blocks", 1).items)
    assert boxes(drawn("googlenet", "full", 1).items)[0].startswith("conv1 ")


@pytest.mark.parametrize("view", UNFOLDED)
def test_of_a_part_the_names_are_counted_from_the_part(view: View) -> None:
    part = part_of(archspec.compile("resnet18").graph, "layer2.0")
    assert boxes(picture(part, view, depth=1).items) == ["layer2.0 basic 128 × 28 × 28"]


def test_an_error_inside_a_box_makes_the_box_red() -> None:
    from archspec.backends.dot.broken import draw_broken
    from archspec.compiler import check, target_of

    checked = check(
        target_of(
            "archspec: 1\nname: Net\ninput: [3, 8, 8]\nbody:\n  a:\n    seq:\n      b: {conv: 4, kernel: 3}\n"
            "      c: {fc: 10}\n"
        )
    )
    assert checked.partial is not None
    for view in UNFOLDED:
        found = draw_broken(checked.partial, checked.diagnostics, view, depth=1)
        (box,) = (node for node in nodes(found.items) if isinstance(node, Box) and node.id == "a")
        assert box.fault == checked.diagnostics[0].message


def test_every_format_of_a_picture_takes_it() -> None:
    assert dot(archspec.compile("resnet18").graph, "blocks", depth=1).count("basic") == 4
    assert b"basic" in archspec.compile("resnet18").draw("mmd", "blocks", depth=1)
