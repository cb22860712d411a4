"""`archspec diff`: what it says of keys is what PyTorch says, its costs add up, and equal networks are the same.

docs/diff.md    every command prints what is shown; `python tests/test_diff.py` writes it and the picture anew
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest
from emit_specs import SPECS
from hypothesis import given
from hypothesis import strategies as st
from picture_parts import groups
from test_layout import check
from test_readme import blocks, commands, rerun

import archspec
from archspec.backends.dot.blocks import draw_blocks
from archspec.backends.dot.picture import Picture
from archspec.cli import app
from archspec.console import run
from archspec.difference import sequences
from archspec.difference.align import Aligner, Pair
from archspec.difference.compare import Difference
from archspec.difference.picture import picture
from archspec.difference.rows import Row
from archspec.ir import Module

DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "diff.md"
PICTURE = DOCS / "images" / "plain34_resnet34.svg"
SCHEMA = json.loads((DOCS / "diff.schema.json").read_text("utf-8"))
PAIRS = [*pairwise([*SPECS, next(iter(SPECS))]), ("residual", "dense")]
SHIPPED = [("resnet18", "resnet34"), ("plain34", "resnet34"), ("resnet34", "resnet50")]


def spec(body: str, *, shape: str = "[3, 16, 16]", more: str = "", name: str = "net") -> str:
    indented = "".join(f"  {line}\n" for line in body.strip("\n").splitlines())
    return f"archspec: 1\nname: {name}\ninput: {shape}\n{more}body:\n{indented}"


def between(a: str, b: str, **more: str) -> Difference:
    """The difference between two bodies."""
    return archspec.diff(spec(a, **more), spec(b, **more))


def told(difference: Difference) -> list[str]:
    """What differs, a line a row: mark, path, changes."""
    marks = {"added": "+", "removed": "-", "changed": "~"}
    return [
        " ".join(
            (
                marks[row.status],
                row.side.path,
                *(f"{change.what}:{change.a}>{change.b}" for change in row.changes),
            )
        )
        for row in difference.rows
        if row.status != "same"
    ]


# What is aligned with what.


def test_arguments_are_told_by_name() -> None:
    found = between("conv: {conv: 8, kernel: 3, padding: 1}", "conv: {conv: 8, kernel: 5, padding: 2}")
    assert told(found) == ["~ conv kernel:3>5 padding:1>2"]
    assert "conv 5×5, 8: kernel 3 → 5" in found.text()


def test_another_op_under_the_same_name() -> None:
    found = between("conv: {conv: 8, kernel: 3}\nact: relu", "conv: {conv: 8, kernel: 3}\nact: gelu")
    assert told(found) == ["~ act op:relu>gelu"]
    assert "ReLU → GELU" in found.text()


def test_shapes_follow_and_are_no_change() -> None:
    rest = "conv2: {conv: 8, kernel: 3}\nbn: norm\ngap: gap\nfc: {fc: 5}"
    found = between("conv1: {conv: 8, kernel: 3}\n" + rest, "conv1: {conv: 4, kernel: 3, stride: 2}\n" + rest)
    assert told(found) == ["~ conv1 channels:8>4 stride:1>2"]
    conv2 = next(row for row in found.rows if row.side.path == "conv2")
    assert (conv2.status, conv2.other_shape, conv2.side.shape) == ("same", (8, 12, 12), (8, 5, 5))
    assert conv2.params_change == -8 * 4 * 9


def test_an_insertion_into_a_list_is_one_addition() -> None:
    a = "features:\n  - {conv: 8, kernel: 3}\n  - relu\n  - {conv: 8, kernel: 1}\n  - relu"
    b = "features:\n  - {conv: 8, kernel: 3}\n  - norm\n  - relu\n  - {conv: 8, kernel: 1}\n  - relu"
    found = between(a, b)
    assert told(found) == ["~ features", "+ features.1"]
    assert found.keys.renamed == (
        ("features.2.weight", "features.3.weight"),
        ("features.2.bias", "features.3.bias"),
    )


def test_keys_that_load_into_another_layer() -> None:
    layers = "  - {conv: 3, kernel: 1}\n  - {conv: 3, kernel: 1, stride: 2}\n"
    found = between("features:\n" + layers, "features:\n  - tanh\n" + layers + "  - relu")
    assert ("features.1.weight", "features.2.weight") in found.keys.displaced
    assert ("features.0.weight", "features.1.weight") in found.keys.renamed


def test_renamed_layers_are_found_by_what_they_are() -> None:
    a = "conv1: {conv: 8, kernel: 3}\nbn1: norm\nrelu: relu"
    found = between(a, a.replace("conv1", "conv").replace("bn1", "norm"))
    assert told(found) == ["~ conv name:conv1>conv", "~ norm name:bn1>norm"]
    assert "was called conv1" in found.text()
    assert [old for old, _ in found.keys.renamed] == list(found.keys.unexpected)


def test_a_layer_that_moved_among_its_neighbours() -> None:
    a = "conv: {conv: 8, kernel: 3}\nbn: norm\nrelu: relu\npool: {maxpool: 2}"
    b = "conv: {conv: 8, kernel: 3}\nrelu: relu\nbn: norm\npool: {maxpool: 2}"
    (moved,) = told(between(a, b))
    assert (
        re.fullmatch(r"~ (bn|relu) order:after \w+>after conv", moved)
        or moved == "~ bn order:after conv>after relu"
    )


def test_a_layer_that_moved_into_a_module() -> None:
    a = "stem: [relu]\nconv: {conv: 8, kernel: 3}"
    b = "stem: [relu, {conv: 8, kernel: 3}]"
    assert "~ stem.1 place:conv>stem.1" in told(between(a, b))


def test_copies_are_counted() -> None:
    a = "layer: {seq: {conv: {conv: 3, kernel: 3, padding: 1}, act: relu}, repeat: 3}"
    found = between(a, a.replace("repeat: 3", "repeat: 5"))
    assert told(found) == ["~ layer copies:3>5"]
    assert len(found.keys.missing) == 4
    both = between(a, a.replace("repeat: 3", "repeat: 5").replace("relu", "tanh"))
    assert told(both) == ["~ layer copies:3>5", "~ layer.0 … 2", "~ layer.0 … 2.act op:relu>tanh"]
    assert [row.side.copies for row in both.rows] == [1, 3, 1, 1][: len(both.rows)]


def test_copies_that_grow_are_one_row() -> None:
    """Their shapes differ, as in a DenseNet; what they cost is summed up."""
    a = "dense: {concat: {old: identity, new: {conv: 4, kernel: 3, padding: 1}}, repeat: 3}"
    found = between(a, a.replace("kernel: 3, padding: 1", "kernel: 1"))
    assert told(found) == ["~ dense", "~ dense.0 … 2", "~ dense.0 … 2.new kernel:3>1 padding:1>0"]
    params = [sum(width * 4 * size + 4 for width in (3, 7, 11)) for size in (9, 1)]
    new = found.rows[-1] if found.rows[-1].side.name == "new" else found.rows[-2]
    assert new.a is not None
    assert [new.a.params, new.side.params] == params


def test_a_layer_that_is_wrapped_is_not_replaced() -> None:
    a = "up: {conv: 8, kernel: 3, padding: 1}"
    b = "up:\n  - {conv: 4, kernel: 1}\n  - {conv: 8, kernel: 3, padding: 1}"
    found = between(a, b)
    assert told(found) == ["~ up", "+ up.0"]
    assert ("up.bias", "up.1.bias") in found.keys.renamed


def test_a_skip_is_told_of_in_words() -> None:
    main = "conv: {conv: 3, kernel: 3, padding: 1}, bn: norm"
    found = between(f"block: {{seq: {{{main}}}}}", f"block: {{residual: {{{main}}}, shortcut: identity}}")
    assert told(found) == ["~ block skip:>identity"]
    assert "skip none → identity" in found.text()


def test_what_is_read_from_elsewhere() -> None:
    body = "a: {{conv: 4, kernel: 1}}\nb: {{conv: 4, kernel: 1}}\nc: {{add: [{}, b]}}\nd: relu"
    found = between(body.format("a"), body.format("b"))
    assert told(found) == ["~ c reads:a, b>b, b"]


def test_initialisation_alone() -> None:
    body = "conv: {conv: 4, kernel: 3}"
    found = archspec.diff(spec(body), spec(body, more="init: {conv: {xavier_normal: {}}}\n"))
    assert found.verdict == "initialisation"
    assert found.keys.loads
    assert "its weights start differently" in found.text()


# Equal networks, written in different ways.

SAME = {
    "padding": (
        "conv: {conv: 4, kernel: 3, padding: half}",
        "conv: {conv: 4, kernel: 3, padding: 1}",
        "",
        "",
    ),
    "repeat": (
        "convs: {conv: 3, kernel: 3, padding: 1, repeat: 2}",
        "convs:\n  - {conv: 3, kernel: 3, padding: 1}\n  - {conv: 3, kernel: 3, padding: 1}",
        "",
        "",
    ),
    "block": (
        "one: {unit: 4}",
        "one: {seq: {conv: {conv: 4, kernel: 3}, act: relu}}",
        "blocks:\n  unit:\n    params: {width: int}\n    seq: {conv: {conv: $width, kernel: 3}, act: relu}\n",
        "",
    ),
    "parameter": (
        "conv: {conv: $width, kernel: 3}",
        "conv: {conv: 4, kernel: 3}",
        "params: {width: 4}\n",
        "",
    ),
    "name without weights": (
        "conv: {conv: 4, kernel: 3}\na: relu",
        "conv: {conv: 4, kernel: 3}\nb: relu",
        "",
        "",
    ),
    "default": ("conv: {conv: 4, kernel: 3}", "conv: {conv: 4, kernel: 3, bias: true}", "", ""),
}


@pytest.mark.parametrize("case", SAME)
def test_equal_networks_are_the_same_however_they_are_written(case: str) -> None:
    a, b, more_a, more_b = SAME[case]
    found = archspec.diff(spec(a, more=more_a), spec(b, more=more_b))
    assert found.verdict == "same"
    assert not found.rows
    assert "the same network" in found.text()


@pytest.mark.parametrize("name", SPECS)
def test_a_network_is_itself(name: str) -> None:
    found = archspec.diff(SPECS[name], SPECS[name])
    assert found.verdict == "same"
    assert all(fact.same for fact in found.facts)
    assert found.keys.loads
    assert not found.keys.displaced
    assert not found.keys.reordered


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("drop: {dropout: 0.5}", "drop: {dropout: 0.4}"),
        ("a: relu\nb: tanh", "b: tanh\na: relu"),
        ("a: {conv: 3, kernel: 1}", "b: {conv: 3, kernel: 1}"),
    ],
)
def test_small_differences_are_differences(a: str, b: str) -> None:
    found = between(a, b)
    assert found.verdict == "different"
    assert told(found)


# What holds of every pair.


@pytest.fixture(scope="module", params=[*PAIRS, *SHIPPED], ids=" ".join)
def pair(request: pytest.FixtureRequest) -> tuple[archspec.Network, archspec.Network, Difference]:
    from archspec.difference.compare import compare

    a, b = (archspec.compile(SPECS.get(name, name)) for name in request.param)
    return a, b, compare(a, b)


Compared = tuple[archspec.Network, archspec.Network, Difference]


def test_costs_add_up(pair: Compared) -> None:
    a, b, found = pair
    top = [row for row in found.rows if row.depth == 0]
    assert sum(row.params_change for row in top) == b.params - a.params
    if not (a.graph.aux or b.graph.aux):
        assert sum(row.macs_change for row in top) == b.macs - a.macs


def test_every_step_stands_in_one_pair(pair: Compared) -> None:
    a, b, _ = pair
    pairs = Aligner(a.graph, b.graph).roots()
    for root, side in ((a.graph.root, "a"), (b.graph.root, "b")):
        sites = [getattr(found, side) for found in pairs if getattr(found, side) is not None]
        assert sorted(site.index for site in sites) == list(range(len(root.steps)))
    for found in _inner(pairs):
        whole = found.a is not None and found.b is not None and found.inside and not found.around
        if whole and found.a is not None and isinstance(found.a.step.target, Module):
            inside = [inner.a.index for inner in found.inside if inner.a is not None]
            assert sorted(inside) == list(range(len(found.a.step.target.steps)))


def _inner(pairs: Sequence[Pair]) -> Iterator[Pair]:
    for found in pairs:
        yield found
        yield from _inner(found.inside)


def test_different_networks_have_something_that_differs(pair: Compared) -> None:
    *_, found = pair
    assert found.verdict == "different"
    assert told(found)


def test_json_has_the_shape_of_its_schema(pair: Compared) -> None:
    *_, found = pair
    data = json.loads(found.to_json())
    jsonschema.Draft202012Validator(SCHEMA).validate(data)
    assert len(data["nodes"]) == len(found.rows)


def test_text_fits_and_keeps_every_mark(pair: Compared) -> None:
    *_, found = pair
    for columns in (44, 60, 80, 120):
        lines = found.text(columns=columns).splitlines()
        assert max(map(len, lines)) <= columns
    shown = {line[0] for line in found.text(columns=200).splitlines() if line[:1] in "+−~" and line}
    statuses = {row.status for row in found.rows} - {"same"}
    assert len(shown) == len(statuses)


def test_markdown_has_whole_tables(pair: Compared) -> None:
    *_, found = pair
    tables = re.findall(r"(?:^\|.*\n)+", found.to_markdown(), re.MULTILINE)
    assert len(tables) == 2
    for table in tables:
        bars = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(bars) == 1


def test_keys_are_what_torch_complains_of() -> None:
    import torch

    for one, other in PAIRS:
        found = archspec.diff(SPECS[one], SPECS[other]).keys
        state = archspec.build(SPECS[one]).state_dict()
        model = archspec.build(SPECS[other])
        reshaped = {known.key for known in found.reshaped}
        kept = {key: value for key, value in state.items() if key not in reshaped}
        said = model.load_state_dict(kept, strict=False)
        assert set(found.unexpected) == set(said.unexpected_keys), (one, other)
        missing = {key for key in found.missing if not key.endswith("num_batches_tracked")}
        assert missing == set(said.missing_keys) - reshaped, (one, other)
        theirs = model.state_dict()
        assert all(tuple(state[known.key].shape) == known.a for known in found.reshaped)
        assert all(tuple(theirs[known.key].shape) == known.b for known in found.reshaped)
        assert all(torch.Size(state[old].shape) == theirs[new].shape for old, new in found.renamed)


# Sequences.


def _is_alignment(pairs: sequences.Pairs, one: Sequence[int], other: Sequence[int]) -> bool:
    firsts = [i for i, _ in pairs if i is not None]
    seconds = [j for _, j in pairs if j is not None]
    return firsts == list(range(len(one))) and seconds == list(range(len(other)))


@given(st.lists(st.integers(0, 3), max_size=12), st.lists(st.integers(0, 3), max_size=12))
def test_a_common_subsequence_is_a_longest(one: list[int], other: list[int]) -> None:
    lengths = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, mine in enumerate(one):
        for j, theirs in enumerate(other):
            longer = max(lengths[i][j + 1], lengths[i + 1][j])
            lengths[i + 1][j + 1] = lengths[i][j] + 1 if mine == theirs else longer
    found = sequences.longest_common(one, other)
    assert found is not None
    assert len(found) == lengths[-1][-1]
    assert all(one[i] == other[j] for i, j in found)
    assert all(i < k and j < m for (i, j), (k, m) in pairwise(found))
    assert _is_alignment(sequences.align(one, other, lambda i, j: int(one[i] == other[j])), one, other)


def test_long_sequences_are_aligned_within_bounds() -> None:
    one = [index % 7 for index in range(900)]
    few = [value for index, value in enumerate(one) if index % 100 != 50]
    asked = 0

    def likeness(i: int, j: int) -> int:
        nonlocal asked
        asked += 1
        return 1

    pairs = sequences.align(one, few, likeness)
    assert _is_alignment(pairs, one, few)
    assert sum(None in pair for pair in pairs) == 9
    others = [value + 100 for value in one]
    assert sequences.longest_common(one, others) is None
    assert _is_alignment(sequences.align(one, others, likeness), one, others)
    assert asked < 10_000


# The command.


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    a, b = tmp_path / "a.yaml", tmp_path / "b.yaml"
    a.write_text(spec("conv: {conv: 4, kernel: 3}"), "utf-8")
    b.write_text(spec("conv: {conv: 4, kernel: 5}", name="'[/red] | <b>'"), "utf-8")
    return str(a), str(b)


def test_exit_codes(files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = files
    assert run(app, ["diff", a, a]) == 0
    assert "the same network" in capsys.readouterr().out
    assert run(app, ["diff", a, b]) == 1
    assert "[/red] | <b>" in capsys.readouterr().out
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(spec("conv: {conv: 4}"), "utf-8")
    assert run(app, ["diff", a, str(wrong)]) == 2
    assert run(app, ["diff", "nosuch", a]) == 2
    assert run(app, ["diff", "-", "-"]) == 2
    assert "standard input can be read once" in capsys.readouterr().err


def test_settings_of_one_or_both(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, ["diff", "resnet18", "resnet18", "--set", "classes=10"]) == 0
    assert run(app, ["diff", "resnet18", "resnet18", "--set-a", "classes=10", "--set-b", "classes=10"]) == 0
    capsys.readouterr()
    assert run(app, ["diff", "resnet18", "resnet18", "--set-b", "classes=10", "--format", "json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert [node["b"]["path"] for node in data["nodes"] if node["status"] == "changed"] == ["fc"]
    assert data["state_dict"]["reshaped"][0] == {"key": "fc.weight", "a": [1000, 512], "b": [10, 512]}
    found = archspec.diff("resnet18", "resnet18", set_b={"classes": 10})
    assert json.loads(found.to_json()) == data


def test_markdown_of_the_command_escapes(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(app, ["diff", *files, "--format", "md"]) == 1
    assert "\\[/red\\] \\| \\<b\\>" in capsys.readouterr().out


@pytest.mark.parametrize("format", ["svg", "png", "pdf", "dot"])
def test_a_picture(format: str, files: tuple[str, str], tmp_path: Path) -> None:
    output = tmp_path / f"diff.{format}"
    assert run(app, ["diff", *files, "-o", str(output)]) == 1
    drawn = output.read_bytes()
    assert drawn.startswith({"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF", "dot": b"digraph"}[format])
    assert drawn == archspec.diff(*files).draw(format)
    assert run(app, ["diff", *files, "-o", str(output)]) == 2, "it is there already"


def test_a_picture_of_another_kind_is_refused(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(app, ["diff", *files, "-o", "diff.gif"]) == 2
    assert "ends in .svg" in capsys.readouterr().err


def test_the_picture_says_in_words_what_it_says_in_colours() -> None:
    drawn = archspec.diff("inception_module_naive", "inception_module").draw("svg").decode()
    for part in ("+ 1×1, 96", "+ 1×1, 32", "+ only in B", "equal"):
        assert part in _texts(drawn)
    assert "prefers-color-scheme:dark" in drawn
    assert "−57.8 %" in drawn  # the description for those who do not see it
    heads = _texts(archspec.diff("head_fc", "head_gap").draw("svg").decode())
    assert {"− flatten", "− fc, 1024", "+ global avg-pool", "− only in A"} <= set(heads)
    filters = _texts(archspec.diff("one_5x5", "two_3x3").draw("svg").decode())
    assert {"~ conv 5×5, 1", "~ conv 3×3, 1", "+ conv 3×3, 1", "~ changed"} <= set(filters)


def _texts(svg: str) -> list[str]:
    return [text.replace("\u00a0", " ") for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]


def test_the_picture_says_what_the_text_of_a_layer_does_not() -> None:
    a = "\n".join(f"c{index}: {{conv: 3, kernel: 1}}\nr{index}: relu" for index in range(90))
    drawn = between(a, a.replace("kernel: 1", "kernel: 1, bias: false")).draw("dot").decode()
    assert (drawn.count(">bias true<"), drawn.count(">bias false<")) == (90, 90)
    assert drawn.count(">~ 1×1, 3<") == 180


def _drawn(difference: Difference) -> tuple[Picture, Picture]:
    whole = picture(difference)
    (panel,) = whole.panels
    return whole, panel


def _arcs(drawn: Picture) -> list[tuple[str, str, str, str]]:
    return [(edge.tail, edge.head, edge.kind, edge.mark) for edge in drawn.edges if edge.mark]


def test_the_picture_marks_the_skips_that_one_network_has_alone() -> None:
    body = "a: {residual: [{conv: 3, kernel: 1}], shortcut: %s}"
    identity, none, projection = (body % kind for kind in ("identity", "none", "projection"))
    arc = ("a.input", "a.add", "skip")
    a, b = _drawn(between(identity, none))
    assert _arcs(a) == [(f"A {arc[0]}", f"A {arc[1]}", "skip", "removed")]
    assert _arcs(b) == []
    a, b = _drawn(between(identity, projection))
    assert _arcs(a) == [(f"A {arc[0]}", f"A {arc[1]}", "skip", "removed")]
    assert [(kind, mark) for _, _, kind, mark in _arcs(b)] == [("shortcut", "added")] * 2
    a, b = _drawn(between(identity, identity.replace("conv: 3", "conv: 3, bias: false")))
    assert _arcs(a) == _arcs(b) == []


@pytest.mark.parametrize("name", ["googlenet", "siamese", "unet_small", "fpn"])
def test_each_network_of_a_picture_has_the_edges_that_it_has(name: str) -> None:
    """Beside another with which it shares nothing, it is what `draw` shows of it."""
    _, drawn = _drawn(archspec.diff("one_5x5", name))
    alone = draw_blocks(archspec.compile(name).graph)
    edges = {(edge.tail, edge.head, edge.kind) for edge in drawn.edges if edge.tail != "B "}
    assert edges == {(f"B {edge.tail}", f"B {edge.head}", edge.kind) for edge in alone.edges}


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("one_5x5", "two_3x3"),
        ("inception_branch_naive", "inception_branch"),
        ("inception_module_naive", "inception_module"),
        ("head_fc", "head_gap"),
        ("plain34", "resnet34"),
        ("densenet121", "densenet169"),
        ("unet_2015", "unet"),
        ("siamese", "googlenet"),
    ],
)
def test_a_picture_is_legible(a: str, b: str) -> None:
    check(archspec.diff(a, b).draw())


def test_copies_that_differ_are_drawn_apart() -> None:
    a = "a: {repeat: 6, residual: [{conv: 3, kernel: 1}], shortcut: identity}"
    _, b = _drawn(between(a, a.replace("6", "8")))
    assert [group.count for group in groups(b.items) if group.kind == "frame"] == [6, 2]


def test_every_field_of_the_difference_is_in_its_json() -> None:
    data = json.loads(between("a: relu", "a: tanh").to_json())
    assert (
        len(data) == len(fields(Difference)) + 2 - 4
    )  # titles, files and variants are in `a` and `b`; graphs nowhere


# The documentation.


def page_blocks() -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    return [
        (command.words, command.shown)
        for block in blocks(PAGE.read_text("utf-8"))
        for command in commands(block)
    ]


@pytest.mark.parametrize(("words", "shown"), page_blocks(), ids=lambda words: " ".join(words[1:4]))
def test_the_page_shows_what_is_printed(
    words: tuple[str, ...], shown: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(app, words[1:]) == 1
    assert capsys.readouterr().out.rstrip("\n").split("\n") == list(shown)


def test_the_picture_of_the_page_is_current() -> None:
    from archspec.backends.dot.stamps import read_stamp

    drawn = archspec.diff("plain34", "resnet34").draw()
    assert read_stamp(PICTURE.read_bytes()) == read_stamp(drawn) is not None


def test_the_mission_s_arithmetic() -> None:
    facts = {}
    for pair in (
        ("one_5x5", "two_3x3"),
        ("inception_branch_naive", "inception_branch"),
        ("head_fc", "head_gap"),
    ):
        for fact in archspec.diff(*pair).facts:
            facts[pair[1], fact.key] = (fact.a, fact.b)
    assert facts["two_3x3", "receptive_field"] == (5, 5)
    assert facts["two_3x3", "params"] == (25, 18)
    assert facts["inception_branch", "macs"] == (120_422_400, 2_408_448 + 10_035_200)
    assert facts["head_gap", "params"] == (51_380_224, 0)


def test_plain_34_differs_from_resnet_34_in_its_skips_alone() -> None:
    found = archspec.diff("plain34", "resnet34")
    assert {change.what for row in found.rows for change in row.changes} == {"skip"}
    assert {_last(row) for row in found.rows if row.status == "added"} == {"downsample"}


def _last(row: Row) -> str:
    return row.side.path.rpartition(".")[2]


def _update() -> None:
    text = PAGE.read_text("utf-8")
    for block in list(blocks(text)):
        text = text.replace(block.text, rerun(block, DOCS))
    PAGE.write_text(text, "utf-8")
    PICTURE.write_bytes(archspec.diff("plain34", "resnet34").draw())


if __name__ == "__main__":
    _update()
