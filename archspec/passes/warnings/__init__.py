"""Warnings about the layers of a network: what is valid, and probably not meant.

In: a checked graph, and the tree of its file for the fixes. Out: diagnostics. One file for each rule; `values.py` says
who makes and who reads a value, `places.py` where a finding is shown. What the codes mean stands in `codes/layers.py`.

What holds: the rules look at each distinct module once, whatever the number of its copies; a finding is reported once
for each line that causes it. A rule imports the ops of a kind that few networks have when it meets one of that kind.
"""

from archspec.diagnostics import Sink
from archspec.ir import Graph, distinct_modules
from archspec.passes.shared import Shared
from archspec.passes.warnings import bias, centres, doubled, linear, nothing, padding, skipped
from archspec.passes.warnings.places import Places
from archspec.passes.warnings.values import values_of
from archspec.syntax import MappingNode

__all__ = ["warn"]


def warn(
    graph: Graph,
    root: MappingNode,
    sink: Sink,
    shared: Shared | None = None,
    *,
    open_sizes: bool = False,
) -> None:
    """Report what a careful reader of the network would ask about.

    Args:
        graph: the network.
        root: the tree of the file it is written in.
        sink: takes the warnings.
        shared: what is known of modules of other graphs, and then of this one's too.
        open_sizes: the input's size is one of many that the spec allows: what another size mends is not reported.
    """
    shared = Shared() if shared is None else shared
    modules = distinct_modules(graph.root)
    values = values_of(graph, modules, shared.inside)
    places = Places(graph.root, root, sink)
    bias.warn(graph, values, places)
    doubled.warn(values, places)
    skipped.warn(values, places)
    padding.warn(modules, places, open_sizes=open_sizes)
    centres.warn(modules, places, shared.sights)
    nothing.warn(modules, places)
    linear.warn(values, places)
