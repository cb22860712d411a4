"""YAML text → a tree of values that know their place.

    tree      scalars, lists, mappings
    reader    bytes or text → tree           builder   libyaml's events → tree
    slips     entries that YAML reads as something else than was meant
    formats   files of other libraries, which are YAML too
    recovery  a text that libyaml cannot read, mended and read

In: the bytes or the text of one file. Out: the root mapping, or None with errors in the sink.
"""

from archspec.syntax.builder import MAX_DEPTH, MAX_ERRORS, MAX_NODES
from archspec.syntax.reader import collector_paused, read, read_text
from archspec.syntax.tree import ListNode, MappingNode, Node, Scalar, nodes, what

__all__ = [
    "MAX_DEPTH",
    "MAX_ERRORS",
    "MAX_NODES",
    "ListNode",
    "MappingNode",
    "Node",
    "Scalar",
    "collector_paused",
    "nodes",
    "read",
    "read_text",
    "what",
]
