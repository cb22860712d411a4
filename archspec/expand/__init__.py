"""Expansion: the located tree of a spec becomes the typed graph.

Parameters, variants, blocks, loops and repeats are worked out, and every op is asked for its output shape on the way,
because what flows into a node (`$in_channels`) may decide what the node is.

    context.py      what the stages share: the sink, the chain of calls, the counters
    definitions.py  a file's blocks, parameters and defaults
    values.py       argument values: literals and expressions in a scope
    calls.py        which op or block a node names, and its arguments
    slips.py        nodes that are nearly right, and the edits that mend them
    nodes.py        one node: modifiers, repeats, op or block or structure
    sequences.py    lists and mappings of nodes, loops, what a name refers to
    structures.py   residual with its shortcut
    joins.py        concat, add, multiply
    faults.py       an op's fault as a diagnostic, with how the sizes came about
    guesses.py      what flows on after a mistake, and which later errors are believed
    remedies.py     fixes of sizes that do not meet
    open_sizes.py   names in place of the sizes of the input
    network.py      the whole: stem, body, head, auxiliary heads, outputs
"""

from archspec.expand.network import DEFAULT_SIZE, Expansion, Prepared, expand, prepare

__all__ = ["DEFAULT_SIZE", "Expansion", "Prepared", "expand", "prepare"]
