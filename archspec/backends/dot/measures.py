"""What is measured of one graph for its picture: costs and receptive fields.

In: a checked graph. Out: `Measures`, which the overview and the notes on its nodes share.
Holds: each is measured once, when somebody first asks for it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from archspec.ir import Graph
from archspec.passes.cost import Costs, count_cost

if TYPE_CHECKING:
    from archspec.passes.receptive_field import ReceptiveFields


class Measures:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @cached_property
    def costs(self) -> Costs:
        return count_cost(self.graph)

    @cached_property
    def fields(self) -> ReceptiveFields:
        from archspec.passes.receptive_field import measure_receptive_fields  # not every picture says them

        return measure_receptive_fields(self.graph)
