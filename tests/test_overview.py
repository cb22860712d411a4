"""The overview: its cards, the blocks beside them, and how they are laid out."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from picture_parts import nodes

from archspec.backends.dot import DIRECTIONS, dot, theme
from archspec.backends.dot.cards import find_parts
from archspec.backends.dot.contents import calls_in, in_words
from archspec.backends.dot.draw import picture
from archspec.backends.dot.engine import render_dot
from archspec.backends.dot.only import find_part, part_of
from archspec.backends.dot.optional_parts import skeleton
from archspec.backends.dot.overview import draw_overview
from archspec.backends.dot.picture import Bar, Box, Card, Fork, Heading, Merge, Node, Picture, Terminal
from archspec.backends.dot.templates import Templates
from archspec.backends.dot.titles import headline_lines
from archspec.cli.pictures import Order, Words
from archspec.compiler import compile
from archspec.files import CannotRun
from archspec.ir import Graph
from archspec.limits import Limits
from archspec.passes.cost import count_cost

SPECS = sorted((Path(__file__).parents[1] / "specs").glob("*.yaml"))
SVG = "{http://www.w3.org/2000/svg}"


@cache
def graph(name: str) -> Graph:
    return compile(name).graph


@cache
def overview(name: str, depth: int | None = None) -> Picture:
    return draw_overview(graph(name), depth)


def all_nodes(picture: Picture) -> list[Node]:
    return [node for each in (picture, *picture.panels) for node in nodes(each.items)]


def cards(picture: Picture) -> list[Card]:
    return [node for node in picture.items if isinstance(node, Card)]


def blocks(picture: Picture) -> dict[str, list[str]]:
    """The texts of each block that is drawn, by its name."""
    found: dict[str, list[str]] = {}
    for node in (node for panel in picture.panels for node in nodes(panel.items)):
        if isinstance(node, Heading):
            texts = found.setdefault(node.text, [])
        elif isinstance(node, Box | Merge):
            texts.append(" ".join((node.text, *node.small)))
        elif isinstance(node, Bar):
            texts.append(" + ".join(node.symbols or map(str, node.parts)))
    return found


def first_variant(spec: Path) -> str:
    """A spec with the variant that stands first in it, where it has any."""
    variants = re.search(r"^variants:\n  (\w+):", spec.read_text(), re.MULTILINE)
    return f"{spec}:{variants[1]}" if variants else str(spec)


# What is in the cards


def test_a_stage_has_a_card_with_what_it_holds_and_what_comes_out() -> None:
    picture = overview("resnet34")
    assert (picture.title, picture.detail) == (
        "ResNet-34",
        "21.8 M params · 3.66 G MACs · receptive field 899 px",
    )
    assert [(card.title, card.lines, card.shape) for card in cards(picture)] == [
        ("stem", ("conv 7×7, 64, /2 BN ReLU · max-pool 3×3, /2",), (64, 56, 56)),
        ("layer1", ("3 × basic, 64",), (64, 56, 56)),
        ("layer2", ("basic↓ + 3 × basic, 128",), (128, 28, 28)),
        ("layer3", ("basic↓ + 5 × basic, 256",), (256, 14, 14)),
        ("layer4", ("basic↓ + 2 × basic, 512",), (512, 7, 7)),
        ("head", ("global avg-pool · fc, 1000",), (1000,)),
    ]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_every_shipped_network_has_an_overview(spec: Path) -> None:
    """The cards' costs are those of the network; every edge ends at nodes; a block that a card names is drawn."""
    network = graph(first_variant(spec))
    picture = draw_overview(network)
    costs = count_cost(network)
    assert sum(card.params for card in cards(picture)) == costs.total.params
    assert sum(card.macs for card in cards(picture)) == costs.total.macs + costs.aux.macs
    assert all(0 <= share <= 1 for card in cards(picture) for share in (card.params_bar, card.macs_bar))
    assert max(card.params_bar for card in cards(picture)) == 1
    names = [node.id for node in all_nodes(picture)]
    assert len(names) == len(set(names))
    ends = {
        name for each in (picture, *picture.panels) for edge in each.edges for name in (edge.tail, edge.head)
    }
    assert ends <= set(names)
    templates = Templates(network.root)
    parts = find_parts(network, costs, templates, None)
    inside = (drawing.called() for drawing in templates.finish())
    named = {atom.form.name for part in parts for atom in calls_in(part.atoms)}
    named |= {form.name for forms in inside for form in forms}
    titles = (title.rpartition(": ")[2] for title in blocks(picture))
    assert named == {name for names in titles for name in names.split(", ")}
    assert all(in_words(part.atoms, with_small=True) for part in parts if part.kind == "card")


def test_layers_that_the_spec_does_not_group_have_a_card_each() -> None:
    assert [(card.title, *card.lines) for card in cards(overview("lenet5"))] == [
        ("c1", "conv 5×5, 6 Tanh"),
        ("s2", "avg-pool 2×2, /2"),
        ("c3", "conv 5×5, 16 Tanh"),
        ("s4", "avg-pool 2×2, /2"),
        ("c5 – flatten", "conv 5×5, 120 Tanh · flatten"),
        ("f6", "fc, 84 Tanh"),
        ("output", "fc, 10"),
    ]


def test_a_row_of_a_loop_has_a_card() -> None:
    assert [card.lines[0] for card in cards(overview("vgg16"))][:5] == [
        "2 × conv 3×3, 64 ReLU · max-pool 2×2, /2",
        "2 × conv 3×3, 128 ReLU · max-pool 2×2, /2",
        "3 × conv 3×3, 256 ReLU · max-pool 2×2, /2",
        "3 × conv 3×3, 512 ReLU · max-pool 2×2, /2",
        "3 × conv 3×3, 512 ReLU · max-pool 2×2, /2",
    ]


def test_what_stands_beside_layers_is_told_where_it_takes_no_further_line() -> None:
    assert cards(overview("vgg11_bn"))[2].lines == ("2 × conv 3×3, 256 BN ReLU · max-pool 2×2, /2",)
    assert not any("ReLU" in line for line in cards(overview("googlenet"))[0].lines)
    assert cards(overview("densenet121"))[-2].lines == ("16 × dense_layer · BN ReLU",)


def test_blocks_among_layers_say_what_their_symbols_stand_for() -> None:
    assert cards(overview("squeezenet1_0"))[3].lines == ("fire (32, e1 = 128) · max-pool 3×3, /2",)
    assert "osa′ · osa′2 (each 768, i = 192)" in cards(overview("ese_vovnet39b"))[3].lines[0]


def test_a_card_that_calls_another_again_says_that_it_shares_its_parameters() -> None:
    assert [(card.title, card.shared) for card in cards(overview("siamese"))] == [
        ("tower", False),
        ("tower – negative", True),
        ("head", False),
    ]
    assert dot(graph("siamese"), "overview").count(">shared<") == 1


def test_depth_opens_the_groups() -> None:
    titles = [card.title for card in cards(overview("resnet34", 2))]
    assert titles[:5] == ["conv1", "maxpool", "layer1.0 – 2", "layer2.0", "layer2.1 – 3"]
    assert [card.title for card in cards(overview("resnet34", 1))] == [
        *("stem", "layer1", "layer2", "layer3", "layer4", "head")
    ]


@pytest.mark.parametrize("copies", [7, 40])
@pytest.mark.parametrize(
    ("trunk", "line"),
    [
        (
            "seq: {n: {norm: layer}, r: {residual: [{fc: 12}, gelu, {fc: 12}], shortcut: identity}}",
            "sequence",
        ),
        ("use: layer, w: 12", "layer"),
    ],
)
def test_what_is_repeated_stays_one_card_in_a_small_network(
    copies: int, trunk: str, line: str, tmp_path: Path
) -> None:
    spec = tmp_path / "small.yaml"
    spec.write_text(f"""
archspec: 1
name: small
input: [12]
blocks:
  layer: {{params: {{w: int}}, seq: {{n: {{norm: layer}}, f: {{fc: $w}}, a: gelu, g: {{fc: $w}}, b: gelu}}}}
body:
  trunk: {{repeat: {copies}, {trunk}}}
head: {{fc: {{fc: 5}}}}
""")
    network = compile(spec).graph
    shown = [(card.title, *card.lines) for card in cards(draw_overview(network))]
    assert shown == [("trunk", f"{copies} × {line}"), ("head", "fc, 5")]
    assert "trunk" not in [card.title for card in cards(draw_overview(network, 2))]


def test_auxiliary_heads_branch_off() -> None:
    picture = overview("googlenet")
    heads = [(edge.tail, edge.head) for edge in picture.edges if edge.kind == "aux"]
    assert heads == [("inception4a", "aux1 head"), ("inception4d", "aux2 head")]
    assert {card.title for card in cards(picture) if card.narrow} == {"aux1", "aux2"}


def test_several_inputs_meet_in_a_join() -> None:
    picture = overview("siamese")
    assert [node.text for node in picture.items if isinstance(node, Terminal)] == ["left", "right", "output"]
    (join,) = (node for node in picture.items if isinstance(node, Merge))
    (line,) = (node for node in picture.items if isinstance(node, Fork))
    assert [edge.tail for edge in picture.edges if edge.head == join.id] == [line.id]
    assert [edge.tail for edge in picture.edges if edge.head == line.id] == ["tower", "tower 2"]


# What is drawn of the blocks


def headings(picture: Picture) -> dict[str, tuple[str, ...]]:
    """What is said below the name of each block that is drawn."""
    return {node.text: node.small for node in all_nodes(picture) if isinstance(node, Heading)}


def test_a_block_is_drawn_once_with_its_parameters_where_copies_differ() -> None:
    """Forms that differ in a stride share a drawing, which says of which of them it is."""
    picture = overview("resnet50")
    assert blocks(picture) == {
        "bottleneck↓, bottleneck′": [
            "1×1, c BN ReLU",
            "conv 3×3, c, /2 BN ReLU",
            "1×1, 4c BN",
            "1×1, 4c, /2 BN",
            "+ ReLU",
        ],
        "bottleneck": ["1×1, c BN ReLU", "conv 3×3, c BN ReLU", "1×1, 4c BN", "+ ReLU"],
    }
    assert headings(picture) == {
        "bottleneck↓, bottleneck′": ("c = channels", "bottleneck′: without /2"),
        "bottleneck": ("c = channels",),
    }


def test_a_heading_says_which_layers_are_repeated() -> None:
    assert headings(overview("xception"))["middle"] == ("repeated × 3: ReLU to 1×1, 728",)


def test_a_heading_says_which_fork_where_there_are_several(tmp_path: Path) -> None:
    spec = tmp_path / "loops.yaml"
    spec.write_text("""
archspec: 1
name: loops
input: [8, 16, 16]
blocks:
  unit:
    residual:
      a: {repeat: 2, residual: [{conv: 8, kernel: 3, padding: 1}, relu, {conv: 8, kernel: 1}], shortcut: identity}
      b: {conv: 8, kernel: 1}
      c: {repeat: 3, residual: [{conv: 8, kernel: 3, padding: 1}, relu, {conv: 8, kernel: 1}], shortcut: identity}
    shortcut: identity
body: {one: unit, two: unit}
head: [gap, {fc: 4}]
""")
    assert headings(draw_overview(compile(spec).graph)) == {
        "unit": ("repeated × 2: fork 2 of 3 to + 1 of 3", "repeated × 3: fork 3 of 3 to + 2 of 3")
    }


NESTED = """
archspec: 1
name: nested
input: [3, 32, 32]
blocks:
  unit:
    params: {c: int, inner: $c}
    residual: {a: {conv: $inner, kernel: 1}, b: {conv: $c, kernel: 3, padding: 1}, n: norm}
    shortcut: auto
  group: {params: {c: int, inner: $c}, seq: {x: {unit: $c, inner: $inner, repeat: 3}, y: {conv: $c, kernel: 1}}}
  stage: {params: {c: int}, seq: {x: {group: $c, inner: 8, repeat: 2}, y: {group: $c, inner: 4}}}
body:
  stem: {conv: 16, kernel: 3, padding: 1}
  s1: {stage: 16, repeat: 2}
  s2: {stage: 16}
  s3: {stage: 32}
head: [gap, {fc: 10}]
"""


def test_a_block_that_others_repeat_is_drawn_once_and_named_in_them(tmp_path: Path) -> None:
    spec = tmp_path / "nested.yaml"
    spec.write_text(NESTED)
    drawn = blocks(draw_overview(compile(spec).graph, 1))
    assert drawn["stage"] == ["group, 16, i = 8 × 2", "group, 16, i = 4"]
    assert drawn["group"] == ["unit, c × 3", "1×1, c"]


def test_cards_of_an_opened_group_beside_others_have_its_name(tmp_path: Path) -> None:
    spec = tmp_path / "nested.yaml"
    spec.write_text(NESTED)
    titles = [card.title for card in cards(draw_overview(compile(spec).graph, 2))]
    assert {"s2.x", "s2.y", "s3.x", "s3.y"} <= set(titles)
    assert "block1" in [card.title for card in cards(overview("regnet_x_8gf"))]  # its only group


def test_headings_of_one_row_end_at_one_height() -> None:
    (row,) = overview("xception").panels
    found = [node for node in nodes(row.items) if isinstance(node, Heading)]
    assert [heading.space + len(heading.small) for heading in found] == [2, 2, 2]


def test_a_block_is_drawn_once_for_all_its_activations_and_kernels() -> None:
    """As the columns of a table do, the cards say the channels, the kernel and the activation."""
    picture = overview("mobilenet_v3_large")
    assert blocks(picture)["bneck′2"] == ["1×1, w BN a", "depthwise 3×3, w BN a", "1×1, c BN", "+"]
    assert headings(picture)["bneck′2"] == ("w = wide, a = activation", "c = channels")
    lines = {card.title: card.lines[0] for card in cards(picture)}
    assert lines["features.8"] == "bneck′2, c = 80, w = 200, a = Hardswish"
    assert lines["features.5 – 6"] == "2 × bneck, c = 40, w = 120, k = 5, a = ReLU"
    assert len(blocks(picture)) == 5


def test_a_number_of_the_first_copy_stands_before_that_of_the_others() -> None:
    (stage,) = (card for card in cards(overview("efficientnet_b0")) if card.title == "features.4")
    assert " ".join(stage.lines) == "MBConv↓ + 2 × MBConv, c = 80, k = 3, w = 240 → 480, s = 10 → 20"


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("convnext_tiny", ["block"]),  # the first copy drops nothing
        ("regnet_x_8gf", ["block↓", "block"]),  # the first stage has one group
        ("cspdarknet53", ["stage′", "stage", "dark_block"]),  # all make the map smaller
        ("resnet34", ["basic", "basic↓"]),
    ],
)
def test_copies_that_look_alike_have_one_drawing(name: str, drawn: list[str]) -> None:
    assert list(blocks(overview(name))) == drawn


def test_dropout_of_different_probabilities_is_drawn_without_a_number() -> None:
    assert "1×1, c BN drop-path" in blocks(overview("efficientnet_b0"))["MBConv"]


CHOICES = """
archspec: 1
name: choices
input: [8, 16, 16]
blocks:
  unit:
    params: {channels: int, groups: 1, dilation: 1, inner: str, outer: str}
    residual:
      - {conv: $channels, kernel: 3, padding: $dilation, dilation: $dilation, groups: $groups}
      - $inner
      - {conv: $channels, kernel: 3, padding: 1}
      - $outer
    shortcut: identity
body:
  one: {unit: 8, inner: relu, outer: tanh}
  two: {unit: 8, inner: gelu, outer: tanh, groups: 2, dilation: 2}
  three: {unit: 8, inner: silu, outer: tanh, groups: 2, dilation: 3}
  four: {unit: 8, inner: relu, outer: tanh}
head: gap
"""


def test_what_differs_in_a_drawing_has_the_symbol_of_its_parameter(tmp_path: Path) -> None:
    spec = tmp_path / "choices.yaml"
    spec.write_text(CHOICES)
    picture = draw_overview(compile(spec).graph)
    assert blocks(picture) == {"unit": ["conv 3×3, 8, g groups, dilation d i", "conv 3×3, 8 Tanh", "+"]}
    assert headings(picture) == {"unit": ("g = groups, d = dilation", "i = inner")}
    lines = {card.title: " ".join(card.lines) for card in cards(picture)}
    assert lines["two"] == "unit, g = 2, d = 2, i = GELU"


def test_numbers_on_which_all_copies_agree_stay() -> None:
    assert blocks(overview("densenet121"))["dense_layer"] == [
        *("BN ReLU", "1×1, 128 BN ReLU", "conv 3×3, 32", "concat in + 32 = out")
    ]


def test_a_concatenation_says_what_it_adds_up_to() -> None:
    assert blocks(overview("googlenet"))["inception"][-1] == "c1 + c3 + c5 + pp + out"
    assert "c1 + c3 + c5 + pp = out" in dot(graph("googlenet"), "overview")
    merges = [node.small for node in overview("unet").items if isinstance(node, Merge)]
    assert merges[0] == ("512 + 512 = 1024",)


def test_a_skeleton_is_a_text_without_what_copies_may_differ_in() -> None:
    assert skeleton("conv 3×3, 64, /2") == skeleton("conv 5×5, 128, 2 groups, dilation 2")
    assert skeleton("conv 3×3, 64") != skeleton("depthwise 3×3, 64")
    assert skeleton("ReLU", {"ReLU"}) == skeleton("LeakyReLU", {"LeakyReLU"}) != skeleton("BN", {"ReLU"})


# A U


def test_an_encoder_and_decoder_is_drawn_as_a_u() -> None:
    picture = overview("unet")
    across = [(edge.tail, edge.head) for edge in picture.edges if edge.kind == "across"]
    assert across == [("enc3", "join3"), ("enc2", "join2"), ("enc1", "join1"), ("enc0", "join0")]
    assert {*across, ("input", "output")} == set(picture.levels)
    upward = {edge.head for edge in picture.edges if edge.upward}
    assert {"up3", "join3", "dec3", "dec0", "output"} <= upward
    assert not upward & {"enc0", "pool0", "bottom"}


def test_lines_around_the_bottom_of_a_u_and_to_new_columns_end_in_the_middle_of_a_side() -> None:
    text = dot(graph("unet_2015"), "overview")
    assert "pool3:s -> bottom:w" in text
    assert "up3:s -> bottom:e" in text  # written downwards, as all lines upwards are
    text = dot(graph("hrnet_w18"), "overview")
    assert re.findall(r"(\w+):e -> (\w+):n", text) == [
        ("layer1", "map0_1"),
        ("sum0_1", "map1_2"),
        ("sum2_2", "map5_3"),
    ]


def test_a_feature_pyramid_is_a_u_with_its_outputs_beside_it() -> None:
    picture = overview("fpn_resnet50")
    levels = [set(level) for level in picture.levels]
    assert any({"c2", "lateral2", "merged2"} <= level for level in levels)
    assert ("c5", "merged5", "p5") in [level[:3] for level in picture.levels]
    assert next(edge.kind for edge in picture.edges if (edge.tail, edge.head) == ("c5", "merged5")) == "flow"
    columns = {node.id: node.column for node in nodes(picture.items)}
    assert columns["merged5"] == columns["up4"] == columns["merged2"]
    assert columns["p5"] == columns["p2"] != columns["merged5"]
    assert [node.text for node in picture.items if isinstance(node, Terminal)] == [
        "input",
        "p2",
        "p3",
        "p4",
        "p5",
    ]


def test_what_leads_to_an_auxiliary_head_leaves_its_card_at_the_side() -> None:
    text = dot(graph("googlenet"), "overview")
    found = re.findall(r'"?(\w+)"?:e -> "(aux\d) head":n ', text)
    assert found == [("inception4a", "aux1"), ("inception4d", "aux2")]


@pytest.mark.parametrize("name", ["resnet34", "googlenet", "hrnet_w18", "densenet121"])
def test_nothing_else_is_a_u(name: str) -> None:
    assert not any(edge.upward or edge.kind == "across" for edge in overview(name).edges)


# A part alone


@pytest.mark.parametrize(
    ("path", "entering", "leaving"),
    [
        ("stem", (3, 224, 224), (64, 56, 56)),
        ("layer2", (64, 56, 56), (128, 28, 28)),
        ("layer2.0", (64, 56, 56), (128, 28, 28)),
        ("layer2.0.conv1", (64, 56, 56), (128, 28, 28)),
        ("fc", (512,), (1000,)),
    ],
)
def test_a_part_is_drawn_with_its_own_input_and_output(
    path: str, entering: tuple[int, ...], leaving: tuple[int, ...]
) -> None:
    part = part_of(graph("resnet34"), path)
    picture = draw_overview(part)
    shapes = [node.shape for node in picture.items if isinstance(node, Terminal)]
    assert (picture.title, shapes) == (path, [entering, leaving])
    assert "conv" in dot(part, "blocks") or path == "fc"


def test_a_part_that_reads_from_two_places_has_two_inputs() -> None:
    part = find_part(graph("unet"), "join0")
    assert part is not None
    assert part.root.inputs == ((64, 256, 256), (64, 256, 256))
    assert part.input_names == ("enc0", "up0")


def test_a_part_that_is_not_there_is_refused() -> None:
    with pytest.raises(CannotRun, match="no part `layr2`: did you mean `layer2`"):
        compile("resnet34").draw("dot", "overview", only="layr2")


# The layout


def laid_out(text: str) -> bytes:
    svg = render_dot(text, "svg")
    assert isinstance(svg, bytes)
    return svg


def boxes(svg: bytes) -> dict[str, tuple[float, float, float, float]]:
    """Left, top, right and bottom of every node."""
    found: dict[str, tuple[float, float, float, float]] = {}
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        title = group.findtext(f"{SVG}title")
        text = ElementTree.tostring(group, encoding="unicode")
        points = re.findall(r"(-?[\d.]+),(-?[\d.]+)", " ".join(re.findall(r'(?:points|d)="([^"]*)"', text)))
        if group.get("class", "").split()[:1] == ["node"] and title and points:
            xs, ys = ([float(point[axis]) for point in points] for axis in (0, 1))
            found[title] = (min(xs), min(ys), max(xs), max(ys))
    return found


@pytest.mark.parametrize("name", ["resnet34", "googlenet", "unet_small", "mobilenet_v2"])
def test_nothing_overlaps_and_text_is_legible_on_a_page(name: str) -> None:
    svg = laid_out(dot(graph(name), "overview"))
    width = float(ElementTree.fromstring(svg).get("viewBox", "").split()[2])
    smallest = min(float(size) for size in re.findall(rb'font-size="([\d.]+)"', svg) if float(size) > 5)
    assert smallest * min(1.0, theme.PAGE_WIDTH / width) >= 8
    for (_, one), (_, other) in combinations(boxes(svg).items(), 2):
        apart = (
            one[2] <= other[0] + 1
            or other[2] <= one[0] + 1
            or one[3] <= other[1] + 1
            or other[3] <= one[1] + 1
        )
        assert apart, (one, other)


@pytest.mark.parametrize("name", ["lenet5", "resnet50", "googlenet"])
def test_from_left_to_right_the_cards_stand_in_rows(name: str) -> None:
    """In each row from left to right, and the rows below each other; an auxiliary head stands below its card."""
    rows = draw_overview(graph(name), direction="LR").rows
    places = boxes(laid_out(dot(graph(name), "overview", direction="LR")))
    assert len(rows) > 1
    for row in rows:
        lefts = [places[node][0] for node in row]
        assert lefts == sorted(lefts)
        middles = {round((places[node][1] + places[node][3]) / 2) for node in row}
        assert max(middles) - min(middles) <= 1
    for above, below in pairwise(rows):
        assert max(places[node][3] for node in above) < min(places[node][1] for node in below)
    heads = {edge.head: edge.tail for edge in overview(name).edges if edge.kind == "aux"}
    for head, read in heads.items():
        assert places[head][1] > places[read][3]
        assert abs(places[head][0] - places[read][0]) < 1


def test_one_part_alone_is_not_packed() -> None:
    """Graphviz 2.43 crashes on it."""
    for direction in DIRECTIONS:
        assert "pack=" not in dot(graph("head_gap"), "overview", direction=direction)
        assert "pack=" in dot(graph("resnet18"), "overview", direction=direction)


def test_from_left_to_right_a_u_is_a_u() -> None:
    assert draw_overview(graph("unet"), direction="LR") == overview("unet")


def test_from_left_to_right_the_blocks_stand_below_the_cards() -> None:
    svg = laid_out(dot(graph("resnet50"), "overview", direction="LR"))
    places = boxes(svg)
    lowest = max(places[card.id][3] for card in cards(overview("resnet50")))
    panels = [place for name, place in places.items() if name.startswith("block ")]
    assert panels
    assert min(place[1] for place in panels) > lowest
    left, top, right, bottom = (
        *(min(place[side] for place in places.values()) for side in (0, 1)),
        *(max(place[side] for place in places.values()) for side in (2, 3)),
    )
    assert right - left < theme.PAGE_WIDTH
    assert bottom - top < theme.PAGE_HEIGHT


def test_a_long_name_is_cut(tmp_path: Path) -> None:
    spec = tmp_path / "long.yaml"
    name = "a_name_" * 12
    spec.write_text(
        f"archspec: 1\nname: long\ninput: [3, 8, 8]\nbody: {{{name}: {{conv: 4, kernel: 3}}, p: gap}}\n"
    )
    first = cards(draw_overview(compile(spec).graph))[0]
    assert (len(first.title), first.title.count("…"), first.id) == (28, 1, name)


def test_an_arrow_marks_blocks_that_make_the_map_smaller_and_no_others() -> None:
    lines = {card.title: " ".join(card.lines) for card in cards(overview("mobilenet_v3_large"))}
    assert {title for title, line in lines.items() if "↓" in line} == {
        f"features.{number}" for number in (2, 4, 7, 13)
    }


def test_what_comes_from_an_input_has_its_shape_on_the_input_alone() -> None:
    drawn = picture(graph("siamese"), "blocks")
    inputs = {node.id: node.shape for node in drawn.items if isinstance(node, Terminal)}
    assert {"left", "right"} <= set(inputs)
    assert all(edge.shape is None for edge in drawn.edges if edge.tail in inputs)


def test_branches_from_left_to_right_end_in_an_upright_bar() -> None:
    places = boxes(laid_out(dot(graph("inception_module"), "blocks", direction="LR")))
    left, top, right, bottom = places["inception3a.concat"]
    assert bottom - top > right - left
    assert {places[name][2] < left for name in places if "branch" in name} == {True}


def test_the_key_says_which_bar_is_which_where_there_are_bars() -> None:
    assert "parameters" in dot(graph("resnet34"), "overview")
    assert "parameters" not in dot(graph("resnet34"), "blocks")
    assert "parameters" in dot(graph("unet"), "overview")


# What the command line takes


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"depth": "2", "format": "html"}, "a page folds and unfolds"),
        ({"depth": "0"}, "a number from 1"),
        ({"view": "overview", "depth": "0"}, "a number from 1"),
        ({"view": "overview", "depth": "deep"}, "a number from 1"),
        ({"direction": "up"}, "no direction `up`; there is TB, LR"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(words: dict[str, str], says: str) -> None:
    with pytest.raises(CannotRun, match=says):
        Order.of("resnet34", Words(**words), Path())


def test_an_order_draws_the_part_and_the_direction_that_it_names() -> None:
    words = {"view": "overview", "only": "layer2", "direction": "lr", "format": "dot"}
    order = Order.of("resnet34", Words(**words), Path())
    drawn = order.render(order.graph(Limits()))
    assert isinstance(drawn, bytes)
    assert b"end of row" not in drawn
    assert b"layer2" in drawn
    assert b"layer3" not in drawn


def test_a_title_of_many_words_has_few_lines() -> None:
    assert headline_lines("ResNet-18") == ("ResNet-18",)
    lines = headline_lines("ab " * 40_000)
    assert len(lines) == 3
    assert lines[-1].endswith(" …")
