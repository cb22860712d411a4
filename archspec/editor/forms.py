"""Parts of a JSON Schema that are the same whatever they describe: mappings, expressions, descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

Json: TypeAlias = dict[str, Any]
"""A part of a schema, whose shape the standard fixes."""

EXPRESSION: Final[Json] = {"$ref": "#/$defs/expression"}


def expressible(schema: Json) -> Json:
    """A schema of literals, with an expression allowed for the whole and for every member of a list."""
    changed = dict(schema)
    if "items" in changed and isinstance(changed["items"], dict):
        changed["items"] = expressible(changed["items"])
    if "prefixItems" in changed:
        changed["prefixItems"] = [expressible(item) for item in changed["prefixItems"]]
    kept: Json = {key: changed.pop(key) for key in ("description", "default") if key in changed}
    options = changed.pop("anyOf", None)
    members = [_with_members(option) for option in options] if options else [changed]
    return {**kept, "anyOf": [*members, EXPRESSION]}


def _with_members(schema: Json) -> Json:
    """A list's schema with its members expressible; any other as it is."""
    if schema.get("type") != "array":
        return schema
    whole: Json = expressible(schema)["anyOf"][0]
    return whole


def or_expression(schema: Json) -> Json:
    return {"anyOf": [schema, EXPRESSION]}


def described(text: str | None) -> Json:
    return {"description": text} if text else {}


def mapping_of(schema: Json) -> Json:
    return {"type": "object", "additionalProperties": schema}


def closed(properties: Mapping[str, Json]) -> Json:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}
