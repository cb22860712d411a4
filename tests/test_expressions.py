"""The `$( … )` language: what each expression comes to, what is refused and where, and that Python agrees."""

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archspec.diagnostics import Sink
from archspec.expressions import (
    POISON,
    Binary,
    Call,
    Compare,
    Comprehension,
    Conditional,
    Index,
    ListOf,
    Literal,
    Logical,
    Name,
    Slice,
    Unary,
    evaluate,
    evaluate_template,
    free_names,
    is_expression,
    literal_text,
    parse,
    round_to,
    show,
    try_evaluate,
)
from archspec.source import Source, Span
from archspec.syntax import read_text

SCOPE = {"channels": 64, "width": 1.5, "depths": (3, 4, 6, 3), "kind": "batch", "deep": True, "nothing": None}


def run(text, scope=SCOPE):
    """The value of a text without mistakes."""
    sink = Sink()
    span = Span(Source("net.yaml", text), 0, len(text))
    tree = parse(text, span, sink)
    value = POISON if tree is None else evaluate(tree, scope, span, sink)
    assert sink.diagnostics == []
    return value


def findings(text, scope=SCOPE, before="x: "):
    """Code and column of every mistake in a text that stands in a line after `before`."""
    sink = Sink()
    span = Span(Source("net.yaml", before + text), len(before), len(before) + len(text))
    tree = parse(text, span, sink)
    if tree is not None:
        assert (evaluate(tree, scope, span, sink) is POISON) == bool(sink.diagnostics)
    return [(found.code, found.span.column - len(before), found.span.text) for found in sink.diagnostics]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$channels", 64),
        ("$kind", "batch"),
        ("$depths", (3, 4, 6, 3)),
        ("$true", True),
        ("$null", None),
        ("$(channels * 4)", 256),
        ("$(2 + 3 * 4)", 14),
        ("$((2 + 3) * 4)", 20),
        ("$(2 ** 3 ** 2)", 512),
        ("$(-2 ** 2)", -4),
        ("$(2 ** -1)", 0.5),
        ("$(- - 3)", 3),
        ("$(10 - 4 - 3)", 3),
        ("$([3 >= 3, 2 >= 3, 3 <= 3, 3 <= 2, 3 > 3, 3 < 3])", (True, False, True, False, False, False)),
        ("$('a' <= 'b' < 'c')", True),
        ("$(64 / 2)", 32),
        ("$(65 / 2)", 32.5),
        ("$(64 / 2.0)", 32.0),
        ("$(-7 // 2)", -4),
        ("$(-7 % 3)", 2),
        ("$(.5 + 1e-1)", 0.6),
        ("$(010)", 10),
        ("$(depths[0] + depths[-1])", 6),
        ("$([[1, 2], [3, 4]][1][0])", 3),
        ("$([1, 2] + [3])", (1, 2, 3)),
        ("$([0] * 3)", (0, 0, 0)),
        ("$(depths[1:3])", (4, 6)),
        ("$(depths[:-1] + depths[9:])", (3, 4, 6)),
        ("$(kind[1:])", "atch"),
        ("$([d * 2 for d in depths])", (6, 8, 12, 6)),
        ("$([d for d in depths if d != 3])", (4, 6)),
        ("$([a for a in [1, 2] if a > 1 or true])", (1, 2)),
        ("$(sum([len([d for d in depths if d == c]) for c in depths]))", 6),
        ("$([channels for channels in [1, 2]] + [channels])", (1, 2, 64)),
        ("$([x if x else 9 for x in (range(3) if deep else [])])", (9, 1, 2)),
        ("$([1, 2,])", (1, 2)),
        ("$('a' + \"b\")", "ab"),
        ("$(1 < 2 < 3)", True),
        ("$(1 < 3 < 2)", False),
        ("$(1 == 1.0)", True),
        ("$(kind == 'batch')", True),
        ("$(nothing == null)", True),
        ("$(3 in depths)", True),
        ("$(5 not in depths)", True),
        ("$(not channels == 64)", False),
        ("$(true or 1 / 0)", True),
        ("$(false and 1 / 0)", False),
        ("$(true or false and false)", True),
        ("$(1 if deep else 1 / 0)", 1),
        ("$(1 if false else 2 if false else 3)", 3),
        ("$(min(3, 1, 2))", 1),
        ("$(max(depths))", 6),
        ("$(round_to(channels * 0.75, 8))", 48),
        ("$(ceil(1.2) + floor(1.8) + int(-1.8) + round(2.5) + abs(-1))", 5),
        ("$(len(depths) + len(kind))", 9),
        ("$(sum(depths))", 16),
        ("$(range(4))", (0, 1, 2, 3)),
        ("$(range(1, 4))", (1, 2, 3)),
        ("$(range(5, 0, -2))", (5, 3, 1)),
        ("$( 1\t+ 1 )", 2),
    ],
)
def test_values(text, value):
    result = run(text)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$", [("E0450", 1, "$")]),
        ("$1", [("E0450", 1, "$1")]),
        ("$depths[0]", [("E0450", 1, "$depths[0]")]),
        ("$a.b", [("E0450", 1, "$a.b")]),
        ("$if", [("E0450", 1, "$if")]),
        ("$()", [("E0450", 3, ")")]),
        ("$(1", [("E0450", 1, "$(1")]),
        ("$(1 2)", [("E0450", 5, "2")]),
        ("$(1) + 1", [("E0450", 6, "+ 1")]),
        ("$(1 +)", [("E0450", 6, ")")]),
        ("$(1 << 10)", [("E0450", 6, "<")]),
        ("$(channels = 3)", [("E0450", 12, "=")]),
        ("$(depths[1:2:3])", [("E0450", 13, ":")]),
        ("$(depths['a':])", [("E0452", 10, "'a'")]),
        ("$(channels[1:])", [("E0452", 3, "channels")]),
        ("$([x for x in channels])", [("E0452", 15, "channels")]),
        ("$([1 / x for x in [1, 0, 0]])", [("E0453", 4, "1 / x")]),
        ("$([x for 1 in depths])", [("E0450", 10, "1")]),
        ("$([d for d in depths] + d)", [("E0451", 25, "d")]),
        (
            "$(sum([sum(range(9999)) for x in range(9999)]))",
            [("E0455", 8, "sum(range(9999))")],
        ),
        ("$(kind.upper())", [("E0450", 7, ".")]),
        ("$('a\\n')", [("E0450", 3, "'")]),
        ("$(lambda: 1)", [("E0450", 9, ":")]),
        ("$(ｏｓ)", [("E0450", 3, "ｏ")]),
        ("$(1_000)", [("E0450", 4, "_000")]),
        ("$($channels)", [("E0450", 3, "$")]),
        ("$(__import__('os'))", [("E0458", 3, "__import__")]),
        ("$(eval('1'))", [("E0458", 3, "eval")]),
        ("$(ceil())", [("E0458", 3, "ceil()")]),
        ("$(round_to(1))", [("E0458", 3, "round_to(1)")]),
        ("$chanels", [("E0451", 2, "chanels")]),
        ("$(foo + bar * channels)", [("E0451", 3, "foo"), ("E0451", 9, "bar")]),
        ("$(kind + 1)", [("E0452", 3, "kind + 1")]),
        ("$(deep + 1)", [("E0452", 3, "deep + 1")]),
        ("$(-kind)", [("E0452", 3, "-kind")]),
        ("$(channels[0])", [("E0452", 3, "channels")]),
        ("$(depths['a'])", [("E0452", 10, "'a'")]),
        ("$(depths[deep])", [("E0452", 10, "deep")]),
        ("$(1 < kind)", [("E0452", 3, "1 < kind")]),
        ("$(1 in channels)", [("E0452", 3, "1 in channels")]),
        ("$(max())", [("E0458", 3, "max()")]),
        ("$(max([]))", [("E0452", 3, "max([])")]),
        ("$(max(channels))", [("E0452", 3, "max(channels)")]),
        ("$(sum(['a']))", [("E0452", 3, "sum(['a'])")]),
        ("$(range(1, 2, 0))", [("E0452", 3, "range(1, 2, 0)")]),
        ("$((-8) ** 0.5)", [("E0452", 3, "(-8) ** 0.5")]),
        ("$(1 / (channels - 64))", [("E0453", 3, "1 / (channels - 64)")]),
        ("$(1 % 0)", [("E0453", 3, "1 % 0")]),
        ("$(0 ** -1)", [("E0453", 3, "0 ** -1")]),
        ("$(depths[4])", [("E0454", 10, "4")]),
        ("$(depths[-5])", [("E0454", 10, "-5")]),
        ("$([][0])", [("E0454", 6, "0")]),
        ("$(9**9**9)", [("E0455", 3, "9**9**9")]),
        ("$(2**63 * 2)", [("E0455", 3, "2**63 * 2")]),
        ("$(1e300 * 1e300)", [("E0455", 3, "1e300 * 1e300")]),
        ("$(10.0 ** 400)", [("E0455", 3, "10.0 ** 400")]),
        ("$(1e999)", [("E0455", 3, "1e999")]),
        ("$(99999999999999999999)", [("E0455", 3, "99999999999999999999")]),
        ("$(range(10**9))", [("E0455", 3, "range(10**9)")]),
        ("$([0] * 10001)", [("E0455", 3, "[0] * 10001")]),
        ("$([0] * 9000 + [0] * 9000)", [("E0455", 3, "[0] * 9000 + [0] * 9000")]),
        ("$('a' * 2)", [("E0452", 3, "'a' * 2")]),
        ("$([[0] * 5000] * 5000)", [("E0455", 3, "[[0] * 5000] * 5000")]),
        ("$(" + "(" * 40 + "1" + ")" * 40 + ")", [("E0457", 35, "(")]),
        ("$(" + "-" * 100 + "1)", [("E0457", 35, "-")]),
        ("$(" + "1+" * 200 + "1)", [("E0457", 1, "$(" + "1+" * 200 + "1)")]),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_mistakes_are_found_at_their_column(text, expected):
    assert findings(text) == expected


def test_help_names_what_was_probably_meant():
    sink = Sink()
    text = "$(chanels * 2)"
    span = Span(Source("net.yaml", text), 0, len(text))
    evaluate(parse(text, span, sink), SCOPE, span, sink)
    (found,) = sink.diagnostics
    assert found.help == "did you mean `channels`?"
    assert "known here: `channels`" in found.notes[0]


def test_poison_says_nothing_more():
    sink = Sink()
    text = "$(a * 2 + len(a) if b[a] else 1)"
    span = Span(Source("net.yaml", text), 0, len(text))
    assert evaluate(parse(text, span, sink), {"a": POISON, "b": (1,)}, span, sink) is POISON
    assert sink.diagnostics == []


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("a: $(1 + foo)", "1:10"),
        ("a: '$(1 + foo)'", "1:11"),
        ('a: "$(1 + foo)"', "1:11"),
        ("a: '$(''x'' + foo)'", "1:15"),
        ('a: "$(1 +\\x20foo)"', "1:14"),
        ('a: "\\u0024(1 +\\\n  \\ foo)"', "2:5"),
        ("a: $(1 +\n  foo)", "2:3"),
        ("a: '$(1 +\n\n\n  foo)'", "4:3"),
        ("a: |\n  $(1 +\n    foo)\n", "3:5"),
        ("a: >-  # folded\n  $(1\n  +\n\n  foo)\n", "5:3"),
        ("a: |2-\n  $(1 +\n    foo)\n", "3:5"),
        ("a: $(1 +\r\n  foo)\r\n", "2:3"),
    ],
)
def test_the_place_is_exact_however_the_text_is_written(line, place):
    sink = Sink()
    node = read_text(Source("net.yaml", line), sink).get("a")
    evaluate(parse(node.text, node.span, sink), {}, node.span, sink)
    (found,) = sink.diagnostics
    assert (str(found.span), found.span.text) == (f"net.yaml:{place}", "foo")


def mendings(text):
    """What a text that stands in quotes becomes by the edits offered with its mistakes."""
    sink = Sink()
    source = Source("net.yaml", f'"{text}"')
    parse(text, Span(source, 0, len(source.text)), sink)
    result = source.text
    for found in sink.diagnostics:
        for edit in sorted(found.fixes[0].edits if found.fixes else (), key=lambda edit: -edit.span.start):
            result = result[: edit.span.start] + edit.text + result[edit.span.end :]
    return result[1:-1] if result != source.text else None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("${a}", "$a"),
        ("${ a + 1 }", "$( a + 1 )"),
        ("$a + $b", "$(a + b)"),
        ("$ (a)", "$((a))"),
        ("$(a)", None),
        ("$(a!=b&&!c)", "$(a!=b and not c)"),
        ("$('a && b' ^ 2)", "$('a && b' ** 2)"),
        ("$(a ? b ^ 2 : c)", None),
        ("$(a === 1 ? b : c)", "$(b if a == 1 else c)"),
        ("$(max(a, [1, 2)", "$(max(a, [1, 2]))"),
        ("$(a)))", "$(a)"),
        ("$(a) // 2", "$((a) // 2)"),
        ("$(np.abs(self.a))", "$(abs(a))"),
        ("$(a ≥ 1_000 AND b)", "$(a >= 1000 and b)"),
        ("$1_0", "$(10)"),
        ("$a$b", None),
        ("$a b", None),
        ("$(a b)", None),
        ("$(a +)", None),
        ("$", None),
        ("$(lambda: 3)", None),
        ("$(sqare(a))", None),
        ("$(roundto(a, 8))", "$(round_to(a, 8))"),
    ],
)
def test_what_other_languages_write_is_mended_where_it_is_certain(text, meant):
    assert mendings(text) == meant


@pytest.mark.parametrize(
    "text", ["$(1 if deep else chanels)", "$(deep or chanels)", "$(1 if channel else deep)"]
)
def test_names_of_a_branch_that_is_not_taken_must_be_known(text):
    assert [code for code, _, _ in findings(text)] == ["E0451"]


def test_equal_texts_share_one_tree():
    trees = [parse("$(a + 1)", Span(Source(name, "$(a + 1)"), 0, 8), Sink()) for name in ("x", "y")]
    assert trees[0] is trees[1]


def test_a_dollar_is_written_twice():
    assert is_expression("$a")
    assert is_expression("$(1)")
    assert not is_expression("$$a")
    assert not is_expression("a$")
    assert [literal_text(text) for text in ("$$a", "a", "a$$")] == ["$a", "a", "a$$"]


def test_free_names_in_order():
    text = "$(b + a[b] if c in [d] else max(e, b))"
    assert free_names(parse(text, Span(Source("x", text), 0, len(text)), Sink())) == ("b", "a", "c", "d", "e")
    assert free_names(tree("[x * a for x in b[x:] if x > c]")) == ("b", "x", "a", "c")


def tree(text):
    text = f"$({text})"
    sink = Sink()
    result = parse(text, Span(Source("x", text), 0, len(text)), sink)
    assert result is not None, sink.diagnostics
    return result


def test_values_are_shown_short():
    assert show((1, "a", None, True)) == "[1, 'a', null, true]"
    assert len(show(tuple(range(10_000)))) < 100
    assert len(show("x" * 256)) < 100


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("denselayer$(i + 1)", "denselayer3"),
        ("$(i)", "2"),
        ("layer$i", "layer2"),
        ("${i}", POISON),
        ("a$$b", "a$b"),
        ("$kind$(i)x", "batch2x"),
        ("b$(')' + kind)", "b)batch"),
        ("plain", "plain"),
    ],
)
def test_templates(text, value):
    sink = Sink()
    span = Span(Source("net.yaml", text), 0, len(text))
    assert evaluate_template(text, {**SCOPE, "i": 2}, span, sink) == value
    assert bool(sink.diagnostics) == (value is POISON)


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("layer$(j + 1)", "E0451", 8),
        ("layer$(width)", "E0452", 6),
        ("layer$(deep)", "E0452", 6),
        ("layer$(1 + )", "E0450", 12),
        ("layer$(1", "E0450", 6),
        ("layer$", "E0450", 6),
    ],
)
def test_templates_point_into_their_text(text, code, column):
    sink = Sink()
    span = Span(Source("net.yaml", text), 0, len(text))
    assert evaluate_template(text, SCOPE, span, sink) is POISON
    assert [(found.code, found.span.column) for found in sink.diagnostics] == [(code, column)]


@pytest.mark.parametrize(
    ("width", "expected"),
    # channels of MobileNetV2 at width 1.4 and 0.35 (Sandler et al., 2018, as published in the authors' code)
    [(32 * 1.4, 48), (16 * 1.4, 24), (24 * 1.4, 32), (96 * 1.4, 136), (160 * 1.4, 224), (320 * 1.4, 448),
     (32 * 0.35, 16), (16 * 0.35, 8), (24 * 0.35, 8), (96 * 0.35, 32), (64, 64), (3, 8), (12, 16), (11, 16)],
)  # fmt: skip
def test_round_to(width, expected):
    assert round_to(width, 8) == expected


@given(st.floats(0.1, 5000), st.integers(1, 64))
def test_round_to_keeps_nine_tenths(value, multiple):
    rounded = round_to(value, multiple)
    assert rounded % multiple == 0
    assert rounded >= multiple
    assert rounded >= 0.9 * value
    assert rounded - value <= multiple


@pytest.mark.parametrize(
    "text",
    [
        "$([0] * 10000 == [0] * 10000)",
        "$(" + "+".join(["[0]*999"] * 10) + ")",
        "$(" + "(2**63)%7+" * 24 + "1)",
        "$(" + "[" * 31 + "]" * 31 + ")",
        "$(7 ** 22 ** 1 ** 1)",
        "$('a' * 9223372036854775807)",
        "$([] * 9223372036854775807)",
        "$(range(-9223372036854775807, 9223372036854775807))",
        "$(sum([sum([sum([1 for z in range(9999)]) for y in range(9999)]) for x in range(9999)]))",
        "$([range(9999) for x in range(9999)])",
        "$([[0] * 9999 == [0] * 9999 for x in range(9999)])",
    ],
    ids=range(11),
)
def test_hostile_expressions_are_bounded(text):
    assert all(code.startswith("E045") for code, _, _ in findings(text))


NAMES = ("a", "b", "items", "word", "flag")
PYTHON_NAMES = {"true": True, "false": False, "null": None, "__builtins__": {
    "min": min, "max": max, "round": round, "int": int, "abs": abs, "len": len, "sum": sum, "ceil": math.ceil,
    "floor": math.floor, "round_to": round_to, "range": lambda *ends: list(range(*ends)),
    "divided": lambda a, b: a // b if isinstance(a, int) and isinstance(b, int) and a % b == 0 else a / b,
}}  # fmt: skip


def written(part, divided="({}) / ({})"):
    """An expression in the language, which is also Python but for its division; every part is in parentheses."""

    def inside(each):
        return f"({written(each, divided)})"

    match part:
        case Literal(None | True | False):
            return {None: "null", True: "true", False: "false"}[part.value]
        case Literal():
            return repr(part.value)
        case Name():
            return part.name
        case ListOf():
            return f"[{', '.join(map(inside, part.items))}]"
        case Unary():
            return f"{part.operator} {inside(part.operand)}"
        case Binary(operator="/"):
            return divided.format(inside(part.left), inside(part.right))
        case Binary() | Logical():
            return f"{inside(part.left)} {part.operator} {inside(part.right)}"
        case Compare():
            pairs = zip(part.operators, part.rest, strict=True)
            return inside(part.first) + "".join(f" {operator} {inside(each)}" for operator, each in pairs)
        case Conditional():
            return f"{inside(part.then)} if {inside(part.test)} else {inside(part.otherwise)}"
        case Index():
            return f"{inside(part.base)}[{inside(part.index)}]"
        case Slice():
            ends = ["" if end is None else inside(end) for end in (part.first, part.last)]
            return f"{inside(part.base)}[{':'.join(ends)}]"
        case Comprehension():
            condition = "" if part.condition is None else f" if {inside(part.condition)}"
            return f"[{inside(part.item)} for {part.name} in {inside(part.items)}{condition}]"
        case Call():
            return f"{part.function}({', '.join(map(inside, part.arguments))})"


def listed(value):
    """A value with lists in place of tuples, as Python has them where the language has brackets."""
    return [listed(item) for item in value] if isinstance(value, tuple) else value


def node(maker, *parts):
    return st.builds(lambda *built: maker(*built, 0, 0), *parts)


LEAVES = st.one_of(
    node(Literal, st.one_of(st.integers(0, 9), st.sampled_from([0.5, 2.0, "x", "yy", True, False, None]))),
    node(Name, st.sampled_from(NAMES)),
)


def branches(inner):
    numbers = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        node(Unary, st.sampled_from(["+", "-", "not"]), inner),
        node(Binary, st.sampled_from(["+", "-", "*", "/", "//", "%", "**"]), inner, inner),
        node(Logical, st.sampled_from(["and", "or"]), inner, inner),
        node(Conditional, inner, inner, inner),
        node(Index, inner, inner),
        node(Slice, inner, st.none() | inner, st.none() | inner),
        node(Comprehension, inner, st.sampled_from(NAMES), inner, st.none() | inner),
        node(ListOf, st.lists(inner, max_size=3).map(tuple)),
        node(Call, st.sampled_from(["min", "max", "range", "round_to"]), numbers),
        node(Call, st.sampled_from(["ceil", "floor", "round", "int", "abs", "len", "sum"]), st.tuples(inner)),
        st.lists(st.tuples(st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "not in"]), inner),
                 min_size=1, max_size=3).flatmap(
            lambda pairs: node(Compare, inner, st.just(tuple(pair[0] for pair in pairs)),
                               st.just(tuple(pair[1] for pair in pairs)))
        ),
    )  # fmt: skip


TREES = st.recursive(LEAVES, branches, max_leaves=8)
SCOPES = st.fixed_dictionaries(
    {
        "a": st.integers(-8, 64),
        "b": st.one_of(st.integers(0, 8), st.sampled_from([0.5, 1.5])),
        "items": st.lists(st.integers(0, 9), max_size=4).map(tuple),
        "word": st.sampled_from(["", "x", "batch"]),
        "flag": st.booleans(),
    }
)


@pytest.mark.filterwarnings("ignore::SyntaxWarning")  # Python's own advice on `1[0]` and the like
@settings(max_examples=300, deadline=None)
@given(TREES, SCOPES)
def test_python_gives_the_same_value(expression, scope):
    """And so does the text of the tree, read."""
    value = try_evaluate(expression, scope)
    assume(value is not POISON)
    names = {name: listed(each) for name, each in scope.items()}
    result = eval(written(expression, "divided({}, {})"), {**PYTHON_NAMES, **names})
    assert result == listed(value)
    assert type(result) is type(listed(value))
    text = written(expression)
    assume(len(text) < 250)
    assert try_evaluate(tree(text), scope) == value


@settings(max_examples=200, deadline=None)
@given(st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(["a", "(", ")", "[", "]", "1", "+", "**", "if", "else", "not", "in", "'", " ", ",", "max(",
                              "range(", "9", ".", "<", "foo", "for", ":"]), max_size=30).map("".join),
))  # fmt: skip
def test_any_text_gives_a_value_or_an_error_within_it(inside):
    text = f"$({inside})"
    sink = Sink()
    span = Span(Source("net.yaml", text), 0, len(text))
    expression = parse(text, span, sink)
    value = POISON if expression is None else evaluate(expression, {"a": 3}, span, sink)
    assert (value is POISON) == bool(sink.diagnostics)
    for found in sink.diagnostics:
        assert 0 <= found.span.start <= found.span.end <= len(text)
