"""Small chains into the module around them.

A chain is a module whose steps follow one another: an `nn.Sequential`, which calls each layer as a module. Written
out in the forward of the module around it, its layers are plain functions, and meet what stands before and behind.

Requires of a chain: it is called once, and no parameter in it is its own. Ensures: it is taken apart, unless
- it is a block with several layers or modules: a class of its own says more than a long forward;
- it stands in a chain of modules alone (a stage, a repeat): there, what is called is a whole block.
Layers are then called after the chain as well: `classifier.1` is `classifier` if it is the one layer there, and
`classifier_1` if it is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from archspec.ir import Module, Step
from archspec.names import MODULE_ATTRIBUTES
from archspec.ops.base import Op
from archspec.passes.inference.draft import Draft, Node
from archspec.passes.inference.sources import Source

MODULE_WEIGHS = 2
"""A module in a block counts as so many layers."""


def take_chains_apart(draft: Draft, sources: Mapping[Step, Source]) -> None:
    again = draft.called_again
    chosen = {
        node
        for node in draft.nodes
        if isinstance(node.step.target, Module)
        and _is_small(node.step.target)
        and not node.step.shared
        and node.step.name not in again
    }
    if not chosen or (not draft.is_root and _is_chain_of_modules(draft, chosen)):
        return
    taken = {node.step.name for node in draft.nodes if node not in chosen} | MODULE_ATTRIBUTES
    nodes: list[Node] = []
    instead: dict[Node, Node] = {}
    for node in draft.nodes:
        node.inputs = [instead.get(value, value) for value in node.inputs]
        if node in chosen:
            inner = _taken_apart(node, sources, taken)
            nodes.extend(inner)
            instead[node] = inner[-1]
        else:
            nodes.append(node)
    draft.nodes = nodes
    draft.outputs = [instead.get(value, value) for value in draft.outputs]


def _is_small(module: Module) -> bool:
    """Whether a module is a chain to take apart: it has ops of its own, and as a block one layer at most."""
    if not module.steps or not is_chain(module):
        return False
    ops = [step.target for step in module.steps if isinstance(step.target, Op)]
    if not ops or any(op.is_parameter() for op in ops):
        return False
    weight = MODULE_WEIGHS * (len(module.steps) - len(ops)) + len(_weighted(module))
    return module.block is None or weight <= 1


def is_chain(module: Module) -> bool:
    """Whether the steps follow one another, each reading what the one before it gives."""
    return (
        len(module.inputs) == 1
        and module.outputs == (len(module.steps),)
        and all(
            step.inputs == (at,) and not step.shared and step.role != "join"
            for at, step in enumerate(module.steps)
        )
    )


def _weighted(module: Module) -> list[int]:
    """The steps that are ops with weights."""
    return [
        at
        for at, step in enumerate(module.steps)
        if isinstance(step.target, Op) and step.target.weights(*map(module.shape, step.inputs))
    ]


def _is_chain_of_modules(draft: Draft, chosen: set[Node]) -> bool:
    """Whether the module stays an `nn.Sequential` of modules: a repeat, or one in which a module stays."""
    if not is_chain(draft.module) or any(node.op is not None for node in draft.nodes):
        return False
    return draft.module.structure == "repeat" or any(node not in chosen for node in draft.nodes)


def _taken_apart(node: Node, sources: Mapping[Step, Source], taken: set[str]) -> list[Node]:
    """The nodes of the chain, reading what it read, under names that are free in the module around it."""
    chain = node.step.target
    if not isinstance(chain, Module):
        raise TypeError("only a module is taken apart")
    inner = Draft.of(chain, sources, inputs=node.inputs)
    owners = [at for at, each in enumerate(inner.nodes) if each.op is None] + _weighted(chain)
    for at, each in enumerate(inner.nodes):
        last = each.op.key if each.op is not None and at not in owners else each.step.name
        wanted = node.step.name if owners == [at] else f"{node.step.name}_{last}"
        each.step = replace(
            each.step,
            name=_free(wanted, taken),
            section=node.step.section,
            role=node.step.role if each is inner.nodes[-1] else "",
        )
        each.source = each.trained.inside(f"{node.trained.layer}.")
    return inner.nodes


def _free(wanted: str, taken: set[str]) -> str:
    base = re.sub(r"\W", "_", wanted)
    name, number = base, 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    taken.add(name)
    return name
