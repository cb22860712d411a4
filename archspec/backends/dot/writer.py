"""Picture → DOT text, through the statements of `statements`.

Holds: the same picture gives the same bytes; boxes of one column are equally wide; the nodes of a column
are kept below each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import assert_never

from archspec.backends.dot import theme
from archspec.backends.dot.labels import Cell, Label, Line, Table, Text, dot_label, side_by_side
from archspec.backends.dot.legend import draw_legend
from archspec.backends.dot.picture import (
    RISING,
    SPINE,
    Bar,
    Box,
    Card,
    Edge,
    Fork,
    Group,
    Heading,
    Key,
    Merge,
    Node,
    Picture,
    Terminal,
)
from archspec.backends.dot.sideways import turned, upright_bar, upright_fork
from archspec.backends.dot.statements import Digraph
from archspec.backends.dot.writer_overview import (
    CardColumns,
    card_attributes,
    heading_attributes,
    key_attributes,
)
from archspec.backends.wording import shape_text

_BOX_PADDING = 9.0
"""Points beside the text of a box, left and right together."""


_BOLD = 1.08
"""How much wider bold text is."""


_LABEL_SHIFT = 5.0
"""From the spine to the text right of it, less what a label stands in from the boxes below it."""


_MAIN_COLUMNS = (SPINE, RISING)

_LEGEND = "what the colours mean"
"""The name of a node that no path can have."""


def write_dot(picture: Picture, *, node_gap: float = theme.NODE_GAP, columns: bool = True) -> str:
    """The picture in the DOT language. `columns`: ask Graphviz to keep each column straight."""
    return _Writer(picture, node_gap, columns).text()


class _Writer:
    def __init__(self, picture: Picture, node_gap: float, columns: bool) -> None:
        self.picture = picture
        self.node_gap = node_gap
        self.columns = columns
        self.is_sideways = picture.direction == "LR"
        self.nodes = {node.id: node for node in _walk(picture.items)}
        self.layer_labels: dict[tuple[str, float, bool, tuple[str, ...]], str] = {}
        self.widths = _column_widths(self.nodes.values())
        self.card_columns = CardColumns.fitting(self.nodes.values())
        for column, room in () if self.is_sideways else _title_rooms(picture.items):
            self.widths[column] = max(self.widths.get(column, 0.0), room)
        widest = max(self.widths.get(column, 0.0) for column in _MAIN_COLUMNS)
        self.widths |= dict.fromkeys(_MAIN_COLUMNS, widest)
        self.edges_into: dict[str, list[Edge]] = {}
        self.edges_from: dict[str, list[Edge]] = {}
        for edge in picture.edges:
            self.edges_into.setdefault(edge.head, []).append(edge)
            self.edges_from.setdefault(edge.tail, []).append(edge)
        for bar in (node for node in self.nodes.values() if isinstance(node, Bar)):
            self._even_out(bar)

    def text(self) -> str:
        digraph = Digraph(
            name="network",
            graph_attr={
                "rankdir": self.picture.direction,
                "bgcolor": theme.PAPER,
                "fontname": theme.FONT,
                "nodesep": f"{self.node_gap}",
                "ranksep": "0.2",
                "newrank": "true",
                "splines": "spline",
                "outputorder": "edgesfirst",
                "pad": "0.06",
                "labelloc": "t",
                "label": dot_label(_headline(self.picture)),
            },
            node_attr={
                "shape": "box",
                "style": "filled,rounded",
                "fontname": theme.FONT,
                "fontsize": f"{theme.TEXT_SIZE:g}",
                "fontcolor": theme.INK,
                "color": theme.NOTHING,
                "penwidth": "0",
                "height": f"{theme.BOX_HEIGHT}",
                "margin": "0.06,0.02",
            },
            edge_attr={
                "color": theme.LINE,
                "fontname": theme.FONT,
                "fontsize": f"{theme.SHAPE_SIZE:g}",
                "arrowsize": "0.6",
                "penwidth": "1.3",
            },
        )
        panels = self.picture.panels
        if any(edge.kind == "across" for edge in self.picture.edges):
            digraph.attr(nodesep=f"{2 * self.node_gap}")
        if len(self.nodes) > theme.MANY_NODES:
            digraph.attr(nslimit="1", nslimit1="1")
        if panels or self.picture.stacked:
            columns = 1 if self.picture.stacked else 1 + len(panels)
            digraph.attr(pack=f"{theme.PANEL_GAP}", packmode=f"array_it{columns}")
            self._write_apart(digraph, "network")
            for number, panel in enumerate(panels):
                turned = replace(panel, direction=self.picture.direction)
                _Writer(turned, self.node_gap, self.columns)._write_apart(digraph, f"panel {number}")
        else:
            self._write(digraph)
        self._legend(digraph)
        return digraph.source

    def _write_apart(self, digraph: Digraph, name: str) -> None:
        """In an outline that nobody sees: Graphviz packs what has outlines in the order in which it is written."""
        with _unseen(digraph, name) as inside:
            self._write(inside)

    def _write(self, digraph: Digraph) -> None:
        self._items(digraph, self.picture.items)
        for edge in self.picture.edges:
            self._edge(digraph, edge)
        for level in self.picture.levels:
            with digraph.subgraph() as same:
                same.attr(rank="same")
                for name in level:
                    same.node(name)

    def _legend(self, digraph: Digraph) -> None:
        """Below everything else, under the last of the picture's own nodes."""
        pictures = (self.picture, *self.picture.panels)
        nodes = [node for picture in pictures for node in _walk(picture.items)]
        fills = {node.fill for node in nodes if isinstance(node, Box | Merge | Card)}
        if any(isinstance(node, Bar) for node in nodes):
            fills.add(theme.CONCAT)
        label = draw_legend(fills, {edge.kind for picture in pictures for edge in picture.edges})
        if label is None:
            return
        if self.picture.stacked:
            with _unseen(digraph, "legend") as inside:
                inside.node(_LEGEND, label=dot_label(label), shape="plain", style="")
            return
        with digraph.subgraph() as last:
            last.attr(rank="sink")
            last.node(_LEGEND, label=dot_label(label), shape="plain", style="")
        above = [item.id for item in self.picture.items if not isinstance(item, Group)]
        above += [
            edge.tail for edge in self.picture.edges if edge.upward and self.nodes[edge.tail].column == SPINE
        ]
        if above:
            digraph.edge(above[-1], _LEGEND, style="invis", weight="0")

    def _items(self, digraph: Digraph, items: Sequence[Node | Group]) -> None:
        for item in items:
            if isinstance(item, Group):
                self._group(digraph, item)
            else:
                column = {"group": item.column} if self.columns else {}
                digraph.node(item.id, **self._node(item), **column)

    def _group(self, digraph: Digraph, group: Group) -> None:
        outside = digraph
        is_fold = group.count > 1
        if is_fold:  # a second outline close around the first, as of a pile of sheets
            outside = Digraph(name=f"{group.id} pile")
            outside.attr(**_outline(theme.PAPER, theme.FOLD_MARGIN), label="")
        inside = Digraph(name=group.id)
        fill = theme.CARD if group.kind == "card" else theme.PAPER
        inside.attr(**_outline(fill, theme.CARD_MARGIN), label=self._group_label(group))
        if group.kind == "aux":
            # the line into a head comes from above and aside: the title stands out of its way
            inside.attr(style="filled,rounded,dashed", labelloc="b")
        if group.fault:
            inside.attr(color=theme.FAULT, penwidth="2")
        self._items(inside, group.items)
        outside.add(inside)
        if is_fold:
            digraph.add(outside)

    def _group_label(self, group: Group) -> str:
        half = self.widths.get(SPINE, theme.SPINE_WIDTH) * theme.POINTS_PER_INCH / 2
        if group.kind == "frame":
            return dot_label(_badge(group, round(half + _LABEL_SHIFT))) if group.count > 1 else ""
        title = Text(group.title, bold=True)
        if not group.detail:
            return dot_label(title)
        detail = Text(group.detail, theme.DETAIL_SIZE, theme.SOFT_INK)
        if group.kind == "aux":  # stands beside everything else, where room is dear
            left: dict[str, str | int] = {"ALIGN": "left"}
            return dot_label(Table(((Cell(title, left),), (Cell(detail, left),))))
        spine = self._spine_offset(group)
        if spine is None:
            return dot_label(side_by_side(title, detail, gap=8))
        return dot_label(
            Table(((Cell(title, {"WIDTH": round(spine), "ALIGN": "left"}), Cell(detail, {"ALIGN": "left"})),))
        )

    def _spine_offset(self, group: Group) -> float | None:
        """Points from a card's title to the text right of its spine, so that the line passes between the two;
        `None` where there is no spine."""
        inside = list(_walk(group.items))
        columns = [node.column for node in inside]
        column = next((column for column in _MAIN_COLUMNS if column in columns), None)
        if column is None and group.kind == "card":
            column = columns[0]
        if column is None:
            return None
        half = self.widths.get(column, theme.SPINE_WIDTH) * theme.POINTS_PER_INCH / 2
        bars = (node for node in inside if isinstance(node, Bar) and node.column == column)
        half = max((half, *(sum(self._cell_widths(bar)) / 2 for bar in bars)))
        return half + _left_margins(group) - theme.CARD_MARGIN + _LABEL_SHIFT

    def _node(self, node: Node) -> dict[str, str]:
        match node:
            case Box():
                return {
                    "label": self._layer_label(node.text, theme.TEXT_SIZE, False, node.small),
                    "fillcolor": node.fill,
                    "width": f"{self.widths[node.column]:.2f}",
                    **_fault(node),
                }
            case Merge():
                size = theme.MERGE_SIZE if len(node.text) == 1 else theme.TEXT_SIZE
                return {
                    "label": self._layer_label(node.text, size, True, node.small),
                    "fillcolor": node.fill,
                    "width": f"{theme.MERGE_WIDTH}",
                    "height": "0.26",
                    "margin": "0.08,0",
                    **_fault(node),
                }
            case Bar():
                widths = self._cell_widths(node)
                label = upright_bar(node, widths) if self.is_sideways else _bar_label(node, widths)
                return {"label": dot_label(label), "shape": "plain", "style": ""}
            case Fork():
                return self._fork(node)
            case Card():
                return card_attributes(node, self.card_columns)
            case Key():
                return key_attributes()
            case Heading():
                return heading_attributes(node)
            case Terminal():
                name = Text(node.text, bold=True)
                shape = Text(shape_text(node.shape), theme.SMALL_SIZE, theme.SOFT_INK)
                return {
                    "label": dot_label(side_by_side(name, shape)),
                    "fillcolor": theme.TERMINAL,
                    "width": f"{self.widths[node.column]:.2f}",
                }
            case _:
                assert_never(node)

    def _fork(self, node: Fork) -> dict[str, str]:
        if node.cells:
            widths = self._cell_widths(node)
            label = upright_fork(widths) if self.is_sideways else _fork_label(widths)
            return {"label": dot_label(label), "shape": "plain", "style": ""}
        return {
            "label": "",
            "shape": "circle",
            "fixedsize": "true",
            "width": "0.07",
            "height": "0.07",
            "fillcolor": theme.LINE,
        }

    def _layer_label(self, text: str, size: float, bold: bool, small: tuple[str, ...]) -> str:
        """Written once for all layers that say the same."""
        key = (text, size, bold, small)
        label = self.layer_labels.get(key)
        if label is None:
            label = self.layer_labels[key] = dot_label(_small_after(Text(text, size, bold=bold), small))
        return label

    def _even_out(self, bar: Bar) -> None:
        """Make the columns that end in a bar equally wide, so that its middle is below their fork."""
        tails = (self.nodes[edge.tail] for edge in self.edges_into.get(bar.id, ()))
        columns = {node.column for node in tails if isinstance(node, Box)} - {SPINE, bar.column}
        widest = max((self.widths[column] for column in columns), default=0.0)
        self.widths |= dict.fromkeys(sorted(columns), widest)

    def _cell_widths(self, node: Bar | Fork) -> tuple[int, ...]:
        """Points for each cell of a bar or a fork: as wide as the branch that ends in it or hangs from it."""
        if isinstance(node, Bar):
            columns = {edge.cell: self.nodes[edge.tail].column for edge in self.edges_into.get(node.id, ())}
            cells = len(node.parts)
        else:
            columns = {
                edge.from_cell: self.nodes[edge.head].column for edge in self.edges_from.get(node.id, ())
            }
            cells = node.cells
        gap = self.node_gap * theme.POINTS_PER_INCH
        if self.is_sideways:
            return (round(theme.BOX_HEIGHT * theme.POINTS_PER_INCH + gap),) * cells
        points: list[int] = []
        for cell in range(cells):
            column = columns.get(cell, node.column)
            inches = (
                theme.BRANCH_WIDTH if column == node.column else self.widths.get(column, theme.BRANCH_WIDTH)
            )
            points.append(round(inches * theme.POINTS_PER_INCH + gap))
        return tuple(points)

    def _edge(self, digraph: Digraph, edge: Edge) -> None:
        tail, head = self.nodes[edge.tail], self.nodes[edge.head]
        attributes: dict[str, str] = {}
        tail_port = head_port = ""
        if isinstance(head, Fork):
            attributes["arrowhead"] = "none"
        if edge.length > 1:
            attributes["minlen"] = f"{edge.length}"
        if edge.shape is not None:
            attributes["label"] = dot_label(_shape_label(shape_text(edge.shape)))
        if edge.cell is not None:
            tail_port, head_port = ":s", f":p{edge.cell}:n"
        if edge.from_cell is not None:
            tail_port = f":p{edge.from_cell}:s"
            head_port = head_port or ":n"
        match edge.kind:
            case "flow":
                is_straight = tail.column == head.column or edge.from_cell is not None
                attributes["weight"] = "10" if is_straight else "3"
            case "skip":
                # A little weight keeps the arc upright; with none, arcs around arcs come out wavy.
                attributes |= {"weight": "2", "color": theme.SKIP}
                tail_port, head_port = ":e", ":e"
            case "shortcut":
                attributes |= {"weight": "1", "color": theme.SKIP, "style": "dashed"}
                tail_port = ":e" if isinstance(tail, Fork) else ":s"
                head_port = ":n" if head.column != SPINE and isinstance(head, Box) else ":e"
            case "aux":
                attributes |= {"weight": "0", "style": "dashed"}
            case "across":
                attributes |= {"weight": "1", "color": theme.SKIP}
                tail_port, head_port = ":e", ":w"
            case "order":
                attributes |= {"weight": "1", "style": "invis"}
        if self.is_sideways and edge.kind == "skip":
            tail_port = head_port = ""  # from left to right, an arc between two given sides leaves its frame
        elif self.is_sideways:
            tail_port, head_port = turned(tail_port), turned(head_port)
        if isinstance(head, Box | Merge) and head.fault:
            attributes |= {"color": theme.FAULT, "penwidth": "2"}
        if edge.upward:  # Graphviz ranks downwards
            if "arrowhead" in attributes:
                attributes["arrowtail"] = attributes.pop("arrowhead")
            if (tail.column, head.column) == (SPINE, RISING):
                tail_port, head_port = (":s", ":e") if self.is_sideways else (":e", ":s")  # around the bend
            digraph.edge(edge.head, edge.tail, ports=(head_port, tail_port), dir="back", **attributes)
            return
        digraph.edge(edge.tail, edge.head, ports=(tail_port, head_port), **attributes)


@contextmanager
def _unseen(digraph: Digraph, name: str) -> Iterator[Digraph]:
    """A part of the picture that holds together and has no outline of its own."""
    with digraph.subgraph(f"all of {name}") as inside:
        inside.attr(cluster="true", style="invis", label="", margin="0")
        yield inside


def _fault(node: Box | Merge) -> dict[str, str]:
    return {"color": theme.FAULT, "penwidth": "2"} if node.fault else {}


def _walk(items: Sequence[Node | Group]) -> Iterator[Node]:
    for item in items:
        if isinstance(item, Group):
            yield from _walk(item.items)
        else:
            yield item


def _left_margins(group: Group) -> float:
    """Points between a card's left edge and the boxes that stand deepest in it."""
    inner = max((_left_margins(item) for item in group.items if isinstance(item, Group)), default=0.0)
    return theme.CARD_MARGIN + (theme.FOLD_MARGIN if group.count > 1 else 0) + inner


def _column_widths(nodes: Iterable[Node]) -> dict[str, float]:
    """Inches for each column: as wide as its widest box."""
    widths: dict[str, float] = {}
    for node in nodes:
        if isinstance(node, Box | Terminal):
            least = theme.SPINE_WIDTH if node.column in _MAIN_COLUMNS else theme.BRANCH_WIDTH
            small = (shape_text(node.shape),) if isinstance(node, Terminal) else node.small
            text = theme.text_width(node.text, theme.TEXT_SIZE)
            text += sum(4 + theme.text_width(words, theme.SMALL_SIZE) for words in small)
            widths[node.column] = max(
                widths.get(node.column, least), (text + _BOX_PADDING) / theme.POINTS_PER_INCH
            )
    return widths


def _title_rooms(items: Iterable[Node | Group]) -> Iterator[tuple[str, float]]:
    """Inches that the boxes of a column must be wide for a title above them to end before the line through them."""
    rooms: list[tuple[str, float]] = []
    _find_title_rooms(items, rooms)
    yield from rooms


def _find_title_rooms(items: Iterable[Node | Group], rooms: list[tuple[str, float]]) -> str:
    """Add the rooms of `items`, and say in which column these stand: in the spine, else that of the first."""
    found = ""
    for item in items:
        if isinstance(item, Group):
            column = _find_title_rooms(item.items, rooms)
            if item.kind in ("card", "module") and column:
                width = _BOLD * theme.text_width(item.title, theme.TEXT_SIZE)
                rooms.append((column, 2 * width / theme.POINTS_PER_INCH))
        else:
            column = item.column
        if not found or column == SPINE:
            found = column
    return found


def _outline(fill: str, margin: int) -> dict[str, str]:
    return {
        "cluster": "true",
        "style": "filled,rounded",
        "fillcolor": fill,
        "color": theme.BORDER,
        "penwidth": "1",
        "labeljust": "l",
        "labelloc": "t",
        "margin": f"{margin}",
    }


def _headline(picture: Picture) -> Label:
    title = Text(picture.title, theme.TITLE_SIZE, theme.HEADING, bold=True)
    detail = Text(picture.detail, theme.SUBTITLE_SIZE, theme.HEADING)
    return Table(
        ((Cell(title),), (Cell(detail),), (Cell(Text(" ", 4)),)),
        {"CELLPADDING": 1},
    )


def _small_after(text: Text, small: tuple[str, ...]) -> Label:
    if not small:
        return text
    return side_by_side(text, Text(" ".join(small), theme.SMALL_SIZE, theme.SOFT_INK))


def _badge(group: Group, spine: int) -> Label:
    copies = Text(f"× {group.count}", theme.SUBTITLE_SIZE, theme.PAPER, bold=True)
    badge = Table(((Cell(copies),),), {"BGCOLOR": theme.INK, "STYLE": "ROUNDED", "CELLPADDING": 3})
    if not group.growth:
        return badge
    growth = Text(group.growth, theme.SMALL_SIZE, theme.SOFT_INK)
    left = Table(((Cell(badge), Cell(attributes={"WIDTH": spine - 16})),))
    return Table(((Cell(left, {"ALIGN": "left"}), Cell(growth)),))


def _shape_label(text: str) -> Label:
    words = Text(text, theme.SHAPE_SIZE, theme.SOFT_INK)
    sheet = Table(((Cell(words),),), {"CELLPADDING": 2})
    return Table(((Cell(attributes={"WIDTH": 5}), Cell(sheet)),), {"CELLPADDING": 1})


def _fork_label(widths: tuple[int, ...]) -> Label:
    """A thin line over what hangs from it, from the middle of the first place to the middle of the last."""
    cells: list[Cell] = []
    for index, width in enumerate(widths):
        half = width // 2
        nothing: dict[str, str | int] = {"HEIGHT": 2, "CELLPADDING": 0}
        line = nothing | {"BGCOLOR": theme.LINE}
        is_first, is_last = index == 0, index == len(widths) - 1
        cells.append(Cell(None, (nothing if is_first else line) | {"WIDTH": half - 1}))
        cells.append(Cell(None, line | {"WIDTH": 2, "PORT": f"p{index}"}))
        cells.append(Cell(None, (nothing if is_last else line) | {"WIDTH": width - half - 1}))
    return Table((tuple(cells),))


def _bar_label(bar: Bar, widths: tuple[int, ...]) -> Label:
    total = sum(bar.parts)
    *parts, whole = bar.symbols or (*map(str, bar.parts), str(total))
    cells = tuple(
        Cell(
            Text(part, theme.SUBTITLE_SIZE, bold=True),
            {"PORT": f"p{index}", "WIDTH": width - 1, "HEIGHT": 16, "BGCOLOR": theme.CONCAT},
        )
        for index, (part, width) in enumerate(zip(parts, widths, strict=True))
    )
    shades = theme.CONCAT_SHADES
    strip = tuple(
        Cell(
            None,
            {
                "WIDTH": max(1, round(part / total * (sum(widths) - 6))),
                "HEIGHT": 5,
                "FIXEDSIZE": "TRUE",
                "BGCOLOR": shades[index % len(shades)],
            },
        )
        for index, part in enumerate(bar.parts)
    )
    name = Text("concat", theme.SUBTITLE_SIZE, bold=True)
    equation = Text(f"{' + '.join(parts)} = {whole}", theme.SHAPE_SIZE, theme.SOFT_INK)
    small = tuple(Text(words, theme.SMALL_SIZE, theme.SOFT_INK) for words in bar.small)
    across = {"COLSPAN": len(bar.parts)}
    return Table(
        (
            cells,
            (Cell(Table((strip,)), across),),
            (Cell(Line((name, equation, *small)), across | {"BGCOLOR": theme.CONCAT}),),
        ),
        {"CELLSPACING": 1, "CELLPADDING": 2},
    )
