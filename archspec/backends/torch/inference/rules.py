"""Which trained layers each layer is made of, as the table of an emitted file.

In: the rows of an `Inference`. Out: the table, with `*` for numbers that rows have in common and count through, and
the definitions of `conversion.py` that go with it.
Holds: for every layer of the network, its own row, else the first pattern that its path matches says what it is made
of, and a layer without a row matches none. Where a pattern would say too much, its rows stand one by one. A layer is
compared with the patterns of its form alone (a star for every number), so that a long table costs no more a row.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias, assert_never

from archspec.backends.torch import code
from archspec.backends.torch.copied import names_in
from archspec.passes.inference import Inference, Row
from archspec.passes.inference.sources import (
    Behind,
    Branch,
    FoldedConstant,
    FoldedNorm,
    FoldedScale,
    NormFactor,
)
from archspec.records import dataclass

CONVERT: Final = "convert"
CONVERT_SUMS: Final = "convert_sums"
"""The function that makes the weights; the second form of it has the first one's name in a file."""

_NUMBER: Final = re.compile(r"[0-9]+")
_PLACE: Final = re.compile(r"[0-9]+|\*")

Part: TypeAlias = "str | float | tuple[str, float, bool]"
"""A layer or norm by its path, a constant factor, a norm with its eps and whether its summand counts."""

Entry: TypeAlias = "tuple[tuple[Part, ...], ...]"
"""The branches that a layer is the sum of."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The table: for each pattern of a path, the branches with stars for the same numbers. `eps` is that of the norms
    whose part does not say. `plain`: every layer is one branch, of a layer and norms."""

    table: Mapping[str, Entry]
    eps: float
    plain: bool


def rules(inference: Inference) -> Rules:
    """The table of a network."""
    norms = Counter(
        part.eps
        for row in inference.rows
        for branch in row.source.branches
        for part in branch.behind
        if isinstance(part, FoldedNorm)
    )
    eps = max(sorted(norms), key=norms.__getitem__, default=1e-5)
    entries = {row.layer: _entry(row, eps) for row in inference.rows}
    plain = (
        all(not row.transposed or row.source.is_renamed for row in inference.rows)
        and all(
            len(entry) == 1 and all(isinstance(part, str) for part in entry[0]) for entry in entries.values()
        )
        and not any(
            isinstance(part, FoldedScale)
            for row in inference.rows
            for branch in row.source.branches
            for part in branch.behind
        )
    )
    return Rules(_table(entries), eps, plain)


def _entry(row: Row, eps: float) -> Entry:
    return tuple(_branch(branch, eps) for branch in row.source.branches)


def _branch(branch: Branch, eps: float) -> tuple[Part, ...]:
    return (branch.layer, *(_part(each, eps) for each in branch.behind))


def _part(behind: Behind, eps: float) -> Part:
    match behind:
        case FoldedNorm():
            return behind.path if behind.eps == eps else (behind.path, behind.eps, True)
        case NormFactor():
            return behind.path, behind.eps, False
        case FoldedScale():
            return behind.path
        case FoldedConstant():
            return behind.factor
        case _:
            assert_never(behind)


# ---------------------------------------------------------------- patterns


def _table(entries: Mapping[str, Entry]) -> Mapping[str, Entry]:
    """The rows that say more than the layer's own name, those of one form as one pattern."""
    groups: dict[tuple[str, Entry], list[str]] = {}
    for layer, entry in entries.items():
        if entry != ((layer,),):
            groups.setdefault((_form(layer), _starred(entry)), []).append(layer)
    rows: dict[str, Entry] = {}
    for layers in groups.values():
        found = _patterns(layers, entries)
        rows.update({layer: entries[layer] for layer in layers} if found.keys() & rows.keys() else found)
    # Of two patterns, the one with fewer stars says more: it comes first.
    rows = dict(sorted(rows.items(), key=lambda row: row[0].count("*")))
    layers_by_form = _by_form(entries)
    while wrong := _wrong_patterns(rows, entries):
        rows = _taken_apart(rows, wrong, entries, layers_by_form)
    return rows


def _patterns(layers: Sequence[str], entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """Rows for layers of one form: one, or as few as come of taking the layers with an equal number at some place
    together."""
    whole = _pattern(layers, entries)
    if whole is not None:
        return whole
    best = {layer: entries[layer] for layer in layers}
    for place in range(len(_NUMBER.findall(layers[0]))):
        parts: dict[str, list[str]] = {}
        for layer in layers:
            parts.setdefault(_NUMBER.findall(layer)[place], []).append(layer)
        found: dict[str, Entry] = {}
        for part in parts.values():
            if len(parts) > 1:
                found.update(_pattern(part, entries) or {layer: entries[layer] for layer in part})
        if found and len(found) < len(best):
            best = found
    return best


def _pattern(layers: Sequence[str], entries: Mapping[str, Entry]) -> dict[str, Entry] | None:
    """One row for layers of one form: numbers that differ between them become stars, if the sources have the same
    numbers in the same order, and differ in nothing else."""
    numbers = [_NUMBER.findall(layer) for layer in layers]
    varying = [len(set(column)) > 1 for column in zip(*numbers, strict=True)]
    first = layers[0]
    pattern = _with_stars(first, varying)
    stars = [number for number, varies in zip(numbers[0], varying, strict=True) if varies]
    for entry in _candidates(entries[first], stars):
        if all(
            _filled(entry, [n for n, varies in zip(each, varying, strict=True) if varies]) == entries[layer]
            for layer, each in zip(layers, numbers, strict=True)
        ):
            return {pattern: entry}
    return None


def _with_stars(text: str, varying: Sequence[bool]) -> str:
    found = iter(varying)
    return _NUMBER.sub(lambda number: "*" if next(found) else number[0], text)


def _candidates(entry: Entry, stars: Sequence[str]) -> list[Entry]:
    """The entry with stars for the numbers, from the left and from the right of each name."""
    if not stars:
        return [entry]
    return [
        _changed(entry, lambda name: _first_stars(name, stars)),
        _changed(entry, lambda name: _last_stars(name, stars)),
    ]


def _first_stars(name: str, stars: Sequence[str]) -> str:
    """The name with stars for the numbers, each for the next one that is equal."""
    remaining = list(stars)

    def star(number: re.Match[str]) -> str:
        if remaining and number[0] == remaining[0]:
            remaining.pop(0)
            return "*"
        return number[0]

    starred = _NUMBER.sub(star, name)
    return name if remaining else starred


def _last_stars(name: str, stars: Sequence[str]) -> str:
    """The same, beginning from the end of the name."""
    remaining = list(stars)
    parts = _NUMBER.split(name)
    numbers = _NUMBER.findall(name)
    for at in range(len(numbers) - 1, -1, -1):
        if remaining and numbers[at] == remaining[-1]:
            remaining.pop()
            numbers[at] = "*"
    starred = "".join(part + number for part, number in zip(parts, (*numbers, ""), strict=True))
    return name if remaining else starred


def _changed(entry: Entry, change: Callable[[str], str]) -> Entry:
    def part(each: Part) -> Part:
        if isinstance(each, str):
            return change(each)
        return (change(each[0]), *each[1:]) if isinstance(each, tuple) else each

    return tuple(tuple(map(part, branch)) for branch in entry)


def _starred(entry: Entry) -> Entry:
    return _changed(entry, _form)


def _filled(entry: Entry, numbers: Sequence[str]) -> Entry:
    return _changed(entry, lambda name: name.replace("*", "{}").format(*numbers))


def _form(name: str) -> str:
    """The name with a star for every number."""
    return _NUMBER.sub("*", name)


def _by_form(names: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(_form(name), []).append(name)
    return found


def _wrong_patterns(rows: Mapping[str, Entry], entries: Mapping[str, Entry]) -> set[str]:
    """The patterns that give some layer what is not its row. They are looked up as `match` of `conversion.py` does."""
    starred = _by_form(pattern for pattern in rows if "*" in pattern)
    wrong: set[str] = set()
    for layer, entry in entries.items():
        if layer in rows:
            continue
        for pattern in starred.get(_form(layer), ()):
            numbers = _numbers(pattern, layer)
            if numbers is not None:
                if _filled(rows[pattern], numbers) != entry:
                    wrong.add(pattern)
                break
    return wrong


def _numbers(pattern: str, layer: str) -> tuple[str, ...] | None:
    """What a layer of the same form has in place of the stars; None where another number differs."""
    pairs = list(zip(_PLACE.findall(pattern), _NUMBER.findall(layer), strict=True))
    if all(place in ("*", number) for place, number in pairs):
        return tuple(number for place, number in pairs if place == "*")
    return None


def _taken_apart(
    rows: Mapping[str, Entry],
    patterns: set[str],
    entries: Mapping[str, Entry],
    layers_by_form: Mapping[str, Sequence[str]],
) -> dict[str, Entry]:
    """The rows with these patterns replaced by the layers that they are meant for."""
    apart: dict[str, Entry] = {}
    for pattern, entry in rows.items():
        if pattern not in patterns:
            apart[pattern] = entry
            continue
        for layer in layers_by_form[_form(pattern)]:
            numbers = _numbers(pattern, layer)
            if numbers is not None and _filled(entry, numbers) == entries[layer]:
                apart[layer] = entries[layer]
    return apart


# ---------------------------------------------------------------- text


def table(made: Rules, dropped: Sequence[str]) -> tuple[code.Statement, ...]:
    """The tables as statements. `dropped`: what leads the keys of trained layers that are not here."""
    names = code.Name("str")
    ellipsis = code.Name("...")

    def tuple_of(*items: code.Expression) -> code.Expression:
        return code.Subscript(code.Name("tuple"), code.Slot(items))

    if made.plain:
        annotation: code.Expression = tuple_of(names, ellipsis)
        rows = [(pattern, _tuple(entry[0])) for pattern, entry in made.table.items()]
    else:
        annotation = tuple_of(tuple_of(code.Name("Part"), ellipsis), ellipsis)
        rows = [(pattern, code.TupleOf(tuple(map(_tuple, entry)))) for pattern, entry in made.table.items()]
    kind = code.Subscript(code.Name("dict"), code.Slot((names, annotation)))
    values = code.DictOf(tuple((code.Constant(pattern), entry) for pattern, entry in rows))
    number = code.Name("float")
    part = code.Infix("|", (names, number, tuple_of(names, number, code.Name("bool"))))
    return (
        *(() if made.plain else (code.Assign(code.Name("Part"), part),)),
        code.Comment("For each layer here, the layers of the trained network that it is made of; every"),
        code.Comment("star stands for one number, the same on both sides. Other layers keep their names."),
        code.Assign(code.Name("FOLDED" if made.plain else "SUMS"), values, kind),
        code.Comment("What leads the keys of trained layers that are not needed here."),
        code.Assign(code.Name("DROPPED"), _tuple(dropped), tuple_of(names, ellipsis)),
        code.Assign(code.Name("EPS"), code.Constant(made.eps)),
    )


def _tuple(parts: Sequence[Part]) -> code.TupleOf:
    return code.TupleOf(
        tuple(
            code.TupleOf(tuple(code.Constant(each) for each in part))
            if isinstance(part, tuple)
            else code.Constant(part)
            for part in parts
        )
    )


def names(made: Rules) -> tuple[str, ...]:
    """What the tables and definitions are called."""
    tables = ("FOLDED",) if made.plain else ("Part", "SUMS")
    return (*tables, "DROPPED", "EPS", *(_spoken(name) for name in _needed(made)))


def definitions(made: Rules, network: str) -> str:
    """`convert` and what it uses, as text. `network`: the network's class."""
    known = _definitions()
    text = "\n\n\n".join(known[name][0] for name in _needed(made))
    return re.sub(r"\bNetwork\b", network, text.replace(CONVERT_SUMS, CONVERT))


def _spoken(name: str) -> str:
    return CONVERT if name == CONVERT_SUMS else name


def _needed(made: Rules) -> list[str]:
    """The definitions, in their order."""
    known = _definitions()
    needed: set[str] = set()
    stack = [CONVERT if made.plain else CONVERT_SUMS]
    while stack:
        name = stack.pop()
        if name not in needed:
            needed.add(name)
            stack.extend(known[name][1] & known.keys())
    return [name for name in known if name in needed]


@cache
def _definitions() -> Mapping[str, tuple[str, frozenset[str]]]:
    """The functions of `conversion.py`, each with the names it uses. Read as text: nothing here imports torch."""
    text = Path(__file__).with_name("conversion.py").read_text(encoding="utf-8")
    return {
        node.name: (ast.get_source_segment(text, node) or "", names_in(node))
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef)
    }
