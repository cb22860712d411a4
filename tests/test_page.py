"""The interactive page: what it holds."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner
from written_pages import BROKEN, HOSTILE, broken_page, data_of, hostile_spec, page_of

from archspec.backends.page import write_page
from archspec.backends.page.arrangement import Arc, Arrangement, Branches, Layer, Run, arrange
from archspec.backends.page.data import gather
from archspec.cli import app
from archspec.compiler import compile
from archspec.files import CannotRun
from archspec.ir import Module, walk

SHOWN = ("resnet50", "googlenet", "unet", "lenet5", "densenet121", "mobilenet_v3_small", "siamese", "dpn68")


def arranged(spec: str, path: str = "") -> Arrangement:
    module = compile(spec).graph.root
    for name in path.split(".") if path else ():
        module = next(
            step.target for step in module.steps if step.name == name and isinstance(step.target, Module)
        )
    return arrange(module)


# The file


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(page: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Tags()
    parser.feed(page)
    return parser.found


def test_the_page_asks_nobody_for_anything() -> None:
    page = page_of("resnet50")
    for tag, attributes in tags(page):
        assert tag not in ("link", "img", "iframe", "object", "embed", "base")
        assert not {"src", "href", "style"} & attributes.keys()
        assert not any(name.startswith("on") for name in attributes)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_the_policy_allows_the_two_texts_that_are_in_the_page_and_nothing_else() -> None:
    page = page_of("resnet50")
    (policy,) = (
        attributes["content"] or ""
        for tag, attributes in tags(page)
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    allowed = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    script = re.search(r'<script type="module">(.*?)</script>', page, re.DOTALL)
    assert style
    assert script
    assert allowed["default-src"] == "'none'"
    for part, text in (("script-src", script[1]), ("style-src", style[1])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert allowed[part] == f"'sha256-{digest}'"
    assert allowed["require-trusted-types-for"] == "'script'"


def test_the_same_bytes_every_time() -> None:
    assert page_of("googlenet") == page_of("googlenet")


def test_text_of_a_spec_cannot_leave_its_place() -> None:
    page = page_of(hostile_spec())
    assert [tag for tag, _ in tags(page) if tag in ("script", "img")] == ["script", "script"]
    data = data_of(page)
    assert data["title"] == data["about"] == HOSTILE
    assert HOSTILE in data["files"][0]["lines"][3]


def test_the_page_does_not_tell_where_the_spec_lies(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "block.yaml").write_text(
        "archspec: 1\nblocks:\n  unit:\n    params: {channels: int}\n    seq: [{conv: $channels, kernel: 1}]\n"
    )
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "archspec: 1\nname: Net\nimport: {parts: parts/block.yaml}\ninput: [3, 8, 8]\nbody: [{parts.unit: 4}]\n"
    )
    page = page_of(str(spec))
    assert str(tmp_path) not in page
    assert [file["name"] for file in data_of(page)["files"]] == ["net.yaml", "parts/block.yaml"]


# What it tells


def test_every_place_has_its_receptive_field() -> None:
    network = compile("resnet50")
    page = gather(network.graph)
    rows = {row.path: row for row in network.summary().nodes}
    fields = iter(page.fields)
    told: dict[str, str] = {}
    stack = [("", iter(network.graph.root.steps))]
    while stack:
        prefix, steps = stack[-1]
        step = next(steps, None)
        if step is None:
            stack.pop()
            continue
        field = page.seen[next(fields)]
        if isinstance(step.target, Module):
            stack.append((f"{prefix}{step.name}.", iter(step.target.steps)))
        elif step.role != "join":
            told[prefix + step.name] = field.size
    assert next(fields, None) is None
    assert set(told) == {visit.path for visit in walk(network.graph.root) if visit.step.role != "join"}
    for path in ("conv1", "layer1.0.conv2", "layer3.5.conv3", "layer4.2.conv3"):
        field = rows[path].field
        assert field is not None
        assert told[path] == str(field.axes[0].size)
    assert told["fc"] == "all"


def test_an_identity_is_an_arc_and_a_projection_stands_beside() -> None:
    identity = arranged("resnet18", "layer1.0")
    assert identity.rows == (Layer((0, 1, 2)), Layer((3, 4)), Layer((5, 6)))
    assert identity.arcs == (Arc(source=0, target=5),)
    assert identity.sides == ()
    projection = arranged("resnet18", "layer2.0")
    assert projection.arcs == ()
    (side,) = projection.sides
    assert (side.kind, side.source, side.beside) == ("shortcut", 0, 1)


def test_branches_stand_side_by_side() -> None:
    (row,) = arranged("googlenet", "inception3a").rows
    assert isinstance(row, Branches)
    assert len(row.paths) == 4
    assert row.join == Layer((4,))


def test_copies_are_a_run() -> None:
    first, rest = arranged("resnet50", "layer3").rows
    assert first == Layer((0,))
    assert isinstance(rest, Run)
    assert (rest.first, rest.length, rest.count, rest.growth) == (1, 1, 5, "")
    (growing,) = arranged("densenet121", "features.denseblock1").rows
    assert isinstance(growing, Run)
    assert growing.growth == "64 → 256 channels"


def test_long_skips_are_arcs() -> None:
    arrangement = arranged("unet")
    assert len(arrangement.arcs) == 4
    assert all(arrangement.linked)


def test_an_auxiliary_head_stands_beside_what_it_reads() -> None:
    arrangement = arranged("googlenet")
    heads = [side for side in arrangement.sides if side.kind == "aux"]
    assert [side.title for side in heads] == ["aux1", "aux2"]
    assert all(side.target is None for side in heads)


@pytest.mark.parametrize("name", SHOWN)
def test_every_step_stands_in_one_place(name: str) -> None:
    def steps(row: object) -> Iterator[int]:
        match row:
            case Layer(found):
                yield from found
            case Run():
                yield from row.steps
            case Branches(_, paths, join):
                yield from join.steps
                for path in paths:
                    for inner in path:
                        yield from steps(inner)

    graph = compile(name).graph
    modules = {id(visit.module): visit.module for visit in walk(graph.root)} | {0: graph.root}
    for module in modules.values():
        arrangement = arrange(module)
        rows = [*arrangement.rows, *(row for side in arrangement.sides for row in side.rows)]
        placed = sorted(step for row in rows for step in steps(row))
        passed = [
            index for index, step in enumerate(module.steps) if getattr(step.target, "key", "") == "identity"
        ]
        assert sorted({*placed, *passed}) == list(range(len(module.steps)))
        assert len(placed) == len(set(placed))


def test_the_legend_names_the_fills_in_use() -> None:
    page = gather(compile("lenet5").graph)
    assert [entry.name for entry in page.legend] == [
        "convolution",
        "fully connected",
        "pooling",
        "reshaping",
    ]


def test_the_command_line_writes_a_page(tmp_path: Path) -> None:
    page = tmp_path / "net.html"
    done = CliRunner().invoke(app, ["draw", "lenet5", "-o", str(page)])
    assert done.exit_code == 0, done.output
    assert page.read_bytes() == write_page(compile("lenet5").graph)
    refused = CliRunner().invoke(
        app, ["draw", "lenet5", "-o", str(tmp_path / "b.html"), "--view", "overview"]
    )
    assert isinstance(refused.exception, CannotRun)
    assert "takes no view" in str(refused.exception)


# A spec with errors


def test_a_broken_spec_has_a_page_without_costs_that_lists_what_is_wrong() -> None:
    data = data_of(broken_page())
    assert not {"params", "macs", "seen", "fields"} & data.keys()
    problems = {problem["code"]: problem for problem in data["problems"]}
    assert list(problems) == ["E0301", "E0202", "E0405"]
    assert "place" not in problems["E0405"]
    assert problems["E0405"]["lines"]["first"] == 4
    faulty = [step for module in data["modules"] for step in module["steps"] if "fault" in step]
    assert [(step["name"], step["before"]) for step in faulty] == [
        ("add", ["16 × 16 × 16", "8 × 16 × 16"]),
        ("f", ["16 × 16 × 16"]),
    ]


def test_a_sound_spec_has_no_problems() -> None:
    assert "problems" not in data_of(page_of("lenet5"))


def test_no_text_of_a_problem_is_markup() -> None:
    page = broken_page(BROKEN.replace("kernal", f"'{HOSTILE}'"))
    assert [tag for tag, _ in tags(page) if tag in ("script", "img")] == ["script", "script"]
