"""The numbers of two networks, each beside the other.

In: two graphs. Out: a `Fact` for each number or shape that is compared. Memory is that of a batch of float32, as in
`summary`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from archspec.backends.wording import bytes_text, shape_text, short_count, visible
from archspec.ir import Graph
from archspec.passes.cost import Costs
from archspec.passes.memory import measure_memory
from archspec.passes.receptive_field import Field, measure_receptive_fields
from archspec.records import dataclass

Unit: TypeAlias = Literal["count", "bytes", "positions", "shape", "names"]
Number: TypeAlias = "int | Fraction"
Value: TypeAlias = "Number | tuple[Number, ...] | tuple[tuple[int, ...], ...] | tuple[str, ...] | None"

_FLOAT_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing compared: `key` for machines, `label` for people. `None`: the network has no such thing.

    A receptive field that is not the same along all axes is a tuple; of shapes and names, there is one for each input
    or output. A receptive field of 0 is the whole axis; a stride may be a fraction.
    """

    key: str
    label: str
    unit: Unit
    a: Value
    b: Value

    @property
    def same(self) -> bool:
        return self.a == self.b

    @property
    def change(self) -> int | None:
        """B less A, where both are whole numbers that can be compared."""
        if not isinstance(self.a, int) or not isinstance(self.b, int):
            return None
        return None if self.unit == "positions" and 0 in (self.a, self.b) else self.b - self.a

    @property
    def ratio(self) -> float | None:
        """The change as a part of A; `None` where A is 0."""
        change = self.change
        return None if change is None or not isinstance(self.a, int) or self.a == 0 else change / self.a

    def texts(self, *, short: bool = False) -> tuple[str, str]:
        """Both values as people write them; `short`: counts to three digits."""
        return self._text(self.a, short), self._text(self.b, short)

    def change_text(self, *, short: bool = False) -> str:
        """The change with its sign."""
        change = self.change
        if self.same or change is None:
            return "=" if self.same else ""
        return f"{_sign(change)}{self._text(abs(change), short)}"

    @property
    def percent_text(self) -> str:
        return "" if self.same else percent(self.ratio)

    def _text(self, value: Value, short: bool) -> str:
        match value:
            case None:
                return "none"
            case 0 if self.unit == "positions":
                return "whole axis"
            case Fraction():
                return str(value)
            case int():
                if self.unit == "bytes":
                    return bytes_text(value)
                return short_count(value) if short else f"{value:,}"
            case tuple():
                parts = [shape_text(part) if isinstance(part, tuple) else str(part) for part in value]
                return (" × " if self.unit == "positions" else ", ").join(parts)


def percent(ratio: float | None) -> str:
    """A change as a part of what was: `−28.0 %`; empty where nothing was."""
    if ratio is None:
        return ""
    digits = 2 if 0 < abs(ratio) < 0.001 else 1
    return f"{_sign(ratio)}{abs(ratio) * 100:,.{digits}f} %"


def signed(change: int) -> str:
    """A change of a count with its sign; empty for none."""
    return f"{_sign(change)}{abs(change):,}" if change else ""


def short_signed(change: int) -> str:
    """The same to three digits: `+5.31 M`."""
    return f"{_sign(change)}{short_count(abs(change))}" if change else ""


def _sign(change: float) -> str:
    return "+" if change > 0 else "−"


def facts(graphs: tuple[Graph, Graph], costs: tuple[Costs, Costs], batch: int) -> tuple[Fact, ...]:
    """Everything compared of two networks."""
    one, other = (tuple(_values(graph, cost, batch)) for graph, cost in zip(graphs, costs, strict=True))
    return tuple(
        Fact(key, label, unit, a, b)
        for (key, label, unit, a), (_, _, _, b) in zip(one, other, strict=True)
        if a is not None or b is not None
    )


def _values(graph: Graph, costs: Costs, batch: int) -> Iterator[tuple[str, str, Unit, Value]]:
    root = graph.root
    held = measure_memory(graph, batch, _FLOAT_BYTES)
    field = measure_receptive_fields(graph).network
    yield "params", "parameters", "count", costs.total.params
    yield "buffers", "buffers", "count", costs.total.buffers
    yield "macs", "MACs", "count", costs.total.macs
    yield "receptive_field", "receptive field", "positions", _along(field, "size")
    yield "stride", "stride of the map", "positions", _along(field, "stride")
    yield "inference_peak_bytes", "memory, inference", "bytes", held.inference_peak
    yield "training_saved_bytes", "memory, training", "bytes", held.training
    yield "input", "input", "shape", root.inputs
    yield "output", "output", "shape", tuple(root.shape(value) for value in root.outputs)
    yield "input_names", "names of inputs", "names", _visible(graph.input_names)
    yield "output_names", "names of outputs", "names", _visible(graph.output_names)
    yield "aux", "auxiliary losses", "names", _visible(f"{aux.name} × {aux.weight:g}" for aux in graph.aux)


def _visible(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(visible(name) for name in names)


def _along(field: Field | None, side: Literal["size", "stride"]) -> Value:
    """One number where all axes agree."""
    if field is None or not field.axes:
        return None
    numbers: tuple[Number, ...] = tuple(axis.size if side == "size" else axis.stride for axis in field.axes)
    return numbers[0] if len(set(numbers)) == 1 else numbers
