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

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from archspec.backends.torch import code
from archspec.backends.torch.constructor import SELF, call, child_reference
from archspec.backends.torch.names import Namespace
from archspec.backends.torch.resolve import ResolvedCall, ResolvedKind, Stage
from archspec.diagnostics import InternalError
from archspec.ir import Module, Step
from archspec.ops.base import Shape
from archspec.ops.recipe import Operator

TENSOR: Final = code.Name("Tensor")
BODY_INDENT: Final = 8
DEEPEST: Final = 4
"""Calls on one line."""

TYPED_FUNCTIONS: Final = frozenset(("torch.cat", "torch.flatten", "torch.stack"))
"""Functions that type checkers know to give a tensor: a `return` may stand before them. A module's call is `Any`."""

MINOR_KINDS: Final = frozenset(("norm", "activation", "dropout"))
"""Ops that go along with the convolution, pool or layer before or after them."""


@dataclass(frozen=True, slots=True)
class Ends:
    """What the network's own `forward` hands out: the names of its inputs and outputs, and its auxiliary heads."""

    inputs: tuple[str, ...]
    result: str
    """The class of the tuple that holds several outputs; empty if there is one alone."""
    aux: tuple[int, ...] = ()
    """The values that auxiliary heads end in."""


@dataclass(slots=True)
class _Line:
    """A statement in the making: the steps on it, and the expression so far."""

    steps: list[int]
    value: code.Expression
    calls: int
    has_major: bool
    closed: bool = False
    """Minor steps stood before the major one: the next minor step begins a line."""


@dataclass(slots=True)
class _Names:
    """Which name holds which value, while the function runs."""

    held: dict[str, int] = field(default_factory=dict)

    def free(self, name: str, live: frozenset[int] | set[int]) -> bool:
        return name not in self.held or self.held[name] not in live


def forward(
    resolved: ResolvedKind,
    attributes: Mapping[code.Expression, code.Expression],
    outer_names: Mapping[Module, tuple[str, ...]],
    ends: Ends | None = None,
) -> code.Function:
    """The function; `attributes` as the constructor stored them, `outer_names` for the values that a module reads
    from outside besides its input."""
    return _Forward(resolved, attributes, outer_names, ends).run()


class _Forward:
    def __init__(
        self,
        resolved: ResolvedKind,
        attributes: Mapping[code.Expression, code.Expression],
        outer_names: Mapping[Module, tuple[str, ...]],
        ends: Ends | None,
    ) -> None:
        self.resolved = resolved
        self.kind = resolved.kind
        self.module = resolved.kind.template
        self.attributes = attributes
        self.ends = ends
        self.deferred = self._only_for_aux()
        self.steps = [index for index in range(len(self.module.steps)) if index not in self.deferred]
        self.last_read = self._last_reads()
        self.namespace = Namespace(("self", "out"))
        self.inputs = self._input_names(outer_names.get(self.module, ()))
        self.names = _Names({name: value for value, name in enumerate(self.inputs)})
        self.expressions: dict[int, code.Expression] = {
            value: code.Name(name) for value, name in enumerate(self.inputs)
        }
        self.shown_shape = self._agreed_shape(0)
        self.body: list[code.Statement] = []

    def _input_names(self, outer: tuple[str, ...]) -> tuple[str, ...]:
        if self.ends is not None and len(self.ends.inputs) > 1:
            return tuple(map(self.namespace.claim, self.ends.inputs))
        names = ["x", *outer]
        return tuple(map(self.namespace.claim, names[: len(self.module.inputs)]))

    def _only_for_aux(self) -> frozenset[int]:
        """The steps that nothing but an auxiliary head needs."""
        if self.ends is None or not self.ends.aux:
            return frozenset()
        first = len(self.module.inputs)
        needed = set(self.module.outputs)
        for index in reversed(range(len(self.module.steps))):
            if self.module.value(index) in needed:
                needed.update(self.module.steps[index].inputs)
        return frozenset(index for index in range(len(self.module.steps)) if first + index not in needed)

    def _last_reads(self) -> dict[int, int]:
        """The step that reads each value last; a number past the end for what is handed out."""
        last: dict[int, int] = {}
        for index in self.steps:
            last.update(dict.fromkeys(self.module.steps[index].inputs, index))
        end = len(self.module.steps)
        kept = {value for index in self.deferred for value in self.module.steps[index].inputs}
        kept.update(self.ends.aux if self.ends is not None else ())
        last.update(dict.fromkeys((*self.module.outputs, *kept), end))
        return last

    # ------------------------------------------------------------ lines

    def run(self) -> code.Function:
        for line in self._lines(self.steps):
            self._write(line)
        if self.deferred or (self.ends is not None and self.ends.aux):
            self._finish_with_aux()
        else:
            self._finish()
        self._annotate_result()
        parameters = (code.Parameter("self"), *(code.Parameter(name, TENSOR) for name in self.inputs))
        return code.Function("forward", parameters, self._result_type(), tuple(self.body))

    def _lines(self, steps: Sequence[int]) -> Iterator[_Line]:
        """The steps, joined to lines."""
        line: _Line | None = None
        for index in steps:
            if line is not None and self._continues(line, index):
                self.expressions[self.module.value(line.steps[-1])] = line.value
                line = self._extended(line, index)
                continue
            if line is not None:
                yield line
            line = self._extended(None, index)
        if line is not None:
            yield line

    def _extended(self, line: _Line | None, index: int) -> _Line:
        major = not self._is_minor(index)
        value = self._apply(index)
        calls = len(self.resolved.steps[index].stages)
        if line is None:
            return _Line([index], value, calls, major)
        closed = line.closed or (major and not line.has_major)
        return _Line([*line.steps, index], value, line.calls + calls, line.has_major or major, closed)

    def _continues(self, line: _Line, index: int) -> bool:
        """Whether step `index` goes on the line of the steps before it."""
        before = line.steps[-1]
        value = self.module.value(before)
        step = self.module.steps[index]
        if step.inputs.count(value) != 1 or self._readers(value) != 1 or value in self.module.outputs:
            return False
        if line.calls + len(self.resolved.steps[index].stages) > DEEPEST or not self._belongs(line, index):
            return False
        self.expressions[value] = line.value
        width = BODY_INDENT + len("out = ") + len(code.flat(self._apply(index)))
        return width + self._comment_width(index) <= code.WIDTH

    def _belongs(self, line: _Line, index: int) -> bool:
        step = self.module.steps[index]
        if step.role == "join" and len(step.inputs) > 1:
            return self.module.steps[line.steps[-1]].role == "shortcut" or line.calls == 1 == len(line.steps)
        if self._is_minor(index):
            return not line.closed
        if step.role == "join":
            return True
        return not line.has_major

    def _is_minor(self, index: int) -> bool:
        target = self.module.steps[index].target
        return not isinstance(target, Module) and target.kind in MINOR_KINDS

    def _readers(self, value: int) -> int:
        return sum(step.inputs.count(value) for step in self._reading.get(value, ()))

    @property
    def _reading(self) -> Mapping[int, list[Step]]:
        raise NotImplementedError
