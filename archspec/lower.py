"""Builds `ir.Module`s, a step at a time.

Expansion and shape inference run together, so the graph is built while the spec is read: `expand/` says
"apply this op to these values", a `ModuleBuilder` keeps the order, carries values across module boundaries,
and numbers everything when the module is finished.

In: targets applied to `Value`s. Out: a frozen `Module`.
What holds: a value of an enclosing module that is read inside becomes one more input of the module, and of
every module between (`captures`). A builder without a parent is closed: nothing outside can be read from
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from archspec.diagnostics import Diagnostic, InternalError
from archspec.ir import InitRule, Module, Origin, Role, Row, Shortcut, Step, Structure
from archspec.ops.base import Op, Shape
from archspec.records import dataclass
from archspec.source import Span
from archspec.syntax import Node


@dataclass(slots=True, eq=False)
class Draft:
    """A step whose inputs have no numbers yet."""

    name: str
    target: Op | Module
    inputs: tuple[Value, ...]
    shape: Shape
    origin: Origin
    role: Role
    section: str
    shared: bool
    init: InitRule | None
    row: Row | None = None
    errors: list[Diagnostic] = field(default_factory=list)
    """What was found wrong with it."""
    kept: dict[int, Value] = field(default_factory=dict)
    """By axis: a value before it in the same module since which that size has not changed, where one was looked for;
    under -1, the number of axes.
    """


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A tensor while its module is built: input `index` of the builder, or what `draft` gives."""

    builder: ModuleBuilder
    shape: Shape
    index: int = -1
    draft: Draft | None = None

    @property
    def is_given(self) -> bool:
        """Whether this is an input of the network, whose shape the spec states."""
        return self.draft is None and self.came_from() is None

    def came_from(self) -> Value | None:
        """The value outside that this input stands for; None for a step's result and for the network's
        own input.
        """
        if self.draft is not None or self.index >= len(self.builder.sources):
            return None
        return self.builder.sources[self.index]


@dataclass(slots=True, eq=False)
class ModuleBuilder:
    """A module under construction."""

    structure: Structure
    parent: ModuleBuilder | None = None
    sources: list[Value] = field(default_factory=list)
    """The outer value behind each input. A closed builder keeps them too: errors trace sizes through them."""
    inside: dict[Value, Value] = field(default_factory=dict)
    """The input that stands for an outer value."""
    inputs: list[Value] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    taken: dict[str, Span | Node] = field(default_factory=dict)
    """The children's names, folded, with where each was given, or what stands there."""
    section: str = ""
    shortcut: Shortcut | None = None
    size: int = 0
    """Ops in the module, those of child modules included."""
    _holders: dict[str, str] = field(default_factory=dict)
    _searched: int = 0

    @classmethod
    def root(cls, shapes: Sequence[Shape]) -> ModuleBuilder:
        builder = cls("network")
        for shape in shapes:
            builder._add_input(shape)
        return builder

    def child(self, structure: Structure, source: Value | None) -> ModuleBuilder:
        """A builder for a module inside this one, whose input is `source`; None where an error lies
        before it.
        """
        return self._opened(structure, source, self)

    @classmethod
    def closed(cls, structure: Structure, source: Value | None) -> ModuleBuilder:
        """A builder for a module that sees nothing but its input: a block's."""
        return cls._opened(structure, source, None)

    @classmethod
    def _opened(
        cls, structure: Structure, source: Value | None, parent: ModuleBuilder | None
    ) -> ModuleBuilder:
        builder = cls(structure, parent)
        if source is not None:
            builder._take(source)
        return builder

    def _add_input(self, shape: Shape) -> Value:
        value = Value(self, shape, index=len(self.inputs))
        self.inputs.append(value)
        return value

    def local(self, value: Value) -> Value:
        """`value` as this module sees it; a value from outside becomes a further input."""
        if value.builder is self:
            return value
        if value in self.inside:
            return self.inside[value]
        if self.parent is None:
            raise InternalError("lower: a closed module reads a value from outside")
        self.parent.local(value)
        return self._take(value)

    def holder(self, name: str) -> str | None:
        """The first child that is a module with a child `name` of its own. A step is looked at once for all names."""
        for draft in self.drafts[self._searched :]:
            if isinstance(draft.target, Module):
                for step in draft.target.steps:
                    self._holders.setdefault(step.name, draft.name)
        self._searched = len(self.drafts)
        return self._holders.get(name)

    def _take(self, outer: Value) -> Value:
        """One more input, for a value outside."""
        self.sources.append(outer)
        self.inside[outer] = self._add_input(outer.shape)
        return self.inside[outer]

    def apply(
        self,
        name: str,
        target: Op | Module,
        inputs: Sequence[Value],
        shape: Shape,
        origin: Origin,
        *,
        size: int = 1,
        role: Role = "",
        shared: bool = False,
        init: InitRule | None = None,
    ) -> Value:
        """Add a step and return its result. `size`: the ops in `target`."""
        local = tuple([value if value.builder is self else self.local(value) for value in inputs])
        draft = Draft(name, target, local, shape, origin, role, self.section, shared, init)
        self.drafts.append(draft)
        self.size += size
        return Value(self, shape, draft=draft)

    def finish(self, outputs: Sequence[Value]) -> Module:
        """The module, with every value numbered."""
        first = len(self.inputs)
        numbers = {id(draft): first + at for at, draft in enumerate(self.drafts)}

        def number(value: Value) -> int:
            return value.index if value.draft is None else numbers[id(value.draft)]

        steps = tuple(
            Step(
                draft.name,
                draft.target,
                tuple([number(value) for value in draft.inputs]),
                draft.shape,
                draft.origin,
                draft.role,
                draft.section,
                draft.shared,
                draft.init,
                draft.row,
                tuple(draft.errors),
            )
            for draft in self.drafts
        )
        return Module(
            self.structure,
            tuple(value.shape for value in self.inputs),
            steps,
            tuple(number(self.local(value)) for value in outputs),
            shortcut=self.shortcut,
        )
