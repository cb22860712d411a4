"""What a name calls: an op, a block or a structure, and the arguments each takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, field, fields, replace
from functools import cache
from itertools import chain, islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from archspec.diagnostics import Edit, Fix, Label
from archspec.edits import Edits
from archspec.expand.context import Context
from archspec.expand.definitions import Definition
from archspec.expand.scope import Scope
from archspec.ops import ALIASES, OPS, find
from archspec.ops.base import Op
from archspec.records import dataclass
from archspec.source import Span
from archspec.spelling import MAX_CANDIDATES, did_you_mean
from archspec.syntax import MappingNode, Node, Scalar

if TYPE_CHECKING:
    from archspec.expand.arguments import Recipe
    from archspec.schema.elsewhere.layers import Meant

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

MAX_LISTED: Final = 20
"""So many blocks of a file are named where none of them is meant."""

COMMENT_HELP: Final = "a comment begins with `#`"

CALL_HELP: Final = "an op with arguments is a mapping: `{conv: 64, kernel: 3}`"

Entry: TypeAlias = tuple[Scalar, Node]
"""A key of a mapping, and what stands beside it."""

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


def known_callees(scope: Scope, context: Context) -> list[str]:
    """The names that `resolve` knows here, but for aliases; of a stranger's thousands of blocks, the first."""
    imported = (f"{prefix}.{block}" for prefix, file in scope.file.imports.items() for block in file.blocks)
    own = islice(chain(scope.file.blocks, imported), MAX_CANDIDATES)
    return [*OPS, *STRUCTURE_ARGUMENTS, *context.library.names(), *own]


@dataclass(slots=True, eq=False)
class Call:
    """A node taken apart. `callee` is an op, a block, or the name of a structure."""

    callee: Callee
    name: str
    span: Span
    main: Node | None
    arguments: Mapping[str, Entry]
    modifiers: Mapping[str, Entry]
    guessed: bool = False
    """The name is a slip, and another may be meant: what that one needs is not missed."""
    recipe: Recipe | None = field(default=None, init=False)
    """What is known of its arguments wherever it stands, once somebody asked."""

    def overridden(self, arguments: Mapping[str, Entry]) -> Call:
        """The same call with some arguments replaced: `first: {stride: 2}`."""
        if not arguments:
            return self
        main_name = main_argument(self.callee)
        main = None if main_name in arguments else self.main
        return replace(self, main=main, arguments={**self.arguments, **arguments})


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a name calls. `meant`: the name was another library's, and ours is written so."""

    callee: Callee
    name: str
    meant: Meant | None = None


def resolve_or_report(
    name: str,
    span: Span,
    code: str,
    scope: Scope,
    context: Context,
    written: Callable[[Meant], tuple[str, Edits | None]],
    *,
    labels: Sequence[Label] = (),
    structures: bool = True,
) -> Found | None:
    """What `name` calls, ops of installed packages included, and its name.

    Where there is nothing of that name, that is reported with `code`; if another name was meant, as far as one can
    tell, the answer is what that one calls: the rest of the file is then checked as if it had been written. `written`
    says how ours is written in place of another library's, and the edits that do it. `structures`: whether the name may
    be that of a structure, which has its nodes beside it.
    """
    callee = resolve(name, scope, context) or find(name)
    if callee is not None:
        return Found(callee, name)
    imports = scope.file.root.get("import")
    prefix, dot, _ = name.partition(".")
    if isinstance(imports, MappingNode) and imports.get(prefix) and prefix not in scope.file.imports:
        return None  # the file could not be imported, which is reported there
    known = [each for each in known_callees(scope, context) if structures or each not in STRUCTURE_ARGUMENTS]
    known += ALIASES
    library = did_you_mean(prefix, scope.file.imports) if dot else None
    if library is not None:
        known = [f"{library}.{block}" for block in islice(scope.file.imports[library].blocks, MAX_CANDIDATES)]
    elif structures:
        known.append("share")  # it stands in the place of an op
    own = scope.file.blocks if len(scope.file.blocks) <= MAX_LISTED else ()
    parameter = None if structures else _parameter_meant(name, span, code, scope, context, labels)
    if parameter is not None:
        return parameter
    from archspec.schema.elsewhere.layers import (  # only a mistake pays for it
        LISTED_BY,
        op_meant,
        op_nearly_meant,
        op_remark,
    )

    meant = op_meant(name, known)
    if meant is None and not dot and context.sink.nearest(name, known) is None:
        meant = op_nearly_meant(name, known, context.sink.nearest)
    if meant is None and scope.file.lacks_blocks and context.sink.nearest(name, known) is None:
        return None
    text, edits = ("", None) if meant is None else written(meant)
    before = len(context.sink.diagnostics)
    nearest = context.sink.unknown(
        code,
        span,
        "op or block",
        name,
        known,
        meant=None if meant is None else meant.name,
        labels=labels,
        written=text,
        fixes=None if meant is None else [Fix(f"write `{text}`", edits, meant.is_same)] if edits else (),
        listed_by=f"{LISTED_BY}, `archspec blocks` the standard blocks"
        + (f"; this file has {', '.join(f'`{block}`' for block in own)}" if own else ""),
        remark=op_remark(name)
        or (COMMENT_HELP if " //" in name else CALL_HELP if re.search(r"[ (,]", name) else ""),
    )
    callee = resolve(nearest, scope, context) if nearest is not None else None
    if isinstance(callee, Definition) and not callee.file.standard and len(context.sink.diagnostics) > before:
        context.sink.relabel(Label(f"`{nearest}` is defined here", callee.span))
    return None if nearest is None or callee is None else Found(callee, nearest, meant)


def _parameter_meant(
    name: str, span: Span, code: str, scope: Scope, context: Context, labels: Sequence[Label]
) -> Found | None:
    """What the parameter `name` calls, after reporting that its dollar is missing; None where it names nothing."""
    value = scope.values.get(name)
    callee = resolve(value, scope, context) if isinstance(value, str) and span.text == name else None
    if callee is None or not isinstance(value, str):
        return None
    text = f"${name}"
    context.sink.error(
        code,
        span,
        f"unknown op or block `{name}`",
        labels=labels,
        help=f"write `{text}` for the value of the parameter",
        fixes=[Fix(f"write `{text}`", (Edit(span, text),))],
        subject=name,
    )
    return Found(callee, value)


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


def needed_names(callee: type[Op] | Definition) -> frozenset[str]:
    """The arguments without a default."""
    if isinstance(callee, Definition):
        return frozenset(each.name for each in callee.parameters if each.default is None)
    return frozenset(field.name for field in fields(callee) if field.default is MISSING)


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
