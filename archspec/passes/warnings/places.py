"""Where a finding is shown: at the line of the user's that causes it.

In: a layer at fault. Out: a warning at its own line; for one inside a standard block, at the lines that call the block.

What holds: a finding that the file of its layer silences is not reported, nor is one twice at one line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Final

from archspec.diagnostics import MAX_DIAGNOSTICS, Fix, Label, Sink
from archspec.edits import insert_entry, offering, replacing
from archspec.ir import Module, Step, distinct_modules
from archspec.names import MODIFIERS
from archspec.passes.warnings.values import Layer
from archspec.records import dataclass
from archspec.source import Source, Span
from archspec.syntax import MappingNode, Scalar, nodes

STANDARD: Final = "archspec/blocks/"
"""How the names of the standard blocks' files begin: nobody can mend a line there."""


@dataclass(slots=True)
class Places:
    """Reports what the rules find."""

    network: Module
    root: MappingNode
    sink: Sink
    reports: int = field(default=0, init=False)
    """How many findings there were, those that are not shown included."""
    _callers: dict[Module, list[_Call]] | None = field(default=None, init=False)
    _mappings: dict[tuple[Source, int], MappingNode] | None = field(default=None, init=False)
    _said: set[tuple[str, Span]] = field(default_factory=set, init=False)

    def report(
        self,
        code: str,
        layer: Layer,
        message: str,
        *,
        label: str = "",
        others: Sequence[tuple[Layer, str]] = (),
        notes: Sequence[str] = (),
        help: str = "",
        fixes: Sequence[Fix] = (),
    ) -> None:
        """Warn of `layer`; `others` are further layers, with what is to be said of them."""
        self.reports += 1
        span = layer.step.origin.span
        if (code, span) in self._said:
            return
        self._said.add((code, span))
        if self._is_full:
            self.sink.allows(code, span)  # what silences it has silenced something
            return
        if not span.source.name.startswith(STANDARD):
            labels = [
                Label(text, other.step.origin.span)
                for other, text in others
                if not other.step.origin.span.source.name.startswith(STANDARD)
                and other.step.origin.span != span
            ]
            self.sink.warning(
                code, span, message, label=label, labels=labels, notes=notes, help=help, fixes=fixes
            )
            return
        if self.sink.allows(code, span):
            return  # archspec's own remark, which is nobody else's business
        inside = f"in a standard block, at {span}"
        for call in self._calls(layer.module):
            self.sink.warning(code, call, message, notes=(*notes, inside), help=help)

    @property
    def _is_full(self) -> bool:
        """Whether no further finding is shown."""
        return self.sink.warnings + len(self.sink.silenced) >= MAX_DIAGNOSTICS

    def set_argument(self, layer: Layer, name: str, value: str) -> tuple[Fix, ...]:
        """The fix that gives an argument another value; none where it is worked out, or given elsewhere.

        It is not safe: the network, which is valid, becomes another, with other names of weights.
        """
        mapping = self._mapping_at(layer.step.origin.span)
        if mapping is None:
            return ()
        written = mapping.get(name)
        if written is not None:
            is_plain = isinstance(written, Scalar) and not isinstance(written.value, str)
            return replacing(written.span, value, is_safe=False) if is_plain else ()
        arguments = [key.text for key, _ in mapping.entries if key.text not in MODIFIERS]
        edit = insert_entry(mapping, f"{name}: {value}", after=arguments[-1]) if arguments else None
        return offering(f"add `{name}: {value}`", None if edit is None else (edit,), is_safe=False)

    def is_written(self, layer: Layer, name: str) -> bool:
        """Whether an argument stands where the layer does."""
        mapping = self._mapping_at(layer.step.origin.span)
        return mapping is not None and mapping.get(name) is not None

    def _mapping_at(self, span: Span) -> MappingNode | None:
        """The mapping of the file one of whose keys is at `span`; None where nothing more is shown. The tree is gone
        through once for all findings.
        """
        if self._is_full:
            return None
        if self._mappings is None:
            self._mappings = {}
            for node in nodes(self.root):
                if isinstance(node, MappingNode):
                    for key, _ in node.entries:
                        self._mappings.setdefault((key.source, key.start), node)
        return self._mappings.get((span.source, span.start))

    def _calls(self, module: Module) -> Iterator[Span]:
        """The lines outside the standard blocks that call one of them, and so lead to `module`."""
        if self._callers is None:
            self._callers = {}
            for caller in distinct_modules(self.network):
                for step in caller.steps:
                    if isinstance(step.target, Module):
                        self._callers.setdefault(step.target, []).append(_Call(step, caller))
        pending, met = [module], {module}
        while pending:
            for call in self._callers.get(pending.pop(), ()):
                span = call.step.origin.span
                if not span.source.name.startswith(STANDARD):
                    yield span
                elif call.module not in met:
                    met.add(call.module)
                    pending.append(call.module)


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    step: Step
    module: Module
