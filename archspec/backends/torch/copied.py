"""Definitions that an emitted file carries a copy of.

In: the names that an emitted file uses. Out: the text of the definitions in `layers.py` behind them, word for word,
with what they use of that file, in its order. `layers.py` is read as text: nothing here imports torch.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from archspec.diagnostics import InternalError


@dataclass(frozen=True, slots=True)
class _Definition:
    text: str
    uses: frozenset[str]


@cache
def _definitions() -> Mapping[str, _Definition]:
    """Every function and class at the top of `layers.py`, in order."""
    text = Path(__file__).with_name("layers.py").read_text(encoding="utf-8")
    found: dict[str, _Definition] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            source = ast.get_source_segment(text, node)
            if source is None or node.decorator_list:
                raise InternalError(f"emit: cannot copy `{node.name}` of layers.py")
            found[node.name] = _Definition(source, names_in(node))
    return found


def copied_definitions(names: Iterable[str]) -> Mapping[str, str]:
    """The definitions named, and those they use, by name, in an order in which each stands after what it uses."""
    known = _definitions()
    needed: set[str] = set()
    stack = list(names)
    while stack:
        name = stack.pop()
        if name in needed:
            continue
        if name not in known:
            raise InternalError(f"emit: a recipe calls `{name}`, which layers.py does not define")
        needed.add(name)
        stack.extend(known[name].uses & known.keys())
    return {name: definition.text for name, definition in known.items() if name in needed}


def names_in(tree: ast.AST) -> frozenset[str]:
    """Every name that a piece of Python mentions."""
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
