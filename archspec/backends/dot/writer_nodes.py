"""What the nodes of a picture look like.

In: nodes, and how wide their columns are. Out: their DOT attributes, as text.
Holds: nodes that differ in their names alone are written alike.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final, assert_never

from archspec.backends.dot import theme
from archspec.backends.dot.labels import Cell, Label, Line, Table, Text, dot_label, side_by_side
from archspec.backends.dot.picture import (
    Bar,
    Box,
    Card,
    Corner,
    Fork,
    Heading,
    Merge,
    Node,
    Paths,
    Terminal,
    Title,
)
from archspec.backends.dot.sideways import upright_bar, upright_fork
from archspec.backends.dot.statements import listed
from archspec.backends.dot.writer_columns import Columns
from archspec.backends.dot.writer_edges import BAR_FOOT, arc_colour
from archspec.backends.dot.writer_overview import (
    CardColumns,
    card_attributes,
    heading_attributes,
)
from archspec.backends.dot.writer_paths import paths_label
from archspec.backends.wording import shape_text

_CELL_GAP: Final = 2
"""Points between the cells of a bar: an even number, so that their middles are those of a fork's places."""
_CORNER: Final = "0.028"
"""Inches across the corner of an arc: Graphviz begins and ends what runs up and down a point from the middle."""


class NodeLooks:
    """`grouped`: ask Graphviz not to cross the edges between nodes that are to be kept together."""

    def __init__(self, columns: Columns, *, grouped: bool) -> None:
        self.columns = columns
        self.sizes = columns.sizes
        self.grouped = grouped
        self.card_columns = CardColumns.fitting(columns.nodes.values())
        self._known: dict[Hashable, str] = {}

    def of(self, node: Node) -> str:
        """The attributes of a node, listed."""
        look: Hashable
        match node:
            case Box() | Merge():
                look = (type(node), node.text, node.small, node.fill, node.column, node.fault)
            case Fork(cells=0):
                look = (Fork, node.is_bend)
            case Corner():
                look = (Corner, node.fault != "", node.mark)
            case _:
                return self._listed(node)
        key = (look, self.columns.kept.get(node.id), node.id in self.columns.ordered)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._listed(node)
        return known

    def _listed(self, node: Node) -> str:
        column = self.columns.kept.get(node.id, "") if self.grouped else ""
        order = {"ordering": "out"} if node.id in self.columns.ordered else {}
        return listed(self._attributes(node) | ({"group": column} if column else {}) | order)

    def _attributes(self, node: Node) -> dict[str, str]:
        match node:
            case Box():
                text = Text(node.text, self.sizes.text)
                return {
                    "label": dot_label(self._with_small(text, node.small)),
                    "fillcolor": node.fill,
                    "width": self._width(node),
                    **self._least_height(),
                    **_fault(node),
                }
            case Merge():
                size = self.sizes.sum if len(node.text) == 1 else self.sizes.text
                text = Text(node.text, size, bold=True)
                return {
                    "label": dot_label(self._with_small(text, node.small)),
                    "fillcolor": node.fill,
                    "width": f"{theme.MERGE_WIDTH}",
                    "height": f"{self.sizes.box_height - 0.03:g}",
                    "margin": "0.08,0",
                    **_fault(node),
                }
            case Bar():
                widths = self.columns.cells(node)
                is_upright = self.columns.is_sideways
                label = upright_bar(node, widths) if is_upright else _bar_label(node, widths, self.sizes)
                return {"label": dot_label(label), "shape": "plain", "style": ""}
            case Paths():
                return {"label": dot_label(paths_label(node, self.sizes)), "shape": "plain", "style": ""}
            case Fork():
                return self._fork(node)
            case Corner():
                return _dot(theme.FAULT if node.fault else arc_colour(node.mark), _CORNER)
            case Card():
                return card_attributes(node, self.card_columns, compact=self.sizes.small_below)
            case Heading():
                return heading_attributes(node)
            case Title():
                words = Text(node.text, self.sizes.text, bold=True)
                return {
                    "label": dot_label(words),
                    "style": "",
                    "height": "0",
                    "width": "0",
                    "margin": "0,0.02",
                }
            case Terminal():
                name = Text(node.text, bold=True)
                shape = Text(shape_text(node.shape), theme.SMALL_SIZE, theme.SOFT_INK)
                return {
                    "label": dot_label(side_by_side(name, shape)),
                    "fillcolor": theme.TERMINAL,
                    "width": self._width(node),
                }
            case _:
                assert_never(node)

    def _fork(self, node: Fork) -> dict[str, str]:
        if node.cells:
            widths = self.columns.cells(node)
            label = upright_fork(widths) if self.columns.is_sideways else self._line(node, widths)
            return {"label": dot_label(label), "shape": "plain", "style": ""}
        return _dot(theme.LINE, "0.01" if node.is_bend else "0.07")

    def _line(self, node: Fork, widths: tuple[int, ...]) -> Label:
        is_inner = self.columns.splits_again(node.column)
        return _fork_label(widths, min(widths[0], widths[-1]) // 2 - 2 if is_inner else 0)

    def _width(self, node: Box | Terminal) -> str:
        return f"{self.columns.widths[node.column]:.2f}"

    def _least_height(self) -> dict[str, str]:
        """That of a box which is not of the size that all nodes have unless they say otherwise."""
        height = self.sizes.box_height
        return {} if height == theme.BOX_HEIGHT else {"height": f"{height:g}"}

    def _with_small(self, text: Text, small: tuple[str, ...]) -> Label:
        if not small:
            return text
        letters = Text(" ".join(small), self.sizes.small, theme.SOFT_INK)
        if self.sizes.small_below and len(text.text) > 1:
            return Table(((Cell(text),), (Cell(letters),)))
        return side_by_side(text, letters)


def _dot(colour: str, size: str) -> dict[str, str]:
    return {
        "label": "",
        "shape": "circle",
        "fixedsize": "true",
        "width": size,
        "height": size,
        "fillcolor": colour,
    }


def _fault(node: Box | Merge) -> dict[str, str]:
    return {"color": theme.FAULT, "penwidth": "2"} if node.fault else {}


def _fork_label(widths: tuple[int, ...], trim: int) -> Label:
    """A thin line over what hangs from it, from the middle of the first place to the middle of the last. `trim`: points
    to leave out at either end: Graphviz keeps a gap between two lines of one height.
    """
    cells: list[Cell] = []
    for index, width in enumerate(widths):
        half = width // 2
        nothing: dict[str, str | int] = {"HEIGHT": 2, "CELLPADDING": 0}
        line = nothing | {"BGCOLOR": theme.LINE}
        is_first, is_last = index == 0, index == len(widths) - 1
        cells.append(Cell(None, (nothing if is_first else line) | {"WIDTH": half - 1 - trim * is_first}))
        cells.append(Cell(None, line | {"WIDTH": 2, "PORT": f"p{index}"}))
        cells.append(
            Cell(None, (nothing if is_last else line) | {"WIDTH": width - half - 1 - trim * is_last})
        )
    return Table((tuple(cells),))


def _bar_label(bar: Bar, widths: tuple[int, ...], sizes: theme.Sizes) -> Label:
    total = sum(bar.parts)
    parts = bar.words()[:-1]
    cells = tuple(
        Cell(
            Text(part, sizes.text - 1, bold=True),
            {
                "PORT": f"p{index}",
                "WIDTH": width - _CELL_GAP,
                "HEIGHT": round(sizes.text) + 5,
                "BGCOLOR": theme.CONCAT,
            },
        )
        for index, (part, width) in enumerate(zip(parts, widths, strict=True))
    )
    strip = tuple(
        Cell(
            None,
            {
                "WIDTH": max(1, round(part / total * (sum(widths) - 2 * _CELL_GAP - 4))),
                "HEIGHT": 5,
                "FIXEDSIZE": "TRUE",
                "BGCOLOR": theme.shade(index, len(bar.parts)),
            },
        )
        for index, part in enumerate(bar.parts)
    )
    name = Text("concat", sizes.text - 1, bold=True)
    equation = Text(bar.equation(), sizes.small, theme.SOFT_INK)
    small = tuple(Text(words, sizes.small, theme.SOFT_INK) for words in bar.small)
    across = {"COLSPAN": len(bar.parts)}
    room = Cell(None, {"WIDTH": sum(widths[: bar.arcs]) - _CELL_GAP, "ROWSPAN": 3})
    return Table(
        (
            (*cells, room) if bar.arcs else cells,
            (Cell(Table((strip,)), across),),
            (Cell(Line((name, equation, *small)), across | {"BGCOLOR": theme.CONCAT, "PORT": BAR_FOOT}),),
        ),
        {"CELLSPACING": _CELL_GAP, "CELLPADDING": 2},
    )
