"""The typed graph: what the spec means once everything is known.

A `Graph` has a root `Module`; a module is a straight line of `Step`s, each of which applies an op or a child module
to values. A value is an index into the module: first its inputs, then one value a step. The tree of modules is the
tree of `nn.Module`s: the path of step names that leads to a step is its path in PyTorch.

A module knows nothing of where it is used: two calls of a block with equal arguments and input shapes are the same
object, so that a pass does its work once. Where a step was written, and through which calls it was reached, is
found by walking from the root: `walk`.

Invariants (`passes/verify.py` checks them): a step reads only values before it; names are unique in a module;
every step carries the shape that its target gives for the shapes of its inputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from archspec.diagnostics import Diagnostic
from archspec.expressions import Expression
from archspec.ops.base import Op, Shape, Weight
from archspec.records import dataclass
from archspec.source import Span

Constant: TypeAlias = "int | float | bool | str | None | tuple[Constant, ...]"

Structure: TypeAlias = Literal["network", "sequence", "residual", "concat", "add", "multiply", "repeat"]

Role: TypeAlias = Literal["", "shortcut", "branch", "join", "after", "aux"]
"""What a step is to the structure around it; empty: an ordinary member of the main path."""

ShortcutKind: TypeAlias = Literal["identity", "projection", "pad", "none", "custom"]


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """Where a step was written.

    `span` is the op or block key; `arguments` the span of each argument's value as written; `expressions` the
    arguments that were written as `$…`, over the parameters of the block in which the step stands, and under `if` the
    condition without which the step would not be there.
    """

    span: Span
    arguments: Mapping[str, Span] = field(default_factory=dict)
    expressions: Mapping[str, Expression] = field(default_factory=dict)
    given: Mapping[str, Span] = field(default_factory=dict)
    """Where the value of an argument was written, where that is elsewhere: a parameter's default, a block's call."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A block as called: its name, where it is defined, its parameters with their values in this call."""

    name: str
    span: Span
    arguments: Mapping[str, Constant]
    defaults: Mapping[str, Constant]
    """The parameters that have a default, with it (a default that is an expression is left out)."""
    about: str = ""
    derived: Mapping[str, Expression] = field(default_factory=dict)
    """The defaults that are expressions, over the parameters before them."""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """The skip of a residual module. `automatic`: the spec said `auto`, and the compiler chose `kind`."""

    kind: ShortcutKind
    automatic: bool


@dataclass(frozen=True, slots=True)
class Scheme:
    """An initialisation of `torch.nn.init`, by its name there without the underscore, with its arguments."""

    name: str
    arguments: Mapping[str, Constant]


@dataclass(frozen=True, slots=True)
class InitRule:
    """How layers of one op start: `None` leaves PyTorch's own initialisation."""

    op: str
    """The op's key."""
    weight: Scheme | None
    bias: Scheme | None


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """One run of a `for`. `outer` is the row of another loop in which it stands, in the same sequence."""

    outer: Row | None


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """What one row of a loop adds to a sequence; `number` counts from 0."""

    loop: Loop
    number: int


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """`target` applied to `inputs` gives a value of `shape`.

    `name` is the child's name in the enclosing `nn.Module`; a join that is no child (the sum of a skip) has its
    structure's key as name and role "join": it owns no state and no attribute.
    `section` is the slot of the network it stands in: stem, body, head, or the aux head's name; empty inside modules.
    """

    name: str
    target: Op | Module
    inputs: tuple[int, ...]
    shape: Shape
    origin: Origin
    role: Role = ""
    section: str = ""
    shared: bool = False
    """Another step of that name came before: the same child, called again."""
    init: InitRule | None = None
    """How the layer starts, in place of the graph's rule for its op."""
    row: Row | None = None
    """The row of the innermost loop that it comes from."""
    errors: tuple[Diagnostic, ...] = ()
    """What was found wrong with it: in a checked graph, nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """A straight line of steps. Value `v < len(inputs)` is an input; the rest are the steps' results, in order.

    `inputs` are shapes. Inputs after the first are values that a step inside reads from an enclosing sequence
    (`from:`); the enclosing step passes them in the same order.
    """

    structure: Structure
    inputs: tuple[Shape, ...]
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]
    block: Block | None = None
    shortcut: Shortcut | None = None
    direct: bool = False
    """Its layers are written as functions of their weights, and not called as modules: see `passes/inference`."""

    def shape(self, value: int) -> Shape:
        return self.inputs[value] if value < len(self.inputs) else self.steps[value - len(self.inputs)].shape

    def inputs_of(self, step: Step) -> tuple[Shape, ...]:
        """The shapes of what one of its steps reads."""
        return tuple(map(self.shape, step.inputs))

    def value(self, step_index: int) -> int:
        """The value that step `step_index` defines."""
        return len(self.inputs) + step_index


@dataclass(frozen=True, slots=True)
class Aux:
    """An auxiliary head: the root value it ends in, and the weight of its loss."""

    name: str
    value: int
    weight: float


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the spec asserts of the network: `fact` (params, macs, output …) is `value`."""

    fact: str
    value: Constant
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A checked network."""

    name: str
    about: str
    file: str
    variant: str
    params: Mapping[str, Constant]
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    root: Module
    aux: tuple[Aux, ...] = ()
    init: tuple[InitRule, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    pattern: tuple[tuple[int | str, ...], ...] = ()
    """The inputs as written, where the spec leaves sizes open: names stand for them."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A step met on a walk: its path of names, its module, and the steps through which it was reached."""

    path: str
    step: Step
    module: Module
    chain: tuple[Step, ...]


def walk(root: Module) -> Iterator[Visit]:
    """Every op step of the tree, in the order in which the network runs. Iterative: depth is no matter."""
    stack: list[tuple[str, Module, int, tuple[Step, ...]]] = [("", root, 0, ())]
    while stack:
        prefix, module, index, chain = stack.pop()
        if index == len(module.steps):
            continue
        stack.append((prefix, module, index + 1, chain))
        step = module.steps[index]
        path = prefix + step.name if step.role != "join" else prefix.rstrip(".")
        if isinstance(step.target, Module):
            stack.append((path + ".", step.target, 0, (*chain, step)))
        else:
            yield Visit(path, step, module, chain)


def state(root: Module) -> Iterator[tuple[str, Weight]]:
    """Every entry of the network's `state_dict` by its key, in PyTorch's order: a module's own parameters, then those
    of its children. A shared child has its entries once. Iterative: depth is no matter.
    """
    pending: list[list[tuple[str, Op | Module, tuple[Shape, ...]]]] = [_children("", root)[::-1]]
    yield from _own_parameters("", root)
    while pending:
        if not pending[-1]:
            pending.pop()
            continue
        path, target, inputs = pending[-1].pop()
        if isinstance(target, Module):
            yield from _own_parameters(path + ".", target)
            pending.append(_children(path + ".", target)[::-1])
        elif not target.is_parameter():
            yield from ((weight.key(path), weight) for weight in target.weights(*inputs))


def _children(prefix: str, module: Module) -> list[tuple[str, Op | Module, tuple[Shape, ...]]]:
    return [
        (prefix + step.name, step.target, module.inputs_of(step)) for step in module.steps if not step.shared
    ]


def _own_parameters(prefix: str, module: Module) -> Iterator[tuple[str, Weight]]:
    for path, target, inputs in _children(prefix, module):
        if isinstance(target, Op) and target.is_parameter():
            yield from ((weight.key(path), weight) for weight in target.weights(*inputs))


def distinct_modules(root: Module) -> tuple[Module, ...]:
    """Every module object of the tree once, children before parents. A pass that goes down this list is
    done when each module's children are, and takes time linear in what is distinct. Iterative: depth is no
    matter."""
    done: dict[Module, None] = {}
    stack: list[tuple[Module, bool]] = [(root, False)]
    while stack:
        module, children_done = stack.pop()
        if module in done:
            continue
        if children_done:
            done[module] = None
            continue
        stack.append((module, True))
        children = dict.fromkeys([step.target for step in module.steps if isinstance(step.target, Module)])
        stack.extend([(child, False) for child in reversed(children) if child not in done])
    return tuple(done)
