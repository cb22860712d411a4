"""`forward`: the steps of a class as straight-line code.

In: a resolved kind. Out: the function.

Names. What flows along the main path is `x`; where `x` must be kept for later, `out`. A value that is read later than
by the next step has the name of its step, a branch the name of the branch.
Lines. A convolution, its norm and its activation stand on one line, nested, if they fit; so do the norm and activation
before a convolution. A comment tells the shape where it changes, if it is the same in every instance.
Holds: the steps run in their order, each value is computed once, and a name is not used again while its value is
still to be read. Auxiliary heads alone run at the end, in training.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, assert_never

from archspec.backends.torch import code
from archspec.backends.torch.constructor import BODY_INDENT, SELF, child_reference
from archspec.backends.torch.known_types import TENSOR, annotated, names_of_tensors
from archspec.backends.torch.layout import WIDTH, flat
from archspec.backends.torch.names import Namespace
from archspec.backends.torch.resolved import ResolvedArgument, ResolvedCall, ResolvedHeld, ResolvedKind, Stage
from archspec.ir import Module, Step
from archspec.ops.base import Shape
from archspec.ops.recipe import Learned, Operator
from archspec.records import dataclass

DEEPEST: Final = 4
"""Calls on one line."""

MINOR_KINDS: Final = frozenset(("norm", "activation", "dropout"))
"""Ops that go along with the convolution, pool or layer before or after them."""


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


@dataclass(frozen=True, slots=True)
class _Line:
    """A statement in the making: the steps on it, and the expression so far."""

    steps: tuple[int, ...]
    value: code.Expression
    calls: int
    has_major: bool
    closed: bool
    """Minor steps stood before the major one: the next minor step begins a line."""


def forward(
    resolved: ResolvedKind,
    attributes: Mapping[code.Expression, code.Expression],
    outer_names: Sequence[str],
    ends: Ends | None = None,
) -> code.Function:
    """The function. `attributes`: as the constructor stored them; `outer_names`: what to call the values that the
    module reads from outside besides its input; `ends`: for the network itself."""
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
        self.same: dict[int, int] = {}
        """The earlier value that a value is: what an identity gives."""
        self.reads: list[tuple[int, ...]] = []
        """The values that each step reads."""
        self._follow_identities()
        self.outputs = tuple(map(self._source, self.module.outputs))
        self.aux = tuple(map(self._source, ends.aux)) if ends is not None else ()
        self.readers = Counter(value for index in self._computing() for value in self.reads[index])
        self.deferred = self._only_for_aux()
        self.steps = [index for index in self._computing() if index not in self.deferred]
        self.following = dict(pairwise((*self.steps, *sorted(self.deferred))))
        self.last_read = self._last_reads()
        self.in_join = frozenset(at for index in self.steps for at in self._branches_of(index))
        self.namespace = Namespace(("self", "x", "out"))
        self.inputs = self._input_names(outer_names)
        self.holds = {name: value for value, name in enumerate(self.inputs)}
        """The value that each name holds."""
        self.expressions: dict[int, code.Expression] = {
            value: code.Name(name) for value, name in enumerate(self.inputs)
        }
        self.shown_shape = self._agreed_shape(0)

    def _input_names(self, outer: Sequence[str]) -> tuple[str, ...]:
        if self.ends is not None and len(self.ends.inputs) > 1:
            return tuple(map(self.namespace.claim, self.ends.inputs))
        return ("x", *map(self.namespace.claim, outer))

    def _follow_identities(self) -> None:
        for index, (step, made) in enumerate(zip(self.module.steps, self.resolved.steps, strict=True)):
            self.reads.append(tuple(map(self._source, step.inputs)))
            if not made.stages:
                self.same[self.module.value(index)] = self.reads[index][0]

    def _source(self, value: int) -> int:
        return self.same.get(value, value)

    def _computing(self) -> list[int]:
        """The steps that compute something."""
        return [index for index, made in enumerate(self.resolved.steps) if made.stages]

    def _only_for_aux(self) -> frozenset[int]:
        """The steps that nothing but an auxiliary head needs."""
        if not self.aux:
            return frozenset()
        needed = set(self.outputs)
        for index in reversed(self._computing()):
            if self.module.value(index) in needed:
                needed.update(self.reads[index])
        return frozenset(index for index in self._computing() if self.module.value(index) not in needed)

    def _branches_of(self, index: int) -> Sequence[int]:
        """The steps right before a join that are its operands, one after the other, if each is a call of a child with
        what all of them read: they stand in the join."""
        target = self.module.steps[index].target
        if isinstance(target, Module) or target.kind != "join":
            return ()
        first = max(0, self.steps.index(index) - len(self.reads[index]))
        before = self.steps[first : first + len(self.reads[index])]
        calls_in_order = tuple(map(self.module.value, before)) == self.reads[index]
        alike = {self.reads[at] for at in before}
        plain = all(self.resolved.steps[at].stages == ("child",) for at in before)
        alone = all(
            self.readers[value] == 1 and self.last_read[value] == index for value in self.reads[index]
        )
        return before if calls_in_order and plain and alone and len(alike) == 1 else ()

    def _last_reads(self) -> dict[int, int]:
        """The step that reads each value last; a number past the end for what is handed out or kept for a head."""
        last: dict[int, int] = {}
        for index in (*self.steps, *sorted(self.deferred)):
            last.update(dict.fromkeys(self.reads[index], index))
        made_late = {self.module.value(index) for index in self.deferred}
        kept = {value for index in self.deferred for value in self.reads[index]} - made_late
        kept.update(self.outputs, self.aux)
        last.update(dict.fromkeys(kept, len(self.module.steps)))
        return last

    def run(self) -> code.Function:
        body = [self._assignment(line) for line in self._lines(self.steps)]
        if self.ends is not None and self.ends.training_result:
            body.append(self._training_return(self.ends))
        body = self._with_return(body)
        parameters = (code.Parameter("self"), *(code.Parameter(name, TENSOR) for name in self.inputs))
        return code.Function("forward", parameters, self._result_type(), tuple(body))

    # ------------------------------------------------------------ lines

    def _lines(self, steps: Sequence[int]) -> Iterator[_Line]:
        """The steps, joined to lines. Each line is to be assigned before the next is asked for."""
        line: _Line | None = None
        for index in steps:
            if index in self.in_join:
                if line is not None:
                    yield line
                line = None
                self.expressions[self.module.value(index)] = self._apply(index)
                continue
            longer = None if line is None else self._joined(line, index)
            if line is not None and longer is None:
                yield line
            line = self._begun(index) if longer is None else longer
        if line is not None:
            yield line

    def _begun(self, index: int) -> _Line:
        calls = len(self.resolved.steps[index].stages)
        return _Line((index,), self._apply(index), calls, has_major=not self._is_minor(index), closed=False)

    def _joined(self, line: _Line, index: int) -> _Line | None:
        """The line with step `index` around it; None if the step begins a line of its own."""
        value = self.module.value(line.steps[-1])
        calls = line.calls + len(self.resolved.steps[index].stages)
        alone = self.readers[value] == 1 and self.last_read.get(value) == index
        conditional = self._is_passed_by(index) or isinstance(line.value, code.Conditional)
        if not alone or calls > DEEPEST or conditional or not self._belongs(line, index):
            return None
        self.expressions[value] = line.value
        expression = self._apply(index)
        if BODY_INDENT + len("out = ") + len(flat(expression)) + self._comment_width(index) > WIDTH:
            return None
        major = not self._is_minor(index)
        closed = line.closed or (major and not line.has_major)
        return _Line((*line.steps, index), expression, calls, line.has_major or major, closed)

    def _belongs(self, line: _Line, index: int) -> bool:
        """Whether a reader takes step `index` and the line before it for one thing."""
        step = self.module.steps[index]
        if step.role == "join" and len(self.reads[index]) > 1:
            before = self.module.steps[line.steps[-1]]
            return before.role == "shortcut" or (before.role != "branch" and line.calls == 1)
        if step.role == "join" or self._is_minor(index):
            return not line.closed
        return not line.has_major and not self._reads_weights(index)

    def _is_passed_by(self, index: int) -> bool:
        """Whether `forward` asks if the step is there: it has no child that could be an `nn.Identity`."""
        made = self.resolved.steps[index]
        return made.condition is not None and made.child is None

    def _is_minor(self, index: int) -> bool:
        target = self.module.steps[index].target
        return not isinstance(target, Module) and target.kind in MINOR_KINDS

    def _reads_weights(self, index: int) -> bool:
        """Whether the step is a function of a child's weights: with those, its own call is long enough."""
        return any(isinstance(stage, ResolvedHeld) for stage in self.resolved.steps[index].stages)

    def _comment_width(self, index: int) -> int:
        shape = self._agreed_shape(self.module.value(index))
        return 0 if shape is None or shape == self.shown_shape else len("  # ") + len(shape_text(shape))

    # ------------------------------------------------------------ statements

    def _assignment(self, line: _Line) -> code.Statement:
        index = line.steps[-1]
        value = self.module.value(index)
        name = self._name(index)
        self.holds[name] = value
        self.expressions[value] = code.Name(name)
        return code.Assign(code.Name(name), line.value, comment=self._comment(value))

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
        value = self.module.value(index)
        if step.role == "branch":
            return self._own_name(step.name)
        if step.role == "shortcut":
            return self.namespace.claim("shortcut")
        if value not in self.outputs and self._is_read_later(index) and self.module.structure != "residual":
            return self._own_name(step.name)
        free = (name for name in ("x", "out") if self.last_read.get(self.holds.get(name, -1), -1) <= index)
        return next(free, None) or self.namespace.claim("out")

    def _own_name(self, name: str) -> str:
        return self.namespace.claim(f"x{name}" if name.isdigit() else name)

    def _is_read_later(self, index: int) -> bool:
        """Whether anything but the very next step reads the value of a step."""
        value = self.module.value(index)
        return self.readers[value] != 1 or self.last_read[value] != self.following.get(index)

    # ------------------------------------------------------------ the end

    def _with_return(self, body: list[code.Statement]) -> list[code.Statement]:
        if self.ends is not None and self.ends.result:
            values = tuple(self.expressions[value] for value in self.outputs)
            return [*body, code.Return(code.Call(code.Name(self.ends.result), values))]
        (output,) = self.outputs
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
        for line in self._lines(sorted(self.deferred)):
            value = self.module.value(line.steps[-1])
            if value in self.aux and not self.readers[value]:
                self.expressions[value] = line.value
            else:
                body.append(self._assignment(line))
        values = tuple(self.expressions[value] for value in (*self.outputs, *self.aux))
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
        inputs = tuple(self.expressions[value] for value in self.reads[index])
        before = inputs[0]
        for stage in self.resolved.steps[index].stages:
            inputs = (self._stage(step, stage, inputs),)
        condition = self.resolved.steps[index].condition
        if condition is None or not self._is_passed_by(index):
            return inputs[0]
        return code.Conditional(inputs[0], self.attributes[condition], before)

    def _stage(self, step: Step, stage: Stage, inputs: tuple[code.Expression, ...]) -> code.Expression:
        match stage:
            case "child":
                return code.Call(child_reference(step.name), inputs)
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


def shape_text(shape: Sequence[int | str]) -> str:
    return " × ".join(map(str, shape))


def _skip_first(summands: tuple[code.Expression, ...]) -> tuple[code.Expression, ...]:
    """The two sides of a skip addition as people write them: the plain `x`, then what is added to it."""
    main, *skips = summands
    return (*skips, main) if skips == [code.Name("x")] else summands
