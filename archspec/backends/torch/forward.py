"""`forward`: the steps of a class as straight-line code.

In: a resolved kind. Out: the function.

`passes/lines.py` says which steps share a line, if they fit on it, and what keeps a value; a variable of its own has
the name of the step or branch. A comment tells the shape where it changes, if it is the same in every instance.
Holds: the steps run in their order, and each value is computed once. Auxiliary heads alone run at the end, in training.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from archspec.backends.torch import code
from archspec.backends.torch.constructor import BODY_INDENT, SELF, child_reference
from archspec.backends.torch.known_types import TENSOR, annotated, names_of_tensors
from archspec.backends.torch.layout import WIDTH, flat
from archspec.backends.torch.names import Namespace
from archspec.backends.torch.resolved import (
    ResolvedArgument,
    ResolvedCall,
    ResolvedHeld,
    ResolvedKind,
    ResolvedStep,
    Stage,
)
from archspec.ir import Step
from archspec.ops.base import Shape
from archspec.ops.recipe import Learned, Operator
from archspec.passes.lines import Line, Lines, Written, read_inputs
from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class Ends:
    """What the network's own `forward` takes and hands out."""

    inputs: tuple[str, ...]
    result: str = ""
    """The class of the tuple that holds several outputs; empty if there is one alone."""
    training_result: str = ""
    """The class of the tuple that holds the outputs and those of the auxiliary heads; empty if there are no heads."""
    aux: tuple[int, ...] = ()
    """The values that auxiliary heads end in."""


def forward(
    resolved: ResolvedKind,
    attributes: Mapping[code.Expression, code.Expression],
    outer_names: Sequence[str],
    ends: Ends | None = None,
) -> code.Function:
    """The function. `attributes`: as the constructor stored them; `outer_names`: what to call the inputs; `ends`: for
    the network itself."""
    return _Forward(resolved, attributes, outer_names, ends).run()


class _Forward:
    def __init__(
        self,
        resolved: ResolvedKind,
        attributes: Mapping[code.Expression, code.Expression],
        outer_names: Sequence[str],
        ends: Ends | None,
    ) -> None:
        self.resolved = resolved
        self.kind = resolved.kind
        self.module = resolved.kind.template
        self.attributes = attributes
        self.ends = ends
        written = tuple(map(_written, resolved.steps))
        self.lines = Lines(self.module, written, () if ends is None else ends.aux)
        self.namespace = Namespace(("self", "x", "out"))
        self.read = range(len(self.module.inputs)) if ends else read_inputs(self.module)
        """The inputs that it takes: a caller gives it all of its own."""
        self.inputs = self._input_names(outer_names)
        self.holds = dict(zip(self.inputs, self.read, strict=True))
        """The value that each name holds."""
        self.expressions: dict[int, code.Expression] = {
            value: code.Name(name) for name, value in self.holds.items()
        }
        self.shown_shape = self._agreed_shape(0)

    def _input_names(self, outer: Sequence[str]) -> tuple[str, ...]:
        if self.ends is not None and len(self.ends.inputs) > 1:
            return tuple(map(self.namespace.claim, self.ends.inputs))
        return tuple("x" if outer[at] == "x" else self.namespace.claim(outer[at]) for at in self.read)

    def run(self) -> code.Function:
        body = [self._assignment(line) for line in self.lines.lines(self.lines.steps, self._fits)]
        if self.ends is not None and self.ends.training_result:
            body.append(self._training_return(self.ends))
        body = self._with_return(body)
        parameters = (code.Parameter("self"), *(code.Parameter(name, TENSOR) for name in self.inputs))
        return code.Function("forward", parameters, self._result_type(), tuple(body))

    # ------------------------------------------------------------ lines

    def _fits(self, line: Line, index: int) -> bool:
        """Whether the line with step `index` around it is no longer than a line."""
        self._value(line)
        width = BODY_INDENT + len("out = ") + len(flat(self._apply(index))) + self._comment_width(index)
        return width <= WIDTH

    def _value(self, line: Line) -> code.Expression:
        """What is on the line, each step set into the next."""
        for index in line.steps:
            value = self.module.value(index)
            if value not in self.expressions:
                self.expressions[value] = self._apply(index)
        return self.expressions[self.module.value(line.steps[-1])]

    def _comment_width(self, index: int) -> int:
        shape = self._agreed_shape(self.module.value(index))
        return 0 if shape is None or shape == self.shown_shape else len("  # ") + len(shape_text(shape))

    # ------------------------------------------------------------ statements

    def _assignment(self, line: Line) -> code.Statement:
        index = line.steps[-1]
        value = self.module.value(index)
        expression = self._value(line)
        name = self._name(index)
        self.holds[name] = value
        self.expressions[value] = code.Name(name)
        return code.Assign(code.Name(name), expression, comment=self._comment(value))

    def _comment(self, value: int) -> str:
        shape = self._agreed_shape(value)
        if shape is None or shape == self.shown_shape:
            return ""
        self.shown_shape = shape
        return shape_text(shape)

    def _agreed_shape(self, value: int) -> Shape | None:
        """The shape of a value of the template, if every instance has it."""
        index = value - len(self.module.inputs)
        if index < 0:
            shapes = {module.inputs[value] for module in self.kind.instances}
        else:
            shapes = {shape for shape in self.kind.column(index).shapes if shape is not None}
        return shapes.pop() if len(shapes) == 1 else None

    def _name(self, index: int) -> str:
        """A name for the value of a step that holds no value still to be read."""
        step = self.module.steps[index]
        variable = self.lines.variable(index, self.holds)
        match variable:
            case "own" if step.role == "shortcut":
                return self.namespace.claim("shortcut")
            case "own":
                return self.namespace.claim(f"x{step.name}" if step.name.isdigit() else step.name)
            case "another":
                return self.namespace.claim("out")
            case _:
                return variable

    # ------------------------------------------------------------ the end

    def _with_return(self, body: list[code.Statement]) -> list[code.Statement]:
        if self.ends is not None and self.ends.result:
            values = tuple(self.expressions[value] for value in self.lines.outputs)
            return [*body, code.Return(code.Call(code.Name(self.ends.result), values))]
        (output,) = self.lines.outputs
        result = self.expressions[output]
        last = body[-1] if body else None
        if isinstance(last, code.Assign) and last.target == result and last.value:
            names = names_of_tensors(last.value)
            untyped = [] if names is None else [name for name in names if name.text not in self.inputs]
            if names is not None and len(untyped) <= 1:
                for name in untyped:
                    body = [*annotated(body[:-1], name), last]
                return [*body[:-1], code.Return(last.value, last.comment)]
        if result not in [code.Name(name) for name in self.inputs]:
            body = annotated(body, result)
        return [*body, code.Return(result)]

    def _training_return(self, ends: Ends) -> code.Statement:
        """The auxiliary heads, and everything in one tuple."""
        body: list[code.Statement] = []
        for line in self.lines.lines(self.lines.deferred, self._fits):
            value = self.module.value(line.steps[-1])
            if value in self.lines.aux and not self.lines.readers[value]:
                self._value(line)
            else:
                body.append(self._assignment(line))
        values = tuple(self.expressions[value] for value in (*self.lines.outputs, *self.lines.aux))
        body.append(code.Return(code.Call(code.Name(ends.training_result), values)))
        return code.If(code.Attribute(SELF, "training"), tuple(body))

    def _result_type(self) -> code.Expression:
        if self.ends is None:
            return TENSOR
        plain = code.Name(self.ends.result) if self.ends.result else TENSOR
        if not self.ends.training_result:
            return plain
        return code.Infix("|", (plain, code.Name(self.ends.training_result)))

    # ------------------------------------------------------------ expressions

    def _apply(self, index: int) -> code.Expression:
        """A step applied to its inputs, as an expression."""
        step = self.module.steps[index]
        inputs = tuple(self.expressions[value] for value in self.lines.reads[index])
        before = inputs[0]
        for stage in self.resolved.steps[index].stages:
            inputs = (self._stage(step, stage, inputs),)
        condition = self.resolved.steps[index].condition
        if condition is None or not self.lines.written[index].is_passed_by:
            return inputs[0]
        return code.Conditional(inputs[0], self.attributes[condition], before)

    def _stage(self, step: Step, stage: Stage, inputs: tuple[code.Expression, ...]) -> code.Expression:
        match stage:
            case "child":
                return code.Call(child_reference(step.name), inputs)
            case Operator() if stage.method:
                return _overwriting(inputs, stage.method)
            case Operator():
                is_skip = self.module.structure == "residual" and stage.symbol == "+"
                return code.Infix(stage.symbol, _skip_first(inputs) if is_skip else inputs)
            case Learned():
                return code.Infix(stage.symbol, (child_reference(step.name), *inputs))
            case ResolvedHeld():
                return code.Call(code.dotted(stage.function), (inputs[0], *self._held(step, stage)))
            case ResolvedCall():
                arguments = tuple(self._argument(argument, inputs) for argument in stage.arguments)
                return code.Call(code.dotted(stage.function), arguments)
            case _:
                assert_never(stage)

    def _held(self, step: Step, stage: ResolvedHeld) -> Iterator[code.Item]:
        child = child_reference(step.name)
        for argument in stage.arguments:
            value = (
                code.Attribute(child, argument.value) if isinstance(argument.value, str) else argument.value
            )
            yield code.Keyword(argument.keyword, value) if argument.keyword else value

    def _argument(self, argument: ResolvedArgument, inputs: tuple[code.Expression, ...]) -> code.Item:
        match argument.value:
            case "input":
                value: code.Expression = inputs[0]
            case "inputs":
                value = code.ListOf(inputs)
            case _:
                value = self.attributes.get(argument.value, argument.value)
        return code.Keyword(argument.keyword, value) if argument.keyword else value


def _overwriting(inputs: tuple[code.Expression, ...], method: str) -> code.Expression:
    """The first of the values, with a call of its method for each of the others."""
    value, *others = inputs
    for other in others:
        value = code.Call(code.Attribute(value, method), (other,))
    return value


def _written(step: ResolvedStep) -> Written:
    return Written(
        calls=len(step.stages),
        is_child=step.stages == ("child",),
        is_passed_by=step.condition is not None and step.child is None,
        reads_weights=any(isinstance(stage, ResolvedHeld) for stage in step.stages),
    )


def shape_text(shape: Sequence[int | str]) -> str:
    return " × ".join(map(str, shape))


def _skip_first(summands: tuple[code.Expression, ...]) -> tuple[code.Expression, ...]:
    """The two sides of a skip addition as people write them: the plain `x`, then what is added to it."""
    main, *skips = summands
    return (*skips, main) if skips == [code.Name("x")] else summands
