"""The tree of Python that prints itself: what it prints parses back to the same tree, and ruff leaves it as it is."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archspec.backends.torch import code
from archspec.backends.torch.layout import docstring, flat, render
from archspec.backends.torch.names import Namespace, network_class_name, pascal_case

NAMES = st.sampled_from(("x", "channels", "in_channels", "a_rather_long_name_for_one_argument"))
LEAVES = st.one_of(
    st.builds(code.Name, NAMES),
    st.builds(code.Constant, st.one_of(st.integers(-9, 2048), st.booleans(), st.none(), st.floats(-2, 2))),
    st.builds(code.Attribute, st.builds(code.Name, NAMES), NAMES),
)


def expressions(leaves: st.SearchStrategy[code.Expression]) -> st.SearchStrategy[code.Expression]:
    operators = st.sampled_from(("+", "-", "*", "//", "%", "and", "or"))
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(code.Infix, operators, st.lists(inner, min_size=2, max_size=3).map(tuple)),
            st.builds(code.Infix, st.sampled_from(("==", "!=", "<")), st.tuples(inner, inner)),
            st.builds(code.Prefix, st.sampled_from(("-", "not ")), inner),
            st.builds(code.Conditional, inner, inner, inner),
            st.builds(code.Subscript, inner, inner),
            st.builds(code.ListOf, st.lists(inner, max_size=3).map(tuple)),
            st.builds(code.TupleOf, st.lists(inner, max_size=3).map(tuple)),
        ),
        max_leaves=8,
    )


def as_python(node: code.Expression) -> ast.expr:
    """The tree that a node stands for, made without printing it."""
    operators = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult, "//": ast.FloorDiv, "%": ast.Mod}
    compares = {"==": ast.Eq, "!=": ast.NotEq, "<": ast.Lt}
    load = ast.Load()
    match node:
        case code.Name():
            return ast.Name(node.text, load)
        case code.Constant(value=int() | float() as number) if (
            not isinstance(number, bool) and repr(number)[0] == "-"
        ):
            return ast.UnaryOp(ast.USub(), ast.Constant(-number))
        case code.Constant():
            return ast.Constant(node.value)
        case code.Attribute():
            return ast.Attribute(as_python(node.value), node.name, load)
        case code.Subscript():
            return ast.Subscript(as_python(node.value), as_python(node.index), load)
        case code.ListOf():
            return ast.List(
                [as_python(item) for item in node.items if not isinstance(item, code.Keyword | code.Spread)],
                load,
            )
        case code.TupleOf():
            return ast.Tuple([as_python(item) for item in node.items], load)
        case code.Prefix():
            operator = ast.Not() if node.operator == "not " else ast.USub()
            return ast.UnaryOp(operator, as_python(node.operand))
        case code.Conditional():
            return ast.IfExp(as_python(node.test), as_python(node.then), as_python(node.otherwise))
        case code.Infix(operator="and" | "or"):
            joined = ast.And() if node.operator == "and" else ast.Or()
            return ast.BoolOp(joined, [as_python(operand) for operand in node.operands])
        case code.Infix() if node.operator in compares:
            left, right = map(as_python, node.operands)
            return ast.Compare(left, [compares[node.operator]()], [right])
        case code.Infix():
            tree = as_python(node.operands[0])
            for operand in node.operands[1:]:
                tree = ast.BinOp(tree, operators[node.operator](), as_python(operand))
            return tree
    raise AssertionError(node)


class _Flat(ast.NodeTransformer):
    """`a and (b and c)` is `a and b and c`, to both sides of the comparison."""

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        values: list[ast.expr] = []
        for value in node.values:
            same = isinstance(value, ast.BoolOp) and type(value.op) is type(node.op)
            values.extend(value.values if same and isinstance(value, ast.BoolOp) else [value])
        return ast.BoolOp(node.op, values)


@given(expressions(LEAVES))
def test_an_expression_prints_with_the_parentheses_it_needs(node: code.Expression) -> None:
    printed = ast.parse(flat(node), mode="eval").body
    assert ast.dump(_Flat().visit(printed)) == ast.dump(_Flat().visit(as_python(node)))


def test_parentheses_are_no_more_than_needed() -> None:
    a, b, c = map(code.Name, "abc")
    product = code.Infix("*", (a, b))
    assert flat(code.Infix("+", (product, c))) == "a * b + c"
    assert flat(code.Infix("*", (code.Infix("+", (a, b)), c))) == "(a + b) * c"
    assert flat(code.Infix("-", (a, code.Infix("-", (b, c))))) == "a - (b - c)"
    assert flat(code.Infix("-", (code.Infix("-", (a, b)), c))) == "a - b - c"
    assert flat(code.Prefix("not ", code.Infix("!=", (a, b)))) == "not a != b"
    assert flat(code.TupleOf((a,))) == "(a,)"


CALLS = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        code.Call,
        st.sampled_from(("nn.Sequential", "nn.Conv2d", "self.relu")).map(code.dotted),
        st.lists(
            st.one_of(
                inner,
                st.builds(code.Keyword, NAMES, inner),
                st.builds(
                    code.Spread,
                    st.builds(code.Generator, inner, st.just(code.Name("_")), st.just(code.Name("copies"))),
                ),
            ),
            max_size=4,
        ).map(lambda items: tuple(sorted(items, key=lambda item: isinstance(item, code.Keyword)))),
    ),
    max_leaves=12,
)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(CALLS, min_size=30, max_size=60))
def test_ruff_leaves_the_layout_of_calls_alone(values: list[code.Expression]) -> None:
    body = tuple(
        code.Assign(code.Name(f"v{at}"), value, comment="64 × 56 × 56") for at, value in enumerate(values)
    )
    function = code.Function("forward", (code.Parameter("self"),), code.Constant(None), body)
    text = "\n".join(render([code.Class("A", (), (function,), "What it is.")])) + "\n"
    assert ruff_format(text) == text


def ruff_format(text: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--stdin-filename", "emitted.py", "-"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


LONG = code.Name("a" * 40)


@pytest.mark.parametrize(
    ("statement", "lines"),
    [
        pytest.param(
            code.Evaluate(code.Call(code.Name("a_function"), (LONG, code.Keyword("k", LONG)))),
            ["a_function(", "    " + "a" * 40 + ", k=" + "a" * 40, ")"],
            id="plain arguments stay on one line",
        ),
        pytest.param(
            code.Evaluate(code.Call(code.Name("f"), (LONG, LONG, LONG))),
            ["f(", *["    " + "a" * 40 + ","] * 3, ")"],
            id="too many stand one a line",
        ),
        pytest.param(
            code.Evaluate(
                code.Call(
                    code.dotted("nn.Sequential"),
                    (code.Call(code.Name("A"), (LONG,)), code.Call(code.Name("B"), (LONG,))),
                )
            ),
            ["nn.Sequential(", "    A(" + "a" * 40 + "),", "    B(" + "a" * 40 + "),", ")"],
            id="calls stand one a line",
        ),
        pytest.param(
            code.Assign(code.Name("x"), code.Infix("+", (LONG, LONG, LONG))),
            ["x = (", "    " + "a" * 40, "    + " + "a" * 40, "    + " + "a" * 40, ")"],
            id="a sum breaks before its operators",
        ),
        pytest.param(
            code.If(
                code.Name("a"),
                (code.Return(code.Name("x")),),
                (code.If(code.Name("b"), (code.Return(code.Name("y")),)),),
            ),
            ["if a:", "    return x", "elif b:", "    return y"],
            id="elif",
        ),
        pytest.param(
            code.Assign(code.Name("x"), code.Constant(1), comment="a remark that " + "is long " * 10),
            ["# a remark that " + "is long " * 10, "x = 1"],
            id="a comment that does not fit stands above",
        ),
    ],
)
def test_layout(statement: code.Statement, lines: list[str]) -> None:
    assert render([statement]) == lines
    text = "\n".join(line.rstrip() for line in lines) + "\n"
    assert ruff_format(text) == text


WORDS = (
    st.text(st.characters(exclude_categories=()), min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda word: word and not set(word) & set("\n\r\t\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029 "))
)
LINES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)


@given(st.lists(LINES, min_size=1, max_size=4), st.sampled_from((0, 4)))
def test_a_docstring_gives_its_text_back_and_nothing_else(lines: list[str], indent: int) -> None:
    text = "\n".join(lines)
    printed = docstring(text, indent)
    source = "\n".join(line.removeprefix(" " * indent) for line in printed)
    (statement,) = ast.parse(source).body
    assert isinstance(statement, ast.Expr)
    assert inspect.cleandoc(ast.literal_eval(statement.value)) == text
    source.encode()  # surrogates are escaped


@pytest.mark.parametrize(
    "text", ['"""', '"quoted"', 'ends in a quote"', "back\\slash\\", "{{x}}", "\N{RIGHT-TO-LEFT OVERRIDE}"]
)
def test_ruff_leaves_docstrings_alone(text: str) -> None:
    for shown in (text, f"{text}\n\n{text}"):
        printed = "\n".join(docstring(shown)) + "\n"
        assert ruff_format(printed) == printed


@given(st.text())
def test_a_string_prints_as_a_literal_of_itself(text: str) -> None:
    printed = flat(code.Constant(text))
    assert ast.literal_eval(printed) == text
    assert printed.isprintable()


@given(st.lists(st.text(max_size=8), max_size=20))
def test_a_namespace_gives_each_identifier_once(wanted: list[str]) -> None:
    namespace = Namespace(("taken",))
    names = [
        namespace.claim(name) for name in [*wanted, "taken", "class", "list", "torch", "x", "x", "x1", "x1"]
    ]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and name.isascii() for name in names)
    for name in names:
        ast.parse(f"{name} = 1")  # no keyword
    assert not {"taken", "list", "torch"} & set(names)


@pytest.mark.parametrize(
    ("name", "variant", "expected"),
    [
        ("ResNet", "", "ResNet"),
        ("ResNet", "resnet50", "ResNet50"),
        ("ResNet", "wide_resnet50_2", "WideResNet50_2"),
        ("ResNet", "resnext50_32x4d", "ResNext50_32x4d"),
        ("ResNet", "plain34", "ResNetPlain34"),
        ("LeNet-5", "", "LeNet5"),
        ("GoogLeNet", "googlenet", "GoogLeNet"),
        ("VGG", "vgg16_bn", "VGG16Bn"),
        ("MobileNetV2", "mobilenet_v2", "MobileNetV2"),
        ("3d", "", "Net3d"),
        ("中文", "", "Network"),
        ('x"""\nimport os#', "", "XImportOs"),
    ],
)
def test_class_names(name: str, variant: str, expected: str) -> None:
    assert network_class_name(name, variant) == expected


def test_block_names() -> None:
    assert pascal_case("conv_bn_relu", "Block") == "ConvBnRelu"
    assert pascal_case("SEBlock", "Block") == "SEBlock"
    assert pascal_case("", "Block") == "Block"
