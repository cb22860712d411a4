"""The JSON Schema for editors: every valid spec is valid by it, and it finds what an editor should."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from archspec.codes import CODES
from archspec.diagnostics import Sink
from archspec.editor import editor_schema
from archspec.names import MODIFIERS as RESERVED
from archspec.names import STRUCTURES as RESERVED_STRUCTURES
from archspec.ops import OPS
from archspec.schema.document import Document
from archspec.syntax import ListNode, MappingNode, Node, Scalar, read
from archspec.vocabulary import MODIFIERS, STRUCTURES

ROOT = Path(__file__).parent.parent
FILES = [*sorted((ROOT / "specs").glob("*.yaml")), *sorted((ROOT / "archspec" / "blocks").glob("*.yaml"))]

VALIDATOR = jsonschema.Draft202012Validator(editor_schema())


def plain(node: Node) -> Any:
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return {key.text: plain(value) for key, value in node.entries}


def parsed(text: str) -> Any:
    root = read("net.yaml", text.encode(), Sink())[1]
    assert isinstance(root, MappingNode)
    return plain(root)


def with_node(node: str) -> Any:
    return parsed(f"archspec: 1\ninput: [3, 32, 32]\nbody:\n  - {node}\n")


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(editor_schema())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_ships_is_valid(path: Path) -> None:
    VALIDATOR.validate(parsed(path.read_text("utf-8")))


@pytest.mark.parametrize("code", [code.code for code in CODES.values() if code.has_specs])
def test_what_is_right_in_the_table_of_codes_is_valid(code: str) -> None:
    VALIDATOR.validate(parsed(CODES[code].right))


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.example], ids=lambda op: op.key)
def test_the_example_of_an_op_is_valid(op: Any) -> None:
    VALIDATOR.validate(with_node(op.example))


@pytest.mark.parametrize("word", [*STRUCTURES, *MODIFIERS])
def test_the_example_of_a_word_is_valid(word: str) -> None:
    VALIDATOR.validate(with_node({**STRUCTURES, **MODIFIERS}[word].example))


@pytest.mark.parametrize(
    "node",
    [
        "{conv: $width, kernel: $k, stride: [1, $s], bias: $b}",
        "{conv: 8, kernel: 3, repeat: $(n + 1), first: {stride: 2}, if: $deep, from: input}",
        "{use: conv, channels: 8, kernel: 3}",
        "{use: $block, channels: 8, anything: 1}",
        "{my_block: 8, anything: 1}",
        "{my_block: 8, norm: batch, dropout: 0.1, anything: 1}",
        "{inc.module: 64, ch3x3: 32}",
        "{residual: [relu], shortcut: {downsample: {use: projection, norm: none}}, scale: 0.1}",
        "{residual: {a: relu}, shortcut: [{conv: 8, kernel: 1}], after: {act: relu}}",
        "{concat: [a, b]}",
        "{add: {left: relu, right: [relu, norm]}}",
        "{seq: {a: relu, b$(i): {fc: 3}}}",
        "[relu, [relu], {for: c, in: [1, 2], do: [{fc: $c}]}]",
        "$block",
        "{relu: null, note: allow W0404}",
        '{relu: null, note: "allow W0404, W0405: as published"}',
        "{relu: null, note: [a remark, allow W0404 W0405]}",
        "{relu: null, note: allow A4paper}",
        "{relu: null, note: {author: somebody}}",
    ],
)
def test_nodes_that_are_valid(node: str) -> None:
    VALIDATOR.validate(with_node(node))


@pytest.mark.parametrize(
    "node",
    [
        "{conv: 8, kernal: 3}",
        "{conv: 8.5, kernel: 3}",
        "{conv: 8, kernel: true}",
        "{conv: 8, kernel: 0}",
        "{conv: 8, kernel: 3, padding: full}",
        "{conv: 8, kernel: 3, repeat: 0}",
        "{conv: 8, kernel: 3, bias: 'no'}",
        "{use: conv, channels: 8, kernal: 3}",
        "{conv: 8, kernel: 3, relu: 1}",
        "{concat: a}",
        "{concat: [a, b], axis: 1}",
        "{seq: [relu], shortcut: auto}",
        "{residual: [relu], shortcut: [3]}",
        "{residual: [relu], shortcuts: auto}",
        "{for: [a], in: [[1]]}",
        "3",
        "{relu: null, note: allow W9999}",
        "{relu: null, note: allow E0301}",
        '{relu: null, note: "allow W0404, W9999 as published"}',
        "{relu: null, note: [a remark, allow w0404]}",
    ],
)
def test_nodes_that_are_not(node: str) -> None:
    assert not VALIDATOR.is_valid(with_node(node))


@pytest.mark.parametrize(
    "lines",
    [
        "inputs: [3, 8, 8]",
        "input: [3, 0]",
        "input: [1, 2, 3, 4, 5]",
        "defaults: {conv: {bais: false}}",
        "defaults: {cnov: {bias: false}}",
        "init: {conv: kaiming}",
        "init: {conv: {kaiming_normal: {mode: fan_sideways}}}",
        "expect: {parms: 3}",
        "aux: {side: {from: a, wait: 1}}",
        "blocks: {a: {about: 3}}",
        "blocks: {a: {seq: [{conv: 8, kernal: 3}]}}",
    ],
)
def test_top_level_keys_that_are_not(lines: str) -> None:
    whole = parsed(f"archspec: 1\nbody: [relu]\n{lines}\n")
    assert not VALIDATOR.is_valid(whole)
    del whole[lines.partition(":")[0]]
    VALIDATOR.validate(whole)


def test_the_version_is_required() -> None:
    assert not VALIDATOR.is_valid({"name": "x"})
    assert not VALIDATOR.is_valid({"archspec": 2})


def test_it_knows_every_key_of_a_document() -> None:
    names = {field.alias or name for name, field in Document.model_fields.items()}
    assert set(editor_schema()["properties"]) == names
    assert all("description" in entry for entry in editor_schema()["properties"].values())


def test_the_vocabulary_is_that_of_the_compiler() -> None:
    assert set(MODIFIERS) == set(RESERVED)
    assert set(STRUCTURES) == set(RESERVED_STRUCTURES)


def test_it_explains_every_word_that_makes_a_node() -> None:
    keys = editor_schema()["$defs"]["node mapping"]["properties"]
    assert set(OPS) <= set(keys)
    assert all(keys[name].get("description") for name in keys)
