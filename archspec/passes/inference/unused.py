"""What does nothing when a network is not trained.

drop_unread     Requires: nothing. Ensures: every step is needed for an output. Auxiliary heads go.
drop_training   Requires: nothing. Ensures: no step hands on its input as it is: dropout, drop-path and identity go,
                and so do modules that are left without steps.
"""

from __future__ import annotations

from dataclasses import replace

from archspec.ir import Module
from archspec.ops.dropout import Dropout, DropPath
from archspec.ops.scale import Identity
from archspec.passes.inference.draft import Draft, Node


def drop_unread(draft: Draft) -> None:
    needed: set[Node] = set(draft.outputs)
    for node in reversed(draft.nodes):
        if node in needed:
            needed.update(node.inputs)
    kept = [node for node in draft.nodes if node in needed]
    _name_first_calls(kept)
    draft.nodes = kept


def _name_first_calls(nodes: list[Node]) -> None:
    """A child whose first call went is owned by its next one."""
    owned: set[str] = set()
    for node in nodes:
        if node.step.role == "join":
            continue
        if node.step.shared and node.step.name not in owned:
            node.step = replace(node.step, shared=False)
        owned.add(node.step.name)


def drop_training(draft: Draft) -> None:
    for node in draft.sweep():
        if _hands_on(node):
            draft.bypass(node, by=node.inputs[0])


def _hands_on(node: Node) -> bool:
    target = node.step.target
    if isinstance(target, Module):
        return not target.steps and target.outputs == (0,)
    return isinstance(target, Dropout | DropPath | Identity)
