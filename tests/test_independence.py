"""All independent errors in one run, one error for one cause: what is still said after a shape went wrong."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

import archspec
from archspec.compiler import check
from archspec.files import Folder
from archspec.report.text import render
from archspec.targets import Target

SPECS = Path(__file__).parent.parent / "specs"


def found(nodes: str, size: str = "[3, 32, 32]") -> list[tuple[str, int]]:
    """Code and line of each error; the first line of `nodes` is line 1."""
    text = f"input: {size}\n" if "input:" not in nodes else ""
    diagnostics = archspec.validate(f"archspec: 1\nname: Net\n{text}{nodes.strip()}\n")
    return [(each.code, each.span.line - 2 - bool(text)) for each in diagnostics if each.severity == "error"]


SEVERAL = {
    "behind an op of which nothing is known": (
        """
body:
  - whatever
  - {conv: 16, kernel: 3, padding: 1}
  - {residual: [{conv: 32, kernel: 1}], shortcut: identity}
  - {conv: 10, kernel: 1, groups: 7}
        """,
        [("E0201", 2), ("E0301", 4), ("E0305", 5)],
    ),
    "behind a parameter that is nearly one": (
        """
params: {width: 12}
body:
  - {conv: $widht, kernel: 3}
  - {conv: 20, kernel: 3, groups: 5}
  - {residual: [{conv: $wdth, kernel: 1}], shortcut: identity}
        """,
        [("E0451", 3), ("E0305", 4), ("E0451", 5), ("E0301", 5)],
    ),
    "behind two ops in one node": (
        """
body:
  a: {conv: 12, kernel: 3, relu: true}
  b: {conv: 20, kernel: 3, groups: 5}
        """,
        [("E0211", 2), ("E0305", 3)],
    ),
    "each of these is wrong whatever the others come to": (
        """
body:
  - {conv: 8, kernel: 40}
  - {residual: [{conv: 16, kernel: 3, stride: 2, padding: 1}]}
  - {pixel_shuffle: 3}
  - {conv: 12, kernel: 3, groups: 5}
  - {maxpool: 2, padding: 2}
  - {fc: 10}
  - {conv: 3, kernel: 1}
        """,
        [("E0304", 2), ("E0301", 3), ("E0309", 4), ("E0305", 5), ("E0311", 6), ("E0306", 7), ("E0308", 8)],
    ),
    "an unknown number of channels leaves the sizes known": (
        """
body:
  - {conv: $wdth, kernel: 3, padding: 1}
  - {conv: 8, kernel: 40}
        """,
        [("E0451", 2), ("E0304", 3)],
    ),
    "a bad argument leaves the others to be checked": (
        """
body:
  - {conv: 8, kernel: 0, padding: 1, groups: 3}
  - {maxpool: 2, padding: 2}
        """,
        [("E0207", 2), ("E0311", 3)],
    ),
    "a branch of unknown shape leaves the others to be compared": (
        """
body:
  - concat:
      a: {conv: $nothing, kernel: 1}
      b: {conv: 8, kernel: 1}
      c: {conv: 8, kernel: 2}
        """,
        [("E0451", 3), ("E0302", 5)],
    ),
    "every branch that differs from most is a mistake of its own": (
        """
body:
  - concat:
      a: {conv: 8, kernel: 2}
      b: {conv: 8, kernel: 1}
      c: {conv: 8, kernel: 1}
      d: {conv: 8, kernel: 4}
        """,
        [("E0302", 3), ("E0302", 6)],
    ),
    "faults in two blocks, each called several times": (
        """
blocks:
  one:
    params: {channels: int}
    residual: [{conv: $channels, kernel: 2}]
  two:
    params: {channels: int}
    seq: [{conv: $channels, kernel: 3, groups: 7}, {norm: group, groups: 5}]
body:
  - {one: 3, repeat: 2}
  - {two: 8}
  - {one: 8}
  - {two: 16, repeat: 3}
        """,
        [("E0301", 4), ("E0305", 7), ("E0305", 7)],
    ),
    "two heads": (
        """
body:
  a: {conv: 8, kernel: 3}
  b: {conv: 8, kernel: 50}
aux:
  side: {from: a, sequence: [{fc: 10}]}
head: [{fc: 10}]
        """,
        [("E0304", 3), ("E0306", 5), ("E0306", 6)],
    ),
}


@pytest.mark.parametrize(("nodes", "expected"), SEVERAL.values(), ids=SEVERAL)
def test_independent_mistakes_are_all_told(nodes: str, expected: list[tuple[str, int]]) -> None:
    assert sorted(found(nodes), key=lambda error: error[1]) == expected


ONE = {
    "an op of which nothing is known, and a vector behind it": (
        "body: [{conv: 8, kernel: 3}, whatever, {fc: 10}]",
        ("E0201", 1),
    ),
    "an op of which nothing is known, and a large kernel behind it": (
        "body: [whatever, {conv: 8, kernel: 99}, {maxpool: 50}]",
        ("E0201", 1),
    ),
    "a name that is nearly one, of a child with other weights": (
        "body: {one: {conv: 8, kernel: 3}, two: {share: noe}}",
        ("E0405", 1),
    ),
    "a list in place of which a number is read": (
        "params: {widths: [8, 16]}\nbody: [{conv: $width, kernel: 3}]",
        ("E0451", 2),
    ),
    "two values of one argument": (
        "body: {a: {conv: 8, channels: 16, kernel: 1}, b: {add: [a, a]}, c: {conv: 32, kernel: 1, groups: 16}}",
        ("E0220", 1),
    ),
    "channels mistyped at the end of a main path": (
        """
stem: [{conv: 64, kernel: 3, padding: 1}]
body:
  - {residual: [{conv: 64, kernel: 3, padding: 1}, {conv: 46, kernel: 3, padding: 1}]}
  - {residual: [{conv: 64, kernel: 3, padding: 1}]}
  - {norm: group, groups: 32}
  - {conv: 128, kernel: 1, groups: 64}
        """,
        ("E0301", 3),
    ),
    "a map that is too small for all that follows": (
        """
body:
  - {maxpool: 16}
  - {maxpool: 4}
  - {maxpool: 2}
  - {conv: 8, kernel: 3}
  - {pixel_unshuffle: 2}
  - gap
  - {fc: 10}
        """,
        ("E0304", 3),
    ),
    "a map that is too small for several branches": (
        """
body:
  - {maxpool: 16}
  - concat: {a: {conv: 8, kernel: 3}, b: [{conv: 8, kernel: 1}, {conv: 8, kernel: 3}], c: {maxpool: 3, stride: 1}}
        """,
        ("E0304", 3),
    ),
    "a size that both levels of a U-Net see": (
        """
input: [3, 30, 30]
body:
  x1: {conv: 8, kernel: 3, padding: 1}
  p1: {maxpool: 2}
  x2: {conv: 16, kernel: 3, padding: 1}
  p2: {maxpool: 2}
  u2: {conv_transpose: 16, kernel: 2, stride: 2}
  c2: {concat: [u2, x2]}
  u1: {conv_transpose: 8, kernel: 2, stride: 2}
  c1: {concat: [u1, x1]}
        """,
        ("E0302", 8),
    ),
    "two values that differ, joined again and again": (
        """
body:
  a: {conv: 16, kernel: 3, stride: 2, padding: 1}
  b: {conv: 32, kernel: 3, from: input}
  c: {add: [a, b]}
  d: {multiply: [a, b]}
  e: {concat: [a, b]}
  f: {add: [c, d]}
        """,
        ("E0303", 4),
    ),
    "a convolution behind the end": (
        """
body: [gap, {conv: 8, kernel: 3, padding: 1}, norm, relu, {conv: 8, kernel: 3}, {maxpool: 2}, gap, {fc: 10}]
        """,
        ("E0308", 1),
    ),
    "an argument that decides what follows": (
        """
body:
  - {conv: $width, kernel: 3, padding: 1}
  - {conv: $in_channels, kernel: 3, padding: 1, groups: $(in_channels // 8)}
  - {pixel_shuffle: 4}
  - {residual: [{conv: 7, kernel: 1}]}
  - {unflatten: [3, 3]}
        """,
        ("E0451", 2),
    ),
    "a line of a block that another line would have to make up for": (
        """
blocks:
  basic:
    params: {channels: int, stride: 1}
    residual: [{conv: $channels, kernel: 7, stride: $stride}, {conv: $channels, kernel: 3, padding: 1}]
    shortcut: $('identity' if stride == 1 else 'projection')
body:
  - {basic: 3, repeat: 2}
  - {basic: 8, stride: 2}
  - {basic: 16, stride: 2}
  - {basic: 32, stride: 2}
        """,
        ("E0301", 4),
    ),
}


@pytest.mark.parametrize(("nodes", "expected"), ONE.values(), ids=ONE)
def test_one_mistake_is_told_once(nodes: str, expected: tuple[str, int]) -> None:
    assert found(nodes) == [expected]


def test_a_mistake_in_a_standard_block_is_told_whatever_follows() -> None:
    nodes = "body: [{conv_norm_act: 8, kernel: 0}, {maxpool: 2, padding: 2}]"
    found = archspec.validate(f"archspec: 1\nname: Net\ninput: [3, 32, 32]\n{nodes}\n")
    assert [each.code for each in found] == ["E0207", "E0311"]


def test_a_size_that_follows_from_a_guess_says_so() -> None:
    nodes = "body: [{conv: 8, kernel: 40}, {residual: [{conv: 8, kernel: 3, stride: 2, padding: 1}]}, gap, {fc: 3}]"
    wrong, skip = archspec.validate(f"archspec: 1\nname: Net\ninput: [3, 32, 32]\n{nodes}\n")
    assert not any("guess" in note for note in wrong.notes)
    assert any("guess" in note for note in skip.notes)


NUMBER = re.compile(r"\b(?:kernel|stride|padding|conv|maxpool|fc): (?P<value>\d+)\b")


def mutants(count: int) -> dict[str, tuple[Path, str]]:
    """Shipped specs in which one number is another."""
    places = [
        (path, match) for path in sorted(SPECS.glob("*.yaml")) for match in NUMBER.finditer(path.read_text())
    ]
    chosen = random.Random(7).sample(places, count)
    result = {}
    for at, (path, match) in enumerate(chosen):
        number = int(match["value"]) * 2 + 1 if at % 2 else int(match["value"]) + 1
        text = match.string[: match.start("value")] + str(number) + match.string[match.end("value") :]
        line = text.count("\n", 0, match.start()) + 1
        result[f"{path.stem}:{line} {match[0]} -> {number}"] = (path, text)
    return result


MUTANTS = mutants(60)


@pytest.mark.parametrize(("path", "text"), MUTANTS.values(), ids=MUTANTS)
def test_one_wrong_number_in_a_real_network_gives_at_most_one_shape_error(path: Path, text: str) -> None:
    variants = re.search(r"^variants:\n  (\w+):", text, re.MULTILINE)
    target = Target(path.name, text.encode(), variants[1] if variants else "", Folder.of(str(path)))
    errors = [each for each in check(target).diagnostics if each.code.startswith("E03")]
    assert len(errors) <= 1, render(errors)


@pytest.mark.parametrize("size", [8, 30])
def test_a_map_too_small_for_a_u_net_is_one_error(size: int) -> None:
    """A crop to the size of a map that was guessed is none of its own."""
    text = (SPECS / "unet.yaml").read_text("utf-8")
    text = re.sub(r"(?m)^  size: 572", f"  size: {size}", text)
    given = Target("unet.yaml", text.encode(), "unet_2015")
    errors = [each.code for each in check(given).diagnostics if each.severity == "error"]
    assert errors == ["E0304"]


def test_the_argument_of_an_op_wins_over_a_modifier_of_its_name() -> None:
    nodes = "body: [{conv: 8, kernel: 3}, {use: prelu, init: 0.3}, {use: prelu, init: zeros}, {use: prelu, init: high}]"
    assert found(nodes) == [("E0218", 1)]
