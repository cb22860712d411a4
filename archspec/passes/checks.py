"""Checks of the whole graph, which no single node can make.

In: a graph and its costs. Out: diagnostics: values that reach no output, expectations that do not hold, more parameters
than the limit.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Final

from archspec.diagnostics import Label, Sink
from archspec.ir import Constant, Graph, Module, Step, distinct_modules
from archspec.limits import Limits
from archspec.ops.base import Shape
from archspec.passes.cost import Cost, Costs
from archspec.source import Span

MAX_SHOWN: Final = 20
"""Items of a list that a message quotes."""


def check_graph(
    graph: Graph,
    costs: Costs,
    sink: Sink,
    limits: Limits,
    used: dict[Module, frozenset[int]] | None = None,
) -> None:
    """Report what is wrong with the network as a whole. `used`: of modules of other graphs with which nothing is wrong,
    and then of this one's too, the inputs from which an output can be reached.
    """
    idle = check_reach(graph, sink, {} if used is None else used)
    if costs.total.params > limits.parameters:
        span = _heaviest(graph, costs).origin.span
        sink.error(
            "E0318",
            span,
            f"the network has {costs.total.params:,} parameters, more than the limit of {limits.parameters:,}",
            label="most of them are here",
            help="make it smaller, or raise the limit on the command line with `--max-parameters`",
        )
        return
    passed_by = {graph.root.steps[index].shape for index in idle.get(graph.root, ())}
    in_use = _cost_in_use(graph, costs, idle) if any(idle.values()) else None
    _check_expectations(graph, costs.total, in_use, passed_by, sink, subject=FACTS)


def check_output(graph: Graph, sink: Sink) -> None:
    """Report a shape that does not come out: the one fact that is certain where nothing is guessed of the shapes."""
    expected = tuple(each for each in graph.expectations if each.fact == "output")
    _check_expectations(replace(graph, expectations=expected), Cost(), None, frozenset(), sink, subject="")


def check_reach(graph: Graph, sink: Sink, used: dict[Module, frozenset[int]]) -> dict[Module, frozenset[int]]:
    """Report the steps whose values nobody reads. Returns those from which no output can be reached, by module; `used`
    is as for `check_graph`.
    """
    reached: dict[Module, frozenset[int]] = {}
    idle: dict[Module, frozenset[int]] = {}
    errors = sink.errors
    for module in distinct_modules(graph.root):
        if module in used:
            reached[module] = used[module]
            continue
        ends = list(module.outputs)
        if module is graph.root:
            ends.extend(aux.value for aux in graph.aux)
        reached[module], idle[module] = _check_reach(module, ends, reached, sink)
    if sink.errors == errors:
        used.update(reached)
    return idle


def _check_reach(
    module: Module, ends: list[int], used: Mapping[Module, frozenset[int]], sink: Sink
) -> tuple[frozenset[int], frozenset[int]]:
    """Report the steps from which no output can be reached. Returns the inputs from which one can, and those steps.

    `used`: the same of the modules inside. One whose first node reads another value does not use what flows into it.
    """
    needed = set(ends)
    read: set[int] = set()
    for index in range(len(module.steps) - 1, -1, -1):
        step = module.steps[index]
        inputs = step.inputs
        if isinstance(step.target, Module):
            inputs = tuple(value for at, value in enumerate(inputs) if at in used[step.target])
        read.update(inputs)
        if module.value(index) in needed:
            needed.update(inputs)
    unread: dict[Span, list[str]] = {}
    for index, step in enumerate(module.steps):
        value = module.value(index)
        if value not in needed and value not in read:
            unread.setdefault(step.origin.span, []).append(step.name)
    for span, (name, *others) in unread.items():
        if sink.is_full:
            break
        # A loop writes several steps in one place.
        more = ", ".join(f"`{other}`" for other in others[:MAX_SHOWN])
        sink.error(
            "E0407",
            span,
            f"nobody uses what `{name}` gives",
            notes=[f"nor what the others give that are written here: {more}"] if more else (),
            help="use it with `from`, list it in `outputs`, or delete it",
            subject="" if others else name,
        )
    idle = [index for index in range(len(module.steps)) if module.value(index) not in needed]
    return frozenset(needed.intersection(range(len(module.inputs)))), frozenset(idle)


def _cost_in_use(graph: Graph, costs: Costs, idle: Mapping[Module, frozenset[int]]) -> Cost:
    """What the network costs without the steps from which no output can be reached."""
    kept: dict[Module, Cost] = {}
    for module in distinct_modules(graph.root):
        kept[module] = Cost()
        for index, step in enumerate(module.steps):
            if index in idle.get(module, ()):
                continue
            cost = costs.of(module, index)
            if isinstance(step.target, Module):
                inside = kept[step.target]
                cost = Cost(macs=inside.macs) if step.shared else inside
            kept[module] += Cost(cost.params, cost.buffers) if step.role == "aux" else cost
    return kept[graph.root]


def _heaviest(graph: Graph, costs: Costs) -> Step:
    """The op step with the most parameters, found by going down the heaviest child."""
    module = graph.root
    while True:
        weights = [costs.of(module, index).params for index in range(len(module.steps))]
        step = module.steps[weights.index(max(weights))]
        if not isinstance(step.target, Module):
            return step
        module = step.target


def _check_expectations(
    graph: Graph,
    total: Cost,
    in_use: Cost | None,
    passed_by: Set[Shape],
    sink: Sink,
    *,
    subject: str,
) -> None:
    """Report the facts that do not hold: of one network, where one mistake changes many, in one error.

    Of steps from which no output can be reached was reported already: what is `in_use` is the rest, None where that is
    all. Once they are used or deleted, there is no less than that, and what there is then is not known; an output that
    has the shape of one, of those `passed_by`, is right once it is an output.
    """
    wrong = []
    for expectation in graph.expectations:
        actual = _fact(expectation.fact, graph, total)
        expected = expectation.value
        if expectation.fact == "output" and isinstance(expected, int) and not isinstance(expected, bool):
            expected = (expected,)
        shapes = expected if isinstance(expected, tuple) else ()
        if expectation.fact == "output" and (shapes in passed_by or not passed_by.isdisjoint(shapes)):
            continue
        least = (
            None if in_use is None or expectation.fact == "output" else _fact(expectation.fact, graph, in_use)
        )
        may_hold = isinstance(least, int) and isinstance(expected, int) and expected >= least
        if expected != actual and not may_hold:
            is_not = f"`{expectation.fact}` is {_written(actual)}, not {_written(expected)}"
            wrong.append((expectation.span, is_not, f"{expectation.fact}: {_plain(actual)}"))
    if not wrong:
        return
    span, message, _ = wrong[0]
    sink.error(
        "E0406",
        span,
        message,
        label="expected here",
        labels=[Label(other, at) for at, other, _ in wrong[1:]],
        help=f"write `{', '.join(text for _, _, text in wrong)}` if that is what is meant, or mend the network",
        subject=subject,
    )


FACTS: Final = "expect"
"""The subject of a fact that does not hold."""


def _fact(fact: str, graph: Graph, total: Cost) -> Constant:
    match fact:
        case "params":
            return total.params
        case "trainable_params":
            return total.trainable_params
        case "buffers":
            return total.buffers
        case "macs":
            return total.macs
        case "output":
            shapes = tuple(graph.root.shape(output) for output in graph.root.outputs)
            return shapes[0] if len(shapes) == 1 else shapes
        case _:
            raise ValueError(f"checks: no fact called {fact}")


def _written(value: Constant) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return _plain(value)


def _plain(value: Constant) -> str:
    if isinstance(value, tuple):
        shown = [_plain(item) for item in value[:MAX_SHOWN]]
        return "[" + ", ".join(shown if len(value) <= MAX_SHOWN else [*shown, "…"]) + "]"
    return str(value)[:80]
