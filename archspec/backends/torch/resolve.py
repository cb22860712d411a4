"""What each layer of a class is given.

In: a kind (`classes.py`), after the kinds of its children. Out: a `ResolvedKind`: the constructor's parameters, and
for each step of the template the calls to print, with every argument an expression over the parameters.

Each argument of each layer has a value in every instance. What stands for them is, in this order:
1. the value, where all instances agree;
2. what the author wrote, `$(channels * 4)`;
3. for what a layer takes from its input, the channels of that input, followed through the class;
4. a simple relation to what is known already: the padding half the kernel, twice the channels;
5. a new parameter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from typing import Literal as OneOf

from archspec.backends.torch import code
from archspec.backends.torch.classes import Grouping, Kind, Place, is_uniform, layer_calls, recipe
from archspec.backends.torch.inplace import inplace_steps
from archspec.backends.torch.parameters import (
    CHANNEL_ORIGINS,
    MISSING,
    REPEAT,
    Parameter,
    Parameters,
    Vector,
)
from archspec.backends.torch.symbols import differs, either, literal, quotient, replace, same, total
from archspec.diagnostics import InternalError
from archspec.expressions import Expression, Literal, Name, Value, free_names
from archspec.ir import Module, Step
from archspec.ops.base import Op
from archspec.ops.recipe import INPUT, Argument, Call, Function, Layer, Learned, Marker, Operator, Recipe
from archspec.ops.scale import Identity

LONGEST_SUM: Final = 8
"""A join of more branches than this has no readable sum of channels."""

Column: TypeAlias = Sequence[Place | None]
"""One step, in each instance of the class."""

InputMarker: TypeAlias = OneOf["input", "inputs"]


@dataclass(frozen=True, slots=True)
class ResolvedArgument:
    """One argument to print. A marker stands for what flows into a function in `forward`."""

    keyword: str
    value: code.Expression | InputMarker


@dataclass(frozen=True, slots=True)
class ResolvedCall:
    """A layer, a function, or an instance of a class of ours."""

    function: str
    arguments: tuple[ResolvedArgument, ...]


@dataclass(frozen=True, slots=True)
class ResolvedSequence:
    """An `nn.Sequential`."""

    names: tuple[str, ...]
    items: tuple[Child, ...]
    count: code.Expression | None = None
    """How often the one item is repeated, where that differs between instances."""


Child: TypeAlias = ResolvedCall | ResolvedSequence

Stage: TypeAlias = OneOf["child"] | ResolvedCall | Operator | Learned
"""What `forward` does: call the child, call a function, write an operator, or one with a parameter."""


@dataclass(frozen=True, slots=True)
class ResolvedStep:
    """One step: the child it owns, and what `forward` does, one stage after the other."""

    child: Child | None
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ResolvedKind:
    """A class with everything known but its text."""

    kind: Kind
    scope: Parameters
    steps: tuple[ResolvedStep, ...]
    condition: code.Expression | None
    """When the optional step is there; None if the class has none."""
    out_channels: Expression | None
    """The channels that flow out, over the parameters' keys."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return self.scope.used()


@dataclass(frozen=True, slots=True)
class _Made:
    """A child or a step, with the channels that flow out of it."""

    child: Child | None
    stages: tuple[Stage, ...]
    channels: Expression | None


def resolve(grouping: Grouping, taken: Sequence[str]) -> tuple[ResolvedKind, ...]:
    """Resolve every class, children first. `taken`: the names of the file, which a parameter must not hide."""
    names = (*taken, *(kind.name for kind in grouping.kinds))
    resolved: dict[Kind, ResolvedKind] = {}
    for kind in grouping.kinds:
        resolved[kind] = _Resolver(kind, grouping.kind_of, resolved, names).run()
    return tuple(resolved.values())


class _Resolver:
    def __init__(
        self,
        kind: Kind,
        kind_of: Mapping[Module, Kind],
        resolved: Mapping[Kind, ResolvedKind],
        taken: Sequence[str],
    ) -> None:
        self.kind = kind
        self.kind_of = kind_of
        self.resolved = resolved
        self.parameters = Parameters(kind, taken)
        first = self.parameters.input
        self.channels: list[Expression | None] = [first, *self._further_inputs()]
        """The symbol of each value of the template."""
        self.symbols: dict[Expression, None] = {}
        """The different ones among them, but for plain numbers."""
        for symbol in self.channels:
            self._remember(symbol)

    def _further_inputs(self) -> Iterator[Expression | None]:
        for shapes in list(zip(*(module.inputs for module in self.kind.instances), strict=True))[1:]:
            counts = {shape[0] for shape in shapes}
            yield literal(counts.pop()) if len(counts) == 1 else None

    def run(self) -> ResolvedKind:
        template = self.kind.template
        steps = []
        for index, step in enumerate(template.steps):
            sources = [self.channels[value] for value in step.inputs]
            made = self._step(self.kind.column(index), sources, index in self.kind.inplace)
            steps.append(ResolvedStep(None if step.shared else made.child, made.stages))
            self.channels.append(made.channels)
            self._remember(made.channels)
        condition = None
        if self.kind.optional is not None:
            condition = self.parameters.print(self._condition(self.kind.optional))
        return ResolvedKind(
            self.kind, self.parameters, tuple(steps), condition, self.channels[template.outputs[0]]
        )

    def _remember(self, symbol: Expression | None) -> None:
        if symbol is not None and not isinstance(symbol, Literal):
            self.symbols[symbol] = None

    def _condition(self, optional: int) -> Expression:
        """When an instance has the optional step: what the reader expects of a projection, if that is right for every
        instance; else a flag."""
        values = [place is not None for place in self.kind.column(optional)]
        source = self.channels[self.kind.template.steps[optional].inputs[0]]
        target = self.channels[self.kind.template.value(optional)]
        strided = [differs(stride, literal(1)) for stride in self.parameters.named("stride")]
        widened = [differs(source, target)] if source is not None and target is not None else []
        for candidate in (*(either(s, w) for s in strided for w in widened), *widened, *strided):
            if self.parameters.fits(candidate, values):
                return candidate
        step = self.kind.template.steps[optional].name
        return self.parameters.new(values, origin="project", step=step, default=False)

    # ------------------------------------------------------------ steps

    def _step(self, column: Column, sources: Sequence[Expression | None], inplace: bool) -> _Made:
        module, index = _first(column)
        step = module.steps[index]
        if isinstance(step.target, Module):
            return self._child_module(column, sources)
        if isinstance(step.target, Identity):
            return _Made(None, (), sources[0])
        recipes = [None if place is None else recipe(place) for place in column]
        siblings: dict[str, Expression] = {}
        made = recipe((module, index))
        stages: list[Stage] = []
        child: Child | None = None
        for at, stage in enumerate(_stages(made)):
            alike = [None if each is None else _stages(each)[at] for each in recipes]
            match stage:
                case Operator():
                    stages.append(stage)
                case Layer():
                    calls = [each.call if isinstance(each, Layer) else None for each in alike]
                    child = self._call(column, calls, sources, siblings, inplace)
                    stages.append("child")
                case Learned():
                    calls = [each.call if isinstance(each, Learned) else None for each in alike]
                    child = self._call(column, calls, sources, siblings, inplace=False)
                    stages.append(stage)
                case Function():
                    calls = [each.call if isinstance(each, Function) else None for each in alike]
                    stages.append(self._call(column, calls, sources, siblings, inplace=False))
        if child is not None and step.role == "join":
            raise InternalError(f"emit: the join `{step.name}` of `{self.kind.name}` has a layer of its own")
        return _Made(child, tuple(stages), self._channels_after(column, sources, siblings))

    def _layer_only(self, column: Column, sources: Sequence[Expression | None], inplace: bool) -> _Made:
        """A step as a member of an `nn.Sequential`."""
        module, index = _first(column)
        step = module.steps[index]
        if isinstance(step.target, Module):
            return self._child_module(column, sources)
        calls = [None if place is None else layer_calls(recipe(place)) for place in column]
        siblings: dict[str, Expression] = {}
        items = tuple(
            self._call(column, [each[at] if each else None for each in calls], sources, siblings, inplace)
            for at in range(len(next(each for each in calls if each)))
        )
        child: Child = items[0]
        if len(items) > 1:
            child = ResolvedSequence(tuple(map(str, range(len(items)))), items)
        return _Made(child, ("child",), self._channels_after(column, sources, siblings))

    def _channels_after(
        self, column: Column, sources: Sequence[Expression | None], siblings: Mapping[str, Expression]
    ) -> Expression | None:
        """The symbol of the channels that an op gives."""
        module, index = _first(column)
        op = module.steps[index].target
        main = op.main if isinstance(op, Op) and op.main in CHANNEL_ORIGINS else None
        known = [source for source in sources if source is not None]
        candidates = [siblings.get(main or ""), *known[:1]]
        if 1 < len(sources) == len(known) <= LONGEST_SUM:
            candidates.append(total(known))
        return self._first_fit(candidates, _channels(column))

    def _first_fit(self, candidates: Sequence[Expression | None], values: Vector) -> Expression | None:
        fitting = [each for each in candidates if each is not None and self.parameters.fits(each, values)]
        present = [value for value in values if value is not MISSING]
        if all(same(value, present[0]) for value in present):
            general = [each for each in fitting if free_names(each)] if len(present) < len(values) else []
            return general[0] if general else literal(present[0])
        return fitting[0] if fitting else None

    # ------------------------------------------------------------ child modules

    def _child_module(self, column: Column, sources: Sequence[Expression | None]) -> _Made:
        module, index = _first(column)
        child = module.steps[index].target
        if not isinstance(child, Module):
            raise InternalError(f"emit: step `{module.steps[index].name}` is no module")
        if child in self.kind_of:
            return self._instance(column, self.resolved[self.kind_of[child]], sources)
        children = [_child(place) for place in column]
        if is_uniform(child):
            return self._repeat(column, children, sources)
        inplace = inplace_steps(child)
        symbol = sources[0]
        items = []
        for at in range(len(child.steps)):
            inner = [None if each is None else (each, at) for each in children]
            made = self._layer_only(inner, [symbol], at in inplace)
            if made.child is None:
                raise InternalError(f"emit: `{child.steps[at].name}` cannot stand in a sequence")
            items.append(made.child)
            symbol = made.channels
        names = tuple(step.name for step in child.steps)
        return _Made(ResolvedSequence(names, tuple(items)), ("child",), symbol)

    def _repeat(
        self, column: Column, children: Sequence[Module | None], sources: Sequence[Expression | None]
    ) -> _Made:
        """Copies of one module: as many as each instance has."""
        module, index = _first(column)
        step = module.steps[index]
        made = self._child_module([None if child is None else (child, 0) for child in children], sources)
        if made.child is None:
            raise InternalError(f"emit: `{step.name}` repeats nothing")
        lengths: Vector = [MISSING if child is None else len(child.steps) for child in children]
        wish = step.origin.expressions.get(REPEAT)
        count = self.parameters.find(lengths, origin=REPEAT, step=step.name, wish=wish)
        if isinstance(count, Literal) and isinstance(count.value, int):
            names = tuple(map(str, range(count.value)))
            return _Made(ResolvedSequence(names, (made.child,) * count.value), ("child",), made.channels)
        sequence = ResolvedSequence(("0",), (made.child,), self.parameters.print(count))
        return _Made(sequence, ("child",), made.channels)

    def _instance(self, column: Column, made: ResolvedKind, sources: Sequence[Expression | None]) -> _Made:
        module, index = _first(column)
        step = module.steps[index]
        arguments: list[ResolvedArgument] = []
        given: dict[str, Expression] = {}
        by_position = True
        for parameter in made.parameters:
            values: Vector = [
                MISSING if child is None else parameter.values[child] for child in map(_child, column)
            ]
            found = self.parameters.find(
                values,
                origin=parameter.origin,
                step=step.name,
                wish=step.origin.expressions.get(parameter.key, parameter.wish),
                source=sources[0],
            )
            given[parameter.key] = found
            if parameter.default is not MISSING and _all_are(values, parameter.default):
                continue
            by_position = by_position and parameter.own and parameter.default is MISSING
            keyword = "" if by_position else parameter.name
            arguments.append(ResolvedArgument(keyword, self.parameters.print(found)))
        candidates = []
        if made.out_channels is not None:
            candidates.append(
                replace(
                    made.out_channels, lambda part: given.get(part.name) if isinstance(part, Name) else None
                )
            )
        channels = self._first_fit(candidates, _channels(column))
        return _Made(ResolvedCall(made.kind.name, tuple(arguments)), ("child",), channels)

    # ------------------------------------------------------------ calls

    def _call(
        self,
        column: Column,
        calls: Sequence[Call | None],
        sources: Sequence[Expression | None],
        siblings: dict[str, Expression],
        inplace: bool,
    ) -> ResolvedCall:
        """One call; `siblings` collects what was found for the arguments of the step, by origin."""
        module, index = _first(column)
        step = module.steps[index]
        first = next(call for call in calls if call is not None)
        arguments: list[ResolvedArgument] = []
        unsaid = _unsaid(first, step)
        for at, argument in enumerate(first.arguments):
            alike = [None if call is None else call.arguments[at] for call in calls]
            if isinstance(argument.value, Marker):
                arguments.append(
                    ResolvedArgument(argument.keyword, "input" if argument.value is INPUT else "inputs")
                )
                continue
            values: Vector = [MISSING if each is None else _value(each) for each in alike]
            found = self.parameters.find(
                values,
                origin=argument.origin,
                step=step.name,
                wish=step.origin.expressions.get(argument.origin),
                source=sources[0],
                near=tuple(self._near(argument.origin, siblings)),
            )
            if argument.origin:
                siblings[argument.origin] = found
            is_default = all(each is None or _is_default(each) for each in alike)
            if is_default and (argument.keyword or at in unsaid):
                continue
            arguments.append(ResolvedArgument(argument.keyword, self.parameters.print(found)))
        if inplace:
            arguments.append(ResolvedArgument("inplace", code.Constant(True)))
        return ResolvedCall(first.function, tuple(arguments))

    def _near(self, origin: str, siblings: Mapping[str, Expression]) -> Iterator[Expression]:
        """What an argument may well be, seeing what is around it."""
        if origin == "padding" and "kernel" in siblings:
            yield quotient(siblings["kernel"], 2)
        if origin == "padding" and "dilation" in siblings:
            yield siblings["dilation"]
        if origin in CHANNEL_ORIGINS:
            yield from reversed(self.symbols)


def _first(column: Column) -> Place:
    return next(place for place in column if place is not None)


def _stages(made: Recipe) -> tuple[Layer | Function | Operator | Learned, ...]:
    return (made,) if isinstance(made, Layer | Function | Operator | Learned) else made.stages


def _child(place: Place | None) -> Module | None:
    if place is None:
        return None
    target = place[0].steps[place[1]].target
    if not isinstance(target, Module):
        raise InternalError(f"emit: step `{place[0].steps[place[1]].name}` is no module")
    return target


def _channels(column: Column) -> Vector:
    return [MISSING if place is None else place[0].steps[place[1]].shape[0] for place in column]


def _value(argument: Argument) -> Value:
    if isinstance(argument.value, Marker):
        raise InternalError("emit: an argument is an input in one instance and a value in another")
    return argument.value


def _is_default(argument: Argument) -> bool:
    return not isinstance(argument.default, Marker) and same(argument.value, argument.default)


def _unsaid(call: Call, step: Step) -> frozenset[int]:
    """The arguments by position that may go if they are defaults: the last ones, as far as the author wrote none."""
    unsaid: set[int] = set()
    for at, argument in reversed(list(enumerate(call.arguments))):
        if not argument.keyword:
            if argument.origin in step.origin.arguments or not _is_default(argument):
                break
            unsaid.add(at)
    return frozenset(unsaid)


def _all_are(values: Vector, value: Value) -> bool:
    return all(each is MISSING or same(each, value) for each in values)
