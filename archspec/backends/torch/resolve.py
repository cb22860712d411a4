"""What each layer of a class is given.

In: a kind (`classes.py`), after the kinds of its children. Out: a `ResolvedKind`: the constructor's parameters, and
for each step of the template the calls to print, with every argument an expression over the parameters.

Here the channels are followed from step to step, through children and repeats; `arguments.py` finds what stands for
the arguments of a layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from archspec.backends.torch.arguments import StepCalls, all_are
from archspec.backends.torch.classes import Column, Grouping, Kind
from archspec.backends.torch.conditions import condition
from archspec.backends.torch.parameter import MISSING, Vector
from archspec.backends.torch.parameters import CHANNEL_ORIGINS, REPEAT, Parameters
from archspec.backends.torch.recipes import Place, does_nothing, is_uniform, layer_calls, recipe, stages
from archspec.backends.torch.resolved import (
    Child,
    ResolvedArgument,
    ResolvedCall,
    ResolvedHeld,
    ResolvedKind,
    ResolvedSequence,
    ResolvedStep,
    Stage,
)
from archspec.backends.torch.symbols import (
    literal,
    replace,
    same,
    total,
)
from archspec.diagnostics import InternalError
from archspec.expressions import Expression, Literal, Name, Value, free_names
from archspec.ir import Module
from archspec.ops.base import Op
from archspec.ops.recipe import (
    Function,
    Held,
    Layer,
    Learned,
    Operator,
)
from archspec.ops.scale import Identity
from archspec.passes.inplace import inplace_steps
from archspec.records import dataclass

LONGEST_SUM: Final = 8
"""A join of more branches than this has no readable sum of channels."""


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
        self.only: dict[Module, _Made] = {}
        """The children of a class with one instance, where a child's arguments are the same numbers at every call."""
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
            column = self.kind.column(index)
            sources = [self.channels[value] for value in step.inputs]
            # An `nn.Sequential` has no `forward` of its own: what is no layer elsewhere is one here.
            write = self._layer_only if self.kind.sequential else self._step
            made = write(column, sources, index in self.kind.inplace)
            when = condition(self.parameters, column, sources, made.channels) if column.is_optional else None
            steps.append(ResolvedStep(None if step.shared else made.child, made.stages, when))
            self.channels.append(self._behind(column, sources[0], made.channels))
            self._remember(self.channels[-1])
        return ResolvedKind(self.kind, self.parameters, tuple(steps), self.channels[template.outputs[0]])

    def _remember(self, symbol: Expression | None) -> None:
        if symbol is not None and not isinstance(symbol, Literal):
            self.symbols[symbol] = None

    def _behind(
        self, column: Column, before: Expression | None, after: Expression | None
    ) -> Expression | None:
        """The symbol of the channels behind a step; where an instance lacks it, what was before it flows on."""
        return self._first_fit([after, before], _channels(column)) if column.is_optional else after

    # ------------------------------------------------------------ steps

    def _step(self, column: Column, sources: Sequence[Expression | None], inplace: bool) -> _Made:
        step = column.step
        if isinstance(step.target, Module):
            return self._child_module(column, sources)
        if isinstance(step.target, Identity):
            return _Made(None, (), sources[0])
        recipes = [None if place is None else stages(recipe(place)) for place in column.places]
        made = self._calls(column, sources)
        written: list[Stage] = []
        child: Child | None = None
        for at, stage in enumerate(stages(recipe(column.template))):
            alike = [None if each is None else each[at] for each in recipes]
            match stage:
                case Operator():
                    written.append(stage)
                case Layer():
                    calls = [each.call if isinstance(each, Layer) else None for each in alike]
                    child = made.call(stage.call, calls, inplace=inplace)
                    written.append("child")
                case Learned():
                    calls = [each.call if isinstance(each, Learned) else None for each in alike]
                    child = made.call(stage.call, calls, inplace=False)
                    written.append(stage)
                case Held():
                    calls = [each.call if isinstance(each, Held) else None for each in alike]
                    child = made.call(stage.call, calls, inplace=False)
                    held = map(made.held, stage.arguments)
                    written.append(ResolvedHeld(stage.function, tuple(each for each in held if each)))
                case Function():
                    calls = [each.call if isinstance(each, Function) else None for each in alike]
                    written.append(made.call(stage.call, calls, inplace=inplace))
        if child is not None and step.role == "join":
            raise InternalError(f"emit: the join `{step.name}` of `{self.kind.name}` has a layer of its own")
        return _Made(child, tuple(written), self._channels_after(column, sources, made.siblings))

    def _calls(self, column: Column, sources: Sequence[Expression | None]) -> StepCalls:
        return StepCalls(self.parameters, column.step, sources[0], self.symbols, {})

    def _layer_only(self, column: Column, sources: Sequence[Expression | None], inplace: bool) -> _Made:
        """A step as a member of an `nn.Sequential`."""
        if isinstance(column.step.target, Module):
            return self._child_module(column, sources)
        calls = [None if place is None else layer_calls(recipe(place)) for place in column.places]
        made = self._calls(column, sources)
        items = tuple(
            made.call(call, [each[at] if each else None for each in calls], inplace=inplace)
            for at, call in enumerate(layer_calls(recipe(column.template)) or ())
        )
        child: Child = items[0]
        if len(items) > 1:
            child = ResolvedSequence(tuple(map(str, range(len(items)))), items)
        return _Made(child, ("child",), self._channels_after(column, sources, made.siblings))

    def _channels_after(
        self, column: Column, sources: Sequence[Expression | None], siblings: Mapping[str, Expression]
    ) -> Expression | None:
        """The symbol of the channels that an op gives."""
        op = column.step.target
        main = op.main if isinstance(op, Op) and op.main in CHANNEL_ORIGINS else None
        known = [source for source in sources if source is not None]
        candidates = [siblings.get(main or ""), *known[:1]]
        if 1 < len(sources) == len(known) <= LONGEST_SUM:
            candidates.append(total(known))
        return self._first_fit(candidates, _own_channels(column))

    def _first_fit(self, candidates: Sequence[Expression | None], values: Vector) -> Expression | None:
        fitting = (each for each in candidates if each is not None and self.parameters.fits(each, values))
        present = [value for value in values if value is not MISSING]
        if not all(same(value, present[0]) for value in present):
            return next(fitting, None)
        if len(present) == len(values):
            return literal(present[0])
        return next((each for each in fitting if free_names(each)), literal(present[0]))

    # ------------------------------------------------------------ child modules

    def _child_module(self, column: Column, sources: Sequence[Expression | None]) -> _Made:
        child = _child(column.template)
        if does_nothing(child):
            return _Made(ResolvedCall("nn.Identity", ()), ("child",), sources[0])
        if child in self.kind_of:
            if len(self.kind.instances) > 1:
                return self._instance(column, self.resolved[self.kind_of[child]], sources)
            if child not in self.only:
                self.only[child] = self._instance(column, self.resolved[self.kind_of[child]], sources)
            return self.only[child]
        children = [None if place is None else _child(place) for place in column.places]
        if is_uniform(child):
            return self._repeat(column, children, sources)
        inplace = inplace_steps(child)
        symbol = sources[0]
        items = []
        conditions = []
        for at, step in enumerate(child.steps):
            inner = self.kind.column_in(child, children, at)
            made = self._layer_only(inner, [symbol], at in inplace)
            if made.child is None:
                raise InternalError(f"emit: `{step.name}` cannot stand in a sequence")
            items.append(made.child)
            conditions.append(
                condition(self.parameters, inner, [symbol], made.channels) if inner.is_optional else None
            )
            symbol = self._behind(inner, symbol, made.channels)
        names = tuple(step.name for step in child.steps)
        optional = tuple(conditions) if any(conditions) else ()
        return _Made(ResolvedSequence(names, tuple(items), conditions=optional), ("child",), symbol)

    def _repeat(
        self, column: Column, children: Sequence[Module | None], sources: Sequence[Expression | None]
    ) -> _Made:
        """Copies of one module: as many as each instance has."""
        step = column.step
        made = self._child_module(self.kind.column_in(_child(column.template), children, 0), sources)
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
        step = column.step
        arguments: list[ResolvedArgument] = []
        given: dict[str, Expression] = {}
        by_position = True
        for parameter in made.parameters:
            values: Vector = [
                MISSING if place is None else parameter.values[_child(place)] for place in column.places
            ]
            found = self.parameters.find(
                values,
                origin=parameter.origin,
                step=step.name,
                wish=step.origin.expressions.get(parameter.key, parameter.wish),
                source=sources[0],
            )
            given[parameter.key] = found
            if parameter.default is not MISSING and all_are(values, parameter.default):
                continue
            by_position = (
                by_position and parameter.own and parameter.default is MISSING and _are_sizes(values)
            )
            keyword = "" if by_position else parameter.name
            arguments.append(ResolvedArgument(keyword, self.parameters.print(found)))
        candidates = []
        if made.out_channels is not None:
            candidates.append(
                replace(
                    made.out_channels, lambda part: given.get(part.name) if isinstance(part, Name) else None
                )
            )
        channels = self._first_fit(candidates, _own_channels(column))
        return _Made(ResolvedCall(made.kind.name, tuple(arguments)), ("child",), channels)


def _child(place: Place) -> Module:
    target = place[0].steps[place[1]].target
    if not isinstance(target, Module):
        raise InternalError(f"emit: step `{place[0].steps[place[1]].name}` is no module")
    return target


def _channels(column: Column) -> Vector:
    """The channels that flow behind the step, in the instances that have the module around it."""
    return [MISSING if shape is None else shape[0] for shape in column.shapes]


def _own_channels(column: Column) -> Vector:
    """The channels that the step itself gives, in the instances that have it."""
    return [
        MISSING if place is None else count
        for place, count in zip(column.places, _channels(column), strict=True)
    ]


def _are_sizes(values: Vector) -> bool:
    """Whether a reader knows such arguments by their place: numbers of channels, kernels. Others need their name."""
    return all(value is MISSING or _is_size(value) for value in values)


def _is_size(value: Value) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_size, value))
    return type(value) is int
