"""YAML text → a tree of values that know their place.

    tree      scalars, lists, mappings       reader    bytes or text → tree
    slips     entries that YAML reads as something else than was meant
    formats   files of other libraries, which are YAML too

In: the bytes or the text of one file. Out: the root mapping, or None with errors in the sink.
"""

from archspec.syntax.reader import (
    MAX_DEPTH,
    MAX_ERRORS,
    MAX_NODES,
    collector_paused,
    read,
    read_text,
)
from archspec.syntax.tree import ListNode, MappingNode, Node, Scalar, what

__all__ = [
    "MAX_DEPTH",
    "MAX_ERRORS",
    "MAX_NODES",
    "ListNode",
    "MappingNode",
    "Node",
    "Scalar",
    "collector_paused",
    "read",
    "read_text",
    "what",
]
