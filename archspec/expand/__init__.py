"""Expansion: the located tree of a spec becomes the typed graph.

Parameters, variants, blocks, loops and repeats are worked out, and every op is asked for its output shape on the way,
because what flows into a node (`$in_channels`) may decide what the node is.

    context.py      what the stages share: the sink, the chain of calls, the counters
    definitions.py  a file's blocks, parameters and defaults
    values.py       argument values: literals and expressions in a scope
    calls.py        which op or block a node names, and its arguments
    nodes.py        one node: modifiers, repeats, op or block or structure
    sequences.py    lists and mappings of nodes, loops, what a name refers to
    structures.py   residual, concat, add, multiply
    network.py      the whole: stem, body, head, auxiliary heads, outputs
"""

from archspec.expand.network import expand

__all__ = ["expand"]
