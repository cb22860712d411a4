"""A node that does not say which of several inputs it reads, where all but one of them are read by others.

In: where the node is written. Out: the fix that lets it read that one; none where there are more, or none.
"""

from __future__ import annotations

from archspec.diagnostics import Fix
from archspec.edits import insert_entry, offering
from archspec.expand.guesses import Guesses
from archspec.expand.remedies import mapping_at
from archspec.source import Span
from archspec.syntax import MappingNode, Scalar, nodes


def reading_unread(op: Span, root: MappingNode, guesses: Guesses) -> tuple[Fix, ...]:
    """The fix of the node whose op is written at `op`."""
    inputs = root.get("input")
    node = mapping_at(root, op, guesses)
    if not isinstance(inputs, MappingNode) or node is None or node.get("from") is not None:
        return ()
    read = {each.text for each in nodes(root, skip=("input",)) if isinstance(each, Scalar)}
    unread = [key.text for key, _ in inputs.entries if key.text not in read]
    if len(unread) != 1:
        return ()
    written = f"from: {unread[0]}"
    edit = insert_entry(node, written)
    return offering(f"write `{written}`", None if edit is None else (edit,), is_safe=False)
