"""What the calls of a step are given.

In: a call in the template and the same call in each instance, with the parameters of the class. Out: the call with
every argument an expression over the parameters, or left out where it is PyTorch's default.

What stands for an argument is, in this order:
1. the value, where all instances agree;
2. what the author wrote, `$(channels * 4)`;
3. for what a layer takes from its input, the channels of that input, followed through the class;
4. a simple relation to what is known already: the padding half the kernel, twice the channels;
5. a new parameter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from archspec.backends.torch import code
from archspec.backends.torch.layout import flat
from archspec.backends.torch.parameter import MISSING, Vector
from archspec.backends.torch.parameters import CHANNEL_ORIGINS, Parameters
from archspec.backends.torch.resolved import HeldArgument, ResolvedArgument, ResolvedCall
from archspec.backends.torch.symbols import ClassName, constant, literal, quotient, same
from archspec.diagnostics import InternalError
from archspec.expressions import Expression, Literal, Value
from archspec.ir import Step
from archspec.ops.recipe import INPUT, Argument, Call, FromChild, Marker
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class StepCalls:
    """Resolves the calls of one step of a class."""

    parameters: Parameters
    step: Step
    source: Expression | None
    """The channels of what the step reads first."""
    channels: Collection[Expression]
    """The channels that the class knows so far, in order."""
    siblings: dict[str, Expression]
    """What was found for the arguments of the step, by origin."""

    def call(self, first: Call, calls: Sequence[Call | None], *, inplace: bool) -> ResolvedCall:
        """One call, `first` in the template; `calls` in each instance, None where it lacks the step."""
        inplace_argument = (ResolvedArgument("inplace", code.Constant(True)),) if inplace else ()
        classes: Vector = [MISSING if call is None else ClassName(call.function) for call in calls]
        if not all_are(classes, ClassName(first.function)):
            # Only activations that leave all arguments at their defaults come here.
            chosen = self.parameters.find(classes, origin="activation", step=self.step.name)
            return ResolvedCall(flat(self.parameters.print(chosen)), inplace_argument)
        arguments: list[ResolvedArgument] = []
        unsaid = self._unsaid(first)
        for at, argument in enumerate(first.arguments):
            alike = [None if call is None else call.arguments[at] for call in calls]
            if isinstance(argument.value, Marker):
                arguments.append(
                    ResolvedArgument(argument.keyword, "input" if argument.value is INPUT else "inputs")
                )
                continue
            found = self._found(
                argument.origin, [MISSING if each is None else _value(each) for each in alike]
            )
            if argument.origin:
                self.siblings[argument.origin] = found
            is_default = all(each is None or _is_default(each) for each in alike)
            if is_default and (argument.keyword or at in unsaid):
                continue
            arguments.append(ResolvedArgument(argument.keyword, self._printed(found)))
        return ResolvedCall(first.function, (*arguments, *inplace_argument))

    def held(self, argument: FromChild) -> HeldArgument | None:
        """What the child holds as the function reads it; None for what is the function's default."""
        found = self.siblings.get(argument.origin)
        if not isinstance(found, Literal):
            return HeldArgument(argument.keyword, argument.attribute)
        if found.value == argument.default:
            return None
        return HeldArgument(argument.keyword, self.parameters.print(found))

    def _found(self, origin: str, values: Vector) -> Expression:
        """What stands for an argument of a layer that has `values` in the instances."""
        if len(values) == 1 and values[0] is not MISSING:
            return literal(values[0])
        written = self.step.origin
        return self.parameters.find(
            values,
            origin=origin,
            step=self.step.name,
            wish=written.expressions.get(origin),
            source=self.source,
            near=tuple(self._near(origin)),
            stated=origin in written.arguments and origin not in written.expressions,
        )

    def _near(self, origin: str) -> Iterator[Expression]:
        """What an argument may well be, seeing what is around it."""
        if origin == "padding" and "kernel" in self.siblings:
            yield quotient(self.siblings["kernel"], 2)
        if origin == "padding" and "dilation" in self.siblings:
            yield self.siblings["dilation"]
        if origin in CHANNEL_ORIGINS:
            yield from reversed(tuple(self.channels))

    def _printed(self, found: Expression) -> code.Expression:
        return constant(found.value) if isinstance(found, Literal) else self.parameters.print(found)

    def _unsaid(self, call: Call) -> frozenset[int]:
        """The arguments by position that may go if they are defaults: the last, as far as the author wrote none."""
        unsaid: set[int] = set()
        for at, argument in reversed(list(enumerate(call.arguments))):
            if not argument.keyword:
                if argument.origin in self.step.origin.arguments or not _is_default(argument):
                    break
                unsaid.add(at)
        return frozenset(unsaid)


def all_are(values: Vector, value: Value) -> bool:
    return all(each is MISSING or same(each, value) for each in values)


def _value(argument: Argument) -> Value:
    if isinstance(argument.value, Marker):
        raise InternalError("emit: an argument is an input in one instance and a value in another")
    return argument.value


def _is_default(argument: Argument) -> bool:
    return not isinstance(argument.default, Marker) and same(argument.value, argument.default)
