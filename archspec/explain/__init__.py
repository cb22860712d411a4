"""What `archspec explain` prints: of a code, an op, a word, a block, a network, or of a node's shape.

In: what was asked for, and how wide the terminal is (None: it is none, and lines are as long as they are). Out: text in
which no text of a user can be taken for anything else. `words` knows what has a name in the language, with
`meanings` of what is neither op nor block, `foreign` the names of other libraries, `networks` and `nodes` what a spec
makes, `layout` how text fits into a width.
"""

from archspec.explain.foreign import explain_foreign
from archspec.explain.networks import explain_network, is_network
from archspec.explain.nodes import explain_node
from archspec.explain.words import explain_name, nearest_name, signature

__all__ = [
    "explain_foreign",
    "explain_name",
    "explain_network",
    "explain_node",
    "is_network",
    "nearest_name",
    "signature",
]
