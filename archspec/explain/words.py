"""What has a name in the language: codes, ops, blocks, keys, modifiers, structures, functions and the rest.

In: a name. Out: what it means, all of its meanings where it has several; or None.
Holds: every text is taken from where the compiler and the language reference have it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from inspect import cleandoc
from itertools import chain

from archspec.codes import CODES
from archspec.diagnostics import Sink, did_you_mean
from archspec.expand.definitions import TYPES, Definition
from archspec.expand.library import Library
from archspec.explain.layout import Part, Rows, laid_out
from archspec.expressions import show
from archspec.expressions.functions import FUNCTIONS
from archspec.ops import ALIASES, OPS, find
from archspec.ops.base import Op
from archspec.records import dataclass
from archspec.schema.arguments import describe
from archspec.schema.initialisers import SCHEMES
from archspec.targets import shipped_networks
from archspec.vocabulary import MODIFIERS, NAMES, PADDINGS, PARTS, SHORTCUTS, STRUCTURES, Word

LISTS = ("ops", "codes", "words")
"""What lists everything of a kind."""


def explain_name(name: str, columns: int | None = None) -> str | None:
    """What a code, an op, a word of the language or a standard block means."""
    if name.upper() in CODES:
        return laid_out([*_code(name.upper())], columns)
    if name in LISTS:
        return laid_out([_listed(name)], columns)
    op = find(name)
    parts: list[Part] = [] if op is None else list(_op(op))
    # The keys of a file come with pydantic, which takes its time; a test says that no op is called like one.
    meanings = _meanings() if op is not None else chain(_meanings(), _keys())
    parts += [part for meaning in meanings if meaning.name == name for part in _explained(meaning)]
    definition = Library().find(name, Sink())
    if definition is not None:
        parts += _block(definition)
    return laid_out(parts, columns) if parts else None


def nearest_name(name: str) -> str | None:
    """What `name` is probably a slip for; a shipped network also, which can be asked for its nodes."""
    if re.fullmatch(r"[EW]\d+", name.upper()):
        # Of a code, the first digits tell what it is about: one cut short is more likely than a slip in them.
        begun = next((code for code in CODES if code.startswith(name.upper())), None)
        return begun or did_you_mean(name.upper(), CODES)
    words = (meaning.name for meaning in chain(_meanings(), _keys()))
    return did_you_mean(name, (*OPS, *ALIASES, *words, *Library.names(), *LISTS)) or did_you_mean(
        name, (*CODES, *(network.name for network in shipped_networks()))
    )


def signature(definition: Definition) -> str:
    """The parameters of a block: `channels: int, stride = 1`."""
    return ", ".join(
        f"{parameter.name}: {parameter.type}"
        if parameter.default is None
        else f"{parameter.name} = {' '.join(parameter.default.span.text.split())}"
        for parameter in definition.parameters
    )


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a word is in one place where it may stand."""

    name: str
    kind: str
    about: str
    example: str = ""
    more: tuple[Rows, ...] = ()


def _meanings() -> Iterator[_Meaning]:
    """All words of the language but ops, blocks and the keys of a file."""
    for name, word in STRUCTURES.items():
        yield _Meaning(name, "a structure", word.about, word.example, tuple(_parts(name)))
    yield from (_worded(name, word) for name, word in MODIFIERS.items())
    for structure, parts in PARTS.items():
        for name, about in parts.items():
            more = (_shortcuts(),) if name == "shortcut" else ()
            yield _Meaning(name, f"a key beside `{structure}`", about, STRUCTURES[structure].example, more)
    yield from _defined("a shortcut", SHORTCUTS)
    yield from _defined("a padding", PADDINGS)
    yield from _defined("a name in expressions", NAMES)
    for name, function in FUNCTIONS.items():
        yield _Meaning(name, "a function in expressions", f"`{function.usage}` gives {function.about}")
    yield from _defined("a type of a parameter", TYPES)
    for name, scheme in SCHEMES.items():
        yield _Meaning(
            name, "an initialisation", f"`{name}_` of `torch.nn.init`", more=tuple(_scheme(scheme))
        )


def _keys() -> Iterator[_Meaning]:
    from archspec.schema.document import AuxHead, Document

    for model, kind in ((Document, "a key of the file"), (AuxHead, "a key of an auxiliary head")):
        for name, field in model.model_fields.items():
            yield _Meaning(field.alias or name, kind, field.description or "")


def _worded(name: str, word: Word) -> _Meaning:
    return _Meaning(name, "a modifier", word.about, word.example)


def _defined(kind: str, words: Mapping[str, str]) -> Iterator[_Meaning]:
    return (_Meaning(name, kind, about) for name, about in words.items())


def _parts(structure: str) -> Iterator[Rows]:
    if structure in PARTS:
        yield Rows([(f"  {name}", about) for name, about in PARTS[structure].items()], "beside it:")
    if structure == "residual":
        yield _shortcuts()


def _shortcuts() -> Rows:
    return Rows([(f"  {kind}", about) for kind, about in SHORTCUTS.items()], "shortcuts:")


def _scheme(scheme: type) -> Iterator[Rows]:
    rows = [
        (
            f"  {argument.name}",
            argument.expects,
            "required" if argument.required else f"default {show(argument.default)}",
        )
        for argument in describe(scheme)
    ]
    if rows:
        yield Rows(rows, "arguments:")


def _explained(meaning: _Meaning) -> Iterator[Part]:
    yield f"{meaning.name}, {meaning.kind}: {meaning.about}"
    yield from meaning.more
    if meaning.example:
        yield f"example: {meaning.example}"


def _code(name: str) -> Iterator[Part]:
    code = CODES[name]
    yield f"{code.code}: {code.title}"
    yield code.text


def _listed(kind: str) -> Rows:
    match kind:
        case "codes":
            return Rows([(code.code, code.title) for code in CODES.values()])
        case "words":
            return Rows([(each.name, each.kind, each.about) for each in chain(_keys(), _meanings())])
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
            ("required" if argument.required else f"default {show(argument.default)}")
            + (" (the main argument)" if argument.name == op.main else ""),
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
