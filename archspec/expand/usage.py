"""Warnings about what a file declares and never uses.

A use is a mention: the check reads the file's text, not one variant's expansion, so that a block used by another
variant alone is used. What is not used may be deleted; that is offered where nothing else would then be unused. No such
fix is safe: what is not used may as well be what is to be used, and was forgotten.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice

from archspec.diagnostics import MAX_DIAGNOSTICS, Edit, Sink
from archspec.edits import Edits, delete_entry, delete_path, offering, whole
from archspec.expand.definitions import Definition, Parameter, SpecFile
from archspec.expressions import words
from archspec.ops import find
from archspec.records import dataclass
from archspec.syntax import MappingNode, Node, Scalar, nodes

DELETE = "delete it"


@dataclass(frozen=True, slots=True)
class _Uses:
    """How often a file mentions what it declares: a block or an op by its name, a parameter by `$` and its name."""

    everywhere: Counter[str]
    declared: frozenset[str]

    def are_kept_without(self, node: Node) -> bool:
        """Whether all that is declared, and mentioned in `node`, is mentioned elsewhere too."""
        inside = mentions(node)
        return all(self.everywhere[name] > inside[name] for name in inside if name in self.declared)


def warn_unused(file: SpecFile, sink: Sink) -> None:
    """Report the parameters, blocks and defaults of `file` that nothing mentions."""
    everywhere = mentions(file.root)
    declared = {*file.blocks, *file.defaults, "auto", "projection"}
    declared.update(f"${parameter.name}" for parameter in file.parameters)
    uses = _Uses(everywhere, frozenset(declared))
    unused = (parameter for parameter in file.parameters if not everywhere[f"${parameter.name}"])
    for parameter in islice(unused, MAX_DIAGNOSTICS):
        _warn_parameter(parameter, "", _without_parameter(file.root, parameter, uses), sink)
    for definition in file.blocks.values():
        if sink.warnings >= MAX_DIAGNOSTICS:
            return
        _warn_block(definition, file, uses, sink)
    implied = {"conv", "norm"} if everywhere["auto"] or everywhere["projection"] else set()
    defaults = file.root.get("defaults")
    for key, arguments in defaults.entries if isinstance(defaults, MappingNode) else ():
        op = find(key.text)
        if op is not None and op.key in file.defaults and not everywhere[op.key] and op.key not in implied:
            edits = (
                delete_path(file.root, ["defaults", key.text]) if uses.are_kept_without(arguments) else None
            )
            sink.warning(
                "W0403",
                key.span,
                f"the defaults of `{op.key}` are never used",
                help=f"delete them: no node of this file is a `{op.key}`",
                fixes=offering("delete them", edits, is_safe=False),
            )


def _warn_parameter(parameter: Parameter, of: str, edits: Edits | None, sink: Sink) -> None:
    sink.warning(
        "W0401",
        parameter.span,
        f"the parameter `{parameter.name}`{of} is never used",
        help=f"delete it, or write `${parameter.name}` where it belongs",
        fixes=offering(DELETE, edits, is_safe=False),
    )


def _warn_block(definition: Definition, file: SpecFile, uses: _Uses, sink: Sink) -> None:
    name = definition.name
    is_unused = not uses.everywhere[name] and _has_network(file)
    inside = mentions(definition.body)
    for at, parameter in enumerate(definition.parameters):
        if sink.warnings >= MAX_DIAGNOSTICS:
            return
        if not inside[f"${parameter.name}"] and not is_unused:
            # The first one is the main argument: without it, calls would give their value to the next.
            is_given = at == 0 or uses.everywhere[parameter.name] > 1
            path = ["blocks", name, "params", parameter.name]
            is_certain = not is_given and _is_kept_apart(parameter.default, uses)
            _warn_parameter(
                parameter, f" of block `{name}`", delete_path(file.root, path) if is_certain else None, sink
            )
    if is_unused:
        edits = delete_path(file.root, ["blocks", name]) if uses.are_kept_without(definition.body) else None
        sink.warning(
            "W0402",
            definition.span,
            f"the block `{name}` is never used",
            help=f"delete it, or call it: `{{use: {name}}}`",
            fixes=offering(DELETE, edits, is_safe=False),
        )


def _is_kept_apart(default: Node | None, uses: _Uses) -> bool:
    return default is None or uses.are_kept_without(default)


def _without_parameter(root: MappingNode, parameter: Parameter, uses: _Uses) -> Edits | None:
    """Delete a parameter of the network, and what the variants set it to."""
    edits = delete_path(root, ["params", parameter.name]) if _is_kept_apart(parameter.default, uses) else None
    variants = root.get("variants")
    for _, body in variants.entries if isinstance(variants, MappingNode) else ():
        if not isinstance(body, MappingNode) or body.get(parameter.name) is None or edits is None:
            continue
        if len(body.entries) > 1:
            further = delete_entry(body, parameter.name)
        else:
            further = (Edit(whole(body), "{}"),) if body.source is root.source else None
        edits = None if further is None else (*edits, *further)
    return edits


def _has_network(file: SpecFile) -> bool:
    return file.root.get("input") is not None


def mentions(root: Node) -> Counter[str]:
    """What the scalars below `root` say, and with a `$` the words of those that hold expressions: of an expression that
    is never worked out, too, and without reading it. The names that `blocks` and `defaults` define are no mentions.
    """
    found: Counter[str] = Counter()
    defining = (root.get("blocks"), root.get("defaults")) if isinstance(root, MappingNode) else ()
    defined = {key for node in defining if isinstance(node, MappingNode) for key, _ in node.entries}
    for node in nodes(root):
        if isinstance(node, Scalar) and node not in defined:
            found[node.text] += 1
            if "$" in node.text and isinstance(node.value, str):
                for word in words(node.value):
                    found[f"${word}"] += 1
    return found
