"""What is equal in two graphs, whatever its shapes: a number for each op and each module.

In: the modules of both graphs. Out: `Forms`. Holds: two targets have the same `exact` number if they hold the same ops
with the same arguments under the same names, wired alike; the same `form` number if they do but for the names. Neither
asks how a module was written: a block and the same layers written in its place are equal. Each distinct module is
numbered once, so the work is linear in what is distinct.
"""

from __future__ import annotations

from collections.abc import Hashable

from archspec.ir import Graph, Module, Step, distinct_modules
from archspec.ops.base import Op


class Forms:
    """The numbers of everything in some graphs."""

    def __init__(self, *graphs: Graph) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._exact: dict[Module, int] = {}
        self._form: dict[Module, int] = {}
        for graph in graphs:
            for module in distinct_modules(graph.root):
                ends = (module.outputs, len(module.inputs))
                named = tuple((_label(step), step.inputs, self.exact(step.target)) for step in module.steps)
                bare = tuple((step.inputs, self.form(step.target)) for step in module.steps)
                self._exact[module] = self.number(("exact", ends, named))
                self._form[module] = self.number(("form", ends, bare))

    def number(self, thing: Hashable) -> int:
        """The same number for equal things."""
        return self._numbers.setdefault(thing, len(self._numbers))

    def exact(self, target: Op | Module) -> int:
        return self._exact[target] if isinstance(target, Module) else self.number(target)

    def form(self, target: Op | Module) -> int:
        return self._form[target] if isinstance(target, Module) else self.number(target)


def _label(step: Step) -> Hashable:
    return step.name, step.role == "join", step.shared
