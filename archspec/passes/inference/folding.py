"""Factors and sums into layers, as far as it goes.

Ensures: no pair that `factors.py` can fold and no sum that `parallel.py` can merge is left in the module. Its nodes are
met in the order in which they run, so that what became one layer meets what stands behind it: a norm behind a merged
sum is folded, and a sum of merged sums is merged.
"""

from __future__ import annotations

from archspec.ops.joins import Add
from archspec.passes.inference.draft import Draft
from archspec.passes.inference.factors import fold_factor
from archspec.passes.inference.parallel import merge_parallel


def fold(draft: Draft) -> None:
    again = draft.called_again
    for node in draft.sweep():
        if isinstance(node.op, Add):
            merge_parallel(draft, node, again)
        else:
            fold_factor(draft, node, again)
