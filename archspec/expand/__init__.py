"""Expansion: the located tree of a spec becomes the typed graph.

Parameters, variants, blocks, loops and repeats are worked out, and every op is asked for its output shape on the way,
because what flows into a node (`$in_channels`) may decide what the node is.

    context.py      what the stages share: the sink, the chain of calls, the counters
    definitions.py  what files define: blocks, parameters, defaults
    declarations.py how they are read from `blocks`, `defaults` and `params`
    library.py      the standard blocks; standard.py, their files
    known.py        what all expansions of a spec have in common
    values.py       argument values: literals and expressions in a scope
    calls.py        which op or block a node names, and what it is given; callees.py, what names call
    keys.py         which key of a mapping says what the node is
    forms.py        nodes with the same keys, taken apart by position
    arguments.py    the arguments of a call, worked out
    slips.py        nodes that are nearly right, and the edits that mend them
    nodes.py        one node: modifiers, repeats, op or block or structure
    sequences.py    lists and mappings of nodes, loops, what a name refers to
    structures.py   residual with its shortcut
    joins.py        concat, add, multiply
    faults.py       an op's fault as a diagnostic, with how the sizes came about
    guesses.py      what flows on after a mistake, and which later errors are believed
    remedies.py     fixes of sizes that do not meet
    open_sizes.py   names in place of the sizes of the input
    inputs.py       what flows into the network
    sections.py     stem, body, head, auxiliary heads, outputs
    network.py      the whole: prepared once, expanded under variants and guesses
"""

from archspec.expand.inputs import DEFAULT_SIZE
from archspec.expand.network import Expansion, Prepared, expand, prepare

__all__ = ["DEFAULT_SIZE", "Expansion", "Prepared", "expand", "prepare"]
