"""Which sizes of a network's inputs vary, each under a name.

In: a graph. Out: an `Axis` for each size: of one axis of an input, or of several that vary together.
"""

from __future__ import annotations

from collections.abc import Sequence

from archspec.ir import Graph
from archspec.ops.shapes import axis_word
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class Axis:
    """A size that varies: its name, the places (input, axis) that have it, and what it is in the compiled network."""

    name: str
    places: frozenset[tuple[int, int]]
    compiled: int


def open_axes(graph: Graph) -> list[Axis]:
    """The sizes that the spec leaves open."""
    places: dict[str, set[tuple[int, int]]] = {}
    for at, pattern in enumerate(graph.pattern):
        for axis, name in enumerate(pattern):
            if isinstance(name, str):
                places.setdefault(name, set()).add((at, axis))
    return [_axis(graph, name, found) for name, found in places.items()]


def spatial_axes(graph: Graph) -> list[Axis]:
    """Every axis but the channels. Axes of several inputs that have one name and one size are one."""
    places: dict[tuple[str, int], set[tuple[int, int]]] = {}
    for at, shape in enumerate(graph.root.inputs):
        for axis, size in enumerate(shape[1:], start=1):
            places.setdefault((axis_word(shape, axis), size), set()).add((at, axis))
    words = [word for word, _ in places]
    return [
        _axis(graph, word if words.count(word) == 1 else _of_inputs(graph, word, found), found)
        for (word, _), found in places.items()
    ]


def disjoint(axes: Sequence[Axis]) -> bool:
    """Whether no two sizes can meet along one axis."""
    used = [{axis for _, axis in each.places} for each in axes]
    return sum(map(len, used)) == len(set().union(*used))


def _of_inputs(graph: Graph, word: str, places: set[tuple[int, int]]) -> str:
    names = " and ".join(f"`{graph.input_names[at]}`" for at in sorted({at for at, _ in places}))
    return f"{word} of {names}"


def _axis(graph: Graph, name: str, places: set[tuple[int, int]]) -> Axis:
    at, axis = min(places)
    return Axis(name, frozenset(places), graph.root.inputs[at][axis])
