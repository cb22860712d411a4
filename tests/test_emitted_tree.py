"""No text of a spec becomes code: what is emitted is the same tree whatever a description says, and every emitted file
keeps to a list of what it may do.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from invalid_cases import read_cases

import archspec
from archspec.backends.torch.source import emit
from archspec.compiler import check
from archspec.files import Folder
from archspec.limits import Limits
from archspec.targets import Shipped, Target, locate, shipped_folder, shipped_networks
from archspec.validation import judge

CASE_FOLDER = Path(__file__).parent / "cases"

TEXTS = (
    'a """ b',
    "ends with a quote \"",
    '"""\nimport os\nos.system("id")\n"""',
    "a backslash \\",
    "\\N{BULLET} \\x00 \\u0000",
    "{{ x }} {x} %s $name $(1)",
    "# coding: latin-1",
    "a\nb\n\n\nc   \n\tindented",
    "'''",
    "\u2028 line separator \u2029",
    "ü ł 漢字 🎉",
)  # fmt: skip

PLAIN: dict[str, Any] = {
    "archspec": 1,
    "name": "Plain",
    "input": [3, 8, 8],
    "blocks": {"unit": {"params": {"channels": "int"}, "seq": [{"conv": "$channels", "kernel": 3}, "relu"]}},
    "body": [{"unit": 4}, {"residual": [{"conv": 4, "kernel": 3, "padding": 1}]}],
    "head": ["gap", {"fc": 2}],
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_description_changes_nothing_but_the_docstring(text: str) -> None:
    plain = archspec.compile(yaml.safe_dump(PLAIN, sort_keys=False))
    spec = dict(PLAIN)
    spec["about"] = text
    spec["note"] = text
    spec["blocks"] = {"unit": {"about": text, **PLAIN["blocks"]["unit"]}}
    spec["body"] = [{**node, "note": text} for node in PLAIN["body"]]
    described = archspec.compile(yaml.safe_dump(spec, sort_keys=False))
    assert _without_docstrings(described.source()) == _without_docstrings(plain.source())
    check_tree(described.source())


@pytest.mark.parametrize(
    "name", [*TEXTS, "import os", "class", "forward", "nn", "Tensor", "Sequential", "1st", "…"]
)
def test_a_name_of_the_network_is_no_code(name: str) -> None:
    network = archspec.compile(yaml.safe_dump({**PLAIN, "name": name}, sort_keys=False))
    check_tree(network.source())
    with torch.device("meta"):
        assert network.module()(torch.empty(2, 3, 8, 8)).shape == (2, 2)


@st.composite
def hostile_texts(draw: st.DrawFn) -> str:
    """Any text, and pieces of what ends a text, a comment or a line, in any order."""
    pieces = st.sampled_from(
        ('"""', "'''", "\\", "\n", "\r", "#", "{", "}", "%", "\\N{", "$(", "import os", ")", "\u2028", "\x85")
    )
    return "".join(draw(st.lists(pieces | st.text(max_size=5), max_size=8)))


@settings(max_examples=40, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(name=hostile_texts(), about=hostile_texts(), note=hostile_texts(), value=hostile_texts())
def test_no_text_of_a_spec_is_code(name: str, about: str, note: str, value: str) -> None:
    def source(texts: dict[str, str]) -> str | None:
        spec = {
            **PLAIN,
            "about": texts["about"],
            "params": {"value": texts["value"]},
            "blocks": {"unit": {"about": texts["about"], "note": texts["note"], **PLAIN["blocks"]["unit"]}},
            "body": [*PLAIN["body"], {"use": "relu", "if": "$(value == '')", "note": texts["note"]}],
        }
        graph = check(Target("net.yaml", yaml.safe_dump(spec, sort_keys=False).encode())).graph
        return None if graph is None else emit(replace(graph, name=texts["name"]))

    # A text may be no value here (`$x`), or no remark (`allow`): then it is refused, and there is no code.
    hostile = source({"name": name, "about": about, "note": note, "value": value})
    if hostile is None:
        return
    check_tree(hostile)
    harmless = source({"name": name, "about": "", "note": "", "value": "x" if value else ""})
    assert harmless is not None
    assert _without_docstrings(hostile) == _without_docstrings(harmless)


def _without_docstrings(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and ast.get_docstring(node) is not None
        ):
            node.body = node.body[1:]
    return ast.dump(tree)


_NODES = """
    Module ClassDef FunctionDef Import ImportFrom alias arguments arg keyword Assign AnnAssign Expr Return If For
    Name Attribute Call Constant Tuple List Dict Subscript Slice Starred GeneratorExp comprehension IfExp JoinedStr
    FormattedValue BinOp UnaryOp BoolOp Compare Add Sub Mult FloorDiv Mod Div USub Not And Or Eq NotEq Lt Gt Is IsNot
    BitOr Load Store
"""
_FUNCTIONS = """
    torch.abs torch.cat torch.flatten torch.mul torch.narrow torch.ones_like torch.permute torch.unflatten
    torch.zeros torch.ones torch.empty torch.full torch.rsqrt torch.chunk torch.mean torch.amax
    F.conv1d F.conv2d F.conv3d F.dropout F.layer_norm F.rms_norm F.pad F.max_pool1d F.max_pool2d F.max_pool3d F.glu
    F.avg_pool1d F.avg_pool2d F.avg_pool3d F.interpolate
"""
_METHODS = """
    amax append contiguous flatten float mean movedim new_empty permute reshape transpose unflatten unsqueeze view_as
"""
_BUILTINS = "bool dict float int isinstance len list max min range str super tuple"

ANNOTATIONS = frozenset(("type",))
"""Names that stand in annotations, and are not called."""

NODES = frozenset(_NODES.split())
FUNCTIONS = frozenset(_FUNCTIONS.split())
METHODS = frozenset(_METHODS.split())
BUILTINS = frozenset(_BUILTINS.split())
IMPORTS = frozenset(
    (
        "from __future__ import annotations",
        "from collections import OrderedDict",
        "from torch import Tensor, nn",
        "from torch import nn",
        "from typing import NamedTuple",
        "import math",
        "import torch",
        "import torch.nn.functional as F",
    )
)


@pytest.mark.parametrize("network", shipped_networks(), ids=lambda network: network.name)
def test_emitted_code_keeps_to_the_allow_list(network: Shipped) -> None:
    check_tree(archspec.compile(network.name).source())


@pytest.mark.parametrize("file", sorted(shipped_folder().glob("*.yaml")), ids=lambda file: file.stem)
def test_specs_as_they_are_written_keep_to_it(file: Path) -> None:
    """Without a variant; where a parameter has no default, only the variants are networks."""
    graph = check(locate(str(file))).graph
    assert graph is not None or judge(str(file), settings={}, limits=Limits()).checks.keys() != {""}
    if graph is not None:
        check_tree(emit(graph))


@pytest.mark.parametrize("spec", sorted(CASE_FOLDER.glob("*/spec.yaml")), ids=lambda spec: spec.parent.name)
def test_the_cases_keep_to_it(spec: Path) -> None:
    verdict = judge(str(spec), settings={}, limits=Limits())
    assert verdict.valid
    for checked in verdict.checks.values():
        assert checked.graph is not None
        check_tree(emit(checked.graph))


def test_the_mended_invalid_cases_keep_to_it() -> None:
    emitted = 0
    for case in read_cases():
        if case.mended is None:
            continue
        target = Target(case.path.name, case.mended.encode(), case.variant, Folder.of(str(case.path)))
        graph = check(target).graph
        if graph is not None:
            check_tree(emit(graph))
            emitted += 1
    assert emitted > 50


def check_tree(source: str) -> None:
    """Walk over the syntax tree of an emitted file: it defines modules and calls PyTorch, and does nothing else."""
    tree = ast.parse(source)
    bound = set(BUILTINS) | {"F", "nn", "torch", "math", "Tensor", "NamedTuple", "OrderedDict"}
    for node in ast.walk(tree):
        assert type(node).__name__ in NODES, ast.unparse(node)
        if isinstance(node, ast.Import | ast.ImportFrom):
            assert ast.unparse(node) in IMPORTS
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            bound.add(node.name)
            assert not node.decorator_list
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            assert node.id in bound | ANNOTATIONS or node.id == "getattr", node.id
        elif isinstance(node, ast.Attribute):
            assert not node.attr.startswith("_") or node.attr == "__init__", ast.unparse(node)
        elif isinstance(node, ast.Call):
            assert _is_allowed(ast.unparse(node.func), bound), ast.unparse(node)
            if ast.unparse(node.func) == "getattr":  # a child of a list: its name is a number
                assert re.fullmatch(r"getattr\(self, '[0-9]+'\)", ast.unparse(node))
    for statement in tree.body:
        assert isinstance(
            statement,
            ast.Import
            | ast.ImportFrom
            | ast.ClassDef
            | ast.FunctionDef
            | ast.Expr
            | ast.Assign
            | ast.AnnAssign,
        )


def _is_allowed(function: str, bound: set[str]) -> bool:
    if function in bound or function in FUNCTIONS or function.startswith("self."):
        return True
    if function == "getattr" or re.fullmatch(r"getattr\(self, '[0-9]+'\)", function):
        return True  # what `getattr` gets is checked beside it
    if function in ("super().__init__", "nn.Parameter"):
        return True
    if found := re.fullmatch(r"nn\.init\.(\w+_)", function):
        return hasattr(torch.nn.init, found[1])
    if found := re.fullmatch(r"nn\.([A-Z]\w+)", function):
        made = getattr(torch.nn, found[1], None)
        return isinstance(made, type) and issubclass(made, torch.nn.Module)
    return function.rpartition(".")[2] in METHODS and not function.startswith(
        ("nn.", "torch.", "F.", "math.")
    )
