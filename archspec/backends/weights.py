"""What a network's `state_dict` holds, and how a file's differs from it. Needs no torch.

In: a graph, and the entries of a file by key. Out: every `Mismatch`, in the order of the network, then of the file.
Holds: what `compare` finds nothing in, PyTorch's strict loading accepts. Numbers of another precision are no mismatch,
since loading converts them; an integer for a fraction is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final, Literal

from archspec.backends.wording import shape_text, visible
from archspec.diagnostics import shortened
from archspec.ir import Graph, state
from archspec.ops.base import Shape
from archspec.records import dataclass

COUNTER: Final = "num_batches_tracked"
"""The one entry that is an integer. Files older than it (PyTorch 0.4.1) load: the count then starts at zero."""

_PREFIXES: Final = {
    "module.": "`DataParallel` puts it there: save `model.module.state_dict()`",
    "_orig_mod.": "`torch.compile` puts it there: save the `state_dict` of the model that was compiled",
}
_FLOATING: Final = frozenset(
    (
        "float64",
        "float32",
        "float16",
        "bfloat16",
        "float8_e4m3fn",
        "float8_e4m3fnuz",
        "float8_e5m2",
        "float8_e5m2fnuz",
    )
)
_INTEGER: Final = frozenset(("int64", "int32", "int16", "int8", "uint8"))
_MOST_SEARCHED: Final = 200
"""A key is looked for among so many others: a file from a stranger may have any number of them."""

MismatchKind = Literal["prefix", "missing", "shape", "dtype", "unexpected"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a `state_dict`; `dtype` as PyTorch names it, without `torch.`."""

    shape: Shape
    dtype: str


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One way in which a file's entries are not the network's. `key` is the file's, where the file has it."""

    kind: MismatchKind
    key: str
    fact: str

    def __str__(self) -> str:
        return f"{self.kind}: {_quoted(self.key)} {self.fact}"


class WeightsError(Exception):
    """The file holds no weights that can be read, or not those of the network, and nothing was loaded.

    `mismatches` are all differences; empty where the file could not be read.
    """

    def __init__(self, message: str, mismatches: tuple[Mismatch, ...] = ()) -> None:
        super().__init__(message, mismatches)
        self.message = message
        self.mismatches = mismatches

    def __str__(self) -> str:
        return "\n".join((self.message, *(f"  {mismatch}" for mismatch in self.mismatches)))


def entries(graph: Graph) -> dict[str, Entry]:
    """What the network's `state_dict` holds, in its order. A shared child has its entries once."""
    return {
        key: Entry(weight.shape, "int64" if weight.name == COUNTER else "float32")
        for key, weight in state(graph.root)
    }


def compare(expected: Mapping[str, Entry], found: Mapping[str, Entry]) -> tuple[Mismatch, ...]:
    """Every difference between the network's entries and a file's; none if the file's can be loaded.

    A prefix that all keys of the file share is one mismatch; the rest are then found as if it were not there.
    """
    prefix = _foreign_prefix(expected, found)
    mismatches = [_prefixed(prefix)] if prefix else []
    bare = {key.removeprefix(prefix): entry for key, entry in found.items()}
    missing = _without_counters([key for key in expected if key not in bare], expected)
    unexpected = [key for key in bare if key not in expected]
    renamed = _renamed(missing, unexpected, expected, bare)
    for key in missing:
        known = f", which the file may call {_quoted(prefix + renamed[key])}" if key in renamed else ""
        mismatches.append(Mismatch("missing", key, f"({_size(expected[key].shape)}){known}"))
    for key, entry in expected.items():
        if key in bare:
            mismatches.extend(_differences(prefix + key, entry, bare[key]))
    mismatches.extend(
        Mismatch("unexpected", prefix + key, f"({_size(bare[key].shape)}) is nothing that the network has")
        for key in unexpected
    )
    return tuple(mismatches)


def summary(mismatches: Sequence[Mismatch]) -> str:
    """How many there are of each kind: `2 missing, 1 shape`."""
    kinds = dict.fromkeys(mismatch.kind for mismatch in mismatches)
    return ", ".join(f"{sum(mismatch.kind == kind for mismatch in mismatches)} {kind}" for kind in kinds)


def _foreign_prefix(expected: Mapping[str, Entry], found: Mapping[str, Entry]) -> str:
    """The dotted prefix of all keys of the file without which some are the network's; empty if there is none."""
    if not found or any(key in expected for key in found):
        return ""
    parts = next(iter(found)).split(".")[:_MOST_SEARCHED]
    for length in range(1, len(parts)):
        prefix = ".".join(parts[:length]) + "."
        if not all(key.startswith(prefix) for key in found):
            return ""
        if any(key.removeprefix(prefix) in expected for key in found):
            return prefix
    return ""


def _prefixed(prefix: str) -> Mismatch:
    reason = _PREFIXES.get(prefix, "save the `state_dict` of the network itself")
    return Mismatch("prefix", prefix, f"begins every key of the file; {reason}")


def _without_counters(missing: Sequence[str], expected: Mapping[str, Entry]) -> list[str]:
    """The missing keys, unless they are the counters and the file has none at all."""
    counters = {key for key in expected if _is_counter(key)}
    return [key for key in missing if key not in counters] if counters <= set(missing) else list(missing)


def _is_counter(key: str) -> bool:
    return key.rpartition(".")[2] == COUNTER


def _renamed(
    missing: Sequence[str],
    unexpected: Sequence[str],
    expected: Mapping[str, Entry],
    found: Mapping[str, Entry],
) -> dict[str, str]:
    """For missing keys, the file's key of the same shape that is most like it; each of the file's once."""
    by_shape: dict[Shape, list[str]] = {}
    for key in unexpected:
        by_shape.setdefault(found[key].shape, []).append(key)
    renamed: dict[str, str] = {}
    for key in missing[:_MOST_SEARCHED]:
        candidates = by_shape.get(expected[key].shape, [])
        near = [candidate for candidate in candidates[:_MOST_SEARCHED] if len(candidate) < 200]
        close = get_close_matches(key, near, n=1, cutoff=0.7)
        if close:
            renamed[key] = close[0]
            candidates.remove(close[0])
    return renamed


def _differences(key: str, expected: Entry, found: Entry) -> list[Mismatch]:
    differences = []
    if found.shape != expected.shape:
        fact = f"is {_size(found.shape)} in the file and {_size(expected.shape)} in the network"
        differences.append(Mismatch("shape", key, fact))
    if _numbers(found.dtype) != _numbers(expected.dtype):
        fact = f"is {found.dtype} in the file and {expected.dtype} in the network"
        differences.append(Mismatch("dtype", key, fact))
    return differences


def _numbers(dtype: str) -> str:
    """Types with one name are converted into one another; one that is not converted has its own."""
    if dtype in _FLOATING:
        return "floating"
    return "integer" if dtype in _INTEGER else dtype


def _size(shape: Shape) -> str:
    return shape_text(shape) if shape else "one number"


def _quoted(key: str) -> str:
    return f"`{visible(shortened(key, 200))}`"
