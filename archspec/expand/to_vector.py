"""What stands before `fc` to make a vector of a map: the two nodes that do, as fixes.

In: where `fc` is written. Out: a fix for each, `gap` first; none where no node can be put before it. Neither is safe:
the mean of each channel and every number are different networks.
"""

from __future__ import annotations

import re
from typing import Final

from archspec.diagnostics import Edit, Fix
from archspec.source import Span

_NAMES: Final = {"gap": "pool", "flatten": "flatten"}
"""What a node is called by most who give it a name."""

_ITEM: Final = re.compile(r" *- \{?")
_NAMED: Final = re.compile(r" *[A-Za-z]\w*: \{?")


def vector_fixes(op: Span) -> tuple[Fix, ...]:
    """The fixes of the `fc` at `op`, whose input is a map."""
    source, start = op.source, op.source.line_start(op.line)
    before = source.text[start : op.start]
    indentation = before[: len(before) - len(before.lstrip())]
    fixes = []
    for node, name in _NAMES.items():
        if _ITEM.fullmatch(before):
            at, text = start, f"{indentation}- {node}\n"
        elif _NAMED.fullmatch(before) and re.search(rf"\b{name}:", source.text) is None:
            at, text = start, f"{indentation}{name}: {node}\n"
        elif re.search(r"[\[,] ?\{$", before):
            at, text = op.start - 1, f"{node}, "
        else:
            continue
        fixes.append(Fix(f"put `{node}` before it", (Edit(Span(source, at, at), text),), is_safe=False))
    return tuple(fixes)
