"""Where nodes go, and what names mean there.

A `Place` is a sequence being expanded: its children become steps of `builder`'s module, and `from:` in it may name an
earlier node of this sequence or of one around it.
"""

from __future__ import annotations

import re
from dataclasses import field
from functools import lru_cache
from itertools import islice
from typing import Final, TypeAlias

from archspec.diagnostics import Label, known_names, shortened
from archspec.edits import replacing
from archspec.expand.callees import Call
from archspec.expand.context import At, Context, span_of
from archspec.expand.definitions import read_as
from archspec.expand.scope import Scope
from archspec.expand.values import value_of
from archspec.expressions import POISON, Poison, evaluate_template
from archspec.ir import Constant
from archspec.lower import ModuleBuilder, Value
from archspec.names import folded, in_latin, objection, renaming
from archspec.ops.base import Shape
from archspec.records import dataclass
from archspec.source import Span
from archspec.syntax import MappingNode, Node, Scalar

Flow: TypeAlias = Value | Poison
"""What flows from node to node: a value, or poison after an error."""


def shape_of(flow: Flow) -> Shape | None:
    """The shape that flows, unless an error lies before."""
    return None if isinstance(flow, Poison) else flow.shape


@dataclass(frozen=True, slots=True, eq=False)
class Child:
    """How a child of a module was made: enough to make it again."""

    call: Call
    scope: Scope
    value: Value


@dataclass(slots=True, eq=False)
class Place:
    """A sequence being expanded: where its children go, and the names that may be referred to in it."""

    builder: ModuleBuilder
    input: Flow
    outer: Place | None = None
    values: dict[str, Flow] = field(default_factory=dict)
    written: frozenset[str] = frozenset()
    """The names of the sequence's nodes, of later ones too: for messages."""
    incomplete: bool = False
    """A loop in the sequence came to nothing: which names it would have given cannot be told."""
    left_out: dict[str, Span] = field(default_factory=dict)
    """The conditions of the nodes that are not there, by their names."""
    children: dict[str, Child] = field(default_factory=dict)
    """The children of the module, for `share`."""

    def slot(self, flow: Flow) -> Place:
        """A further sequence whose children go into the same module, and may be referred to by what follows in it."""
        return Place(self.builder, flow, self, self.values, children=self.children)

    def find(self, name: str) -> Flow | None:
        """The value that `name` refers to here: an earlier node of this or an enclosing sequence, or `input`."""
        if name == "input":
            return self.input
        place: Place | None = self
        while place is not None:
            if name in place.values:
                return place.values[name]
            place = place.outer
        return None

    def find_misspelt(self, name: str) -> Flow | None:
        """The value of an earlier node whose name only looks like `name`, which has been reported."""
        place: Place | None = self
        while place is not None:
            for own, value in islice(place.values.items(), MAX_COMPARED):
                if not own.isascii() and in_latin(own) == name:
                    return value
            place = place.outer
        return None

    def is_written(self, name: str) -> bool:
        """Whether this or an enclosing sequence has a node `name`, earlier or later."""
        place: Place | None = self
        while place is not None:
            if name in place.written:
                return True
            place = place.outer
        return False

    def condition_of(self, name: str) -> Span | None:
        """The condition that leaves out a node `name` of this or an enclosing sequence."""
        place: Place | None = self
        while place is not None:
            if name in place.left_out:
                return place.left_out[name]
            place = place.outer
        return None

    def is_incomplete(self) -> bool:
        """Whether a name may be missing here, or around, because of an error before."""
        return self.incomplete or (self.outer is not None and self.outer.is_incomplete())

    def module_with(self, name: str) -> str | None:
        """The earlier node, here or around, that is a module with a child `name`."""
        place: Place | None = self
        while place is not None:
            holder = place.builder.holder(name)
            if holder is not None:
                return holder
            place = place.outer
        return None

    def known(self) -> list[str]:
        """Every name that may be referred to."""
        names = ["input"]
        place: Place | None = self
        while place is not None:
            names.extend(place.values)
            place = place.outer
        return names


def name_of(node: Node, scope: Scope, context: Context) -> Constant | Poison:
    """The name that `node` refers to: a text, a number of a list, a template such as `enc$level`."""
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return evaluate_template(node.text, scope.values, node.span, context.sink)
    name = value_of(node, scope, context.sink)
    return str(name) if isinstance(name, int) and not isinstance(name, bool) else name


def refer(node: Node, place: Place, scope: Scope, context: Context) -> Flow:
    """The value that `node`, a name, refers to."""
    if (dollar := _with_dollar(node, place, scope, context)) is not None:
        return dollar
    name = name_of(node, scope, context)
    if isinstance(name, Poison):
        return POISON
    if not isinstance(name, str):
        context.sink.error(
            "E0206",
            node.span,
            "the name of an earlier node is due here",
            label=read_as(node),
            help="write the name of an earlier node, or `input`",
        )
        return POISON
    found = place.find(name)
    if found is None and (context.exhausted or context.sink.is_full):
        return POISON  # the node of that name was not come to, or nobody reads on
    if name == "input" and isinstance(found, Poison) and not context.sink.has_errors:
        # No error made this poison: the network has several inputs.
        context.sink.error(
            "E0405",
            node.span,
            "the network has several inputs, and `input` is none of them",
            notes=[known_names({*place.known()} - {"input"})],
            help="write the name of an input",
        )
        return POISON
    if found is None:
        found = place.find_misspelt(name)
    if found is not None:
        return found if isinstance(found, Poison) else context.guesses.meant(found)
    if place.is_written(name) and place.condition_of(name) is None:
        context.sink.error(
            "E0405",
            node.span,
            f"`{shortened(name)}` is not there yet",
            label="the node of that name comes later, or is this one",
            help="a node reads what stands before it: move it down, or name an earlier node",
        )
        return POISON
    from archspec.expand.rows import row_too_many, without_number  # only a mistake pays for it

    if (unnumbered := without_number(node, place, context)) is not None:
        return unnumbered
    row = row_too_many(name, node, place, context.sink)
    if row is not None:
        context.misleading.add(row.span)
        context.sink.error(
            "E0405",
            row.span,
            f"this row reads the node `{shortened(name)}`, which is not there",
            labels=[Label("here", node.span)],
            notes=[f"known: {', '.join(sorted({*place.known()}))}"],
            help="leave the row out, or write a node of that name before the loop",
            sole=True,
        )
        return POISON
    if context.active and _is_outside(name, scope):
        context.sink.error(
            "E0405",
            node.span,
            f"`{shortened(name)}` stands outside of the block",
            help="a block sees its own nodes and `input` alone: read what is outside where the block is used",
        )
        return POISON
    return report_unknown(name, node.span, place, context)


def _is_outside(name: str, scope: Scope) -> bool:
    """Whether the network that a file describes has a node `name` at its top."""
    slots = (scope.file.root.get(slot) for slot in ("stem", "body", "head"))
    return any(isinstance(slot, MappingNode) and slot.entry(name) is not None for slot in slots)


def _with_dollar(node: Node, place: Place, scope: Scope, context: Context) -> Flow | None:
    """The value of the node `conv1`, after reporting that it is read as `$conv1`; None where it is not."""
    name = node.text[1:] if isinstance(node, Scalar) and node.text.startswith("$") else ""
    found = place.find(name) if name.isidentifier() and name not in scope.values else None
    if found is None:
        return None
    context.sink.error(
        "E0451",
        node.span,
        f"`{name}` is a node, and no parameter",
        subject=name,
        help=f"write `{name}`: the name of a node has no dollar",
        fixes=replacing(node.span, name),
    )
    return found if isinstance(found, Poison) else context.guesses.meant(found)


def report_unknown(name: str, span: Span, place: Place, context: Context) -> Flow:
    """Report that `name` refers to nothing here: there is no such node, or it stands inside a module.

    Returns the value of the node that was meant, where a name is near enough to be the fix.
    """
    names = [each.strip() for each in name.split(",")]
    if len(names) > 1 and all(place.find(each) is not None for each in names):
        is_item = span.source.text[: span.start].rstrip().endswith(("[", ","))
        context.sink.error(
            "E0405",
            span,
            f"`{shortened(name)}` is one text, and names no node",
            help=f"write `{', '.join(names)}`, without quotes",
            fixes=replacing(span, ", ".join(names)) if is_item else (),
        )
        return POISON
    first, dot, rest = name.partition(".")
    in_slot = place.find(rest) if first in ("stem", "body", "head") else None
    if in_slot is not None:
        context.sink.unknown("E0405", span, "node", name, place.known(), meant=rest)
        return in_slot if isinstance(in_slot, Poison) else context.guesses.meant(in_slot)
    holder = first if dot and place.find(first) is not None else place.module_with(name)
    if holder is not None:
        context.sink.error(
            "E0405",
            span,
            f"`{shortened(name)}` cannot be read from here",
            label=f"`{shortened(rest or name)}` would be inside `{holder}`",
            help=f"what is inside a module cannot be read from outside: name `{holder}`, or write its nodes in this "
            "sequence",
        )
        return POISON
    condition = place.condition_of(name)
    if condition is not None:
        context.sink.error(
            "E0405",
            span,
            f"`{shortened(name)}` is left out",
            label="it is read here",
            labels=[Label("its `if` is false", condition)],
            help="read it under the same condition, or name a node that is there",
        )
        return POISON
    inside = "a block sees its own nodes and `input` alone: read what is outside where the block is used"
    earlier = "name an earlier node of this sequence or of one around it, or `input`"
    known, numbers = place.known(), _numbers(name)
    # `enc4` is no slip for `enc3`: it was deleted, or never written.
    if place.is_incomplete():
        return POISON
    numbered = [each for each in islice(known, MAX_COMPARED) if each.rstrip("0123456789") == name]
    if len(numbered) > 1:
        earlier = inside = f"add its number: {', '.join(f'`{each}`' for each in numbered[:4])}"
    meant = context.sink.unknown(
        "E0405",
        span,
        "node",
        name,
        known,
        near=(
            each
            for each in islice(known, MAX_COMPARED)
            if (each not in numbered or len(numbered) == 1)
            and (not numbers or not (others := _numbers(each)) or others == numbers)
        ),
        help=inside if context.active else earlier,
    )
    found = None if meant is None else place.find(meant)
    if found is None or isinstance(found, Poison) or meant is None:
        return POISON
    # A slip keeps the first letter; else another node may have been meant, or one that is gone.
    is_slip = meant[:1] == name[:1]
    return context.guesses.meant(found) if is_slip or context.guesses.holds else POISON


MAX_COMPARED: Final = 1000
"""So many names are looked at for one that is near: of more, a stranger may have written as many as there can be."""


@lru_cache(maxsize=2 * MAX_COMPARED)  # the same are compared with every name that is not known
def _numbers(name: str) -> tuple[str, ...]:
    """The numbers in a name, with a letter behind them: `inception4f` is no slip for `inception4e` either."""
    return tuple(re.findall(r"\d+(?:[A-Za-z](?![A-Za-z]))?", name))


def claim(name: str, at: At, builder: ModuleBuilder, context: Context, *, hyphens: bool = False) -> bool:
    """Take `name` for a child of `builder`; False after reporting why it cannot be had."""
    hyphens = hyphens or builder.structure in ("sequence", "repeat")
    key = context.known.names.get((name, hyphens))
    if key is None and (reason := objection(name, hyphens=hyphens)) is not None:
        from archspec.expand.renames import renamed  # a valid spec does not pay for it

        span = span_of(at)
        if span not in context.renamed:
            context.renamed[span] = renamed(name, span)
        context.sink.error(
            "E0209",
            span,
            f"`{shortened(name)}` cannot name a node: {reason}",
            help=renaming(name),
            fixes=context.renamed[span],
        )
        return False
    if key is None:
        key = context.known.names[name, hyphens] = folded(name)
    if key not in builder.taken:
        builder.taken[key] = at
        return True
    earlier, span = span_of(builder.taken[key]), span_of(at)
    if earlier == span:
        # A row that stands twice gives every name in it again.
        row = context.sink.frames[-1].span if context.sink.frames else span
        if context.meets_again(context.causes.get(row)):
            return False
        met = len(context.sink.met)
        binds = context.sink.frames[-1].binds if context.sink.frames else ()
        differs = f"`{name}${binds[0]}`" if binds else f"`{name}$i`, or the name of the loop"
        context.sink.error(
            "E0210",
            span,
            f"the name `{name}` is given more than once by this loop or repeat",
            help=f"put what differs into the name: {differs}",
            sole=True,
        )
        context.causes[row] = context.sink.met[met:]
        return False
    from archspec.expand.rows import is_taken_by_row  # only a mistake pays for it

    if is_taken_by_row(name, earlier, span, context):
        return False
    other = earlier.text if folded(earlier.text) == key else name
    in_case = other != name and "$" not in other
    context.sink.error(
        "E0210",
        span,
        f"the names `{shortened(other)}` and `{name}` of one module differ in case alone"
        if in_case
        else f"the name `{name}` is taken in this module",
        label="" if in_case else "again here",
        labels=[Label("" if in_case else "first given here", earlier)],
        help="give one of them another name",
    )
    return False
