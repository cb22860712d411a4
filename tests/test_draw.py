"""The blocks view: what is drawn for a network, how it is written as DOT, and how it becomes a file."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hand_built import Line, conv, lenet, resnet, small_googlenet
from picture_parts import groups, nodes

import archspec
from archspec.backends.dot import Unavailable, dot, engine, render
from archspec.backends.dot.blocks import draw_blocks
from archspec.backends.dot.engine import render_dot
from archspec.backends.dot.pdf import pdf_of_svg
from archspec.backends.dot.picture import Bar, Box, Edge, Fork, Group, Merge, Node, Picture
from archspec.backends.wording import network_title, short_count
from archspec.files import CannotRun
from archspec.ir import Graph
from archspec.ops.activation import ReLU
from archspec.ops.adaptive import AdaptiveAvgPool
from archspec.ops.joins import Concat, Multiply
from archspec.ops.norm import Norm
from archspec.ops.scale import Identity
from archspec.ops.smooth import Sigmoid

HOSTILE = '<IMG SRC="x"/> {a|b} \\N \\G & end\\'


def card(picture: Picture, title: str) -> Group:
    return next(group for group in groups(picture.items) if group.title == title)


def layers(items: Sequence[Node | Group]) -> list[str]:
    """The boxes and merges of a part as one reads them."""
    return [" ".join((n.text, *n.small)) for n in nodes(items) if isinstance(n, Box | Merge)]


def edges(picture: Picture, kind: str) -> list[Edge]:
    return [edge for edge in picture.edges if edge.kind == kind]


# What is drawn


def test_each_part_has_a_card_with_its_costs() -> None:
    picture = draw_blocks(resnet((2, 2, 2, 2), "ResNet-18"))
    assert (picture.title, picture.detail) == ("ResNet-18", "11.7 M params · 1.81 G MACs")
    assert [(item.title, item.detail) for item in picture.items if isinstance(item, Group)] == [
        ("stem", "9.54 K · 118 M MACs"),
        ("layer1", "148 K · 462 M MACs"),
        ("layer2", "526 K · 411 M MACs"),
        ("layer3", "2.10 M · 411 M MACs"),
        ("layer4", "8.39 M · 411 M MACs"),
        ("head", "513 K · 512 K MACs"),
    ]


def test_norm_and_activation_stand_in_the_box_of_their_layer() -> None:
    picture = draw_blocks(resnet((2, 2, 2, 2)))
    assert layers(card(picture, "stem").items) == ["conv 7×7, 64, /2 BN ReLU", "max-pool 3×3, /2"]


def test_equal_copies_are_folded_and_unequal_ones_are_not() -> None:
    picture = draw_blocks(resnet((3, 4, 6, 3)))
    folds = {
        name: [frame.count for frame in groups(card(picture, name).items)]
        for name in ("layer1", "layer2", "layer3", "layer4")
    }
    assert folds == {"layer1": [3], "layer2": [1, 3], "layer3": [1, 5], "layer4": [1, 2]}


def test_equal_neighbours_that_the_spec_does_not_repeat_are_all_drawn() -> None:
    line = Line((4, 8, 8), section="body")
    for index in range(3):
        line.add(f"conv{index}", conv(4))
    assert layers(draw_blocks(line.graph("three")).items) == ["conv 3×3, 4"] * 3


def test_an_identity_skip_is_an_arc_and_a_projection_a_box() -> None:
    picture = draw_blocks(resnet((1, 1)))
    first, second = (
        [(edge.tail, edge.head) for edge in edges(picture, "skip")],
        [(edge.tail, edge.head) for edge in edges(picture, "shortcut")],
    )
    assert first == [("layer1.0.input", "layer1.0.add")]
    assert second == [
        ("layer2.0.input", "layer2.0.downsample.0"),
        ("layer2.0.downsample.0", "layer2.0.add"),
    ]
    assert layers(card(picture, "layer2").items) == [
        "conv 3×3, 128, /2 BN ReLU",
        "conv 3×3, 128 BN",
        "1×1, 128, /2 BN",
        "+ ReLU",
    ]
    assert picture.levels == (("layer2.0.conv2", "layer2.0.downsample.0"),)


def test_branches_hang_side_by_side_and_end_in_a_bar_that_shows_its_sum() -> None:
    picture = draw_blocks(small_googlenet())
    items = card(picture, "inception3a").items
    assert [item.parts for item in items if isinstance(item, Bar)] == [(64, 128, 32, 32)]
    assert [item.cells for item in items if isinstance(item, Fork)] == [4]
    hung = [edge for edge in picture.edges if edge.tail == "inception3a.input"]
    assert [(edge.from_cell, edge.length) for edge in hung] == [(0, 2), (1, 1), (2, 1), (3, 1)]
    assert len({item.column for item in items if isinstance(item, Box)}) == 4
    assert "64 + 128 + 32 + 32 = 256" in dot(small_googlenet())


def test_an_auxiliary_head_branches_off_with_its_weight() -> None:
    picture = draw_blocks(small_googlenet())
    head = card(picture, "aux1")
    assert (head.kind, head.detail) == ("aux", "loss × 0.3 · in training · 8.25 M params")
    assert [(edge.tail, edge.head) for edge in edges(picture, "aux")] == [("inception3b.concat", "aux1.pool")]


def test_a_gate_is_an_arc_around_its_layers() -> None:
    gate = Line((8, 4, 4))
    gate.add("pool", AdaptiveAvgPool(1))
    gate.add("fc", conv(8, 1))
    gate.add("sigmoid", Sigmoid())
    line = Line((8, 4, 4))
    kept = line.add("input", Identity(), 0, role="branch")
    gated = line.add("gate", gate.module(), 0, role="branch")
    line.add("multiply", Multiply(), kept, gated, role="join")
    net = Line((8, 4, 4))
    net.add("se", line.module("multiply"))
    picture = draw_blocks(net.graph("gate"))
    assert layers(picture.items) == ["avg-pool to 1×1", "1×1, 8 Sigmoid", "×"]
    assert [(edge.tail, edge.head) for edge in edges(picture, "skip")] == [("se.input", "se.multiply")]


def test_paths_that_part_and_meet_by_name_are_branches() -> None:
    """The fire module of SqueezeNet: two convolutions read the same value, and a concat reads both."""
    line = Line((8, 4, 4))
    squeezed = line.add("squeeze", conv(4, 1))
    line.add("expand1x1", conv(6, 1), squeezed)
    one = line.add("relu1", ReLU())
    line.add("expand3x3", conv(6, 3), squeezed)
    three = line.add("relu3", ReLU())
    line.add("cat", Concat(), one, three)
    net = Line((8, 4, 4))
    net.add("fire", line.module())
    picture = draw_blocks(net.graph("fire"))
    assert layers(picture.items) == ["1×1, 4", "1×1, 6 ReLU", "conv 3×3, 6 ReLU"]
    assert [node.parts for node in nodes(picture.items) if isinstance(node, Bar)] == [(6, 6)]
    hung = [(edge.head, edge.from_cell) for edge in picture.edges if edge.tail == "fire.squeeze.fork"]
    assert hung == [("fire.expand1x1", 0), ("fire.expand3x3", 1)]


def test_a_value_read_twice_keeps_its_box_to_itself() -> None:
    line = Line((8, 4, 4), section="body")
    first = line.add("conv", conv(8))
    line.add("relu", ReLU())
    line.add("cat", Concat(), line.last, first)
    picture = draw_blocks(line.graph("twice"))
    assert layers(picture.items) == ["conv 3×3, 8", "ReLU", "concat 8 + 8 = 16"]
    assert [(edge.tail, edge.head) for edge in edges(picture, "skip")] == [("conv", "cat")]


def test_shapes_stand_where_they_change() -> None:
    labels = [edge.shape for edge in draw_blocks(lenet()).edges if edge.shape is not None]
    assert labels == [
        *((6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5)),
        *((400,), (120,), (84,)),
    ]


def test_every_op_of_an_unfolded_network_is_in_the_picture() -> None:
    """Nothing is left out: the letters of all layers of ResNet with one block a stage, counted."""
    text = " ".join(layers(draw_blocks(resnet((1, 1, 1, 1))).items))
    assert {word: len(re.findall(word, text)) for word in ("conv", "1×1", "BN", "ReLU", r"\+", "fc")} == {
        "conv": 9,
        "1×1": 3,
        "BN": 12,
        "ReLU": 9,
        r"\+": 4,
        "fc": 1,
    }


def test_copies_that_differ_in_channels_alone_are_folded_and_say_so() -> None:
    def layer(channels: int) -> Line:
        line = Line((channels, 8, 8))
        line.add("norm", Norm("batch"))
        line.add("conv", conv(4))
        line.add("cat", Concat(), 0, line.last, role="join")
        return line

    copies = Line((8, 8, 8))
    for index in range(3):
        copies.add(str(index), layer(8 + 4 * index).module("sequence", "dense_layer"))
    line = Line((8, 8, 8))
    line.add("denseblock", copies.module("repeat"))
    (frame,) = groups(card(draw_blocks(line.graph("dense")), "denseblock").items)
    assert (frame.count, frame.growth) == (3, "8 → 20 channels")


# How it is written


@pytest.mark.parametrize("seed", ["0", "1"])
def test_the_bytes_do_not_depend_on_the_run(seed: str) -> None:
    script = (
        "import hand_built, archspec.backends.dot as d; print(d.dot(hand_built.small_googlenet()), end='')"
    )
    path = os.pathsep.join((str(Path(__file__).parent), str(Path(__file__).parents[1])))
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path, "PYTHONUTF8": "1"},
    )
    assert run.stdout.decode() == dot(small_googlenet())


def test_drawing_imports_no_torch() -> None:
    script = "import sys, archspec.backends.dot, archspec.backends.summary; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def svg_texts(graph: Graph) -> list[str]:
    drawn = render(graph, "svg")
    assert isinstance(drawn, bytes)
    return [
        element.text or ""
        for element in ElementTree.fromstring(drawn).iter()
        if element.tag.endswith("}text")
    ]


def test_a_users_text_is_drawn_as_written() -> None:
    assert HOSTILE in svg_texts(replace(lenet(), name=HOSTILE))


def test_control_characters_are_drawn_as_escapes() -> None:
    assert "a\\x1b[31m\\u202eb\\nc" in svg_texts(replace(lenet(), name="a\x1b[31m\u202eb\nc"))


@pytest.mark.parametrize(
    ("name", "variant", "title"),
    [
        ("ResNet", "resnet50", "ResNet-50"),
        ("VGG", "vgg16_bn", "VGG-16 BN"),
        ("SqueezeNet", "squeezenet1_1", "SqueezeNet 1.1"),
        ("LeNet-5", "lenet5", "LeNet-5"),
        ("LeNet-5", "", "LeNet-5"),
        ("LeNet-5", "lenet5_sigmoid", "LeNet-5 (sigmoid)"),
        ("ResNet", "plain34", "ResNet (plain34)"),
        ("ResNet", "res", "ResNet (res)"),
        ("EfficientNet", "efficientnet_b0", "EfficientNet-B0"),
        ("EfficientNetV2", "efficientnet_v2_s", "EfficientNetV2-S"),
        ("RegNet", "regnet_y_400mf", "RegNetY-400MF"),
        ("RegNet", "regnet_x_1_6gf", "RegNetX-1.6GF"),
        ("ShuffleNetV2", "shufflenet_v2_x1_0", "ShuffleNetV2 ×1.0"),
        ("Res2Net", "res2net50_26w_4s", "Res2Net-50 26w 4s"),
        ("CNN", "cnn_3d", "CNN-3D"),
        ("CNN", "cnn_no_norm", "CNN (no norm)"),
        ("ResNet", "resnet50_paper", "ResNet-50 (paper)"),
        ("Stacked small filters", "two_3x3", "Stacked small filters (two 3×3)"),
        ("U-Net", "unet_2015", "U-Net (2015)"),
        ("MobileNet", "mobilenet_v1_075", "MobileNet-V1 0.75"),
        ("ResNet for CIFAR", "resnet20", "ResNet-20 for CIFAR"),
        ("ResNet for CIFAR, wide", "resnet18_cifar", "ResNet-18 for CIFAR, wide"),
    ],
)
def test_the_title_says_which_variant_it_is(name: str, variant: str, title: str) -> None:
    assert network_title(replace(lenet(), name=name, variant=variant)) == title


@pytest.mark.parametrize(
    ("variant", "title"),
    [
        ("resnext50_32x4d", "ResNeXt-50 32×4d"),
        ("wide_resnet50_2", "Wide ResNet-50-2"),
        ("r2plus1d_18", "R(2+1)D-18"),
        ("residual", "ResNet (residual)"),
        ("rest50", "ResNet (rest50)"),
        ("resnet_1d_ecg", "ResNet-1D (ECG)"),
        ("plain34", "Plain-34"),
        ("preact_resnet164", "PreAct-ResNet-164"),
        ("ese_resnet39b", "eSE-ResNet-39b"),
    ],
)
def test_the_title_has_a_name_as_the_text_about_the_network_writes_it(variant: str, title: str) -> None:
    about = (
        "Deep residual networks. ResNeXt: Xie et al. (2016); Wide ResNet; R(2+1)D. Res. ECG. Named as torchvision. "
        "Plain: no shortcuts, in plain words. PreAct-ResNet-164. eSE-ResNet-39b in timm."
    )
    assert network_title(replace(lenet(), name="ResNet", about=about, variant=variant)) == title


@pytest.mark.parametrize(
    ("count", "text"),
    [
        *((0, "0"), (999, "999"), (1000, "1.00 K"), (9_536, "9.54 K"), (11_689_512, "11.7 M")),
        *((999_499, "999 K"), (999_500, "1.00 M"), (1_814_073_344, "1.81 G"), (123_000_000_000_000, "123 T")),
    ],
)
def test_counts_have_three_digits(count: int, text: str) -> None:
    assert short_count(count) == text


# How it becomes a file


def test_the_spine_is_straight() -> None:
    drawn = render_dot(dot(resnet((2, 2, 2, 2))), "svg")
    assert isinstance(drawn, bytes)
    spine = {"input", "conv1", "maxpool", "layer1.0.input", "layer2.0.conv2", "layer4.1.add", "fc", "output"}
    centres: dict[str, float] = {}
    for group in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}g"):
        title = group.findtext("{http://www.w3.org/2000/svg}title")
        if group.get("class") == "node" and title in spine:
            text = ElementTree.tostring(group, encoding="unicode")
            numbers = re.findall(r'(?:points|d)="([^"]*)"', text)
            xs = [float(x) for part in numbers for x in re.findall(r"(-?[\d.]+),-?[\d.]+", part)]
            xs += [float(x) for x in re.findall(r'cx="(-?[\d.]+)"', text)]
            centres[title] = (min(xs) + max(xs)) / 2
    assert set(centres) == spine
    assert max(centres.values()) - min(centres.values()) < 1.0


def test_images_have_their_formats_and_a_good_resolution() -> None:
    svg, png = render(lenet(), "svg"), render(lenet(), "png")
    assert isinstance(svg, bytes)
    assert isinstance(png, bytes)
    inches = float(re.findall(rb'width="(\d+)pt"', svg)[0]) / 72
    assert int.from_bytes(png[16:20], "big") / inches >= 144
    assert render(lenet(), "dot") == dot(lenet()).encode()


def test_an_unknown_format_is_an_answer() -> None:
    assert render(lenet(), "bmp") == Unavailable(
        "`bmp` is not a format of pictures", "one of svg, png, pdf, dot, mmd, html"
    )


@pytest.mark.parametrize("name", ["resnet18", "googlenet"])
def test_where_panels_are_packed_every_node_stands_in_an_outline(name: str) -> None:
    """Graphviz 2.43, which Debian 12 has, crashes where a node has none."""
    text = dot(archspec.compile(name).graph, "overview")
    outside = re.findall(r"^\t(?!graph|node|edge)(\S.*) \[", text, re.MULTILINE)
    assert "packmode" in text
    assert outside == []
    assert "what the colours mean" in text


def test_a_deep_network_is_drawn() -> None:
    assert isinstance(render(resnet((3, 8, 36, 3)), "svg"), bytes)


@pytest.fixture
def only_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the only place where an engine could be."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    return tmp_path


def install(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


posix = pytest.mark.skipif(os.name != "posix", reason="the engines of these tests are shell scripts")


def test_no_engine_is_an_answer(only_engine: Path) -> None:
    answer = render_dot("digraph { a }", "svg")
    assert isinstance(answer, Unavailable)
    assert answer.message == "no layout engine for svg is installed"
    assert "pip install graphviz-pure" in answer.help


@posix
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'syntax error' >&2; exit 1", "gave no svg: syntax error"),
        ("exit 0", "gave no svg: exit 0"),
        ("echo '<svg><g>'", "gave no svg: exit 0"),
        ("kill -9 $$", "gave no svg: exit -9"),
        ("/bin/sleep 20", "took longer than 0.3 seconds"),
    ],
)
def test_a_broken_engine_is_an_answer(
    only_engine: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str
) -> None:
    monkeypatch.setattr(engine, "SECONDS", 0.3)
    install(only_engine, "graphviz-pure", script)
    answer = render_dot("digraph { a }", "svg")
    assert isinstance(answer, Unavailable)
    assert said in answer.message


@posix
def test_what_takes_too_long_is_to_be_drawn_smaller(
    only_engine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "SECONDS", 0.3)
    install(only_engine, "graphviz-pure", "/bin/sleep 20")
    install(only_engine, "dot", "/bin/cat > /dev/null; echo '<svg></svg>'")
    answer = render_dot("digraph { a }", "svg")
    assert isinstance(answer, Unavailable)
    assert "`--view blocks`" in answer.help


@posix
def test_the_next_engine_is_tried(only_engine: Path) -> None:
    install(only_engine, "graphviz-pure", "exit 1")
    install(only_engine, "dot", "/bin/cat > /dev/null; echo '<svg></svg>'")
    assert render_dot("digraph { a }", "svg") == b"<svg></svg>\n"


def test_a_pdf_holds_every_text_of_the_picture() -> None:
    """The page's commands, unpacked: each text as a string in the encoding of the built-in fonts."""
    name = "Net\u00e9 \u4e2d (a)"
    pdf = render(replace(lenet(), name=name), "pdf")
    assert isinstance(pdf, bytes)
    assert pdf.startswith(b"%PDF-1.4")
    stream = zlib.decompress(pdf[pdf.index(b"stream\n") + 7 : pdf.index(b"\nendstream")]).decode()
    shown = [bytes.fromhex(text).decode("cp1252") for text in re.findall(r"<([0-9a-f]*)> Tj", stream)]
    written = [text.replace("\u4e2d", "\\u4e2d") for text in svg_texts(replace(lenet(), name=name))]
    assert shown == written
    assert pdf == render(replace(lenet(), name=name), "pdf")


def test_a_pdf_can_be_found_its_way_through() -> None:
    pdf = render(small_googlenet(), "pdf")
    assert isinstance(pdf, bytes)
    table = int(re.findall(rb"startxref\n(\d+)", pdf)[0])
    assert pdf[table:].startswith(b"xref\n0 9\n")
    offsets = [int(entry) for entry in re.findall(rb"(\d{10}) 00000 n ", pdf)]
    assert [pdf[offset : offset + 8] for offset in offsets] == [b"%d 0 obj\n" % n for n in range(1, 9)]


def test_an_svg_with_unknown_parts_makes_no_pdf() -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt"><image/></svg>'
    assert pdf_of_svg(svg, title="", stamp="") is None
    assert pdf_of_svg(b"<svg", title="", stamp="") is None


def test_a_pdf_has_the_arrows_of_our_own_texts() -> None:
    pdf = render(resnet((2, 2)), "pdf", "overview")
    assert isinstance(pdf, bytes)
    stream = zlib.decompress(pdf[pdf.index(b"stream\n") + 7 : pdf.index(b"\nendstream")]).decode()
    assert re.search(r"/F3 [\d.]+ Tf <af> Tj", stream), "basic↓"
    assert b"\\u".hex() not in stream


def test_a_pdf_has_the_title_of_the_network() -> None:
    pdf = render(replace(lenet(), name="Ne(t\u4e2d"), "pdf")
    assert isinstance(pdf, bytes)
    (title,) = re.findall(rb"/Title <([0-9a-f]+)>", pdf)
    assert bytes.fromhex(title.decode()).decode("utf-16") == "Ne(t\u4e2d"


@pytest.mark.parametrize(
    ("format", "options", "said"),
    [
        ("html", {"depth": 1}, "it takes no view, depth or direction"),
        ("html", {"view": "full"}, "it takes no view, depth or direction"),
        ("svg", {"view": "whole"}, "there is no view `whole`; there is overview, blocks, full"),
        ("dot", {"direction": "BT"}, "there is no direction `BT`; there is TB, LR"),
        ("dot", {"depth": 0}, "there is no depth 0"),
        ("gif", {}, "`gif` is not a format of pictures; one of svg"),
    ],
)
def test_what_cannot_be_drawn_is_refused(format: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(CannotRun, match=re.escape(said)):
        archspec.compile("lenet5").draw(format, **options)
