"""What a name calls: an op, a block or a structure, and the arguments each takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from types import MappingProxyType
from typing import Final, TypeAlias

from archspec.expand.context import Context
from archspec.expand.definitions import Definition
from archspec.expand.elsewhere import LISTED_BY, op_meant
from archspec.expand.values import Scope
from archspec.ops import ALIASES, OPS, find
from archspec.ops.base import Op
from archspec.source import Span

STRUCTURE_ARGUMENTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "seq": (),
        "residual": ("shortcut", "after", "scale"),
        "concat": (),
        "add": (),
        "multiply": (),
        "for": ("in", "do"),
    }
)
"""The structures, and the keys that may stand beside each."""

CALL_HELP: Final = "an op with arguments is a mapping: `{conv: 64, kernel: 3}`"

Callee: TypeAlias = type[Op] | Definition | str
"""An op, a block, or the name of a structure."""


def resolve(name: str, scope: Scope, context: Context) -> Callee | None:
    """What `name` calls: a structure, an op, a block of the file or of an import, a standard block."""
    if name in STRUCTURE_ARGUMENTS:
        return name
    prefix, dot, block = name.partition(".")
    if dot:
        library = scope.file.imports.get(prefix)
        return None if library is None else library.blocks.get(block)
    return (
        OPS.get(ALIASES.get(name, name))
        or scope.file.blocks.get(name)
        or context.library.find(name, context.sink)
    )


def resolve_or_report(
    name: str, span: Span, code: str, scope: Scope, context: Context
) -> tuple[Callee, str] | None:
    """What `name` calls, ops of installed packages included, and its name.

    Where there is nothing of that name, that is reported with `code`; if another name was meant, as far as one can
    tell, the answer is what that one calls: the rest of the file is then checked as if it had been written.
    """
    callee = resolve(name, scope, context) or find(name)
    if callee is not None:
        return callee, name
    known = [*OPS, *STRUCTURE_ARGUMENTS, *scope.file.blocks, *context.library.names()]
    known.extend(
        f"{prefix}.{block}" for prefix, library in scope.file.imports.items() for block in library.blocks
    )
    own_blocks = ", ".join(f"`{block}`" for block in scope.file.blocks)
    nearest = context.sink.unknown(
        code,
        span,
        "op or block",
        name,
        known,
        meant=op_meant(name, known),
        listed_by=f"{LISTED_BY}, `archspec blocks` the standard blocks"
        + (f"; this file has {own_blocks}" if 0 < len(scope.file.blocks) <= 20 else ""),
        remark=CALL_HELP if " " in name else "",
    )
    meant = resolve(nearest, scope, context) if nearest is not None else None
    return None if nearest is None or meant is None else (meant, nearest)


def main_argument(callee: Callee) -> str | None:
    """The argument that the value beside the key sets."""
    if isinstance(callee, str):
        return None
    if isinstance(callee, Definition):
        return callee.parameters[0].name if callee.parameters else None
    return callee.main


def needs_main(callee: Callee) -> bool:
    """Whether the callee has a main argument without a default."""
    if isinstance(callee, str):
        return False
    if isinstance(callee, Definition):
        return bool(callee.parameters) and callee.parameters[0].default is None
    return any(field.name == callee.main and field.default is MISSING for field in fields(callee))


def argument_names(callee: Callee) -> tuple[str, ...]:
    """The arguments that may stand beside the callee's key, its main argument included."""
    if isinstance(callee, str):
        return STRUCTURE_ARGUMENTS[callee]
    if isinstance(callee, Definition):
        return tuple(parameter.name for parameter in callee.parameters)
    return tuple(field.name for field in fields(callee))


@cache
def op_argument_names() -> frozenset[str]:
    """The names of all arguments of all ops."""
    return frozenset(field.name for op in OPS.values() for field in fields(op))
