"""`import` and `extends`: what a spec takes from other files, and what it cannot reach."""

from __future__ import annotations

from pathlib import Path

import pytest

import archspec

LIBRARY = """
archspec: 1
params: {width: 4}
defaults: {conv: {bias: false}}
blocks:
  unit:
    params: {channels: int}
    seq: [{conv: $(channels * width), kernel: 3, padding: 1}, norm, relu]
"""

BASE = """
archspec: 1
name: Base
input: [3, 32, 32]
params: {classes: 10}
body:
  features:
    - {conv: 8, kernel: 3}
    - relu
    - {maxpool: 2}
  layers: {residual: {conv: {conv: 8, kernel: 3, padding: 1}}, shortcut: identity}
head:
  gap: gap
  dropout: {dropout: 0.5}
  fc: {fc: $classes}
expect: {output: [10], params: 898}
"""


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(exist_ok=True, parents=True)
    file.write_text(text, "utf-8")
    return file


def codes(file: Path) -> list[str]:
    return [finding.code for finding in archspec.validate(file)]


def test_a_block_is_compiled_under_its_own_files_defaults_and_parameters(tmp_path: Path) -> None:
    written(tmp_path, "parts/library.yaml", LIBRARY)
    spec = """
archspec: 1
input: [3, 8, 8]
import: {lib: parts/library.yaml}
body: {a: {lib.unit: 2}, b: {conv: 1, kernel: 1}}
"""
    network = archspec.compile(written(tmp_path, "net.yaml", spec))
    assert network.output == (1, 8, 8)
    assert network.params == (8 * 3 * 9 + 16) + (8 + 1)  # the library's convolution has no bias, ours has one


def test_imports_of_an_import_start_from_its_own_folder(tmp_path: Path) -> None:
    written(tmp_path, "parts/inner/library.yaml", LIBRARY)
    outer = "archspec: 1\nimport: {lib: inner/library.yaml}\nblocks: {twice: {seq: [{lib.unit: 1}, {lib.unit: 1}]}}\n"
    written(tmp_path, "parts/outer.yaml", outer)
    spec = "archspec: 1\ninput: [3, 8, 8]\nimport: {o: parts/outer.yaml}\nbody: [o.twice]\n"
    assert archspec.compile(written(tmp_path, "net.yaml", spec)).output == (4, 8, 8)


@pytest.mark.parametrize(
    ("changes", "output", "params"),
    [
        ("", (10,), 898),
        ("params: {classes: 5}", (5,), 224 + 584 + 45),
        ("head: {fc: {fc: 3}}", (3,), 224 + 584 + 27),
        ("body: {features.0: {conv: 8, kernel: 5}}", (10,), 608 + 584 + 90),
        ("body: {layers.conv: {conv: 8, kernel: 1}}", (10,), 224 + 72 + 90),
        ("remove: [head.dropout, body.features.2]", (10,), 898),
        ("head: {softmax: softmax}", (10,), 898),
    ],
)
def test_a_spec_changes_its_base_by_path(
    tmp_path: Path, changes: str, output: tuple[int, ...], params: int
) -> None:
    written(tmp_path, "base.yaml", BASE)
    file = written(tmp_path, "net.yaml", f"archspec: 1\nextends: base.yaml\n{changes}\n")
    network = archspec.compile(file)
    assert (network.name, network.output, network.params) == ("Base", output, params)


def test_a_change_of_a_change(tmp_path: Path) -> None:
    written(tmp_path, "base.yaml", BASE)
    written(tmp_path, "middle.yaml", "archspec: 1\nextends: base.yaml\nremove: [head.dropout]\n")
    file = written(
        tmp_path, "net.yaml", "archspec: 1\nname: Top\nextends: middle.yaml\nhead: {fc: {fc: 2}}\n"
    )
    network = archspec.compile(file)
    assert (network.name, network.output) == ("Top", (2,))
    assert "dropout" not in network.source()


def test_an_error_in_the_base_points_into_the_base(tmp_path: Path) -> None:
    written(tmp_path, "base.yaml", BASE.replace("kernel: 3}", "kernel: 99}", 1))
    file = written(tmp_path, "net.yaml", "archspec: 1\nextends: base.yaml\n")
    (found,) = archspec.validate(file)
    assert (found.code, found.span.source.name, found.span.text) == (
        "E0304",
        str(tmp_path / "base.yaml"),
        "99",
    )


@pytest.mark.parametrize("key", ["extends: {}", "import: {{lib: {}}}"])
@pytest.mark.parametrize(
    "path",
    ["../outside.yaml", "/etc/passwd", "https://example.org/net.yaml", "link.yaml", "nowhere.yaml", "."],
)
def test_nothing_outside_the_folder_is_read(tmp_path: Path, key: str, path: str) -> None:
    folder = tmp_path / "project"
    outside = written(tmp_path, "outside.yaml", LIBRARY)
    file = written(folder, "net.yaml", f"archspec: 1\ninput: [3, 8, 8]\n{key.format(path)}\nbody: [relu]\n")
    (folder / "link.yaml").symlink_to(outside)
    assert codes(file) == ["E0004"]


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("blocsk.yaml", "blocks.yaml"),
        ("blocks.yml", "blocks.yaml"),
        ("parts/untis.yaml", "parts/units.yaml"),
        ("head.yaml", None),
        ("../blocsk.yaml", None),
    ],
)
def test_a_file_of_nearly_that_name_is_offered(tmp_path: Path, path: str, meant: str | None) -> None:
    written(tmp_path, "blocks.yaml", LIBRARY)
    written(tmp_path / "parts", "units.yaml", LIBRARY)
    file = written(
        tmp_path / "inner" if path.startswith("..") else tmp_path,
        "net.yaml",
        f"archspec: 1\ninput: [3, 8, 8]\nimport: {{lib: {path}}}\nbody: [lib.unit, relu]\n",
    )
    (found,) = archspec.validate(file)
    assert [edit.text for fix in found.fixes for edit in fix.edits] == ([meant] if meant else [])
    assert found.code == "E0004"


@pytest.mark.parametrize(
    ("changes", "written_at", "meant"),
    [
        ("remove: [head.dropuot]", "head.dropuot", "head.dropout"),
        ("remove: [haed.dropout]", "haed.dropout", "head.dropout"),
        ("remove: [head.pooling]", "head.pooling", None),
        ("body: {feature.1: gelu}", "feature.1", "features.1"),
        ("body: {features.7: gelu}", "features.7", None),
    ],
)
def test_a_path_of_nearly_that_name_is_offered(
    tmp_path: Path, changes: str, written_at: str, meant: str | None
) -> None:
    written(tmp_path, "base.yaml", BASE)
    file = written(tmp_path, "net.yaml", f"archspec: 1\nextends: base.yaml\n{changes}\n")
    (found,) = archspec.validate(file)
    assert (found.code, found.span.text) == ("E0412", written_at)
    assert [edit.text for fix in found.fixes for edit in fix.edits] == ([meant] if meant else [])


def test_a_file_that_draws_in_itself(tmp_path: Path) -> None:
    written(tmp_path, "b.yaml", "archspec: 1\nimport: {a: a.yaml}\nblocks: {one: {seq: [relu]}}\n")
    file = written(tmp_path, "a.yaml", "archspec: 1\ninput: [3, 8, 8]\nimport: {b: b.yaml}\nbody: [b.one]\n")
    assert codes(file) == ["E0006"]


@pytest.mark.parametrize(("count", "found"), [(32, []), (33, ["E0005"])])
def test_a_bounded_number_of_files(tmp_path: Path, count: int, found: list[str]) -> None:
    for number in range(count):
        written(tmp_path, f"l{number}.yaml", f"archspec: 1\nblocks: {{b{number}: {{seq: [relu]}}}}\n")
    imports = ", ".join(f"l{number}: l{number}.yaml" for number in range(count))
    file = written(tmp_path, "net.yaml", f"archspec: 1\ninput: [8]\nimport: {{{imports}}}\nbody: [l0.b0]\n")
    assert codes(file) == found


@pytest.mark.parametrize("count", [31, 40])
def test_no_file_after_those_that_are_too_many(tmp_path: Path, count: int) -> None:
    """One mistake, one error, however many files there are."""
    written(tmp_path, "l.yaml", "archspec: 1\nblocks: {b: {seq: [relu]}}\n")
    imports = ", ".join(f"l{number}: l.yaml" for number in range(count))
    file = written(tmp_path, "net.yaml", f"archspec: 1\ninput: [8]\nimport: {{{imports}}}\nbody: [l0.b]\n")
    assert codes(file) == ([] if count < 32 else ["E0005"])


def importing(folder: Path, library: str, count: int) -> list[str]:
    """The codes that a spec has which imports so many copies of a library."""
    imports = []
    for number in range(count):
        written(folder, f"l{number}.yaml", library)
        imports.append(f"l{number}: l{number}.yaml")
    head = f"archspec: 1\ninput: [8]\nimport: {{{', '.join(imports)}}}\n"
    return codes(written(folder, "net.yaml", head + "body: [l0.b]\n"))


def test_the_values_of_all_files_count(tmp_path: Path) -> None:
    library = "archspec: 1\nblocks:\n  b: {seq: [relu]}\n" + "".join(
        f"  b{number}: {{seq: [{{conv: 8, kernel: 1}}]}}\n" for number in range(3_000)
    )
    assert importing(tmp_path, library, 3) == []
    assert importing(tmp_path, library, 4) == ["E0105"]


def test_the_bytes_of_all_imports_count(tmp_path: Path) -> None:
    library = "archspec: 1\nblocks: {b: {seq: [relu]}}\n#"
    library += "x" * (2**18 - len(library))
    assert importing(tmp_path, library, 4) == []
    assert importing(tmp_path, library, 5) == ["E0005"]


def test_slips_in_many_files_are_not_all_mended(tmp_path: Path) -> None:
    """A text is read anew for each slip that can be mended: that often for all files together, not for each."""
    library = "archspec: 1\nblocks:\n  b: {seq: [relu]}\n" + "".join(
        f"  b{number}: {{seq: [relu]\n" for number in range(5)
    )
    assert set(importing(tmp_path, library, 4)) == {"E0117"}
    first, *_ = archspec.validate(tmp_path / "net.yaml")
    assert first.span.source.name.endswith("l0.yaml")


def test_text_that_is_no_file_imports_nothing() -> None:
    (found,) = archspec.validate("archspec: 1\ninput: [8]\nimport: {a: a.yaml}\nbody: [relu]\n")
    assert found.code == "E0004"
