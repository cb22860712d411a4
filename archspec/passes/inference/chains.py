"""Small chains into the module around them.

A chain is a module whose steps follow one another: an `nn.Sequential`, which calls each layer as a module. Written
out in the forward of the module around it, its layers are plain functions, and meet what stands before and behind.

Requires of a chain: it is called once, and no parameter in it is its own. Ensures: it is taken apart, unless
- it is a block with several layers or modules: a class of its own says more than a long forward;
- it stands in a chain of modules alone (a stage, a repeat): there, what is called is a whole block.
Layers are then called after the chain as well: `classifier.1` is `classifier` if it is the one layer there, and
`classifier_1` if it is not.

What is taken apart is decided from the innermost chains outwards, and then done in one walk from the outermost: a layer
inside many chains is written once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from archspec.ir import Module, Step, distinct_modules
from archspec.ops.base import Op
from archspec.passes.inference.draft import Build, Draft, Node, source_of
from archspec.passes.inference.names import FreeNames
from archspec.passes.inference.sources import Source
from archspec.records import dataclass

MODULE_WEIGHS = 2
"""A module in a block counts as so many layers."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What becomes of a module. The numbers are those of its steps once the chains among them are taken apart."""

    apart: frozenset[Step]
    """The steps whose chains are taken apart."""
    weighted: int
    """The ops with weights."""
    modules: int
    is_small: bool
    """Whether it is itself a chain that is taken apart where it is called once."""


_Plans: TypeAlias = Mapping[Module, _Plan]


def take_chains_apart(build: Build) -> Build:
    """The graph with its chains taken apart; the same object if there are none."""
    root = build.graph.root
    modules = distinct_modules(root)
    plans: dict[Module, _Plan] = {}
    for module in modules:
        plans[module] = _plan(module, plans, is_root=module is root)
    if not any(plan.apart for plan in plans.values()):
        return build
    called = _still_called(root, plans)
    made: dict[Module, Module] = {}
    sources: dict[Step, Source] = {}
    for module in modules:
        if module in called:
            draft = Draft.of(module, build.sources, is_root=module is root)
            _take_apart(draft, plans, build.sources)
            for node in draft.nodes:
                if isinstance(node.step.target, Module):
                    node.step = replace(node.step, target=made[node.step.target])
            made[module] = draft.finish(sources)
    return Build(replace(build.graph, root=made[root]), sources)


# ---------------------------------------------------------------- which


def _plan(module: Module, plans: _Plans, *, is_root: bool) -> _Plan:
    """`plans`: those of the modules inside."""
    again = {step.name for step in module.steps if step.shared}
    children = [(step, step.target) for step in module.steps if isinstance(step.target, Module)]
    ops = [step.target for step in module.steps if isinstance(step.target, Op)]
    apart = frozenset(step for step, child in children if plans[child].is_small and step.name not in again)
    is_a_chain = is_chain(module)
    holds_modules_alone = is_a_chain and not ops and not is_root
    if holds_modules_alone and (module.structure == "repeat" or len(apart) < len(children)):
        apart = frozenset()
    inside = [plans[child] for step, child in children if step in apart]
    modules = len(children) - len(apart) + sum(plan.modules for plan in inside)
    weighted = sum(plan.weighted for plan in inside) + sum(
        _has_weights(module, step) for step in module.steps
    )
    is_small = (
        is_a_chain
        and bool(ops or inside)
        and not any(op.is_parameter() for op in ops)
        and (module.block is None or MODULE_WEIGHS * modules + weighted <= 1)
    )
    return _Plan(apart, weighted, modules, is_small)


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


def _has_weights(module: Module, step: Step) -> bool:
    return isinstance(step.target, Op) and bool(step.target.weights(*module.inputs_of(step)))


def _still_called(root: Module, plans: _Plans) -> set[Module]:
    """The modules that some step still calls."""
    first = (root, True)
    stack, seen = [first], {first}
    while stack:
        module, _ = stack.pop()
        for step in module.steps:
            if isinstance(step.target, Module):
                found = (step.target, step not in plans[module].apart)
                if found not in seen:
                    seen.add(found)
                    stack.append(found)
    return {module for module, is_called in seen if is_called}


# ---------------------------------------------------------------- how


def _take_apart(draft: Draft, plans: _Plans, sources: Mapping[Step, Source]) -> None:
    """The steps of the chains in place of them, under names that are free in the module."""
    apart = plans[draft.module].apart
    names = FreeNames(node.step.name for node in draft.nodes if node.step not in apart)
    nodes: list[Node] = []
    instead: dict[Node, Node] = {}
    for node in draft.nodes:
        node.inputs = [instead.get(value, value) for value in node.inputs]
        if node.step not in apart:
            nodes.append(node)
            continue
        (value,) = node.inputs
        for step, wanted, source in _written_out(node, plans, sources):
            name = names.take(re.sub(r"\W", "_", wanted), before_number="_")
            value = Node(
                step.shape, replace(step, name=name, section=node.step.section, role=""), [value], source
            )
            nodes.append(value)
        value.step = replace(value.step, role=node.step.role)
        instead[node] = value
    draft.nodes = nodes
    draft.outputs = [instead.get(value, value) for value in draft.outputs]


def _written_out(
    node: Node, plans: _Plans, sources: Mapping[Step, Source]
) -> Iterator[tuple[Step, str, Source]]:
    """The steps of a chain and of the chains in it, in order, each with a name and what it is made of."""
    stack = [(node.step, node.step.name, node.trained, True)]
    while stack:
        step, name, source, is_apart = stack.pop()
        chain = step.target
        if not is_apart or not isinstance(chain, Module):
            yield step, name, source
            continue
        plan = plans[chain]
        is_alone = plan.weighted + plan.modules == 1
        for inner in reversed(chain.steps):
            if isinstance(inner.target, Op) and not _has_weights(chain, inner):
                wanted = f"{node.step.name}_{inner.target.key}"
            else:
                wanted = name if is_alone else f"{name}_{inner.name}"
            trained = source_of(inner, sources).inside(f"{source.layer}.")
            stack.append((inner, wanted, trained, inner in plan.apart))
