"""A difference as JSON. `docs/diff.schema.json` is its schema."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

from archspec.backends.wording import visible
from archspec.difference.compare import Difference
from archspec.difference.facts import Fact, Number, Value
from archspec.difference.rows import Row, Side


def to_json(difference: Difference) -> str:
    """Everything that differs and everything that does not, in the order of the tables."""
    keys = difference.keys
    sides = zip(difference.titles, difference.files, difference.variants, strict=True)
    networks = [
        {"title": title, "file": visible(file), "variant": variant or None} for title, file, variant in sides
    ]
    data = {
        "a": networks[0],
        "b": networks[1],
        "verdict": difference.verdict,
        "same_initialisation": difference.same_start,
        "batch": difference.batch,
        "facts": {fact.key: _fact(fact) for fact in difference.facts},
        "nodes": [_node(row) for row in difference.rows],
        "state_dict": {
            "loads": keys.loads,
            "missing": list(keys.missing),
            "unexpected": list(keys.unexpected),
            "reshaped": [
                {"key": found.key, "a": list(found.a), "b": list(found.b)} for found in keys.reshaped
            ],
            "perhaps_renamed": [{"a": old, "b": new} for old, new in keys.renamed],
            "displaced": [{"a": old, "b": new} for old, new in keys.displaced],
            "reordered": keys.reordered,
        },
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _fact(fact: Fact) -> dict[str, Any]:
    return {"a": _plain(fact.a), "b": _plain(fact.b), "change": fact.change, "ratio": fact.ratio}


def _plain(value: Value | Number | str) -> Any:
    """The value in the types of JSON."""
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return float(value) if isinstance(value, Fraction) else value


def _node(row: Row) -> dict[str, Any]:
    return {
        "status": row.status,
        "depth": row.depth,
        "a": None if row.a is None else _side(row.a),
        "b": None if row.b is None else _side(row.b),
        "changes": [{"what": change.what, "a": change.a, "b": change.b} for change in row.changes],
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "path": side.path,
        "what": side.what,
        "copies": side.copies,
        "output": list(side.shape),
        "params": side.params,
        "macs": side.macs,
        "source": {"file": side.file, "line": side.line},
    }
