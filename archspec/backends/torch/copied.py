"""Definitions that an emitted file carries a copy of.

In: the names that an emitted file uses. Out: the text of the definitions in `layers.py` behind them, word for word,
with what they use of that file, in its order. `layers.py` is read as text: nothing here imports torch.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from archspec.diagnostics import InternalError
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class Definition:
    text: str
    uses: frozenset[str]
    """Every name that it mentions."""


@cache
def _definitions() -> Mapping[str, Definition]:
    """Every function and class at the top of `layers.py`, in order."""
    text = Path(__file__).with_name("layers.py").read_text(encoding="utf-8")
    lines = text.splitlines()
    found: dict[str, Definition] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            if node.decorator_list:
                raise InternalError(f"emit: cannot copy `{node.name}` of layers.py")
            source = "\n".join(lines[node.lineno - 1 : node.end_lineno])
            found[node.name] = Definition(source, names_in(node))
    return found


def copied_definitions(names: Iterable[str]) -> Mapping[str, Definition]:
    """The definitions named, and those they use, by name, in an order in which each stands after what it uses."""
    stack = list(names)
    if not stack:
        return {}
    known = _definitions()
    needed: set[str] = set()
    while stack:
        name = stack.pop()
        if name in needed:
            continue
        if name not in known:
            raise InternalError(f"emit: a recipe calls `{name}`, which layers.py does not define")
        needed.add(name)
        stack.extend(known[name].uses & known.keys())
    return {name: definition for name, definition in known.items() if name in needed}


def names_in(tree: ast.AST) -> frozenset[str]:
    """Every name that a piece of Python mentions."""
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
