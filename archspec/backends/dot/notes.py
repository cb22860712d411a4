"""What a picture says of a node when one points at it, and where the node was written.

In: a picture of a graph, and where the graph's files can be read. Out: a note for each node and outline of the picture
that is a step of the graph, under the name that the picture gives it: the step's path, and for a join the path of its
module with the op's key.
Holds: a link is an address relative to the picture, or one that begins with `http://` or `https://`; no text of a spec
is in it as written.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from archspec.backends.dot.measures import Measures
from archspec.backends.dot.picture import Group, Paths, Picture, nodes_in
from archspec.backends.wording import shape_text, short_count, visible
from archspec.ir import Module, Step
from archspec.ops.base import Op
from archspec.passes.cost import Cost
from archspec.passes.receptive_field import Field
from archspec.passes.windows import size_text
from archspec.records import dataclass

_STANDARD: Final = "archspec/blocks/"
"""How the files of the standard blocks are called; a reader of a picture does not have them."""


@dataclass(frozen=True, slots=True)
class Note:
    """Lines of text, and an address (empty: none)."""

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Links:
    """Where a reader of the picture finds the specs: at `base`, followed by their path from `folder`. Files outside
    `root` are not linked, so that no picture tells how the rest of a disk is arranged.
    """

    base: str
    folder: Path
    root: Path

    @classmethod
    def beside(cls, picture: Path, root: Path) -> Links | None:
        """Addresses relative to the picture's own place; `None` where that is outside `root`."""
        folder, root = picture.resolve().parent, root.resolve()
        return cls("", folder, root) if folder.is_relative_to(root) else None

    @classmethod
    def on_the_web(cls, address: str, root: Path) -> Links | None:
        """The files of `root` as they can be read at `address`; `None` if that is no web address."""
        if not address.startswith(("https://", "http://")) or not address.isprintable():
            return None
        return cls(address.rstrip("/") + "/", root.resolve(), root.resolve())

    def to(self, file: str, line: int) -> str:
        """The address of a line, as GitHub and editors write it; empty for a file outside `root`."""
        path = Path(file).resolve()
        if not path.is_relative_to(self.root):
            return ""
        relative = Path(os.path.relpath(path, self.folder)).as_posix()
        return f"{self.base}{quote(relative)}#L{line}"


@dataclass(frozen=True, slots=True)
class _Place:
    """A module on the walk: the path that leads to it, the steps on the way, what its inputs see."""

    module: Module
    prefix: str
    chain: tuple[Step, ...]
    fields: tuple[Field, ...]


def write_notes(picture: Picture, measures: Measures, links: Links | None) -> Mapping[str, Note]:
    """A note for every step of the measured graph that the picture shows. Iterative: depth is no matter."""
    shown = _names(picture)
    opened = _paths_above(shown)
    costs, fields = measures.costs, measures.fields
    notes: dict[str, Note] = {}
    places = [_Place(measures.graph.root, "", (), fields.inputs)]
    while places:
        place = places.pop()
        for index, step in enumerate(place.module.steps):
            is_join = step.role == "join"
            path = place.prefix.rstrip(".") if is_join else place.prefix + step.name
            name = f"{path}.{step.target.key}" if is_join and isinstance(step.target, Op) else path
            chain = (*place.chain, step)
            if isinstance(step.target, Module) and path in opened:
                inside = fields.entering(place.module, step, place.fields)
                places.append(_Place(step.target, f"{path}.", chain, inside))
            if name in shown:
                field = fields.at(place.module, index, place.fields)
                text = _text(path, place.module, step, costs.of(place.module, index), field)
                notes[name] = Note(text, _link(chain, links))
    return notes


def _names(picture: Picture) -> set[str]:
    """Of the nodes and outlines of a picture. A panel shows no place of the network: its names are its own."""
    nodes = nodes_in(picture.items)
    names = {node.id for node in nodes}
    for node in nodes:
        if isinstance(node, Paths):
            names.update(layer.id for row in node.rows for layer in row.layers)
    groups = [item for item in picture.items if isinstance(item, Group)]
    while groups:
        group = groups.pop()
        names.add(group.id.removeprefix("cluster "))
        groups.extend(item for item in group.items if isinstance(item, Group))
    return names


def _paths_above(names: set[str]) -> set[str]:
    """The paths that lead to those names."""
    above: set[str] = set()
    for name in names:
        path = name.rpartition(".")[0]
        while path and path not in above:
            above.add(path)
            path = path.rpartition(".")[0]
    return above


def _text(path: str, module: Module, step: Step, cost: Cost, field: Field) -> str:
    if isinstance(step.target, Module):
        what = _module_text(step.target)
    else:
        what = step.target.glyph(*module.inputs_of(step)).text
    counted = [f"{short_count(cost.params)} params"] if cost.params else []
    counted += [f"{short_count(cost.macs)} MACs"] if cost.macs else []
    lines = (path, what, f"output {shape_text(step.shape)}", " · ".join(counted), _field_text(field))
    return "\n".join(visible(line) for line in lines if line)


def _module_text(module: Module) -> str:
    """The name of its block, or of the block that it repeats; empty for modules that only hold others."""
    if module.block is not None:
        return module.block.name
    if module.structure != "repeat":
        return ""
    blocks = {
        step.target.block.name
        for step in module.steps
        if isinstance(step.target, Module) and step.target.block
    }
    return f"{len(module.steps)} × {blocks.pop()}" if len(blocks) == 1 else f"{len(module.steps)} copies"


def _field_text(field: Field) -> str:
    if not field.axes or not all(axis.size for axis in field.axes):
        return "receptive field: the whole input"
    sizes = [size_text(axis) for axis in field.axes]
    return f"receptive field {sizes[0] if len(set(sizes)) == 1 else ' × '.join(sizes)}"


def _link(chain: tuple[Step, ...], links: Links | None) -> str:
    """The line of the step, or of the call that leads to it where the step stands in a standard block."""
    if links is None:
        return ""
    spans = (step.origin.span for step in reversed(chain))
    span = next((span for span in spans if not span.source.name.startswith(_STANDARD)), None)
    return "" if span is None else links.to(span.source.name, span.line)
