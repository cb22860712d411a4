"""What the drawings of an overview call the numbers in which a block's copies differ, and the legend below them."""

from __future__ import annotations

from functools import cache

import pytest

from archspec import compile
from archspec.backends.dot import theme
from archspec.backends.dot.labels import Table
from archspec.backends.dot.legend import draw_legend
from archspec.backends.dot.number_names import Names
from archspec.backends.dot.overview import draw_overview
from archspec.backends.dot.picture import Bar, Box, Card, Heading, Merge, Picture, nodes_in
from archspec.backends.dot.writer import write_dot
from archspec.ops.dropout import DropPath

WIDTHS = Names(
    {"channels": (64, 128, 256), "growth": (16, 32, 32)}, {"in": (144, 320, 704), "out": (160, 352, 736)}
)


@cache
def overview(name: str) -> Picture:
    return draw_overview(compile(name).graph)


def words(name: str) -> set[str]:
    """The texts of the blocks that are drawn, without what stands beside them."""
    nodes = [node for panel in overview(name).panels for node in nodes_in(panel.items)]
    texts = {node.text for node in nodes if isinstance(node, Box | Heading)}
    texts |= {small for node in nodes if isinstance(node, Merge) for small in node.small}
    return texts | {node.equation() for node in nodes if isinstance(node, Bar)}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((64, 128, 256), "<channels>"),
        ((256, 512, 1024), "4<channels>"),
        ((4, 8, 16), "<channels>/16"),
        ((144, 320, 704), "<in>"),
        ((1024, 4096, 8192), "<channels>·<growth>"),
        ((4, 4, 8), "<channels>/<growth>"),
        ((80, 160, 288), "<channels> + <growth>"),
        ((96, 192, 320), "<channels> + 2<growth>"),
        ((80, 192, 448), "<in> − <channels>"),
        ((24, 40, 80), None),
        ((0, 0, 1), None),
    ],
)
def test_numbers_are_made_of_parameters(values: tuple[float, ...], expected: str | None) -> None:
    assert WIDTHS.of(values, joined=False) == expected


def test_two_of_many_parameters_are_chance() -> None:
    many = {f"p{number}": (2.0**number, 2.0**number + 1) for number in range(40)}
    assert Names(many, {}).of((3.0, 5.0), joined=False) is None


def test_what_is_joined_is_an_input_rather_than_a_part_of_a_parameter() -> None:
    """What a layer of the block is made with has the layer's name, though."""
    halves = Names({"channels": (64, 128)}, {"in": (32, 64)})
    assert halves.of((32, 64), joined=True) == "<in>"
    halves = Names({"channels": (64, 128)}, {"in": (32, 64)})
    assert [halves.of((32, 64), joined=joined) for joined in (False, True)] == ["<channels>/2"] * 2


def test_a_regnet_shows_the_width_of_its_groups() -> None:
    assert {"conv 3×3, c, c/16 groups, /2", "conv 3×3, c, c/16 groups"} < words("regnet_x_400mf")
    assert "conv 3×3, c, c/gw groups" in words("regnet_x_8gf")  # the first stage has one group


def test_what_flows_in_is_found_in_a_sum() -> None:
    assert {"1×1, c + 2g, /2", "[c:c + 2g]", "c + (in − c) + g = out"} < words("dpn68")
    assert "in + i + i + i + i + i = in + 5i" in words("ese_vovnet39b")


def test_a_range_is_no_difference() -> None:
    assert "1×1, 24 to 168" in words("mobilenet_v3_large")


def test_a_structure_is_drawn_with_the_name_of_its_step() -> None:
    assert "c3: concat" in words("lenet_1998")
    (card,) = (node for node in overview("inception_branch_naive").items if isinstance(node, Card))
    assert card.title == "inception3a"


def test_a_rate_is_rounded() -> None:
    assert DropPath(p=0.2 / 23).glyph((8, 4, 4)).text == "drop-path 0.0087"


def test_rows_of_a_legend_are_about_as_long() -> None:
    legend = draw_legend(theme.FILLS[:4], {"aux"})
    assert isinstance(legend, Table)
    assert [len(row) // 3 for row in legend.rows] == [3, 2]
    wide = draw_legend(theme.FILLS[:4], {"aux"}, 500)
    assert isinstance(wide, Table)
    assert [len(row) // 3 for row in wide.rows] == [5]
    assert "auxiliary head" in wide.html()


def test_bars_of_a_head_are_on_the_scale_of_the_others() -> None:
    picture = overview("inception_v3")
    (head,) = (node for node in picture.items if isinstance(node, Card) and node.narrow)
    assert picture.compact
    line = next(
        line for line in write_dot(picture).splitlines() if line.lstrip().startswith(f'"{head.id}" [')
    )
    assert f'WIDTH="{round(80 * head.params_bar)}" BGCOLOR="{theme.PARAMS_BAR}"' in line
