"""Warnings about layers: true where torch can tell, silent where they should be, and silenced where the spec says so.

`invalid/warning_*.yaml` has the cases of each rule.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import archspec
from archspec.codes import CODES
from archspec.console import run
from archspec.files import CannotRun
from archspec.limits import Limits
from archspec.ops.sliding import Slide
from archspec.passes.warnings.padding import _is_blind, _meets
from archspec.passes.warnings.skipped import _skips
from archspec.targets import specs_in
from archspec.validation import judge

SPECS = Path(__file__).parent.parent / "specs"


def spec(body: str, head: str = "input: [3, 16, 16]") -> str:
    return f"archspec: 1\nname: Tiny\n{head}\nbody:\n{body}\n"


def said(text: str, **options: object) -> list[str]:
    return [found.code for found in archspec.validate(text, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize("file", specs_in(str(SPECS)), ids=lambda file: Path(file).stem)
def test_shipped_specs_have_no_warning_left(file: str) -> None:
    """Nor a note that silences nothing in any of their variants."""
    assert judge(file, settings={}, limits=Limits()).diagnostics == ()


windows = st.builds(
    Slide,
    length=st.integers(1, 12),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 5),
    dilation=st.integers(1, 5),
    before=st.integers(0, 8),
    after=st.integers(0, 8),
).filter(lambda window: window.steps() >= 1)


@given(windows)
def test_padding_is_judged_as_by_looking_at_every_tap(window: Slide) -> None:
    count = window.steps()
    inside = [
        [
            0 <= at * window.stride - window.before + tap * window.dilation < window.length
            for at in range(count)
        ]
        for tap in range(window.kernel)
    ]
    assert [_meets(window, count, tap) for tap in range(window.kernel)] == [any(row) for row in inside]
    assert _is_blind(window, count) == any(not any(column) for column in zip(*inside, strict=True))


@given(windows)
def test_a_stride_is_said_to_skip_only_what_no_window_reads(window: Slide) -> None:
    count = window.steps()
    read = {
        at * window.stride - window.before + tap * window.dilation
        for at in range(count)
        for tap in range(window.kernel)
    }
    unread = set(range(max(min(read), 0), min(max(read) + 1, window.length))) - read
    if count > 1 and _skips(window, count):
        assert unread
    if window.dilation == 1 and count > 1 and unread:
        assert _skips(window, count)


@pytest.mark.parametrize(
    ("layer", "norm", "shape"),
    [
        ("{conv: 6, kernel: 3}", "norm", "[3, 16, 16]"),
        ("{conv: 6, kernel: 3}", "{norm: instance}", "[3, 16, 16]"),
        ("{conv_transpose: 6, kernel: 2}", "{norm: group, groups: 6}", "[3, 16, 16]"),
        ("{conv: 6, kernel: 3}", "{norm: group, groups: 3}", "[3, 16, 16]"),
        ("{conv: 6, kernel: 3}", "{norm: layer}", "[3, 16, 16]"),
        ("{conv: 6, kernel: 3}", "{norm: layer, over: last}", "[3, 16, 16]"),
        ("{conv: 6, kernel: 3}", "{norm: layer, over: all}", "[3, 16, 16]"),
        ("{conv: 6, kernel: 3}", "{norm: rms}", "[3, 16, 16]"),
        ("{conv: 6, kernel: 3}", "{lrn: 3}", "[3, 16, 16]"),
        ("{fc: 6}", "norm", "[16]"),
        ("{fc: 6}", "{norm: layer}", "[16]"),
        ("{linear: 6}", "norm", "[5, 16]"),
        ("{linear: 6}", "{norm: layer}", "[5, 16]"),
        ("{linear: 6}", "{norm: layer, over: last}", "[5, 16]"),
        ("{linear: 6}", "{norm: instance}", "[5, 16]"),
    ],
)
def test_a_bias_is_reported_exactly_where_torch_shows_that_it_changes_nothing(
    layer: str, norm: str, shape: str
) -> None:
    text = spec(f"  layer: {layer}\n  norm: {norm}".replace("norm:", "normed:", 1), f"input: {shape}")
    network = archspec.compile(text)
    module = network.module().double().train()
    assert isinstance(network.input, tuple)
    x = torch.randn(4, *network.input, dtype=torch.float64)
    with torch.no_grad():
        before = module(x)
        bias = module.get_parameter("layer.bias")
        bias.copy_(10 * torch.randn_like(bias))
        changed = not torch.allclose(before, module(x), atol=1e-6)
    assert ("W0404" in said(text)) == (not changed)


@pytest.mark.parametrize(
    ("bias", "remedy"),
    [
        ("", "add `bias: false`"),
        (", bias: true", "write `false`"),
        (", bias: $(1 == 1)", "let `bias` be false where a norm follows"),
    ],
)
def test_the_remedy_for_a_bias_is_said_as_its_fix_is(bias: str, remedy: str) -> None:
    (found,) = archspec.validate(spec(f"  a: {{conv: 6, kernel: 3{bias}}}\n  b: norm"))
    assert (found.code, found.help) == ("W0404", remedy)
    assert {fix.title for fix in found.fixes} <= {remedy}


class TestNotes:
    def test_a_note_reaches_as_far_as_its_mapping(self) -> None:
        layers = "[{conv: 8, kernel: 3}, norm]"
        assert said(spec(f"  a: {{seq: {layers}, note: allow W0404}}")) == []
        assert said(spec(f"  a: {{seq: [identity], note: allow W0404}}\n  b: {layers}")) == ["W0404", "W0415"]
        assert said(spec(f"  a: {layers}", "input: [3, 16, 16]\nnote: allow W0404")) == []

    def test_a_definition_that_is_not_used(self) -> None:
        blocks = "input: [3, 16, 16]\nblocks:\n  kept: {note: allow W0402 for others, seq: [relu]}\n"
        assert said(spec("  a: tanh", blocks)) == []
        assert said(spec("  a: tanh", blocks + "  other: {seq: [relu]}")) == ["W0402"]

    def test_a_reason_may_follow(self) -> None:
        for note in (
            "allow W0404 as published",
            "'allow W0404: as published'",
            "'allow W0404, since it is published'",
            "[as published, allow W0404]",
        ):
            assert said(spec(f"  - {{conv: 8, kernel: 3, note: {note}}}\n  - norm")) == []

    def test_any_other_note_is_a_remark(self) -> None:
        for note in ("allow me", "'W0404'", "{a: b}", "[1, null]", "do not allow W0404"):
            assert said(spec(f"  - {{conv: 8, kernel: 3, note: {note}}}\n  - norm")) == ["W0404"]

    def test_a_note_that_one_variant_needs_is_in_order(self, tmp_path: Path) -> None:
        head = "input: [3, 16, 16]\nparams: {normed: false}\nvariants: {plain: {}, bn: {normed: true}}"
        file = tmp_path / "net.yaml"
        file.write_text(
            spec("  - {conv: 8, kernel: 3, note: allow W0404}\n  - {use: norm, if: $normed}", head), "utf-8"
        )
        assert judge(str(file), settings={}, limits=Limits()).diagnostics == ()
        assert said(f"{file}:plain") == []

    def test_an_imported_file_silences_its_own(self, tmp_path: Path) -> None:
        (tmp_path / "lib.yaml").write_text(
            "archspec: 1\nblocks:\n  unit: {seq: [{conv: 8, kernel: 3}, norm], note: allow W0404 W0408}\n",
            "utf-8",
        )
        (tmp_path / "net.yaml").write_text(
            spec("  - {use: lib.unit}", "import: {lib: lib.yaml}\ninput: [3, 16, 16]")
        )
        assert said(str(tmp_path / "net.yaml")) == []

    def test_a_standard_block_silences_what_it_is_known_for(self) -> None:
        assert said(spec("  a: {convolution_block: 4}\n  b: {identity_block: 4, repeat: 2}")) == []


class TestTheCommand:
    @pytest.fixture
    def file(self, tmp_path: Path) -> str:
        file = tmp_path / "net.yaml"
        file.write_text(spec("  - {conv: 8, kernel: 3}\n  - norm\n  - norm"), "utf-8")
        return str(file)

    def validate(self, *arguments: str) -> int:
        from archspec.cli import app

        return run(app, ["validate", *arguments])

    def test_allow_leaves_warnings_out(self, file: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.validate(file, "--allow", "W0404") == 0
        shown = capsys.readouterr()
        assert "W0404" not in shown.err
        assert "W0406" in shown.err
        assert "valid · 1 warning" in shown.out

    @pytest.mark.parametrize("code", [code for code in CODES if code.startswith("W")])
    def test_each_can_be_silenced(self, code: str) -> None:
        text = CODES[code].wrong
        assert said(text) == [code]
        assert said(text, allow=[code]) == []
        noted = ["W0404", code] if code == "W0415" else [code]  # of its own note, it is about another code
        assert said(f"{text}note: allow {' '.join(noted)}\n") == []

    def test_strict_counts_what_is_left(self, file: str) -> None:
        assert self.validate(file, "--strict") == 1
        assert self.validate(file, "--strict", "--allow", "W0404", "--allow", "W0406") == 0

    @pytest.mark.parametrize(
        ("code", "hint"), [("W0440", "did you mean `W04"), ("w0404", "`W0404`"), ("E0301", "an error")]
    )
    def test_a_code_must_exist(
        self, file: str, code: str, hint: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.validate(file, "--allow", code) == 2
        assert hint in capsys.readouterr().err

    def test_the_function_takes_them_too(self, file: str) -> None:
        assert said(file) == ["W0404", "W0406"]
        assert said(file, allow=["W0404"]) == ["W0406"]
        with pytest.raises(CannotRun, match="no warning"):
            archspec.validate(file, allow=["W9"])


def test_one_line_gives_one_warning_whatever_its_copies() -> None:
    unit = "blocks: {unit: {params: {channels: int}, seq: [{conv: $channels, kernel: 3, padding: 1}, norm, relu]}}"
    text = spec(
        "  - {unit: 4, repeat: 5}\n  - {unit: 8}\n  - {unit: 16, repeat: 2}", f"input: [3, 16, 16]\n{unit}"
    )
    assert said(text) == ["W0404"]


def test_what_depends_on_an_open_size_is_not_reported() -> None:
    layers = "  - {conv: 8, kernel: 3, stride: 2, padding: 1, repeat: 8}"
    assert said(spec(layers, "input: [3, H, W]")) == []
    assert said(spec(layers, "input: [3, 64, 64]")) == ["W0410"]


def test_every_warning_has_its_place_in_the_table() -> None:
    codes = [code for code in CODES if code.startswith("W")]
    assert codes == [f"W{number:04}" for number in range(401, 401 + len(codes))]
