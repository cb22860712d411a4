"""Whether a graph keeps the promises of the IR.

In: a graph. Out: nothing. A broken promise is a bug of ours: `InternalError` names this pass and the node.

Checked, for every distinct module and for the graph:
- a step reads only values before it, and has the shape that its target gives for the shapes of its inputs;
- a child module is called with the shapes it was built for, and gives one value;
- names are unique in a module, but for joins, which are no children, and shared steps, which name an
  earlier child;
- outputs and auxiliary heads are values of the root, and every input and output has a name.
"""

from __future__ import annotations

from archspec.diagnostics import InternalError
from archspec.ir import Graph, Module, Step, distinct_modules
from archspec.ops.base import Fault, Shape


def verify(graph: Graph, verified: set[Module] | None = None) -> None:
    """Raise `InternalError` where the graph breaks an invariant of `ir.py`. `verified`: modules that break none, which
    other graphs have too.
    """
    verified = set() if verified is None else verified
    for module in distinct_modules(graph.root):
        if module in verified:
            continue
        _verify_steps(graph, module)
        _verify_names(graph, module)
        values = len(module.inputs) + len(module.steps)
        if not module.outputs:
            raise _broken(graph, module, "the module has no output")
        for output in module.outputs:
            if not 0 <= output < values:
                raise _broken(graph, module, f"output {output} is not one of its {values} values")
        verified.add(module)
    _verify_ends(graph)


def _verify_steps(graph: Graph, module: Module) -> None:
    known: dict[tuple[int, tuple[Shape, ...]], Shape] = {}
    for index, step in enumerate(module.steps):
        if not step.inputs:
            raise _broken(graph, module, f"step `{step.name}` reads nothing")
        for value in step.inputs:
            if not 0 <= value < module.value(index):
                raise _broken(
                    graph, module, f"step `{step.name}` reads value {value}, which is not before it"
                )
        shapes = module.inputs_of(step)
        # The copies of a repeat have one target.
        given = known.get((id(step.target), shapes))
        if given is None:
            given = known[id(step.target), shapes] = _given_shape(graph, module, step, shapes)
        if given != step.shape:
            raise _broken(graph, module, f"step `{step.name}` carries {step.shape}, its target gives {given}")


def _given_shape(graph: Graph, module: Module, step: Step, shapes: tuple[Shape, ...]) -> Shape:
    if isinstance(step.target, Module):
        child = step.target
        if child.inputs != shapes:
            raise _broken(
                graph, module, f"step `{step.name}` passes {shapes} to a module built for {child.inputs}"
            )
        if len(child.outputs) != 1:
            raise _broken(graph, module, f"step `{step.name}` calls a module of {len(child.outputs)} outputs")
        return child.shape(child.outputs[0])
    given = step.target.infer(*shapes)
    if isinstance(given, Fault):
        raise _broken(
            graph, module, f"step `{step.name}` applies an op that refuses {shapes}: {given.message}"
        )
    return given


def _verify_names(graph: Graph, module: Module) -> None:
    children: dict[str, Step] = {}
    for step in module.steps:
        if step.role == "join":
            continue
        earlier = children.get(step.name)
        if earlier is None and step.shared:
            raise _broken(graph, module, f"step `{step.name}` shares a child that does not exist")
        if earlier is not None and not step.shared:
            raise _broken(graph, module, f"two children are named `{step.name}`")
        children.setdefault(step.name, step)


def _verify_ends(graph: Graph) -> None:
    root = graph.root
    for what, names, values in (
        ("inputs", graph.input_names, len(root.inputs)),
        ("outputs", graph.output_names, len(root.outputs)),
    ):
        if len(names) != values:
            raise _broken(graph, root, f"{values} {what} have {len(names)} names")
        if len(set(names)) != len(names):
            raise _broken(graph, root, f"two {what} have the same name")
    for aux in graph.aux:
        if not 0 <= aux.value < len(root.inputs) + len(root.steps):
            raise _broken(
                graph, root, f"auxiliary head `{aux.name}` ends in value {aux.value}, which does not exist"
            )


def _broken(graph: Graph, module: Module, fact: str) -> InternalError:
    where = "the root" if module is graph.root else _place(graph.root, module)
    return InternalError(f"verify: in {where} of `{graph.name}`: {fact}")


def _place(root: Module, wanted: Module) -> str:
    """The path of the first step that calls `wanted`."""
    stack: list[tuple[str, Module]] = [("", root)]
    seen: set[Module] = set()
    while stack:
        prefix, module = stack.pop()
        for step in module.steps:
            if not isinstance(step.target, Module):
                continue
            if step.target is wanted:
                return f"`{prefix}{step.name}`"
            if step.target not in seen:
                seen.add(step.target)
                stack.append((f"{prefix}{step.name}.", step.target))
    return "an unreachable module"
