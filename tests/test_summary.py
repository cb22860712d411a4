"""The summary: its rows, and how each format writes them."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hand_built import Line, conv, inception, lenet, resnet, small_googlenet
from rich.cells import cell_len
from rich.console import Console

import archspec
from archspec.backends.summary import (
    CONVENTIONS,
    Summary,
    summarise,
    to_csv,
    to_json,
    to_latex,
    to_markdown,
    to_table,
)
from archspec.backends.summary.latex import GAP, ROOM
from archspec.backends.summary.latex_text import in_latex, printed_width
from archspec.backends.summary.words import field_text
from archspec.ir import Graph
from archspec.ops.activation import ReLU
from archspec.ops.resample import Upsample

HOSTILE = "[/red] [link=https://example.org]x[/link] <b>|`\x1b[31m"


def printed(summary: Summary, width: int = 200) -> str:
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(to_table(summary))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_ops_add_up_to_the_totals() -> None:
    for graph in (resnet((2, 2, 2, 2)), lenet(), small_googlenet()):
        summary = summarise(graph)
        assert sum(row.params for row in summary.nodes) == summary.params
        assert sum(row.macs for row in summary.nodes if not row.in_aux) == summary.macs
        assert sum(row.macs for row in summary.nodes if row.in_aux) == summary.aux_macs


def test_a_modules_row_sums_up_what_is_in_it() -> None:
    tree = summarise(resnet((3, 4, 6, 3))).tree
    layer2 = next(row for row in tree if row.path == "layer2")
    copies = [row for row in tree if row.depth == 2 and row.path.startswith("layer2.")]
    assert [row.copies for row in copies] == [1, 3]
    assert sum(row.params * row.copies for row in copies) == layer2.params
    assert sum(row.macs * row.copies for row in copies) == layer2.macs


def test_json_has_the_keys_that_machines_read() -> None:
    data = json.loads(to_json(summarise(resnet((2, 2, 2, 2), "ResNet-18"))))
    assert {
        key: data[key]
        for key in (
            "name",
            "variant",
            "title",
            "input",
            "output",
            "params",
            "trainable_params",
            "buffers",
            "macs",
        )
    } == {
        "name": "ResNet-18",
        "variant": None,
        "title": "ResNet-18",
        "input": [3, 224, 224],
        "output": [1000],
        "params": 11_689_512,
        "trainable_params": 11_689_512,
        "buffers": 9_620,
        "macs": 1_814_073_344,
    }
    assert data["receptive_field"] == {"size": 435, "stride": 32, "padding": 217, "exact": True}
    assert data["memory"]["inference_peak_at"] == "bn1"
    assert data["memory"]["inference_peak_bytes"] == (3 * 224 * 224 + 2 * 64 * 112 * 112) * 4
    assert data["conventions"] == list(CONVENTIONS)
    node = next(node for node in data["nodes"] if node["path"] == "layer2.0.conv1")
    assert node == {
        "path": "layer2.0.conv1",
        "op": "conv",
        "block": "basic",
        "source": {"file": "net.yaml", "line": 2},
        "inputs": [[64, 56, 56]],
        "output": [128, 28, 28],
        "params": 73_728,
        "share": 0.006307,
        "macs": 57_802_752,
        "receptive_field": {"size": 51, "stride": 8, "padding": 25, "exact": True},
        "activation_bytes": 128 * 28 * 28 * 4,
    }
    assert data["nodes"][-1]["receptive_field"] is None


def test_json_says_which_variant_it_is() -> None:
    data = json.loads(to_json(archspec.compile("resnet18").summary(depth=1)))
    assert (data["name"], data["variant"], data["title"]) == ("ResNet", "resnet18", "ResNet-18")


def test_json_lists_every_copy_of_a_repeat() -> None:
    paths = [node["path"] for node in json.loads(to_json(summarise(resnet((3, 1)))))["nodes"]]
    assert [path for path in paths if path.endswith("conv1")] == [
        *("conv1", "layer1.0.conv1", "layer1.1.conv1", "layer1.2.conv1", "layer2.0.conv1")
    ]


def test_several_inputs_are_listed() -> None:
    line = Line((1, 8, 8), (2, 8, 8))
    line.add("a", conv(1), 0)
    line.add("b", conv(2), 1)
    graph = replace(line.graph("two"), input_names=("left", "right"))
    assert json.loads(to_json(summarise(graph)))["input"] == [[1, 8, 8], [2, 8, 8]]


def test_memory_scales_with_batch_and_dtype() -> None:
    one, many = summarise(lenet()), summarise(lenet(), batch=8, dtype="float16")
    assert many.memory.inference_peak == one.memory.inference_peak * 8 // 2
    assert [row.bytes for row in many.tree] == [row.bytes * 8 // 2 for row in one.tree]


def test_shares_add_up() -> None:
    summary = summarise(resnet((2, 2, 2, 2)))
    assert abs(sum(map(summary.share, summary.nodes)) - 1) < 1e-9
    assert abs(sum(map(summary.share, summarise(resnet((2, 2, 2, 2)), depth=1).tree)) - 1) < 1e-9
    line = Line((4, 8, 8))
    line.add("relu", ReLU())
    assert summarise(line.graph("free")).share(summarise(line.graph("free")).tree[0]) == 0


def test_a_stride_below_one_is_written_as_a_fraction() -> None:
    line = Line((1, 8, 8))
    line.add("up", Upsample(2))
    line.add("conv", conv(1))
    summary = summarise(line.graph("up"))
    assert json.loads(to_json(summary))["nodes"][-1]["receptive_field"] == {
        "size": 2,
        "stride": 0.5,
        "padding": 1,
        "exact": True,
    }
    assert "2 /(1/2)" in printed(summary)
    assert "stride 1/2" in printed(summary)


def test_depth_sums_up_what_is_deeper() -> None:
    summary = summarise(resnet((2, 2, 2, 2)), depth=1)
    names = ["conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool", "fc"]
    assert [row.path for row in summary.tree] == names
    assert "layer1.0" not in printed(summary)
    assert [node["path"] for node in json.loads(to_json(summary))["nodes"]] == names
    assert [line.split(",")[0] for line in to_csv(summary).splitlines()[1:]] == names


def test_a_depth_counts_the_names_of_a_path() -> None:
    for graph in (resnet((2, 2, 2, 2)), small_googlenet()):
        whole = summarise(graph)
        joins = {"add", "concat", "multiply"}
        assert all(row.path.count(".") + 1 == row.depth for row in whole.tree if row.op not in joins)
        deepest = max(row.depth for row in whole.tree)
        for depth in range(1, deepest + 2):
            summary = summarise(graph, depth=depth)
            assert summary.tree == tuple(row for row in whole.tree if row.depth <= depth)
            assert sum(row.params for row in summary.nodes) == summary.params == whole.params
            assert sum(row.macs for row in summary.nodes if not row.in_aux) == whole.macs
        assert summary.nodes == whole.nodes


@pytest.mark.parametrize("asked", [{"depth": 0}, {"depth": -1}, {"batch": 0}], ids=str)
def test_what_counts_from_one(asked: dict[str, int]) -> None:
    with pytest.raises(archspec.CannotRun, match="1 or more"):
        archspec.compile("lenet5").summary(**asked)  # type: ignore[arg-type]


def test_what_the_compiler_chose_is_said() -> None:
    text = printed(summarise(resnet((1, 1))))
    assert "shortcut: auto → identity" in text
    assert "layer2.0: shortcut: auto → projection 1×1, 128, /2" in printed(
        summarise(resnet((1, 1))), width=100
    )
    assert "shortcut: auto → projection 1×1, 128, /2" in text
    assert "2 × basic, each" in printed(summarise(resnet((2,))))


def test_the_conventions_are_printed_with_the_numbers() -> None:
    for text in (printed(summarise(lenet())), to_markdown(summarise(lenet())), to_latex(summarise(lenet()))):
        assert "parameters 61,706 (trainable 61,706), buffers 0" in text
        assert "MACs 416,520 (417 K)" in text
        said = " ".join(text.split()).replace("$\\leq$", "≤").replace("\\", "")
        assert all(convention in said for convention in CONVENTIONS)


def test_auxiliary_heads_are_reported_apart() -> None:
    assert "auxiliary heads: parameters 8,254,568 (in the total), MACs 12,124,160" in printed(
        summarise(small_googlenet())
    )


def test_the_naive_and_the_reduced_branch_of_inception() -> None:
    """Reducing 192 channels to 16 before a 5×5: 12,443,648 multiply-accumulates where the naive has 120,422,400."""
    line = Line((192, 28, 28))
    line.add("inception", inception((192, 28, 28), 64, (96, 128), (16, 32), 32))
    branch = next(row for row in summarise(line.graph("one")).tree if row.path == "inception.branch3")
    assert branch.macs == 12_443_648
    naive = Line((192, 28, 28))
    naive.add("conv", conv(32, 5))
    assert summarise(naive.graph("naive")).macs == 120_422_400


def test_csv_has_a_line_for_each_op() -> None:
    summary = summarise(lenet())
    rows = list(csv.DictReader(io.StringIO(to_csv(summary))))
    assert [row["path"] for row in rows] == [row.path for row in summary.nodes]
    assert sum(int(row["params"]) for row in rows) == 61_706
    assert rows[2] == {
        "path": "pool1",
        "op": "avgpool",
        "what": "avg-pool 2×2, /2",
        "block": "",
        "output": "6 × 14 × 14",
        "params": "0",
        "macs": "0",
        "receptive_field": "6",
        "stride": "2",
        "padding": "0",
        "share": "0.0",
        "activation_bytes": str(6 * 14 * 14 * 4),
    }


def hostile() -> Graph:
    return replace(lenet(), name=HOSTILE)


def test_markup_of_the_terminal_is_printed_as_written() -> None:
    first = printed(summarise(hostile())).splitlines()[0]
    assert first.strip() == HOSTILE.replace("\x1b", "\\x1b")


def test_markup_of_markdown_is_escaped() -> None:
    heading = to_markdown(summarise(hostile())).splitlines()[0]
    assert heading.startswith("# \\[/red\\] \\[link=https://example.org\\]x")
    assert "<b>" not in heading.replace("\\<", "").replace("\\>", "")
    assert "\x1b" not in heading


def test_markdown_rows_have_as_many_cells_as_the_heading() -> None:
    table = [line for line in to_markdown(summarise(resnet((2, 2)))).splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in table}) == 1


NARROWEST = 50


@pytest.mark.parametrize("width", [NARROWEST, 60, 80, 100, 120, 160, 250])
@pytest.mark.parametrize(
    "graph", [resnet((2, 2, 2, 2)), lenet(), small_googlenet()], ids=lambda graph: graph.name
)
def test_every_row_is_readable_at_any_width(graph: Graph, width: int) -> None:
    """Nothing is cut off: neither a path nor a number, nor what the compiler chose."""
    summary = summarise(graph)
    text = printed(summary, width=width)
    assert all(cell_len(line) <= width for line in text.splitlines())
    assert "…" not in text.replace(" … ", "")
    lines = iter(text.splitlines()[2:])
    for row in summary.tree:
        start = "  " * (row.depth - 1) + row.name
        assert any(line.startswith(start) for line in lines), row.path
    for row in summary.tree:
        assert " ".join(row.note.split()) in " ".join(text.split()), row.note


def test_columns_go_where_there_is_no_room() -> None:
    summary = summarise(resnet((2, 2, 2, 2)))

    def headings(width: int) -> list[str]:
        return printed(summary, width=width).splitlines()[1].split()

    assert headings(200) == ["path", "op", "output", "parameters", "share", "MACs", "field", "memory", "note"]
    assert headings(100) == ["path", "op", "output", "parameters", "share", "MACs", "field", "memory"]
    assert headings(60) == ["path", "op", "output", "parameters", "MACs"]
    assert "36,864" in printed(summary, width=200)
    assert "36.9 K" in printed(summary, width=60)
    assert headings(50) == ["path", "output", "parameters", "MACs"]


def test_it_says_which_columns_have_no_room() -> None:
    """The notes are not among them: they stand below."""
    summary = summarise(resnet((2, 2, 2, 2)))

    assert "no room" not in printed(summary, width=200) + printed(summary, width=100)
    full = max(len(line) for line in printed(summary, width=200).splitlines()[: len(summary.tree) + 2])
    rest = f"the whole table is {full} columns wide; `--format md` has all of it"
    assert f"no room for share, field and memory: {rest}" in " ".join(printed(summary, width=60).split())
    assert f"no room for memory: {rest}" in " ".join(printed(summary, width=88).split())


def test_a_folded_row_says_what_its_first_and_its_last_copy_see() -> None:
    summary = summarise(resnet((4, 2)))
    each = {row.path: row for row in summarise(resnet((4, 2))).nodes}
    folded = {row.path: field_text(row) for row in summary.tree}
    sizes = [field_text(each[f"layer1.{copy}.conv2"]).removesuffix(" /4") for copy in range(4)]
    assert len(set(sizes)) == 4
    assert folded["layer1.0 … 3"] == folded["layer1.0 … 3.conv2"] == f"{sizes[0]} … {sizes[-1]} /4"
    assert folded["layer1"] == f"{sizes[-1]} /4"
    for text in (printed(summary), to_markdown(summary)):
        assert f"{sizes[0]} … {sizes[-1]} /4" in text
    assert f"{sizes[0]}--{sizes[-1]} /4" in to_latex(summary)


def test_copies_of_unequal_strides_say_both() -> None:
    """On a map of one position, a pool with a stride leaves the shape as it is."""
    spec = """archspec: 1
input: [4, 1, 1]
body:
  pools: {seq: [{maxpool: 3, stride: 2, padding: 1}], repeat: 2}
"""
    row = archspec.compile(spec).summary(depth=2).tree[1]
    assert field_text(row) == "3 /2 … 7 /4"


def test_markup_of_latex_is_escaped() -> None:
    text = to_latex(summarise(replace(lenet(), name=r"\input{x} 50 % of $a_b^c & #~ {[/red]}")))
    assert (
        r"\textbackslash{}input\{x\} 50 \% of \$a\_b\textasciicircum{}c \& \#\textasciitilde{} "
        r"\{{[}/red{]}\}"
    ) in text


def test_latex_has_signs_letters_and_accents_without_a_package() -> None:
    assert in_latex("ψ « ü í ß – × Łódź") == (r"$\psi$ $\ll$ \"{u} \'{\i} \ss{} -- $\times$ \L{}\'{o}d\'{z}")
    assert in_latex("双") == r"\ifdefined\Umathchar 双\else U+53CC\fi{}"
    assert in_latex("ą").startswith(r"\ifdefined"), "the font has no ogonek"


def test_latex_rows_have_as_many_cells_as_the_heading() -> None:
    summary = summarise(resnet((2, 2)))
    table = to_latex(summary).splitlines()
    rows = [line for line in table if line.endswith((r"\\", r"\\*")) and "&" in line]
    assert {line.count(" & ") for line in rows} == {7}
    ends = [line for line in table if line.endswith(r"\\") and not line.startswith(r"\caption")]
    assert len(ends) == len(summary.tree) + 2, "the heading is there for the first page and for the others"
    assert r"\multicolumn{8}{@{}l@{}}{\hspace*{10pt}\emph{shortcut: auto $\rightarrow$ identity}} \\" in table


UNBREAKABLE = """archspec: 1
name: 双ψ « 50 % of {it}
input: [3, 8, 8]
blocks:
  a_block_whose_name_is_longer_than_any_column_of_the_table_can_be:
    params: {channels: int}
    seq:
      anamewithoutanyplacetobreakitwhichisstilllongerthananycolumn: {conv: $channels, kernel: 3, padding: 1}
body:
  layers: {use: a_block_whose_name_is_longer_than_any_column_of_the_table_can_be, channels: 8, repeat: 5}
"""
PRINTED = ("resnet18", "googlenet", "densenet121", "lenet", "regnet_y_400mf", "r3d_18", UNBREAKABLE)


@pytest.fixture(scope="module")
def tables() -> dict[str, str]:
    return {spec: to_latex(archspec.compile(spec).summary()) for spec in PRINTED}


@pytest.mark.parametrize("spec", PRINTED, ids=lambda spec: spec.partition("\n")[0])
def test_a_latex_table_is_no_wider_than_the_text(spec: str, tables: dict[str, str]) -> None:
    lines = [line for line in tables[spec].splitlines() if line.endswith((r"\\", r"\\*")) and " & " in line]
    columns = zip(*(line.rstrip("\\*").split(" & ") for line in lines), strict=True)
    assert sum(max(map(set_width, column)) for column in columns) + 7 * GAP <= ROOM


def set_width(cell: str) -> float:
    """The width of what a cell of the table shows."""
    indent = re.match(r"\\hspace\*\{([\d.]+)pt\}", cell)
    shown = cell[indent.end() if indent else 0 :].strip()
    is_bold = shown.startswith(r"\textbf{")
    for command, sign in (
        (r"\textbf", ""),
        (r"\textless{}", "<"),
        (r"$\times$", "×"),
        (r"$\leq$", "≤"),
        ("--", "–"),
        (r"\_", "_"),
        (r"\%", "%"),
    ):
        shown = shown.replace(command, sign)
    shown = shown.replace("{", "").replace("}", "")
    assert "\\" not in shown, cell
    return (float(indent[1]) if indent else 0.0) + printed_width(shown, is_bold=is_bold)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_pdflatex_sets_the_tables(tables: dict[str, str], tmp_path: Path) -> None:
    head = r"\documentclass[a4paper,10pt]{article}\usepackage{booktabs,longtable}\begin{document}"
    (tmp_path / "tables.tex").write_text("\n".join((head, *tables.values(), r"\end{document}")), "utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "tables.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in (tmp_path / "tables.log").read_text("latin-1")
