"""Every word of the language but ops, codes and blocks, with what it means in each place where it may stand.

In: the tables of words, the arguments of ops, shortcuts, initialisations and standard blocks. Out: `Meaning`s.
Holds: every text is taken from where the compiler and the language reference have it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from archspec.diagnostics import Sink
from archspec.expand.definitions import TYPES, Parameter
from archspec.expand.library import Library
from archspec.explain.layout import Rows
from archspec.expressions import show
from archspec.expressions.functions import FUNCTIONS
from archspec.ops import OPS
from archspec.records import dataclass
from archspec.schema.arguments import ArgumentDoc, describe
from archspec.schema.document import AuxHead, Document
from archspec.schema.initialisers import SCHEMES
from archspec.vocabulary import (
    BLOCK_KEYS,
    EXPRESSION_WORDS,
    FACTS,
    KEY_EXAMPLES,
    MODIFIERS,
    NAMES,
    PADDINGS,
    PARTS,
    SHORTCUT_ARGUMENTS,
    SHORTCUTS,
    SOURCES,
    STRUCTURES,
)

STRUCTURE: Final = "a structure"
MODIFIER: Final = "a modifier"
ARGUMENT: Final = "an argument of ops"
PARAMETER: Final = "a parameter of standard blocks"
KEY: Final = "a key of the file"
"""Kinds of words."""

MAIN: Final = " (the main argument)"
INIT_PAGE: Final = "https://docs.pytorch.org/docs/stable/nn.init.html"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word is in one place where it may stand. `takers` are what takes an argument, a row each, and `see` the
    addresses where more is said.
    """

    name: str
    kind: str
    about: str
    example: str = ""
    takers: tuple[tuple[str, ...], ...] = ()
    more: tuple[Rows, ...] = ()
    see: tuple[str, ...] = ()


def words() -> Iterator[Meaning]:
    """All of them; a word that may stand in several places, with what it means in each."""
    yield from _keys()
    for name, word in STRUCTURES.items():
        yield Meaning(name, STRUCTURE, word.about, word.example, more=tuple(_parts(name)))
    for name, word in MODIFIERS.items():
        yield Meaning(name, MODIFIER, word.about, word.example)
    for structure, parts in PARTS.items():
        for name, about in parts.items():
            yield Meaning(
                name,
                f"a key beside `{structure}`",
                about,
                STRUCTURES[structure].example,
                more=(_SHORTCUTS,) if name == "shortcut" else (),
            )
    yield from _defined("a shortcut", SHORTCUTS)
    yield from _defined("an argument of the shortcuts `auto` and `projection`", SHORTCUT_ARGUMENTS)
    yield from _defined("a padding", PADDINGS)
    yield from _defined("a name in `from`", SOURCES)
    yield from _defined("a fact of `expect`", FACTS)
    yield from _defined("a key of a block", BLOCK_KEYS)
    yield from _arguments()
    yield from _parameters_of_blocks()
    yield from _defined("a name in expressions", NAMES)
    yield from _defined("a word in expressions", EXPRESSION_WORDS)
    for name, function in FUNCTIONS.items():
        yield Meaning(name, "a function in expressions", f"`{function.usage}` gives {function.about}")
    yield from _defined("a type of a parameter", TYPES)
    for name, scheme in SCHEMES.items():
        rows = [(f"  {each.name}", each.expects, default_of(each)) for each in describe(scheme)]
        more = (Rows(rows, "arguments:"),) if rows else ()
        yield Meaning(name, "an initialisation", f"`{name}_` of `torch.nn.init`", more=more, see=(INIT_PAGE,))


def _keys() -> Iterator[Meaning]:
    for name, field in Document.model_fields.items():
        key = field.alias or name
        yield Meaning(key, KEY, field.description or "", KEY_EXAMPLES[key])
    for name, field in AuxHead.model_fields.items():
        about = field.description or ""
        yield Meaning(field.alias or name, "a key of an auxiliary head", about, KEY_EXAMPLES["aux"])


def default_of(argument: ArgumentDoc) -> str:
    """`required`, or what it is where nothing is given."""
    return "required" if argument.required else f"default {show(argument.default)}"


def _arguments() -> Iterator[Meaning]:
    """Every argument, with all that take it; then every word that one may be."""
    ops = {key: describe(op) for key, op in OPS.items()}
    main = {key: op.main for key, op in OPS.items()}
    pages = {key: op.reference for key, op in OPS.items()}
    for name, takers in _by_name(ops).items():
        rows = tuple(
            (f"  {key}", each.expects, default_of(each) + (MAIN if main[key] == name else ""))
            for key, each in takers.items()
        )
        more = (Rows(_listed(PADDINGS), "in place of numbers:"),) if name == "padding" else ()
        see = tuple(dict.fromkeys(pages[key] for key in takers))
        yield Meaning(name, ARGUMENT, ", ".join(takers), takers=rows, more=more, see=see)
    schemes = {name: describe(scheme) for name, scheme in SCHEMES.items()}
    for name, takers in _by_name(schemes).items():
        rows = tuple((f"  {key}", each.expects, default_of(each)) for key, each in takers.items())
        kind = "an argument of initialisations"
        yield Meaning(name, kind, ", ".join(takers), takers=rows, see=(INIT_PAGE,))
    for word, places in _choices({**ops, **schemes}).items():
        yield Meaning(word, "a value of arguments", ", ".join(f"`{name}` of {key}" for name, key in places))


def _by_name(described: Mapping[str, Iterable[ArgumentDoc]]) -> dict[str, dict[str, ArgumentDoc]]:
    """The arguments by name, each with what takes it."""
    found: dict[str, dict[str, ArgumentDoc]] = {}
    for key, arguments in described.items():
        for argument in arguments:
            found.setdefault(argument.name, {})[key] = argument
    return found


def _choices(described: Mapping[str, Iterable[ArgumentDoc]]) -> dict[str, list[tuple[str, str]]]:
    """The words that arguments may be, each with the arguments, and what takes these."""
    found: dict[str, list[tuple[str, str]]] = {}
    for key, arguments in described.items():
        for argument in arguments:
            for word in argument.choices:
                found.setdefault(word, []).append((argument.name, key))
    return {word: places for word, places in found.items() if word not in PADDINGS}


def _parameters_of_blocks() -> Iterator[Meaning]:
    library, sink = Library(), Sink()
    takers: dict[str, list[tuple[str, str]]] = {}
    for block in library.names():
        definition = library.find(block, sink)
        for parameter in () if definition is None else definition.parameters:
            takers.setdefault(parameter.name, []).append((block, given(parameter)))
    for name, blocks in takers.items():
        rows = tuple((f"  {block}", f"{name}{text}") for block, text in blocks)
        yield Meaning(name, PARAMETER, ", ".join(block for block, _ in blocks), takers=rows)


def given(parameter: Parameter) -> str:
    """What is given to a block's parameter: `: int`, ` = 1`."""
    if parameter.default is None:
        return f": {parameter.type}"
    return f" = {' '.join(parameter.default.span.text.split())}"


def _parts(structure: str) -> Iterator[Rows]:
    if structure in PARTS:
        yield Rows(_listed(PARTS[structure]), "beside it:")
    if structure == "residual":
        yield _SHORTCUTS


def _listed(words: Mapping[str, str]) -> list[tuple[str, ...]]:
    return [(f"  {name}", about) for name, about in words.items()]


_SHORTCUTS: Final = Rows(_listed(SHORTCUTS), "shortcuts:")


def _defined(kind: str, words: Mapping[str, str]) -> Iterator[Meaning]:
    return (Meaning(name, kind, about) for name, about in words.items())
