"""Expansion: the located tree of a spec becomes the typed graph.

Parameters, variants, blocks, loops and repeats are worked out, and every op is asked for its output shape on the way,
because what flows into a node (`$in_channels`) may decide what the node is.

What a file says:

    imports.py      the files that it draws in; extends.py, a spec as the change of another
    definitions.py  what files define: blocks, parameters, defaults
    declarations.py how they are read from `blocks`, `defaults` and `params`
    library.py      the standard blocks; standard.py, their files

One node:

    keys.py         which key of a mapping says what the node is
    calls.py        which op or block it names, and what it is given; callees.py, what names call
    forms.py        nodes with the same keys, taken apart by position
    scope.py        what names stand for; values.py, what a value comes to; binding.py, parameters and what they get
    arguments.py    the arguments of a call, worked out; initialisation.py, its `init`
    nodes.py        modifiers, repeats, op or block or structure; repeats.py and sharing.py, two of the modifiers
    blocks.py       a call of a block
    structures.py   residual; shortcuts.py, its ready-made shortcuts; joins.py, concat, add, multiply
    sequences.py    lists and mappings of nodes; loops.py, tables of rows

The whole network:

    context.py      what the stages share: the sink, the chain of calls, the counters
    place.py        where nodes go, and what names mean there; targets.py, what a step applies
    parameters.py   the network's own parameters
    inputs.py       what flows into it; open_sizes.py, names in place of sizes; chosen.py, a size for each of them
    sections.py     stem, body, head, auxiliary heads, outputs
    network.py      all of it: prepared once, expanded under variants and guesses
    known.py        what all expansions of a spec have in common

Mistakes:

    faults.py       an op's fault as a diagnostic, with how the sizes came about; argument_faults.py, its arguments;
                    unequal_sides.py, the sides of a join
    guesses.py      what flows on after a mistake, and which later errors are believed; unknown.py, what stands in
                    the network for a node that names no op
    merging.py      errors that say one thing, made one
    remedies.py     fixes of sizes that do not meet; one_change.py, by another stride or factor; to_vector.py, of a
                    map where a vector is due; kept_channels.py, channels that are not the block's
    slips.py        nodes that are nearly right; two_ops.py, dashes.py, positions.py and dedented.py, four
                    ways to be so
    wrong_values.py the number to blame for what is computed from it; rows.py, the row of a loop; unread_inputs.py,
                    the input that a node without `from` reads
    value_slips.py  values that are nearly right; sequence_slips.py and in_a_row.py, sequences
    undeclared.py   names that a block does not declare; unknown_arguments.py, arguments that nothing takes
    renames.py      another name for what cannot have the one it has
    likely_batch.py inputs with a batch; channels_last.py, inputs with their channels last
    usage.py        warnings about what is never used; notes.py, the remarks that silence warnings
"""

from archspec.expand.inputs import DEFAULT_SIZE
from archspec.expand.network import Expansion, Prepared, expand, prepare

__all__ = ["DEFAULT_SIZE", "Expansion", "Prepared", "expand", "prepare"]
