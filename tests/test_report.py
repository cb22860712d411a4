"""What people see of a diagnostic."""

import json
import re
from dataclasses import replace
from textwrap import dedent

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from one_finding import FIXABLE, NET, at, error

import archspec
from archspec.diagnostics import MAX_GUESSES, Diagnostic, Label, Sink
from archspec.report import as_json, github, sarif, text
from archspec.report.visible import visible, width
from archspec.source import Source, Span
from archspec.spelling import did_you_mean


def shown(diagnostics, **options):
    """The rendered text without the line that counts."""
    return text.render(diagnostics, **options).rsplit("\n\n", 1)[0] + "\n"


def picture(drawn):
    return dedent(drawn).lstrip("\n")


def test_two_labels_on_one_line_notes_and_help():
    found = error(
        at(NET, "residual"),
        "the two sides of a skip addition differ",
        label="the main path gives 128 × 28 × 28",
        labels=[Label("the shortcut carries 64 × 56 × 56", at(NET, "shortcut"))],
        notes=["in block `basic`"],
        help="write `shortcut: projection`",
    )
    assert text.render(found) == picture(
        """
        error[E0301]: the two sides of a skip addition differ
         --> net.yaml:6:6
          |
        6 |   - {residual: [conv1], shortcut: identity}
          |      ^^^^^^^^ the main path gives 128 × 28 × 28
          |                         -------- the shortcut carries 64 × 56 × 56
          = note: in block `basic`
          = help: write `shortcut: projection`

        1 error
        """
    )


def test_labels_on_several_lines_show_what_lies_between():
    found = error(
        at(NET, "identity"),
        labels=[Label("here", at(NET, "conv1")), Label("and here", at(NET, "archspec"))],
    )
    assert shown(found) == picture(
        """
        error[E0301]: wrong
         --> net.yaml:1:1
          |
        1 | archspec: 1
          | -------- and here
        ...
        4 |   conv1: {conv: 8}
          |   ----- here
        5 | body:
        6 |   - {residual: [conv1], shortcut: identity}
          |                                   ^^^^^^^^
        """
    ).replace("net.yaml:1:1", "net.yaml:6:35")


def test_labels_in_several_files_begin_with_that_of_the_mistake():
    library = Source("lib/blocks.yaml", "blocks:\n" * 9 + "last: 1\n")
    found = error(at(NET, "conv1", 2), labels=[Label("defined here", at(library, "last"))])
    assert shown(found) == picture(
        """
        error[E0301]: wrong
          --> net.yaml:6:17
           |
         6 |   - {residual: [conv1], shortcut: identity}
           |                 ^^^^^
          ::: lib/blocks.yaml:10:1
           |
        10 | last: 1
           | ---- defined here
        """
    )


def test_underlines_count_columns_of_the_terminal():
    source = Source("net.yaml", "漢字: é, e\u0301, x\n\ty: 1\n")
    first = shown(error(at(source, "x"))).splitlines()
    assert width(first[3][: first[3].index("x")]) == first[4].index("^")
    second = shown(error(at(source, "y"))).splitlines()
    assert second[3] == "2 |     y: 1"
    assert second[4] == "  |     ^"


LINES = Source(
    "net.yaml",
    """\
archspec: 1
input: [3,
        224,
        224]
body:
  - {residual: [
      {conv: 64, kernel: 3},
      relu,
      {conv: 64, kernel: 3},
      relu,
      {conv: 64, kernel: 3},
      relu
    ], shortcut: identity}
  - [relu,
     gap, [{fc: 10},
           relu]]
""",
)


def between(first, last, source=LINES):
    """The span from words to the next `last` after them."""
    start = source.text.index(first)
    return Span(source, start, source.text.index(last, start) + len(last))


def test_a_span_of_several_lines_has_a_bar_at_its_left():
    assert shown(error(between("[3", "224]"), label="a list of one size is due")) == picture(
        """
        error[E0301]: wrong
         --> net.yaml:2:8
          |
        2 |   input: [3,
          |  ________^
        3 | |         224,
        4 | |         224]
          | |____________^ a list of one size is due
        """
    )


def test_where_white_space_alone_stands_before_it_the_bar_leans_to_its_first_line():
    assert shown(error(between("body:", "]]"), label="all of it")) == picture(
        """
        error[E0301]: wrong
          --> net.yaml:5:1
           |
         5 | / body:
         6 | |   - {residual: [
        ...  |
        15 | |      gap, [{fc: 10},
        16 | |            relu]]
           | |_________________^ all of it
        """
    )


def test_labels_beside_and_within_a_span_of_several_lines():
    labels = [
        Label("the main path gives 64 × 224 × 224", between("[\n", "    ]")),
        Label("this one", at(LINES, "conv: 64", 2)),
    ]
    assert shown(error(at(LINES, "identity"), label="the shortcut carries 3", labels=labels)) == picture(
        """
        error[E0301]: wrong
          --> net.yaml:13:18
           |
         6 |     - {residual: [
           |  ________________-
         7 | |       {conv: 64, kernel: 3},
         8 | |       relu,
         9 | |       {conv: 64, kernel: 3},
           | |        -------- this one
        ...  |
        12 | |       relu
        13 | |     ], shortcut: identity}
           | |_____- the main path gives 64 × 224 × 224
           |                    ^^^^^^^^ the shortcut carries 3
        """
    )


def test_spans_of_several_lines_in_each_other_and_after_each_other():
    labels = [Label("inner", between("[{fc", "]")), Label("before", between("[3", "224]"))]
    assert shown(error(between("[relu", "]]"), label="outer", labels=labels)) == picture(
        """
        error[E0301]: wrong
          --> net.yaml:14:5
           |
         2 |     input: [3,
           |  __________-
         3 | |           224,
         4 | |           224]
           | |______________- before
        ...
        14 |       - [relu,
           |  _______^
        15 | |        gap, [{fc: 10},
           | |  ___________-
        16 | | |            relu]]
           | | |________________- inner
           | |___________________^ outer
        """
    )


def test_a_span_of_several_lines_in_a_narrow_terminal():
    label = "the main path gives 64 × 224 × 224, after three convolutions"
    found = error(between("[\n", "    ]"), label=label)
    assert shown(found, columns=40) == picture(
        """
        error[E0301]: wrong
          --> net.yaml:6:16
           |
         6 |     - {residual: [
           |  ________________^
         7 | |       {conv: 64, kernel: 3},
        ...  |
        12 | |       relu
        13 | |     ], shortcut: identity}
           | |_____^
           |      the main path gives 64 × 224 ×
           |      224, after three convolutions
        """
    )
    coloured = text.render(found, columns=40, color=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text.render(found, columns=40)
    assert "\x1b[1;31m|\x1b[0m       {conv" in coloured


def test_a_list_in_brackets_is_shown_to_its_end():
    spec = "archspec: 1\nname: N\ninput: [3, 8, 8]\nbody:\n  - {conv: [8,\n      3, 2]}\n"
    assert shown(archspec.validate(spec)[:1]).splitlines()[3:7] == [
        "5 |     - {conv: [8,",
        "  |  ____________^",
        "6 | |       3, 2]}",
        "  | |___________^ this is a list",
    ]


@pytest.mark.parametrize("offset", [0, 5, 6, 11])
def test_an_empty_span_is_one_mark_wide(offset):
    source = Source("net.yaml", "body:\na: 1\n")
    lines = shown(error(Span(source, offset, offset))).splitlines()
    assert lines[4].count("^") == 1


def test_a_file_that_could_not_be_read_shows_its_name():
    assert shown(error(Span(Source("missing.yaml", ""), 0, 0), "there is no such file")) == picture(
        """
        error[E0301]: there is no such file
         --> missing.yaml
        """
    )


def test_a_fix_is_shown_and_counted():
    found = error(at(NET, "identity"), help="write `shortcut: projection`", fixes=[FIXABLE])
    rendered = text.render([*found, *error(at(NET, "conv1"))])
    assert "  = help: write `shortcut: projection`\n  = fix: write `projection`\n" in rendered
    assert rendered.endswith("\n\n2 errors, 1 fixable with `archspec validate --fix`\n")


def test_a_fix_that_is_not_safe_is_called_so_and_counted_by_itself():
    unsafe = replace(FIXABLE, is_safe=False)
    found = error(at(NET, "identity"), fixes=[unsafe])
    rendered = text.render(found)
    assert "  = unsafe fix: write `projection`\n" in rendered
    assert rendered.endswith("\n\n1 error, 1 fixable with `archspec validate --fix --unsafe-fixes`\n")
    rendered = text.render([*found, *error(at(NET, "identity"), fixes=[FIXABLE])])
    assert rendered.endswith(
        "\n\n2 errors, 1 fixable with `archspec validate --fix`, 1 more with `--unsafe-fixes`\n"
    )
    (result,) = json.loads(sarif.render({"net.yaml": found}))["runs"][0]["results"]
    assert result["fixes"][0]["properties"] == {"applicability": "unsafe"}
    (file,) = json.loads(as_json.render({"net.yaml": found}))
    assert file["diagnostics"][0]["fixes"][0]["applicability"] == "unsafe"


def test_what_help_and_fix_both_say_is_said_once():
    found = error(at(NET, "identity"), help="write `projection`, or pad", fixes=[FIXABLE])
    assert "  = fix: write `projection`, or pad\n\n" in text.render(found)
    assert "help" not in text.render(found)
    assert github.render({"net.yaml": found}).endswith("::wrong%0Afix: write `projection`, or pad\n")


LONG = {
    "label": "the main path gives 漢字 × 28 × 28, after a convolution with a stride of two and no padding",
    "labels": [
        Label("the shortcut carries 64 × 56 × 56, which is what came in at first", at(NET, "shortcut"))
    ],
    "notes": [
        "in block `basic` (net.yaml:4:3), copy 1 of 4 of `layer2` (net.yaml:6:5), for `wide`\nand more"
    ],
    "help": "write `shortcut: projection`: a 1×1 convolution to 128 channels with a stride of two",
    "fixes": [FIXABLE],
}


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_in_a_narrow_terminal_sentences_go_on_in_the_next_line(columns):
    found = error(at(NET, "residual"), "the two sides of a skip addition differ in shape, and more", **LONG)
    rows = text.render(found, columns=columns).split("\n")
    assert all(width(row) <= columns for row in rows)
    blank = rows.index("")
    assert all(re.match(r"  \|| --> |  = |6 \| ", row) for row in rows[1:blank])
    said = " ".join(re.sub(r"^(  \||  = |6 \|)", "", row).strip() for row in rows)
    for sentence in (found[0].message, LONG["label"], LONG["labels"][0].message, LONG["help"]):
        assert sentence in said


def test_a_narrow_terminal():
    found = error(at(NET, "residual"), "the two sides of a skip addition differ in shape", **LONG)
    assert shown(found, columns=50) == picture(
        """
        error[E0301]: the two sides of a skip addition
          |           differ in shape
         --> net.yaml:6:6
          |
        6 |   - {residual: [conv1], shortcut: identity}
          |      ^^^^^^^^
          |      the main path gives 漢字 × 28 × 28, after
          |      a convolution with a stride of two and no
          |      padding
          |                         --------
          |                 the shortcut carries 64 × 56 ×
          |                 56, which is what came in at
          |                 first
          = note: in block `basic` (net.yaml:4:3), copy 1
          |       of 4 of `layer2` (net.yaml:6:5), for
          |       `wide`
          |       and more
          = help: write `shortcut: projection`: a 1×1
          |       convolution to 128 channels with a
          |       stride of two
          = fix: write `projection`
        """
    )


def test_in_a_log_a_sentence_is_one_line():
    found = error(at(NET, "residual"), "wrong " * 40, **LONG)
    rendered = text.render(found)
    assert ("wrong " * 40).strip() in rendered
    assert f"^^^^^^^^ {LONG['label']}\n" in rendered
    assert f"= help: {LONG['help']}\n" in rendered


def test_a_runner_finds_no_command_in_the_middle_of_a_line():
    """`##[stop-commands]` is obeyed wherever it stands."""
    source = Source("##[a].yaml", "body: [x] # ##[stop-commands]x\n")
    found = error(at(source, "x"), "##[error]", label="##[b]", notes=["##[c]"], help="##[d]")
    for report in (
        text.render(found),
        text.render(found, columns=40, color=True),
        as_json.render({"##[a].yaml": found}),
        sarif.render({"##[a].yaml": found}),
    ):
        assert "##[" not in report
    assert json.loads(as_json.render({"##[a].yaml": found}))[0]["file"] == "##[a].yaml"
    row = text.render(found).splitlines()
    assert row[4].index("^") == row[3].index("x]")


def test_long_lines_are_cut_around_what_is_underlined():
    source = Source("net.yaml", "body: [first, " + "relu, " * 100 + "last, " + "tanh, " * 100 + "]\n")
    labels = [Label("one", at(source, "first"))]
    rows = shown(error(at(source, "last"), label="two", labels=labels), columns=60).splitlines()
    assert all(width(row) <= 60 for row in rows)
    for word, mark, message in (("first", "-----", "one"), ("last", "^^^^", "two")):
        row = next(number for number, row in enumerate(rows) if message in row)
        column = rows[row].index(mark)
        assert rows[row - 1][column : column + len(word)] == word
        assert rows[row - 1].endswith("…")


def test_nothing_of_the_user_begins_a_line_or_moves_the_cursor():
    source = Source("a\n::error::b.yaml", "k: \x1b[31m\u202e\n::error::x\n")
    found = error(
        at(source, "::error::x"),
        "a\n::error::b\x1b[2J",
        label="l\n::error::",
        notes=["first\n::error::second"],
        help="[/red]\r::error::",
    )
    rendered = text.render([*found, *error(at(source, "k"))])
    assert not re.search(r"^\s*::", rendered, re.MULTILINE)
    assert "\x1b" not in rendered
    assert "\u202e" not in rendered
    assert "\r" not in rendered
    assert "[/red]" in rendered


def test_colour_adds_nothing_but_colour():
    found = error(at(NET, "residual"), label="here", notes=["n"], help="h")
    coloured = text.render(found, color=True)
    assert "\x1b[1;31m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text.render(found)


def test_the_last_line_counts():
    sink = Sink()
    for number in range(2):
        sink.error("E0301", Span(NET, number, number + 1), "wrong")
    assert text.render(sink.diagnostics).endswith("\n\n2 errors\n")
    sink.warning("W0401", Span(NET, 0, 1), "unused")
    assert text.render(sink.diagnostics).endswith("\n\n2 errors, 1 warning\n")
    assert text.counted(sink.diagnostics[2:]) == "1 warning"
    assert text.render([]) == ""


def test_at_most_a_hundred_are_shown():
    sink = Sink()
    for number in range(103):
        sink.error("E0301", Span(NET, 0, 1), f"wrong {number}")
    rendered = text.render(sink.diagnostics)
    assert rendered.count("error[") == 100
    assert "… and 3 more\n" in rendered
    assert rendered.endswith("103 errors\n")


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=120),
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 30), st.text(max_size=8)), min_size=1, max_size=4),
    st.integers(1, 120),
    st.text(max_size=20),
)
@example("000000000\x1f\x1f\x1f\r", [(13, 0, "")], 1, "")
def test_any_diagnostic_can_be_shown(content, places, columns, message):
    source = Source("net.yaml", content)
    spans = [
        (Span(source, min(start, len(content)), min(start + length, len(content))), label)
        for start, length, label in places
    ]
    found = error(
        spans[0][0], message, label=spans[0][1], labels=[Label(label, span) for span, label in spans[1:]]
    )
    rendered = text.render(found, columns=columns)
    assert all(row.isprintable() for row in rendered.split("\n"))
    assert not content or rendered.count("^") >= 1
    json.loads(as_json.render({"net.yaml": found}))
    json.loads(sarif.render({"net.yaml": found}))
    assert github.render({"net.yaml": found}).count("\n") == 1


@given(st.text(max_size=60))
def test_visible_text_is_printable(content):
    assert visible(content).isprintable()


@pytest.mark.parametrize(
    ("name", "candidates", "nearest"),
    [
        ("chanels", ["channels", "kernel"], "channels"),
        ("Conv", ["conv", "convt"], "conv"),
        ("xyz", ["conv"], None),
        ("", ["conv"], None),
        ("a" * 100_000, ["conv"], None),
        ("conv", [], None),
        ("act", ["activation"], None),
        ("activ", ["activation", "kernel"], "activation"),
        ("expand", ["expansion"], "expansion"),
    ],
)
def test_did_you_mean(name, candidates, nearest):
    assert did_you_mean(name, candidates) == nearest


@pytest.mark.parametrize(("name", "count"), [("weight", MAX_GUESSES), ("weight" * 10, 10)])
def test_guesses_end_when_enough_was_compared(name: str, count: int) -> None:
    """Long names end them sooner: a guess compares every letter with those of every candidate."""
    sink = Sink()
    candidates = [f"{name}{number}" for number in range(100, 400)]
    guesses = [sink.nearest(f"{name}{number}x", candidates) for number in range(100, 100 + MAX_GUESSES + 10)]
    made = [guess for guess in guesses if guess is not None]
    assert made == candidates[: len(made)]
    assert 0 < len(made) <= count
    assert sink.branch().nearest(f"{name}100x", candidates) is None


def test_the_same_finding_is_kept_once():
    sink = Sink()
    for _ in range(2):
        sink.error("E0301", at(NET, "residual"), "wrong")
    assert [type(found) for found in sink.diagnostics] == [Diagnostic]
