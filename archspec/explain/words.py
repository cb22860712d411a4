"""What a name means: a code, an op, a block, or a word of the language.

In: a name. Out: text, with all of its meanings where it has several; or None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc

from archspec.codes import CODES
from archspec.diagnostics import Sink
from archspec.expand.definitions import Definition
from archspec.expand.library import Library
from archspec.explain.layout import Part, Rows, laid_out
from archspec.explain.meanings import MAIN, Meaning, default_of, given, words
from archspec.ops import ALIASES, OPS, find
from archspec.ops.base import Op
from archspec.schema.arguments import describe
from archspec.spelling import did_you_mean
from archspec.targets import shipped_networks

LISTS = ("ops", "codes", "words")
"""What lists everything of a kind."""


def explain_name(name: str, columns: int | None = None) -> str | None:
    """What a code, an op, a word of the language or a standard block means."""
    if name.upper() in CODES:
        return laid_out([*_code(name.upper())], columns)
    if name in LISTS:
        return laid_out([_listed(name)], columns)
    parts = parts_of(name)
    return laid_out(parts, columns) if parts else None


def parts_of(name: str) -> list[Part]:
    """All that an op, a word of the language or a standard block means."""
    op = find(name)
    parts: list[Part] = [] if op is None else list(_op(op))
    parts += [part for meaning in words() if meaning.name == name for part in _explained(meaning)]
    definition = Library().find(name, Sink())
    if definition is not None:
        parts += _block(definition)
    return parts


def nearest_name(name: str) -> str | None:
    """What `name` is probably a slip for; a shipped network also, which can be asked for its nodes."""
    if re.fullmatch(r"[EW]\d+", name.upper()):
        # Of a code, the first digits tell what it is about: one cut short is more likely than a slip in them.
        begun = next((code for code in CODES if code.startswith(name.upper())), None)
        return begun or did_you_mean(name.upper(), CODES)
    known = dict.fromkeys((*OPS, *ALIASES, *(word.name for word in words()), *Library.names(), *LISTS))
    networks = (network.name for network in shipped_networks())
    return did_you_mean(name, known) or did_you_mean(name, (*CODES, *networks))


def signature(definition: Definition) -> str:
    """The parameters of a block: `channels: int, stride = 1`."""
    return ", ".join(parameter.name + given(parameter) for parameter in definition.parameters)


def _explained(meaning: Meaning) -> Iterator[Part]:
    headline = f"{meaning.name}, {meaning.kind}:"
    yield Rows(meaning.takers, headline) if meaning.takers else f"{headline} {meaning.about}"
    yield from meaning.more
    if meaning.example:
        yield f"example: {meaning.example}"
    if meaning.see:
        yield "\n".join(f"see {page}" for page in meaning.see)


def _code(name: str) -> Iterator[Part]:
    code = CODES[name]
    yield f"{code.code}: {code.title}"
    yield code.text


def _listed(kind: str) -> Rows:
    match kind:
        case "codes":
            return Rows([(code.code, code.title) for code in CODES.values()])
        case "words":
            return Rows([(each.name, each.kind, each.about) for each in words()])
        case _:
            return Rows([(key, _first_sentence(op)) for key, op in OPS.items()])


def _documentation(op: type[Op]) -> str:
    return cleandoc(op.__doc__ or "")


def _first_sentence(op: type[Op]) -> str:
    paragraph = _documentation(op).partition("\n\n")[0].replace("\n", " ")
    return paragraph.partition(". ")[0].rstrip(".")


def _op(op: type[Op]) -> Iterator[Part]:
    yield f"{op.key}: {_documentation(op)}"
    aliases = [alias for alias, key in ALIASES.items() if key == op.key]
    if aliases:
        yield f"also called {', '.join(aliases)}"
    rows = [
        (
            f"  {argument.name}",
            argument.expects,
            default_of(argument) + (MAIN if argument.name == op.main else ""),
        )
        for argument in describe(op)
    ]
    yield Rows(rows, "arguments:") if rows else "no arguments"
    if op.example:
        yield f"example: {op.example}"
    if op.reference:
        yield f"see {op.reference}"


def _block(definition: Definition) -> Iterator[Part]:
    yield f"{definition.name}: {' '.join(definition.about.split())}"
    yield f"parameters: {signature(definition)}"
    yield f"`archspec blocks show {definition.name}` prints it, to copy and change."
