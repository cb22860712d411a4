"""What is wrong with the whole network is told beside errors that have a fix, and stays when these are mended."""

from __future__ import annotations

from typing import Any

import pytest

import archspec
from archspec import once_mended
from archspec.compiler import check_prepared
from archspec.diagnostics import Diagnostic, Sink
from archspec.expand import prepare
from archspec.expand.definitions import SpecFile
from archspec.fixing import edited
from archspec.limits import Limits
from archspec.once_mended import DOUBT, DOUBT_OF_SIZES
from archspec.syntax import read
from archspec.targets import Target
from archspec.validation import judge_target

HEAD = "archspec: 1\nname: Net\ninput: [3, 8, 8]\n"


def _errors(text: str, limits: Limits | None = None) -> list[Diagnostic]:
    return [found for found in archspec.validate(text, limits=limits) if found.severity == "error"]


def _of_all_variants(text: str) -> list[Diagnostic]:
    verdict = judge_target("net.yaml", Target("net.yaml", text.encode()), settings={}, limits=Limits())
    return [found for found in verdict.diagnostics if found.severity == "error"]


def _said(found: Diagnostic) -> tuple[str, str, int, tuple[tuple[str, int, str], ...]]:
    labels = tuple((label.message, label.span.line, label.span.text) for label in found.labels)
    return found.code, found.message, found.span.line, labels


@pytest.mark.parametrize(
    ("nodes", "codes"),
    [
        # A fix that makes the line longer, and one that makes it shorter.
        ("body: {a: {conv: 8, kernl: 1}, b: relu, c: {use: relu, from: a}}", ["E0202", "E0407"]),
        ("body: {a: {conv: 8, kernelll: 1}, b: relu, c: {use: relu, from: a}}", ["E0202", "E0407"]),
        ("expect: {params: 4, output: [8, 8, 8]}\nbody: {a: {conv: 8, kernal: 1}}", ["E0202", "E0406"]),
        (
            "body: {a: {conv: 8, kernal: 1}, b: {use: relu, from: a}, c: {use: gpa, from: a}}\nexpect: {output: 9}",
            ["E0202", "E0213", "E0407", "E0406"],
        ),
        (
            "blocks: {u: {params: {w: int}, seq: {p: {conv: $w, kernal: 1}, q: {use: relu, from: input}}}}\n"
            "body: {a: {u: 8}}",
            ["E0202", "E0407"],
        ),
    ],
)
def test_applying_the_fixes_leaves_the_other_errors_as_they_were_told(nodes: str, codes: list[str]) -> None:
    text = HEAD + nodes + "\n"
    before = _errors(text)
    assert sorted(found.code for found in before) == sorted(codes)
    edits = [edit for found in before for fix in found.fixes for edit in fix.edits]
    after = _errors(edited(text.encode(), edits).decode())
    assert [_said(found) for found in after] == [_said(found) for found in before if not found.fixes]


@pytest.mark.parametrize(
    "nodes",
    [
        # What cannot be mended may be all there is to it.
        "body: {a: {conv: 8, kernel: 9}, b: relu, c: {use: relu, from: a}}",
        # The unused node would be the output that is expected, or is counted and not to be.
        "body: {a: {conv: 4, kernel: 1}, b: {conv: 8, kernel: 1}, c: {use: relu, from: a}}\n"
        "expect: {output: [8, 8, 8]}",
        "body: {a: {conv: 4, kernel: 1}, b: {conv: 8, kernel: 1}, c: {use: relu, from: a}}\nexpect: {params: 16}",
    ],
)
def test_what_may_follow_from_the_first_error_is_not_told(nodes: str) -> None:
    assert len(_errors(HEAD + nodes + "\n")) == 1


def test_a_network_that_has_errors_once_mended_is_not_judged_as_a_whole() -> None:
    found = _errors(HEAD + "body: {a: {conv: 8, kernal: 9}, b: relu, c: {use: relu, from: a}}\n")
    assert [each.code for each in found] == ["E0202", "E0304"]


def test_a_remedy_is_no_fix_where_the_facts_speak_against_it() -> None:
    nodes = "body: {a: {residual: [{conv: 3, kernel: 5, bias: false}], shortcut: identity}}\n"
    (certain,) = _errors(HEAD + nodes + "expect: {params: 225}\n")
    assert certain.fixes[0].is_safe
    (doubtful,) = _errors(HEAD + nodes + "expect: {params: 81}\n")  # those of a kernel of 3
    assert not doubtful.fixes
    assert DOUBT in doubtful.notes


@pytest.mark.parametrize(("params", "node"), [(9 + 15, "gap"), (9 + 960, "flatten"), (9, "")])
def test_of_several_remedies_the_one_is_offered_with_which_the_facts_hold(params: int, node: str) -> None:
    nodes = "body: [{conv: 3, kernel: 1, bias: false}, {fc: 5, bias: false}]\n"
    (found,) = _errors(HEAD + nodes + f"expect: {{params: {params}}}\n")
    assert [fix.title for fix in found.fixes] == ([f"put `{node}` before it"] if node else [])


def test_a_remedy_is_no_fix_where_sizes_do_not_meet_with_it() -> None:
    nodes = (
        "blocks: {half: {seq: [{conv: $(in_channels / 3), kernel: 1}, {split: 2, part: 0}]}}\n"
        "body: [{conv: 16, kernel: 1}, half]\n"
    )
    (found,) = _errors(HEAD + nodes)
    assert (found.code, found.fixes) == ("E0456", ())
    assert DOUBT_OF_SIZES in found.notes


def test_a_fix_that_fails_in_one_variant_is_offered_in_none() -> None:
    text = HEAD + "params: {w: 1}\nvariants: {s: {}, t: {w: 3}}\nexpect: {s: {params: 225}, t: {params: 7}}\n"
    text += (
        "body: {a: {residual: [{conv: 3, kernel: 5, bias: false}], shortcut: identity}, b: {scaled: $w}}\n"
    )
    (found,) = _of_all_variants(text)
    assert not found.fixes


SHORTCUT = """\
archspec: 1
name: Net
input: [8, 8, 8]
body:
  - residual: [{conv: $w, kernel: 3, padding: 1, stride: 2}]
    shortcut: identity
  - gap
"""
PROJECTED, PADDED = 1328, 1168


@pytest.mark.parametrize(
    ("params", "titles", "help"),
    [
        (PROJECTED, ["write `shortcut: projection`"], "write `shortcut: projection`: a 1×1 convolution"),
        (PADDED, ["write `shortcut: pad`"], "write `shortcut: pad`"),
        (7, [], "write `shortcut: projection`: a 1×1 convolution"),
    ],
)
def test_the_help_says_what_the_fix_that_is_left_does(params: int, titles: list[str], help: str) -> None:
    (found,) = _errors(SHORTCUT + f"params: {{w: 16}}\nexpect: {{params: {params}}}\n")
    assert [fix.title for fix in found.fixes] == titles
    assert found.help.startswith(help)
    assert (DOUBT in found.notes) == (not titles)


def test_a_fix_of_variants_holds_for_all_of_them() -> None:
    variants = "params: {w: 16, u: 1}\nvariants: {s: {}, t: {u: 2}}\n"
    both = SHORTCUT + variants + "expect: {s: {params: %d}, t: {params: %d}}\n"
    (same,) = _of_all_variants(both % (PADDED, PADDED))
    assert [fix.title for fix in same.fixes] == ["write `shortcut: pad`"]
    (other,) = _of_all_variants(both % (PADDED, PROJECTED))
    assert not other.fixes


def test_a_trial_is_left_out_where_those_before_it_took_long(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    made = once_mended.expand

    def counting(*arguments: Any, **words: Any) -> Any:
        tried.append(arguments)
        prepared.known.steps_mended = prepared.limits.further_steps
        return made(*arguments, **words)

    monkeypatch.setattr(once_mended, "expand", counting)
    text = SHORTCUT + "params: {w: 16}\nexpect: {params: 7}\n"
    sink = Sink()
    source, root = read("net.yaml", text.encode(), sink)
    assert root is not None
    prepared = prepare(SpecFile(source, root), sink, Limits())
    check_prepared(prepared, sink, variant="", settings={})
    assert len(tried) == 1


def test_the_output_is_told_beside_a_value_that_it_does_not_hang_on() -> None:
    wrong = "body: [{dropout: 1.5}, {conv: 4, kernal: 1}]\n"
    found = _errors(HEAD + wrong + "expect: {output: [5, 8, 8]}\n")
    assert [each.code for each in found] == ["E0207", "E0202", "E0406"]
    hangs = "body: [{conv: 0, kernel: 1}, {dropout: 1.5}]\n"
    found = _errors(HEAD + hangs + "expect: {output: [5, 8, 8]}\n")
    assert [each.code for each in found] == ["E0207", "E0207"]


def test_an_output_listed_twice_is_the_one_that_nobody_uses() -> None:
    (found,) = _errors(
        HEAD + "body: {a: {conv: 8, kernel: 1}, b: relu, c: {use: tanh, from: a}}\noutputs: [b, b]\n"
    )
    assert [(fix.edits[0].text, fix.is_safe) for fix in found.fixes] == [("c", False)]


@pytest.mark.parametrize(
    ("join", "codes"),
    [
        # Of all variants, and it is not certain how to mend it: the facts may fail because of it.
        ("{add: [a, input], if: $(w == 4)}", ["E0303"]),
        ("{add: [a, input], if: $(w == 9)}", ["E0406"]),
    ],
)
def test_facts_of_one_variant_are_not_told_beside_an_error_of_another(join: str, codes: list[str]) -> None:
    text = HEAD + "params: {w: 3}\nvariants: {s: {w: 3}, t: {w: 4}}\nexpect: {s: {params: 1}}\n"
    text += f"body: {{a: {{conv: $w, kernel: 1}}, b: {join}}}\n"
    assert [found.code for found in _of_all_variants(text)] == codes


@pytest.mark.parametrize(
    "nodes",
    [
        # A loop that comes to nothing, a node without a condition, one that nothing is known of: `b` may be read there.
        "body: {a: {conv: 0, kernel: 1}, b: {use: relu, from: a}, c: {for: i, in: 3x, do: {d: {use: relu, from: b}}}, "
        "e: {use: relu, from: a}}",
        "body: {a: relu, b: relu, c: {use: relu, from: b, if: $(1 +)}, d: {use: relu, from: a}}",
        "body: {a: {conv: 0, kernel: 1}, b: relu, c: {use: blub, from: b}, d: {use: relu, from: a}}",
    ],
)
def test_what_may_read_a_value_keeps_it_from_being_told_as_unread(nodes: str) -> None:
    assert "E0407" not in [found.code for found in _errors(HEAD + nodes + "\n")]


def test_the_check_is_left_out_where_it_would_take_long() -> None:
    text = HEAD + "body: {a: {conv: 8, kernal: 1}, b: relu, c: {use: relu, from: a}}\n"
    assert [found.code for found in _errors(text)] == ["E0202", "E0407"]
    assert [found.code for found in _errors(text, Limits(ops=4))] == ["E0202"]


def test_a_finding_of_all_variants_is_told_once() -> None:
    text = HEAD + "params: {w: 4}\nvariants: {s: {w: 8}, t: {w: 16}}\n"
    text += "body: {a: {conv: $w, kernal: 1}, b: relu, c: {use: relu, from: a}}\n"
    found = _of_all_variants(text)
    assert [each.code for each in found] == ["E0202", "E0407"]
    assert not [note for each in found for note in each.notes if "variant" in note]
