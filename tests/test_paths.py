"""What stands below each other in one node: many branches, and branches of several values; and braids, whose copies
hand several values on.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from picture_parts import groups, nodes

import archspec
from archspec.backends.dot.blocks import draw_blocks
from archspec.backends.dot.draw import picture, render
from archspec.backends.dot.full import draw_full
from archspec.backends.dot.mermaid import write_mermaid
from archspec.backends.dot.notes import Links
from archspec.backends.dot.picture import Bar, Box, Card, Heading, Merge, Paths, Picture
from archspec.backends.page.arrangement import Run, arrange

SVG = "{http://www.w3.org/2000/svg}"
HEAD = "archspec: 1\nname: Net\ninput: [4, 16, 16]\n"


def blocks(spec: str) -> Picture:
    return draw_blocks(archspec.compile(HEAD + spec if "\n" in spec else spec).graph)


def rows(node: Paths) -> list[str]:
    return [
        f"{path.name}: {' > '.join(' '.join((layer.text, *layer.small)) for layer in path.layers)}"
        for path in node.rows
    ]


def branches(count: int) -> str:
    inner = "".join(
        f"      p{at}: [{{conv: 2, kernel: 3, padding: 1}}, norm, {{conv: 2, kernel: 1}}]\n"
        for at in range(count)
    )
    return f"body:\n  split:\n    concat:\n{inner}"


def test_more_branches_than_a_page_has_room_for_are_rows() -> None:
    (node,) = (node for node in nodes(blocks(branches(9)).items) if isinstance(node, Paths))
    assert rows(node) == [f"p{at}: conv 3×3, 2 BN > 1×1, 2" for at in range(9)]
    assert (node.text, node.small) == ("concat", ("9 × 2 = 18",))


def test_fewer_stand_side_by_side() -> None:
    found = list(nodes(blocks(branches(8)).items))
    assert not any(isinstance(node, Paths) for node in found)
    assert [len(node.parts) for node in found if isinstance(node, Bar)] == [8]


def test_a_join_in_a_row_follows_what_it_joins() -> None:
    (node,) = (node for node in nodes(blocks("lenet_1998").items) if isinstance(node, Paths))
    assert rows(node)[4] == "map4: [0:1] > [4:6] > concat > conv 5×5, 1"


def test_a_sum_of_several_maps_has_a_row_for_each_and_an_edge_from_each() -> None:
    drawn = blocks("hrnet_w18")
    node = next(node for node in nodes(drawn.items) if node.id == "sum1_0.add")
    assert isinstance(node, Paths)
    assert rows(node) == [
        "from0: ",
        "from1: 1×1, 18 BN > upsample ×2",
        "from2: 1×1, 18 BN > upsample ×4",
    ]
    assert node.small == ("ReLU",)
    into = [edge.tail for edge in drawn.edges if edge.head == node.id and edge.kind == "flow"]
    assert into == ["branch1_0.0.add", "branch1_1.0.add", "branch1_2.0.add"]


def test_the_full_view_has_a_cell_for_every_op() -> None:
    drawn = draw_full(archspec.compile("lenet_1998").graph)
    (node,) = (node for node in nodes(drawn.items) if isinstance(node, Paths))
    assert node.title == "c3"
    assert rows(node)[3:5] == [
        "map3: [3:6] 3 × 14 × 14 > conv 5×5, 1 1 × 10 × 10",
        "map4: [0:1] 1 × 14 × 14 > [4:6] 2 × 14 × 14 > concat 3 × 14 × 14 > conv 5×5, 1 1 × 10 × 10",
    ]


def test_the_full_view_leaves_out_nothing_that_does_nothing() -> None:
    found = {node.id: node for node in nodes(draw_full(archspec.compile("hrnet_w18").graph).items)}
    node = found["sum1_0.add"]
    assert isinstance(node, Paths)
    assert rows(node)[:2] == [
        "from0: identity",
        "from1: 1×1, 18 18 × 28 × 28 > BN > upsample ×2 18 × 56 × 56",
    ]


def test_each_cell_of_the_full_view_has_a_note_of_its_own_and_a_link(tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(
        HEAD + "body:\n  twice: {repeat: 2, seq: {split: {concat: {\n" + many_branches(9) + "  }}}}\n"
    )
    graph = archspec.compile(spec).graph
    links = Links.beside(tmp_path / "net.svg", tmp_path)
    svg = render(graph, "svg", "full", links=links)
    assert isinstance(svg, bytes)
    root = ElementTree.fromstring(svg)
    titles = [title.text or "" for title in root.iter(f"{SVG}title")]
    for copy in range(2):
        for branch in range(9):
            assert sum(title.startswith(f"twice.{copy}.split.p{branch}\n") for title in titles) == 1
    anchors = list(root.iter(f"{SVG}a"))
    assert not any(inner is not anchor for anchor in anchors for inner in anchor.iter(f"{SVG}a"))
    assert {anchor.attrib["href"] for anchor in anchors} >= {f"net.yaml#L{line}" for line in range(6, 15)}
    assert isinstance(render(graph, "pdf", "full"), bytes)


def many_branches(count: int) -> str:
    """One to a line."""
    return "".join(f"    p{at}: {{conv: {at % 3 + 1}, kernel: 1}},\n" for at in range(count))


def test_mermaid_has_a_line_for_each_row() -> None:
    assert "map15 → #91;0#58;6#93; → conv 5×5, 1" in write_mermaid(blocks("lenet_1998"))


# Braids


def braid(joined: str) -> str:
    return (
        "body:\n  a0: {conv: 4, kernel: 1}\n  b0: {conv: 4, kernel: 1, from: a0}\n  rows:\n"
        "    for: i\n    in: [0, 1, 2]\n    do:\n"
        "      a$(i + 1): {conv: 4, kernel: 3, padding: 1, from: a$i}\n"
        "      b$(i + 1): {add: [a$(i + 1), b$i]}\n"
        f"  end: {{add: [{joined}]}}\n"
    )


@pytest.mark.parametrize(("joined", "count"), [("a3, b3", 3), ("a2, b3", 2), ("a1, b3", 2)])
def test_rows_that_hand_on_several_values_are_drawn_once(joined: str, count: int) -> None:
    """Where nobody else reads what a copy hands on: of three rows from whose second, or first, somebody reads, two."""
    drawn = blocks(braid(joined))
    assert [group.count for group in groups(drawn.items) if group.count > 1] == [count]
    inside = next(group for group in groups(drawn.items) if group.count > 1)
    assert [type(node) for node in inside.items] == [Box, Merge]


def test_what_they_give_comes_out_of_the_one_that_is_drawn() -> None:
    drawn = blocks("hrnet_w18")
    assert [edge.head for edge in drawn.edges if edge.tail == "sum2_2.add" and edge.kind == "flow"] == [
        "map5_3.0",
        "branch5_2.0.input",
    ]


def test_an_overview_says_on_each_card_how_often_it_follows_itself() -> None:
    drawn = picture(archspec.compile("hrnet_w18").graph, "overview")
    assert {card.id: card.copies for card in drawn.items if isinstance(card, Card) and card.copies > 1} == {
        **{f"{name}2_{at}": 3 for name in ("branch", "sum") for at in range(3)},
        **{f"{name}6_{at}": 2 for name in ("branch", "sum") for at in range(4)},
    }


def test_the_page_unrolls_no_braid() -> None:
    module = archspec.compile("hrnet_w18").graph.root
    assert not any(isinstance(row, Run) and row.length > 1 for row in arrange(module).rows)


# Copies in the blocks of an overview


def test_a_block_of_an_overview_says_what_is_repeated_in_it() -> None:
    drawn = picture(archspec.compile("xception").graph, "overview")
    headings = [node for panel in drawn.panels for node in nodes(panel.items) if isinstance(node, Heading)]
    says = "repeated × 3: ReLU to 1×1, 728"
    assert says in next(heading.small for heading in headings if heading.text == "middle")


def test_copies_of_several_layers_are_counted_in_a_card() -> None:
    drawn = picture(archspec.compile("mobilenet_v1").graph, "overview")
    lines = {card.title: card.lines for card in drawn.items if isinstance(card, Card)}
    assert lines["features.7 – 11"] == ("5 × (depthwise 3×3, 512 BN ReLU · 1×1, 512 BN ReLU)",)
