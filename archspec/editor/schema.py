"""The schema of a spec: its keys, nodes, sequences, structures, blocks, one part each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache
from typing import Final

from archspec.codes import FAMILIES
from archspec.diagnostics import Sink
from archspec.editor.forms import EXPRESSION, Json, closed, described, expressible, mapping_of, or_expression
from archspec.expand.callees import STRUCTURE_ARGUMENTS
from archspec.expand.definitions import TYPES, Definition
from archspec.expand.library import Library
from archspec.ops import ALIASES, OPS
from archspec.ops.base import Op
from archspec.schema.arguments import json_schema
from archspec.schema.document import AuxHead, Document
from archspec.schema.initialisers import SCHEMES
from archspec.vocabulary import (
    BLOCK_KEYS,
    FACTS,
    MODIFIERS,
    PARTS,
    SHORTCUT_ARGUMENTS,
    SHORTCUTS,
    STRUCTURES,
)

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_NODE: Final[Json] = {"$ref": "#/$defs/node"}
_SEQUENCE: Final[Json] = {"$ref": "#/$defs/sequence"}
_SLOT: Final[Json] = {"$ref": "#/$defs/slot"}
_CHILD: Final[Json] = {
    "if": {"type": "object", "required": ["for"]},
    "then": {"$ref": "#/$defs/loop"},
    "else": _NODE,
}
_VALUE: Final[Json] = {"type": ["integer", "number", "boolean", "string", "null", "array"]}
_NAMES: Final = r"^([A-Za-z0-9][A-Za-z0-9_.-]*|.*\$.*)$"
"""A child's name, a template of names, or in a spec that extends another the path of a node."""
_JOINS: Final = ("concat", "add", "multiply")
_GROUPS: Final = ("seq", "residual", *_JOINS)
"""The structures that are a node; a loop is none."""


@cache
def editor_schema() -> Json:
    """The schema of a spec."""
    return {
        "$schema": DIALECT,
        "title": "archspec",
        "description": "a neural network, or a library of blocks",
        "type": "object",
        "properties": _document(),
        "required": ["archspec"],
        "additionalProperties": False,
        "$defs": {
            "expression": {
                "type": "string",
                "pattern": r"^\$",
                "description": "`$name`, a parameter, or `$(…)`, arithmetic over parameters",
            },
            "node": _node(),
            "node mapping": _node_mapping(),
            "sequence": _sequence(),
            "slot": {"anyOf": [_SEQUENCE, {"$ref": "#/$defs/name of an op or block"}]},
            "loop": _loop(),
            "shortcut": _shortcut(),
            "block": _block(),
            "initialisation": _initialisation(),
            "name of an op or block": _callable_name(),
            **{f"op {key}": _op(key, op) for key, op in _ops().items()},
        },
    }


def _document() -> Json:
    """The top-level keys: those of the model, each with its form."""
    descriptions = {
        field.alias or name: described(field.description) for name, field in Document.model_fields.items()
    }
    size = or_expression({"type": "integer", "minimum": 1})
    open_size = {"anyOf": [size, {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9_]*$"}]}
    shape = or_expression({"type": "array", "items": open_size, "minItems": 1, "maxItems": 4})
    forms: Mapping[str, Json] = {
        "archspec": {"const": 1},
        "name": {"type": "string"},
        "about": {"type": "string"},
        "input": {"anyOf": [shape, mapping_of(shape)]},
        "extends": {"type": "string"},
        "remove": {"type": "array", "items": {"type": "string"}},
        "import": mapping_of({"type": "string"}),
        "params": mapping_of(_VALUE),
        "variants": mapping_of(mapping_of(_VALUE)),
        "defaults": closed({key: _only(f"op {key}", _arguments(op)) for key, op in _ops().items()}),
        "blocks": mapping_of({"$ref": "#/$defs/block"}),
        "stem": _SLOT,
        "body": _SLOT,
        "head": _SLOT,
        "aux": mapping_of(_aux_head()),
        "outputs": {"type": "array", "items": {"type": "string"}},
        "init": closed({key: {"$ref": "#/$defs/initialisation"} for key in _ops()}),
        "expect": {
            "type": "object",
            "properties": _facts(),
            "additionalProperties": closed(_facts()),
        },
        "note": _note(),
    }
    return {name: {**description, **forms[name]} for name, description in descriptions.items()}


def _note() -> Json:
    """A remark, or several. One that begins with `allow` and a code lists warnings (`expand.notes` says how)."""
    code = r"[A-Za-z]\d+(?![A-Za-z\d])"
    known = "|".join(entry.code for entry in FAMILIES["Warnings"])
    listed = rf"^allow\s+(?:{known})(?:[\s,]+(?:{known}))*(?![A-Za-z\d]|[\s,]+{code})"
    remark = {
        "if": {"type": "string", "pattern": rf"^allow\s+{code}"},
        "then": {"type": "string", "pattern": listed},
    }
    return {**remark, "items": remark}


def _facts() -> dict[str, Json]:
    count = or_expression({"type": "integer"})
    shape = or_expression({"type": ["array", "integer"]})
    return {
        fact: {**described(about), **(shape if fact == "output" else count)} for fact, about in FACTS.items()
    }


def _aux_head() -> Json:
    forms: Mapping[str, Json] = {
        "from": {"type": ["string", "integer"]},
        "sequence": {"anyOf": [_SEQUENCE, _NODE]},
        "weight": or_expression({"type": "number"}),
        "note": _note(),
    }
    names = {field.alias or name: field.description for name, field in AuxHead.model_fields.items()}
    return closed({name: {**described(text), **forms[name]} for name, text in names.items()}) | {
        "required": ["from", "sequence"]
    }


def _node() -> Json:
    return {
        "anyOf": [
            {"$ref": "#/$defs/name of an op or block"},
            {"type": "array", "items": _CHILD},
            {"$ref": "#/$defs/node mapping"},
        ]
    }


def _callable_name() -> Json:
    """A node or `use` may also name a block of the file, which the schema cannot know: the list is for completion."""
    known = [*_ops(), *_standard_blocks()]
    return {"anyOf": [{"enum": known}, {"type": "string", "pattern": r"^(\$|[A-Za-z])"}]}


def _node_mapping() -> Json:
    """A node as a mapping. Where one key names what it is beyond doubt, no key but its own may stand beside."""
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {**_main_keys(), **_modifiers()},
        "allOf": [
            *(_structure_rule(name) for name in _GROUPS),
            *(_rule(key, op) for key, op in _ops().items()),
        ],
    }


def _main_keys() -> dict[str, Json]:
    """What may be written beside each word that makes a node: for completion, and the explanation shown with it."""
    keys = {name: _structure_main(name) for name in STRUCTURES if name != "for"}
    for key, op in _ops().items():
        keys[key] = {"description": _about(op)}
    for name, block in _standard_blocks().items():
        keys[name] = {"description": " ".join(block.about.split())}
    return keys


def _rule(key: str, op: type[Op]) -> Json:
    """If a node is this op, then these are its keys."""
    beside = sorted({*_arguments(op), *MODIFIERS})
    others = [other for other, its in _ops().items() if key in _arguments(its) and other != key]
    others += [structure for structure, names in STRUCTURE_ARGUMENTS.items() if key in names]
    written: Json = {"required": [key], "not": {"anyOf": [{"required": [o]} for o in ("use", *others)]}}
    if key in _words_of_blocks():
        written["propertyNames"] = {"enum": sorted({key, *beside})}
    named = {"required": ["use"], "properties": {"use": {"const": key}}}
    return {
        "if": {"anyOf": [written, named]},
        "then": _only(f"op {key}", (key, "use", *beside)),
    }


def _only(definition: str, keys: Iterable[str]) -> Json:
    """A mapping as `definition` says, without other keys than these."""
    closed = {"properties": dict.fromkeys(sorted(keys), True), "additionalProperties": False}
    return {"allOf": [{"$ref": f"#/$defs/{definition}"}, closed]}


def _arguments(op: type[Op]) -> frozenset[str]:
    return frozenset(field.name for field in fields(op))


@cache
def _words_of_blocks() -> frozenset[str]:
    """The ops' keys that are likely to be a parameter of a block as well: those that are one already."""
    words = {"norm", "dropout", "drop_path", "pad"}
    words.update(*(_arguments(op) for op in OPS.values()), *STRUCTURE_ARGUMENTS.values())
    words.update(parameter.name for block in _standard_blocks().values() for parameter in block.parameters)
    return frozenset(words) & frozenset(_ops())


def _op(key: str, op: type[Op]) -> Json:
    """The arguments of an op; its key stands for the main one."""
    schema = json_schema(op)
    arguments = {name: expressible(argument) for name, argument in schema["properties"].items()}
    main = {key: arguments[op.main]} if op.main is not None else {}
    return {"description": _about(op), "type": "object", "properties": {**main, **arguments}}


def _structure_main(name: str) -> Json:
    word = described(STRUCTURES[name].about)
    if name == "use":
        return {**word, "$ref": "#/$defs/name of an op or block"}
    if name in _JOINS:
        names = {"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 2}
        return {**word, "anyOf": [names, {"type": "object", "additionalProperties": _NODE}]}
    return {**word, **(_SLOT if name == "residual" else _SEQUENCE)}


def _modifiers() -> dict[str, Json]:
    """The keys that any node may have beside its own."""
    arguments = {"type": "object", "additionalProperties": _VALUE}
    forms: Mapping[str, Json] = {
        "repeat": or_expression({"type": "integer", "minimum": 1}),
        "first": arguments,
        "last": arguments,
        "as": {"type": "string"},
        "from": {"type": ["string", "integer"]},
        "if": or_expression({"type": "boolean"}),
        "share": {"type": ["string", "integer"]},
        "init": {"$ref": "#/$defs/initialisation"},
        "expect": or_expression({"type": ["array", "integer"]}),
        "note": _note(),
    }
    return {name: {**described(word.about), **forms[name]} for name, word in MODIFIERS.items()}


def _structure_rule(name: str, *, beside: Iterable[str] = ()) -> Json:
    """If a node is this structure, then these are its keys; `beside` are further ones."""
    forms: Mapping[str, Json] = {
        "shortcut": {"$ref": "#/$defs/shortcut"},
        "after": _SLOT,
        "scale": or_expression({"type": "number"}),
    }
    own = {part: {**described(about), **forms[part]} for part, about in PARTS.get(name, {}).items()}
    others = dict.fromkeys((name, *MODIFIERS, *beside), True)
    return {
        "if": {"required": [name], "not": {"required": ["use"]}},
        "then": {"properties": {**own, **others}, "additionalProperties": False},
    }


def _sequence() -> Json:
    return {
        "if": {"type": "object", "required": ["use"]},
        "then": {"$ref": "#/$defs/node mapping"},
        "else": {
            "type": ["array", "object"],
            "items": _CHILD,
            "propertyNames": {"pattern": _NAMES},
            "additionalProperties": _CHILD,
        },
    }


def _loop() -> Json:
    names = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    rows = or_expression({"type": "array"})
    about = PARTS["for"]
    loop = closed(
        {
            "for": names,
            "in": {**described(about["in"]), **rows},
            "do": {**described(about["do"]), **_SEQUENCE},
            "note": _note(),
        }
    )
    return {**described(STRUCTURES["for"].about), **loop, "required": ["for", "in", "do"]}


def _shortcut() -> Json:
    """A kind of shortcut, one with a name or arguments, or a sequence of one's own."""
    kinds = {"anyOf": [{"const": kind, "description": about} for kind, about in SHORTCUTS.items()]}
    kind = {"anyOf": [kinds, EXPRESSION, {"$ref": "#/$defs/name of an op or block"}]}
    norm = {"norm": {"type": "string"}, "bias": {"type": "boolean"}}
    with_arguments = closed(
        {
            "use": {"enum": ["auto", "projection"]},
            **{
                name: {**described(about), **or_expression(norm[name])}
                for name, about in SHORTCUT_ARGUMENTS.items()
            },
        }
    )
    named = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": {"anyOf": [kind, with_arguments]},
    }
    return {"anyOf": [kind, with_arguments, named, _SEQUENCE]}


def _block() -> Json:
    """A block's definition: one node, with `about` and `params` beside it. A parameter has a default or a type."""
    parameter = {"anyOf": [{"enum": list(TYPES)}, _VALUE]}
    return {
        "type": "object",
        "properties": {
            "about": {**described(BLOCK_KEYS["about"]), "type": "string"},
            "params": {**described(BLOCK_KEYS["params"]), **mapping_of(parameter)},
            **_main_keys(),
            **_modifiers(),
        },
        "allOf": [
            *(_structure_rule(name, beside=("about", "params")) for name in _GROUPS),
            *(
                {
                    "if": {"required": [key], "not": {"required": ["use"]}},
                    "then": {"$ref": f"#/$defs/op {key}"},
                }
                for key in _ops()
                if key not in _words_of_blocks()
            ),
        ],
    }


def _initialisation() -> Json:
    """`kaiming_normal`, `{kaiming_normal: {mode: fan_out}}`, with `bias` beside."""
    schemes = {}
    for name, arguments in SCHEMES.items():
        schema = json_schema(arguments)
        schemes[name] = closed({key: expressible(each) for key, each in schema["properties"].items()})
    scheme = {"anyOf": [{"enum": list(SCHEMES)}, {**closed(schemes), "maxProperties": 1}]}
    return {"anyOf": [{"enum": list(SCHEMES)}, {**closed({**schemes, "bias": scheme}), "maxProperties": 2}]}


@cache
def _ops() -> Mapping[str, type[Op]]:
    """Every op by every name of it."""
    return {**OPS, **{alias: OPS[key] for alias, key in ALIASES.items()}}


@cache
def _standard_blocks() -> Mapping[str, Definition]:
    library, sink = Library(), Sink()
    found = ((name, library.find(name, sink)) for name in Library.names())
    return {name: block for name, block in found if block is not None}


def _about(op: type[Op]) -> str:
    return " ".join((op.__doc__ or "").split())
