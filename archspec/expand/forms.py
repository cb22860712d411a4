"""Nodes of one form: what was found out of one of them holds for the others.

A `Form` is how a node was taken apart, by the positions of its entries. Nodes with the same keys are taken apart alike,
as long as something is written beside each key, and a scalar beside the callee's: the values then say no more of what
the node is. After `use`, the value is the callee's name, and goes with the keys. The names of ops and blocks are those
of one file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from archspec.expand.callees import Call, Callee, Entry, argument_names
from archspec.expand.slips import is_empty
from archspec.names import MODIFIERS
from archspec.records import dataclass
from archspec.syntax import ListNode, MappingNode, Node, Scalar


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """What the node calls; the positions of the entries that hold the main argument, the others, and modifiers."""

    callee: Callee
    name: str
    main: int = -1
    arguments: tuple[tuple[str, int], ...] = ()
    modifiers: tuple[tuple[str, int], ...] = ()


@dataclass(slots=True, eq=False)
class Forms:
    """The forms met in the nodes of one file, by their keys, or by the text of a node that is a name alone."""

    _found: dict[tuple[str, ...] | str, Form] = field(default_factory=dict)

    def take_apart(self, node: Node) -> Call | None:
        """The call that a node of a known form is."""
        if isinstance(node, Scalar):
            form = self._found.get(node.text) if isinstance(node.value, str) else None
            return None if form is None else Call(form.callee, form.name, node.span, None, {}, {})
        if isinstance(node, ListNode):
            return None
        entries = node.entries
        form = self._found.get(_outline(node))
        if form is None:
            return None
        for _, value in entries:
            if is_empty(value):
                return None
        at, main = entries[form.main]
        if not isinstance(main, Scalar):
            return None
        used = at.text == "use"
        return Call(
            form.callee,
            form.name,
            main.span if used else at.span,
            None if used else main,
            {name: entries[position] for name, position in form.arguments},
            {name: entries[position] for name, position in form.modifiers},
        )

    def learn(self, node: Node, call: Call) -> None:
        """Note the form of a node that was taken apart without a complaint."""
        if isinstance(call.callee, str) or call.guessed:
            return
        if isinstance(node, Scalar):
            self._found[node.text] = Form(call.callee, call.name)
        elif isinstance(node, MappingNode):
            form = _form(node.entries, call.callee, call)
            if form is not None:
                self._found[_outline(node)] = form


def _outline(node: MappingNode) -> tuple[str, ...]:
    """The keys of a node, and what it uses."""
    keys = [key.text for key, _ in node.entries]
    used = node.get("use") if "use" in keys else None
    return (*keys, used.text) if isinstance(used, Scalar) else tuple(keys)


def _form(entries: list[Entry], callee: Callee, call: Call) -> Form | None:
    """The form, if every entry is in the call as it is written."""
    main = -1
    arguments: list[tuple[str, int]] = []
    modifiers: list[tuple[str, int]] = []
    for position, entry in enumerate(entries):
        name = entry[0].text
        is_used = name == "use" and call.main is None and entry[1].span == call.span
        if is_used or (name == call.name and entry[1] is call.main):
            main = position
        elif _has(call.arguments, name, entry) and name not in MODIFIERS:
            arguments.append((name, position))
        elif _has(call.modifiers, name, entry) and name not in argument_names(callee):
            modifiers.append((name, position))
        else:
            return None
    return Form(callee, call.name, main, tuple(arguments), tuple(modifiers)) if main >= 0 else None


def _has(given: Mapping[str, Entry], name: str, entry: Entry) -> bool:
    return name in given and given[name] is entry
