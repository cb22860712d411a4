"""A part of a network as a network of its own.

In: a graph and the path of a part: a section (`stem`), a step (`layer2`), a step of a step (`layer2.0`). Out: a graph
of that part alone, or `None` where there is none of that path.
Holds: the part's steps are the same objects, under paths that begin with the part's own; what the part reads from
outside are its inputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from archspec.diagnostics import shortened
from archspec.files import CannotRun
from archspec.ir import Graph, Module, Step
from archspec.spelling import did_you_mean


def find_part(graph: Graph, path: str) -> Graph | None:
    """The part of a graph that `path` names."""
    found = _section(graph.root, path)
    if found is None:
        found = _step(graph.root, path)
    if found is None:
        return None
    root, inputs, outputs = found
    return replace(
        graph,
        name=path,
        variant="",
        root=root,
        input_names=inputs,
        output_names=outputs,
        aux=(),
        expectations=(),
        pattern=(),
    )


def part_of(graph: Graph, path: str) -> Graph:
    """The part of a graph that `path` names. Raises `CannotRun` where there is none."""
    part = find_part(graph, path)
    if part is None:
        nearest = did_you_mean(path, part_names(graph))
        hint = f": did you mean `{nearest}`?" if nearest else ""
        raise CannotRun(f"the network has no part `{shortened(path)}`{hint}")
    return part


def part_names(graph: Graph) -> tuple[str, ...]:
    """What `find_part` would find, but for what is deeper in."""
    sections = dict.fromkeys(step.section for step in graph.root.steps if step.section)
    return (*sections, *(path for path, _, _ in _paths(graph.root, "", 2)))


_Found = tuple[Module, tuple[str, ...], tuple[str, ...]]


def _section(root: Module, name: str) -> _Found | None:
    chosen = [index for index, step in enumerate(root.steps) if step.section == name]
    return _cut(root, chosen, "") if chosen else None


def _step(root: Module, path: str) -> _Found | None:
    for name, module, index in _paths(root, "", path.count(".") + 1):
        if name == path:
            return _cut(module, [index], name.rpartition(".")[0])
    return None


def _paths(module: Module, prefix: str, depth: int) -> Iterator[tuple[str, Module, int]]:
    for index, step in enumerate(module.steps):
        if step.role == "join":
            continue
        yield prefix + step.name, module, index
        if isinstance(step.target, Module) and depth > 1:
            yield from _paths(step.target, f"{prefix}{step.name}.", depth - 1)


def _cut(module: Module, chosen: list[int], prefix: str) -> _Found:
    """Some steps of a module as a network: what they read from others are its inputs, what others read its outputs."""
    made = {module.value(index) for index in chosen}
    reads = [value for index in chosen for value in module.steps[index].inputs]
    inputs = list(dict.fromkeys(value for value in reads if value not in made))
    numbers = {value: number for number, value in enumerate(inputs)}
    numbers |= {module.value(index): len(inputs) + place for place, index in enumerate(chosen)}
    steps = tuple(_moved(module.steps[index], numbers, prefix) for index in chosen)
    others = {
        value for index, step in enumerate(module.steps) if index not in chosen for value in step.inputs
    }
    outputs = [value for value in sorted(made) if value in others or value in module.outputs]
    outputs = outputs or [module.value(chosen[-1])]
    root = Module(
        "network",
        tuple(module.shape(value) for value in inputs),
        steps,
        tuple(numbers[value] for value in outputs),
    )
    return root, _names(module, inputs), _names(module, outputs)


def _moved(step: Step, numbers: dict[int, int], prefix: str) -> Step:
    name = f"{prefix}.{step.name}" if prefix else step.name
    role = "" if step.role in ("aux", "branch", "shortcut") else step.role
    return replace(
        step, name=name, inputs=tuple(numbers[value] for value in step.inputs), role=role, shared=False
    )


def _names(module: Module, values: list[int]) -> tuple[str, ...]:
    """A name for each value: that of the step that makes it."""
    first = len(module.inputs)
    return tuple(
        module.steps[value - first].name if value >= first else f"input{value or ''}" for value in values
    )
