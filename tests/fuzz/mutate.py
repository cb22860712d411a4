"""Changes of a spec's tree at random: a value, a key, a whole subtree; mostly wrong, mostly still YAML."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import yaml

from archspec.names import MODIFIERS, STRUCTURES
from archspec.ops import OPS
from archspec.schema.document import TOP_LEVEL

VALUES: tuple[Any, ...] = (
    *(0, 1, 2, 3, 7, -1, 64, 2**20, 10**30, 0.5, -0.0, 1e308, True, False, None),
    *("$i", "$n", "$in_channels", "$(in_shape[1:])", "$(1 // 0)", "$x", "$(", "$()", "$$", "$(i + 1)", "a$i"),
    *("$(range(3))", "$([x for x in in_shape])", "$(2 ** 62)", "$('relu' if true else 3)", "$(-in_channels)"),
    *("half", "same", "auto", "identity", "none", "pad", "input", "int", "size", "relu", "norm", "[/red]"),
    *("\u202e", "é", "a" * 300, "", " ", "0", "1.5", "no", "::error::", "<b>", "`", '"""', "\\N", "{x|y}"),
)
KEYS: tuple[str, ...] = (
    *(
        *OPS,
        *MODIFIERS,
        *STRUCTURES,
        *TOP_LEVEL,
        "shortcut",
        "after",
        "scale",
        "in",
        "do",
        "import",
        "sequence",
    ),
    *(
        "kernel",
        "stride",
        "padding",
        "groups",
        "dilation",
        "channels",
        "bias",
        "params",
        "weight",
        "a$i",
        "x-1",
    ),
)


def mutated(data: bytes, rng: Random) -> bytes | None:
    """The spec with one to three changes; None where its tree cannot be read or written."""
    try:
        tree = yaml.safe_load(data)
        for _ in range(rng.randint(1, 3)):
            tree = changed(tree, rng)
        return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True).encode("utf-8", "replace")
    except (yaml.YAMLError, ValueError, RecursionError, TypeError):
        return None


def changed(tree: Any, rng: Random) -> Any:
    """The tree with one value, key or subtree changed."""
    places = list(walk(tree))
    if not places:
        return rng.choice(VALUES)
    holder, key = rng.choice(places)
    match rng.randrange(6):
        case 0:
            holder[key] = rng.choice(VALUES)
        case 1:
            other, its_key = rng.choice(places)
            holder[key] = yaml.safe_load(yaml.safe_dump(other[its_key]))
        case 2:
            del holder[key]
        case 3 if isinstance(holder, dict):
            holder[rng.choice(KEYS)] = holder.pop(key)
        case 4 if isinstance(holder, dict):
            holder[rng.choice(KEYS)] = rng.choice((*VALUES, [], {}, ["relu"], {"relu": "relu"}, [1, 2]))
        case _ if isinstance(holder, list):
            holder.insert(key, rng.choice((rng.choice(KEYS), {rng.choice(KEYS): rng.choice(VALUES)})))
        case _:
            holder[key] = [holder[key], {rng.choice(KEYS): rng.choice(VALUES)}]
    return tree


def walk(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of the tree: a container and the key in it."""
    if isinstance(tree, dict | list):
        for key, value in list(tree.items() if isinstance(tree, dict) else enumerate(tree)):
            yield tree, key
            yield from walk(value)
