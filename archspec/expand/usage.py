"""Warnings about what a file declares and never uses.

A use is a mention: the check reads the file's text, not one variant's expansion, so that a block used by another
variant alone is used.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Sink
from archspec.expand.definitions import SpecFile
from archspec.expressions import free_names, is_expression, parse
from archspec.syntax import ListNode, MappingNode, Node, Scalar


def warn_unused(file: SpecFile, sink: Sink) -> None:
    """Report the parameters, blocks and defaults of `file` that nothing mentions."""
    network = _mentioned(file.root)
    for parameter in file.parameters:
        if parameter.name not in network:
            sink.warning(
                "W0401",
                parameter.span,
                f"the parameter `{parameter.name}` is never used",
                help=f"remove it, or write `${parameter.name}` where it belongs",
            )
    words = {scalar.text for scalar in _scalars(file.root)}
    for definition in file.blocks.values():
        inside = _mentioned(definition.body)
        for parameter in definition.parameters:
            if parameter.name not in inside:
                sink.warning(
                    "W0401",
                    parameter.span,
                    f"the parameter `{parameter.name}` of block `{definition.name}` is never used",
                    help=f"remove it, or write `${parameter.name}` where it belongs",
                )
        if definition.name not in words and _has_network(file):
            sink.warning(
                "W0402",
                definition.span,
                f"the block `{definition.name}` is never used",
                help=f"remove it, or call it: `{{use: {definition.name}}}`",
            )
    implied = {"conv", "norm"} if words & {"auto", "projection"} else set()
    for op, arguments in file.defaults.items():
        if op not in words | implied:
            sink.warning(
                "W0403",
                arguments.span,
                f"the defaults of `{op}` are never used",
                help=f"remove them: no node of this file is a `{op}`",
            )


def _has_network(file: SpecFile) -> bool:
    return file.root.get("input") is not None


def _scalars(root: MappingNode) -> Iterator[Scalar]:
    """Every scalar of the file but the names that `blocks` and `defaults` define."""
    pending: list[Node] = [root]
    defining = (root.get("blocks"), root.get("defaults"))
    while pending:
        node = pending.pop()
        if isinstance(node, ListNode):
            pending.extend(node.items)
        elif isinstance(node, MappingNode):
            for key, value in node.entries:
                pending.append(value)
                if node not in defining:
                    pending.append(key)
        else:
            yield node


def _mentioned(root: Node) -> set[str]:
    """The names that expressions below `root` use; those inside a template count by their text."""
    names: set[str] = set()
    for scalar in _scalars(root) if isinstance(root, MappingNode) else ():
        if not isinstance(scalar.value, str) or "$" not in scalar.value:
            continue
        expression = parse(scalar.value, scalar.span, Sink()) if is_expression(scalar.value) else None
        if expression is not None:
            names.update(free_names(expression))
        else:
            names.update(_words(scalar.value))
    return names


def _words(text: str) -> set[str]:
    return set(
        "".join(character if character.isalnum() or character == "_" else " " for character in text).split()
    )
