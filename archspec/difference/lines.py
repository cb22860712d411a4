"""What a difference says, line by line, in words; how lines are printed is decided elsewhere.

In: a `Difference`. Out: the lines of its parts, the same in a terminal and in Markdown. Neighbours that are equal in
everything are one line, unless `everything` is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from archspec.backends.wording import shape_text, visible
from archspec.difference.changes import Change
from archspec.difference.compare import Difference
from archspec.difference.facts import Fact, short_signed, signed
from archspec.difference.keys import Keys
from archspec.difference.rows import Row, Status
from archspec.records import dataclass

MARKS: Final[dict[Status, str]] = {"same": "=", "added": "+", "removed": "−", "changed": "~"}
_ALWAYS_SHOWN: Final = frozenset(
    ("params", "macs", "receptive_field", "inference_peak_bytes", "training_saved_bytes", "output")
)
_MOST_LINES: Final = 200
_MOST_KEYS: Final = 8
"""Lines of layers, and of keys of one kind, unless everything is asked for."""
SECONDARY: Final = frozenset(("padding",))
"""An argument that follows from another as a rule, and is told of only where it changed alone."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table of layers."""

    status: Status
    depth: int
    name: str
    what: str
    output: str
    params: str
    macs: str

    @property
    def mark(self) -> str:
        return MARKS[self.status]


@dataclass(frozen=True, slots=True)
class KeyList:
    """Keys of one kind: what is said of them, some of them, and how many lines are left out."""

    heading: str
    lines: tuple[str, ...]
    left_out: int


def verdict_text(difference: Difference) -> str:
    """The answer in a sentence."""
    match difference.verdict:
        case "same":
            return "the same network: layers, shapes and keys are equal"
        case "initialisation":
            return "the same network, but its weights start differently"
        case "different":
            note = "" if difference.same_start else "; layers that both have start with other weights"
            return f"different networks{note}"


def shown_facts(difference: Difference) -> tuple[Fact, ...]:
    """The facts that are always told, and those that differ."""
    return tuple(fact for fact in difference.facts if fact.key in _ALWAYS_SHOWN or not fact.same)


def layer_lines(difference: Difference, *, everything: bool, short: bool = False) -> tuple[Line, ...]:
    """The table of layers. Inside of what changed, what is equal and costs the same is left out, unless `everything` is
    asked for."""
    found: list[Line] = []
    shown = (row for row in difference.rows if everything or row.depth == 0 or _is_told(row))
    for (silent, depth), run in groupby(shown, lambda row: (row.is_silent, row.depth)):
        group = list(run)
        if silent and not everything and len(group) > 1:
            name = f"{_first(group[0].side.name)} … {_last(group[-1].side.name)}"
            found.append(Line("same", depth, name, f"{len(group)} are equal", "", "", ""))
        else:
            found.extend(_line(row, short=short) for row in group)
    left_out = 0 if everything else len(found) - _MOST_LINES
    if left_out > 1:
        rest = Line("same", 0, "…", f"{left_out} more lines; --all shows them", "", "", "")
        return (*found[:_MOST_LINES], rest)
    return tuple(found)


def _first(name: str) -> str:
    """Of `1 … 3`, which copies are called, the 1."""
    return name.partition(" … ")[0]


def _last(name: str) -> str:
    return name.rpartition(" … ")[2]


def _is_told(row: Row) -> bool:
    return row.status != "same" or row.params_change != 0 or row.macs_change != 0


def _line(row: Row, *, short: bool) -> Line:
    count = short_signed if short else signed
    output = shape_text(row.side.shape)
    if row.other_shape is not None:
        output = f"{shape_text(row.other_shape)} → {output}"
    return Line(
        row.status,
        row.depth,
        visible(row.side.name),
        describe(row),
        output,
        count(row.params_change),
        count(row.macs_change),
    )


def describe(row: Row) -> str:
    """What a row is, and what of it changed."""
    a, b = row.a, row.b
    if a is None or b is None:
        return _times(row, row.side.what)
    named = {change.what for change in row.changes}
    if "copies" in named:
        what = ""
    elif "op" in named or (row.is_module and a.what != b.what):
        what = f"{a.what} → {b.what}"
    else:
        what = b.what
    return ": ".join(filter(None, (_times(row, what), ", ".join(changes_text(row.changes)))))


def _times(row: Row, what: str) -> str:
    return what if row.side.copies == 1 else f"{row.side.copies} × {what}"


def changes_text(changes: Sequence[Change]) -> Iterator[str]:
    """Each change in words; what follows from another as a rule is left out beside it."""
    alone = len(changes) == 1
    for change in changes:
        a, b = visible(change.a), visible(change.b)
        match change.what:
            case "op":
                continue
            case "copies":
                yield f"{a} → {b} copies"
            case "name":
                yield f"was called {a}"
            case "place":
                yield f"was {a}"
            case "order":
                yield f"moved, {b} (was {a})"
            case "skip":
                yield f"skip {a or 'none'} → {b or 'none'}"
            case what if alone or what not in SECONDARY:
                yield f"{what} {a} → {b}"


def keys_text(keys: Keys) -> str:
    """What a checkpoint of A is to B, in a sentence."""
    if not keys.loads:
        return "a checkpoint of A does not load into B"
    if keys.displaced:
        return "a checkpoint of A loads into B, but not where it belongs"
    if keys.reordered:
        return "a checkpoint of A loads into B; the order of the keys differs, by which an optimizer keeps its state"
    return "a checkpoint of A loads into B"


def key_lists(keys: Keys, *, everything: bool) -> Iterator[KeyList]:
    """The keys of each kind that there is."""
    most = None if everything else _MOST_KEYS
    if keys.missing:
        heading = f"missing, {len(keys.missing)} of {keys.total}"
        yield _listed(heading, _by_layer(keys.missing), most)
    if keys.unexpected:
        yield _listed(f"unexpected, {len(keys.unexpected)}", _by_layer(keys.unexpected), most)
    if keys.reshaped:
        lines = [f"{found.key}: {_size(found.a)} → {_size(found.b)}" for found in keys.reshaped]
        yield _listed(f"of another shape, {len(keys.reshaped)}", lines, most)
    if keys.renamed:
        yield _listed(f"perhaps renamed, {len(keys.renamed)}", _arrows(keys.renamed), most)
    if keys.displaced:
        heading = f"loaded into another layer than that which they are of, {len(keys.displaced)}"
        yield _listed(heading, _arrows(keys.displaced), most)


def _by_layer(keys: Iterable[str]) -> list[str]:
    """Keys of one layer on one line: `bn1: weight, bias`."""
    lines = []
    for layer, group in groupby(keys, lambda key: key.rpartition(".")[0]):
        names = [key.rpartition(".")[2] for key in group]
        lines.append(f"{layer}: {', '.join(names)}" if layer else ", ".join(names))
    return lines


def _arrows(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Renamed layers, each with the keys that both names have; a key whose last name differs is on its own."""
    lines = []
    for (old, new), group in groupby(pairs, lambda pair: tuple(key.rpartition(".")[0] for key in pair)):
        ends = [tuple(key.rpartition(".")[2] for key in pair) for pair in group]
        if old and new and all(one == other for one, other in ends):
            lines.append(f"{old} → {new}: {', '.join(one for one, _ in ends)}")
        else:
            lines.extend(
                f"{'.'.join(filter(None, (old, one)))} → {'.'.join(filter(None, (new, other)))}"
                for one, other in ends
            )
    return lines


def _listed(heading: str, lines: Sequence[str], most: int | None) -> KeyList:
    shown = lines if most is None or len(lines) <= most + 1 else lines[:most]
    return KeyList(heading, tuple(map(visible, shown)), len(lines) - len(shown))


def _size(shape: Sequence[int]) -> str:
    return shape_text(tuple(shape)) if shape else "one number"
