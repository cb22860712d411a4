"""The parts of the language reference, and of the list of errors, that the code itself knows.

In: `docs/language.md` or `docs/errors.md`, prose with marked sections. Out: the same with each marked section written
anew from the registry of ops, the vocabulary, the models, the limits and the table of codes, so that none of them can
go stale.

    python -m archspec.reference docs/language.md docs/errors.md

Holds: what stands outside of the marks is left as it is; two runs give the same text.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from inspect import cleandoc
from pathlib import Path
from types import MappingProxyType
from typing import Final

from archspec.backends.summary import CONVENTIONS
from archspec.codes import FAMILIES as CODE_FAMILIES
from archspec.diagnostics import InternalError, Sink
from archspec.expand.definitions import TYPES
from archspec.expand.library import Library
from archspec.explain import signature
from archspec.expressions import show
from archspec.expressions.functions import FUNCTIONS, MAX_LIST
from archspec.expressions.parser import MAX_DEPTH as MAX_EXPRESSION_DEPTH
from archspec.expressions.parser import MAX_LENGTH
from archspec.limits import Limits
from archspec.names import MAX_NAME
from archspec.ops import ALIASES, OPS
from archspec.ops.arguments import MAX_DIMENSION
from archspec.ops.base import Kind, Op
from archspec.schema.arguments import describe
from archspec.schema.document import Document
from archspec.schema.initialisers import SCHEMES
from archspec.source import MAX_BYTES
from archspec.syntax import MAX_DEPTH, MAX_NODES
from archspec.vocabulary import FACTS, MODIFIERS, NAMES, PADDINGS, PARTS, SHORTCUTS, STRUCTURES, Word

FAMILIES: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        "conv": "Convolutions",
        "linear": "Fully connected layers",
        "norm": "Norms",
        "activation": "Activations",
        "pool": "Pools",
        "resample": "Changes of resolution",
        "reshape": "Shapes and parts",
        "dropout": "Dropout",
        "other": "Factors, and nothing",
    }
)
"""The families of ops, with their headings, in the order of the reference."""

_SECTION: Final = re.compile(
    r"(<!-- made from the code: (?P<name>[a-z ]+) -->\n).*?(<!-- end -->\n)", re.DOTALL
)


def updated(text: str) -> str:
    """`text` with its marked sections written anew."""
    return _SECTION.sub(lambda found: f"{found[1]}\n{_made(found['name']).strip()}\n\n{found[3]}", text)


def _made(name: str) -> str:
    if name not in SECTIONS:
        raise InternalError(f"reference: there is no section `{name}`; there is {', '.join(SECTIONS)}")
    return SECTIONS[name]()


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _keys() -> str:
    fields = ((field.alias or name, field) for name, field in Document.model_fields.items())
    return _table(
        ("key", "what it holds"),
        (
            (f"[`{key}`](#{key})" if key in _EXPLAINED else f"`{key}`", field.description or "")
            for key, field in fields
        ),
    )


_EXPLAINED: Final = (
    "input",
    "params",
    "variants",
    "defaults",
    "blocks",
    "aux",
    "outputs",
    "init",
    "expect",
    "import",
)
"""The top-level keys that have a heading of their own in the reference."""


def _words(words: Mapping[str, Word]) -> str:
    return _table(
        ("word", "what it does", "example"),
        ((f"`{name}`", word.about, f"`{word.example}`") for name, word in words.items()),
    )


def _shortcuts() -> str:
    return _table(("`shortcut:`", "the skip"), ((f"`{kind}`", about) for kind, about in SHORTCUTS.items()))


def _residual() -> str:
    parts = {"residual": "the main path, a sequence", **PARTS["residual"]}
    return "".join(f"- `{name}:` {about}\n" for name, about in parts.items())


def _defined(head: str, words: Mapping[str, str]) -> str:
    return _table((head, "what it is"), ((f"`{name}`", about) for name, about in words.items()))


def _types() -> str:
    return _table(("type", "what may be given"), ((f"`{name}`", about) for name, about in TYPES.items()))


def _functions() -> str:
    return _table(
        ("function", "gives"), ((f"`{function.usage}`", function.about) for function in FUNCTIONS.values())
    )


def _ops() -> str:
    missing = {op.kind for op in OPS.values()} - set(FAMILIES)
    if missing:
        raise InternalError(f"reference: no heading for the ops of kind {', '.join(sorted(missing))}")
    return "\n".join(_family(kind, heading) for kind, heading in FAMILIES.items())


def _family(kind: Kind, heading: str) -> str:
    return f"### {heading}\n\n" + "\n".join(_op(op) for op in OPS.values() if op.kind == kind)


def _op(op: type[Op]) -> str:
    aliases = "".join(f", also `{alias}`" for alias, key in ALIASES.items() if key == op.key)
    parts = [f"#### `{op.key}`{aliases}", cleandoc(op.__doc__ or "")]
    rows = [
        (
            f"`{argument.name}`" + (" (main)" if argument.name == op.main else ""),
            argument.expects,
            "required" if argument.required else f"`{show(argument.default)}`",
        )
        for argument in describe(op)
    ]
    if rows:
        parts.append(_table(("argument", "takes", "default"), rows).rstrip("\n"))
    parts.append(f"`{op.example}` · [reference]({op.reference})")
    return "\n\n".join(parts) + "\n"


def _blocks() -> str:
    library, sink = Library(), Sink()
    found = (library.find(name, sink) for name in library.names())
    return _table(
        ("block", "parameters", "what it is"),
        ((f"`{b.name}`", f"`{signature(b)}`", " ".join(b.about.split())) for b in found if b is not None),
    )


def _initialisation() -> str:
    return _table(
        ("scheme", "arguments"),
        ((f"`{name}`", ", ".join(_scheme_arguments(scheme)) or "none") for name, scheme in SCHEMES.items()),
    )


def _scheme_arguments(scheme: type) -> Iterator[str]:
    for argument in describe(scheme):
        default = "required" if argument.required else show(argument.default)
        yield f"`{argument.name}` ({default})"


def _counting() -> str:
    return "".join(f"- {convention}\n" for convention in CONVENTIONS)


def _codes() -> str:
    """What `archspec explain CODE` prints, of every code."""
    families = (
        "\n".join([f"## {heading}\n", *(f"### {c.code}\n\n**{c.title}**\n\n{c.markdown}" for c in codes)])
        for heading, codes in CODE_FAMILIES.items()
    )
    return "\n".join(families)


def _limits() -> str:
    limits = Limits()
    return _table(
        ("of", "at most"),
        (
            ("a file", f"{MAX_BYTES:,} bytes, {MAX_NODES:,} values, nested {MAX_DEPTH} deep"),
            ("an expression", f"{MAX_LENGTH} characters, nested {MAX_EXPRESSION_DEPTH} deep"),
            ("a name", f"{MAX_NAME} characters"),
            ("a list that an expression makes", f"{MAX_LIST:,} items"),
            ("one axis of a shape", f"{MAX_DIMENSION:,}"),
            ("ops, after every repeat and loop", f"{limits.ops:,} (`--max-ops`)"),
            (
                "nodes, arguments and modules to be worked out, without what comes to the same",
                f"{limits.steps:,} steps (`--max-ops`), of which a module takes six",
            ),
            ("modules inside modules", f"{limits.depth} (`--max-depth`)"),
            ("parameters of a network", f"{limits.parameters:,} (`--max-parameters`)"),
            (
                "files that a spec draws in",
                f"{limits.imports}, {MAX_BYTES:,} bytes together; their values count as the spec's own",
            ),
        ),
    )


SECTIONS: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "keys": _keys,
        "modifiers": lambda: _words(MODIFIERS),
        "structures": lambda: _words(STRUCTURES),
        "residual": _residual,
        "shortcuts": _shortcuts,
        "names": lambda: _defined("name", NAMES),
        "paddings": lambda: _defined("`padding:`", PADDINGS),
        "types": _types,
        "facts": lambda: _defined("fact", FACTS),
        "functions": _functions,
        "ops": _ops,
        "blocks": _blocks,
        "initialisation": _initialisation,
        "counting": _counting,
        "limits": _limits,
        "codes": _codes,
    }
)
"""What each marked section holds, by the name in its mark."""


def main(paths: Iterable[str]) -> None:
    """Write the marked sections of the files anew."""
    for file in map(Path, paths):
        file.write_text(updated(file.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
