"""Reading YAML: what each text means, where each value stands, and what is refused."""

import gc
import json

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

import archspec
from archspec.diagnostics import Sink
from archspec.fixing import edited
from archspec.source import MAX_BYTES, Source
from archspec.syntax import MAX_DEPTH, MAX_ERRORS, ListNode, MappingNode, Scalar, read, read_text


def tree(text):
    """The tree of a text without mistakes."""
    sink = Sink()
    root = read_text(Source("net.yaml", text), sink)
    assert sink.diagnostics == []
    assert root is not None
    return root


def findings(text):
    """Code and place of every mistake in a text."""
    sink = Sink()
    read_text(Source("net.yaml", text), sink)
    return [(found.code, str(found.span).removeprefix("net.yaml:")) for found in sink.diagnostics]


def plain(node):
    """A tree as ordinary Python values."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return {key.text: plain(value) for key, value in node.entries}


def spans(node):
    """Every node of a tree with the text at its place."""
    yield node, node.source.text[node.start : node.end]
    if isinstance(node, ListNode):
        for item in node.items:
            yield from spans(item)
    elif isinstance(node, MappingNode):
        for key, value in node.entries:
            yield from spans(key)
            yield from spans(value)


def test_a_spec():
    root = tree("input: [3, 32, 32]\nbody:\n  conv1: {conv: 8, kernel: 3}\n  relu: relu\n")
    assert plain(root) == {
        "input": [3, 32, 32],
        "body": {"conv1": {"conv": 8, "kernel": 3}, "relu": "relu"},
    }
    body = root.get("body")
    assert isinstance(body, MappingNode)
    assert str(body.get("relu").span) == "net.yaml:4:9"
    assert body.span.text == "conv1: {conv: 8, kernel: 3}"
    assert root.get("head") is None
    assert root.entry("input")[0].span.text == "input"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("3:30", "3:30"),
        ("1_000", "1_000"),
        ("2001-01-01", "2001-01-01"),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("+5", 5),
        ("-9223372036854775808", -(2**63)),
        ("1e3", 1000.0),
        ("1e-5", 1e-5),
        (".5", 0.5),
        ("1.", 1.0),
        ("-.5", -0.5),
        ("1e", "1e"),
        ("~", None),
        ("null", None),
        ("", None),
        ("nUll", "nUll"),
        ("true", True),
        ("FALSE", False),
        ("tRue", "tRue"),
        ("'3'", "3"),
        ('"a\\tb"', "a\tb"),
        ("''", ""),
        ("$(a + 1)", "$(a + 1)"),
    ],
)
def test_scalars_of_yaml_1_2(written, value):
    read_value = plain(tree(f"a: {written}\n"))["a"]
    assert (read_value, type(read_value)) == (value, type(value))


def test_quotes_are_remembered():
    root = tree("a: '3'\nb: 3\nc: |\n  3\n")
    assert [root.get(key).quoted for key in "abc"] == [True, False, True]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_offsets_count_characters(end):
    text = end.join(["é: 'ü'", "b: 𝔘x", "c: [1,", " 漢字]", "d:", "  e: {f: 2}", ""])
    source, root = read("net.yaml", b"\xef\xbb\xbf" + text.encode(), Sink())
    assert root is not None
    assert source.text == text
    scalars = [(node.text, written.strip("'")) for node, written in spans(root) if isinstance(node, Scalar)]
    assert scalars == [(text, text) for text, _ in scalars]
    assert [text for text, _ in scalars] == ["é", "ü", "b", "𝔘x", "c", "1", "漢字", "d", "e", "f", "2"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("E0110", "1:1")]),
        ("# nothing\n", [("E0110", "1:1")]),
        ("- a\n", [("E0111", "1:1")]),
        ("relu\n", [("E0111", "1:1")]),
        ("a: 1\nb: 2\na: 3\n", [("E0112", "3:1")]),
        ("a: 1\n'a': 3\n", [("E0112", "2:1")]),
        ("a: &x 1\nb: *x\n", [("E0106", "1:4")]),
        ("&a [*a]\n", [("E0106", "1:1")]),
        ("a: [*x, *y]\n", [("E0106", "1:5"), ("E0106", "1:9")]),
        ("a: &x {b: 1}\n", [("E0106", "1:4")]),
        ("a: {<<: {b: 1}, c: 2}\n", [("E0107", "1:5")]),
        ("a: !!python/object:os.system x\n", [("E0108", "1:4")]),
        ("a: !include other.yaml\n", [("E0108", "1:4")]),
        ("a: !x [1]\n", [("E0108", "1:4")]),
        ("a: ! b\n", [("E0108", "1:4")]),
        ("a: 1\n---\nb: 1\n", [("E0109", "2:1")]),
        ("a: 1\n...\nb: 1\n", [("E0109", "3:1")]),
        ("true: 1\n1.5: 2\n~: 3\n", [("E0113", "1:1"), ("E0113", "2:1"), ("E0113", "3:1")]),
        ("[a]: 1\n{b: 1}: {c: 1}\n", [("E0113", "1:1"), ("E0113", "2:1")]),
        ("a: [.inf, -.INF, .nan, 1e999]\n", [("E0114", f"1:{at}") for at in (5, 11, 18, 24)]),
        ("a: 9223372036854775809\n", [("E0115", "1:4")]),
        ("a: " + "9" * 5000 + "\n", [("E0115", "1:4")]),
        ("a: 0x" + "f" * 1_000_000 + "\n", [("E0115", "1:4")]),
        ("a: " + "1" * 1_000_000 + ".0\n", [("E0115", "1:4")]),
        ("a: \0\n", [("E0103", "1:4")]),
        ("a: \x1b[31m\n", [("E0103", "1:4")]),
        ("a: \ud800\n", [("E0103", "1:4")]),
        ("\ufeffa: 1\n", [("E0103", "1:1")]),
        ("a: 1\rb: {x}}\r", [("E0103", "1:5")]),
        ("a: 1\r\nb: 2\rc: 3\n", [("E0103", "2:5")]),
        ("a: 1\n" + "x" * 1_025 + ": 1\n", [("E0101", "2:1")]),
        ("a: {" + "x" * 1_025 + ": 1}\n", [("E0101", "1:5")]),
        ("a: {b: 1, " + "x" * 1_025 + ": {c: 1}}\n", [("E0101", "1:11")]),
        ("con\u200bv: 1\n", [("E0116", "1:1")]),
        ("a: {x\u202ey: 1}\n", [("E0116", "1:5")]),
        ('"a\\0": 1\n', [("E0116", "1:1")]),
        ("[" * 100_000, [("E0104", f"1:{MAX_DEPTH + 1}")]),
        ("a:\n\tb: 1\n", [("E0102", "2:1")]),
        ("a:\n  b: 1\n\tc: 2\n", [("E0102", "3:1")]),
        ("a:\n-\tb\n", [("E0102", "2:2")]),
        ("a:\n  b:1\n  c: 2\n", [("E0119", "2:3")]),
        ("a:\n  b\n  c: 2\n", [("E0119", "2:3")]),
        ("a: 1\nb\n", [("E0119", "2:1")]),
        ("a: {b:1, c: 2}\n", [("E0119", "1:5")]),
        ("input: [3, 32\nbody: [{a: 1}]\n", [("E0117", "1:8")]),
        ("a: {b: 1\nc: 2\n", [("E0117", "1:4")]),
        ("a: 'b\nc: 1\n", [("E0117", "1:4")]),
        ('a: "b\nc: 1\n', [("E0117", "1:4")]),
        ("a: [{b: 1}}]\n", [("E0101", "1:11")]),
        ("a: 1\n}\n", [("E0101", "2:1")]),
        ("a: [,]\n", [("E0101", "1:5")]),
        ("a: [b [c]]\n", [("E0101", "1:7")]),
        ("a: b: c\n", [("E0101", "1:5")]),
        ("a: 'x' y\n", [("E0101", "1:8")]),
        ("a: @b\n", [("E0101", "1:4")]),
        ('a: "\\d"\n', [("E0101", "1:5")]),
        ("a: |x\n", [("E0101", "1:5")]),
        ("%FOO\n---\na: 1\n", [("E0101", "1:5")]),
        ("a: [{b: $(d[0]), c: 1}]\n", [("E0101", "1:12")]),
        ("a: * b\n", [("E0106", "1:4")]),
        ("a: & b\n", [("E0106", "1:4")]),
        ("a: !x!y b\n", [("E0108", "1:4")]),
        ("a:\n    b: 1\n  c: 2\n", [("E0118", "3:3")]),
        ("a:\n  b: 1\n   c: 2\n", [("E0118", "3:4")]),
        ("a:\n  - b\n - c\n", [("E0118", "3:2")]),
        ("a: 1\n- b\n", [("E0118", "2:1")]),
        ("- a\nb: 1\n", [("E0118", "2:1")]),
        ("a: - b\n", [("E0118", "1:4")]),
        ("about:\n  it is: a text\n  of lines\na: 1\n", [("E0101", "1:1")]),
        ("a: 1\n<<<<<<< x\nb: 1\n=======\nb: 2\n>>>>>>> y\n", [("E0101", "2:1")]),
        ("b:\n  - [1]\n    [2]\n  - [3]\n", [("E0119", "3:5")]),
        ("b:\n  {c: 1}\n  d: 1\n", [("E0119", "2:3")]),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, str) else "",
)
def test_mistakes_are_found_where_they_are_made(text, expected):
    assert findings(text) == expected


def test_every_message_says_what_to_do():
    for text in ("a: *x\n", "a: .inf\n", "a: [\n", "a:\n\tb: 1\n", "~: 1\n", "a: 1\na: 2\n", ""):
        sink = Sink()
        read_text(Source("net.yaml", text), sink)
        assert sink.diagnostics, text
        assert all(found.help for found in sink.diagnostics)


def test_a_duplicate_key_shows_both_places_and_keeps_the_first():
    sink = Sink()
    root = read_text(Source("net.yaml", "a: 1\nb: 2\na: 3\n"), sink)
    assert plain(root) == {"a": 1, "b": 2}
    (found,) = sink.diagnostics
    assert [(label.message, label.span.line) for label in found.labels] == [
        ("here again", 3),
        ("here first", 1),
    ]


def test_an_open_bracket_shows_where_that_was_noticed():
    sink = Sink()
    read_text(Source("net.yaml", "input: [3, 32\nbody: [{a: 1}]\n"), sink)
    (found,) = sink.diagnostics
    assert found.message == "the list that opens with `[` is never closed"
    assert [label.span.line for label in found.labels] == [1, 2]


def test_independent_mistakes_are_all_reported():
    found = findings("a: &x 1\nb: !y 2\ntrue: 3\n<<: {c: .nan}\n")
    assert [code for code, _ in found] == ["E0106", "E0108", "E0113", "E0107", "E0114"]


def test_without_libyaml_a_tree_and_a_mistake_are_the_same(monkeypatch):
    monkeypatch.setattr("archspec.syntax.builder._LOADER", yaml.SafeLoader)
    assert plain(tree("a: [no, 010, '3']\nb: {c: 1}\n")) == {"a": ["no", 10, "3"], "b": {"c": 1}}
    assert findings("a: 1\na: 2\nb: &x 1\nc: !y 1\n") == [
        ("E0112", "2:1"),
        ("E0106", "3:4"),
        ("E0108", "4:4"),
    ]
    assert [code for code, _ in findings("a: [1\n")] == ["E0117"]
    assert findings("[" * 1000) == [("E0104", f"1:{MAX_DEPTH + 1}")]


def test_reports_are_bounded():
    assert len(findings("\n".join(["a: 1"] * 5000))) == MAX_ERRORS


def test_nodes_are_bounded():
    assert [code for code, _ in findings("a: [" + "b, " * 100_000 + "]")] == ["E0105"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("a: 1\n".encode("utf-16"), "E0003"),
        ("a: 1\n".encode("utf-16-le"), "E0003"),
        ("a: é\n".encode("latin-1"), "E0003"),
        (b"\xff" * 10, "E0003"),
        (b"a: 1\n" + b"#" * MAX_BYTES, "E0002"),
        (b"\x00" * 10, "E0003"),
    ],
)
def test_bytes_that_are_no_spec(data, code):
    sink = Sink()
    source, root = read("net.yaml", data, sink)
    assert root is None
    assert source.name == "net.yaml"
    assert [found.code for found in sink.diagnostics] == [code]


def test_a_byte_that_is_not_utf_8_is_shown_at_its_place():
    sink = Sink()
    read("net.yaml", "ü: 1\nb: é".encode() + b"\xff", sink)
    assert str(sink.diagnostics[0].span) == "net.yaml:2:5"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{a: " * 50_000,
        "- " * 100_000,
        "? " * 100_000,
        "a: &a [x, x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(5000)),
        "a: {" + "<<: {b: 1}, " * 10_000 + "}",
        "a: '" + "''" * 250_000 + "'",
        'a: "' + "\\x41" * 200_000 + '"',
        "".join(f"k{i}: {{}}\n" for i in range(40_000)),
        "a" * 500_000 + ": 1\n",
        "!" * 100_000,
        "a:\n" + " " * 500_000 + "b: 1\n",
    ],
    ids=range(12),
)
def test_hostile_input_is_answered(text):
    sink = Sink()
    tree = read_text(Source("net.yaml", text), sink)
    assert tree is not None or sink.has_errors


def test_the_collector_is_running_again_afterwards():
    assert gc.isenabled()
    findings("a: [\n")
    assert gc.isenabled()


YAML_ISH = st.lists(
    st.sampled_from(
        ["a", "b", "conv", ": ", ":", "- ", "\n", "\n  ", "\n    ", "\t", "[", "]", "{", "}", ", ", "'", '"', "#",
         "&x ", "*x", "!t ", "<<", "|", ">", "1", "1e5", ".inf", "$(", ")", "---\n", "...\n", "? ", "%", "é", "\\"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.one_of(YAML_ISH, st.text(max_size=80)))
@example("? a{")
def test_any_text_gives_a_tree_or_an_error_within_the_text(text):
    sink = Sink()
    source = Source("net.yaml", text)
    root = read_text(source, sink)
    assert (root is None) <= sink.has_errors
    for found in sink.diagnostics:
        for label in found.labels:
            assert 0 <= label.span.start <= label.span.end <= len(text) + 1
            assert label.span.line >= 1
    if root is not None:
        for node, _ in spans(root):
            assert 0 <= node.start <= node.end <= len(text)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_give_a_tree_or_an_error(data):
    sink = Sink()
    _, root = read("net.yaml", data, sink)
    assert (root is None) <= sink.has_errors


TEXTS = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff"),
    max_size=12,
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63), st.floats(allow_nan=False, allow_infinity=False),
              TEXTS),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True), VALUES, max_size=5))
def test_what_json_writes_is_read_as_it_was(value):
    assert plain(tree(json.dumps(value, ensure_ascii=False))) == value


class TestReadingOn:
    """Behind a slip that libyaml cannot read, and whose remedy is certain, the rest of the text is read as well."""

    HEAD = "archspec: 1\nname: N\ninput: [3, 8, 8]\n"

    def told(self, body: str) -> list[tuple[str, int, str]]:
        found = archspec.validate(self.HEAD + body)
        return [(each.code, each.span.line, each.span.text) for each in found]

    def test_what_stands_behind_it_is_told_at_its_place(self) -> None:
        assert self.told(
            "params: {widths: [8, 16]}\n"
            "body:\n"
            "  - {conv: $(widths[0]), kernal: 3}\n"
            "  - {conv: 8, kernel: 3, paddin: 1}  # ü\n"
            "  - rleu\n"
        ) == [
            ("E0101", 6, "["),
            ("E0202", 6, "kernal"),
            ("E0202", 7, "paddin"),
            ("E0201", 8, "rleu"),
        ]

    def test_several_of_them(self) -> None:
        assert self.told("body: [relu, {conv: 8\n  - nonsense\n") == [
            ("E0117", 4, "{"),
            ("E0118", 5, "- nonsense"),
        ]

    def test_a_fix_behind_it_changes_the_text_as_it_is(self) -> None:
        text = self.HEAD + "params: {w: [8]}\nbody:\n  - {conv: $(w[0]), kernal: 3}\n"
        edits = [edit for found in archspec.validate(text) for fix in found.fixes for edit in fix.edits]
        mended = edited(text.encode(), edits).decode()
        assert mended.endswith('  - {conv: "$(w[0])", kernel: 3}\n')
        assert archspec.validate(mended) == []

    @pytest.mark.parametrize(("slips", "read_on"), [(10, True), (11, False)])
    def test_there_is_an_end_to_it(self, slips: int, read_on: bool) -> None:
        text = "params: {w: [8]}\nbody:\n" + "  - {conv: $(w[0]), kernel: 1}\n" * slips + "  - nonsense\n"
        codes = [code for code, _, _ in self.told(text)]
        assert codes.count("E0101") == min(slips, 11)
        assert ("E0201" in codes) is read_on

    def test_a_long_text_is_read_once(self) -> None:
        long = "# " + "x" * 100_000 + "\nparams: {w: [8]}\nbody:\n  - {conv: $(w[0]), kernal: 1}\n"
        assert [code for code, _, _ in self.told(long)] == ["E0101"]

    def test_where_the_remedy_is_not_certain_nothing_is_said_of_the_rest(self) -> None:
        assert [code for code, _, _ in self.told("body:\n  - [relu relu: 1}\n  - nonsense\n")] == ["E0101"]
