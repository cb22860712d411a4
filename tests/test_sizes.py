"""Which sizes work: what `archspec sizes` says, with torch as the judge, and how it says it."""

from __future__ import annotations

import json
import random
import re
from itertools import product
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from op_strategies import PROPERTY, ops, random_shape, shapes
from torch import nn

import archspec
from archspec.cli import app
from archspec.console import run
from archspec.expand.library import Library
from archspec.ops import OPS
from archspec.ops.base import Fault, Op, Shape
from archspec.ops.joins import Add, Concat, Multiply, PadShortcut
from archspec.sizes_in_words import in_words
from archspec.which_sizes import Sizes, Sweep

HEADER = "archspec: 1\nname: Net\n"


def spec(input: str, body: str) -> str:
    return f"{HEADER}input: {input}\n{body}"


# ---------------------------------------------------------------- in words


class TestWords:
    @pytest.mark.parametrize(
        ("sizes", "words"),
        [
            ([], "no size"),
            ([224], "224"),
            (range(33, 513), "every size from 33 to 512"),
            (range(64, 513, 32), "multiples of 32 from 64 to 512"),
            (range(7, 100, 2), "odd sizes from 7 to 99"),
            (range(8, 100, 2), "even sizes from 8 to 98"),
            (range(5, 100, 4), "sizes 4k + 1 from 5 to 97"),
            ([*range(32, 41), 224], "32 to 40 and 224"),
            ([1, 2, *range(16, 81, 16)], "1, 2 and multiples of 16 from 16 to 80"),
            ([3, 5, 8], "3, 5 and 8"),
        ],
    )
    def test_what_is_said(self, sizes: list[int], words: str) -> None:
        assert in_words(sizes) == words

    @given(
        st.sets(st.integers(1, 200))
        | st.lists(
            st.builds(range, st.integers(1, 300), st.integers(1, 500), st.integers(1, 40)), max_size=3
        ).map(lambda ranges: {size for part in ranges for size in part})
    )
    @settings(max_examples=200, deadline=None, derandomize=True)
    def test_it_says_exactly_that(self, sizes: set[int]) -> None:
        assert read_words(in_words(sizes)) == sizes


def read_words(words: str) -> set[int]:
    """The sizes that a phrase names, by what its words mean."""
    if words == "no size":
        return set()
    found: set[int] = set()
    for piece in re.split(r", | and ", words):
        match = re.fullmatch(
            r"(?:(every size|odd sizes|even sizes|multiples of (\d+)|sizes (\d+)k \+ (\d+)) from )?"
            r"(\d+)(?: to (\d+))?",
            piece,
        )
        assert match is not None, piece
        kind, multiple, step, rest, first, last = match.groups()
        divisor = int(multiple or step or (2 if kind in ("odd sizes", "even sizes") else 1))
        remainder = int(rest or (1 if kind == "odd sizes" else 0))
        found |= {
            size
            for size in range(int(first), int(last or first) + 1)
            if size % divisor == remainder % divisor
        }
    return found


# ---------------------------------------------------------------- torch is the judge

VALID_RANGE = (1, 40)

NETWORKS = {
    "residual": (
        "[3, 16, 16]",
        """
blocks:
  basic:
    params: {channels: int, stride: 1}
    residual: [{conv: $channels, kernel: 3, stride: $stride, padding: 1}, norm, relu]
    shortcut: auto
body: [{conv: 4, kernel: 7, stride: 2, padding: 3}, {basic: 4}, {basic: 8, stride: 2}, gap, {fc: 2}]
""",
    ),
    "adaptive pool, then flatten": (
        "[1, 32, 32]",
        "body: [{conv: 4, kernel: 3}, {maxpool: 2}, {conv: 4, kernel: 5}, {adaptive_avgpool: 3}, flatten, {fc: 2}]",
    ),
    "flatten": ("[1, 28, 28]", "body: [{conv: 4, kernel: 5}, {maxpool: 2}, flatten, {fc: 2}]"),
    "u-net": (
        "[1, 16, 16]",
        """
body:
  down1: {conv: 4, kernel: 3, padding: 1}
  pool1: {maxpool: 2}
  down2: {conv: 4, kernel: 3, padding: 1}
  pool2: {maxpool: 2}
  middle: {conv: 4, kernel: 3, padding: 1}
  up2: {conv_transpose: 4, kernel: 2, stride: 2}
  join2: {concat: [up2, down2]}
  up1: {conv_transpose: 4, kernel: 2, stride: 2}
  join1: {concat: [up1, down1]}
""",
    ),
    "odd sizes": (
        "[1, 17, 17]",
        """
body:
  down: {conv: 4, kernel: 3, stride: 2}
  up: {conv_transpose: 1, kernel: 3, stride: 2}
  join: {concat: [up, input]}
""",
    ),
    "four k plus three": (
        "[1, 19, 19]",
        """
body:
  a: {maxpool: 3, stride: 2}
  b: {maxpool: 3, stride: 2}
  c: {conv_transpose: 2, kernel: 3, stride: 2}
  d: {conv_transpose: 1, kernel: 3, stride: 2}
  join: {concat: [d, input]}
""",
    ),
    "length": ("[2, 30]", "body: [{conv: 4, kernel: 9, stride: 4}, norm, {maxpool: 2, ceil: true}, gmp]"),
    "volume": ("[1, 9, 9, 9]", "body: [{conv: 2, kernel: 3}, {avgpool: 2, padding: 1}, gap, {fc: 2}]"),
    "depthwise, with a gate": (
        "[3, 32, 32]",
        """
body:
  a: {conv: 8, kernel: 3, stride: 2, padding: same}
  b: {conv: $in_channels, kernel: 3, groups: $in_channels}
  gate:
    multiply:
      map: identity
      weights: [{adaptive_avgpool: 1}, {conv: 8, kernel: 1}, sigmoid]
  head: gap
""",
    ),
    "a gate that is one number by chance": (
        "[2, 8, 8]",
        """
body:
  gate:
    multiply:
      map: identity
      weights: [{avgpool: 8}]
""",
    ),
    "patches as a sequence": (
        "[3, 16, 16]",
        "body: [{conv: 8, kernel: 4, stride: 4}, {flatten: 1}, {permute: [1, 0]}, "
        "{norm: layer, over: last}, {linear: 4}]",
    ),
    "positions with weights of their own": (
        "[3, 12, 12]",
        "body: [{conv: 2, kernel: 3}, {norm: layer, over: all}, gap]",
    ),
    "cut and padded": (
        "[2, 12, 12]",
        "body: [{pad: 3, mode: reflect}, {slice: [1, 9], axis: 2}, {upsample: 1.5}, {conv: 2, kernel: 5, dilation: 2}]",
    ),
    "shuffled": ("[4, 12, 12]", "body: [{pixel_unshuffle: 3}, {conv: 4, kernel: 2}, {pixel_shuffle: 2}]"),
    "a dense sequence": (
        "[4, 16, 16]",
        """
body:
  layers:
    seq:
      conv: {conv: 4, kernel: 3, padding: 1}
      join: {concat: [input, conv]}
    repeat: 3
  transition: {avgpool: 2}
  mixed: {norm: group, groups: 4}
""",
    ),
}


def takes(model: nn.Module, shape: Shape) -> bool:
    try:
        with torch.no_grad():
            model(torch.zeros(1, *shape))
    except (RuntimeError, ValueError):
        return False
    return True


def only_sweep(sizes: Sizes) -> Sweep:
    [fact] = sizes.facts
    [sweep] = fact.sweeps
    return sweep


@pytest.mark.parametrize("name", NETWORKS)
def test_the_module_runs_where_it_is_said_to(name: str) -> None:
    text = spec(*NETWORKS[name])
    first, last = VALID_RANGE
    network = archspec.compile(text)
    model = network.module().eval()
    shape = network.input
    assert isinstance(shape, tuple)
    found = archspec.sizes(text, first, last)
    [fact] = found.facts
    valid = [set(sweep.valid) for sweep in fact.sweeps]
    assert all(valid), "the compiled size is among them"
    if not fact.free:
        [sizes] = valid
        shown = {
            size: takes(model, (shape[0], *(size,) * (len(shape) - 1))) for size in range(first, last + 1)
        }
        assert {size for size, runs in shown.items() if runs} == sizes
        return
    chance = random.Random(name)
    tried = [tuple(chance.randint(first, last) for _ in shape[1:]) for _ in range(60)]
    tried += [(size,) * len(shape[1:]) for size in range(first, last + 1)]
    for sizes_tried in tried:
        said = all(size in known for size, known in zip(sizes_tried, valid, strict=True))
        assert takes(model, (shape[0], *sizes_tried)) == said, sizes_tried


SHIPPED = {
    "resnet18": (1, 9),
    "densenet121": (28, 33),
    "mobilenet_v2": (1, 5),
    "unet": (14, 18),
    "inception_v3": (73, 76),
    "googlenet": (13, 16),
    "vgg11": (30, 33),
    "lenet5": (30, 37),
}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_network_runs_where_it_is_said_to(name: str) -> None:
    """On the meta device, whose verdict on these layers is that of the real one."""
    first, last = SHIPPED[name]
    network = archspec.compile(name)
    shape = network.input
    assert isinstance(shape, tuple)
    with torch.device("meta"):
        model = network.module().eval()
    fact = archspec.sizes(name, first, last).fact("runs")
    assert fact is not None
    for size in range(first, last + 1):
        said = all(size in sweep.valid for sweep in fact.sweeps)
        try:
            model(torch.zeros(1, shape[0], size, size, device="meta"))
            runs = True
        except (RuntimeError, ValueError):
            runs = False
        assert runs == said, size


def test_auxiliary_heads_need_more_in_training_alone() -> None:
    found = archspec.sizes("inception_v3", 70, 310)
    runs, trains = found.fact("runs"), found.fact("trains")
    assert runs is not None
    assert trains is not None
    assert [min(sweep.valid) for sweep in runs.sweeps] == [75, 75]
    assert [min(sweep.valid) for sweep in trains.sweeps] == [299, 299]


# ---------------------------------------------------------------- for which sizes it compiles

OPEN = {
    "any": ("[3, H, W]", NETWORKS["residual"][1]),
    "square": ("[1, S, S]", NETWORKS["flatten"][1]),
    "length": ("[2, L]", NETWORKS["length"][1]),
    "one open": ("[1, 16, W]", NETWORKS["u-net"][1]),
    "two inputs": (
        "{left: [1, H, 20], right: [1, H, 20]}",
        "body: {a: {conv: 2, kernel: 3, stride: 2, from: left}, b: {conv: 2, kernel: 4, stride: 2, padding: 1, "
        "from: right}, c: {slice: [0, 9], axis: 2, from: b}, d: {add: [a, c]}}",
    ),
    "sizes in expressions": (
        "[3, H, W]",
        "params: {middle: $(H // 2)}\nbody: [{conv: 4, kernel: 3, stride: 2, padding: 1}, {crop: $middle}, "
        "{use: relu, if: $(W % 3 == 0)}]",
    ),
    "what flows in, in an expression": (
        "[3, S, S]",
        "body: [{conv: 4, kernel: 3, stride: 2}, {conv: 4, kernel: '$(in_shape[1])', "
        "if: '$(in_shape[1] > 4)'}, {unflatten: [2, 2]}, flatten, {fc: 2}]",
    ),
    "channels that are a size": (
        "[3, S, S]",
        "body: [{conv: 1, kernel: 3}, flatten, {unflatten: ['$(in_channels // 4)', 2, 2]}, gap, {fc: 2}]",
    ),
    "expected shapes": (
        "[3, S, S]",
        "body: [{conv: 4, kernel: 2, stride: 2, expect: [4, 8, 8]}]",
    ),
    "a shortcut that adapts": (
        "[4, S, S]",
        "body: [{conv: 4, kernel: 3, stride: 2, padding: 1}, {residual: [{conv: 8, kernel: 3, stride: 2}], "
        "shortcut: auto}, {residual: [{maxpool: 2}], shortcut: auto}]",
    ),
}


@pytest.mark.parametrize("name", OPEN)
def test_it_compiles_where_it_is_said_to(name: str) -> None:
    """What a sweep says without expanding the spec anew is what checking the spec says."""
    text = spec(*OPEN[name])
    found = archspec.sizes(text, 1, 24)
    fact = found.fact("compiles")
    assert fact is not None
    for sweep in fact.sweeps:
        for size in range(1, 25):
            params = {**found.compiled, **dict.fromkeys(sweep.axes, size)}
            errors = [x for x in archspec.validate(text, **params) if x.severity == "error"]
            assert (size in sweep.valid) == (not errors), (sweep.axes, size, errors)
    if fact.free:
        names = [sweep.axes[0] for sweep in fact.sweeps]
        for pair in product(range(1, 25, 5), repeat=len(names)):
            said = all(size in sweep.valid for size, sweep in zip(pair, fact.sweeps, strict=True))
            errors = [
                x
                for x in archspec.validate(text, **dict(zip(names, pair, strict=True)))
                if x.severity == "error"
            ]
            assert said == (not errors), pair


def test_the_limit_on_parameters_holds_at_every_size() -> None:
    text = spec("[8, S, S]", "body: [flatten, {fc: 1048576}]")
    fact = archspec.sizes(text, 100, 120, S=100).fact("compiles")
    assert fact is not None
    [sweep] = fact.sweeps
    assert sweep.valid == tuple(
        range(100, 110)
    )  # 8 × 109² × 2^20 parameters, and one more side is over 10^11
    assert [(failure.size, failure.span.text) for failure in sweep.failures] == [(110, "fc")]


# ---------------------------------------------------------------- why not


class TestFailures:
    def test_the_nearest_size_on_each_side(self) -> None:
        sweep = only_sweep(archspec.sizes("lenet5", 16, 64))
        assert (sweep.axes, in_words(sweep.valid)) == (("height", "width"), "every size from 32 to 35")
        below, above = sweep.failures
        assert (below.size, below.message) == (31, "kernel 5 is larger than the height 4")
        assert "27 at `c1`" in below.notes[0]
        assert (above.size, above.message) == (36, "`f6` would be another layer")
        assert above.notes == ("it is compiled for 120, and 480 would come in",)
        assert (below.span.line, above.span.line) == (19, 23)

    def test_one_line_is_said_once(self) -> None:
        """The sizes on both sides fail at the same node."""
        fact = archspec.sizes(spec(*NETWORKS["odd sizes"]), 1, 40).facts[0]
        assert fact.free
        assert [in_words(sweep.valid) for sweep in fact.sweeps] == ["odd sizes from 3 to 39"] * 2
        assert [[failure.size for failure in sweep.failures] for sweep in fact.sweeps] == [[16], [16]]

    def test_a_vector_has_no_size_that_varies(self) -> None:
        assert archspec.sizes(spec("[8]", "body: [{fc: 2}]"), 1, 9).facts == ()

    def test_a_spec_with_errors(self) -> None:
        with pytest.raises(archspec.SpecError, match="E0201"):
            archspec.sizes(spec("[3, 8, 8]", "body: [konv]"), 1, 9)

    @pytest.mark.parametrize(("first", "last"), [(0, 9), (9, 8), (1, 4097)])
    def test_a_range_that_is_none(self, first: int, last: int) -> None:
        with pytest.raises(ValueError, match="range of sizes"):
            archspec.sizes("lenet5", first, last)


# ---------------------------------------------------------------- axes apart


@pytest.mark.parametrize("op_type", OPS.values(), ids=lambda op: op.key)
@PROPERTY
@given(data=st.data())
def test_an_op_that_keeps_the_axes_apart(op_type: type[Op], data: st.DataObject) -> None:
    """Of an image that the op accepts, height and width are changed one by one, and then together."""
    shape = data.draw(shapes(min_axes=3, max_axes=3))
    op = data.draw(ops(op_type, shape))
    if isinstance(op.infer(shape), Fault) or not op.keeps_axes_apart(shape):
        return
    for height, width in product((1, 2, 8), (1, 3, 13)):
        check_apart(op, [shape], [(shape[0], height, shape[2])], [(shape[0], shape[1], width)])


@PROPERTY
@given(rng=st.randoms(use_true_random=False), count=st.integers(2, 3))
def test_a_join_that_keeps_the_axes_apart(rng: random.Random, count: int) -> None:
    channels, height, width = random_shape(rng, 3, 3)
    gate = rng.choice([(channels, 1, 1), (1, height, width)])
    for op, inputs in (
        (Add(), [(channels, height, width)] * count),
        (Concat(), [(channels + at, height, width) for at in range(count)]),
        (Multiply(), [(channels, height, width), gate]),
        (PadShortcut(channels + 2, rng.choice([1, 2, 3])), [(channels, height, width)]),
    ):
        if not op.keeps_axes_apart(*inputs):
            continue
        tall = [(shape[0], rng.choice([shape[1], 1, 4]), shape[2]) for shape in inputs]
        wide = [(shape[0], shape[1], rng.choice([shape[2], 1, 4])) for shape in inputs]
        check_apart(op, inputs, tall, wide)


def check_apart(op: Op, inputs: list[Shape], tall: list[Shape], wide: list[Shape]) -> None:
    both = [(one[0], one[1], other[2]) for one, other in zip(tall, wide, strict=True)]
    compiled = (op.weights(*inputs), op.torch(*inputs))
    given_tall, given_wide, given_both = (op.infer(*shapes) for shapes in (tall, wide, both))
    if isinstance(given_tall, Fault) or isinstance(given_wide, Fault):
        if not isinstance(op, Multiply):  # of a product, more may be accepted than is said
            assert isinstance(given_both, Fault)
        return
    assert not isinstance(given_both, Fault)
    if len(given_both) == 3:
        assert given_both == (given_tall[0], given_tall[1], given_wide[2])
    same = [compiled == (op.weights(*shapes), op.torch(*shapes)) for shapes in (tall, wide, both)]
    assert same[2] == (same[0] and same[1])


def test_no_standard_block_reads_a_size_without_being_noticed() -> None:
    """`which_sizes` follows the names of standard blocks, and reads them."""
    for name in Library.names():
        assert "in_shape" not in Library.text(name)


# ---------------------------------------------------------------- open sizes

FLAT = spec("[3, H, W]", "body: [{conv: 4, kernel: 3, stride: 2}, flatten, {fc: 2}]")


class TestOpenSizes:
    def test_224_where_nobody_chooses(self) -> None:
        assert archspec.compile(FLAT).input == (3, 224, 224)

    def test_what_is_given_holds(self) -> None:
        assert archspec.compile(FLAT, H=32, W=48).input == (3, 32, 48)
        assert archspec.compile(FLAT, W=48).input == (3, 224, 48)

    def test_the_nearest_that_is_valid(self) -> None:
        text = spec("[1, S, S]", "body: [flatten, {unflatten: [7, 7, 25]}]")
        assert archspec.compile(text).input == (1, 35, 35)
        assert archspec.compile(spec("[1, S, S]", NETWORKS["four k plus three"][1])).input == (1, 223, 223)

    def test_none_is_valid(self) -> None:
        """The errors are those at 224."""
        text = spec("[1, S, S]", "body: [flatten, {unflatten: [7, 11]}]")
        [error] = archspec.validate(text)
        assert error.code == "E0315"
        assert "50176" in error.message

    def test_a_name_is_known_to_expressions(self) -> None:
        text = spec(
            "[3, H, W]",
            "params: {small: $(H // 4)}\nblocks: {b: {seq: [{adaptive_avgpool: $small}]}}\n"
            "body: [b, {upsample: null, size: [$H, $W]}]",
        )
        assert archspec.compile(text, H=64, W=32).output == (3, 64, 32)

    def test_a_module_for_the_sizes_given(self) -> None:
        model = archspec.build(FLAT, H=9, W=11)
        assert model(torch.zeros(2, 3, 9, 11)).shape == (2, 2)

    def test_the_emitted_file_says_for_what_it_was_compiled(self) -> None:
        assert "for the input [3, H, W] with H = 9, W = 11." in archspec.compile(FLAT, H=9, W=11).source()

    @pytest.mark.parametrize(
        ("input", "code", "at"),
        [
            ("[C, H, W]", "E0206", "C"),
            ("[N]", "E0206", "N"),
            ("[3, class, W]", "E0209", "class"),
            ("[3, in_shape, W]", "E0209", "in_shape"),
            ("[3, width, W]", "E0209", "width"),
            ('[3, "7", W]', "E0209", '"7"'),
        ],
    )
    def test_names_that_will_not_do(self, input: str, code: str, at: str) -> None:
        text = spec(input, "params: {width: 8}\nbody: [{conv: $width, kernel: 1}]")
        [error] = archspec.validate(text)
        assert (error.code, error.span.text) == (code, at)

    @pytest.mark.parametrize(
        ("given", "code"), [({"H": "x"}, "E0206"), ({"H": 0}, "E0207"), ({"Q": 3}, "E0204")]
    )
    def test_settings_that_will_not_do(self, given: dict[str, int], code: str) -> None:
        assert [error.code for error in archspec.validate(FLAT, **given)] == [code]

    def test_a_misspelt_node_does_not_wait_for_every_size(self) -> None:
        assert [error.code for error in archspec.validate(FLAT.replace("conv", "konv"))] == ["E0201"]


# ---------------------------------------------------------------- the command line


class TestCommand:
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)

    def call(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
        code = run(app, arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    def test_of_a_concrete_input(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("net.yaml").write_text(spec(*NETWORKS["u-net"]), "utf-8")
        code, out, _ = self.call(capsys, "validate", "net.yaml", "--sizes", "1..64")
        lines = out.splitlines()
        assert code == 0
        assert lines[1:3] == [
            "  sizes from 1 to 64; compiled for height = 16, width = 16",
            "  runs on height and width, in any combination: multiples of 4 from 4 to 64",
        ]
        assert lines[3].startswith("    not 15: a concatenation of values whose height differs: ")
        assert lines[3].split("(")[-1].startswith("net.yaml:12:")

    def test_of_an_open_input_without_being_asked(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("net.yaml").write_text(FLAT, "utf-8")
        _, out, _ = self.call(capsys, "validate", "net.yaml")
        assert out.splitlines()[1:3] == [
            "  sizes from 1 to 512; compiled for H = 224, W = 224",
            "  compiles for H = W: every size from 3 to 512",
        ]
        assert "\n  runs on H = W: 223 and 224\n" in out

    def test_both_in_one_line_where_they_agree(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("net.yaml").write_text(FLAT.replace("flatten", "gap"), "utf-8")
        _, out, _ = self.call(capsys, "validate", "net.yaml", "--sizes", "1..9")
        assert "\n  compiles for and runs on H and W, in any combination: every size from 3 to 9\n" in out

    def test_variants(self, capsys: pytest.CaptureFixture[str]) -> None:
        text = spec(
            "[1, 16, 16]", "params: {k: 3}\nvariants: {large: {k: 5}}\nbody: [{conv: 2, kernel: $k}, gap]"
        )
        Path("net.yaml").write_text(text, "utf-8")
        _, out, _ = self.call(capsys, "validate", "net.yaml", "--sizes", "1..9")
        assert "\n  sizes from 1 to 9; compiled for height = 16, width = 16\n" in out
        assert "\n  with variant large, sizes from 1 to 9; compiled for height = 16, width = 16\n" in out
        assert "in any combination: every size from 3 to 9\n" in out
        assert "in any combination: every size from 5 to 9\n" in out

    def test_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("net.yaml").write_text(spec("[2, 30]", NETWORKS["length"][1]), "utf-8")
        _, out, _ = self.call(capsys, "validate", "net.yaml", "--sizes", "8..11", "--format", "json")
        [file] = json.loads(out)
        [sizes] = file["sizes"]
        assert {key: sizes[key] for key in ("variant", "first", "last", "compiled")} == {
            "variant": "",
            "first": 8,
            "last": 11,
            "compiled": {"length": 30},
        }
        [fact] = sizes["facts"]
        [sweep] = fact["sweeps"]
        assert (fact["kind"], fact["any_combination"]) == ("runs", False)
        assert (sweep["axes"], sweep["valid"]) == (["length"], [9, 10, 11])
        assert [failure["size"] for failure in sweep["failures"]] == [8]

    def test_no_such_range(self, capsys: pytest.CaptureFixture[str]) -> None:
        for text in ("", "32", "9..8", "0..9", "1..9999", "a..b"):
            code, out, err = self.call(capsys, "validate", "lenet5", "--sizes", text)
            assert (code, out) == (2, "")
            assert err.startswith("error: `--sizes` takes a range such as `32..512`")

    def test_what_was_chosen_is_said(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("net.yaml").write_text(FLAT, "utf-8")
        _, _, err = self.call(capsys, "summary", "net.yaml", "--set", "H=9")
        assert err == "note: compiled for [3, H, W] with H = 9, W = 224; choose with --set W=…\n"
        _, _, err = self.call(capsys, "summary", "net.yaml", "--set", "H=9", "--set", "W=9")
        assert err == ""

    def test_a_large_network_is_not_swept_unasked(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("archspec.which_sizes.UNASKED_WORK", 1000)
        Path("net.yaml").write_text(FLAT, "utf-8")
        _, out, _ = self.call(capsys, "validate", "net.yaml")
        assert out.endswith("which sizes work takes longer to find: ask for it with `--sizes 1..512`\n")
        _, out, _ = self.call(capsys, "validate", "net.yaml", "--sizes", "1..20")
        assert "compiles for H = W: every size from 3 to 20\n" in out
